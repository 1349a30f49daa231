"""Purchase invoices and credit memos: one request to create, one to post, one to read back.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/
dynamics_purchaseinvoice and dynamics_purchasecreditmemo. Drafts and posted documents stand in one
set; posting keeps the id and gives a new number.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from connections.documents import (
    CREDIT_MEMO,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
    cut,
)
from connections.errors import NeedsPerson, NotFound, Reason, Refused, RetryLater
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central import dimensions
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics import messages
from connections.vendors.dynamics.completeness import POST_TIMEOUT, judged
from connections.vendors.dynamics.numbers import upper
from connections.vendors.dynamics.rows import another

DESCRIPTION = 100  # characters
MOST_WHOLE = 20  # documents with their lines and dimensions in one answer
HEADERS_PAGE = 5000  # of 20,000 that are allowed
HEADER = "id,number,status,totalAmountIncludingTax,lastModifiedDateTime"
STATUS = {
    "": "draft",
    "Draft": "draft",
    "In Review": "draft",
    "Open": "posted",
    "Paid": "posted",
    "Corrective": "posted",
    "Canceled": "cancelled",
}


@dataclasses.dataclass(frozen=True)
class Form:
    """What one kind of purchase document is called in the API and on the screen."""

    kind: str
    set: str
    lines: str
    number: str  # the field that keeps our number
    date: str
    pages: tuple[int, int]  # of the draft and of the posted document
    net_prices: bool = True  # pricesIncludeTax may be written
    action: str = "Microsoft.NAV.post"
    cost: str = "unitCost"

    @property
    def parts(self) -> str:
        return f"{self.lines}($expand=dimensionSetLines)"


INVOICE = Form(
    PURCHASE_INVOICE, "purchaseInvoices", "purchaseInvoiceLines", "vendorInvoiceNumber",
    "invoiceDate", (51, 138),
)  # fmt: skip
MEMO = Form(
    CREDIT_MEMO, "purchaseCreditMemos", "purchaseCreditMemoLines", "vendorCreditMemoNumber",
    "creditMemoDate", (52, 140), net_prices=False,
)  # fmt: skip


class Purchases:
    """The purchase documents of one kind, through one connection."""

    def __init__(self, wire: Wire, form: Form) -> None:
        self.wire = wire
        self.form = form
        self.etags: dict[str, str] = {}

    # -- finding ------------------------------------------------------------------------------

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """What stands under each vendor's number: one request for 40, one more for drafts."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents):
            rows = self._candidates(part)
            found += [[self._found(row) for row in rows if self.same(row, one)] for one in part]
        return self._with_drafts_judged(documents, found)

    def _candidates(self, documents: Sequence[CodedDocument]) -> list[Row]:
        numbers = dict.fromkeys(upper(one.number) for one in documents)
        path = self.wire.path(self.form.set, filter=odata.any_of(self.form.number, numbers))
        return self._settled(self.wire.rows(path))

    def same(self, row: Row, document: CodedDocument) -> bool:
        """Compared as stored: Code fields are upper case. A filter's value may be a pattern."""
        return (
            str(row[self.form.number]) == upper(document.number)
            and str(row["vendorNumber"]) == document.vendor.upper()
        )

    def _with_drafts_judged(
        self, documents: Sequence[CodedDocument], found: list[list[Found]]
    ) -> list[list[Found]]:
        """Drafts come with their lines, as incomplete where some are missing."""
        drafts = [one.id for several in found for one in several if one.status == "draft"]
        paths = [self._path(id, expand=self.form.parts) for id in dict.fromkeys(drafts)]
        try:
            rows = self._settled([odata.row(answer) for answer in self.wire.read_batch(paths)])
        except NotFound as error:
            raise RetryLater("A draft went away while it was looked at.") from error
        whole = {str(row["id"]): self._found(row) for row in rows}
        return [
            [judged(whole.get(one.id, one), document) for one in several]
            for several, document in zip(found, documents, strict=True)
        ]

    # -- writing ------------------------------------------------------------------------------

    def create(self, document: CodedDocument, about: str) -> Found:
        """The draft with its lines and dimensions in one request, answered with its lines."""
        try:
            return self._insert(self.body(document), about)
        except Refused as error:
            if not messages.INHERITED_DIMENSION.search(error.text):
                raise messages.needs_person(error, document, self.wire.label) from error
        return self._create_in_steps(document, about)

    def _insert(self, body: dict[str, Any], about: str) -> Found:
        path = self.wire.path(self.form.set, expand=self.form.parts)
        answer = self.wire.write("POST", path, body, about=about)
        return self._found(odata.row(answer))

    def _create_in_steps(self, document: CodedDocument, about: str) -> Found:
        """Where the vendor or an account brings a dimension that a line states too.

        A deep insert may not state it again, so the lines come first and their dimensions are put
        right in a batch of its own. Cut in between, the draft is found incomplete and discarded.
        """
        self._clear_remains(document, about)
        try:
            draft = self._insert(self.body(document, with_dimensions=False), about)
            rows = self._lines(self._row(draft.id))
            dimensions.settle(self.wire, self.form.lines, rows, document.lines, about)
        except Refused as error:
            raise self._refused(error, document) from error
        return self._found(self._row(draft.id))

    def _clear_remains(self, document: CodedDocument, about: str) -> None:
        """A refused deep insert leaves nothing, as far as is known: this makes sure."""
        for one in self.find([document])[0]:
            if one.status != "incomplete":
                raise RetryLater(f"{document.number} appeared in {self.wire.label} meanwhile.")
            self.discard(one, document, about)

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """The post action. Posts only what was last read: the etag guards it."""
        try:
            self._post(found.id, about)
        except Refused as error:
            if messages.ALREADY_POSTED.search(error.text):
                return
            if not odata.changed(error):
                raise self._refused(error, document) from error
            self._complete_again(found, document, about)

    def _complete_again(self, found: Found, document: CodedDocument, about: str) -> None:
        """The etag was stale: etags move by themselves, so the content decides."""
        now = self.read(found, document)
        if now is None or now.status == "cancelled":
            raise RetryLater(f"{document.number} is no longer a draft in {self.wire.label}.")
        if now.status == "posted":
            return
        if (now.total, now.lines) != (found.total, found.lines):
            raise RetryLater(f"Somebody changed the draft of {document.number} meanwhile.")
        try:
            self._post(found.id, about)
        except Refused as error:
            raise self._refused(error, document) from error

    def _post(self, id: str, about: str) -> None:
        headers = {"If-Match": self.etags.get(id, "*")}
        path = self._path(id, self.form.action)
        self.wire.write("POST", path, about=about, headers=headers, timeout=POST_TIMEOUT)

    def _refused(self, error: Refused, document: CodedDocument) -> Exception:
        if isinstance(error, NotFound) or odata.changed(error):
            return RetryLater(f"The draft of {document.number} changed or went away meanwhile.")
        return messages.needs_person(error, document, self.wire.label)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Delete a draft. Asked first and guarded by its etag: a posted one is never touched."""
        now = self.read(found, document)
        if now is None:
            return
        if now.status not in ("draft", "incomplete"):
            raise NeedsPerson(
                Reason.ALREADY_THERE,
                f"{document.number} is posted in {self.wire.label} as {now.number}; it stays.",
            )
        self._delete(found.id, document, about)

    def _delete(self, id: str, document: CodedDocument, about: str) -> None:
        headers = {"If-Match": self.etags.get(id, "*")}
        try:
            self.wire.write("DELETE", self._path(id), about=about, headers=headers)
        except NotFound:
            return
        except Refused as error:
            raise self._refused(error, document) from error

    # -- reading back -------------------------------------------------------------------------

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        try:
            [row] = self._settled([self._row(found.id)])
        except NotFound:
            return None
        return judged(self._found(row), document)

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """Twenty with their lines in one answer."""
        rows: dict[str, Row] = {}
        ids = dict.fromkeys(found.id for found, _ in asked)
        for part in odata.chunks(list(ids), MOST_WHOLE):
            wanted = " or ".join(f"id eq {id}" for id in part)
            path = self.wire.path(self.form.set, filter=wanted, expand=self.form.parts)
            rows |= {str(row["id"]): row for row in self._settled(self.wire.rows(path))}
        return [
            judged(self._found(rows[found.id]), document) if found.id in rows else None
            for found, document in asked
        ]

    # -- lists --------------------------------------------------------------------------------

    def listed(self, first: dt.date, last: dt.date) -> list[Found]:
        """Posted ones by posting date; drafts stand in the same set."""
        dated = f"postingDate ge {first.isoformat()} and postingDate le {last.isoformat()}"
        return [found for found in self._headers(dated) if found.status != "draft"]

    def changed_since(self, moment: dt.datetime) -> list[Found]:
        return self._headers(f"lastModifiedDateTime gt {odata.moment(moment)}")

    def _headers(self, wanted: str) -> list[Found]:
        """A list of headers alone is light: long pages."""
        path = self.wire.path(
            self.form.set, filter=wanted, select=HEADER, orderby="lastModifiedDateTime"
        )
        return [headed(row) for row in self.wire.rows(path, HEADERS_PAGE)]

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """Posted documents only, of whatever vendor: the number is the ledger's own."""
        wanted = odata.any_of("number", [number])
        path = self.wire.path(self.form.set, filter=wanted, expand=self.form.parts)
        found = [self._found(row) for row in self._settled(self.wire.rows(path))]
        same = [one for one in found if one.number == number and self.counts(one)]
        return same[0] if same else None

    def counts(self, found: Found) -> bool:
        """A person may link to it."""
        return found.status == "posted"

    def _row(self, id: str) -> Row:
        return self.wire.one(self._path(id, expand=self.form.parts))

    def _path(self, id: str, action: str = "", **options: str | int) -> str:
        return self.wire.path(
            f"{self.form.set}({id})" + (f"/{action}" if action else ""), **options
        )

    def _settled(self, rows: list[Row]) -> list[Row]:
        """A credit memo that says Open may be released but not posted: the G/L entries tell."""
        if self.form.kind != CREDIT_MEMO:
            return rows
        unsure = [str(row["number"]) for row in rows if row["status"] == "Open"]
        posted = self._posted_numbers(unsure)
        return [
            {**row, "status": "Draft"} if row["number"] in set(unsure) - posted else row
            for row in rows
        ]

    def _posted_numbers(self, numbers: Sequence[str]) -> set[str]:
        posted: set[str] = set()
        for part in odata.chunks(numbers):
            wanted = f"({odata.any_of('documentNumber', part)}) and documentType eq 'Credit Memo'"
            fields = "documentNumber,documentType"
            rows = self.wire.rows(
                self.wire.path("generalLedgerEntries", filter=wanted, select=fields)
            )
            posted |= {str(row["documentNumber"]) for row in rows}
        return posted

    # -- shapes -------------------------------------------------------------------------------

    def body(self, document: CodedDocument, with_dimensions: bool = True) -> dict[str, Any]:
        """In the API page's order: the server applies fields in that order, parts last."""
        body: dict[str, Any] = {
            "postingDate": document.posting_date,
            self.form.date: document.document_date,
            "vendorNumber": document.vendor,
            self.form.number: document.number,
        }
        if document.due_date:
            body["dueDate"] = document.due_date
        body["currencyCode"] = document.currency or self.wire.local_currency()
        if self.form.net_prices:
            body["pricesIncludeTax"] = False
        body[self.form.lines] = list(self._line_bodies(document, with_dimensions))
        return body

    def _line_bodies(self, document: CodedDocument, with_dimensions: bool) -> Iterator[Any]:
        for line in document.lines:
            yield line_body(line, self.form.cost, with_dimensions)

    def _found(self, row: Row) -> Found:
        self.etags[str(row["id"])] = str(row.get("@odata.etag") or "*")
        status = STATUS.get(odata.plain(row.get("status")), "draft")
        lines = tuple(coded(line) for line in self._lines(row))
        page = self.form.pages[status != "draft"]
        return Found(
            id=str(row["id"]),
            number=str(row["number"]),
            status=status,
            external_number=str(row[self.form.number]),
            vendor=str(row["vendorNumber"]),
            posting_date=odata.day(row.get("postingDate")),
            due_date=odata.day(row.get("dueDate")),
            pay_to=another(row.get("payToVendorNumber"), row["vendorNumber"]),
            total=odata.number(row.get("totalAmountIncludingTax")),
            lines=lines,
            url=self.wire.link(page, "No.", str(row["number"])),
            lines_known=self.form.lines in row,
            currency=self.wire.foreign(str(row.get("currencyCode") or "")),
            by_lines=sum((line.amount + line.tax for line in lines), ZERO) if lines else None,
            changed_at=odata.instant(row.get("lastModifiedDateTime")),
        )

    def _lines(self, row: Row) -> list[Row]:
        """In document order, without comments."""
        lines = sorted(row.get(self.form.lines) or (), key=lambda line: line["sequence"])
        return [line for line in lines if odata.plain(line.get("lineType")) != "Comment"]


