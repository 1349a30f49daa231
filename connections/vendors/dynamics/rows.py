"""What a row says, in our words."""

from __future__ import annotations

from typing import Any

from connections.transport.odata import Row

BLOCKED = {"": "", "Payment": "payment", "All": "all"}


def words(row: Row, field: str) -> str:
    value: Any = row.get(field)
    return str(value or "").strip()


def another(said: Any, own: str) -> str:
    """The vendor who is paid where it is another than the document's own. Empty where it is the
    same, or the page does not show it."""
    paid = str(said or "").strip()
    return "" if paid.upper() == own.strip().upper() else paid
