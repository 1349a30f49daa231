"""What is not known for sure on a board, or in NAV, is looked up or told: never guessed, never done
twice.
"""

from __future__ import annotations

from decimal import Decimal

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_people import DIMENSION, chooses, department, value
from tests.story import run_queue


def approval(boards: Boards, record: Record) -> str:
    rows = boards.company.ledger("ledger")["invoices"]
    return str(next(row["approval"] for row in rows if row["draft"] == record.number))


def test_what_nav_reopened_is_not_released_again_by_a_replay(boards: Boards) -> None:
    record = shown(boards, "AGAIN-1")
    decision = decided(boards, record, "Approved")
    assert approval(boards, record) == "Released"
    boards.nav("approve", number=record.number, step="reopen")
    assert approval(boards, record) == "Open"
    for _ in range(2):
        assert decision.replay("anna")
        decision = boards.due_now(decision)
        assert decision.state == State.POSTED, decision.sentence
    assert approval(boards, record) == "Open", "nobody decided anew"
    decision = decided(boards, record, "Pending review")
    decided(boards, record, "Approved")
    assert approval(boards, record) == "Released", "now somebody did"


def test_an_item_that_may_stand_is_found_though_its_invoice_left_nav(boards: Boards) -> None:
    boards.polls("purchase_invoices")
    boards.company.procore("faults", {"seed": 1, "rules": [
        {"action": "cut_after", "path": "create_item", "times": 1}
    ]})  # fmt: skip
    typed = boards.an_invoice("ORPHAN-1")
    boards.polls("purchase_invoices")
    record = boards.records("purchase_invoices", typed["number"])
    assert record.state == State.IN_DOUBT
    boards.nav("delete_draft", number=typed["number"])
    record = boards.due_now(record)
    assert record.state == State.POSTED, record.sentence
    assert boards.text(boards.item(record), "status") == "Deleted"


def test_a_department_that_nav_takes_no_more_does_not_stop_the_decision(boards: Boards) -> None:
    boards.polls("options")
    record = shown(boards, "OPEN-1")
    decided(boards, record, "Approved")
    before = department(boards, record)
    chooses(boards, record, value(boards, 3))
    boards.polls("decisions")
    assert department(boards, record) == before
    assert any("put back" in update["text"] for update in boards.item(record)["updates"])


def test_a_label_that_people_renamed_is_no_change_of_theirs(boards: Boards) -> None:
    boards.polls("options")
    record, wanted = shown(boards, "RENAME-1"), value(boards, 1)
    chooses(boards, record, wanted)
    boards.polls("decisions")
    column = boards.layout().columns[f"dimension:{DIMENSION}"]
    text = department(boards, record)
    boards.monday("label", board=boards.layout().board_id, column=column, label=text,
                  to="The main office")  # fmt: skip
    try:
        decision = decided(boards, record, "Approved")
        assert decision.state == State.POSTED, decision.sentence
        assert approval(boards, record) == "Released"
        assert department(boards, record) == "The main office"
    finally:
        boards.monday("label", board=boards.layout().board_id, column=column,
                      label="The main office", to=text)  # fmt: skip


def test_a_large_invoice_needs_a_second_person(boards: Boards) -> None:
    boards.company.settings("decisions", amount_limit=Decimal(1000))
    record = shown(boards, "LARGE-1", cost="1250.40")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.OVER_LIMIT)
    assert approval(boards, record) == "Open"


def test_shadow_mode_writes_nothing_on_the_board(boards: Boards) -> None:
    boards.polls("options")
    record = shown(boards, "SHADE-1")
    boards.nav("post_draft", number=record.number)
    boards.polls("purchase_invoices")
    boards.company.settings("decisions", shadow=True)
    chosen = value(boards, 2)
    chooses(boards, record, chosen)
    boards.polls("decisions")
    assert department(boards, record).startswith(chosen.code)
    assert boards.item(record)["updates"] == []


