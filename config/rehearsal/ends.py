"""Both ends as the stand-ins themselves tell them: what a rehearsal knows of vendors."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from config.rehearsal.control import call
from connections.models import Integration
from syncs.models import Record, Run

ZERO = Decimal(0)
COLLECTIONS = {
    "purchase_orders": "purchase_order_contracts",
    "subcontracts": "work_order_contracts",
    "requisitions": "requisitions",
    "direct_costs": "direct_costs",
    "commitment_change_orders": "commitment_change_orders",
    "prime_change_orders": "prime_change_orders",
}


@dataclasses.dataclass
class Source:
    """What the source holds: per flow, amounts by id."""

    flows: dict[str, dict[str, Decimal]]

    def documents(self, flow: str) -> dict[str, Decimal]:
        return self.flows.get(flow, {})


@dataclasses.dataclass
class Ledger:
    """What the destination holds. Each document may be claimed by one record only."""

    documents: dict[str, Decimal]  # worth by the ledger's own number; credit memos negative
    journals: dict[str, Decimal]  # debits less memo credits by document number
    vendors: set[str]
    hand_typed: set[str]
    drafts: list[str]
    balanced: bool
    claimed: set[str] = dataclasses.field(default_factory=set)

    def claim(self, record: Record, expected: Decimal | None) -> tuple[Decimal, str]:
        """(what it is worth in the ledger, what is wrong with it or empty)."""
        number = record.destination_number
        if record.destination_kind == "vendor":
            return ZERO, "" if record.source_id in self.vendors else "not in the project system"
        book = self.journals if record.destination_kind == "journal" else self.documents
        if number not in book:
            return ZERO, f"shown as posted as {number}, but the ledger has no such document"
        if number in self.claimed:
            return ZERO, f"{number} is claimed by two records"
        self.claimed.add(number)
        worth = book[number]
        if (
            record.revision == 1
            and expected is not None
            and worth != expected
            and not changed(record)
        ):
            return worth, f"the ledger has {worth:,.2f}, the source {expected:,.2f}"
        return worth, ""

    def worth(self, record: Record) -> Decimal:
        book = self.journals if record.destination_kind == "journal" else self.documents
        return book.get(record.destination_number, ZERO)

    def left_over(self) -> list[str]:
        """Documents in the ledger that no record answers for: doubled ones."""
        strangers = (set(self.documents) | set(self.journals)) - self.claimed - self.hand_typed
        problems = [f"the ledger has {number}, which no record claims" for number in strangers]
        return problems + ([] if self.balanced else ["the ledger does not balance"])


def changed(record: Record) -> bool:
    """Its difference was accepted by a person, or is booked by a later revision."""
    return bool(record.accepted_digest)


def ask(key: str, ready: dict[str, Any]) -> tuple[Source, Ledger]:
    procore = ready["procore"]["control_url"]
    ledger = call(ready["business_central"]["control_url"], "ledger")
    totals = call(procore, "procore/totals")["collections"]
    flows = {
        flow: {str(row["id"]): Decimal(row["amount"]) for row in totals[collection]["ids"]}
        for flow, collection in COLLECTIONS.items()
    }
    flows["commitment_relief"] = relieved(totals["requisitions"]["ids"])
    flows["vendors"] = dict.fromkeys(ledger["vendors"], ZERO)
    return Source(flows), books(ledger, call(procore, "procore/vendors"))


def relieved(billings: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Billings that stand posted take their gross amount off their commitment."""
    rows = Record.objects.filter(flow="requisitions", revision=1, destination_status="posted")
    posted = set(rows.exclude(posted_digest="").values_list("source_id", flat=True))
    return {str(row["id"]): -Decimal(row["gross"]) for row in billings if str(row["id"]) in posted}


def books(ledger: dict[str, Any], vendors: list[dict[str, Any]]) -> Ledger:
    documents, hand_typed = {}, set()
    for kind, listed in ledger["documents"].items():
        for row in listed["list"]:
            sign = -1 if kind == "Credit Memo" else 1
            documents[row["number"]] = sign * Decimal(row["total"])
            if row["by_hand"]:
                hand_typed.add(row["number"])
    return Ledger(
        documents=documents,
        journals={row["documentNumber"]: net(row) for row in ledger["journals"]["list"]},
        vendors={str(v["origin_id"]).partition("|")[2] for v in vendors if v.get("origin_id")},
        hand_typed=hand_typed,
        drafts=[row["number"] for row in ledger["drafts"]],
        balanced=ledger["balanced"],
    )


def net(row: dict[str, Any]) -> Decimal:
    """What the journal moved: all lines but the last, which balances them."""
    amounts = [Decimal(line["amount"]) for line in row["lines"]]
    return sum(amounts[:-1], ZERO)


def requests_of(integration: Integration, flow: str) -> int:
    polls = Run.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    carried = Record.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    return int(polls["n"] or 0) + int(carried["n"] or 0)
