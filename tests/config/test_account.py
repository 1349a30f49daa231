"""The account of a rehearsal closes, or says by how much it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from config.demo.stand_ins import VARIANTS
from config.rehearsal import account, scenes
from config.rehearsal.ends.dynamics_monday import DatesAndPlaces
from config.rehearsal.ends.dynamics_procore import ALIKE, AdoptedAndUsedTwice
from config.rehearsal.scene import Setting
from connections.errors import Reason
from connections.models import Connection, Integration
from mappings.models import BoardLayout
from syncs.models import Record, Run, State

CLOSED: dict[str, dict[str, Any]] = {
    "source": {"documents": 71, "total": "371433.56"},
    "corrections": {"documents": 1, "total": "0.00"},
    "gone": {"documents": 1, "total": "1508.06"},
    "posted": {"documents": 35, "total": "198947.18"},
    "held": {"documents": 28, "total": "138140.93"},
    "skipped": {"documents": 10, "total": "35853.51"},
    "set_aside": {"documents": 0, "total": "0.00"},
}


def test_what_came_is_what_went() -> None:
    assert account.identity("costs", CLOSED) == []


@pytest.mark.parametrize("word", list(CLOSED))
def test_a_document_or_a_cent_too_many_anywhere_is_a_problem(word: str) -> None:
    for unit, more in (("documents", 1), ("total", Decimal("0.01"))):
        column = {**CLOSED[word], unit: Decimal(CLOSED[word][unit]) + more}
        [problem] = account.identity("costs", {**CLOSED, word: column})
        assert problem.startswith("costs does not close")
        assert unit in problem


def record(pk: int, state: State, revision: int = 1, **facts: Any) -> Record:
    return Record(pk=pk, source_id="7", state=state, revision=revision, **facts)


def added(records: list[Record], *worth: str) -> tuple[int, str]:
    by = {one.pk: Decimal(amount) for one, amount in zip(records, worth, strict=True)}
    column = account.corrections(records, by, {"7": Decimal(150)})
    return column["documents"], column["total"]


def test_a_difference_adds_nothing_once_its_document_is_settled_and_all_before() -> None:
    parent, child = record(1, State.POSTED), record(2, State.POSTED, 2)
    assert added([parent, child], "100", "50") == (1, "0.00")
    parent = record(1, State.HELD)
    assert added([parent, child], "150", "50") == (1, "50.00")
    parent, child = record(1, State.HELD), record(2, State.HELD, 2)
    assert added([parent, child], "150", "50") == (1, "50.00")
    parent, child = record(1, State.POSTED), record(2, State.SET_ASIDE, 2)
    assert added([parent, child], "150", "50") == (1, "50.00")


def test_what_a_person_accepted_is_told_as_a_correction() -> None:
    accepted = record(1, State.POSTED, digest="d", accepted_digest="d")
    assert added([accepted], "100") == (0, "-50.00")


# -- one line in the journal for each run ----------------------------------------------------------


@pytest.fixture
def integration(db: None) -> Integration:
    sides = [Connection.objects.create(name=f"{vendor} of the account", vendor=vendor)
             for vendor in ("procore", "nav")]  # fmt: skip
    return Integration.objects.create(
        name="Account", key="nav_procore", project_system=sides[0], ledger=sides[1]
    )


def a_run(integration: Integration) -> Run:
    return Run.objects.create(integration=integration, flow="vendors", kind="poll")


def test_each_run_that_ended_has_one_line(integration: Integration) -> None:
    a_run(integration).end(True)
    a_run(integration).end(False, "No answer.")
    a_run(integration)  # its worker was killed
    assert account.run_lines(integration) == (2, [])


def test_a_run_without_a_line_and_one_with_two_are_told(integration: Integration) -> None:
    silent, twice = a_run(integration), a_run(integration)
    Run.objects.filter(pk=silent.pk).update(ended_at=silent.started_at, ok=True)
    twice.end(True)
    Run.objects.filter(pk=twice.pk).update(ended_at=None)
    twice.end(True)
    count, problems = account.run_lines(integration)
    assert (count, [one.split(" has ")[1] for one in problems]) == (
        2, ["2 lines in the journal", "0 lines in the journal"]
    )  # fmt: skip


def test_a_line_of_a_run_that_did_not_end_is_told(integration: Integration) -> None:
    run = a_run(integration)
    run.end(True)
    Run.objects.filter(pk=run.pk).update(ended_at=None)
    [problem] = account.run_lines(integration)[1]
    assert "which did not end" in problem


# -- what the scenes see ---------------------------------------------------------------------------


def test_each_scene_belongs_to_a_variant_that_is_played() -> None:
    played = {(key, variant) for key, variants in VARIANTS.items() for variant in variants}
    assert scenes.SCENES.keys() <= played


def a_setting(integration: Integration) -> Setting:
    return Setting(integration, "", "")


def test_a_number_used_twice_is_one_posted_and_one_held_that_names_it(
    integration: Integration,
) -> None:
    def cost(state: State, **facts: Any) -> Record:
        return Record.objects.create(
            integration=integration, flow="direct_costs", source_id=state, number=ALIKE,
            state=state, **facts,
        )  # fmt: skip

    scene = AdoptedAndUsedTwice(a_setting(integration))
    first = cost(State.POSTED, destination_number="108001")
    assert scene.used_twice(ALIKE, [{"number": "108001"}]) != []
    second = cost(State.HELD, reason=Reason.DUPLICATE_NUMBER, problems=[{"other": str(first.pk)}])
    assert scene.used_twice(ALIKE, [{"number": "108001"}]) == []
    assert scene.used_twice(ALIKE, [{"number": "108002"}]) != []
    assert scene.used_twice(ALIKE, [{"number": "108001"}, {"number": "108002"}]) != []
    Record.objects.filter(pk=second.pk).update(problems=[])
    assert "does not name the first" in scene.used_twice(ALIKE, [{"number": "108001"}])[0]


def test_each_date_and_the_place_of_an_item_is_compared(integration: Integration) -> None:
    integration.ledger.settings = {"mode": "on_premises"}
    scene = DatesAndPlaces(a_setting(integration))
    layout = BoardLayout(integration=integration, kind=BoardLayout.Kind.ORDERS)
    due, receipt = "2026-12-14", "2026-11-09"
    row = {"due": due, "receipt": receipt, "ship_to": ["Clinic", "12 Dock Rd"]}
    shown = {"due_date": due, "receipt_date": receipt, "ship_to": "12 Dock Rd, Clinic"}
    assert scene.differences(layout, row, shown) == []
    for fact in shown:
        [problem] = scene.differences(layout, row, {**shown, fact: "2026-01-01"})
        assert problem.startswith(fact)
    integration.ledger.settings = {"mode": "online"}
    assert scene.differences(layout, row, {**shown, "due_date": ""}) == [], "the API tells none"
