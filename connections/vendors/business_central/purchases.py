"""Purchase documents as a source: orders, invoices and credit memos, and what they need.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/resources/
dynamics_purchaseorder, dynamics_purchaseinvoice, dynamics_purchasecreditmemo
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.documents import (
    LEDGER_INVOICE,
    LEDGER_MEMO,
    LEDGER_ORDER,
    DimensionValue,
    Hint,
    LedgerDocument,
    LedgerLine,
    Vendor,
    cut,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.characters import visible
from connections.transport.odata import Row
from connections.vendors.business_central import dimensions
from connections.vendors.business_central.documents import (
    INVOICE,
    MEMO,
    MOST_WHOLE,
    Form,
    Purchases,
)
from connections.vendors.business_central.orders import ORDER
from connections.vendors.business_central.published import Published
from connections.vendors.business_central.reading import Reading, supplier
from connections.vendors.dynamics.decisions import TYPES
from connections.vendors.dynamics.new_vendors import the_one, vendor_refused

FORMS = {LEDGER_ORDER: ORDER, LEDGER_INVOICE: INVOICE, LEDGER_MEMO: MEMO}
STATUS = {
    "": "draft",
    "Draft": "draft",
    "In Review": "pending_approval",
    "Open": "posted",
    "Paid": "paid",
    "Corrective": "posted",
    "Canceled": "cancelled",
}
APPROVAL = {
    "Pending Approval": "In Review",
    "Released": "Released",
    "Pending Prepayment": "Released",
}
PLACE = (
    "shipToName", "shipToAddressLine1", "shipToAddressLine2", "shipToPostCode", "shipToCity",
    "shipToState", "shipToCountry",
)  # fmt: skip
ACCOUNT = "Account"


class PurchaseReading(Reading, Published):
    """A document's id is the same before and after posting."""

    @cached_property
    def etags(self) -> dict[str, str]:
        """Of the documents that were read, by id."""
        return {}

    # -- purchase documents -------------------------------------------------------------------

    def purchase_changes(
        self, kind: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """By `lastModifiedDateTime`, which moves with lines, posting and payment in full.

        It does not move with the approval of an invoice: where `purchaseDocuments` shows that, all
        invoices that are not posted are named, with a digest of it.
        """
        unposted = self._unposted() if kind == LEDGER_INVOICE else {}
        yield from unposted.values()
        wanted = [f"lastModifiedDateTime le {odata.moment(until)}"]
        if since is not None:
            wanted.insert(0, f"lastModifiedDateTime gt {odata.moment(since)}")
        for row in self._headers(FORMS[kind], " and ".join(wanted)):
            if str(row["id"]) not in unposted:
                yield hint(row, FORMS[kind])

    def _headers(self, form: Form, wanted: str) -> list[Row]:
        fields = "id,number,lastModifiedDateTime,totalAmountIncludingTax"
        path = self.path(form.set, filter=wanted, select=fields, orderby="lastModifiedDateTime")
        return self.rows(path)

    def _unposted(self) -> dict[str, Hint]:
        """Invoices by id, as far as their approval is shown at all."""
        if not self.shows_status(LEDGER_INVOICE):
            return {}
        shown = {str(row["number"]): row for row in self.published_documents("Invoice")}
        rows = self._headers(INVOICE, "status eq 'Draft'") if shown else []
        return {
            str(row["id"]): dataclasses.replace(
                hint(row, INVOICE), stamp=stamp(row, shown[str(row["number"])])
            )
            for row in rows
            if str(row["number"]) in shown
        }

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        form = FORMS[kind]
        found: list[Row] = []
        for part in odata.chunks(list(dict.fromkeys(filter(None, ids))), MOST_WHOLE):
            wanted = " or ".join(f"id eq {one}" for one in part)
            expand = f"{form.parts},dimensionSetLines"
            path = self.path(form.set, filter=wanted, expand=expand)
            found += self._settled_memos(form, self.rows(path))
        return [self._document(form, kind, row) for row in self._with_status(kind, found)]

    def _with_status(self, kind: str, rows: list[Row]) -> list[Row]:
        """Of invoices that are not posted the status that the standard API does not say."""
        drafts = [str(row["number"]) for row in rows if odata.plain(row.get("status")) == "Draft"]
        if kind != LEDGER_INVOICE or not drafts or not self.shows_status(kind):
            return rows
        found = self.published_documents(TYPES[kind], drafts)
        said = {str(row["number"]): APPROVAL.get(odata.plain(row.get("status"))) for row in found}
        return [
            {**row, "status": said.get(str(row["number"])) or row["status"]}
            if odata.plain(row.get("status")) == "Draft"
            else row
            for row in rows
        ]

    def _settled_memos(self, form: Form, rows: list[Row]) -> list[Row]:
        """Open orders, and memos that say Open without being posted, are released."""
        if form is ORDER:
            return [{**row, "status": released(row)} for row in rows]
        before = {row["id"]: odata.plain(row.get("status")) for row in rows}
        return [
            {**row, "status": "Released"}
            if before[row["id"]] == "Open" and row["status"] == "Draft"
            else row
            for row in Purchases(self, form)._settled(rows)
        ]

    def whereabouts(self, kind: str, source_id: str, number: str) -> str:
        """An order that was billed in full is gone; the invoices that billed it name it."""
        form = FORMS[kind]
        try:
            if self._stands(form, source_id, number):
                return "unknown"
            return "invoiced" if kind == LEDGER_ORDER and self._billed(number) else "deleted"
        except Refused:
            return "unknown"

    def _stands(self, form: Form, source_id: str, number: str) -> bool:
        wanted = f"id eq {source_id}" if source_id else odata.any_of("number", [number])
        return bool(self.rows(self.path(form.set, filter=wanted, select="id,number")))

    def _billed(self, number: str) -> bool:
        wanted = odata.any_of("orderNumber", [number])
        path = self.path(INVOICE.set, filter=wanted, select="id,orderNumber,status")
        return any(
            row["orderNumber"] == number and odata.plain(row.get("status")) != "Draft"
            for row in self.rows(path)
        )

    # -- vendors and dimension values ---------------------------------------------------------

    def create_vendor(self, vendor: Vendor, about: str) -> Vendor:
        """Numbered by the ledger. Posting groups come from the site's own templates (API Setup)."""
        standing = the_one(self.vendors(), vendor, self.label)
        if standing is not None:
            return standing
        try:
            answer = self.write("POST", self.path("vendors"), vendor_body(vendor), about=about)
        except Refused as error:
            raise vendor_refused(error, vendor, self.label) from error
        return supplier(odata.row(answer))

    def create_dimension_value(
        self, dimension: str, code: str, name: str, about: str
    ) -> DimensionValue:
        """The standard API reads dimension values and creates none."""
        key = f"{dimension}/{code}".upper()
        for one in self.dimension_values():
            if one.id.upper() == key:
                return one
        raise NeedsPerson(
            Reason.DIMENSION,
            f"The dimension {dimension} has no value {code} ({name}). "
            f"{self.why_no_new_value(dimension)}",
        )

    def why_no_new_value(self, dimension: str) -> str:
        return (
            f"The standard API of {self.label} cannot create one. Somebody who may set up "
            f"dimensions adds it there (Dimensions, {dimension}, Dimension Values); then this goes "
            "on by itself."
        )

    # -- shapes -------------------------------------------------------------------------------

    def _document(self, form: Form, kind: str, row: Row) -> LedgerDocument:
        self.etags[str(row["id"])] = str(row.get("@odata.etag") or "*")
        status = odata.plain(row.get("status"))
        state = "released" if status == "Released" else STATUS.get(status, "draft")
        page = form.pages[state in ("posted", "paid", "cancelled")]
        return LedgerDocument(
            kind=kind,
            id=str(row["id"]),
            number=str(row["number"]),
            status=state,
            vendor=str(row.get("vendorNumber") or ""),
            vendor_name=str(row.get("vendorName") or ""),
            date=odata.day(row.get(form.date)),
            currency=str(row.get("currencyCode") or ""),
            lines=tuple(lines(form, row)),
            total=odata.number(row.get("totalAmountIncludingTax")),
            external_number="" if form is ORDER else visible(str(row.get(form.number) or "")),
            order_number=visible(str(row.get("orderNumber") or "")),
            due_date=odata.day(row.get("dueDate")),
            updated_at=odata.instant(row.get("lastModifiedDateTime")),
            url=self.link(page, "No.", str(row["number"])),
            receipt_date=odata.day(row.get("requestedReceiptDate")) or earliest(form, row),
            ship_to=ship_to(row),
            dimensions=dimensions.pairs(row),
        )


def released(row: Row) -> str:
    status = odata.plain(row.get("status"))
    return "Released" if status == "Open" else status


def hint(row: Row, form: Form) -> Hint:
    """Credits are negative there, as everywhere but in the ledger's own documents."""
    sign = -1 if form is MEMO else 1
    return Hint(
        source_id=str(row["id"]),
        updated_at=odata.instant(row.get("lastModifiedDateTime")),
        own_date=True,
        resource=form.set,
        number=str(row.get("number") or ""),
        amount=sign * odata.number(row.get("totalAmountIncludingTax")),
    )


def stamp(row: Row, shown: Row) -> str:
    """A digest of the stamp, the approval and the hold."""
    said = row.get("lastModifiedDateTime"), shown.get("status"), shown.get("onHold")
    return hashlib.sha256(repr(said).encode()).hexdigest()


def earliest(form: Form, row: Row) -> dt.date | None:
    days = (odata.day(one.get("expectedReceiptDate")) for one in row.get(form.lines) or ())
    return min(filter(None, days), default=None)


def ship_to(row: Row) -> str:
    return ", ".join(filter(None, (str(row.get(name) or "").strip() for name in PLACE)))


def lines(form: Form, row: Row) -> Iterator[LedgerLine]:
    """In document order. The id is the line's number: posting gives lines new keys."""
    for one in sorted(row.get(form.lines) or (), key=lambda line: line["sequence"]):
        if odata.plain(one.get("lineType")) in ("Comment", "") and not one.get("netAmount"):
            continue
        yield line(form, one)


def line(form: Form, row: Row) -> LedgerLine:
    """Net of the invoice discount too, so that the lines come to the document's total."""
    kind, number = odata.plain(row.get("lineType")), str(row.get("lineObjectNumber") or "")
    net = row.get("netAmount")
    tax = row.get("netTaxAmount")
    return LedgerLine(
        id=str(row["sequence"]),
        description=str(row.get("description") or ""),
        account=number if kind == ACCOUNT else "",
        amount=odata.number(row.get("amountExcludingTax") if net is None else net),
        dimensions=dimensions.pairs(row),
        tax=odata.number(row.get("totalTaxAmount") if tax is None else tax),
        quantity=odata.number(row.get("quantity")) or None,
        unit_cost=odata.number(row.get(form.cost)) if row.get(form.cost) is not None else None,
        unit=str(row.get("unitOfMeasureCode") or ""),
        item="" if kind == ACCOUNT else f"{kind} {number}".strip(),
        receipt_date=odata.day(row.get("expectedReceiptDate")),
        received=received(row),
    )


def received(row: Row) -> Decimal | None:
    """Only the lines of orders say it."""
    given = row.get("receivedQuantity")
    return None if given is None else odata.number(given)


def vendor_body(vendor: Vendor) -> dict[str, Any]:
    """No number: the ledger's series gives it. Lengths are those of the fields there."""
    lengths = {
        "displayName": (vendor.name, 100), "addressLine1": (vendor.street, 100),
        "city": (vendor.city, 30), "state": (vendor.state, 30),
        "country": (vendor.country, 10), "postalCode": (vendor.postal_code, 20),
        "phoneNumber": (vendor.phone, 30), "email": (vendor.email, 80),
        "taxRegistrationNumber": (vendor.tax_number, 50),
    }  # fmt: skip
    return {field: cut(value, most) for field, (value, most) in lengths.items() if value}
