"""What invoices, orders and journals share: header first, then line by line, then read back.

Lines of one document are written in sequence, each with a number of our own, so that none can
stand twice. A document that was cut off is gone on with from its first missing line.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connections.documents import ZERO, CodedDocument, CodedLine, Found
from connections.errors import (
    ConnectorError,
    GoesOn,
    InDoubt,
    NeedsPerson,
    Reason,
    Refused,
    RetryLater,
)
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.completeness import lacks
from connections.vendors.fo import formats, messages
from connections.vendors.fo.company import Company
from connections.vendors.fo.document import Form, Stored
from connections.vendors.fo.formats import Format
from connections.vendors.fo.rows import looked, said

TRIES = 2  # of a row whose key is ours, when no answer came
AT_ONCE = 20  # documents in one look-up


class FormatsChanged(RetryLater):
    """The dimension formats are others than those that the document was written with."""


class Store:
    """The documents of one kind, through one connection. Subclasses say the shapes."""

    form: Form

    def __init__(self, wire: Company) -> None:
        self.wire = wire

    # -- what each kind says --------------------------------------------------------------------

    def search(self, documents: Sequence[CodedDocument]) -> str:
        """A filter for the headers of these documents."""
        raise NotImplementedError

    def same(self, header: Row, document: CodedDocument) -> bool:
        raise NotImplementedError

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        raise NotImplementedError

    def line_body(self, line: CodedLine, document: CodedDocument) -> dict[str, Any]:
        raise NotImplementedError

    def texts(self) -> dict[str, Format]:
        """The fields of a line that hold dimensions, and by which format."""
        raise NotImplementedError

    def amount(self, line: Mapping[str, Any]) -> Decimal:
        """Of a line as sent or as read, positive as in the service."""
        raise NotImplementedError

    def coded(self, line: Row) -> CodedLine:
        raise NotImplementedError

    def found(self, stored: Stored, document: CodedDocument) -> Found:
        raise NotImplementedError

    def check(self, document: CodedDocument) -> None:
        """Before anything is written. Raises NeedsPerson."""
        for line in document.lines:
            if line.tax and not line.tax_code:
                raise NeedsPerson(
                    Reason.TAX,
                    f"The line “{line.description[:60]}” of {document.number} has {line.tax:,.2f} "
                    f"of tax and no tax group: {self.wire.label} works tax out by groups only. Map "
                    "its tax code.",
                )
        self.wire.values.check(document)

    def next_line(self, body: dict[str, Any], before: Sequence[Row]) -> dict[str, Any]:
        """The body of a line, given those that stand before it."""
        return body

    def finished(self, stored: Stored, document: CodedDocument, about: str) -> None:
        """After all lines stand."""

    # -- reading ------------------------------------------------------------------------------

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Two requests for twenty documents: headers, then the lines of those that stand."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents, AT_ONCE):
            all_stored = self.all_stored(self.search(part))
            found += [
                [self.found(stored, one) for stored in all_stored if self.same(stored.header, one)]
                for one in part
            ]
        return found

    def all_stored(self, wanted: str) -> list[Stored]:
        """The documents of our company that meet a filter, with their lines."""
        return self.with_lines(self.wire.rows(self.headers_path(wanted)))

    def headers_path(self, wanted: str) -> str:
        return self.wire.path(
            self.form.headers, filter=self.wire.ours(wanted), select=self.form.header_fields
        )

    def lines_path(self, ids: Iterable[str]) -> str:
        wanted = self.wire.ours(odata.any_of(self.form.key, ids))
        return self.wire.path(self.form.lines, filter=wanted, select=self.form.line_fields)

    def with_lines(self, headers: Sequence[Row]) -> list[Stored]:
        ids = [said(row, self.form.key) for row in headers]
        rows: list[Row] = []
        for part in odata.chunks(ids):
            rows += self.wire.rows(self.lines_path(part))
        return [Stored(header, self.ordered(rows, header)) for header in headers]

    def ordered(self, rows: Sequence[Row], header: Row) -> tuple[Row, ...]:
        """The lines of one header by number, each once."""
        id = said(header, self.form.key).casefold()
        ours = (row for row in rows if said(row, self.form.key).casefold() == id)
        return tuple(row for _, row in sorted({self.number(row): row for row in ours}.items()))

    def by_id(self, id: str) -> Stored | None:
        """A header and its lines in one request."""
        headers, lines = self.wire.sets(
            [self.headers_path(odata.any_of(self.form.key, [id])), self.lines_path([id])]
        )
        for header in headers:
            if said(header, self.form.key).casefold() == id.casefold():
                return Stored(header, self.ordered(lines, header))
        return None

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        stored = self.by_id(found.id)
        return self.found(stored, document) if stored else None

    def number(self, line: Row) -> Decimal:
        return odata.number(line.get(self.form.number))

    def judged(self, found: Found, document: CodedDocument) -> Found:
        """Fewer lines than ours, or a dimension of ours missing: cut off while it was written."""
        if found.status == "draft" and lacks(found, document):
            return dataclasses.replace(found, status="incomplete")
        return found

    def stated_tax(self, stored: Stored, document: CodedDocument) -> Decimal:
        """Tax of lines that carry the tax group as sent; the service tells it after posting."""
        field = self.form.tax_code
        return sum(
            (
                line.tax
                for row, line in zip(stored.lines, document.lines, strict=False)
                if said(row, field).casefold() == line.tax_code.casefold()
            ),
            ZERO,
        )

    # -- writing ------------------------------------------------------------------------------

    def create(self, document: CodedDocument, about: str) -> Found:
        """All of it, or on from where it was cut off. Raises InDoubt, NeedsPerson, RetryLater."""
        try:
            return self._create(document, about)
        except FormatsChanged:
            return self._create(document, about)

    def _create(self, document: CodedDocument, about: str) -> Found:
        self.check(document)
        bodies = [self.line_body(line, document) for line in document.lines]
        stored = self._begun(document, bodies, about) or self._new_header(document, about)
        try:
            whole = self._write_lines(stored, bodies, about)
            self.finished(whole, document, about)
        except Refused as error:
            self._take_back(stored, about)
            raise self._refusal(error, document) from error
        return self.found(whole, document)

    def _refusal(self, error: Refused, document: CodedDocument) -> ConnectorError:
        """The formats are read again, as texts come in any language: others mean another try."""
        if self.wire.formats_changed():
            return FormatsChanged("The dimension formats changed meanwhile.")
        return messages.needs_person(error, document)

    def _begun(
        self, document: CodedDocument, bodies: Sequence[dict[str, Any]], about: str
    ) -> Stored | None:
        """One of ours that lacks lines; made anew when the lines that stand are others."""
        for stored in self.all_stored(self.search([document])):
            if not self.ours(stored.header, document):
                continue
            if self.found(stored, document).status != "incomplete":
                raise RetryLater(f"{document.number} appeared in {self.wire.label} meanwhile.")
            if self.continues(stored, bodies):
                return stored
            if self.in_use(stored):
                raise in_use(document.number)
            self.erase(stored, about)
        return None

    def continues(self, stored: Stored, bodies: Sequence[dict[str, Any]]) -> bool:
        """What stands is exactly the beginning of what is to stand."""
        numbers = [self.number(row) for row in stored.lines]
        return numbers == list(range(1, len(numbers) + 1)) and len(numbers) <= len(bodies) and all(
            self.equal(row, body) for row, body in zip(stored.lines, bodies, strict=False)
        )  # fmt: skip

    def equal(self, row: Row, body: Mapping[str, Any]) -> bool:
        return (
            not self.lost(row, body)
            and self.amount(row) == self.amount(body)
            and said(row, self.form.tax_code).casefold()
            == str(body.get(self.form.tax_code, "")).casefold()
        )

    def lost(self, row: Row, body: Mapping[str, Any]) -> str:
        """Which dimension was stored otherwise than sent, in a sentence."""
        for field, format in self.texts().items():
            if said_so := formats.lost(str(body[field]), said(row, field), format):
                return said_so
        return ""

    def _new_header(self, document: CodedDocument, about: str) -> Stored:
        """Not answered, it is looked for; sent again only where its key is ours."""
        body = self.header_body(document)
        for attempt in range(1, TRIES + 1):
            try:
                return Stored(self.wire.add(self.form.headers, body, about))
            except (InDoubt, Refused) as error:
                if standing := looked(error, lambda: self._standing(document)):
                    return standing
                if isinstance(error, Refused):
                    raise self._refusal(error, document) from error
                if attempt == TRIES or not self.form.keyed:
                    raise
        raise AssertionError("unreachable")

    def _standing(self, document: CodedDocument) -> Stored | None:
        all_stored = self.all_stored(self.search([document]))
        return next((stored for stored in all_stored if self.ours(stored.header, document)), None)

    def _write_lines(self, stored: Stored, bodies: Sequence[dict[str, Any]], about: str) -> Stored:
        """The missing ones in sequence, then all of them as the service stored them."""
        id, rows = said(stored.header, self.form.key), list(stored.lines)
        standing = len(rows)
        for index, body in enumerate(bodies[standing:], start=standing + 1):
            key = {self.form.key: id, self.form.number: index}
            try:
                rows.append(self._new_line(key | self.next_line(body, rows), about))
            except RetryLater as error:
                raise GoesOn.after(error) if len(rows) > standing else error from error
        whole = self.by_id(id)
        if whole is None:
            raise RetryLater(f"{id} went away while it was written.")
        for row, body in zip(whole.lines, bodies, strict=False):
            if words := self.lost(row, body):
                self._take_back(whole, about)
                raise self._otherwise(words)
        return whole

    def _otherwise(self, words: str) -> ConnectorError:
        if self.wire.formats_changed():
            return FormatsChanged("The dimension formats changed meanwhile.")
        return NeedsPerson(Reason.DIMENSION, f"{words} What was written has been deleted again.")

    def _new_line(self, body: dict[str, Any], about: str) -> Row:
        """Sent again when no answer came: its number makes a second one impossible."""
        for attempt in range(1, TRIES + 1):
            try:
                return self.wire.add(self.form.lines, body, about)
            except (InDoubt, Refused) as error:
                if (row := looked(error, lambda: self._line(body))) is not None:
                    return row
                if isinstance(error, Refused) or attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _line(self, body: Mapping[str, Any]) -> Row | None:
        """The line under that number, whatever it says: it is compared afterwards."""
        stored = self.by_id(str(body[self.form.key]))
        rows = stored.lines if stored else ()
        return next((row for row in rows if self.number(row) == body[self.form.number]), None)

    # -- taking back ----------------------------------------------------------------------------

    def _take_back(self, stored: Stored, about: str) -> None:
        """No half document is left for people to wonder about; where that fails, `find` sees it."""
        with contextlib.suppress(ConnectorError):
            now = self.by_id(said(stored.header, self.form.key))
            if now and not self.in_use(now):
                self.erase(now, about)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Delete a draft of ours, lines first. Asked anew: what people took on is not touched."""
        stored = self.by_id(found.id)
        if stored is None:
            if self.read(found, document) is not None:
                raise in_use(document.number)
            return
        if self.in_use(stored) or not self.ours(stored.header, document):
            raise in_use(document.number)
        try:
            self.erase(stored, about)
        except Refused as error:
            raise messages.needs_person(error, document) from error

    def ours(self, header: Row, document: CodedDocument) -> bool:
        """It carries our key. What people typed under the same number does not."""
        raise NotImplementedError

    def in_use(self, stored: Stored) -> bool:
        """Beyond what an integration may take away."""
        return False

    def erase(self, stored: Stored, about: str) -> None:
        """A header with lines refuses to be deleted, so they go first, the last one first."""
        key = {self.form.key: said(stored.header, self.form.key)}
        for row in reversed(stored.lines):
            self.wire.remove(
                self.form.lines, about, **key, **{self.form.number: int(self.number(row))}
            )
        self.wire.remove(self.form.headers, about, **key)


def in_use(number: str) -> NeedsPerson:
    return NeedsPerson(
        Reason.ALREADY_THERE,
        f"{number} is already in use in {messages.SYSTEM} (in a workflow, posted, or not ours); it "
        "stays.",
    )
