"""The common vocabulary: what vendor modules read into and write from.

Frozen, plain, vendor-neutral. Money is `Decimal` in the document's currency, never float.
Dates are `datetime.date`; moments are aware UTC. Signs: a cost is positive, a credit negative.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

ZERO = Decimal(0)


def units(text: str) -> int:
    """How long a text is for systems of Microsoft and monday.com: in UTF-16, where signs beyond
    the basic plane (an emoji, 𝟑) are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def spelled(word: str) -> str:
    """A status, or a kind of document, as people write it."""
    return word.replace("_", " ")


def cut(text: str, most: int) -> str:
    """Its beginning, at most so many units long, without half a sign."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore")


@dataclasses.dataclass(frozen=True, slots=True)
class Vendor:
    """A supplier as one system knows it. `id` is its key there, `number` what people call it."""

    id: str
    number: str
    name: str
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    currency: str = ""
    active: bool = True
    blocked: str = ""  # "" | "payment" | "all"
    origin_id: str = ""
    updated_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A general ledger account. Only `usable` ones may stand on a line."""

    id: str
    number: str
    name: str
    category: str = ""
    posting: bool = True
    direct_posting: bool = True
    blocked: bool = False

    @property
    def why_unusable(self) -> str:
        """Empty when lines may be posted to it, else the reason in words."""
        if self.blocked:
            return "is blocked"
        if not self.posting:
            return "is a heading or total, not a posting account"
        return "" if self.direct_posting else "does not allow direct posting"


@dataclasses.dataclass(frozen=True, slots=True)
class Dimension:
    id: str
    code: str
    name: str
    free: bool = False  # its values are free text in the ledger: there is no list to check against


@dataclasses.dataclass(frozen=True, slots=True)
class DimensionValue:
    id: str
    dimension: str
    code: str
    name: str
    blocked: bool = False
    heading: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """A job. `id` is the project system's key, `number` the one people use."""

    id: str
    number: str
    name: str
    active: bool = True
    origin_id: str = ""
    time_zone: str = ""  # by its name in the tz database; empty where the source says none


@dataclasses.dataclass(frozen=True, slots=True)
class CostCode:
    id: str
    code: str  # the full code, as "03-300"
    name: str
    project_id: str = ""
    parent_id: str = ""
    origin_id: str = ""

    @property
    def mark(self) -> str:
        """The origin id of a code that we made: single in a company that has many projects."""
        return f"{self.project_id}|{self.code}"

    @property
    def ours(self) -> bool:
        return self.origin_id == self.mark


@dataclasses.dataclass(frozen=True, slots=True)
class CostType:
    id: str
    code: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class TaxCode:
    id: str
    code: str
    description: str = ""
    rate: Decimal = ZERO  # percent


