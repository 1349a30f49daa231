"""Filters of the journal that never ask a big table what values it holds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.models import Entry
from connections.integrations import INTEGRATIONS

RECENT = 5000  # lines that are looked at for the names of flows


def recent(column: str) -> set[str]:
    """The values of the latest lines."""
    latest = Entry.objects.order_by("-sequence")[:RECENT]
    return {value for value in latest.values_list(column, flat=True) if value}


class ColumnFilter(admin.SimpleListFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


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
