"""What a bookkeeper would see: posted documents, journals, drafts, whether the ledger balances."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from . import purchases
from .documents import KINDS, Kind, lines_of
from .model import Row
from .store import Books

ZERO = Decimal(0)
TYPES = {"purchaseInvoice": "Invoice", "purchaseCreditMemo": "Credit Memo"}


def text(value: Any) -> str:
    return f"{Decimal(value):.2f}"


def view(books: Books) -> dict[str, Any]:
    return {
        "documents": {title: _posted(books, name) for name, title in TYPES.items()},
        "journals": _journals(books),
        "drafts": [_document(books, kind, row) for kind in KINDS.values()
                   for row in books.rows(kind.entity) if not row["_posted"]],
        "vendors": sorted(row["number"] for row in books.rows("vendor")),
        "journal_lines": len(books.rows("journalLine")),
        "failed_jobs": {row["code"]: row["_job_error"] for row in books.rows("journal")
                        if row.get("_job_error")},
        "entries": len(books.rows("generalLedgerEntry")),
        "accounts": _accounts(books),
        "balanced": _balanced(books),
        "dimension_values": sorted(row["code"] for row in books.rows("dimensionValue")),
        "values": _values(books),
        **purchases.purchases(books),
    }  # fmt: skip


def _values(books: Books) -> dict[str, list[str]]:
    """Codes that may stand on a line, by dimension."""
    usable = [
        row
        for row in books.rows("dimensionValue")
        if not row.get("_blocked") and row.get("_type", "Standard") == "Standard"
    ]
    return {
        one["code"]: sorted(row["code"] for row in usable if row["dimensionId"] == one["id"])
        for one in books.rows("dimension")
    }  # fmt: skip


def _posted(books: Books, name: str) -> dict[str, Any]:
    rows = [row for row in books.rows(name) if row["_posted"]]
    whole = sum((Decimal(row["totalAmountIncludingTax"]) for row in rows), ZERO)
    shown = [_document(books, KINDS[name], row) for row in rows]
    return {"count": len(rows), "total": text(whole), "list": shown}


def _document(books: Books, kind: Kind, row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "number": row["number"], "vendorNumber": row["vendorNumber"],
        "vendorInvoiceNumber": row[kind.external], "documentType": kind.type,
        "postingDate": row["postingDate"], "currency": row["currencyCode"],
        "status": row["status"], "by_hand": row["_hand"],
        "total": text(row["totalAmountIncludingTax"]), "tax": text(row["totalTaxAmount"]),
        "dimensions": row["_dims"],
        "lines": [_line(kind, line) for line in lines_of(books, kind, row)],
    }  # fmt: skip


def _line(kind: Kind, line: Row) -> dict[str, Any]:
    return {
        "account": line["lineObjectNumber"], "amount": text(line["netAmount"]),
        "description": line["description"], "type": line["lineType"],
        "sequence": line["sequence"], "dimensions": line["_dims"],
    }  # fmt: skip


def _journals(books: Books) -> dict[str, Any]:
    """Posted journal entries by document number and date; the total is the debit side."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in books.rows("generalLedgerEntry"):
        if row["_document"] == "journal":
            groups[row["documentNumber"], row["postingDate"]].append(row)
    shown = [_journal(number, day, rows) for (number, day), rows in groups.items()]
    whole = sum((Decimal(entry["total"]) for entry in shown), ZERO)
    return {"count": len(shown), "total": text(whole), "list": shown}


def _journal(number: str, day: str, rows: list[Row]) -> dict[str, Any]:
    debit = sum((Decimal(row["debitAmount"]) for row in rows), ZERO)
    return {
        "documentNumber": number, "postingDate": day, "total": text(debit),
        "by_hand": any(row.get("_hand") for row in rows),
        "lines": [{"account": row["accountNumber"], "amount": text(_amount(row)),
                   "description": row["description"], "dimensions": row["_dims"]}
                  for row in rows],
    }  # fmt: skip


def _amount(row: Row) -> Decimal:
    return Decimal(row["debitAmount"]) - Decimal(row["creditAmount"])


def _accounts(books: Books) -> dict[str, str]:
    return {row["number"]: text(row["netChange"]) for row in books.rows("account")
            if Decimal(row["netChange"])}  # fmt: skip


def _balanced(books: Books) -> bool:
    """Every document number on every date comes to zero."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for row in books.rows("generalLedgerEntry"):
        sums[row["documentNumber"], row["postingDate"]] += _amount(row)
    return not any(sums.values())
