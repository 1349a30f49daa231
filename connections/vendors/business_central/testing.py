"""Test connection: what works and what does not, in sentences; never an exception."""

from __future__ import annotations

import contextlib
from functools import partial

from connections.documents import TestResult
from connections.errors import ConnectorError, Refused
from connections.transport import odata, tokens
from connections.vendors.business_central.reading import Reading
from connections.vendors.dynamics.trial import Failed, Steps, window_words

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


class Testing(Reading):
    def test(self) -> TestResult:
        """Sign-in, environment, company, permissions, posting window, clock."""
        trial = Trial(self)
        with contextlib.suppress(Failed):
            trial.run()
        return TestResult(trial.ok, tuple(trial.findings), trial.clock)


class Trial(Steps):
    def __init__(self, client: Testing) -> None:
        super().__init__()
        self.client = client

    def run(self) -> None:
        self.say(f"{self.client.label} online, through the standard API.")
        self.must(self.fields_are_filled)
        self.must(self.signs_in)
        self.must(self.finds_the_company)
        for name, words in MUST_READ.items():
            self.may(partial(self.reads, name, words))
        self.may(self.knows_the_window)
        self.compares_clocks()
        if self.ok:
            self.say("Posting from outside is possible; changes are told by subscriptions.")

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
