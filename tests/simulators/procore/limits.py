"""The two rate windows: a spike window of seconds and one of an hour, per client and company."""

from __future__ import annotations

import math
from typing import Any

Limits = dict[str, float]
DEFAULTS: Limits = {"spike": 25, "spike_seconds": 10, "hourly": 3600, "hourly_seconds": 3600}
MESSAGE = (
    "You have surpassed the max number of requests for an hour. "
    "Please wait until your limit resets."
)


class Window:
    """Requests since the start of a window that opens with its first request."""

    def __init__(self, limit: float, seconds: float) -> None:
        self.limit, self.seconds = int(limit), seconds
        self.start, self.used = 0.0, 0

    def count(self, now: float) -> bool:
        """Counts a request; False when the window is used up."""
        if now >= self.start + self.seconds or now < self.start:
            self.start, self.used = now, 0
        self.used += 1
        return self.used <= self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def reset(self) -> int:
        return math.ceil(self.start + self.seconds)


class Limiter:
    """Both windows of one client in one company."""

    def __init__(self, limits: Limits) -> None:
        self.windows = [
            Window(limits["spike"], limits["spike_seconds"]),
            Window(limits["hourly"], limits["hourly_seconds"]),
        ]

    def count(self, now: float) -> Window | None:
        """The window that refuses the request, if any."""
        refused = [window for window in self.windows if not window.count(now)]
        return refused[-1] if refused else None

    def headers(self) -> dict[str, str]:
        """The three fields of the window that is nearer its end."""
        window = min(self.windows, key=lambda window: (window.remaining, window.seconds))
        return {
            "X-Rate-Limit-Limit": str(window.limit),
            "X-Rate-Limit-Remaining": str(window.remaining),
            "X-Rate-Limit-Reset": str(window.reset),
        }


def checked(data: dict[str, Any], now: Limits) -> Limits:
    """New limits from a control request; raises ValueError."""
    unknown = set(data) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown limits: {', '.join(sorted(unknown))}")
    return {**now, **{name: float(value) for name, value in data.items()}}
