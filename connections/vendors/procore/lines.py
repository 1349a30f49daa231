"""What has to be written so that the lines of a document in Procore are those of the ledger.

Our lines carry `"{document.origin_id}|{line.id}"`, so that writing one twice changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connections.documents import ZERO, Document, Line
from connections.vendors.procore import reading
from connections.vendors.procore.codes import Ids
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import Row, key, text

SYNC_ROWS = 250  # 1,000 are allowed; more than 250 were seen to time out
Body = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is left to do. All empty: the lines stand as they should."""

    upserts: list[tuple[str, Line]]  # (origin id, line) for the sync
    adopted: list[tuple[str, Line]]  # (Procore's id, line): entered by hand, now ours
    gone: list[str]  # Procore's ids of lines that the ledger no longer has

    def __bool__(self) -> bool:
        return bool(self.upserts or self.adopted or self.gone)


def origin(document: Document, line: Line) -> str:
    return f"{document.origin_id}|{line.id}"


def plan(client: Company, document: Document, rows: Sequence[Row]) -> Plan:
    """Against the rows as Procore shows them. Rows without an origin id are taken over by code."""
    ours = {text(row.get("origin_id")): row for row in rows if row.get("origin_id")}
    strange = [row for row in rows if not row.get("origin_id")]
    found = Plan([], [], [])
    for line in document.lines:
        row = ours.pop(origin(document, line), None)
        if row is not None:
            if not same(line, shown(client, document, row)):
                found.upserts.append((origin(document, line), line))
        elif twin := next((one for one in strange if alike(client, document, line, one)), None):
            strange.remove(twin)
            found.adopted.append((key(twin.get("id")), line))
        else:
            found.upserts.append((origin(document, line), line))
    found.gone.extend(key(row.get("id")) for row in (*ours.values(), *strange))
    return found


def shown(client: Company, document: Document, row: Row) -> Line:
    return reading.line(client, document.project.id, row, ZERO)


def same(wanted: Line, there: Line) -> bool:
    return facts(wanted) == facts(there)


def facts(line: Line) -> tuple[Any, ...]:
    return (
        line.cost_code, line.cost_type, line.amount, text(line.description),
        line.quantity or ZERO, line.unit_cost or ZERO, line.unit,
    )  # fmt: skip


def alike(client: Company, document: Document, wanted: Line, row: Row) -> bool:
    there = shown(client, document, row)
    return (wanted.cost_code, wanted.cost_type) == (there.cost_code, there.cost_type)


def body(document: Document, line: Line, ids: Ids) -> Body:
    """What v1.0 takes of a line. The amount is ours: never quantity times a rounded price."""
    return {
        "origin_id": origin(document, line),
        "description": line.description,
        "amount": line.amount,
        "extended_type": "manual",
        "quantity": line.quantity,
        "unit_cost": line.unit_cost,
        "uom": line.unit or None,
        **ids,
    }


def in_words(found: Body) -> Body:
    """Contract lines want money as text, direct cost lines as numbers."""
    return {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name, value in found.items()
    }


def parts(rows: Sequence[Any], size: int = SYNC_ROWS) -> list[Sequence[Any]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def sums(document: Document) -> dict[tuple[str, str], Decimal]:
    """Amounts by cost code and type: what a lock is about."""
    totals: dict[tuple[str, str], Decimal] = {}
    for line in document.lines:
        coded = (line.cost_code, line.cost_type)
        totals[coded] = totals.get(coded, ZERO) + line.amount
    return {coded: amount for coded, amount in totals.items() if amount}
