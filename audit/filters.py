"""Filters of the journal that never ask a big table what values it holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str

from audit.models import Entry
from connections.integrations import INTEGRATIONS, kind_label, list_label
from connections.transport.days import site_zone

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
        return sorted((key, kind_label(key)) for key in keys)


class FlowFilter(ColumnFilter):
    title = "flow"
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(flow, list_label(flow)) for flow in sorted(recent("flow"))]


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, both whole, over a moment; either may be left out.

    The theme's own filter of moments ignores a date that is given without a time.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self.day("_from"), self.day("_to")
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": self.start_of(first)})
        if last and last < dt.date.max:
            after = self.start_of(last + dt.timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def day(self, end: str) -> dt.date | None:
        """The day that was given; None for what is no day."""
        text = str(self.used_parameters.get(f"{self.field_path}{end}") or "")
        try:
            return parse_date_str(text) if text else None
        except ValueError:
            return None

    def start_of(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time.min, tzinfo=self.zone())

    def zone(self) -> dt.tzinfo:
        """The clock whose days are meant: the one in which the list shows its moments."""
        return site_zone()
