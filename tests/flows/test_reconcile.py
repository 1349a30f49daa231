"""Both sides compared; cut-over; and what happens to a document after it was posted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.pages.moments import day as read
from mappings.models import ProjectLink, VendorLink
from syncs import tasks
from syncs.flow import Context
from syncs.models import FlowSettings, Record, Run, State
from syncs.reconciliation import reconcile
from syncs.reconciliation.corrections import post_difference
from tests.flows import telling
from tests.flows.telling import again, asked, settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def posted(company: Company, number: str, amount: str = "840.50", **facts: Any) -> Record:
    record = settled(company, "direct_costs", company.a_direct_cost(number, amount, **facts))
    assert record.state == State.POSTED, record.sentence
    return record


def source_of(company: Company, record: Record) -> dict[str, Any]:
    row: dict[str, Any] = company.procore(f"procore/direct_costs/{record.source_id}")
    return row


def reconciled(company: Company, flow: str = "direct_costs") -> Run:
    tasks.reconcile(FlowSettings.objects.get(flow=flow).pk)
    return Run.objects.filter(kind="reconcile", flow=flow).latest("pk")


def carried(record: Record) -> Record:
    """This one alone, of all that reconciliation found."""
    tasks.run([record.pk])
    record.refresh_from_db()
    return record


# -- the night ------------------------------------------------------------------------------------


def test_an_amount_that_changed_without_its_date_is_found(company: Company) -> None:
    record = posted(company, "SILENT-1", "100.00")
    row = source_of(company, record)
    company.procore_changes(
        "direct_costs", row, lines=[company.line("130.00")], at=row["updated_at"]
    )
    telling.only_what_is_new(company)
    company.poll("direct_costs")
    record.refresh_from_db()
    assert record.state == State.POSTED, "the poll cannot see it"
    run = reconciled(company)
    assert run.ok, run.sentence
    record = carried(record)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "130.00" in record.sentence
    assert [one["total"] for one in company.posted_under("SILENT-1")] == ["100.00"]


def test_what_did_not_change_is_left_alone_and_counted(company: Company) -> None:
    record = posted(company, "QUIET-1")
    run = reconciled(company)
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert run.counts["source"] >= 1
    assert Decimal(run.counts["source_total"]) > 0
    assert (run.counts["missing"], run.counts["asked"]) == (0, 0)


def test_a_document_that_nobody_told_us_of_is_found(company: Company) -> None:
    telling.only_what_is_new(company)
    row = company.a_direct_cost("UNTOLD-1")
    reconciled(company)
    record = company.record(row, "direct_costs")
    assert carried(record).state == State.POSTED


def test_a_deletion_after_posting_is_found_held_and_can_be_accepted(company: Company) -> None:
    record = posted(company, "VANISH-1")
    company.procore_deletes("direct_costs", source_of(company, record))
    run = reconciled(company)
    assert run.counts["missing"] == 1
    record = carried(record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
    assert record.destination_number in record.sentence
    assert record.accept("anna", "stays in the books")
    record = carried(record)
    assert record.state == State.POSTED, record.sentence
    reconciled(company)
    assert carried(record).state == State.POSTED, "accepted once is accepted"
    assert len(company.posted_under("VANISH-1")) == 1


@pytest.fixture
def closed_job(company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Called, it closes the job in Procore; each closed job has its turn every night."""
    monkeypatch.setattr(reconcile, "CLOSED_NIGHTS", 1)
    job = ProjectLink.objects.get(project_number=company.job).project_id

    def close() -> None:
        company.procore(f"procore/projects/{job}", {"active": False}, "PATCH")
        tasks.refresh(company.integration.pk)

    yield close
    company.procore(f"procore/projects/{job}", {"active": True}, "PATCH")


def test_a_deletion_in_a_closed_project_is_found(
    company: Company, closed_job: Callable[[], None]
) -> None:
    kept, gone = posted(company, "ENDED-1"), posted(company, "SHUT-2")
    closed_job()
    unknown = company.a_direct_cost("SHUT-3")
    company.procore_deletes("direct_costs", source_of(company, gone))
    run = reconciled(company)
    assert (run.ok, run.counts["closed_missing"]) == (True, 1), run.sentence
    gone = carried(gone)
    assert (gone.state, gone.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
    kept.refresh_from_db()
    assert kept.state == State.POSTED
    assert not Record.objects.filter(source_id=str(unknown["id"])).exists(), (
        "what is new is not ours"
    )


def test_a_change_in_a_closed_project_is_found(
    company: Company, closed_job: Callable[[], None]
) -> None:
    record = posted(company, "SHUT-4", "100.00")
    closed_job()
    company.procore_changes(
        "direct_costs", source_of(company, record), lines=[company.line("130.00")]
    )
    assert reconciled(company).counts["closed_changed"] == 1
    record = carried(record)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)


