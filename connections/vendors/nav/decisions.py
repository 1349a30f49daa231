"""Decisions and dimensions on-premises, through the pages of the site."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connections.documents import LedgerDocument
from connections.errors import Refused
from connections.transport.days import today
from connections.transport.odata import Row
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.decisions import TYPES, Deciding, Way, called
from connections.vendors.dynamics.way_codeunit import CodeunitWay
from connections.vendors.dynamics.way_field import FlagWay, document_filter
from connections.vendors.dynamics.way_journal import Entry, JournalWay
from connections.vendors.nav import dimensions
from connections.vendors.nav.documents import STEP, if_match
from connections.vendors.nav.journals import ENTRIES, SERVICE, Journals
from connections.vendors.nav.ledger import Ledger
from connections.vendors.nav.purchase_documents import ACCOUNT, Store
from connections.vendors.nav.sources import Sources

DRAFTS = ("PurchaseInvoice", "PurchaseOrder", "PurchaseCreditMemo")
BALANCED = ("Bal_Account_Type", "Bal_Account_No")


class SiteDecisions(Ledger, Sources, Deciding):
    """The order of the ways: what changes the document's status comes first."""

    def ways(self) -> Sequence[Way]:
        return CodeunitWay(self), PageFlag(self), PageJournal(self)

    def shows_status(self, kind: str) -> bool:
        return True

    def header_codes(self, kind: str) -> Collection[str]:
        service = self.store[kind].form.service
        return {code.upper() for code in self.dimension_fields(self.set_of(service))}

    def write_dimensions(self, now: LedgerDocument, values: Mapping[str, str], about: str) -> None:
        """The header first: NAV carries its change on to the lines."""
        store = self.store[now.kind]
        try:
            self._header(store, now, values, about)
            self._lines(store, now, values, about)
        except Refused as error:
            raise refusals.of_dimensions(error, now, self.label) from error

    def _header(
        self,
        store: Store,
        now: LedgerDocument,
        values: Mapping[str, str],
        about: str,
    ) -> None:
        name = self.set_of(store.form.service)
        fields = {code.upper(): field for code, field in self.dimension_fields(name).items()}
        for stored in store.whole([now.id]):
            changes = differing(
                stored.row, {fields[c]: v for c, v in values.items() if c in fields}
            )
            key = self.record(name, Document_Type=store.form.type, No=now.number)
            self._patch(key, stored.row, changes, about)

    def _lines(
        self,
        store: Store,
        now: LedgerDocument,
        values: Mapping[str, str],
        about: str,
    ) -> None:
        name = store.line_set(False)
        fields = dimensions.body(tuple(values.items()), self.dimension_fields(name), called(now))
        for stored in store.whole([now.id]):
            for row, _, _ in stored.entries:
                key = self.record(
                    name, Document_Type=store.form.type, Document_No=now.number,
                    Line_No=int(row["Line_No"]),
                )  # fmt: skip
                self._patch(key, row, differing(row, fields), about)

    def _patch(self, path: str, row: Row, changes: dict[str, str], about: str) -> None:
        if changes:
            etag = if_match(str(row.get("@odata.etag") or "*"))
            self.write("PATCH", path, changes, about=about, headers=etag)


def differing(row: Row, wanted: Mapping[str, str]) -> dict[str, str]:
    return {name: one for name, one in wanted.items() if str(row.get(name) or "").upper() != one}


class PageFlag(FlagWay):
    """On the page of the document."""

    default = "On_Hold"

    def __init__(self, site: SiteDecisions) -> None:
        super().__init__(site.connection, site.label)
        self.site = site

    def lacking(self) -> str:
        site = self.site
        for service in DRAFTS:
            if site.has(service) and self.field not in site.fields(service):
                return (
                    f"The page behind {site.names[service]} does not show the field {self.field}. "
                    "Add it to the page, or enter another one under Flag field."
                )
        return ""

    def read(self, now: LedgerDocument) -> Row | None:
        name = self._set(now)
        wanted = document_filter("Document_Type", "No", TYPES[now.kind], now.number)
        fields = f"Document_Type,No,{self.field}"
        rows = self.site.rows(self.site.path(name, filter=wanted, select=fields))
        return rows[0] if rows else None

    def write(self, now: LedgerDocument, row: Row, value: Any, about: str) -> None:
        path = self.site.record(self._set(now), Document_Type=TYPES[now.kind], No=now.number)
        etag = if_match(str(row.get("@odata.etag") or "*"))
        self.site.write("PATCH", path, {self.field: value}, about=about, headers=etag)

    def _set(self, now: LedgerDocument) -> str:
        return self.site.set_of(self.site.store[now.kind].form.service)


class DecisionLines(Journals):
    """The lines of the batch for decisions."""

    @property
    def batch(self) -> str:
        return self.wire.connection.setting("decision_batch").strip()

    def stands(self, number: str) -> bool:
        rows = [*self._lines([number]), *self._entries([number])]
        return any(row["Document_No"] == number for row in rows)

    def enter(self, body: dict[str, Any], about: str) -> None:
        free = max((int(row["Line_No"]) for row in self._lines()), default=0)
        self._insert({**body, "Line_No": free + STEP}, about)


class PageJournal(JournalWay):
    """On the page General Journal."""

    def __init__(self, site: SiteDecisions) -> None:
        super().__init__(site)
        self.site = site
        self.lines = DecisionLines(site)

    def lacking(self) -> str:
        site = self.site
        for service in (SERVICE, ENTRIES):
            if not site.has(service):
                return (
                    f"NAV offers no service {site.names[service]}: journal lines cannot be entered "
                    "and found again without it."
                )
        lacking = [field for field in BALANCED if field not in site.fields(SERVICE)]
        if lacking:
            return f"The page behind {site.names[SERVICE]} does not show {', '.join(lacking)}."
        if self.batch == site.connection.setting("journal_batch").strip().upper():
            return (
                f"The journal batch {self.batch} is the one from which entries are posted as a "
                "whole. Choose another one for decisions."
            )
        return ""

    def stands(self, number: str) -> bool:
        return self.lines.stands(number)

    def enter(self, entry: Entry, about: str) -> None:
        name = self.site.set_of(SERVICE)
        have = self.site.metadata.fields(name)
        body: dict[str, Any] = {
            "Journal_Template_Name": self.lines.template,
            "Journal_Batch_Name": self.lines.batch,
            "Posting_Date": today(),
            "Document_No": entry.number,
            "External_Document_No": entry.document,
            "Account_Type": ACCOUNT,
            "Account_No": entry.account,
            "Description": self.site.cut(name, "Description", entry.description),
            "Bal_Account_Type": ACCOUNT,
            "Bal_Account_No": entry.balancing,
            "Amount": entry.amount,
        }
        if "Comment" in have and entry.note:
            body["Comment"] = self.site.cut(name, "Comment", entry.note, 250)
        self.lines.enter(body, about)
