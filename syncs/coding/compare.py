"""A coded document, and what the ledger shows of it: equal to the cent, or where not."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from connections.documents import (
    CREDIT_MEMO,
    PURCHASE_INVOICE,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
)
from connections.pages import moments

Key = tuple[str, tuple[tuple[str, str], ...]]


def sums(lines: tuple[CodedLine, ...], sign: int = 1) -> dict[Key, Decimal]:
    """Amounts by account and dimensions; zero ones left out."""
    totals: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        totals[line.account, tuple(sorted(line.dimensions))] += sign * line.amount
    return {key: amount for key, amount in totals.items() if amount}


def against(coded: CodedDocument, found: Found, *, exactly: bool = False) -> list[str]:
    """What differs between what was sent and what stands; empty when equal to the cent.

    Of the dimensions those that we stated are compared. What the ledger added by its own rules
    differs only where finance wants documents to stand `exactly` as they were sent.
    """
    wrong = header_differences(coded, found)
    if billed(coded) and not adds_up(coded, found):
        wrong.append(f"total {worked_out(found)} instead of {coded.total:,.2f}")
    if not found.lines_known:
        return wrong
    wrong += line_differences(sums(coded.lines), sums(as_stated(coded, found)))
    if exactly and (more := added(coded, found)):
        wrong.append(f"the ledger added {more}")
    return wrong


def header_differences(coded: CodedDocument, found: Found) -> list[str]:
    """What its header says otherwise than we stated: whose it is, under which number, in which
    currency and period. What a ledger does not tell is empty."""
    wrong = [
        f"{what} {there} instead of {ours}"
        for what, there, ours in (
            ("vendor", found.vendor, coded.vendor),
            ("number", found.external_number if billed(coded) else "", coded.number),
        )
        if there and there.upper() != ours.upper()
    ]
    if found.currency != coded.currency:
        own = "the ledger's own currency"
        wrong.append(f"it is in {found.currency or own} instead of {coded.currency or own}")
    if found.posting_date and found.posting_date != coded.posting_date:
        there, ours = moments.day(found.posting_date), moments.day(coded.posting_date)
        wrong.append(f"posting date {there} instead of {ours}")
    if coded.due_date and found.due_date and found.due_date != coded.due_date:
        there, ours = moments.day(found.due_date), moments.day(coded.due_date)
        wrong.append(f"due date {there} instead of {ours}")
    return wrong


def billed(coded: CodedDocument) -> bool:
    """It bears the vendor's own number and comes to a total."""
    return coded.kind in (PURCHASE_INVOICE, CREDIT_MEMO)


def adds_up(coded: CodedDocument, found: Found) -> bool:
    """By the header's total, else by the lines, which are what is posted: a header may say 0
    beside right lines (reported for Business Central, ALAppExtensions #23240)."""
    return coded.total in (found.total, found.by_lines)


def worked_out(found: Found) -> str:
    """Both numbers of one answer, where they are two."""
    if found.by_lines is None or found.by_lines == found.total:
        return f"{found.total:,.2f}"
    return f"{found.by_lines:,.2f} by its lines, {found.total:,.2f} by its header"


def as_stated(coded: CodedDocument, found: Found) -> tuple[CodedLine, ...]:
    """The lines that stand, each without the dimensions that the line of ours did not state."""
    if covered_in_order(coded.lines, found.lines):
        return tuple(
            dataclasses.replace(line, dimensions=ours.dimensions)
            for ours, line in zip(coded.lines, found.lines, strict=True)
        )
    return tuple(
        dataclasses.replace(line, dimensions=stated_of(line, coded.lines)) for line in found.lines
    )


def covered_in_order(ours: Sequence[CodedLine], there: Sequence[CodedLine]) -> bool:
    return len(ours) == len(there) and all(map(covers, there, ours))


def covers(line: CodedLine, ours: CodedLine) -> bool:
    """The same account, and every dimension that ours states."""
    return line.account == ours.account and set(ours.dimensions) <= set(line.dimensions)


def stated_of(line: CodedLine, ours: Sequence[CodedLine]) -> tuple[tuple[str, str], ...]:
    """The dimensions of the line of ours that this covers, the most of them; else all it has."""
    fitting = [one.dimensions for one in ours if covers(line, one)]
    return max(fitting, key=len) if fitting else line.dimensions


def added(coded: CodedDocument, found: Found) -> str:
    """What the ledger added by its own rules, in words: the vendor who is paid by the vendor's
    card; dimensions (defaults of a vendor or an account, derived ones), where lines were read."""
    paid = f"that vendor {found.pay_to} is paid" if found.pay_to else ""
    return ", ".join(filter(None, (added_dimensions(coded, found), paid)))


def added_dimensions(coded: CodedDocument, found: Found) -> str:
    if not found.lines_known:
        return ""
    more: dict[str, dict[str, None]] = {}
    for line, stated in zip(found.lines, as_stated(coded, found), strict=True):
        for code, value in sorted(set(line.dimensions) - set(stated.dimensions)):
            more.setdefault(f"{code} {value}", {})[line.account] = None
    return ", ".join(f"{pair} (account {', '.join(where)})" for pair, where in more.items())


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
