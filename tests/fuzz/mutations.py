"""What can be wrong with a request: its content, its bytes, what stands around them."""

from __future__ import annotations

import copy
import gzip
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

from tests.fuzz.doors import QUIET, Call, Door

TEXTS = (
    "", "\0", "a\0b", "\ud800", "a\udfffb", "\U0010ffff", "\ufeff", "\u202e", "x" * 300,
    "x" * 70_000,
    "٢٠٢٦", "１２", "²", "0x10", "1_000", "-0", "NaN", "Infinity", "null", "../../etc",
    "%00", "%s%n",
    "'; DROP TABLE x; --", "<script>", "{{7*7}}", "\r\nX: y", "é" * 100, "🙂" * 60,
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1815-06-18T12:00:00Z", "0000-00-00",
    "2026-02-30T00:00:00Z", "2026-11-20T25:00:00Z", "2026-11-20T00:00:60Z", "2026-W47-5",
    "20261120",
    "2026-11-20T09:00:00+23:59", "2026-11-20T09:00:00+99:99", "2026-11-20", "1e9", "-99999-01-01",
    "Direct Costs", "api/v2.0/companies()/vendors()", "companies(\0)/vendors(\ud800)",
    "companies(1)/vendors?$filter=lastModifiedDateTime gt 0001-01-01T00:00:00Z",
    "companies(1)/vendors?$filter=lastModifiedDateTime gt 9999-12-31T23:59:59-14:00",
    "companies(1)/purchaseInvoices(" + "9" * 200 + ")",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**19, 10**30, 10**400, 0.1, 1e308,
    float("inf"), float("-inf"), float("nan"), -0.0, [], {}, [[]], [{}], {"": None}, [None] * 50,
    {"a": {"b": {"c": []}}}, ["x", 1, None], {"id": 1, "name": "x"},
)  # fmt: skip
POISON = ("\0", "\ud800", "\udfff", "\ud83d", "\u0660", "\ufeff", "\U000e0001", "x" * 250)
READ = {  # names of what the readers look at
    "resource_name",
    "resource_type",
    "resource_id",
    "project_id",
    "timestamp",
    "event_type",
    "related_resources",
    "id",
    "ulid",
    "name",
    "value",
    "clientState",
    "resource",
    "changeType",
    "lastModifiedDateTime",
    "event",
    "type",
    "boardId",
    "pulseId",
    "itemId",
    "triggerTime",
    "triggerUuid",
    "subscriptionId",
    "userId",
    "challenge",
}
NAMES = ("", "value", "event", "id", "\0", "\ud800", "challenge", "clientState", "type", "x" * 500)
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X", "post")
TYPES = (
    "", "text/plain", "application/json; charset=utf-16", "multipart/form-data",
    "multipart/form-data; boundary=", "application/x-www-form-urlencoded", "a" * 500, "\xff/\x00",
    "application/json; charset=nonsense", "application/xml",
)  # fmt: skip
QUERIES = (
    "validationToken=", "validationToken=%00", "validationToken=%ed%a0%80",
    "validationToken=" + "x" * 9_000,
    "validationToken=a&validationToken=b", "%", "=&=&&", "a" * 5_000, "x=%ff%fe", "\xff=\x80",
    "&".join(f"k{n}=v" for n in range(300)), "validationToken[]=a", "challenge=1",
)  # fmt: skip
HEADERS = (
    ("Authorization", ""), ("Authorization", "\xff\x80"), ("Authorization", "Bearer "),
    ("Authorization", "x" * 9_000), ("Authorization", "eyJhbGciOiJub25lIn0.e30."),
    ("Authorization", "." * 500), ("Content-Encoding", "gzip"), ("Content-Encoding", "\x00"),
    ("X-Forwarded-For", "\x00, \xff, ::1%"), ("X-Forwarded-For", "," * 900), ("Host", "localhost"),
    ("X-Forwarded-Proto", "gopher"), ("Cookie", "sessionid=\x00; csrftoken=" + "x" * 900),
    ("Accept", "\xff"), ("Transfer-Encoding", "chunked"), ("Content-Length", "-1"),
    ("Content-Length", "nonsense"), ("Content-Length", "0"), ("Content-Length", "99999"),
    ("Content-Length", "3"),
    ("X-Http-Method-Override", "DELETE"), ("Expect", "100-continue"), ("Range", "bytes=0-0"),
    ("Content-Length", "٣"), ("Accept-Language", "x" * 3_000), ("Referer", "\x00"),
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "utf-7", "cp037")


