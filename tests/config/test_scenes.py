"""What a rehearsal shows beside its sums is counted, and fails where it stands otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from config.demo.stand_ins import VARIANTS
from config.management.commands.rehearse import together
from config.rehearsal import scenes
from config.rehearsal.both_sides import Booked, BookedLine
from config.rehearsal.scene import Scene, Setting
from config.rehearsal.scenes import dynamics_procore as dimensions
from config.rehearsal.scenes import procore_amounts as amounts
from config.rehearsal.scenes import procore_codes as codes
from config.rehearsal.scenes.procore import InTheField
from connections.models import Connection, Integration

PLAYS = [(key, variant) for key, variants in VARIANTS.items() for variant in variants]


@dataclasses.dataclass
class Books:
    """A ledger that shows what it is told to show."""

    rows: list[Booked]
    DEPARTMENT: str = "DEPARTMENT"

    def booked(self, site: str) -> Sequence[Booked]:
        return self.rows

    def add_department(self, site: str, value: str) -> None:
        raise NotImplementedError

    def add_account(self, site: str, number: str, name: str) -> None:
        raise NotImplementedError

    def book_journal(self, site: str, number: str, lines: Sequence[Any]) -> None:
        raise NotImplementedError


@pytest.fixture
def integration(db: None) -> Integration:
    sides = [Connection.objects.create(name=f"{vendor} of the scenes", vendor=vendor)
             for vendor in ("procore", "nav")]  # fmt: skip
    return Integration.objects.create(
        name="Scenes", key="nav_procore", project_system=sides[0], ledger=sides[1]
    )


def line(amount: str, code: str, department: str = "", text: str = "") -> BookedLine:
    told = {"COSTCODE": code, "COSTTYPE": "M", "DEPARTMENT": department}
    return BookedLine("52100", Decimal(amount), text, {k: v for k, v in told.items() if v})


def booked(number: str, *lines: BookedLine, **facts: Any) -> Booked:
    total = sum((one.amount for one in lines), Decimal(0))
    facts = {"currency": "USD", "day": "2026-03-02", "total": total, **facts}
    return Booked(number, f"1{number}", lines=lines, **facts)


def played(scene: type[Scene], integration: Integration, *rows: Booked) -> Any:
    return scene(Setting(integration, "", "", None, Books(list(rows))))


SUB_JOBS = [line("100", "08-700", "01"), line("200", "08-700", "02"), line("50", "08-700"),
            line("300", "08-800", "A"), line("25", "08-800", "B")]  # fmt: skip
FRACTIONS = [line(amount, "03-300") for amount in ("333.33", "333.33", "333.34")]
OWNER = line("5575.00", "03-300", text=amounts.Markup.text)
GOOD: list[tuple[type[InTheField], str, list[BookedLine]]] = [
    (codes.SubJobs, codes.COST, SUB_JOBS),
    (amounts.Fractions, amounts.Fractions.number, FRACTIONS),
    (amounts.Markup, "J-1", [OWNER]),
]


@pytest.mark.parametrize(("scene", "number", "lines"), GOOD)
def test_what_stands_as_it_has_to_be_is_no_problem(
    integration: Integration, scene: type[InTheField], number: str, lines: list[BookedLine]
) -> None:
    assert played(scene, integration, booked(number, *lines)).check() == []


@pytest.mark.parametrize(("scene", "number", "lines"), GOOD)
def test_what_is_dropped_doubled_or_a_cent_off_fails(
    integration: Integration, scene: type[InTheField], number: str, lines: list[BookedLine]
) -> None:
    whole = booked(number, *lines)
    less = dataclasses.replace(lines[0], amount=lines[0].amount - Decimal("0.01"))
    for there in ([], [whole, whole], [booked(number, less, *lines[1:])]):
        assert played(scene, integration, *there).check(), there
    abroad = dataclasses.replace(whole, currency="CAD")
    assert played(scene, integration, abroad).check()


def test_sub_jobs_that_were_put_together_fail(integration: Integration) -> None:
    lines = [line("350", "08-700"), *SUB_JOBS[3:]]
    [problem] = played(codes.SubJobs, integration, booked(codes.COST, *lines)).check()
    assert "by code, type and department" in problem


def test_markup_that_was_dropped_fails(integration: Integration) -> None:
    bare = booked("J-1", line("5000.00", "03-300", text=amounts.Markup.text))
    [problem] = played(amounts.Markup, integration, bare).check()
    assert "not one of 5575.00" in problem


def test_a_day_of_another_clock_fails(integration: Integration) -> None:
    integration.flows.filter(flow="commitment_change_orders").update(enabled=False)
    number = codes.OtherClock.number
    scene = played(codes.OtherClock, integration, booked(number, line("61.25", "03-300")))
    [problem] = scene.check()
    assert "is booked on 2026-03-02" in problem


def test_a_default_that_is_not_there_fails(integration: Integration) -> None:
    lines = [line("60.00", "09-300", "SHOP"), line("40.00", "09-650")]
    scene = played(dimensions.DefaultsOfMicrosoft, integration, booked(dimensions.ADDED, *lines))
    problems = scene.check()
    assert any("has departments" in one for one in problems)
    assert any("as a whole is of" in one for one in problems)


# -- the report ------------------------------------------------------------------------------------


class Silent(Scene):
    title = "nothing happens"

    def count(self) -> int:
        return 0

    def check(self) -> list[str]:
        return []


class Loud(Silent):
    title = "something happens"

    def count(self) -> int:
        return 3


def test_a_scene_that_nothing_shows_is_not_met(integration: Integration) -> None:
    setting = Setting(integration, "", "")
    assert Loud(setting).shown().plain() == {
        "name": "Loud", "title": "something happens", "count": 3, "met": True,
    }  # fmt: skip
    silent = Silent(setting).shown()
    assert silent.problems == ["nothing at either end shows it"]
    assert silent.plain()["met"] is False


def test_the_one_object_carries_the_scenes_of_each_integration(integration: Integration) -> None:
    shown = Loud(Setting(integration, "", "")).shown().plain()
    report = {"name": "bc_procore", "variant": "", "flows": [], "problems": [], "scenes": [shown],
              "journal_verified": True, "reconciliation": {"cells": 7}}  # fmt: skip
    [told] = together([report], ok=True)["integrations"]
    assert told["scenes"] == [shown]
    assert told["reconciliation"] == {"cells": 7}


@pytest.mark.parametrize(("key", "variant"), PLAYS)
def test_each_rehearsal_has_scenes_that_can_be_told_apart(key: str, variant: str) -> None:
    chosen = scenes.SCENES[key, variant]
    assert len({scene.__name__ for scene in chosen}) == len(chosen) > 3
    assert len({scene.title for scene in chosen}) == len(chosen)
