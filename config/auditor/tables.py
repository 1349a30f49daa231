"""The tables of the auditor's package: documents, decisions, mappings, people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Max, Min, Q, QuerySet

from audit.models import Entry
from config.access.review import companies_of, duties_of
from mappings.models import (
    AccountRule,
    CostCodeMapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from syncs.models import ControlChange, Record

Row = Sequence[Any]
Table = tuple[Sequence[str], Iterable[Row]]  # the header, and its rows
MAPPINGS = (CostCodeMapping, VendorLink, ProjectLink, TaxLink, AccountRule)
DOCUMENT = (
    "id", "integration__key", "flow", "source_id", "revision", "number", "title", "project",
    "vendor_id", "vendor_name", "amount", "currency", "document_date", "source_status", "state",
    "reason", "sentence", "destination_kind", "destination_id", "destination_number",
    "destination_date", "destination_total", "destination_status", "posted_at", "read_back_at",
    "compared_at", "approved_by", "digest", "posted_digest",
)  # fmt: skip
UNTOLD = ("id", "password", "email")  # of a user
CHANGED = ("at", "by", "what", "whom", "action", "words")  # of people and roles
CHANGE = (
    "settings__integration__key", "settings__flow", "period__integration__key", "period__month",
    "field", "was", "becomes", "why", "asked_by", "asked_at", "decision", "decided_by",
    "decided_at", "word",
)  # fmt: skip


class Period:
    """From a moment until before another, and the lines of the journal that were written then."""

    def __init__(self, start: dt.datetime, end: dt.datetime) -> None:
        self.start, self.end = start, end
        within = Entry.objects.filter(at__gte=start, at__lt=end)
        ends = within.aggregate(first=Min("sequence"), last=Max("sequence"))
        self.first: int = ends["first"] or 0
        self.last: int = ends["last"] or -1

    def lines(self) -> QuerySet[Entry]:
        """All from the first to the last, without a gap, oldest first."""
        found = Entry.objects.filter(sequence__gte=self.first, sequence__lte=self.last)
        return found.order_by("sequence")

    def touches(self, name: str) -> Q:
        return Q(**{f"{name}__gte": self.start, f"{name}__lt": self.end})


def documents(period: Period) -> Table:
    """Whatever the journal speaks of in the period, as it stands when the package is made."""
    spoken = period.lines().exclude(record=None).order_by().values("record")
    rows = Record.objects.filter(pk__in=spoken).order_by("pk").values_list(*DOCUMENT)
    return DOCUMENT, rows.iterator(chunk_size=2000)


def decisions(period: Period) -> Table:
    """Everything that a person did, with the line that says so."""
    header = ("sequence", "at", "actor", "integration", "flow", "record", "verb", "sentence")
    lines = period.lines().filter(kind=Entry.Kind.PERSON)
    names = [name if name != "verb" else "data__verb" for name in header]
    return header, lines.values_list(*names).iterator(chunk_size=2000)


def control_changes(period: Period) -> Table:
    wanted = period.touches("asked_at") | period.touches("decided_at")
    return CHANGE, ControlChange.objects.filter(wanted).order_by("pk").values_list(*CHANGE)


def mapping(model: Any) -> Callable[[Period], Table]:
    """The versions that were in force when the period began, and each that came in it."""

    def table(period: Period) -> Table:
        events = model.pgh_event_model.objects.all()
        columns = [field.attname for field in model._meta.concrete_fields]
        header = ["version_at", "what", "by", *columns]
        names = ["pgh_created_at", "pgh_label", "pgh_context__metadata__user", *columns]
        newest = events.filter(pgh_created_at__lt=period.start).order_by("pgh_obj_id", "-pgh_id")
        before = newest.distinct("pgh_obj_id").values("pgh_id")
        wanted = Q(pgh_id__in=before) & ~Q(pgh_label="delete") | period.touches("pgh_created_at")
        rows = events.filter(wanted).order_by("pgh_obj_id", "pgh_id").values_list(*names)
        return header, rows.iterator(chunk_size=2000)

    return table


def users(period: Period) -> Table:
    """As they stand when the package is made. No addresses, no passwords."""
    model = get_user_model()
    told = [one.attname for one in model._meta.concrete_fields if one.attname not in UNTOLD]
    people = model.objects.order_by("username").prefetch_related(
        "groups", "user_permissions", "companies__integrations", "duties__groups",
        "duties__integrations",
    )  # fmt: skip
    return (*told, "roles", "companies", "roles in some companies", "rights of his own"), (
        (*(getattr(one, name) for name in told), names(one.groups.all()), companies_of(one),
         "; ".join(duties_of(one)), names(one.user_permissions.all(), "codename"))
        for one in people
    )  # fmt: skip


def names(rows: Iterable[Any], field: str = "name") -> str:
    return ", ".join(sorted(str(getattr(row, field)) for row in rows))


def roles(period: Period) -> Table:
    return ("role", "may"), rights()


def rights() -> Iterator[Row]:
    for group in Group.objects.order_by("name").prefetch_related("permissions__content_type"):
        for permission in group.permissions.all():
            yield group.name, f"{permission.content_type.app_label}.{permission.codename}"


def changes_of_people(period: Period) -> Table:
    """Who changed users and roles in the period, oldest first."""
    return CHANGED, changes_of(noted_changes().filter(period.touches("action_time")).order_by("pk"))


def noted_changes() -> QuerySet[LogEntry]:
    """What the admin noted of changes of users and roles, newest first."""
    noted = LogEntry.objects.filter(content_type__app_label="auth")
    return noted.select_related("user", "content_type").order_by("-pk")


def changes_of(rows: Iterable[LogEntry]) -> Iterator[Row]:
    """In the order of CHANGED."""
    for one in rows:
        yield (
            one.action_time, one.user.get_username(), one.content_type and one.content_type.name,
            one.object_repr, one.get_action_flag_display(), one.get_change_message(),
        )  # fmt: skip


TABLES: dict[str, Callable[[Period], Table]] = {
    "documents.csv": documents,
    "decisions.csv": decisions,
    "control_changes.csv": control_changes,
    **{f"mappings/{model._meta.model_name}.csv": mapping(model) for model in MAPPINGS},
    "people/users.csv": users,
    "people/roles.csv": roles,
    "people/changes.csv": changes_of_people,
}
