"""The URL grammar: encoded values in brackets, `;` between keys, `.json` behind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

BRACKETS = re.compile(
    r"(?P<name>[^(%]+?)(?P<early>\.json)?(?:\(|%28)(?P<inner>.*)(?:\)|%29)(?P<late>\.json)?", re.I
)
PLAIN = re.compile(r"(?P<name>[^()]+?)(?P<late>\.json)?", re.I)


@dataclass(frozen=True)
class Piece:
    """One piece of the path: `Vendors(HARBOR0001).json`."""

    name: str
    values: tuple[str, ...] | None
    json: bool


@dataclass(frozen=True)
class Call:
    """What an address names. Without a company it is the list of them, or the help page."""

    tenant: str
    company: str | None
    path: str
    key: tuple[str, ...] | None
    json: bool


def piece(text: str) -> Piece:
    found = BRACKETS.fullmatch(text)
    if found is None:
        plain = PLAIN.fullmatch(text)
        return Piece(unquote(plain["name"] if plain else text), None, bool(plain and plain["late"]))
    values = tuple(unquote(value) for value in found["inner"].split(";"))
    return Piece(found["name"], values, bool(found["early"] or found["late"]))


def whole(one: Piece) -> str:
    """The value of a piece with one value; a bare `;` belongs to it."""
    return ";".join(one.values or ())


def parse(path: str) -> Call | None:
    """None when the address is not GP's."""
    pieces = [piece(text) for text in path.strip("/").split("/") if text]
    if len(pieces) < 3 or pieces[0].name.lower() != "gpservice":
        return None
    if pieces[1].name.lower() != "tenants" or pieces[1].values is None:
        return None
    tenant, rest = whole(pieces[1]), pieces[2:]
    company = None
    if rest[0].name.lower() == "companies" and rest[0].values is not None:
        company, rest = whole(rest[0]), rest[1:]
    if any(one.values is not None for one in rest[:-1]):
        return None
    last = rest[-1] if rest else Piece("", None, False)
    return Call(tenant, company, "/".join(one.name for one in rest), last.values, last.json)
