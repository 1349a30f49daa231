"""Screens of what a person types and sets up: a vendor invoice, holds of vendors, open days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import screens
from ..messages import Request, Response
from . import hands, setting_up, wire
from .model import ENTITIES, ENUMS, Row
from .setting_up import Data
from .store import Books

VENDOR = "Dynamics 365 Finance & Operations"
VENDORS, TYPED, PERIODS = "VendTableListPage", "VendEditInvoice", "LedgerFiscalCalendarPeriod"
PAGES = {"": "Invoices, orders and journals", TYPED: "New vendor invoice", VENDORS: "Vendors",
         PERIODS: "Ledger calendar"}  # fmt: skip
HOLDS = ENUMS["CustVendorBlocked"]
BLANK = ("new1", "new2", "new3", "new4")
DIMS = {"department": "Department", "project": "Project", "code": "CostCode", "type": "CostType"}
CELLS = {"account": "Main account", "text": "Description", **DIMS, "amount": "Amount"}


def address(company: str, opened: str = "") -> str:
    return f"/?cmp={company.upper()}" + (f"&mi={opened}" if opened else "")


def ways(company: str) -> str:
    return screens.ways([(address(company, page), title) for page, title in PAGES.items()])


def shown(books: Books, opened: str, company: str, request: Request, refused: Response) -> Response:
    """The page of a menu item, with why its form was not taken."""
    pages = {VENDORS: vendors, TYPED: typed, PERIODS: periods}
    if opened not in pages:
        return screens.absent(VENDOR)
    why = str(refused.body["error"]) if refused.status != 200 else ""
    form = request.form() if request.method == "POST" else {}
    parts = (screens.told(why), ways(company), *pages[opened](books, company, form))
    title = f"{PAGES[opened]} of company {company.upper()}"
    return screens.page(VENDOR, title, *parts, status=400 if why else 200)


# -- vendors ------------------------------------------------------------------------------


def vendors(books: Books, company: str, form: screens.Cells) -> tuple[str, ...]:
    rows = sorted(books.rows("VendorsV3", dataAreaId=company),
                  key=lambda row: str(row["VendorAccountNumber"]))  # fmt: skip
    held = [
        (row["VendorAccountNumber"], row["VendorOrganizationName"], row["OnHoldStatus"],
         screens.form(screens.hidden("vendor", row["VendorAccountNumber"]),
                      screens.hidden("hold", "No"), hold="Release"))
        for row in rows if row["OnHoldStatus"] != "No"
    ]  # fmt: skip
    named = [(row["VendorAccountNumber"], row["VendorOrganizationName"]) for row in rows]
    choice = screens.select("hold", form.get("hold", "All"), "On hold",
                            [(one, one) for one in HOLDS])  # fmt: skip
    return (
        screens.heading("Vendors on hold"),
        screens.table(("Account", "Name", "On hold", "To do"), held),
        screens.heading("Put on hold, or release"), screens.offers("vendors", named),
        screens.form(screens.fields(field("vendor", "Vendor account", form, offers="vendors"),
                                    screens.labelled("On hold", choice)), hold="Save"),
        screens.heading("All vendors"),
        screens.table(("Account", "Name", "On hold"), [
            (*one, row["OnHoldStatus"]) for one, row in zip(named, rows, strict=True)
        ]),
    )  # fmt: skip


def hold(books: Books, data: Data) -> None:
    """Body: company, vendor, hold: one of the field's options."""
    column = ENTITIES["VendorsV3"].fields["OnHoldStatus"]
    how = wire.take(column, str(data.get("hold", "")), 0)
    number = str(data.get("vendor", "")).strip().upper()
    setting_up.hold_vendor(books, {**data, "vendor": number, "hold": how})


# -- a vendor invoice ---------------------------------------------------------------------


def typed(books: Books, company: str, form: screens.Cells) -> tuple[str, ...]:
    """Above zero for an invoice, below for a credit. It is pending until it is posted."""
    lists = {"vendors": [(row["VendorAccountNumber"], row["VendorOrganizationName"])
                         for row in books.rows("VendorsV3", dataAreaId=company)],
             "accounts": [(row["MainAccountId"], row["Name"])
                          for row in books.rows("MainAccounts")]}  # fmt: skip
    lists |= {
        f"of-{key}": [
            (row["DimensionValue"], row["Description"])
            for row in books.rows("FinancialDimensionValues", FinancialDimension=name)
        ]
        for key, name in DIMS.items()
    }
    offered = {"account": "accounts", **{key: f"of-{key}" for key in DIMS}}
    rows = [
        tuple(screens.entry(f"{name}-{key}", form.get(f"{name}-{key}", ""), label,
                            offers=offered.get(name, "")) for name, label in CELLS.items())
        for key in BLANK
    ]  # fmt: skip
    today = {"date": books.clock().date().isoformat(), **form}
    currencies = [str(row["CurrencyCode"]) for row in books.rows("Currencies")]
    head = screens.fields(
        field("vendor", "Invoice account", form, offers="vendors"),
        field("number", "Invoice number", form), field("date", "Invoice date", today, "date"),
        screens.labelled("Currency", screens.select(
            "currency", form.get("currency", ""), "Currency",
            [("", "(the vendor’s)"), *zip(currencies, currencies, strict=True)])),
    )  # fmt: skip
    return (
        *(screens.offers(name, sorted(values)) for name, values in lists.items()),
        screens.form(head, screens.table(tuple(CELLS.values()), rows, "Amount"),
                     type_invoice="Save as pending"),
    )  # fmt: skip


def type_invoice(books: Books, data: Data) -> Data:
    """Body: company and the form. Raises ValueError for what cannot be an amount."""
    lines: list[Row] = [
        {**cells, "amount": str(screens.figure(cells["amount"]))}
        for cells in screens.typed_lines(data, tuple(CELLS), BLANK)
    ]
    if not lines:
        raise ValueError("An invoice needs a line.")
    head = {name: str(data.get(name, "")).strip() for name in ("vendor", "number", "date")}
    given: dict[str, Any] = {"company": data["company"], **head, "vendor": head["vendor"].upper()}
    if data.get("currency"):
        given["currency"] = data["currency"]
    return hands.type_invoice(books, {**given, "lines": lines})


# -- the days that are open ---------------------------------------------------------------


def periods(books: Books, company: str, form: screens.Cells) -> tuple[str, ...]:
    stands = {"from": str(books.settings["open_from"]), "to": str(books.settings["open_to"])}
    return (screens.form(screens.fields(
        field("from", "First open day", {**stands, **form}, "date"),
        field("to", "Last open day", {**stands, **form}, "date"),
    ), close_period="Save"),)  # fmt: skip


def close_period(books: Books, data: Data) -> Data:
    """Body: from, to. Raises ValueError for what is no day."""
    days = {name: screens.day(str(data.get(name, ""))) for name in ("from", "to")}
    return setting_up.close_period(books, days)


ACTS: dict[str, dict[str, Callable[[Books, Data], Data | None]]] = {
    VENDORS: {"hold": hold},
    TYPED: {"type_invoice": type_invoice},
    PERIODS: {"close_period": close_period},
}  # fmt: skip


def field(name: str, label: str, form: screens.Cells, type: str = "text", offers: str = "") -> str:
    return screens.labelled(label, screens.entry(name, form.get(name, ""), label, type, offers))
