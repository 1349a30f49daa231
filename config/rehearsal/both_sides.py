"""What a rehearsal compares: the documents of the source, and what stands for them over there."""

from __future__ import annotations

import dataclasses
from collections import Counter
from decimal import Decimal
from typing import Any, ClassVar

from syncs.models import Record

ZERO = Decimal(0)
Amounts = dict[str, Decimal]  # by the id of a source document


@dataclasses.dataclass
class Source:
    """What the source holds, per flow."""

    flows: dict[str, Amounts]
    void: dict[str, set[str]] = dataclasses.field(default_factory=dict)  # worth nothing there

    def in_effect(self, flow: str) -> Decimal:
        """What those come to that are not void."""
        void = self.void.get(flow, set())
        return sum((worth for key, worth in self.documents(flow).items() if key not in void), ZERO)

    def documents(self, flow: str) -> Amounts:
        return self.flows.get(flow, {})


@dataclasses.dataclass
class Destination:
    """What one side holds. Each document may be claimed by one record only."""

    claimed: set[tuple[str, str]] = dataclasses.field(default_factory=set)

    def worth(self, record: Record) -> Decimal | None:
        """What the record's document is worth there; None when there is no such document."""
        raise NotImplementedError

    def key(self, record: Record) -> tuple[str, str]:
        raise NotImplementedError

    def vendor_stands(self, record: Record) -> bool:
        raise NotImplementedError

    def claim(self, record: Record, expected: Decimal | None) -> tuple[Decimal, str]:
        """(what it is worth there, what is wrong with it or empty)."""
        if record.destination_kind == "vendor":
            return ZERO, "" if self.vendor_stands(record) else "not there"
        worth, key = self.worth(record), self.key(record)
        if worth is None:
            return ZERO, f"shown as posted as {record.destination_number}, but there is none"
        if key in self.claimed:
            return ZERO, f"{record.destination_number} is claimed by two records"
        self.claimed.add(key)
        if record.revision > 1 or expected is None or worth == expected or changed(record):
            return worth, ""
        return worth, f"there it is {worth:,.2f}, in the source {expected:,.2f}"

    def left_over(self) -> list[str]:
        raise NotImplementedError


@dataclasses.dataclass
class Ledger(Destination):
    """The books: posted documents, journals, vendors and values."""

    documents: dict[str, Decimal] = dataclasses.field(default_factory=dict)  # credit memos < 0
    journals: dict[str, Decimal] = dataclasses.field(default_factory=dict)  # all lines but the last
    vendors: set[str] = dataclasses.field(default_factory=set)
    values: set[str] = dataclasses.field(default_factory=set)
    hand_typed: set[str] = dataclasses.field(default_factory=set)
    accounts: set[str] = dataclasses.field(default_factory=set)  # that may stand on a line
    by_dimension: dict[str, list[str]] = dataclasses.field(default_factory=dict)  # such values
    uncounted: set[str] = dataclasses.field(default_factory=set)  # pending, or no list tells them
    undecided: set[str] = dataclasses.field(default_factory=set)  # purchase documents that are open
    passed_over: set[str] = dataclasses.field(default_factory=set)  # source ids: void, or by us
    balanced: bool = True
    written: list[str] = dataclasses.field(default_factory=list)  # to a ledger that is read only

    def key(self, record: Record) -> tuple[str, str]:
        return "", record.destination_number

    def worth(self, record: Record) -> Decimal | None:
        if record.destination_kind == "dimension_value":
            return ZERO if record.destination_number in self.values else None
        book = self.journals if record.destination_kind == "journal" else self.documents
        return book.get(record.destination_number)

    def vendor_stands(self, record: Record) -> bool:
        return record.destination_number in self.vendors

    def left_over(self) -> list[str]:
        """Documents in the ledger that no record answers for: doubled ones."""
        claimed = {number for _, number in self.claimed}
        strangers = (set(self.documents) | set(self.journals)) - claimed - self.hand_typed
        problems = [f"the ledger has {number}, which no record claims" for number in strangers]
        problems += [f"the ledger is read only, and was sent {one}" for one in self.written]
        return problems + ([] if self.balanced else ["the ledger does not balance"])


