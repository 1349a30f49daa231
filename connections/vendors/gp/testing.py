"""Test connection: what this site has, what it lacks, and where things are read from."""

from __future__ import annotations

import contextlib

from connections.documents import TestResult
from connections.errors import ConnectorError, NeedsPerson, NotFound, Refused
from connections.transport import tokens
from connections.transport.ways import BASIC, OAUTH, TOKEN, WINDOWS
from connections.vendors.dynamics.trial import Failed, Steps
from connections.vendors.gp.entries import TRANSACTIONS, Entries
from connections.vendors.gp.names import COMPANY, FIELDS
from connections.vendors.gp.payables import state, type_of
from connections.vendors.gp.rows import Row
from connections.vendors.gp.wire import WORDS, NotOffered

SIGNED_IN = {
    BASIC: "Signed in with user and password (Basic).",
    WINDOWS: "Signed in with the Windows account {user}.",
    OAUTH: "Signed in with a token of Entra ID.",
    TOKEN: "Signed in with the bearer token.",
}
REQUIRED = {"server_url": "server address", "tenant": "tenant", "company": "company"}
BY_WAY = {
    BASIC: ({"user": "user"}, ("password", "password")),
    WINDOWS: ({"user": "user"}, ("password", "password")),
    OAUTH: (
        {"tenant_id": "directory (tenant) id", "client_id": "client id", "scope": "scope"},
        ("client_secret", "client secret"),
    ),
    TOKEN: ({}, ("token", "bearer token")),
}


class Testing(Entries):
    def test(self) -> TestResult:
        """Sign-in, company, resources, how invoices are read, currency, clock."""
        trial = Trial(self)
        with contextlib.suppress(Failed):
            trial.run()
        return TestResult(trial.ok, tuple(trial.findings), trial.clock)


