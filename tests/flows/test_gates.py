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
from tests.flows.test_closing import CLOSING, becomes, looked_at, standing
from tests.flows.test_flows_of_the_seed import APPROVED, COLLECTIONS, NOT_YET, in_status
from tests.flows.test_ledger_orders import by_hand, coded_line, polled, typed
from tests.flows.test_relief import FLOW as RELIEF
from tests.flows.test_relief import billed, memo, relieved
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


# -- reliefs, and what a closed contract frees ----------------------------------------------------


def to_relieve(company: Company, number: str) -> Record:
    """A billing stands posted, and the memo accounts do not know of it yet."""
    contract, billing = billed(company, number)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    posted = settled(company, "requisitions", billing)
    assert posted.state == State.POSTED, posted.sentence
    return posted


def to_free(company: Company, number: str) -> dict[str, Any]:
    """A contract of 4,000.00 that is terminated with 1,000.00 billed and relieved."""
    company.settings(CLOSING, when_closed="free")
    contract, _ = standing(company, number)
    becomes(company, contract, "Terminated")
    return contract


def unanswered(company: Company, flow: str, row: dict[str, Any]) -> Record:
    """The flow looked at it, its journal was sent, and the answer never came."""
    telling.ledger_fails(company, method="POST", path=WRITES, action="cut_after", times=1)
    company.poll(flow)
    company.the_worker_runs()
    record = company.record(row, flow)
    assert record.state == State.IN_DOUBT, record.sentence
    return record


def all_tried(company: Company, flow: str) -> Record:
    """The poll, what it asks for, and each of the flow's records tried again."""
    for _ in range(2):
        company.poll(flow)
        company.the_worker_runs()
    for record in Record.objects.filter(flow=flow).order_by("pk"):
        record = tried_again(company, record)
    return record


def none_pass(company: Company, flow: str, **how: Any) -> None:
    gates.none_lets_it_pass(company, flow, lambda: all_tried(company, flow), **how)


def test_relief_passes_no_shut_gate(company: Company) -> None:
    billing = {"id": to_relieve(company, "G-RLF").source_id}
    company.settings(RELIEF, **{**gates.OPEN, "stopped": True})
    record = company.note(RELIEF, billing)
    gates.none_lets_it_pass(company, RELIEF, lambda: tried_again(company, record))
    assert again(company, record).state == State.POSTED


def test_a_relief_in_doubt_passes_no_shut_gate(company: Company) -> None:
    before = memo(company)["commitment"]
    billing = {"id": to_relieve(company, "G-RLF-2").source_id}
    record = unanswered(company, RELIEF, billing)
    none_pass(company, RELIEF)
    assert memo(company)["commitment"] - before == 4000
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert memo(company)["commitment"] - before == 3000, "relieved once"


def test_a_relief_whose_billing_left_the_ledger_passes_no_shut_gate(company: Company) -> None:
    before = memo(company)["commitment"]
    posted = to_relieve(company, "G-RLF-3")
    assert relieved(company, {"id": posted.source_id}).state == State.POSTED
    company.ledger("business_central/cancel_invoice", {"number": posted.destination_number})
    assert again(company, posted).reason == Reason.DIFFERS
    none_pass(company, RELIEF)
    assert memo(company)["commitment"] - before == 3000
    all_tried(company, RELIEF)
    assert memo(company)["commitment"] - before == 4000, "and is given back once they are open"


def test_a_relief_in_doubt_whose_billing_left_the_ledger_takes_nothing_off(
    company: Company,
) -> None:
    before, lines = memo(company)["commitment"], company.ledger("ledger")["journal_lines"]
    posted = to_relieve(company, "G-RLF-4")
    record = unanswered(company, RELIEF, {"id": posted.source_id})
    company.ledger("business_central/cancel_invoice", {"number": posted.destination_number})
    assert again(company, posted).reason == Reason.DIFFERS
    none_pass(company, RELIEF, moves_no_money=True)  # a draft of nothing is taken away
    all_tried(company, RELIEF)
    record.refresh_from_db()
    assert record.state == State.SKIPPED, record.sentence
    assert record.destination_id == "", "the journal that was begun is taken away"
    assert company.ledger("ledger")["journal_lines"] == lines
    assert memo(company)["commitment"] - before == 4000


