from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.demo import stand_ins
from config.rehearsal.control import call
from tests import story
from tests.flows.telling import only_what_is_new

SIDES = stand_ins.VARIANTS["fo_procore"][""]


@pytest.fixture(scope="session")
def fo_ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=SIDES) as facts:
        yield facts


@pytest.fixture
def fo(fo_ready: dict[str, Any], db: None) -> Iterator[story.Company]:
    """F&O and Procore, set up; no faults before and after."""
    found = story.set_up(fo_ready, "fo_procore", SIDES)
    only_what_is_new(found)
    yield found
    for facts in fo_ready.values():
        call(facts["control_url"], "faults", method="DELETE")
