"""Is this account, value or vendor one that the ledger would take? Asked of the reference data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce, wraps
from operator import or_

from django.db.models import Q

from connections.models import Connection
from mappings.placeholders import is_placeholder, malformed
from mappings.reference import Reference

Shelf = dict[tuple[int, str], dict[tuple[str, str], Reference]]
_shelf: ContextVar[Shelf | None] = ContextVar("shelf", default=None)
_said: ContextVar[dict[tuple[object, ...], str] | None] = ContextVar("said", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Within it the reference data is read once per kind, not once per question: for imports."""
    shelf, said = _shelf.set({}), _said.set({})
    try:
        yield
    finally:
        _shelf.reset(shelf)
        _said.reset(said)


def said_once(question: Callable[..., str]) -> Callable[..., str]:
    """Within `read_once` the same question has one answer."""

    @wraps(question)
    def ask(ledger: Connection, *about: str) -> str:
        said, key = _said.get(), (question, ledger.pk, *about)
        if said is None:
            return question(ledger, *about)
        if key not in said:
            said[key] = question(ledger, *about)
        return said[key]

    return ask


def references(connection: Connection, kind: str) -> dict[tuple[str, str], Reference]:
    """What stands now, by (parent, code)."""
    shelf, key = _shelf.get(), (connection.pk, str(kind))
    if shelf is not None and key in shelf:
        return shelf[key]
    rows = Reference.objects.filter(connection=connection, kind=kind, gone_at=None)
    found = {(row.parent, row.code): row for row in rows}
    if shelf is not None:
        shelf[key] = found
    return found


def read_ahead(wanted: set[tuple[int, str]]) -> None:
    """Within `read_once`: these kinds, each of a connection (its key), in one query."""
    shelf = _shelf.get()
    missing = wanted - (shelf or {}).keys()
    if shelf is None or not missing:
        return
    shelf |= {key: {} for key in missing}
    each = (Q(connection=connection, kind=kind) for connection, kind in missing)
    for row in Reference.objects.filter(reduce(or_, each), gone_at=None):
        shelf[row.connection_id, row.kind][row.parent, row.code] = row


def reference(connection: Connection, kind: str, code: str, parent: str = "") -> Reference | None:
    if _shelf.get() is not None:
        return references(connection, kind).get((parent, code))
    return Reference.objects.filter(
        connection=connection, kind=kind, parent=parent, code=code, gone_at=None
    ).first()


@said_once
def account_problem(ledger: Connection, number: str) -> str:
    """Empty when the account may stand on a line, else a sentence."""
    row = reference(ledger, Reference.Kind.ACCOUNT, number)
    if row is None:
        return f"Account {number} does not exist in {ledger}."
    return f"Account {number} {row.name} {row.unusable} in {ledger}." if row.unusable else ""


def dimension_problems(ledger: Connection, dimensions: dict[str, str]) -> list[str]:
    """A sentence per dimension value that the ledger does not know or does not allow."""
    return [
        problem
        for code, value in dimensions.items()
        if (problem := dimension_problem(ledger, code, value))
    ]


@said_once
def dimension_problem(ledger: Connection, code: str, value: str) -> str:
    if is_placeholder(value):
        known = reference(ledger, Reference.Kind.DIMENSION, code)
        return "" if known else f"Dimension {code} does not exist in {ledger}."
    row = reference(ledger, Reference.Kind.DIMENSION_VALUE, value, code)
    if row is None and (problem := malformed(value)):
        return problem
    if row is None and is_free(ledger, code):
        return ""
    if row is None:
        return f"Value {value} of dimension {code} does not exist in {ledger}."
    return f"Value {value} of dimension {code} {row.unusable} in {ledger}." if row.unusable else ""


def is_free(ledger: Connection, dimension: str) -> bool:
    """The ledger keeps no list of its values."""
    row = reference(ledger, Reference.Kind.DIMENSION, dimension)
    return bool(row and row.data.get("free"))


@said_once
def vendor_problem(ledger: Connection, number: str) -> str:
    """Whether the vendor exists; a blocked one may be linked, and its documents are held."""
    row = reference(ledger, Reference.Kind.VENDOR, number)
    return "" if row else f"Vendor {number} does not exist in {ledger}."


@said_once
def tax_problem(ledger: Connection, code: str) -> str:
    """Whether the ledger has it, of one that lists its tax codes at all."""
    known = references(ledger, Reference.Kind.TAX_CODE)
    missing = known and ("", code) not in known
    return f"Tax code {code} does not exist in {ledger}." if missing else ""
