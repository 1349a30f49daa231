"""Nudges: tasks that carry ids only. Lose them all and the sweep sends them again."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django_q.tasks import async_task

CHUNK = 10  # records that one task carries, so that look-ups are shared


def nudge(ids: Sequence[int], chunk: int = CHUNK) -> None:
    """Ask a worker to carry these records; written in the caller's transaction."""
    from syncs.models import Record

    for start in range(0, len(ids), chunk):
        async_task("syncs.tasks.run", list(ids[start : start + chunk]))
    Record.objects.filter(pk__in=list(ids)).update(nudged_at=timezone.now())


def ask(task: str, *ids: object) -> None:
    """Enqueue one of our tasks by name, with ids only."""
    async_task(f"syncs.tasks.{task}", *ids)
