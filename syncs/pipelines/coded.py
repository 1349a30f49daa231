"""A source document in the ledger's terms, as its flow, the mappings and finance's choices say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from connections.documents import CodedDocument, Document
from connections.errors import NeedsPerson, Reason
from connections.transport import at_home
from syncs.coding.to_ledger import Coder, Problem
from syncs.flow import Context

THAT_VENDOR = "the vendor in the ledger"


class Booked(Protocol):
    """What is asked of a flow whose documents go into a ledger."""

    @property
    def source_kind(self) -> str:
        """What it is called where it comes from."""

    def document(self, context: Context, scope: str, source_id: str) -> Document:
        """The whole document as its source states it. Raises NotFound."""

    def stays(self, document: Document) -> bool:
        """What is booked of it stays, whatever rule would leave it out now."""

    def skip_rule(self, context: Context, document: Document) -> str:
        """The written rule by which it is not for the other side, or empty."""

    def ruled_on(self, context: Context, document: Document) -> dt.date | None:
        """The day whose rules count."""

    def refine(self, context: Context, coded: CodedDocument, document: Document) -> CodedDocument:
        """What only our own records know of it."""

    def twice(self, context: Context, coded: CodedDocument, document: Document) -> str:
        """Why its entry would book a cost that stands already, or empty."""

    def asks(self, context: Context, document: Document, first: bool, worth: Decimal) -> str:
        """Why a person has to agree, whatever the gates say, or empty."""

    def told(self, context: Context, problems: list[Problem]) -> list[Problem]:
        """What holds it, in words that name the flow which brings what it lacks."""


def coder_of(
    context: Context, flow: Booked, document: Document, *, revision: int = 1, stands_as: str = ""
) -> Coder:
    """`stands_as`: the kind of what stands for it already, where anything does.

    `context.book.used` tells then what it was coded by, until the next one is made.
    """
    ledger, context.book.used = context.ledger, {}
    return Coder(
        document, context.book, context.settings, ledger.longest_number, ledger.longest_reference,
        ledger.stored_number, revision, stands_as, flow.ruled_on(context, document),
    )  # fmt: skip


def refined(
    context: Context, flow: Booked, coded: CodedDocument, document: Document
) -> CodedDocument:
    coded = flow.refine(context, coded, document)
    return coded if context.ledger.can_post else dataclasses.replace(coded, post=False)


def held_by(context: Context, flow: Booked, problems: list[Problem]) -> NeedsPerson:
    """All that a person has to mend, the first of it as the sentence."""
    told = [with_card(context, one) for one in flow.told(context, problems)]
    first, more = told[0], f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return NeedsPerson(first.reason, first.sentence + more, problems=plain(told))


def with_card(context: Context, problem: Problem) -> Problem:
    """A vendor that the ledger blocks is unblocked on its card. A forecast asks for no address."""
    number = problem.facts.get("vendor", "")
    if problem.reason != Reason.VENDOR_BLOCKED or not number or not at_home.may_ask():
        return problem
    return dataclasses.replace(problem, facts={**problem.facts, **card(context, number)})


@contextmanager
def leading(context: Context, coded: CodedDocument) -> Iterator[None]:
    """What the ledger refuses because of its vendor leads there, too."""
    try:
        yield
    except NeedsPerson as error:
        if error.reason == Reason.VENDOR_BLOCKED and coded.vendor:
            error.leads_to(context.ledger.vendor_page(coded.vendor), THAT_VENDOR)
        raise


def card(context: Context, number: str) -> dict[str, str]:
    """Where the ledger shows that vendor, where it tells."""
    address = context.ledger.vendor_page(number)
    return {"there": address, "opens": THAT_VENDOR} if address else {}


def plain(problems: list[Problem]) -> list[dict[str, str]]:
    """As a record keeps them."""
    return [problem.plain() for problem in problems]
