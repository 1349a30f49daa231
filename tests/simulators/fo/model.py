"""What an entity is: its three names, its fields, its key, what may be written.

A field is `Name:kind` with `!` for calculated, `^` for set once and `*` for required. Kinds: s or
sN a string of at most N, n decimal, i and l integers, d a day, t a moment, g a guid, x base64,
e.Enum an enum (`e.Enum=Member` names its default).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

ENUMS: dict[str, tuple[str, ...]] = {
    "NoYes": ("No", "Yes"),
    "PurchStatus": ("None", "Backorder", "Received", "Invoiced", "Canceled"),
    "VersioningDocumentState": ("Draft", "InReview", "Rejected", "Approved", "InExternalReview",
                                "Finalized", "Confirmed"),
    "TradeWorkflowState": ("NotSubmitted", "Submitted", "PendingApproval", "PendingCompletion",
                           "Returned", "ChangeRequest", "Completed", "Approved"),
    "PurchMatchingPolicyOption": ("ThreeWayMatch", "TwoWayMatch", "NoMatch"),
    "VendInvoiceRequestStatus": ("Draft", "Submitted", "PendingApproval", "ChangeRequest",
                                 "Rejected", "Approved"),
    "PurchInvoiceLineType": ("Standard",),
    "CustVendorBlocked": ("No", "Invoice", "All", "Payment", "Requisition", "Never", "PurchOrder"),
    "TaxIDType": ("Unknown", "EIN", "SSN", "ITIN", "ATIN"),
    "LedgerJournalACType": ("Ledger", "Cust", "Vend", "Project", "FixedAssets", "Bank"),
    "LedgerJournalType": ("Daily", "VendInvoice", "VendInvoiceRegister", "Payment"),
    "CurrentOperationsTax": ("Current", "Operations", "Tax"),
    "DimensionLedgerAccountType": ("Blank", "ProfitAndLoss", "Revenue", "Expense", "BalanceSheet",
                                   "Asset", "Liability", "Equity", "Total", "Reporting",
                                   "Common_CN"),
    "DebCredProposal": ("None", "Debit", "Credit"),
    "DimensionSegmentDelimiter": ("Hyphen", "Period", "Underscore", "Bar", "Tilde", "DoubleHyphen",
                                  "DoublePeriod", "DoubleUnderscore", "DoubleBar", "DoubleTilde"),
    "DimensionHierarchyType": ("DataEntityDefaultDimensionFormat",
                               "DataEntityLedgerDimensionFormat"),
    "NetCurrent": ("Net", "CurrentMth", "CurrentQuart", "CurrentYear", "CurrentWeek", "COD",
                   "CutOffDate"),
    "LedgerPostingType": ("None", "LedgerJournal", "VendBalance", "PurchExpense", "Tax",
                          "PSAProjPurchRetain"),
    "LedgerTransType": ("None", "Purch", "Vend", "Payment", "Cost"),
    "NewVoucher": ("BalanceSheet", "Manually", "OneVoucher"),
    "FiscalPeriodStatus": ("Open", "OnHold", "Closed"),
    "EcoResProductType": ("Item", "Service"),
}  # fmt: skip
BLANK: dict[str, Any] = {
    "s": "", "n": Decimal(0), "i": 0, "l": 0, "d": "", "t": "1900-01-01T00:00:00Z", "x": "",
    "g": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip
_FIELD = re.compile(r"(\w+):(e\.(\w+)(?:=(\w+))?|[snildtgx])(\d*)([!^*]*)")


@dataclass(frozen=True)
class Field:
    name: str
    kind: str  # s n i l d t g x e
    enum: str = ""
    length: int = 0
    calculated: bool = False
    once: bool = False
    required: bool = False
    blank: Any = ""


@dataclass(frozen=True)
class Relation:
    """A foreign key by code: the field's value must be a row of `table` with `column`."""

    table: str
    column: str
    label: str


@dataclass(frozen=True)
class Entity:
    """`table` is where its rows are; two entities may share one (VendorsV2 and V3)."""

    set: str
    type: str
    aot: str
    label: str
    table: str
    key: tuple[str, ...]
    fields: dict[str, Field]
    source: str = ""  # the physical table of the error texts
    writes: frozenset[str] = frozenset()
    relations: dict[str, Relation] = field(default_factory=dict)
    parent: str = ""  # the set of the header of a line
    parts: dict[str, str] = field(default_factory=dict)  # navigation → set

    @property
    def by_company(self) -> bool:
        return "dataAreaId" in self.fields


def _parse(text: str) -> Field:
    found = _FIELD.fullmatch(text)
    if not found:
        raise ValueError(text)
    name, kind, enum, default, length, marks = found.groups()
    blank = (default or ENUMS[enum][0]) if enum else BLANK[kind]
    return Field(
        name, "e" if enum else kind, enum or "", int(length or 0), "!" in marks, "^" in marks,
        "*" in marks, blank,
    )  # fmt: skip


def fields(text: str) -> dict[str, Field]:
    return {parsed.name: parsed for parsed in map(_parse, text.split())}


ENTITIES: dict[str, Entity] = {}  # by set


def entity(
    set: str, type: str, aot: str, label: str, key: str, text: str, *, table: str = "",
    writes: str = "", relations: dict[str, tuple[str, str, str]] | None = None,
    parent: str = "", source: str = "", parts: dict[str, str] | None = None,
) -> Entity:  # fmt: skip
    """Describes a set. `writes` are verbs; `key` is in the order of the address."""
    made = Entity(
        set, type, aot, label, table or set, tuple(key.split()), fields(text), source or aot,
        frozenset(writes.split()),
        {name: Relation(*facts) for name, facts in (relations or {}).items()},
        parent, parts or {},
    )  # fmt: skip
    ENTITIES[set] = made
    return made
