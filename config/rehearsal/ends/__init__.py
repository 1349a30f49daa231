"""Both ends as the stand-ins themselves tell them: what a rehearsal knows of vendors."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from config.rehearsal.both_sides import (
    CHARGES,
    COLLECTIONS,
    PURCHASES,
    SENT,
    ZERO,
    Ends,
    Ledger,
    Projects,
    Source,
    net,
    source_id,
)
from config.rehearsal.control import call
from config.rehearsal.ends import fo as pending
from config.rehearsal.ends import monday as boards
from connections.models import Integration
from syncs.models import Record, Run
from syncs.registry import flows_of


def ask(integration: Integration, play: dict[str, Any]) -> Ends:
    """Asks the two stand-ins of this rehearsal."""
    if integration.key in BOARDS:
        return boards.ask(integration, play)
    project_side, ledger_side = (play["ready"][name]["control_url"] for name in play["sides"])
    said = call(ledger_side, "ledger")
    totals = call(project_side, "procore/totals")["collections"]
    vendors = call(project_side, "procore/vendors")
    flows: dict[str, dict[str, Decimal]] = {}
    for name, flow in flows_of(integration).items():
        if flow.source == "project_system" and name in COLLECTIONS:
            rows = totals[COLLECTIONS[name]]["ids"]
            flows[name] = {str(row["id"]): Decimal(row["amount"]) for row in rows}
        elif flow.source == "ledger" and name in PURCHASES:
            known = Record.objects.filter(integration=integration, flow=name)
            ids = set(known.values_list("source_id", flat=True))
            listed, kind = PURCHASES[name]
            flows[name] = {
                source_id(row, kind, ids): Decimal(row["net"])
                for row in said[listed]
                if row.get("kind") not in CHARGES
            }
    flows["commitment_relief"] = relieved(integration, totals["requisitions"]["ids"])
    flows["vendors"] = dict.fromkeys(said["vendors"], ZERO)
    ledger = pending.books(said) if integration.key in PENDING else books(said)
    if integration.key in READ_ONLY:
        ledger.written = writes(ledger_side)
    return Ends(Source(flows), ledger, projects(integration, totals, vendors))


BOARDS = ("nav_monday",)
PENDING = ("fo_procore",)  # people post in their ledger
READ_ONLY = ("gp_procore",)  # nothing but reads and the sign-in ever goes to their ledger


def writes(ledger_side: str) -> list[str]:
    """Every request to the ledger that was neither, as it counted them itself."""
    refused = [f"{row['method']} {row['path']}" for row in call(ledger_side, "gp/writes")["list"]]
    counted = call(ledger_side, "requests")["counters"]
    own = [name for name in counted if "/control" not in name and "/oauth2/" not in name]
    return refused + [name for name in own if name.split()[0] not in ("GET", "HEAD")]


def relieved(integration: Integration, billings: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Billings that stand posted take their gross amount off their commitment."""
    rows = Record.objects.filter(
        integration=integration, flow="requisitions", revision=1, destination_status="posted"
    )
    posted = set(rows.exclude(posted_digest="").values_list("source_id", flat=True))
    return {str(row["id"]): -Decimal(row["gross"]) for row in billings if str(row["id"]) in posted}


def books(said: dict[str, Any]) -> Ledger:
    documents, hand_typed = {}, set()
    for kind, listed in said["documents"].items():
        for row in listed["list"]:
            sign = -1 if kind == "Credit Memo" else 1
            documents[row["number"]] = sign * Decimal(row["total"])
            if row["by_hand"]:
                hand_typed.add(row["number"])
    return Ledger(
        documents=documents,
        journals={row["documentNumber"]: net(row) for row in said["journals"]["list"]},
        vendors=set(said["vendors"]),
        values=set(said.get("dimension_values") or ()),
        hand_typed=hand_typed,
        balanced=said["balanced"],
    )


def projects(
    integration: Integration, totals: dict[str, Any], vendors: Iterable[dict[str, Any]]
) -> Projects:
    """What bears an origin of ours, or what a record of ours names."""
    found = Projects(
        vendors={str(v["origin_id"]).partition("|")[2] for v in vendors if v.get("origin_id")}
    )
    for kind, collection in SENT.items():
        for row in totals[collection]["ids"]:
            key = kind, str(row["id"])
            found.documents[key] = Decimal(row.get("gross") or row["amount"])
            if str(row.get("origin_id") or "").startswith(ORIGINS.get(integration.key, "–")):
                found.origins[key] = str(row["origin_id"])
    return found


ORIGINS = {"nav_procore": "NAV|", "gp_procore": "GP|"}


def requests_of(integration: Integration, flow: str) -> int:
    polls = Run.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    carried = Record.objects.filter(integration=integration, flow=flow).aggregate(n=Sum("requests"))
    return int(polls["n"] or 0) + int(carried["n"] or 0)
