"""GP in a rehearsal: what stands there, what accountants do, and that nobody writes to it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError

from config.rehearsal.both_sides import (
    ZERO,
    Amounts,
    Booked,
    BookedLine,
    Ledger,
    Site,
    net,
    upper,
)
from config.rehearsal.control import call
from connections.documents import LEDGER_INVOICE, LEDGER_MEMO
from connections.models import Integration
from syncs.flows.purchases import LedgerFlow
from syncs.registry import flows_of

LIMITS = {"requests": 100_000}
CALLS = ".*/GPService/.*"
SLOW_AFTER_REFUSAL = False
ADDS_VALUES = False
SITES = {
    "short": Site(("gp/settings", {"resources": "short"}), chart="gp/accounts.csv"),
    "xml": Site(("gp/settings", {"reply": "xml", "journals": "summaries"}), {"format": "xml"}),
}
SALARIES = "1000-60100-00"
LISTS = {LEDGER_INVOICE: "invoices", LEDGER_MEMO: "memos"}
CHARGES = ("Finance Charge", "Miscellaneous Charge")  # no invoices, unless a connection says so


def sources(integration: Integration, site: str, worth: str) -> dict[str, Amounts]:
    """Per flow of payables."""
    said = call(site, "ledger")
    return {
        name: {
            str(row["id"]): Decimal(row[worth])
            for row in said[LISTS[flow.kind]]
            if row["kind"] not in CHARGES
        }
        for name, flow in flows_of(integration).items()
        if isinstance(flow, LedgerFlow)
    }


def books(site: str) -> Ledger:
    """Its accounts by their main segments, as the connection of the demo names them."""
    said = call(site, "ledger")
    vendors, accounts = set(said["vendors"]), set(said["accounts"])
    void = {str(row["id"]) for kind in LISTS.values() for row in said[kind] if row["voided"]}
    journals = defaultdict[str, Decimal](lambda: ZERO)
    for row in of_people(said):
        journals[row["number"]] += net(row)
    listed = call(site, "gp/settings")["resources"] == "full"
    return Ledger(
        vendors=vendors, accounts=accounts, written=writes(site), passed_over=void,
        journals=journals, hand_typed=set(journals), uncounted=set() if listed else set(journals),
    )  # fmt: skip


def of_people(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Posted in the books without a purchase; a reversal stands under the same number."""
    return [row for row in said["journals"]["list"] if row["counts"]]


def booked(site: str) -> list[Booked]:
    """Journals that people booked, and payables that are posted."""
    said = call(site, "ledger")
    rows = [row for kind in LISTS.values() for row in said[kind] if row["status"] == "posted"]
    return [
        Booked(row["external"], row["number"], row["currency"], row["date"],
               Decimal(row["amount"]), lines_of(row))
        for row in rows
    ] + [
        Booked(row["number"], row["number"], "", row["date"], net(row), lines_of(row))
        for row in of_people(said)
    ]  # fmt: skip


def lines_of(row: dict[str, Any]) -> tuple[BookedLine, ...]:
    """On accounts by their main segments, with the others as dimensions."""
    return tuple(
        BookedLine(line["main"], Decimal(line["amount"]), line["reference"],
                   upper(line["dimensions"]))
        for line in row["lines"]
    )  # fmt: skip


def book_journal(site: str, number: str, lines: Sequence[dict[str, Any]]) -> None:
    call(site, "gp/book_journal", {"number": number, "lines": list(lines)})


def writes(site: str) -> list[str]:
    """Every request that was neither a read nor the sign-in, as the stand-in counted them."""
    refused = [f"{row['method']} {row['path']}" for row in call(site, "gp/writes")["list"]]
    counted = call(site, "requests")["counters"]
    own = [name for name in counted if "/control" not in name and "/oauth2/" not in name]
    return refused + [name for name in own if name.split()[0] not in ("GET", "HEAD")]


def people(integration: Integration, site: str, seed: int) -> int:
    """Accountants: invoices typed, changed, posted, paid, voided and deleted; a vendor renamed.

    Half of it without a move of ModifiedDate, and the server has fallen asleep.
    """
    dice = random.Random(f"gp office {seed}")  # noqa: S311
    rows = call(site, "ledger")["invoices"]
    unposted = [row for row in rows if row["status"] == "unposted" and len(row["lines"]) > 1]
    posted = [row for row in rows if row["status"] == "posted"]
    changed, deleted, *to_post = dice.sample(unposted, 6)
    voided, *paid = dice.sample(posted, 6)
    type_again(site, dice.sample(posted, len(posted)), seed)

    def by_hand(verb: str, row: dict[str, Any], **facts: Any) -> None:
        facts = {"id": row["id"], "touch": dice.random() < 0.5, **facts}
        call(site, f"gp/{verb}", facts)

    by_hand("change_invoice", changed, amount="777.77", force=True)
    by_hand("delete_invoice", deleted)
    by_hand("void_invoice", voided)
    for row in to_post:
        by_hand("post_invoice", row, force=True)
    for row in paid:
        by_hand("pay", row)
    vendor = {"VendorID": changed["vendor"], "VendorName": f"New Name {seed}"}
    call(site, "gp/change_vendor", vendor)
    call(site, "gp/change_account", {"account": SALARIES, "description": renamed(seed)})
    call(site, "gp/settings", {"asleep": 3})
    return 4 + 3 + len(to_post) + len(paid) + 2


def renamed(seed: int) -> str:
    """What the account of salaries is called then."""
    return f"Salaries {seed}"


def type_again(site: str, rows: list[dict[str, Any]], seed: int) -> None:
    """Four new invoices like some that stand; what GP refuses by now (an account or a vendor that
    is gone) a clerk leaves."""
    typed = 0
    for row in rows:
        wanted = same_again(row, f"NEW-{seed}-{typed}", post=typed % 2 == 0)
        try:
            call(site, "gp/type_invoice", wanted)
        except HTTPError as error:
            if error.code != 400:
                raise
        else:
            typed += 1
        if typed == 4:
            return
    raise RuntimeError("GP takes no invoice like those that stand.")


def same_again(row: dict[str, Any], number: str, **facts: Any) -> dict[str, Any]:
    """A new invoice on the accounts of one that stands."""
    given = [one for one in row["lines"] if one["kind"] == 6]
    lines = [{key: one[key] for key in ("account", "reference", "amount")} for one in given]
    return {"vendor": row["vendor"], "number": number, "order": "", "lines": lines, **facts}
