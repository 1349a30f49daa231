from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from config.demo import stand_ins
from config.rehearsal.control import call
from tests import story
from tests.flows.monday.conftest import WIDE
from tests.flows.monday.telling import Boards

SIDES = stand_ins.VARIANTS["bc_monday"][""]


@pytest.fixture(scope="session")
def bc_ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=SIDES) as facts:
        call(facts[SIDES[0]]["control_url"], "limits", WIDE)
        yield facts


@pytest.fixture
def boards(bc_ready: dict[str, Any], db: None) -> Iterator[Boards]:
    """Business Central and monday.com, both boards laid out; no faults before and after, and no
    document before the story's own."""
    cache.clear()
    found = story.set_up(bc_ready, "bc_monday", SIDES)
    call(bc_ready[SIDES[1]]["control_url"], "business_central/forget_documents", {})
    yield Boards(found)
    for facts in bc_ready.values():
        call(facts["control_url"], "faults", method="DELETE")
