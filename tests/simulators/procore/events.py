"""What Procore tells by webhook: resource names, levels and payloads (sheet 6.3, 6.4)."""

from __future__ import annotations

import random
from typing import Any

from .base import COMPANY_ID
from .values import Row, stamp_fine

CRUD = ("create", "update", "delete")
# Exact names. What is not listed here has no webhook: requisitions, commitment and prime change
# orders, tax codes, billing periods, WBS codes.
COMPANY_LEVEL: dict[str, tuple[str, ...]] = {
    "Projects": ("create", "update"),
    "Company Vendors": ("create", "update"),
    "Company Users": ("create", "update"),
    "Line Item Types": CRUD,
    "Standard Cost Codes": CRUD,
    "Standard Cost Code Lists": ("create",),
    "Departments": CRUD,
    "ERP Requests": CRUD,
}
PROJECT_LEVEL: dict[str, tuple[str, ...]] = {
    "Purchase Order Contracts": CRUD,
    "Purchase Order Contract Line Items": CRUD,
    "Work Order Contracts": CRUD,
    "Work Order Contract Line Items": CRUD,
    "Change Order Packages": CRUD,
    "Change Order Requests": CRUD,
    "Potential Change Orders": CRUD,
    "Potential Change Order Line Items": CRUD,
    "Change Events": CRUD,
    "Prime Contracts": CRUD,
    "Prime Contract Line Items": CRUD,
    "Payment Applications": CRUD,
    "Contract Payments": CRUD,
    "Direct Costs": CRUD,
    "Direct Cost Line Items": CRUD,
    "Budget Line Items": CRUD,
    "Budget Changes": CRUD,
    "Budget View Snapshots": ("create",),
    "Cost Codes": CRUD,
    "Sub Jobs": CRUD,
    "Project Vendors": ("create", "delete"),
    "Project Users": ("create", "delete"),
}
TABLES = {
    "projects": "Projects",
    "vendors": "Company Vendors",
    "project_vendors": "Project Vendors",
    "line_item_types": "Line Item Types",
    "standard_cost_codes": "Standard Cost Codes",
    "cost_codes": "Cost Codes",
    "sub_jobs": "Sub Jobs",
    "purchase_order_contracts": "Purchase Order Contracts",
    "work_order_contracts": "Work Order Contracts",
    "prime_contracts": "Prime Contracts",
    "prime_lines": "Prime Contract Line Items",
    "change_order_packages": "Change Order Packages",
    "direct_costs": "Direct Costs",
    "direct_cost_lines": "Direct Cost Line Items",
    "budget_line_items": "Budget Line Items",
    "budget_changes": "Budget Changes",
}
VERSIONS = {
    "v2": "v2.0", "v2.0": "v2.0", "v3": "v3.0", "v3.0": "v3.0", "v4": "v4.0", "v4.0": "v4.0",
}  # fmt: skip
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def actions(resource: str, project_level: bool) -> tuple[str, ...]:
    """The events a hook of this level may subscribe; none for an unknown resource."""
    return (PROJECT_LEVEL if project_level else COMPANY_LEVEL).get(resource, ())


def ulid(milliseconds: int, dice: random.Random) -> str:
    number = (milliseconds << 80) | dice.getrandbits(80)
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_CROCKFORD[digit])
    return "".join(reversed(digits))


def payload(event: Row, version: str) -> dict[str, Any]:
    """The body that is sent. v4 has text ids and no metadata."""
    moment = stamp_fine(event["at"])
    if version == "v4.0":
        project = str(event["project_id"]) if event["project_id"] else None
        shown = {
            "id": event["ulid"], "timestamp": moment, "reason": event["event"],
            "company_id": str(COMPANY_ID), "project_id": project, "user_id": str(event["user_id"]),
            "resource_type": event["resource"], "resource_id": str(event["resource_id"]),
        }  # fmt: skip
        return {name: value for name, value in shown.items() if value is not None}
    shown = {
        "id": event["number"], "ulid": event["ulid"], "timestamp": moment,
        "metadata": {
            "source_user_id": event["user_id"], "source_project_id": event["project_id"],
            "source_operation_id": None, "source_company_id": COMPANY_ID,
            "source_application_id": None,
        },
        "user_id": event["user_id"], "company_id": COMPANY_ID, "project_id": event["project_id"],
        "api_version": version, "event_type": event["event"], "resource_name": event["resource"],
        "resource_id": event["resource_id"],
    }  # fmt: skip
    return {**shown, "related_resources": []} if version == "v3.0" else shown


def logged(event: Row, version: str) -> dict[str, Any]:
    """The payload as the log of v2.0 shows it, with text ids, whatever was sent."""
    shown = {**payload(event, "v2.0"), "api_version": version}
    for name in ("id", "company_id", "project_id"):
        shown[name] = None if shown[name] is None else str(shown[name])
    return shown
