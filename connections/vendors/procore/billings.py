"""A ledger's invoices as requisitions on their commitment.

One request makes the invoice with its items, status and origin id: there is no half of one.
developers.procore.com/documentation/tutorial-requisitions
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from connections.documents import ZERO, Document
from connections.errors import NeedsPerson, NotFound, Reason
from connections.vendors.procore import links, requisitions
from connections.vendors.procore.allocation import Share, allocate
from connections.vendors.procore.documents import Documents
from connections.vendors.procore.locks import left_alone
from connections.vendors.procore.periods import Period, period_for
from connections.vendors.procore.refusals import begun, made, place, plainly, what
from connections.vendors.procore.values import Row, key, listed, money, text, word

PATH = "/rest/v1.1/requisitions"
CONTRACT_ITEM = "contract_item"
PAGE = 100
CENT = Decimal("0.01")
Shares = Mapping[str, Share]


def send(client: Documents, document: Document, standing: Document | None, about: str) -> str:
    """Checked against the commitment first. Raises NeedsPerson before anything is written."""
    if standing is not None and standing.locked:
        return left_alone(document, standing)
    contract = commitment(client, document)
    try:
        return billed_on(client, document, contract, standing, about)
    except NeedsPerson as error:
        error.leads_to(contract.url, "the commitment")
        raise


def billed_on(
    client: Documents, document: Document, contract: Document, standing: Document | None, about: str
) -> str:
    check_vendor(document, contract)
    items = own_items(client, standing) if standing else []
    shares = allocate(document, contract, billed(client, document, items))
    if standing is None:
        return create(client, document, shares, about)
    update(client, document, standing, items, shares, about)
    return standing.id


def commitment(client: Documents, document: Document) -> Document:
    """The order, or the subcontract, with its schedule of values."""
    contract_id = document.contract_id
    return client.once(("commitment", contract_id), lambda: read_commitment(client, document))


def check_vendor(document: Document, contract: Document) -> None:
    if document.vendor.id and contract.vendor.id != document.vendor.id:
        raise NeedsPerson(
            Reason.OTHER_VENDOR,
            begun(what(document)) + f" is of {document.vendor.name}, its commitment "
            f"{contract.number} of {contract.vendor.name or 'nobody'}. Correct one of them.",
            project_vendor=document.vendor.id,
        )


def read_commitment(client: Documents, document: Document) -> Document:
    for kind in ("purchase_order", "subcontract"):
        with suppress(NotFound):
            return client.document(kind, document.project.id, document.contract_id)
    raise NeedsPerson(
        Reason.NO_COMMITMENT,
        f"Procore does not show commitment {document.contract_number or document.contract_id} in "
        f"project {place(document)}, which {what(document)} bills.",
        there=links.tool(client.connection, document.project.id, "commitments"),
        opens="the project’s commitments",
    )


# -- what was billed before ----------------------------------------------------------------------


def billed(client: Documents, document: Document, own: list[Row]) -> dict[str, Decimal]:
    """By contract line: what the last invoice shows as done so far, less what is this one's."""
    asked = {
        "project_id": document.project.id, "filters[commitment_id]": document.contract_id,
        "filters[is_last]": "true", "view": "items",
    }  # fmt: skip
    rows = list(client.rows(PATH, asked, PAGE))
    last = max(rows, key=lambda row: money(row.get("number")), default={})
    done = {
        contract_line(item): money(item.get("total_completed_and_stored_to_date"))
        for item in listed(last, "items")
        if on_contract(item)
    }
    for item in own:
        line_id = contract_line(item)
        done[line_id] = done.get(line_id, ZERO) - requisitions.earned(item, {}).gross
    return done


def own_items(client: Documents, standing: Document) -> list[Row]:
    _, rows = client.recall("requisition", standing.project.id, standing.id)
    return [item for item in rows if on_contract(item)]


def on_contract(item: Row) -> bool:
    return text(item.get("item_type")) == CONTRACT_ITEM


def contract_line(item: Row) -> str:
    return key(item.get("line_item_id"))


# -- writing ---------------------------------------------------------------------------------------


def create(client: Documents, document: Document, shares: Shares, about: str) -> str:
    period = period_for(client, document, about)
    body = {
        "project_id": int(document.project.id),
        "commitment_id": int(document.contract_id),
        "requisition": {
            **header(document),
            **within(period),
            "items": [item(line_id, share) for line_id, share in shares.items()],
        },
    }
    with plainly(document, creating=True):
        answer = client.write("POST", PATH, body, about=about)
    return key(made(answer.data, document)["id"])


def header(document: Document) -> dict[str, Any]:
    return {
        "invoice_number": document.number,
        "billing_date": document.date.isoformat() if document.date else None,
        "status": document.status,
        "origin_id": document.origin_id,
    }


def within(period: Period) -> dict[str, Any]:
    return {
        "period_id": int(period.id),
        "requisition_start": period.first.isoformat(),
        "requisition_end": period.last.isoformat(),
    }


def item(line_id: str, share: Share) -> dict[str, Any]:
    """Retainage is always said: else Procore holds back the contract's percentage."""
    return {
        "item_type": CONTRACT_ITEM,
        "line_item_id": int(line_id),
        "work_completed_this_period": cents(share.work),
        "work_completed_retainage_retained_this_period": cents(share.retained),
        "work_completed_retainage_released_this_period": cents(share.released),
    }


def cents(amount: Decimal) -> str:
    return format(amount.quantize(CENT), "f")


def update(
    client: Documents, document: Document, standing: Document, items: list[Row], shares: Shares,
    about: str,
) -> None:  # fmt: skip
    """Only what differs. The origin id goes while we write: a record that has one is closed."""
    changed = changed_items(document, items, shares)
    ready = word(standing.status) == document.status and standing.number == document.number
    if not changed and ready and standing.origin_id == document.origin_id:
        return
    path = f"{PATH}/{standing.id}"
    scope = {
        "project_id": int(document.project.id), "commitment_id": int(document.contract_id)
    }  # fmt: skip
    with plainly(document):
        if standing.origin_id:
            released = {**scope, "requisition": {"origin_id": None}}
            client.write("PATCH", path, released, about=about)
        new = {**header(document), **({"items": changed} if changed else {})}
        client.write("PATCH", path, {**scope, "requisition": new}, about=about)


def changed_items(document: Document, items: list[Row], shares: Shares) -> list[dict[str, Any]]:
    """Items whose share is another now; those that are no longer billed go to nothing."""
    there = {contract_line(row): row for row in items}
    if unknown := set(shares) - set(there):
        raise NeedsPerson(
            Reason.LOCKED,
            begun(what(document)) + " was begun in Procore before its commitment got "
            f"{len(unknown)} of its lines. Delete the invoice there, then replay.",
        )
    wanted = {line_id: shares.get(line_id, Share(ZERO)) for line_id in there}
    return [
        {"id": int(there[line_id]["id"]), **item(line_id, share)}
        for line_id, share in wanted.items()
        if share != standing_share(there[line_id])
    ]


def standing_share(row: Row) -> Share:
    return Share(
        money(row.get("work_completed_this_period")),
        money(row.get("work_completed_retainage_retained_this_period")),
        money(row.get("work_completed_retainage_released_this_period")),
    )
