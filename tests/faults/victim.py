"""A worker that carries one record and dies at a chosen step: `python -m tests.faults.victim`.

Only this process is patched; the application has no hooks for tests.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from audit.journal import RecordJournal  # noqa: E402
from syncs.models import Record  # noqa: E402
from syncs.pipelines import engine, to_ledger  # noqa: E402


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_before(owner: object, name: str, call: int) -> None:
    """SIGKILL when it is called for the n-th time."""
    wrap(owner, name, call, before=True)


def dies_after(owner: object, name: str, call: int) -> None:
    wrap(owner, name, call, before=False)


def wrap(owner: object, name: str, call: int, before: bool) -> None:
    original: Callable[..., Any] = getattr(owner, name)
    count = 0

    def patched(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if before and count == call:
            die()
        result = original(*args, **kwargs)
        if not before and count == call:
            die()
        return result

    setattr(owner, name, patched)


STEPS: dict[str, Callable[[], None]] = {
    "before intent": lambda: dies_before(Record, "begin_write", 1),
    "intent in the record, none in the journal": lambda: dies_after(Record, "begin_write", 1),
    "after intent": lambda: dies_after(RecordJournal, "intent", 1),
    "before the create's outcome": lambda: dies_before(RecordJournal, "outcome", 1),
    "after the create's outcome": lambda: dies_after(RecordJournal, "outcome", 1),
    "after lines, before post": lambda: dies_after(Record, "end_write", 1),
    "after the post's intent": lambda: dies_after(RecordJournal, "intent", 2),
    "before the post's outcome": lambda: dies_before(RecordJournal, "outcome", 2),
    "after post, before read-back": lambda: dies_before(to_ledger, "verify", 1),
    "before finish": lambda: dies_before(Record, "finish", 1),
    "never": lambda: None,
}


def main() -> None:
    pk, step = int(sys.argv[1]), sys.argv[2]
    STEPS[step]()
    engine.run([pk])


if __name__ == "__main__":
    main()