@dataclasses.dataclass
class Projects(Destination):
    """The project system: what was sent to it, by kind and id."""

    documents: dict[tuple[str, str], Decimal] = dataclasses.field(default_factory=dict)
    origins: dict[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    vendors: set[str] = dataclasses.field(default_factory=set)
    codes: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)  # project and code
    wrong: list[str] = dataclasses.field(default_factory=list)  # what stands there and should not

    def key(self, record: Record) -> tuple[str, str]:
        return record.destination_kind, record.destination_id

    def worth(self, record: Record) -> Decimal | None:
        if record.destination_kind == "cost_code":
            there = self.codes.get(record.destination_id)
            return ZERO if there == (record.scope, record.destination_number) else None
        return self.documents.get(self.key(record))

    def vendor_stands(self, record: Record) -> bool:
        return record.source_id in self.vendors

    def left_over(self) -> list[str]:
        """Documents with an origin of ours that no record answers for, and doubled origins."""
        problems = [
            f"the project system has {kind} {key} ({self.origins[kind, key]}), which no record "
            "claims"
            for kind, key in self.origins
            if (kind, key) not in self.claimed
        ]
        doubled = [one for one, n in Counter(self.codes.values()).items() if n > 1]
        problems += [f"project {project} has two cost codes {code}" for project, code in doubled]
        counted = Counter(self.origins.values())
        problems += [f"{one} stands {n} times" for one, n in counted.items() if n > 1]
        return problems + self.wrong


@dataclasses.dataclass
class Ends:
    """All that an account needs."""

    worth: ClassVar[str] = "net"  # which amount of a ledger's document the other side shows
    source: Source
    ledger: Ledger
    projects: Projects = dataclasses.field(default_factory=Projects)

    def destination(self, from_ledger: bool) -> Destination:
        return self.projects if from_ledger else self.ledger

    def sent(self) -> Decimal:
        """What the project system has of what was sent there from the ledger."""
        return sum((self.projects.documents[key] for key in self.projects.origins), ZERO)

    def returned(self, kinds: dict[str, str]) -> Decimal:
        """What the flows of the project system list of what was sent there. `kinds`: of each."""
        came = (self.source.documents(flow).get(key) for flow, kind in kinds.items()
                for sent, key in self.projects.origins if sent == kind)  # fmt: skip
        return sum(filter(None, came), ZERO)

    def left_over(self) -> list[str]:
        return self.ledger.left_over() + self.projects.left_over()


def changed(record: Record) -> bool:
    """Its difference was accepted by a person, or is booked by a later revision."""
    return bool(record.accepted_digest) or record.family.filter(revision__gt=1).exists()


def net(row: dict[str, Any]) -> Decimal:
    """What the journal moved: all lines but the last, which balances them."""
    amounts = [Decimal(line["amount"]) for line in row["lines"]]
    return sum(amounts[:-1], ZERO)


@dataclasses.dataclass(frozen=True)
class BookedLine:
    account: str
    amount: Decimal
    text: str
    dimensions: dict[str, str]  # their names in upper case

    @property
    def where(self) -> tuple[str, ...]:
        """Cost code, cost type and department."""
        return tuple(self.dimensions.get(one, "") for one in ("COSTCODE", "COSTTYPE", "DEPARTMENT"))


@dataclasses.dataclass(frozen=True)
class Booked:
    """A document of the field as the ledger itself shows it."""

    number: str  # the vendor's, a contract's, a journal's
    own: str  # the ledger's
    currency: str
    day: str
    total: Decimal
    lines: tuple[BookedLine, ...]
    dimensions: dict[str, str] = dataclasses.field(default_factory=dict)  # of the whole


def upper(dimensions: dict[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in dimensions.items() if value}


@dataclasses.dataclass(frozen=True)
class Site:
    """What differs at a ledger's site from one variant of a rehearsal to another."""

    told: tuple[str, dict[str, Any]]  # the stand-in's address for it, and what it is told
    connection: dict[str, str] = dataclasses.field(default_factory=dict)  # what it says then
    chart: str = ""  # where the stand-in keeps the file of accounts that its services lack
