"""The form of a flow's settings: only what the flow offers, and times that can be kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from croniter import croniter
from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget

from connections.transport.days import site_zone
from mappings.models import Reference
from syncs.admin import bookings
from syncs.admin.bands_field import BandsField
from syncs.coding import code_rules
from syncs.coding.code_rules import CodeRule
from syncs.ingest.schedule import next_poll
from syncs.models import FlowSettings

SHORTEST = 1  # minutes between two polls
BANDS_HELP = (
    "Only while the flow needs approval. By the document's total in the company's own currency, "
    "credits by the same amount; what is not known counts as the largest, and a difference as much "
    "as its whole document where that is more. Nothing filled in: one person for each document."
)
POLLS_SHOWN = 3


MEMO = (
    " Memo accounts are the pair that was chosen for commitments under “Accounts by purpose”: what "
    "is ordered stands there beside the books, so that nothing of it is a cost or owed."
)


class FlowSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FlowSettings
        fields = "__all__"  # noqa: DJ007 the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "booking" in self.fields:
            self.offer_bookings()
        if "code_rule" in self.fields:
            self.offer_code_rules()
        if "approval_bands" in self.fields:
            self.offer_bands()
        if "projects" in self.fields:
            self.offer_projects()
        if "when_closed" in self.fields:
            self.fields["when_closed"].help_text += MEMO

    def offer_projects(self) -> None:
        self.fields["projects"] = forms.MultipleChoiceField(
            choices=projects_of(self.instance), required=False, label="Only these projects",
            widget=UnfoldAdminSelect2MultipleWidget,
            help_text="What belongs to another project is left out. None chosen: all projects.",
        )  # fmt: skip

    def offer_bookings(self) -> None:
        offered = bookings.choices(self.instance)
        self.fields["booking"] = forms.ChoiceField(
            choices=offered, widget=UnfoldAdminSelectWidget, label="Booked as",
            help_text="A document of this flow becomes that on the other side.",
        )  # fmt: skip

    def offer_bands(self) -> None:
        """What the row keeps is shown as its parts, so that a change of one is seen."""
        old, field = self.fields["approval_bands"], BandsField()
        field.label, field.help_text = old.label, BANDS_HELP
        self.fields["approval_bands"] = field
        self.initial["approval_bands"] = field.widget.decompress(self.instance.approval_bands)

    def offer_code_rules(self) -> None:
        """Those of the flow; nothing is chosen until a person chooses."""
        flow = bookings.flow_of(self.instance)
        offered = [(name, CodeRule(name).label) for name in flow.code_rules] if flow else []
        field = self.fields["code_rule"]
        self.fields["code_rule"] = forms.ChoiceField(
            choices=[("", "Not chosen yet: nothing is sent"), *offered], required=False,
            widget=UnfoldAdminSelectWidget, label=field.label, help_text=field.help_text,
        )  # fmt: skip

    def clean_cron(self) -> str:
        cron = str(self.cleaned_data["cron"]).strip()
        if cron and not croniter.is_valid(cron):
            raise forms.ValidationError(
                "Not a schedule. Five fields: minute, hour, day, month, weekday; for example "
                "“0 6-18 * * 1-5”."
            )
        return cron

    def clean_every_minutes(self) -> int:
        minutes = int(self.cleaned_data["every_minutes"])
        if minutes < SHORTEST:
            raise forms.ValidationError(f"At least {SHORTEST} minute.")
        return minutes

    def clean_amount_limit(self) -> Any:
        limit = self.cleaned_data["amount_limit"]
        if limit is not None and limit < 0:
            raise forms.ValidationError("A limit is not negative.")
        return limit

    def clean_rounding_threshold(self) -> Any:
        threshold = self.cleaned_data["rounding_threshold"]
        if threshold < 0:
            raise forms.ValidationError("A threshold is not negative.")
        return threshold

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = data.get("quiet_from"), data.get("quiet_until")
        if (begin is None) != (end is None):
            raise forms.ValidationError("Quiet hours need a beginning and an end.")
        if begin is not None and begin == end:
            raise forms.ValidationError("Quiet hours that begin when they end are none.")
        self.check_code_rule(data)
        return data

    def check_code_rule(self, data: dict[str, Any]) -> None:
        """A rule that is chosen is chosen whole, and names what the ledger has."""
        if not data.get("code_rule"):
            return
        names = ("code_rule", "code_part", "code_filter")
        chosen = FlowSettings(**{name: data.get(name, "").strip() for name in names})
        if problem := code_rules.problem(chosen) or unknown_dimension(self.instance, chosen):
            raise forms.ValidationError(problem)


def unknown_dimension(settings: FlowSettings, chosen: FlowSettings) -> str:
    if chosen.code_rule != CodeRule.VALUE:
        return ""
    rows = Reference.objects.filter(
        connection=settings.integration.ledger_id, kind=Reference.Kind.DIMENSION, gone_at=None
    )
    known = sorted(rows.values_list("code", flat=True))
    listed = f"Its dimensions are {', '.join(known)}." if known else "None were read yet."
    if chosen.code_part in known:
        return ""
    return f"The ledger has no dimension {chosen.code_part}. {listed}"


def projects_of(settings: FlowSettings) -> list[tuple[str, str]]:
    """The source's projects; one that was chosen and has gone can still be taken out."""
    rows = Reference.objects.filter(
        connection=settings.integration.project_system_id, kind=Reference.Kind.PROJECT, gone_at=None
    ).order_by("code")
    known = {row.code: f"{row.code} {row.name}".strip() for row in rows}
    gone = {code: f"{code} (not in the source any more)" for code in settings.projects}
    return list({**gone, **known}.items())


def schedule_sentence(settings: FlowSettings, now: dt.datetime | None = None) -> str:
    """When the next three polls are, on the site's clock."""
    if not settings.enabled:
        return "The flow is switched off: it is not polled."
    at = upcoming(settings, now or timezone.now())
    zone = site_zone()
    times = [f"{moment.astimezone(zone):%a %b %-d, %H:%M}" for moment in at]
    return f"Next polls: {'; '.join(times)} ({zone.key})."


def upcoming(settings: FlowSettings, now: dt.datetime) -> list[dt.datetime]:
    first = settings.next_poll_at or now
    found = [max(first, now)]
    while len(found) < POLLS_SHOWN:
        found.append(next_poll(settings, found[-1]))
    return found
