"""A ledger's invoices without a commitment as direct costs.

A cost that fits is made whole in one request. A longer one is a draft without origin id until its
last line stands: the id closes it for users, and it comes last.
developers.procore.com/documentation/erp-technical-guide and …/using-sync-actions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connections.documents import Document, Line
from connections.vendors.procore import lines, refusals
from connections.vendors.procore.codes import Ids, code_ids, wbs_ids
from connections.vendors.procore.documents import Documents
from connections.vendors.procore.locks import left_alone
from connections.vendors.procore.refusals import plainly
from connections.vendors.procore.values import Row, key, text, word

AT_ONCE = 100  # nested lines of one request
STATUSES = ("draft", "pending", "revise_and_resubmit", "approved")


def send(client: Documents, document: Document, standing: Document | None, about: str) -> str:
    """One write for a new cost of up to 100 lines. Never two at a time on one cost (409)."""
    if standing is not None and standing.locked:
        return left_alone(document, standing)
    ids = code_ids(client, document)
    with plainly(document, creating=standing is None):
        if standing is not None:
            row, rows = client.recall("direct_cost", document.project.id, standing.id)
            bring(client, document, row, rows, ids, about)
            return standing.id
        row, whole = create(client, document, ids, about)
        if not whole:
            bring(client, document, row, nested(row), ids, about)
    return key(row.get("id"))


def nested(row: Row) -> list[Row]:
    return [line for line in row.get("line_items") or [] if isinstance(line, dict)]


# -- a new one -------------------------------------------------------------------------------------


def create(
    client: Documents, document: Document, ids: dict[Line, Ids], about: str
) -> tuple[Row, bool]:
    """The cost as it stands, and whether that is all of it.

    Nested lines go by WBS code; one that no line of the project has had yet is left to the sync of
    lines, which takes cost code and cost type.
    """
    known = wbs_ids(client, document.project.id)
    coded = [(line, known.get((line.cost_code, line.cost_type))) for line in document.lines]
    first = [(line, wbs) for line, wbs in coded if wbs is not None][:AT_ONCE]
    whole = len(first) == len(document.lines)
    body = {
        "direct_cost_type": document.subtype or "invoice",
        **header(document),
        **(final(document) if whole else {"status": "draft"}),
        "line_items": [nested_line(document, line, wbs) for line, wbs in first],
    }
    path = f"/rest/v1.1/projects/{document.project.id}/direct_costs"
    answer = client.write("POST", path, {"direct_cost": body}, about=about)
    return refusals.made(answer.data, document), whole


def header(document: Document) -> dict[str, Any]:
    """Empty facts are left out."""
    dates = {"direct_cost_date": document.date, "received_date": document.date}
    facts = {
        "vendor_id": int(document.vendor.id) if document.vendor.id else None,
        "invoice_number": document.number,
        "description": document.title,
        **{name: day.isoformat() for name, day in dates.items() if day},
    }
    return {name: fact for name, fact in facts.items() if fact}


def final(document: Document) -> dict[str, Any]:
    status = document.status if document.status in STATUSES else "draft"
    return {"status": status, "origin_id": document.origin_id}


def nested_line(document: Document, line: Line, wbs_id: int) -> dict[str, Any]:
    """`ref` comes back with the answer."""
    priced = {"quantity": line.quantity, "unit_cost": line.unit_cost, "uom": line.unit or None}
    return {
        "origin_id": lines.origin(document, line),
        "ref": line.id,
        "wbs_code_id": wbs_id,
        "manual_amount": line.amount,
        "description": line.description,
        **{name: value for name, value in priced.items() if value is not None},
    }


# -- one that stands -------------------------------------------------------------------------------


def bring(
    client: Documents, document: Document, row: Row, rows: Sequence[Row], ids: dict[Line, Ids],
    about: str,
) -> None:  # fmt: skip
    """Lines, then header, status and origin id. An id that is there goes while we write.

    It is not approved then: an approved cost without the id would look like one of Procore's own
    and come back into the ledger.
    """
    plan = lines.plan(client, document, rows)
    changed = differing(row, {**header(document), **final(document)})
    if not plan and not changed:
        return
    if row.get("origin_id"):
        write_header(client, document, row, {"origin_id": None}, about)
    bring_lines(client, document, key(row.get("id")), plan, ids, about)
    write_header(client, document, row, {**changed, **final(document)}, about)


def differing(row: Row, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if stated(row, name) != text(value)}


def stated(row: Row, name: str) -> str:
    return word(row.get(name)) if name == "status" else text(row.get(name))


def write_header(
    client: Documents, document: Document, row: Row, changed: dict[str, Any], about: str
) -> None:
    """By sync with the id: the only way to change an origin id."""
    path = f"/rest/v1.0/projects/{document.project.id}/direct_costs/sync"
    body = {"updates": [{"id": int(row["id"]), **changed}]}
    answer = client.write("PATCH", path, body, about=about)
    refusals.header(answer.data, document)


def bring_lines(
    client: Documents, document: Document, cost_id: str, plan: lines.Plan, ids: dict[Line, Ids],
    about: str,
) -> None:  # fmt: skip
    path = f"/rest/v1.0/projects/{document.project.id}/direct_costs"
    adopted = {line: int(line_id) for line_id, line in plan.adopted}
    todo = [*plan.upserts, *((lines.origin(document, line), line) for line in adopted)]
    for some in lines.parts(todo):
        updates = [
            {
                **({"id": adopted[line]} if line in adopted else {}),
                **lines.body(document, line, ids[line]),
                "direct_cost_id": int(cost_id),
            }
            for _, line in some
        ]
        answer = client.write("PATCH", f"{path}/line_items/sync", {"updates": updates}, about=about)
        refusals.accepted(answer.data, document, some)
    for line_id in plan.gone:
        client.write("DELETE", f"{path}/{cost_id}/line_items/{line_id}", about=about)
