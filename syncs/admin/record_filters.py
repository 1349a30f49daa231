"""Filters and search of the record list. Each is answered by an index; none reads choices from
the records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from audit.filters import DayRangeFilter
from connections.transport.days import site_zone
from syncs.models import Record
from syncs.registry import REGISTRY

LARGEST_ID = 2**63 - 1


class FlowFilter(DropdownFilter):
    title = "flow"
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        flows = {name: flow.label for flows in REGISTRY.values() for name, flow in flows.items()}
        return sorted(flows.items(), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        return queryset.filter(flow=self.value()) if self.value() else queryset


class PrefixFilter(TextFilter):
    """The beginning of a text, in the spellings that people type."""

    field: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        text = (self.value() or "").replace("\x00", "").strip()
        return queryset.filter(begins(self.field, text)) if text else queryset


class ProjectFilter(PrefixFilter):
    title = "project number (beginning)"
    parameter_name = field = "project"


class VendorFilter(PrefixFilter):
    title = "vendor name (beginning)"
    parameter_name = "vendor"
    field = "vendor_name"


class DaysFilter(DayRangeFilter):
    """Moments between two days of the site's clock, both included."""

    def zone(self) -> dt.tzinfo:
        return site_zone()


def spellings(text: str) -> set[str]:
    return {text, text.upper(), text.capitalize(), text.title()}


def begins(field: str, text: str) -> Q:
    query = Q()
    for spelling in sorted(spellings(text)):
        query |= Q(**{f"{field}__startswith": spelling})
    return query


def numbered(text: str) -> Q:
    """Any number that a person may hold in hand: ours, the source's, the ledger's."""
    text = text.replace("\x00", "").strip()
    spelled = {text, text.upper()}
    query = Q(source_id=text) | Q(natural_key__in=spelled)
    for spelling in sorted(spelled):
        query |= Q(number__startswith=spelling) | Q(destination_number__startswith=spelling)
    if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID:
        query |= Q(pk=int(text))
    return query