def test_an_approval_without_an_answer_is_not_given_for_the_next_approver(boards: Boards) -> None:
    boards.nav("approval", on=True, approvers=["PROCORE", "CFO"], administrator=True)
    layout = boards.layout()
    try:
        record = shown(boards, "LEVEL-1")
        boards.nav("approve", number=record.number, step="send")
        boards.polls("purchase_invoices")
        rules = boards.rules(label="Approved")
        rules.update(meaning="approve")
        boards.company.ledger("faults", {"seed": 1, "rules": [
            {"method": "POST", "path": ".*ApprovePurchaseDocument.*", "action": "cut_after",
             "times": 1}
        ]})  # fmt: skip
        decision = decided(boards, record, "Approved")
        boards.company.ledger("faults", method="DELETE")
        decision = boards.due_now(decision)
        assert (decision.state, decision.reason) == (State.HELD, Reason.DIFFERS), decision.sentence
        assert approval(boards, record) == "Pending Approval", layout
    finally:
        boards.nav("approval", on=False)


def test_nor_after_its_way_was_closed_for_a_while(boards: Boards) -> None:
    """Held for the way: that answers nothing about the approval which was sent."""
    boards.nav("approval", on=True, approvers=["PROCORE", "CFO"], administrator=True)
    try:
        record = shown(boards, "LEVEL-2")
        boards.nav("approve", number=record.number, step="send")
        boards.polls("purchase_invoices")
        rules = boards.rules(label="Approved")
        rules.update(meaning="approve")
        boards.company.ledger("faults", {"seed": 1, "rules": [
            {"method": "POST", "path": ".*ApprovePurchaseDocument.*", "action": "cut_after",
             "times": 1}
        ]})  # fmt: skip
        decision = decided(boards, record, "Approved")
        assert decision.state == State.IN_DOUBT, decision.sentence
        rules.update(way="another")
        decision = boards.due_now(decision)
        assert (decision.state, decision.reason) == (State.HELD, Reason.SETTINGS)
        assert decision.in_doubt_since, "nobody was asked"
        assert boards.item(record)["updates"] == [], "nobody knows that it was not done"
        rules.update(way="")
        assert decision.replay("anna")
        decision = boards.due_now(decision)
        assert (decision.state, decision.reason) == (State.HELD, Reason.DIFFERS), decision.sentence
        assert approval(boards, record) == "Pending Approval", "of the next approver"
    finally:
        boards.nav("approval", on=False)


def test_a_department_chosen_after_a_reopening_releases_nothing_again(boards: Boards) -> None:
    """The old “Approved” still stands on the item; nobody set it anew."""
    boards.polls("options")
    record = shown(boards, "REOPENED-1")
    decided(boards, record, "Approved")
    boards.nav("approve", number=record.number, step="reopen")
    boards.polls("purchase_invoices")
    chooses(boards, record, value(boards, 1))
    boards.polls("decisions")
    assert department(boards, record).startswith(value(boards, 1).code)
    assert approval(boards, record) == "Open"


def test_a_key_typed_onto_another_document_s_item_takes_it_from_nobody(boards: Boards) -> None:
    """Both would write onto it in turns."""
    first, second = boards.an_invoice("KEY-A"), boards.an_invoice("KEY-B")
    boards.polls("purchase_invoices")
    one, two = (boards.records("purchase_invoices", row["number"]) for row in (first, second))
    column = boards.layout().columns["key"]
    mine, theirs = boards.item(one), boards.item(two)
    key = boards.text(theirs, "key")
    boards.monday("delete", item=theirs["id"])
    boards.monday("value", item=mine["id"], column=column, value=key)
    Record.objects.filter(pk=two.pk).update(destination_id="", posted_digest="", intent_digest="")
    two.refresh_from_db()
    assert two.replay("anna")
    run_queue()
    two.refresh_from_db()
    assert (two.state, two.reason) == (State.HELD, Reason.POSSIBLE_DUPLICATE), two.sentence
    assert str(one) in two.sentence
