"""Two workers against Procore's short window: how much of it they use, and what was refused."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connections

from connections.models import RateBudget
from syncs.pipelines import engine
from syncs.queue import CHUNK
from tests.bench import scene
from tests.bench.figure import Figure
from tests.story import Company

LIMIT, SECONDS = 25, 10
WORKERS = 2
Work = SimpleQueue[list[int]]


def measure(full: bool) -> list[Figure]:
    windows = 30 if full else 3
    with scene.company() as company:
        ids = scene.noted(company, scene.has_direct_costs(company, LIMIT * (windows + 1), "RATE-"))
        company.procore("requests", method="DELETE")
        company.procore("limits", {"spike": LIMIT, "spike_seconds": SECONDS})
        RateBudget.objects.all().delete()
        carry(ids, windows * SECONDS + 1)
        return figures(company)


def carry(ids: list[int], seconds: float) -> None:
    """Workers carry the records until the time is over."""
    work: Work = SimpleQueue()
    for start in range(0, len(ids), CHUNK):
        work.put(ids[start : start + CHUNK])
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=worker, args=(work, end)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def worker(work: Work, end: float) -> None:
    try:
        while time.monotonic() < end:
            engine.run(work.get_nowait())
    except Empty:
        return
    finally:
        connections.close_all()


def figures(company: Company) -> list[Figure]:
    said = company.procore("requests?tail=5000")
    times = sorted(float(row["time"]) for row in said["log"] if "oauth" not in row["path"])
    starts = opened(times)
    whole = [at for at in times if starts[0] <= at < starts[-1]]
    lasted = starts[-1] - starts[0]
    return [
        Figure("use of the ceiling", len(whole) / (lasted / SECONDS * LIMIT), "", 0.95, True),
        Figure("  whole windows seen", len(starts) - 1),
        Figure("  requests in a window", len(whole) / (len(starts) - 1), "", LIMIT),
        Figure("  a window lasted", lasted / (len(starts) - 1), "s"),
        Figure("answers 429", refused(said), "", 0),
    ]


def opened(times: list[float]) -> list[float]:
    """When windows began: each with the first request after the end of the one before."""
    starts: list[float] = []
    for at in times:
        if not starts or at >= starts[-1] + SECONDS:
            starts.append(at)
    return starts


def refused(said: dict[str, Any]) -> int:
    return int(said["statuses"].get("429", 0))
