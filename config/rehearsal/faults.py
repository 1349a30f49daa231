"""How the stand-ins misbehave in a rehearsal, by seed."""

from __future__ import annotations

import random
from typing import Any

from config.rehearsal.control import call

# Wide limits, so that a rehearsal tests the work and not the patience; throttling is a fault.
PROJECT_SYSTEM = {"spike": 400, "hourly": 100_000}
LEDGER = {"requests": 100_000}
OWN_LIMITS: dict[str, dict[str, Any]] = {"monday": {"plan": "enterprise"}, "fo": {}}
LONG_UNSAID = ("fo",)  # half a minute's wait after a 429 without Retry-After: a few are enough
FEW = 3


def is_project_system(name: str) -> bool:
    return name.startswith("procore")


def roomy(name: str) -> dict[str, Any]:
    """Empty where the stand-in has no limits but those it is told."""
    if name in OWN_LIMITS:
        return OWN_LIMITS[name]
    return PROJECT_SYSTEM if is_project_system(name) else LEDGER


def switch_on(ready: dict[str, Any], seed: int) -> None:
    for name, facts in ready.items():
        dice = random.Random(f"{seed}:{name}")  # noqa: S311
        body = {"seed": seed, "rules": rules(dice, name in LONG_UNSAID)}
        call(facts["control_url"], "faults", body)


def switch_off(ready: dict[str, Any]) -> None:
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")


def rules(dice: random.Random, long_unsaid: bool = False) -> list[dict[str, Any]]:
    """Throttling with and without Retry-After, cut answers, 503, revoked tokens, bad webhooks."""
    unsaid = {"times": FEW} if long_unsaid else {}
    everything = ".*/((rest|api|ODataV4|GPService|data)/.*|v2$)"

    def rare(low: float, high: float) -> float:
        return round(dice.uniform(low, high), 3)

    found: list[dict[str, Any]] = [
        {"method": "GET", "path": everything, "action": "status", "status": 429,
         "headers": {"Retry-After": "1"}, "probability": rare(0.005, 0.02)},
        {"method": "GET", "path": everything, "action": "status", "status": 503,
         "headers": {"Retry-After": "1"}, "probability": rare(0.005, 0.02)},
        {"method": "GET", "path": everything, "action": "revoke_tokens",
         "probability": rare(0.002, 0.01), "times": 3},
        {"method": "GET", "path": everything, "action": "slow", "seconds": 0.5,
         "probability": rare(0.01, 0.03)},
        {"action": "drop_webhook", "probability": rare(0.1, 0.3)},
        {"action": "double_webhook", "probability": rare(0.1, 0.3)},
        {"action": "shuffle_webhooks", "probability": rare(0.1, 0.3)},
    ]  # fmt: skip
    for method in ("POST", "PATCH"):
        write = {"method": method, "path": everything}
        found += [
            {**write, "action": "status", "status": 429, "probability": rare(0.01, 0.03), **unsaid},
            {**write, "action": "cut_before", "probability": rare(0.01, 0.04)},
            {**write, "action": "cut_after", "probability": rare(0.02, 0.06)},
        ]
    return [{"times": None, **rule} for rule in found]
