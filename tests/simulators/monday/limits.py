"""The four limits: requests of a minute, at once, of a day, and complexity."""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from ..messages import Response
from . import site
from .call import Call, asked
from .jobs import Jobs
from .refusals import Refused, envelope
from .store import Row

MOST_IN_ONE = 5_000_000
NAMES = ("minute", "concurrency", "daily", "complexity", "single", "boards_per_minute")


class Limits(Jobs):
    """Counted per account and app; the personal tokens of an account share one bucket."""

    def __init__(self, **options: Any) -> None:
        self.counting = threading.Lock()
        self.running, self.most_running = 0, 0
        super().__init__(**options)

    @property
    def limits(self) -> Row:
        plan = site.PLANS[self.state["plan"]]
        points = 1_000_000 if self.state["plan"] == "free" else 10_000_000
        return {**plan, "complexity": points, "single": MOST_IN_ONE, "boards_per_minute": 40,
                **self.state["limits"]}  # fmt: skip

    def bucket(self, app: int | None) -> Row:
        found: Row = self.state["usage"].setdefault(str(app or "personal"), {
            "minute": {"start": 0.0, "used": 0}, "day": {"date": "", "tenths": 0, "calls": 0},
            "read": {"start": 0.0, "used": 0}, "write": {"start": 0.0, "used": 0},
            "boards": {"start": 0.0, "used": 0},
        })  # fmt: skip
        return found

    def window(self, window: Row) -> Row:
        """A minute that opens with its first call."""
        now = self.timestamp()
        if not window["start"] <= now < window["start"] + 60:
            window["start"], window["used"] = now, 0
        return window

    def left_of(self, window: Row) -> int:
        return max(1, math.ceil(float(window["start"]) + 60 - self.timestamp()))

    def day(self, bucket: Row) -> Row:
        today, day = self.now().astimezone(UTC).date().isoformat(), bucket["day"]
        if day["date"] != today:
            day.update(date=today, tenths=0, calls=0)
        found: Row = day
        return found

    def until_midnight(self) -> int:
        now = self.now().astimezone(UTC)
        following = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        return max(1, math.ceil((following - now).total_seconds()))

    def calls_refused(self, call: Call, cheap: bool) -> Response | None:
        """Counts a call, or refuses it for a tenth of one."""
        bucket, limits = self.bucket(call.app_id), self.limits
        minute, day = self.window(bucket["minute"]), self.day(bucket)
        self.count_user(call)
        minute["used"] += 1
        refused = self.why_refused(minute, day, limits)
        day["tenths"] += 1 if refused or cheap else 10
        day["calls"] += 1
        return refused

    def why_refused(self, minute: Row, day: Row, limits: Row) -> Response | None:
        if minute["used"] > limits["minute"]:
            return throttled("MINUTE_RATE_LIMIT_EXCEEDED", "Minute limit rate exceeded",
                             self.left_of(minute), "minuteRate")  # fmt: skip
        if self.running > limits["concurrency"]:
            return throttled("MAX_CONCURRENCY_EXCEEDED", "Concurrency limit exceeded", 15,
                             "concurrency")  # fmt: skip
        if day["tenths"] + 10 > limits["daily"] * 10:
            return throttled("DAILY_LIMIT_EXCEEDED", "Daily limit exceeded",
                             self.until_midnight(), "dailyCalls")  # fmt: skip
        return None

    def count_user(self, call: Call) -> None:
        today = self.now().astimezone(UTC).date().isoformat()
        days = self.state["calls"].setdefault("days", {})
        users = days.setdefault(today, {})
        users[call.id] = users.get(call.id, 0) + 1

    def points_refused(self, call: Call, write: bool) -> Response | None:
        """Takes the points of a document, if there are enough."""
        limits = self.limits
        if call.cost > limits["single"]:
            return envelope(
                200, "REQUEST_MAX_COMPLEXITY_EXCEEDED",
                f"Query has complexity of {call.cost}, which exceeds max complexity of "
                f"{limits['single']}", complexity=call.cost,
                maxComplexity=limits["single"],
            )  # fmt: skip
        window, most = self.points(call.app_id, write)
        call.reset, call.before = self.left_of(window), max(0, most - window["used"])
        if window["used"] + call.cost > most:
            call.after = call.before
            return throttled(
                "COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", call.reset,
                "complexityMinute", complexity=call.cost, complexity_budget_left=call.before,
                complexity_budget_limit=most,
            )  # fmt: skip
        window["used"] += call.cost
        call.after = call.before - call.cost
        return None

    def points(self, app: int | None, write: bool) -> tuple[Row, int]:
        """An app has as much for reads as for writes; personal tokens one budget for both."""
        bucket, most = self.bucket(app), int(self.limits["complexity"])
        if app is None:
            return self.window(bucket["read"]), most
        return self.window(bucket["write" if write else "read"]), most // 2

    def count_board(self) -> None:
        window = self.window(self.bucket(None)["boards"])
        window["used"] += 1
        if window["used"] > self.limits["boards_per_minute"]:
            raise Refused(
                "CallLimitExceeded", "Call limit exceeded for CreateBoard", status=429, http=429
            )

    def rate_headers(self, app: int | None, over: str, wait: int) -> dict[str, str]:
        limits, bucket = self.limits, self.bucket(app)
        window, most = self.points(app, True)
        left = {
            "minuteRate": limits["minute"] - self.window(bucket["minute"])["used"],
            "concurrency": limits["concurrency"] - self.running,
            "complexityMinute": most - window["used"],
        }  # fmt: skip
        policy = (
            f'"minuteRate";q={limits["minute"]};w=60, "concurrency";q={limits["concurrency"]};'
            f'qu="concurrent-requests", "complexityMinute";q={most};w=60;qu="content-bytes"'
        )
        rest = ", ".join(
            f'"{name}";r={max(0, value)}' + (f";t={wait}" if name == over else "")
            for name, value in left.items()
        )
        return {"RateLimit-Policy": policy, "RateLimit": rest}

    @asked("query")
    def ask_platform_api(self, call: Call) -> Row:
        base, days = self.limits["daily"], self.state["calls"].get("days", {})
        users: dict[int, int] = {}
        for counts in days.values():
            for number, count in counts.items():
                users[number] = users.get(number, 0) + count
        return {
            "daily_limit": {"base": base, "total": base},
            "daily_analytics": {
                "last_updated": self.now().isoformat(),
                "by_day": [{"day": day, "usage": sum(one.values())} for day, one in days.items()],
                "by_user": [
                    {"user": self.user_view(number), "usage": count}
                    for number, count in users.items()
                ],
            },
        }  # fmt: skip


def throttled(code: str, message: str, wait: int, over: str, **more: Any) -> Response:
    answer = envelope(429, code, message, {"Retry-After": str(wait)}, retry_in_seconds=wait, **more)
    answer.headers["X-Over"] = over
    return answer
