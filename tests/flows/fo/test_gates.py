"""Every write between F&O and Procore passes the gates: what is new, in doubt, or gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connections.documents import Hint
from mappings.models import VendorLink
from mappings.reference import Reference
from syncs import tasks
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from tests.flows import gates
from tests.flows import telling as told
from tests.flows.fo.test_hooks import a_contract
from tests.flows.fo.test_steps import a_rule, has_value, made_there, polled, unlinked
from tests.flows.telling import again, settled
from tests.flows.test_flows_of_the_seed import COLLECTIONS, NOT_YET
from tests.flows.test_gates import tried_again
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOWS = ("purchase_orders", "subcontracts", "requisitions", "direct_costs")
WRITES = r"(VendorInvoice|PurchaseOrder)"


def a_document(fo: Company, flow: str, number: str) -> dict[str, Any]:
    """Approved, executed, and what it bills stands as an order."""
    if flow == "direct_costs":
        return fo.a_direct_cost(number)
    if flow != "requisitions":
        return a_contract(fo, COLLECTIONS[flow], number)
    contract = told.a_subcontract(fo, f"C-{number}", "4000.00")
    assert settled(fo, "subcontracts", contract).state == State.POSTED
    return told.a_billing(fo, contract, number, [{"line": 1, "work": "1500.00"}])


def none_pass(fo: Company, record: Record, **how: Any) -> None:
    gates.none_lets_it_pass(fo, record.flow, lambda: tried_again(fo, record), **how)


@contextmanager
def unanswered(fo: Company, path: str) -> Iterator[None]:
    """However often it is asked: one answer alone the connection looks up and goes on."""
    told.ledger_fails(fo, method="POST", path=path, action="cut_before", times=None)
    yield
    fo.ledger("faults", method="DELETE")


def cut_off(fo: Company, flow: str, number: str, part: str) -> tuple[dict[str, Any], Record]:
    """The answer to the first write of this part never came: of its lines, the header stands."""
    row = a_document(fo, flow, f"{number}-{flow[:6]}-{part[:1]}")
    with unanswered(fo, f"{WRITES}{part}"):
        record = settled(fo, flow, row)
    assert record.state == State.IN_DOUBT, record.sentence
    return row, record


@pytest.mark.parametrize("flow", FLOWS)
def test_what_is_new_passes_no_shut_gate(fo: Company, flow: str) -> None:
    record = fo.note(flow, a_document(fo, flow, f"G1-{flow[:6]}"))
    none_pass(fo, record)
    record = again(fo, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("part", ["Header", "Line"])
@pytest.mark.parametrize("flow", FLOWS)
def test_what_is_in_doubt_passes_no_shut_gate(fo: Company, flow: str, part: str) -> None:
    _row, record = cut_off(fo, flow, "G2", part)
    none_pass(fo, record)
    record = again(fo, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("flow", FLOWS)
def test_what_has_gone_at_the_source_passes_no_shut_gate(fo: Company, flow: str) -> None:
    row, record = cut_off(fo, flow, "G3", "Line")
    fo.procore_changes(COLLECTIONS[flow], row, status=NOT_YET[flow])
    fo.procore_deletes(COLLECTIONS[flow], row)
    none_pass(fo, record)
    before = gates.intents()
    record = again(fo, record)
    assert gates.intents() == before, "nothing is written for what its source has deleted"
    assert record.state in (State.HELD, State.SKIPPED), record.sentence


# -- vendors ---------------------------------------------------------------------------------------


def a_vendor(fo: Company, number: str = "") -> Record:
    number = number or VendorLink.objects.values_list("ledger_number", flat=True)[0]
    note_batch(fo.integration, "vendors", [Hint(number)], "poll")
    return Record.objects.get(flow="vendors", source_id=number)


@pytest.mark.parametrize("action", ["", "cut_before", "cut_after"])
def test_a_vendor_passes_no_shut_gate(fo: Company, action: str) -> None:
    record = a_vendor(fo)
    if action:
        told.procore_fails(fo, path="vendors/sync", action=action, times=1)
        record = told.due_now(fo, record)
        assert record.state == State.PENDING, record.sentence
    none_pass(fo, record, moves_no_money=True)
    assert again(fo, record).state == State.POSTED


def test_a_vendor_that_left_fo_passes_no_shut_gate(fo: Company) -> None:
    record = a_vendor(fo, "V-NOBODY")
    none_pass(fo, record, moves_no_money=True)
    assert again(fo, record).state == State.SKIPPED


def a_new_vendor(fo: Company, name: str) -> Record:
    """One that a cost needs; heard of while nothing may be made."""
    cost = unlinked(fo, name, f"NV-{name[-8:]}")
    fo.settings("new_vendors", shadow=True)
    polled(fo, "new_vendors")
    fo.settings("new_vendors", shadow=False)
    return Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)


@pytest.mark.parametrize("cut", [False, True])
def test_a_new_vendor_passes_no_shut_gate(fo: Company, cut: bool) -> None:
    name = f"Gates and Sons {cut}"
    record = a_new_vendor(fo, name)
    if cut:
        with unanswered(fo, "VendorsV"):
            record = again(fo, record)
        assert record.state == State.IN_DOUBT, record.sentence
    since = record.in_doubt_since
    none_pass(fo, record, moves_no_money=True)
    record.refresh_from_db()
    assert record.in_doubt_since == since, "nobody could be asked"
    record = again(fo, record)
    assert (record.state, record.in_doubt_since) == (State.POSTED, None), record.sentence
    assert len(made_there(fo, name)) == 1


@pytest.mark.parametrize("cut", [False, True])
def test_a_new_vendor_that_left_procore_passes_no_shut_gate(fo: Company, cut: bool) -> None:
    record = a_new_vendor(fo, f"Gone by {cut}")
    if cut:
        with unanswered(fo, "VendorsV"):
            assert again(fo, record).state == State.IN_DOUBT
    fo.procore_changes("vendors", {"id": record.source_id}, is_active=False)
    none_pass(fo, record, moves_no_money=True)
    before = gates.intents()
    assert again(fo, record).state == State.SKIPPED
    assert gates.intents() == before


# -- cost codes ------------------------------------------------------------------------------------


def a_cost_code(fo: Company, code: str) -> Record:
    """One that a project has and F&O has no value for."""
    fo.procore_has("cost_codes", project=fo.job, code=code, name="Gates")
    tasks.refresh(fo.integration.pk)
    a_rule(fo, code)
    fo.settings("cost_codes", shadow=True)
    polled(fo, "cost_codes")
    fo.settings("cost_codes", shadow=False)
    return Record.objects.get(flow="cost_codes", source_id=code)


@pytest.mark.parametrize("cut", [False, True])
def test_a_cost_code_passes_no_shut_gate(fo: Company, cut: bool) -> None:
    record = a_cost_code(fo, "03-982" if cut else "03-981")
    if cut:
        with unanswered(fo, "FinancialDimensionValues"):
            record = again(fo, record)
        assert record.state == State.IN_DOUBT, record.sentence
    none_pass(fo, record, moves_no_money=True)
    record = again(fo, record)
    assert record.state == State.POSTED, record.sentence
    assert has_value(fo, record.source_id)


def test_a_cost_code_that_no_project_has_any_more_passes_no_shut_gate(fo: Company) -> None:
    record = a_cost_code(fo, "03-989")
    Reference.objects.filter(kind="cost_code", code=record.source_id).delete()
    none_pass(fo, record, moves_no_money=True)
    assert again(fo, record).state == State.SKIPPED
