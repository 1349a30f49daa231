"""Loosening a control takes two: one asks, another agrees or refuses, each with a line.

A closed month is a control, too: reopening it goes the same way.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone

from audit import journal
from audit.models import Entry
from connections.amounts import CENT
from syncs.admin import bookings, flow_verbs
from syncs.admin.fixes import link
from syncs.closing import changes
from syncs.closing import close as closing
from syncs.controls import bands, rules
from syncs.cutover import shadow
from syncs.formatting import count
from syncs.ingest.noting import pend
from syncs.models import ControlChange, FlowSettings, Period, Record
from syncs.reconciliation.alerts import close_alert, open_alert
from syncs.record import RecordQuerySet

if TYPE_CHECKING:
    from django.db.models import Field

Decision = ControlChange.Decision
NAMES = {"stopped": "the brake"}


def alert_key(change: ControlChange) -> str:
    return f"control:{change.pk}"


def field_of(name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", FlowSettings._meta.get_field(name))


def name_of(field: str) -> str:
    return NAMES.get(field) or str(field_of(field).verbose_name)


def value_of(row: FlowSettings, field: str, value: Any) -> str:
    """As a person reads it."""
    if field == "stopped":
        return "stopped" if value else "released"
    if field == "booking":
        return dict(bookings.choices(row)).get(value) or str(value) or "nothing chosen"
    if field == "approval_bands":
        return bands.words(value)
    choices = dict(field_of(field).flatchoices)
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if value in choices:
        return str(choices[value])
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def sentence(change: ControlChange) -> str:
    if change.period_id:
        return f"{change.of}: closed → reopened. {change.why}"
    row: FlowSettings = change.of
    was, becomes = (value_of(row, change.field, one) for one in (change.was, change.becomes))
    return f"{bookings.label(row)}, {row.integration}: {name_of(change.field)}, {was} → {becomes}"


def taken_back(row: FlowSettings, changed: list[str]) -> list[tuple[FlowSettings, str, Any]]:
    """The controls of a flow in use that a form would loosen keep what they were: they leave the
    row and the list of what is changed. Returns what is to be asked for instead."""
    if not rules.LOOSER.keys() & set(changed) or not rules.in_use(row):
        return []
    now, wanted = FlowSettings.objects.get(pk=row.pk), []
    for name in [name for name in changed if name in rules.LOOSER]:
        was, becomes = getattr(now, name), getattr(row, name)
        if rules.loosens(name, was, becomes):
            wanted.append((now, name, becomes))
            setattr(row, name, was)
            changed.remove(name)
    return wanted


def waiting(row: FlowSettings) -> list[tuple[str, str, str]]:
    """What, who asked, and where it is decided."""
    rows = row.control_changes.filter(decision=Decision.OPEN)
    return [
        (sentence(one), one.asked_by, link("syncs_controlchange_change", one.pk))
        for one in rows.select_related("settings__integration", "period__integration")
    ]


def stored(value: Any) -> Any:
    """For the row: what JSON cannot hold is text, and 50000 the same as 50000.00."""
    if isinstance(value, Decimal):
        return str(value.quantize(CENT))
    return value if value is None or isinstance(value, (bool, list)) else str(value)


def ask(row: FlowSettings, field: str, becomes: Any, actor: str) -> ControlChange:
    """The control keeps its value until somebody else agrees; or, where the site runs with one
    person, it is loosened now. What waits already, asked by whomever, is the same ask."""
    with transaction.atomic():
        row = locked_settings(row.pk)
        facts = {"was": stored(getattr(row, field)), "becomes": stored(becomes)}
        open_ones = row.control_changes.filter(field=field, decision=Decision.OPEN)
        if same := open_ones.filter(**facts).first():
            return same
        others = list(open_ones)
        for other in others:
            close(other, Decision.OVERTAKEN, actor, "Asked for again, otherwise.")
        change = ControlChange.objects.create(settings=row, field=field, asked_by=actor, **facts)
        said = "asked for; waits for a second person."
        if site.ONE_PERSON_OPERATION:
            said = f"loosened by one person. {loosen_alone(change, row, actor)}".strip()
        for other in others:
            note(other, actor)
        flow_verbs.note(row, f"{sentence(change)}: {said}", actor)
    for other in others:
        close_alert(alert_key(other), actor)
    alert(change)
    return change


def alert(change: ControlChange) -> None:
    """Who may agree hears of it; where one person did it, everybody does."""
    if change.decision == Decision.ALONE:
        how = "Reopened" if change.period_id else "Loosened"
        said = f"{how} by {change.asked_by} alone. {sentence(change)}."
    else:
        said = f"{change.asked_by} asks a second person to agree. {sentence(change)}."
    open_alert(alert_key(change), said, change.integration)


def ask_to_reopen(period: Period, why: str, actor: str) -> ControlChange | None:
    """It stays closed until somebody else agrees; or, where the site runs with one person, it is
    reopened now. None where it is not closed. What waits already is the same ask."""
    with transaction.atomic():
        row = closing.locked(period)
        if row.state != Period.State.CLOSED:
            return None
        if same := row.control_changes.filter(decision=Decision.OPEN).first():
            return same
        facts = {"was": True, "becomes": False, "why": why, "asked_by": actor}
        change = ControlChange.objects.create(period=row, field="closed", **facts)
        said = "asked for; waits for a second person."
        if site.ONE_PERSON_OPERATION:
            said = "reopened by one person."
            put(row, change, actor)
            close(change, Decision.ALONE, actor, "")
        tell(change, f"{sentence(change)}: {said}", actor)
    alert(change)
    over(change, actor)
    return change


def loosen_alone(change: ControlChange, row: FlowSettings, actor: str) -> str:
    """Returns what stays held, in words."""
    kept = rules.keep_held(row, change.field)
    put(row, change, actor)
    word = f"Held and to be approved as before: {count(kept, 'document')}." if kept else ""
    close(change, Decision.ALONE, actor, word)
    return word


def why_not(change: ControlChange, actor: str) -> str:
    """Empty, or why this person may not decide it now."""
    if change.decision != Decision.OPEN:
        return "It was decided already."
    if change.asked_by == actor:
        return f"{actor} asked for it: somebody else must agree."
    return ""


def agree(change: ControlChange, actor: str) -> str:
    """It takes effect. Empty, or why not."""
    with transaction.atomic():
        row, change = locked(change), opened(change)
        if problem := why_not(change, actor):
            return problem
        if is_as_it_was(row, change):
            put(row, change, actor)
            close(change, Decision.AGREED, actor, "")
        else:
            problem = "The control was changed meanwhile: ask for it again if it is still wanted."
            close(change, Decision.OVERTAKEN, actor, "The control was changed meanwhile.")
        note(change, actor)
    close_alert(alert_key(change), actor)
    over(change, actor)
    if not problem:
        release(change, actor)
    return problem


def held_by(change: ControlChange) -> RecordQuerySet:
    """What the control holds now; of a month nothing."""
    row = change.settings
    return rules.held_by(row, change.field) if row else Record.objects.none()


def release(change: ControlChange, actor: str) -> int:
    """Two have agreed: what it held is looked at again, by all that may hold it otherwise."""
    ids = list(held_by(change).values_list("pk", flat=True))
    if not ids:
        return 0
    return pend(ids, f"{name_of(change.field).capitalize()} was changed, agreed to by {actor}.")


def is_as_it_was(row: FlowSettings | Period, change: ControlChange) -> bool:
    if isinstance(row, Period):
        return row.state == Period.State.CLOSED
    return bool(stored(getattr(row, change.field)) == change.was)


def over(change: ControlChange, actor: str) -> None:
    """What changed in a month that is open again is nothing to be alerted of."""
    ended = change.decision in (Decision.AGREED, Decision.ALONE)
    last = change.of.closes.first() if change.period_id and ended else None
    if last:
        changes.forget(last, actor)


def refuse(change: ControlChange, actor: str, word: str) -> str:
    """The control stays as it is. Who asked may take it back so, too. Empty, or why not."""
    with transaction.atomic():
        locked(change)
        change = opened(change)
        if change.decision != Decision.OPEN:
            return why_not(change, actor)
        close(change, Decision.REFUSED, actor, word)
        note(change, actor)
    close_alert(alert_key(change), actor)
    return ""


def note(change: ControlChange, actor: str) -> None:
    """The line of its end."""
    said = f"asked for by {change.asked_by}, {change.get_decision_display().lower()}. {change.word}"
    tell(change, f"{sentence(change)}: {said}".strip(), actor)


def tell(change: ControlChange, said: str, actor: str) -> None:
    """A line of the journal."""
    data = None
    if change.period_id:
        data = {
            "verb": "reopen_period", "month": str(change.of.month), "decision": change.decision,
        }  # fmt: skip
    journal.append(
        Entry.Kind.PERSON, said, integration=change.integration.key, actor=actor,
        flow=change.settings.flow if change.settings else "", data=data,
    )  # fmt: skip


def close(change: ControlChange, decision: Decision, actor: str, word: str) -> None:
    change.decision, change.decided_by, change.word = decision, actor, word
    change.decided_at = timezone.now()
    change.save(update_fields=["decision", "decided_by", "word", "decided_at"])


def put(row: FlowSettings | Period, change: ControlChange, actor: str) -> None:
    """The new value, and nothing else of the row."""
    if isinstance(row, Period):
        agreed = f", agreed by {actor}" if actor != change.asked_by else ""
        closing.reopen(row, f"{change.asked_by}{agreed}", change.why)
        return
    if change.field == "stopped":
        flow_verbs.release(row)
        return
    value = field_of(change.field).to_python(change.becomes)
    FlowSettings.objects.filter(pk=row.pk).update(**{change.field: value})
    if change.field in shadow.FIELDS:
        setattr(row, change.field, value)
        shadow.follow(row)


def locked(change: ControlChange) -> FlowSettings | Period:
    """What it is a change of."""
    if change.period is not None:
        return closing.locked(change.period)
    return locked_settings(change.of.pk)


def locked_settings(pk: int) -> FlowSettings:
    rows = FlowSettings.objects.select_for_update(of=("self",)).select_related("integration")
    return rows.get(pk=pk)


def opened(change: ControlChange) -> ControlChange:
    """As it stands now; its flow, or its month, is locked."""
    rows = ControlChange.objects.select_related("settings__integration", "period__integration")
    return rows.get(pk=change.pk)