def test_a_closed_project_that_cannot_be_read_any_more_is_no_trouble(
    company: Company, closed_job: Callable[[], None]
) -> None:
    record = posted(company, "SHUT-5")
    closed_job()
    job = ProjectLink.objects.get(project_number=company.job).project_id
    telling.procore_fails(
        company, method="GET", path=f"/projects/{job}/direct_costs", action="status", status=403,
        times=9,
    )  # fmt: skip
    run = reconciled(company)
    company.procore("faults", method="DELETE")
    assert (run.ok, run.counts["closed_unread"]) == (True, 1), run.sentence
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_each_closed_project_has_its_turn_once_a_week() -> None:
    week = [dt.date(2026, 3, 1) + dt.timedelta(days=n) for n in range(7)]
    for project in ("900100", "900101", "562949953", ""):
        assert sum(reconcile.has_turn(project, day) for day in week) == 1


def test_one_404_is_not_a_deletion(company: Company) -> None:
    record = posted(company, "FOUR-1")
    telling.procore_fails(
        company, method="GET", path=f"/direct_costs/{record.source_id}", action="status",
        status=404, times=1,
    )  # fmt: skip
    record.replay("anna")
    record = carried(record)
    assert record.state == State.PENDING, record.sentence
    assert telling.due_now(company, record).state == State.POSTED


def test_a_project_that_cannot_be_read_is_not_a_deletion_of_all_it_held(company: Company) -> None:
    record = posted(company, "FOUR-2")
    telling.procore_fails(
        company, method="GET", path="/rest/", action="status", status=403, times=9
    )
    run = reconciled(company)
    company.procore("faults", method="DELETE")
    record.refresh_from_db()
    assert not run.ok
    assert record.state == State.POSTED


def test_what_was_not_looked_at_for_a_day_is_read_again(company: Company) -> None:
    record = posted(company, "DAILY-1")
    old = timezone.now() - dt.timedelta(hours=21)
    Record.objects.filter(pk=record.pk).update(compared_at=old, read_back_at=old)
    assert reconciled(company).counts["asked"] == 1
    record = carried(record)
    assert record.state == State.POSTED
    assert record.read_back_at is not None
    assert record.read_back_at > old


def test_a_document_cancelled_in_the_ledger_is_never_shown_as_posted(company: Company) -> None:
    record = posted(company, "CANCEL-1", "-75.00")
    ledger: Any = Context(company.integration, "direct_costs").ledger
    path = ledger.path(f"purchaseCreditMemos({record.destination_id})/Microsoft.NAV.cancel")
    ledger.write("POST", path, about="by hand")
    record = again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "cancelled" in record.sentence
    assert again(company, record).state == State.HELD, "replay alone does not make it right"
    assert record.accept("anna", "typed anew by hand")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert "Accepted" in record.sentence


def test_a_document_that_differs_stays_held_however_often_it_is_replayed(company: Company) -> None:
    """What the ledger shows is compared to the cent each time that we say "posted"."""
    record = posted(company, "CENTS-1", "10.00")
    coded = {**record.coded, "total": "10.01"}
    coded["lines"] = [{**record.coded["lines"][0], "amount": "10.01"}]
    Record.objects.filter(pk=record.pk).update(coded=coded)
    for _ in range(2):
        record = again(company, record)
        assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "10.01" in record.sentence


def test_a_document_that_the_ledger_does_not_have_any_more_is_held(company: Company) -> None:
    record = posted(company, "LEFT-1")
    Record.objects.filter(pk=record.pk).update(
        destination_id="5f0f6e9e-0000-4000-8000-000000000000"
    )
    record = again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS)
    assert "not in the ledger any more" in record.sentence
    assert len(company.posted_under("LEFT-1")) == 1, "and it is not posted anew"


def test_a_document_that_is_not_approved_any_more_is_held_after_posting(company: Company) -> None:
    record = posted(company, "CAME-1")
    company.procore_changes("direct_costs", source_of(company, record), status="draft")
    record = again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "draft" in record.sentence


# -- cut-over -------------------------------------------------------------------------------------


def test_documents_before_the_cut_over_are_skipped(company: Company) -> None:
    start = timezone.now().date()
    company.settings("direct_costs", start_date=start)
    day = (start - dt.timedelta(days=1)).isoformat()
    record = settled(
        company, "direct_costs", company.a_direct_cost("BEFORE-1", direct_cost_date=day)
    )
    assert record.state == State.SKIPPED
    assert f"before the cut-over on {read(start)}." in record.sentence
    on_the_day = company.a_direct_cost("BEFORE-2", direct_cost_date=start.isoformat())
    assert settled(company, "direct_costs", on_the_day).state == State.POSTED
    assert company.posted_under("BEFORE-1") == []


def test_projects_that_were_not_chosen_are_skipped_and_not_polled(company: Company) -> None:
    company.settings("direct_costs", projects=["P-9999"])
    record = settled(company, "direct_costs", company.a_direct_cost("OTHERJOB-1"))
    assert record.state == State.SKIPPED
    assert company.job in record.sentence
    telling.forget_requests(company)
    company.poll("direct_costs")
    assert telling.requests_to(company, "procore") == {}
    company.settings("direct_costs", projects=[company.job])
    assert again(company, record).state == State.POSTED


