"""The pages that list what is not linked yet, with suggestions and one click to link."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from connections.documents import ZERO
from connections.models import Integration
from connections.pages.letters import plain
from connections.transport.days import today
from mappings import releases
from mappings.checks import references
from mappings.models import CostCodeMapping, Mapping, ProjectLink, VendorLink
from mappings.pages import words
from mappings.pages.account_reasons import AccountReasons
from mappings.pages.suggestions import Candidate, Finder
from mappings.reference import Reference
from mappings.validity import Dated, not_over

SHOWN = 50
Kind = Reference.Kind
Build = Callable[[Integration, Reference, Reference], Mapping]


@dataclasses.dataclass(frozen=True)
class Unlinked:
    """One row of the project system without a link, what waits for it, and who it may be."""

    row: Reference
    key: str
    documents: int
    money: str
    candidates: list[Candidate]


class Finds(Protocol):
    def candidates(self, row: Reference) -> list[Candidate]: ...


@dataclasses.dataclass(frozen=True)
class Page:
    """What differs between vendors and projects."""

    title: str
    subject: str
    model: type[Mapping]
    field: str
    rows: Callable[[Integration], dict[str, Reference]]
    targets: Callable[[Integration], list[Reference]]
    build: Build | None  # None: by its form
    finder: Callable[[Integration], Finds]
    compared: str = "name and tax number"
    target: str = ""  # the form's field for what was suggested


def vendor_rows(integration: Integration) -> dict[str, Reference]:
    return {row.code: row for row in _standing(integration.project_system, Kind.VENDOR)}


def vendor_targets(integration: Integration) -> list[Reference]:
    return _standing(integration.ledger, Kind.VENDOR)


def project_rows(integration: Integration) -> dict[str, Reference]:
    found = _standing(integration.project_system, Kind.PROJECT)
    return {row.remote_id or row.code: row for row in found}


def project_targets(integration: Integration) -> list[Reference]:
    """Values of the dimension that projects are linked to."""
    used = ProjectLink.objects.filter(integration=integration).values_list("dimension", flat=True)
    dimension = used.first() or ProjectLink._meta.get_field("dimension").default
    values = _standing(integration.ledger, Kind.DIMENSION_VALUE)
    return [row for row in values if row.parent == dimension and not row.unusable]


def _standing(connection: Any, kind: str) -> list[Reference]:
    return list(references(connection, kind).values())


def vendor_link(integration: Integration, source: Reference, target: Reference) -> Mapping:
    return VendorLink(
        integration=integration, project_vendor_id=source.code, project_vendor_name=source.name,
        ledger_number=target.code, ledger_name=target.name, origin=VendorLink.Origin.PERSON,
    )  # fmt: skip


def project_link(integration: Integration, source: Reference, target: Reference) -> Mapping:
    return ProjectLink(
        integration=integration, project_id=source.remote_id or source.code,
        project_number=source.code, project_name=source.name, dimension=target.parent,
        value=target.code,
    )  # fmt: skip


VENDORS = Page(
    "Vendors without a link", "vendor_id", VendorLink, "project_vendor_id",
    vendor_rows, vendor_targets, vendor_link,
    lambda integration: Finder(vendor_targets(integration)),
)  # fmt: skip
PROJECTS = Page(
    "Projects without a link", "project_id", ProjectLink, "project_id",
    project_rows, project_targets, project_link,
    lambda integration: Finder(project_targets(integration)),
)  # fmt: skip


def code_rows(integration: Integration) -> dict[str, Reference]:
    """Each code once, over all projects; headings stand on no line."""
    found = {row.code: row for row in _standing(integration.project_system, Kind.COST_CODE)}
    headings = {code.rpartition("-")[0] for code in found}
    return {code: row for code, row in found.items() if code not in headings}


def account_targets(integration: Integration) -> list[Reference]:
    return [row for row in _standing(integration.ledger, Kind.ACCOUNT) if not row.unusable]


CODES = Page(
    "Cost codes without a rule", "cost_code", CostCodeMapping, "cost_code",
    code_rows, account_targets, None, AccountReasons,
    "the rules of other projects, integrations and neighbouring codes, number and name", "account",
)  # fmt: skip


def unlinked(page: Page, integration: Integration, word: str = "") -> list[Unlinked]:
    """The most money waiting first, then by name. Candidates only for what is shown."""
    rows_of = page.model._default_manager.filter(integration=integration)
    if issubclass(page.model, Dated):
        rows_of = rows_of.filter(not_over(today()))
    linked = set(rows_of.values_list(page.field, flat=True))
    waiting = waiting_for(page.subject, integration)
    rows = {
        key: row for key, row in page.rows(integration).items()
        if key not in linked and (not row.unusable or key in waiting)
        and plain(word) in plain(f"{row.code} {row.name}")
    }  # fmt: skip
    order = sorted(rows, key=lambda key: (
        -waiting[key].money.size if key in waiting else ZERO, rows[key].name.casefold()
    ))  # fmt: skip
    finder, currency = page.finder(integration), words.currency_of(integration.ledger)
    found = [_unlinked(key, rows[key], waiting.get(key), currency) for key in order]
    return [
        dataclasses.replace(each, candidates=finder.candidates(each.row)) for each in found[:SHOWN]
    ] + found[SHOWN:]


def waiting_for(subject: str, integration: Integration) -> dict[str, releases.Unmapped]:
    """What held documents miss, each key once with all of its money."""
    found: dict[str, releases.Unmapped] = {}
    for row in releases.unmapped([integration]):
        if row.subject == subject:
            other = found.get(key := row.facts[subject])
            found[key] = (
                row
                if other is None
                else dataclasses.replace(
                    row, documents=row.documents + other.documents, money=row.money + other.money
                )
            )
    return found


def _unlinked(key: str, row: Reference, waits: releases.Unmapped | None, currency: str) -> Unlinked:
    money = words.in_words(waits.money, currency) if waits else ""
    return Unlinked(row, key, waits.documents if waits else 0, money, [])


def suggestions_page(page: Page, model_admin: Any, request: HttpRequest) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        if page.build is None:
            return HttpResponseNotAllowed(["GET"])
        return link(page, page.build, model_admin, request)
    integration = model_admin.integration_of(request, None)
    found = unlinked(page, integration, request.GET.get("q", "")) if integration else []
    context = {
        **model_admin.admin_site.each_context(request),
        "title": page.title,
        "opts": model_admin.opts,
        "integration": integration,
        "integrations": Integration.objects.all(),
        "unlinked": found[:SHOWN],
        "more": max(len(found) - SHOWN, 0),
        "word": request.GET.get("q", ""),
        "may_add": model_admin.has_add_permission(request),
        "add_url": reverse(model_admin.url_name("add")),
        "field": page.field,
        "target": page.target,
        "compared": page.compared,
    }
    return TemplateResponse(request, "mappings/suggestions.html", context)


def vendor_suggestions(model_admin: Any, request: HttpRequest) -> HttpResponse:
    return suggestions_page(VENDORS, model_admin, request)


def project_suggestions(model_admin: Any, request: HttpRequest) -> HttpResponse:
    return suggestions_page(PROJECTS, model_admin, request)


def code_suggestions(model_admin: Any, request: HttpRequest) -> HttpResponse:
    return suggestions_page(CODES, model_admin, request)


def link(page: Page, build: Build, model_admin: Any, request: HttpRequest) -> HttpResponse:
    """A person chose: make the link, and let go what waited for it."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    integration = get_object_or_404(
        Integration.objects.select_related("ledger"), pk=request.POST.get("integration", "0")
    )
    source = page.rows(integration).get(request.POST.get("source", ""))
    targets = {row.code: row for row in page.targets(integration)}
    target = targets.get(request.POST.get("target", ""))
    if source is None or target is None:
        messages.error(request, "One of the two is not in the reference data any more.")
    else:
        save_link(model_admin, request, build(integration, source, target))
    back = f"{reverse(model_admin.url_name('suggestions'))}?integration={integration.pk}"
    return HttpResponseRedirect(back)


def save_link(model_admin: Any, request: HttpRequest, row: Mapping) -> None:
    try:
        with transaction.atomic():
            row.full_clean()
            row.save()
    except (ValidationError, IntegrityError) as error:
        said = " ".join(getattr(error, "messages", ["It is linked already."]))
        messages.error(request, said)
        return
    messages.success(request, f"Linked {row}.")
    model_admin.release(request, row, None)
