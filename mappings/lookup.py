"""The mapping tables of one integration, read once for a batch of documents."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from connections.documents import LineCode, Segments
from connections.models import Integration
from mappings import placeholders, validity
from mappings.models import (
    AccountRule,
    CostCodeMapping,
    Mapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.reference import Reference
from mappings.releases import Covers, row_name

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
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


Key = tuple[str, str, str]  # cost code, project, cost type
Rules = dict[Key, list[CostCodeMapping]]  # of each, in whatever order of their days


def keyed(rows: Iterable[Any]) -> Rules:
    found: Rules = {}
    for row in rows:
        found.setdefault((row.cost_code, row.project, row.cost_type), []).append(row)
    return found


@dataclasses.dataclass
class Lookup:
    """Look-ups over the mapping tables. Make a new one for each batch: it never refreshes.

    Rules count by the `day` of the document; on an unknown day, those that count on every day.

    `used` are the rows that answered since it was emptied, each with its version: when it was
    changed last, as its history knows it.
    """

    integration: Integration
    used: dict[str, str] = dataclasses.field(default_factory=dict)

    @cached_property
    def _rules(self) -> Rules:
        return keyed(CostCodeMapping.objects.filter(integration=self.integration))

    @cached_property
    def _projects(self) -> dict[str, ProjectLink]:
        rows = ProjectLink.objects.filter(integration=self.integration)
        return {row.project_id: row for row in rows}

    @cached_property
    def _vendors(self) -> dict[str, Linked]:
        rows = VendorLink.objects.filter(integration=self.integration)
        told = rows.values_list("project_vendor_id", "ledger_number", "pk", "updated_at")
        return {key: Linked._make([*rest, None, None]) for key, *rest in told}

    @cached_property
    def _taxes(self) -> dict[str, list[Linked]]:
        rows = TaxLink.objects.filter(integration=self.integration)
        found: dict[str, list[Linked]] = {}
        for key, *rest in rows.values_list("project_code", "ledger_code", *Linked._fields[1:]):
            found.setdefault(key, []).append(Linked._make(rest))
        return found

    @cached_property
    def _accounts(self) -> dict[str, list[AccountRule]]:
        found: dict[str, list[AccountRule]] = {}
        for row in AccountRule.objects.filter(integration=self.integration):
            found.setdefault(row.purpose, []).append(row)
        return found

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

    def without(self, rows: Collection[str], instead: Iterable[Covers] = ()) -> Lookup:
        """As if these rules were not there, and those instead: for what is covered at all."""
        rest = Lookup(self.integration)
        known = (row for some in self._rules.values() for row in some)
        kept = [row for row in known if row_name(CostCodeMapping, row.pk) not in rows]
        rest.__dict__["_rules"] = keyed([*kept, *instead])
        return rest

    def covering(
        self, cost_code: str, cost_type: str, project: str
    ) -> Iterator[list[CostCodeMapping]]:
        """All rules for a line, the most specific first: cost code before project, project before
        cost type. Of the same combination those of all days."""
        for code in dict.fromkeys((cost_code, "")):
            for job in dict.fromkeys((project, "")):
                for kind in dict.fromkeys((cost_type, "")):
                    if rows := self._rules.get((code, job, kind)):
                        yield rows

    def rule_for(
        self, cost_code: str, cost_type: str, project: str, day: dt.date | None = None
    ) -> CostCodeMapping | None:
        """The most specific rule of that day. Where the unknown day decides, none."""
        for rows in self.covering(cost_code, cost_type, project):
            row = validity.counting(rows, day)
            if row or day is None:
                return row
        return None

    def other_days(
        self, cost_code: str, cost_type: str, project: str, day: dt.date | None
    ) -> CostCodeMapping | None:
        """Where no rule of that day covers a line, the nearest of other days: of its code, else of
        any."""
        found = list(self.covering(cost_code, cost_type, project))
        own = [row for rows in found for row in rows if row.cost_code]
        return validity.nearest(own or [row for rows in found for row in rows], day)

    def code(
        self, cost_code: str, cost_type: str, project: ProjectLink | None,
        segments: Segments = (), day: dt.date | None = None,
    ) -> Coding | None:  # fmt: skip
        """Account and dimensions for a line, or None when no rule covers it.

        Segments choose no rule. Those that it does not use either are named beside it.
        """
        row = self.rule_for(cost_code, cost_type, project.project_number if project else "", day)
        if row is None:
            return None
        self.use(CostCodeMapping, row)
        filled = self.fill(row.dimensions, (cost_code, cost_type, segments), project)
        return Coding(row.account, filled, row.rule + placeholders.unused(row.dimensions, segments))

    def purpose(
        self, purpose: str, project: ProjectLink | None, day: dt.date | None = None
    ) -> Coding | None:
        """The account of a purpose (retainage, rounding …) with the project's dimension."""
        row = validity.counting(self._accounts.get(purpose, ()), day)
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

    def origins(
        self, account: str, dimensions: dict[str, str], link: ProjectLink,
        day: dt.date | None = None,
    ) -> list[Origin]:  # fmt: skip
        """The cost codes and types that coding would send to this account and these values.

        More than one: the tables do not say which. Rules that name more dimensions count before
        those that name fewer; of several cost types, the one that a value of the line names.
        """
        found: dict[tuple[str, str], Origin] = {}
        for row in self._by_account.get(account, ()):
            if row.counts_on(day) and row.project in ("", link.project_number):
                for code, kind in self._inverse(row, dimensions, link):
                    if self.rule_for(code, kind, link.project_number, day) is row:
                        found[code, kind] = Origin(code, kind, row.rule, len(row.dimensions))
        most = max((one.weight for one in found.values()), default=0)
        likely = [one for one in found.values() if one.weight == most]
        named = [one for one in likely if one.cost_type in dimensions.values()]
        return named if len(named) == 1 else likely

    def origin_of_other_days(
        self, account: str, dimensions: dict[str, str], link: ProjectLink, day: dt.date | None
    ) -> CostCodeMapping | None:
        """A rule that would lead to this account and these values on another day."""
        rows = [
            row for row in self._by_account.get(account, ())
            if row.days and not row.counts_on(day) and row.project in ("", link.project_number)
            and self._inverse(row, dimensions, link)
        ]  # fmt: skip
        return validity.nearest(rows, day)

    def of_segments(
        self, account: str, dimensions: dict[str, str], link: ProjectLink,
        day: dt.date | None = None,
    ) -> list[tuple[str, str]]:  # fmt: skip
        """The dimensions of a line alone for which it leads to no cost code, each with what it
        stands for: rules of its account fill them with a sub job or another segment."""
        named = {
            name: placeholders.segment_shown(value)
            for row in self._by_account.get(account, ())
            if row.counts_on(day) and row.project in ("", link.project_number)
            for name, value in row.dimensions.items()
            if placeholders.segment_of(value) and dimensions.get(name)
        }
        rest = {name: value for name, value in dimensions.items() if name not in named}
        return sorted(named.items()) if self.origins(account, rest, link, day) else []

    @cached_property
    def _by_account(self) -> dict[str, list[CostCodeMapping]]:
        rows: dict[str, list[CostCodeMapping]] = {}
        for some in self._rules.values():
            for row in some:
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
                name for rows in self._rules.values() for row in rows
                for name, value in row.dimensions.items() if value == placeholder
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

    def tax(self, project_code: str, day: dt.date | None = None) -> str:
        row = validity.counting(self._taxes.get(project_code, ()), day)
        return self._linked(TaxLink, row)

    def tax_of_other_days(self, project_code: str, day: dt.date | None) -> Linked | None:
        return validity.nearest(self._taxes.get(project_code, ()), day)

    def purpose_of_other_days(self, purpose: str, day: dt.date | None) -> AccountRule | None:
        return validity.nearest(self._accounts.get(purpose, ()), day)

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
    def _rules(self) -> Rules:
        return keyed(
            CostCodeMapping.objects.filter(
                integration=self.integration, cost_code__in=[*self.codes, ""]
            )
        )
