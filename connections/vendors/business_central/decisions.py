"""Decisions and dimensions: by the codeunit, `purchaseDocuments`, and the standard API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connections.documents import (
    POST,
    LedgerDocument,
    cut,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.days import today
from connections.transport.odata import Row
from connections.vendors.business_central import dimensions
from connections.vendors.business_central.dimensions import Request
from connections.vendors.business_central.documents import DESCRIPTION, Form
from connections.vendors.business_central.published import DOCUMENTS
from connections.vendors.business_central.purchases import FORMS, PurchaseReading
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.completeness import POST_TIMEOUT
from connections.vendors.dynamics.decisions import TYPES, Deciding, Way
from connections.vendors.dynamics.posting import posted
from connections.vendors.dynamics.way_codeunit import CodeunitWay
from connections.vendors.dynamics.way_field import FlagWay
from connections.vendors.dynamics.way_journal import Entry, JournalWay

ACCOUNT = "G/L Account"
COMMENT = 250  # characters


class Decisions(PurchaseReading, Deciding):
    """The order of the ways: what changes the document's status comes first."""

    def ways(self) -> Sequence[Way]:
        return CodeunitWay(self), ServiceFlag(self), ApiJournal(self), ApiPosting(self)

    def header_codes(self, kind: str) -> None:
        """A header carries every dimension."""

    def write_dimensions(self, now: LedgerDocument, values: Mapping[str, str], about: str) -> None:
        """The header, then the lines that still differ: each in one transaction."""
        form = FORMS[now.kind]
        try:
            row = self.with_dimensions(form, now.id)
            header = f"{form.set}({now.id})"
            self._change(list(changes(self, header, row, values)), about)
            row = self.with_dimensions(form, now.id)
            lines = [
                request
                for line in row.get(form.lines) or ()
                if odata.plain(line.get("lineType")) not in ("Comment", "")
                for request in changes(self, f"{form.lines}({line['id']})", line, values)
            ]
            self._change(lines, about)
        except Refused as error:
            raise refusals.of_dimensions(error, now, self.label) from error

    def with_dimensions(self, form: Form, id: str) -> Row:
        return self.one(self.path(f"{form.set}({id})", expand=f"{form.parts},dimensionSetLines"))

    def _change(self, requests: Sequence[Request], about: str) -> None:
        for part in odata.chunks(requests, odata.MOST_IN_BATCH):
            dimensions.write_batch(self, part, about)


def changes(wire: Decisions, parent: str, row: Row, values: Mapping[str, str]) -> Iterator[Request]:
    """What brings the dimensions of a header or line to these values."""
    standing = {str(one["code"]).upper(): one for one in row.get("dimensionSetLines") or ()}
    path = wire.path(f"{parent}/dimensionSetLines")
    for code, value in values.items():
        have = standing.get(code)
        etag = {"If-Match": str((have or {}).get("@odata.etag") or "*")}
        if have is None and value:
            yield "POST", path, {"code": code, "valueCode": value}, {}
        elif have is not None and not value:
            yield "DELETE", f"{path}({have['id']})", None, etag
        elif have is not None and str(have["valueCode"]).upper() != value:
            yield "PATCH", f"{path}({have['id']})", {"valueCode": value}, etag


class ApiPosting:
    """By the standard API's own action, for which nothing has to be set up."""

    name = "api"
    label = "Standard API"

    def __init__(self, wire: Decisions) -> None:
        self.wire = wire

    def decisions(self) -> tuple[str, ...]:
        return (POST,)

    def problem(self) -> str:
        return ""

    def offer(self) -> str:
        return (
            "Posts invoices and credit memos, which cannot be taken back; what needs an approval "
            "is approved and released first."
        )

    def carry(self, decision: str, now: LedgerDocument, note: str, about: str) -> str:
        return posted(self.wire, now, lambda: self._post(now, about))

    def _post(self, now: LedgerDocument, about: str) -> None:
        """Only what was last read: the etag guards it."""
        form = FORMS[now.kind]
        path = self.wire.path(f"{form.set}({now.id})/{form.action}")
        etag = {"If-Match": self.wire.etags.get(now.id, "*")}
        self.wire.write("POST", path, about=about, headers=etag, timeout=POST_TIMEOUT)


class ServiceFlag(FlagWay):
    """On the service `purchaseDocuments`."""

    default = "onHold"

    def __init__(self, wire: Decisions) -> None:
        super().__init__(wire.connection, wire.label)
        self.wire = wire

    def lacking(self) -> str:
        fields = self.wire.metadata.fields(DOCUMENTS)
        if not fields:
            return (
                f"The environment does not offer the service {DOCUMENTS}, which Microsoft "
                "publishes for Power Automate, or the app may not read it. Switch it on on the "
                "page Web Services."
            )
        if self.field not in fields:
            return f"The service {DOCUMENTS} has no field {self.field}."
        return ""

    def read(self, now: LedgerDocument) -> Row | None:
        wanted = (
            f"documentType eq {odata.text(TYPES[now.kind])} and number eq {odata.text(now.number)}"
        )
        rows = self.wire.rows(self.wire.service(DOCUMENTS, filter=wanted))
        return rows[0] if rows else None

    def write(self, now: LedgerDocument, row: Row, value: Any, about: str) -> None:
        etag = {"If-Match": str(row.get("@odata.etag") or "*")}
        path = self.wire.published_record(row)
        self.wire.write("PATCH", path, {self.field: value}, about=about, headers=etag)


class ApiJournal(JournalWay):
    """In a batch of the standard API's journals."""

    def __init__(self, wire: Decisions) -> None:
        super().__init__(wire)
        self.wire = wire

    def lacking(self) -> str:
        return ""

    def must_have_batch(self) -> None:
        self._batch()

    def _batch(self) -> str:
        """Its id. Raises NeedsPerson when there is none of this name."""
        wanted = odata.any_of("code", [self.batch])
        template = self.setting("journal_template")
        if template:
            wanted = f"({wanted}) and templateDisplayName eq {odata.text(template)}"
        for row in self.wire.rows(self.wire.path("journals", filter=wanted)):
            if row["code"] == self.batch:
                return str(row["id"])
        raise NeedsPerson(
            Reason.SETTINGS,
            f"{self.wire.label} has no journal batch {self.batch} in the template "
            f"{template or 'GENERAL'}. Create it there, without a number series.",
        )

    def stands(self, number: str) -> bool:
        asked = odata.any_of("documentNumber", [number])
        paths = (
            self.wire.path(f"journals({self._batch()})/journalLines", filter=asked),
            self.wire.path("generalLedgerEntries", filter=asked),
        )
        rows = (row for path in paths for row in self.wire.rows(path))
        return any(row["documentNumber"] == number for row in rows)

    def enter(self, entry: Entry, about: str) -> None:
        body: dict[str, Any] = {
            "accountType": ACCOUNT,
            "accountNumber": entry.account,
            "postingDate": today(),
            "documentNumber": entry.number,
            "externalDocumentNumber": entry.document,
            "amount": entry.amount,
            "description": cut(entry.description, DESCRIPTION),
            "comment": cut(entry.note, COMMENT),
            "balanceAccountType": ACCOUNT,
            "balancingAccountNumber": entry.balancing,
        }
        path = self.wire.path(f"journals({self._batch()})/journalLines")
        self.wire.write("POST", path, body, about=about)
