"""Journal entries: lines in one batch of the site, found again by document number.

The batch is the connection's own. Posting posts the whole batch, so a transfer that is to be posted
begins only while the batch is empty, and posts only while nothing else is in it. The posted
proof are the G/L entries with our document number.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from connections.documents import CodedDocument, CodedLine, Found
from connections.errors import (
    ConnectorError,
    InDoubt,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
    WaitsForOther,
)
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import messages
from connections.vendors.dynamics.completeness import POST_TIMEOUT, judged
from connections.vendors.dynamics.numbers import document_number
from connections.vendors.dynamics.rows import words
from connections.vendors.nav import dimensions
from connections.vendors.nav.codeunit import Posting
from connections.vendors.nav.documents import STEP, THERE_ALREADY, TRIES, if_match
from connections.vendors.nav.purchase_documents import ACCOUNT, both

SERVICE, ENTRIES = "GeneralJournal", "GLEntries"
TURN = 15, 30  # seconds until it is asked again whether the batch is empty
PAGES = {"draft": 39, "posted": 20}
LINE = (
    "Journal_Template_Name", "Journal_Batch_Name", "Line_No", "Posting_Date", "Document_No",
    "External_Document_No", "Account_Type", "Account_No", "Description", "Amount",
)  # fmt: skip
ENTRY = (
    "Entry_No", "Posting_Date", "Document_Type", "Document_No", "External_Document_No",
    "G_L_Account_No", "Description", "Amount",
)  # fmt: skip


class Journals:
    def __init__(self, wire: Posting) -> None:
        self.wire = wire

    @property
    def template(self) -> str:
        return self.wire.connection.setting("journal_template").strip() or "GENERAL"

    @property
    def batch(self) -> str:
        return self.wire.connection.setting("journal_batch").strip()

    # -- finding ------------------------------------------------------------------------------

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Lines of the batch and G/L entries: two requests for 40 documents."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents):
            numbers = list(dict.fromkeys(document_number(one) for one in part))
            lines, entries = self._lines(numbers), self._entries(numbers)
            found += [self._standing(one, lines, entries) for one in part]
        return found

    def _standing(
        self, document: CodedDocument, lines: Sequence[Row], entries: Sequence[Row]
    ) -> list[Found]:
        """Both, when both are there: a draft beside posted entries is for the caller."""
        number = document_number(document)
        posted = [row for row in entries if row["Document_No"] == number]
        draft = [row for row in lines if row["Document_No"] == number]
        found = [self._posted(posted, document)] if posted else []
        return [*found, self._draft(draft, document)] if draft else found

    def _lines(self, numbers: Iterable[str] = ()) -> list[Row]:
        name = self.wire.set_of(SERVICE)
        ours = (
            f"Journal_Template_Name eq {odata.text(self.template)} and "
            f"Journal_Batch_Name eq {odata.text(self.batch)}"
        )
        wanted = both(ours, odata.any_of("Document_No", numbers))
        fields = self.wire.select(name, *LINE, *self.wire.dimension_fields(name).values())
        rows = self.wire.rows(self.wire.path(name, filter=wanted, select=fields))
        return sorted(rows, key=lambda row: int(row["Line_No"]))

    def _entries(self, numbers: Iterable[str]) -> list[Row]:
        name = self.wire.set_of(ENTRIES)
        fields = self.wire.select(name, *ENTRY, *self.wire.dimension_fields(name).values())
        wanted = odata.any_of("Document_No", numbers)
        rows = self.wire.rows(self.wire.path(name, filter=wanted, select=fields))
        return sorted(rows, key=lambda row: int(row["Entry_No"]))

    # -- writing ------------------------------------------------------------------------------

    def create(self, document: CodedDocument, about: str) -> Found:
        """Line by line; goes on with the first missing one of a journal that was cut off."""
        number, batch = document_number(document), self._lines()
        ours = [row for row in batch if row["Document_No"] == number]
        if document.post and self.wire.can_post:
            self._must_be_alone(document, batch)
        free = max((int(row["Line_No"]) for row in batch), default=0)
        left = enumerate(document.lines[len(ours) :], start=1)
        bodies = [self.body(line, document, free + index * STEP) for index, line in left]
        try:
            ours += [self._insert(body, about) for body in bodies]
        except Refused as error:
            with contextlib.suppress(ConnectorError):  # no half journal is left in the batch
                self._clear(number, about)
            raise messages.needs_person(error, document, self.wire.label) from error
        return self._draft(ours, document)

    def _must_be_alone(self, document: CodedDocument, batch: Sequence[Row]) -> None:
        others = {str(row["Document_No"]) for row in batch} - {document_number(document)}
        if others:
            raise WaitsForOther(
                f"The journal batch {self.batch} of NAV holds lines of {', '.join(sorted(others))}."
                f" {document.number} follows when they are posted or cleared there.",
                dt.datetime.now(dt.UTC) + random.uniform(*TURN) * dt.timedelta(seconds=1),  # noqa: S311
            )

    def _insert(self, body: dict[str, Any], about: str) -> Row:
        """Sent again when no answer came: its number makes a second one impossible."""
        for attempt in range(1, TRIES + 1):
            try:
                path = self.wire.page(SERVICE)
                row = odata.row(self.wire.write("POST", path, body, about=about))
                self._check_batch(row, about)
                return row
            except InDoubt:
                if attempt == TRIES:
                    raise
            except Refused as error:
                if not THERE_ALREADY.search(error.text):
                    raise
            for row in self._lines([body["Document_No"]]):
                if row["Line_No"] == body["Line_No"]:
                    return row
        raise RetryLater(f"Line {body['Line_No']} of {self.batch} was taken by somebody else.")

    def _check_batch(self, row: Row, about: str) -> None:
        """Some versions put lines into the batch that the page opened last: taken out again."""
        there = words(row, "Journal_Template_Name"), words(row, "Journal_Batch_Name")
        if there == (self.template.upper(), self.batch.upper()):
            return
        self._delete(row, about)
        raise NeedsPerson(
            Reason.SETTINGS,
            f"NAV put the journal line into the batch {there[1]} instead of {self.batch}; it was "
            "taken out. Publish a page of its own on the table Gen. Journal Line as "
            f"{self.wire.names[SERVICE]}, and check that the batch exists.",
        )

    def body(self, line: CodedLine, document: CodedDocument, number: int) -> dict[str, Any]:
        name = self.wire.set_of(SERVICE)
        fields = self.wire.dimension_fields(name)
        return {
            "Journal_Template_Name": self.template,
            "Journal_Batch_Name": self.batch,
            "Line_No": number,
            "Posting_Date": document.posting_date,
            "Document_No": document_number(document),
            "External_Document_No": document.number,
            "Account_Type": ACCOUNT,
            "Account_No": line.account,
            "Description": self.wire.cut(name, "Description", line.description),
            "Amount": line.amount,
        } | dimensions.body(line.dimensions, fields, document.number)

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """The codeunit posts the batch, while it holds our lines alone."""
        if not self.wire.can_post:
            return
        self._make_room(document, about)
        try:
            self.wire.act(
                "PostJournalBatch", about, POST_TIMEOUT,
                journalTemplateName=self.template, journalBatchName=self.batch,
            )  # fmt: skip
        except Refused as error:
            if self._entries([document_number(document)]):
                return
            raise messages.needs_person(error, document, self.wire.label) from error

    def _make_room(self, document: CodedDocument, about: str) -> None:
        """Two transfers that began together would wait for each other: the later one steps back."""
        batch = self._lines()
        number = document_number(document)
        if batch and batch[0]["Document_No"] != number:
            for row in batch:
                if row["Document_No"] == number:
                    self._delete(row, about)
        self._must_be_alone(document, batch)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Our lines of the batch, and no others. G/L entries are never touched."""
        self._clear(document_number(document), about)

    def _clear(self, number: str, about: str) -> None:
        for row in self._lines([number]):
            if row["Document_No"] == number:
                self._delete(row, about)

    def _delete(self, row: Row, about: str) -> None:
        path = self.wire.record(
            self.wire.set_of(SERVICE), Journal_Template_Name=words(row, "Journal_Template_Name"),
            Journal_Batch_Name=words(row, "Journal_Batch_Name"), Line_No=int(row["Line_No"]),
        )  # fmt: skip
        etag = str(row.get("@odata.etag") or "*")
        try:
            self.wire.write("DELETE", path, about=about, headers=if_match(etag))
        except NotFound:
            return

    # -- reading back -------------------------------------------------------------------------

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """The G/L entries when posted, else the lines of the batch."""
        number = document_number(document)
        entries = self._entries([number])
        if entries:
            return self._posted(entries, document)
        lines = self._lines([number])
        return self._draft(lines, document) if lines else None

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """Forty in one answer; what has no entries is looked for in the batch."""
        entries: dict[str, list[Row]] = {}
        numbers = dict.fromkeys(document_number(document) for _, document in asked)
        for part in odata.chunks(list(numbers)):
            for row in self._entries(part):
                entries.setdefault(str(row["Document_No"]), []).append(row)
        return [
            self._posted(entries[number], document)
            if (number := document_number(document)) in entries
            else self.read(found, document)
            for found, document in asked
        ]

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """The G/L entries of a journal (no document type) under this document number."""
        entries = self._entries([number])
        entries = [row for row in entries if not odata.plain(row.get("Document_Type"))]
        return self._posted(entries, document) if entries else None

    # -- shapes -------------------------------------------------------------------------------

    def _draft(self, rows: Sequence[Row], document: CodedDocument) -> Found:
        return judged(self._found(rows, document, "draft", "Account_No", SERVICE), document)

    def _posted(self, rows: Sequence[Row], document: CodedDocument) -> Found:
        return self._found(rows, document, "posted", "G_L_Account_No", ENTRIES)

    def _found(
        self, rows: Sequence[Row], document: CodedDocument, status: str, account: str, service: str
    ) -> Found:
        fields = self.wire.dimension_fields(self.wire.set_of(service))
        number = str(rows[0]["Document_No"])
        lines = tuple(
            CodedLine(
                account=words(row, account),
                amount=odata.number(row.get("Amount")),
                description=words(row, "Description"),
                dimensions=dimensions.pairs(row, fields),
            )
            for row in rows
        )
        stated = {code.upper() for line in document.lines for code, _ in line.dimensions}
        return Found(
            id=f"{self.template}/{self.batch}/{number}",
            number=number,
            status=status,
            external_number=number,
            posting_date=odata.day(rows[0].get("Posting_Date")),
            total=sum((line.amount for line in lines), Decimal(0)),
            lines=lines,
            url=self.wire.link(PAGES[status], "Document No.", number),
            lines_known=stated <= {code.upper() for code in fields},
        )
