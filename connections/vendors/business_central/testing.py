"""Test connection: what works and what does not, in sentences; never an exception."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import partial

from django.utils import timezone

from connections.documents import PostingWindow, TestResult
from connections.errors import ConnectorError, Refused
from connections.transport import odata, tokens
from connections.vendors.business_central.reading import Reading

MUST_READ = {
    "purchaseInvoices": "purchase invoices",
    "accounts": "G/L accounts",
    "vendors": "vendors",
    "journals": "journals",
}
REQUIRED = {
    "tenant_id": "tenant id",
    "environment": "environment",
    "company": "company",
    "client_id": "client id",
}
CLOCK_TOLERANCE = dt.timedelta(seconds=60)


class Failed(Exception):
    """Going on makes no sense."""


class Testing(Reading):
    def test(self) -> TestResult:
        """Sign-in, environment, company, permissions, posting window, clock."""
        trial = Trial(self)
        with contextlib.suppress(Failed):
            trial.run()
        return TestResult(trial.ok, tuple(trial.findings), trial.clock)


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


class Trial(Steps):
    def __init__(self, client: Testing) -> None:
        super().__init__()
        self.client = client

    def run(self) -> None:
        self.must(self.fields_are_filled)
        self.must(self.signs_in)
        self.must(self.finds_the_company)
        for name, words in MUST_READ.items():
            self.may(partial(self.reads, name, words))
        self.may(self.knows_the_window)
        self.compares_clocks()

    def fields_are_filled(self) -> None:
        connection = self.client.connection
        missing = [words for name, words in REQUIRED.items() if not connection.setting(name)]
        missing += [] if connection.secret("client_secret") else ["client secret"]
        if missing:
            raise ConnectorError(f"Fill in: {', '.join(missing)}.")

    def signs_in(self) -> None:
        """With a new token always, so that a changed secret is really tried."""
        tokens.forget(self.client.connection)
        tokens.current(self.client)
        self.say("Signed in with Microsoft Entra ID.")

    def finds_the_company(self) -> None:
        self.client.forget_company()
        company = self.client.company()
        environment = self.client.connection.setting("environment")
        self.say(f"Environment {environment}, company {company.name}.")

    def reads(self, name: str, words: str) -> None:
        try:
            answer = self.client.get(self.client.path(name, top=1))
        except Refused as error:
            raise ConnectorError(f"Cannot read {words}: {error.text or error.status}.") from error
        self.note_clock(answer.headers.get("Date", ""))
        odata.row(answer)
        self.say(f"May read {words}.")

    def knows_the_window(self) -> None:
        self.say(window_words(self.client.window()))


def window_words(window: PostingWindow) -> str:
    first = f"from {window.first}" if window.first else ""
    last = f"to {window.last}" if window.last else ""
    dates = " ".join(filter(None, (first, last))) or "on all dates"
    return f"Open for posting {dates}; local currency {window.currency or 'unknown'}."
