"""What a row says, in our words."""

from __future__ import annotations

from typing import Any

from connections.transport.odata import Row

BLOCKED = {"": "", "Payment": "payment", "All": "all"}


def words(row: Row, field: str) -> str:
    value: Any = row.get(field)
    return str(value or "").strip()
