"""Absence, partial success and odd lists, from answers in the documented shapes."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Refused
from connections.models import Subscription
from tests.vendors.test_procore_wire import COMPANY, CannedProcore, answered

PROJECT = "/rest/v1.0/projects/777"
COSTS = "/rest/v1.1/projects/777/direct_costs"
ORDERS = "/rest/v1.0/purchase_order_contracts"


@pytest.mark.parametrize(
    ("answers", "stands"),
    [
        ({PROJECT: {"id": 777}, COSTS: []}, False),
        ({PROJECT: {"id": 777}, COSTS: [{"id": 50}]}, True),
        ({PROJECT: {"id": 777}, COSTS: [{"id": 51}]}, False),
        ({COSTS: []}, True),
        ({PROJECT: {"id": 777}, COSTS: answered({"errors": "Forbidden"}, 403)}, True),
        ({PROJECT: {"id": 777}}, True),
    ],
    ids=["absent", "listed", "another", "project hidden", "tool closed", "list hidden"],
)
def test_a_record_is_absent_only_when_its_readable_project_lacks_it(
    answers: dict[str, Any], stands: bool
) -> None:
    assert CannedProcore(answers).stands("direct_cost", "777", "50") is stands


def test_a_soft_deleted_contract_does_not_stand() -> None:
    rows = [{"id": 9001, "deleted_at": "2026-03-03T00:00:00Z"}]
    client = CannedProcore({PROJECT: {"id": 777}, ORDERS: rows})
    assert not client.stands("purchase_order", "777", "9001")
    assert client.asked[-1][1]["filters[include_deleted]"] == "with"


def test_triggers_that_procore_took_only_in_part_are_said() -> None:
    root = f"/rest/v2.0/companies/{COMPANY}/webhooks"
    resources = [{"name": "Projects", "actions": ["create", "update"]}]
    client = CannedProcore({
        f"{root}/hooks": {"data": []},
        f"{root}/hooks/1/triggers": {"data": []},
        f"{root}/resources": {"data": resources},
        f"POST {root}/hooks/1/triggers/bulk": answered({"data": {"failed": [{}]}}, 207),
    })  # fmt: skip
    with pytest.raises(Refused, match="part of the triggers"):
        client.subscribe(Subscription(secret="s"), "https://us.test/")


def test_only_offered_triggers_that_we_need_are_asked_for() -> None:
    root = f"/rest/v2.0/companies/{COMPANY}/webhooks"
    resources = [
        {"name": "Projects", "actions": ["create", "update"]},
        {"name": "Company Vendors", "actions": ["create", "update", "delete", "merge"]},
        {"name": "Trades", "actions": ["create"]},
    ]
    client = CannedProcore({
        f"{root}/hooks": {"data": []},
        f"{root}/hooks/1/triggers": {"data": []},
        f"{root}/resources": {"data": resources},
    })  # fmt: skip
    client.subscribe(Subscription(secret="s"), "https://us.test/")
    asked = [(row["resource_name"], row["event_type"]) for row in client.written[-1][2]]
    assert asked == [
        ("Company Vendors", "create"), ("Company Vendors", "delete"),
        ("Company Vendors", "update"), ("Projects", "create"), ("Projects", "update"),
    ]  # fmt: skip
