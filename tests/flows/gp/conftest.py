from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.demo import stand_ins
from config.rehearsal.control import call
from tests import story
from tests.flows.telling import only_what_is_new

SIDES = stand_ins.VARIANTS["gp_procore"][""]


@pytest.fixture(scope="session")
def gp_ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=SIDES) as facts:
        yield facts


@pytest.fixture
def gp(gp_ready: dict[str, Any], db: None) -> Iterator[story.Company]:
    """GP and Procore, set up; no faults before and after, and no payable before the story's own:
    GP is polled by key, so that each would be carried again in each story."""
    found = story.set_up(gp_ready, "gp_procore", SIDES)
    call(gp_ready[SIDES[1]]["control_url"], "gp/forget_payables", {})
    only_what_is_new(found)
    yield found
    for facts in gp_ready.values():
        call(facts["control_url"], "faults", method="DELETE")
