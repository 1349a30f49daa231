"""Purchase documents of a site as they stand: drafts on one page, posted ones on others.

A document keeps one id through posting: its type and the number of the draft, which the posted
document remembers (`Pre_Assigned_No`). One that never was a draft of its own (an order's invoice)
goes by its posted number.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from connections.amounts import CENT, spread
from connections.documents import CREDIT_MEMO, PURCHASE_INVOICE, PURCHASE_ORDER, ZERO
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.rows import words
from connections.vendors.nav import dimensions
from connections.vendors.nav.reading import Reading

POSTED = "Posted "
ACCOUNT = "G/L Account"


@dataclasses.dataclass(frozen=True)
class Form:
    """What one kind of purchase document is called on the pages."""

    kind: str
    type: str  # Document_Type
    service: str
    number: str  # the field that keeps the vendor's (our) number
    pages: tuple[int, int]  # of the draft and of the posted document
    posted: str = ""  # service of the posted document; empty when it is never posted as such
    posted_list: str = ""
    date: str = "Document_Date"


INVOICE = Form(
    PURCHASE_INVOICE, "Invoice", "PurchaseInvoice", "Vendor_Invoice_No", (51, 138),
    "PostedPurchaseInvoice", "PostedPurchaseInvoices",
)  # fmt: skip
MEMO = Form(
    CREDIT_MEMO, "Credit Memo", "PurchaseCreditMemo", "Vendor_Cr_Memo_No", (52, 140),
    "PostedPurchaseCreditMemo", "PostedPurchaseCreditMemos",
)  # fmt: skip
ORDER = Form(
    PURCHASE_ORDER, "Order", "PurchaseOrder", "Vendor_Order_No", (50, 50), date="Order_Date"
)

HEADER = (
    "Document_Type", "No", "Buy_from_Vendor_No", "Buy_from_Vendor_Name", "Document_Date",
    "Posting_Date", "Order_Date", "Due_Date", "Vendor_Invoice_No", "Vendor_Cr_Memo_No",
    "Vendor_Order_No", "Status", "Currency_Code", "Prices_Including_VAT", "On_Hold",
    "Expected_Receipt_Date", "Promised_Receipt_Date", "Requested_Receipt_Date", "Ship_to_Name",
    "Ship_to_Address", "Ship_to_Address_2", "Ship_to_Post_Code", "Ship_to_City", "Ship_to_County",
    "Ship_to_Country_Region_Code", "Shortcut_Dimension_1_Code", "Shortcut_Dimension_2_Code",
    "Pay_to_Vendor_No",
)  # fmt: skip
POSTED_HEADER = (
    "No", "Pre_Assigned_No", "Buy_from_Vendor_No", "Buy_from_Vendor_Name", "Document_Date",
    "Posting_Date", "Due_Date", "Vendor_Invoice_No", "Vendor_Cr_Memo_No", "Order_No",
    "Currency_Code", "Prices_Including_VAT", "Cancelled", "Shortcut_Dimension_1_Code",
    "Shortcut_Dimension_2_Code", "Pay_to_Vendor_No",
)  # fmt: skip
LISTED = (
    "No", "Buy_from_Vendor_No", "Buy_from_Vendor_Name", "Pay_to_Vendor_No", "Vendor_Invoice_No",
    "Vendor_Cr_Memo_No", "Order_No", "Amount", "Amount_Including_VAT", "Remaining_Amount",
    "Closed", "Cancelled",
)  # fmt: skip
LINE = (
    "Document_Type", "Document_No", "Line_No", "Type", "No", "Description", "Quantity",
    "Unit_of_Measure_Code", "Direct_Unit_Cost", "Line_Discount_Percent", "Line_Discount_Amount",
    "Line_Amount", "Inv_Discount_Amount", "VAT_Prod_Posting_Group", "Tax_Group_Code",
    "Quantity_Received", "Quantity_Invoiced", "Expected_Receipt_Date", "Promised_Receipt_Date",
    "Planned_Receipt_Date", "Requested_Receipt_Date", "Total_Amount_Excl_VAT", "Total_VAT_Amount",
    "Total_Amount_Incl_VAT",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Stored:
    """One document with its lines, as the pages show it."""

    form: Form
    row: Row
    posted: bool
    lines: tuple[Row, ...] = ()
    listed: Row = dataclasses.field(default_factory=dict)  # of a posted one: its row in the list
    lines_read: bool = False

    @property
    def number(self) -> str:
        return str(self.row["No"])

    @property
    def id(self) -> str:
        if not self.posted:
            return f"{self.form.type}/{self.number}"
        draft = words(self.row, "Pre_Assigned_No")
        return f"{self.form.type}/{draft}" if draft else f"{POSTED}{self.form.type}/{self.number}"

    def says(self, field: str) -> str:
        """Of the document, else of its row in the list: the pages differ by version."""
        return words(self.row, field) or words(self.listed, field)

    @property
    def cancelled(self) -> bool:
        return bool(self.row.get("Cancelled") or self.listed.get("Cancelled"))

    @property
    def totals(self) -> tuple[Decimal, Decimal]:
        """Without and with tax: of a posted one from the list, of a draft from its lines."""
        if self.listed.get("Amount_Including_VAT") is not None:
            gross = odata.number(self.listed["Amount_Including_VAT"])
            return odata.number(self.listed.get("Amount")), gross
        shown = [one for one in self.lines if one.get("Total_Amount_Incl_VAT") is not None]
        if shown:
            last = shown[-1]
            gross = odata.number(last["Total_Amount_Incl_VAT"])
            return gross - odata.number(last.get("Total_VAT_Amount")), gross
        net = sum((weight(one) for one in self.lines), ZERO)
        return net, net

    @property
    def entries(self) -> list[tuple[Row, Decimal, Decimal]]:
        """(line, net, tax) in order, without lines of text; they come to the totals.

        The pages show tax for the document only: it is spread over the lines by amount.
        """
        lines = [one for one in self.lines if odata.plain(one.get("Type")) not in ("", "Comment")]
        weights = [weight(one) for one in lines]
        net, gross = self.totals
        nets = weights if sum(weights, ZERO) == net else spread(net, weights)
        return list(zip(lines, nets, spread(gross - net, weights), strict=True))


def weight(line: Row) -> Decimal:
    """The whole line's amount, not what is still outstanding of it; less all discounts."""
    if line.get("Line_Amount") is not None:
        amount = odata.number(line["Line_Amount"])
    else:
        worth = odata.number(line.get("Quantity")) * odata.number(line.get("Direct_Unit_Cost"))
        less = worth * odata.number(line.get("Line_Discount_Percent")) / 100
        amount = (worth - less).quantize(CENT, ROUND_HALF_UP)
    return amount - odata.number(line.get("Inv_Discount_Amount"))


