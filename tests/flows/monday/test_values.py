"""A dimension value on the board that NAV lacks: told on the item, made where finance lets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from audit.models import Entry
from connections.boards import TEXT, Column
from connections.errors import Reason
from syncs.flow import Context
from syncs.models import Record, State
from tests.flows import gates
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_gates import cut_off, tried_again
from tests.flows.monday.test_options import refreshed
from tests.flows.monday.test_people import DIMENSION, department, in_nav, value
from tests.flows.monday.test_ways import admin_page, said

FACT = f"dimension:{DIMENSION}"
MAKES = "new_values"


@pytest.fixture(autouse=True)
def as_it_was(boards: Boards) -> Iterator[None]:
    cache.clear()
    boards.company.settings(MAKES, **gates.OPEN)
    yield
    cache.clear()


def finance_makes_none(boards: Boards) -> None:
    boards.company.settings(MAKES, shadow=True)


def types(boards: Boards, record: Record, text: str) -> None:
    """Somebody types a department that the column does not offer."""
    column = boards.layout().columns[FACT]
    chosen = {"labels": [text]} if text else {"labels": []}
    boards.monday("value", item=boards.item(record)["id"], column=column, value=chosen)


def decision_of(record: Record) -> Record:
    return Record.objects.get(flow="decisions", source_id=record.destination_id)


def typed(boards: Boards, external: str, text: str) -> tuple[Record, Record]:
    """An invoice on whose item somebody typed that department; the poll heard of it."""
    record = shown(boards, external)
    types(boards, record, text)
    boards.polls("decisions")
    return record, decision_of(record)


def told(boards: Boards, record: Record, words: str) -> int:
    return len([text for text in said(boards, record) if words in text])


def departments(boards: Boards) -> dict[str, str]:
    """As NAV has them."""
    values = Context(boards.integration, "decisions").ledger.dimension_values()
    return {one.code: one.name for one in values if one.dimension == DIMENSION}


# -- told ----------------------------------------------------------------------------------------


def test_the_item_says_that_nav_has_no_such_department(boards: Boards) -> None:
    finance_makes_none(boards)
    record, decision = typed(boards, "VAL-1", "V1 · Site one")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert f"“V1 · Site one”, chosen for {record.number}, is no value of {DIMENSION}" in (
        decision.sentence
    )
    assert "makes it, and is in shadow mode" in decision.sentence
    assert told(boards, record, decision.sentence) == 1
    page = admin_page(decision)
    assert "on the item" in page
    assert "Open it in the source" in page
    assert "V1" not in departments(boards)
    for _ in range(2):
        boards.polls("decisions")
        assert decision.replay("anna")
        boards.due_now(decision)
    assert told(boards, record, "is no value of") == 1, "once"


def test_an_approval_beside_it_does_not_stay_green(boards: Boards) -> None:
    """What NAV would refuse is not half done: the invoice is released with the department only."""
    finance_makes_none(boards)
    record = shown(boards, "VAL-2")
    types(boards, record, "V2")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    item = boards.item(record)
    assert boards.text(item, "decision") == "Refused by NAV"
    assert boards.text(item, "status") == "Draft"
    assert told(boards, record, "set “Approved” again") == 1
    boards.polls("decisions")
    assert told(boards, record, "is no value of") == 1
    decision = decided(boards, record, "Approved")
    assert decision.state == State.HELD, "nothing was mended"
    assert boards.text(boards.item(record), "decision") == "Refused by NAV"
    types(boards, record, f"{value(boards, 1).code} · {value(boards, 1).name}")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == [value(boards, 1).code]
    assert boards.text(boards.item(record), "decision") == "Approved"


def test_who_takes_it_back_is_asked_nothing_more(boards: Boards) -> None:
    finance_makes_none(boards)
    record = shown(boards, "VAL-8")
    types(boards, record, "V8")
    assert decided(boards, record, "Approved").state == State.HELD
    types(boards, record, "")
    boards.polls("decisions")
    assert decision_of(record).state == State.SKIPPED, decision_of(record).sentence
    assert decided(boards, record, "Approved").state == State.POSTED


def test_a_decision_in_doubt_stays_in_doubt_beside_it(boards: Boards) -> None:
    """Only NAV can say whether the invoice was released."""
    record, decision = cut_off(boards, "VAL-9")
    boards.nav("approve", number=record.number, step="reopen")
    since = decision.in_doubt_since
    types(boards, record, "V9")
    decision = tried_again(boards, decision)
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert decision.in_doubt_since == since
    types(boards, record, "")
    decision = tried_again(boards, decision)
    assert (decision.state, decision.in_doubt_since) == (State.POSTED, None), decision.sentence


def test_what_somebody_makes_in_nav_goes_on_by_itself(boards: Boards) -> None:
    finance_makes_none(boards)
    record, decision = typed(boards, "VAL-3", "V3")
    assert decision.state == State.HELD, decision.sentence
    boards.nav("add_value", dimension=DIMENSION, code="V3", name="Site three")
    refreshed(boards)
    boards.polls("decisions")
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["V3"]
    assert told(boards, record, "has DEPARTMENT V3 in the ledger now") == 1


def test_nav_is_asked_before_it_is_said(boards: Boards) -> None:
    """Made there a minute ago: our copy of NAV's departments does not know it yet."""
    boards.nav("add_value", dimension=DIMENSION, code="V4", name="Site four")
    record, decision = typed(boards, "VAL-4", "v4 · Site four")
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["V4"]
    assert told(boards, record, "is no value of") == 0


