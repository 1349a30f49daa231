"""Documents in a second by the application's two workers, beside one bare session that sends the
same requests; and how many records its queue takes from claim to state when no system is asked."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django_q.models import OrmQ

from config.models import Heartbeat
from config.rehearsal import ending, stage
from connections.models import RateBudget
from syncs.models import FlowSettings, Record, State
from tests.bench import cost, scene
from tests.bench.clusters import STARTS_IN
from tests.bench.figure import Figure
from tests.bench.webhooks import nothing_else_happens, wait_until
from tests.story import Company

WORKERS = 2
MOST = 15  # documents a second that each worker is given


def measure(full: bool) -> list[Figure]:
    seconds = 30.0 if full else 12.0
    with scene.company() as company:
        nothing_else_happens(company)
        FlowSettings.objects.update(stopped=False)
        found = [*posted_beside_bare(company, 0, seconds)]
        found += posted_beside_bare(company, 0.05, seconds)
        return [*found, *queued(company, 3000 if full else 600)]


def posted_beside_bare(company: Company, answers_in: float, seconds: float) -> Iterator[Figure]:
    """One after the other on the same stand-ins, which answer after so many seconds."""
    slow = {"path": ".", "action": "slow", "seconds": answers_in, "times": None}
    for control in (company.procore, company.ledger):
        control("faults", {"seed": 1, "rules": [slow] if answers_in else []})
    RateBudget.objects.all().delete()
    named = f"D{answers_in * 1000:.0f}-"
    ours = rate_of(company, f"{named}OURS-", seconds)
    sent = int(seconds * 4)
    began = time.perf_counter()
    cost.sent(company, sent, f"{named}BARE-")
    bare = sent / (time.perf_counter() - began)
    told = f"answers in {answers_in * 1000:.0f} ms"
    yield Figure(f"documents/s, two workers, {told}", ours)
    yield Figure(f"documents/s, one bare session, {told}", bare)
    goal = 1.0 if answers_in else None
    yield Figure("  times the bare session", ours / bare, "×", goal, least=True)


def rate_of(company: Company, prefix: str, seconds: float) -> float:
    """Posted in a second, from a backlog that outlasts the clock."""
    ids = scene.noted(
        company, scene.has_direct_costs(company, int(MOST * WORKERS * seconds), prefix)
    )
    posted = Record.objects.filter(pk__in=ids, state=State.POSTED)
    rate = rate_while(prefix, ids, posted.count, seconds)
    left = Record.objects.filter(pk__in=ids).exclude(state=State.POSTED)
    left.update(state=State.SET_ASIDE)
    return rate


def queued(company: Company, count: int) -> Iterator[Figure]:
    """The flow is stopped: each record is claimed, its gate found shut, and left with its line in
    the journal to be tried later. No system is asked, so that it is all ours."""
    FlowSettings.objects.update(stopped=True)
    ids = scene.noted(company, scene.has_direct_costs(company, count, "QUEUE-"))
    left = Record.objects.filter(pk__in=ids, run_at__isnull=False)
    with workers("QUEUE"):
        began = time.monotonic()
        Record.objects.nudge(ids)
        wait_until(lambda: left.count() == count, STARTS_IN)
        lasted, done = time.monotonic() - began, left.count()
    yield Figure("records/s through the queue, no system asked", done / lasted, "", 100, least=True)
    yield Figure("  of these left behind", count - done, "", 0)


def rate_while(host: str, ids: list[int], done: Callable[[], int], seconds: float) -> float:
    with workers(host):
        Record.objects.nudge(ids)
        wait_until(lambda: done() >= 10 * WORKERS, STARTS_IN)
        before, began = done(), time.monotonic()
        time.sleep(seconds)
        rate = (done() - before) / (time.monotonic() - began)
        if not 0 < done() < len(ids):
            raise RuntimeError(f"{done()} of {len(ids)} were posted")
    return rate


@contextmanager
def workers(host: str) -> Iterator[None]:
    """The application's own, two of them; ready when they have begun to work."""
    OrmQ.objects.all().delete()
    command = [*stage.MANAGE, "up", "--only", "worker"]
    surroundings = {**os.environ, "HOST_NAME": host, "QUEUE_WORKERS": str(WORKERS)}
    with ending.program(command, subprocess.DEVNULL, subprocess.DEVNULL, env=surroundings):
        working = Heartbeat.objects.filter(host=host, worked_at__isnull=False)
        wait_until(working.exists, STARTS_IN)
        yield
