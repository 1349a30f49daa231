"""What the systems and the table know of codes: how they are spelled, and whether they exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from connections.models import Connection, Integration
from mappings.checks import read_ahead, references
from mappings.imports.cells import tidy
from mappings.reference import Reference

Kind = Reference.Kind
# Column -> whose code it is, and of what.
COLUMNS: dict[str, tuple[str, str]] = {
    "cost_code": ("project_system", Kind.COST_CODE),
    "cost_type": ("project_system", Kind.COST_TYPE),
    "project": ("project_system", Kind.PROJECT),
    "project_vendor_id": ("project_system", Kind.VENDOR),
    "project_id": ("project_system", Kind.PROJECT),
    "project_number": ("project_system", Kind.PROJECT),
    "project_code": ("project_system", Kind.TAX_CODE),
    "account": ("ledger", Kind.ACCOUNT),
    "ledger_number": ("ledger", Kind.VENDOR),
    "ledger_code": ("ledger", Kind.TAX_CODE),
    "dimension": ("ledger", Kind.DIMENSION),
    "value": ("ledger", Kind.DIMENSION_VALUE),
}
DIM = "dim_"
# Typed before a code to make it a text, or put around it.
QUOTES = "'\u2018\u2019`\u00b4\"\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
SOFT_HYPHEN = "\u00ad"  # some programs show it, others do not


class Spellings:
    """Names of one kind; another spelling of one of them leads to it."""

    def __init__(self, names: Iterable[str]) -> None:
        self.exact = {name for name in names if name}
        self.folded: dict[str, str] = {}
        for name in self.exact:
            key = tidy(name).casefold()
            self.folded[key] = "" if key in self.folded else name  # of two, neither

    def of(self, text: str) -> str:
        if text in self.exact:
            return text
        names = self.named(text)
        return names[0] if names else without_quotes(tidy(text))

    def named(self, text: str) -> list[str]:
        """The names that a spelling may stand for: two where a hyphen of it may be none."""
        if text in self.exact:
            return [text]
        found = [tidy(text)]
        if SOFT_HYPHEN in text:
            found.append(tidy(text.replace(SOFT_HYPHEN, "-")))
        return list(dict.fromkeys(filter(None, map(self.name, found))))

    def name(self, found: str) -> str:
        for each in (found, without_quotes(found), found.rstrip(QUOTES)):
            if name := each if each in self.exact else self.folded.get(each.casefold()):
                return name
        return ""


def without_quotes(text: str) -> str:
    """One at the start; one at the end, too, if there is one at the start."""
    if len(text) < 2 or text[0] not in QUOTES:
        return text
    return (text[1:-1] if text[-1] in QUOTES else text[1:]).strip() or text


class Known:
    """Reads the reference data once per kind; make one for each import."""

    def __init__(self) -> None:
        self.rows = cache(self.read)
        self.names = cache(self.read_names)
        self.codes = cache(self.read_codes)
        self.bare = cache(self.read_bare)
        self.numbers = cache(self.read_numbers)
        self.by_project = cache(self.read_by_project)

    def read_ahead(self, integrations: Iterable[Integration], columns: Iterable[str]) -> None:
        """What the columns of a file may name, in one query."""
        named = {DIM if column.startswith(DIM) else column for column in columns}
        sides = [COLUMNS[column] for column in named if column in COLUMNS]
        sides += [("ledger", Kind.DIMENSION_VALUE)] * (DIM in named)
        read_ahead({
            (getattr(integration, side).pk, str(kind))
            for integration in integrations for side, kind in sides
        })  # fmt: skip

    def read(self, connection: Connection, kind: str) -> list[Reference]:
        return list(references(connection, kind).values())

    def read_names(self, integration: Integration, column: str) -> frozenset[str]:
        """All that a column may name in the system that it is of."""
        if column.startswith(DIM):
            values = self.rows(integration.ledger, Kind.DIMENSION_VALUE)
            code = column.removeprefix(DIM).casefold()
            return frozenset(row.code for row in values if row.parent.casefold() == code)
        if column not in COLUMNS:
            return frozenset()
        side, kind = COLUMNS[column]
        rows = self.rows(getattr(integration, side), kind)
        if column == "project_id":
            return frozenset(row.remote_id or row.code for row in rows)
        return frozenset(row.code for row in rows)

    def read_codes(self, integration: Integration, project: str) -> frozenset[str]:
        """The cost codes of a project; of all where it is not known or has none."""
        own = self.by_project(integration).get(project)
        return frozenset(own) if own else self.names(integration, "cost_code")

    def read_numbers(self, integration: Integration) -> dict[str, str]:
        """Id of a project -> its number, as people call it."""
        rows = self.rows(integration.project_system, Kind.PROJECT)
        return {row.remote_id or row.code: row.code for row in rows}

    def read_by_project(self, integration: Integration) -> dict[str, set[str]]:
        """Number of a project -> its own cost codes."""
        numbers = self.numbers(integration)
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows(integration.project_system, Kind.COST_CODE):
            found[numbers.get(row.parent, row.parent)].add(row.code)
        return found

    def alike(self, integration: Integration, column: str, code: str) -> str:
        """The one that differs in leading zeros only, as a spreadsheet takes them off."""
        return self.bare(integration, column).get(code.lstrip("0"), "")

    def read_bare(self, integration: Integration, column: str) -> dict[str, str]:
        names = self.names(integration, column)
        return {name.lstrip("0"): name for name in names if name.startswith("0")}

    def system(self, integration: Integration, column: str) -> Connection:
        found: Connection = getattr(integration, COLUMNS[column][0])
        return found
