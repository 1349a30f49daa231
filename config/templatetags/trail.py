"""The head of a page: what the side bar calls it, what it is about, how much a list shows."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict
from django.template import Context
from django.utils.text import capfirst

from audit.paginator import CAP, CappedPaginator
from config import navigation

register = template.Library()
Part = dict[str, str]


@register.simple_tag(takes_context=True)
def window_title(context: Context) -> str:
    """The narrowest first: that much of it fits a tab."""
    return " | ".join(part["title"] for part in reversed(parts_of(context)))


@register.simple_tag(takes_context=True)
def trail(context: Context) -> str:
    """Kept for the theme's header, which has a context of its own. What the theme would say beside
    it of a list looks like paging: to the theme, a list is whole."""
    request, cl = context["request"], context.get("cl")
    request.trail = {"parts": parts_of(context)}
    if cl and hasattr(cl, "has_active_filters"):
        request.trail |= {"counted": counted(cl), "whole": without_filters(cl)}
        cl.full_result_count = cl.result_count
    return ""


def parts_of(context: Context) -> list[Part]:
    """The entry of the side bar, what the page is about, and what is done with it."""
    request = context["request"]
    place = navigation.place(request)
    title, about = str(context.get("title") or ""), subject(context)
    if place and request.path == place["path"] and (context.get("cl") or title == place["title"]):
        return [{"title": place["title"]}]
    found = [place] if place else []
    title = title.removeprefix(f"{place['title']}: ") if place else title
    if context.get("cl"):
        return [*found, {"title": capfirst(str(context["cl"].opts.verbose_name_plural))}]
    if about and context.get("subtitle"):
        return [*found, {"title": about}]  # "Change such and such" says no more
    parts = [about] if about and about not in title else []
    return [*found, *({"title": part} for part in (*parts, title) if part)]


def subject(context: Context) -> str:
    about = context.get("original") or context.get("object") or context.get("subtitle") or ""
    return str(about)


def counted(cl: Any) -> str:
    """How many of how many a filtered list shows; empty where it shows all that there is."""
    if not (cl.get_filters_params() or cl.query):
        return ""
    everything = cl.full_result_count
    if everything is None:
        everything = cl.model_admin.get_paginator(None, cl.root_queryset, 1).count
    if everything == cl.result_count:
        return ""
    capped = isinstance(cl.paginator, CappedPaginator)
    return f"{number(cl.result_count, capped)} of {number(everything, capped)}"


def number(count: int, capped: bool) -> str:
    """Big tables are not counted exactly."""
    return f"about {count:,}" if capped and count >= CAP else f"{count:,}"


def without_filters(cl: Any) -> str:
    """The address of the same list, whole."""
    query = QueryDict((cl.clear_all_filters_qs or "").removeprefix("?"), mutable=True)
    for name in ("q", "p"):
        query.pop(name, None)
    return f"?{query.urlencode()}"
