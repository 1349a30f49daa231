"""Invoices and orders of NAV as items of a board."""

from __future__ import annotations

from typing import Any

from config.demo import company
from connections.models import Connection
from syncs.models import State
from tests.flows.monday.conftest import SIDES
from tests.flows.monday.telling import INVOICES, ORDERS, Boards

SITE = {"name": "Riverside Clinic", "line": "12 Dock Rd", "city": "Columbus", "state": "OH"}


def on_the_board(boards: Boards, number: str) -> Any:
    """The order's item, after a poll."""
    boards.polls("purchase_orders")
    record = boards.records("purchase_orders", number)
    assert record.state == State.POSTED, record.sentence
    return boards.item(record, ORDERS)


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


def test_the_due_date_of_an_invoice_is_that_of_its_terms(boards: Boards) -> None:
    typed = boards.an_invoice("MON-2", date="2026-03-02")
    boards.nav("change_document", number=typed["number"], fields={"dueDate": "2026-04-15"})
    boards.polls("purchase_invoices")
    item = boards.item(boards.records("purchase_invoices", typed["number"]))
    assert boards.text(item, "date") == "2026-03-02"
    assert boards.text(item, "due_date") == "2026-04-15"


def test_an_order_shows_its_material_its_delivery_and_when_it_is_due(boards: Boards) -> None:
    typed = boards.an_order(
        {**boards.line("80.00", "12"), "expected": "2026-11-09"},
        {**boards.line("15.50", "2.5"), "description": "Binding wire", "expected": "2026-11-20"},
        ship_to=SITE, date="2026-10-05", due="2026-12-14",
    )  # fmt: skip
    item = on_the_board(boards, typed["number"])
    assert boards.text(item, "materials", ORDERS).splitlines() == [
        "12 × Rebar, 12 mm, expected 2026-11-09",
        "2.5 × Binding wire, expected 2026-11-20",
    ]
    assert boards.text(item, "receipt_date", ORDERS) == "2026-11-09", "the first of its lines"
    assert boards.text(item, "ship_to", ORDERS).startswith("Riverside Clinic, 12 Dock Rd, ")
    assert "Columbus" in boards.text(item, "ship_to", ORDERS)
    assert boards.text(item, "received", ORDERS) == "0 of 2 lines"
    assert boards.text(item, "date", ORDERS) == "2026-10-05"
    assert boards.text(item, "due_date", ORDERS) == "2026-12-14"


def test_what_of_an_order_came_is_followed(boards: Boards) -> None:
    typed = boards.an_order(boards.line("80.00", "12"), ship_to=SITE)
    on_the_board(boards, typed["number"])
    boards.nav("bill_order", number=typed["number"], external="CAME-1", share="0.5")
    assert boards.text(on_the_board(boards, typed["number"]), "received", ORDERS) == "in part"


def test_what_an_order_does_not_say_stays_empty(boards: Boards) -> None:
    item = on_the_board(boards, boards.an_order(boards.line("80.00", "12"))["number"])
    for fact in ("receipt_date", "due_date"):
        assert boards.text(item, fact, ORDERS) == "", fact
    assert boards.text(item, "materials", ORDERS) == "12 × Rebar, 12 mm"


def test_the_demo_set_up_again_still_listens_to_its_boards(
    boards: Boards, ready: dict[str, Any]
) -> None:
    """`make run` does so at each start."""
    company.set_up("nav_monday", ready, 0, SIDES)
    platform = Connection.objects.get(vendor="monday")
    for kind in (INVOICES, ORDERS):
        assert boards.layout(kind).board_id in platform.setting("boards")
        assert boards.layout(kind).columns["decision"] in platform.setting("watched_columns")
