"""A night in which fifty of very many posted documents were changed in the ledger."""

from __future__ import annotations

import datetime as dt
import random
import time

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from syncs import tasks
from syncs.models import FlowSettings, Night, Part, Record, State
from syncs.reconciliation import lists, night
from syncs.record import RecordQuerySet
from tests.bench import scene
from tests.bench.figure import Figure
from tests.flows.many import copies
from tests.story import Company

CHANGED, REQUESTS = 50, 300
AT_ONCE = 5000  # copies that one call to the stand-ins makes


def measure(full: bool) -> list[Figure]:
    """Posted over a year. The sample, whose share of the day's requests is a setting, is left out:
    everything was read again today."""
    count = 100_000 if full else 10_000
    settings.RECONCILE_SHARE = 1.0
    with scene.company() as company:
        stand(company, count)
        a_night(company)  # the first of all reads further back, and hears of the demo's documents
        company.the_worker_runs()
        overlap_is_over()
        change(company)
        before = asked(company)
        seconds, _ = scene.seconds(lambda: a_night(company))
        compared = asked(company) - before
        company.the_worker_runs()
        return figures(count, seconds, compared, asked(company) - before)


def stand(company: Company, count: int) -> None:
    [pk] = scene.noted(company, scene.has_direct_costs(company, 1, "LIKE-"))
    company.the_worker_runs()
    like, today = Record.objects.get(pk=pk), timezone.now().date()
    days = [(today - dt.timedelta(days=30 * n)).isoformat() for n in range(12)]
    for start in range(0, count, AT_ONCE):
        some = min(AT_ONCE, count - start)
        copies(company, like, some, f"C{start // AT_ONCE:02}-", days)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE syncs_record")


def a_night(company: Company) -> None:
    """All of its turns, one after the other."""
    row = FlowSettings.objects.get(integration=company.integration, flow=scene.FLOW)
    Night.objects.update(began_at=timezone.now() - night.LONGEST)
    tasks.reconcile(row.pk)
    while Night.objects.filter(settings=row, ended_at=None):
        tasks.reconcile(row.pk)


def overlap_is_over() -> None:
    """What was made for this bench bears stamps of just now; on other days it is older."""
    time.sleep(1)
    Part.objects.exclude(read_to=None).update(read_to=F("read_to") + lists.OVERLAP)


def change(company: Company) -> None:
    """Half of them by the amount, half by a dimension of their lines."""
    ids = list(ours().values_list("destination_id", flat=True))
    for n, id in enumerate(random.Random(7).sample(ids, CHANGED)):
        how = {"cost": "839.50"} if n % 2 else {"dimensions": {"COSTTYPE": "L"}}
        company.ledger("business_central/mend", {"id": id, **how})


def ours() -> RecordQuerySet:
    """What was made for this bench."""
    return Record.objects.filter(destination_number__regex=r"^C\d\d-")


def asked(company: Company) -> int:
    return sum(int(side("requests")["total"]) for side in (company.procore, company.ledger))


def figures(count: int, seconds: float, compared: int, requests: int) -> list[Figure]:
    held = ours().filter(state=State.HELD).count()
    other = ours().exclude(state=State.POSTED).count() - CHANGED
    return [
        Figure(f"changed of {count:,} posted documents, found", held, "", CHANGED, least=True),
        Figure("  others that were touched", other, "", 0),
        Figure("requests in all", requests, "", REQUESTS),
        Figure("  before the changed ones were carried", compared),
        Figure("seconds of the comparison", seconds, "s"),
    ]