def test_a_cut_over_that_is_set_later_does_not_touch_what_was_posted(company: Company) -> None:
    record = posted(company, "AFTER-1")
    later = timezone.now().date() + dt.timedelta(days=30)
    for choice in ({"start_date": later}, {"projects": ["P-9999"]}, {"booking": "nothing"}):
        company.settings("direct_costs", **choice)
        assert again(company, record).state == State.POSTED, record.sentence


def typed_by_hand(
    company: Company, number: str, amount: str, currency: str = "USD"
) -> dict[str, Any]:
    """The bookkeeper typed it into the ledger, on an account of her own."""
    vendor = VendorLink.objects.get(project_vendor_name=company.a_vendor)
    row: dict[str, Any] = company.ledger("business_central/type_invoice", {
        "vendorNumber": vendor.ledger_number, "vendorInvoiceNumber": number,
        "lines": [{"account": "60300", "amount": amount}], "currency": currency,
    })  # fmt: skip
    return row


def test_what_stands_in_both_is_adopted_at_cut_over_and_stays_so(company: Company) -> None:
    company.settings("direct_costs", adopt=True)
    there = typed_by_hand(company, "CUTOVER-1", "840.50")
    record = posted(company, "cutover-1")
    assert record.destination_number == there["number"]
    assert "Adopted" in record.sentence
    assert len(company.posted_under("CUTOVER-1")) == 1
    assert again(company, record).state == State.POSTED, "its accounts are the bookkeeper's"


def test_another_total_is_not_adopted(company: Company) -> None:
    company.settings("direct_costs", adopt=True)
    typed_by_hand(company, "CUTOVER-2", "840.51")
    record = settled(company, "direct_costs", company.a_direct_cost("CUTOVER-2", "840.50"))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert "840.51" in record.sentence
    assert len(company.posted_under("CUTOVER-2")) == 1


def test_the_same_figure_in_another_currency_is_neither_adopted_nor_linked(
    company: Company,
) -> None:
    company.settings("direct_costs", adopt=True)
    there = typed_by_hand(company, "CUTOVER-5", "840.50", "EUR")
    record = settled(company, "direct_costs", company.a_direct_cost("CUTOVER-5", "840.50"))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert "840.50 EUR" in record.sentence
    assert record.link("anna", there["number"])
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "comes to 840.50 EUR; this document to 840.50 USD: not linked." in record.sentence


def test_without_the_switch_a_person_links_it(company: Company) -> None:
    there = typed_by_hand(company, "CUTOVER-3", "840.50")
    record = settled(company, "direct_costs", company.a_direct_cost("CUTOVER-3", "840.50"))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert record.link("anna", there["number"])
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert again(company, record).state == State.POSTED, "the link holds"
    assert len(company.posted_under("CUTOVER-3")) == 1


def test_a_link_to_another_amount_or_to_nothing_is_refused(company: Company) -> None:
    there = typed_by_hand(company, "CUTOVER-4", "1.00")
    record = settled(company, "direct_costs", company.a_direct_cost("CUTOVER-4", "840.50"))
    for number, said in ((there["number"], "comes to 1.00; this"), ("0815", "There is no 0815")):
        assert record.link("anna", number)
        company.the_worker_runs()
        record.refresh_from_db()
        assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
        assert said in record.sentence


def test_shadow_mode_shows_the_entry_and_afterwards_posts_it_once(company: Company) -> None:
    company.settings("direct_costs", shadow=True)
    telling.forget_requests(company)
    record = settled(company, "direct_costs", company.a_direct_cost("DARK-1"))
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW)
    assert record.coded["total"] == "840.50"
    writes = [name for name in telling.requests_to(company, "business_central")
              if not name.startswith("GET") and "token" not in name]  # fmt: skip
    assert writes == []
    company.settings("direct_costs", shadow=False)
    assert again(company, record).state == State.POSTED
    assert len(company.posted_under("DARK-1")) == 1


# -- the difference -------------------------------------------------------------------------------


def test_a_lower_amount_is_corrected_by_a_credit_memo_of_the_difference(company: Company) -> None:
    record = posted(company, "LESS-1", "500.00")
    company.procore_changes(
        "direct_costs", source_of(company, record), lines=[company.line("420.00")]
    )
    record = again(company, record)
    assert record.reason == Reason.CHANGED_AFTER_POSTING
    [child] = post_difference(record, "anna")
    company.the_worker_runs()
    child.refresh_from_db()
    record.refresh_from_db()
    assert (record.state, child.state) == (State.POSTED, State.POSTED), child.sentence
    assert (child.destination_kind, child.destination_total) == ("credit_memo", Decimal("80.00"))
    signed = [
        (-1 if one["documentType"] == "Credit Memo" else 1) * Decimal(one["total"])
        for one in company.posted_under("LESS-1")
    ]
    assert sum(signed) == Decimal("420.00")
    with pytest.raises(ValueError, match="difference"):
        post_difference(record, "anna")
    again(company, record)
    again(company, child)
    assert len(company.posted_under("LESS-1")) == 2
    assert asked("run") == []
