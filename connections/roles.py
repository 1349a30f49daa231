"""What flows and the engine may ask of a vendor's client. Vendor modules meet these."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from connections.boards import Board, Cell, Column, Decision, Item
from connections.documents import (
    Account,
    CodedDocument,
    CostCode,
    CostType,
    DecisionWay,
    Dimension,
    DimensionValue,
    Document,
    Found,
    Hint,
    LedgerDocument,
    PostingWindow,
    Project,
    TaxCode,
    TestResult,
    Vendor,
)
from connections.models import Subscription
from connections.registry import Ability


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A subscription that should stand."""

    resource: str
    scope: str = ""
    scope_name: str = ""


@dataclasses.dataclass(frozen=True)
class Upserted:
    """What a destination said of one row of an upsert: the row as it stands, or why not."""

    origin_id: str
    vendor: Vendor | None
    problem: str = ""


class Tested(Protocol):
    def test(self) -> TestResult: ...


class Subscriber(Protocol):
    """Creates and keeps the vendor's promises to call us. All writes are journaled."""

    def wanted(self) -> list[Wanted]: ...

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, dt.datetime | None]:
        """(remote id, expiry or None). Finds one that stands for this address before creating."""

    def renew(self, subscription: Subscription, address: str) -> dt.datetime | None: ...

    def unsubscribe(self, subscription: Subscription) -> None: ...

    def standing(self) -> set[str]:
        """Remote ids that the vendor says stand now."""

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        """What the vendor's own delivery log says it could not deliver; [] where there is none."""


