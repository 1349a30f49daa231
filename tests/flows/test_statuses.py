"""Procore's statuses, each by its meaning; one that nobody documents is held, never guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connections.documents import COUNTS, ENDED, spelled
from connections.models import Connection
from connections.vendors.procore import statuses
from connections.vendors.procore.values import word
from mappings.models import Reference
from syncs.models import Record, State
from syncs.registry import REGISTRY
from tests.flows.telling import again, settled
from tests.flows.test_flows_of_the_seed import COLLECTIONS, in_status
from tests.simulators.contract import find_specs
from tests.story import Company

pytestmark = pytest.mark.django_db
KINDS = {
    "purchase_orders": "purchase_order", "subcontracts": "subcontract",
    "requisitions": "requisition", "direct_costs": "direct_cost",
    "commitment_change_orders": "commitment_change_order",
    "prime_change_orders": "prime_change_order",
}  # fmt: skip
SHOWN = {
    "purchase_orders": ("Draft", "Processing", "Submitted", "Partially Received", "Received",
                        "Approved", "Closed"),
    "subcontracts": ("Draft", "Out For Bid", "Out For Signature", "Approved", "Complete",
                     "Terminated", "Void"),
    "requisitions": ("draft", "under_review", "revise_and_resubmit", "approved",
                     "approved_as_noted", "pending_owner_approval"),
    "direct_costs": ("draft", "pending", "revise_and_resubmit", "approved"),
}  # fmt: skip
OF_CHANGES = (
    "draft", "pricing", "not_pricing", "pending", "revised", "proceeding", "not_proceeding",
    "pending_billable", "no_charge", "approved", "rejected", "void",
)  # fmt: skip
SHOWN |= dict.fromkeys(("commitment_change_orders", "prime_change_orders"), OF_CHANGES)
BOOKED = {
    "purchase_orders": {"Approved", "Partially Received"},
    "subcontracts": {"Approved", "Complete"},
    "requisitions": {"approved", "approved_as_noted"},
}
EACH = [(flow, status) for flow, several in SHOWN.items() for status in several]


def noted(company: Company, flow: str, row: dict[str, Any]) -> Record:
    scope = ""
    if flow == "prime_change_orders":
        scope = next(r.remote_id for r in Reference.objects.filter(kind="project", code="P-1044"))
    record = company.note(flow, row, scope)
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def an_order(company: Company, number: str, status: str) -> dict[str, Any]:
    return in_status(company, "purchase_orders", number, status)


@pytest.mark.parametrize(("flow", "status"), EACH)
def test_each_status_of_the_vendor_is_read_by_its_meaning(
    company: Company, flow: str, status: str
) -> None:
    row = in_status(company, flow, f"S-{flow[:6]}-{status[:14]}", status)
    record = noted(company, flow, row)
    wanted = State.POSTED if status in BOOKED.get(flow, {"approved"}) else State.SKIPPED
    assert record.state == wanted, record.sentence
    assert wanted == State.POSTED or f"“{spelled(word(status))}”" in record.sentence


@pytest.mark.parametrize("status", ["Partially Received", "Closed"])
def test_an_order_that_moves_on_stays_as_it_was_posted(company: Company, status: str) -> None:
    row = an_order(company, f"S-ON-{status[:4]}", "Approved")
    assert settled(company, "purchase_orders", row).state == State.POSTED
    company.procore_changes("purchase_order_contracts", row, status=status)
    record = settled(company, "purchase_orders", row)
    assert record.state == State.POSTED, record.sentence
    assert record.source_status == word(status)


def test_a_subcontract_that_is_terminated_stays_as_it_was_posted(company: Company) -> None:
    row = in_status(company, "subcontracts", "S-ON-TERM", "Approved")
    assert settled(company, "subcontracts", row).state == State.POSTED
    company.procore_changes("work_order_contracts", row, status="Terminated")
    assert settled(company, "subcontracts", row).state == State.POSTED


def test_a_draft_that_is_closed_was_never_a_commitment(company: Company) -> None:
    row = an_order(company, "S-DRAFT", "Draft")
    assert settled(company, "purchase_orders", row).state == State.SKIPPED
    company.procore_changes("purchase_order_contracts", row, status="Closed")
    record = settled(company, "purchase_orders", row)
    assert record.state == State.SKIPPED, record.sentence
    assert "never booked" in record.sentence


@pytest.mark.parametrize("flow", list(COLLECTIONS))
def test_a_status_that_the_list_lacks_is_held_with_its_name(
    company: Company, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the vendor had brought it after this version."""
    late = SHOWN[flow][1]
    monkeypatch.delitem(statuses.MEANINGS[KINDS[flow]], word(late))
    record = noted(company, flow, in_status(company, flow, f"S-NEW-{flow[:8]}", late))
    assert (record.state, record.reason) == (State.HELD, "status"), record.sentence
    assert f"“{spelled(word(late))}”" in record.sentence
    monkeypatch.undo()
    assert again(company, record).state == State.SKIPPED, record.sentence


