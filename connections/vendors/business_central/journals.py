"""Journal entries between G/L accounts: one batch per transfer, found again by code and number.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/
dynamics_journal and dynamics_journalline. Each transfer has a batch of its own, named by
its key; posting empties it. The posted proof are the G/L entries with our document number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connections.documents import (
    CodedDocument,
    CodedLine,
    Found,
    cut,
)
from connections.errors import NeedsPerson, NotFound, Reason, Refused, RetryLater
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central import dimensions
from connections.vendors.business_central.documents import DESCRIPTION
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics import messages
from connections.vendors.dynamics.completeness import POST_TIMEOUT, judged
from connections.vendors.dynamics.numbers import document_number

LINES = "journalLines"
PARTS = f"{LINES}($expand=dimensionSetLines)"
STEP = 10000
ENTRIES_PAGE = 20  # General Ledger Entries
JOURNAL_PAGE = 39  # General Journal


class Journals:
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.etags: dict[str, str] = {}

    # -- finding ------------------------------------------------------------------------------

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Batches with lines (drafts) and G/L entries (posted): one request for 40 documents."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents):
            batches, entries = self._look_up(part)
            found += [self._standing(one, batches, entries) for one in part]
        return found

    def _look_up(self, documents: Sequence[CodedDocument]) -> tuple[list[Row], list[Row]]:
        numbers = dict.fromkeys(document_number(one) for one in documents)
        batches = self.wire.path("journals", filter=self._codes(documents), expand=PARTS)
        entries = self._entries_path(numbers)
        one, two = self.wire.read_batch([batches, entries])
        return list(self.wire.pages(one)), list(self.wire.pages(two))

    def _codes(self, documents: Sequence[CodedDocument]) -> str:
        codes = odata.any_of("code", dict.fromkeys(one.key.upper() for one in documents))
        template = self.wire.connection.setting("journal_template").strip()
        if not template:
            return codes
        return f"({codes}) and templateDisplayName eq {odata.text(template)}"

    def _entries_path(self, numbers: Any, **options: str) -> str:
        wanted = odata.any_of("documentNumber", numbers)
        return self.wire.path("generalLedgerEntries", filter=wanted, **options)

    def _standing(
        self, document: CodedDocument, batches: Sequence[Row], entries: Sequence[Row]
    ) -> list[Found]:
        """Both, when both are there: a second draft beside posted entries is for the caller."""
        batch = next((one for one in batches if one["code"] == document.key.upper()), None)
        ours = [one for one in entries if one["documentNumber"] == document_number(document)]
        found = [self._posted(ours, str(batch["id"]) if batch else "")] if ours else []
        if batch and (batch.get(LINES) or not ours):
            found.append(self._draft(batch, document))
        return found

    # -- writing ------------------------------------------------------------------------------

    def create(self, document: CodedDocument, about: str) -> Found:
        """The batch with its lines and their dimensions in one request."""
        try:
            return self._insert(document, about)
        except Refused as error:
            if not messages.INHERITED_DIMENSION.search(error.text):
                raise messages.needs_person(error, document, self.wire.label) from error
        return self._create_in_steps(document, about)

    def _insert(self, document: CodedDocument, about: str, dims: bool = True) -> Found:
        path = self.wire.path("journals", expand=PARTS)
        body = self.body(document, dims)
        return self._draft(odata.row(self.wire.write("POST", path, body, about=about)), document)

    def _create_in_steps(self, document: CodedDocument, about: str) -> Found:
        """An account brings a dimension that its line states too: lines first, see documents."""
        for one in self.find([document])[0]:
            if one.status != "incomplete":
                raise RetryLater(f"{document.number} appeared in {self.wire.label} meanwhile.")
            self.discard(one, document, about)
        try:
            draft = self._insert(document, about, dims=False)
            rows = ordered(self._row(draft.id))
            dimensions.settle(self.wire, LINES, rows, document.lines, about)
        except Refused as error:
            raise messages.needs_person(error, document, self.wire.label) from error
        return self._draft(self._row(draft.id), document)

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """Posts the batch. With Post with Job Queue on, this only schedules: `read` tells."""
        path = self.wire.path(f"journals({found.id})/Microsoft.NAV.post")
        headers = {"If-Match": self.etags.get(found.id, "*")}
        try:
            self.wire.write("POST", path, about=about, headers=headers, timeout=POST_TIMEOUT)
        except Refused as error:
            if self._entries(document):
                return
            if isinstance(error, NotFound) or odata.changed(error):
                raise RetryLater(f"The journal {document.number} changed meanwhile.") from error
            raise messages.needs_person(error, document, self.wire.label) from error

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Delete our batch with its lines; not when a person put lines of another number in."""
        try:
            batch = self._row(found.id)
        except NotFound:
            return
        if any(one["documentNumber"] != document_number(document) for one in ordered(batch)):
            raise NeedsPerson(
                Reason.POSSIBLE_DUPLICATE,
                f"The journal batch {batch['code']} holds lines of other documents. Clear it in "
                f"{self.wire.label}.",
            )
        headers = {"If-Match": str(batch.get("@odata.etag") or "*")}
        try:
            path = self.wire.path(f"journals({found.id})")
            self.wire.write("DELETE", path, about=about, headers=headers)
        except NotFound:
            return

    # -- reading back -------------------------------------------------------------------------

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """The G/L entries when posted (one request), else the batch."""
        entries = self._entries(document)
        if entries:
            return self._posted(entries, found.id, lines_known=True)
        try:
            return self._draft(self._row(found.id), document) if found.id else None
        except NotFound:
            return None

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """The G/L entries of forty in one answer; what has none is looked for as a batch."""
        entries: dict[str, list[Row]] = {}
        numbers = dict.fromkeys(document_number(document) for _, document in asked)
        for part in odata.chunks(list(numbers)):
            for row in self.wire.rows(self._entries_path(part, expand="dimensionSetLines")):
                entries.setdefault(str(row["documentNumber"]), []).append(row)
        return [
            self._posted(entries[number], found.id, lines_known=True)
            if (number := document_number(document)) in entries
            else self.read(found, document)
            for found, document in asked
        ]

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """The G/L entries of a journal (no document type) under this document number."""
        entries = self._numbered(number)
        entries = [row for row in entries if not odata.plain(row.get("documentType"))]
        return self._posted(entries, "", lines_known=True) if entries else None

    def _entries(self, document: CodedDocument) -> list[Row]:
        return self._numbered(document_number(document))

    def _numbered(self, number: str) -> list[Row]:
        rows = self.wire.rows(self._entries_path([number], expand="dimensionSetLines"))
        return [row for row in rows if row["documentNumber"] == number]

    def _row(self, id: str) -> Row:
        return self.wire.one(self.wire.path(f"journals({id})", expand=PARTS))

    # -- shapes -------------------------------------------------------------------------------

    def body(self, document: CodedDocument, dims: bool = True) -> dict[str, Any]:
        template = self.wire.connection.setting("journal_template").strip()
        body: dict[str, Any] = {
            "code": document.key,
            "displayName": cut(document.number, DESCRIPTION),
        }
        if template:
            body["templateDisplayName"] = template
        return body | {LINES: list(line_bodies(document, dims))}

    def _draft(self, batch: Row, document: CodedDocument) -> Found:
        self.etags[str(batch["id"])] = str(batch.get("@odata.etag") or "*")
        lines = tuple(coded(one) for one in ordered(batch))
        draft = Found(
            id=str(batch["id"]),
            number=str(batch["code"]),
            status="draft",
            external_number=document_number(document),
            posting_date=odata.day(ordered(batch)[0].get("postingDate")) if lines else None,
            total=sum((line.amount for line in lines), Decimal(0)),
            lines=lines,
            url=self.wire.link(JOURNAL_PAGE, "Journal Batch Name", str(batch["code"])),
            lines_known=True,
        )
        return judged(draft, document)

    def _posted(self, entries: Sequence[Row], id: str, lines_known: bool = False) -> Found:
        entries = sorted(entries, key=lambda one: one["entryNumber"])
        lines = tuple(coded_entry(one) for one in entries)
        number = str(entries[0]["documentNumber"])
        return Found(
            id=id,
            number=number,
            status="posted",
            external_number=number,
            posting_date=odata.day(entries[0].get("postingDate")),
            total=sum((line.amount for line in lines), Decimal(0)),
            lines=lines if lines_known else (),
            url=self.wire.link(ENTRIES_PAGE, "Document No.", number),
            lines_known=lines_known,
        )


