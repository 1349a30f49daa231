"""One test of one connection, step by step: every step ends in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from django.utils import timezone

from connections.documents import PostingWindow
from connections.errors import ConnectorError
from connections.pages import moments

CLOCK_TOLERANCE = dt.timedelta(seconds=60)


class Failed(Exception):
    """Going on makes no sense."""


class Steps:
    """One test of one connection, step by step."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.ok = True
        self.clock: dt.timedelta | None = None

    def must(self, step: Callable[[], None]) -> None:
        if not self.may(step):
            raise Failed

    def may(self, step: Callable[[], None]) -> bool:
        """True when the step went well; its failure is a finding."""
        try:
            step()
        except ConnectorError as error:
            self.ok = False
            self.findings.append(error.sentence)
            return False
        return True

    def say(self, sentence: str) -> None:
        self.findings.append(sentence)

    def note_clock(self, date: str) -> None:
        if date:
            self.clock = parsedate_to_datetime(date) - timezone.now()

    def compares_clocks(self) -> None:
        if self.clock is not None and abs(self.clock) > CLOCK_TOLERANCE:
            seconds = abs(int(self.clock.total_seconds()))
            self.say(f"The clocks differ by {seconds} seconds: check the time of this machine.")


def window_words(window: PostingWindow) -> str:
    first = f"from {moments.day(window.first)}" if window.first else ""
    last = f"to {moments.day(window.last)}" if window.last else ""
    dates = " ".join(filter(None, (first, last))) or "on all dates"
    return f"Open for posting {dates}; local currency {window.currency or 'unknown'}."
