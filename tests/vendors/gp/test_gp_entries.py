"""What was booked on accounts, as GP's transactions of the general ledger tell it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import Found
from connections.errors import NeedsPerson
from connections.models import Connection
from tests.connections.other_system import OtherSystem, ok

from .conftest import Site, site_of

FIRST, LAST = dt.date(2026, 2, 1), dt.date(2026, 2, 28)
COST, BANK = "1042-52200-03", "0000-10100-00"
LINES = [
    {"AccountNumber": COST, "Debit": 80, "Credit": 0, "Description": "03-300"},
    {"AccountNumber": BANK, "Debit": 0, "Credit": 80, "Description": ""},
]
ENTRY = {
    "JournalEntry": 2001, "TransactionDate": "2026-02-10", "TransactionState": "Open",
    "SourceDocument": "GJ", "Series": 2, "LedgerType": 1, "Voided": False, "CurrencyID": "",
    "Reference": "Accrual", "Lines": LINES,
}  # fmt: skip


def client_of(server: OtherSystem, *rows: Any, by_key: Any = None, **settings: str) -> Any:
    """A site that lists these, and gives these by key; without a chart."""
    settings = {"account_segment": "2", "paths": "currencies=, accounts=", **settings}

    def reply(method: str, path: str, count: int) -> Any:
        asked = path.partition("Transactions(")[2].partition(")")[0]
        if not asked:
            return ok([*rows] if "Financials" in path else [{"VendorID": "A"}])
        found = by_key if by_key is not None else [
            row for row in rows if str(row["JournalEntry"]) == asked
        ]  # fmt: skip
        return ok(found) if found else (404, {}, '{"Status": {"Messages": []}}')

    server.reply = reply
    Connection.objects.all().delete()
    return site_of(server.address, **settings)


def told(client: Any) -> list[Found]:
    """As the list tells them, then whole."""
    whole: list[Found] = client.booked_whole(client.booked(["52200"], FIRST, LAST))
    return whole


def costs(found: Found) -> Decimal:
    return sum((one.amount for one in found.lines if one.account == "52200"), Decimal(0))


def test_one_is_told_with_its_lines_and_dimensions(server: OtherSystem) -> None:
    [found] = told(client_of(server, ENTRY))
    assert (found.id, found.number, found.status) == ("2001 2026-02-10", "2001", "posted")
    assert (found.posting_date, found.currency, found.unclear) == (dt.date(2026, 2, 10), "USD", "")
    cost, _ = found.lines
    assert (cost.account, cost.amount) == ("52200", Decimal(80))
    assert dict(cost.dimensions) == {
        "SEGMENT1": "1042", "SEGMENT2": "52200", "SEGMENT3": "03", "PROJECT": "1042",
        "COSTCODE": "03-300",
    }  # fmt: skip


def test_the_list_is_asked_by_state_and_days(server: OtherSystem) -> None:
    client_of(server, ENTRY).booked(["52200"], FIRST, LAST)
    [asked] = [one[1] for one in server.seen if "Financials" in one[1]]
    assert "state=Open%2CHistory" in asked
    assert "documentDateFrom=2026-02-01&documentDateTo=2026-02-28" in asked


def test_what_a_deaf_site_lists_besides_is_of_other_months(server: OtherSystem) -> None:
    others = ({**ENTRY, "JournalEntry": 1, "TransactionDate": day}
              for day in ("2026-01-31", "2026-03-01"))  # fmt: skip
    found = told(client_of(server, ENTRY, *others))
    assert [one.number for one in found] == ["2001"]


def test_what_a_list_with_lines_does_not_tell_is_asked_for(server: OtherSystem) -> None:
    listed = {**ENTRY, "SourceDocument": "", "Series": ""}
    [found] = told(client_of(server, listed, by_key=ENTRY))
    assert (costs(found), found.unclear) == (Decimal(80), "")
    [found] = told(client_of(server, listed, by_key={**ENTRY, "Series": 4}))
    assert (found.lines, found.unclear) == ((), "")


def test_what_touches_no_account_of_a_rule_is_none(server: OtherSystem) -> None:
    assert client_of(server, ENTRY).booked(["60100"], FIRST, LAST) == []


UNCLEAR: list[tuple[dict[str, Any], str]] = [
    ({"SourceDocument": "", "Series": ""}, "it tells neither a source document nor a series"),
    ({"SourceDocument": "", "Series": "Achats"}, "it tells neither a source document nor a series"),
    ({"TransactionState": "Parked"}, "its state is “Parked”"),
    ({"TransactionState": None}, "its state is “”"),
    ({"Voided": None}, "it does not say whether it is void"),
    ({"LedgerType": "Tax"}, "its reporting ledger is “Tax”"),
    ({"Lines": LINES[:1]}, "its lines do not balance"),
    ({"Lines": [{"AccountNumber": COST, "Amount": 80}]}, "its lines show no amounts"),
    ({"Lines": []}, "it shows no lines"),
    ({"Lines": None}, "it shows no lines"),
    ({"Lines": [{"Account": COST, "Debit": 80, "Credit": 0}]}, "it shows no lines"),
]


@pytest.mark.parametrize(("facts", "words"), UNCLEAR, ids=str)
def test_what_is_not_told_is_no_guess(
    server: OtherSystem, facts: dict[str, Any], words: str
) -> None:
    [found] = told(client_of(server, {**ENTRY, **facts}))
    assert found.unclear == words


LEFT_OUT: list[dict[str, Any]] = [
    {"TransactionState": "Work"},
    {"TransactionState": 1},
    {"Voided": True},
    {"LedgerType": 2},
    {"LedgerType": "IFRS"},
    {"LedgerType": "Local"},
    {"SourceDocument": "P/L"},
    {"SourceDocument": "bbf"},
    {"Series": 4},
    {"Series": "Purchasing"},
    {"Series": "", "SourceDocument": "PMTRX"},
    {"Series": "", "SourceDocument": "RECVG"},
    {"Series": "Achats", "SourceDocument": "PMVVR"},
]


@pytest.mark.parametrize("facts", LEFT_OUT, ids=str)
def test_what_is_of_no_person_or_not_of_the_books_is_none(
    server: OtherSystem, facts: dict[str, Any]
) -> None:
    assert told(client_of(server, {**ENTRY, **facts})) == []


@pytest.mark.parametrize("facts", LEFT_OUT, ids=str)
def test_so_is_what_only_the_whole_tells(server: OtherSystem, facts: dict[str, Any]) -> None:
    summary = {name: value for name, value in ENTRY.items() if name not in ("Lines", "Series")}
    [found] = told(client_of(server, summary, by_key={**ENTRY, **facts}))
    assert (found.lines, found.unclear, found.lines_known) == ((), "", True)


COUNTS: list[dict[str, Any]] = [
    {"TransactionState": "History"},
    {"TransactionState": "2"},
    {"SourceDocument": "DG"},
    {"Series": "Financial", "SourceDocument": "PMTRX"},
    {"Series": 6, "SourceDocument": "UPRCC"},
    {"Series": "", "LedgerType": ""},
    {"LedgerType": "Base"},
    {"TransactionDate": "/Date(1770681600000)/"},
]


@pytest.mark.parametrize("facts", COUNTS, ids=str)
def test_what_people_may_book_counts(server: OtherSystem, facts: dict[str, Any]) -> None:
    [found] = told(client_of(server, {**ENTRY, **facts}))
    assert (costs(found), found.unclear) == (Decimal(80), "")


def test_a_company_names_its_own_source_documents(server: OtherSystem) -> None:
    row = {**ENTRY, "Series": "", "SourceDocument": "Achat"}
    assert [costs(one) for one in told(client_of(server, row))] == [Decimal(80)]
    settings = {"purchase_sources": "ACHAT, X", "closing_sources": "CLOT"}
    assert told(client_of(server, row, **settings)) == []
    closing = {**ENTRY, "SourceDocument": "CLOT"}
    assert told(client_of(server, closing, **settings)) == []


def test_sites_have_their_own_names(server: OtherSystem) -> None:
    lines = [{"ACTNUMST": COST, "DEBITAMT": "80.00", "CRDTAMNT": 0, "DSCRIPTN": "03-300"},
             {"ACTNUMST": BANK, "DEBITAMT": 0, "CRDTAMNT": "80.00", "DSCRIPTN": ""}]  # fmt: skip
    row = {**ENTRY, "JRNENTRY": 7, "Rows": lines, "REFRENCE": "1043"}
    for name in ("JournalEntry", "Lines", "Reference"):
        row.pop(name)
    client = client_of(
        server, row, project_place="Document.Description",
        transaction_fields="JournalEntry=JRNENTRY, Lines=Rows, Reference=REFRENCE",
        transaction_line_fields="AccountNumber=ACTNUMST, Debit=DEBITAMT, Credit=CRDTAMNT, "
        "Description=DSCRIPTN",
    )  # fmt: skip
    [found] = told(client)
    assert (found.number, costs(found)) == ("7", Decimal(80))
    dimensions = dict(found.lines[0].dimensions)
    assert (dimensions["PROJECT"], dimensions["COSTCODE"]) == ("1043", "03-300")


def test_a_date_under_another_name_is_said(server: OtherSystem) -> None:
    row = {**ENTRY, "TRXDATE": "2026-02-10"}
    row.pop("TransactionDate")
    with pytest.raises(NeedsPerson) as held:
        told(client_of(server, row))
    assert "2001 has no TransactionDate. It has: JournalEntry" in held.value.sentence
    assert "TRXDATE" in held.value.sentence


def test_a_row_on_two_pages_is_one(server: OtherSystem) -> None:
    [found] = told(client_of(server, ENTRY, ENTRY))
    assert costs(found) == 80


def test_two_rows_of_one_number_and_day_are_one_document(server: OtherSystem) -> None:
    [found] = told(client_of(server, ENTRY, {**ENTRY, "RCTRXSEQ": 2}))
    assert costs(found) == 160
    [same] = told(client_of(server, ENTRY, {**ENTRY, "CurrencyID": "Z-US$"}))
    assert (costs(same), same.currency, same.unclear) == (Decimal(160), "USD", "")
    [mixed] = told(client_of(server, ENTRY, {**ENTRY, "CurrencyID": "Z-EURO"}))
    assert mixed.unclear == "it is in several currencies"


def test_the_reversal_under_the_same_number_is_asked_for_by_its_day(server: OtherSystem) -> None:
    back = [{**LINES[0], "Debit": 0, "Credit": 80}, {**LINES[1], "Debit": 80, "Credit": 0}]
    reversal = {**ENTRY, "TransactionDate": "2026-02-27", "Lines": back}
    keys = {"2001": ENTRY, "2001%3B2026-02-27": reversal, "2001;2026-02-27": reversal}
    client = client_of(server, *({**one, "Lines": None} for one in (ENTRY, reversal)))
    lists = server.reply

    def reply(method: str, path: str, count: int) -> Any:
        asked = path.partition("Transactions(")[2].partition(")")[0]
        return ok(keys[asked]) if asked in keys else lists(method, path, count)

    server.reply = reply
    assert [(one.posting_date, costs(one)) for one in told(client)] == [
        (dt.date(2026, 2, 10), Decimal(80)), (dt.date(2026, 2, 27), Decimal(-80)),
    ]  # fmt: skip


def test_all_of_one_number_may_come_at_once(server: OtherSystem) -> None:
    back = [{**LINES[0], "Debit": 0, "Credit": 80}, {**LINES[1], "Debit": 80, "Credit": 0}]
    both = [ENTRY, {**ENTRY, "TransactionDate": "2026-02-27", "Lines": back}]
    summaries = [{**one, "Lines": None} for one in both]
    found = told(client_of(server, *summaries, by_key=both))
    assert [costs(one) for one in found] == [Decimal(80), Decimal(-80)]


def test_one_that_its_number_does_not_give_is_said(server: OtherSystem) -> None:
    [found] = told(client_of(server, {**ENTRY, "Lines": None}, by_key=[]))
    assert found.unclear == "GP lists it, and does not give it by its number"


def test_fractions_of_cents_are_no_imbalance(server: OtherSystem) -> None:
    lines = [
        {**LINES[0], "Debit": "26.66667"}, {**LINES[0], "Debit": "26.66667"},
        {**LINES[0], "Debit": "26.66666"}, LINES[1],
    ]  # fmt: skip
    [found] = told(client_of(server, {**ENTRY, "Lines": lines}))
    assert found.unclear == ""


def test_quantities_are_no_amounts(gp: Site) -> None:
    """A line on a unit account is one-sided, whatever its main segment."""
    lines = [{"account": COST, "amount": "80.00"}, {"account": "0000-20400-00", "amount": "-80.00"},
             {"account": "9000-90900-00", "amount": "120"}]  # fmt: skip
    gp.by_hand("forget_journals")
    gp.by_hand("book_journal", lines=lines, date="2026-02-10")
    [found] = gp.client.booked_whole(gp.client.booked(["52200"], FIRST, LAST))
    assert (len(found.lines), found.unclear) == (2, "")


def test_a_chart_from_a_file_tells_which_accounts_count_units(gp: Site) -> None:
    lines = [{"account": COST, "amount": "80.00"}, {"account": "0000-20400-00", "amount": "-80.00"},
             {"account": "9000-90900-00", "amount": "120"}]  # fmt: skip
    gp.by_hand("forget_journals")
    gp.by_hand("book_journal", lines=lines, date="2026-02-10")
    chart = gp.client.whole_accounts()
    client = gp.new_client(paths="accounts=")
    [without] = client.booked(["52200"], FIRST, LAST)
    assert without.unclear == "its lines do not balance"
    client = gp.new_client()
    client.take_accounts(chart)
    [found] = client.booked(["52200"], FIRST, LAST)
    assert (len(found.lines), found.unclear) == (2, "")


def test_a_site_without_them_says_so(gp: Site) -> None:
    assert gp.client.why_no_entries() == ""
    words = "GP's services at this site offer no GL transactions."
    assert gp.chose(resources="short").why_no_entries() == words
    assert gp.new_client(paths="glTransactions=").why_no_entries() == words
