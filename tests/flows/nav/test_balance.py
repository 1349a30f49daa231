"""What NAV and Procore come to, both ways."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.documents import ZERO
from syncs import tasks
from syncs.models import Cell, CellCause, CellPart, Record, State
from tests.flows.nav.telling import JOB, a_cost, a_line, an_order, by_hand, code, heard
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def read(nav: Company) -> None:
    tasks.balance(nav.integration.pk)


def test_both_ways_agree_and_nothing_is_told_twice(nav: Company) -> None:
    """An invoice of NAV, an order of NAV, a cost of Procore; and their echoes."""
    cost = heard(nav, "purchase_invoices", a_cost(nav, "NVB-1", a_line(nav, "120.00")))
    assert cost.state == State.POSTED, cost.sentence
    order = an_order(nav, a_line(nav, "450.00"))
    by_hand(nav, "release_order", number=order["number"])
    ordered = heard(nav, "purchase_orders", order)
    assert ordered.state == State.POSTED, ordered.sentence
    typed = settled(nav, "direct_costs", nav.a_direct_cost("NVB-2", "99.00"))
    assert typed.posted_digest or typed.destination_status == "draft", typed.sentence
    for flow in ("direct_costs", "purchase_invoices"):
        nav.poll(flow)
    nav.the_worker_runs()
    read(nav)
    mine = CellPart.objects.filter(number__in=["NVB-1", "NVB-2", ordered.number])
    told = {(one.number, one.book, one.in_projects) for one in mine}
    assert told == {
        ("NVB-1", "cost", Decimal(120)), ("NVB-2", "cost", Decimal(99)),
        (ordered.number, "commitment", Decimal(450)),
    }  # fmt: skip
    sent = CellPart.objects.get(record=cost)
    assert (sent.project, sent.cost_code, sent.cause) == (JOB, code(nav), "")
    assert sent.in_ledger == Decimal(120)
    assert CellPart.objects.get(record=ordered).cause == ""
    assert not CellCause.objects.filter(cause="unexplained").exists()
    assert not CellPart.objects.filter(cause="in_ledger").exists(), "each of NAV's is a record"


def test_a_draft_of_ours_that_cannot_be_posted_is_told_once(nav: Company) -> None:
    """By the document that wants it: the books have nothing of it."""
    before = settled(nav, "direct_costs", nav.a_direct_cost("NVB-3"))
    rule = {"account": before.coded["lines"][0]["account"], "dimension": "COSTTYPE"}
    nav.ledger("business_central/account_dimension", {**rule, "validation": "No Code"})
    try:
        record = settled(nav, "direct_costs", nav.a_direct_cost("NVB-4", "47.00"))
        nav.poll("purchase_invoices")
        nav.the_worker_runs()
    finally:
        nav.ledger("business_central/account_dimension", rule)
    read(nav)
    echoes = Record.objects.filter(flow="purchase_invoices", number=record.destination_number)
    assert not CellPart.objects.filter(record__in=echoes.exclude(number="")).exists()
    [part] = CellPart.objects.filter(record=record)
    assert (part.in_projects, part.in_ledger) == (Decimal(47), ZERO), record.sentence


def test_a_draft_of_the_ledger_is_not_approved_yet(nav: Company) -> None:
    order = heard(nav, "purchase_orders", an_order(nav, a_line(nav, "80.00"), release=False))
    assert order.state == State.SKIPPED
    read(nav)
    part = CellPart.objects.get(record=order)
    assert (part.cause, part.in_projects, part.in_ledger) == ("unapproved", ZERO, Decimal(80))
    assert Cell.objects.get(pk=part.cell).book == "commitment"
