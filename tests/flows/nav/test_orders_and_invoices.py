"""Orders and invoices of NAV become commitments, requisitions and direct costs of Procore."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client as Browser

from connections.errors import Reason
from syncs.models import FlowSettings, Record, State
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard, in_procore, worth
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def test_a_released_order_becomes_a_commitment_under_its_own_number(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "12.50", "8"), a_line(nav, "60.00", "1", "E"))
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED, record.sentence
    there = in_procore(nav, "purchase_order_contracts", record)
    assert (there["number"], there["status"]) == (order["number"], "Approved")
    assert (worth(there), there["project"]) == (Decimal("160.00"), telling.JOB)
    assert there["origin_id"] == f"NAV|PO|{order['number']}"
    assert again(nav, record).state == State.POSTED
    assert telling.how_many(nav, "purchase_order_contracts", there["origin_id"]) == 1


def test_a_commitment_bears_when_the_goods_are_expected_not_when_they_are_paid(
    nav: Company,
) -> None:
    line = {**a_line(nav, "12.50"), "expected": "2026-11-09"}
    record = heard(nav, "purchase_orders", an_order(nav, line, due="2026-12-14"))
    assert record.state == State.POSTED, record.sentence
    rows = nav.procore("procore/purchase_order_contracts")
    [there] = [row for row in rows if str(row["id"]) == record.destination_id]
    assert there["delivery_date"] == "2026-11-09"


def test_an_open_order_waits_for_its_release(nav: Company) -> None:
    order = an_order(nav, release=False)
    record = heard(nav, "purchase_orders", order)
    assert (record.state, record.sentence) == (State.SKIPPED, "It is “draft” in the ledger.")
    by_hand(nav, "release_order", number=order["number"])
    assert heard(nav, "purchase_orders", order).state == State.POSTED


def test_changes_follow_until_procore_locks_the_commitment(nav: Company) -> None:
    nav.settings("purchase_orders", booking="submitted")
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED, record.sentence
    by_hand(nav, "change_order", number=order["number"],
            lines=[{"line": 1, "cost": "110.00"}, a_line(nav, "7.00", kind="E")])  # fmt: skip
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == Decimal("117.00")
    nav.procore_changes("purchase_order_contracts", {"id": record.destination_id},
                        status="Approved")  # fmt: skip
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "120.00"}])
    record = heard(nav, "purchase_orders", order)
    assert (record.state, record.reason) == (State.HELD, Reason.LOCKED), record.sentence
    assert "110.00 instead of 120.00" in record.sentence
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == Decimal("117.00")
    nav.procore_changes("purchase_order_contracts", {"id": record.destination_id}, status="Draft")
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == Decimal("127.00")


def test_a_locked_difference_can_be_accepted(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "101.00"}])
    record = heard(nav, "purchase_orders", order)
    assert record.reason == Reason.LOCKED, record.sentence
    assert record.accept("anna", "small change")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert "Accepted as it is" in record.sentence


def test_what_was_sent_and_cannot_be_told_any_more_says_both(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "100.00"))
    record = heard(nav, "purchase_orders", order)
    strange = {**a_line(nav, "7.00"), "dimensions": {"PROJECT": telling.JOB}}
    by_hand(nav, "change_order", number=order["number"], lines=[strange])
    record = heard(nav, "purchase_orders", order)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert f"sent as {record.destination_number} (100.00)" in record.sentence
    assert "no rule leads" in record.sentence
    assert record.accept("anna", "known")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == Decimal("100.00")


def test_a_reopened_order_leaves_its_commitment_alone(nav: Company) -> None:
    order = an_order(nav)
    heard(nav, "purchase_orders", order)
    by_hand(nav, "reopen_order", number=order["number"])
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED
    assert "Stays as it was sent" in record.sentence


def test_a_deleted_order_is_held_until_a_person_accepts(nav: Company) -> None:
    order = an_order(nav)
    record = heard(nav, "purchase_orders", order)
    by_hand(nav, "delete_order", number=order["number"])
    record = again(nav, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert record.accept("anna", "voided in Procore")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_an_invoice_is_billed_on_the_commitment_of_its_order(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "50.00", "10"))
    heard(nav, "purchase_orders", order)
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"B-{order['number']}",
                      share="0.4")  # fmt: skip
    record = heard(nav, "purchase_invoices", invoice)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_kind == "requisition"
    there = in_procore(nav, "requisitions", record)
    assert (worth(there), there["number"]) == (Decimal("200.00"), f"B-{order['number']}")
    assert again(nav, record).state == State.POSTED
    assert telling.how_many(nav, "requisitions", there["origin_id"]) == 1


def test_an_order_that_was_billed_in_full_keeps_its_commitment(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "50.00", "10"))
    record = heard(nav, "purchase_orders", order)
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"F-{order['number']}")
    record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    assert "billed in full" in record.sentence
    billing = heard(nav, "purchase_invoices", invoice)
    assert (billing.state, billing.destination_kind) == (State.POSTED, "requisition")


def test_an_invoice_waits_for_its_order_and_follows_by_itself(nav: Company) -> None:
    nav.settings("purchase_orders", shadow=True)
    order = an_order(nav, a_line(nav, "50.00", "10"))
    held = heard(nav, "purchase_orders", order)
    assert held.reason == Reason.SHADOW
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"W-{order['number']}",
                      share="0.5")  # fmt: skip
    record = heard(nav, "purchase_invoices", invoice)
    assert (record.state, record.reason) == (State.HELD, Reason.WAITS), record.sentence
    nav.settings("purchase_orders", shadow=False)
    again(nav, held)
    nav.poll("purchase_invoices")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.destination_kind) == (State.POSTED, "requisition")


def test_an_invoice_of_an_order_that_no_flow_brings_needs_a_person(
    nav: Company, admin_client: Browser
) -> None:
    """Switched on, the flow brings the order, and the invoice follows by itself."""
    nav.settings("purchase_orders", enabled=False)
    order = an_order(nav, a_line(nav, "50.00", "10"))
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"O-{order['number']}",
                      share="0.5")  # fmt: skip
    record = heard(nav, "purchase_invoices", invoice)
    assert (record.state, record.reason) == (State.HELD, Reason.NO_COMMITMENT), record.sentence
    assert "“Purchase orders → commitments” is switched off" in record.sentence
    off = FlowSettings.objects.get(integration=nav.integration, flow="purchase_orders")
    page = admin_client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert f'href="/syncs/flowsettings/{off.pk}/change/"' in page.split('id="state"')[1]
    nav.settings("purchase_orders", enabled=True)
    heard(nav, "purchase_orders", order)
    nav.poll("purchase_invoices")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.destination_kind) == (State.POSTED, "requisition")


def test_an_invoice_that_names_no_project_is_given_one_in_nav_or_set_aside(
    nav: Company, admin_client: Browser
) -> None:
    """There is nothing to link: no project's value is named."""
    line = a_line(nav)
    own = {name: value for name, value in line["dimensions"].items() if name != "PROJECT"}
    invoice = a_cost(nav, "NO-PROJECT-1", {**line, "dimensions": own})
    record = heard(nav, "purchase_invoices", invoice)
    assert (record.state, record.reason) == (State.HELD, Reason.NO_PROJECT), record.sentence
    assert "none of its lines has a value of the dimension PROJECT" in record.sentence
    page = admin_client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    why = page.split('id="state"')[1].split("</section>")[0]
    assert "Add the project to the document in the ledger" in why
    assert "Link the project" not in why
    assert 'href="#replay"' not in why
    assert ("Open it in the source ↗" if record.source_url else 'href="#set_aside"') in why
    answer = admin_client.post(f"/syncs/record/{record.pk}/do/set_aside/", {"text": "overhead"})
    assert answer.status_code == 302
    record.refresh_from_db()
    assert record.state == State.SET_ASIDE


