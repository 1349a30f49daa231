"""Test connection, on-premises: what the site offers and what its partner still has to do."""

from __future__ import annotations

import contextlib
from functools import partial

from connections.documents import TestResult
from connections.errors import ConnectorError, NeedsPerson, Refused
from connections.transport import tokens
from connections.transport.ways import OAUTH
from connections.vendors.dynamics.trial import Failed, Steps, window_words
from connections.vendors.dynamics.way_codeunit import lacks
from connections.vendors.nav.codeunit import ACTIONS, Posting
from connections.vendors.nav.services import SERVICES, Service
from connections.vendors.nav.subscriptions import Subscriptions
from connections.vendors.nav.wire import missing

MUST_READ = ("VendorList", "GLAccounts", "PurchaseInvoice", "PostedPurchaseInvoices")
REQUIRED = {"server_url": "server address", "instance": "server instance", "company": "company"}
BY_TOKEN = {"tenant_id": "directory (tenant) id", "client_id": "client id"}


class Testing(Posting, Subscriptions):
    def test(self) -> TestResult:
        """Sign-in, company, services and fields, dimensions, posting, subscriptions, clock."""
        trial = Trial(self)
        with contextlib.suppress(Failed):
            trial.run()
        return TestResult(trial.ok, tuple(trial.findings), trial.clock)


class Trial(Steps):
    def __init__(self, client: Testing) -> None:
        super().__init__()
        self.client = client

    def run(self) -> None:
        self.say("NAV on-premises.")
        self.must(self.fields_are_filled)
        self.must(self.finds_the_company)
        self.must(self.reads_the_services)
        for name in SERVICES:
            self.may(partial(self.checks, name))
        for name in MUST_READ:
            self.may(partial(self.reads, name))
        self.may(self.knows_the_window)
        self.may(self.knows_the_dimensions)
        self.may(self.knows_about_posting)
        self.may(self.knows_about_subscriptions)
        self.compares_clocks()

    def fields_are_filled(self) -> None:
        connection, by_token = self.client.connection, self.client.way == OAUTH
        wanted = REQUIRED | (BY_TOKEN if by_token else {"user": "user"})
        empty = [words for name, words in wanted.items() if not connection.setting(name).strip()]
        secret = ("client_secret", "client secret") if by_token else ("password", "access key")
        empty += [] if connection.secret(secret[0]) else [secret[1]]
        if empty:
            raise ConnectorError(f"Fill in: {', '.join(empty)}.")

    def finds_the_company(self) -> None:
        """The first request also signs in; it may take half a minute where the server slept."""
        tokens.forget(self.client.connection)
        answer = self.client.get("/Company")
        self.note_clock(answer.headers.get("Date", ""))
        names = [str(row.get("Name")) for row in self.client.pages(answer)]
        wanted = self.client.company().name
        self.say("Signed in.")
        if wanted in names:
            self.say(f"Company {wanted}.")
            return
        alike = [name for name in names if name.casefold() == wanted.casefold()]
        hint = f" It is written {alike[0]}: large and small letters count." if alike else ""
        raise ConnectorError(
            f"NAV has no company {wanted}.{hint} It has: {', '.join(sorted(names)) or 'none'}."
        )

    def reads_the_services(self) -> None:
        self.client.forget_metadata()
        self.client.read_metadata()
        found = [name for name in SERVICES if self.client.has(name)]
        self.say(f"{len(found)} of {len(SERVICES)} services are published.")

    def checks(self, name: str) -> None:
        """A missing page is a finding; one that only some flows need does not fail the test."""
        service = SERVICES[name]
        if not self.client.has(name):
            sentence = missing(name, self.client.names[name])
            if not service.optional:
                raise ConnectorError(sentence)
            self.say(f"{sentence} Needed only for {service.why}.")
            return
        self.checks_fields(name, service)

    def checks_fields(self, name: str, service: Service) -> None:
        have = self.client.fields(name)
        lacking = [field for field in service.fields if field not in have]
        if service.part:
            lines = self.client.metadata.fields(self.client.lines_of(name))
            lacking += [f"{field} (lines)" for field in service.part_fields if field not in lines]
        if lacking:
            what = f"the fields {', '.join(lacking)}"
            raise ConnectorError(missing(name, self.client.names[name], what))

    def reads(self, name: str) -> None:
        if not self.client.has(name):
            return
        try:
            self.client.get(self.client.page(name, top=1))
        except (Refused, NeedsPerson) as error:
            raise ConnectorError(f"Cannot read {SERVICES[name].title}: {error.sentence}") from error
        self.say(f"May read {SERVICES[name].title}.")

    def knows_the_window(self) -> None:
        if self.client.has("GeneralLedgerSetup"):
            self.say(window_words(self.client.window()))

    def knows_the_dimensions(self) -> None:
        """Only those with a number can be written on lines."""
        if not self.client.has("GeneralLedgerSetup"):
            return
        numbers = self.client.numbers
        listed = ", ".join(f"{n} {code}" for n, code in numbers.items()) or "none"
        self.say(f"Dimensions by number: {listed}.")
        if self.client.has("DimensionList"):
            numbered = {code.upper() for code in numbers.values()}
            others = [one.code for one in self.client.dimensions() if one.code not in numbered]
            if others:
                self.say(f"Without a number, so that lines cannot carry them: {', '.join(others)}.")

    def knows_about_posting(self) -> None:
        if not self.client.can_post:
            self.say("Nothing is posted from outside: drafts are left and watched until posted.")
            return
        absent = [name for name in ACTIONS if not self.client.offers(name)]
        if absent:
            raise ConnectorError(lacks(self.client.label, self.client.codeunit(), absent[0]))
        self.say(f"Posting from outside is possible through {self.client.codeunit()}.")

    def knows_about_subscriptions(self) -> None:
        if not self.client.offers_subscriptions():
            self.say("No subscriptions: changes are polled.")
            return
        why = self.client.subscriptions_work()
        if why:
            raise ConnectorError(f"Subscriptions do not work, changes are polled: {why}")
        self.say("The standard API tells about changes (subscriptions).")