class Trial(Steps):
    def __init__(self, client: Testing) -> None:
        super().__init__()
        self.client = client
        self.setting = client.connection.setting

    def run(self) -> None:
        self.must(self.fields_are_filled)
        self.must(self.settings_are_read)
        self.must(self.answers)
        self.may(self.finds_the_company)
        self.must(self.reads_vendors)
        self.may(self.reads_invoices)
        self.may(self.reads_accounts)
        self.may(self.reads_transactions)
        self.may(self.knows_the_currency)
        self.say("GP is only read: nothing is ever written there. Changes are polled.")
        self.compares_clocks()

    def fields_are_filled(self) -> None:
        plain, (secret, called) = BY_WAY[self.client.way]
        wanted = REQUIRED | plain
        empty = [words for name, words in wanted.items() if not self.setting(name).strip()]
        empty += [] if self.client.connection.secret(secret) else [called]
        if empty:
            raise ConnectorError(f"Fill in: {', '.join(empty)}.")

    def settings_are_read(self) -> None:
        """All that are texts with a meaning: a mistake shows here and not in the night."""
        client = self.client
        _ = client.pace, client.payables, client.places.main
        _ = client.places.project, client.places.cost_code, client.places.commitment
        for resource in FIELDS:
            client.names.fields(resource)
        for resource in WORDS:
            if client.names.offered(resource):
                client.address(resource)

    def answers(self) -> None:
        """The first request signs in; it may take half a minute where the runtime slept."""
        client = self.client
        tokens.forget(client.connection)
        try:
            answer = client.get(client.address("vendors"), client.params({"pageSize": "1"}))
        except NotFound as error:
            self.names_the_companies()
            raise client.meaning("vendors", error) from error
        except Refused as error:
            raise client.meaning("vendors", error) from error
        self.note_clock(answer.headers.get("Date", ""))
        self.say(SIGNED_IN[client.way].format(user=self.setting("user").strip()))
        self.say(f"GP answers in {'JSON' if answer.data is not None else 'XML'}.")

    def finds_the_company(self) -> None:
        """The company itself answered already; where there is a list, its name is on it."""
        try:
            self.names_the_companies()
        except NeedsPerson:
            self.say("The site lists no companies; the vendors of this one can be read.")
            return
        self.say(f"Company {self.setting('company').strip()}.")

    def names_the_companies(self) -> None:
        """Raises a sentence with their names when ours is not among them."""
        wanted, listed = self.setting("company").strip(), self.client.rows("companies")
        names = sorted(row.text("CompanyName") for row in listed)
        known = {row.text(name).casefold() for row in listed for name in COMPANY}
        if listed and wanted.casefold() not in known:
            raise ConnectorError(f"GP has no company {wanted}. It has: {'; '.join(names)}.")

    def has(self, resource: str) -> list[Row]:
        rows = self.client.probe(resource)
        self.say(f"May read {WORDS[resource]}.")
        return rows

    def reads_vendors(self) -> None:
        self.has("vendors")

    def reads_invoices(self) -> None:
        rows = self.has("payables")
        if not rows:
            self.say("There is no payables transaction yet, so their fields are not tested.")
            return
        self.looks_at(rows[0])

    def looks_at(self, listed: Row) -> None:
        """One document by its key, as later each of ours."""
        client, key = self.client, (type_of(listed), listed.text("VoucherNumber"))
        row = client.one("payables", *key)
        if row is None:
            raise ConnectorError(
                f"GP lists the transaction {';'.join(key)}, but does not give it by this key."
            )
        lacking = [name for name in NEEDED if not row.has(name)]
        if lacking:
            raise ConnectorError(
                f"Payables transactions lack {', '.join(lacking)}. They have: "
                f"{', '.join(row.data)}. Enter the site's names in the connection."
            )
        if state(row) not in ("work", "open", "history"):
            raise ConnectorError(f"GP says “{state(row)}” for the state of a transaction, which "
                                 "is not known.")  # fmt: skip
        self.tells_dimensions(row)

    def tells_dimensions(self, row: Row) -> None:
        parts = self.client.payables.distributions(row)
        if not parts:
            self.say("The transaction looked at shows no distributions: without them no line "
                     "has an account, and no invoice can be sent on.")  # fmt: skip
            return
        self.say(
            f"Project from {self.setting('project_place') or 'nowhere'}, cost code from "
            f"{self.setting('cost_code_place') or 'nowhere'}, commitment from "
            f"{self.setting('commitment_place') or 'nowhere'}."
        )
        lines = [one for one in self.client.payables.lines(row, 1) if one.dimensions]
        if lines:
            told = ", ".join(f"{name} {value}" for name, value in lines[0].dimensions)
            self.say(
                f"For example {row.text('VoucherNumber')}: account {lines[0].account}; {told}."
            )

    def reads_accounts(self) -> None:
        """Microsoft's own list of services has none: a finding, and no failure."""
        try:
            self.has("accounts")
        except NotOffered as error:
            self.say(error.sentence)

    def reads_transactions(self) -> None:
        """Most sites have none, or grant none: a finding, and no failure."""
        try:
            rows = self.has(TRANSACTIONS)
        except NeedsPerson as error:
            self.say(f"{error.sentence} Journals that people book are not in the reconciliation.")
            return
        if not rows:
            self.say("There is no GL transaction yet, so their fields are not tested.")
            return
        client, number = self.client, rows[0].text("JournalEntry")
        row = client.one(TRANSACTIONS, number)
        if row is None:
            raise ConnectorError(f"GP lists the GL transaction {number}, but does not give it by "
                                 "its number.")  # fmt: skip
        if lacking := [name for name in TOLD_OF_JOURNALS if not row.has(name)]:
            raise ConnectorError(
                f"GL transactions lack {', '.join(lacking)}. They have: {', '.join(row.data)}. "
                "Enter the site's names in the connection."
            )

    def knows_the_currency(self) -> None:
        local = self.client.local_currency
        if not local:
            raise ConnectorError(
                "The company's own currency is not known: enter it in the connection."
            )
        told = "" if self.client.known_currencies else ", as the connection says"
        self.say(f"The books are kept in {local}{told}.")


TOLD_OF_JOURNALS = ("TransactionDate", "TransactionState", "SourceDocument", "Voided", "Lines")
NEEDED = ("TransactionState", "DocumentNumber", "VendorID", "DocumentDate", "DocumentAmount")
