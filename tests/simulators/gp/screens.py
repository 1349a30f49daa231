"""Screens of GP's windows: payables transactions, the card of a vendor, a transaction's entry.

GP has no pages in the web that an address leads to: these stand under /web/ of the stand-in.
"""

from __future__ import annotations

from typing import Any

from .. import screens
from ..messages import Request, Response
from ..routes import route
from . import hands
from .books import CREDIT, INVOICE, OPEN, PAY, PURCH, TAXES, TITLES, WORK, Books, Row, id_of, sign
from .control import GpControl
from .hands import Run

VENDOR = "Dynamics GP"
BLANK = ("new1", "new2", "new3", "new4")
CELLS = {"account": "Account", "reference": "Distribution reference", "amount": "Amount"}
WAYS = {"": "Payables transactions", "new": "New transaction", "vendors": "Vendors"}
BUTTONS = {"save": "Save", "post": "Post", "unhold": "Take off hold", "delete": "Delete",
           "void": "Void"}  # fmt: skip
STATUSES = {"1": "Active", "2": "Inactive", "3": "Temporary"}
WHY = {  # what GP's windows say where the services have a code
    "REQUIRED": "A document number is needed.", "UNKNOWN_VENDOR": "There is no such vendor.",
    "VENDOR_INACTIVE": "This vendor is inactive.",
    "DOCUMENT_EXISTS": "This document number has been used for this vendor already.",
    "UNBALANCED": "The distributions do not come to the document’s amount.",
    "BAD_VALUE": "A document is not below zero: type a credit memo.",
    "UNKNOWN_ACCOUNT": "There is no such account.", "ACCOUNT_INACTIVE": "The account is inactive.",
    "PERIOD_CLOSED": "The fiscal period of the date is closed.", "TOO_LONG": "A text is too long.",
}  # fmt: skip


