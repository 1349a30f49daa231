"""Turns a schema of the vendors' data into one that refuses what somebody made up."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]

Schema = dict[str, Any]

REFUSED = "x-refused"
QUICK = "x-quick"
SOFT = {"inferred", "unknown"}
EXACT = {
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
}
BOUNDS = ("maxLength", "minLength", "maxItems", "minItems", "minimum", "maximum", "pattern")
ROW_NOTES = r"^@odata\.(context|id|editLink|type)$"
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

formats = FormatChecker(formats=())


@formats.checks("date", raises=ValueError)
def is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(
        DATE.fullmatch(value) and dt.date.fromisoformat(value)
    )


@formats.checks("date-time", raises=ValueError)
def is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(
        TIME.fullmatch(value) and dt.datetime.fromisoformat(value[:19])
    )


@formats.checks("uuid")
def is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(UUID.fullmatch(value))


@formats.checks("int32")
def is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@formats.checks("int64")
def is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _refuse(_: Any, reason: str, __: Any, ___: Schema) -> Iterator[ValidationError]:
    yield ValidationError(reason)


def _fields(validator: Any, fields: Schema, instance: Any, _: Schema) -> Iterator[ValidationError]:
    """Skips the values whose plain type is all that their schema asks for: most of them."""
    if not isinstance(instance, dict):
        return
    for name, value in instance.items():
        known = fields.get(name)
        if known is not None and type(value) not in known.get(QUICK, ()):
            yield from validator.descend(value, known, path=name, schema_path=name)


Validator = extend(Draft202012Validator, {REFUSED: _refuse, "properties": _fields})


def validator(schema: Schema) -> Any:
    return Validator(schema, format_checker=formats)


@dataclass(frozen=True)
class Way:
    """How strictly a schema is read: the direction of the message and the vendor's habits."""

    request: bool = False
    nulls: bool = False  # every value may be null (Procore's answers)
    clears: bool = False  # a plain value that is not required may be null (Procore's PATCH)
    changes: bool = False  # an existing record is changed (Business Central's PATCH)
    complete: bool = False  # what is not nullable must be there (webhooks)


