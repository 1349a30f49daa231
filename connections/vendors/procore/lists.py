"""What changed, what still stands: the lists of documents.

developers.procore.com/documentation/filtering-on-list-actions and …/pagination
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connections.documents import Hint
from connections.errors import Refused
from connections.vendors.procore.company import Company
from connections.vendors.procore.requisitions import payment_due
from connections.vendors.procore.values import (
    Row,
    code_of,
    first,
    inner,
    key,
    moment,
    money,
    window,
)
from connections.vendors.procore.wire import V2_PAGE

PAGE = 100
WHOLE_PAGE = 1000  # of a list of all; …/pagination asks for 2,000 at most


@dataclasses.dataclass(frozen=True)
class Listing:
    """One list endpoint of documents."""

    path: str
    resource: str  # the name that webhooks use, or would use
    project_in_query: bool = False
    per_page: int = PAGE  # 0: not paged
    keeps_deleted: bool = False  # include_deleted exists

    def place(self, project_id: str) -> tuple[str, dict[str, Any]]:
        """Path and parameters for one project."""
        params = {"project_id": project_id} if self.project_in_query else {}
        deleted = {"filters[include_deleted]": "with"} if self.keeps_deleted else {}
        return self.path.format(project=project_id), {**params, **deleted}


LISTINGS = {
    "purchase_order": Listing(
        "/rest/v1.0/purchase_order_contracts", "Purchase Order Contracts", True, keeps_deleted=True
    ),
    "subcontract": Listing(
        "/rest/v1.0/work_order_contracts", "Work Order Contracts", True, keeps_deleted=True
    ),
    "requisition": Listing("/rest/v1.1/requisitions", "Requisitions", True),
    "direct_cost": Listing("/rest/v1.1/projects/{project}/direct_costs", "Direct Costs"),
    "commitment_change_order": Listing(
        "/rest/v1.0/projects/{project}/commitment_change_orders",
        "Commitment Change Orders",
        per_page=0,
    ),
    "prime_change_order": Listing(
        "/rest/v1.0/projects/{project}/prime_change_orders", "Prime Change Orders", per_page=0
    ),
}


def changes(
    client: Company, kind: str, project_id: str, since: dt.datetime | None, until: dt.datetime
) -> Iterator[Hint]:
    """Hints of the window, deleted ones too where Procore tells; `since` None: all.

    A row may come twice: lists are walked by offset while people work.
    """
    listing = LISTINGS[kind]
    path, params = listing.place(project_id)
    within = {"filters[updated_at]": window(since, until)} if since else {}
    seen = set()
    size = listing.per_page if since else listing.per_page and WHOLE_PAGE
    for row in client.rows(path, {**params, **within}, size):
        seen.add(key(row.get("id")))
        yield hint(kind, project_id, row)
    if kind == "direct_cost" and within:
        yield from by_lines(client, project_id, within, seen)


def by_lines(
    client: Company, project_id: str, within: dict[str, Any], seen: set[str]
) -> Iterator[Hint]:
    """Direct costs of which only a line changed: their own updated_at may not move."""
    path = f"/rest/v1.0/projects/{project_id}/direct_costs/line_items"
    for row in client.rows(path, within, PAGE):
        holder = key(inner(row, "holder").get("id"))
        if holder and holder not in seen:
            seen.add(holder)
            yield Hint(holder, project_id, moment(row.get("updated_at")), resource="Direct Costs")


def hint(kind: str, project_id: str, row: Row) -> Hint:
    return Hint(
        source_id=key(row.get("id")),
        scope=project_id,
        updated_at=moment(row.get("updated_at")),
        own_date=True,
        deleted=bool(row.get("deleted_at")),
        resource=LISTINGS[kind].resource,
        number=number(kind, row),
        amount=amount(kind, row),
    )


def number(kind: str, row: Row) -> str:
    """As `Document.number`, but for a billing that has only its sequence number."""
    found = code_of(first(row, "invoice_number", "number"))
    return found or (f"DC-{key(row.get('id'))}" if kind == "direct_cost" else "")


def amount(kind: str, row: Row) -> Decimal | None:
    """The total as the list states it; the same figure as `Document.total`."""
    if kind == "requisition":
        return payment_due(inner(row, "summary"))
    stated = first(row, "grand_total", "amount")
    return None if stated is None else money(stated)


def stands(client: Company, kind: str, project_id: str, source_id: str) -> bool:
    """False only when a readable project's list answers, and without the record."""
    if not client.readable(project_id):
        return True
    listing = LISTINGS[kind]
    path, params = listing.place(project_id)
    asked = {**params, "filters[id]": source_id}
    try:
        rows = list(client.rows(path, asked, listing.per_page))
    except Refused:  # the tool is closed to us, or switched off: nothing is known
        return True
    return any(key(row.get("id")) == source_id and not row.get("deleted_at") for row in rows)


def resolve(client: Company, hint: Hint) -> list[Hint]:
    """Direct cost of a line; change orders of a package (their ids differ)."""
    if hint.resource == "Direct Cost Line Items":
        return cost_of_line(client, hint)
    if hint.resource == "Change Order Packages":
        return orders_of_package(client, hint)
    return []


def cost_of_line(client: Company, hint: Hint) -> list[Hint]:
    """[] for a deleted line: the list no longer has it."""
    path = f"/rest/v1.0/projects/{hint.scope}/direct_costs/line_items"
    rows = client.rows(path, {"filters[id]": hint.source_id}, V2_PAGE)
    holders = {key(inner(row, "holder").get("id")) for row in rows} - {""}
    return [parent(hint, holder, "Direct Costs") for holder in sorted(holders)]


def orders_of_package(client: Company, hint: Hint) -> list[Hint]:
    found = []
    for kind in ("commitment_change_order", "prime_change_order"):
        path, _ = LISTINGS[kind].place(hint.scope)
        rows = client.rows(path, {"filters[legacy_package_id]": hint.source_id})
        found += [parent(hint, key(row.get("id")), LISTINGS[kind].resource) for row in rows]
    return found


def parent(hint: Hint, source_id: str, resource: str) -> Hint:
    return dataclasses.replace(hint, source_id=source_id, resource=resource, deleted=False)
