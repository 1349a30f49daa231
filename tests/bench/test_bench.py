"""One bench runs, small, so that all of them keep running. Nothing is timed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import story
from tests.bench import invoices


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins() as facts:
        yield facts


@pytest.mark.django_db
def test_a_batch_of_five_costs_three_requests_each_and_one_look_up(ready: dict[str, Any]) -> None:
    company = story.set_up(ready)
    invoices.figures(company, 1)  # signs in
    posted, requests, writes, _ = invoices.figures(company, 5, "COST-")
    assert (posted.value, writes.value) == (5, 2)
    assert requests.value * 5 == pytest.approx(5 * 3 + 1)
