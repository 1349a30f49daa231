"""What a form that is not filled in yet probably holds: offered beside it and wherever it is
linked to. Nothing is applied by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.urls import Resolver404, resolve

from connections.models import Connection, Integration
from mappings.checks import references
from mappings.pages.account_reasons import AccountReasons, Asked
from mappings.pages.suggestions import Candidate, Finder
from mappings.reference import Reference

Kind = Reference.Kind
Values = Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Hint:
    """A value for one field of the form, why, and the form's address with it filled in."""

    code: str
    name: str
    why: str
    url: str


LIKELY = 0.7  # “Buckeye Painting” is not “Buckeye Dumpster & Hauling”


class Hints:
    """Of one integration; what they are told by is read once, when it is needed."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration

    @cached_property
    def accounts(self) -> AccountReasons:
        return AccountReasons(self.integration)

    @cached_property
    def code_names(self) -> dict[str, str]:
        """Of codes that several projects have, the name of any of them."""
        rows = references(self.integration.project_system, Kind.COST_CODE).values()
        return {row.code: row.name for row in rows}

    @cached_property
    def ledger_vendors(self) -> Finder:
        return Finder(references(self.integration.ledger, Kind.VENDOR).values())

    @cached_property
    def source_vendors(self) -> Finder:
        return Finder(references(self.integration.project_system, Kind.VENDOR).values())

    def of(self, table: str, values: Values, address: str) -> list[Hint]:
        """`values`: what the form of this table holds so far; `address` leads to it."""
        if table not in FIELDS:
            return []
        field, find = FIELDS[table]
        if table == "vendorlink" and values.get("ledger_number"):
            field, find = "project_vendor_id", source_vendor
        if values.get(field):
            return []
        asked = {**values, "integration": str(self.integration.pk)}
        return [
            Hint(one.code, one.name, f"{one.why}, {one.unusable}" if one.unusable else one.why,
                 f"{address}?{urlencode({**asked, field: one.code})}")
            for one in find(self, values)
        ]  # fmt: skip


def account(hints: Hints, values: Values) -> list[Candidate]:
    code = values.get("cost_code", "")
    if not code:
        return []
    name = hints.code_names.get(code, "")
    return hints.accounts.of(
        Asked(code, values.get("cost_type", ""), values.get("project", ""), name)
    )


def ledger_vendor(hints: Hints, values: Values) -> list[Candidate]:
    id, name = values.get("project_vendor_id", ""), values.get("project_vendor_name", "")
    row = vendor_of(hints.integration.project_system, id, name)
    return likely(hints.ledger_vendors, row)


def source_vendor(hints: Hints, values: Values) -> list[Candidate]:
    """The way back, where the ledger's vendor is what is known."""
    number, name = values.get("ledger_number", ""), values.get("ledger_name", "")
    row = vendor_of(hints.integration.ledger, number, name)
    return likely(hints.source_vendors, row)


def likely(finder: Finder, row: Reference | None) -> list[Candidate]:
    """Beside a document one press takes it: what only begins alike is left to the page of links."""
    return [one for one in finder.candidates(row) if one.score >= LIKELY] if row else []


def vendor_of(connection: Connection, code: str, name: str) -> Reference | None:
    """As the master data has it, else by the name that a document bears."""
    known = references(connection, Kind.VENDOR).get(("", code)) if code else None
    return known or (Reference(code=code, name=name) if name else None)


Find = Callable[[Hints, Values], list[Candidate]]
FIELDS: dict[str, tuple[str, Find]] = {
    "costcodemapping": ("account", account),
    "vendorlink": ("ledger_number", ledger_vendor),
}


def of_address(url: str, known: Hints | None = None) -> list[Hint]:
    """Of a link to the form of a new row, with what it fills in; of any other nothing.

    `known`: of the integration that the link is about, where somebody has them already.
    """
    parts = urlsplit(url)
    values, table = dict(parse_qsl(parts.query)), "" if parts.netloc else table_of(parts.path)
    if table not in FIELDS or not values.get("integration", "").isdigit():
        return []
    rows = Integration.objects.select_related("ledger", "project_system")
    integration = None if known else rows.filter(pk=values["integration"]).first()
    hints = known or (Hints(integration) if integration else None)
    return hints.of(table, values, parts.path) if hints else []


def table_of(path: str) -> str:
    """The mapping table to which rows are added at this path; empty for any other."""
    name = name_of(path)
    return name.removeprefix("mappings_").removesuffix("_add") if name.endswith("_add") else ""


def is_form(path: str) -> bool:
    """Of a row of a mapping table, new or old."""
    name = name_of(path)
    return name.startswith("mappings_") and name.endswith(("_add", "_change"))


def name_of(path: str) -> str:
    """Of the page at this path; empty where there is none."""
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""