def ordered(batch: Row) -> list[Row]:
    return sorted(batch.get(LINES) or (), key=lambda one: one["lineNumber"])


def line_bodies(document: CodedDocument, dims: bool) -> Iterator[dict[str, Any]]:
    """Every line needs the document number: batches made over the API have no number series."""
    for index, line in enumerate(document.lines, start=1):
        body: dict[str, Any] = {
            "lineNumber": index * STEP,
            "accountType": "G/L Account",
            "accountNumber": line.account,
            "postingDate": document.posting_date,
            "documentNumber": document_number(document),
            "externalDocumentNumber": document.number,
            "amount": line.amount,
            "description": cut(line.description, DESCRIPTION),
        }
        if dims and line.dimensions:
            body["dimensionSetLines"] = dimensions.bodies(line.dimensions)
        yield body


def coded(row: Row) -> CodedLine:
    return CodedLine(
        account=str(row.get("accountNumber") or ""),
        amount=odata.number(row.get("amount")),
        description=str(row.get("description") or ""),
        dimensions=dimensions.pairs(row),
    )


def coded_entry(row: Row) -> CodedLine:
    """Debits positive, credits negative."""
    return CodedLine(
        account=str(row.get("accountNumber") or ""),
        amount=odata.number(row.get("debitAmount")) - odata.number(row.get("creditAmount")),
        description=str(row.get("description") or ""),
        dimensions=dimensions.pairs(row),
    )
