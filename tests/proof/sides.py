"""What differs between integrations: what people write there, what goes wrong, what stands."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.demo.stand_ins import STAND_INS
from config.rehearsal.control import call
from tests.flows import telling
from tests.proof import books, oracle, papers
from tests.story import Company

if TYPE_CHECKING:
    from tests.proof.world import World

KINDS = {  # what people write, by integration; what is written more often stands twice
    "bc_procore": ("cost", "cost", "cost", "payroll", "order", "owner_change", "subcontract",
                   "subcontract"),
    "nav_procore": ("cost", "cost", "cost", "payroll", "owner_change", "changed_contract"),
    "fo_procore": ("cost", "cost", "cost", "payroll"),
}  # fmt: skip
CALLS = {"procore": ".*/rest/.*", "business_central": ".*/(api|ODataV4)/.*", "nav": ".*",
         "fo": ".*/data/.*", "gp": ".*"}  # fmt: skip
RESOURCES = {
    "direct_costs": "Direct Costs",
    "work_order_contracts": "Work Order Contracts",
    "purchase_order_contracts": "Purchase Order Contracts",
    "requisitions": "Requisitions",
}
TAXES = {"bc_procore": ("MATERIALS",)}  # by integration, that both sides work out alike
MASTER = ("vendors", "new_vendors", "cost_codes", "dimension_values")
UNCARRIED = {"nav_procore": ("work_order_contracts",)}  # what stays in Procore
ONE_WAY = {  # flows that bring the ledger's own documents; they are another story
    "nav_procore": ("purchase_orders", "purchase_invoices", "credit_memos", "dimension_values"),
}
READERS = {"bc_procore": books.dynamics, "nav_procore": books.dynamics, "fo_procore": books.fo}
VENDORS = 12  # that people use in a run


def surroundings(world: World) -> papers.Surroundings:
    """What the company has, told by the stand-ins."""
    site, office = (world.ready[name]["control_url"] for name in world.sides)
    demo, field = call(office, "demo"), call(site, "demo")
    plan_ = plan(world)
    numbers = [row["project"] for row in field["expected"]["projects"]]
    projects = [one for one in numbers if one in world.projects]
    vendors = [
        row["name"] for row in call(site, "procore/vendors")
        if plan_.vendors.get(row["id"]) and row["origin_id"] and row["is_active"]
    ]  # fmt: skip
    primes = {
        row["number"].replace("PC", "P", 1): row["number"]
        for row in call(site, "procore/prime_contracts")
        if row["status"] == "Approved"
    }
    codes = {project: mapped(demo, project) for project in projects}
    taxes = {row["code"]: Decimal(row["rate1"]) for row in call(site, "procore/tax_codes")}
    return papers.Surroundings(
        projects, codes, demo["expected"]["unmapped_cost_codes"], sorted(vendors)[:VENDORS],
        {code: rate for code, rate in taxes.items() if code in TAXES.get(world.key, ())}, primes,
        world.today, KINDS[world.key],
    )  # fmt: skip


def mapped(demo: dict[str, Any], project: str) -> list[str]:
    found = {row["cost_code"] for row in demo["mappings"] if row["project"] in ("", project)}
    return sorted(code for code in found if "-" in code)


def plan(world: World) -> oracle.Plan:
    """How the company codes its costs, told by itself."""
    site, office = (world.ready[name]["control_url"] for name in world.sides)
    demo, field = call(office, "demo"), call(site, "demo")
    told = demo if demo.get("mappings") else field
    rules = {(r["cost_code"], r["project"], r["cost_type"]): r for r in told["mappings"]}
    values = {row["project"]: row["value"] for row in told["expected"]["projects"]}
    numbers = {row["id"]: row["number"] for row in field["expected"]["vendors"]}
    return oracle.Plan(
        rules, told["account_rules"], values, numbers, told["expected"]["closed_before"]
    )


def sources(
    site: str,
    made: list[papers.Paper],
    rows: dict[str, dict[str, Any]],
    uncarried: tuple[str, ...] = (),
) -> list[oracle.Paper]:
    """Each paper as Procore has it now."""
    made = [paper for paper in made if paper.collection not in uncarried]
    lists = {paper.collection: call(site, f"procore/{paper.collection}") for paper in made}
    now = {(name, row["id"]): row for name, listed in lists.items() for row in listed}
    return [
        oracle.Paper(
            paper.token, paper.collection, paper.facts["project"],
            now.get((paper.collection, rows[paper.token]["id"])), str(rows[paper.token]["id"]),
            paper.contract,
        )
        for paper in made
    ]  # fmt: skip


def ledger(world: World, site: str) -> books.Books:
    """What came into the ledger since the first day."""
    found = READERS[world.key](site)
    found.entries = [entry for entry in found.entries if entry.document not in world.before]
    return found


def notice(company: Company, row: dict[str, Any], collection: str) -> str:
    """What Procore sends: which record, never its content."""
    name = RESOURCES.get(collection, "Change Orders")
    project = row.get("project_id") or (row.get("project") or {}).get("id")
    body = telling.notice(company, row, resource_name=name, project_id=project,
                          event_type="update")  # fmt: skip
    return json.dumps(body, default=str)


def trouble(dice: random.Random, key: str, side: int) -> list[dict[str, Any]]:
    """Refusals, cut answers, outages, revoked tokens: as likely as the dice say."""
    from config.demo.stand_ins import SIDES

    calls = CALLS[STAND_INS[SIDES[key][side]].vendor]

    def rule(action: str, method: str, most: float, **facts: Any) -> dict[str, Any]:
        chance = round(dice.uniform(0, most), 3)
        return {"action": action, "method": method, "path": calls, "probability": chance,
                "times": None, **facts}  # fmt: skip

    found = [
        rule("status", "GET", 0.04, status=429, headers={"Retry-After": "2"}),
        rule("status", "GET", 0.04, status=503),
        rule("cut_after", "GET", 0.03),
        rule("revoke_tokens", "GET", 0.01, times=2),
    ]
    for method in ("POST", "PATCH"):
        found += [
            rule("status", method, 0.05, status=429),
            rule("status", method, 0.04, status=502),
            rule("cut_before", method, 0.06),
            rule("cut_after", method, 0.12),
        ]
    return dice.sample(found, dice.randint(2, len(found)))
