"""Procore in a rehearsal: what stands there, and what people do in the field."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

from config.rehearsal.both_sides import ZERO, Amounts, Ends, Ledger, Projects, Source
from config.rehearsal.control import call
from connections.models import Integration
from syncs.coding import code_rules
from syncs.flows.closing import ClosingFlow
from syncs.flows.codes import CodeFlow
from syncs.flows.documents import DocumentFlow
from syncs.flows.purchases import LedgerFlow
from syncs.flows.relief import ReliefFlow
from syncs.models import Record
from syncs.registry import flows_of

Shares = dict[tuple[str, str], Decimal]  # by contract, and by cost code with its type
LIMITS = {"spike": 400, "hourly": 100_000}
CALLS = ".*/rest/.*"
SLOW_AFTER_REFUSAL = False
WORTH = "net"
OF_SCENES = "SHOW-"  # how their documents' numbers begin: nobody else changes or copies these
RENAMED = "(renamed in the field)"
COLLECTIONS = {  # kind of document -> where the stand-in lists it
    "purchase_order": "purchase_order_contracts",
    "subcontract": "work_order_contracts",
    "requisition": "requisitions",
    "direct_cost": "direct_costs",
    "commitment_change_order": "commitment_change_orders",
    "prime_change_order": "prime_change_orders",
}
WITHOUT_EFFECT = ("no_charge", "rejected", "void")  # as its own lists of statuses say
SENT = ("purchase_order", "requisition", "direct_cost")  # what a ledger's documents become


def sources(integration: Integration, site: str) -> dict[str, Amounts]:
    """Per flow whose source it is; reliefs as far as their billings stand posted."""
    totals = call(site, "procore/totals")["collections"]
    found: dict[str, Amounts] = {}
    for name, flow in flows_of(integration).items():
        if isinstance(flow, ReliefFlow):
            found[name] = relieved(integration, flow, totals)
        elif isinstance(flow, ClosingFlow):
            found[name] = {}  # nobody closes a contract of a rehearsal once it was posted
        elif isinstance(flow, DocumentFlow):
            rows = totals[COLLECTIONS[flow.kind]]["ids"]
            found[name] = {str(row["id"]): Decimal(row["amount"]) for row in rows}
    return found


def void(integration: Integration, site: str) -> dict[str, set[str]]:
    """Per flow the documents that have no effect there, by their status."""
    totals = call(site, "procore/totals")["collections"]
    found = {}
    for name, flow in flows_of(integration).items():
        if isinstance(flow, DocumentFlow) and not isinstance(flow, (ReliefFlow, ClosingFlow)):
            rows = totals[COLLECTIONS[flow.kind]]["ids"]
            found[name] = {
                str(row["id"]) for row in rows if row["status"].lower() in WITHOUT_EFFECT
            }
    return found


def relieved(integration: Integration, flow: ReliefFlow, totals: dict[str, Any]) -> Amounts:
    """Billings that stand posted take their gross amount off, in the order in which they came.

    By contract and code no more than stands committed: the contract and its change orders, as far
    as they stand posted, too.
    """
    committed: Shares = defaultdict(lambda: ZERO)
    for name in (*flow.commitments, *flow.change_orders):
        for row in standing(integration, name, totals):
            add(committed, shares(row))
    billed: Shares = defaultdict(lambda: ZERO)
    found = {}
    for row in standing(integration, flow.billings, totals):
        own = shares(row)
        before = capped(billed, committed, own)
        add(billed, own)
        found[str(row["id"])] = before - capped(billed, committed, own)
    return found


def add(found: Shares, more: Shares) -> None:
    for share, amount in more.items():
        found[share] += amount


def capped(billed: Shares, committed: Shares, of: Shares) -> Decimal:
    return sum((min(billed[one], max(committed[one], ZERO)) for one in of), ZERO)


def standing(integration: Integration, name: str, totals: dict[str, Any]) -> list[dict[str, Any]]:
    """What Procore holds of those that stand posted, in the order in which they were posted."""
    flow = flows_of(integration)[name]
    if not isinstance(flow, DocumentFlow):
        return []
    rows = Record.objects.filter(
        integration=integration, flow=name, revision=1, destination_status="posted"
    ).exclude(posted_digest="")  # fmt: skip
    held = {str(row["id"]): row for row in totals[COLLECTIONS[flow.kind]]["ids"]}
    ids = rows.order_by("posted_at", "pk").values_list("source_id", flat=True)
    return [held[one] for one in ids if one in held]


def shares(row: dict[str, Any]) -> Shares:
    """Of its contract, by code: gross amounts."""
    codes = {code: Decimal(amount) for code, amount in row["codes"].items()}
    return {(str(row["contract_id"]), code): amount for code, amount in codes.items()}


def ends(integration: Integration, site: str, source: Source, ledger: Ledger) -> Ends:
    source.flows.update(codes(integration, site, ledger))
    source.void = void(integration, site)
    return Ends(source, ledger, projects(integration, site))


def codes(integration: Integration, site: str, ledger: Ledger) -> dict[str, Amounts]:
    """Per flow of cost codes: what finance wants of the ledger, in each project it chose."""
    rows = [
        row for row in call(site, "procore/projects") if row["active"] and row["permitted"]
    ]  # fmt: skip
    found = {}
    for name, flow in flows_of(integration).items():
        if isinstance(flow, CodeFlow):
            settings = integration.flows.get(flow=name)
            wanted, chosen = code_rules.chosen(settings), settings.projects
            offered = ledger.accounts or ledger.by_dimension[settings.code_part]
            ids = [row["id"] for row in rows if not chosen or row["project_number"] in chosen]
            codes = [code for code in offered if wanted(code)]
            found[name] = {f"{project}|{code}": ZERO for project in ids for code in codes}
    return found


def projects(integration: Integration, site: str) -> Projects:
    """What bears an origin of ours, or what a record of ours names."""
    totals = call(site, "procore/totals")["collections"]
    vendors = call(site, "procore/vendors")
    found = Projects(
        codes={
            str(row["id"]): (str(row["project_id"]), row["full_code"])
            for row in call(site, "procore/cost_codes")
        },
        vendors={str(v["origin_id"]).partition("|")[2] for v in vendors if v.get("origin_id")},
        wrong=[f"the vendor “{v['name']}” bears a name that is not the ledger's"
               for v in vendors if v.get("origin_id") and RENAMED in v["name"]],
    )  # fmt: skip
    for kind in SENT:
        for row in totals[COLLECTIONS[kind]]["ids"]:
            key = kind, str(row["id"])
            found.documents[key] = Decimal(row.get("gross") or row["amount"])
            if str(row.get("origin_id") or "").startswith(origins(integration)):
                found.origins[key] = str(row["origin_id"])
    return found


def origins(integration: Integration) -> tuple[str, ...]:
    """How the origin begins of what we send there from the ledger."""
    flows = flows_of(integration).values()
    return tuple({f"{flow.origin_prefix}|" for flow in flows if isinstance(flow, LedgerFlow)})


def people(integration: Integration, site: str, seed: int) -> int:
    """A vendor of the ledger gets another name; and where documents go there, all of that."""
    renamed = rename_a_vendor(integration, site, seed)
    if any(isinstance(flow, DocumentFlow) for flow in flows_of(integration).values()):
        return renamed + in_the_field(site, seed)
    return renamed


def rename_a_vendor(integration: Integration, site: str, seed: int) -> int:
    """The name is the ledger's: it has to be put back."""
    dice = random.Random(f"names {seed}")  # noqa: S311
    sent = Record.objects.filter(integration=integration, flow="vendors").exclude(posted_digest="")
    ids = set(sent.values_list("destination_id", flat=True))
    rows = [row for row in call(site, "procore/vendors") if str(row["id"]) in ids]
    for row in dice.sample(rows, min(1, len(rows))):
        change(site, "vendors", row, name=f"{row['name']} {RENAMED}")
    return min(1, len(rows))


