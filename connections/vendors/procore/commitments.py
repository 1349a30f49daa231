"""Purchase order contracts as a ledger's orders have them.

Header, lines, then the status: an approved contract takes no lines any more.
developers.procore.com/documentation/tutorial-financial-tools
"""

from __future__ import annotations

from typing import Any

from connections.documents import Document, Line
from connections.vendors.procore import directory, lines, refusals
from connections.vendors.procore.codes import Ids, code_ids
from connections.vendors.procore.documents import Documents
from connections.vendors.procore.locks import left_alone
from connections.vendors.procore.refusals import plainly
from connections.vendors.procore.values import Row, inner, key, text, word

PATH = "/rest/v1.0/purchase_order_contracts"
STATUSES = (  # in the order in which an order moves on
    "Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed",
)  # fmt: skip
RANKS = {word(status): rank for rank, status in enumerate(STATUSES)}


def send(client: Documents, document: Document, standing: Document | None, about: str) -> str:
    """Header sync, line sync (250 a time), status: three writes for a new order."""
    if standing is not None and standing.locked:
        return left_alone(document, standing)
    ids = code_ids(client, document)
    directory.join(client, document, about)
    with plainly(document, creating=standing is None):
        row, rows = made(client, document, about) if standing is None else known(client, standing)
        contract_id = key(row.get("id"))
        if standing is not None:
            bring_header(client, document, row, about)
        bring_lines(client, document, contract_id, lines.plan(client, document, rows), ids, about)
        bring_status(client, document, contract_id, word(row.get("status")), about)
    return contract_id


def known(client: Documents, standing: Document) -> tuple[Row, list[Row]]:
    return client.recall("purchase_order", standing.project.id, standing.id)


# -- header -------------------------------------------------------------------------------------


def made(client: Documents, document: Document, about: str) -> tuple[Row, list[Row]]:
    """By sync, which finds it by origin id should it stand already. No status: never a step back.

    An order that it finds has lines of ours, and the line sync finds those.
    """
    body = {"project_id": int(document.project.id), "updates": [wanted(document)]}
    answer = client.write("PATCH", f"{PATH}/sync", body, about=about)
    return refusals.header(answer.data, document), []


def wanted(document: Document) -> dict[str, Any]:
    """`amount`: billings are told in money; lines of unit contracts would want quantities."""
    vendor = {"vendor_id": int(document.vendor.id)} if document.vendor.id else {}
    dates = {"contract_date": document.date, "delivery_date": document.delivery_date}
    return {
        "origin_id": document.origin_id,
        "number": document.number,
        "title": document.title or document.number,
        "accounting_method": "amount",
        **vendor,
        **{name: day.isoformat() for name, day in dates.items() if day},
    }


def bring_header(client: Documents, document: Document, row: Row, about: str) -> None:
    """Only what differs; also the origin id of one that was entered by hand."""
    changed = {
        name: value
        for name, value in wanted(document).items()
        if name != "accounting_method" and stated(row, name) != str(value)
    }
    if changed:
        write(client, document, key(row.get("id")), changed, about)


def stated(row: Row, name: str) -> str:
    if name == "vendor_id":
        return key(inner(row, "vendor").get("id"))
    return text(row.get(name))


def bring_status(
    client: Documents, document: Document, contract_id: str, now: str, about: str
) -> None:
    """Forward only: what people moved on in Procore is not taken back."""
    rank = RANKS.get(document.status)
    if rank is not None and rank > RANKS.get(now or "draft", len(STATUSES)):
        write(client, document, contract_id, {"status": STATUSES[rank]}, about)


def write(
    client: Documents, document: Document, contract_id: str, changed: dict[str, Any], about: str
) -> None:
    body = {"project_id": int(document.project.id), "purchase_order_contract": changed}
    client.write("PATCH", f"{PATH}/{contract_id}", body, about=about)


# -- lines --------------------------------------------------------------------------------------


def bring_lines(
    client: Documents, document: Document, contract_id: str, plan: lines.Plan,
    ids: dict[Line, Ids], about: str,
) -> None:  # fmt: skip
    path = f"{PATH}/{contract_id}/line_items"
    scope = {"project_id": document.project.id}
    for some in lines.parts(plan.upserts):
        rows = [lines.in_words(lines.body(document, line, ids[line])) for _, line in some]
        answer = client.write("PATCH", f"{path}/sync", {"updates": rows}, about=about, params=scope)
        refusals.accepted(answer.data, document, some)
    for line_id, line in plan.adopted:  # the sync of lines takes no id in the reference
        row = lines.in_words(lines.body(document, line, ids[line]))
        body = {"project_id": int(document.project.id), "line_item": row}
        client.write("PATCH", f"{path}/{line_id}", body, about=about)
    for line_id in plan.gone:
        client.write("DELETE", f"{path}/{line_id}", about=about, params=scope)
