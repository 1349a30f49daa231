"""Who has to approve a document, by its amount: the bands that finance sets on a flow.

They are kept as JSON, the lowest first: `{"up_to": "1000.00", "who": "nobody"}`; the last one has
no bound. Without any, one person approves each document. What is not known falls in the last.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from connections.companies.access import Seen, who_see
from connections.companies.duty import giving, where

HIGHER_RIGHT = "syncs.approve_large_record"
BACKEND = "django.contrib.auth.backends.ModelBackend"
Stored = list[dict[str, Any]]


class Who(models.TextChoices):
    NOBODY = "nobody", "nobody"
    ONE = "one", "one person"
    HIGHER = "higher", "one person with the right to approve large documents"
    TWO = "two", "two persons"


RANK = {Who.NOBODY: 0, Who.ONE: 1, Who.HIGHER: 2, Who.TWO: 2}


def approves(who: Who) -> str:
    """One person has to approve."""
    return f"{who.label} {'have' if who == Who.TWO else 'has'} to approve"


@dataclasses.dataclass(frozen=True)
class Band:
    above: Decimal | None
    up_to: Decimal | None
    who: Who

    @property
    def words(self) -> str:
        return f"up to {self.up_to:,.2f}" if self.up_to is not None else "above that"

    def why(self, amount: Decimal | None) -> str:
        """Why an amount falls in it, and who has to approve it therefore."""
        if amount is None:
            said = "Its amount is not known in the company's currency, so it counts as the largest"
        elif self.above is not None:
            said = f"{amount:,.2f} is above {self.above:,.2f}"
        else:
            said = f"{amount:,.2f}"
        return f"{said}: {approves(self.who)}"


EACH = Band(None, None, Who.ONE)


def read(stored: Stored) -> list[Band]:
    """As they are kept; without any, one for all."""
    found, above = [], None
    for one in stored:
        bound = one["up_to"]
        up_to = None if bound is None else Decimal(bound)
        found.append(Band(above, up_to, Who(one["who"])))
        above = up_to
    return found or [EACH]


def band_of(stored: Stored, amount: Decimal | None) -> Band:
    known = read(stored)
    within = (
        one for one in known if one.up_to is None or (amount is not None and amount <= one.up_to)
    )
    return next(within, known[-1])


def less(was: Who, becomes: Who) -> bool:
    """It no longer takes what it took. Of the two highest each lacks what the other has."""
    return was != becomes and RANK[becomes] <= RANK[was]


def looser(was: Stored, becomes: Stored) -> bool:
    """For any amount."""
    bounds = {one.up_to for one in [*read(was), *read(becomes)]}
    return any(less(band_of(was, one).who, band_of(becomes, one).who) for one in bounds)


def strictest(one: Who, other: Who) -> Who:
    return other if RANK[other] > RANK[one] else one


def words(stored: Stored) -> str:
    """As a person reads them."""
    if not stored:
        return "one person for each document"
    return "; ".join(f"{one.words}: {one.who.label}" for one in read(stored))


def enough(given: Iterable[dict[str, Any]], who: Who) -> bool:
    """Whether these approvals of the same content are what it takes."""
    rows = list(given)
    if who == Who.TWO:
        return len({one["by"] for one in rows}) > 1
    return bool(rows) and (who != Who.HIGHER or any(one["higher"] for one in rows))


def approves_large(name: str) -> Seen:
    """The companies in which this person has the right to."""
    user = get_user_model()._default_manager.filter(username=name).first()
    return where(user, HIGHER_RIGHT) if user else frozenset()


def may_approve_large(name: str, company: int) -> bool:
    known = approves_large(name)
    return known is None or company in known


def able(right: str, company: int) -> set[int]:
    """Active people who have it in this company, superusers among them."""
    people = get_user_model()._default_manager
    usual = people.with_perm(right, backend=BACKEND).filter(who_see(company))
    given = giving(right).filter(integrations=company).select_related("user")
    duties = {one.user_id for one in given if company in one.companies}
    return duties.union(usual.values_list("pk", flat=True))


def lacking(stored: Stored, company: int) -> str:
    """Empty, or whom the bands ask for and the company does not have."""
    asked = {one.who for one in read(stored)} if stored else set()
    if Who.HIGHER in asked and not able(HIGHER_RIGHT, company):
        return "It asks for the right to approve large documents, and nobody has it."
    if Who.TWO in asked and len(able("syncs.approve_record", company)) < 2:
        return "It asks for two persons who approve, and there are not two."
    return ""
