"""The Ledger's verbs, each handed to the kind of document that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol

from connections.documents import CodedDocument, Found
from connections.vendors.dynamics.numbers import upper


class Book(Protocol):
    """What each kind of ledger document can do."""

    def find(self, documents: list[CodedDocument]) -> list[list[Found]]: ...

    def create(self, document: CodedDocument, about: str) -> Found: ...

    def complete(self, found: Found, document: CodedDocument, about: str) -> None: ...

    def read(self, found: Found, document: CodedDocument) -> Found | None: ...

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]: ...

    def discard(self, found: Found, document: CodedDocument, about: str) -> None: ...

    def by_number(self, number: str, document: CodedDocument) -> Found | None: ...


class Verbs:
    """Refusals that repeating cannot mend are NeedsPerson, with the vendor's code and text."""

    longest_number = 35  # characters of a vendor's document number: Code[35]
    longest_reference = 35  # of an external document number: Code[35]
    longest_value = 20  # of a dimension value: Code[20]

    @cached_property
    def books(self) -> dict[str, Book]:
        """By kind of coded document."""
        raise NotImplementedError

    def stored_number(self, number: str) -> str:
        """As a Code[35] field stores it."""
        return upper(number)

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
        self.books[document.kind].complete(found, document, about)

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        return self.books[document.kind].read(found, document)

    def read_many(self, asked: Sequence[tuple[Found, CodedDocument]]) -> list[Found | None]:
        """In the order asked; each kind in its own requests."""
        found: list[Found | None] = [None for _ in asked]
        for kind, book in self.books.items():
            places = [index for index, (_, one) in enumerate(asked) if one.kind == kind]
            answers = book.read_many([asked[index] for index in places]) if places else []
            for index, answer in zip(places, answers, strict=True):
                found[index] = answer
        return found

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """The posted document that people call by this number, with its lines."""
        return self.books[document.kind].by_number(upper(number.strip()), document)

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        self.books[document.kind].discard(found, document, about)
