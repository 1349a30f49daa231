"""What the controller of the demo company entered, and the documents that people had typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.simulators import company as keystone

from . import hands, seed, site
from .model import Row
from .store import Books

NAMES = {code: name for name, code in seed.DIMENSIONS.items()}


def answer(state: Row, jobs: Sequence[keystone.Job]) -> dict[str, Any]:
    """Mappings name dimensions as this ledger does."""
    projects = {job.number: job.dimension_code for job in jobs}
    rows = [asdict(rule) for rule in keystone.MAPPINGS]
    for row in rows:
        row["project"] = projects.get(row["project"], row["project"])
        row["dimensions"] = {NAMES[code]: value for code, value in row["dimensions"].items()}
    return {
        "mappings": rows,
        "account_rules": dict(keystone.ACCOUNT_RULES),
        "expected": {
            "company": keystone.COMPANY_NAME, "legal_entity": site.COMPANY,
            "closed_before": keystone.CLOSED_BEFORE, "open_until": keystone.OPEN_UNTIL,
            "unmapped_cost_codes": list(keystone.UNMAPPED_COST_CODES),
            "missing_values": {"Project": list(seed.MISSING_PROJECTS),
                               "CostCode": list(seed.MISSING_CODES)},
            "projects": [
                {"project": job.dimension_code, "job": job.number, "value": job.dimension_code}
                for job in jobs
            ],
            "vendors": [], "troubles": list(state["troubles"]),
        },
    }  # fmt: skip


def plant(books: Books) -> None:
    """A few documents of the accountants' own: nothing of them is ours."""
    for at, vendor in enumerate(("V10124", "V10131", "V10145")):
        order = hands.type_order(books, {
            "vendor": vendor, "lines": [{"amount": 1800 + at * 725, "project": "P-1042"}],
        })  # fmt: skip
        hands.confirm(books, {"number": order["number"]})
    for at, vendor in enumerate(("V10126", "V10133", "V10150", "V10162")):
        made = hands.type_invoice(books, {
            "vendor": vendor, "number": f"OFF-{4100 + at}",
            "lines": [{"amount": 240 + at * 115, "account": "60300"}],
        })  # fmt: skip
        if at % 2:
            hands.post_invoice(books, {"number": made["number"]})
    hands.type_journal(books, {"lines": [
        {"account": "60300", "amount": 450}, {"account": "10100", "amount": -450},
    ]})  # fmt: skip
    books.state["events"].clear()
    books.commit()
