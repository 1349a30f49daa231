"""What the two sides hold, read for the oracle from the stand-ins alone, in plain shapes."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal

from config.rehearsal.control import call as ask

ZERO = Decimal(0)
Where = tuple[str, ...]  # account, then the values of its dimensions in the order of DIMENSIONS
DIMENSIONS = ("PROJECT", "COSTCODE", "COSTTYPE")
FO_FORMAT = ("Department", "Project", "CostCode", "CostType")  # after the account


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of a document that stands in the ledger."""

    document: str  # the ledger's number
    text: str  # all by which it can be known: numbers and descriptions
    kind: str  # "purchase" or "journal"
    vendor: str
    where: Where
    amount: Decimal
    currency: str
    posted: bool


@dataclasses.dataclass
class Books:
    entries: list[Entry]
    tax: dict[str, Decimal]  # by the ledger's number
    local: str  # currency
    balanced: bool


def where(account: str, dimensions: dict[str, str]) -> Where:
    upper = {name.upper(): value for name, value in dimensions.items()}
    return (account, *(upper.get(name, "") for name in DIMENSIONS))


def dynamics(site: str) -> Books:
    """Business Central and NAV."""
    said = ask(site, "ledger")
    found = Books([], {}, "USD", said["balanced"])
    posted = [row for kind in said["documents"].values() for row in kind["list"]]
    for row, stands in [
        *((one, True) for one in posted),
        *((one, False) for one in said["drafts"]),
    ]:
        sign = -1 if row["documentType"] == "Credit Memo" else 1
        found.tax[row["number"]] = sign * Decimal(row["tax"])
        for line in row["lines"]:
            found.entries.append(Entry(
                row["number"], f"{row['vendorInvoiceNumber']} {line['description']}", "purchase",
                row["vendorNumber"], where(line["account"], line["dimensions"]),
                sign * Decimal(line["amount"]), row["currency"], stands,
            ))  # fmt: skip
    for row in said["journals"]["list"]:
        text = " ".join([row["documentNumber"], *(line["description"] for line in row["lines"])])
        for line in row["lines"]:
            found.entries.append(Entry(
                row["documentNumber"], text, "journal", "",
                where(line["account"], line["dimensions"]), Decimal(line["amount"]), "USD", True,
            ))  # fmt: skip
    return found


def fo(site: str) -> Books:
    """F&O: people post there, so what is pending stands as much as what is posted."""
    said = ask(site, "ledger")
    found = Books([], {}, "USD", said["balanced"])
    posted = [row for kind in said["documents"].values() for row in kind["list"]]
    for row in [*posted, *said["drafts"]]:
        for line in row["lines"]:
            found.entries.append(Entry(
                row["number"], f"{row['invoice_number']} {line['description']}", "purchase",
                row["vendor"], where(line["posts_to"], line["values"]),
                Decimal(line["amount"]), row["currency"], True,
            ))  # fmt: skip
    for row in said["journal_headers"]:
        text = " ".join(f"{line['text']} {line['document']}" for line in row["lines"])
        for line in row["lines"]:
            account, *values = line["account"].split("|")
            found.entries.append(Entry(
                row["number"], text, "journal", "",
                where(account, dict(zip(FO_FORMAT, values, strict=False))),
                Decimal(line["amount"]), line["currency"], True,
            ))  # fmt: skip
    return found


def total(entries: list[Entry]) -> dict[Where, Decimal]:
    """By account and dimensions, without what comes to nothing."""
    found: dict[Where, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        found[entry.where] += entry.amount
    return {where: amount for where, amount in found.items() if amount}
