"""Makes what was exchanged anonymous, and keeps its shape: the same text becomes the same mask.

What stays: field names, numbers' decimals and signs, dates, and texts of fields that a vendor's
module names because they are a contract (statuses, kinds). Everything else is masked, so that a
new field is masked, too. A request is masked by what was seen before: an answer's ids, and the
connection's own settings.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

from connections.models import Connection
from connections.registry import VENDORS, Field
from connections.transport.exact import dumps
from connections.transport.http import is_page
from connections.transport.secrecy import SECRET_KEYS

ORIGIN = "https://recorded.invalid"
ROWS = 5  # of each list in an answer
SHORT = 10_000  # numbers below are sizes and positions; ids are longer
RECORDED, MASKED = "recorded", b"masked"  # instead of a token; of what is not read
GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?")
NUMBER = re.compile(r"-?\d+\.\d+")
IDENTITY = re.compile(r"(?:^|_)ids?$|I[dD]s?$")
LITERAL = re.compile(r"'((?:[^']|'')*)'")
ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
CSDL = "<edmx:Edmx"
PART = "--"  # what a body of several parts begins with (RFC 2046)
READS = re.compile(r"GET (\S+) HTTP/1\.1")
STATUS = re.compile(r"HTTP/1\.1 \d{3} ")
HEADER = re.compile(r"(?:Content-(?:Type|ID|Transfer-Encoding)|OData-\w+|Accept): [\w/;=., -]*$")
SAFE = ("", "/", ",", "(),'", "$(),;=:'/", " (),;=:'/&")  # how addresses are encoded


class Masker:
    """Of one tape. Two tapes of one system share nothing: the key is made anew."""

    def __init__(self, connection: Connection, kept: frozenset[str]) -> None:
        self.key = secrets.token_bytes(16)
        self.kept = kept
        self.seen: dict[str, str] = {}
        self.words: set[str] = set()  # texts that were kept: the client may ask by them
        self.own: dict[str, str] = {}  # what the connection says, which goes into addresses
        self.settings = {
            field.name: self.setting(connection.setting(field.name).strip(), field)
            for field in VENDORS[connection.vendor].fields
            if not field.secret
        }

    def setting(self, value: str, field: Field) -> str:
        """As the replaying connection has it."""
        if value.startswith("http"):
            return ORIGIN + urlsplit(value).path.rstrip("/")
        if not value or field.choices or value == field.default:
            return value
        parts = [one.strip() for one in value.split(",")]
        self.own[value] = self.seen[value] = ",".join(map(self.remembered, filter(None, parts)))
        return self.own[value]

    # -- texts --------------------------------------------------------------------------------

    def remembered(self, value: str) -> str:
        mask = self.seen.setdefault(value, self.masked(value))
        self.seen.setdefault(value.casefold(), mask)
        return mask

    def masked(self, value: str) -> str:
        """Another text of the same kind."""
        digest = hmac.new(self.key, value.casefold().encode(), hashlib.sha256).hexdigest()
        if GUID.fullmatch(value):
            return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        if value.isascii() and value.isdigit():
            return value if int(value) < SHORT else digits(digest, len(value))
        return f"T{digest[:8].upper()}"

    def text(self, name: str, value: str) -> str:
        if not value or value in ("true", "false") or DAY.fullmatch(value):
            return value
        if NUMBER.fullmatch(value):
            return amount(value)
        if name in self.kept:
            self.words.add(value)
            return GUID.sub(lambda found: self.remembered(found[0]), value)
        if value.startswith(("{", "[")) and (inner := parsed(value)) is not None:
            return dumps(self.data(name, inner))
        return self.address(value) if value.startswith("http") else self.remembered(value)

    # -- requests -----------------------------------------------------------------------------

    def address(self, url: str) -> str:
        """Known texts between slashes, brackets and quotes are masked; the host always is."""
        parts = urlsplit(self.without_own(url))
        path = re.sub(r"[^/(),=;']+", lambda found: self.known(found[0]), parts.path)
        query = "&".join(self.parameter(one) for one in parts.query.split("&")) or ""
        return ORIGIN + path + (f"?{query}" if parts.query else "")

    def without_own(self, url: str) -> str:
        """What the connection says, in whichever way it was put into the address."""
        for value, mask in self.own.items():
            doubled = value.replace("'", "''")
            for form in {quote(one, safe=safe) for one in (value, doubled) for safe in SAFE}:
                url = url.replace(form, quote(mask, safe=",")) if len(value) > 3 else url
        return url

    def parameter(self, text: str) -> str:
        name, given, value = text.partition("=")
        value = LITERAL.sub(lambda found: f"'{self.known(found[1])}'", self.known(value))
        return name + given + re.sub(r"[0-9a-f-]{36}", lambda one: self.known(one[0]), value)

    def known(self, piece: str) -> str:
        """The mask of what was seen, encoded as it came; anything else is our own word."""
        plain = unquote(piece)
        found = self.seen.get(plain) or self.seen.get(plain.casefold())
        return piece if found is None or plain in self.words else quote(found, safe="")

    def request_body(self, body: bytes | None) -> bytes | None:
        """Of a query: the document is ours, its variables are masked where they were seen."""
        text = (body or b"").decode("utf-8", "replace")
        asked = parsed(text)
        if asked is not None:
            return dumps(self.asked(asked)).encode()
        if text.startswith(PART):
            return "\r\n".join(map(self.asked_line, text.splitlines())).encode()
        return MASKED if body else body

    def asked_line(self, line: str) -> str:
        """Of a batch in parts: an address, a header, or where the next part begins."""
        if found := READS.fullmatch(line):
            return f"GET {self.address(found[1])} HTTP/1.1"
        return line if not line or line.startswith(PART) or HEADER.match(line) else "masked"

    def asked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.asked(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.asked(inner) for inner in value]
        return self.seen.get(value, value) if isinstance(value, str) else value

    # -- answers ------------------------------------------------------------------------------

    def body(self, body: bytes) -> bytes:
        text = body.decode("utf-8-sig", "replace")
        data = parsed(text)
        if data is not None:
            return dumps(self.data("", data)).encode()
        if text.startswith(PART):
            return "\r\n".join(map(self.told_line, text.splitlines())).encode()
        if CSDL in text[:1000]:
            return ADDRESS.sub(self.named, text).encode()
        if not text.strip() or is_page(text):
            return b"<html>masked</html>" if text.strip() else b""
        return self.xml(text) if text.lstrip().startswith("<") else MASKED

    def told_line(self, line: str) -> str:
        """Of answers in parts: data, a status, a header, or where the next part begins."""
        if (data := parsed(line)) is not None:
            return dumps(self.data("", data))
        known = not line or line.startswith(PART) or HEADER.match(line) or STATUS.match(line)
        return line if known else "masked"

    def named(self, found: re.Match[str]) -> str:
        """Names of vocabularies stay, addresses of the site do not."""
        return found[0] if "/ns/" in found[0] or "schemas." in found[0] else ORIGIN

    def data(self, name: str, value: Any, refusal: bool = False) -> Any:
        if isinstance(value, dict):
            refusal = refusal or name in ("error", "errors", "extensions")
            return {one: self.field(one, inner, refusal) for one, inner in value.items()}
        if isinstance(value, list):
            return [self.data(name, inner, refusal) for inner in shortened(value)]
        if isinstance(value, str):
            return self.text(name, value)
        return value if isinstance(value, bool) or value is None else self.number(name, value)

    def field(self, name: str, value: Any, refusal: bool) -> Any:
        if name.lower() in SECRET_KEYS:
            return RECORDED
        if refusal and name == "code":
            return value
        return '"etag"' if name.endswith("etag") else self.data(name, value, refusal)

    def number(self, name: str, value: Any) -> Any:
        if name in self.kept:
            return value
        if isinstance(value, int) and IDENTITY.search(name):
            return int(self.remembered(str(value))) if value >= SHORT else value
        return Decimal(amount(format(value, "f"))) if isinstance(value, Decimal) else sign(value)

    def xml(self, text: str) -> bytes:
        """Texts of elements by their names; nothing of a document that declares its own types."""
        if "<!DOCTYPE" in text[:1000].upper():
            return MASKED
        try:
            root = ElementTree.fromstring(text.encode())  # noqa: S314  (see above)
        except ElementTree.ParseError:
            return MASKED
        for one in root.iter():
            one.text = self.text(one.tag.rpartition("}")[2], (one.text or "").strip())
            one.attrib.clear()
        return ElementTree.tostring(root)


def digits(digest: str, length: int) -> str:
    return ("1" + str(int(digest, 16)))[:length]


def amount(text: str) -> str:
    """One instead of any other number, with its sign and decimals; nothing stays nothing."""
    decimals = text.partition(".")[2]
    if not text.strip("-0."):
        return text
    minus = "-" if text.startswith("-") else ""
    return f"{minus}1" + (f".{'0' * len(decimals)}" if decimals else "")


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def shortened(rows: list[Any]) -> list[Any]:
    return rows[:ROWS] if rows and isinstance(rows[0], Mapping) else rows


def parsed(text: str) -> Any:
    """JSON with exact numbers; None for anything else."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return None
