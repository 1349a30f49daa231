"""Every write passes the gates, on the boards and into NAV: what is new, in doubt, or gone."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Record, State
from tests.flows import gates
from tests.flows.monday.telling import INVOICES, ORDERS, Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_doubt import approval
from tests.flows.monday.test_options import refreshed
from tests.flows.monday.test_people import DIMENSION, chooses, department, in_nav, value

ITEMS = {"purchase_invoices": INVOICES, "purchase_orders": ORDERS}


def typed(boards: Boards, flow: str, external: str) -> Any:
    return boards.an_invoice(external) if flow == "purchase_invoices" else boards.an_order()


def heard(boards: Boards, flow: str, external: str) -> Record:
    row = typed(boards, flow, external)
    boards.polls(flow)
    return boards.records(flow, row["number"])


def pressed(boards: Boards, record: Record) -> Record:
    """Somebody pressed replay."""
    assert record.replay("anna")
    return boards.due_now(record)


def tried_again(boards: Boards, record: Record) -> Record:
    """Both by a person and by the sweep."""
    pressed(boards, record)
    return boards.due_now(record)


def none_pass(boards: Boards, record: Record, **how: Any) -> None:
    gates.none_lets_it_pass(boards.company, record.flow, lambda: tried_again(boards, record), **how)


def approved(boards: Boards, record: Record, by: str = "bea") -> Record:
    """Of what the page shows."""
    assert record.approve(by)
    return boards.due_now(record)


def ledger_cuts(boards: Boards, path: str = "ReleasePurchaseDocument") -> None:
    """NAV does what it is asked, and its answer never comes."""
    rule = {"method": "POST", "path": f".*{path}.*", "action": "cut_after", "times": 1}
    boards.company.ledger("faults", {"seed": 1, "rules": [rule]})


def releases(boards: Boards) -> int:
    """How often NAV was asked for one, since the counters were cleared."""
    asked = boards.company.ledger("requests")["counters"]
    return sum(count for name, count in asked.items() if "ReleasePurchaseDocument" in name)


def leaves_nav(boards: Boards, flow: str, record: Record) -> None:
    verb = "delete_draft" if flow == "purchase_invoices" else "delete_order"
    boards.nav(verb, number=record.number)


# -- items -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", ITEMS)
def test_a_new_item_passes_no_shut_gate(boards: Boards, flow: str) -> None:
    boards.company.settings(flow, shadow=True)
    record = heard(boards, flow, "GATE-NEW")
    none_pass(boards, record)
    record = pressed(boards, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("flow", ITEMS)
def test_an_item_in_doubt_passes_no_shut_gate(boards: Boards, flow: str) -> None:
    boards.polls(flow)  # of the stories before
    boards.monday_faults({"action": "cut_before", "path": "create_item", "times": 1})
    record = heard(boards, flow, "GATE-DOUBT")
    assert record.state == State.IN_DOUBT, record.sentence
    none_pass(boards, record)
    record = pressed(boards, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("flow", ITEMS)
def test_an_item_whose_document_left_nav_passes_no_shut_gate(boards: Boards, flow: str) -> None:
    record = heard(boards, flow, "GATE-GONE")
    assert record.state == State.POSTED, record.sentence
    before = boards.item(record, ITEMS[flow])
    leaves_nav(boards, flow, record)
    none_pass(boards, record)
    assert boards.item(record, ITEMS[flow]) == before
    record = pressed(boards, record)
    assert record.state == State.POSTED, record.sentence
    assert boards.text(boards.item(record, ITEMS[flow]), "status", ITEMS[flow]) == "Deleted"


@pytest.mark.parametrize("flow", ITEMS)
def test_an_item_in_doubt_whose_document_left_nav_is_not_made(boards: Boards, flow: str) -> None:
    boards.polls(flow)  # of the stories before
    boards.monday_faults({"action": "cut_before", "path": "create_item", "times": 1})
    record = heard(boards, flow, "GATE-LOST")
    leaves_nav(boards, flow, record)
    none_pass(boards, record)
    before = gates.intents()
    assert pressed(boards, record).state == State.SKIPPED
    assert gates.intents() == before


def test_in_shadow_mode_the_item_of_a_deleted_draft_stays_as_it_was(boards: Boards) -> None:
    record = shown(boards, "GATE-SHADE")
    before = boards.board()
    boards.company.settings("purchase_invoices", shadow=True)
    boards.nav("delete_draft", number=record.number)
    record = pressed(boards, record)
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW), record.sentence
    assert boards.board() == before


def test_behind_a_shut_gate_the_board_gets_no_option_either(boards: Boards) -> None:
    """The invoice names a department by now that the column does not have."""
    record = shown(boards, "GATE-OPTION")
    boards.nav("add_value", dimension=DIMENSION, code="GATE0", name="Gates")
    boards.nav("change_document", number=record.number, dimensions={DIMENSION: "GATE0"})
    before = boards.board()
    none_pass(boards, record)
    assert boards.board() == before
    record = pressed(boards, record)
    assert record.state == State.POSTED, record.sentence
    assert department(boards, record).startswith("GATE0")


def test_an_item_whose_invoice_changed_is_approved_as_it_would_be_shown(boards: Boards) -> None:
    record = shown(boards, "GATE-CHANGED")
    boards.company.settings("purchase_invoices", needs_approval=True)
    boards.nav("change_document", number=record.number,
               fields={"vendorInvoiceNumber": "GATE-OTHER"})  # fmt: skip
    record = pressed(boards, record)
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert record.coded["facts"]["external_number"] == "GATE-CHANGED", "as the board shows it"
    assert record.entry["facts"]["external_number"] == "GATE-OTHER", "as it would be"
    assert not record.approve("anna"), "who had it in hand last"
    record = approved(boards, record)
    assert (record.state, record.proposed) == (State.POSTED, {}), record.sentence
    assert boards.text(boards.item(record), "external_number") == "GATE-OTHER"


# -- options ---------------------------------------------------------------------------------------


def new_value(boards: Boards, code: str) -> Record:
    """NAV has one more department, and we know of it."""
    boards.polls("options")
    boards.nav("add_value", dimension=DIMENSION, code=code, name="Gates")
    refreshed(boards)
    return Record.objects.get(flow="options", source_id=f"{INVOICES}|dimension:{DIMENSION}")


def options(boards: Boards) -> list[str]:
    id = boards.layout().columns[f"dimension:{DIMENSION}"]
    [column] = [one for one in boards.board()["columns"] if one["id"] == id]
    return [one["label"] for one in column["settings"]["labels"] if not one["is_deactivated"]]


def test_new_options_pass_no_shut_gate(boards: Boards) -> None:
    record = new_value(boards, "GATE1")
    none_pass(boards, record, moves_no_money=True)
    assert "GATE1 · Gates" not in options(boards)
    assert pressed(boards, record).state == State.POSTED
    assert "GATE1 · Gates" in options(boards)


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_options_without_an_answer_pass_no_shut_gate(boards: Boards, action: str) -> None:
    code = f"GATE2{action[4:6].upper()}"
    record = new_value(boards, code)
    boards.monday_faults({"action": action, "path": "update_dropdown", "times": 1})
    assert pressed(boards, record).state == State.PENDING
    none_pass(boards, record, moves_no_money=True)
    assert pressed(boards, record).state == State.POSTED
    assert options(boards).count(f"{code} · Gates") == 1


def test_options_that_nav_has_no_more_pass_no_shut_gate(boards: Boards) -> None:
    record = new_value(boards, "GATE3")
    assert pressed(boards, record).state == State.POSTED
    boards.nav("block_value", dimension=DIMENSION, value="GATE3")
    refreshed(boards)
    none_pass(boards, record, moves_no_money=True)
    assert "GATE3 · Gates" in options(boards)
    assert pressed(boards, record).state == State.POSTED
    assert "GATE3 · Gates" not in options(boards)


# -- decisions -------------------------------------------------------------------------------------


def test_a_new_decision_passes_no_shut_gate(boards: Boards) -> None:
    record = shown(boards, "GATE-DEC-1")
    boards.company.settings("decisions", shadow=True)
    decision = decided(boards, record, "Approved")
    none_pass(boards, decision)
    assert approval(boards, record) == "Open"
    decision = pressed(boards, decision)
    assert decision.state == State.POSTED, decision.sentence
    assert approval(boards, record) == "Released"


def cut_off(boards: Boards, external: str) -> tuple[Record, Record]:
    """A decision that NAV carried out without an answer."""
    record = shown(boards, external)
    boards.polls("decisions")  # of the stories before
    boards.company.ledger("requests", method="DELETE")
    ledger_cuts(boards)
    decision = decided(boards, record, "Approved")
    assert decision.state == State.IN_DOUBT, decision.sentence
    return record, decision


@pytest.mark.parametrize("gate", gates.GATES)
def test_a_decision_in_doubt_stays_in_doubt_behind_a_shut_gate(boards: Boards, gate: str) -> None:
    """Nobody can be asked there: that is said, and once the gate is open it is carried out once."""
    record, decision = cut_off(boards, f"GATE-DEC-2-{len(gate)}")
    since, before = decision.in_doubt_since, gates.intents()
    boards.company.settings("decisions", **gates.GATES[gate])
    decision = tried_again(boards, decision)
    assert gates.intents() == before
    assert decision.in_doubt_since == since, decision.sentence
    if gate in gates.HELD_FOR:
        assert (decision.state, decision.reason) == (State.HELD, gates.HELD_FOR[gate])
    boards.company.settings("decisions", **gates.OPEN)
    decision = pressed(boards, decision)
    assert (decision.state, decision.in_doubt_since) == (State.POSTED, None), decision.sentence
    assert approval(boards, record) == "Released"
    updates = [one["text"] for one in boards.item(record)["updates"]]
    assert len([text for text in updates if "eleased" in text]) == 1, updates
    assert releases(boards) == 1


def test_a_decision_in_doubt_can_be_approved_by_a_second_person(boards: Boards) -> None:
    record, decision = cut_off(boards, "GATE-DEC-3")
    boards.nav("approve", number=record.number, step="reopen")
    boards.company.settings("decisions", needs_approval=True)
    decision = pressed(boards, decision)
    assert decision.reason == Reason.NEEDS_APPROVAL, decision.sentence
    decision = approved(boards, decision)
    assert (decision.state, decision.in_doubt_since) == (State.POSTED, None), decision.sentence
    assert approval(boards, record) == "Released"


def test_a_decision_on_an_item_that_left_the_board_is_not_carried_out(boards: Boards) -> None:
    record, decision = cut_off(boards, "GATE-DEC-4")
    boards.monday("delete", item=record.destination_id)
    none_pass(boards, decision)
    before = gates.intents()
    assert pressed(boards, decision).state == State.SKIPPED
    assert gates.intents() == before


@pytest.mark.parametrize("gate", ["the brake", "shadow mode"])
def test_of_an_invoice_that_left_nav_nothing_is_told_behind_a_shut_gate(
    boards: Boards, gate: str
) -> None:
    record = shown(boards, f"GATE-DEC-5-{len(gate)}")
    boards.company.settings("decisions", shadow=True)
    decision = decided(boards, record, "Approved")
    boards.nav("delete_draft", number=record.number)
    boards.company.settings("decisions", **{**gates.OPEN, **gates.GATES[gate]})
    before = gates.intents()
    decision = tried_again(boards, decision)
    assert gates.intents() == before, decision.sentence
    boards.company.settings("decisions", **gates.OPEN)
    decision = pressed(boards, decision)
    assert (decision.state, decision.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)


def test_a_decision_is_approved_by_a_second_person_and_carried_out(boards: Boards) -> None:
    boards.company.settings("decisions", needs_approval=True)
    record = shown(boards, "GATE-DEC-6")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert decision.entry["label"] == "Approved"
    assert approval(boards, record) == "Open"
    decision = approved(boards, decision)
    assert (decision.state, decision.proposed) == (State.POSTED, {}), decision.sentence
    assert approval(boards, record) == "Released"
    told = Entry.objects.filter(record=decision.pk, data__verb="approve")
    assert [entry.actor for entry in told] == ["bea"]


def test_a_decision_that_was_sent_back_waits_again_once_it_is_another(boards: Boards) -> None:
    boards.company.settings("decisions", needs_approval=True)
    record = shown(boards, "GATE-DEC-8")
    decision = decided(boards, record, "Approved")
    assert decision.send_back("bea", "Not before Friday")
    decision = pressed(boards, decision)
    assert (decision.state, decision.reason) == (State.HELD, Reason.SENT_BACK), decision.sentence
    assert approval(boards, record) == "Open"
    boards.decides(boards.item(record), "Rejected")
    decision = pressed(boards, decision)
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert "Not before Friday" in decision.sentence
    assert decision.entry["label"] == "Rejected"


def test_what_was_approved_covers_no_other_decision(boards: Boards) -> None:
    """The label was changed after the second person looked."""
    boards.company.settings("decisions", needs_approval=True)
    record = shown(boards, "GATE-DEC-7")
    decision = decided(boards, record, "Approved")
    boards.decides(boards.item(record), "Rejected")
    decision = approved(boards, decision)
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert decision.entry["label"] == "Rejected"
    assert approval(boards, record) == "Open"


# -- dimensions ------------------------------------------------------------------------------------


def test_a_department_chosen_on_the_board_passes_no_shut_gate(boards: Boards) -> None:
    boards.polls("options")
    record, wanted = shown(boards, "GATE-DIM-1"), value(boards, 1)
    before = in_nav(boards, record)
    boards.company.settings("decisions", shadow=True)
    chooses(boards, record, wanted)
    boards.polls("decisions")
    decision = Record.objects.get(flow="decisions", source_id=record.destination_id)
    none_pass(boards, decision)
    assert in_nav(boards, record) == before
    boards.company.settings("decisions", needs_approval=True)
    decision = pressed(boards, decision)
    assert decision.entry["dimensions"] == {DIMENSION: wanted.code}
    decision = approved(boards, decision)
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == [wanted.code]


def test_a_department_without_an_answer_passes_no_shut_gate(boards: Boards) -> None:
    boards.polls("options")
    record, wanted = shown(boards, "GATE-DIM-2"), value(boards, 1)
    rules = [
        {"method": "PATCH", "path": ".*Purch.*", "action": "cut_before", "times": None},
        {"method": "POST", "path": ".*batch.*", "action": "cut_before", "times": None},
    ]
    boards.company.ledger("faults", {"seed": 1, "rules": rules})
    chooses(boards, record, wanted)
    boards.polls("decisions")
    boards.company.ledger("faults", method="DELETE")
    decision = Record.objects.get(flow="decisions", source_id=record.destination_id)
    assert decision.state == State.IN_DOUBT, decision.sentence
    since = decision.in_doubt_since
    none_pass(boards, decision)
    decision.refresh_from_db()
    assert decision.in_doubt_since == since, "nobody could be asked"
    decision = pressed(boards, decision)
    assert (decision.state, decision.in_doubt_since) == (State.POSTED, None), decision.sentence
    assert in_nav(boards, record) == [wanted.code]