class Store:
    """Reads documents of one kind, many in one request."""

    def __init__(self, wire: Reading, form: Form) -> None:
        self.wire = wire
        self.form = form

    # -- headers ------------------------------------------------------------------------------

    def drafts(self, wanted: str = "") -> Iterator[Stored]:
        name = self.wire.set_of(self.form.service)
        path = self.wire.path(
            name,
            filter=both(f"Document_Type eq {odata.text(self.form.type)}", wanted),
            select=self.wire.select(name, *HEADER),
        )
        for row in self.wire.rows(path):
            yield Stored(self.form, row, posted=False)

    def posted(self, wanted: str) -> list[Stored]:
        """By a filter on the posted document itself."""
        if not self.form.posted:
            return []
        name = self.wire.set_of(self.form.posted)
        path = self.wire.path(name, filter=wanted, select=self.wire.select(name, *POSTED_HEADER))
        rows = self.wire.rows(path)
        listed = self._listed("No", [str(row["No"]) for row in rows])
        return [
            Stored(self.form, row, posted=True, listed=listed.get(str(row["No"]), {}))
            for row in rows
        ]

    def posted_since(self, day: dt.date | None) -> list[Stored]:
        """Headers of those dated that day or later; None: all. Two requests."""
        return self._dated(f"Posting_Date ge {day.isoformat()}" if day else "")

    def posted_within(self, first: dt.date, last: dt.date) -> list[Stored]:
        """Headers of those dated in these days. Two requests for a page of them."""
        within = f"Posting_Date ge {first.isoformat()} and Posting_Date le {last.isoformat()}"
        return self._dated(within)

    def _dated(self, wanted: str) -> list[Stored]:
        if not self.form.posted:
            return []
        name, listed = (self.wire.set_of(one) for one in (self.form.posted, self.form.posted_list))
        rows, inlist = (
            self.wire.rows(
                self.wire.path(one, filter=wanted, select=self.wire.select(one, *fields))
            )
            for one, fields in ((name, POSTED_HEADER), (listed, LISTED))
        )
        by_number = {str(row["No"]): row for row in inlist}
        return [
            Stored(self.form, row, posted=True, listed=by_number.get(str(row["No"]), {}))
            for row in rows
        ]

    def posted_as(self, field: str, values: Sequence[str]) -> list[Stored]:
        """Those of which a field is one of the values."""
        found: list[Stored] = []
        for part in odata.chunks(list(dict.fromkeys(values))):
            found += self.posted(odata.any_of(field, part))
        return found

    def posted_under(self, numbers: Sequence[str]) -> list[Stored]:
        """By the vendor's number: asked of the list, which is quicker, where it has that field."""
        if not self.form.posted or not numbers:
            return []
        if self.form.number not in self.wire.fields(self.form.posted_list):
            return self.posted_as(self.form.number, numbers)
        listed = self._listed(self.form.number, numbers)
        return self.posted_as("No", list(listed)) if listed else []

    def _listed(self, field: str, values: Sequence[str]) -> dict[str, Row]:
        name = self.wire.set_of(self.form.posted_list)
        fields = self.wire.select(name, *LISTED)
        rows: list[Row] = []
        for part in odata.chunks(list(dict.fromkeys(values))):
            path = self.wire.path(name, filter=odata.any_of(field, part), select=fields)
            rows += self.wire.rows(path)
        return {str(row["No"]): row for row in rows}

    # -- whole documents ----------------------------------------------------------------------

    def whole(self, ids: Iterable[str]) -> list[Stored]:
        """By id, drafts and posted ones with their lines; those that are gone are absent."""
        numbers = [numbered(one) for one in dict.fromkeys(ids) if one]
        drafts = [number for was_posted, number in numbers if not was_posted]
        found = self._drafts_by_number(drafts)
        here = {stored.number for stored in found}
        left = [number for number in drafts if number not in here]
        found += self.posted_as("Pre_Assigned_No", left) if left else []
        own = [number for was_posted, number in numbers if was_posted]
        found += self.posted_as("No", own) if own else []
        return self.with_lines(found)

    def _drafts_by_number(self, numbers: Sequence[str]) -> list[Stored]:
        found: list[Stored] = []
        for part in odata.chunks(numbers):
            found += self.drafts(odata.any_of("No", part))
        return found

    def with_lines(self, store: Sequence[Stored]) -> list[Stored]:
        lines = {
            posted: self._lines([one.number for one in store if one.posted is posted], posted)
            for posted in (False, True)
        }
        return [
            dataclasses.replace(
                one, lines=tuple(lines[one.posted].get(one.number, ())), lines_read=True
            )
            for one in store
        ]

    def _lines(self, numbers: Sequence[str], posted: bool) -> Mapping[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for part in odata.chunks(numbers):
            for row in self.wire.rows(self._lines_path(part, posted)):
                found.setdefault(str(row["Document_No"]), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: int(row["Line_No"]))
        return found

    def _lines_path(self, numbers: Sequence[str], posted: bool) -> str:
        name = self.line_set(posted)
        wanted = odata.any_of("Document_No", numbers)
        if not posted:
            wanted = both(f"Document_Type eq {odata.text(self.form.type)}", wanted)
        fields = [*LINE, *self.wire.dimension_fields(name).values()]
        return self.wire.path(name, filter=wanted, select=self.wire.select(name, *fields))

    def line_set(self, posted: bool) -> str:
        return self.wire.lines_of(self.form.posted if posted else self.form.service)

    def pairs(self, stored: Stored, line: Row) -> tuple[tuple[str, str], ...]:
        return dimensions.pairs(line, self.wire.dimension_fields(self.line_set(stored.posted)))

    def header_pairs(self, stored: Stored) -> tuple[tuple[str, str], ...]:
        """Of the header, which shows the dimensions 1 and 2 only."""
        service = self.form.posted if stored.posted else self.form.service
        return dimensions.pairs(stored.row, self.wire.dimension_fields(self.wire.set_of(service)))

    def link(self, stored: Stored) -> str:
        return self.wire.link(self.form.pages[stored.posted], "No.", stored.number)


def both(one: str, other: str) -> str:
    return f"{one} and ({other})" if other else one


def numbered(id: str) -> tuple[bool, str]:
    """(posted without a draft, number) of an id."""
    kind, _, number = id.partition("/")
    return kind.startswith(POSTED), number
