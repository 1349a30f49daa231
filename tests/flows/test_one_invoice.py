"""One document from Procore to the ledger, and what goes wrong on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import journal
from audit.models import Entry
from connections.errors import Reason
from mappings.models import CostCodeMapping
from syncs.models import Record, State
from tests.story import Company

pytestmark = pytest.mark.django_db


def requests_of(company: Company, vendor: str) -> dict[str, int]:
    said: dict[str, Any] = (company.procore if vendor == "procore" else company.ledger)("requests")
    counters: dict[str, int] = said["counters"]
    return {name: count for name, count in counters.items() if "/control/" not in name}


def test_an_approved_direct_cost_is_posted_and_read_back(company: Company) -> None:
    row = company.a_direct_cost("DC-100", "840.50")
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    (posted,) = company.posted_under("DC-100")
    assert Decimal(posted["total"]) == Decimal("840.50") == record.destination_total
    assert record.destination_number == posted["number"]
    assert record.read_back_at is not None


def test_an_invoice_costs_two_writes_one_read_and_a_shared_look_up(company: Company) -> None:
    rows = [company.a_direct_cost(f"CHEAP-{n}") for n in range(5)]
    for row in rows:
        company.note("direct_costs", row)
    company.ledger("requests", method="DELETE")
    company.the_worker_runs()
    used = requests_of(company, "business_central")
    assert len(company.posted_under("CHEAP-")) == 5
    # two writes and a read each, and one look-up for all of them
    assert sum(used.values()) <= 5 * 3 + 5 + 2, used


def test_what_is_known_of_a_record_is_stored_together_and_its_lock_reads_no_document(
    company: Company,
) -> None:
    """Announced twice, coded, and at rest: four times, for each document."""
    company.note("direct_costs", company.a_direct_cost("FEW-0"))
    company.the_worker_runs()
    record = company.note("direct_costs", company.a_direct_cost("FEW-1", "840.50"))
    with CaptureQueriesContext(connection) as said:
        company.the_worker_runs()
    words = [one["sql"] for one in said]
    stored = [sql for sql in words if sql.startswith('UPDATE "syncs_record"') and '"claim"' in sql]
    assert len(stored) == 4, stored
    (locked,) = [sql for sql in words if "syncs_record" in sql and sql.endswith("FOR UPDATE")]
    assert '"source"' not in locked
    record.refresh_from_db()
    assert (record.state, record.number, str(record.amount)) == (State.POSTED, "FEW-1", "840.50")
    assert (record.source["number"], bool(record.digest)) == ("FEW-1", True)


def test_a_draft_cost_is_skipped_by_a_written_rule(company: Company) -> None:
    row = company.a_direct_cost("DRAFT-1", status="draft")
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, company.posted_under("DRAFT-1")) == (State.SKIPPED, [])
    assert "not approved" in record.sentence


def test_an_unmapped_code_holds_the_document_and_replay_posts_it_after_the_fix(
    company: Company,
) -> None:
    code = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    row = company.a_direct_cost("UNMAPPED-1", lines=[company.line("99.00", code)])
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING)
    assert code in record.sentence
    assert record.problems[0]["cost_code"] == code
    assert company.posted_under("UNMAPPED-1") == []
    account = CostCodeMapping.objects.filter(cost_type="M").first()
    assert account is not None
    CostCodeMapping.objects.create(
        integration=company.integration, cost_code=code, account=account.account
    )
    assert record.replay("anna")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert len(company.posted_under("UNMAPPED-1")) == 1


def test_replay_on_a_posted_record_posts_nothing(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("AGAIN-1"))
    company.the_worker_runs()
    for _ in range(3):
        Record.objects.get(pk=record.pk).replay("anna")
        company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert len(company.posted_under("AGAIN-1")) == 1


@pytest.mark.parametrize(
    ("number", "path"),
    [("SNIPPED-1", r"purchaseInvoices(\?|$)"), ("SNIPPED-2", r"Microsoft\.NAV\.post")],
)
def test_a_cut_answer_is_asked_about_and_never_doubled(
    company: Company, number: str, path: str
) -> None:
    record = company.note("direct_costs", company.a_direct_cost(number))
    rule = {"method": "POST", "path": path, "action": "cut_after", "times": 1}
    company.ledger("faults", {"seed": 1, "rules": [rule]})
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT, record.sentence
    Record.objects.update(run_at=None)
    record.replay("anna")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert len(company.posted_under(number)) == 1


def test_what_was_typed_by_hand_is_not_posted_again(company: Company) -> None:
    row = company.a_direct_cost("HAND-1", "55.00")
    first = company.note("direct_costs", row)
    company.the_worker_runs()
    first.refresh_from_db()
    Record.objects.filter(pk=first.pk).delete()  # as if another system had posted it
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert len(company.posted_under("HAND-1")) == 1
    record.link("anna", first.destination_number)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.destination_number) == (State.POSTED, first.destination_number)


def test_the_same_number_twice_is_held(company: Company) -> None:
    rows = [company.a_direct_cost("TWICE-1"), company.a_direct_cost("twice-1", "10.00")]
    for row in rows:
        company.note("direct_costs", row)
    company.the_worker_runs()
    records = [company.record(row, "direct_costs") for row in rows]
    assert [record.state for record in records] == [State.POSTED, State.HELD]
    assert records[1].reason in (Reason.DUPLICATE_NUMBER, Reason.ALREADY_THERE)
    assert len(company.posted_under("TWICE-1")) == 1


def test_a_negative_total_becomes_a_credit_memo(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("CREDIT-1", "-120.25"))
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert record.destination_kind == "credit_memo"
    assert record.destination_total == Decimal("120.25")


def test_a_change_after_posting_is_held_with_the_difference_and_can_be_posted(
    company: Company,
) -> None:
    from syncs.reconciliation.corrections import post_difference

    row = company.a_direct_cost("CHANGED-1", "100.00")
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    company.procore_changes("direct_costs", row, lines=[company.line("130.00")])
    company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    [child] = post_difference(record, "anna")
    company.the_worker_runs()
    record.refresh_from_db()
    child.refresh_from_db()
    assert (record.state, child.state) == (State.POSTED, State.POSTED), child.sentence
    assert child.destination_total == Decimal("30.00")
    assert len(company.posted_under("CHANGED-1")) == 2


def test_a_deletion_after_posting_is_never_silent(company: Company) -> None:
    row = company.a_direct_cost("DELETED-1")
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    company.procore_deletes("direct_costs", row)
    company.note("direct_costs", row, scope=record.scope)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)


def test_every_write_has_an_intent_before_and_an_outcome_after(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("TRAIL-1"))
    company.the_worker_runs()
    lines = list(Entry.objects.filter(record=record.pk).order_by("sequence"))
    intents = [line for line in lines if line.kind == Entry.Kind.INTENT]
    outcomes = [line for line in lines if line.kind == Entry.Kind.OUTCOME]
    assert len(intents) == len(outcomes) == 2
    assert {line.sequence for line in intents} == {line.intent for line in outcomes}
    assert journal.verify().ok


def test_shadow_mode_sends_nothing(company: Company) -> None:
    company.settings("direct_costs", shadow=True)
    record = company.note("direct_costs", company.a_direct_cost("SHADOW-1"))
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW)
    assert record.coded["lines"]
    assert company.posted_under("SHADOW-1") == []
