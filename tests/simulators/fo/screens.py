"""The screen at which a link to a company ends: its invoices, orders and journals."""

from __future__ import annotations

import dataclasses

from .. import screens
from ..messages import Request, Response, dumps
from ..routes import route
from . import cards, ledger_view
from .cards import VENDOR, address, ways
from .control import FoControl
from .hands import BY_HAND
from .model import Row
from .site import COMPANY

INVOICES = ("post_invoice", "delete_invoice")
JOURNALS = ("post_journal", "delete_journal")
WORDS = {"post": "Post", "delete": "Delete"}


class Screens(FoControl):
    """A company is chosen in the address: /?cmp=USMF, and a menu item: &mi=VendTableListPage."""

    front = "/"

    def is_screen(self, path: str) -> bool:
        return path == "/"

    @route("GET", "/")
    @route("POST", "/")
    def company_shown(self, request: Request) -> Response:
        company, opened = request.one("cmp", COMPANY).casefold(), request.one("mi")
        sent = request.method == "POST"
        answer = self.sent(request, company, opened) if sent else Response()
        if sent and answer.status == 200:
            return screens.back_to(address(company, "" if opened == cards.TYPED else opened))
        if opened:
            return cards.shown(self.books, opened, company, request, answer)
        return self.company_page(company, str(answer.body["error"]) if sent else "")

    def sent(self, request: Request, company: str, opened: str) -> Response:
        """What a person does, as by the controls."""
        form = request.form()
        done, key = form.get("do", ""), form.get("key", "")
        acts = BY_HAND if done in (*INVOICES, *JOURNALS) and not opened else cards.ACTS.get(opened)
        run = acts.get(done) if acts else None
        if run is None:
            return Response(400, {"error": "This cannot be done here."})
        named = {"reference" if done in INVOICES else "number": key} if not opened else {}
        body = {**form, **named, "company": company}
        return self.steer(run, dataclasses.replace(request, body=dumps(body).encode()))

    def company_page(self, company: str, why: str) -> Response:
        seen = ledger_view.view(self.books)
        posted = [row for kind in seen["documents"].values() for row in kind["list"]]
        ours = {
            name: [row for row in rows if row["company"].casefold() == company]
            for name, rows in (
                ("Posted", posted), ("Pending", seen["drafts"]),
                ("Orders", seen["purchase_orders"]), ("Journals", seen["journal_headers"]),
            )
        }  # fmt: skip
        parts = (
            screens.told(why), ways(company),
            screens.heading("Pending vendor invoices"), invoices(ours["Pending"]),
            screens.heading("Posted vendor invoices"), invoices(ours["Posted"]),
            screens.heading("Purchase orders"), orders(ours["Orders"]),
            screens.heading("Journals"), journals(ours["Journals"]),
            screens.heading("Posted vouchers of journals"), vouchers(seen["journals"]["list"]),
        )  # fmt: skip
        title = f"Company {company.upper()}"
        return screens.page(VENDOR, title, *parts, status=400 if why else 200)


def invoices(rows: list[Row]) -> str:
    """Newest first; one that is pending can be posted or deleted."""
    titles = ("Invoice", "Vendor", "Date", "Voucher", "State", "Lines", "Total", "To do")
    return screens.table(titles, [
        (row["invoice_number"], row["vendor"], row["posting_date"], row["voucher"],
         row["status"] + (", a credit" if row["credit"] else ""), lines(row),
         screens.money(row["total"]), "" if row["posted"] else buttons(INVOICES, row["number"]))
        for row in reversed(rows)
    ], "Total")  # fmt: skip


def orders(rows: list[Row]) -> str:
    titles = ("Order", "Reference", "Vendor", "State", "Lines", "Total")
    return screens.table(titles, [
        (row["number"], row["reference"], row["vendor"], f"{row['status']}, {row['approval']}",
         lines(row), screens.money(row["total"]))
        for row in reversed(rows)
    ], "Total")  # fmt: skip


def journals(rows: list[Row]) -> str:
    titles = ("Journal", "Name", "Description", "State", "Lines", "Debit", "To do")
    return screens.table(titles, [
        (row["number"], row["name"], row["description"], "Posted" if row["posted"] else "Open",
         lines(row), screens.money(row["debit"]),
         "" if row["posted"] else buttons(JOURNALS, row["number"]))
        for row in reversed(rows)
    ], "Debit")  # fmt: skip


def vouchers(rows: list[Row]) -> str:
    titles = ("Voucher", "Date", "Lines", "Total")
    return screens.table(titles, [
        (row["voucher"], row["day"], lines(row), screens.money(row["total"]))
        for row in reversed(rows)
    ], "Total")  # fmt: skip


def lines(row: Row) -> str:
    """Folded, so that a company's documents are seen at a glance."""
    count = len(row["lines"])
    return screens.folded(f"{count} line{'s' if count != 1 else ''}", [
        f"{screens.money(one['amount'])} {one.get('posts_to') or one['account']} "
        f"{one.get('dimensions', '')} {one.get('description', one.get('text', ''))}"
        for one in row["lines"]
    ])  # fmt: skip


def buttons(acts: tuple[str, ...], key: str) -> str:
    named = {name: WORDS[name.partition("_")[0]] for name in acts}
    return screens.form(screens.hidden("key", key), **named)
