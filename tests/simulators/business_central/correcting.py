"""Cancelling a posted document: a corrective one of the other kind, which closes it."""

from __future__ import annotations

from . import dimensions, documents, errors, lines, posting
from .documents import KINDS
from .model import Row
from .store import Books

COPIED = ("lineType", "lineObjectNumber", "description", "quantity", "taxCode")
OTHER = {"purchaseInvoice": "purchaseCreditMemo", "purchaseCreditMemo": "purchaseInvoice"}


def cancel(books: Books, name: str, document: Row) -> Row:
    """It is posted under the number of what it takes back; both say what they are."""
    kind, other = KINDS[name], KINDS[OTHER[name]]
    applied = {"invoiceId": document["id"]} if name == "purchaseInvoice" else {}
    twin = documents.create(books, other.entity, {
        "vendorNumber": document["vendorNumber"], "postingDate": document["postingDate"],
        other.day: document[kind.day], other.external: document["number"],
        "currencyCode": document["currencyCode"], **applied,
        "pricesIncludeTax": document["pricesIncludeTax"],
    })  # fmt: skip
    dimensions.put(books, other.entity, twin, dict(document["_dims"]))
    for line in documents.lines_of(books, kind, document):
        values = {**{one: line[one] for one in COPIED}, other.cost: line[kind.cost]}
        row = lines.create(books, other.line, twin, values)
        dimensions.put(books, other.line, row, dict(line["_dims"]))
    posting.post(books, twin, other.entity, by_hand=True)
    books.change(name, document, status="Canceled")
    books.change(other.entity, twin, status="Corrective")
    books.commit()
    return {"no": twin["number"]}


def cancel_memo(books: Books, memo: Row) -> None:
    """`Microsoft.NAV.cancel` of a posted credit memo."""
    if not memo["_posted"]:
        raise errors.dialog("The action can be applied to a posted credit memo only.")
    if memo["status"] == "Canceled":
        raise errors.dialog(
            "The credit memo cannot be cancelled because it has already been canceled."
        )
    cancel(books, "purchaseCreditMemo", memo)
