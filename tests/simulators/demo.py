"""The demo company in Procore: projects, codes, vendors, then months of documents."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from . import company

if TYPE_CHECKING:
    from .procore.simulator import ProcoreSimulator

ERP_INTEGRATED = ("1042", "1045")
MOVE_MATERIALS = ["P-1042", "P-1044"]  # chose that stored materials become completed work
TYPE_FIRST = ["P-1043"]  # its budget codes begin with the cost type
ZONES = {"1045": "US/Pacific"}  # kept by people of the west coast; the others are in Ohio
PRESENT = (
    "V10001", "V10011", "V10021", "V10031", "V10041", "V10051", "V10061", "V10071", "V10091",
    "V10101", "V10111", "V10122", "V10123",
)  # fmt: skip
PRESENT_COUNT = 40
UNKNOWN_VENDOR = "Buckeye Dumpster & Hauling"
OWNERS = ("Riverside Health Partners", "Dayton City Schools", "Harbor Point LP",
          "Northgate Logistics REIT", "Diocese of Pittsburgh")  # fmt: skip


def answer(
    state: Mapping[str, Any] | None = None, jobs: Sequence[company.Job] = company.JOBS
) -> dict[str, Any]:
    """What a controller of the demo company would enter, and what is to be expected."""
    projects = {job.number: job.dimension_code for job in jobs}
    rows = [asdict(rule) for rule in company.MAPPINGS]
    for row in rows:
        row["project"] = projects.get(row["project"], row["project"])
    return {
        "mappings": rows,
        "account_rules": dict(company.ACCOUNT_RULES),
        "flows": {"dimension_values": {
            "code_rule": "value", "code_part": "COSTCODE", "code_filter": "*",
        }},
        "expected": {
            "company": company.COMPANY_NAME,
            "closed_before": company.CLOSED_BEFORE,
            "open_until": company.OPEN_UNTIL,
            "unmapped_cost_codes": list(company.UNMAPPED_COST_CODES),
            "projects": [
                {"project": job.dimension_code, "job": job.number, "value": job.dimension_code}
                for job in jobs
            ],
            "vendors": list((state or {}).get("vendor_links", [])),
            "troubles": list((state or {}).get("troubles", [])),
        },
    }  # fmt: skip


def fill(simulator: ProcoreSimulator) -> None:
    """Everything, the same for the same seed and day."""
    from .demo_budgets import fill_budgets
    from .demo_documents import Author

    simulator.state["company"]["name"] = company.COMPANY_NAME
    simulator.state["company"]["currency"] = company.CURRENCY
    simulator.settings.update(moves_materials=MOVE_MATERIALS, type_first=TYPE_FIRST)
    fill_codes(simulator)
    fill_projects(simulator)
    fill_vendors(simulator)
    Author(simulator, random.Random(simulator.seed)).write()
    fill_budgets(simulator, random.Random(f"budgets {simulator.seed}"))


def fill_codes(simulator: ProcoreSimulator) -> None:
    for kind in company.COST_TYPES:
        simulator.put_cost_type(
            {"name": kind.name, "csv_import_code": kind.code, "base_type": kind.base_type}, None
        )
    for tax in company.TAX_CODES:
        simulator.put_tax_code(
            {"code": tax.code, "description": tax.name, "rate1": tax.percent}, None
        )
    parents: dict[str, int] = {}
    for division, name in company.DIVISIONS.items():
        row = simulator.put_standard_code({"code": division, "name": name}, None)
        parents[division] = row["id"]
    for cost in company.COST_CODES:
        own = cost.code.partition("-")[2]
        simulator.put_standard_code(
            {"code": own, "name": cost.name, "parent_id": parents[cost.division]}, None
        )


def fill_projects(simulator: ProcoreSimulator) -> None:
    for job in company.jobs(simulator.company):
        simulator.story_create("projects", {
            "name": job.name, "project_number": job.dimension_code, "city": job.city,
            "accounting_project_number": job.number, "state_code": job.state, "country_code": "US",
            "start_date": job.start.isoformat(), "permitted": True,
            "time_zone": ZONES.get(job.number, "US/Eastern"),
            "erp_integrated": job.number in ERP_INTEGRATED,
        })  # fmt: skip
    simulator.story_create("projects", {
        "name": "Old Mill Lofts (closed)", "project_number": "P-0987", "active": False,
        "country_code": "US", "permitted": True,
    })  # fmt: skip
    simulator.story_create("projects", {
        "name": "Airport Hangar 7 (not shared)", "project_number": "P-1099", "country_code": "US",
    })  # fmt: skip


def present_vendors() -> list[company.Vendor]:
    """The ledger's vendors that Procore already knows."""
    special = [vendor for vendor in company.VENDORS if vendor.number in PRESENT]
    others = [vendor for vendor in company.VENDORS[14:] if vendor.number not in PRESENT]
    step = max(1, len(others) // (PRESENT_COUNT - len(special)))
    return (special + others[::step])[:PRESENT_COUNT]


def other_name(index: int, name: str) -> str:
    """Typed a little differently by whoever made the vendor in Procore."""
    if index % 5 != 4:
        return name
    for ending in (", Inc.", " Inc.", ", LLC", " LLC", " Co.", " Company", " Ltd."):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name.replace(" & ", " and ") if " & " in name else f"{name} Inc"


def fill_vendors(simulator: ProcoreSimulator) -> None:
    links: list[dict[str, Any]] = []
    for index, vendor in enumerate(present_vendors()):
        name = vendor.name if index < len(PRESENT) else other_name(index, vendor.name)
        row = simulator.story_create("vendors", {
            "name": name, "address": vendor.street, "city": vendor.city, "zip": vendor.zip,
            "state_code": vendor.state or None, "country_code": vendor.country,
            "business_phone": vendor.phone or None, "email_address": vendor.email or None,
            **({"business_register_attributes": {"type": "EIN", "identifier": vendor.tax_number}}
               if index % 3 and vendor.tax_number else {}),
        })  # fmt: skip
        links.append({"id": row["id"], "name": name, "number": vendor.number})
    for name in (UNKNOWN_VENDOR, *OWNERS):
        row = simulator.story_create("vendors", {"name": name, "country_code": "US"})
        links.append({"id": row["id"], "name": name, "number": None})
    simulator.state["vendor_links"] = links


def numbers(links: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Ledger number to Procore id."""
    return {link["number"]: link["id"] for link in links if link["number"]}
