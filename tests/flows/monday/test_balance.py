"""What NAV and its boards come to, item by item, and why they differ."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.documents import ZERO
from syncs import tasks
from syncs.models import BalanceReading, CellPart, Record, Run, State
from tests.flows.monday.telling import ORDERS, Boards

pytestmark = pytest.mark.django_db
FLOW = "purchase_invoices"


def told(boards: Boards, record: Record) -> CellPart:
    tasks.balance(boards.integration.pk)
    run = Run.objects.filter(kind="balance").latest("pk")
    assert run.ok, run.sentence
    return CellPart.objects.get(record=record)


def shown(boards: Boards, external: str, cost: str) -> Record:
    typed = boards.an_invoice(external, cost)
    boards.polls(FLOW)
    record = boards.records(FLOW, typed["number"])
    assert record.state == State.POSTED, record.sentence
    return record


def test_an_item_and_its_document_agree(boards: Boards) -> None:
    record = shown(boards, "MON-BAL-1", "1250.40")
    part = told(boards, record)
    assert (part.book, part.in_projects, part.in_ledger) == (
        "cost", Decimal("1250.40"), Decimal("1250.40")
    )  # fmt: skip
    assert (part.cause, part.ledger_number, part.vendor) == ("", record.number, boards.vendor)
    assert part.url, "to the item"


def test_an_order_is_a_commitment(boards: Boards) -> None:
    typed = boards.an_order(boards.line("80.00", "12"))
    boards.polls("purchase_orders")
    part = told(boards, boards.records("purchase_orders", typed["number"]))
    assert (part.book, part.share) == ("commitment", "committed")
    assert part.in_projects == part.in_ledger == Decimal("960.00")


def test_what_somebody_typed_over_is_told_until_it_is_put_back(boards: Boards) -> None:
    record = shown(boards, "MON-BAL-2", "200.00")
    column = boards.layout().columns["amount"]
    boards.monday("value", item=record.destination_id, column=column, value="1.00")
    cells = record.coded["cells"]
    Record.objects.filter(pk=record.pk).update(
        coded={**record.coded, "cells": {**cells, column: "1"}}
    )
    part = told(boards, record)
    assert (part.cause, part.in_projects, part.in_ledger) == ("changed", Decimal(1), Decimal(200))
    assert "The board shows another amount" in part.why


def test_an_item_that_was_put_away_shows_nothing(boards: Boards) -> None:
    record = shown(boards, "MON-BAL-3", "300.00")
    boards.monday("archive", item=record.destination_id)
    record.replay("anna")
    boards.polls(FLOW)
    record.refresh_from_db()
    assert record.state == State.HELD, record.sentence
    part = told(boards, record)
    assert (part.in_projects, part.in_ledger) == (ZERO, Decimal("300.00"))
    assert part.cause == "changed"


def test_what_was_deleted_in_nav_is_worth_nothing_on_either_side(boards: Boards) -> None:
    typed = boards.an_order(boards.line("50.00", "2"))
    boards.polls("purchase_orders")
    record = boards.records("purchase_orders", typed["number"])
    told(boards, record)
    boards.nav("delete_order", number=typed["number"])
    boards.polls("purchase_orders")
    record.refresh_from_db()
    record.replay("anna")
    boards.polls("purchase_orders")
    record.refresh_from_db()
    assert boards.text(boards.item(record, ORDERS), "status", ORDERS) == "Deleted"
    tasks.balance(boards.integration.pk)
    assert not CellPart.objects.filter(record=record).exists()


def test_what_a_rule_leaves_out_is_in_the_ledger_alone(boards: Boards) -> None:
    boards.company.settings(FLOW, start_date="2099-01-01")
    typed = boards.an_invoice("MON-BAL-4", "75.00")
    boards.polls(FLOW)
    part = told(boards, boards.records(FLOW, typed["number"]))
    assert (part.cause, part.in_projects, part.in_ledger) == ("skipped", ZERO, Decimal("75.00"))


def test_a_credit_memo_of_the_ledger_is_brought_by_no_flow(boards: Boards) -> None:
    """Nobody typed it by mistake: the boards show invoices and orders alone."""
    boards.nav("type_cost", vendorNumber=boards.vendor, external="MON-CM-1", credit=True,
               post=True, lines=[boards.line("60.00")])  # fmt: skip
    tasks.balance(boards.integration.pk)
    part = CellPart.objects.get(typed__kind="credit_memo")
    assert (part.cause, part.in_projects, part.in_ledger) == ("not_carried", ZERO, Decimal("-60"))
    assert part.why == (
        f"No flow of this integration brings a credit memo from {boards.integration.ledger} to "
        f"{boards.integration.project_system}."
    )


def test_what_is_not_told_of_boards_is_said(boards: Boards) -> None:
    tasks.balance(boards.integration.pk)
    untold = BalanceReading.objects.get(integration=boards.integration).untold
    assert "Items that people typed on a board are not in these figures." in untold
    assert not any("Orders that people typed" in one for one in untold)
