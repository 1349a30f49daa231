"""The auditors' export: CSV with the hashes, as a stream."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from audit.journal import HASHED
from audit.models import Entry

COLUMNS = (*HASHED, "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"  # so that Excel reads UTF-8


class Echo:
    """A file that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def lines(entries: QuerySet[Entry]) -> Iterator[str]:
    """The header and one line per entry, oldest first; flat in memory."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + str(writer.writerow(COLUMNS))
    rows = entries.order_by("sequence").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        yield str(writer.writerow([cell(value) for value in row]))


def cell(value: Any) -> Any:
    """Safe in a spreadsheet: no text is taken for a formula; numbers stay numbers."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = value if isinstance(value, str) else value.isoformat()
    return "'" + text if text.startswith(FORMULA) else text
