"""What people set up: POST /control/fo/{action}, with what is said of each."""

from __future__ import annotations

from typing import Any

from tests.simulators import company as keystone

from . import seed, site
from .dimensions import DEFAULT, DELIMITERS, LEDGER
from .model import Row
from .store import Books
from .wire import NO_END

Data = dict[str, Any]


class Unknown(Exception):
    """The control request makes no sense."""


def need(row: Row | None, what: str) -> Row:
    if row is None:
        raise Unknown(f"no such {what}")
    return row


def company_of(data: Data) -> str:
    return str(data.get("company", site.COMPANY)).lower()


def value_of(books: Books, data: Data) -> Row:
    row = books.get(
        "FinancialDimensionValues", data.get("dimension", ""), "", data.get("value", "")
    )
    return need(row, "dimension value")


def suspend(books: Books, data: Data) -> None:
    """Body: dimension, value, on (true)."""
    on = "Yes" if data.get("on", True) else "No"
    books.change(value_of(books, data), IsSuspended=on)


def add_value(books: Books, data: Data) -> None:
    """Body: dimension, value, name."""
    books.add("FinancialDimensionValues", {
        "FinancialDimension": data["dimension"], "DimensionValue": data["value"],
        "Description": data.get("name", ""), "ActiveTo": NO_END,
    })  # fmt: skip


def remove_value(books: Books, data: Data) -> None:
    """Body: dimension, value."""
    books.remove("FinancialDimensionValues", value_of(books, data))


def format(books: Books, data: Data) -> Data:
    """Body: kind "default" or "ledger", and names in order (the ledger's with MainAccount), or
    active false: none is active any more."""
    kind = {"default": DEFAULT, "ledger": LEDGER}[data["kind"]]
    for row in books.rows("DimensionIntegrationFormats", DimensionFormatType=kind):
        books.change(row, IsActive="No")
    if data.get("active", True):
        books.state["formats_changed"] += 1
        name = f"Format {books.state['formats_changed']}"
        seed.add_format(books, name, kind, list(data["names"]))
    return {"formats": len(books.rows("DimensionIntegrationFormats"))}


def delimiter(books: Books, data: Data) -> None:
    """Body: delimiter, a member of DimensionSegmentDelimiter."""
    mark = DELIMITERS[data["delimiter"]]
    row = books.rows("DimensionParameters")[0]
    books.change(row, DimensionSegmentDelimiter=data["delimiter"])
    for form in books.rows("DimensionIntegrationFormats"):
        books.change(form, FinancialDimensionFormat=mark.join(form["_names"]))


def hold_vendor(books: Books, data: Data) -> None:
    """Body: vendor, hold: a member of CustVendorBlocked (All)."""
    row = need(books.get("VendorsV3", company_of(data), data.get("vendor", "")), "vendor")
    books.change(row, OnHoldStatus=data.get("hold", "All"))


def vendor_dimensions(books: Books, data: Data) -> None:
    """Body: vendor, values by dimension: the defaults that his orders begin with."""
    row = need(books.get("VendorsV3", company_of(data), data.get("vendor", "")), "vendor")
    row.setdefault("_dims", {})["DefaultLedgerDimensionDisplayValue"] = dict(data["values"])


def paid_instead(books: Books, data: Data) -> None:
    """Body: vendor, pay_to: the invoice account of its card; blank: itself."""
    row = need(books.get("VendorsV3", company_of(data), data.get("vendor", "")), "vendor")
    books.change(row, InvoiceVendorAccountNumber=str(data["pay_to"]))


def suspend_account(books: Books, data: Data) -> None:
    """Body: account, on (true)."""
    row = need(books.find("MainAccounts", MainAccountId=data.get("account", "")), "main account")
    books.change(row, IsSuspended="Yes" if data.get("on", True) else "No")


def add_account(books: Books, data: Data) -> None:
    """Body: account, name."""
    books.add("MainAccounts", {
        "ChartOfAccounts": site.CHART, "MainAccountId": data["account"],
        "Name": data.get("name", ""), "MainAccountType": "Expense", "ActiveTo": NO_END,
    })  # fmt: skip


def close_period(books: Books, data: Data) -> Data:
    """Body: {"from": first open day} and/or {"to": last open day}; nothing closes this month."""
    first = data.get("from")
    if not first and not data.get("to"):
        first = keystone.first_of_month(keystone.TODAY, 1).isoformat()
    if first:
        books.settings["open_from"] = first
    if data.get("to"):
        books.settings["open_to"] = data["to"]
    seed.show_periods(books)
    return {name: books.settings[name] for name in ("open_from", "open_to")}
