"""Tasks that carry ids only. Lose them all and the sweep sends them again."""

from __future__ import annotations

from collections.abc import Sequence

from django_q.tasks import async_task

CHUNK = 10  # records that one task carries, so that look-ups are shared


def ask(task: str, *arguments: object) -> None:
    """Enqueue one of our tasks by name, with ids only; written in the caller's transaction."""
    async_task(f"syncs.tasks.{task}", *arguments)


def ask_to_run(ids: Sequence[int], chunk: int) -> None:
    """A worker is to carry these records, so many in one task."""
    for start in range(0, len(ids), chunk):
        ask("run", list(ids[start : start + chunk]))
