"""What ties a process to the one that started it.

No process outlives it (Linux; elsewhere that part does nothing). And one that waits for nothing but
time learns at once that its supervisor ends everything: both hold an end of a pipe, which closes.
"""

import ctypes
import os
import select
import signal
import stat
import sys
import time

PR_SET_PDEATHSIG = 1
SUPERVISED = "ML_CONNECTOR_SUPERVISED"
CLOSING = "ML_CONNECTOR_CLOSING"  # the pipe's end that is read

libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies. A fork does not inherit this."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tie_forks() -> None:
    """In a supervised worker cluster the sentinel dies with main, and the workers with it."""
    if libc is not None and os.environ.get(SUPERVISED):
        os.register_at_fork(after_in_child=die_with_parent)


def mind_the_end() -> None:
    """Whoever waits for a request limit stops waiting when the supervisor ends everything."""
    from connections.transport import rate_limit

    rate_limit.pause = closing_within


def closing_within(seconds: float) -> bool:
    """Sleeps so long, or until the supervisor ends everything; True then."""
    end = pipe()
    if end is None:
        time.sleep(seconds)
        return False
    return bool(select.select([end], [], [], seconds)[0])


def pipe() -> int | None:
    """None without a supervisor, and where the number has come to mean something else."""
    number = os.environ.get(CLOSING, "")
    try:
        end = int(number) if number else None
        return end if end is not None and stat.S_ISFIFO(os.fstat(end).st_mode) else None
    except OSError:
        return None
