"""Requests that one posted Business Central invoice costs, by the stand-in's own counters."""

from __future__ import annotations

from syncs.queue import CHUNK
from tests.bench import scene
from tests.bench.figure import Figure
from tests.story import Company

GOAL = 2 + 1 + 1 / CHUNK  # deep insert, post, read-back, and a share of the batch's look-up


def measure(full: bool) -> list[Figure]:
    with scene.company() as company:
        figures(company, CHUNK)  # the first batch signs in
        return figures(company, 200 if full else 40, "COST-")


def figures(company: Company, count: int, prefix: str = "WARM-") -> list[Figure]:
    scene.noted(company, scene.has_direct_costs(company, count, prefix))
    company.ledger("requests", method="DELETE")
    company.procore("requests", method="DELETE")
    company.the_worker_runs()
    ledger, source = company.ledger("requests"), company.procore("requests")
    posted = len(company.posted_under(prefix))
    writes = sum(n for name, n in ledger["counters"].items() if name.startswith("POST"))
    return [
        Figure(f"posted of {count} invoices", posted, "", count, least=True),
        Figure("Business Central requests per invoice", ledger["total"] / posted, "", GOAL),
        Figure("  of these writes", writes / posted, "", 2),
        Figure("Procore requests per invoice", source["total"] / posted),
    ]
