"""Cancelling a posted invoice: a corrective credit memo that closes it."""

from __future__ import annotations

from tests.simulators.business_central import dimensions, documents, lines, posting
from tests.simulators.business_central.documents import KINDS
from tests.simulators.business_central.model import Row
from tests.simulators.business_central.store import Books

COPIED = ("lineType", "lineObjectNumber", "description", "quantity", "unitCost", "taxCode")


def cancel(books: Books, invoice: Row) -> Row:
    """The memo is posted under the invoice's own number; both say what they are."""
    kind, memos = KINDS["purchaseInvoice"], KINDS["purchaseCreditMemo"]
    memo = documents.create(books, memos.entity, {
        "vendorNumber": invoice["vendorNumber"], "postingDate": invoice["postingDate"],
        memos.day: invoice["invoiceDate"], memos.external: invoice["number"],
        "currencyCode": invoice["currencyCode"], "invoiceId": invoice["id"],
        "pricesIncludeTax": invoice["pricesIncludeTax"],
    })  # fmt: skip
    dimensions.put(books, memos.entity, memo, dict(invoice["_dims"]))
    for line in documents.lines_of(books, kind, invoice):
        row = lines.create(books, memos.line, memo, {name: line[name] for name in COPIED})
        dimensions.put(books, memos.line, row, dict(line["_dims"]))
    posting.post(books, memo, memos.entity, by_hand=True)
    books.change(kind.entity, invoice, status="Canceled")
    books.change(memos.entity, memo, status="Corrective")
    return {"no": memo["number"]}
