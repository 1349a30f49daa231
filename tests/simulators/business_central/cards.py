"""Screens of what documents rest on: vendor cards, and the days on which may be posted."""

from __future__ import annotations

import dataclasses
from typing import Any

from .. import screens
from ..messages import Request, Response, dumps
from . import documents, steering, vendors, wire
from .model import ENTITIES, Row
from .steering import Run, Steering, need
from .store import Books
from .typed import taken

VENDOR = "Business Central and Dynamics NAV"
VENDORS, CARD, SETUP = "27", "26", "118"
BLOCKED = {" ": "(not blocked)", "Payment": "Payment", "All": "All"}
DAYS = {"allowPostingFrom": "Allow posting from", "allowPostingTo": "Allow posting to"}


class Cards(Steering):
    """The vendor list (page 27) and card (26), and General Ledger Setup (118)."""

    def acted(self, request: Request, acts: dict[str, Run]) -> Response:
        """What the button of a form does; 400 where it is refused."""
        form = request.form()
        run = acts.get(form.get("do", ""))
        if run is None:
            return Response(400, {"error": "This cannot be done here."})
        return self.steer(run, dataclasses.replace(request, body=dumps(form).encode()))

    def vendors_shown(self, request: Request, number: str) -> Response:
        """The card of that number, or the list."""
        answer = self.acted(request, VENDOR_ACTS) if request.method == "POST" else Response()
        if request.method == "POST" and answer.status == 200:
            return screens.back_to(card(request, answer.body["number"]))
        why = refusal(answer)
        row = self.books.find("vendor", number=number) if number else None
        if number and row is None:
            return screens.absent(VENDOR)
        return self.card_shown(request, row, why) if row else self.list_shown(request, why)

    def list_shown(self, request: Request, why: str) -> Response:
        rows = sorted(self.books.rows("vendor"), key=lambda row: str(row["number"]))
        held = [
            (linked(request, row), row["displayName"], row["blocked"],
             screens.form(screens.hidden("number", row["number"]), screens.hidden("blocked", " "),
                          block="Unblock"))
            for row in rows if row["blocked"] != " "
        ]  # fmt: skip
        name = screens.labelled("Name", screens.entry("name", "", "Name"))
        parts = (
            screens.told(why), ways(request), screens.heading("Blocked vendors"),
            screens.table(("No.", "Name", "Blocked", "To do"), held),
            screens.heading("A new vendor"), screens.form(screens.fields(name), add="Add"),
            screens.heading("All vendors"),
            screens.table(("No.", "Name", "Blocked"), [
                (linked(request, row), row["displayName"], BLOCKED[row["blocked"]]) for row in rows
            ]),
        )  # fmt: skip
        return screens.page(VENDOR, "Vendors", *parts, status=400 if why else 200)

    def card_shown(self, request: Request, row: Row, why: str) -> Response:
        number = str(row["number"])
        facts = {"Name": row["displayName"], "City": row["city"], "Currency": row["currencyCode"],
                 "Blocked": BLOCKED[row["blocked"]]}  # fmt: skip
        choice = screens.select("blocked", row["blocked"], "Blocked", BLOCKED.items())
        parts = (
            screens.told(why), ways(request), screens.facts(facts),
            screens.form(screens.hidden("number", number),
                         screens.fields(screens.labelled("Blocked", choice)), block="Save"),
        )  # fmt: skip
        return screens.page(VENDOR, f"Vendor {number}", *parts, status=400 if why else 200)

    def setup_shown(self, request: Request) -> Response:
        """The days between which may be posted, as the chief accountant sets them."""
        answer = self.acted(request, {"days": days}) if request.method == "POST" else Response()
        if request.method == "POST" and answer.status == 200:
            return screens.back_to(page_address(request, SETUP))
        why = refusal(answer)
        controls = [
            screens.labelled(label, screens.entry(name, self.books.setup[name], label, "date"))
            for name, label in DAYS.items()
        ]
        parts = (screens.told(why), ways(request), screens.form(screens.fields(*controls),
                                                                days="Save"))  # fmt: skip
        title = "General ledger setup"
        return screens.page(VENDOR, title, *parts, status=400 if why else 200)


# -- what the buttons do ------------------------------------------------------------------


def block(books: Books, data: dict[str, Any]) -> Row:
    """Body: number, blocked: one of the field's options."""
    how = wire.take(ENTITIES["vendor"].fields["blocked"], str(data.get("blocked", "")))
    steering.block_vendor(books, {"number": data.get("number"), "blocked": how})
    return {"number": data["number"]}


def add(books: Books, data: dict[str, Any]) -> Row:
    """Body: name. The number comes from the series."""
    name = taken("vendor", "displayName", data.get("name", ""))
    need({"name": name} if name else None, "name: a vendor needs one")
    return {"number": vendors.create(books, {"displayName": name})["number"]}


def days(books: Books, data: dict[str, Any]) -> None:
    """Body: the first and the last day that are open. Raises Refused for what is no day."""
    found = {name: taken("generalLedgerSetup", name, data.get(name, "")) for name in DAYS}
    steering.close_period(books, dict(zip(("from", "to"), found.values(), strict=True)))


VENDOR_ACTS: dict[str, Run] = {"block": block, "add": add}


# -- parts of pages -----------------------------------------------------------------------


def refusal(answer: Response) -> str:
    return str(answer.body["error"]) if answer.status != 200 else ""


def page_address(request: Request, page: str, more: str = "") -> str:
    return f"{request.path}?page={page}{more}"


def card(request: Request, number: str) -> str:
    chosen = screens.quoted(f"'No.' IS '{number}'")
    return page_address(request, CARD, f"&filter={chosen}")


def linked(request: Request, row: Row) -> str:
    return screens.link(card(request, row["number"]), row["number"])


def ways(request: Request) -> str:
    """To all other screens."""
    return screens.ways([
        (request.path, "Purchase documents"),
        *((page_address(request, page, "&mode=create"), f"New {documents.KINDS[kind].title}")
          for kind, page in NEW.items()),
        (page_address(request, VENDORS), "Vendors"),
        (page_address(request, SETUP), "General ledger setup"),
    ])  # fmt: skip


NEW = {"purchaseInvoice": "51", "purchaseCreditMemo": "52", "purchaseOrder": "50"}
