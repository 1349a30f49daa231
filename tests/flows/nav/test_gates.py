"""Every write between NAV and Procore passes the gates: what is new, in doubt, or gone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.documents import Hint
from connections.errors import Reason
from mappings.models import Reference, VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Cursor, Record, State
from tests.flows import gates
from tests.flows import telling as told
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard, in_procore, worth
from tests.flows.nav.test_adoption import in_nav, typed_in_procore
from tests.flows.nav.test_alignment import unlinked_cost
from tests.flows.nav.test_closing import FLOW as CLOSING
from tests.flows.nav.test_closing import a_change, a_contract, committed
from tests.flows.telling import again
from tests.flows.test_flows_of_the_seed import APPROVED, COLLECTIONS, NOT_YET, in_status
from tests.flows.test_gates import scope_of, tried_again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
SENT = {
    "purchase_orders": "purchase_order_contracts",
    "purchase_invoices": "direct_costs",
    "credit_memos": "direct_costs",
}
METHOD = {"purchase_order_contracts": "PATCH", "direct_costs": "POST"}  # to make one
PATH = r"(purchase_order_contracts/sync|direct_costs)(\?|$)"
POSTED = ("direct_costs", "commitment_change_orders", "prime_change_orders")
LOST = {"nav_online": "cut_after", "nav": "cut_before"}  # on-premises we look at once, and go on
WRITES = r"(urchaseInvoice|ournal)"  # of documents, online and on-premises


def typed(nav: Company, flow: str, number: str) -> Any:
    if flow == "purchase_orders":
        return an_order(nav)
    return a_cost(nav, number, credit=flow == "credit_memos")


def polled(nav: Company, flow: str) -> None:
    nav.poll(flow)
    run_queue()


def none_pass(nav: Company, record: Record, **how: Any) -> None:
    gates.none_lets_it_pass(nav, record.flow, lambda: tried_again(nav, record), **how)


# -- NAV's documents, into Procore -----------------------------------------------------------------


@pytest.mark.parametrize("flow", SENT)
def test_a_new_document_of_nav_passes_no_shut_gate(nav: Company, flow: str) -> None:
    nav.settings(flow, shadow=True)
    record = heard(nav, flow, typed(nav, flow, "GATE-1"))
    none_pass(nav, record)
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence


def sent_without_an_answer(nav: Company, flow: str, number: str) -> tuple[Any, Record]:
    polled(nav, flow)  # what stands in NAV from before
    told.only_what_is_new(nav)
    row = typed(nav, flow, number)
    told.procore_fails(nav, method=METHOD[SENT[flow]], path=PATH, action="cut_after", times=1)
    polled(nav, flow)
    record = telling.record(nav, flow, row)
    assert record.state == State.IN_DOUBT, record.sentence
    return row, record


@pytest.mark.parametrize("flow", SENT)
def test_a_document_in_doubt_passes_no_shut_gate(nav: Company, flow: str) -> None:
    _row, record = sent_without_an_answer(nav, flow, "GATE-2")
    none_pass(nav, record)
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    origin = in_procore(nav, SENT[flow], record)["origin_id"]
    assert telling.how_many(nav, SENT[flow], origin) == 1


def test_a_deleted_order_in_doubt_passes_no_shut_gate(nav: Company) -> None:
    order, record = sent_without_an_answer(nav, "purchase_orders", "")
    by_hand(nav, "delete_order", number=order["number"])
    none_pass(nav, record)
    before = gates.intents()
    record = again(nav, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert gates.intents() == before, "what stands in Procore is told, not touched"


@pytest.mark.parametrize("rule", ["hold", "zero", "leave"])
def test_a_deleted_order_passes_no_shut_gate(nav: Company, rule: str) -> None:
    """Also where its commitment is to be brought to nothing."""
    nav.settings("purchase_orders", booking="submitted", void_rule=rule)
    order = an_order(nav)
    record = heard(nav, "purchase_orders", order)
    by_hand(nav, "delete_order", number=order["number"])
    none_pass(nav, record)
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == 100
    record = again(nav, record)
    left = worth(in_procore(nav, "purchase_order_contracts", record))
    assert left == (0 if rule == "zero" else 100), record.sentence


BILLS = ("purchase_invoices", "credit_memos")


def cancelled(nav: Company, record: Record) -> None:
    """On the page of the posted document: it stays in the list, and counts no more."""
    by_hand(nav, "cancel_invoice", number=record.number)


@pytest.mark.parametrize("flow", BILLS)
def test_a_cancelled_document_of_nav_passes_no_shut_gate(nav: Company, flow: str) -> None:
    """Its direct cost is to be brought to nothing. One that we made is locked by Procore; this one
    was typed there by hand and adopted."""
    nav.settings(flow, adopt=True, void_rule="zero")
    row = in_nav(nav, flow, f"GATE-3-{flow[:6]}")
    there = typed_in_procore(nav, flow, f"GATE-3-{flow[:6]}", "100.00")
    record = heard(nav, flow, row)
    assert record.destination_id == str(there["id"]), record.sentence
    cancelled(nav, record)
    none_pass(nav, record)
    assert abs(worth(in_procore(nav, "direct_costs", record))) == 100
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "direct_costs", record)) == 0


@pytest.mark.parametrize("flow", BILLS)
def test_a_cancelled_document_in_doubt_passes_no_shut_gate(nav: Company, flow: str) -> None:
    _row, record = sent_without_an_answer(nav, flow, "GATE-4")
    cancelled(nav, record)
    none_pass(nav, record)
    before = gates.intents()
    record = again(nav, record)
    assert gates.intents() == before, "nothing is written for what NAV has cancelled"
    stands_in_procore(nav, record)


def stands_in_procore(nav: Company, record: Record) -> None:
    """It took the cost, whose answer was lost: somebody has to void it there."""
    rows = nav.procore("procore/totals")["collections"]["direct_costs"]["ids"]
    (there,) = [one for one in rows if record.source_id in str(one["origin_id"])]
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert record.destination_id == str(there["id"])


def test_an_order_that_changed_is_approved_as_it_would_be_sent(nav: Company) -> None:
    nav.settings("purchase_orders", booking="submitted")
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    nav.settings("purchase_orders", needs_approval=True)
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "110.00"}])
    record = again(nav, record)
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert (record.coded["total"], record.entry["total"]) == ("100", "110")
    assert not record.approve("anna"), "who had it in hand last"
    assert record.approve("bea")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.proposed) == (State.POSTED, {}), record.sentence
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == 110


def test_what_was_approved_covers_no_later_change(nav: Company) -> None:
    nav.settings("purchase_orders", booking="submitted", needs_approval=True)
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "120.00"}])
    assert record.approve("bea")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert record.entry["total"] == "120"


# -- Procore's documents, into NAV -----------------------------------------------------------------


def noted(nav: Company, flow: str, number: str) -> tuple[dict[str, Any], Record]:
    row = in_status(nav, flow, f"{number}-{flow[:6]}", APPROVED[flow][0])
    return row, nav.note(flow, row, scope_of(flow))


def cut_off(nav: Company, flow: str, number: str) -> tuple[dict[str, Any], Record]:
    """Its first write was sent, and the answer never came."""
    row, record = noted(nav, flow, number)
    told.ledger_fails(nav, method="POST", path=WRITES, action=LOST[nav.sides[1]], times=None)
    run_queue()
    nav.ledger("faults", method="DELETE")
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT, record.sentence
    return row, record


@pytest.mark.parametrize("flow", POSTED)
def test_what_is_new_in_procore_passes_no_shut_gate(nav: Company, flow: str) -> None:
    _row, record = noted(nav, flow, "G1")
    none_pass(nav, record)
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("flow", POSTED)
def test_what_is_in_doubt_passes_no_shut_gate(nav: Company, flow: str) -> None:
    _row, record = cut_off(nav, flow, "G2")
    none_pass(nav, record)
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("flow", POSTED)
def test_what_has_gone_from_procore_passes_no_shut_gate(nav: Company, flow: str) -> None:
    row, record = cut_off(nav, flow, "G3")
    nav.procore_changes(COLLECTIONS[flow], row, status=NOT_YET[flow])
    nav.procore_deletes(COLLECTIONS[flow], row)
    none_pass(nav, record)
    before = gates.intents()
    record = again(nav, record)
    assert gates.intents() == before, "nothing is written for what its source has deleted"
    assert record.state in (State.HELD, State.SKIPPED), record.sentence


# -- changes of a contract that is closed in Procore -----------------------------------------------


def ended(nav: Company, number: str) -> tuple[Decimal, dict[str, Any]]:
    """What stood before a change of 55.00, and its contract, which was terminated since."""
    nav.settings("commitment_change_orders", booking="journal")
    nav.settings(CLOSING, when_closed="free")
    before, contract = committed(nav), a_contract(nav, number)
    change = a_change(nav, contract, "55.00")
    assert change.state == State.POSTED, change.sentence
    nav.procore_changes("work_order_contracts", contract, status="Terminated")
    return before, contract


def looked_at(nav: Company) -> Record:
    """The poll, what it asks for, and each record of closed contracts tried again."""
    for _ in range(2):
        polled(nav, CLOSING)
    for record in Record.objects.filter(flow=CLOSING).order_by("pk"):
        record = tried_again(nav, record)
    return record


def none_is_freed(nav: Company, **how: Any) -> None:
    gates.none_lets_it_pass(nav, CLOSING, lambda: looked_at(nav), **how)


def freed_without_an_answer(nav: Company, contract: dict[str, Any]) -> Record:
    told.ledger_fails(nav, method="POST", path=WRITES, action=LOST[nav.sides[1]], times=None)
    polled(nav, CLOSING)
    nav.ledger("faults", method="DELETE")
    record = nav.record(contract, CLOSING)
    assert record.state == State.IN_DOUBT, record.sentence
    return record


def test_what_a_closed_contract_frees_passes_no_shut_gate(nav: Company) -> None:
    before, contract = ended(nav, "GCLS-1")
    nav.settings(CLOSING, shadow=True)
    nav.poll(CLOSING)
    none_is_freed(nav)
    assert committed(nav) - before == 55
    record = again(nav, nav.record(contract, CLOSING))
    assert record.state == State.POSTED, record.sentence
    assert committed(nav) == before


def test_freeing_in_doubt_passes_no_shut_gate(nav: Company) -> None:
    before, contract = ended(nav, "GCLS-2")
    record = freed_without_an_answer(nav, contract)
    none_is_freed(nav)
    assert committed(nav) - before == 55
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    assert committed(nav) == before, "freed once"


@pytest.mark.parametrize("cut", [False, True])
def test_freeing_of_a_contract_that_is_open_again_passes_no_shut_gate(
    nav: Company, cut: bool
) -> None:
    before, contract = ended(nav, f"GCLS-3-{cut}")
    if cut:
        freed_without_an_answer(nav, contract)
    else:
        polled(nav, CLOSING)
        assert committed(nav) == before
    nav.procore_changes("work_order_contracts", contract, status="Approved")
    none_is_freed(nav, moves_no_money=cut)  # a draft of nothing is taken away
    assert committed(nav) - before == (55 if cut else 0)
    looked_at(nav)
    assert committed(nav) - before == 55


# -- vendors ---------------------------------------------------------------------------------------


def a_vendor(nav: Company, number: str = "") -> Record:
    number = number or VendorLink.objects.values_list("ledger_number", flat=True)[0]
    note_batch(nav.integration, "vendors", [Hint(number)], "webhook")
    return Record.objects.get(flow="vendors", source_id=number)


@pytest.mark.parametrize("action", ["", "cut_before", "cut_after"])
def test_a_vendor_passes_no_shut_gate(nav: Company, action: str) -> None:
    record = a_vendor(nav)
    if action:
        told.procore_fails(nav, path="vendors/sync", action=action, times=1)
        record = told.due_now(nav, record)
        assert record.state == State.PENDING, record.sentence
    none_pass(nav, record, moves_no_money=True)
    assert again(nav, record).state == State.POSTED


def test_a_vendor_that_left_nav_passes_no_shut_gate(nav: Company) -> None:
    record = a_vendor(nav, "V-NOBODY")
    none_pass(nav, record, moves_no_money=True)
    assert again(nav, record).state == State.SKIPPED


def a_new_vendor(nav: Company, name: str) -> Record:
    """One that a cost needs; heard of while nothing may be made."""
    cost = unlinked_cost(nav, name, f"NV-{name[-8:]}")
    nav.settings("new_vendors", shadow=True)
    polled(nav, "new_vendors")
    nav.settings("new_vendors", shadow=False)
    return Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)


def test_a_new_vendor_passes_no_shut_gate(nav: Company) -> None:
    record = a_new_vendor(nav, "Gates and Sons")
    none_pass(nav, record, moves_no_money=True)
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_new_vendor_in_doubt_passes_no_shut_gate(nav: Company, action: str) -> None:
    record = a_new_vendor(nav, f"Doubtful {action}")
    told.ledger_fails(nav, method="POST", path="(VendorCard|/vendors)", action=action, times=1)
    record = again(nav, record)
    assert record.state == State.IN_DOUBT, record.sentence
    since = record.in_doubt_since
    none_pass(nav, record, moves_no_money=True)
    record.refresh_from_db()
    assert record.in_doubt_since == since, "nobody could be asked"
    record = again(nav, record)
    assert (record.state, record.in_doubt_since) == (State.POSTED, None), record.sentence


@pytest.mark.parametrize("cut", [False, True])
def test_a_new_vendor_that_left_procore_passes_no_shut_gate(nav: Company, cut: bool) -> None:
    record = a_new_vendor(nav, f"Gone by {cut}")
    if cut:
        told.ledger_fails(nav, method="POST", path="(VendorCard|/vendors)", action="cut_after")
        assert again(nav, record).state == State.IN_DOUBT
    nav.procore_changes("vendors", {"id": record.source_id}, is_active=False)
    none_pass(nav, record, moves_no_money=True)
    before = gates.intents()
    assert again(nav, record).state == State.SKIPPED
    assert gates.intents() == before


# -- cost codes ------------------------------------------------------------------------------------


def a_cost_code(nav: Company, code: str) -> Record:
    """One that a project has and NAV has not."""
    Cursor.objects.filter(flow="cost_codes").delete()
    Reference.objects.create(
        connection=nav.integration.project_system, kind="cost_code", code=code, name="Gates",
        parent="1", remote_id=code, seen_at=timezone.now(),
    )  # fmt: skip
    nav.settings("cost_codes", shadow=True)
    polled(nav, "cost_codes")
    nav.settings("cost_codes", shadow=False)
    return Record.objects.get(flow="cost_codes", source_id=code)


def test_a_new_cost_code_passes_no_shut_gate(nav: Company, mode: str) -> None:
    record = a_cost_code(nav, "03-981")
    none_pass(nav, record, moves_no_money=True)
    record = again(nav, record)
    wanted = State.HELD if mode == "online" else State.POSTED  # its API creates no values
    assert record.state == wanted, record.sentence


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_cost_code_in_doubt_passes_no_shut_gate(nav: Company, mode: str, action: str) -> None:
    record = a_cost_code(nav, f"03-98{len(action) % 7}")
    told.ledger_fails(nav, method="POST", path="DimensionValues", action=action, times=1)
    record = again(nav, record)
    assert record.state == (State.HELD if mode == "online" else State.IN_DOUBT), record.sentence
    none_pass(nav, record, moves_no_money=True)
    record = again(nav, record)
    assert record.state == (State.HELD if mode == "online" else State.POSTED), record.sentence


def test_a_cost_code_that_no_project_has_any_more_passes_no_shut_gate(nav: Company) -> None:
    record = a_cost_code(nav, "03-989")
    Reference.objects.filter(kind="cost_code", code="03-989").update(gone_at=timezone.now())
    none_pass(nav, record, moves_no_money=True)
    assert again(nav, record).state == State.SKIPPED
