"""The trend of thirty days: what the theme's Chart.js draws, and the same as a table."""

from __future__ import annotations

import json
from typing import Any

from connections.amounts import TAKEN_OFF, Amount, Kind
from mappings.pages import words
from syncs.admin.list_sums import Companies
from syncs.models import State
from syncs.morning import trend

CHARTS = 3  # sums that have a chart; the table has all
DRAWN = {State.POSTED: "bar", State.HELD: "line", State.IN_DOUBT: "line", State.PENDING: "line"}


def trend_part(companies: Companies) -> dict[str, Any]:
    """Nothing to draw before the first day was counted."""
    found = trend.thirty_days(companies)
    if all(value is None for line in found["documents"].values() for value in line):
        return {}
    labels = [f"{day:%b} {day.day}" for day in found["days"]]
    charts = [{"title": "Documents", "config": config(labels, found["documents"])}]
    charts += [
        {"title": f"{kind.capitalize()}, {currency or 'in the company’s currency'}",
         "config": config(labels, found["money"][kind, currency], kind in TAKEN_OFF)}
        for kind, currency in found["sums"][:CHARTS]
    ]  # fmt: skip
    return {
        "charts": charts, "rows": rows(labels, found), "counted_at": trend.counted_at(),
        "titles": [title(state) for state in DRAWN],
    }  # fmt: skip


def title(state: State) -> str:
    return "Posted on the day" if state == State.POSTED else f"{state.label} at its end"


def config(labels: list[str], lines: dict[str, list[Any]], turned: bool = False) -> str:
    """Numbers as texts: money keeps its cents until it is drawn. `turned`: what is taken off is
    drawn as that much, as it is told."""
    datasets = [
        {"state": state.value, "label": title(state), "type": kind,
         "data": [drawn(value, turned) for value in lines[state]]}
        for state, kind in DRAWN.items()
    ]  # fmt: skip
    return json.dumps({"labels": labels, "datasets": datasets})


def drawn(value: Any, turned: bool) -> str | None:
    return None if value is None else str(-value if turned else value)


def rows(labels: list[str], found: dict[str, Any]) -> list[dict[str, Any]]:
    """The newest day first: per state documents and money."""
    return [
        {"day": label, "cells": [cell(found, state, place) for state in DRAWN]}
        for place, label in reversed(list(enumerate(labels)))
    ]  # fmt: skip


def cell(found: dict[str, Any], state: State, place: int) -> dict[str, Any]:
    named = {kind for kind, _ in found["sums"]} != {Kind.COSTS}
    money = [
        words.amount(Amount(one[0], one[1], found["money"][one][state][place]), named)
        for one in found["sums"] if found["money"][one][state][place]
    ]  # fmt: skip
    return {"title": title(state), "documents": found["documents"][state][place], "money": money}
