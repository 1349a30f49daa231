"""Faults on demand: rules that a test sends over the control endpoint, seeded."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .messages import Request, Response

REQUEST_ACTIONS = (
    "status", "cut_before", "cut_after", "slow", "park_before", "park_after", "revoke_tokens",
)  # fmt: skip
WEBHOOK_ACTIONS = ("drop_webhook", "double_webhook", "shuffle_webhooks")


@dataclass
class Rule:
    """One fault: what it matches, what it does, how often."""

    action: str
    method: str = ""
    path: str = ""
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 1.0
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    matched: int = 0
    used: int = 0
    dice: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, data: Mapping[str, Any], dice: random.Random) -> Rule:
        """Raises ValueError with a sentence when the rule makes no sense."""
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown or data.get("action") not in REQUEST_ACTIONS + WEBHOOK_ACTIONS:
            raise ValueError(f"unknown action or key in fault rule {dict(data)!r}")
        re.compile(data.get("path") or "")
        rule = cls(**{**data, "dice": dice})
        rule.probability, rule.seconds = float(rule.probability), float(rule.seconds)
        return rule

    def fires(self, method: str, text: str) -> bool:
        """Counts the match and decides whether the fault happens this time."""
        if self.method and self.method.upper() != method:
            return False
        if not re.search(self.path, text):
            return False
        self.matched += 1
        if self.matched <= self.skip or (self.times is not None and self.used >= self.times):
            return False
        if self.probability < 1 and self.dice.random() >= self.probability:
            return False
        self.used += 1
        return True

    def answer(self) -> Response:
        return Response(self.status, self.body, dict(self.headers), injected=True)

    def shown(self) -> dict[str, Any]:
        names = ("action", "method", "path", "times", "skip", "matched", "used")
        return {name: getattr(self, name) for name in names}


@dataclass
class Parked:
    """A request that is being held."""

    id: int
    stage: str
    request: Request
    since: float
    gate: threading.Event = field(default_factory=threading.Event)
    cut: bool = False

    def shown(self) -> dict[str, Any]:
        body = self.request.body[:2000].decode("utf-8", "replace")
        return {
            "id": self.id, "stage": self.stage, "method": self.request.method,
            "path": self.request.path, "query": self.request.query_string, "body": body,
            "client_port": self.request.client_port, "seconds": round(time.time() - self.since, 3),
        }  # fmt: skip


class Faults:
    """The rules in force, and the requests that they hold."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rules: list[Rule] = []
        self.held: dict[int, Parked] = {}
        self.numbers = itertools.count(1)
        self.seed = 0

    def replace(self, data: Mapping[str, Any]) -> None:
        seed = int(data.get("seed") or 0)
        rules = [
            Rule.parse(rule, random.Random(f"{seed}/{index}"))
            for index, rule in enumerate(data.get("rules") or [])
        ]
        with self.lock:
            self.seed, self.rules = seed, rules

    def clear(self) -> None:
        self.replace({})

    def for_request(self, request: Request) -> dict[str, Rule]:
        """The faults that hit this request, by action; the first rule of an action wins."""
        text = f"{request.path}?{request.query_string}" if request.query_string else request.path
        return self._fired(REQUEST_ACTIONS, request.method, text)

    def for_webhook(self, text: str) -> set[str]:
        """The faults that hit this event; `path` is searched in "destination resource event"."""
        return set(self._fired(WEBHOOK_ACTIONS, "POST", text))

    def _fired(self, actions: tuple[str, ...], method: str, text: str) -> dict[str, Rule]:
        with self.lock:
            rules = [rule for rule in self.rules if rule.action in actions]
            fired = [rule for rule in rules if rule.fires(method, text)]
        return {rule.action: rule for rule in reversed(fired)}

    def park(self, stage: str, request: Request, limit: float = 300.0) -> Parked:
        """Holds the calling thread until it is released, at most `limit` seconds."""
        parked = Parked(next(self.numbers), stage, request, time.time())
        with self.lock:
            self.held[parked.id] = parked
        parked.gate.wait(limit)
        with self.lock:
            self.held.pop(parked.id, None)
        return parked

    def release(self, number: int | None = None, cut: bool = False) -> int:
        """Lets held requests go on, or cuts their connections. Returns how many."""
        with self.lock:
            chosen = [p for p in self.held.values() if number in (None, p.id)]
        for parked in chosen:
            parked.cut = cut
            parked.gate.set()
        return len(chosen)

    def shown(self) -> dict[str, Any]:
        with self.lock:
            return {"seed": self.seed, "rules": [rule.shown() for rule in self.rules]}

    def parked(self) -> list[dict[str, Any]]:
        with self.lock:
            return [parked.shown() for parked in self.held.values()]
