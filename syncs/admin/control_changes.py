"""Changes that loosen a control or reopen a month: what waits, and what became of the others."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from syncs import formatting
from syncs.admin import controls, list_sums
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.list_export import ListExport, Table
from syncs.models import ControlChange

TONES = {
    "Waits": "warning", "Agreed": "success", "Refused": "", "Overtaken": "",
    "Made by one person": "danger",
}  # fmt: skip


class WhoseFilter(DropdownFilter):
    """What waits for me: nobody agrees to what he asked for."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("for_me", "For me to decide")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ControlChange]
    ) -> QuerySet[ControlChange]:
        if self.value() != "for_me":
            return queryset
        return queryset.waiting_for(request.user.get_username())  # type: ignore[attr-defined, no-any-return]


TABLE = Table(
    "change of a control", "changes of controls", "syncs.export_controlchange",
    {
        "Change": controls.sentence, "Integration": lambda row: str(row.integration),
        "State": lambda row: row.get_decision_display(), "Asked by": attrgetter("asked_by"),
        "Asked": attrgetter("asked_at"), "Why": attrgetter("why"),
        "Decided by": attrgetter("decided_by"), "Decided": attrgetter("decided_at"),
        "Reason given": attrgetter("word"),
    },
    frozenset({"Asked", "Decided"}),
)  # fmt: skip


@admin.register(ControlChange)
class ControlChangeAdmin(ListExport, ReadOnlyAdmin):
    empty_title = "Nobody has asked to loosen a control"
    empty_next = (
        "Who unticks an approval, raises a limit, releases a stopped flow or wants a closed "
        "month open again asks a second person for it. What is asked waits here until "
        "somebody else agrees, and stays with who decided."
    )
    empty_link = ("Flow settings", "syncs_flowsettings_changelist", "syncs.view_flowsettings")
    table = TABLE
    list_display = ("what", "shown_decision", "asked_by", "asked", "decided_by", "decided", "said")
    list_display_links = ("what",)
    list_filter = (WhoseFilter, "decision", "settings__integration")
    list_select_related = ("settings__integration", "period__integration")
    fields = ("what", "shown_decision", "asked_by", "asked", "decided_by", "decided", "said")
    readonly_fields = fields
    change_form_outer_before_template = "syncs/control_change.html"
    actions = ("agree",)

    @display(description="Change")
    def what(self, row: ControlChange) -> str:
        return controls.sentence(row)

    @display(description="State", label=TONES)
    def shown_decision(self, row: ControlChange) -> str:
        return str(row.get_decision_display())

    @display(description="Reason given")
    def said(self, row: ControlChange) -> str:
        return row.word or formatting.NOTHING

    @display(description="Asked", ordering="asked_at")
    def asked(self, row: ControlChange) -> str:
        return formatting.when(row.asked_at)

    @display(description="Decided", ordering="decided_at")
    def decided(self, row: ControlChange) -> str:
        return formatting.when(row.decided_at)

    # -- many at once --

    def has_agree_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("syncs.agree_controlchange")

    @admin.action(description="Agree to them", permissions=["agree"])
    def agree(self, request: HttpRequest, queryset: QuerySet[ControlChange]) -> None:
        """Each by itself and with its line, as on its page; what is decided already is left."""
        actor = request.user.get_username()
        rows = queryset.filter(decision=ControlChange.Decision.OPEN).order_by("pk")
        answers = [controls.agree(row, actor) for row in rows]
        for problem in sorted({answer for answer in answers if answer}):
            messages.error(request, problem)
        done = answers.count("")
        said = f"{formatting.count(done, 'change')} in effect now." if done else "Nothing changed."
        messages.success(request, said)

    # -- the page --

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: ControlChange = context["original"]
        actor = request.user.get_username()
        waits = row.decision == ControlChange.Decision.OPEN
        may = request.user.has_perm("syncs.agree_controlchange")
        context |= {
            "waits": waits, "may_agree": waits and may and row.asked_by != actor,
            "may_refuse": waits and (may or row.asked_by == actor),
            "releases": released(row) if waits else "",
            "why_not": controls.why_not(row, actor) if waits and may else "",
        }  # fmt: skip
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decide)
        own = path("<int:pk>/do/<slug:verb>/", view, name="syncs_controlchange_do")
        return [own, *super().get_urls()]

    def decide(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Agree or refuse; POST only. Who asked may take it back, and no more."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(ControlChange, pk=pk)
        actor = request.user.get_username()
        own = verb == "refuse" and row.asked_by == actor
        if not own and not request.user.has_perm("syncs.agree_controlchange"):
            raise PermissionDenied
        releases = released(row) if verb == "agree" else ""
        if problem := decided(row, verb, actor, request.POST.get("word", "").strip()[:500]):
            messages.error(request, problem)
        elif verb == "refuse":
            messages.success(request, "Noted.")
        else:
            messages.success(request, f"It is in effect now. {releases}".rstrip())
        return redirect("admin:syncs_controlchange_change", pk)


def released(row: ControlChange) -> str:
    """Empty, or what it holds that is looked at again when it is agreed to."""
    held = controls.held_by(row)
    number = held.count()
    if not number:
        return ""
    told = ", ".join(total.money for total in list_sums.totals(list_sums.counted(held)))
    documents = formatting.count(number, "document")
    tried = "is" if number == 1 else "are"
    return f"{documents} that it holds ({told or 'no amount'}) {tried} tried again."


def decided(row: ControlChange, verb: str, actor: str, word: str) -> str:
    """Empty, or why not."""
    if verb == "agree":
        return controls.agree(row, actor)
    if not word:
        return "Say why. Nothing was changed."
    return controls.refuse(row, actor, word)