@dataclass
class Tightener:
    """Closes objects, inlines references, softens guesses; one for each way."""

    schemas: Schema
    way: Way
    done: dict[str, Schema] = field(default_factory=dict)

    def schema(self, node: Schema) -> Schema:
        if "$ref" in node:
            return self._named(node["$ref"].rsplit("/", 1)[-1])
        if node.get("x-detail") in SOFT:
            return {}
        if "allOf" in node:
            return self.schema(node["allOf"][0])
        if "anyOf" in node:
            return self._variants([self.schema(one) for one in node["anyOf"]])
        if node.get("type") == "object" or "properties" in node:
            return self._object(node)
        return self._array(node) if node.get("type") == "array" else self._plain(node)

    def _named(self, name: str) -> Schema:
        if name not in self.done:
            self.done[name] = self.schema(self.schemas[name])
        return self.done[name]

    def _variants(self, found: list[Schema]) -> Schema:
        """Views of one object overlap in real answers, so their fields are united."""
        if not all("properties" in one for one in found):
            return {"anyOf": found}
        union = {**found[0], "properties": _united(found)}
        if any("additionalProperties" not in one for one in found):
            union.pop("additionalProperties", None)
        needs = [{"required": one.get("required", [])} for one in found]
        union.pop("required", None)
        return union | ({"anyOf": needs} if all(one["required"] for one in needs) else {})

    def _plain(self, node: Schema) -> Schema:
        kind, null = node.get("type"), self.way.nulls or node.get("nullable")
        limits = {key: node[key] for key in BOUNDS if key in node}
        if kind:
            limits["type"] = [kind, "null"] if null else kind
        if "enum" in node and "x-enum-note" not in node:
            limits["enum"] = [
                *node["enum"],
                *node.get("x-enum-plain", ()),
                *([None] if null else ()),
            ]
        if f"{node.get('format')}" in formats.checkers:
            limits["format"] = node["format"]
        return _quick(limits)

    def _array(self, node: Schema) -> Schema:
        limits = {key: node[key] for key in BOUNDS if key in node}
        return limits | {
            "type": ["array", "null"] if self.way.nulls or node.get("nullable") else "array",
            "items": self.schema(node.get("items", {})),
        }

    def _object(self, node: Schema) -> Schema:
        null = self.way.nulls or node.get("nullable")
        known = node.get("properties", {})
        out: Schema = {"type": ["object", "null"] if null else "object"}
        if list(known) == ["field_name"]:  # a placeholder for any field that is in error
            return out | {"additionalProperties": self.schema(known["field_name"])}
        out["properties"] = {name: self._property(name, sub, node) for name, sub in known.items()}
        if notes := self._annotations(node):
            out["patternProperties"] = notes
        extra = node.get("additionalProperties", not known)
        if extra is not True:
            out["additionalProperties"] = self.schema(extra) if extra else False
        return out | self._required(node)

    def _required(self, node: Schema) -> Schema:
        if self.way.complete:
            known = node.get("properties", {}).items()
            return {"required": [name for name, sub in known if not _optional(sub)]}
        return {"required": node["required"]} if self.way.request and "required" in node else {}

    def _annotations(self, node: Schema) -> Schema:
        """OData's own keys, which the data do not list: row notes, stream and part links."""
        if self.way.request or "x-entity-set" not in node:
            return {}
        streams = [name for name, sub in node["properties"].items() if sub.get("x-stream")]
        notes: Schema = {ROW_NOTES: {"type": "string"}}
        for name in streams:
            notes[rf"^{name}@odata\.(mediaReadLink|mediaEditLink|mediaEtag)$"] = {"type": "string"}
        for part in node.get("x-navigation-in-page-order", ()):
            notes[rf"^{part['name']}@odata\.(context|count|nextLink)$"] = {}
            if part["name"] not in node["properties"]:
                notes[f"^{part['name']}$"] = {}
        return notes

    def _property(self, name: str, node: Schema, owner: Schema) -> Schema:
        if reason := self._refusal(node):
            return {REFUSED: reason}
        if name == "attachments" and node.get("type") == "object":
            one = self.schema(node)  # the data show one, the reference a list
            return {"anyOf": [one, {"type": "array", "items": one}]}
        found = self.schema(node)
        if "allOf" in node and not self.way.request:
            return {**found, "type": ["object", "null"]}
        if self.way.clears and isinstance(found.get("type"), str) and "items" not in found:
            return found if name in owner.get("required", ()) else _clearable(found)
        return found

    def _refusal(self, node: Schema) -> str:
        if not self.way.request:
            return "is a stream, which JSON only links to" if node.get("x-stream") else ""
        if node.get("readOnly") or node.get("x-stream"):
            return "is read-only and may not be sent"
        if self.way.changes and node.get("x-immutable-after-create"):
            return "is fixed after creation and may not be sent in a PATCH"
        if self.way.changes and node.get("x-navigation"):
            return "is a part, which a PATCH of its owner may not carry"
        return ""


def _united(found: list[Schema]) -> Schema:
    union: Schema = {}
    for one in found:
        for name, sub in one["properties"].items():
            same = name not in union or union[name] == sub
            union[name] = sub if same else {"anyOf": [union[name], sub]}
    return union


def _optional(node: Schema) -> bool:
    return bool(node.get("nullable") or node.get("additionalProperties") is True)


def _clearable(leaf: Schema) -> Schema:
    if leaf["type"] == "object":
        return leaf
    enum = {"enum": [*leaf["enum"], None]} if "enum" in leaf else {}
    return _quick({**leaf, "type": [leaf["type"], "null"], **enum})


def _quick(leaf: Schema) -> Schema:
    """Notes the Python types that satisfy the schema without a further look."""
    if set(leaf) - {QUICK} != {"type"}:
        return leaf
    kinds = leaf["type"] if isinstance(leaf["type"], list) else [leaf["type"]]
    types = tuple(kind for name in kinds for kind in EXACT.get(name, (type(None),)))
    return leaf | {QUICK: types}


def sentences(validator: Any, instance: Any, root: str) -> list[str]:
    return [
        line for error in validator.iter_errors(instance) for line in _lines(_deepest(error), root)
    ]


def _deepest(error: ValidationError) -> ValidationError:
    return best_match([error]) if error.validator == "anyOf" and error.context else error


def _lines(error: ValidationError, root: str) -> list[str]:
    where = root + error.json_path[1:]
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        return [f"{where}.{name} is not a field of the specification." for name in _extras(error)]
    text = " or ".join(sorted({one.message for one in error.context or [error]}))
    text = text if len(text) <= 200 else f"{text[:120]}...{text[-70:]}"
    return [f"{where} {text}." if error.validator == REFUSED else f"{where}: {text}."]


def _extras(error: ValidationError) -> list[str]:
    known = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    return [
        name
        for name in error.instance
        if name not in known and not any(re.search(one, name) for one in patterns)
    ]
