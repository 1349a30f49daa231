"""Every known refusal on demand, for one root field or for any; and named faults."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from ..faults import Faults, Rule
from ..messages import Request, Response
from .refusals import envelope

Row = dict[str, Any]


class NamedFaults(Faults):
    """`path` of a rule is searched in "/v2 create_item create_update": the root fields too."""

    def for_request(self, request: Request) -> dict[str, Rule]:
        names = " ".join(request.note.get("fields", ()))
        text = f"{request.path}?{request.query_string}" if request.query_string else request.path
        return self._fired(
            ("status", "cut_before", "cut_after", "slow", "park_before", "park_after",
             "revoke_tokens"), request.method, f"{text} {names}".strip(),
        )  # fmt: skip


def _limit(code: str, message: str, wait: int, **more: Any) -> Response:
    return envelope(429, code, message, {"Retry-After": str(wait)}, retry_in_seconds=wait, **more)


def whole(name: str, wait: int) -> Response | None:
    """An answer in place of the vendor's; None when there is no such trouble."""
    html = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
    flat = {"error_code": "ComplexityException", "status_code": 429, "error_data": {},
            "error_message": "Complexity budget exhausted, query cost 30001 budget remaining 19986 "
            f"out of 1000000 reset in {wait} seconds", "account_id": 9000001}  # fmt: skip
    known = {
        "minute": lambda: _limit("MINUTE_RATE_LIMIT_EXCEEDED", "Minute limit rate exceeded", wait),
        "concurrency": lambda: _limit(
            "MAX_CONCURRENCY_EXCEEDED", "Concurrency limit exceeded", wait),
        "daily": lambda: _limit("DAILY_LIMIT_EXCEEDED", "Daily limit exceeded", wait),
        "complexity": lambda: _limit(
            "COMPLEXITY_BUDGET_EXHAUSTED", "Complexity budget exhausted", wait, complexity=30023,
            complexity_budget_left=12000, complexity_budget_limit=10_000_000),
        "complexity_old": lambda: Response(429, flat),
        "ip": lambda: _limit("IP_RATE_LIMIT_EXCEEDED", "IP limit exceeded", wait),
        "boards": lambda: envelope(429, "CallLimitExceeded", "Call limit exceeded for CreateBoard"),
        "unauthorized": lambda: envelope(403, "UserUnauthorizedException", "User unauthorized"),
        "locked": lambda: envelope(
            423, "ResourceLockedException", "Resource is currently locked, please try again later"),
        "blocked": lambda: envelope(200, "API_TEMPORARILY_BLOCKED", "API is temporarily blocked"),
        "server": lambda: envelope(500, "INTERNAL_SERVER_ERROR", "Internal server error"),
        "timeout": lambda: envelope(
            503, "TIMEOUT_EXCEEDED", "Request processing timeout exceeded"),
        "timeout_html": lambda: Response(503, html, {"Content-Type": "text/html"}),
        "bad_gateway": lambda: Response(504, html, {"Content-Type": "text/html"}),
    }  # fmt: skip
    return known[name]() if name in known else None


WHOLE = (
    "minute", "concurrency", "daily", "complexity", "complexity_old", "ip", "boards",
    "unauthorized", "locked", "blocked", "server", "timeout", "timeout_html", "bad_gateway",
)  # fmt: skip
PARTIAL: dict[str, Row] = {
    "field": {"code": "FIELD_LIMIT_EXCEEDED", "status_code": 429,
              "error_data": {"entity": "subitems"}},
    "field_minute": {"code": "FIELD_MINUTE_RATE_LIMIT_EXCEEDED", "status_code": 429},
    "subgraph": {"code": "tooManyRequests", "status_code": 400, "service": "data-structure"},
    "column_value": {"code": "ColumnValueException", "status_code": 200,
                     "error_data": {"column_type": "color"}},
    "missing": {"code": "ResourceNotFoundException", "status_code": 200},
    "inside": {"code": "INTERNAL_SERVER_ERROR"},  # as it comes from parts of the platform
    "uncoded": {},
}  # fmt: skip


@dataclass
class Trouble:
    """`field` is an alias or a name of a root field; empty means any."""

    id: int
    name: str
    field: str = ""
    times: int = 1
    wait: int = 22
    used: int = 0

    def hits(self, names: list[str]) -> bool:
        return self.used < self.times and (not self.field or self.field in names)


class Troubles:
    """Those that wait to happen."""

    def __init__(self) -> None:
        self.list: list[Trouble] = []
        self.numbers = itertools.count(1)

    def add(self, data: Row) -> Trouble:
        name = str(data.get("name"))
        if name not in (*WHOLE, *PARTIAL):
            raise ValueError(f"troubles are {sorted((*WHOLE, *PARTIAL))}")
        trouble = Trouble(
            next(self.numbers), name, str(data.get("field") or ""), int(data.get("times", 1)),
            int(data.get("wait", 22)),
        )  # fmt: skip
        self.list.append(trouble)
        return trouble

    def whole(self, names: list[str]) -> Response | None:
        for trouble in self.list:
            if trouble.name in WHOLE and trouble.hits(names):
                trouble.used += 1
                return whole(trouble.name, trouble.wait)
        return None

    def partial(self, names: dict[str, str]) -> list[tuple[str, Row]]:
        """Keys of the answer that are lost (by key and field name), each with its error."""
        lost = []
        for key, name in names.items():
            for trouble in self.list:
                if trouble.name in PARTIAL and trouble.hits([key, name]):
                    trouble.used += 1
                    lost.append((key, self.error(trouble, key)))
                    break
        return lost

    def error(self, trouble: Trouble, key: str) -> Row:
        extensions = dict(PARTIAL[trouble.name])
        if extensions.get("status_code") == 429:
            extensions["retry_in_seconds"] = trouble.wait
        return {"message": f"Trouble on demand: {trouble.name}", "path": [key],
                "extensions": extensions}  # fmt: skip
