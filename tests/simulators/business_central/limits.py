"""Per-user limits: a sliding window of requests, few at once, a queue behind them."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

LIMITS: dict[str, Any] = {
    "requests": 6000,
    "window": 300.0,
    "concurrent": 5,
    "queue": 95,
    "wait": 480.0,
    "page": 20000,
    "body": 350 * 1024 * 1024,
    "batch": 100,
    "subscriptions": 200,
    "retry_after": None,
}


class Window:
    """Requests of each user within the last seconds."""

    def __init__(self) -> None:
        self.seen: dict[str, deque[float]] = defaultdict(deque)

    def take(self, user: str, now: float, limits: Mapping[str, Any], count: int = 1) -> int:
        """Counts requests and gives 0, or gives the number that was too many."""
        seen = self.seen[user]
        while seen and not now - float(limits["window"]) < seen[0] <= now:
            seen.popleft()
        if len(seen) + count > limits["requests"]:
            return len(seen) + count
        seen.extend([now] * count)
        return 0


class Gate:
    """Few requests of a user at once; the others wait in a queue that can be full."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.running: dict[str, int] = defaultdict(int)
        self.waiting: dict[str, int] = defaultdict(int)
        self.most: dict[str, int] = defaultdict(int)

    def enter(self, user: str, limits: Mapping[str, Any]) -> int:
        """0 when the request may run, else the status that refuses it (429 or 503)."""
        with self.condition:
            if self.running[user] < limits["concurrent"]:
                return self._run(user)
            if self.waiting[user] >= limits["queue"]:
                return 429
            self.waiting[user] += 1
            free = self.condition.wait_for(
                lambda: self.running[user] < limits["concurrent"], float(limits["wait"])
            )
            self.waiting[user] -= 1
            return self._run(user) if free else 503

    def _run(self, user: str) -> int:
        self.running[user] += 1
        self.most[user] = max(self.most[user], self.running[user])
        return 0

    def leave(self, user: str) -> None:
        with self.condition:
            self.running[user] -= 1
            self.condition.notify_all()
