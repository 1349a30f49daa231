"""Purchase orders and invoices that the company keeps itself: where the ledger is the source.

What buyers and bookkeepers do by hand, as control endpoints, and the demo company's months of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.simulators import company

from . import dimensions, documents, lines, posting
from .documents import KINDS, lines_of
from .model import NO_DATE, Row
from .store import Books

Data = dict[str, Any]
ZERO = Decimal(0)
RELEASED, OPEN = "Released", "Open"
SHIP_TO = ("Name", "AddressLine1", "AddressLine2", "PostCode", "City", "State", "Country")
ORDERS, BILLED, COSTS = 64, 40, 34
LONG = "Furnish and erect structural steel incl. misc. metals, stairs, handrails, embeds"
LETTERS = "Söldner & Pérez: Türzargen für Gebäude Ø, façade côté jardin"


class Unknown(Exception):
    """The control request makes no sense."""


# -- what people do -----------------------------------------------------------------------


def type_order(books: Books, data: Data) -> Row:
    """Body: vendorNumber, date, lines [{account, quantity, cost, description, dimensions,
    expected}], release (true), requested, ship_to {name, line, city, state}, due (which only NAV's
    page shows): a buyer's order. The answer has its id and number."""
    day = str(data.get("date") or company.TODAY.isoformat())
    header = documents.create(books, "purchaseOrder", {
        "vendorNumber": data["vendorNumber"], "orderDate": day, "postingDate": day,
        **delivery(data),
        **({"currencyCode": data["currency"]} if data.get("currency") else {}),
    })  # fmt: skip
    books.change("purchaseOrder", header, silent=True, _hand=True)
    for line in data.get("lines", []):
        add_line(books, "purchaseOrder", header, line)
    if data.get("due"):
        books.change("purchaseOrder", header, _nav={"Due_Date": str(data["due"])})
    if data.get("release", True):
        release(books, header)
    return {"id": header["id"], "number": header["number"]}


def delivery(data: Data) -> Row:
    """Where an order's goods go, and when they are wanted."""
    names = {"name": "shipToName", "line": "shipToAddressLine1", "city": "shipToCity",
             "state": "shipToState"}  # fmt: skip
    found: Row = {names[key]: text for key, text in (data.get("ship_to") or {}).items()}
    if data.get("requested"):
        found["requestedReceiptDate"] = data["requested"]
    return found


def add_line(books: Books, entity: str, header: Row, data: Data) -> Row:
    kind = KINDS[entity]
    row = lines.create(books, kind.line, header, {
        "lineType": "Account", "lineObjectNumber": data["account"],
        "description": str(data.get("description") or "")[:100],
        "quantity": Decimal(str(data.get("quantity", 1))),
        kind.cost: Decimal(str(data.get("cost", data.get("amount", 0)))),
        **({"taxCode": data["taxCode"]} if data.get("taxCode") else {}),
        **({"expectedReceiptDate": data["expected"]} if data.get("expected") else {}),
    })  # fmt: skip
    dimensions.put(books, kind.line, row, dict(data.get("dimensions") or {}))
    return row


def release(books: Books, header: Row) -> None:
    books.change("purchaseOrder", header, _approval=RELEASED, status="Open")


def reopen(books: Books, header: Row) -> None:
    books.change("purchaseOrder", header, _approval=OPEN, status="Draft")


def order_of(books: Books, data: Data) -> Row:
    for row in books.rows("purchaseOrder"):
        if data.get("number") == row["number"] or data.get("id") == row["id"]:
            return row
    raise Unknown("no such order")


def release_order(books: Books, data: Data) -> None:
    release(books, order_of(books, data))


def reopen_order(books: Books, data: Data) -> None:
    reopen(books, order_of(books, data))


def change_order(books: Books, data: Data) -> None:
    """Body: number, and lines [{line (1…), quantity, cost, description, dimensions} or a new
    one], drop [1…]. It is reopened for that and released again."""
    header, kind = order_of(books, data), KINDS["purchaseOrder"]
    was = header["_approval"]
    reopen(books, header)
    present = lines_of(books, kind, header)
    for wanted in data.get("lines", []):
        if "line" in wanted:
            change_line(books, present[int(wanted["line"]) - 1], wanted)
        else:
            add_line(books, "purchaseOrder", header, wanted)
    for number in data.get("drop", []):
        lines.delete(books, present[int(number) - 1], kind.line)
    if was == RELEASED:
        release(books, header)


def change_line(books: Books, row: Row, data: Data) -> None:
    values: Row = {}
    if "quantity" in data:
        values["quantity"] = Decimal(str(data["quantity"]))
    if "cost" in data:
        values["directUnitCost"] = Decimal(str(data["cost"]))
    if "description" in data:
        values["description"] = data["description"]
    if values:
        lines.update(books, row, values, "purchaseOrderLine")
    if "dimensions" in data:
        dimensions.put(books, "purchaseOrderLine", row, dict(data["dimensions"]))