class Screens(GpControl):
    """Of the main company."""

    @route("GET", "/web/{place:.*}")
    @route("POST", "/web/{place:.*}")
    def screen_shown(self, request: Request) -> Response:
        pages = {"": self.list_shown, "new": self.new_shown, "vendors": self.vendors_shown,
                 "transaction": self.transaction_shown}  # fmt: skip
        found = pages.get(request.params["place"].rstrip("/"))
        return found(request) if found else screens.absent(VENDOR)

    def list_shown(self, request: Request) -> Response:
        """Newest first."""
        rows = [
            (screens.link(address(row), row["VoucherNumber"]), TITLES[row["DocumentType"]],
             f"{row['VendorID']} {row['VendorName']}", row["DocumentNumber"],
             row["DocumentDate"], state(row), screens.money(sign(row) * row["DocumentAmount"]))
            for row in reversed(self.books().payables())
        ]  # fmt: skip
        titles = ("Voucher", "Type", "Vendor", "Document", "Date", "State", "Amount")
        shown = screens.table(titles, rows, "Amount")
        return screens.page(VENDOR, WAYS[""], screens.ways(ways()), shown)

    # A transaction.

    def new_shown(self, request: Request) -> Response:
        form = request.form() if request.method == "POST" else {}
        answer = self.steer(type_transaction, dict(form)) if form else Response()
        if form and answer.status == 200:
            return screens.back_to(f"/web/transaction?id={screens.quoted(answer.body['id'])}")
        kinds = [(str(one), TITLES[one]) for one in (INVOICE, CREDIT)]
        vendors = [(row["VendorID"], row["VendorName"]) for row in sorted_vendors(self.books())]
        typed = {"date": self.books().today.isoformat(), **form}
        parts = (
            screens.offers("vendors", vendors),
            screens.form(screens.fields(
                screens.labelled("Type", screens.select("kind", form.get("kind", "1"), "Type",
                                                        kinds)),
                field("vendor", "Vendor ID", typed, offers="vendors"),
                field("number", "Document number", typed),
                field("date", "Document date", typed, "date"),
                field("order", "PO number", typed),
            ), self.distributions([], typed), type="Save"),
        )  # fmt: skip
        return self.shown(WAYS["new"], answer, *parts)

    def transaction_shown(self, request: Request) -> Response:
        row = self.books().table("payables").get(request.one("id"))
        if row is None:
            return screens.absent(VENDOR)
        form = request.form() if request.method == "POST" else {}
        done = form.get("do", "")
        answer = self.sent(row, done, form) if form else Response()
        if form and answer.status == 200:
            return screens.back_to("/web/" if done == "delete" else address(row))
        row = self.books().table("payables")[id_of(row)]  # put back as it was
        lines = self.distributions(lines_of(row), form) if writable(row) else plain_lines(row)
        heads = [field("number", "Document number", {"number": row["DocumentNumber"], **form})]
        heads += [field("date", "Document date", {"date": row["DocumentDate"], **form}, "date")]
        head = screens.fields(*heads) if writable(row) else ""
        buttons = {name: BUTTONS[name] for name in offered(row)}
        parts = (screens.facts(header(row)), screens.form(head, lines, **buttons))
        return self.shown(f"{TITLES[row['DocumentType']]} {row['VoucherNumber']}", answer, *parts)

    def sent(self, row: Row, done: str, form: dict[str, str]) -> Response:
        """What a person does. What was typed is kept first, as there."""
        if done not in offered(row):
            sentence = "This cannot be done with the transaction as it stands."
            return Response(400, {"error": sentence})
        key = {"id": id_of(row)}

        def work(books: Books, data: Row) -> Row | None:
            if writable(row) and done != "delete" and data.get("number") is not None:
                change_transaction(books, {**data, **key})
            return ACTS[done](books, key) if done in ACTS else None

        return self.steer(work, dict(form))

    def distributions(self, there: list[Row], form: dict[str, str]) -> str:
        """Purchases: those that are there, and some to type anew. What is owed follows."""
        accounts = sorted((row["AccountNumber"], row["Description"])
                          for row in self.books().table("accounts").values()
                          if row["Active"] and row["AccountType"] == 1)  # fmt: skip
        stands = {f"{name}-{line['key']}": line[name] for line in there for name in CELLS}
        form = {**stands, **form}
        rows = [
            tuple(screens.entry(f"{name}-{key}", form.get(f"{name}-{key}", ""), label,
                                offers="accounts" if name == "account" else "")
                  for name, label in CELLS.items())
            for key in (*(line["key"] for line in there), *BLANK)
        ]  # fmt: skip
        return screens.joined((
            screens.heading("Purchases"), screens.offers("accounts", accounts),
            screens.table(tuple(CELLS.values()), rows, "Amount"),
        ))  # fmt: skip

    # Vendors.

    def vendors_shown(self, request: Request) -> Response:
        form = request.form() if request.method == "POST" else {}
        answer = self.steer(card, dict(form)) if form else Response()
        if form and answer.status == 200:
            return screens.back_to("/web/vendors")
        rows = sorted_vendors(self.books())
        held = [row for row in rows if row["Hold"] or row["VendorStatus"] == 2]
        return self.shown(
            WAYS["vendors"], answer,
            screens.heading("On hold or inactive"), vendor_table(held),
            screens.heading("All others"),
            vendor_table([row for row in rows if row not in held]),
        )  # fmt: skip

    def shown(self, title: str, answer: Response, *parts: str) -> Response:
        """With why a form was not taken."""
        why = said(str(answer.body["error"])) if answer.status != 200 else ""
        way = screens.ways(ways())
        return screens.page(VENDOR, title, screens.told(why), way, *parts,
                            status=400 if why else 200)  # fmt: skip


# -- what the buttons do ------------------------------------------------------------------

ACTS: dict[str, Run] = {"post": hands.post_invoice, "delete": hands.delete_invoice,
                        "void": hands.void_invoice,
                        "unhold": lambda books, data: hands.change_invoice(
                            books, {**data, "hold": False})}  # fmt: skip


def type_transaction(books: Books, data: dict[str, Any]) -> Row:
    """Body: the form. It is saved, and not posted."""
    facts = {name: data.get(name, "").strip() for name in ("vendor", "number", "order")}
    kind = INVOICE if data.get("kind") != str(CREDIT) else CREDIT
    given = {"kind": kind, "date": screens.day(data.get("date", "")), **facts}
    return hands.type_invoice(books, {**given, "lines": lines_typed(data, list(BLANK))})


def change_transaction(books: Books, data: dict[str, Any]) -> None:
    """Body: id and the form. An emptied line is none any more."""
    row = hands.in_work(books, {"id": data["id"]})
    keys = [line["key"] for line in lines_of(row)]
    lines = lines_typed(data, [*keys, *BLANK])
    stands = [{name: line[name] for name in CELLS} for line in lines_of(row)]
    moved = {} if lines == stands else {"lines": lines}
    day, number = screens.day(data["date"]), data["number"].strip()
    if moved or (day, number) != (row["DocumentDate"], row["DocumentNumber"]):
        facts = {"id": data["id"], "to": number, "date": day, "posting_date": day}
        hands.change_invoice(books, {**facts, **moved})