def headed(row: Row) -> Found:
    """As a list shows it: whether an Open credit memo is posted, a look at it tells."""
    return Found(
        id=str(row["id"]),
        number=str(row["number"]),
        status=STATUS.get(odata.plain(row.get("status")), "draft"),
        total=odata.number(row.get("totalAmountIncludingTax")),
        changed_at=odata.instant(row.get("lastModifiedDateTime")),
        takes_back=odata.plain(row.get("status")) == "Corrective",
    )


def line_body(line: CodedLine, cost: str, with_dimensions: bool = True) -> dict[str, Any]:
    """`lineType` first. Quantity 1, since it defaults to 0 and a zero line is skipped silently."""
    body: dict[str, Any] = {"lineType": "Account", "lineObjectNumber": line.account}
    if line.description:
        body["description"] = cut(line.description, DESCRIPTION)
    body |= {cost: line.amount, "quantity": 1}
    if line.tax_code:
        body["taxCode"] = line.tax_code
    if with_dimensions and line.dimensions:
        body["dimensionSetLines"] = dimensions.bodies(line.dimensions)
    return body


def coded(row: Row) -> CodedLine:
    """A line as it stands. `netAmount` is what goes to the account, after any discount.

    Lines of posted invoices carry 0 in `amountExcludingTax`, `amountIncludingTax` and
    `totalTaxAmount`, and their amounts in the net fields alone (the sample answer under
    dynamics_purchaseinvoiceline, and recorded ones).
    """
    net, tax = row.get("netAmount"), row.get("netTaxAmount")
    return CodedLine(
        account=str(row.get("lineObjectNumber") or ""),
        amount=odata.number(row.get("amountExcludingTax") if net is None else net),
        description=str(row.get("description") or ""),
        dimensions=dimensions.pairs(row),
        tax_code=str(row.get("taxCode") or ""),
        tax=odata.number(row.get("totalTaxAmount") if tax is None else tax),
    )
