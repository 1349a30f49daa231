"""Vendor invoices and credit memos: pending until people, a workflow or the automation post them.

entity-vendor-invoice-header-vendorinvoiceheader.md, …-line-vendorinvoiceline.md. A credit memo is
an invoice with negative quantities. Posting takes the row out of the pending set; the posted one is
found among the vendor's transactions, by its number and account.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.documents import (
    CREDIT_MEMO,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
    cut,
    units,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.names import renamed
from connections.vendors.fo.choices import GIVEN, YES
from connections.vendors.fo.company import Company
from connections.vendors.fo.document import Form, Stored, reference
from connections.vendors.fo.documents import AT_ONCE, Store
from connections.vendors.fo.formats import Format, stated
from connections.vendors.fo.rows import noon, said

TEXT, DESCRIPTION = 60, 255  # characters
PENDING = ("", "draft")  # of VendorInvoiceReviewStatus: not in a workflow
POSTED = "posted:"  # begins the id of a posted invoice whose pending row we never saw
USUAL = {
    "DataArea": "DataArea", "Invoice": "Invoice", "AccountNum": "AccountNum", "Voucher": "Voucher",
    "TransDate": "TransDate", "AmountCur": "AmountCur", "CurrencyCode": "CurrencyCode",
    "TransType": "TransType", "HeaderReference": "DocumentNum",
}  # fmt: skip
PAYMENTS = ("payment", "settlement", "exchadjustment")

HEADER = (
    "dataAreaId,HeaderReference,InvoiceNumber,InvoiceAccount,Date,InvoiceDate,DueDate,Currency,"
    "DocumentNumber,ImportedSalesTax,VendorInvoiceReviewStatus"
)
LINE = (
    "dataAreaId,HeaderReference,InvoiceLineNumber,LineDescription,ReceiveNow,UnitPrice,NetAmount,"
    "MainAccountDisplayValue,DimensionDisplayValue,ItemSalesTax"
)


def form(kind: str, keyed: bool) -> Form:
    return Form(
        kind, "VendorInvoiceHeaders", "VendorInvoiceLines", "HeaderReference", "InvoiceLineNumber",
        HEADER, LINE, tax_code="ItemSalesTax", keyed=keyed,
    )  # fmt: skip


class Invoices(Store):
    def __init__(self, wire: Company, kind: str = PURCHASE_INVOICE) -> None:
        super().__init__(wire)
        self.gives_reference = wire.setting("header_reference") == GIVEN
        self.form = form(kind, self.gives_reference)
        self.sign = -1 if kind == CREDIT_MEMO else 1

    # -- finding ------------------------------------------------------------------------------

    def search(self, documents: Sequence[CodedDocument]) -> str:
        numbers = dict.fromkeys(one.number for one in documents)
        keys = dict.fromkeys(reference(one) for one in documents)
        return f"{odata.any_of('InvoiceNumber', numbers)} or {odata.any_of(self.tag, keys)}"

    @property
    def tag(self) -> str:
        """The field that keeps our key and is looked for."""
        return "HeaderReference" if self.gives_reference else "DocumentNumber"

    def ours(self, header: Row, document: CodedDocument) -> bool:
        told = (said(header, field).upper() for field in ("HeaderReference", "DocumentNumber"))
        return reference(document) in told

    def same(self, header: Row, document: CodedDocument) -> bool:
        """By our key, or by the vendor's number: compared, since `*` in a filter is a pattern."""
        return self.ours(header, document) or (
            said(header, "InvoiceNumber").casefold() == document.number.casefold()
            and said(header, "InvoiceAccount").casefold() == document.vendor.casefold()
        )

    def find(self, documents: Sequence[CodedDocument]) -> list[list[Found]]:
        """Pending and posted ones together: two requests for twenty documents."""
        found: list[list[Found]] = []
        for part in odata.chunks(documents, AT_ONCE):
            numbers = [one.number for one in part]
            headers, posted = self.ask([self.headers_path(self.search(part)),
                                        self.posted.path(numbers)])  # fmt: skip
            all_stored = self.with_lines(headers)
            found += [self.standing(one, all_stored, posted) for one in part]
        return found

    def standing(
        self,
        document: CodedDocument,
        all_stored: Sequence[Stored],
        posted: Sequence[Row],
    ) -> list[Found]:
        """Both, when both are there: a draft beside a posted one is for the caller."""
        drafts = [
            self.found(one, document) for one in all_stored if self.same(one.header, document)
        ]
        rows = [row for row in posted if self.posted.same(row, document)]
        return [*(self.posted.found(row, self.sign) for row in rows), *drafts]

    def ask(self, paths: Sequence[str]) -> list[list[Row]]:
        """Several collections, the last of which is the posted ones."""
        try:
            return self.wire.sets(paths)
        except Refused as error:
            if self.wire.absent(error) and self.posted.is_missing():
                raise self.posted.missing(error) from error
            raise

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """Pending, else posted: one request, the pending ones looked at first."""
        id = found.id.removeprefix(POSTED)
        wanted = odata.any_of("HeaderReference", [id])
        headers, lines, posted = self.ask(
            [self.headers_path(wanted), self.lines_path([id]), self.posted.path([document.number])]
        )
        for header in headers:
            if said(header, "HeaderReference").casefold() == id.casefold():
                return self.found(Stored(header, self.ordered(lines, header)), document)
        same = [row for row in posted if self.posted.same(row, document)]
        exact = [row for row in same if self.posted.is_it(row, found)]
        for row in exact or same:
            return dataclasses.replace(self.posted.found(row, self.sign), id=found.id)
        return None

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """A posted invoice by its voucher, else by its own number; that of the document's vendor
        before another's."""
        others = []
        for field in ("Voucher", "Invoice"):
            [rows] = self.ask([self.posted.path([number], field)])
            for row in rows:
                if self.posted.says(row, field).casefold() != number.casefold():
                    continue
                if self.posted.of_vendor(row, document):
                    return self.posted.found(row, self.sign)
                if not self.posted.is_payment(row):
                    others.append(row)
        return self.posted.found(others[0], self.sign) if others else None

    def listed(self, first: dt.date, last: dt.date) -> list[Found]:
        """Posted ones of these days, as the site shows them."""
        [rows] = self.ask([self.posted.within(first, last)])
        return [
            self.posted.found(row, self.sign) for row in rows if not self.posted.is_payment(row)
        ]

    @cached_property
    def posted(self) -> Posted:
        return Posted(self.wire)

    # -- writing ------------------------------------------------------------------------------

    def check(self, document: CodedDocument) -> None:
        most = self.wire.longest_number
        if units(document.number) > most:
            raise NeedsPerson(
                Reason.NUMBER,
                f"The invoice number {document.number} has {units(document.number)} characters, "
                f"{self.wire.label} takes {most}. Shorten it in the source.",
            )
        super().check(document)

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        """Sparse: what is not stated comes from the vendor. Tax is never an amount here."""
        body: dict[str, Any] = {
            self.tag: reference(document),
            "DocumentNumber": reference(document),  # posted transactions repeat it
            "InvoiceNumber": document.number,
            "InvoiceAccount": document.vendor,
            "InvoiceDate": noon(document.document_date),
            "Date": noon(document.posting_date),
            "Currency": self.wire.currency(document.currency),
        }
        if document.due_date:
            body["DueDate"] = noon(document.due_date)
        if document.reference:
            body["InvoiceDescription"] = cut(document.reference, DESCRIPTION)
        if document.order and self.wire.setting("bill_orders") == YES:
            body["PurchaseOrderNumber"] = document.order
        if group := self.wire.setting("sales_tax_group"):
            body["SalesTaxGroup"] = group
        if self.imports_totals:
            tax = sum((line.tax for line in document.lines), ZERO)
            body["ImportedAmount"] = self.sign * document.total
            body["ImportedSalesTax"] = self.sign * tax
        return body

    @property
    def imports_totals(self) -> bool:
        return self.wire.setting("imported_totals") == YES

    def line_body(self, line: CodedLine, document: CodedDocument) -> dict[str, Any]:
        """Quantity 1 (or -1), so that the price is the amount."""
        there = self.sign * line.amount
        body = {
            **self.wire.category(line.account),
            "LineDescription": cut(line.description, TEXT),
            "ReceiveNow": -1 if there < 0 else 1,
            "UnitPrice": abs(there),
            "Unit": self.wire.setting("unit"),
            "Currency": self.wire.currency(document.currency),
        }
        if line.tax_code:
            body["ItemSalesTax"] = line.tax_code
        texts = self.texts()
        return body | {
            field: stated(line.account, line.dimensions, one) for field, one in texts.items()
        }

    def texts(self) -> dict[str, Format]:
        formats = self.wire.formats()
        return {"MainAccountDisplayValue": formats.ledger, "DimensionDisplayValue": formats.default}

    def amount(self, line: Mapping[str, Any]) -> Decimal:
        """What goes to the account: the service's own sum where it shows one."""
        if line.get("NetAmount") is not None:
            return odata.number(line.get("NetAmount"))
        return odata.number(line.get("ReceiveNow")) * odata.number(line.get("UnitPrice"))

    def in_use(self, stored: Stored) -> bool:
        return said(stored.header, "VendorInvoiceReviewStatus").casefold() not in PENDING

    # -- shapes -------------------------------------------------------------------------------

    def found(self, stored: Stored, document: CodedDocument) -> Found:
        header = stored.header
        lines = tuple(self.coded(row) for row in stored.lines)
        net = sum((line.amount for line in lines), ZERO)
        draft = Found(
            id=said(header, "HeaderReference"),
            number=said(header, "InvoiceNumber"),
            status="draft",
            external_number=said(header, "InvoiceNumber"),
            vendor=said(header, "InvoiceAccount"),
            posting_date=odata.day(header.get("Date")),
            due_date=odata.day(header.get("DueDate")),
            total=net + self.tax(stored, document),
            lines=lines,
            url=self.wire.link(),
            lines_known=True,
            word="pending vendor invoice",
            currency=self.wire.foreign(said(header, "Currency")),
        )
        return self.judged(draft, document)

    def tax(self, stored: Stored, document: CodedDocument) -> Decimal:
        """The service works tax out at posting. Until then: the sum that we had it keep."""
        if self.imports_totals:
            return self.sign * odata.number(stored.header.get("ImportedSalesTax"))
        return self.stated_tax(stored, document)

    def coded(self, line: Row) -> CodedLine:
        formats = self.wire.formats()
        whole = said(line, "MainAccountDisplayValue")
        only = said(line, "DimensionDisplayValue")
        return CodedLine(
            account=formats.ledger.account(whole),
            amount=self.sign * self.amount(line),
            description=said(line, "LineDescription"),
            dimensions=formats.default.pairs(only) or formats.ledger.pairs(whole),
            tax_code=said(line, "ItemSalesTax"),
        )