def test_an_invoice_larger_than_its_commitment_is_held_with_the_numbers(nav: Company) -> None:
    order = an_order(nav, a_line(nav, "50.00", "10"))
    record = heard(nav, "purchase_orders", order)
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "80.00"}])
    invoice = by_hand(nav, "bill_order", number=order["number"], external=f"L-{order['number']}")
    record = heard(nav, "purchase_invoices", invoice)
    assert (record.state, record.reason) == (State.HELD, Reason.OVER_COMMITMENT), record.sentence
    assert "500.00" in record.sentence
    assert "800.00" in record.sentence


def test_an_invoice_without_an_order_becomes_a_direct_cost_and_never_returns(nav: Company) -> None:
    invoice = a_cost(nav, "DC-1", a_line(nav, "80.00"), a_line(nav, "20.05", kind="E"))
    record = heard(nav, "purchase_invoices", invoice)
    assert record.state == State.POSTED, record.sentence
    there = in_procore(nav, "direct_costs", record)
    assert (worth(there), there["status"]) == (Decimal("100.05"), "approved")
    nav.poll("direct_costs")
    run_queue()
    echo = Record.objects.get(flow="direct_costs", source_id=record.destination_id)
    assert (echo.state, echo.sentence) == (
        State.SKIPPED, "It came from the ledger: it does not return."
    )  # fmt: skip


def test_a_credit_memo_lowers_the_projects_cost(nav: Company) -> None:
    memo = a_cost(nav, "CM-1", a_line(nav, "33.00"), credit=True)
    record = heard(nav, "credit_memos", memo)
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "direct_costs", record)) == Decimal("-33.00")


def test_a_draft_waits_until_it_is_posted(nav: Company) -> None:
    draft = a_cost(nav, "DRAFT-1", post=False)
    record = heard(nav, "purchase_invoices", draft)
    assert record.state == State.SKIPPED
    by_hand(nav, "post_draft", id=draft["id"])
    record = heard(nav, "purchase_invoices", draft)
    assert record.state == State.POSTED, record.sentence


def test_a_direct_cost_of_procore_is_posted_in_nav_and_does_not_return(nav: Company) -> None:
    row = nav.a_direct_cost("ECHO-1", project=telling.JOB)
    record = nav.note("direct_costs", row)
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    nav.poll("purchase_invoices")
    run_queue()
    [echo] = Record.objects.filter(flow="purchase_invoices", number=record.destination_number)
    assert echo.state == State.SKIPPED
    assert "it does not return" in echo.sentence


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [({}, "names no project"), ({"PROJECT": "P-1000", "COSTCODE": "x"}, "no rule leads")],
)
def test_what_cannot_be_told_is_held(nav: Company, dimensions: dict[str, str], said: str) -> None:
    line = {**a_line(nav), "dimensions": dimensions}
    if "COSTCODE" in dimensions:
        line["dimensions"] = {"PROJECT": telling.JOB}
    record = heard(nav, "purchase_invoices", a_cost(nav, f"HELD-{len(dimensions)}", line))
    assert record.state == State.HELD
    assert said in record.sentence


def test_what_nobody_sees_in_a_vendors_number_does_not_go_to_procore(nav: Company) -> None:
    """Pasted from a mail into NAV; sent so, it could not be found again."""
    record = heard(nav, "purchase_invoices", a_cost(nav, "\ufeffZW-1\u200b"))
    assert record.state == State.POSTED, record.sentence
    there = in_procore(nav, "direct_costs", record)
    assert there["number"] == "ZW-1"
    assert again(nav, record).state == State.POSTED, record.sentence