def test_of_a_posted_invoice_it_is_put_back_like_any_other(boards: Boards) -> None:
    record = shown(boards, "VAL-5")
    before = department(boards, record)
    boards.nav("post_draft", number=record.number)
    boards.polls("purchase_invoices")
    types(boards, record, "V5")
    boards.polls("decisions")
    assert department(boards, record) == before
    assert told(boards, record, "put back") == 1
    boards.polls(MAKES)
    assert "V5" not in departments(boards)


def test_an_emptied_cell_is_no_value_and_words_without_a_code_are_none_either(
    boards: Boards,
) -> None:
    boards.polls("options")
    record, known = shown(boards, "VAL-6"), value(boards, 1)
    types(boards, record, f"{known.code} · {known.name}")
    boards.polls("decisions")
    assert in_nav(boards, record) == [known.code]
    types(boards, record, " · Site six")
    boards.polls("decisions")
    decision = decision_of(record)
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert in_nav(boards, record) == [known.code], "it stays as it was"
    boards.polls(MAKES)
    assert not Record.objects.filter(flow=MAKES, source_id__contains="six").exists()
    types(boards, record, "")
    boards.polls("decisions")
    assert in_nav(boards, record) == [""], "none, since a person emptied it"
    assert set(departments(boards)) == set(departments(boards)) - {""}


def test_in_a_column_of_text_it_is_typed_too(boards: Boards) -> None:
    finance_makes_none(boards)
    layout = boards.layout()
    system = Context(boards.integration, "decisions").board_system
    system.create_column(layout.board_id, Column("typed_here", "Typed here", TEXT), "A column")
    layout.columns |= {FACT: "typed_here"}
    layout.save()
    record = shown(boards, "VAL-7")
    boards.monday("value", item=record.destination_id, column="typed_here", value="V7")
    boards.polls("decisions")
    decision = decision_of(record)
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert told(boards, record, "“V7”") == 1
    wanted = value(boards, 1)
    boards.monday(
        "value", item=record.destination_id, column="typed_here", value=f"{wanted.code}\u200b"
    )
    boards.polls("decisions")
    assert in_nav(boards, record) == [wanted.code]


def test_a_label_with_what_nobody_sees_is_no_other_department(boards: Boards) -> None:
    wanted = value(boards, 1)
    record, _ = typed(boards, "VAL-ZW", f"\ufeff{wanted.code}\u200b · {wanted.name}")
    assert in_nav(boards, record) == [wanted.code]


# -- made ----------------------------------------------------------------------------------------


def test_where_finance_lets_it_the_value_is_made_and_the_decision_goes_on(boards: Boards) -> None:
    record = shown(boards, "VAL-11")
    types(boards, record, "v11 · Site eleven")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert "this one follows by itself" in decision.sentence
    assert told(boards, record, "this one follows by itself") == 1
    assert boards.text(boards.item(record), "decision") == "Approved", "it only waits"
    boards.polls(MAKES)
    made = Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|V11")
    assert made.state == State.POSTED, made.sentence
    assert departments(boards)["V11"] == "Site eleven"
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["V11"]
    boards.polls("purchase_invoices")
    item = boards.item(record)
    assert boards.text(item, "status") == "Released"
    assert boards.text(item, FACT).upper().startswith("V11")
    again = boards.company.ledger("requests")["counters"]
    boards.polls(MAKES)
    boards.polls("decisions")
    assert boards.company.ledger("requests")["counters"] == again, "nothing is left to do"


