"""Screens of the web client: a document as it stands, entries, and what a bookkeeper does.

Business Central and NAV lead to a page by number and to a row by a filter:
learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-web-client-urls
"""

from __future__ import annotations

import re
from decimal import Decimal

from .. import screens
from ..messages import Request, Response
from ..routes import route
from .cards import CARD, SETUP, VENDOR, VENDORS, refusal, ways
from .correcting import OTHER
from .documents import KINDS, Kind, lines_of
from .drafts import Drafts, address
from .model import Row
from .steering import BY_HAND
from .store import Books
from .typed import Form, change_draft

FILTER = re.compile(r"'(?P<field>[^']+)' IS '(?P<value>.*)'")
SAVE = "change_draft"
BUTTONS = {
    SAVE: "Save",
    "post_draft": "Post",
    "release_document": "Release",
    "reopen_document": "Reopen",
    "delete_draft": "Delete the draft",
    "cancel_invoice": "Cancel what was posted",
    "start_anew": "Correct: cancel it and begin it anew",
}
CLOSED = ("Canceled", "Corrective")


class Screens(Drafts):
    """Of documents and of ledger entries; without a filter, the list of documents."""

    @route("GET", "/web/{place:.*}")
    @route("POST", "/web/{place:.*}")
    def screen_shown(self, request: Request) -> Response:
        opened, asked = request.one("page"), FILTER.fullmatch(request.one("filter"))
        field, value = (asked["field"], asked["value"]) if asked else ("", "")
        if opened in (VENDORS, CARD):
            return self.vendors_shown(request, value)
        if opened == SETUP:
            return self.setup_shown(request)
        if request.one("mode") == "create":
            return self.new_shown(request, opened)
        if not field:
            return self.listed(request)
        return self.found(request, value) if field == "No." else self.entries(request, field, value)

    def found(self, request: Request, number: str) -> Response:
        stands = self.document_under(number)
        if stands is None:
            return screens.absent(VENDOR)
        if request.method != "POST":
            return self.document(request, *stands, "")
        answer = self.sent(request, *stands)
        if answer.status == 200:
            return screens.back_to(self.afterwards(request, answer, *stands))
        return self.document(request, *stands, refusal(answer))

    def document_under(self, number: str) -> tuple[Kind, Row] | None:
        """By its number, else by that of the draft it was."""
        for name in ("number", "_draft"):
            for kind in KINDS.values():
                for row in self.books.rows(kind.entity):
                    if row.get(name) == number:
                        return kind, row
        return None

    def sent(self, request: Request, kind: Kind, row: Row) -> Response:
        """What a bookkeeper does, as by the controls. What was typed is kept first, as there."""
        done, told = request.form().get("do", ""), {"id": row["id"], "number": row["number"]}
        if done not in offered(kind, row):
            sentence = "This cannot be done with the document as it stands."
            return Response(400, {"error": sentence})

        def work(books: Books, form: Form) -> Row | None:
            if done != "delete_draft" and writable(row):
                change_draft(books, {**told, "form": form})
            return BY_HAND[done](books, told) if done != SAVE else None

        return self.acted(request, {done: work})

    def afterwards(self, request: Request, answer: Response, kind: Kind, row: Row) -> str:
        """The document (begun anew: the draft), or the list where it is there no more."""
        if request.form().get("do") == "start_anew":
            return address(request, answer.body["number"])
        stands = self.books.get(kind.entity, row["id"])
        return address(request, row["number"]) if stands else request.path

    def document(self, request: Request, kind: Kind, row: Row, why: str) -> Response:
        form = request.form() if why else {}
        body = self.draft_form(kind, row, form) if writable(row) else self.lines_shown(kind, row)
        buttons = {name: BUTTONS[name] for name in offered(kind, row)}
        parts = (
            screens.told(why), ways(request), screens.facts(header(kind, row)),
            screens.form(body, **buttons),
        )  # fmt: skip
        title = f"Purchase {kind.title} {row['number']}"
        return screens.page(VENDOR, title, *parts, status=400 if why else 200)

    def lines_shown(self, kind: Kind, row: Row) -> str:
        return screens.table(
            ("Line", "Type", "No.", "Description", "Dimensions", "Amount"),
            [(line["sequence"], line["lineType"], line["lineObjectNumber"],
              line["description"], coded(line), screens.money(line["netAmount"]))
             for line in lines_of(self.books, kind, row)],
            "Amount",
        )  # fmt: skip

    def entries(self, request: Request, field: str, value: str) -> Response:
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
            VENDOR, f"Entries of {value}", ways(request),
            screens.facts({"Total debit": screens.money(debit)}),
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
        shown = screens.table(titles, rows, "Total")
        return screens.page(VENDOR, "Purchase documents", ways(request), shown)


def writable(row: Row) -> bool:
    return not row["_posted"] and row["_approval"] == "Open"


def offered(kind: Kind, row: Row) -> list[str]:
    """What can be done with a document as it stands. What is paid is not taken back."""
    if writable(row):
        return [SAVE, "post_draft", "release_document", "delete_draft"]
    if not row["_posted"]:
        return ["post_draft", "reopen_document"]
    if kind.entity not in OTHER or row["status"] in (*CLOSED, "Paid"):
        return []
    return ["cancel_invoice", *(["start_anew"] if kind.entity == "purchaseInvoice" else [])]


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
