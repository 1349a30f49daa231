"""What of a purchase document a board shows, and the columns that this needs."""

from __future__ import annotations

import dataclasses

from connections.boards import DATE, LINK, LONG, NUMBER, OPTIONS, STATUS, TEXT
from connections.documents import LEDGER_INVOICE, LEDGER_ORDER

KEY, AMOUNT, POSTING_STATUS, DECISION, VENDOR = "key", "amount", "status", "decision", "vendor"
DIMENSION = "dimension:"  # followed by the dimension's code


@dataclasses.dataclass(frozen=True)
class Shown:
    """One fact of a document. `types`: the column types that can hold it, the one made first."""

    name: str
    title: str
    types: tuple[str, ...]
    kinds: tuple[str, ...] = (LEDGER_INVOICE, LEDGER_ORDER)
    required: bool = False


ORDERS = (LEDGER_ORDER,)
INVOICES = (LEDGER_INVOICE,)
FACTS = (
    Shown(KEY, "Ledger key", (TEXT,), required=True),
    Shown(VENDOR, "Vendor", (OPTIONS, TEXT)),
    Shown(AMOUNT, "Amount", (NUMBER,), required=True),
    Shown("currency", "Currency", (TEXT, OPTIONS)),
    Shown("due_date", "Due date", (DATE,)),
    Shown("date", "Document date", (DATE,)),
    Shown(POSTING_STATUS, "Posting status", (STATUS,), required=True),
    Shown(DECISION, "Approval", (STATUS,), required=True),
    Shown("external_number", "Vendor's number", (TEXT,)),
    Shown("order_number", "Order", (TEXT,), INVOICES),
    Shown("materials", "Material", (LONG,), ORDERS),
    Shown("received", "Received", (TEXT,), ORDERS),
    Shown("receipt_date", "Expected receipt", (DATE,), ORDERS),
    Shown("ship_to", "Deliver to", (TEXT, LONG), ORDERS),
    Shown("url", "In the ledger", (LINK,)),
)

LEDGER_STATUSES = {  # of a LedgerDocument, and two for what left the ledger; the labels' words
    "draft": "Draft",
    "pending_approval": "Pending approval",
    "released": "Released",
    "posted": "Posted",
    "paid": "Paid",
    "cancelled": "Cancelled",
    "invoiced": "Invoiced",
    "deleted": "Deleted",
}


def facts_of(kind: str, dimensions: list[str]) -> list[Shown]:
    """All facts that a board may show of this kind, the site's dimensions included."""
    found = [shown for shown in FACTS if kind in shown.kinds]
    return found + [Shown(f"{DIMENSION}{code}", code, (OPTIONS, TEXT)) for code in dimensions]
