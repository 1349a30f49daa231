"""Pages of the cut-over: what shadow mode shows, switching on, and the way back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from connections.models import Integration
from syncs.admin import advice, bookings, controls, flow_verbs, forecast, likenesses
from syncs.admin.figures import DRAFT, SHADOW, WANTED
from syncs.admin.fixes import Fix, link
from syncs.admin.list_sums import Total, totals
from syncs.admin.reasons import advice_of
from syncs.controls import heeded
from syncs.controls.rules import in_use
from syncs.cutover import shadow, switch
from syncs.cutover.report import Report, in_shadow, noted, report
from syncs.forecast.figures import Figures, Group
from syncs.formatting import count
from syncs.models import ControlChange, FlowSettings, Record, Run, State

CHANGE, AGREE = "syncs.change_flowsettings", "syncs.agree_controlchange"
PAGE = "syncs_flowsettings_cutover"


def urls(admin: ModelAdmin) -> list[URLPattern]:
    wrap = admin.admin_site.admin_view
    return [
        path("cutover/", wrap(partial(overview, admin)), name="syncs_flowsettings_cutovers"),
        path("cutover/<int:pk>/", wrap(partial(page, admin)), name=PAGE),
        path("cutover/<int:pk>/on/", wrap(partial(switch_on, admin)), name=f"{PAGE}_on"),
        path("cutover/<int:pk>/agree/", wrap(partial(agree, admin)), name=f"{PAGE}_agree"),
        path("cutover/<int:pk>/back/", wrap(partial(back, admin)), name=f"{PAGE}_back"),
        *likenesses.urls(admin),
    ]


# -- what is shown --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Cause:
    """Why some of them would be held, with what mends it."""

    label: str
    group: Group
    sentence: str
    todo: str
    fix: Fix | None
    url: str

    @property
    def totals(self) -> list[Total]:
        return totals(self.group.rows)


@dataclasses.dataclass(frozen=True)
class Line:
    """One project, or one flow."""

    name: str
    title: str
    figures: Figures

    @property
    def totals(self) -> list[Total]:
        return totals(self.figures.written.rows)

    @property
    def held(self) -> int:
        return sum(group.documents for group in self.figures.held.values())

    @property
    def asked(self) -> int:
        return sum(group.documents for group in self.figures.asked.values())

    @property
    def others(self) -> int:
        return self.figures.waits.documents + self.figures.skipped.documents


def causes(integration: Integration, figures: Figures) -> list[Cause]:
    return [cause(integration, reason, group) for reason, group in forecast.by_size(figures.held)]


def cause(integration: Integration, reason: str, group: Group) -> Cause:
    """The fix of the first of them: where they lack the same thing, it is everybody's."""
    first = group.shown
    record = Record.objects.select_related("integration").get(pk=first.record)
    facts = dict(first.problems[0]) if first.problems else {"reason": reason}
    fix = advice_of(integration.key, record.flow, reason).fix(record, facts)
    if fix and fix.url.startswith("#"):
        fix = dataclasses.replace(fix, url=f"{link('syncs_record_change', record.pk)}{fix.url}")
    shown = link(
        "syncs_record_changelist", state__exact=SHADOW, reason__exact=reason,
        integration__id__exact=integration.pk,
    )  # fmt: skip
    todo = advice.of_group(reason, group, {integration.pk: integration.key})
    return Cause(forecast.label(reason), group, first.sentence, todo, fix, shown)


def by_project(found: Report) -> list[Line]:
    names = dict(
        Record.objects.filter(project__in=found.projects).order_by().values_list(
            "project", "project_name"
        ).distinct()
    )  # fmt: skip
    lines = [
        Line(project, f"{project} {names.get(project, '')}".strip() or "No project", figures)
        for project, figures in found.projects.items()
    ]
    return sorted(lines, key=lambda line: (not line.name, line.name))


def by_flow(integration: Integration, found: Report) -> list[Line]:
    rows = integration.flows.filter(flow__in=found.flows).select_related("integration")
    return [
        Line(row.flow, bookings.label(row), found.flows[row.flow]) for row in rows.order_by("pk")
    ]


