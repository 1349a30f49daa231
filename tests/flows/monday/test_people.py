"""What people do on a board besides deciding: dimensions, tidying up, typing over."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from connections.errors import Reason
from connections.models import DailyCalls
from connections.transport import daily_quota
from mappings.models import Reference
from syncs.models import Record, Run, State
from tests.flows.monday.telling import INVOICES, Boards
from tests.flows.monday.test_decisions import decided, shown

DIMENSION = "DEPARTMENT"


def value(boards: Boards, index: int) -> Reference:
    rows = Reference.objects.filter(
        connection=boards.integration.ledger, kind="dimension_value", parent=DIMENSION, unusable=""
    )
    return rows.order_by("code")[index]


def chooses(boards: Boards, record: Record, chosen: Reference) -> None:
    """Somebody picks another department on the item."""
    column = boards.layout().columns[f"dimension:{DIMENSION}"]
    label = f"{chosen.code} · {chosen.name}"
    boards.monday("value", item=boards.item(record)["id"], column=column,
                  value={"labels": [label]})  # fmt: skip


def department(boards: Boards, record: Record) -> str:
    return boards.text(boards.item(record), f"dimension:{DIMENSION}")


def in_nav(boards: Boards, record: Record) -> list[str]:
    from syncs.flow import Context

    ledger = Context(boards.integration, "decisions").purchase_ledger
    [document] = ledger.purchases(INVOICES, [record.source_id])
    return [dict(line.dimensions).get(DIMENSION, "") for line in document.lines]


def test_a_department_chosen_on_the_board_goes_into_nav(boards: Boards) -> None:
    boards.polls("options")
    record, wanted = shown(boards, "DIM-1"), value(boards, 1)
    chooses(boards, record, wanted)
    boards.polls("decisions")
    assert in_nav(boards, record) == [wanted.code]
    boards.polls("purchase_invoices")
    assert department(boards, record).startswith(wanted.code), "it was not written over"
    decision = Record.objects.get(flow="decisions", source_id=record.destination_id)
    assert wanted.code in decision.sentence


def test_after_posting_it_is_put_back_and_the_item_says_so(boards: Boards) -> None:
    boards.polls("options")
    record = shown(boards, "DIM-2")
    before = department(boards, record)
    boards.nav("post_draft", number=record.number)
    boards.polls("purchase_invoices")
    chooses(boards, record, value(boards, 2))
    boards.polls("decisions")
    assert department(boards, record) == before
    assert any("put back" in update["text"] for update in boards.item(record)["updates"])


def test_an_amount_typed_over_is_put_right(boards: Boards) -> None:
    record = shown(boards, "OVER-1", cost="1250.40")
    column = boards.layout().columns["amount"]
    boards.monday("value", item=boards.item(record)["id"], column=column, value="1.00")
    boards.polls("decisions")
    assert boards.text(boards.item(record), "amount") == "1250.4"


def another(boards: Boards) -> str:
    """A vendor whom the column offers, by its label."""
    rows = Reference.objects.filter(
        connection=boards.integration.ledger, kind="vendor", unusable="",
        data__currency__in=["", "USD"],
    ).exclude(code=boards.vendor)  # fmt: skip
    first = rows.order_by("code")[0]
    return f"{first.code} · {first.name}"[:60].rstrip()


@pytest.mark.parametrize("typed", ["another vendor", "Ask Anna · who knows", ""])
def test_a_vendor_typed_over_is_put_right(boards: Boards, typed: str) -> None:
    """Whose invoice it is stands in NAV: another vendor, a name of one's own, or nobody."""
    boards.polls("options")
    record = shown(boards, f"VEND-{typed[:4].strip()}")
    before = boards.text(boards.item(record), "vendor")
    text = another(boards) if typed == "another vendor" else typed
    boards.monday("value", item=boards.item(record)["id"], column=boards.layout().columns["vendor"],
                  value={"labels": [text] if text else []})  # fmt: skip
    assert boards.text(boards.item(record), "vendor") == text != before
    boards.polls("decisions")
    assert boards.text(boards.item(record), "vendor") == before
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    rows = boards.company.ledger("ledger")["invoices"]
    [there] = [row for row in rows if row["draft"] == record.number]
    assert (there["vendor"], there["approval"]) == (boards.vendor, "Released")
    assert boards.text(boards.item(record), "vendor") == before


def test_a_vendor_typed_over_beside_a_decision_is_put_right_with_it(boards: Boards) -> None:
    """Who approved it saw somebody else's name: the invoice in NAV is released as it stands."""
    boards.polls("options")
    record = shown(boards, "VEND-BOTH")
    before = boards.text(boards.item(record), "vendor")
    boards.monday("value", item=boards.item(record)["id"], column=boards.layout().columns["vendor"],
                  value={"labels": [another(boards)]})  # fmt: skip
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    assert boards.text(boards.item(record), "vendor") == before


