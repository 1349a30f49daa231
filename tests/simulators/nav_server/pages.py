"""The pages that can be published: page number → fields, from NAV 2018 and BC sources.

A field is `Name:kind` + `!` (not editable) + `=source`. Kinds as in `business_central.model`, with
`o:Options` for options and `s50+` for 50 characters in NAV and 100 in BC. A source is a field of
the store's row, `@name` something computed (`views`), `#n` the shortcut dimension n, `*field` a
value of its own that begins as that field; without one the value is kept as it was written.
`nav.`, `bc.` and `us.` before a name: only in this version or country.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.simulators.business_central.model import Entity, Field

from .page_texts import TEXT

OPTIONS = {
    name: tuple(members.split("|"))
    for name, members in {
        "DocType": "Quote|Order|Invoice|Credit Memo|Blanket Order|Return Order",
        "DocStatus": "Open|Released|Pending Approval|Pending Prepayment",
        "LineType": " |G/L Account|Item|Resource|Fixed Asset|Charge (Item)",
        "Blocked": " |Payment|All",
        "AccountKind": "Posting|Heading|Total|Begin-Total|End-Total",
        "Category": " |Assets|Liabilities|Equity|Income|Cost of Goods Sold|Expense",
        "Balance": "Income Statement|Balance Sheet",
        "ValueType": "Standard|Heading|Total|Begin-Total|End-Total",
        "GenPosting": " |Purchase|Sale",
        "GenDocType": " |Payment|Invoice|Credit Memo|Finance Charge Memo|Reminder|Refund",
        "GenAccount": "G/L Account|Customer|Vendor|Bank Account|Fixed Asset|IC Partner|Employee",
        "Limit": "Approval Limits|Credit Limits|Request Limits|No Limits",
        "Approval": "Workflow User Group|Sales Pers./Purchaser|Approver",
        "ApprovalDoc": "Quote|Order|Invoice|Credit Memo|Blanket Order|Return Order| |Payment",
        "ApprovalStatus": "Created|Open|Canceled|Rejected|Approved",
        "JobStatus": "Planning|Quote|Open|Completed",
        "JobLine": " |Budget|Billable|Both Budget and Billable",
    }.items()
}


@dataclass(frozen=True)
class Column:
    """A control of a page: what it is on the wire, and where its value stands."""

    field: Field
    source: str = ""

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True)
class Page:
    """One page in one version."""

    number: int
    title: str
    table: str
    state: str  # "draft" or "posted" rows of the table, "" all
    allowed: str
    keys: tuple[str, ...]
    part: str
    part_page: int
    columns: dict[str, Column]

    def entity(self, name: str) -> Entity:
        """As the query functions want it, under the published name."""
        fields = {column.name: column.field for column in self.columns.values()}
        return Entity(name, name, self.allowed, fields, (), self.title)


def column(text: str, bc: bool) -> Column:
    head, _, source = text.partition("=")
    name, kind = head.rstrip("!").split(":", 1)
    read_only = head.endswith("!")
    if kind.startswith("o:"):
        return Column(Field(name, "e", 0, read_only, enum=OPTIONS[kind[2:]]), source)
    longer = bc and kind.endswith("+")
    length = 100 if longer else int(kind[1:].rstrip("+") or 0)
    return Column(Field(name, kind[0], length, read_only), source)


def page(block: str, tags: frozenset[str]) -> Page:
    """From its text; `tags` are the version and the country."""
    head, *body = block.strip().splitlines()
    number, title, table, state, allowed, keys, part = (one.strip() for one in head.split("|"))
    columns = {}
    for word in " ".join(body).split():
        tag, dot, rest = word.partition(".")
        tagged = bool(dot) and tag in ("nav", "bc", "us")
        if tagged and tag not in tags:
            continue
        one = column(rest if tagged else word, "bc" in tags)
        columns[one.name] = one
    name, _, part_page = part.partition("=")
    return Page(int(number), title, table, state, allowed, tuple(keys.split(",")), name,
                int(part_page or 0), columns)  # fmt: skip


@cache
def pages(profile: str, country: str) -> dict[int, Page]:
    """All pages of a version: profile `nav2018` or `bc`, country `w1` or `us`."""
    tags = frozenset({"bc" if profile == "bc" else "nav", country})
    found = [page(block, tags) for block in TEXT.strip().split("\n\n")]
    return {one.number: one for one in found}


DEFAULT_SERVICES = {
    "VendorCard": 26, "VendorList": 27, "GLAccounts": 18, "ChartOfAccounts": 16,
    "GLAccountCard": 17, "PurchaseInvoice": 51, "PurchaseInvoices": 9308,
    "PostedPurchaseInvoice": 138, "PostedPurchaseInvoices": 146, "PurchaseOrder": 50,
    "PurchaseOrders": 9307, "PurchaseCreditMemo": 52, "PurchaseCreditMemos": 9309,
    "PostedPurchaseCreditMemo": 140, "PostedPurchaseCreditMemos": 147, "DimensionList": 536,
    "DimensionValues": 537, "GeneralLedgerSetup": 118, "GLEntries": 20, "VendorLedgerEntries": 29,
    "ApprovalEntries": 658, "GeneralJournal": 39, "GeneralJournalBatches": 251, "JobList": 89,
    "JobCard": 88, "JobTaskLines": 1002, "PaymentTerms": 4, "Currencies": 5,
}  # fmt: skip
