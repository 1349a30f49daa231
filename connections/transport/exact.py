"""JSON in which numbers are exact."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from decimal import Decimal
from typing import Any


def dumps(value: Any) -> str:
    """JSON with Decimals as exact numbers."""
    nonce = secrets.token_hex(8)
    numbers: list[str] = []

    def mark(item: Any) -> Any:
        if isinstance(item, Decimal):
            numbers.append(format(item, "f"))
            return nonce
        if isinstance(item, dict):
            return {key: mark(inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return [mark(inner) for inner in item]
        if isinstance(item, (dt.date, dt.datetime)):
            return item.isoformat()
        return item

    pieces = json.dumps(mark(value), ensure_ascii=False).split(f'"{nonce}"')
    return "".join(piece + number for piece, number in zip(pieces, [*numbers, ""], strict=True))
