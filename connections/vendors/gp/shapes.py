"""Answers of GP in whatever shape they come: JSON or XML, with or without an envelope.

What a site answers is told nowhere, so an object is recognized by the field that is its key.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from connections.errors import RetryLater
from connections.transport import xml
from connections.transport.http import Answer, is_page

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([\w.-]+)")


def content(answer: Answer) -> Any:
    """Plain values. Raises RetryLater for what is none: a page, a cut body, nothing, `{}`."""
    if answer.data == {}:
        raise RetryLater("GP answered with an empty object; whether there is anything is unknown.")
    if answer.data is not None or answer.status == 204:
        return answer.data
    text = true_text(answer).strip("\ufeff \r\n\t")
    if not text:
        raise RetryLater("GP answered with nothing; whether there is anything is unknown.")
    if is_page(text):
        raise RetryLater("GP answered with a web page instead of data.")
    if not text.startswith("<"):
        return from_json(text)
    try:
        return from_xml(text)
    except ValueError as error:
        raise RetryLater(f"The answer of GP was not readable: {error}.") from error


def from_json(text: str) -> Any:
    """Also behind a byte order mark, where a server sends one."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise RetryLater(f"The answer of GP was not readable ({text[:60]!r}).") from error


def true_text(answer: Answer) -> str:
    """`text/xml` without a charset was read as western letters: the document says what it is."""
    kind = answer.headers.get("Content-Type", "").lower()
    if not kind.startswith("text/") or "charset" in kind:
        return answer.text
    try:
        body = answer.text.encode("latin-1").removeprefix(BOM_UTF8)
        found = DECLARED.match(body)
        return body.decode(found[1].decode() if found else "utf-8")
    except (UnicodeError, LookupError):
        return answer.text


# -- XML ------------------------------------------------------------------------------------------


def from_xml(text: str) -> Any:
    """The root's content as JSON would have it; namespaces do not count. Raises ValueError."""
    return value(xml.parse(text))


def value(element: etree._Element) -> Any:
    """Text, or an object; members of the same name are a list."""
    members: dict[str, list[Any]] = {}
    for child in element:
        members.setdefault(etree.QName(child).localname, []).append(value(child))
    if members:
        return {name: many if len(many) > 1 else many[0] for name, many in members.items()}
    return None if element.get(NIL) in ("true", "1") else element.text or ""


# -- envelopes ------------------------------------------------------------------------------------


def payload(data: Any) -> Any:
    """What is inside the envelope; the whole where there is none."""
    return data["Payload"] if isinstance(data, Mapping) and "Payload" in data else data


def objects(data: Any, key: str) -> Iterator[Mapping[str, Any]]:
    """The outermost objects that have this field, however deep the lists around them are."""
    if isinstance(data, Mapping):
        if key in data:
            yield data
            return
        data = list(data.values())
    if isinstance(data, list):
        for one in data:
            yield from objects(one, key)


def says_something(data: Any) -> bool:
    """False for null, an empty list, a list element without rows."""
    if isinstance(data, Mapping):
        return any(map(says_something, data.values()))
    return any(map(says_something, data)) if isinstance(data, list) else data not in (None, "")


def members(data: Any) -> list[str]:
    """Names in the first object, for a person who has to find the right one."""
    while isinstance(data, list) and data:
        data = data[0]
    return [str(name) for name in data] if isinstance(data, Mapping) else []


def next_page(data: Any) -> tuple[bool, str]:
    """(whether the answer speaks of pages at all, where to go on)."""
    paging = data.get("Paging") if isinstance(data, Mapping) else None
    if not isinstance(paging, Mapping):
        return False, ""
    return True, str(paging.get("Next") or "")


def messages(data: Any) -> list[tuple[str, str]]:
    """(code, text) of each message in the status block of an answer."""
    status = data.get("Status") if isinstance(data, Mapping) else None
    found = objects(status.get("Messages"), "Text") if isinstance(status, Mapping) else ()
    return [(str(one.get("Code") or ""), str(one.get("Text") or "")) for one in found]


def words(data: Any, text: str) -> tuple[str, str]:
    """(code, words) of a refusal, of which the shape is as unknown as any other's."""
    if data is None and text.lstrip("\ufeff \r\n\t").startswith("<") and not is_page(text):
        try:
            data = from_xml(text)
        except ValueError:
            data = None
    said = messages(data)
    if said:
        code = next((one for one, _ in said if one), "")
        return code, " ".join(filter(None, (words for _, words in said)))[:500]
    return "", text[:500]
