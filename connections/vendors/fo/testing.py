"""Test connection: what works and what does not, in sentences; never an exception."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial

from connections.documents import TestResult
from connections.errors import ConnectorError, NeedsPerson, Refused
from connections.transport import odata, tokens
from connections.transport.odata import Row
from connections.vendors.dynamics.trial import Failed, Steps, window_words
from connections.vendors.fo.rows import said
from connections.vendors.fo.vendors import NewVendors
from connections.vendors.fo.wire import NAMESPACE

REQUIRED = {
    "environment_url": "environment address", "tenant_id": "tenant id", "client_id": "client id",
    "company": "company", "procurement_category": "procurement category",
}  # fmt: skip
MUST_READ = {
    "VendorInvoiceHeaders": "pending vendor invoices",
    "VendorInvoiceLines": "lines of vendor invoices",
    "PurchaseOrderHeadersV2": "purchase orders",
    "PurchaseOrderLinesV2": "lines of purchase orders",
    "LedgerJournalHeaders": "general journals",
    "LedgerJournalLines": "lines of general journals",
    "MainAccounts": "main accounts",
    "FinancialDimensionValues": "dimension values",
    "TaxItemGroups": "item sales tax groups",
}
NOT_A_TENANT = ("common", "organizations", "consumers")


class Testing(NewVendors):
    def test(self) -> TestResult:
        """Sign-in, version, company, formats, user, permissions, periods, clock."""
        trial = Trial(self)
        with contextlib.suppress(Failed):
            trial.run()
        return TestResult(trial.ok, tuple(trial.findings), trial.clock)


class Trial(Steps):
    def __init__(self, client: Testing) -> None:
        super().__init__()
        self.client = client

    def run(self) -> None:
        self.must(self.fields_are_filled)
        self.must(self.signs_in)
        self.must(self.lists_its_collections)
        self.tells_its_version()
        self.must(self.finds_the_company)
        self.may(self.has_formats)
        self.knows_its_user()
        for name, words in self.needed().items():
            self.may(partial(self.reads, name, words))
        self.may(self.finds_its_settings)
        self.may(self.knows_the_window)
        self.compares_clocks()

    def needed(self) -> dict[str, str]:
        posted = {self.client.setting("posted_set"): "posted vendor invoices"}
        vendors = {self.client.vendors_set(): "vendors"}
        return MUST_READ | vendors | {name: words for name, words in posted.items() if name}

    def fields_are_filled(self) -> None:
        connection = self.client.connection
        missing = [words for name, words in REQUIRED.items() if not connection.setting(name)]
        missing += [] if connection.secret("client_secret") else ["client secret"]
        if missing:
            raise ConnectorError(f"Fill in: {', '.join(missing)}.")
        if self.client.setting("tenant_id").casefold() in NOT_A_TENANT:
            raise ConnectorError("Give the environment's own tenant, not common or organizations.")
        if len(self.client.company) > 4:
            raise ConnectorError(
                f"The company {self.client.company} has more than four characters: give the legal "
                "entity's id, as USMF, not its name."
            )

    def signs_in(self) -> None:
        """With a new token always, so that a changed secret is really tried."""
        tokens.forget(self.client.connection)
        tokens.current(self.client)
        self.say(f"Signed in with Microsoft Entra ID for {self.client.origin()}.")

    def lists_its_collections(self) -> None:
        """The first answer of the environment: its token check, its clock."""
        answer = self.client.get("")
        self.note_clock(answer.headers.get("Date", ""))
        odata.row(answer)

    def tells_its_version(self) -> None:
        """Not everybody may ask; no answer is no failure. An action, but it writes nothing."""
        path = f"/DataManagementEntities/{NAMESPACE}.GetApplicationVersion"
        with contextlib.suppress(ConnectorError, OSError):
            answer = self.client._signed("POST", path, body={})
            version = answer.data.get("value") if isinstance(answer.data, dict) else None
            if answer.status < 300 and version:
                self.say(f"Application version {version}.")

    def finds_the_company(self) -> None:
        entities = self.client.rows(self.client.path("LegalEntities", select="LegalEntityId,Name"))
        ours = [row for row in entities if self.is_ours(row)]
        if not ours:
            seen = ", ".join(sorted(said(row, "LegalEntityId").upper() for row in entities))
            raise ConnectorError(
                f"There is no company {self.client.company.upper()} that this user may see. It "
                f"sees: {seen or 'none'}."
            )
        ledger = self.client.ledger
        self.say(
            f"Company {self.client.company.upper()} {said(ours[0], 'Name')}, currency "
            f"{said(ledger, 'AccountingCurrency')}, chart of accounts "
            f"{said(ledger, 'ChartOfAccounts')}."
        )

    def is_ours(self, row: Row) -> bool:
        return said(row, "LegalEntityId").casefold() == self.client.company

    def has_formats(self) -> None:
        formats = self.client.formats()
        self.say(f"Ledger dimension format: {formats.ledger.words()}.")
        self.say(f"Default dimension format: {formats.default.words()}.")

    def knows_its_user(self) -> None:
        """Readable or not, the mapping works: the calls before went through it."""
        wanted = f"AADClientId eq {odata.text(self.client.setting('client_id'))}"
        with contextlib.suppress(ConnectorError):
            rows: Sequence[Row] = self.client.rows(self.client.path("SysAADClients", filter=wanted))
            for row in rows[:1]:
                self.say(f"The app works as the user {said(row, 'UserId')}.")

    def reads(self, name: str, words: str) -> None:
        try:
            self.client.get(self.client.path(name, top=1))
        except NeedsPerson as error:
            raise ConnectorError(f"May not read {words} ({name}): {error.sentence}") from error
        except Refused as error:
            raise ConnectorError(
                f"Cannot read {words}: the service has no {name}, or refuses it "
                f"({error.text or error.status})."
            ) from error
        self.say(f"May read {words}.")

    def finds_its_settings(self) -> None:
        """Names that the connection gives and the service should know."""
        client = self.client
        checks = [
            (
                "ProcurementProductCategories",
                "CategoryName",
                client.setting("procurement_category"),
                False,
            ),
            ("JournalNames", "Name", client.setting("journal_name"), True),
            ("VendorGroups", "VendorGroupId", client.setting("vendor_group"), True),
        ]
        for entity_set, field, value, of_company in checks:
            if not value:
                continue
            wanted = f"{field} eq {odata.text(value)}"
            wanted = client.ours(wanted) if of_company else wanted
            if not client.rows(client.path(entity_set, filter=wanted, select=field)):
                raise ConnectorError(f"The service does not know {value} ({entity_set}).")

    def knows_the_window(self) -> None:
        self.say(window_words(self.client.window()))
