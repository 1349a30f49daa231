"""What a record page shows of a ledger document on its way into a project system."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from connections.documents import ZERO, Document, signed
from mappings.boards.vocabulary import AMOUNT, DIMENSION, FACTS
from mappings.models import Reference, StatusRule
from syncs.coding.shapes import TAGS, Card, Code, Decided, Item, Options, Value, unpack
from syncs.formatting import decimal
from syncs.models import Record

AMOUNT_TITLE = next(one.title for one in FACTS if one.name == AMOUNT)
LABELS = {
    "purchase_order": "Purchase order",
    "requisition": "Requisition",
    "direct_cost": "Direct cost",
}


@dataclasses.dataclass(frozen=True)
class Sent:
    """The document as it will stand, or stands, in the project system."""

    document: Document

    @property
    def kind(self) -> str:
        return LABELS.get(self.document.kind, self.document.kind)


@dataclasses.dataclass(frozen=True)
class LedgerRow:
    """A line as the ledger states it; a credit with its sign."""

    text: str
    account: str
    account_name: str
    dimensions: list[tuple[str, str]]
    amount: Decimal
    tax: Decimal


def sent_of(record: Record) -> Sent | None:
    """What was decoded last, if it ever was."""
    document = unpack(record.entry)
    return Sent(document) if isinstance(document, Document) and document.lines else None


def cells_of(record: Record) -> list[tuple[str, str]]:
    """What an item on a board shows, or will show: titles and values. Empty for all else."""
    item = unpack(record.entry)
    if not isinstance(item, Item):
        return []
    titles = {one.name: one.title for one in FACTS}
    named = ((titles.get(fact, fact.removeprefix(DIMENSION)), value)
             for fact, value in item.facts.items())  # fmt: skip
    return [(title, words(title, value)) for title, value in named if value not in ("", None)]


def words(title: str, value: Any) -> str:
    amount = decimal(value) if title == AMOUNT_TITLE else None
    return f"{amount:,.2f}" if amount is not None else str(value).replace("_", " ")


def decision_of(record: Record) -> dict[str, Any]:
    """What a person decided on a board, and what came of it. Empty for all else."""
    decided = unpack(record.entry)
    if not isinstance(decided, Decided) or not decided.decision:
        return {}
    meaning, at = decided.decision, decided.at
    meanings = StatusRule.Meaning
    return {
        **dataclasses.asdict(decided),
        "means": meanings(meaning).label if meaning in meanings.values else meaning,
        "moment": dt.datetime.fromisoformat(at) if at else None,
    }


def plain_entry(record: Record) -> list[tuple[str, Any]]:
    """Names and values of what is neither a document nor an item. Empty for all else."""
    entry = unpack(record.entry)
    if not isinstance(entry, Card | Value | Code | Options):
        return []
    shown = [
        (name.replace("_", " ").capitalize(), value)
        for name, value in dataclasses.asdict(entry).items()
        if value not in ("", [])
    ]
    return [("Kind", TAGS[type(entry)].replace("_", " ").capitalize()), *shown]  # fmt: skip


def ledger_rows(record: Record) -> list[LedgerRow]:
    """Empty for a document whose source is a project system."""
    lines = record.source.get("lines")
    if not isinstance(lines, list) or "external_number" not in record.source:
        return []
    names = account_names(record, {str(line["account"]) for line in lines})
    kind = str(record.source.get("kind"))
    return [row_of(line, names, kind) for line in lines]


def row_of(line: dict[str, Any], names: dict[str, str], kind: str) -> LedgerRow:
    account = str(line["account"])
    return LedgerRow(
        str(line.get("description") or ""), account or str(line.get("item") or ""),
        names.get(account, ""), [(code, value) for code, value in line.get("dimensions") or []],
        signed(kind, decimal(line.get("amount")) or ZERO),
        signed(kind, decimal(line.get("tax")) or ZERO),
    )  # fmt: skip


def account_names(record: Record, numbers: set[str]) -> dict[str, str]:
    rows = Reference.objects.filter(
        connection=record.integration.ledger_id, kind=Reference.Kind.ACCOUNT, code__in=numbers
    )
    return dict(rows.values_list("code", "name"))
