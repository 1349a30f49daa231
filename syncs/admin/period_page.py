"""What the page of a month shows, its printed record, and its names as a file."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from connections.documents import ZERO
from connections.transport.days import today
from mappings.imports.cells import protected
from syncs.admin import balance, month_figures, record_export
from syncs.admin.balance_export import BYTE_ORDER_MARK, FORMS, TYPE, line, sheet
from syncs.admin.fixes import link
from syncs.admin.list_export import Table
from syncs.balance import refresh
from syncs.balance.rows import Book, Share
from syncs.closing import changes, documents, facts, signature
from syncs.closing.documents import Row
from syncs.closing.facts import Facts
from syncs.closing.rows import OURS, TYPED, Bucket, ClosedDocument, Period, PeriodClose
from syncs.models import ControlChange, Turn

TABLE = Table("document not posted", "documents not posted", record_export.PERMISSION, {})
PER_PAGE = 50
DUE = 6  # months that the overview names
RECENTLY = dt.timedelta(days=32)  # before this month: two of them
CHANGES = 200  # that the page shows; all of them are counted
BUCKET_TONES = {
    Bucket.IN_DOUBT: "danger", Bucket.HELD: "danger", Bucket.ON_ITS_WAY: "info",
    Bucket.SHADOW: "info",
    Bucket.IN_LEDGER: "warning", Bucket.IN_PROJECTS: "warning",
}  # fmt: skip
NAMES = (
    "State", "Number", "Vendor", "Project", "Date", "Amount", "Currency", "Why", "Flow",
    "Other side", "Record",
)  # fmt: skip


def exports(request: HttpRequest, period: Period) -> list[tuple[str, str]]:
    """None for whom may not take them along."""
    if not request.user.has_perm(TABLE.permission):
        return []
    return [
        (f"Not posted, {form.upper()}", reverse("admin:syncs_period_names", args=[period.pk, form]))
        for form in FORMS
    ]


def state(period: Period) -> str:
    if period.state == Period.State.CLOSED and period.changes:
        return "Closed, changed since"
    return str(period.get_state_display())


def figure(sums: Facts, name: str) -> Decimal:
    """Of one side, or without a name the difference."""
    if name:
        return Decimal(sums[name])
    return Decimal(sums["in_projects"]) - Decimal(sums["in_ledger"])


def context(request: HttpRequest, period: Period) -> dict[str, Any]:
    """A closed month is shown as it was closed, beside what changed in it since."""
    standing, actor = period.standing, request.user
    told = standing.facts if standing else facts.of(period)
    names = names_of(period, standing, told)
    asked = Turn.objects.filter(integration=period.integration_id, kind=refresh.KIND)
    said, later = shown(period, told), since(standing)
    if actor.has_perm("syncs.view_record") and not later["changed"]:  # lists show what is now
        said |= {"books": month_figures.with_links(period, said["books"])}
        said |= {} if standing else month_figures.undated(period)
    return {
        **said, "period": period, "close": standing,
        "typed_in_it": standing.documents.filter(record=None).count() if standing else 0,
        "names": page_of(request, period, names), "state": state(period),
        "problems": signature.problems(standing, "verify" in request.GET) if standing else [],
        "verified": "verify" in request.GET, **later,
        "earlier": period.closes.exclude(reopened_at=None),
        "waiting": period.control_changes.filter(decision=ControlChange.Decision.OPEN).first(),
        "asked": asked.exclude(ask=None, claim=None).exists(),
        "may_close": actor.has_perm("syncs.close_period"),
        "may_reopen": actor.has_perm("syncs.reopen_period"),
        "may_read": actor.has_perm("syncs.read_again_cell"),
        "may_see": actor.has_perm("syncs.view_record"),
        "may_see_cells": actor.has_perm("syncs.view_cell"),
        "may_see_journal": actor.has_perm("audit.view_entry"),
        "over": timezone.now() >= facts.ends_at(period.month),
    }  # fmt: skip


def since(standing: PeriodClose | None) -> dict[str, Any]:
    found = changes.since(standing) if standing else []
    return {"changes": found[:CHANGES], "more_changes": len(found) - CHANGES,
            "changed": len(found)}  # fmt: skip


def shown(period: Period, told: Facts) -> dict[str, Any]:
    """The same for the page and for paper."""
    return {
        "facts": told, "books": books(told), "buckets": [one.label for one in OURS],
        "columns": len(OURS) + 3,
        "sides": [side(period, one) for one in told["sides"]],
        "billed": any(one.get("share") == Share.BILLED for one in told["sides"]),
        "as_of": moment(told["as_of"]), "verified_at": moment(told["journal"]["verified_at"]),
    }  # fmt: skip


def moment(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def books(told: Facts) -> list[dict[str, Any]]:
    """The account by book, each with what its documents come to by currency."""
    found: dict[str, list[Facts]] = defaultdict(list)
    for one in told["account"]:
        found[one["book"]].append(one)
    return [
        {
            "book": book,
            "label": Book(book).label,
            "rows": in_order(rows),
            "totals": in_order(totals(rows)),
        }
        for book, rows in found.items()
    ]


def in_order(rows: list[Facts]) -> list[Facts]:
    """With a cell for each bucket, in the order of the columns."""
    return [
        {
            **row,
            "cells": [
                {**row["buckets"][one.value], "bucket": one.value, "label": one.label}
                for one in OURS
            ],
        }
        for row in rows
    ]


def totals(rows: list[Facts]) -> list[Facts]:
    """Corrections are part of the documents that they correct, and are not added."""
    found: dict[str, Facts] = {}
    for row in (one for one in rows if not one["correction"]):
        mine = found.setdefault(row["currency"], nothing(row["currency"]))
        add(mine["came"], row["came"])
        for name in row["buckets"]:
            add(mine["buckets"][name], row["buckets"][name])
    return [found[currency] for currency in sorted(found)]


def nothing(currency: str) -> Facts:
    return {
        "currency": currency, "came": {"documents": 0, "amount": ZERO},
        "buckets": {one.value: {"documents": 0, "amount": ZERO} for one in OURS},
    }  # fmt: skip


def add(sums: Facts, more: Facts) -> None:
    sums["documents"] += more["documents"]
    sums["amount"] += Decimal(more["amount"])


def side(period: Period, one: Facts) -> Facts:
    """With a link for each cause, into the reconciliation filtered to it."""
    query = {"book": one["book"], "integration__id__exact": period.integration_id,
             "month": f"{period.month:%Y-%m}"}  # fmt: skip
    query |= {"share": one["share"]} if one.get("share") else {}
    causes = [
        {**each, "tone": balance.tone(each["cause"]),
         "url": link("syncs_cell_changelist", cause=each["cause"], **query)}
        for each in one["causes"]
    ]  # fmt: skip
    url = link("syncs_cell_changelist", **query)
    return {**one, "label": facts.named(one), "causes": causes, "url": url}


def due() -> dict[str, Any]:
    """Months that a person would close now, or look at again; those first. How many more wait, and
    how many from before that nobody closed."""
    this = today().replace(day=1)
    lately = (this - RECENTLY).replace(day=1)
    waits = Q(state__in=[Period.State.OPEN, Period.State.REOPENED], month__lt=this)
    wanted = waits & Q(documents__gt=0) | Q(changes__gt=0)
    rows = Period.objects.filter(wanted, integration__active=True).select_related("integration")
    found = sorted(rows.order_by("month", "integration"), key=lambda row: not row.changes)
    ordered = [row for row in found if row.changes or row.month >= lately]
    return {
        "months_due": ordered[:DUE], "more_months": max(len(ordered) - DUE, 0),
        "older_months": len(found) - len(ordered),
    }  # fmt: skip


def before(period: Period) -> list[Period]:
    """Earlier months of the company that have documents and are open."""
    rows = Period.objects.filter(
        integration=period.integration_id, month__lt=period.month, documents__gt=0,
        state__in=[Period.State.OPEN, Period.State.REOPENED],
    )  # fmt: skip
    return list(rows.order_by("month"))


# -- names ----------------------------------------------------------------------------------------


def names_of(period: Period, standing: PeriodClose | None, told: Facts | None = None) -> Any:
    """All that is not posted: as it was closed, else as it is, and then counted by the account."""
    if standing is None:
        known = not_posted(told) if told else None
        return documents.Names(period.integration, period.month, known)
    rows = ClosedDocument.objects.filter(close=standing).exclude(bucket=Bucket.POSTED)
    ordered = rows.annotate(place=documents.ORDER).order_by("place", "position")
    return ordered.values(*documents.COLUMNS)


def not_posted(told: Facts) -> int:
    """Documents and corrections."""
    came = sum(one["came"]["documents"] for one in told["account"])
    return int(came - facts.total(told, Bucket.POSTED))


def page_of(request: HttpRequest, period: Period, names: Any) -> Page[Row]:
    page = Paginator(names, PER_PAGE).get_page(request.GET.get("p"))
    page.object_list = list(with_flows(period, page.object_list))
    return page


def with_flows(period: Period, names: Iterable[Row]) -> Iterator[Row]:
    """A change order “004” is told from another one by what it is, and by its project."""
    known = documents.flows(period.integration)
    for one in names:
        flow = known.get(one["flow"])
        yield {**named(one), "what": flow.label if flow else ""}


def named(row: Row) -> Row:
    """With its bucket in words, and whether its record may be looked at."""
    label = Bucket(row["bucket"]).label if row["bucket"] else "In no state that is known"
    tone = BUCKET_TONES.get(Bucket(row["bucket"]), "plain") if row["bucket"] else "danger"
    return {**row, "label": label, "tone": tone, "typed": row["bucket"] in TYPED}


# -- paper ----------------------------------------------------------------------------------------


def paper(period: Period, made: PeriodClose | None = None) -> dict[str, Any]:
    """Everything, not a page of it."""
    told = made.facts if made else facts.of(period)
    return {
        **shown(period, told), "period": period, "close": made,
        "names": with_flows(period, names_of(period, made)),
        "problems": signature.problems(made) if made else [], "printed_at": timezone.now(),
        "back": reverse("admin:syncs_period_change", args=[period.pk]),
        "line": signature.line(made) if made else None,
    }  # fmt: skip


# -- files ----------------------------------------------------------------------------------------


def file(form: str, period: Period) -> HttpResponseBase:
    """XLSX with typed cells, or CSV in which nothing is run."""
    standing = period.standing
    rows = cells(with_flows(period, names_of(period, standing)))
    name = f"{period.month:%Y-%m}-not-posted.{form}"
    if form == "csv":
        answer = StreamingHttpResponse(lines(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    as_of = standing.closed_at if standing else timezone.now()
    book = Workbook(write_only=True)
    sheet(book, "Not posted", NAMES, rows, as_of)
    saved = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(saved)
    saved.seek(0)
    return FileResponse(saved, as_attachment=True, filename=name, content_type=TYPE)


def cells(names: Iterable[Row]) -> Iterator[list[Any]]:
    for row in names:
        yield [
            row["label"], row["number"], row["vendor"], row["project"], row["document_date"],
            row["amount"], row["currency"], row["why"], row["what"], row["other_number"],
            row["record"],
        ]  # fmt: skip


def lines(rows: Iterable[list[Any]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + line(NAMES)
    for row in rows:
        yield line([protected(value) if isinstance(value, str) else value for value in row])
