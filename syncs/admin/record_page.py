"""All that the page of one record shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from audit.models import Entry
from connections.errors import Reason
from mappings.pages import words
from mappings.pages.versions import versions
from syncs.admin import forecast, list_sums, offers, preview, sent, standing
from syncs.admin.record_verbs import (
    BUSY,
    VERBS,
    Verb,
    approvable,
    colleagues,
    seen,
    why_not_this_person,
)
from syncs.forecast.foresee import foresee_one
from syncs.models import Record, State
from syncs.reconciliation.booked_by import AFTER_CODING
from syncs.registry import REGISTRY, is_of_ledger, label_of

MOST_HOPS = 500
NAMES_OFFERED = 200  # in the box in which a name is typed
CARE = ("take", "assign", "leave", "note")
TWINS_WITHIN = dt.timedelta(days=7)
ON_BOARDS = ("item", "options", "decision")  # these have no status of their own there
STATE_TONES = {
    State.PENDING: "info", State.RUNNING: "info", State.IN_DOUBT: "warning",
    State.POSTED: "success", State.HELD: "danger", State.SKIPPED: "", State.SET_ASIDE: "",
}  # fmt: skip


@dataclasses.dataclass
class Hop:
    """One line of the history; a write together with its outcome."""

    entry: Entry
    outcome: Entry | None = None

    @property
    def is_write(self) -> bool:
        return self.entry.kind == Entry.Kind.INTENT

    @property
    def unanswered(self) -> bool:
        return self.is_write and self.outcome is None

    @property
    def said(self) -> str:
        """Without what its label says already: “State changed: Posted: Posted as …”."""
        first, _, rest = self.entry.sentence.partition(": ")
        doubled = self.entry.kind in (Entry.Kind.NOTED, Entry.Kind.STATE) and (
            first == self.entry.get_kind_display() or rest.startswith(first)
        )
        return f"{rest[:1].upper()}{rest[1:]}" if doubled and rest else self.entry.sentence

    @property
    def names_actor(self) -> bool:
        """Whether who did it is to be added: “Approved by anna” has it already."""
        actor = self.entry.actor
        return bool(actor) and not self.said.endswith(f" by {actor}")

    @property
    def took(self) -> str:
        if self.outcome is None:
            return ""
        return f"{(self.outcome.at - self.entry.at).total_seconds():.1f} s"

    @property
    def facts(self) -> Any:
        """What is collapsed under a line that is not a write."""
        return {} if self.is_write else self.entry.data


@dataclasses.dataclass(frozen=True)
class Button:
    verb: Verb
    note: str  # what it will do
    refusal: str = ""  # why it cannot be pressed
    first: bool = False  # what a person most likely came for


def page(admin: ModelAdmin[Any], request: HttpRequest, object_id: str) -> HttpResponse:
    record = found(object_id)
    if not admin.has_view_permission(request, record):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        "title": str(record), "opts": Record._meta, "original": record,
        "inline_admin_formsets": [], "media": admin.media,
        **shown(record, request.user), **doings(record, request),
    }  # fmt: skip
    return TemplateResponse(request, "syncs/record.html", context)


def found(object_id: str) -> Record:
    rows = Record.objects.select_related("integration__ledger", "integration__project_system")
    record = rows.filter(pk=object_id).first() if object_id.isdigit() else None
    if record is None:
        raise Http404("No such record.")
    return record


def shown(record: Record, user: Any) -> dict[str, Any]:
    coded = preview.preview_of(record)
    hops, old, stands = history(record), stale(record, coded), standing.standing_of(record)
    show_source = not coded or old or record.reason == Reason.CHANGED_AFTER_POSTING
    lines = preview.source_lines(record) if show_source else []
    return {
        "currency": record.currency or words.currency_of(record.integration.ledger),
        "record": record, "tone": tone_of(record), "flow": flow_label(record),
        "shows_status": record.destination_kind not in ON_BOARDS,
        "coded": coded, "stale": old, "show_source": bool(lines),
        "sent": sent.sent_of(record), "ledger_rows": sent.ledger_rows(record),
        "cells": sent.cells_of(record), "decision": sent.decision_of(record),
        "plain_entry": sent.plain_entry(record),
        "footing": preview.footing_of(record), "source_lines": lines, "standing": stands,
        "shown_there": preview.shown_there(record) if stands is None else None,
        "versions": versions(record.rule_versions, user) if coded else [],
        "fields": plain_fields(record), "hops": hops, "more_hops": len(hops) >= MOST_HOPS,
        "twins": list_sums.of_companies(twins(record)), "family": list(family(record)),
        "state": State,
        "takes": record.get_approval_takes_display() if approvable(record) else "",
        "from_name": source_name(record), "to_name": destination_name(record),
    }  # fmt: skip


def tone_of(record: Record) -> str:
    """What a flow in shadow mode holds alarms nobody; what is not in the ledger's books is
    not green."""
    shadow = record.state == State.HELD and record.in_shadow
    quiet = shadow or record.is_draft or record.is_gone
    return "info" if quiet else STATE_TONES[State(record.state)]


def flow_label(record: Record) -> str:
    return label_of(record.integration, record.flow)


def reverse_flow(record: Record) -> bool:
    return is_of_ledger(record.integration.key, record.flow)


def source_name(record: Record) -> str:
    sides = record.integration
    return str(sides.ledger if reverse_flow(record) else sides.project_system)


def destination_name(record: Record) -> str:
    sides = record.integration
    return str(sides.project_system if reverse_flow(record) else sides.ledger)


def stale(record: Record, coded: preview.Preview | None) -> bool:
    """The entry shown is an earlier one: the document cannot be coded as it is now."""
    if coded is None or record.state != State.HELD or record.posted_digest:
        return False
    return any(facts.get("reason") not in AFTER_CODING for facts in record.problems)


def plain_fields(record: Record) -> list[tuple[str, Any]]:
    """A source that is no document (a vendor), field by field; its empty fields are left out."""
    if "lines" in record.source:
        return []
    return [
        (name.replace("_", " ").capitalize(), value)
        for name, value in record.source.items()
        if value not in ("", None, [], {})
    ]


def history(record: Record) -> list[Hop]:
    """In time order; the newest when there are very many."""
    entries = list(Entry.objects.filter(record=record.pk).order_by("-sequence")[:MOST_HOPS])
    hops = {entry.sequence: Hop(entry) for entry in reversed(entries)}
    for entry in reversed(entries):
        if entry.kind == Entry.Kind.OUTCOME and entry.intent in hops:
            hops[entry.intent].outcome = hops.pop(entry.sequence).entry
    return list(hops.values())


def twins(record: Record) -> QuerySet[Record]:
    """Near duplicates: same vendor and amount within a week, another document of one company,
    which is what a connection to a ledger is. Others have invoices of their own."""
    about = [name for flows in REGISTRY.values() for name, flow in flows.items()
             if not flow.documents]  # fmt: skip
    if not record.amount or not record.vendor_name or not record.document_date:
        return Record.objects.none()
    if record.flow in about:
        return Record.objects.none()
    rows = Record.objects.filter(
        amount=record.amount, vendor_name=record.vendor_name,
        document_date__range=(record.document_date - TWINS_WITHIN,
                              record.document_date + TWINS_WITHIN),
    )  # fmt: skip
    same_source = {"scope": record.scope, "source_id": record.source_id, "flow": record.flow}
    mine = rows.filter(integration__ledger=record.integration.ledger_id).exclude(echo(record))
    found = mine.exclude(**same_source).exclude(flow__in=about)
    return found.select_related("integration").order_by("-pk")[:5]


def echo(record: Record) -> Q:
    """The same document as it is read on the other side: what we wrote there, and what a flow of
    the ledger reads of it, name each other. Two of one side never do, whatever their numbers."""
    of_ledger = [(key, name) for key, flows in REGISTRY.items() for name, flow in flows.items()
                 if flow.source == "ledger"]  # fmt: skip
    read = reduce(or_, (Q(integration__key=key, flow=name) for key, name in of_ledger), Q(pk=None))
    if (record.integration.key, record.flow) in of_ledger:
        return ~read & Q(destination_number=record.number) & ~Q(destination_number="")
    return read & Q(number=record.destination_number) & ~Q(number="")


def family(record: Record) -> QuerySet[Record]:
    """The other revisions of the same source document."""
    rows = Record.objects.filter(
        integration=record.integration, flow=record.flow, scope=record.scope,
        source_id=record.source_id,
    )  # fmt: skip
    return rows.exclude(pk=record.pk).order_by("revision")


# -- the buttons -----------------------------------------------------------------------------------


def doings(record: Record, request: HttpRequest) -> dict[str, Any]:
    buttons = {button.verb.name: button for button in buttons_of(record, request)}
    care = {name: buttons.pop(name) for name in CARE if name in buttons}
    found: dict[str, Any] = {"buttons": buttons, "care": care, "seen": seen(record), "offers": []}
    if "assign" in care:
        names = colleagues(record).order_by("username").values_list("username", flat=True)
        found["people"] = list(names[:NAMES_OFFERED])
    if record.state == State.HELD:
        pressable = [name for name, button in buttons.items() if not button.refusal]
        found["offers"] = offers.offers(record, request, pressable)
    return found


def buttons_of(record: Record, request: HttpRequest) -> Iterator[Button]:
    actor = request.user.get_username()
    for verb in VERBS.values():
        if not verb.allowed(request.user):
            continue
        if record.state == State.RUNNING and verb.name == "replay":
            yield Button(verb, "", BUSY)
        elif verb.fits(record):
            yield button(verb, record, actor)


def button(verb: Verb, record: Record, actor: str) -> Button:
    """With what is said before it is pressed. A replay that ends nothing is offered, not urged."""
    if verb.name == "replay":
        foreseen = foresee_one(record) if record.state == State.HELD else None
        urged = foreseen is not None and forecast.helps(record, foreseen)
        return Button(verb, forecast.sentence(record, foreseen), first=urged)
    refusal = why_not_this_person(verb, record, actor)
    said = NOTES[verb.name].format(other=destination_name(record))
    return Button(verb, said, refusal, first=verb.name == "approve" and not refusal)


NOTES = {
    "take": "",
    "leave": "",
    "note": "It stands here in place of the last one.",
    "assign": "The record appears among theirs under Mine.",
    "approve": "Exactly the entry on this page is posted. If it changes before, it is held again.",
    "send_back": "Nothing of it is posted. It is held with your reason for whoever can mend it. "
    "What others have approved of it is void.",
    "ask_again": "It waits for an approval again, as its source and its mapping are then, with "
    "your note beside the reason. You cannot approve it yourself.",
    "set_aside": "We will not post it. Your name and the reason stay in the history.",
    "link": "{other} is asked for this number. If kind and total agree, the two are linked "
    "and nothing is posted.",
    "accept": "{other} stays as it is. Your name and the reason stay in the history.",
    "post_difference": "What changed is posted as a document of its own; the posted one is not "
    "touched.",
}
