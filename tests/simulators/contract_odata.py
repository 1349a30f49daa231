"""Query options of Business Central's OData: do they name fields and parts that exist?"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

Schema = dict[str, Any]
Tree = dict[str, "Tree"]

LITERAL = re.compile(
    r"'(?:[^']|'')*'|(?<!\w)(?:"
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?"
    r"|-?\d+(?:\.\d+)?\b)"
)
WORD = re.compile(r"[A-Za-z_][\w/]*")
OPERATORS = {"eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in"}
FUNCTIONS = {"startswith", "endswith", "contains", "substring", "tolower", "toupper"}
WORDS = OPERATORS | FUNCTIONS | {"true", "false", "null"}
# Understood beside the options that an operation lists, each for a reason.
ALWAYS = {
    "company": "scopes a set to a company in place of the path",
    "tenant": "chooses the tenant on-premises",
    "$schemaversion": "switches newer filter functions on",
}
ON_GET = {"aid": "part of a next link", "$skiptoken": "part of a next link"}
ON_WRITE = {"$expand": "asks a deep insert for its parts", "$select": "as $expand"}
NESTED = {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count"}


class Entities:
    """The fields and parts of each entity of the data."""

    def __init__(self, schemas: Schema) -> None:
        self.schemas = {name: one for name, one in schemas.items() if "x-entity-set" in one}

    def parts(self, entity: str) -> dict[str, str]:
        """Each part's name with its entity; an entity outside the data has no fields here."""
        listed = self.schemas.get(entity, {}).get("x-navigation-in-page-order", ())
        return {part["name"]: part["target"] for part in listed}

    def knows(self, entity: str, field: str) -> bool:
        if entity not in self.schemas:
            return True
        return field in self.schemas[entity]["properties"] or field in self.parts(entity)

    def options(self, entity: str, given: dict[str, str]) -> Iterator[str]:
        for name, text in given.items():
            yield from CHECKS.get(name, _anything)(self, entity, text)

    def select(self, entity: str, text: str) -> Iterator[str]:
        return self._named(entity, "$select", [name.strip() for name in text.split(",")])

    def orderby(self, entity: str, text: str) -> Iterator[str]:
        keys = [re.sub(r" (asc|desc)$", "", key.strip()) for key in text.split(",")]
        return self._named(entity, "$orderby", keys)

    def filter(self, entity: str, text: str) -> Iterator[str]:
        bare = LITERAL.sub(" ", text)
        rest = re.sub(r"[\s(),]", "", WORD.sub("", bare))
        if rest or not text.strip() or bare.count("(") != bare.count(")"):
            yield f"$filter cannot be read: {text!r}."
            return
        names = [word for word in WORD.findall(bare) if word not in WORDS]
        yield from self._named(entity, "$filter", [name.split("/")[0] for name in names])

    def expand(self, entity: str, text: str) -> Iterator[str]:
        for name, nested in _parts_of(text):
            if name not in self.parts(entity) and entity in self.schemas:
                yield f"$expand names {name!r}, which is no part of {entity}."
                continue
            for option in nested.keys() - NESTED:
                yield f"$expand={name} carries the unknown option {option!r}."
            yield from self.options(self.parts(entity).get(name, ""), nested)

    def number(self, _: str, text: str) -> Iterator[str]:
        if not re.fullmatch(r"\d+", text):
            yield f"$top and $skip take a whole number, not {text!r}."

    def count(self, _: str, text: str) -> Iterator[str]:
        if text not in ("true", "false"):
            yield f"$count takes true or false, not {text!r}."

    def _named(self, entity: str, option: str, names: list[str]) -> Iterator[str]:
        for name in names:
            if not self.knows(entity, name):
                yield f"{option} names {name!r}, which is no field of {entity}."

    def unasked(self, entity: str, row: Any, asked: Tree, where: str) -> Iterator[str]:
        """A part comes back if $expand asks for it, and only then."""
        if not isinstance(row, dict):
            return
        for part, target in self.parts(entity).items():
            if (part in row) != (part in asked):
                fault = "is missing, although" if part in asked else "is there, although not"
                yield f"{where}.{part} {fault} asked for by $expand."
            elif part in asked:
                for index, one in enumerate(_rows(row[part])):
                    yield from self.unasked(target, one, asked[part], f"{where}.{part}[{index}]")


def _anything(_: Entities, __: str, ___: str) -> Iterator[str]:
    yield from ()


CHECKS = {
    "$select": Entities.select,
    "$orderby": Entities.orderby,
    "$filter": Entities.filter,
    "$expand": Entities.expand,
    "$top": Entities.number,
    "$skip": Entities.number,
    "$count": Entities.count,
}


def allowed(method: str) -> set[str]:
    return {*ALWAYS, *(ON_GET if method == "GET" else ON_WRITE)}


def tree(expand: str) -> Tree:
    return {name: tree(nested.get("$expand", "")) for name, nested in _parts_of(expand)}


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parts_of(expand: str) -> Iterator[tuple[str, dict[str, str]]]:
    for text in _split(expand, ","):
        name, _, inner = text.strip().partition("(")
        pairs = [one.partition("=") for one in _split(inner.removesuffix(")"), ";")]
        yield name.strip(), {key.strip(): value for key, _, value in pairs}


def _split(text: str, mark: str) -> list[str]:
    """Splits at the marks that stand outside brackets and quotes."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "(") - (sign == ")")
        if sign == mark and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part for part in parts if part.strip()]


def pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