def may_see(admin: ModelAdmin, request: HttpRequest) -> None:
    if not admin.has_view_permission(request):
        raise PermissionDenied


def found(pk: int) -> Integration:
    return get_object_or_404(Integration.objects.select_related("project_system", "ledger"), pk=pk)


def overview(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """The integrations, and how much of each writes."""
    may_see(admin, request)
    rows = [
        {"integration": row, "flows": in_shadow(row), "of": row.flows.filter(enabled=True).count(),
         "documents": noted(row).count(), "url": link(PAGE, row.pk)}
        for row in Integration.objects.select_related("project_system", "ledger")
    ]  # fmt: skip
    context = {**base(admin, request, "Cut-over"), "rows": rows}
    return TemplateResponse(request, "syncs/cutovers.html", context)


def base(admin: ModelAdmin, request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **admin.admin_site.each_context(request), "title": title, "opts": admin.opts,
        "inline_admin_formsets": [], "may_change": request.user.has_perm(CHANGE),
    }  # fmt: skip


def page(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The shadow report, and what can be done about it."""
    may_see(admin, request)
    integration = found(pk)
    told, open_changes = report(integration), waiting(integration)
    actor = request.user.get_username()
    context = {
        **base(admin, request, f"Cut-over: {integration}"), "integration": integration,
        **figures_of(integration, told), "projects": by_project(told),
        "flows": by_flow(integration, told), "in_shadow": in_shadow(integration),
        "unread": unread(integration),
        "lacking": [said for row in in_shadow(integration) if (said := switch.lacking(row))],
        "waiting": [controls.sentence(change) for change in open_changes],
        "asked_by": sorted({change.asked_by for change in open_changes}),
        "may_agree": request.user.has_perm(AGREE)
        and any(change.asked_by != actor for change in open_changes),
        "writing": writing(integration), **standing(integration),
        **likenesses.shown(request, integration),
        "adopting": [bookings.label(row) for row in adopting(integration)],
    }  # fmt: skip
    return TemplateResponse(request, "syncs/cutover.html", context)


def unread(integration: Integration) -> list[str]:
    """Flows whose documents nobody can know yet: their source was never listed."""
    listed = Run.objects.filter(integration=integration, kind="poll", ok=True).values("flow")
    rows = in_shadow(integration)
    known = set(listed.values_list("flow", flat=True))
    return [bookings.label(row) for row in rows if row.flow not in known]


def figures_of(integration: Integration, told: Report) -> dict[str, Any]:
    whole = told.whole
    return {
        "told": told, "figures": whole, "written": totals(whole.written.rows),
        "causes": causes(integration, whole),
        "held": sum(group.documents for group in whole.held.values()),
        "held_totals": totals([row for group in whole.held.values() for row in group.rows]),
        "asked": [(whom, group, totals(group.rows))
                  for whom, group in forecast.by_size(whole.asked)],
    }  # fmt: skip


def waiting(integration: Integration) -> list[ControlChange]:
    """Asked for, and not decided yet."""
    rows = ControlChange.objects.filter(
        settings__integration=integration, field__in=shadow.FIELDS,
        decision=ControlChange.Decision.OPEN,
    )  # fmt: skip
    return list(rows.select_related("settings__integration").order_by("settings_id"))


def adopting(integration: Integration) -> list[FlowSettings]:
    rows = integration.flows.filter(adopt=True).select_related("integration").order_by("pk")
    return [row for row in rows if heeded.is_heeded(row, "adopt")]


def writing(integration: Integration) -> list[FlowSettings]:
    rows = integration.flows.filter(enabled=True).select_related("integration").order_by("pk")
    return [row for row in rows if not row.shadow or row.live_projects]


def standing(integration: Integration) -> dict[str, Any]:
    """How much is over there, posted and as drafts, and the lists of exactly that."""
    found: dict[str, Any] = {}
    for name, state in (("posted", State.POSTED), ("drafts", DRAFT)):
        rows = Record.objects.filter(WANTED[state], integration=integration)
        asked = {"state__exact": state, "integration__id__exact": integration.pk}
        found |= {name: rows.count(), f"{name}_url": link("syncs_record_changelist", **asked)}
    return found


# -- what is done ---------------------------------------------------------------------------------


def may_change(request: HttpRequest, permission: str = CHANGE) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def switch_on(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Once with the figures; then, confirmed, it is done or asked for."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    may_see(admin, request)
    may_change(request)
    integration = found(pk)
    projects = chosen(request, integration)
    if projects is None:
        messages.error(request, "Choose all, or at least one project. Nothing was changed.")
        return redirect(f"admin:{PAGE}", pk)
    planned = switch.steps(integration, projects)
    if "confirmed" in request.POST and planned:
        carry_out(request, planned)
        return redirect(f"admin:{PAGE}", pk)
    told = report(integration, projects)
    context = {
        **base(admin, request, f"Switch on: {integration}"), "integration": integration,
        **figures_of(integration, told), "chosen": projects,
        "planned": [bookings.label(step.row) for step in planned],
        "alone": not any(in_use(step.row) for step in planned),
    }  # fmt: skip
    return TemplateResponse(request, "syncs/cutover_on.html", context)


def chosen(request: HttpRequest, integration: Integration) -> list[str] | None:
    """Projects of the report; empty for all; None where nothing was chosen."""
    if request.POST.get("what") == "all":
        return []
    known = set(noted(integration).order_by().values_list("project", flat=True).distinct()) - {""}
    return sorted(known & set(request.POST.getlist("project"))) or None


def carry_out(request: HttpRequest, planned: Sequence[switch.Step]) -> None:
    """Flows that have noted documents wait for a second person; the others are on at once."""
    actor, done, asked = request.user.get_username(), 0, 0
    for step in planned:
        if not in_use(step.row):
            put(step, actor)
            done += 1
            continue
        change = controls.ask(step.row, step.field, step.becomes, actor)
        alone = change.decision == ControlChange.Decision.ALONE
        done, asked = done + alone, asked + (not alone)
    if done:
        messages.success(request, f"{count(done, 'flow')} switched on.")
    if asked:
        messages.warning(
            request, f"{count(asked, 'flow')}: it has no effect until a second person agrees."
        )


def put(step: switch.Step, actor: str) -> None:
    with transaction.atomic():
        row = controls.locked_settings(step.row.pk)
        was = controls.value_of(row, step.field, getattr(row, step.field))
        setattr(row, step.field, step.becomes)
        row.save(update_fields=[step.field])
        shadow.follow(row)
        now = controls.value_of(row, step.field, step.becomes)
        flow_verbs.note(row, f"{row.label}: {controls.name_of(step.field)}, {was} → {now}", actor)


def agree(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """To all that was asked for by others, each with its line."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    may_see(admin, request)
    may_change(request, AGREE)
    actor = request.user.get_username()
    answers = [controls.agree(change, actor) for change in waiting(found(pk))]
    for problem in sorted({answer for answer in answers if answer}):
        messages.error(request, problem)
    if done := answers.count(""):
        messages.success(request, f"{count(done, 'flow')} switched on.")
    return redirect(f"admin:{PAGE}", pk)


def back(admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Into shadow mode again, at once. What stands posted is left alone."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    may_see(admin, request)
    may_change(request)
    integration, actor = found(pk), request.user.get_username()
    rows = switch.back(integration, lambda row: put_back(row, actor))
    if rows:
        said = f"{count(len(rows), 'flow')} back in shadow mode: nothing more is written."
        stands = standing(integration)
        left = f" and {count(stands['drafts'], 'draft')}" if stands["drafts"] else ""
        before = f"{count(stands['posted'], 'document')} posted before{left}"
        messages.success(request, f"{said} {before} stand as they are.")
    return redirect(f"admin:{PAGE}", pk)


def put_back(row: FlowSettings, actor: str) -> None:
    with transaction.atomic():
        row = controls.locked_settings(row.pk)
        row.shadow, row.live_projects = True, []
        row.save(update_fields=["shadow", "live_projects"])
        shadow.follow(row)
        flow_verbs.note(row, f"{row.label}: back in shadow mode", actor, {"verb": "shadow"})