def delete_order(books: Books, data: Data) -> None:
    header = order_of(books, data)
    reopen(books, header)
    documents.delete(books, header, "purchaseOrder")


def bill_order(books: Books, data: Data) -> Row:
    """Body: number, external (the vendor's), share (1 = all), date: receives and invoices."""
    header = order_of(books, data)
    share = Decimal(str(data.get("share", 1)))
    for line in lines_of(books, KINDS["purchaseOrder"], header):
        left = Decimal(line["quantity"]) - Decimal(line["invoicedQuantity"])
        part = (left * share).quantize(Decimal("0.01"))
        books.change("purchaseOrderLine", line, invoiceQuantity=part, receiveQuantity=part)
    day = str(data.get("date") or company.TODAY.isoformat())
    books.change("purchaseOrder", header, _external=str(data["external"]).upper(), postingDate=day)
    return posting.receive_and_invoice(books, header, by_hand=True)


def type_cost(books: Books, data: Data) -> Row:
    """Body: vendorNumber, external, date, lines, post (true), credit (false): an invoice or
    credit memo without an order."""
    entity = "purchaseCreditMemo" if data.get("credit") else "purchaseInvoice"
    kind = KINDS[entity]
    day = str(data.get("date") or company.TODAY.isoformat())
    header = documents.create(books, entity, {
        "vendorNumber": data["vendorNumber"], kind.day: day, "postingDate": day,
        kind.external: str(data["external"]).upper(),
        **({"currencyCode": data["currency"]} if data.get("currency") else {}),
    })  # fmt: skip
    for line in data.get("lines", []):
        add_line(books, entity, header, line)
    books.change(entity, header, silent=True, _hand=True)
    if data.get("post", True):
        posting.post(books, header, entity, by_hand=True)
    return {"id": header["id"], "number": header["number"]}


BY_HAND: dict[str, Callable[[Books, Data], Row | None]] = {
    run.__name__: run
    for run in (type_order, release_order, reopen_order, change_order, delete_order, bill_order,
                type_cost)
}  # fmt: skip


# -- what a rehearsal accounts for --------------------------------------------------------


def purchases(books: Books) -> dict[str, list[Row]]:
    """Orders, invoices and memos that people keep here; amounts net of tax, memos negative."""
    return {
        "orders": [shown(books, "purchaseOrder", row, 1) for row in books.rows("purchaseOrder")],
        "invoices": [shown(books, "purchaseInvoice", row, 1)
                     for row in books.rows("purchaseInvoice")],
        "memos": [shown(books, "purchaseCreditMemo", row, -1)
                  for row in books.rows("purchaseCreditMemo")],
    }  # fmt: skip


def shown(books: Books, entity: str, row: Row, sign: int) -> Row:
    kind = KINDS[entity]
    lines = lines_of(books, kind, row)
    net = sum((Decimal(line["netAmount"]) for line in lines), ZERO)
    gross = sum((Decimal(line["netAmountIncludingTax"]) for line in lines), ZERO)
    return {
        "id": row["id"], "number": row["number"], "draft": row.get("_draft", row["number"]),
        "vendor": row["vendorNumber"], "external": row[kind.external], "status": row["status"],
        "approval": row["_approval"], "posted": row["_posted"], "by_hand": row["_hand"],
        "order": row.get("orderNumber", ""), "net": f"{sign * net:.2f}",
        "gross": f"{sign * gross:.2f}", "currency": row["currencyCode"],
        "due": due(row), "receipt": receipt(row, lines), "ship_to": ship_to(row),
    }  # fmt: skip


def due(row: Row) -> str:
    """Of an order only NAV's page shows it."""
    return plain_day(row.get("_nav", {}).get("Due_Date") or row.get("dueDate"))


def receipt(row: Row, lines: list[Row]) -> str:
    """What was asked for the whole order, else the first day on which a line is expected."""
    days = [plain_day(line.get("expectedReceiptDate")) for line in lines]
    return plain_day(row.get("requestedReceiptDate")) or min(filter(None, days), default="")


def ship_to(row: Row) -> list[str]:
    """The parts of the address that are filled in."""
    return [text for part in SHIP_TO if (text := str(row.get(f"shipTo{part}") or "").strip())]


def plain_day(given: Any) -> str:
    return "" if given in (None, "", NO_DATE) else str(given)


# -- the demo company's months ------------------------------------------------------------


def plant(books: Books, seed: int) -> None:
    """Months of orders, billings and costs over five jobs, and every trouble."""
    demo = Months(books, random.Random(f"purchases {seed}"))
    demo.orders()
    demo.billings()
    demo.costs()
    demo.troubles()
    books.taken_changes()
    books.commit()


