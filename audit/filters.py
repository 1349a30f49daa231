"""Filters of the journal that never ask a big table what values it holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter

from audit.models import Entry
from connections.integrations import INTEGRATIONS

RECENT = 5000  # lines that are looked at for the names of flows


def recent(column: str) -> set[str]:
    """The values of the latest lines."""
    latest = Entry.objects.order_by("-sequence")[:RECENT]
    return {value for value in latest.values_list(column, flat=True) if value}


class ColumnFilter(admin.SimpleListFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        wanted = {str(self.parameter_name): self.value()}
        return queryset.filter(**wanted) if self.value() else queryset


class IntegrationFilter(ColumnFilter):
    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        keys = set(INTEGRATIONS) | recent("integration")
        return sorted((key, INTEGRATIONS.get(key, key)) for key in keys)


class FlowFilter(ColumnFilter):
    title = "flow"
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(flow, flow.replace("_", " ").capitalize()) for flow in sorted(recent("flow"))]


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, both whole, over a moment; either may be left out.

    The theme's own filter of moments ignores a date that is given without a time.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self.day("_from"), self.day("_to")
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": start_of(first)})
        if last:
            after = start_of(last + dt.timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def day(self, end: str) -> dt.date | None:
        text = str(self.used_parameters.get(f"{self.field_path}{end}") or "")
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return None


def start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