def lines_typed(data: dict[str, str], keys: list[str]) -> list[Row]:
    return [{**cells, "amount": f"{screens.figure(cells['amount']):.2f}"}
            for cells in screens.typed_lines(data, tuple(CELLS), keys)]  # fmt: skip


def card(books: Books, data: dict[str, Any]) -> Row:
    """Body: vendor, and do: hold, release, inactivate or activate."""
    changes: dict[str, Row] = {"hold": {"Hold": True}, "release": {"Hold": False},
                               "inactivate": {"VendorStatus": 2},
                               "activate": {"VendorStatus": 1}}  # fmt: skip
    changed = changes[str(data.get("do", ""))]
    return hands.change_vendor(books, {"VendorID": data.get("vendor", ""), **changed})


# -- parts of pages -----------------------------------------------------------------------


def ways() -> list[tuple[str, str]]:
    return [(f"/web/{place}", title) for place, title in WAYS.items()]


def address(row: Row) -> str:
    return f"/web/transaction?id={screens.quoted(id_of(row))}"


def said(text: str) -> str:
    code, _, facts = text.partition(":")
    return f"{WHY[code]} {facts.strip()}".strip() if code in WHY else text


def state(row: Row) -> str:
    posted = {WORK: "Unposted", OPEN: "Posted, open"}.get(row["TransactionState"], "History")
    return ", ".join([posted, *(["voided"] if row["Voided"] else []),
                      *(["on hold"] if row["Hold"] else [])])  # fmt: skip


def writable(row: Row) -> bool:
    """Unposted, and made of nothing but purchases, tax, and what is owed."""
    kinds = {one["DistributionType"] for one in row["Distributions"]}
    return row["TransactionState"] == WORK and kinds <= {PURCH, PAY, TAXES}


def offered(row: Row) -> list[str]:
    """What is posted is not changed; it is voided while nothing was paid on it."""
    if row["TransactionState"] == WORK:
        held = ["unhold"] if row["Hold"] else []
        return [*(["save"] if writable(row) else []), "post", *held, "delete"]
    untouched = row["CurrentAmount"] == row["DocumentAmount"] and not row["Voided"]
    return ["void"] if row["TransactionState"] == OPEN and untouched else []


def lines_of(row: Row) -> list[Row]:
    return [
        {"key": str(one["Sequence"]), "account": one["AccountNumber"],
         "reference": one["Reference"], "amount": f"{amount(row, one):.2f}"}
        for one in row["Distributions"] if one["DistributionType"] == PURCH
    ]  # fmt: skip


def amount(row: Row, line: Row) -> Any:
    return sign(row) * (line["DebitAmount"] - line["CreditAmount"])


def plain_lines(row: Row) -> str:
    titles = ("Account", "Distribution reference", "Debit", "Credit")
    return screens.table(titles, [
        (one["AccountNumber"], one["Reference"], screens.money(one["DebitAmount"]),
         screens.money(one["CreditAmount"])) for one in row["Distributions"]
    ], "Debit, Credit")  # fmt: skip


def header(row: Row) -> Row:
    return {
        "State": state(row), "Vendor": f"{row['VendorID']} {row['VendorName']}",
        "Document": row["DocumentNumber"], "Date": row["DocumentDate"],
        "PO number": row["PONumber"], "Currency": row["CurrencyID"],
        "Tax": screens.money(row["TaxAmount"]), "Amount": screens.money(row["DocumentAmount"]),
    }  # fmt: skip


def sorted_vendors(books: Books) -> list[Row]:
    return sorted(books.table("vendors").values(), key=lambda row: str(row["VendorID"]))


def vendor_table(rows: list[Row]) -> str:
    titles = ("Vendor ID", "Name", "Status", "Hold", "To do")
    return screens.table(titles, [
        (row["VendorID"], row["VendorName"], STATUSES[str(row["VendorStatus"])],
         "On hold" if row["Hold"] else "",
         screens.form(screens.hidden("vendor", row["VendorID"]), **{
             **({"release": "Release"} if row["Hold"] else {"hold": "Hold"}),
             **({"activate": "Activate"} if row["VendorStatus"] == 2
                else {"inactivate": "Inactivate"}),
         })) for row in rows
    ])  # fmt: skip


def field(name: str, label: str, form: Row, type: str = "text", offers: str = "") -> str:
    return screens.labelled(label, screens.entry(name, form.get(name, ""), label, type, offers))
