"""Every write of GP's documents into Procore passes the gates: what is new, in doubt, or gone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.documents import Hint
from connections.errors import Reason
from mappings.models import VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from tests.flows import gates
from tests.flows import telling as told
from tests.flows.gp.telling import an_invoice, by_hand, heard, in_procore
from tests.flows.gp.test_accounts import SALARIES, brought, codes, read_anew, site
from tests.flows.telling import again
from tests.flows.test_gates import tried_again
from tests.story import Company, run_queue

__all__ = ["site"]
pytestmark = pytest.mark.django_db
KINDS = {"payables_invoices": 1, "payables_credits": 5}


def typed(gp: Company, flow: str, number: str, **facts: Any) -> Any:
    return an_invoice(gp, number, kind=KINDS[flow], **facts)


def none_pass(gp: Company, record: Record, **how: Any) -> None:
    gates.none_lets_it_pass(gp, record.flow, lambda: tried_again(gp, record), **how)


def changed(gp: Company, number: str, amount: str) -> None:
    line = {"job": "1044", "code": "03-300", "type": "M", "amount": amount}
    by_hand(gp, "change_invoice", number=number, lines=[line])


# -- payables --------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", KINDS)
def test_what_is_new_passes_no_shut_gate(gp: Company, flow: str) -> None:
    gp.settings(flow, shadow=True)
    record = heard(gp, typed(gp, flow, f"G1-{flow[9:]}"), flow)
    none_pass(gp, record)
    record = again(gp, record)
    assert record.state == State.POSTED, record.sentence


def cut_off(gp: Company, flow: str, number: str, action: str) -> tuple[Any, Record]:
    gp.poll(flow)
    run_queue()  # what stands in GP from before
    told.only_what_is_new(gp)
    row = typed(gp, flow, number)
    told.procore_fails(gp, method="POST", path=".*/direct_costs.*", action=action, times=1)
    record = heard(gp, row, flow)
    assert record.state == State.IN_DOUBT, record.sentence
    return row, record


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
@pytest.mark.parametrize("flow", KINDS)
def test_what_is_in_doubt_passes_no_shut_gate(gp: Company, flow: str, action: str) -> None:
    """Neither as it was sent nor as it is by now."""
    number = f"G2-{flow[9:]}-{action[4:5]}"
    _row, record = cut_off(gp, flow, number, action)
    changed(gp, number, "900.00")
    none_pass(gp, record)
    record = again(gp, record)
    assert record.state == State.POSTED, record.sentence
    assert abs(Decimal(in_procore(gp, "direct_costs", record)["amount"])) == 900


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
@pytest.mark.parametrize("flow", KINDS)
def test_what_is_in_doubt_and_was_deleted_passes_no_shut_gate(
    gp: Company, flow: str, action: str
) -> None:
    row, record = cut_off(gp, flow, f"G3-{flow[9:]}-{action[4:5]}", action)
    by_hand(gp, "delete_invoice", id=row["id"])
    none_pass(gp, record)
    before = gates.intents()
    record = again(gp, record)
    assert gates.intents() == before, "nothing is written for what its source has deleted"
    wanted = State.HELD if action == "cut_after" else State.SKIPPED
    assert record.state == wanted, record.sentence


@pytest.mark.parametrize("how", ["void_invoice", "delete_invoice"])
@pytest.mark.parametrize("flow", KINDS)
def test_what_is_brought_to_nothing_passes_no_shut_gate(gp: Company, flow: str, how: str) -> None:
    gp.settings(flow, void_rule="zero")
    row = typed(gp, flow, f"G4-{flow[9:]}-{how[:4]}")
    record = heard(gp, row, flow)
    stood = in_procore(gp, "direct_costs", record)["amount"]
    if how == "void_invoice":
        by_hand(gp, "post_invoice", id=row["id"], touch=False)
    by_hand(gp, how, id=row["id"], touch=False)
    none_pass(gp, record)
    assert in_procore(gp, "direct_costs", record)["amount"] == stood
    record = again(gp, record)
    assert record.state == State.POSTED, record.sentence
    assert Decimal(in_procore(gp, "direct_costs", record)["amount"]) == 0


def test_a_void_that_was_sent_back_is_carried_out_once_it_is_approved_after_all(
    gp: Company,
) -> None:
    gp.settings("payables_invoices", void_rule="zero")
    row = typed(gp, "payables_invoices", "G6")
    record = heard(gp, row)
    gp.settings("payables_invoices", needs_approval=True)
    by_hand(gp, "delete_invoice", id=row["id"])
    record = again(gp, record)
    assert record.send_back("bea", "Ask the vendor first")
    record = again(gp, record)
    assert (record.state, record.reason) == (State.HELD, Reason.SENT_BACK), record.sentence
    assert Decimal(in_procore(gp, "direct_costs", record)["amount"]) == Decimal("840.50")
    assert record.ask_again("bert", "The vendor agrees")
    run_queue()
    record.refresh_from_db()
    assert record.reason == Reason.NEEDS_APPROVAL, record.sentence
    assert "bert asked for approval again: The vendor agrees." in record.sentence
    assert record.approve("bea")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert Decimal(in_procore(gp, "direct_costs", record)["amount"]) == 0


def test_a_void_is_approved_by_a_second_person_and_carried_out(gp: Company) -> None:
    gp.settings("payables_invoices", void_rule="zero")
    row = typed(gp, "payables_invoices", "G5")
    record = heard(gp, row)
    gp.settings("payables_invoices", needs_approval=True)
    by_hand(gp, "delete_invoice", id=row["id"])
    record = again(gp, record)
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert (record.coded["total"], record.entry["total"]) == ("840.50", "0")
    assert record.approve("bea")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.proposed) == (State.POSTED, {}), record.sentence
    assert Decimal(in_procore(gp, "direct_costs", record)["amount"]) == 0


# -- vendors ---------------------------------------------------------------------------------------


def a_vendor(gp: Company, number: str = "") -> Record:
    number = number or VendorLink.objects.values_list("ledger_number", flat=True)[0]
    note_batch(gp.integration, "vendors", [Hint(number)], "poll")
    return Record.objects.get(flow="vendors", source_id=number)


@pytest.mark.parametrize("action", ["", "cut_before", "cut_after"])
def test_a_vendor_passes_no_shut_gate(gp: Company, action: str) -> None:
    record = a_vendor(gp)
    if action:
        told.procore_fails(gp, path="vendors/sync", action=action, times=1)
        record = told.due_now(gp, record)
        assert record.state == State.PENDING, record.sentence
    none_pass(gp, record, moves_no_money=True)
    assert again(gp, record).state == State.POSTED


def test_a_vendor_that_left_gp_passes_no_shut_gate(gp: Company) -> None:
    record = a_vendor(gp, "NOBODY0001")
    none_pass(gp, record, moves_no_money=True)
    assert again(gp, record).state == State.SKIPPED


# -- accounts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_cost_code_without_an_answer_passes_no_shut_gate(site: Company, action: str) -> None:
    path = ".*/cost_codes/sync"
    told.procore_fails(site, method="PATCH", path=path, action=action, times=1)
    record = brought(site, "60100")
    assert record.state == State.PENDING, record.sentence
    none_pass(site, record, moves_no_money=True)
    record = again(site, record)
    assert record.state == State.POSTED, record.sentence


def test_an_account_that_was_renamed_passes_no_shut_gate(site: Company) -> None:
    record = brought(site, "60100")
    name = codes(site)["60100"]["name"]
    by_hand(site, "change_account", account=SALARIES, description="Pay of offices")
    read_anew(site)
    none_pass(site, record, moves_no_money=True)
    assert codes(site)["60100"]["name"] == name
    assert again(site, record).state == State.POSTED
    assert codes(site)["60100"]["name"] == "Pay of offices"


def test_an_account_that_left_the_chart_passes_no_shut_gate(site: Company) -> None:
    record = brought(site, "60100")
    by_hand(site, "delete_account", account=SALARIES)
    read_anew(site)
    none_pass(site, record, moves_no_money=True)
    record = again(site, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
