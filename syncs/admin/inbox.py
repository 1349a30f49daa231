"""Read-only pages: deliveries as they came, runs as they ended, cursors as they stand."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from audit.filters import DayRangeFilter
from audit.paginator import CappedPaginator
from connections.pages.badges import Badge
from syncs import formatting
from syncs.admin.base import ReadOnlyAdmin
from syncs.admin.list_export import ListExport, Table
from syncs.admin.record_filters import FlowFilter
from syncs.ingest.rejections import HIDDEN, SECRET_KEYS
from syncs.models import Cursor, Delivery, Run
from syncs.registry import REGISTRY, label_of
from syncs.turn import KINDS, run_kind

OF_A_FLOW = ("poll", "reconcile")
DELIVERY_TONES = {"stored": "info", "unpacked": "success", "malformed": "danger",
                  "failed": "danger"}  # fmt: skip

DELIVERIES = Table(  # without bodies: what other systems sent stays here
    "delivery", "deliveries", "syncs.export_delivery",
    {
        "Delivery": attrgetter("pk"), "Received": attrgetter("received_at"),
        "Subscription": lambda delivery: str(delivery.subscription or ""),
        "State": lambda delivery: delivery.get_state_display(),
        "Changes it names": attrgetter("hints"),
        "Size": attrgetter("size"), "Tries": attrgetter("tries"),
        "Read": attrgetter("unpacked_at"), "Next try": attrgetter("run_at"),
        "What became of it": attrgetter("sentence"),
    },
    frozenset({"Received", "Read", "Next try"}),
)  # fmt: skip


@admin.register(Delivery)
class DeliveryAdmin(ListExport, ReadOnlyAdmin):
    table = DELIVERIES
    empty_title = "Nobody has called yet"
    empty_next = "Once a subscription stands, each call of the other system appears here."
    list_display = ("id", "received", "subscription", "shown_state", "named", "size", "sentence")
    list_filter = (("state", ChoicesDropdownFilter), ("received_at", DayRangeFilter))
    list_filter_submit = True
    list_select_related = ("subscription",)
    list_per_page = 50
    list_max_show_all = 0
    paginator = CappedPaginator
    ordering = ("-id",)
    fields = ("received", "subscription", "shown_state", "sentence", "named", "size", "unpacked",
              "tries", "next_try", "pretty_body")  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("body", "subscription__secret")

    @display(description="Received", ordering="id")
    def received(self, delivery: Delivery) -> str:
        return formatting.when_exactly(delivery.received_at)

    @display(description="Changes it names", ordering="hints")
    def named(self, delivery: Delivery) -> int:
        return delivery.hints

    @display(description="Read")
    def unpacked(self, delivery: Delivery) -> str:
        return formatting.when_exactly(delivery.unpacked_at)

    @display(description="Next try")
    def next_try(self, delivery: Delivery) -> str:
        return formatting.when_exactly(delivery.run_at)

    @display(description="State", label=DELIVERY_TONES)
    def shown_state(self, delivery: Delivery) -> Badge:
        return Badge(delivery.state, delivery.get_state_display())

    @display(description="Body, as it came")
    def pretty_body(self, delivery: Delivery) -> SafeString:
        secret = delivery.subscription.secret if delivery.subscription else ""
        return format_html('<pre class="c-pre">{}</pre>', readable(delivery.body, secret))


def readable(body: str, secret: str = "") -> str:
    """Indented where it is JSON. The subscription's secret, which some vendors send back, is not
    shown."""
    try:
        text = json.dumps(masked(json.loads(body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body
    text = text.encode("utf-8", "backslashreplace").decode()
    return (text.replace(secret, HIDDEN) if secret else text) or "(empty)"


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: HIDDEN if key.lower() in SECRET_KEYS and item else masked(item)
            for key, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


class KindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def flow_of(row: Run | Cursor) -> str:
    """Empty where the kind of the run says all: it is of no flow alone."""
    known = REGISTRY.get(row.integration.key, {})
    whole = isinstance(row, Run) and row.kind not in OF_A_FLOW and row.flow not in known
    return "" if whole else label_of(row.integration, row.flow)


def outcome(run: Run) -> str:
    return "Not ended" if run.ok is None else "Done" if run.ok else "Failed"


RUNS = Table(
    "run", "runs", "syncs.export_run",
    {
        "Run": attrgetter("pk"), "Kind": lambda run: run_kind(run.kind),
        "Integration": lambda run: str(run.integration),
        "Flow": lambda run: flow_of(run), "Outcome": outcome,
        "Started": attrgetter("started_at"), "Ended": attrgetter("ended_at"),
        "Noted": attrgetter("noted"), "Requests": attrgetter("requests"),
        "What it said": attrgetter("sentence"),
        "Counts": lambda run: json.dumps(run.counts, ensure_ascii=False) if run.counts else "",
    },
    frozenset({"Started", "Ended"}),
)  # fmt: skip


@admin.register(Run)
class RunAdmin(ListExport, ReadOnlyAdmin):
    table = RUNS
    empty_title = "Nothing has run yet"
    empty_next = "Each poll, refresh and comparison appears here with what it counted."
    list_display = ("started", "shown_kind", "integration", "shown_flow", "outcome", "noted",
                    "requests", "took", "sentence")  # fmt: skip
    list_filter = (KindFilter, "ok", ("integration", RelatedDropdownFilter), FlowFilter,
                   ("started_at", DayRangeFilter))  # fmt: skip
    list_filter_submit = True
    list_select_related = ("integration",)
    list_per_page = 50
    list_max_show_all = 0
    paginator = CappedPaginator
    ordering = ("-id",)
    fields = ("integration", "shown_flow", "shown_kind", "outcome", "sentence", "started", "took",
              "noted", "requests", "shown_counts")  # fmt: skip
    readonly_fields = fields

    @display(description="Started", ordering="id")
    def started(self, run: Run) -> str:
        return formatting.when_exactly(run.started_at)

    @display(description="Kind")
    def shown_kind(self, run: Run) -> str:
        return run_kind(run.kind)

    @display(description="Flow", ordering="flow")
    def shown_flow(self, run: Run) -> str:
        return flow_of(run) or formatting.NOTHING

    @display(description="Outcome", label={"ok": "success", "failed": "danger", "runs": "info"})
    def outcome(self, run: Run) -> Badge:
        tone = "runs" if run.ok is None else "ok" if run.ok else "failed"
        return Badge(tone, outcome(run))

    @display(description="Took")
    def took(self, run: Run) -> str:
        if run.ended_at is None:
            return formatting.NOTHING
        return f"{(run.ended_at - run.started_at).total_seconds():,.1f} s"

    @display(description="Counts")
    def shown_counts(self, run: Run) -> SafeString:
        counts = json.dumps(run.counts, indent=2, ensure_ascii=False)
        return format_html('<pre class="c-pre">{}</pre>', counts)


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    """Where each poll goes on; the next one overlaps it."""

    empty_title = "Nothing has been read yet"
    empty_next = "How far each poll has read appears here after the first one."
    empty_link = ("Flow settings", "syncs_flowsettings_changelist", "syncs.view_flowsettings")
    list_display = ("integration", "shown_flow", "scope", "read", "moved")
    list_filter = (("integration", RelatedDropdownFilter), FlowFilter)
    list_filter_submit = True
    list_select_related = ("integration",)
    ordering = ("integration", "flow", "scope")
    fields = ("integration", "shown_flow", "scope", "read", "moved")
    readonly_fields = fields

    @display(description="Flow", ordering="flow")
    def shown_flow(self, cursor: Cursor) -> str:
        return flow_of(cursor)

    @display(description="Read to", ordering="read_to")
    def read(self, cursor: Cursor) -> str:
        return formatting.when_exactly(cursor.read_to)

    @display(description="Moved", ordering="updated_at")
    def moved(self, cursor: Cursor) -> str:
        return formatting.when_exactly(cursor.updated_at)
