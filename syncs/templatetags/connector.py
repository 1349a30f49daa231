"""The same spelling of money and moments in templates as in lists."""

from __future__ import annotations

import json
from typing import Any

from django import template

from syncs import formatting

register = template.Library()
register.filter("money", formatting.money)
register.filter("when", formatting.when)
register.filter("when_exactly", formatting.when_exactly)
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
