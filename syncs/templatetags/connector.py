"""The same spelling of money and moments in templates as in lists."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.safestring import mark_safe

from syncs import formatting

register = template.Library()
register.filter("money", formatting.money)
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
