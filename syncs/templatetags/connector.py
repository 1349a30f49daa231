"""The same spelling of money and moments in templates as in lists."""

from __future__ import annotations

import json
import re
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from connections.companies.asked import acting, asked_by, may
from connections.companies.duty import kept
from connections.documents import spelled
from connections.pages.emptiness import Empty, told
from syncs import formatting

register = template.Library()
register.filter("spelled", spelled)
register.filter("money_in", formatting.money)
register.filter("when", formatting.when)
register.filter("when_exactly", formatting.when_exactly)
register.filter("clock", formatting.clock)
register.filter("day", formatting.day)
register.filter("age", formatting.age)


@register.filter
def pretty(value: Any) -> str:
    """JSON as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def unbroken(money: str) -> str:
    """An amount that no narrow column breaks between its currency and its figures."""
    return re.sub(r"(?<=[A-Z]{3}) (?=[\d-])", "\N{NO-BREAK SPACE}", money)


@register.filter
def negative(value: Any) -> bool:
    amount = formatting.decimal(value)
    return amount is not None and amount < 0


CONTENT = '<div id="content"'  # where the theme puts what a page is about
SEARCH = 'x-ref="searchInput"'  # its search box, which has no name


@register.simple_block_tag
def landmarks(content: str) -> str:
    """Marks the part of a page that it is about, and names its search box."""
    content = content.replace(CONTENT, f'{CONTENT} role="main"', 1)
    return mark_safe(content.replace(SEARCH, f'aria-label="Search" {SEARCH}'))  # noqa: S308


@register.simple_block_tag
def scroll(content: str, *name: Any, whole: bool = False) -> str:
    """A table that may be wider than its page, or longer unless it is whole: whoever has no mouse
    comes to it by the keyboard, and hears what it is."""
    return format_html(
        '<div class="c-scroll{}" tabindex="0" role="region" aria-label="{}">{}</div>',
        " c-whole" if whole else "", " ".join(str(word) for word in name), content,
    )  # fmt: skip


@register.simple_tag
def worth(value: Any, currency: str, own: str) -> str:
    """In its own currency where it names one, else in the company's."""
    return formatting.money(value, currency or own)


@register.simple_tag
def where_next(place: tuple[str, str, str]) -> dict[str, str] | None:
    """(label, page, permission) as a link, for who may go there."""
    label, page, permission = place
    return {"label": label, "url": reverse(f"admin:{page}")} if may(permission) else None


@register.simple_tag(takes_context=True)
def emptiness(context: template.Context) -> Empty:
    """What the list that is empty says of itself."""
    shown = context["cl"]
    filtered = bool(shown.has_active_filters or shown.query)
    return told(shown.model_admin, shown.params, filtered)


@register.inclusion_tag("connections/acting.html", takes_context=True)
def ways_to_act(context: template.Context) -> dict[str, Any]:
    """In which roles the person acts, and the others that he has; nothing where there are none."""
    user, duty = getattr(context.get("request"), "user", None), acting()
    if user is None or context.get("is_popup"):
        return {}
    with asked_by(user):
        ways = [{"pk": one.pk, "label": str(one)} for one in kept(user)]
    return {"ways": ways, "now": duty and duty.pk, "csrf_token": context.get("csrf_token")}