def test_an_archived_item_is_held_until_somebody_says_what_to_do(boards: Boards) -> None:
    record = shown(boards, "ARCH-1")
    boards.monday("archive", item=record.destination_id)
    assert record.replay("anna")
    record = boards.due_now(record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS)
    boards.monday("restore", item=record.destination_id)
    assert record.replay("anna")
    assert boards.due_now(record).state == State.POSTED


def test_a_lost_answer_makes_no_second_item(boards: Boards) -> None:
    boards.polls("purchase_invoices")  # of the stories before
    boards.company.procore("faults", {"seed": 1, "rules": [
        {"action": "cut_after", "path": "create_item", "times": 1}
    ]})  # fmt: skip
    typed = boards.an_invoice("LOST-1")
    boards.polls("purchase_invoices")
    record = boards.records("purchase_invoices", typed["number"])
    assert record.state == State.IN_DOUBT, record.sentence
    record = boards.due_now(record)
    assert record.state == State.POSTED, record.sentence
    named = [row for row in boards.items() if boards.text(row, "external_number") == "LOST-1"]
    assert len(named) == 1


def test_a_copy_of_an_item_that_we_do_not_know_yet_is_not_guessed_at(boards: Boards) -> None:
    record = shown(boards, "COPY-1")
    boards.monday("copy", item=record.destination_id)
    Record.objects.filter(pk=record.pk).update(destination_id="", posted_digest="")
    record = boards.due_now(again(record))
    assert (record.state, record.reason) == (State.HELD, Reason.POSSIBLE_DUPLICATE)


def again(record: Record) -> Record:
    assert record.replay("anna")
    return record


def test_the_days_calls_are_used_up_but_a_decision_goes_through(boards: Boards) -> None:
    """What is left of the day is kept for people's decisions; the rest waits for the next day."""
    record = shown(boards, "CAP-1")
    used = max(daily_quota.used(row.account) for row in DailyCalls.objects.all()) + 200
    DailyCalls.objects.update(limit=used * 100 // 85, tenths=used * 10)
    typed = boards.an_invoice("CAP-2")
    boards.polls("purchase_invoices")
    waiting = boards.records("purchase_invoices", typed["number"])
    assert waiting.state == State.PENDING
    assert "00:00 UTC" in waiting.sentence
    assert waiting.attempts == 0
    told = r"1 item waits; with [\d,]+ of the [\d,]+ calls a day .* by \w{3}, \w{3} \d+, \d\d:\d\d"
    assert re.search(told, waiting.sentence), waiting.sentence
    boards.polls("purchase_invoices")
    run = Run.objects.filter(flow="purchase_invoices", kind="poll").latest("pk")
    assert re.search(told, run.sentence), run.sentence
    boss = User.objects.create_superuser("boss", "boss@keystone.example", "x")
    browser = Browser()
    browser.force_login(boss)
    page = browser.get(f"/mappings/boardlayout/{boards.layout().pk}/change/").content.decode()
    assert re.search(told, page), "on the board's page"
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    DailyCalls.objects.update(limit=25_000, tenths=0)
    assert boards.due_now(waiting).state == State.POSTED


def test_what_nav_changed_is_no_persons_choice_though_the_first_write_was_lost(
    boards: Boards,
) -> None:
    boards.polls("options")
    old, new = value(boards, 1), value(boards, 2)
    record = shown(boards, "DIM-3")
    chooses(boards, record, old)
    boards.polls("decisions")
    assert in_nav(boards, record) == [old.code]
    boards.polls("purchase_invoices")
    boards.nav("change_document", number=record.number, entity="purchaseInvoice",
               dimensions={DIMENSION: new.code})  # fmt: skip
    boards.monday_faults({"action": "cut_before", "path": "change_multiple", "times": 1})
    boards.polls("purchase_invoices")
    record.refresh_from_db()
    assert record.state == State.IN_DOUBT, record.sentence
    boards.due_now(record)
    boards.polls("decisions")
    assert in_nav(boards, record) == [new.code]
    assert department(boards, record).startswith(new.code)


def test_finance_chooses_another_board(boards: Boards) -> None:
    """What the old one shows gets an item on the new one; the old one stays as it is."""
    record = shown(boards, "MOVED-1")
    before = record.destination_id
    old = boards.layout()
    from config.demo import boards as demo_boards
    from syncs.flow import Context

    old.delete()
    context = Context(boards.integration, "decisions", "anna")
    demo_boards.one_board(context, INVOICES, "", "Invoices, new year")
    boards.polls("purchase_invoices")
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert record.destination_id != before
    assert boards.text(boards.item(record), "external_number") == "MOVED-1"
