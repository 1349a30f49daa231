"""The mapping tables of one integration, read once for a batch of documents."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Model

from connections.documents import LineCode, Segments
from connections.models import Integration
from mappings import placeholders
from mappings.models import (
    AccountRule,
    CostCodeMapping,
    Mapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.reference import Reference
from mappings.releases import row_name

NO_LINE: LineCode = ("", "", ())  # of an account rule, which is for a whole document


class Known(NamedTuple):
    """A row of the reference data as coding needs it: there are thousands."""

    parent: str
    code: str
    name: str
    unusable: str
    data: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Coding:
    """Where a line goes, and the rule that says so."""

    account: str
    dimensions: dict[str, str]
    rule: str


@dataclasses.dataclass(frozen=True)
class Origin:
    """The cost code and type that coding sends to an account, and the rule that says so."""

    cost_code: str
    cost_type: str
    rule: str
    weight: int  # how many dimensions the rule names


class Linked(NamedTuple):
    """What a row says that names one thing of each side, and its version."""

    to: str
    pk: int
    updated_at: dt.datetime


@dataclasses.dataclass
class Lookup:
    """Look-ups over the mapping tables. Make a new one for each batch: it never refreshes.

    `used` are the rows that answered since it was emptied, each with its version: when it was
    changed last, as its history knows it.
    """

    integration: Integration
    used: dict[str, str] = dataclasses.field(default_factory=dict)

    @cached_property
    def _rules(self) -> dict[tuple[str, str, str], CostCodeMapping]:
        rows = CostCodeMapping.objects.filter(integration=self.integration)
        return {(row.cost_code, row.project, row.cost_type): row for row in rows}

    @cached_property
    def _projects(self) -> dict[str, ProjectLink]:
        rows = ProjectLink.objects.filter(integration=self.integration)
        return {row.project_id: row for row in rows}

    @cached_property
    def _vendors(self) -> dict[str, Linked]:
        rows = VendorLink.objects.filter(integration=self.integration)
        told = rows.values_list("project_vendor_id", "ledger_number", "pk", "updated_at")
        return {key: Linked._make(rest) for key, *rest in told}

    @cached_property
    def _taxes(self) -> dict[str, Linked]:
        rows = TaxLink.objects.filter(integration=self.integration)
        told = rows.values_list("project_code", "ledger_code", "pk", "updated_at")
        return {key: Linked._make(rest) for key, *rest in told}

    @cached_property
    def _accounts(self) -> dict[str, AccountRule]:
        rows = AccountRule.objects.filter(integration=self.integration)
        return {row.purpose: row for row in rows}

    def references(self, kind: str) -> dict[tuple[str, str], Known]:
        """The ledger's reference rows of a kind that still stand, by (parent, code)."""
        cache: dict[str, dict[tuple[str, str], Known]] = self.__dict__.setdefault("_references", {})
        if kind not in cache:
            ledger = self.integration.ledger_id
            rows = Reference.objects.filter(connection=ledger, kind=kind, gone_at=None)
            known = map(Known._make, rows.values_list(*Known._fields))
            cache[kind] = {(row.parent, row.code): row for row in known}
        return cache[kind]

    def use(self, model: type[Mapping], row: Mapping | Linked) -> None:
        self.used[row_name(model, row.pk)] = row.updated_at.isoformat()

    def without(self, rows: Collection[str]) -> Lookup:
        """As if these rules were not there."""
        rest = Lookup(self.integration)
        rest.__dict__["_rules"] = {
            key: row for key, row in self._rules.items()
            if row_name(CostCodeMapping, row.pk) not in rows
        }  # fmt: skip
        return rest

    def rule_for(self, cost_code: str, cost_type: str, project: str) -> CostCodeMapping | None:
        """The most specific rule: cost code before project, project before cost type."""
        for code in (cost_code, ""):
            for job in (project, ""):
                for kind in (cost_type, ""):
                    if row := self._rules.get((code, job, kind)):
                        return row
        return None

    def code(
        self, cost_code: str, cost_type: str, project: ProjectLink | None, segments: Segments = ()
    ) -> Coding | None:
        """Account and dimensions for a line, or None when no rule covers it.

        Segments choose no rule. Those that it does not use either are named beside it.
        """
        row = self.rule_for(cost_code, cost_type, project.project_number if project else "")
        if row is None:
            return None
        self.use(CostCodeMapping, row)
        filled = self.fill(row.dimensions, (cost_code, cost_type, segments), project)
        return Coding(row.account, filled, row.rule + placeholders.unused(row.dimensions, segments))

    def purpose(self, purpose: str, project: ProjectLink | None) -> Coding | None:
        """The account of a purpose (retainage, rounding …) with the project's dimension."""
        row = self._accounts.get(purpose)
        if row is None:
            return None
        self.use(AccountRule, row)
        filled = self.fill(row.dimensions, NO_LINE, project)
        return Coding(row.account, filled, row.get_purpose_display())

    def fill(
        self, dimensions: dict[str, str], line: LineCode, link: ProjectLink | None
    ) -> dict[str, str]:
        """Placeholders replaced; the project's own dimension added unless the rule says one.

        What the line does not have is left out.
        """
        cost_code, cost_type, segments = line
        values = {"{cost_code}": cost_code, "{cost_type}": cost_type}
        values["{project}"] = link.value if link else ""
        own = placeholders.of_line(segments)
        filled = {
            name: own.get(segment, "")
            if (segment := placeholders.segment_of(value))
            else values.get(value, value)
            for name, value in dimensions.items()
        }
        if link:
            filled.setdefault(link.dimension, link.value)
        return {code: value for code, value in filled.items() if value}

    # -- the way back: from the ledger's terms to the project system's ----------------------------

    def origins(self, account: str, dimensions: dict[str, str], link: ProjectLink) -> list[Origin]:
        """The cost codes and types that coding would send to this account and these values.

        More than one: the tables do not say which. Rules that name more dimensions count before
        those that name fewer; of several cost types, the one that a value of the line names.
        """
        found: dict[tuple[str, str], Origin] = {}
        for row in self._by_account.get(account, ()):
            if row.project in ("", link.project_number):
                for code, kind in self._inverse(row, dimensions, link):
                    if self.rule_for(code, kind, link.project_number) is row:
                        found[code, kind] = Origin(code, kind, row.rule, len(row.dimensions))
        most = max((one.weight for one in found.values()), default=0)
        likely = [one for one in found.values() if one.weight == most]
        named = [one for one in likely if one.cost_type in dimensions.values()]
        return named if len(named) == 1 else likely

    def of_segments(
        self, account: str, dimensions: dict[str, str], link: ProjectLink
    ) -> list[tuple[str, str]]:
        """The dimensions of a line alone for which it leads to no cost code, each with what it
        stands for: rules of its account fill them with a sub job or another segment."""
        named = {
            name: placeholders.segment_shown(value)
            for row in self._by_account.get(account, ())
            if row.project in ("", link.project_number)
            for name, value in row.dimensions.items()
            if placeholders.segment_of(value) and dimensions.get(name)
        }
        rest = {name: value for name, value in dimensions.items() if name not in named}
        return sorted(named.items()) if self.origins(account, rest, link) else []

    @cached_property
    def _by_account(self) -> dict[str, list[CostCodeMapping]]:
        rows: dict[str, list[CostCodeMapping]] = {}
        for row in self._rules.values():
            rows.setdefault(row.account, []).append(row)
        return rows

    def _inverse(
        self, row: CostCodeMapping, dimensions: dict[str, str], link: ProjectLink
    ) -> list[tuple[str, str]]:
        """What a line with these dimensions must have been, if this rule coded it.

        A line of a sub job or another segment is none that can be told without it.
        """
        bound = {"{cost_code}": "", "{cost_type}": ""}
        for name, value in row.dimensions.items():
            there = dimensions.get(name, "")
            if value in bound:
                bound[value] = there
            elif placeholders.segment_of(value):
                if there:
                    return []
            elif there.upper() != (link.value if value == "{project}" else value).upper():
                return []
        code = row.cost_code or bound["{cost_code}"]
        kinds = [row.cost_type or bound["{cost_type}"]]
        if bound["{cost_code}"] and bound["{cost_code}"].upper() != code.upper():
            return []
        return [(code, kind) for kind in (kinds if kinds[0] else self._cost_types) if code]

    @cached_property
    def _cost_types(self) -> list[str]:
        rows = Reference.objects.filter(
            connection=self.integration.project_system, kind=Reference.Kind.COST_TYPE, gone_at=None
        )
        return list(rows.values_list("code", flat=True))

    def project_of(self, dimensions: dict[str, str]) -> ProjectLink | None:
        """The project that a line's dimension values name, or None."""
        return next(
            (
                link
                for name, value in dimensions.items()
                if (link := self._projects_by_value.get((name.upper(), value.upper())))
            ),
            None,
        )

    @cached_property
    def _projects_by_value(self) -> dict[tuple[str, str], ProjectLink]:
        return {
            (link.dimension.upper(), link.value.upper()): link for link in self._projects.values()
        }

    @property
    def project_dimensions(self) -> set[str]:
        """The dimensions that name projects, upper case."""
        return {name for name, _ in self._projects_by_value}

    @cached_property
    def _project_vendors(self) -> dict[str, VendorLink]:
        rows = VendorLink.objects.filter(integration=self.integration).order_by("-pk")
        return {row.ledger_number: row for row in rows}

    def project_vendor(self, ledger_number: str) -> VendorLink | None:
        """The project system's vendor; of several that are linked, the first linked."""
        return self._project_vendors.get(ledger_number)

    def cost_code(self, project_id: str, code: str) -> Reference | None:
        """The project's own cost code, as the reference data has it."""
        cache: dict[str, dict[str, Reference]] = self.__dict__.setdefault("_cost_codes", {})
        if project_id not in cache:
            rows = Reference.objects.filter(
                connection=self.integration.project_system, kind=Reference.Kind.COST_CODE,
                parent=project_id, gone_at=None,
            )  # fmt: skip
            cache[project_id] = {row.code.upper(): row for row in rows}
        return cache[project_id].get(code.upper())

    def dimension_of(self, placeholder: str) -> str:
        """The dimension that most rules fill with this ("{cost_code}"); empty when none does."""
        cache: dict[str, str] = self.__dict__.setdefault("_filled", {})
        if placeholder not in cache:
            filled = Counter(
                name for row in self._rules.values() for name, value in row.dimensions.items()
                if value == placeholder
            )  # fmt: skip
            cache[placeholder] = max(filled, key=lambda name: filled[name], default="")
        return cache[placeholder]

    # -- the other tables -------------------------------------------------------------------------

    def project(self, project_id: str) -> ProjectLink | None:
        if link := self._projects.get(project_id):
            self.use(ProjectLink, link)
        return link

    def vendor(self, project_vendor_id: str) -> str:
        """The ledger's vendor number, or empty."""
        return self._linked(VendorLink, self._vendors.get(project_vendor_id))

    def tax(self, project_code: str) -> str:
        return self._linked(TaxLink, self._taxes.get(project_code))

    def _linked(self, model: type[Mapping], row: Linked | None) -> str:
        if row is None:
            return ""
        self.use(model, row)
        return row.to

    @cached_property
    def _tax_rates(self) -> dict[str, Decimal]:
        rows = Reference.objects.filter(
            connection=self.integration.project_system, kind=Reference.Kind.TAX_CODE, gone_at=None
        )
        return {row.code: Decimal(str(row.data.get("rate") or 0)) for row in rows}

    def tax_rate(self, project_code: str) -> Decimal:
        """Per cent, as the project system says; zero when it says nothing."""
        return self._tax_rates.get(project_code, Decimal(0))


