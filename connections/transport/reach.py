"""Whether a system can be reached, since when not, and how long its answers take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from connections.models import Connection


class Asks(Protocol):
    """A client, as far as the time of its requests is concerned."""

    connection: Connection
    seconds_used: float


@contextmanager
def timed(client: Asks) -> Iterator[None]:
    """One request. Whatever it answers, it was reached."""
    began = time.monotonic()
    try:
        yield
        client.connection.note_reached()
    finally:
        client.seconds_used += time.monotonic() - began
