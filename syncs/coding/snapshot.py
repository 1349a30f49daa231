"""Documents as plain JSON and back, and their digest."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

from connections.documents import (
    Document,
    LedgerDocument,
)

NOT_CONTENT = {
    "updated_at", "url", "name", "title", "cost_code_name", "status", "deleted", "origin_id",
    "locked", "executed", "received", "stage", "receipt_date", "delivery_date", "ship_to",
    "purpose", "left_out", "time_zone",
}  # fmt: skip
MUST_BE_APPROVED = "-"  # in place of an entry's digest: one person loosened what held it
WHERE_SAID = {"segments"}  # content where there are any; without, the proof is as it always was


def pack(document: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON-able data: Decimals, dates and moments as strings."""
    packed: dict[str, Any] = json.loads(json.dumps(document, default=_plain))
    return packed


def _plain(value: Any) -> Any:
    return facts(value) if dataclasses.is_dataclass(value) else str(value)


def facts(document: Any) -> dict[str, Any]:
    """Its fields as they are: nothing is copied, as `dataclasses.asdict` does."""
    return {one.name: getattr(document, one.name) for one in dataclasses.fields(document)}


def digest(document: Document | LedgerDocument) -> str:
    """Proof that nothing which concerns the ledger changed: numbers in one spelling, no titles."""
    text = json.dumps(_content(facts(document)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def entry_digest(coded: dict[str, Any]) -> str:
    """Of the entry as a person sees it before it exists: an approval is for exactly this."""
    return hashlib.sha256(json.dumps(coded, sort_keys=True).encode()).hexdigest()


def counts(key: str, item: Any) -> bool:
    return key not in NOT_CONTENT and (bool(item) or key not in WHERE_SAID)


def _content(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _content(item) for key, item in value.items() if counts(key, item)}
    if isinstance(value, (list, tuple)):
        return [_content(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if dataclasses.is_dataclass(value):
        return _content(facts(value))
    return str(value) if isinstance(value, (dt.date, dt.datetime)) else value
