"""The inbox of what held documents miss, the most money first."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from connections.documents import ZERO
from connections.models import Integration
from mappings import releases
from mappings.checks import read_once, reference
from mappings.models import CostCodeMapping, ProjectLink, TaxLink, VendorLink
from mappings.pages import words
from mappings.reference import Reference
from mappings.releases import Unmapped

PROJECTS_SHOWN = 4

# What is missed -> the table that mends it, and its field for the missed code.
TABLES: dict[str, tuple[type[Model], str]] = {
    "cost_code": (CostCodeMapping, "cost_code"),
    "vendor_id": (VendorLink, "project_vendor_id"),
    "project_id": (ProjectLink, "project_id"),
    "tax_code": (TaxLink, "project_code"),
}
KINDS = {
    "cost_code": "Cost code",
    "vendor_id": "Vendor",
    "project_id": "Project",
    "tax_code": "Tax code",
}


@dataclasses.dataclass
class Missed:
    """One line of the inbox."""

    integration: Integration
    subject: str
    code: str
    cost_type: str = ""
    name: str = ""
    documents: int = 0
    amount: Decimal = ZERO
    projects: list[str] = dataclasses.field(default_factory=list)
    currency: str = ""
    may_add: bool = False

    @property
    def kind(self) -> str:
        return KINDS[self.subject]

    @property
    def shown(self) -> str:
        """What people call it; a project's id says nothing to them."""
        return self.name.split(" ")[0] if self.subject == "project_id" and self.name else self.code

    @property
    def money(self) -> str:
        return words.money(self.amount, self.currency)

    @property
    def projects_shown(self) -> str:
        shown = ", ".join(self.projects[:PROJECTS_SHOWN])
        more = len(self.projects) - PROJECTS_SHOWN
        return f"{shown} and {more} more" if more > 0 else shown

    @property
    def map_url(self) -> str:
        """The add form with all that is known filled in; a rule for all projects."""
        model, field = TABLES[self.subject]
        values = {"integration": self.integration.pk, field: self.code}
        if self.cost_type:
            values["cost_type"] = self.cost_type
        return f"{reverse(f'admin:mappings_{model._meta.model_name}_add')}?{urlencode(values)}"


def inbox(integrations: Iterable[Integration]) -> list[Missed]:
    """Cost codes of all projects in one line, with the names that the reference data knows."""
    lines: dict[tuple[Any, ...], Missed] = {}
    with read_once():
        for row in releases.unmapped(integrations):
            code, cost_type = row.facts[row.subject], row.facts.get("cost_type", "")
            key = (row.integration.pk, row.subject, code, cost_type)
            if key not in lines:
                lines[key] = Missed(row.integration, row.subject, code, cost_type, name_of(row))
                lines[key].currency = words.currency_of(row.integration.ledger)
            add(lines[key], row)
    return sorted(lines.values(), key=lambda line: (-abs(line.amount), -line.documents))


def add(line: Missed, row: Unmapped) -> None:
    line.documents += row.documents
    line.amount += row.amount
    if row.subject == "cost_code" and row.facts.get("project"):
        line.projects.append(row.facts["project"])


def name_of(row: Unmapped) -> str:
    facts = row.facts
    if row.subject == "vendor_id":
        return facts.get("vendor_name", "")
    if row.subject == "project_id":
        return f"{facts.get('project', '')} {facts.get('project_name', '')}".strip()
    if row.subject == "cost_code":
        return cost_code_name(row.integration, facts["cost_code"])
    return ""


def cost_code_name(integration: Integration, code: str) -> str:
    """The company's own name of the code, or that of any project."""
    source = integration.project_system
    found = reference(source, Reference.Kind.COST_CODE, code)
    if found is None:
        rows = Reference.objects.filter(connection=source, kind=Reference.Kind.COST_CODE, code=code)
        found = rows.first()
    return found.name if found else ""


def unmapped_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    integrations = Integration.objects.select_related("ledger", "project_system")
    lines = inbox(integrations)
    for line in lines:
        model = TABLES[line.subject][0]
        line.may_add = request.user.has_perm(f"mappings.add_{model._meta.model_name}")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Unmapped",
        "opts": model_admin.opts,
        "lines": lines,
        "totals": totals(lines),
        "several": len(integrations) > 1,
    }
    return TemplateResponse(request, "mappings/unmapped.html", context)


def totals(lines: list[Missed]) -> list[tuple[str, int, str]]:
    """Per kind: how many, and the money that waits for them."""
    sums: dict[str, list[Missed]] = defaultdict(list)
    for line in lines:
        sums[line.kind].append(line)
    return [
        (kind, len(found), words.money(sum((f.amount for f in found), ZERO), found[0].currency))
        for kind, found in sums.items()
    ]
