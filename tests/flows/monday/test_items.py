"""Invoices and orders of NAV as items of a board."""

from __future__ import annotations

from typing import Any

from config.demo import company
from connections.models import Connection
from syncs.models import State
from tests.flows.monday.conftest import SIDES
from tests.flows.monday.telling import INVOICES, ORDERS, Boards


def test_a_new_invoice_appears_on_the_board(boards: Boards) -> None:
    typed = boards.an_invoice("MON-1", "1250.40")
    boards.polls("purchase_invoices")
    record = boards.records("purchase_invoices", typed["number"])
    assert record.state == State.POSTED, record.sentence
    item = boards.item(record)
    assert boards.text(item, "amount") == "1250.4"
    assert boards.text(item, "status") == "Draft"
    assert boards.text(item, "decision") == "Pending review"
    assert boards.text(item, "external_number") == "MON-1"
    assert boards.text(item, "vendor").startswith(boards.vendor)
    assert boards.board()["duplicates"] == {boards.layout().columns["key"]: {}}


def test_an_order_shows_its_material_and_delivery(boards: Boards) -> None:
    typed = boards.an_order(boards.line("80.00", "12"))
    boards.polls("purchase_orders")
    record = boards.records("purchase_orders", typed["number"])
    assert record.state == State.POSTED, record.sentence
    item = boards.item(record, ORDERS)
    assert "12" in boards.text(item, "materials", ORDERS)
    assert "Rebar" in boards.text(item, "materials", ORDERS)


def test_the_demo_set_up_again_still_listens_to_its_boards(
    boards: Boards, ready: dict[str, Any]
) -> None:
    """`make run` does so at each start."""
    company.set_up("nav_monday", ready, 0, SIDES)
    platform = Connection.objects.get(vendor="monday")
    for kind in (INVOICES, ORDERS):
        assert boards.layout(kind).board_id in platform.setting("boards")
        assert boards.layout(kind).columns["decision"] in platform.setting("watched_columns")
