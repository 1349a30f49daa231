from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.demo import stand_ins
from config.rehearsal.control import call
from tests import story
from tests.flows.telling import only_what_is_new

MODES = stand_ins.VARIANTS["nav_procore"]


@pytest.fixture(scope="session", params=list(MODES))
def mode(request: pytest.FixtureRequest) -> str:
    """Online, and on-premises: the same stories."""
    return str(request.param)


@pytest.fixture(scope="session")
def nav_ready(mode: str) -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=MODES[mode]) as facts:
        yield facts


@pytest.fixture
def nav(nav_ready: dict[str, Any], mode: str, db: None) -> Iterator[story.Company]:
    """NAV and Procore, set up; no faults before and after, and no document of NAV before the
    story's own."""
    found = story.set_up(nav_ready, "nav_procore", MODES[mode])
    call(nav_ready[MODES[mode][1]]["control_url"], "business_central/forget_documents", {})
    only_what_is_new(found)
    yield found
    for facts in nav_ready.values():
        call(facts["control_url"], "faults", method="DELETE")