class ProjectDocuments(Protocol):
    """Projects with their codes, and the documents that people approve in them."""

    def projects(self) -> list[Project]: ...

    def cost_codes(self, project_id: str) -> list[CostCode]: ...

    def cost_types(self) -> list[CostType]: ...

    def tax_codes(self) -> list[TaxCode]: ...

    def changes(
        self, kind: str, project_id: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Documents of one kind (documents.KINDS) updated in the window, deleted ones included.

        `since` None: all. Hints carry number and amount where the list has them.
        """

    def document(self, kind: str, project_id: str, source_id: str) -> Document:
        """The whole document. Raises NotFound on a 404, which alone is not a deletion."""

    def stands(self, kind: str, project_id: str, source_id: str) -> bool:
        """After a 404: True while a list still has it or the project itself is not readable."""


class VendorDirectory(Protocol):
    """The project system's list of vendors, of which a ledger's become a part."""

    def vendors(self, ids: Sequence[str] = ()) -> list[Vendor]:
        """All (active and inactive), or those ids."""

    def upsert_vendors(self, rows: Sequence[Vendor], about: str) -> list[Upserted]:
        """Create or update by `origin_id` (with `id` set: by id, which also sets origin_id)."""


class ProjectSystem(ProjectDocuments, VendorDirectory, Subscriber, Tested, Protocol):
    """A system in which projects are run."""


class LedgerData(Subscriber, Tested, Protocol):
    """What every ledger tells of itself: its chart, dimensions, vendors and open periods."""

    def window(self) -> PostingWindow: ...

    def accounts(self) -> list[Account]: ...

    def dimensions(self) -> list[Dimension]: ...

    def dimension_values(self) -> list[DimensionValue]: ...

    def vendors(self, since: dt.datetime | None = None) -> list[Vendor]: ...

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]: ...

    def tax_codes(self) -> list[TaxCode]: ...


class Ledger(LedgerData, Protocol):
    """A ledger that takes documents."""

    resumes: bool  # `create` goes on with the missing lines of a draft of ours that was cut off
    can_post: bool  # False: documents are left as drafts, and watched until a person posts them

    @property
    def longest_number(self) -> int:
        """Characters that the vendor's number of an invoice may have."""

    @property
    def longest_reference(self) -> int:
        """Characters of the source's own number, which orders and journals bear, too."""

    def stored_number(self, number: str) -> str:
        """As the ledger stores it: a code field in upper case, any other with its letters."""

    def find(self, documents: Iterable[CodedDocument]) -> list[list[Found]]:
        """Per document, what stands under its natural key, drafts and posted; few requests."""

    def create(self, document: CodedDocument, about: str) -> Found:
        """The draft with all its lines in one request. Raises InDoubt, Refused, RetryLater."""

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """The post action. Raises InDoubt, Refused, RetryLater."""

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """What stands there now, with its lines; None when it is gone."""

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """The same for many, in the order asked, in as few requests as the ledger allows."""

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """The posted document of that kind which the ledger calls by this number, with lines; of
        whatever vendor, where several have the number that of the document's."""

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        """Delete a draft of ours. Never touches a posted document."""

    def vendor_page(self, number: str) -> str:
        """Where people open that vendor; empty where no address of it is known."""


class ListingLedger(Ledger, Protocol):
    """A ledger whose lists tell what each document comes to, without a look at each.

    Some tell what changed, too, by a stamp of their own. Not every change moves it, and what was
    deleted is in no list of changes: that is found otherwise.
    """

    @property
    def lists(self) -> frozenset[str]:
        """The kinds of documents that it lists."""

    @property
    def tells(self) -> frozenset[str]:
        """Those whose list tells what changed."""

    def listed(self, kind: str, first: dt.date, last: dt.date) -> list[Found]:
        """Headers of all that stand posted with a posting date in these days, whoever made them."""

    def changed_since(self, kind: str, moment: dt.datetime) -> list[Found]:
        """Headers that bear a later stamp, by the ledger's clock, with `changed_at`."""


class EntryLedger(LedgerData, Protocol):
    """A ledger that tells what was booked on its accounts, whoever did it and however."""

    def why_no_entries(self) -> str:
        """Empty where this site lets its entries be listed; else what it lacks, in a sentence."""

    def booked(self, accounts: Sequence[str], first: dt.date, last: dt.date) -> list[Found]:
        """What stands on these accounts in these days, together by document number and day, with
        the lines on these accounts and without their dimensions. Purchase documents may be among
        it, under the number by which they are listed. Never changed there: what is taken back is
        an entry of its own. Where a list shows no lines, all entries of these days without any."""

    def booked_whole(self, some: Sequence[Found]) -> list[Found]:
        """The same with all their lines and dimensions, in the order asked; without lines what
        turns out to be none. `unclear` says of which that cannot be told."""


class PurchaseLedger(LedgerData, Protocol):
    """A ledger whose purchase documents are sent on to a project system."""

    def purchase_changes(
        self, kind: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Documents of one kind (LEDGER_ORDER, LEDGER_INVOICE, LEDGER_MEMO) that may have changed.

        `source_id` is the document's `id`. Where the ledger keeps no stamp of changes the hint has
        no `updated_at`, and every document that is still open (or was dated lately) is named;
        digests sort out the rest. `since` None: all.
        """

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        """The whole documents with their lines, many at a time. Those that are gone are absent."""

    def whereabouts(self, kind: str, source_id: str, number: str) -> str:
        """Of a document that is absent: "invoiced" (an order that was billed in full and removed by
        the ledger itself), "deleted", or "unknown" while the ledger cannot tell.
        """


class MasterLedger(LedgerData, Protocol):
    """A ledger in which master data is made that a document lacks."""

    @property
    def longest_value(self) -> int:
        """Characters that the code of a dimension value may have."""

    def create_vendor(self, vendor: Vendor, about: str) -> Vendor:
        """A new vendor card. Looks for one of the same name or tax number first; adopts it."""

    def create_dimension_value(
        self, dimension: str, code: str, name: str, about: str
    ) -> DimensionValue:
        """A new value, or the one that stands. Raises NeedsPerson where the ledger's services
        cannot create values."""


class ProjectBooks(ProjectSystem, Protocol):
    """A project system into which commitments and costs are written from a ledger.

    What is sent is a `Document` of the kinds "purchase_order", "requisition" or "direct_cost", with
    `project.id`, `vendor.id`, `cost_code` and `cost_type` in the project system's own terms,
    `origin_id` set, and line ids that are stable in the ledger.
    """

    @property
    def longest_number(self) -> int:
        """Characters that a document's number may have."""

    def find_sent(self, documents: Sequence[Document]) -> list[list[Document]]:
        """Per document, what stands in its project: by origin id, else by its number (of a
        requisition: invoice number within its contract; of a direct cost: invoice number and
        vendor). Whole documents, as `document` reads them, with `origin_id` and `locked`.
        """

    def called(self, document: Document, number: str) -> list[Document]:
        """All that people call by this number in the project, of the document's kind (of a
        requisition: in its contract), of whatever vendor; whole. Raises Refused."""

    def send(self, document: Document, standing: Document | None, about: str) -> str:
        """Create it, or bring `standing` to it: header, lines, then the status. Returns its id.

        Goes on from wherever an earlier try stopped; never a second document, never a second line.
        Raises InDoubt, NeedsPerson (LOCKED, REFUSED …), RetryLater.
        """

    def commitment_numbered(self, project_id: str, number: str) -> Document | None:
        """The commitment of either kind that people call by this number."""

    def commitments_of(self, project_id: str) -> str:
        """The address at which people see a project's commitments; asks nothing."""

    def create_cost_codes(
        self, project_id: str, codes: Sequence[CostCode], about: str
    ) -> list[CostCode]:
        """Cost codes that the project lacks, parents first; those that stand are left alone.
        Returns them as they stand. `origin_id` keeps them single."""

    def align_cost_codes(
        self, project_id: str, codes: Sequence[CostCode], about: str
    ) -> dict[str, str]:
        """Makes those without an id, with our `mark` as origin id, and renames those with one.
        Safe to call twice. Returns what was refused and why, by code; `cost_codes` reads anew.
        """


class BoardSystem(Subscriber, Tested, Protocol):
    """A work platform: ledger documents are shown as items, people decide on them there.

    Calls are scarce: reads name many ids at once, writes send only cells that differ.
    Cells are as `connections.boards` says.
    """

    @property
    def most_options(self) -> int:
        """Labels that a column of options takes, retired ones included; 0 where nobody said."""

    @property
    def longest_text(self) -> int:
        """Characters that a cell of long text keeps."""

    def urgent(self) -> AbstractContextManager[None]:
        """What is asked within is what people wait for: it may use calls kept for decisions."""

    def outlook(self, pending_calls: int) -> tuple[dt.datetime, int, int] | None:
        """(when so many calls are through, calls of a day for them, calls of a day), None where
        nothing is known of them yet. Asks nobody.
        """

    def boards(self) -> list[Board]:
        """Boards that can be seen, without their columns."""

    def board(self, board_id: str) -> Board:
        """With columns, labels and groups. Raises NotFound when it is gone or invisible."""

    def create_board(self, name: str, about: str) -> Board:
        """A private or main board as the connection says, without sample items. One of exactly
        this name that has no items is adopted instead.
        """

    def create_column(self, board_id: str, column: Column, about: str) -> Column:
        """With the id asked for, its labels included; one that stands under that id is returned."""

    def ensure_labels(
        self, board_id: str, column_id: str, texts: Sequence[str], about: str
    ) -> Column:
        """Adds what is missing (deactivated ones come back); renames and removes nothing.
        Raises NeedsPerson where the platform's limit of labels is reached.
        """

    def retire_labels(
        self, board_id: str, column_id: str, ids: Sequence[str], about: str
    ) -> Column:
        """Deactivates labels: items keep them, nobody can choose them any more."""

    def items(self, ids: Sequence[str]) -> list[Item]:
        """Those that exist, archived ones included; the others are absent."""

    def items_by_key(
        self, board_id: str, column_id: str, keys: Sequence[str]
    ) -> dict[str, list[Item]]:
        """Per key every active item whose text cell is exactly it, whatever the case; many keys
        in few calls.
        """

    def all_items(self, board_id: str) -> Iterator[Item]:
        """Every active item of the board, once each."""

    def create_item(
        self, board_id: str, name: str, cells: Mapping[str, Cell], about: str, key: str
    ) -> Item:
        """`key` makes a repeated call one item where the platform offers that. Raises InDoubt,
        Refused, RetryLater.
        """

    def change_item(
        self, board_id: str, item_id: str, cells: Mapping[str, Cell], about: str, name: str = ""
    ) -> Item:
        """Those cells, all or none, in one call. Raises NotFound when the item is gone."""

    def say(self, item_id: str, text: str, about: str, key: str) -> None:
        """An update under the item, plain text."""

    def has_said(self, item_id: str, text: str) -> bool:
        """Whether it stands there already: an answer may have been lost."""

    def decision(self, board_id: str, item_id: str, column_id: str) -> Decision | None:
        """Who set this cell last; None where the log does not reach."""


class DecidableLedger(PurchaseLedger, Protocol):
    """A ledger in whose purchase documents decisions made elsewhere take effect."""

    def decision_ways(self) -> list[DecisionWay]:
        """What this site offers, best first: for the admin, and for the flow to choose from."""

    def decide(
        self, way: str, decision: str, document: LedgerDocument, note: str, about: str
    ) -> str:
        """Carry a decision (documents.DECISIONS) into the ledger by one of the ways. Returns what
        was done, in words. Asks first: what stands as decided already is not decided again.
        `note` names the person and the moment, where the ledger has a place for it.
        Raises NeedsPerson (what the ledger refuses, in its words), InDoubt, RetryLater.
        """

    def set_dimensions(
        self, document: LedgerDocument, values: Mapping[str, str], about: str
    ) -> None:
        """Those dimensions (code -> value code, empty: none) on the document and all its lines.
        Raises NeedsPerson when it is posted, released or the value is refused.
        """

    def why_no_new_value(self, dimension: str) -> str:
        """Why its services make no new value of this dimension, and who does, in a sentence; empty
        where they do.
        """


class KeyedLedger(PurchaseLedger, Protocol):
    """A ledger whose lists do not tell every change: documents are asked for by key, too."""

    def reread(self, kind: str, ids: Sequence[str]) -> list[Hint]:
        """Those that still stand under their key, each with a stamp of its state."""


class ChartlessLedger(LedgerData, Protocol):
    """A ledger whose services may lack accounts: they come from a file then, the same way."""

    @property
    def offers_accounts(self) -> bool:
        """Its own services tell them."""

    def take_accounts(self, accounts: Iterable[Account]) -> None:
        """Those of the file, which `accounts` returns from then on."""


ROLES: dict[Ability, type] = {
    Ability.PROJECT_DOCUMENTS: ProjectDocuments,
    Ability.PROJECT_BOOKS: ProjectBooks,
    Ability.VENDOR_DIRECTORY: VendorDirectory,
    Ability.BOARDS: BoardSystem,
    Ability.POSTING: Ledger,
    Ability.PURCHASES: PurchaseLedger,
    Ability.MASTERS: MasterLedger,
    Ability.DECISIONS: DecidableLedger,
    Ability.READ_AGAIN: KeyedLedger,
    Ability.LISTS: ListingLedger,
    Ability.ENTRIES: EntryLedger,
    Ability.CHART_FROM_FILE: ChartlessLedger,
}