def test_what_was_corrected_meanwhile_is_not_made(boards: Boards) -> None:
    finance_makes_none(boards)
    record, decision = typed(boards, "VAL-12", "V12")
    boards.polls(MAKES)
    made = Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|V12")
    assert (made.state, made.reason) == (State.HELD, Reason.SHADOW), made.sentence
    assert made.entry["code"] == "V12"
    types(boards, record, f"{value(boards, 1).code} · {value(boards, 1).name}")
    boards.polls("decisions")
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    boards.company.settings(MAKES, **gates.OPEN)
    assert made.replay("anna")
    assert boards.due_now(made).state == State.SKIPPED
    assert "V12" not in departments(boards)


def test_what_is_too_long_for_nav_is_told_at_once(boards: Boards) -> None:
    """Twenty characters are all that a code has there."""
    record = shown(boards, "VAL-13")
    types(boards, record, "V13 AND A LONG STORY OF IT")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert told(boards, record, "a code of 26 characters, and one takes 20 there") == 1
    assert boards.text(boards.item(record), "decision") == "Refused by NAV"
    boards.polls(MAKES)
    assert not Record.objects.filter(flow=MAKES, source_id__contains="V13").exists()


def test_a_department_that_nav_refuses_is_tried_once(boards: Boards) -> None:
    """It stands there and is blocked: a matter of its own, and no reason to ask at every poll."""
    boards.polls("options")
    boards.nav("add_value", dimension=DIMENSION, code="V17", name="Site seventeen")
    boards.nav("block_value", dimension=DIMENSION, value="V17")
    record, decision = typed(boards, "VAL-17", "V17")
    assert decision.state == State.HELD, decision.sentence
    assert told(boards, record, "Not done in the ledger") == 1
    before = Entry.objects.filter(record=decision.pk).count()
    boards.polls("decisions")
    assert Entry.objects.filter(record=decision.pk).count() == before


def test_what_nav_refuses_to_make_is_told_with_who_makes_it(boards: Boards) -> None:
    record, decision = typed(boards, "VAL-14", "V14")
    rule = {"method": "POST", "path": ".*DimensionValues.*", "action": "status", "status": 403,
            "times": 1}  # fmt: skip
    boards.company.ledger("faults", {"seed": 1, "rules": [rule]})
    boards.polls(MAKES)
    decision.refresh_from_db()
    assert decision.state == State.HELD, decision.sentence
    assert "Create it there." in decision.sentence
    assert told(boards, record, "Create it there.") == 1
    boards.nav("add_value", dimension=DIMENSION, code="V14", name="Site fourteen")
    refreshed(boards)
    boards.polls("decisions")
    boards.polls(MAKES)
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["V14"]
    assert Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|V14").state == State.POSTED


def test_a_new_value_passes_no_shut_gate(boards: Boards) -> None:
    finance_makes_none(boards)
    _, decision = typed(boards, "VAL-15", "V15")
    boards.polls(MAKES)
    made = Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|V15")
    gates.none_lets_it_pass(
        boards.company, MAKES, lambda: tried_again(boards, made), moves_no_money=True
    )
    assert "V15" not in departments(boards)
    boards.company.settings(MAKES, needs_approval=True)
    assert made.replay("anna")
    made = boards.due_now(made)
    assert (made.state, made.reason) == (State.HELD, Reason.NEEDS_APPROVAL), made.sentence
    assert made.approve("bea")
    assert boards.due_now(made).state == State.POSTED
    assert "V15" in departments(boards)
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence


def test_a_lost_answer_makes_no_second_value(boards: Boards) -> None:
    record, decision = typed(boards, "VAL-16", "V16")
    rule = {"method": "POST", "path": ".*DimensionValues.*", "action": "cut_after", "times": 1}
    boards.company.ledger("faults", {"seed": 1, "rules": [rule]})
    boards.polls(MAKES)
    made = Record.objects.get(flow=MAKES, source_id=f"{DIMENSION}|V16")
    assert made.state == State.IN_DOUBT, made.sentence
    assert boards.due_now(made).state == State.POSTED
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["V16"]
