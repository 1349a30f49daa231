"""How the stand-ins misbehave in a rehearsal, by seed."""

from __future__ import annotations

import random
from typing import Any

from config.rehearsal import ends
from config.rehearsal.control import call

FEW = 3  # refusals, where each one costs half a minute


def switch_on(ready: dict[str, Any], seed: int) -> None:
    for name, facts in ready.items():
        dice = random.Random(f"{seed}:{name}")  # noqa: S311
        leaf = ends.stand_in(name)
        body = {"seed": seed, "rules": rules(dice, leaf.CALLS, leaf.SLOW_AFTER_REFUSAL)}
        call(facts["control_url"], "faults", body)


def switch_off(ready: dict[str, Any]) -> None:
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")


def rules(dice: random.Random, calls: str, few: bool) -> list[dict[str, Any]]:
    """Throttling with and without Retry-After, cut answers, 503, revoked tokens, bad webhooks."""
    unsaid = {"times": FEW} if few else {}

    def rare(low: float, high: float) -> float:
        return round(dice.uniform(low, high), 3)

    found: list[dict[str, Any]] = [
        {"method": "GET", "path": calls, "action": "status", "status": 429,
         "headers": {"Retry-After": "1"}, "probability": rare(0.005, 0.02)},
        {"method": "GET", "path": calls, "action": "status", "status": 503,
         "headers": {"Retry-After": "1"}, "probability": rare(0.005, 0.02)},
        {"method": "GET", "path": calls, "action": "revoke_tokens",
         "probability": rare(0.002, 0.01), "times": 3},
        {"method": "GET", "path": calls, "action": "slow", "seconds": 0.5,
         "probability": rare(0.01, 0.03)},
        {"action": "drop_webhook", "probability": rare(0.1, 0.3)},
        {"action": "double_webhook", "probability": rare(0.1, 0.3)},
        {"action": "shuffle_webhooks", "probability": rare(0.1, 0.3)},
    ]  # fmt: skip
    for method in ("POST", "PATCH"):
        write = {"method": method, "path": calls}
        found += [
            {**write, "action": "status", "status": 429, "probability": rare(0.01, 0.03), **unsaid},
            {**write, "action": "cut_before", "probability": rare(0.01, 0.04)},
            {**write, "action": "cut_after", "probability": rare(0.02, 0.06)},
        ]
    return [{"times": None, **rule} for rule in found]
