"""Procore's financial documents as ours, whole, as Procore states them.

developers.procore.com/documentation/tutorial-financial-tools, …/tutorial-change-orders and
…/erp-technical-guide
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connections.documents import ZERO, Document, Line, Party
from connections.vendors.procore.coding import coding
from connections.vendors.procore.company import Company
from connections.vendors.procore.links import link
from connections.vendors.procore.markups import markups
from connections.vendors.procore.requisitions import requisition
from connections.vendors.procore.statuses import stage
from connections.vendors.procore.values import (
    Row,
    code_of,
    currency,
    first,
    inner,
    key,
    listed,
    moment,
    money,
    quantity,
    text,
    word,
)
from connections.vendors.procore.wire import V2_PAGE

CENT = Decimal("0.01")
CLOSED = "Procore has locked it: it is approved and carries the key of the ledger"


def purchase_order(client: Company, project_id: str, source_id: str) -> Document:
    """One request: the show answer holds the lines."""
    return contract(client, "purchase_order", "purchase_order_contracts", project_id, source_id)


def subcontract(client: Company, project_id: str, source_id: str) -> Document:
    """One request: the show answer holds the lines."""
    return contract(client, "subcontract", "work_order_contracts", project_id, source_id)


def contract(client: Company, kind: str, table: str, project_id: str, source_id: str) -> Document:
    row = client.one(f"/rest/v1.0/{table}/{source_id}", {"project_id": project_id})
    total = money(row.get("grand_total"))
    client.remember(("shown", kind, source_id), (row, listed(row, "line_items")))
    return document(
        client,
        kind,
        project_id,
        row,
        locked=locked(row) if word(row.get("status")) in client.locked_statuses else "",
        date=client.day(
            project_id, row, "contract_date", "issued_on_date", "execution_date", "created_at"
        ),
        vendor=party(inner(row, "vendor")),
        lines=lines(client, project_id, listed(row, "line_items"), total),
        total=total,
        contract_id=key(row.get("id")),
        contract_number=code_of(row.get("number")),
        executed=row.get("executed") is True,
    )


def locked(row: Row) -> str:
    """In words, without a full stop."""
    return f"Procore has locked it: its status is {text(row.get('status')).replace('_', ' ')}"


def direct_cost(client: Company, project_id: str, source_id: str) -> Document:
    """v1.1 shows the lines; what it leaves out is read from the list of lines.

    An origin id closes it for users and may close it for us. To change an approved one the id
    would have to go first, and without it the cost would look like Procore's own.
    """
    path = f"/projects/{project_id}/direct_costs/{source_id}"
    row = client.one(f"/rest/v1.1{path}")
    found = listed(row, "line_items")
    if len(found) != int(row.get("line_items_count") or len(found) or -1):
        found = list(client.rows(f"/rest/v1.0{path}/line_items", per_page=V2_PAGE))
    client.remember(("shown", "direct_cost", source_id), (row, found))
    total = money(first(row, "grand_total", "amount"))
    number = code_of(row.get("invoice_number"))
    return document(
        client,
        "direct_cost",
        project_id,
        row,
        number=number or f"DC-{key(row.get('id'))}",
        title=direct_cost_title(row),
        locked=CLOSED if word(row.get("status")) == "approved" and row.get("origin_id") else "",
        date=client.day(project_id, row, "direct_cost_date", "received_date", "created_at"),
        vendor=named_party(row),
        lines=lines(client, project_id, found, total),
        total=total,
        vendor_invoice_number=number,
        subtype=word(row.get("direct_cost_type")),
    )


def direct_cost_title(row: Row) -> str:
    employee = text(inner(row, "employee").get("name"))
    words = text(row.get("description")) or text(row.get("direct_cost_type")).capitalize()
    return f"{words} ({employee})" if employee else words


def commitment_change_order(client: Company, project_id: str, source_id: str) -> Document:
    """Header, lines (v2.0 only) and the commitment, which names the vendor."""
    return change_order(client, "commitment", client.commitment, project_id, source_id)


def prime_change_order(client: Company, project_id: str, source_id: str) -> Document:
    """Header, lines (v2.0 only) and the prime contract, which names the owner."""
    return change_order(client, "prime", client.prime_contract, project_id, source_id)


def change_order(
    client: Company,
    side: str,
    contract_of: Callable[[str, str], Row],
    project_id: str,
    source_id: str,
) -> Document:
    row = client.one(f"/rest/v1.0/projects/{project_id}/{side}_change_orders/{source_id}")
    path = f"{client.v2_project(project_id)}/{side}_change_orders/{source_id}/line_items"
    found = sorted(client.rows(path, per_page=V2_PAGE), key=position)
    total = money(row.get("grand_total"))
    contract_id = key(row.get("contract_id"))
    parent = contract_of(project_id, contract_id) if contract_id else {}
    plain = lines(client, project_id, found, total)
    return document(
        client,
        f"{side}_change_order",
        project_id,
        row,
        date=client.day(
            project_id, row, "reviewed_at", "signed_change_order_received_date", "created_at"
        ),
        vendor=party(inner(parent, "vendor")),
        lines=(*plain, *markups(client, project_id, row, plain, total)),
        total=total,
        contract_id=contract_id,
        contract_number=code_of(parent.get("number")),
        due_date=client.day(project_id, row, "due_date"),
        currency=currency(row) or currency(parent),
    )


def position(row: Row) -> Decimal:
    return money(row.get("position"))


def document(client: Company, kind: str, project_id: str, row: Row, **facts: Any) -> Document:
    """What all kinds have in common; `facts` say the rest."""
    common: dict[str, Any] = {
        "kind": kind,
        "id": key(row.get("id")),
        "number": code_of(row.get("number")),
        "title": text(row.get("title")),
        "status": word(row.get("status")),
        "stage": stage(client, kind, word(row.get("status"))),
        "project": client.project(project_id),
        "currency": currency(row),
        "updated_at": moment(row.get("updated_at")),
        "deleted": bool(row.get("deleted_at")),
        "url": link(client.connection, kind, project_id, row),
        "origin_id": text(row.get("origin_id")),
    }
    return Document(**{**common, **facts})


def party(row: Row) -> Party:
    """Contracts call the name `company`, the rest `name`."""
    return Party(
        key(row.get("id")), text(first(row, "company", "name")), text(row.get("origin_id"))
    )


def named_party(row: Row) -> Party:
    """Direct costs: an object in one version, a plain name beside the id in another."""
    vendor = inner(row, "vendor")
    name = row["vendor"] if isinstance(row.get("vendor"), str) else vendor.get("name")
    return Party(
        key(first(row, "vendor_id") or vendor.get("id")),
        text(row.get("vendor_name") or name),
        text(vendor.get("origin_id")),
    )


def lines(
    client: Company, project_id: str, rows: Sequence[Row], total: Decimal
) -> tuple[Line, ...]:
    """Every line, zero ones too, with its tax."""
    taxes = line_taxes(client, rows, total)
    return tuple(line(client, project_id, row, tax) for row, tax in zip(rows, taxes, strict=True))


def line(client: Company, project_id: str, row: Row, tax: Decimal) -> Line:
    coded = coding(client, project_id, row)
    return Line(
        id=key(row.get("id")),
        description=text(row.get("description")),
        amount=line_amount(row),
        cost_code=coded.cost_code,
        cost_code_name=coded.name,
        cost_type=coded.cost_type,
        segments=coded.segments,
        quantity=quantity(row.get("quantity")),
        unit_cost=quantity(row.get("unit_cost")),
        unit=text(row.get("uom")),
        tax_code=tax_code(client, row),
        tax=tax,
    )


def line_amount(row: Row) -> Decimal:
    return money(first(row, "amount", "extended_amount", "total_amount"))


def tax_code(client: Company, row: Row) -> str:
    """The code, not its id."""
    if code := code_of(inner(row, "tax_code").get("code")):
        return code
    found = (
        client.tax_codes_by_id().get(key(row["tax_code_id"])) if row.get("tax_code_id") else None
    )
    return found.code if found else ""


def line_taxes(client: Company, rows: Sequence[Row], total: Decimal) -> list[Decimal]:
    """Stated amounts; else by the codes' rates, but only where the stated total proves them."""
    if any(row.get("tax_amount") not in (None, "") for row in rows):
        return [money(row.get("tax_amount")) for row in rows]
    none = [ZERO for _ in rows]
    net = sum((line_amount(row) for row in rows), ZERO)
    if net == total or not any(row.get("tax_code_id") for row in rows):
        return none
    computed = [rated(client, row) for row in rows]
    return computed if net + sum(computed, ZERO) == total else none


def rated(client: Company, row: Row) -> Decimal:
    found = client.tax_codes_by_id().get(key(row.get("tax_code_id")))
    rate = found.rate if found else ZERO
    return (line_amount(row) * rate / 100).quantize(CENT, ROUND_HALF_UP)


READERS: dict[str, Callable[[Company, str, str], Document]] = {
    "purchase_order": purchase_order,
    "subcontract": subcontract,
    "requisition": requisition,
    "direct_cost": direct_cost,
    "commitment_change_order": commitment_change_order,
    "prime_change_order": prime_change_order,
}
