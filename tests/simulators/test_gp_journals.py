"""Dynamics GP: transactions of the general ledger, by modules and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators.gp.story import Office

JOURNALS = "Financials/Transactions"
COST, OTHER = "1042-52200-03", "0000-20400-00"


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def gp(shared: Office) -> Office:
    shared.again()
    shared.gp("forget_journals")
    return shared


def a_journal(gp: Office, **facts: Any) -> str:
    lines = [{"account": COST, "amount": "80.00", "description": "03-300"},
             {"account": OTHER, "amount": "-80.00"}]  # fmt: skip
    return str(gp.gp("book_journal", **{"lines": lines, "date": "2026-10-31", **facts})["number"])


def by_hand(gp: Office, **query: Any) -> list[dict[str, Any]]:
    return [row for row in gp.rows(JOURNALS, **query) if row.get("Series") != 4]


def of_voucher(gp: Office, voucher: str) -> list[dict[str, Any]]:
    return [row for row in gp.rows(JOURNALS) if row["OriginatingControlNumber"] == voucher]


def net(row: dict[str, Any]) -> Decimal:
    return sum((one["Debit"] - one["Credit"] for one in row["Lines"]
                if one["AccountNumber"] == COST), Decimal(0))  # fmt: skip


def test_payables_post_the_same_accounts_to_the_ledger(gp: Office) -> None:
    line = {"account": COST, "reference": "03-300", "amount": "61.00"}
    made = gp.typed("GL-1", lines=[line])
    assert of_voucher(gp, made["number"]) == []
    gp.gp("post_invoice", id=made["id"])
    [row] = of_voucher(gp, made["number"])
    assert (row["SourceDocument"], row["Series"], row["TransactionState"]) == ("PMTRX", 4, "Open")
    assert (net(row), row["Lines"][0]["Description"]) == (Decimal(61), "03-300")
    gp.gp("void_invoice", id=made["id"])
    first, void = of_voucher(gp, made["number"])
    assert (void["SourceDocument"], net(first) + net(void)) == ("PMVVR", Decimal(0))


def test_lists_are_by_state_and_day(gp: Office) -> None:
    posted, work = a_journal(gp), a_journal(gp, state="Work")
    november = a_journal(gp, date="2026-11-01")
    assert {str(row["JournalEntry"]) for row in by_hand(gp)} == {posted, work, november}
    states = {str(row["JournalEntry"]) for row in by_hand(gp, state="Open,History")}
    assert states == {posted, november}
    october = by_hand(gp, documentDateFrom="2026-10-01", documentDateTo="2026-10-31")
    assert {str(row["JournalEntry"]) for row in october} == {posted, work}
    assert gp.refused(f"{JOURNALS}.json?vendorId=A") == (400, "BAD_VALUE")


def test_a_reversal_has_the_number_of_its_journal(gp: Office) -> None:
    number = a_journal(gp, reversing="2026-11-01")
    first, second = by_hand(gp)
    assert str(first["JournalEntry"]) == str(second["JournalEntry"]) == number
    assert (net(first), net(second)) == (Decimal(80), Decimal(-80))
    assert gp.get(f"{JOURNALS}({number})")["TransactionDate"] == "2026-10-31"
    assert gp.get(f"{JOURNALS}({number};2026-11-01)")["TransactionDate"] == "2026-11-01"
    assert gp.refused(f"{JOURNALS}({number};2026-11-02).json") == (404, "NOT_FOUND")


def test_backing_out_makes_a_new_number_with_the_source_of_the_old(gp: Office) -> None:
    number = a_journal(gp, source="ACCR")
    taken = str(gp.gp("back_out_journal", number=number)["number"])
    row = gp.get(f"{JOURNALS}({taken})")
    assert (row["SourceDocument"], row["TransactionDate"]) == ("ACCR", "2026-10-31")
    assert (net(row), row["Reference"]) == (Decimal(-80), f"Back Out Journal Entry {number}")


def test_summaries_show_no_lines_and_no_series(gp: Office) -> None:
    number = a_journal(gp)
    gp.gp("settings", journals="summaries")
    [row] = [one for one in gp.rows(JOURNALS) if str(one["JournalEntry"]) == number]
    assert not {"Lines", "Series", "Voided"} & row.keys()
    assert {"SourceDocument", "TransactionState", "LedgerType"} <= row.keys()
    assert len(gp.get(f"{JOURNALS}({number})")["Lines"]) == 2
    gp.gp("settings", journals="never")
    assert "Lines" not in gp.get(f"{JOURNALS}({number})")


def test_the_short_list_has_none(gp: Office) -> None:
    gp.gp("settings", resources="short")
    assert gp.refused(f"{JOURNALS}.json") == (404, "NO_SUCH_ROUTE")


def test_windows_refuse_what_does_not_balance_but_for_units(gp: Office) -> None:
    line = {"account": COST, "amount": "80.00"}
    assert "UNBALANCED" in gp.wrong("book_journal", lines=[line])
    assert "UNKNOWN_ACCOUNT" in gp.wrong("book_journal", lines=[{**line, "account": "1-2-3"}])
    units = {"account": "9000-90900-00", "amount": "120"}
    assert gp.gp("book_journal", lines=[line, {"account": OTHER, "amount": "-80.00"}, units])


def test_an_account_is_found_by_its_main_segment(gp: Office) -> None:
    values = {"PROJECT": "1042", "COSTCODE": "03-300", "SEGMENT3": "03"}
    number = a_journal(gp, lines=[
        {"account": "52200", "amount": "80.00", "dimensions": values},
        {"account": "20400", "amount": "-80.00", "dimensions": values},
    ])  # fmt: skip
    accounts = [one["AccountNumber"] for one in gp.get(f"{JOURNALS}({number})")["Lines"]]
    assert accounts == [COST, OTHER]


def test_the_books_tell_what_counts(gp: Office) -> None:
    for facts in ({}, {"state": "Work"}, {"void": True}, {"ledger": 2}, {"source": "P/L"}):
        a_journal(gp, **facts)
    rows = gp.control("GET", "ledger")["journals"]["list"]
    assert [row["counts"] for row in rows] == [True, False, False, False, False]
    assert rows[0]["lines"][0]["dimensions"] == {
        "PROJECT": "1042", "COSTCODE": "03-300", "SEGMENT3": "03",
    }  # fmt: skip
