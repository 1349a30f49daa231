"""What is foretold of documents between NAV and Procore comes true, in both directions."""

from __future__ import annotations

import pytest

from connections.errors import Reason
from mappings.models import CostCodeMapping, ProjectLink
from syncs.models import State
from tests.flows.foretelling import comes_true, foretold, in_and_out_of_shadow
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_an_order_of_nav(nav: Company) -> None:
    nav.settings("purchase_orders", shadow=True)
    in_and_out_of_shadow(nav, heard(nav, "purchase_orders", an_order(nav, a_line(nav, "50.00"))))


def test_an_invoice_of_nav(nav: Company) -> None:
    nav.settings("purchase_invoices", shadow=True)
    in_and_out_of_shadow(nav, heard(nav, "purchase_invoices", a_cost(nav, "FORE-N1")))


def test_an_invoice_waits_for_its_order(nav: Company) -> None:
    nav.settings("purchase_orders", shadow=True)
    order = an_order(nav, a_line(nav, "50.00", "10"))
    heard(nav, "purchase_orders", order)
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"FW-{order['number']}",
                      share="0.5")  # fmt: skip
    record = heard(nav, "purchase_invoices", invoice)
    assert foretold(record) == (State.HELD, Reason.WAITS)
    comes_true(nav, record)


def test_what_the_tables_read_backwards_do_not_tell(nav: Company) -> None:
    record = heard(nav, "purchase_invoices", a_cost(nav, "FORE-N2"))
    again = heard(nav, "purchase_invoices", a_cost(nav, "FORE-N3"))
    assert {record.state, again.state} == {State.POSTED}
    nav.settings("purchase_invoices", shadow=True)
    third = heard(nav, "purchase_invoices", a_cost(nav, "FORE-N4"))
    nav.settings("purchase_invoices", shadow=False)
    rules = list(CostCodeMapping.objects.all())
    CostCodeMapping.objects.all().delete()
    assert comes_true(nav, third) == State.HELD
    CostCodeMapping.objects.bulk_create(rules)
    ProjectLink.objects.all().delete()
    assert comes_true(nav, third) == State.HELD


def test_a_cost_of_procore(nav: Company) -> None:
    nav.settings("direct_costs", shadow=True)
    in_and_out_of_shadow(nav, settled(nav, "direct_costs", nav.a_direct_cost("FORE-N5")))