class Months:
    """Deterministic by its seed."""

    def __init__(self, books: Books, dice: random.Random) -> None:
        self.books, self.dice, self.serial = books, dice, 0
        self.jobs = company.JOBS[1:6]
        self.rules = [
            rule for rule in company.MAPPINGS if not rule.project and rule.cost_type in "MES"
        ]
        self.vendors = [v for v in company.VENDORS if not v.blocked and v.currency in (
            "", company.CURRENCY)]  # fmt: skip
        self.names = {cost.code: cost.name for cost in company.COST_CODES}

    def day(self) -> str:
        """A day of the open months."""
        span = (company.TODAY - company.CLOSED_BEFORE).days
        return (company.CLOSED_BEFORE + timedelta(days=self.dice.randrange(span))).isoformat()

    def line(self, job: company.Job, **facts: Any) -> Data:
        rule = self.dice.choice(self.rules)
        quantity = self.dice.choice([1, 2, 4, 10, 25])
        cents = self.dice.randint(2_000, 900_000)
        return {
            "account": rule.account, "quantity": quantity, "cost": f"{cents / 100:.2f}",
            "description": self.names.get(rule.cost_code, "Material"),
            "dimensions": {"PROJECT": job.dimension_code, **rule.dimensions}, **facts,
        }  # fmt: skip

    def lines(self, job: company.Job, most: int = 5) -> list[Data]:
        """No code twice, as buyers keep them apart."""
        found = {}
        for _ in range(self.dice.randint(1, most)):
            line = self.line(job)
            found[tuple(sorted(line["dimensions"].items()))] = line
        return list(found.values())

    def number(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{2000 + self.serial}"

    def orders(self) -> None:
        for index in range(ORDERS):
            job = self.jobs[index % len(self.jobs)]
            made = type_order(self.books, {
                "vendorNumber": self.dice.choice(self.vendors).number, "date": self.day(),
                "lines": self.lines(job), "release": index % 9 != 4,
                "requested": (company.TODAY + timedelta(days=7 + index % 30)).isoformat(),
                "ship_to": {"name": job.name, "city": job.city, "state": job.state},
            })  # fmt: skip
            order = order_of(self.books, made)
            if index == 2:
                books_line = lines_of(self.books, KINDS["purchaseOrder"], order)[0]
                self.books.change("purchaseOrderLine", books_line, description=LONG[:100])
            if index == 3:
                books_line = lines_of(self.books, KINDS["purchaseOrder"], order)[0]
                self.books.change("purchaseOrderLine", books_line, description=LETTERS)

    def billings(self) -> None:
        """Some in full, so that the order leaves the set; some twice."""
        released = [row for row in self.books.rows("purchaseOrder")
                    if row["_approval"] == RELEASED]  # fmt: skip
        for index, order in enumerate(released[:BILLED]):
            number, share = order["number"], "1" if index % 6 == 5 else "0.4"
            early = {"date": order["orderDate"]} if index % 9 == 8 else {}
            bill_order(self.books, {"number": number, "external": self.number("INV"),
                                    "share": share, **early})  # fmt: skip
            if index % 4 == 0:
                bill_order(self.books, {"number": number, "external": self.number("INV"),
                                        "share": "0.5"})  # fmt: skip

    def costs(self) -> None:
        for index in range(COSTS):
            job = self.jobs[index % len(self.jobs)]
            type_cost(self.books, {
                "vendorNumber": self.dice.choice(self.vendors).number, "date": self.day(),
                "external": self.number("C"), "lines": self.lines(job, 3),
                "credit": index % 8 == 7, "post": index % 7 != 3,
            })  # fmt: skip

    def troubles(self) -> None:
        job, other = self.jobs[0], self.jobs[1]
        good = self.line(job)
        bare = {**good, "dimensions": {"COSTCODE": good["dimensions"]["COSTCODE"]},
                "account": "51100"}  # fmt: skip
        unknown = {**self.line(job), "account": "12000"}
        lines = {
            "NO-PROJECT": [bare],
            "TWO-PROJECTS": [good, self.line(other)],
            "NO-RULE": [{**unknown, "account": "60900"}],
            "OVERHEAD": [{**bare, "dimensions": {"PROJECT": "P-1000", "COSTCODE": "01-510",
                                                 "COSTTYPE": "O", "DEPARTMENT": "OFFICE"},
                          "account": "60600"}],
        }  # fmt: skip
        vendor = self.vendors[3].number
        for name, wanted in lines.items():
            type_cost(self.books, {"vendorNumber": vendor, "external": name, "lines": wanted,
                                   "date": self.day()})  # fmt: skip
        type_order(self.books, {"vendorNumber": vendor, "lines": [], "date": self.day()})
        type_cost(self.books, {
            "vendorNumber": vendor, "external": "EURO", "currency": "EUR", "lines": [good],
            "date": self.day(),
        })  # fmt: skip
        self.larger_than_its_order(vendor, job)

    def larger_than_its_order(self, vendor: str, job: company.Job) -> None:
        """Billed in part, then the order was cut down below what was billed."""
        made = type_order(self.books, {"vendorNumber": vendor, "date": self.day(),
                                       "lines": [self.line(job, quantity=10)]})  # fmt: skip
        bill_order(self.books, {"number": made["number"], "external": "TOO-LARGE", "share": "0.9"})
        change_order(self.books, {"number": made["number"], "lines": [{"line": 1, "cost": "1.00"}]})
