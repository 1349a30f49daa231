"""A coded document, and what the ledger shows of it: equal to the cent, or where not."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from connections.documents import (
    CREDIT_MEMO,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
)

Key = tuple[str, tuple[tuple[str, str], ...]]


def sums(lines: tuple[CodedLine, ...], sign: int = 1) -> dict[Key, Decimal]:
    """Amounts by account and dimensions; zero ones left out."""
    totals: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        totals[line.account, tuple(sorted(line.dimensions))] += sign * line.amount
    return {key: amount for key, amount in totals.items() if amount}


def against(coded: CodedDocument, found: Found) -> list[str]:
    """What differs between what was sent and what stands; empty when equal to the cent."""
    wrong = []
    if found.currency != coded.currency:
        own = "the ledger's own currency"
        wrong.append(f"it is in {found.currency or own} instead of {coded.currency or own}")
    if coded.kind in (PURCHASE_INVOICE, CREDIT_MEMO) and found.total != coded.total:
        wrong.append(f"total {found.total:,.2f} instead of {coded.total:,.2f}")
    if found.lines_known:
        wrong += line_differences(sums(coded.lines), sums(found.lines))
    return wrong


def sign(coded: CodedDocument) -> int:
    return -1 if coded.kind == CREDIT_MEMO else 1


def line_differences(wanted: dict[Key, Decimal], there: dict[Key, Decimal]) -> list[str]:
    keys = sorted(set(wanted) | set(there))
    return [
        f"account {account} {words(dimensions)}: {there.get((account, dimensions), ZERO):,.2f} "
        f"instead of {wanted.get((account, dimensions), ZERO):,.2f}"
        for account, dimensions in keys
        if wanted.get((account, dimensions), ZERO) != there.get((account, dimensions), ZERO)
    ]


def words(dimensions: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{code} {value}" for code, value in dimensions)
