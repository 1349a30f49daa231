from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.rehearsal.control import call
from tests import story


@pytest.fixture(scope="session")
def ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def company(ready: dict[str, Any], db: None) -> Iterator[story.Company]:
    """The demo company, set up; no faults before and after."""
    found = story.set_up(ready)
    yield found
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")
