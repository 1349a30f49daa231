from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.demo import stand_ins
from config.rehearsal.control import call
from tests import story
from tests.flows.monday.telling import Boards

SIDES = stand_ins.VARIANTS["nav_monday"]["on_premises"]
WIDE = {"plan": "enterprise", "minute": 100_000, "complexity": 10**9, "daily": 1_000_000}


@pytest.fixture(scope="session")
def ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=SIDES) as facts:
        call(facts["monday"]["control_url"], "limits", WIDE)
        yield facts


@pytest.fixture
def boards(ready: dict[str, Any], db: None) -> Iterator[Boards]:
    """NAV and monday.com, both boards laid out; no faults before and after, and no document before
    the story's own: each would become an item in each story."""
    found = story.set_up(ready, "nav_monday", SIDES)
    call(ready[SIDES[1]]["control_url"], "business_central/forget_documents", {})
    yield Boards(found)
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")
