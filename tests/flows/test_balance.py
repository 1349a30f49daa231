"""What both sides come to, cell by cell, and why they differ: asked of the kept rows.

Sums are compared with sums over the stand-ins that know nothing of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from config.rehearsal.both_sides import net
from connections.pages.moments import month
from connections.transport.days import today
from mappings.models import VendorLink
from syncs import tasks
from syncs.balance import refresh
from syncs.models import (
    BalanceReading,
    Cell,
    CellCause,
    CellPart,
    FlowSettings,
    Night,
    State,
)  # fmt: skip
from syncs.reconciliation.corrections import post_difference
from tests import story
from tests.flows import telling
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def books(company: Company) -> Company:
    """Nothing stands in either system yet."""
    telling.nothing_stands(company, FLOW)
    return company


def read(company: Company) -> BalanceReading:
    """The button, and the worker."""
    tasks.balance(company.integration.pk)
    return BalanceReading.objects.get()


def sums(**wanted: Any) -> tuple[Decimal, Decimal]:
    """(in the project system, in the ledger) of all cells of costs."""
    found = Cell.objects.filter(book="cost", **wanted).aggregate(
        one=Sum("in_projects"), other=Sum("in_ledger")
    )
    return found["one"] or Decimal(0), found["other"] or Decimal(0)


def causes() -> dict[str, Decimal]:
    rows = CellCause.objects.values("cause").annotate(all=Sum("amount")).order_by()
    return {row["cause"]: row["all"] for row in rows}


def in_procore(company: Company) -> Decimal:
    """All direct costs, whatever their status."""
    return total_of(company, FLOW)


def total_of(company: Company, collection: str) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows_of(company, collection)), Decimal(0))


def rows_of(company: Company, collection: str) -> list[dict[str, Any]]:
    """A line for each document that Procore holds."""
    found = company.procore(f"procore/totals?collection={collection}")["collections"]
    rows: list[dict[str, Any]] = found[collection]["ids"]
    return rows


def in_business_central(company: Company) -> Decimal:
    signs = {"Invoice": 1, "Credit Memo": -1}
    documents = company.ledger("ledger")["documents"]
    return sum(
        (signs[kind] * Decimal(rows["total"]) for kind, rows in documents.items()), Decimal(0)
    )


def typed_by_hand(company: Company, number: str, amount: str, **facts: Any) -> dict[str, Any]:
    """A bookkeeper types an invoice with the project's and the code's values on its line."""
    model = CellPart.objects.filter(record__isnull=False, in_ledger__gt=0).first()
    entry = model.record.coded["lines"][0] if model and model.record else {}
    line = {"account": entry["account"], "amount": amount, "description": "Typed",
            "dimensions": dict(entry["dimensions"])}  # fmt: skip
    vendor = VendorLink.objects.filter(integration=company.integration)[0].ledger_number
    made: dict[str, Any] = company.ledger("business_central/type_invoice", {
        "vendorNumber": vendor, "vendorInvoiceNumber": number, "lines": [line], "currency": "USD",
        **facts,
    })  # fmt: skip
    return made


def test_what_is_posted_agrees_in_its_cell(books: Company) -> None:
    record = settled(books, FLOW, books.a_direct_cost("BAL-1", "840.50"))
    reading = read(books)
    assert reading.as_of is not None
    [cell] = Cell.objects.filter(book="cost")
    assert (cell.project, cell.cost_code, cell.cost_type) == (books.job, books.mapped_code, "M")
    assert (cell.in_projects, cell.in_ledger) == (Decimal("840.50"), Decimal("840.50"))
    assert not cell.differs
    assert cell.vendor == record.coded["vendor"]
    assert sums() == (in_procore(books), in_business_central(books))


def test_a_document_typed_by_hand_in_the_ledger_is_found_and_named(books: Company) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-2", "100.00"))
    read(books)
    made = typed_by_hand(books, "TYPED-BAL-2", "55.25")
    read(books)
    part = CellPart.objects.get(cause="in_ledger")
    assert part.ledger_number == made["number"]
    assert part.number == "TYPED-BAL-2"
    assert (part.project, part.cost_code) == (books.job, books.mapped_code)
    assert part.in_ledger == Decimal("55.25")
    assert part.ledger_url
    assert causes() == {"in_ledger": Decimal("-55.25")}
    assert sums() == (in_procore(books), in_business_central(books))


def test_what_is_typed_is_read_whole_once(books: Company) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-3", "100.00"))
    read(books)
    typed_by_hand(books, "TYPED-BAL-3", "5.00")
    typed_by_hand(books, "TYPED-BAL-3C", "2.00", credit=True)
    read(books)
    telling.forget_requests(books)
    read(books)
    asked = Counter(telling.requests_to(books, "business_central"))
    assert sum(asked.values()) <= 4, asked  # invoices, credit memos, entries of forty accounts
    assert causes() == {"in_ledger": Decimal("-3.00")}


def test_each_state_is_a_cause_with_its_sentence(books: Company) -> None:
    unmapped = books.procore("demo")["expected"]["unmapped_cost_codes"][0]
    held = settled(
        books, FLOW, books.a_direct_cost("BAL-4H", "10.00", lines=[books.line("10.00", unmapped)])
    )
    aside = settled(
        books, FLOW, books.a_direct_cost("BAL-4A", "20.00", lines=[books.line("20.00", unmapped)])
    )
    assert aside.set_aside("anna", "paid by card")
    skipped = settled(books, FLOW, books.a_direct_cost("BAL-4S", "40.00", status="draft"))
    books.note(FLOW, books.a_direct_cost("BAL-4N", "80.00"))
    read(books)
    parts = {part.number: part for part in CellPart.objects.all()}
    assert {one: part.cause for one, part in parts.items() if part.number} == {
        "BAL-4H": "held", "BAL-4A": "set_aside", "BAL-4S": "unapproved",
        parts_of_unread(parts): "not_sent",
    }  # fmt: skip
    assert held.sentence in parts["BAL-4H"].why
    assert "Missing mapping" in parts["BAL-4H"].why
    assert "anna: paid by card" in parts["BAL-4A"].why
    assert skipped.sentence in parts["BAL-4S"].why
    assert not CellCause.objects.filter(cause="unexplained").exists()
    books.the_worker_runs()
    read(books)
    assert CellPart.objects.get(number="BAL-4N").cause == ""
    assert sums() == (in_procore(books), in_business_central(books))


def parts_of_unread(parts: dict[str, CellPart]) -> str:
    return next(one for one in parts if not one.startswith(("BAL-4H", "BAL-4A", "BAL-4S")))


def test_a_change_after_posting_is_told_until_its_difference_stands(books: Company) -> None:
    row = books.a_direct_cost("BAL-5", "300.00")
    record = settled(books, FLOW, row)
    books.procore_changes(FLOW, row, lines=[books.line("350.00")])
    settled(books, FLOW, row)
    read(books)
    assert causes() == {"changed": Decimal("50.00")}
    assert sums() == (Decimal("350.00"), Decimal("300.00"))
    post_difference(record, "anna")
    books.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED
    read(books)
    assert causes() == {}
    assert sums() == (in_procore(books), in_business_central(books))


def test_what_was_deleted_at_the_source_stands_in_the_ledger_alone(
    books: Company,
) -> None:
    row = books.a_direct_cost("BAL-6", "70.00")
    record = settled(books, FLOW, row)
    books.procore_deletes(FLOW, row)
    telling.again(books, record)
    read(books)
    assert causes() == {"changed": Decimal("-70.00")}
    assert sums() == (in_procore(books), in_business_central(books))


def test_the_period_rule_moves_an_amount_between_two_months(books: Company) -> None:
    books.settings(FLOW, period_rule="next_open")
    settled(books, FLOW, books.a_direct_cost("BAL-7", "64.00", direct_cost_date="2020-03-05"))
    read(books)
    assert causes() == {"period": Decimal(0)}
    assert Cell.objects.filter(differs=True, book="cost").count() == 2
    assert sums(period="2020-03-01") == (Decimal("64.00"), Decimal(0))


def test_a_rounding_line_is_a_cause_of_its_own(books: Company) -> None:
    books.settings(FLOW, rounding_threshold="0.05")
    settled(books, FLOW, books.a_direct_cost("BAL-8", "10.00", header_total="10.02"))
    read(books)
    assert causes() == {"rounding": Decimal("-0.02")}


def test_what_no_list_tells_is_said(books: Company) -> None:
    assert any("On other accounts" in one for one in read(books).untold)


def test_the_rows_are_brought_up_to_now_when_the_night_is_over(books: Company) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-9", "12.00"))
    tasks.sweep()
    assert telling.asked("balance") == []
    for row in FlowSettings.objects.filter(flow__in=(FLOW, "requisitions")):
        tasks.reconcile(row.pk)
    Night.objects.filter(settings__flow="requisitions").update(ended_at=None)
    tasks.sweep()
    assert telling.asked("balance") == [], "one comparison is still under way"
    Night.objects.update(ended_at=timezone.now())
    tasks.sweep()
    assert [args[0] for _, args in telling.asked("balance")] == [books.integration.pk]
    books.the_worker_runs()
    assert Cell.objects.exists()
    tasks.sweep()
    assert telling.asked("balance") == []


def test_a_pass_that_is_broken_off_goes_on_behind_its_last_document(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        settled(books, FLOW, books.a_direct_cost(f"BAL-10-{number}", "10.00"))
    monkeypatch.setattr(refresh, "CHUNK", 1)
    monkeypatch.setattr(refresh, "STRETCH", -1.0)
    tasks.balance(books.integration.pk)
    assert (CellPart.objects.count(), Cell.objects.count()) == (1, 0)
    assert BalanceReading.objects.get().as_of is None
    for _ in range(2):
        books.the_worker_runs()
    monkeypatch.setattr(refresh, "STRETCH", 60.0)
    books.the_worker_runs()
    tasks.balance(books.integration.pk)
    assert Cell.objects.get(book="cost").documents == 3
    assert sums() == (in_procore(books), in_business_central(books))


def test_the_demo_s_costs_agree_with_sums_over_both_sides(books: Company) -> None:
    """Hundreds of documents with retainage, tax, credits and all that holds them."""
    kinds = ("requisitions", FLOW)
    for flow in kinds:
        books.poll(flow)
    books.the_worker_runs()
    read(books)
    projects, ledger = sums()
    rounded = CellCause.objects.filter(book="cost", cause="rounding").aggregate(all=Sum("amount"))
    wanted = sum((total_of(books, kind) for kind in kinds), Decimal(0))
    assert projects - (rounded["all"] or 0) == wanted
    journals = sum((net(row) for row in books.ledger("ledger")["journals"]["list"]), Decimal(0))
    assert ledger == in_business_central(books) + journals
    assert not CellCause.objects.filter(cause="unexplained").exists()
    explained = CellCause.objects.filter(book="cost").aggregate(all=Sum("amount"))["all"]
    assert explained == projects - ledger


def test_what_was_changed_in_the_ledger_counts_as_it_stands_there(books: Company) -> None:
    record = settled(books, FLOW, books.a_direct_cost("BAL-12", "100.00"))
    mended = {"id": record.destination_id, "cost": "90.00"}
    books.ledger("business_central/mend", mended)
    telling.again(books, record)
    read(books)
    assert causes() == {"changed": Decimal("10.00")}
    assert "Differs from the ledger" in CellPart.objects.exclude(cause="")[0].why
    assert sums() == (in_procore(books), in_business_central(books))


def test_what_was_cancelled_in_the_ledger_comes_to_nothing_there(books: Company) -> None:
    record = settled(books, FLOW, books.a_direct_cost("BAL-13", "100.00"))
    books.ledger("business_central/cancel_invoice", {"id": record.destination_id})
    telling.again(books, record)
    read(books)
    assert sums() == (Decimal("100.00"), Decimal(0))
    assert causes() == {"changed": Decimal("100.00")}


def test_what_is_typed_without_a_project_is_not_left_out(books: Company) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-14", "100.00"))
    read(books)
    made = typed_by_hand(books, "TYPED-BAL-14", "31.00")
    books.ledger("business_central/mend", {"id": made["id"], "dimensions": {"PROJECT": ""}})
    read(books)
    part = CellPart.objects.get(cause="in_ledger")
    assert (part.project, part.in_ledger) == ("", Decimal("31.00"))
    books.ledger("business_central/mend", {"id": made["id"], "delete": True})
    read(books)
    assert causes() == {}


def test_a_month_that_a_limit_left_unread_stays_as_it_was_and_is_said(
    books: Company, settings: Any
) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-15", "100.00"))
    read(books)
    typed_by_hand(books, "TYPED-BAL-15", "8.00")
    read(books)
    settings.RECONCILE_SHARE = 0.0
    said = read(books).untold
    assert any("Not read again this time" in one and month(today()) in one
               for one in said)  # fmt: skip
    assert causes() == {"in_ledger": Decimal("-8.00")}


def test_a_document_that_is_linked_later_is_nobody_s_no_more(books: Company) -> None:
    settled(books, FLOW, books.a_direct_cost("BAL-16", "100.00"))
    read(books)
    made = typed_by_hand(books, "BAL-16-TWIN", "42.00")
    read(books)
    assert causes() == {"in_ledger": Decimal("-42.00")}
    vendor = VendorLink.objects.filter(integration=books.integration)[0]
    twin = settled(books, FLOW, books.a_direct_cost("BAL-16-TWIN", "42.00",
                                                    vendor=vendor.project_vendor_name))  # fmt: skip
    assert twin.state == State.HELD, twin.sentence
    read(books)
    assert causes() == {"in_ledger": Decimal("-42.00"), "held": Decimal("42.00")}
    assert twin.link("anna", made["number"])
    books.the_worker_runs()
    twin.refresh_from_db()
    assert twin.state == State.POSTED, twin.sentence
    read(books)
    assert causes() == {}
    assert sums() == (in_procore(books), in_business_central(books))
