"""The mapping tables of one integration, read once for a batch of documents."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from functools import cached_property

from connections.models import Integration
from mappings.models import (
    AccountRule,
    CostCodeMapping,
    ProjectLink,
    Reference,
    TaxLink,
    VendorLink,
)


@dataclasses.dataclass(frozen=True)
class Coding:
    """Where a line goes, and the rule that says so."""

    account: str
    dimensions: dict[str, str]
    rule: str


@dataclasses.dataclass
class Book:
    """Look-ups over the mapping tables. Make a new one for each batch: it never refreshes."""

    integration: Integration

    @cached_property
    def _rules(self) -> dict[tuple[str, str, str], CostCodeMapping]:
        rows = CostCodeMapping.objects.filter(integration=self.integration)
        return {(row.cost_code, row.project, row.cost_type): row for row in rows}

    @cached_property
    def _projects(self) -> dict[str, ProjectLink]:
        rows = ProjectLink.objects.filter(integration=self.integration)
        return {row.project_id: row for row in rows}

    @cached_property
    def _vendors(self) -> dict[str, str]:
        rows = VendorLink.objects.filter(integration=self.integration)
        return dict(rows.values_list("project_vendor_id", "ledger_number"))

    @cached_property
    def _taxes(self) -> dict[str, str]:
        rows = TaxLink.objects.filter(integration=self.integration)
        return dict(rows.values_list("project_code", "ledger_code"))

    @cached_property
    def _accounts(self) -> dict[str, AccountRule]:
        rows = AccountRule.objects.filter(integration=self.integration)
        return {row.purpose: row for row in rows}

    def references(self, kind: str) -> dict[tuple[str, str], Reference]:
        """The ledger's reference rows of a kind that still stand, by (parent, code)."""
        cache = self.__dict__.setdefault("_references", {})
        if kind not in cache:
            rows = Reference.objects.filter(
                connection=self.integration.ledger, kind=kind, gone_at=None
            )
            cache[kind] = {(row.parent, row.code): row for row in rows}
        found: dict[tuple[str, str], Reference] = cache[kind]
        return found

    def rule_for(self, cost_code: str, cost_type: str, project: str) -> CostCodeMapping | None:
        """The most specific rule: cost code before project, project before cost type."""
        for code in (cost_code, ""):
            for job in (project, ""):
                for kind in (cost_type, ""):
                    if row := self._rules.get((code, job, kind)):
                        return row
        return None

    def code(self, cost_code: str, cost_type: str, project: ProjectLink | None) -> Coding | None:
        """Account and dimensions for a line, or None when no rule covers it."""
        row = self.rule_for(cost_code, cost_type, project.project_number if project else "")
        if row is None:
            return None
        filled = self.fill(row.dimensions, cost_code, cost_type, project)
        return Coding(row.account, filled, row.rule)

    def purpose(self, purpose: str, project: ProjectLink | None) -> Coding | None:
        """The account of a purpose (retainage, rounding …) with the project's dimension."""
        row = self._accounts.get(purpose)
        if row is None:
            return None
        filled = self.fill(row.dimensions, "", "", project)
        return Coding(row.account, filled, row.get_purpose_display())

    def fill(
        self, dimensions: dict[str, str], cost_code: str, cost_type: str, link: ProjectLink | None
    ) -> dict[str, str]:
        """Placeholders replaced; the project's own dimension added unless the rule says one."""
        values = {"{cost_code}": cost_code, "{cost_type}": cost_type}
        values["{project}"] = link.value if link else ""
        filled = {code: values.get(value, value) for code, value in dimensions.items()}
        if link:
            filled.setdefault(link.dimension, link.value)
        return {code: value for code, value in filled.items() if value}

    def project(self, project_id: str) -> ProjectLink | None:
        return self._projects.get(project_id)

    def vendor(self, project_vendor_id: str) -> str:
        """The ledger's vendor number, or empty."""
        return self._vendors.get(project_vendor_id, "")

    def tax(self, project_code: str) -> str:
        return self._taxes.get(project_code, "")

    @cached_property
    def _tax_rates(self) -> dict[str, Decimal]:
        rows = Reference.objects.filter(
            connection=self.integration.project_system, kind=Reference.Kind.TAX_CODE, gone_at=None
        )
        return {row.code: Decimal(str(row.data.get("rate") or 0)) for row in rows}

    def tax_rate(self, project_code: str) -> Decimal:
        """Per cent, as the project system says; zero when it says nothing."""
        return self._tax_rates.get(project_code, Decimal(0))
