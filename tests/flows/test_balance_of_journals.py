"""Journals that people book by hand onto projects: found in the entries, named, and no others."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from config.rehearsal.both_sides import net
from connections.pages.moments import month
from connections.transport.days import today
from mappings.models import AccountRule
from syncs.models import Cell, CellCause, CellPart, Record, State
from tests import story
from tests.flows import telling
from tests.flows.booked_by_hand import booked, cost_line, other_side, read
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"
ENTRIES = ".*/generalLedgerEntries.*"
COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def books(company: Company) -> Company:
    telling.nothing_stands(company, FLOW)
    return company


@pytest.fixture
def standing(books: Company) -> Record:
    """A cost that stands in both systems, for its account and values."""
    return settled(books, FLOW, books.a_direct_cost(f"JNL-COST-{next(COUNT)}", "100.00"))


def a_journal(books: Company, number: str, *lines: dict[str, Any], **facts: Any) -> None:
    books.ledger("business_central/book_journal", {"number": number, "lines": lines, **facts})


def test_an_accrual_is_found_named_and_counted_without_its_other_side(
    books: Company, standing: Record
) -> None:
    cost = cost_line(standing, "250.25")
    a_journal(books, "ACCR-1", cost, other_side(books, "-250.25", dimensions=cost["dimensions"]))
    read(books)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.number, part.ledger_number) == ("ACCR-1", "ACCR-1")
    assert (part.project, part.cost_code) == (books.job, books.mapped_code)
    assert (part.vendor, part.vendor_name) == ("", ""), "nobody is owed for it"
    assert part.period == dt.date.fromisoformat(books.today).replace(day=1)
    assert (part.in_ledger, part.in_projects) == (Decimal("250.25"), Decimal(0))
    assert "without a purchase document" in part.why
    assert "ACCR-1" in part.ledger_url
    assert not CellCause.objects.filter(cause="unexplained").exists()
    [journal] = books.ledger("ledger")["journals"]["list"]
    assert booked() == {"ACCR-1": net(journal)}


def test_one_between_two_codes_is_one_document_in_two_cells(
    books: Company, standing: Record
) -> None:
    moved = cost_line(standing, "-30.00")
    a_journal(books, "RECLASS-1", {**moved, "amount": "30.00", "dimensions": {}}, moved)
    read(books)
    parts = CellPart.objects.filter(cause="in_ledger")
    assert {(part.project, part.in_ledger) for part in parts} == {
        (books.job, Decimal(-30)), ("", Decimal(30))
    }  # fmt: skip
    assert len({part.typed_id for part in parts}) == 1


def test_our_own_journals_and_entries_of_documents_are_nobody_s(books: Company) -> None:
    books.settings(FLOW, booking="journal")
    ours = settled(books, FLOW, books.a_direct_cost("JNL-OWN", "75.00"))
    assert (ours.state, ours.destination_kind) == (State.POSTED, "journal"), ours.sentence
    books.settings(FLOW, booking="invoice_posted")
    bill = settled(books, FLOW, books.a_direct_cost("JNL-BILL", "25.00"))
    line = cost_line(bill, "55.25")
    for number, credit in (("JNL-TYPED", False), ("JNL-CREDIT", True)):
        books.ledger("business_central/type_invoice", {
            "vendorNumber": bill.coded["vendor"], "vendorInvoiceNumber": number, "lines": [line],
            "currency": "USD", "credit": credit,
        })  # fmt: skip
    cancelled = settled(books, FLOW, books.a_direct_cost("JNL-GONE", "12.00"))
    books.ledger("business_central/cancel_invoice", {"id": cancelled.destination_id})
    read(books)
    parts = CellPart.objects.filter(cause="in_ledger")
    assert {part.number for part in parts} == {"JNL-TYPED", "JNL-CREDIT"}
    assert sum(part.in_ledger for part in parts) == 0


def test_the_same_number_on_another_day_is_not_ours(books: Company) -> None:
    books.settings(FLOW, booking="journal")
    ours = settled(books, FLOW, books.a_direct_cost("JNL-TWICE", "75.00"))
    cost, day = cost_line(ours, "9.00"), dt.date.fromisoformat(books.today)
    other = day - dt.timedelta(days=1) if day.day > 1 else day + dt.timedelta(days=1)
    number = ours.destination_number
    a_journal(books, number, cost, other_side(books, "-9.00"), date=other.isoformat())
    read(books)
    assert booked() == {number: Decimal(9)}


def test_one_whose_day_was_not_kept_yet_is_ours_by_its_number(books: Company) -> None:
    books.settings(FLOW, booking="journal")
    ours = settled(books, FLOW, books.a_direct_cost("JNL-OLD", "75.00"))
    Record.objects.filter(pk=ours.pk).update(destination_date=None)
    read(books)
    assert booked() == {}


def test_what_is_reversed_comes_to_nothing(books: Company, standing: Record) -> None:
    a_journal(books, "ACCR-2", cost_line(standing, "40.00"), other_side(books, "-40.00"))
    read(books)
    assert booked() == {"ACCR-2": Decimal(40)}
    books.ledger("business_central/reverse_journal", {"number": "ACCR-2"})
    read(books)
    assert booked() == {}
    assert Cell.objects.get(book="cost").in_ledger == Decimal(100)


def test_what_comes_to_nothing_and_is_reversed_is_read_again(
    books: Company, standing: Record
) -> None:
    moved = cost_line(standing, "-30.00")
    a_journal(books, "RECLASS-2", {**moved, "amount": "30.00", "dimensions": {}}, moved)
    read(books)
    assert CellPart.objects.filter(cause="in_ledger").count() == 2
    books.ledger("business_central/reverse_journal", {"number": "RECLASS-2"})
    read(books)
    assert not CellPart.objects.filter(cause="in_ledger").exists()


def test_what_stands_is_read_with_its_lines_once(books: Company, standing: Record) -> None:
    a_journal(books, "ACCR-3", cost_line(standing, "5.00"), other_side(books, "-5.00"))
    read(books)
    telling.forget_requests(books)
    read(books)
    asked = Counter(telling.requests_to(books, "business_central"))
    assert sum(asked.values()) <= 4, asked  # invoices, credit memos, entries of forty accounts
    assert booked() == {"ACCR-3": Decimal(5)}


def test_retainage_and_commitments_are_sums_of_their_own(books: Company, standing: Record) -> None:
    rules = {row.purpose: row.account for row in AccountRule.objects.all()}
    cost, purposes = cost_line(standing, "-8.00"), AccountRule.Purpose
    for number, purpose in (("KEPT-1", purposes.RETAINAGE_HELD), ("COMM-1", purposes.COMMITMENT)):
        a_journal(books, number, {**cost, "account": rules[purpose]}, other_side(books, "8.00"))
    read(books)
    kept, committed = CellPart.objects.filter(cause="in_ledger").order_by("-number")
    assert (kept.book, kept.cost_code, kept.in_ledger) == ("cost", "Retainage", Decimal(-8))
    assert (committed.book, committed.share) == ("commitment", "committed")


def test_a_posted_document_that_was_deleted_is_told_by_its_entries(
    books: Company, standing: Record
) -> None:
    made = books.ledger("business_central/type_invoice", {
        "vendorNumber": standing.coded["vendor"], "vendorInvoiceNumber": "JNL-LOST",
        "lines": [cost_line(standing, "66.00")], "currency": "USD",
    })  # fmt: skip
    read(books)
    books.ledger("business_central/mend", {"id": made["id"], "delete": "document"})
    read(books)
    [part] = CellPart.objects.filter(cause="in_ledger")
    assert (part.ledger_number, part.in_ledger) == (made["number"], Decimal(66))


def test_entries_that_may_not_be_read_are_said_and_never_taken_as_none(
    books: Company, standing: Record
) -> None:
    a_journal(books, "ACCR-4", cost_line(standing, "5.00"), other_side(books, "-5.00"))
    assert any("On other accounts" in one for one in read(books))
    telling.ledger_fails(books, path=ENTRIES, action="status", status=403, times=9)
    untold = read(books)
    assert any("403" in one and "as a journal is not in these figures" in one for one in untold)
    assert booked() == {}
    books.ledger("faults", method="DELETE")
    read(books)
    assert booked() == {"ACCR-4": Decimal(5)}


def test_a_month_that_a_limit_left_unread_stays_as_it_was_and_is_said(
    books: Company, standing: Record, settings: Any
) -> None:
    a_journal(books, "ACCR-5", cost_line(standing, "5.00"), other_side(books, "-5.00"))
    read(books)
    settings.RECONCILE_SHARE = 0.0
    untold = read(books)
    assert any("journals of" in one and month(today()) in one for one in untold)
    assert booked() == {"ACCR-5": Decimal(5)}


def test_without_rules_nothing_is_read_and_that_is_said(books: Company, standing: Record) -> None:
    from mappings.models import CostCodeMapping

    CostCodeMapping.objects.all().delete()
    AccountRule.objects.all().delete()
    assert any("No rule leads to an account" in one for one in read(books))
    assert not CellCause.objects.filter(cause="unexplained").exists()
