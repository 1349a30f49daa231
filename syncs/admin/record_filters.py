"""Filters and search of the record list. Each is answered by an index; none reads choices from
the records."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from connections.models import Integration
from syncs.admin.figures import BESIDE, WANTED
from syncs.models import Record, State
from syncs.reconciliation.booked_by import posted_by
from syncs.registry import REGISTRY
from syncs.worklist.care import to_approve
from syncs.worklist.searched import of_code, of_vendor

LARGEST_ID = 2**63 - 1


class FlowFilter(DropdownFilter):
    """The flows of each integration that there is, under its own name for them."""

    title = "flow"
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Of the integration that is chosen beside it, else of all."""
        rows = Integration.objects.order_by("name")
        chosen = request.GET.get("integration__id__exact", "")
        if chosen.isdigit() and len(chosen) < len(str(LARGEST_ID)):
            rows = rows.filter(pk=chosen)
            return [pair for row in rows for pair in flows_of(row)]
        return [
            (f"{row.pk}:{name}", f"{row.name}: {label}")
            for row in rows for name, label in flows_of(row)
        ]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        """A flow's name alone means it of whichever integration."""
        side, _, name = (self.value() or "").replace("\x00", "").rpartition(":")
        if side:
            known = side.isascii() and side.isdigit() and int(side) <= LARGEST_ID
            queryset = queryset.filter(integration=int(side)) if known else queryset.none()
        return queryset.filter(flow=name) if name else queryset


class StateFilter(DropdownFilter):
    """What stands beside the states: what is held in shadow is no person's work, a draft is not
    posted yet, and what was cancelled there is not any more."""

    title = "state"
    parameter_name = "state__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*State.choices, *BESIDE.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = (self.value() or "").replace("\x00", "")
        return queryset.filter(WANTED.get(value, Q(state=value))) if value else queryset


def flows_of(integration: Integration) -> list[tuple[str, str]]:
    return [(name, flow.label) for name, flow in REGISTRY.get(integration.key, {}).items()]


class BookedByFilter(DropdownFilter):
    """Posted documents by one row of the mapping tables, named in the address: `table:row`, and
    after a question mark the line that they have."""

    title = "posted by"
    parameter_name = "booked_by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """None are offered: whoever comes here has one."""
        value = request.GET.get(self.parameter_name, "")
        return [(value, f"The row {value.partition('?')[0].partition(':')[2]}")] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        value = (self.value() or "").replace("\x00", "")
        row, _, line = value.partition("?")
        return queryset.filter(posted_by(row, dict(parse_qsl(line)))) if row else queryset


class OwnerFilter(DropdownFilter):
    """Who looks after it: I, nobody, or a colleague by name in the address."""

    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Mine"), ("nobody", "Nobody’s")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        named = {"mine": request.user.get_username(), "nobody": ""}
        value = (self.value() or "").replace("\x00", "")
        return queryset.filter(owner=named.get(value, value)) if value else queryset


class ApprovalFilter(DropdownFilter):
    """What waits for an approval that I may give: nobody approves what he had in hand last."""

    title = "approval"
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("for_me", "For me to approve")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if self.value() != "for_me":
            return queryset
        return to_approve(queryset, request.user.get_username())


class PrefixFilter(TextFilter):
    """The beginning of a text, in the spellings that people type."""

    field: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        text = (self.value() or "").replace("\x00", "").strip()
        return queryset.filter(self.meant(text)) if text else queryset

    def meant(self, text: str) -> Q:
        return begins(self.field, text)


class ProjectFilter(PrefixFilter):
    title = "project number (beginning)"
    parameter_name = field = "project"


class VendorFilter(PrefixFilter):
    """With or without its accents."""

    title = "vendor name (beginning)"
    parameter_name = "vendor"
    field = "vendor_name"

    def meant(self, text: str) -> Q:
        return Q(vendor_name__plain__startswith=text)


def spellings(text: str) -> set[str]:
    return {text, text.upper(), text.capitalize(), text.title()}


def begins(field: str, text: str) -> Q:
    return begins_any(field, spellings(text))


def meant(text: str) -> Q:
    """Whatever a person has in hand: a number, a vendor's words, an amount, a project, a cost code;
    or several of them, as “Acme 1,200.00”."""
    text = unicodedata.normalize("NFC", text.replace("\x00", "").strip())
    query, words = one_of(text), text.split()
    figures = [word for word in words if any(letter.isdigit() for letter in word)]
    if figures and len(words) > 1:
        name = " ".join(word for word in words if word not in figures)
        query |= reduce(and_, map(one_of, filter(None, [*figures, name])))
    return query


def one_of(text: str) -> Q:
    query = numbered(text) | begins_any("project", {text, text.upper()})
    if (amount := amount_of(text)) is not None:
        query |= Q(amount__in=[amount, -amount])
    return query | of_vendor(text) | of_code(text)


AMOUNT = re.compile(r"[-(]?\s*[$€£]?\s*(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,2})?\)?")


def amount_of(text: str) -> Decimal | None:
    """As people write it: 10,361.41 or $10361.41 or (10,361.41). None for what is none."""
    found = AMOUNT.fullmatch(text)
    return Decimal(found[1].replace(",", "") + (found[2] or "")) if found else None


def begins_any(field: str, spelled: set[str]) -> Q:
    query = Q()
    for spelling in sorted(spelled):
        query |= Q(**{f"{field}__startswith": spelling})
    return query


def numbered(text: str) -> Q:
    """Any number that a person may hold in hand: ours, the source's, the ledger's."""
    spelled = {text, text.upper()}
    query = Q(source_id=text) | Q(natural_key__in=spelled)
    for spelling in sorted(spelled):
        query |= Q(number__startswith=spelling) | Q(destination_number__startswith=spelling)
    if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID:
        query |= Q(pk=int(text))
    return query