def deep(pick: random.Random) -> Any:
    """Nested as deep as JSON is still written, or in bytes far deeper."""
    value: Any = 1
    for _ in range(pick.choice((5, 60, 400))):
        value = [value] if pick.random() < 0.5 else {"a": value}
    return value


def odd(pick: random.Random) -> Any:
    """Any value that nobody expects there."""
    kind = pick.random()
    if kind < 0.15:
        return pick.choice(POISON)
    if kind < 0.55:
        return pick.choice(TEXTS)
    if kind < 0.62:
        return "".join(chr(pick.randrange(0x11000)) for _ in range(pick.randrange(40)))
    return deep(pick) if kind > 0.97 else copy.deepcopy(pick.choice(VALUES))


# -- in the content -------------------------------------------------------------------------------


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every container of it with a key or index."""
    found: list[tuple[Any, Any]] = []
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        found.append((content, key))
        if isinstance(content[key], dict | list):
            found += places(content[key])
    return found


def one_place(content: Any, pick: random.Random) -> tuple[Any, Any]:
    """Mostly one that is read."""
    found = places(content)
    read = [(container, key) for container, key in found if key in READ]
    return pick.choice(read if read and pick.random() < 0.7 else found)


def another_value(content: Any, pick: random.Random) -> None:
    container, key = one_place(content, pick)
    container[key] = odd(pick)


def spoilt_text(content: Any, pick: random.Random) -> None:
    """The text or number that stands there, with something in it that does not belong."""
    container, key = one_place(content, pick)
    value = container[key]
    if isinstance(value, dict | list):
        return
    text = str(value)
    at = pick.randrange(max(0, len(text) - pick.choice((36, 1_000))), len(text) + 1)
    container[key] = text[:at] + pick.choice(POISON) + text[at + pick.randrange(2) :]


def moved_in_time(content: Any, pick: random.Random) -> None:
    """A moment that stands there, in another year or zone."""
    container, key = one_place(content, pick)
    if isinstance(container[key], str) and "2026-" in container[key]:
        year = pick.choice(("0001-", "0000-", "0002-", "9999-", "1815-", "2300-", "12026-", "-26-"))
        zone = pick.choice(("Z", "+14:00", "-14:00", "", "+23:59", "+00:00:00.000001"))
        container[key] = container[key].replace("2026-", year).replace("Z", zone)


def without_a_field(content: Any, pick: random.Random) -> None:
    container, key = one_place(content, pick)
    del container[key]


def another_name(content: Any, pick: random.Random) -> None:
    container, key = pick.choice(places(content))
    if isinstance(container, dict):
        container[pick.choice(NAMES)] = container.pop(key)


def one_more_field(content: Any, pick: random.Random) -> None:
    container, _ = pick.choice(places(content))
    if isinstance(container, dict):
        container[pick.choice(NAMES)] = odd(pick)


def wrapped(content: Any, pick: random.Random) -> None:
    container, key = one_place(content, pick)
    value = container[key]
    container[key] = pick.choice(([value], {"a": value}, [value, value], json.dumps(str(value))))


def repeated(content: Any, pick: random.Random) -> None:
    container, key = pick.choice(places(content))
    container[key] = [container[key]] * pick.choice((2, 20))


# -- in the bytes ---------------------------------------------------------------------------------


def other_bytes(body: bytes, pick: random.Random) -> bytes:
    changed = bytearray(body or b"{}")
    for _ in range(pick.choice((1, 1, 3, 20))):
        changed[pick.randrange(len(changed))] = pick.randrange(256)
    return bytes(changed)


def cut(body: bytes, pick: random.Random) -> bytes:
    return body[: pick.randrange(len(body) + 1)]


def more_bytes(body: bytes, pick: random.Random) -> bytes:
    at = pick.randrange(len(body) + 1)
    added = pick.choice((
        b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\\u0000", b"\\ud800", b"\\", b'"',
        b"{", b"]", b",",
        b"[" * 5_000, b'{"a":' * 3_000, b"9" * 5_000, b"1e999", b"NaN", b"-", b"\r\n",
        b"\xef\xbb\xbf",
    ))  # fmt: skip
    return body[:at] + added + body[at:]


def other_encoding(body: bytes, pick: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(pick.choice(ENCODINGS), "replace")


def another_number(body: bytes, pick: random.Random) -> bytes:
    """Every 1 of it, or every null, becomes what Python reads as a number and others do not."""
    number = pick.choice(
        (b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 5_000, b"0.1e-9", b"1E400")
    )
    return body.replace(pick.choice((b": 1", b": 2", b": null")), b": " + number)


def doubled_names(body: bytes, pick: random.Random) -> bytes:
    return body.replace(b"{", b"{" + pick.choice((
        b'"event": 1, ', b'"value": {}, ', b'"clientState": "x", ', b'"resource_name": [], ',
    )), pick.choice((1, -1)))  # fmt: skip


def something_else(body: bytes, pick: random.Random) -> bytes:
    return pick.choice((
        b"", b"null", b"7", b'"x"', b"[]", b"{}", b"[[]]", b'{"challenge": "\\ud800"}',
        b'{"challenge": 1}',
        b"[" * 100_000, b'{"a":' * 50_000, b"\0" * 1_000, gzip.compress(body), b"<xml/>", body * 3,
        pick.randbytes(pick.randrange(300)), b" " * 10_000 + body,
        b'{"challenge": "' + b"x" * 9_000 + b'"}',
    ))  # fmt: skip


CONTENTS: tuple[Callable[[Any, random.Random], None], ...] = (
    another_value, another_value, another_value, spoilt_text, spoilt_text, spoilt_text,
    moved_in_time, moved_in_time, without_a_field, another_name, one_more_field, wrapped, repeated,
)  # fmt: skip
BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    other_bytes, cut, more_bytes, more_bytes, other_encoding, another_number, doubled_names,
    something_else,
)  # fmt: skip


# -- the whole ------------------------------------------------------------------------------------


def a_call(doors: list[Door], pick: random.Random) -> Call:
    """A call of one door with none, one or several things wrong."""
    quiet = pick.random() < 0.05
    door = pick.choice([one for one in doors if (one.way == QUIET) == quiet])
    content, proven = door.content(pick), pick.random() < 0.8
    for _ in range(pick.choice((0, 1, 1, 1, 2, 4))):
        if places(content):
            pick.choice(CONTENTS)(content, pick)
    call = door.call(content, proven, everywhere=pick.random() < 0.7)
    for _ in range(pick.choice((0, 0, 0, 0, 1, 1, 2))):
        call.body = pick.choice(BYTES)(call.body, pick)
    if pick.random() < 0.01:
        call.body += b" " * (1_000_001 if pick.random() < 0.1 else 60_000)
    around(call, pick)
    return call


def around(call: Call, pick: random.Random) -> None:
    """Method, path, query and headers, now and then."""
    if pick.random() < 0.04:
        call.method = pick.choice(METHODS)
    if pick.random() < 0.04:
        call.content_type = pick.choice(TYPES)
    if pick.random() < 0.06:
        call.query = pick.choice(QUERIES)
    if pick.random() < 0.12:
        name, value = pick.choice(HEADERS)
        call.headers[name] = value
    if pick.random() < 0.04:
        call.path = pick.choice((
            "/webhooks/", f"/webhooks/{uuid.UUID(int=pick.getrandbits(128))}/", call.path + "x",
            call.path[:-1], f"/webhooks/{call.path[10:].upper()}", "/webhooks/%00",
            "/webhooks/%ed%a0%80/", "/webhooks//",
            f"/webhooks/{'a' * 3_000}/", "/webhooks/%0a%0d", call.path + "?%ff",
        ))  # fmt: skip
