"""The inbox of what held documents miss, the most money first."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Case, Model, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from connections.amounts import MoneyBag
from connections.models import Integration
from connections.pages import asking
from connections.pages.asking import Wanted
from mappings import releases
from mappings.checks import read_once
from mappings.models import CostCodeMapping, ProjectLink, TaxLink, VendorLink
from mappings.pages import words
from mappings.pages.hints import Hint, Hints
from mappings.pages.other_days import OtherDays, other_days, rules_of
from mappings.reference import Reference
from mappings.releases import Unmapped

EXPORT = "mappings.export_costcodemapping"
PROJECTS_SHOWN = 4
SUGGESTED = 50  # lines; those below have less money

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
    bag: MoneyBag = releases.NOTHING
    projects: list[str] = dataclasses.field(default_factory=list)
    currency: str = ""
    may_add: bool = False
    ask: str = ""  # the address of asking for it
    whom: str = ""
    hints: list[Hint] = dataclasses.field(default_factory=list)
    other_days: OtherDays | None = None

    @property
    def permission(self) -> str:
        return f"mappings.add_{TABLES[self.subject][0]._meta.model_name}"

    @property
    def kind(self) -> str:
        return KINDS[self.subject]

    @property
    def shown(self) -> str:
        """What people call it; a project's id says nothing to them."""
        return self.name.split(" ")[0] if self.subject == "project_id" and self.name else self.code

    @property
    def called(self) -> str:
        """The same with its name and type."""
        name = self.name.removeprefix(self.shown).strip()
        kind = f"(type {self.cost_type})" if self.cost_type else ""
        return " ".join(part for part in (self.shown, name, kind) if part)

    @property
    def money(self) -> str:
        return words.in_words(self.bag, self.currency)

    @property
    def sums(self) -> list[str]:
        """A line for each."""
        return words.sums(self.bag, self.currency)

    @property
    def projects_shown(self) -> str:
        shown = ", ".join(self.projects[:PROJECTS_SHOWN])
        more = len(self.projects) - PROJECTS_SHOWN
        return f"{shown} and {more} more" if more > 0 else shown

    @property
    def table(self) -> str:
        return str(TABLES[self.subject][0]._meta.model_name)

    @property
    def values(self) -> dict[str, str]:
        """All that is known of the new row; a rule for all projects."""
        values = {"integration": str(self.integration.pk), TABLES[self.subject][1]: self.code}
        if self.other_days:
            return values | self.other_days.values
        return values | ({"cost_type": self.cost_type} if self.cost_type else {})

    @property
    def add_url(self) -> str:
        return reverse(f"admin:mappings_{self.table}_add")

    @property
    def map_url(self) -> str:
        """The add form with all that is known filled in."""
        return f"{self.add_url}?{urlencode(self.values)}"


def inbox(integrations: Iterable[Integration]) -> list[Missed]:
    """Cost codes of all projects in one line, with the names that the reference data knows."""
    lines: dict[tuple[Any, ...], Missed] = {}
    rows = releases.unmapped(integrations)
    names, rules = cost_code_names(rows), rules_of(rows)
    with read_once():
        for row in rows:
            code, cost_type = row.facts[row.subject], row.facts.get("cost_type", "")
            key = (row.integration.pk, row.subject, code, cost_type, row.facts.get("rule", ""))
            if key not in lines:
                lines[key] = Missed(
                    row.integration, row.subject, code, cost_type, name_of(row, names)
                )
                lines[key].currency = words.currency_of(row.integration.ledger)
                lines[key].other_days = other_days(row, rules)
            add(lines[key], row)
    return sorted(lines.values(), key=lambda line: (-line.bag.size, -line.documents))


def add(line: Missed, row: Unmapped) -> None:
    line.documents += row.documents
    if line.other_days and (more := other_days(row, {row.facts["rule"]: line.other_days.rule})):
        line.other_days.first = min(line.other_days.first, more.first)
        line.other_days.last = max(line.other_days.last, more.last)
    line.bag += row.money
    if row.subject == "cost_code" and row.facts.get("project"):
        line.projects.append(row.facts["project"])


def suggest(lines: list[Missed]) -> None:
    """The likeliest for each of the first lines; the tables are read once per integration."""
    hints: dict[int, Hints] = {}
    with read_once():
        for line in lines[:SUGGESTED]:
            own = hints.setdefault(line.integration.pk, Hints(line.integration))
            line.hints = own.of(line.table, line.values | named(line), line.add_url)[:1]


def named(line: Missed) -> dict[str, str]:
    return {"project_vendor_name": line.name} if line.subject == "vendor_id" else {}


def name_of(row: Unmapped, names: Mapping[tuple[int, str], str]) -> str:
    facts = row.facts
    if row.subject == "vendor_id":
        return facts.get("vendor_name", "")
    if row.subject == "project_id":
        return f"{facts.get('project', '')} {facts.get('project_name', '')}".strip()
    if row.subject == "cost_code":
        return names.get((row.integration.project_system_id, facts["cost_code"]), "")
    return ""


def cost_code_names(rows: Iterable[Unmapped]) -> dict[tuple[int, str], str]:
    """Connection and code -> the company's own name of the code, or that of any project."""
    codes: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        if row.subject == "cost_code":
            codes[row.integration.project_system_id].add(row.facts["cost_code"])
    names: dict[tuple[int, str], str] = {}
    for source, wanted in codes.items():
        known = Reference.objects.filter(
            connection=source, kind=Reference.Kind.COST_CODE, code__in=wanted
        ).annotate(second=Case(When(parent="", gone_at=None, then=0), default=1))
        for one in known.order_by("second", "parent").only("code", "name"):
            names.setdefault((source, one.code), one.name)
    return names


def unmapped_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    integrations = Integration.objects.select_related("ledger", "project_system")
    lines = inbox(integrations)
    offer(request, lines)
    suggest(lines)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Unmapped codes",
        "opts": model_admin.opts,
        "lines": lines,
        "totals": totals(lines),
        "several": len(integrations) > 1,
        "exports": exports(request) if lines else [],
    }
    return TemplateResponse(request, "mappings/unmapped.html", context)


def exports(request: HttpRequest) -> list[tuple[str, str]]:
    """Title and address of each form; none for whom may not take it along."""
    if not request.user.has_perm(EXPORT):
        return []
    return [(form.upper(), reverse("admin:syncs_record_unmapped", args=[form]))
            for form in ("xlsx", "csv")]  # fmt: skip


def offer(request: HttpRequest, lines: list[Missed]) -> None:
    """Each line's button: to map it, or to ask who may."""
    known: dict[str, str] = {}
    for line in lines:
        line.may_add = request.user.has_perm(line.permission)
        if line.may_add or not asking.may(request.user, asking.MAY_ASK):
            continue
        line.whom = known.setdefault(line.permission, asking.whom(line.permission))
        missing = f"{line.kind} {line.shown} has no counterpart yet. Documents: {line.documents:,}"
        line.ask = Wanted(
            f"Map {line.kind.lower()} {line.called}", line.map_url, line.permission,
            f"{missing}, {line.money} in all.", line.integration.pk,
        ).address  # fmt: skip


def totals(lines: list[Missed]) -> list[tuple[str, int, list[str]]]:
    """Per kind: how many, and the money that waits for them."""
    sums: dict[str, list[Missed]] = defaultdict(list)
    for line in lines:
        sums[line.kind].append(line)
    return [
        (kind, len(found), words.sums(MoneyBag.sum(f.bag.named(f.currency) for f in found)))
        for kind, found in sums.items()
    ]
