"""What NAV tells of orders and of invoices that are not posted, both ways."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER, Hint, LedgerDocument
from connections.roles import DecidableLedger
from tests.vendors.stage_business_central import memo
from tests.vendors.stage_nav_decisions import ABOUT, House, house
from tests.vendors.stage_nav_online import OnlineStage

__all__ = ["house"]
pytestmark = pytest.mark.django_db
NOW = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
DUE = dt.date(2026, 12, 14)
SITE = {"name": "Riverside Clinic", "line": "12 Dock Rd", "city": "Columbus", "state": "OH"}


def an_order(house: House, **facts: Any) -> LedgerDocument:
    line = {"account": "53200", "quantity": 10, "cost": "12.50", "description": "Rebar",
            "expected": DUE.isoformat(), "dimensions": {"PROJECT": "P-1042"}}  # fmt: skip
    made = house.by_hand(
        "type_order", vendorNumber="V10124", lines=[line], ship_to=SITE, **facts
    )  # fmt: skip
    id = made["id"] if house.online else f"Order/{made['number']}"
    return house.now(id, LEDGER_ORDER)


def hint(house: House, kind: str, id: str, since: dt.datetime | None = None) -> Hint | None:
    found = house.ledger.purchase_changes(kind, since, NOW)
    return next((one for one in found if one.source_id == id), None)


def test_an_order_says_when_and_where_it_is_delivered(house: House) -> None:
    ledger: DecidableLedger = house.ledger
    order = an_order(house)
    assert ledger.purchases(LEDGER_ORDER, [order.id]) == [order]
    assert (order.status, order.receipt_date) == ("released", DUE)
    assert order.ship_to.startswith("Riverside Clinic, 12 Dock Rd, ")
    assert "Columbus" in order.ship_to
    assert [(one.receipt_date, one.received) for one in order.lines] == [(DUE, Decimal(0))]


def test_what_was_received_is_told(house: House) -> None:
    order = an_order(house)
    house.by_hand("bill_order", number=order.number, external="S-9", share="0.4")
    assert [one.received for one in house.now(order.id, LEDGER_ORDER).lines] == [Decimal(4)]


def test_an_invoice_has_its_due_date_and_the_dimensions_of_its_header(house: House) -> None:
    paper = house.invoice(due_date=DUE)
    assert paper.due_date == DUE
    assert [one.received for one in paper.lines] == [None] * len(paper.lines)
    house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    assert dict(house.now(paper.id).dimensions)["PROJECT"] == "P-1043"


def test_an_invoice_that_is_not_posted_is_named_and_so_is_its_approval(house: House) -> None:
    paper = house.invoice()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    before = hint(house, LEDGER_INVOICE, paper.id, later)
    assert before
    again = hint(house, LEDGER_INVOICE, paper.id, later)
    assert again == before
    stamps = {before.stamp}
    for step in ("send", "approve", "reopen"):
        house.by_hand("approve", number=paper.number, step=step)
        now = hint(house, LEDGER_INVOICE, paper.id, later)
        assert now
        stamps.add(now.stamp)
    assert len(stamps) == 3
    house.by_hand("change_document", number=paper.number, hold="X")
    now = hint(house, LEDGER_INVOICE, paper.id, later)
    assert now
    assert now.stamp not in stamps


@pytest.mark.parametrize(
    ("step", "status"), [("send", "pending_approval"), ("approve", "released"), ("reopen", "draft")]
)
def test_the_approval_of_an_invoice_is_seen(house: House, step: str, status: str) -> None:
    paper = house.invoice()
    house.by_hand("approve", number=paper.number, step=step)
    assert house.now(paper.id).status == status


def test_online_an_invoice_is_a_draft_where_nothing_shows_more(nav_online: OnlineStage) -> None:
    house = House(nav_online, "online")
    nav_online.setting(workflow_services=False)
    paper = house.invoice()
    house.by_hand("approve", number=paper.number)
    assert house.now(paper.id).status == "draft"
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    assert hint(house, LEDGER_INVOICE, paper.id, later) is None


def test_the_hint_of_a_credit_memo_is_negative(house: House) -> None:
    found = house.ledger.create(memo(), ABOUT)
    told, invoice = hint(house, LEDGER_MEMO, found.id), house.invoice()
    assert told
    assert told.amount == -house.now(found.id, LEDGER_MEMO).total
    named = hint(house, LEDGER_INVOICE, invoice.id)
    assert named
    assert named.amount == invoice.total
