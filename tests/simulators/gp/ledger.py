"""What a bookkeeper would see of the main company, in the shape a rehearsal reads."""

from __future__ import annotations

from typing import Any

from . import journals
from .books import OPEN, TITLES, WORK, Books, Row, id_of, net, sign


def view(books: Books) -> dict[str, Any]:
    rows = books.payables()
    return {
        "vendors": sorted(row["VendorID"] for row in books.table("vendors").values()),
        "invoices": [shown(row) for row in rows if sign(row) > 0],
        "memos": [shown(row) for row in rows if sign(row) < 0],
        "accounts": sorted({row["MainSegment"] for row in books.table("accounts").values()
                            if row["Active"] and row["AccountType"] == 1}),
        "orders": [],
        "documents": {"Invoice": {"list": []}, "Credit Memo": {"list": []}},
        "journals": {"list": journals.by_people(books)},
        "drafts": [],
        "balanced": True,
        "dimension_values": [],
    }  # fmt: skip


def status(row: Row) -> str:
    """unposted, posted, paid or voided."""
    if row["TransactionState"] == WORK:
        return "unposted"
    if row["Voided"]:
        return "voided"
    return "posted" if row["TransactionState"] == OPEN and row["CurrentAmount"] else "paid"


def shown(row: Row) -> Row:
    """`net` is without tax, credits negative; `amount` is the document's."""
    lines = row["Distributions"]
    return {
        "id": id_of(row), "number": row["VoucherNumber"], "draft": row["VoucherNumber"],
        "vendor": row["VendorID"], "external": row["DocumentNumber"], "status": status(row),
        "state": row["TransactionState"], "posted": row["TransactionState"] != WORK,
        "voided": row["Voided"], "by_hand": True, "kind": TITLES[row["DocumentType"]],
        "order": row["PONumber"], "net": f"{net(row):.2f}",
        "amount": f"{sign(row) * row['DocumentAmount']:.2f}", "tax": f"{row['TaxAmount']:.2f}",
        "current": f"{row['CurrentAmount']:.2f}", "currency": row["CurrencyID"],
        "date": row["DocumentDate"], "modified": row["ModifiedDate"],
        "lines": [{"account": one["AccountNumber"], "reference": one["Reference"],
                   "kind": one["DistributionType"],
                   "amount": f"{one['DebitAmount'] - one['CreditAmount']:.2f}",
                   **journals.segments(one["AccountNumber"], one["Reference"])}
                  for one in lines],
    }  # fmt: skip
