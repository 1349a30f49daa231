"""The set-up steps that costs rest on: values of dimensions and vendors, on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from mappings.models import CostCodeMapping, Reference, VendorLink
from syncs import tasks
from syncs.models import FlowSettings, Record, State
from syncs.registry import flows_of
from tests.flows.telling import asked, due_now, settled
from tests.story import Company, run_queue


def label(fo: Company, flow: str) -> str:
    return str(flows_of(fo.integration)[flow].label)


def a_rule(fo: Company, code: str) -> None:
    """A controller maps a code that F&O has no value for yet."""
    account = CostCodeMapping.objects.filter(integration=fo.integration)[0].account
    CostCodeMapping.objects.create(
        integration=fo.integration, cost_code=code, account=account,
        dimensions={"CostCode": "{cost_code}", "CostType": "{cost_type}"},
    )  # fmt: skip


def without_a_value(fo: Company, number: str, code: str) -> Record:
    """A direct cost on a code whose value F&O does not have."""
    a_rule(fo, code)
    row = fo.a_direct_cost(number, lines=[fo.line("75.25", code)])
    return settled(fo, "direct_costs", row)


def has_value(fo: Company, code: str) -> bool:
    return {"CostCode", code} <= {
        word for row in fo.ledger("ledger")["values"] if row["value"] == code
        for word in (row["dimension"], row["value"])
    }  # fmt: skip


def polled(fo: Company, flow: str) -> None:
    fo.poll(flow)
    run_queue()


# -- cost codes -----------------------------------------------------------------------------------


def test_a_cost_waits_for_the_value_of_its_code_and_follows_by_itself(fo: Company) -> None:
    cost = without_a_value(fo, "STEP-1", "02-820")
    assert (cost.state, cost.reason) == (State.HELD, Reason.DIMENSION)
    assert "Value 02-820 of dimension CostCode does not exist" in cost.sentence
    assert label(fo, "cost_codes") in cost.sentence
    assert "follows by itself" in cost.sentence
    polled(fo, "cost_codes")
    assert has_value(fo, "02-820")
    made = Record.objects.get(flow="cost_codes", source_id="02-820")
    assert made.state == State.POSTED, made.sentence
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence


def test_a_step_that_is_switched_off_is_said(fo: Company) -> None:
    fo.settings("cost_codes", enabled=False)
    cost = without_a_value(fo, "STEP-2", "14-200")
    assert f"“{label(fo, 'cost_codes')}” makes it, and is off" in cost.sentence
    fo.settings("cost_codes", enabled=True)
    polled(fo, "cost_codes")
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence


def test_a_value_that_people_made_lets_it_go_too(fo: Company) -> None:
    cost = without_a_value(fo, "STEP-3", "27-500")
    fo.ledger("fo/add_value", {"dimension": "CostCode", "value": "27-500", "name": "Antennas"})
    tasks.refresh(fo.integration.pk)
    polled(fo, "cost_codes")
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence
    assert not Record.objects.filter(flow="cost_codes", source_id="27-500").exists()


def test_a_value_that_went_away_is_made_again(fo: Company) -> None:
    """A sandbox that is refreshed from production loses what was made there."""
    code = "02-820"
    if has_value(fo, code):  # another story left it
        fo.ledger("fo/remove_value", {"dimension": "CostCode", "value": code})
        tasks.refresh(fo.integration.pk)
    polled(fo, "cost_codes")
    assert Record.objects.get(flow="cost_codes", source_id=code).state == State.POSTED
    fo.ledger("fo/remove_value", {"dimension": "CostCode", "value": code})
    tasks.refresh(fo.integration.pk)
    polled(fo, "cost_codes")
    assert has_value(fo, code)


def test_a_code_that_no_project_has_is_not_promised(fo: Company) -> None:
    """Its rule is wrong: no flow will mend that."""
    code = fo.mapped_code
    CostCodeMapping.objects.filter(cost_code=code).update(dimensions={"CostCode": "99-999"})
    cost = settled(fo, "direct_costs", fo.a_direct_cost("STEP-4"))
    assert (cost.state, cost.reason) == (State.HELD, Reason.DIMENSION)
    assert "99-999" in cost.sentence
    assert "The flow" not in cost.sentence


# -- vendors --------------------------------------------------------------------------------------


def unlinked(fo: Company, name: str, number: str) -> Record:
    """A direct cost of a vendor that F&O does not have."""
    fo.procore_has("vendors", name=name, country_code="US")
    return settled(fo, "direct_costs", fo.a_direct_cost(number, vendor=name))


def made_there(fo: Company, name: str) -> list[dict[str, Any]]:
    return [row for row in fo.ledger("ledger")["new_vendors"] if row["name"] == name]


@pytest.mark.parametrize("action", ["", "cut_after", "cut_before"])
def test_a_vendor_that_a_cost_names_is_made_once_and_linked(fo: Company, action: str) -> None:
    name = f"Rigging {action or 'plain'} LLC"
    cost = unlinked(fo, name, f"NEW-{action}")
    assert (cost.state, cost.reason) == (State.HELD, Reason.MISSING_VENDOR)
    assert label(fo, "new_vendors") in cost.sentence
    if action:
        rule = {"method": "POST", "path": ".*VendorsV3.*", "action": action, "times": 1}
        fo.ledger("faults", {"seed": 1, "rules": [rule]})
    polled(fo, "new_vendors")
    fo.ledger("faults", method="DELETE")
    record = Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)
    if record.state != State.POSTED:
        record = due_now(fo, record)
    assert record.state == State.POSTED, record.sentence
    [there] = made_there(fo, name)
    assert there["our_number"] == f"PC-{cost.vendor_id}"
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence
    assert VendorLink.objects.get(project_vendor_id=cost.vendor_id).ledger_number == there["number"]
    [ours] = [v for v in fo.procore("procore/vendors") if str(v["id"]) == cost.vendor_id]
    assert ours["origin_id"] == f"FO|{there['number']}"


def test_vendors_of_the_ledger_stand_in_procore_under_their_origin(fo: Company) -> None:
    origins = {row["origin_id"] for row in fo.procore("procore/vendors") if row.get("origin_id")}
    numbers = VendorLink.objects.values_list("ledger_number", flat=True)
    assert len(numbers) > 200
    assert {f"FO|{number}" for number in numbers} <= origins


def test_a_poll_of_vendors_carries_those_that_changed(fo: Company) -> None:
    """F&O keeps no moment of change: what it lists is compared to what it listed."""
    polled(fo, "vendors")
    fo.poll("vendors")
    assert asked("run") == []
    number = VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number
    fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "All"})
    try:
        fo.poll("vendors")
        record = Record.objects.get(flow="vendors", source_id=number)
        assert [ids for _, [ids] in asked("run")] == [[record.pk]]
        run_queue()
        [there] = [one for one in fo.procore("procore/vendors")
                   if one["origin_id"] == f"FO|{number}"]  # fmt: skip
        assert there["is_active"] is False
    finally:
        fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "No"})
        polled(fo, "vendors")


def test_a_vendor_that_nobody_names_is_not_made(fo: Company) -> None:
    fo.procore_has("vendors", name="Architects of the Owner", country_code="US")
    polled(fo, "new_vendors")
    assert made_there(fo, "Architects of the Owner") == []


def test_a_linked_vendor_that_left_fo_is_not_promised(fo: Company) -> None:
    number = VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number
    gone = Reference.objects.filter(connection=fo.integration.ledger, kind="vendor", code=number)
    gone.update(gone_at=timezone.now())
    cost = settled(fo, "direct_costs", fo.a_direct_cost("GONE-1"))
    assert (cost.state, cost.reason) == (State.HELD, Reason.MISSING_VENDOR)
    assert cost.sentence == f"Vendor {number} is not in the ledger any more."


def test_a_vendor_on_hold_holds_the_cost_and_says_so(fo: Company) -> None:
    link = VendorLink.objects.get(project_vendor_name=fo.a_vendor)
    fo.ledger("fo/hold_vendor", {"vendor": link.ledger_number, "hold": "All"})
    try:
        tasks.refresh(fo.integration.pk)
        cost = settled(fo, "direct_costs", fo.a_direct_cost("HOLD-1"))
        assert (cost.state, cost.reason) == (State.HELD, Reason.VENDOR_BLOCKED)
        assert link.ledger_number in cost.sentence
    finally:
        fo.ledger("fo/hold_vendor", {"vendor": link.ledger_number, "hold": "No"})


# -- numbers --------------------------------------------------------------------------------------


def test_a_number_that_is_too_long_for_fo_is_held_before_anything_is_written(fo: Company) -> None:
    writes = fo.ledger("fo/writes")["count"]
    cost = settled(fo, "direct_costs", fo.a_direct_cost("N" * 21))
    assert (cost.state, cost.reason) == (State.HELD, Reason.NUMBER)
    assert "21 characters, the ledger takes 20" in cost.sentence
    assert fo.ledger("fo/writes")["count"] == writes
    assert settled(fo, "direct_costs", fo.a_direct_cost("M" * 20)).state == State.POSTED


def test_a_release_that_takes_longer_numbers_gets_them(fo: Company) -> None:
    connection = fo.integration.ledger
    connection.settings["number_length"] = "50"
    connection.save()
    fo.ledger("fo/settings", {"invoice_number_length": 50})
    try:
        cost = settled(fo, "direct_costs", fo.a_direct_cost("L" * 36))
        assert cost.state == State.POSTED, cost.sentence
    finally:
        fo.ledger("fo/settings", {"invoice_number_length": 20})


def test_all_the_steps_are_switched_on_with_a_new_integration(fo: Company) -> None:
    rows = FlowSettings.objects.filter(integration=fo.integration, enabled=True)
    assert {"vendors", "new_vendors", "cost_codes"} <= set(rows.values_list("flow", flat=True))
    assert Reference.objects.filter(connection=fo.integration.ledger, kind="vendor").exists()
