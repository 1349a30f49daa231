"""A new integration in three pages: the two systems, all choices for its flows, the summary.

It begins in shadow mode, whatever was chosen: nothing is written before the switch-on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from connections.companies.asked import seen
from connections.integrations import INTEGRATIONS
from connections.models import Connection, Integration
from connections.pages import asking
from connections.pages.integration_form import doubled
from connections.registry import VENDORS, vendor_label
from syncs.admin import bookings, flow_verbs
from syncs.admin.flow_form import SHORTEST, FlowSettingsForm, projects_of
from syncs.controls import heeded
from syncs.models import FlowSettings
from syncs.registry import REGISTRY

ADD, CHANGE = "connections.add_integration", "syncs.change_flowsettings"
NAME = "syncs_flowsettings_new"
FLOWS = "new/<slug:key>/<int:project>/<int:ledger>/"
SHARED = {"start_date", "projects", "adopt"}
PER_FLOW = ("enabled", "booking", "every_minutes", "code_rule", "code_part", "code_filter")


def urls(admin: ModelAdmin) -> list[URLPattern]:
    wrap = admin.admin_site.admin_view
    return [
        path("new/", wrap(partial(choose, admin)), name=NAME),
        path(
            "new/<slug:key>/<int:project>/<int:ledger>/",
            wrap(partial(page, admin)),
            name=f"{NAME}_flows",
        ),
    ]


# -- the two systems ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two connections: with the kind that joins them, or why none does."""

    project_system: Connection
    ledger: Connection
    key: str = ""
    label: str = ""
    why_not: str = ""
    joined: Integration | None = None  # they are kept in step already
    used: bool = False  # one of them is a side of another integration


def pairs() -> Iterator[Pair]:
    """Each project system with each ledger; first those of which neither has an integration."""
    return iter(sorted(all_pairs(), key=lambda one: one.used))


def all_pairs() -> Iterator[Pair]:
    made = list(Integration.objects.order_by("-pk"))
    joined = {(one.project_system_id, one.ledger_id): one for one in made}
    used = {pk for sides in joined for pk in sides}
    for one in told_apart():
        sides = (one.project_system.pk, one.ledger.pk)
        yield dataclasses.replace(one, joined=joined.get(sides), used=bool(used & {*sides}))


def told_apart() -> Iterator[Pair]:
    """Those that fit, and those that do not."""
    rows = list(Connection.objects.defer("secrets").order_by("name"))
    ledgers = [row for row in rows if is_ledger(row)]
    for project in (row for row in rows if row.vendor in VENDORS and row not in ledgers):
        for ledger in ledgers:
            yield pair(project, ledger)


def is_ledger(row: Connection) -> bool:
    return row.vendor in VENDORS and VENDORS[row.vendor].role == "ledger"


def pair(project: Connection, ledger: Connection) -> Pair:
    kinds = {
        key: kind for key, kind in INTEGRATIONS.items()
        if (kind.project_system, kind.ledger) == (project.vendor, ledger.vendor)
    }  # fmt: skip
    why = f"No kind of integration joins {vendor_label(project.vendor)} and " \
          f"{vendor_label(ledger.vendor)}."  # fmt: skip
    for key, kind in kinds.items():
        misfits = [kind.misfit("project_system", project.vendor, project.name),
                   kind.misfit("ledger", ledger.vendor, ledger.name)]  # fmt: skip
        if not any(misfits):
            return Pair(project, ledger, key, kind.label)
        why = " ".join(filter(None, misfits))
    return Pair(project, ledger, why_not=why)


def may_add(request: HttpRequest) -> None:
    """A new company is added by who sees all of them."""
    if not request.user.has_perm(ADD) or seen() is not None:
        raise PermissionDenied


def base(admin: ModelAdmin, request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **admin.admin_site.each_context(request), "title": title, "opts": Integration._meta,
        "inline_admin_formsets": [],
    }  # fmt: skip


