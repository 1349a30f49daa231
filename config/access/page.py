"""The access review: a page, and its tables as CSV. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from audit import journal
from audit.models import Entry
from config.access import review
from config.access.rights import Told
from config.auditor.package import spreadsheet
from config.auditor.tables import CHANGED, changes_of, noted_changes
from connections.companies.asked import seen

PERMISSION = "audit.view_access"
SHOWN = 100  # changes on the page; the file has all
Rows = tuple[Iterable[str], Iterable[Iterable[Any]]]


def sees_all() -> bool:
    """Whoever asks: what is told of everybody is told of every company."""
    return seen() is None


def may(request: HttpRequest) -> bool:
    return request.user.has_perm(PERMISSION) and sees_all()


def page(request: HttpRequest) -> HttpResponse:
    if not may(request):
        raise PermissionDenied
    noted = noted_changes()
    shown = [dict(zip(CHANGED, row, strict=True)) for row in changes_of(noted[: SHOWN + 1])]
    people = review.people()
    context = {
        **admin.site.each_context(request), "title": "Access review", "people": people,
        "active": sum(1 for one in people if one.user.is_active),
        "striking": [one for one in people if one.look_at], "roles": review.roles(),
        "changes": shown[:SHOWN], "more": len(shown) > SHOWN, "most": SHOWN,
        "alone": settings.ONE_PERSON_OPERATION, "now": timezone.now(),
    }  # fmt: skip
    return TemplateResponse(request, "config/access.html", context)


def export(request: HttpRequest, table: str) -> HttpResponseBase:
    """One of the tables. POST, since it leaves a line in the journal."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not may(request):
        raise PermissionDenied
    if table not in TABLES:
        raise Http404
    journal.append(
        Entry.Kind.PERSON, f"Access review exported: {table}",
        actor=request.user.get_username(), data={"export": f"access_{table}"},
    )  # fmt: skip
    parts = spreadsheet(*TABLES[table]())
    answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    name = f"access-{table}-{timezone.now():%Y-%m-%d-%H%M}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def people() -> Rows:
    header = ("user", "first name", "last name", "active", "staff", "superuser", "last sign-in",
              "since", "roles", "companies", "roles in some companies", "rights of his own",
              "moves money", "loosens controls", "other rights", "look at")  # fmt: skip
    return header, (
        (one.user.username, one.user.first_name, one.user.last_name, yes(one.user.is_active),
         yes(one.user.is_staff), yes(one.user.is_superuser), one.user.last_login,
         one.user.date_joined, ", ".join(one.roles), one.companies, "; ".join(one.duties),
         ", ".join(one.own), *summed(one.rights), "; ".join(one.look_at))
        for one in review.people()
    )  # fmt: skip


def roles() -> Rows:
    header = ("role", "active members", "moves money", "loosens controls", "other rights",
              "more than create_roles gives", "less than create_roles gives")  # fmt: skip
    return header, (
        (one.name, ", ".join(one.members), *summed(one.rights), ", ".join(one.more),
         ", ".join(one.less))
        for one in review.roles()
    )  # fmt: skip


def changes() -> Rows:
    return CHANGED, changes_of(noted_changes().iterator(chunk_size=2000))


def summed(rights: Told) -> Iterator[str]:
    """Money, controls, and all the rest, each in words."""
    kinds = dict(rights.kinds)
    yield "; ".join(kinds.pop("Moves money", []))
    yield "; ".join(kinds.pop("Loosens controls", []))
    yield "; ".join(words for each in kinds.values() for words in each)


def yes(value: bool) -> str:
    return "yes" if value else "no"


TABLES: dict[str, Callable[[], Rows]] = {"people": people, "roles": roles, "changes": changes}
