"""One document of the service: what its kind is called, its rows, and our key of it."""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import b32encode

from connections.documents import CodedDocument
from connections.transport.odata import Row


@dataclasses.dataclass(frozen=True)
class Form:
    """What one kind of document is called in the service."""

    kind: str
    headers: str
    lines: str
    key: str  # of the header, which its lines repeat
    number: str  # of a line
    header_fields: str
    line_fields: str
    tax_code: str = ""
    keyed: bool = True  # the header's key is ours: sending it twice does no harm


@dataclasses.dataclass(frozen=True)
class Stored:
    """A header as it was read, and its lines in order."""

    header: Row
    lines: tuple[Row, ...] = ()


def reference(document: CodedDocument) -> str:
    """Our key of a document, the same for ever. At most 20 characters."""
    return (document.key or fallback(document))[:20].upper()


def fallback(document: CodedDocument) -> str:
    """Where a document has no key: from what is stable in it."""
    text = f"{document.kind}|{document.vendor}|{document.number}"
    return "P" + b32encode(hashlib.sha256(text.encode()).digest()).decode()[:9]
