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


def allocate(document: Document, contract: Document, billed: Billed) -> dict[str, Share]:
    """Contract line id -> share. Raises NeedsPerson (OVER_COMMITMENT) with all that is wrong."""
    shares: dict[str, Share] = {}
    problems: list[str] = []
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
) -> str:
    named = " ".join(part for part in code if part) or "(no cost code)"
    if not there:
        return f"cost code {named} ({amount:,.2f}) is not in the commitment"
    scheduled = sum((line.amount for line in there), ZERO)
    before = sum((billed.get(line.id, ZERO) for line in there), ZERO)
    if amount < 0:
        return f"cost code {named}: {-amount:,.2f} is credited, only {before:,.2f} was billed"
    return (
        f"cost code {named}: {amount:,.2f} is billed, {amount - rest:,.2f} is left "
        f"({scheduled:,.2f} committed, {before:,.2f} billed before)"
    )


def over(document: Document, contract: Document, problems: list[str]) -> NeedsPerson:
    reason = Reason.OVER_COMMITMENT
    return NeedsPerson(
        reason,
        begun(f"{what(document)} is more than commitment {contract.number} allows: ")
        + "; ".join(problems)
        + ". Raise the order in the ledger, or bill it in Procore by hand (on approved change "
        "orders, too).",
        problems=[{"reason": str(reason), "sentence": begun(f"{one}.")} for one in problems],
    )
