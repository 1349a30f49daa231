"""Between JSON and rows: hex-escaped enums, dates, trimmed times, lengths, upper-case codes."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..messages import units
from . import errors
from .model import NO_DATE, ZERO_GUID, Entity, Field, Row
from .store import etag

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAIN = re.compile(r"[^A-Za-z0-9_]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def escape(member: str) -> str:
    """`G/L Account` becomes `G_x002F_L_x0020_Account`."""
    return _PLAIN.sub(lambda found: f"_x{ord(found[0]):04X}_", member)


def unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def show_time(moment: datetime | str) -> str:
    """UTC with trailing zeros of the fraction cut."""
    if not moment:
        return "0001-01-01T00:00:00Z"
    if isinstance(moment, str):
        return moment
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def show_number(value: Any) -> Any:
    """12500.00 is written 12500, as the service does."""
    number = Decimal(value).normalize()
    return int(number) if number == number.to_integral_value() else number


def show(field: Field, value: Any, *, escaped: bool) -> Any:
    if field.kind == "e":
        return escape(value) if escaped else value
    if field.kind == "t":
        return show_time(value)
    return show_number(value) if field.kind == "n" else value


def show_row(entity: Entity, row: Row, select: list[str], *, escaped: bool) -> Row:
    """The JSON object of a row, without its parts."""
    shown: Row = {"@odata.etag": row.get("_etag") or etag(row["_version"])}
    for field in entity.fields.values():
        if not select or field.name in select:
            shown[field.name] = show(field, row[field.name], escaped=escaped)
    return shown


def take_body(entity: Entity, body: Any, *, creating: bool) -> tuple[Row, dict[str, list[Any]]]:
    """The checked fields of a body, in page order, and its part arrays, in page order."""
    if not isinstance(body, dict):
        raise errors.bad_request("Invalid Request Body")
    for name in body:
        _known(entity, name, creating)
    values = {
        name: take(field, body[name]) for name, field in entity.fields.items() if name in body
    }
    parts = {part.name: body[part.name] for part in entity.parts if part.name in body}
    if any(not isinstance(rows, list) for rows in parts.values()):
        raise errors.bad_request("Invalid Request Body")
    return values, parts


def _known(entity: Entity, name: str, creating: bool) -> None:
    if "@" in name:
        return
    if entity.part(name):
        if creating:
            return
        raise errors.bad_request(
            f"The property '{name}' cannot be updated together with its parent: deep update is "
            "not supported."
        )
    if name not in entity.fields:
        raise errors.bad_request(
            f"The property '{name}' does not exist on type 'Microsoft.NAV.{entity.name}'. Make "
            "sure to only use property names that are defined by the type."
        )
    if entity.fields[name].read_only:
        raise errors.read_only(name)


def take(field: Field, value: Any) -> Any:
    """A JSON value as the row keeps it; refuses other types, long texts, unknown members."""
    if value is None or isinstance(value, list | dict):
        raise _unreadable(field)
    takers = {"g": _guid, "n": _number, "i": _integer, "b": _boolean, "d": _day}
    if field.kind in takers:
        return takers[field.kind](field, value)
    if not isinstance(value, str):
        raise _unreadable(field)
    return _member(field, value) if field.kind == "e" else _text(field, value)


def _unreadable(field: Field) -> errors.Refused:
    names = {"g": "Guid", "n": "Decimal", "i": "Int32", "b": "Boolean", "d": "Date"}
    kind = names.get(field.kind, "String")
    return errors.bad_request(f"Unable to convert value to {kind} for property '{field.name}'.")


def _guid(field: Field, value: Any) -> str:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) and "{" not in value else _bad(field)
    except ValueError:
        return _bad(field)


def _bad(field: Field) -> str:
    raise errors.Refused("Application_InvalidGUID", f"Invalid GUID in field '{field.name}'.")


def _number(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _unreadable(field)
    return Decimal(value)


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unreadable(field)
    return value


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _unreadable(field)
    return value


def _day(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _unreadable(field)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _unreadable(field) from None


def _member(field: Field, value: str) -> str:
    plain = unescape(value) or " "
    if plain not in field.enum:
        raise errors.Refused(
            "Application_EvaluateException",
            f"Your entry of '{value}' is not an acceptable value for '{field.name}'. The "
            f"existing options are: {','.join(field.enum)}",
        )
    return plain


def _text(field: Field, value: str) -> str:
    text = code_text(value.strip()) if field.kind == "c" else value
    if field.length and units(text) > field.length:
        raise errors.too_long(text, field.length)
    return text


def code_text(value: str) -> str:
    """Upper case letter by letter: a code field keeps a sharp s, which has no single capital."""
    return "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in value)


def blank(value: object) -> bool:
    return value in ("", ZERO_GUID, NO_DATE, None)
