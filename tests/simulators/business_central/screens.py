"""Screens of the web client: a document as it stands, entries, and what a bookkeeper does.

Business Central and NAV lead to a page by number and to a row by a filter:
learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-web-client-urls
"""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from urllib.parse import urlencode

from .. import screens
from ..messages import Request, Response, dumps
from ..routes import route
from .correcting import OTHER
from .documents import KINDS, Kind, lines_of
from .model import Row
from .steering import BY_HAND, Steering

VENDOR = "Business Central and Dynamics NAV"
FILTER = re.compile(r"'(?P<field>[^']+)' IS '(?P<value>.*)'")
BUTTONS = {
    "post_draft": "Post",
    "delete_draft": "Delete the draft",
    "cancel_invoice": "Cancel what was posted",
}
CLOSED = ("Canceled", "Corrective")


class Screens(Steering):
    """Of documents and of ledger entries; without a filter, the list of documents."""

    @route("GET", "/web/{place:.*}")
    @route("POST", "/web/{place:.*}")
    def screen_shown(self, request: Request) -> Response:
        asked = FILTER.fullmatch(request.one("filter"))
        if asked is None:
            return self.listed(request)
        field, value = asked["field"], asked["value"]
        if field != "No.":
            return self.entries(field, value)
        found = self.document_under(value)
        if found is None:
            return screens.absent(VENDOR)
        why = self.sent(request, *found) if request.method == "POST" else ""
        if request.method == "POST" and not why:
            return screens.back_to(self.afterwards(request, *found))
        return self.document(request, *found, why)

    def document_under(self, number: str) -> tuple[Kind, Row] | None:
        """By its number, else by that of the draft it was."""
        for name in ("number", "_draft"):
            for kind in KINDS.values():
                for row in self.books.rows(kind.entity):
                    if row.get(name) == number:
                        return kind, row
        return None

    def sent(self, request: Request, kind: Kind, row: Row) -> str:
        """What a bookkeeper does, as by the controls. Why it is refused, or nothing."""
        done = request.form().get("do", "")
        if done not in offered(kind, row):
            return "This cannot be done with the document as it stands."
        told = dataclasses.replace(request, body=dumps({"id": row["id"]}).encode())
        answer = self.steer(BY_HAND[done], told)
        return "" if answer.status == 200 else str(answer.body["error"])

    def afterwards(self, request: Request, kind: Kind, row: Row) -> str:
        """The document, or the list where it is there no more."""
        stands = self.books.get(kind.entity, row["id"])
        return address(request, row["number"]) if stands else request.path

    def document(self, request: Request, kind: Kind, row: Row, why: str) -> Response:
        parts = (
            screens.told(why),
            screens.ways([(request.path, "All purchase documents")]),
            screens.facts(header(kind, row)),
            screens.table(
                ("Line", "Type", "No.", "Description", "Dimensions", "Amount"),
                [(line["sequence"], line["lineType"], line["lineObjectNumber"],
                  line["description"], coded(line), screens.money(line["netAmount"]))
                 for line in lines_of(self.books, kind, row)],
                "Amount",
            ),
            screens.form(**{name: BUTTONS[name] for name in offered(kind, row)}),
        )  # fmt: skip
        title = f"Purchase {kind.title} {row['number']}"
        return screens.page(VENDOR, title, *parts, status=400 if why else 200)

    def entries(self, field: str, value: str) -> Response:
        """Posted under a document number; before that, the lines of journals."""
        names = {"Document No.": "documentNumber", "Journal Batch Name": "journalDisplayName"}
        rows = [*self.books.rows("generalLedgerEntry"), *self.books.rows("journalLine")]
        there = [row for row in rows if row.get(names.get(field, "")) == value]
        if not there:
            return screens.absent(VENDOR)
        shown = [(row["postingDate"], row["documentNumber"], row["accountNumber"],
                  row["description"], coded(row), screens.money(amount(row)),
                  "Posted" if "debitAmount" in row else "In the journal")
                 for row in there]  # fmt: skip
        debit = sum((max(amount(row), Decimal(0)) for row in there), Decimal(0))
        titles = ("Date", "Document", "Account", "Description", "Dimensions", "Amount", "State")
        return screens.page(
            VENDOR, f"Entries of {value}", screens.facts({"Total debit": screens.money(debit)}),
            screens.table(titles, shown, "Amount"),
        )  # fmt: skip

    def listed(self, request: Request) -> Response:
        rows = [
            (screens.link(address(request, row["number"]), row["number"]), kind.type,
             row["vendorName"], row[kind.external], state(row),
             screens.money(row["totalAmountIncludingTax"]))
            for kind in KINDS.values()
            for row in self.books.rows(kind.entity)
        ]  # fmt: skip
        titles = ("No.", "Type", "Vendor", "Vendor's number", "State", "Total")
        return screens.page(VENDOR, "Purchase documents", screens.table(titles, rows, "Total"))


def address(request: Request, number: str) -> str:
    chosen = urlencode({"filter": f"'No.' IS '{number}'"})
    return f"{request.path}?{chosen}"


def offered(kind: Kind, row: Row) -> list[str]:
    """What can be done with a document as it stands."""
    if not row["_posted"]:
        return ["post_draft", "delete_draft"]
    return ["cancel_invoice"] if kind.entity in OTHER and row["status"] not in CLOSED else []


def state(row: Row) -> str:
    if row["_posted"]:
        return {"Canceled": "Posted, cancelled", "Corrective": "Posted, a correction"}.get(
            row["status"], f"Posted, {row['status'].lower()}"
        )
    return f"Draft, {row['_approval'].lower()}"


def header(kind: Kind, row: Row) -> dict[str, object]:
    return {
        "State": state(row), "Vendor": f"{row['vendorNumber']} {row['vendorName']}",
        "Vendor's number": row[kind.external], "Document date": row[kind.day],
        "Posting date": row["postingDate"], "Due date": row.get("dueDate"),
        "Order": row.get("orderNumber"), "Draft was": row.get("_draft"),
        "Dimensions": coded(row), "Currency": row["currencyCode"],
        "Tax": screens.money(row["totalTaxAmount"]),
        "Total": screens.money(row["totalAmountIncludingTax"]),
    }  # fmt: skip


def coded(row: Row) -> str:
    return ", ".join(f"{code} {value}" for code, value in row["_dims"].items())


def amount(row: Row) -> Decimal:
    """Above zero for debit, of an entry or of a journal line."""
    if "debitAmount" in row:
        return Decimal(row["debitAmount"]) - Decimal(row["creditAmount"])
    return Decimal(row["amount"])
