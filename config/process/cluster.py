"""What the operating system says about a running worker cluster.

django-q2 starts one main process, whose only child is the sentinel, whose children are the workers,
the monitor and the pusher. Each puts its role in its title: `qcluster NAME ROLE ...`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psutil

IDLE, BUSY = "idle", "processing"


@dataclass(frozen=True)
class Snapshot:
    """A cluster at one moment; titles by process id."""

    sentinel: int | None
    switches: int  # of the sentinel, which wakes twice a second as long as it lives
    idle: frozenset[int]
    busy: frozenset[int]

    @property
    def workers(self) -> frozenset[int]:
        return self.idle | self.busy


def snapshot(main: int) -> Snapshot:
    """Processes that end while we look are left out."""
    sentinel = next(iter(children(main)), None)
    roles = {p.pid: role(p) for p in children(sentinel.pid)} if sentinel else {}
    return Snapshot(
        sentinel=sentinel.pid if sentinel else None,
        switches=context_switches(sentinel) if sentinel else 0,
        idle=frozenset(pid for pid, found in roles.items() if found == IDLE),
        busy=frozenset(pid for pid, found in roles.items() if found == BUSY),
    )


def is_busy(main: int) -> bool:
    return bool(snapshot(main).busy)


def children(pid: int) -> Iterator[psutil.Process]:
    try:
        found = psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return
    yield from (child for child in found if is_alive(child))


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def role(process: psutil.Process) -> str:
    """`idle`, `processing`, `monitor`, `pusher`, or empty while it starts."""
    words = title(process).split()
    is_named = len(words) > 2 and words[0] == "qcluster" and words[1].startswith("Process-")
    return words[2] if is_named else ""


def title(process: psutil.Process) -> str:
    """Of a busy worker: `qcluster NAME processing TASK 'FUNCTION'`; empty once it has ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def context_switches(process: psutil.Process) -> int:
    try:
        return sum(process.num_ctx_switches())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
