"""Purchase invoices and credit memos through pages: a header, then its lines one by one.

There is no deep insert. Every line carries its own number (10000, 20000 …), so that a line whose
request was cut off can be sent again: it either stands already or does not. Posting needs the
codeunit of `docs/nav`; without it the document stays a draft until a person posts it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from connections.documents import CodedDocument, CodedLine, Found
from connections.errors import (
    ConnectorError,
    GoesOn,
    InDoubt,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
)
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import messages
from connections.vendors.dynamics.completeness import POST_TIMEOUT, judged
from connections.vendors.dynamics.numbers import upper
from connections.vendors.dynamics.rows import another, words
from connections.vendors.nav import dimensions
from connections.vendors.nav.codeunit import Posting
from connections.vendors.nav.purchase_documents import (
    ACCOUNT,
    Form,
    Store,
    Stored,
)

STEP = 10000
TRIES = 3  # of one line whose answer did not come
NOT_EDITABLE = re.compile(r"read-only|editable", re.IGNORECASE)
THERE_ALREADY = re.compile(r"already exists", re.IGNORECASE)


class Documents:
    """The purchase documents of one kind, through one connection."""

    def __init__(self, wire: Posting, form: Form) -> None:
        self.wire = wire
        self.form = form
        self.store = Store(wire, form)

    # -- finding ------------------------------------------------------------------------------

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Drafts and posted ones under each vendor's number: two sets, both are asked."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents):
            store = self._under(list(dict.fromkeys(upper(one.number) for one in part)))
            for one in part:
                same = [stored for stored in store if self.same(stored, one)]
                found.append([self.found(stored, one) for stored in same])
        return found

    def _under(self, numbers: Sequence[str]) -> list[Stored]:
        return [*self._drafts(numbers), *self.store.posted_under(numbers)]

    def _drafts(self, numbers: Sequence[str]) -> list[Stored]:
        drafts = list(self.store.drafts(odata.any_of(self.form.number, numbers)))
        return self.store.with_lines(drafts) if drafts else []

    def same(self, stored: Stored, document: CodedDocument) -> bool:
        """Compared as stored: Code fields are upper case. A filter's value may be a pattern."""
        return (
            stored.says(self.form.number) == upper(document.number)
            and stored.says("Buy_from_Vendor_No") == document.vendor.upper()
        )

    # -- writing ------------------------------------------------------------------------------

    def create(self, document: CodedDocument, about: str) -> Found:
        """Header and lines; goes on with the first missing line of a draft that was cut off."""
        bodies = [self.line_body(line, document) for line in document.lines]
        stored = self._begun(document) or self._new_header(document, about)
        try:
            self._write_lines(stored, bodies, about)
        except Refused as error:
            self._take_back(stored, document, about)
            raise self.refused(error, document) from error
        for whole in self.store.whole([stored.id]):
            return self.found(whole, document)
        raise RetryLater(f"The draft of {document.number} went away while it was written.")

    def _new_header(self, document: CodedDocument, about: str) -> Stored:
        try:
            return self._header(document, about)
        except Refused as error:
            raise self.refused(error, document) from error

    def _take_back(self, stored: Stored, document: CodedDocument, about: str) -> None:
        """No half draft is left for people to wonder about; where that fails, `find` sees it."""
        with contextlib.suppress(ConnectorError):
            for now in self.store.whole([stored.id]):
                if not now.posted:
                    self.delete(now, document, about)

    def _begun(self, document: CodedDocument) -> Stored | None:
        """A draft of ours that lacks lines. Raises RetryLater when a whole one appeared."""
        for stored in self._drafts([upper(document.number)]):
            if not self.same(stored, document):
                continue
            if self.found(stored, document).status != "incomplete":
                raise RetryLater(f"{document.number} appeared in {self.wire.label} meanwhile.")
            return stored
        return None

    def _header(self, document: CodedDocument, about: str) -> Stored:
        """The driving fields first; what the vendor's own data put over ours is put right."""
        name = self.wire.set_of(self.form.service)
        wanted = self.header_body(document)
        driving = {field: wanted[field] for field in self.driving() if field in wanted}
        try:
            answer = self.wire.write("POST", self.wire.path(name), driving, about=about)
            row = odata.row(answer)
        except InDoubt:
            begun = self._begun(document)
            if begun is None:
                raise
            row = begun.row
        later = {field: one for field, one in wanted.items() if not equal(row.get(field), one)}
        if later:
            row = self._update(name, row, later, about, No=str(row["No"]))
        return Stored(self.form, row, posted=False)

    def driving(self) -> tuple[str, ...]:
        """A posting date brings the document date along, so it comes first."""
        return ("Buy_from_Vendor_No", self.form.number, "Posting_Date", "Document_Date")

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        have = self.wire.fields(self.form.service)
        body = {
            "Buy_from_Vendor_No": document.vendor,
            self.form.number: document.number,
            "Posting_Date": document.posting_date,
            "Document_Date": document.document_date,
            "Due_Date": document.due_date,
            "Currency_Code": document.currency,
            "Prices_Including_VAT": False,
        }
        left_out = {"Due_Date"} if document.due_date is None else set()
        return {name: one for name, one in body.items() if name in have and name not in left_out}

    def _write_lines(self, stored: Stored, bodies: Sequence[dict[str, Any]], about: str) -> None:
        standing = {int(row["Line_No"]): row for row in stored.lines}
        written = 0
        for index, body in enumerate(bodies, start=1):
            try:
                self._write_line(stored, index * STEP, body, standing, about)
            except RetryLater as error:
                raise GoesOn.after(error) if written else error from error
            written += index * STEP not in standing

    def _write_line(
        self,
        stored: Stored,
        number: int,
        body: dict[str, Any],
        standing: dict[int, Row],
        about: str,
    ) -> None:
        row = standing.get(number) or self._new_line(stored, number, body, about)
        later = {name: one for name, one in body.items() if not equal(row.get(name), one)}
        if later:
            key: dict[str, str | int] = {"Document_No": stored.number, "Line_No": number}
            self._update(self.store.line_set(False), row, later, about, **key)

    def _new_line(self, stored: Stored, number: int, body: dict[str, Any], about: str) -> Row:
        """Sent again when no answer came: its number makes a second one impossible."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._insert(stored, number, body, about)
            except InDoubt:
                if attempt == TRIES:
                    raise
            except Refused as error:
                if not THERE_ALREADY.search(error.text):
                    raise
            row = self._line(stored, number)
            if row is not None:
                return row
        raise RetryLater(f"Line {number} of {stored.number} cannot be told.")

    def _insert(self, stored: Stored, number: int, body: dict[str, Any], about: str) -> Row:
        """With all values, or where the page refuses that: type and account, the rest later."""
        key = {"Document_Type": self.form.type, "Document_No": stored.number, "Line_No": number}
        first = {name: body[name] for name in ("Type", "No")}
        if not self.wire.step_by_step:
            try:
                return self._post_line(key | body, about)
            except Refused as error:
                if not NOT_EDITABLE.search(error.text):
                    raise
                self.wire.step_by_step = True
        return self._post_line(key | first, about)

    def _post_line(self, body: dict[str, Any], about: str) -> Row:
        path = self.wire.path(self.store.line_set(False))
        return odata.row(self.wire.write("POST", path, body, about=about))

    def _line(self, stored: Stored, number: int) -> Row | None:
        [now] = self.store.with_lines([stored])
        return next((row for row in now.lines if int(row["Line_No"]) == number), None)

    def line_body(self, line: CodedLine, document: CodedDocument) -> dict[str, Any]:
        """Type and account first; quantity 1, so that the amount is the unit cost."""
        name = self.store.line_set(False)
        body: dict[str, Any] = {"Type": ACCOUNT, "No": line.account}
        if line.description:
            body["Description"] = self.wire.cut(name, "Description", line.description)
        body |= {"Quantity": 1, "Direct_Unit_Cost": line.amount}
        have = self.wire.metadata.fields(name)
        if line.tax_code:
            taxed = "Tax_Group_Code" if "Tax_Group_Code" in have else "VAT_Prod_Posting_Group"
            body[taxed] = line.tax_code
        fields = self.wire.dimension_fields(name)
        return body | dimensions.body(line.dimensions, fields, document.number)

    def _update(
        self, entity_set: str, row: Row, changes: dict[str, Any], about: str, **key: str | int
    ) -> Row:
        """PATCH of a record as it was read: its etag guards it. Twice does no harm."""
        path = self.wire.record(entity_set, Document_Type=self.form.type, **key)
        etag = str(row.get("@odata.etag") or "*")
        try:
            answer = self.wire.write("PATCH", path, changes, about=about, headers=if_match(etag))
        except InDoubt:
            answer = self.wire.write("PATCH", path, changes, about=about, headers=if_match("*"))
        return answer.data if isinstance(answer.data, dict) else {**row, **changes}

    # -- posting ------------------------------------------------------------------------------

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """The codeunit's posting. Where the site has none, nothing: the draft is watched."""
        if not self.wire.can_post:
            return
        now = self.read(found, document)
        if now is None:
            raise RetryLater(f"{document.number} is no longer a draft in {self.wire.label}.")
        if now.status == "posted":
            return
        if found.lines_known and (now.total, now.lines) != (found.total, found.lines):
            raise RetryLater(f"Somebody changed the draft of {document.number} meanwhile.")
        try:
            self.wire.act(
                "PostPurchaseDocument", about, POST_TIMEOUT,
                documentType=self.form.type, documentNo=now.number,
            )  # fmt: skip
        except Refused as error:
            after = self.read(found, document)
            if after is None or after.status != "posted":
                raise self.refused(error, document) from error

    def refused(self, error: Refused, document: CodedDocument) -> ConnectorError:
        if isinstance(error, NotFound) or odata.changed(error):
            return RetryLater(f"The draft of {document.number} changed or went away meanwhile.")
        return messages.needs_person(error, document, self.wire.label)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Delete a draft, with its lines. Asked first: a posted one is never touched."""
        for stored in self.store.whole([found.id]):
            if stored.posted:
                raise NeedsPerson(
                    Reason.ALREADY_THERE,
                    f"{document.number} is posted in {self.wire.label} as {stored.number}; it "
                    "stays.",
                )
            self.delete(stored, document, about)

    def delete(self, stored: Stored, document: CodedDocument, about: str) -> None:
        name = self.wire.set_of(self.form.service)
        path = self.wire.record(name, Document_Type=self.form.type, No=stored.number)
        etag = str(stored.row.get("@odata.etag") or "*")
        try:
            self.wire.write("DELETE", path, about=about, headers=if_match(etag))
        except NotFound:
            return
        except Refused as error:
            raise self.refused(error, document) from error

    # -- reading back -------------------------------------------------------------------------

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """What stands there now; a draft that a person posted is found by its draft's number."""
        store = self.store.whole([found.id])
        return self.found(store[0], document) if store else None

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """A few requests for forty."""
        store = {stored.id: stored for stored in self.store.whole([one.id for one, _ in asked])}
        return [
            self.found(store[found.id], document) if found.id in store else None
            for found, document in asked
        ]

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """Posted documents only, of whatever vendor: the number is the ledger's own."""
        for stored in self.store.with_lines(self.store.posted_as("No", [number])):
            if stored.number == number and not stored.cancelled:
                return self.found(stored, document)
        return None

    def found(self, stored: Stored, document: CodedDocument) -> Found:
        status = ("cancelled" if stored.cancelled else "posted") if stored.posted else "draft"
        found = Found(
            id=stored.id,
            number=stored.number,
            status=status,
            external_number=stored.says(self.form.number),
            vendor=stored.says("Buy_from_Vendor_No"),
            posting_date=odata.day(stored.row.get("Posting_Date")),
            due_date=odata.day(stored.row.get("Due_Date")),
            pay_to=another(stored.says("Pay_to_Vendor_No"), stored.says("Buy_from_Vendor_No")),
            total=stored.totals[1],
            lines=tuple(self._coded(stored)) if stored.lines_read else (),
            url=self.store.link(stored),
            lines_known=stored.lines_read and self._tells(stored, document),
            currency=stored.says("Currency_Code"),
        )
        return self.judged(found, stored, document)

    def judged(self, found: Found, stored: Stored, document: CodedDocument) -> Found:
        """Incomplete also with a line that got its account and no quantity."""
        empty = any(
            odata.number(row.get("Quantity")) == 0 and line.amount
            for (row, _, _), line in zip(stored.entries, document.lines, strict=False)
        )
        if found.status == "draft" and empty:
            return dataclasses.replace(found, status="incomplete")
        return judged(found, document)

    def _tells(self, stored: Stored, document: CodedDocument) -> bool:
        """Whether the page shows every dimension that we state: old posted pages show two."""
        fields = self.wire.dimension_fields(self.store.line_set(stored.posted))
        shown = {code.upper() for code in fields}
        return all(code.upper() in shown for line in document.lines for code, _ in line.dimensions)

    def _coded(self, stored: Stored) -> list[CodedLine]:
        return [
            CodedLine(
                account=words(row, "No"),
                amount=net,
                description=words(row, "Description"),
                dimensions=self.store.pairs(stored, row),
                tax_code=words(row, "Tax_Group_Code"),
                tax=tax,
            )
            for row, net, tax in stored.entries
        ]


def if_match(etag: str) -> dict[str, str]:
    return {"If-Match": etag}


def equal(there: Any, wanted: Any) -> bool:
    """As stored: codes are upper case, dates are texts."""
    if isinstance(wanted, str):
        return str(there or "").strip().upper() == wanted.strip().upper()
    if hasattr(wanted, "isoformat"):
        return str(there or "")[:10] == str(wanted.isoformat())
    return bool(there == wanted)
