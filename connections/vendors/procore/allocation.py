"""What an invoice bills on which line of its commitment's schedule of values.

Lines of the ledger meet contract lines by cost code and cost type; amounts of one code are added,
and several contract lines of one code are filled in order. Never more than a line is worth.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import Decimal

from connections.documents import ZERO, Document, Line
from connections.errors import NeedsPerson, Reason
from connections.vendors.procore.refusals import begun, what

Code = tuple[str, str]  # cost code, cost type
Billed = Mapping[str, Decimal]  # by contract line: what other invoices billed so far


@dataclasses.dataclass(frozen=True)
class Share:
    """What this invoice bills on one contract line."""

    work: Decimal
    retained: Decimal = ZERO
    released: Decimal = ZERO


@dataclasses.dataclass(frozen=True)
class Problem:
    """Of one code: what is wrong, and what can be done about it."""

    reason: Reason
    told: str
    advice: str


ADD_IT = (
    "Add a line with this code to the commitment in Procore, or correct the code in the ledger."
)
RAISE_IT = (
    "Raise the commitment (in the ledger, where it was ordered there), or bill it in Procore by "
    "hand (on approved change orders, too)."
)
BILL_IT = "Bill first what it credits, or correct the credit in the ledger."


def allocate(document: Document, contract: Document, billed: Billed) -> dict[str, Share]:
    """Contract line id -> share. Raises NeedsPerson with all that is wrong: codes that are not in
    the commitment, and amounts that are too much for it."""
    shares: dict[str, Share] = {}
    problems: list[Problem] = []
    for code, lines in by_code(document.lines).items():
        amount = sum((line.amount for line in lines), ZERO)
        there = [line for line in contract.lines if code_of(line) == code]
        check_apart(document, contract, code, there)
        taken = fill(amount, there, billed)
        if rest := amount - sum(taken.values(), ZERO):
            problems.append(too_much(code, amount, rest, there, billed))
        shares |= {line_id: Share(work) for line_id, work in taken.items()}
        held_back(shares, lines, list(taken))
    if problems:
        raise over(document, contract, problems)
    return shares


def by_code(lines: Sequence[Line]) -> dict[Code, list[Line]]:
    found: dict[Code, list[Line]] = {}
    for line in lines:
        found.setdefault(code_of(line), []).append(line)
    return found


def code_of(line: Line) -> Code:
    return line.cost_code, line.cost_type


def check_apart(document: Document, contract: Document, code: Code, there: Sequence[Line]) -> None:
    """A ledger's line says no sub job: of several, nobody can tell which one it bills."""
    apart = sorted({line.segments for line in there})
    if len(apart) > 1:
        each = (", ".join(" ".join(one) for one in segments) or "none" for segments in apart)
        raise NeedsPerson(
            Reason.COST_CODE,
            f"Commitment {contract.number} has cost code {' '.join(filter(None, code))} in several "
            f"sub jobs or segments ({'; '.join(each)}), and {what(document)} does not say which of "
            "them it bills. Enter it in Procore by hand and link it, or set it aside.",
        )


def fill(amount: Decimal, there: Sequence[Line], billed: Billed) -> dict[str, Decimal]:
    """In order; a credit takes back from the last line first."""
    taken: dict[str, Decimal] = {}
    rest = amount
    for line in there if amount > 0 else reversed(there):
        room = room_up(line, billed) if amount > 0 else room_down(line, billed)
        part = min(rest, room) if amount > 0 else max(rest, room)
        if part:
            taken[line.id] = part
            rest -= part
    return taken


def room_up(line: Line, billed: Billed) -> Decimal:
    """What can still be billed: up to the scheduled value."""
    return max(max(line.amount, ZERO) - billed.get(line.id, ZERO), ZERO)


def room_down(line: Line, billed: Billed) -> Decimal:
    """What can be credited (negative): down to nothing billed, or to a line that is a deduction."""
    return min(min(line.amount, ZERO) - billed.get(line.id, ZERO), ZERO)


def held_back(shares: dict[str, Share], lines: Sequence[Line], taken: Sequence[str]) -> None:
    """Retainage of a code stands on its first contract line."""
    retained = sum((line.retained for line in lines), ZERO)
    released = sum((line.released for line in lines), ZERO)
    if taken and (retained or released):
        shares[taken[0]] = dataclasses.replace(
            shares[taken[0]], retained=retained, released=released
        )


def too_much(
    code: Code, amount: Decimal, rest: Decimal, there: Sequence[Line], billed: Billed
) -> Problem:
    named = " ".join(part for part in code if part) or "(no cost code)"
    if not there:
        told = f"cost code {named} ({amount:,.2f}) is not in the commitment"
        return Problem(Reason.NOT_IN_COMMITMENT, told, ADD_IT)
    scheduled = sum((line.amount for line in there), ZERO)
    before = sum((billed.get(line.id, ZERO) for line in there), ZERO)
    if amount < 0:
        told = f"cost code {named}: {-amount:,.2f} is credited, only {before:,.2f} was billed"
        return Problem(Reason.OVER_COMMITMENT, told, BILL_IT)
    told = (
        f"cost code {named}: {amount:,.2f} is billed, {amount - rest:,.2f} is left "
        f"({scheduled:,.2f} committed, {before:,.2f} billed before)"
    )
    return Problem(Reason.OVER_COMMITMENT, told, RAISE_IT)


def over(document: Document, contract: Document, problems: list[Problem]) -> NeedsPerson:
    told = "; ".join(one.told for one in problems)
    advice = " ".join(dict.fromkeys(one.advice for one in problems))
    return NeedsPerson(
        problems[0].reason,
        begun(f"{what(document)} does not fit commitment {contract.number}: {told}. {advice}"),
        problems=[
            {"reason": str(one.reason), "sentence": begun(f"{one.told}. {one.advice}")}
            for one in problems
        ],
    )
