"""The Ledger's verbs; which kind each is about is told as in Business Central."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol

from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    PURCHASE_ORDER,
    CodedDocument,
    DimensionValue,
    Found,
)
from connections.vendors.fo.company import Company
from connections.vendors.fo.invoices import Invoices
from connections.vendors.fo.journals import Journals
from connections.vendors.fo.orders import Orders


class Book(Protocol):
    """What each kind of document can do. Posting is the ledger's own business."""

    def find(self, documents: list[CodedDocument]) -> list[list[Found]]: ...

    def create(self, document: CodedDocument, about: str) -> Found: ...

    def read(self, found: Found, document: CodedDocument) -> Found | None: ...

    def discard(self, found: Found, document: CodedDocument, about: str) -> None: ...

    def by_number(self, number: str, document: CodedDocument) -> Found | None: ...


class Ledger(Company):
    longest_reference = 35  # VendorOrderReference takes more; the same everywhere is simpler
    longest_value = 30

    lists = frozenset({PURCHASE_INVOICE, CREDIT_MEMO})
    tells: frozenset[str] = frozenset()  # the entities bear no stamp of changes

    @cached_property
    def invoices(self) -> dict[str, Invoices]:
        return {PURCHASE_INVOICE: Invoices(self), CREDIT_MEMO: Invoices(self, CREDIT_MEMO)}

    def listed(self, kind: str, first: dt.date, last: dt.date) -> list[Found]:
        """The vendors' transactions of these days; known by the voucher."""
        return self.invoices[kind].listed(first, last)

    def changed_since(self, kind: str, moment: dt.datetime) -> list[Found]:
        """None of a kind that is not in `tells`."""
        return []

    @cached_property
    def books(self) -> dict[str, Book]:
        return {
            **self.invoices,
            PURCHASE_ORDER: Orders(self),
            JOURNAL: Journals(self),
        }

    def stored_number(self, number: str) -> str:
        """With its letters as they are; comparisons there do not tell case."""
        return number

    def find(self, documents: Iterable[CodedDocument]) -> list[list[Found]]:
        """In the order asked; each kind in its own look-up."""
        asked = list(documents)
        found: list[list[Found]] = [[] for _ in asked]
        for kind, book in self.books.items():
            places = [index for index, one in enumerate(asked) if one.kind == kind]
            answers = book.find([asked[index] for index in places]) if places else []
            for index, several in zip(places, answers, strict=True):
                found[index] = several
        return found

    def create(self, document: CodedDocument, about: str) -> Found:
        return self.books[document.kind].create(document, about)

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        """Posting is done by people, a workflow or the automation there; it is watched."""

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        return self.books[document.kind].read(found, document)

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        return [self.read(found, document) for found, document in asked]

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        return self.books[document.kind].by_number(number.strip(), document)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        self.books[document.kind].discard(found, document, about)

    def create_dimension_value(
        self, dimension: str, code: str, name: str, about: str
    ) -> DimensionValue:
        """Of a custom list. Raises NeedsPerson where values come from another entity."""
        return self.values.create(dimension, code, name, about)
