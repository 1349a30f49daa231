"""What people decide on a board takes effect in NAV, and the board tells the outcome."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Record, State
from tests.flows.monday.telling import Boards


def shown(boards: Boards, external: str, **facts: Any) -> Record:
    """An invoice of NAV that stands on the board."""
    typed = boards.an_invoice(external, **facts)
    boards.polls("purchase_invoices")
    record = boards.records("purchase_invoices", typed["number"])
    assert record.state == State.POSTED, record.sentence
    return record


def decided(boards: Boards, record: Record, label: str, **facts: Any) -> Record:
    """Somebody sets the label; the next poll hears of it."""
    boards.decides(boards.item(record), label, **facts)
    boards.polls("decisions")
    return Record.objects.get(flow="decisions", source_id=record.destination_id)


def test_an_approval_releases_the_invoice(boards: Boards) -> None:
    record = shown(boards, "DEC-1")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    record.refresh_from_db()
    item = boards.item(record)
    assert boards.text(item, "status") == "Released"
    assert boards.text(item, "decision") == "Approved"
    assert any("eleased" in update["text"] for update in item["updates"])
    told = Entry.objects.filter(record=decision.pk, kind=Entry.Kind.NOTED)
    assert any("Approved” was set by" in entry.sentence for entry in told)


def test_the_same_decision_is_carried_out_once(boards: Boards) -> None:
    record = shown(boards, "DEC-2")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    updates = len(boards.item(record)["updates"])
    assert decision.replay("anna")
    boards.due_now(decision)
    assert decision.state == State.POSTED, decision.sentence
    assert len(boards.item(record)["updates"]) == updates


def test_what_nav_refuses_does_not_stay_green(boards: Boards) -> None:
    record = shown(boards, "DEC-3")
    boards.nav("post_draft", number=record.number)
    decision = decided(boards, record, "Rejected")
    assert decision.state == State.HELD, decision.sentence
    item = boards.item(record)
    assert boards.text(item, "decision") == "Refused by NAV"
    assert any("Not done in the ledger" in update["text"] for update in item["updates"])
    boards.polls("decisions")  # our own label is no decision
    decision.refresh_from_db()
    assert decision.state == State.HELD, decision.sentence


@pytest.mark.parametrize(("label", "words"), [
    ("Approved", "eleased"), ("Rejected", "Not done in the ledger"),
])  # fmt: skip
def test_an_outcome_that_was_answered_with_an_error_inside_200_is_told_once(
    boards: Boards, label: str, words: str
) -> None:
    """monday.com keeps no answer with errors for a key: it carries the same out again."""
    record = shown(boards, f"DEC-IN-{label[:1]}")
    if label == "Rejected":
        boards.nav("post_draft", number=record.number)
    boards.monday("trouble", name="inside", field="create_update")
    decision = decided(boards, record, label)
    assert decision.state in (State.IN_DOUBT, State.PENDING), decision.sentence
    boards.due_now(decision)
    assert decision.state in (State.POSTED, State.HELD), decision.sentence
    told = [update["text"] for update in boards.item(record)["updates"]]
    assert len([text for text in told if words in text]) == 1, told


def test_a_label_without_a_meaning_is_held(boards: Boards) -> None:
    record = shown(boards, "DEC-4")
    column = boards.layout().columns["decision"]
    boards.monday("new_label", board=boards.layout().board_id, column=column, label="On my desk")
    decision = decided(boards, record, "On my desk")
    assert (decision.state, decision.reason) == (State.HELD, Reason.SETTINGS)
    assert "“On my desk”" in decision.sentence


def test_shadow_mode_decides_nothing(boards: Boards) -> None:
    boards.company.settings("decisions", shadow=True)
    record = shown(boards, "DEC-5")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.SHADOW)
    assert boards.text(boards.item(record), "status") == "Draft"
