"""Every write passes the gates: what is new, what is in doubt, what has gone at the source."""

from __future__ import annotations

from typing import Any

import pytest
from django_q.models import OrmQ

from audit.models import Entry
from connections.documents import Hint
from connections.errors import Reason
from mappings.models import Reference, VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from syncs.pipelines import engine, posted
from tests.flows import gates, telling
from tests.flows.telling import again, due_now, settled
from tests.flows.test_flows_of_the_seed import APPROVED, COLLECTIONS, NOT_YET, in_status
from tests.flows.test_relief import billed
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
WRITES = r"(purchaseInvoices|purchaseOrders|journals)(\?|$)"


def cut_off(company: Company, flow: str, row: dict[str, Any], scope: str = "") -> Record:
    """Its first write was sent, and the answer never came."""
    telling.ledger_fails(company, method="POST", path=WRITES, action="cut_after", times=1)
    record = company.note(flow, row, scope)
    run_queue()
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT, record.sentence
    return record


def scope_of(flow: str) -> str:
    """The prime contract's project is another than the job of the other stories."""
    if flow != "prime_change_orders":
        return ""
    return Reference.objects.get(kind="project", code="P-1044").remote_id


def tried_again(company: Company, record: Record) -> Record:
    """Both by a person and by the sweep."""
    again(company, record)
    return due_now(company, record)


@pytest.mark.parametrize("flow", list(APPROVED))
def test_what_is_new_passes_no_shut_gate(company: Company, flow: str) -> None:
    row = in_status(company, flow, f"G1-{flow[:6]}", APPROVED[flow][0])
    record = company.note(flow, row, scope_of(flow))
    gates.none_lets_it_pass(company, flow, lambda: tried_again(company, record))
    assert again(company, record).state == State.POSTED, "and goes through once they are open"


@pytest.mark.parametrize("flow", list(APPROVED))
def test_what_is_in_doubt_passes_no_shut_gate(company: Company, flow: str) -> None:
    row = in_status(company, flow, f"G2-{flow[:6]}", APPROVED[flow][0])
    record = cut_off(company, flow, row, scope_of(flow))
    gates.none_lets_it_pass(company, flow, lambda: tried_again(company, record))
    assert again(company, record).state == State.POSTED


@pytest.mark.parametrize("flow", list(APPROVED))
def test_what_has_gone_at_the_source_passes_no_shut_gate(company: Company, flow: str) -> None:
    row = in_status(company, flow, f"G3-{flow[:6]}", APPROVED[flow][0])
    record = cut_off(company, flow, row, scope_of(flow))
    company.procore_changes(COLLECTIONS[flow], row, status=NOT_YET[flow])
    company.procore_deletes(COLLECTIONS[flow], row)
    gates.none_lets_it_pass(company, flow, lambda: tried_again(company, record))
    before = gates.intents()
    record = again(company, record)
    assert gates.intents() == before, "nothing is written for what its source has deleted"
    assert record.state in (State.HELD, State.SKIPPED), record.sentence


def test_relief_passes_no_shut_gate(company: Company) -> None:
    contract, billing = billed(company, "G-RLF")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    company.settings("commitment_relief", **{**gates.OPEN, "stopped": True})
    record = company.note("commitment_relief", billing)
    gates.none_lets_it_pass(company, "commitment_relief", lambda: tried_again(company, record))
    assert again(company, record).state == State.POSTED


def test_vendors_pass_no_shut_gate(company: Company) -> None:
    """A vendor is worth nothing: there is no limit for it."""
    number = VendorLink.objects.values_list("ledger_number", flat=True)[0]
    note_batch(company.integration, "vendors", [Hint(number)], "webhook")
    record = Record.objects.get(flow="vendors", source_id=number)
    gates.none_lets_it_pass(
        company, "vendors", lambda: tried_again(company, record), moves_no_money=True
    )
    assert again(company, record).state == State.POSTED


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ({"shadow": True}, Reason.SHADOW),
        ({"needs_approval": True}, Reason.NEEDS_APPROVAL),
        ({"amount_limit": 10}, Reason.OVER_LIMIT),
    ],
)
def test_a_doubt_is_cleared_and_nothing_more_is_written(
    company: Company, gate: dict[str, Any], reason: str
) -> None:
    """The draft of a lost answer is adopted, and waits behind the gate that was shut since."""
    number = f"G4-{reason[:6]}"
    record = cut_off(company, "direct_costs", company.a_direct_cost(number))
    company.settings("direct_costs", **gate)
    record = again(company, record)
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert record.in_doubt_since is None
    assert company.posted_under(number) == []
    company.settings("direct_costs", **gates.OPEN)
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert len(company.posted_under(number)) == 1


def test_the_brake_stops_the_second_of_two_in_one_batch(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked before each write, not once for all that a worker has in hand."""
    rows = [company.note("direct_costs", company.a_direct_cost(f"G5-{n}")) for n in (1, 2)]
    OrmQ.objects.all().delete()
    finish = posted.finish

    def and_pull_the_brake(*args: Any) -> None:
        finish(*args)
        company.settings("direct_costs", stopped=True)

    monkeypatch.setattr("syncs.pipelines.to_ledger.finish", and_pull_the_brake)
    engine.run([row.pk for row in rows])
    for row in rows:
        row.refresh_from_db()
    assert sorted(row.state for row in rows) == [State.PENDING, State.POSTED]
    assert len(company.posted_under("G5-")) == 1


def test_what_a_gate_holds_is_approved_as_shown(company: Company) -> None:
    """The entry that waits is the one that is approved, also when another stands already."""
    company.settings("direct_costs", needs_approval=True)
    record = settled(company, "direct_costs", company.a_direct_cost("G6-1"))
    assert record.proposed["number"] == "G6-1"
    assert record.approve("bea")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.proposed) == (State.POSTED, {})
    told = Entry.objects.filter(record=record.pk, data__verb="approve")
    assert [entry.actor for entry in told] == ["bea"]
