"""A poll of every flow with nothing new, with few and with many records in our tables."""

from __future__ import annotations

import time

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from syncs.models import Record, State
from syncs.registry import flows_of
from tests.bench import scene
from tests.bench.figure import Figure, median
from tests.flows.telling import only_what_is_new
from tests.story import Company

FEW, MANY = 100, 10_000
Cost = tuple[int, int, float]  # requests, queries, seconds


def measure(full: bool) -> list[Figure]:
    """Posted records by the thousand; the source holds some hundred documents more, too."""
    with scene.company() as company:
        poll_all(company)  # what the demo has already is known
        stand(company, FEW)
        few = cost(company)
        stand(company, MANY - FEW)
        scene.has_direct_costs(company, 2000 if full else 400, "OLD-")
        time.sleep(3)  # until they are old
        return figures(few, cost(company))


def stand(company: Company, count: int) -> None:
    """So many more records that were posted long ago, over all document flows."""
    flows = [name for name in flows_of(company.integration) if name != "vendors"]
    first, now = Record.objects.count(), timezone.now()
    rows = [
        Record(
            integration=company.integration, flow=flows[n % len(flows)], scope="1",
            source_id=f"old-{n}", state=State.POSTED, natural_key=f"old-{n}",
            destination_id=f"old-{n}", destination_kind="invoice", destination_status="posted",
            posted_digest="x", posted_at=now, read_back_at=now,
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
    for vendor in (company.procore, company.ledger):
        vendor("requests", method="DELETE")
    only_what_is_new(company)
    with CaptureQueriesContext(connection) as queries:
        poll_all(company)
    requests = sum(vendor("requests")["total"] for vendor in (company.procore, company.ledger))
    return requests, len(queries), median(quick(company) for _ in range(3))


def quick(company: Company) -> float:
    only_what_is_new(company)
    return scene.seconds(lambda: poll_all(company))[0]


def figures(few: Cost, many: Cost) -> list[Figure]:
    return [
        Figure(f"requests at {FEW:,} records (all flows)", few[0]),
        Figure(f"requests at {MANY:,} records", many[0], "", few[0]),
        Figure(f"queries at {FEW:,} records", few[1]),
        Figure(f"queries at {MANY:,} records", many[1], "", few[1]),
        Figure(f"time at {FEW:,} records", few[2], "s"),
        Figure(f"time at {MANY:,} records", many[2], "s"),
    ]
