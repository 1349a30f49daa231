"""Two coded documents, or one and what the ledger shows: equal to the cent, or where not."""

from __future__ import annotations

import dataclasses
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
    if coded.kind in (PURCHASE_INVOICE, CREDIT_MEMO) and found.total != coded.total:
        wrong.append(f"total {found.total:,.2f} instead of {coded.total:,.2f}")
    if found.lines_known:
        wrong += line_differences(sums(coded.lines), sums(found.lines))
    return wrong


def differences(was: CodedDocument, now: CodedDocument) -> list[str]:
    """What a change at the source changes in the books."""
    wrong = line_differences(sums(was.lines, sign(was)), sums(now.lines, sign(now)))
    for name in ("vendor", "number", "document_date"):
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            wrong.append(f"{name.replace('_', ' ')} {after} instead of {before}")
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


def difference(coded: CodedDocument, earlier: list[CodedDocument]) -> CodedDocument:
    """What is still to be booked: the document now, less what stands for it already."""
    rest = sums(coded.lines, sign(coded))
    for document in earlier:
        for key, amount in sums(document.lines, sign(document)).items():
            rest[key] = rest.get(key, ZERO) - amount
    tax = sign(coded) * tax_of(coded) - sum((sign(one) * tax_of(one) for one in earlier), ZERO)
    net = sum(rest.values(), ZERO) + tax
    kind, turn = coded.kind, 1
    if coded.kind in (PURCHASE_INVOICE, CREDIT_MEMO):
        kind, turn = (CREDIT_MEMO, -1) if net < 0 else (PURCHASE_INVOICE, 1)
    lines = tuple(
        CodedLine(account, turn * amount, f"Difference to {coded.reference}"[:100], dimensions)
        for (account, dimensions), amount in sorted(rest.items())
        if amount
    )
    return dataclasses.replace(coded, kind=kind, lines=lines, total=turn * net)


def tax_of(coded: CodedDocument) -> Decimal:
    return sum((line.tax for line in coded.lines), ZERO)
