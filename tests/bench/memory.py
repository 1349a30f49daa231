"""Memory of one process that carries very many records."""

from __future__ import annotations

import psutil

from connections.errors import Reason
from syncs.models import Record, State
from syncs.pipelines import engine
from syncs.queue import CHUNK
from tests.bench import scene
from tests.bench.figure import Figure

FLAT = 1.05  # what the memory may be of the earlier one


def measure(full: bool) -> list[Figure]:
    """In shadow mode all is done but the write; `full` posts each of them."""
    few, many = (1000, 5000) if full else (500, 2500)
    with scene.company() as company:
        company.settings(scene.FLOW, shadow=not full)
        ids = scene.noted(company, scene.has_direct_costs(company, many if full else 500, "MEM-"))
        start = resident()
        first = after(ids, 0, few)
        last = after(ids, few, many)
        check(full)
    return [
        Figure("at the start", start, "MB"),
        Figure(f"after {few:,} records", first, "MB"),
        Figure(f"after {many:,} records", last, "MB", first * FLAT),
    ]


def after(ids: list[int], done: int, wanted: int) -> float:
    """What the process holds when so many are carried; each comes again once all were there."""
    for start in range(done, wanted, CHUNK):
        chunk = [ids[n % len(ids)] for n in range(start, start + CHUNK)]
        Record.objects.filter(pk__in=chunk).update(state=State.PENDING, run_at=None)
        if engine.run(chunk) != CHUNK:
            raise RuntimeError("records were not carried")
    return resident()


def check(full: bool) -> None:
    """All the way, each of them: else less was measured than is told."""
    end = {"state": State.POSTED} if full else {"reason": Reason.SHADOW}
    if others := Record.objects.filter(flow=scene.FLOW).exclude(**end).values("sentence").first():
        raise RuntimeError(f"a record did not get there: {others['sentence']}")


def resident() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20
