"""No process outlives the one that started it (Linux; elsewhere this does nothing)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
SUPERVISED = "ML_CONNECTOR_SUPERVISED"

libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies. A fork does not inherit this."""
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tie_forks() -> None:
    """In a supervised worker cluster the sentinel dies with main, and the workers with it."""
    if libc is not None and os.environ.get(SUPERVISED):
        os.register_at_fork(after_in_child=die_with_parent)
