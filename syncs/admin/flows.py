"""The settings of each flow, the brake, and "now"."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display

from connections.models import Integration
from connections.pages.badges import Badge
from syncs.admin import bookings, controls, cutover, figures, flow_verbs, wizard
from syncs.admin.fixes import link
from syncs.admin.flow_form import FlowSettingsForm, schedule_sentence
from syncs.admin.flow_verbs import VERBS
from syncs.admin.record_actions import text_of
from syncs.controls import bands, heeded
from syncs.controls.rules import in_use
from syncs.cutover import shadow
from syncs.formatting import count
from syncs.ingest import pace
from syncs.models import ControlChange, FlowSettings, Record, State
from syncs.morning import finish

WAITING = (State.PENDING, State.RUNNING, State.IN_DOUBT)
MODES = {"stopped": "danger", "off": "", "shadow": "warning", "on": "success"}


AS_WORDS = {"approval_bands": "who_approves"}  # for those who may only look


@admin.register(FlowSettings)
class FlowSettingsAdmin(ModelAdmin):
    empty_title = "No flow yet"
    empty_next = (
        "Its flows come with each integration, in shadow mode: nothing is written before you "
        "switch them on."
    )
    empty_else = (
        "Its flows come with each integration, in shadow mode: nothing is written before {whom} "
        "switches them on."
    )
    empty_takes = "syncs.change_flowsettings"
    empty_link = (
        "Integrations",
        "connections_integration_changelist",
        "connections.view_integration",
    )
    form = FlowSettingsForm
    list_display = ("name", "integration", "mode", "booked_as", "schedule", "start_date", "waiting",
                    "warning")  # fmt: skip
    list_display_links = ("name",)
    list_filter = ("integration", "stopped", "shadow", "enabled")
    list_select_related = ("integration",)
    list_fullwidth = True
    ordering = ("integration", "pk")
    actions = ("stop", "release", "poll")
    change_form_outer_before_template = "syncs/flow_buttons.html"
    readonly_fields = ("what", "next_polls", "waiting", "through", "who_approves")
    fieldsets = (
        ("What it does", {"fields": (
            "what", "enabled", "booking", "shadow", "waiting", "through",
        )}),
        ("Cut-over", {"fields": ("start_date", "projects", "adopt")}),
        ("Checks", {"fields": (
            "needs_approval", "approval_bands", "amount_limit", "rounding_threshold", "period_rule",
            "unstated_tax", "exactly_as_sent", "executed_only",
            "void_rule", "when_closed",
        )}),
        ("Schedule", {"fields": (
            "every_minutes", "cron", ("quiet_from", "quiet_until"), "next_polls",
        )}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: FlowSettings | None = None) -> Any:
        """What the flow heeds; a part of which it heeds nothing is left out."""
        first, *others = super().get_fieldsets(request, obj)
        parts = [first, CODES, *others]
        if obj is None:
            return parts
        words = {} if self.has_change_permission(request, obj) else AS_WORDS
        shown = [
            (title, [words.get(name, name) for name in part["fields"]
                     if heeded.is_heeded(obj, name)])
            for title, part in parts
        ]  # fmt: skip
        return [(title, {"fields": fields}) for title, fields in shown if fields]

    # Rows come with an integration, one per flow of its registry.
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.stop_flow")

    # -- columns --

    @display(description="Flow", ordering="flow")
    def name(self, row: FlowSettings) -> str:
        return bookings.label(row)

    @display(description="Flow")
    def what(self, row: FlowSettings) -> str:
        flow = bookings.flow_of(row)
        return f"{bookings.label(row)}, {row.integration}. {flow.about if flow else ''}"

    @display(description="Mode", label=MODES)
    def mode(self, row: FlowSettings) -> Badge:
        if row.stopped:
            return Badge("stopped", "Stopped")
        if not row.enabled:
            return Badge("off", "Switched off")
        if row.shadow and row.live_projects:
            projects = count(len(row.live_projects), "project")
            return Badge("shadow", f"Shadow, but on for {projects}")
        return Badge("shadow", "Shadow") if row.shadow else Badge("on", "On")

    @display(description="Booked as")
    def booked_as(self, row: FlowSettings) -> str:
        return bookings.chosen(row) or "–"

    @display(description="Schedule")
    def schedule(self, row: FlowSettings) -> str:
        quiet = f", quiet {row.quiet_from:%H:%M}–{row.quiet_until:%H:%M}" if row.quiet_from else ""
        return (row.cron or f"every {count(row.every_minutes, 'minute')}") + quiet

    @display(description="Next polls")
    def next_polls(self, row: FlowSettings) -> str:
        return f"{schedule_sentence(row)} {pace.sentence(row, timezone.now())}".strip()

    @display(description="Waiting")
    def waiting(self, row: FlowSettings) -> SafeString:
        rows = Record.objects.filter(integration=row.integration_id, flow=row.flow)
        number = rows.filter(state__in=WAITING).order_by()[: figures.CAP].count()
        url = link("syncs_record_changelist", state__in=",".join(WAITING), flow=row.flow,
                   integration__id__exact=row.integration_id)  # fmt: skip
        return format_html('<a href="{}">{}</a>', url, figures.shown(number))

    @display(description="When it is through")
    def through(self, row: FlowSettings) -> str:
        found = finish.of_flow(row)
        return f"{found.sentence}." if found else "Nothing waits."

    @display(description="Warning", label={"twice": "danger", "choose": "warning"})
    def warning(self, row: FlowSettings) -> Badge | None:
        flow = bookings.flow_of(row)
        if row.enabled and flow and flow.lacks(row):
            return Badge("choose", "Something to choose")
        return Badge("twice", "Booked twice") if self.warnings_of(row) else None

    @display(description="Who approves")
    def who_approves(self, row: FlowSettings) -> str:
        return bands.words(row.approval_bands)

    def warnings_of(self, row: FlowSettings) -> list[str]:
        flow = bookings.flow_of(row)
        if row.enabled and flow and (lacking := flow.lacks(row)):
            return [lacking]
        wanted = row.approval_bands if row.needs_approval else []
        if missing := bands.lacking(wanted, row.integration_id):
            return [missing]
        if row.booking not in bookings.COSTS:
            return []
        rows = FlowSettings.objects.filter(integration=row.integration_id)
        return bookings.warnings(row, rows.select_related("integration"))

    # -- the page --

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: FlowSettings = context["original"]  # none is ever added here
        context["verbs"] = [
            verb for verb in VERBS.values()
            if request.user.has_perm(f"syncs.{verb.permission}") and verb.fits(row)
        ]  # fmt: skip
        context["stopped_by"] = flow_verbs.stopped_by(row)
        context["booking_warnings"] = self.warnings_of(row)
        context["waiting_changes"] = controls.waiting(row)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def save_model(
        self, request: HttpRequest, obj: FlowSettings, form: ModelForm[FlowSettings], change: bool
    ) -> None:
        request.loosened = controls.taken_back(obj, form.changed_data)  # type: ignore[attr-defined]
        if form.changed_data:
            obj.next_poll_at = None if SCHEDULE & set(form.changed_data) else obj.next_poll_at
            changes = changes_of(form)
            super().save_model(request, obj, form, change)
            if "shadow" in form.changed_data:
                shadow.follow(obj)
            words = "; ".join(f"{name}: {was} → {now}" for name, (was, now) in changes.items())
            actor = request.user.get_username()
            flow_verbs.note(obj, f"{obj.label}: settings changed. {words}", actor, changes)
        for sentence in self.warnings_of(obj):
            messages.warning(request, sentence)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What loosens a control is asked for once the rest is saved, each in a transaction."""
        page: HttpResponse = super().changeform_view(request, *args, **kwargs)
        for row, name, wanted in getattr(request, "loosened", ()):
            self.tell(request, controls.ask(row, name, wanted, request.user.get_username()))
        return page

    def tell(self, request: HttpRequest, change: ControlChange) -> None:
        said = controls.sentence(change)
        if change.decision == ControlChange.Decision.ALONE:
            messages.warning(request, " ".join(filter(None, (f"{said}.", change.word))))
        else:
            messages.warning(request, f"{said}: it has no effect until a second person agrees.")

    def tell_all(self, request: HttpRequest, asked: list[ControlChange]) -> None:
        """In one sentence what waits for the same person."""
        wait = [one for one in asked if one.decision == ControlChange.Decision.OPEN]
        if len(wait) < 2:
            wait = []
        for change in asked:
            if change not in wait:
                self.tell(request, change)
        if wait:
            labels = together([bookings.label(one.of) for one in wait])
            messages.warning(
                request, f"{labels}: asked for. They stay stopped until a second person agrees, "
                "under Changes of controls.",
            )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act)
        own = [
            path("<int:pk>/do/<slug:verb>/", view, name="syncs_flowsettings_do"),
            path("stop-all/<int:pk>/", self.admin_site.admin_view(self.brake_all),
                 {"verb": "stop"}, name="syncs_flowsettings_stop_all"),
            path("release-all/<int:pk>/", self.admin_site.admin_view(self.brake_all),
                 {"verb": "release"}, name="syncs_flowsettings_release_all"),
        ]  # fmt: skip
        return [*own, *cutover.urls(self), *wizard.urls(self), *super().get_urls()]

    def act(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One button; POST only."""
        if verb not in VERBS:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(f"syncs.{VERBS[verb].permission}"):
            raise PermissionDenied
        row = get_object_or_404(FlowSettings, pk=pk)
        self.perform(request, verb, [row])
        if request.POST.get("back") == "overview":
            return redirect("admin:index")
        return redirect("admin:syncs_flowsettings_change", pk)

    def brake_all(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Every flow of one integration; POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_stop_permission(request):
            raise PermissionDenied
        integration = get_object_or_404(Integration, pk=pk)
        self.perform(request, verb, integration.flows.filter(stopped=verb == "release"))
        return redirect("admin:index")

    # -- many at once --

    @admin.action(description="Stop: post nothing of them", permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[FlowSettings]) -> None:
        self.perform(request, "stop", queryset)

    @admin.action(description="Release", permissions=["stop"])
    def release(self, request: HttpRequest, queryset: QuerySet[FlowSettings]) -> None:
        self.perform(request, "release", queryset)

    @admin.action(description="Poll now", permissions=["change"])
    def poll(self, request: HttpRequest, queryset: QuerySet[FlowSettings]) -> None:
        self.perform(request, "poll", queryset)

    def perform(self, request: HttpRequest, name: str, rows: Any) -> None:
        """Each with its line in the journal; says what was done and what did not fit. A brake that
        holds documents is released by two."""
        done, idle, asked = [], [], []
        for row in list(rows):
            actor = request.user.get_username()
            if name == "release" and row.stopped and in_use(row):
                asked.append(controls.ask(row, "stopped", False, actor))
            elif flow_verbs.perform(VERBS[name], row, actor, text_of(request)):
                done.append(bookings.label(row))
            else:
                idle.append(bookings.label(row))
        self.tell_all(request, asked)
        if done:
            messages.success(request, f"{together(done)}: {VERBS[name].done}")
        if idle:
            messages.info(request, f"{together(idle)}: nothing to do.")


def together(labels: list[str]) -> str:
    """One sentence for all flows of an integration."""
    return labels[0] if len(labels) == 1 else f"{count(len(labels), 'flow')} ({', '.join(labels)})"


CODES = ("Cost codes", {"fields": ("code_rule", "code_part", "code_filter")})
SCHEDULE = {"every_minutes", "cron", "quiet_from", "quiet_until", "enabled"}


def changes_of(form: ModelForm[FlowSettings]) -> dict[str, tuple[str, str]]:
    """Old and new of every field that was changed, as text."""
    found = {
        name: (str(form.initial.get(name)), str(form.cleaned_data.get(name)))
        for name in form.changed_data
    }
    if "approval_bands" in found:
        was, becomes = FlowSettings.objects.get(pk=form.instance.pk), form.instance
        found["approval_bands"] = (
            bands.words(was.approval_bands), bands.words(becomes.approval_bands)
        )  # fmt: skip
    return found
