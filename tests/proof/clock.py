"""A clock that the proof moves. Whoever sleeps moves it; nobody waits.

It lies in memory that forked workers share, so that a worker that waits for a limit takes the
stand-ins' time along. It has to be set before Django's models are imported, whose defaults keep
the function that they find.
"""

from __future__ import annotations

import datetime as dt
import mmap
import struct
import time
from typing import SupportsIndex

from django.utils import timezone

_cell = mmap.mmap(-1, 8)
_real_time, _real_sleep = time.time, time.sleep
YIELD = 0.001  # seconds of real time: other threads and processes get their turn


def ahead() -> float:
    """Seconds between the real clock and this one."""
    found: float = struct.unpack("d", _cell[:8])[0]
    return found


def move(seconds: float) -> None:
    """Forward, or back: clocks are set."""
    _cell[:8] = struct.pack("d", ahead() + seconds)


def set_ahead(seconds: float) -> None:
    _cell[:8] = struct.pack("d", seconds)


def sleep(seconds: SupportsIndex | float) -> None:
    move(max(float(seconds), 0.0))
    _real_sleep(YIELD)


def install() -> None:
    """For this process and those that it forks."""
    time.time = lambda: _real_time() + ahead()
    time.sleep = sleep
    timezone.now = lambda: dt.datetime.fromtimestamp(time.time(), dt.UTC)
