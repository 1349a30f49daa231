"""A rehearsal fails when the reconciliation page says otherwise than the stand-ins, or not why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from config.rehearsal import balance
from config.rehearsal.both_sides import Ends, Ledger, Source
from connections.models import Integration
from syncs.balance import refresh
from syncs.balance.rows import CellPart
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    """1,000.00 that agree, 50.00 that are held and 20.00 that were typed by hand."""
    found = story.company()
    record = story.posted(found)
    for cell, projects, ledger, facts in (
        ("a", "1000.00", "1000.00", {}),
        ("b", "50.00", "0", {"cause": "held"}),
        ("c", "0", "20.00", {"cause": "in_ledger"}),
        ("d", "-300.00", "-300.00", {"book": "commitment", "share": "billed"}),
        ("e", "0", "0.02", {"cause": "rounding"}),
    ):
        part(found, cell, projects, ledger, record=record, **facts)
    return found


def part(integration: Integration, cell: str, projects: str, ledger: str, **facts: Any) -> None:
    CellPart.objects.create(
        integration=integration, cell=cell, in_projects=Decimal(projects),
        in_ledger=Decimal(ledger), project=cell, number=cell, **{"book": "cost", **facts},
    )  # fmt: skip
    refresh.add_up(integration.pk)


def both(projects: str = "1050.02", ledger: str = "1020.02", **facts: Any) -> Ends:
    """The rounding stands in the document's total; the relief is a journal."""
    documents = {"INV": Decimal(ledger), "OPEN": Decimal(999)}
    books = Ledger(
        documents=documents, journals={"REL": Decimal(-300)}, hand_typed={"OPEN"},
        undecided={"OPEN"}, **facts,
    )  # fmt: skip
    return Ends(Source({"direct_costs": {"7": Decimal(projects)}}), books)


def test_the_same_sums_and_a_cause_for_all_are_no_problem(integration: Integration) -> None:
    said, wrong = balance.take(integration, both())
    assert said == {"cells": 5, "differences": 3, "unexplained": 0, "compared": True}
    assert wrong == []


@pytest.mark.parametrize(
    ("ends", "side"),
    [(("1050.03", "1020.02"), "project system"), (("1050.02", "1020.01"), "ledger")],
)
def test_a_cent_off_on_either_side_fails(
    integration: Integration, ends: tuple[str, str], side: str
) -> None:
    [problem] = balance.take(integration, both(*ends))[1]
    assert side in problem
    assert "on the page" in problem


def test_what_nobody_can_explain_fails_and_is_named(integration: Integration) -> None:
    part(integration, "f", "1.00", "1.00")
    part(integration, "g", "5.00", "0", cause="unexplained", why="Posted as 108123.")
    said, wrong = balance.take(integration, both("1056.02", "1021.02"))
    assert said["unexplained"] == 1
    assert wrong == ["reconciliation:  g is not explained (5.00 and 0.00: Posted as 108123.)"]


def test_flows_that_the_page_does_not_tell_are_not_compared() -> None:
    first = story.company()
    told, untold = balance.is_whole(first), Integration(key="nav_monday")
    assert told
    assert not balance.is_whole(untold)
