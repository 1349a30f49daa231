"""Several reads in one request: $batch as multipart/mixed (the JSON form is not documented here).

odata.md, "Batch operations"; at most 5,000 operations, of which we send far fewer.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from connections.errors import RetryLater
from connections.transport.http import Answer

BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
STATUS_LINE = re.compile(r"HTTP/\d\.\d (\d{3})")


def envelope(addresses: Sequence[str]) -> tuple[str, bytes]:
    """(content type, body) of a batch of GETs; addresses are absolute."""
    boundary = f"batch_{secrets.token_hex(12)}"
    parts = [
        f"--{boundary}\r\n"
        "Content-Type: application/http\r\n"
        "Content-Transfer-Encoding: binary\r\n"
        f"Content-ID: {index}\r\n\r\n"
        f"GET {address} HTTP/1.1\r\n"
        "Accept: application/json\r\n"
        "OData-Version: 4.0\r\n"
        "OData-MaxVersion: 4.0\r\n\r\n\r\n"
        for index, address in enumerate(addresses, start=1)
    ]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return f"multipart/mixed; boundary={boundary}", body.encode()


def answers(answer: Answer, count: int) -> list[Answer]:
    """One Answer per read, by Content-ID, else in order. Raises RetryLater when some lack."""
    found = BOUNDARY.search(answer.headers.get("Content-Type", ""))
    if not found:
        raise RetryLater(f"A batch was answered with something else ({answer.text[:80]!r}).")
    marked: dict[str, Answer] = {}
    for index, text in enumerate(split(answer.text, found[1]), start=1):
        key, one = part(text)
        marked[key or str(index)] = one
    if any(str(index) not in marked for index in range(1, count + 1)):
        raise RetryLater(f"A batch of {count} was answered for {len(marked)} only.")
    return [marked[str(index)] for index in range(1, count + 1)]


def split(text: str, boundary: str) -> list[str]:
    """The parts between the delimiters; what follows the closing one is nothing."""
    pieces = text.replace("\r\n", "\n").split(f"--{boundary}")[1:]
    return [piece for piece in pieces if piece.strip() and not piece.startswith("--")]


def part(text: str) -> tuple[str, Answer]:
    """(Content-ID, the answer inside) of one part."""
    outer, _, inner = text.lstrip("\n").partition("\n\n")
    head, _, body = inner.lstrip("\n").partition("\n\n")
    lines = head.split("\n")
    status = STATUS_LINE.match(lines[0].strip())
    if not status:
        raise RetryLater(f"A part of a batch has no status ({lines[0][:80]!r}).")
    headers = fields(lines[1:])
    key = fields(outer.split("\n")).get("Content-Id") or headers.get("Content-Id", "")
    return key, Answer(int(status[1]), headers, parsed(body.strip()), body.strip())


def fields(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().title(): value.strip() for name, _, value in pairs}


def parsed(body: str) -> Any:
    try:
        return json.loads(body, parse_float=Decimal) if body else None
    except ValueError:
        return None
