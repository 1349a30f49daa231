"""Journals that people book in GP onto projects, by its transactions of the general ledger."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from connections.pages.moments import day, month
from connections.transport.days import today
from mappings.models import ChartAccount, CostCodeMapping
from syncs.models import CellCause, CellPart, State, TypedByHand
from tests.flows import telling
from tests.flows.booked_by_hand import booked, read
from tests.flows.gp.telling import JOB, an_invoice, by_hand, heard
from tests.story import Company

pytestmark = pytest.mark.django_db

JOURNALS = ".*/Financials/Transactions.*"
COST = "1044-52200-03"
CLEARING = "0000-20400-00"
UNITS = "9000-90900-00"
LISTS = pytest.mark.parametrize("lists", ["lines", "summaries"])


@pytest.fixture
def books(gp: Company) -> Iterator[Company]:
    """Into its general ledger only payables posted so far; the site as it was, afterwards."""
    by_hand(gp, "forget_journals")
    cache.clear()
    yield gp
    at_the_site(gp, journals="lines", resources="full", denied=[])
    by_hand(gp, "forget_journals")


def at_the_site(gp: Company, **facts: Any) -> None:
    by_hand(gp, "settings", **facts)
    cache.clear()


def connected(gp: Company, **facts: str) -> None:
    """What a person entered in the connection."""
    row = gp.integration.ledger
    row.settings = {**row.settings, **facts}
    row.save()


def cost(amount: str, **facts: Any) -> dict[str, Any]:
    return {"account": COST, "amount": amount, "description": "03-300", **facts}


def other_side(amount: str) -> dict[str, Any]:
    return {"account": CLEARING, "amount": amount, "description": "03-300"}


def a_journal(gp: Company, amount: str = "80.00", **facts: Any) -> str:
    """Its number. A cost of the project, against the clearing account."""
    turned = f"{-Decimal(amount)}"
    given = {"lines": [cost(amount), other_side(turned)], **facts}
    return str(by_hand(gp, "book_journal", **given)["number"])


def a_month_before(gp: Company) -> str:
    first = dt.date.fromisoformat(gp.today).replace(day=1)
    return (first - dt.timedelta(days=3)).isoformat()


# -- what is found --------------------------------------------------------------------------------


@LISTS
def test_an_accrual_is_found_named_and_counted_without_its_other_side(
    books: Company, lists: str
) -> None:
    at_the_site(books, journals=lists)
    number = a_journal(books, "80.25", reference="Accrual")
    read(books)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.number, part.ledger_number) == (number, number)
    assert (part.project, part.cost_code, part.cost_type) == (JOB, "03-300", "M")
    assert (part.vendor, part.in_projects, part.in_ledger) == ("", Decimal(0), Decimal("80.25"))
    assert part.period == dt.date.fromisoformat(books.today).replace(day=1)
    assert "without a purchase document" in part.why
    assert not CellCause.objects.filter(cause="unexplained").exists()


@LISTS
def test_what_payables_posted_is_told_by_payables_alone(books: Company, lists: str) -> None:
    at_the_site(books, journals=lists)
    paid = heard(books, an_invoice(books, "GPJ-1", "61.00", post=True))
    assert paid.state == State.POSTED, paid.sentence
    heard(books, an_invoice(books, "GPJ-2", "19.00", post=True))
    by_hand(books, "void_invoice", number="GPJ-2")
    number = a_journal(books)
    read(books)
    assert booked() == {number: Decimal(80)}
    assert CellPart.objects.get(record=paid).cause == ""


NO_COST: tuple[dict[str, Any], ...] = (
    {"state": "Work"}, {"void": True}, {"ledger": 2}, {"ledger": 3},
    {"source": "P/L", "series": 1}, {"source": "BBF", "series": 2},
)  # fmt: skip


@LISTS
def test_what_is_not_of_the_books_is_no_cost(books: Company, lists: str) -> None:
    at_the_site(books, journals=lists)
    for facts in NO_COST:
        a_journal(books, "500.00", **facts)
    number = a_journal(books)
    untold = read(books)
    assert booked() == {number: Decimal(80)}
    assert not any("does not say enough" in one for one in untold), untold


def test_other_modules_and_source_documents_of_the_company_s_own_count(books: Company) -> None:
    """A company names its source documents itself; only purchases are told otherwise."""
    found = {
        a_journal(books, "10.00", source="DG"): Decimal(10),
        a_journal(books, "11.00", source="UPRCC", series=6): Decimal(11),
        a_journal(books, "12.00", source="ACCR", series="Financial"): Decimal(12),
    }
    a_journal(books, "13.00", source="RECH", series="Purchasing")
    read(books)
    assert booked() == found


def test_units_on_a_segment_of_a_rule_are_no_money(books: Company) -> None:
    """The main segment is alike; the whole number counts square feet."""
    by_hand(books, "add_account", account="1044-52200-99", like=UNITS, description="Feet")
    try:
        lines = [cost("80.00"), other_side("-80.00"), {"account": "1044-52200-99", "amount": "7"}]
        number = a_journal(books, lines=lines)
        untold = read(books)
    finally:
        by_hand(books, "delete_account", account="1044-52200-99")
    assert booked() == {number: Decimal(80)}
    assert not any("does not say enough" in one for one in untold), untold


def test_a_chart_from_a_file_tells_which_accounts_count_units(books: Company) -> None:
    connected(books, paths="accounts=")
    lines = [cost("80.00"), other_side("-80.00"), {"account": UNITS, "amount": "7"}]
    number = a_journal(books, lines=lines)
    [told] = [one for one in read(books) if "does not say enough" in one]
    assert f"{number} of {day(books.today)} (its lines do not balance)" in told
    ChartAccount.objects.create(integration=books.integration, number=UNITS, posting=False)
    read(books)
    assert booked() == {number: Decimal(80)}


def test_the_project_stands_where_the_connection_says(books: Company) -> None:
    connected(books, project_place="Document.Description", cost_code_place="Segment 9")
    number = a_journal(books, reference="1043")
    read(books)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.ledger_number, part.project) == (number, "P-1043")


@LISTS
def test_another_place_of_the_project_moves_what_stands(books: Company, lists: str) -> None:
    at_the_site(books, journals=lists)
    number = a_journal(books, reference="1043")
    read(books)
    assert CellPart.objects.get(ledger_number=number).project == JOB
    connected(books, project_place="Document.Description")
    read(books)
    assert CellPart.objects.get(ledger_number=number).project == "P-1043"


def test_whole_account_numbers_are_looked_up_whole(books: Company) -> None:
    connected(books, account_segment="")
    a_journal(books)
    read(books)
    assert booked() == {}
    rules = CostCodeMapping.objects.filter(cost_code="03-300", cost_type="M")
    rules.update(account=COST)
    read(books)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.in_ledger, part.project, part.cost_code) == (Decimal(80), JOB, "03-300")


def test_another_currency_stands_in_cells_of_its_own(books: Company) -> None:
    a_journal(books, currency="Z-EURO")
    a_journal(books, currency="Z-US$")
    read(books)
    parts = CellPart.objects.filter(cause="in_ledger")
    assert sorted(part.currency for part in parts) == ["", "EUR"]


# -- what is taken back ---------------------------------------------------------------------------


@LISTS
def test_a_reversing_journal_comes_to_nothing_over_its_months(books: Company, lists: str) -> None:
    """It and its reversal stand under one number, on two days."""
    at_the_site(books, journals=lists)
    heard(books, an_invoice(books, "GPJ-3", date=a_month_before(books)))
    before = a_month_before(books)
    number = a_journal(books, date=before, reversing=books.today)
    read(books)
    parts = CellPart.objects.filter(cause="in_ledger", ledger_number=number)
    assert sorted((part.in_ledger, part.document_date) for part in parts) == [
        (Decimal(-80), dt.date.fromisoformat(books.today)),
        (Decimal(80), dt.date.fromisoformat(before)),
    ]
    assert len({part.period for part in parts}) == 2
    assert booked()[number] == 0


@LISTS
def test_backing_out_is_a_journal_of_its_own(books: Company, lists: str) -> None:
    at_the_site(books, journals=lists)
    number = a_journal(books)
    read(books)
    assert booked() == {number: Decimal(80)}
    taken = str(by_hand(books, "back_out_journal", number=number)["number"])
    read(books)
    assert booked() == {number: Decimal(80), taken: Decimal(-80)}


def test_a_payable_that_was_backed_out_in_the_ledger_alone_is_found(books: Company) -> None:
    """It bears the source document of payables, and is of the financial series."""
    record = heard(books, an_invoice(books, "GPJ-4", "61.00", post=True))
    taken = str(by_hand(books, "back_out_journal", voucher=record.number)["number"])
    read(books)
    assert booked() == {taken: Decimal(-61)}


def test_what_stands_is_read_with_its_lines_once(books: Company) -> None:
    at_the_site(books, journals="summaries")
    number = a_journal(books)
    read(books)
    telling.forget_requests(books)
    read(books)
    asked = telling.requests_to(books, "gp")
    keys = Counter({path: count for path, count in asked.items() if "({key})" in path})
    assert not keys, asked
    assert booked() == {number: Decimal(80)}


# -- what cannot be told --------------------------------------------------------------------------


def test_what_gp_says_too_little_of_is_said_and_counts_nowhere(books: Company) -> None:
    connected(books, query_options="state=")  # such a row is in no list of a state
    number, sourceless, stateless = a_journal(books), a_journal(books), a_journal(books)
    nameless = {"SourceDocument": "", "Series": ""}
    by_hand(books, "change_journal", number=sourceless, columns=nameless)
    by_hand(books, "change_journal", number=stateless, without=["TransactionState"])
    [told] = [one for one in read(books) if "does not say enough" in one]
    assert "does not say enough of 2 entries to tell whether people booked them" in told
    assert f"{sourceless} of {day(books.today)} (it tells neither a source document nor" in told
    assert f"{stateless} of {day(books.today)} (its state is “”)" in told
    assert booked() == {number: Decimal(80)}
    by_hand(books, "change_journal", number=sourceless, columns={"SourceDocument": "GJ"})
    by_hand(books, "change_journal", number=stateless, columns={"TransactionState": "Open"})
    assert not any("does not say enough" in one for one in read(books))
    assert sum(booked().values()) == 240


def test_many_of_which_too_little_is_said_are_counted(books: Company) -> None:
    for _ in range(7):
        number = a_journal(books)
        by_hand(books, "change_journal", number=number, columns={"LedgerType": "Tax"})
    [told] = [one for one in read(books) if "does not say enough of 7 entries" in one]
    assert told.count("its reporting ledger is “Tax”") == 5
    assert told.endswith("; and 2 more.")


def test_what_is_told_by_key_alone_is_asked_for(books: Company) -> None:
    """A summary has no series: of one without a source document the whole tells it."""
    at_the_site(books, journals="summaries")
    number, of_purchase = a_journal(books, "80.00"), a_journal(books, "500.00")
    for one, series in ((number, 2), (of_purchase, 4)):
        columns = {"SourceDocument": "", "Series": series}
        by_hand(books, "change_journal", number=one, columns=columns)
    untold = read(books)
    assert booked() == {number: Decimal(80)}
    assert not any("does not say enough" in one for one in untold), untold


def test_of_accounts_of_no_rule_nothing_is_said(books: Company) -> None:
    lines = [{"account": CLEARING, "amount": "5.00"}, {"account": "0000-12000-00",
                                                       "amount": "-5.00"}]  # fmt: skip
    number = a_journal(books, lines=lines)
    by_hand(books, "change_journal", number=number, columns={"SourceDocument": "", "Series": ""})
    assert not any("does not say enough" in one for one in read(books))
    assert not TypedByHand.objects.filter(kind="journal").exists()


def test_lists_that_show_no_lines_at_all_are_said(books: Company) -> None:
    at_the_site(books, journals="never")
    number = a_journal(books)
    untold = read(books)
    assert any(f"{number} of" in one and "shows no lines" in one for one in untold), untold
    assert booked() == {}


# -- sites that have none -------------------------------------------------------------------------


def test_services_without_a_general_ledger_are_said(books: Company) -> None:
    number = a_journal(books)
    read(books)
    assert booked() == {number: Decimal(80)}
    at_the_site(books, resources="short")
    untold = read(books)
    assert any("offer no GL transactions. So what people booked in" in one for one in untold)
    assert booked() == {}
    at_the_site(books, resources="full")
    connected(books, paths="glTransactions=")
    assert any("offer no GL transactions." in one for one in read(books))
    assert booked() == {}


def test_what_may_not_be_read_is_said(books: Company) -> None:
    a_journal(books)
    at_the_site(books, denied=["glTransactions"])
    untold = read(books)
    assert any("may not read GL transactions" in one and "Security Task Setup" in one
               for one in untold), untold  # fmt: skip
    assert booked() == {}


def test_a_server_that_is_away_leaves_all_as_it_was(books: Company) -> None:
    number = a_journal(books)
    read(books)
    cache.clear()
    telling.ledger_fails(books, path=JOURNALS, action="cut_before", times=9)
    untold = read(books)
    assert any("journals of" in one and month(today()) in one for one in untold), untold
    assert booked() == {number: Decimal(80)}
    books.ledger("faults", method="DELETE")


def test_a_site_that_knows_no_days_is_asked_once_for_all(books: Company) -> None:
    heard(books, an_invoice(books, "GPJ-5", date=a_month_before(books)))
    connected(books, query_options="documentDateFrom=, documentDateTo=")
    numbers = [a_journal(books), a_journal(books, "20.00", date=a_month_before(books))]
    telling.forget_requests(books)
    read(books)
    assert sorted(booked()) == sorted(numbers)
    asked = telling.requests_to(books, "gp")
    lists = sum(count for path, count in asked.items() if path.endswith("Financials/Transactions"))
    assert lists <= 2, asked  # the first tells whether there are any


def test_pages_are_followed(books: Company) -> None:
    connected(books, page_size="2")
    numbers = [a_journal(books, f"{amount}.00") for amount in range(1, 8)]
    read(books)
    assert sorted(booked()) == sorted(numbers)
    assert sum(booked().values()) == 28


def test_xml_tells_the_same(books: Company) -> None:
    number = a_journal(books)
    at_the_site(books, reply="xml")
    try:
        read(books)
    finally:
        at_the_site(books, reply="contract")
    assert booked() == {number: Decimal(80)}
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.project, part.cost_code) == (JOB, "03-300")