def test_what_stands_is_held_when_its_status_is_unknown(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = an_order(company, "S-STANDS", "Approved")
    assert settled(company, "purchase_orders", row).state == State.POSTED
    monkeypatch.delitem(statuses.MEANINGS["purchase_order"], "received")
    company.procore_changes("purchase_order_contracts", row, status="Received")
    record = settled(company, "purchase_orders", row)
    assert (record.state, record.reason) == (State.HELD, "status"), record.sentence
    assert "“received”" in record.sentence


def test_a_company_says_how_it_reads_a_status(company: Company) -> None:
    row = an_order(company, "S-OWN", "Received")
    record = settled(company, "purchase_orders", row)
    assert record.state == State.SKIPPED
    connection = Connection.objects.get(pk=company.integration.project_system_id)
    connection.settings["status_readings"] = "Received = Approved, Out of mind = Void"
    connection.save()
    assert again(company, record).state == State.POSTED, record.sentence


def test_the_payable_statuses_are_the_connections(company: Company) -> None:
    connection = Connection.objects.get(pk=company.integration.project_system_id)
    connection.settings["payable_statuses"] = "approved"
    connection.save()
    row = in_status(company, "requisitions", "S-PAY", "approved_as_noted")
    assert noted(company, "requisitions", row).state == State.SKIPPED


@pytest.mark.parametrize("key", list(REGISTRY))
def test_flows_and_list_say_the_same(key: str) -> None:
    """The flows' words are for what was kept before the list was, and for the pages."""
    for flow in REGISTRY[key].values():
        meanings = statuses.MEANINGS.get(getattr(flow, "kind", ""), {})
        if meanings:
            counts = {name for name, meaning in meanings.items() if meaning == COUNTS}
            assert set(getattr(flow, "approved")) == counts, flow.name  # noqa: B009
            ended = {name for name, meaning in meanings.items() if meaning == ENDED}
            assert set(getattr(flow, "ended")) == ended, flow.name  # noqa: B009


def test_the_list_has_every_status_of_the_published_interface() -> None:
    specs = find_specs()
    if not specs:
        pytest.skip("the vendor's published interface is not here")
    shapes = json.loads((specs / "procore-openapi.json").read_text())["components"]["schemas"]
    names = {
        "purchase_order": "PurchaseOrderContract", "subcontract": "WorkOrderContract",
        "requisition": "Requisition", "direct_cost": "DirectCost",
        "commitment_change_order": "CommitmentChangeOrderVariant",
        "prime_change_order": "PrimeChangeOrderVariant",
    }  # fmt: skip
    for kind, name in names.items():
        listed = {word(one) for one in shapes[name]["properties"]["status"]["enum"]}
        assert listed == set(statuses.MEANINGS[kind]), kind
