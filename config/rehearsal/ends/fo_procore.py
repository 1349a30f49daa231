"""What stands in F&O of the documents of the field, and what scenes need there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from config.rehearsal.both_sides import Booked, BookedLine, net, upper
from config.rehearsal.control import call

DEPARTMENT = "Department"
FORMAT = ("Department", "Project", "CostCode", "CostType")  # of the demo's dimension strings
Row = dict[str, Any]


def booked(site: str) -> list[Booked]:
    """Invoices under the vendor's number, orders under the contract's, vouchers of journals."""
    said = call(site, "ledger")
    posted = [row for kind in said["documents"].values() for row in kind["list"]]
    found = [
        Booked(row["invoice_number"], row["number"], row["currency"], row["posting_date"],
               (-1 if row["credit"] else 1) * Decimal(row["total"]), lines_of(row, "posts_to"))
        for row in [*posted, *said["drafts"]]
    ]  # fmt: skip
    return found + [
        Booked(row["reference"], row["number"], row["currency"], "", Decimal(row["total"]),
               lines_of(row, "category"), segments(row["dimensions"]))
        for row in said["purchase_orders"]
    ] + [
        Booked(row["voucher"], row["voucher"], "", row["day"], net(row), lines_of(row, "account"))
        for row in said["journals"]["list"]
    ]  # fmt: skip


def book_journal(site: str, number: str, lines: Sequence[Row]) -> None:
    """Under that voucher."""
    call(site, "fo/type_journal", {"voucher": number, "lines": list(lines)})


def lines_of(row: Row, account: str) -> tuple[BookedLine, ...]:
    return tuple(
        BookedLine(line[account], Decimal(line["amount"]), line["description"],
                   upper(line["values"]))
        for line in row["lines"]
    )  # fmt: skip


def segments(text: str) -> dict[str, str]:
    return upper(dict(zip(FORMAT, text.split("|"), strict=False)))


def add_department(site: str, value: str) -> None:
    made = {"dimension": DEPARTMENT, "value": value, "name": f"Place {value}"}
    call(site, "fo/add_value", made)


def add_account(site: str, number: str, name: str) -> None:
    call(site, "fo/add_account", {"account": number, "name": name})