def in_the_field(site: str, seed: int) -> int:
    """Approvals, new documents, a change and a deletion after posting. Returns how many."""
    dice = random.Random(seed)  # noqa: S311
    costs = call(site, "procore/direct_costs")
    orders = call(site, "procore/purchase_order_contracts")
    pending = [row for row in costs if row["status"] in ("draft", "pending")]
    waiting = [row for row in orders if row["status"] == "Submitted"]
    plain = [row for row in costs if is_plain(row, costs)]
    for row in dice.sample(pending, min(6, len(pending))):
        change(site, "direct_costs", row, status="approved")
    for row in dice.sample(waiting, min(3, len(waiting))):
        change(site, "purchase_order_contracts", row, status="Approved")
    for number, row in enumerate(dice.sample(plain, min(8, len(plain)))):
        call(site, "procore/direct_costs", like(row, f"NEW-{seed}-{number}", dice))
    edited, dropped = dice.sample(plain, 2)
    change(site, "direct_costs", edited, lines=[line(edited["line_items"][0], "77.31")])
    call(site, f"procore/direct_costs/{dropped['id']}", method="DELETE")
    return min(6, len(pending)) + min(3, len(waiting)) + min(8, len(plain)) + 2


def change(site: str, collection: str, row: dict[str, Any], **facts: Any) -> None:
    call(site, f"procore/{collection}/{row['id']}", facts, "PATCH")


def like(row: dict[str, Any], number: str, dice: random.Random) -> dict[str, Any]:
    """A new approved cost beside one that exists."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    cents = f"{dice.randint(100, 999_999) / 100:.2f}"
    return {
        "project": row["project"]["id"], "direct_cost_type": "invoice",
        "vendor": row["vendor"]["name"], "invoice_number": number, "direct_cost_date": today,
        "received_date": today, "status": "approved",
        "lines": [line(row["line_items"][0], cents)],
    }  # fmt: skip


def is_plain(row: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """An approved invoice of a few lines, under a number that no other one bears."""
    lines = row["line_items"]
    same = [one for one in rows if one.get("invoice_number") == row.get("invoice_number")]
    return bool(
        row["status"] == "approved" and row["direct_cost_type"] == "invoice" and row.get("vendor")
        and not str(row.get("invoice_number")).startswith(OF_SCENES)
        and 0 < len(lines) < 5 and coded(lines[0]) and len(same) == 1 and not row.get("origin_id")
    )  # fmt: skip


def coded(given: dict[str, Any]) -> bool:
    """Procore leaves out what is empty."""
    return bool(given.get("cost_code") and given.get("line_item_type"))


def line(given: dict[str, Any], amount: str) -> dict[str, Any]:
    return {
        "cost_code": given["cost_code"]["full_code"],
        "cost_type": given["line_item_type"]["code"],
        "amount": amount,
        "description": given.get("description") or "Material",
    }
