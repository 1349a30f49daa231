"""One figure: what was measured, what it should be, and how they compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Figure:
    """A measured value. Without a goal it is told, not judged; `least` turns a ceiling around."""

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    least: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.goal if self.goal else None

    @property
    def held(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    def plain(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "ratio": self.ratio, "held": self.held}

    def line(self) -> str:
        sign = "≥" if self.least else "≤"
        goal = "" if self.goal is None else f"{sign} {number(self.goal)}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "held", False: "MISSED", None: ""}[self.held]
        value = f"{number(self.value)} {self.unit}"
        return f"  {self.name:<56}{value:>16}{goal:>12}{ratio:>8}  {verdict}".rstrip()


def number(value: float) -> str:
    """Short, whatever its size."""
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:,.3g}"


def median(values: Iterable[float]) -> float:
    return share(values, 0.5)


def share(values: Iterable[float], part: float) -> float:
    """The value that this part of all does not exceed."""
    ranked = sorted(values)
    return ranked[min(int(len(ranked) * part), len(ranked) - 1)]