class NarrowLookup(Lookup):
    """The mapping tables, but of the cost codes of one document only: for a page about it."""

    codes: frozenset[str] = frozenset()

    @classmethod
    def of_source(cls, integration: Integration, source: dict[str, Any]) -> NarrowLookup:
        """`source`: a document as a record keeps it."""
        book = cls(integration)
        lines = source.get("lines") or []
        book.codes = frozenset(str(line.get("cost_code", "")) for line in lines)
        return book

    @cached_property
    def _rules(self) -> dict[tuple[str, str, str], CostCodeMapping]:
        rows = CostCodeMapping.objects.filter(
            integration=self.integration, cost_code__in=[*self.codes, ""]
        )
        return {(row.cost_code, row.project, row.cost_type): row for row in rows}


UNCHOSEN = "?"  # in place of what a row leads to while nobody has typed it


class SupposedLookup(Lookup):
    """The mapping tables as they would be with more rows, which are not saved.

    Where one does not say yet what it leads to, that is taken to be something usable.
    """

    @classmethod
    def of(cls, integration: Integration, rows: Iterable[Model]) -> SupposedLookup:
        book = cls(integration)
        for row in rows:
            book.suppose(copy.copy(row))
        return book

    def suppose(self, row: Model) -> None:
        if isinstance(row, CostCodeMapping):
            row.account = row.account or self.usable(Reference.Kind.ACCOUNT)
            self._rules[row.cost_code, row.project, row.cost_type] = row
        elif isinstance(row, AccountRule):
            row.account = row.account or self.usable(Reference.Kind.ACCOUNT)
            self._accounts[row.purpose] = row
        elif isinstance(row, VendorLink):
            row.ledger_number = row.ledger_number or self.usable(Reference.Kind.VENDOR)
            self._vendors[row.project_vendor_id] = supposed(row.ledger_number)
            self._project_vendors.setdefault(row.ledger_number, row)
        elif isinstance(row, TaxLink):
            self._taxes[row.project_code] = supposed(row.ledger_code or UNCHOSEN)
        elif isinstance(row, ProjectLink):
            self._projects[row.project_id] = row

    def use(self, model: type[Mapping], row: Mapping | Linked) -> None:
        """Nothing is coded by what is only supposed."""

    def usable(self, kind: str) -> str:
        self.references(kind)["", UNCHOSEN] = Known("", UNCHOSEN, "", "", {})
        return UNCHOSEN


def supposed(to: str) -> Linked:
    """Of a row that is not saved."""
    return Linked(to, 0, dt.datetime.min.replace(tzinfo=dt.UTC))
