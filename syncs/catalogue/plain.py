"""A text of another system without what belongs to one document, one person or one company.

What is left tells texts apart and may be sent to the maker. Rather too much is replaced than too
little: whoever answers a text sees an example of it on its record's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Upper

from connections.transport.secrecy import SECRET_KEYS
from mappings.reference import Reference
from syncs.record import Record

LONGEST = 500
NAMED = (Reference.Kind.VENDOR, Reference.Kind.PROJECT)
SHORTEST = 3  # characters; less is a word of any language
MOST = 4000  # texts that are looked for of one record
NAMING = re.compile(  # keys of what a record keeps whose texts name somebody or something
    r"name|title|number|description|id$|_id|vendor|project|street|city|mail|phone|user|by$|origin"
    r"|code|note|comment|address",
    re.IGNORECASE,
)
PART = r"[^\s{}()\[\]<>;:=]"  # of what stands together
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\w+://[^\s\"'<>)]+"), "{address}"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "{address}"),
    (re.compile(r"\b[\w.-]+\\[\w.$-]+"), "{name}"),  # domain\user
    (re.compile(r"“[^”]*”|‘[^’]*’|\"[^\"]*\"|«[^»]*»|(?<!\w)'[^']*'(?!\w)"), "{value}"),
    (  # who: the words after it, as long as they are written like names
        re.compile(
            r"(?i:\b(user|users|approver|by|owner|employee|person|purchaser|benutzer|von|name))"
            r"((?:[ :]+(?!The\b|This\b|It\b)[A-ZÄÖÜ][\w.'’-]*)+)"
        ),
        r"\1 {name}",
    ),
    (re.compile(rf"(?<![\w{{]){PART}*\d(?:{PART}*(?![.,!?]){PART})?"), "{number}"),
    (re.compile(r"(?<!\S)[A-Za-z0-9+/_~-]{24,}={0,2}(?!\S)"), "{value}"),  # no word is that long
)
REPEATED = re.compile(r"(\{\w+\})(?:[\s,;/&+-]*(?:and |und )?\1)+")


def plain(text: str, record: Record) -> str:
    """The same for each document that is refused so."""
    said = " ".join(text.split())[: 4 * LONGEST]
    for known, name in [*of_record(record), *of_master_data(said, record), *of_people()]:
        said = replaced(said, known, name)
    for pattern, name in PATTERNS:
        said = pattern.sub(name, said)
    return REPEATED.sub(r"\1", said)[:LONGEST]


def replaced(said: str, known: str, name: str) -> str:
    """Not within a longer word."""
    if known.casefold() not in said.casefold():
        return said
    return re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", name, said, flags=re.IGNORECASE)


def of_record(record: Record) -> list[tuple[str, str]]:
    """What the document is called, and whatever it names; the longest first."""
    own = {
        record.vendor_name: "{vendor}", record.vendor_id: "{vendor}",
        record.project: "{project}", record.project_name: "{project}",
        record.number: "{number}", record.title: "{number}", record.source_id: "{number}",
        record.destination_number: "{number}", record.destination_id: "{number}",
    }  # fmt: skip
    others = dict.fromkeys([*named(record.source), *named(record.entry)][:MOST], "{value}")
    return longest_first({**others, **own})


def named(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from named(inner, str(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from named(inner, key)
    elif isinstance(value, str) and (NAMING.search(key) or key.lower() in SECRET_KEYS):
        yield value


def of_master_data(said: str, record: Record) -> list[tuple[str, str]]:
    """Other vendors and projects of the two systems that the text may name."""
    both, capitals = record.integration, {one.upper() for one in phrases(said)}
    rows = Reference.objects.annotate(called=Upper("name"), coded=Upper("code")).filter(
        Q(called__in=capitals) | Q(coded__in=capitals), kind__in=NAMED,
        connection__in=[both.ledger_id, both.project_system_id],
    )  # fmt: skip
    found = {text for row in rows.values_list("name", "code") for text in row}
    return longest_first(dict.fromkeys(found, "{value}"))


def phrases(said: str) -> set[str]:
    """Up to six words that stand together, with and without what ends a sentence."""
    words = said.split()
    runs = {
        " ".join(words[start : start + length])
        for start in range(len(words)) for length in range(1, 7)
    }  # fmt: skip
    return runs | {one.strip(".,;:()'\"“”") for one in runs}


def of_people() -> list[tuple[str, str]]:
    rows = User.objects.values_list("username", "first_name", "last_name", "email")
    return longest_first(dict.fromkeys((text for row in rows for text in row), "{name}"))


def longest_first(names: dict[str, str]) -> list[tuple[str, str]]:
    found = [(text.strip(), name) for text, name in names.items()]
    wanted: Iterable[tuple[str, str]] = (one for one in found if len(one[0]) >= SHORTEST)
    return sorted(wanted, key=lambda one: -len(one[0]))