def test_what_a_closed_contract_frees_passes_no_shut_gate(company: Company) -> None:
    before, contract = memo(company), to_free(company, "G-CLS-1")
    company.settings(CLOSING, shadow=True)
    company.poll(CLOSING)
    none_pass(company, CLOSING)
    assert memo(company)["commitment"] - before["commitment"] == 3000
    assert again(company, company.record(contract, CLOSING)).state == State.POSTED
    assert memo(company) == before


def test_freeing_in_doubt_passes_no_shut_gate(company: Company) -> None:
    before, contract = memo(company), to_free(company, "G-CLS-2")
    record = unanswered(company, CLOSING, contract)
    none_pass(company, CLOSING)
    assert memo(company)["commitment"] - before["commitment"] == 3000
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert memo(company) == before, "freed once"


@pytest.mark.parametrize("cut", [False, True])
def test_freeing_of_a_contract_that_is_open_again_passes_no_shut_gate(
    company: Company, cut: bool
) -> None:
    before, contract = memo(company)["commitment"], to_free(company, f"G-CLS-3-{cut}")
    if cut:
        unanswered(company, CLOSING, contract)
    else:
        assert looked_at(company, contract).state == State.POSTED
    becomes(company, contract, "Approved")
    none_pass(company, CLOSING, moves_no_money=cut)  # a draft of nothing is taken away
    assert memo(company)["commitment"] - before == (3000 if cut else 0)
    all_tried(company, CLOSING)
    assert memo(company)["commitment"] - before == 3000


# -- vendors --------------------------------------------------------------------------------------


def a_vendor(company: Company, number: str = "") -> Record:
    number = number or VendorLink.objects.values_list("ledger_number", flat=True)[0]
    note_batch(company.integration, "vendors", [Hint(number)], "webhook")
    return Record.objects.get(flow="vendors", source_id=number)


def vendor_passes_none(company: Company, record: Record) -> None:
    """A vendor is worth nothing: there is no limit for it."""
    gates.none_lets_it_pass(
        company, "vendors", lambda: tried_again(company, record), moves_no_money=True
    )


@pytest.mark.parametrize("action", ["", "cut_before", "cut_after"])
def test_a_vendor_passes_no_shut_gate(company: Company, action: str) -> None:
    record = a_vendor(company)
    if action:
        telling.procore_fails(company, path="vendors/sync", action=action, times=1)
        record = due_now(company, record)
        assert record.state == State.PENDING, record.sentence
    vendor_passes_none(company, record)
    assert again(company, record).state == State.POSTED


def test_a_vendor_that_left_the_ledger_passes_no_shut_gate(company: Company) -> None:
    """One that never reached Procore is made there no more."""
    record = a_vendor(company, "V-NOBODY")
    vendor_passes_none(company, record)
    assert again(company, record).state == State.SKIPPED


# -- orders of the ledger's own people ------------------------------------------------------------


def test_an_order_that_people_typed_is_never_written_to(
    company: Company,
) -> None:
    order = typed(company, coded_line(company, "120.00"))
    before, record = gates.intents(), polled(company, order)
    gates.none_lets_it_pass(company, record.flow, lambda: tried_again(company, record))
    assert "never written to" in again(company, record).sentence
    by_hand(company, "delete_order", number=order["number"])
    gates.none_lets_it_pass(company, record.flow, lambda: tried_again(company, record))
    assert "deleted in the ledger" in again(company, record).sentence
    assert gates.intents() == before, "also where every gate is open"


# -- a doubt, a batch, an approval ----------------------------------------------------------------


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
