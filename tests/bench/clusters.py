"""Two worker clusters against one, on systems that answer in 50 ms, with one worker each.

Business Central's own limit (6,000 requests in five minutes) is a third less than what two workers
ask for here, and has a row of its own (`ceiling`): our budget is emptied while the clock runs.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.utils import timezone
from django_q.models import OrmQ

from config.models import Heartbeat
from config.rehearsal import ending, stage
from connections.models import RateBudget
from syncs.models import FlowSettings, Record, State
from tests.bench import scene
from tests.bench.figure import Figure
from tests.bench.webhooks import nothing_else_happens, wait_until
from tests.story import Company

ANSWERS_IN = 0.05
STARTS_IN = 120.0
WARM = 10  # documents that are posted before the clock starts
MOST = 8  # documents a second that one worker is given


def measure(full: bool) -> list[Figure]:
    """In turns, so that both meet the same machine; from a backlog that outlasts the clock."""
    rounds, seconds = (3, 30.0) if full else (1, 15.0)
    rates: dict[int, list[float]] = {1: [], 2: []}
    with scene.company() as company:
        nothing_else_happens(company)
        FlowSettings.objects.update(stopped=False)
        slow = {"path": ".", "action": "slow", "seconds": ANSWERS_IN, "times": None}
        for control in (company.procore, company.ledger):
            control("faults", {"seed": 1, "rules": [slow]})
        for number in range(rounds):
            for clusters, found in rates.items():
                found.append(rate(company, clusters, seconds, f"R{number}C{clusters}-"))
    one, two = (sum(found) / rounds for found in rates.values())
    return [
        Figure("documents/s, one cluster", one),
        Figure("documents/s, two clusters", two),
        Figure("  times the one", two / one, "×", 1.8, least=True),
    ]


def rate(company: Company, clusters: int, seconds: float, prefix: str) -> float:
    """Documents that are posted in a second."""
    count = WARM * clusters + int(MOST * clusters * seconds)
    ids = scene.noted(company, scene.has_direct_costs(company, count, prefix))
    OrmQ.objects.all().delete()
    posted = Record.objects.filter(pk__in=ids, state=State.POSTED)
    with ExitStack() as stack:
        for number in range(clusters):
            stack.enter_context(cluster(f"{prefix}{number}"))
        wait_until(lambda: working(prefix) == clusters, STARTS_IN)
        Record.objects.nudge(ids)
        wait_until(lambda: posted.count() >= WARM * clusters, STARTS_IN)
        before, began = posted.count(), time.monotonic()
        without_ceiling(began + seconds)
        done, lasted = posted.count() - before, time.monotonic() - began
    if working(prefix) != clusters or not 0 < done < count - before:
        raise RuntimeError(f"{done} of {count - before} were posted, by {working(prefix)} clusters")
    Record.objects.filter(pk__in=ids).exclude(state=State.POSTED).update(state=State.SET_ASIDE)
    return done / lasted


def without_ceiling(end: float) -> None:
    """Until that moment no request has to wait for the budget."""
    while (left := end - time.monotonic()) > 0:
        RateBudget.objects.update(reset_at=timezone.now(), blocked_until=None)
        time.sleep(min(left, 0.5))


def working(prefix: str) -> int:
    return Heartbeat.objects.filter(host__startswith=prefix, worked_at__isnull=False).count()


@contextmanager
def cluster(host: str) -> Iterator[None]:
    command = [*stage.MANAGE, "up", "--only", "worker"]
    surroundings = {**os.environ, "HOST_NAME": host, "QUEUE_WORKERS": "1"}
    with ending.program(command, subprocess.DEVNULL, subprocess.DEVNULL, env=surroundings):
        yield