@dataclasses.dataclass(frozen=True, slots=True)
class PostingWindow:
    """The dates on which the ledger lets anybody post; None is open."""

    first: dt.date | None
    last: dt.date | None
    currency: str = ""  # the ledger's local currency, ISO code

    def allows(self, day: dt.date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


@dataclasses.dataclass(frozen=True, slots=True)
class Party:
    """The vendor that a document names, as its source knows it."""

    id: str = ""
    name: str = ""
    origin_id: str = ""


SUB_JOB = "sub_job"  # the name of that segment; all others go by the names people gave them
Segments = tuple[tuple[str, str], ...]  # (segment, code) beside cost code and type, sorted
LineCode = tuple[str, str, Segments]  # cost code, cost type, all other segments


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One source line. `amount` is gross of retainage and net of tax."""

    id: str
    description: str
    amount: Decimal
    cost_code: str = ""  # full code; empty when the source line carries none
    cost_code_name: str = ""
    cost_type: str = ""
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    unit: str = ""
    tax_code: str = ""
    tax: Decimal = ZERO
    retained: Decimal = ZERO  # held back this period, positive
    released: Decimal = ZERO  # paid out this period from what was held, positive
    purpose: str = ""  # of a line that may lack a code: which account finance sets for it
    segments: Segments = ()

    @property
    def code(self) -> LineCode:
        """All that tells where it belongs: lines that differ here are never added up."""
        return self.cost_code, self.cost_type, self.segments


KINDS = (
    "purchase_order",
    "subcontract",
    "requisition",
    "direct_cost",
    "commitment_change_order",
    "prime_change_order",
)
OPEN = "open"  # being written or tendered
PENDING = "pending"  # a cost that may come
COUNTS = "counts"  # committed, or payable: it is to be booked
ENDED = "ended"  # nothing more comes of it; what it was stays
NO_EFFECT = "no_effect"  # void, rejected, free of charge
UNKNOWN = "unknown"  # its source has no such status in its own list
STAGES = (OPEN, PENDING, COUNTS, ENDED, NO_EFFECT, UNKNOWN)
RELIEF = "commitment_relief"  # not a source's kind: what a billing takes off its commitment
MARKUP = "markup"  # purpose of a line: added to the costs of a change order
CLOSING = "commitment_closing"  # likewise: what a closed contract never billed


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A financial document as its source states it, whole, with every line."""

    kind: str  # one of KINDS
    id: str
    number: str
    title: str
    status: str  # the source's own word, lower case with underscores
    project: Project
    vendor: Party
    date: dt.date | None
    currency: str  # ISO code; empty = the company's own
    lines: tuple[Line, ...]
    total: Decimal  # what the source says the document is worth (net of retainage, with tax)
    vendor_invoice_number: str = ""
    subtype: str = ""  # direct cost: invoice | expense | payroll
    contract_id: str = ""
    contract_number: str = ""
    due_date: dt.date | None = None
    delivery_date: dt.date | None = None  # of an order: when the goods are expected
    updated_at: dt.datetime | None = None
    deleted: bool = False
    url: str = ""  # where a person opens it
    origin_id: str = ""  # the other system's key, where this came from there
    locked: str = ""  # why its lines cannot be changed any more; empty while they can
    executed: bool | None = None  # of a commitment: signed by both sides; None where it is not told
    stage: str = ""  # what its status means: one of STAGES; empty where the source has no list

    @property
    def footed(self) -> Decimal:
        """Lines + tax - retained + released: must equal `total`."""
        return sum(
            (line.amount + line.tax - line.retained + line.released for line in self.lines), ZERO
        )

    @property
    def of_nothing(self) -> bool:
        """Neither a total nor an amount on any line."""
        amounts = ((line.amount, line.tax, line.retained, line.released) for line in self.lines)
        return not self.total and not any(any(one) for one in amounts)


LEDGER_ORDER = "ledger_order"
LEDGER_INVOICE = "ledger_invoice"
LEDGER_MEMO = "ledger_memo"


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a purchase document in the ledger; lines of text alone are left out."""

    id: str  # stable within the document: the line number there
    description: str
    account: str  # G/L account number; empty when the line is an item or a fixed asset
    amount: Decimal  # net of tax
    dimensions: tuple[tuple[str, str], ...] = ()  # (dimension code, value code), sorted
    tax: Decimal = ZERO
    quantity: Decimal | None = None
    unit_cost: Decimal | None = None
    unit: str = ""
    item: str = ""  # what it is when it is no G/L account, in the ledger's words
    receipt_date: dt.date | None = None  # when it is expected or promised
    received: Decimal | None = None  # quantity received so far


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerDocument:
    """A purchase document as the ledger states it: what becomes a commitment or a billing.

    Amounts of a credit memo are positive and mean credits, as in the ledger.
    """

    kind: str  # LEDGER_ORDER | LEDGER_INVOICE | LEDGER_MEMO
    id: str  # the ledger's key, the same before and after posting
    number: str  # what people call it
    status: str  # draft | pending_approval | released | posted | paid | cancelled
    vendor: str  # the ledger's vendor number
    vendor_name: str
    date: dt.date | None
    currency: str  # ISO code; empty = local
    lines: tuple[LedgerLine, ...]
    total: Decimal  # lines + tax, as the ledger says
    external_number: str = ""  # the vendor's own number of the invoice
    order_number: str = ""  # the order that an invoice bills
    due_date: dt.date | None = None
    updated_at: dt.datetime | None = None
    url: str = ""
    receipt_date: dt.date | None = None  # of an order: when the goods are expected
    ship_to: str = ""  # of an order: where they go, in words
    dimensions: tuple[tuple[str, str], ...] = ()  # of the header: (dimension code, value code)
    left_out: str = ""  # a sentence on what its lines do not hold by the connection's settings


RELEASE, REOPEN, APPROVE, REJECT = "release", "reopen", "approve", "reject"
POST = "post"  # invoices and memos; never to be taken back
DECISIONS = (RELEASE, REOPEN, APPROVE, REJECT, POST)


@dataclasses.dataclass(frozen=True, slots=True)
class DecisionWay:
    """How decisions made elsewhere reach a ledger's purchase documents."""

    name: str  # "codeunit" | "field" | "journal" | …, stable
    label: str
    decisions: tuple[str, ...]  # of DECISIONS, that it can carry
    available: bool
    why: str = ""  # what it does here, or what is missing for it, one sentence


PURCHASE_INVOICE = "purchase_invoice"
CREDIT_MEMO = "credit_memo"
JOURNAL = "journal"
PURCHASE_ORDER = "purchase_order"


def signed(kind: str, amount: Decimal) -> Decimal:
    """A ledger states its credits without a sign; people read them as less than nothing."""
    return -amount if kind in (CREDIT_MEMO, LEDGER_MEMO) else amount


@dataclasses.dataclass(frozen=True, slots=True)
class CodedLine:
    """One line of a ledger document. `amount` > 0 is a debit in an invoice and in a journal.

    In a credit memo amounts are positive and mean credits (the ledger's own convention).
    """

    account: str
    amount: Decimal
    description: str
    dimensions: tuple[tuple[str, str], ...] = ()  # (dimension code, value code), sorted
    tax_code: str = ""
    tax: Decimal = ZERO
    role: str = "cost"  # cost | retainage | rounding | balance
    source_line: str = ""
    rule: str = ""  # the mapping rule that chose the account, in words


@dataclasses.dataclass(frozen=True, slots=True)
class CodedDocument:
    """What will stand in the ledger, to the cent, before it stands there."""

    kind: str  # PURCHASE_INVOICE | CREDIT_MEMO | JOURNAL | PURCHASE_ORDER
    number: str  # our external number in the ledger: vendor invoice number, journal document number
    vendor: str  # ledger vendor number; empty in a journal
    vendor_name: str
    document_date: dt.date
    posting_date: dt.date
    currency: str  # empty = local
    lines: tuple[CodedLine, ...]
    total: Decimal  # lines + tax; zero in a journal (it balances)
    due_date: dt.date | None = None
    post: bool = True  # False: leave as a draft
    key: str = ""  # deterministic short key of the transfer (a journal's batch code, <= 10)
    reference: str = ""  # the source's own number, for the ledger's external number in a journal
    order: str = ""  # the ledger's number of the purchase order that this bills


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What a destination says stands there."""

    id: str
    number: str  # the destination's own number
    status: str  # "draft" | "posted" | "incomplete" (header without all lines) | "cancelled"
    external_number: str = ""
    vendor: str = ""
    posting_date: dt.date | None = None
    total: Decimal = ZERO
    lines: tuple[CodedLine, ...] = ()
    url: str = ""
    lines_known: bool = False  # False: only the header was asked for
    word: str = ""  # the ledger's own word for it, as "pending vendor invoice"; often empty
    currency: str = ""  # empty = local, or the ledger does not say
    by_lines: Decimal | None = None  # its lines with their tax, where it tells both with its total
    due_date: dt.date | None = None  # None: it has none, or the ledger does not say
    pay_to: str = ""  # the vendor whose account it stands on, where that is another one
    changed_at: dt.datetime | None = None  # by its own clock; None: it does not say
    takes_back: bool = False  # it stands against another one, which shows as cancelled
    unclear: str = ""  # of an entry: why nobody can tell whether people booked it, if so
    read_by: str = ""  # the settings by which it is read, in short, where those may change


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """Something changed: which record, where, when. Never its content."""

    source_id: str
    scope: str = ""  # the project id, or empty at company level
    updated_at: dt.datetime | None = None
    own_date: bool = False  # `updated_at` is the document's own, not that of a notice or a line
    deleted: bool = False
    resource: str = ""  # the vendor's name of the resource (webhooks)
    event_id: str = ""
    number: str = ""
    amount: Decimal | None = None  # where a list says it; reconciliation compares it
    stamp: str = ""  # a digest of what the list shows, where the vendor keeps no `updated_at`
    whole_set: bool = False  # too many changes to name, the first at `updated_at` (None: any time)


@dataclasses.dataclass(frozen=True, slots=True)
class TestResult:
    """What "Test connection" found, in sentences."""

    ok: bool
    findings: tuple[str, ...]
    clock_difference: dt.timedelta | None = None
