"""What a record keeps of what it wrote, or is about to write: JSON that says its own shape."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from connections.documents import CodedDocument, Document, Found
from syncs.models import Record

TAG = "shape"


@dataclasses.dataclass(frozen=True)
class Item:
    """A ledger document as a row of a board."""

    item: str = ""  # its name
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    cells: dict[str, Any] = dataclasses.field(default_factory=dict)  # as the board showed them
    chosen: dict[str, Any] = dataclasses.field(default_factory=dict)  # dimensions, by column
    board: str = ""


@dataclasses.dataclass(frozen=True)
class Decided:
    """What a person set on a board, and what came of it."""

    decision: str = ""  # a meaning of a status rule
    label: str = ""
    label_id: str = ""
    by: str = ""
    at: str = ""  # when, empty where no log reaches back
    way: str = ""
    dimensions: dict[str, str] = dataclasses.field(default_factory=dict)
    outcome: str = ""
    done_at: str = ""
    refused: str = ""
    told: str = ""  # on the item: which values the ledger lacks


@dataclasses.dataclass(frozen=True)
class Card:
    """A vendor, on its way to either side."""

    name: str
    number: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    active: bool = True


@dataclasses.dataclass(frozen=True)
class Value:
    """A value of a dimension."""

    dimension: str
    code: str
    name: str = ""


@dataclasses.dataclass(frozen=True)
class Code:
    """A cost code of a project."""

    code: str
    name: str
    project: str = ""
    stands_for: str = ""  # what it is in the ledger


@dataclasses.dataclass(frozen=True)
class Options:
    """Choices of a column that are added and retired."""

    column: str
    add: list[str] = dataclasses.field(default_factory=list)
    retire: list[str] = dataclasses.field(default_factory=list)


Kept = CodedDocument | Document | Item | Decided | Card | Value | Code | Options
TAGS: dict[type[Any], str] = {
    CodedDocument: "ledger_document",
    Document: "project_document",
    Item: "item",
    Decided: "decision",
    Card: "vendor",
    Value: "dimension_value",
    Code: "cost_code",
    Options: "options",
}

_converter = make_converter()
_converter.register_unstructure_hook(Decimal, str)
_converter.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))
configure_tagged_union(Kept, _converter, tag_generator=TAGS.__getitem__, tag_name=TAG)

T = TypeVar("T")


def pack(kept: Kept) -> dict[str, Any]:
    """JSON-able: Decimals, dates and moments as strings, and the shape's name."""
    packed: dict[str, Any] = _converter.unstructure(kept, unstructure_as=Kept)
    return packed


def pack_found(found: Found) -> dict[str, Any]:
    """What a ledger showed of a document that is nobody's, as a row keeps it."""
    packed: dict[str, Any] = _converter.unstructure(found)
    return packed


def unpack_found(data: dict[str, Any]) -> Found:
    return _converter.structure(data, Found)


def source_document(data: dict[str, Any]) -> Document | None:
    """A project system's document as a record keeps its source; None where it keeps none."""
    return _converter.structure(data, Document) if data else None


def source_of(data: dict[str, Any], shape: type[T]) -> T | None:
    """What a record keeps of its source, which a ledger showed; None where that is of no such
    shape."""
    names = {field.name for field in dataclasses.fields(shape)}  # type: ignore[arg-type]
    return _converter.structure(data, shape) if data and data.keys() <= names else None


def unpack(data: dict[str, Any]) -> Kept | None:
    """None where nothing was kept yet. Raises when the data is of no known shape."""
    return _converter.structure(data, Kept) if data else None  # type: ignore[arg-type]


def kept(record: Record, shape: type[T]) -> T:
    """What the record wrote last, which is of this shape. Raises LookupError when it is not."""
    found = unpack(record.coded)
    if not isinstance(found, shape):
        raise LookupError(f"record {record.pk} keeps no {TAGS[shape]}")
    return found


def item_of(record: Record) -> Item:
    """As the board showed it last; empty before."""
    found = unpack(record.coded)
    return found if isinstance(found, Item) else Item()


def decided_of(record: Record) -> Decided:
    """What was decided last; empty before."""
    found = unpack(record.coded)
    return found if isinstance(found, Decided) else Decided()
