"""The four gates, and what must hold of each: nothing is announced, so nothing was sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Record, State
from tests.story import Company

GATES: dict[str, dict[str, Any]] = {
    "the brake": {"stopped": True},
    "shadow mode": {"shadow": True},
    "approval": {"needs_approval": True},
    "the amount limit": {"amount_limit": Decimal(10)},
}
OPEN: dict[str, Any] = {
    "stopped": False, "shadow": False, "needs_approval": False, "amount_limit": None,
}  # fmt: skip
HELD_FOR = {
    "shadow mode": Reason.SHADOW,
    "approval": Reason.NEEDS_APPROVAL,
    "the amount limit": Reason.OVER_LIMIT,
}


def intents() -> int:
    return Entry.objects.filter(kind=Entry.Kind.INTENT).count()


def none_lets_it_pass(
    company: Company, flow: str, again: Callable[[], Record], *, moves_no_money: bool = False
) -> None:
    """Whatever is tried behind a shut gate, no write is announced in the journal."""
    for gate, settings in GATES.items():
        if gate == "the amount limit" and moves_no_money:
            continue
        company.settings(flow, **{**OPEN, **settings})
        before = intents()
        record = again()
        said = f"{gate}: {record.get_state_display()}, {record.sentence}"
        assert intents() == before, said
        assert "Unexpected" not in record.sentence, said
        if record.state == State.HELD and record.reason in HELD_FOR.values():
            assert record.reason == HELD_FOR[gate], said
    company.settings(flow, **OPEN)