class Posted:
    """Posted invoices as this site shows them: collection and fields are settings."""

    def __init__(self, wire: Company) -> None:
        self.wire = wire
        self.set = wire.setting("posted_set")

    @cached_property
    def names(self) -> dict[str, str]:
        """Usual field -> the site's own. Raises NeedsPerson for a setting that cannot be read."""
        try:
            return USUAL | renamed(self.wire.setting("posted_fields"))
        except ValueError as error:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"“{error}” under Fields of posted invoices is not understood. Write usual=other, "
                "with commas between.",
            ) from error

    def path(self, numbers: Sequence[str], field: str = "Invoice", **options: int) -> str:
        numbers = list(dict.fromkeys(numbers))
        return self._path(odata.any_of(self.names[field], numbers), **options)

    def within(self, first: dt.date, last: dt.date) -> str:
        """Whatever time of day the site keeps with a date."""
        field, following = self.names["TransDate"], last + dt.timedelta(days=1)
        return self._path(
            f"{field} ge {first.isoformat()}T00:00:00Z and {field} lt "
            f"{following.isoformat()}T00:00:00Z"
        )

    def _path(self, asked: str, **options: int) -> str:
        company = f"{self.names['DataArea']} eq {odata.text(self.wire.company)}"
        wanted = f"{company} and ({asked})"
        fields = ",".join(filter(None, self.names.values()))
        return self.wire.path(self.set, filter=wanted, select=fields, **options)

    def says(self, row: Row, field: str) -> str:
        return said(row, self.names[field]) if self.names.get(field) else ""

    def is_it(self, row: Row, found: Found) -> bool:
        """The row tells our reference, or has the voucher that was read before."""
        return self.says(row, "HeaderReference") == found.id or (
            self.says(row, "Voucher") == found.number
        )

    def same(self, row: Row, document: CodedDocument) -> bool:
        """That number of that vendor; a payment of it is none."""
        number = self.says(row, "Invoice").casefold() == document.number.casefold()
        return number and self.of_vendor(row, document)

    def of_vendor(self, row: Row, document: CodedDocument) -> bool:
        mine = self.says(row, "AccountNum").casefold() == document.vendor.casefold()
        return mine and not self.is_payment(row)

    def is_payment(self, row: Row) -> bool:
        return odata.plain(self.says(row, "TransType")).casefold() in PAYMENTS

    def found(self, row: Row, sign: int) -> Found:
        """Its lines are the ledger's own business; the total is compared to the cent."""
        voucher = self.says(row, "Voucher")
        turn = -1 if self.wire.setting("posted_sign") == "-1" else 1
        told = self.says(row, "HeaderReference")
        return Found(
            id=told or f"{POSTED}{voucher}",
            number=voucher or self.says(row, "Invoice"),
            status="posted",
            external_number=self.says(row, "Invoice"),
            vendor=self.says(row, "AccountNum"),
            posting_date=odata.day(row.get(self.names["TransDate"])),
            total=sign * turn * odata.number(row.get(self.names["AmountCur"])),
            url=self.wire.link(),
            word="voucher" if voucher else "",
            currency=self.wire.foreign(self.says(row, "CurrencyCode")),
        )

    def is_missing(self) -> bool:
        """Asked alone, it is refused, too."""
        try:
            self.wire.get(self.path(["-"], top=1))
        except Refused as error:
            return self.wire.absent(error)
        return False

    def missing(self, error: Refused) -> NeedsPerson:
        """Without it nothing is written: whether it is posted already could not be told."""
        return NeedsPerson(
            Reason.SETTINGS,
            f"{self.wire.label} does not show posted invoices as {self.set or '(none entered)'} "
            f"({error.text or error.status}). Enter the collection and fields of this site in the "
            "connection.",
            text=error.text,
        )
