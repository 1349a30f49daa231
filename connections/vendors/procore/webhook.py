"""Procore's notices: a static Authorization value, no signature, ids only.

developers.procore.com/documentation/webhooks
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from connections.documents import Hint
from connections.models import Subscription
from connections.registry import Inbound, Verdict
from connections.vendors.procore.values import moment_or_overflow

# Names as a sandbox listed them (/webhooks/resources). Requisitions and both kinds of change orders
# are not in that list: they are used where a company's Procore offers them.
KIND_OF_RESOURCE = {
    "Purchase Order Contracts": "purchase_order",
    "Work Order Contracts": "subcontract",
    "Direct Costs": "direct_cost",
    "Commitment Change Orders": "commitment_change_order",
    "Prime Change Orders": "prime_change_order",
    "Requisitions": "requisition",
    "Company Vendors": "vendor",
    "Projects": "project",
}
LINES_OF = {
    "Purchase Order Contract Line Items": "Purchase Order Contracts",
    "Work Order Contract Line Items": "Work Order Contracts",
    "Direct Cost Line Items": "Direct Costs",
}
# A notice that names no record of ours: poll these kinds in its project.
POLL_INSTEAD = {
    "Change Order Packages": ("commitment_change_order", "prime_change_order"),
    **{lines: (KIND_OF_RESOURCE[parent],) for lines, parent in LINES_OF.items()},
}
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def receive(subscription: Subscription, request: Inbound) -> Verdict:
    """Only our own Authorization value gets in; compared in constant time."""
    if request.method != "POST":
        return Verdict(405, sentence="Procore sends notices by POST only.")
    given = request.headers.get("authorization", "").encode(errors="backslashreplace")
    expected = str(subscription.secret).encode()
    if hmac.compare_digest(given, expected) and expected:
        return Verdict(200, store=True, authentic=True)
    return Verdict(401, sentence="The Authorization value is not the one of this subscription.")


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    """The records that a stored notice names. Raises ValueError on a malformed body."""
    try:
        data = json.loads(body)
    except RecursionError as error:
        raise ValueError("a Procore notice is nested too deeply") from error
    events = data if isinstance(data, list) else [data]
    return [hint for event in events for hint in hints(event)]


def hints(event: Any) -> list[Hint]:
    """One event in the form v2.0, v3.0 or v4.0; a line points to its parent where it is told."""
    if not isinstance(event, dict):
        raise ValueError("a Procore notice is an object")
    resource = str(event.get("resource_name") or event.get("resource_type") or "")
    if not resource:
        raise ValueError("a Procore notice names its resource")
    parents = parents_of(resource, event)
    if parents:
        return [hint(event, LINES_OF[resource], parent, False) for parent in parents]
    deleted = str(event.get("event_type") or event.get("reason") or "").lower() == "delete"
    return [hint(event, resource, event.get("resource_id"), deleted)]


def parents_of(resource: str, event: Mapping[str, Any]) -> list[Any]:
    """Ids of the contract or cost that holds a line (v3.0 tells them for some resources)."""
    related = event.get("related_resources")
    if resource not in LINES_OF or not isinstance(related, list):
        return []
    return [
        item.get("id")
        for item in related
        if isinstance(item, dict) and item.get("name") == LINES_OF[resource]
    ]


def hint(event: Mapping[str, Any], resource: str, source_id: Any, deleted: bool) -> Hint:
    return Hint(
        source_id=identifier(source_id),
        scope=identifier(event["project_id"]) if event.get("project_id") else "",
        updated_at=told_at(event),
        deleted=deleted,
        resource=resource[:200],
        event_id=str(event.get("ulid") or event.get("id") or "")[:64],
    )


def told_at(event: Mapping[str, Any]) -> dt.datetime | None:
    try:
        return moment_or_overflow(event.get("timestamp"))
    except OverflowError as error:
        raise ValueError("a Procore notice has a moment outside of any calendar") from error


def identifier(value: Any) -> str:
    if value is None or isinstance(value, bool) or not ID.fullmatch(str(value)):
        raise ValueError("a Procore notice has an id that is none")
    return str(value)
