"""What the source says now, less all that stands for it: by vendor, account, dimensions, tax code.

A posted document is never edited. What is missing is booked beside it, for each vendor as one
document: an invoice, a credit memo, or a journal that balances as the others do.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    cut,
)
from syncs.coding.compare import sign, words

CENT = Decimal("0.01")


@dataclasses.dataclass(frozen=True, order=True)
class Part:
    """What an amount is kept by."""

    vendor: str
    account: str
    dimensions: tuple[tuple[str, str], ...]
    tax_code: str


@dataclasses.dataclass(frozen=True)
class Sum:
    """Signed as a cost: positive is owed or debited."""

    amount: Decimal = ZERO
    tax: Decimal = ZERO

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.amount + other.amount, self.tax + other.tax)

    def __neg__(self) -> Sum:
        return Sum(-self.amount, -self.tax)

    def __bool__(self) -> bool:
        return bool(self.amount or self.tax)


Sums = dict[Part, Sum]


def sums(documents: Iterable[CodedDocument]) -> Sums:
    found: Sums = defaultdict(Sum)
    for document in documents:
        turn = sign(document)
        for line in document.lines:
            dimensions = tuple(sorted(line.dimensions))
            part = Part(document.vendor, line.account, dimensions, line.tax_code)
            found[part] += Sum(turn * line.amount, turn * line.tax)
    return dict(found)


def rest(wanted: CodedDocument, standing: Iterable[CodedDocument]) -> Sums:
    """What is still to be booked; without what comes to nothing."""
    found: Sums = defaultdict(Sum, sums([wanted]))
    for part, there in sums(standing).items():
        found[part] += -there
    return {part: one for part, one in found.items() if one}


def vendors(parts: Sums) -> list[str]:
    """Each of them gets a document of its own; first those of whom something is taken back."""
    nets: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for part, one in parts.items():
        nets[part.vendor] += one.amount + one.tax
    return sorted(nets, key=lambda vendor: (nets[vendor], vendor))


def document(
    wanted: CodedDocument, standing: list[CodedDocument], vendor: str
) -> CodedDocument | None:
    """What books this vendor's part of the rest; None when nothing is left of it."""
    parts = {part: one for part, one in rest(wanted, standing).items() if part.vendor == vendor}
    if not parts:
        return None
    net = sum((one.amount + one.tax for one in parts.values()), ZERO)
    kind, turn = wanted.kind, 1
    if kind in (PURCHASE_INVOICE, CREDIT_MEMO):
        kind, turn = (CREDIT_MEMO, -1) if net < 0 else (PURCHASE_INVOICE, 1)
    roles, text = roles_of([*standing, wanted]), cut(f"Difference to {wanted.reference}", 100)
    lines = tuple(
        CodedLine(
            part.account, turn * one.amount, text, part.dimensions, part.tax_code, turn * one.tax,
            role=roles[part.account, part.dimensions],
        )
        for part, one in sorted(parts.items())
    )  # fmt: skip
    names = {one.vendor: one.vendor_name for one in [*standing, wanted]}
    order = wanted.order if vendor == wanted.vendor else ""
    return dataclasses.replace(
        wanted, kind=kind, lines=lines, total=(turn * net).quantize(CENT), order=order,
        vendor=vendor, vendor_name=names[vendor],
    )  # fmt: skip


def roles_of(documents: list[CodedDocument]) -> dict[tuple[str, tuple[tuple[str, str], ...]], str]:
    return {
        (line.account, tuple(sorted(line.dimensions))): line.role
        for document in documents
        for line in document.lines
    }


def worth(coded: CodedDocument) -> Decimal:
    """What it adds to what its source is worth; of a journal all but what balances it."""
    if coded.kind != JOURNAL:
        return sign(coded) * coded.total
    return sum((line.amount for line in coded.lines if line.role != "balance"), ZERO)


def told(wanted: CodedDocument, standing: list[CodedDocument]) -> list[str]:
    """Each amount that changes, as it is to be and as it stands."""
    now, there = sums([wanted]), sums(standing)
    several = len({part.vendor for part in [*now, *there]}) > 1
    return [
        f"{f'vendor {part.vendor}, ' if several else ''}account {part.account} "
        f"{words(part.dimensions)}{amounts(now.get(part, Sum()), there.get(part, Sum()))}"
        for part in sorted(rest(wanted, standing))
    ]


def amounts(now: Sum, there: Sum) -> str:
    said = f": {now.amount:,.2f} instead of {there.amount:,.2f}"
    tax = f", tax {now.tax:,.2f} instead of {there.tax:,.2f}" if now.tax != there.tax else ""
    return said + tax
