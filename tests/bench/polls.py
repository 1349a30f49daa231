"""A poll of every flow with nothing new, with few and with many records in our tables."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from syncs.flow import Context
from syncs.models import Record, State
from syncs.registry import flows_of
from tests.bench import scene
from tests.bench.figure import Figure, median
from tests.bench.scene import FLOW
from tests.flows import telling
from tests.flows.telling import only_what_is_new
from tests.story import Company

FEW, MANY, FULL = 100, 10_000, 100_000
LONG_AGO = dt.timedelta(days=30)
Cost = tuple[int, int, float]  # requests, queries, CPU seconds


def measure(full: bool) -> list[Figure]:
    """Posted records by the thousand; the source holds some hundred documents more, too."""
    with scene.company() as company:
        poll_all(company)  # what the demo has already is known
        stand(company, FEW)
        few = cost(company)
        count = (FULL if full else MANY) - FEW
        stand(company, count)
        scene.has_direct_costs(company, 2000 if full else 400, "OLD-")
        time.sleep(3)  # until they are old
        many = cost(company)
        return [*figures(few, many, FEW + count), *resting(company)]


def stand(company: Company, count: int) -> None:
    """So many more records that were posted long ago, over all document flows."""
    flows = [name for name in flows_of(company.integration) if name != "vendors"]
    first, now = Record.objects.count(), timezone.now() - LONG_AGO
    rows = [
        Record(
            integration=company.integration, flow=flows[n % len(flows)], scope="1",
            source_id=f"old-{n}", state=State.POSTED, natural_key=f"old-{n}",
            destination_id=f"old-{n}", destination_kind="invoice", destination_status="posted",
            posted_digest="x", posted_at=now, read_back_at=now, changed_at=now,
        )
        for n in range(first, first + count)
    ]  # fmt: skip
    Record.objects.bulk_create(rows, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE syncs_record")


def poll_all(company: Company) -> None:
    for flow in flows_of(company.integration):
        company.poll(flow)


def cost(company: Company) -> Cost:
    only_what_is_new(company)
    with CaptureQueriesContext(connection) as queries:
        requests = asked(company, flows_of(company.integration))
    return requests, len(queries), median(quick(company) for _ in range(3))


def quick(company: Company) -> float:
    only_what_is_new(company)
    return scene.cpu_seconds(lambda: poll_all(company))[0]


def resting(company: Company) -> list[Figure]:
    """Requests of a poll of all flows where the webhooks of all projects stand and were quiet.

    Procore has no list over all projects for what its projects hold, and no webhook for
    subcontractor invoices and change orders: those are asked of each project.
    """
    flows = flows_of(company.integration).values()
    context = Context(company.integration, FLOW)
    for scope in flows_of(company.integration)[FLOW].scopes(context):
        telling.procore_calls(company, scope.id)
    for _ in range(2):
        poll_all(company)
    apart = {flow.name for flow in flows if flow.source != "ledger" and not flow.resources}
    told = asked(company, [flow.name for flow in flows if flow.name not in apart])
    untold = asked(company, sorted(apart))
    where = "where webhooks stand and projects are quiet"
    return [
        Figure(f"requests {where}", told, "", 3),
        Figure("  for what Procore has no webhook for", untold),
    ]


def asked(company: Company, flows: Iterable[str]) -> int:
    for vendor in (company.procore, company.ledger):
        vendor("requests", method="DELETE")
    for flow in flows:
        company.poll(flow)
    return sum(vendor("requests")["total"] for vendor in (company.procore, company.ledger))


def figures(few: Cost, many: Cost, count: int) -> list[Figure]:
    return [
        Figure(f"requests at {FEW:,} records (all flows)", few[0]),
        Figure(f"requests at {count:,} records", many[0], "", few[0]),
        Figure(f"queries at {FEW:,} records", few[1]),
        Figure(f"queries at {count:,} records", many[1], "", few[1]),
        Figure(f"CPU at {FEW:,} records", few[2], "s"),
        Figure(f"CPU at {count:,} records", many[2], "s", 1),
    ]