def choose(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    may_add(request)
    known = list(pairs())
    context = {
        **base(admin, request, "New integration: which two systems?"),
        "pairs": [one for one in known if one.key and not one.joined],
        "joined": [one for one in known if one.joined],
        "misfits": [one for one in known if not one.key],
    }  # fmt: skip
    return TemplateResponse(request, "syncs/wizard_pairs.html", context)


# -- the choices ----------------------------------------------------------------------------------


class CommonForm(forms.Form):
    """What holds for all flows of the new integration; asked where one of them heeds it."""

    name = forms.CharField(max_length=100, widget=UnfoldAdminTextInputWidget)
    start_date = forms.DateField(
        label="Cut-over date", required=False, widget=UnfoldAdminTextInputWidget({"type": "date"}),
        help_text="Documents dated earlier are skipped. Empty: none is.",
    )  # fmt: skip
    projects = forms.MultipleChoiceField(
        label="Only these projects", required=False, widget=UnfoldAdminSelect2MultipleWidget,
        help_text="None chosen: all projects.",
    )  # fmt: skip
    adopt = forms.BooleanField(
        label="Adopt what stands already", required=False, widget=UnfoldBooleanSwitchWidget,
        help_text="A document of the same vendor, number, total and currency is linked, not "
        "posted again. Leave it off where numbers repeat.",
    )  # fmt: skip
    save_anyway = forms.BooleanField(
        label="Make it all the same", required=False, widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, integration: Integration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.integration = integration
        heeds = {name for flow in REGISTRY[integration.key].values() for name in flow.heeds}
        for name in SHARED - heeds:
            del self.fields[name]
        if "projects" in self.fields:
            self.offer_projects()

    def offer_projects(self) -> None:
        field, known = (
            self.fields["projects"],
            projects_of(FlowSettings(integration=self.integration)),
        )
        field.choices = known  # type: ignore[attr-defined]
        if not known:
            field.help_text = (
                "They are read once the integration works; choose them then in the flow settings."
            )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if Integration.objects.filter(name=name).exists():
            raise ValidationError("There is an integration of this name already.")
        return name

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        same = self.integration.doubles()
        if same and not data.get("save_anyway"):
            self.add_error("save_anyway", doubled(self.integration, same))
        return data


class ChoiceForm(FlowSettingsForm):
    """Of one flow: a part of its own form."""

    every_minutes = forms.IntegerField(
        label="Poll every … minutes", min_value=SHORTEST, widget=UnfoldAdminIntegerFieldWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = heeded.of(self.instance, PER_FLOW)
        for name in self.fields.keys() - wanted:
            del self.fields[name]
        for field in self.fields.values():  # in a table the heading is its label
            field.widget.attrs["aria-label"] = f"{self.flow_label}: {field.label}"

    @property
    def flow_label(self) -> str:
        return bookings.label(self.instance)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = forms.ModelForm.clean(self) or self.cleaned_data
        self.check_code_rule(data)
        return data

    def validate_unique(self) -> None:
        """The rows come with the integration."""

    def summary(self) -> str:
        """In words, as the next page shows it."""
        row = self.instance
        if not row.enabled:
            return "switched off"
        booked = bookings.chosen(row) if heeded.is_heeded(row, "booking") else ""
        rule = row.get_code_rule_display() if row.code_rule else ""
        parts = [booked, rule, f"every {row.every_minutes} minutes"]
        return ", ".join(part for part in parts if part)


def beginning(integration: Integration, name: str) -> FlowSettings:
    """As a new integration begins with it."""
    flow = REGISTRY[integration.key][name]
    return FlowSettings(
        integration=integration, flow=name, shadow=True, executed_only=flow.executed_only,
        booking=flow.bookings[0] if flow.bookings else "",
    )  # fmt: skip


def flow_forms(request: HttpRequest, integration: Integration) -> list[ChoiceForm]:
    """None for who may not choose these: the flows begin as they do by themselves."""
    if not request.user.has_perm(CHANGE):
        return []
    data = request.POST if request.method == "POST" else None
    return [
        ChoiceForm(data, instance=beginning(integration, name), prefix=name)
        for name in REGISTRY[integration.key]
    ]


def page(
    admin: ModelAdmin, request: HttpRequest, key: str, project: int, ledger: int
) -> HttpResponse:
    """The choices; then the summary; then, confirmed, it is made."""
    may_add(request)
    integration = begun(key, project, ledger)
    posted = request.method == "POST"
    common = CommonForm(integration, request.POST if posted else None, initial={
        "name": f"{integration.ledger.name} ↔ {integration.project_system.name}"[:100],
    })  # fmt: skip
    parts = flow_forms(request, integration)
    valid = posted and all([common.is_valid(), *(part.is_valid() for part in parts)])
    if valid and "confirmed" in request.POST:
        made = create(integration, common.cleaned_data, parts, request.user.get_username())
        admin.log_addition(request, made, "Made in shadow mode.")
        return redirect("admin:syncs_flowsettings_cutover", made.pk)
    context = {
        **base(admin, request, f"New integration: {INTEGRATIONS[key].label}"),
        "integration": integration, "common": common, "parts": parts,
        "whom": "" if parts else asking.whom(CHANGE),
    }  # fmt: skip
    if valid and "again" not in request.POST:
        context |= summary(request, common, parts)
        return TemplateResponse(request, "syncs/wizard_summary.html", context)
    return TemplateResponse(request, "syncs/wizard.html", context)


def begun(key: str, project: int, ledger: int) -> Integration:
    """Not saved. Raises Http404 for systems that do not fit."""
    if key not in INTEGRATIONS or key not in REGISTRY:
        raise Http404
    rows = Connection.objects.in_bulk([project, ledger])
    if len(rows) != 2:
        raise Http404
    made = Integration(key=key, project_system=rows[project], ledger=rows[ledger])
    if made.misfits():
        raise Http404
    return made


def summary(request: HttpRequest, common: CommonForm, parts: list[ChoiceForm]) -> dict[str, Any]:
    rows = [part.instance for part in parts]
    for number, row in enumerate(rows):
        row.pk = -1 - number  # told apart, and never saved under it
    sent = [(name, value) for name in request.POST if name not in ("csrfmiddlewaretoken", "again")
            for value in request.POST.getlist(name)]  # fmt: skip
    return {
        "chosen": common.cleaned_data,
        "sent": sent,
        "flows": [(part.flow_label, part.summary()) for part in parts],
        "warnings": dict.fromkeys(said for row in rows for said in bookings.warnings(row, rows)),
    }


@transaction.atomic
def create(
    integration: Integration, common: dict[str, Any], parts: list[ChoiceForm], actor: str
) -> Integration:
    """With its flows in shadow mode. Without their choices it does not work yet."""
    integration.name, integration.active = common["name"], bool(parts)
    integration.full_clean()
    integration.save()
    chosen = {part.instance.flow: part for part in parts}
    rows = list(integration.flows.all())
    for row in rows:
        for name in heeded.of(row, SHARED & common.keys()):
            setattr(row, name, common[name])
        if part := chosen.get(row.flow):
            for name in part.fields:
                setattr(row, name, part.cleaned_data[name])
        row.save()
    said = f"Integration “{integration}” was made in shadow mode, with {len(rows)} flows"
    flow_verbs.note(rows[0], said, actor, {"verb": "new_integration"})
    return integration
