"""A site's purchase documents and reference data, read through its pages over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER, Vendor
from connections.errors import NeedsPerson, Reason
from tests.simulators import company
from tests.vendors.stage_business_central import TODAY, document, memo
from tests.vendors.stage_nav import Site

ABOUT = "record 1"
NOW = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)


def cost(nav: Site, amount: str, **changes: Any) -> dict[str, Any]:
    """A line on P-1042, whatever number the project's dimension has."""
    field = nav.client.dimension_fields("PurchaseOrderPurchLines")["PROJECT"]
    line = {"Type": "G/L Account", "No": "53200", "Quantity": 1, field: "P-1042"}
    return {**line, "Direct_Unit_Cost": Decimal(amount), **changes}


def named(nav: Site, kind: str, since: dt.datetime | None = None) -> list[str]:
    return [one.source_id for one in nav.client.purchase_changes(kind, since, NOW)]


def test_an_order_has_its_whole_lines(nav: Site) -> None:
    lines = [
        cost(nav, "12.50", Quantity=10, Description="Rebar"),
        {"Type": " ", "Description": "By crane"},
        cost(nav, "1000.00", Line_Discount_Percent=10),
    ]
    number = nav.enter("PurchaseOrder", lines, Order_Date=str(TODAY))
    assert f"Order/{number}" in named(nav, LEDGER_ORDER)
    [order] = nav.client.purchases(LEDGER_ORDER, [f"Order/{number}"])
    assert (order.status, order.vendor, order.date) == ("draft", "V10001", TODAY)
    assert [one.amount for one in order.lines] == [Decimal("125.00"), Decimal("900.00")]
    assert [one.id for one in order.lines] == ["10000", "30000"]
    assert ("PROJECT", "P-1042") in order.lines[0].dimensions
    assert (order.lines[0].quantity, order.lines[0].unit_cost) == (Decimal(10), Decimal("12.50"))
    assert sum(one.amount + one.tax for one in order.lines) == order.total
    assert order.updated_at is None


@pytest.mark.parametrize(
    ("step", "status"), [("send", "pending_approval"), ("approve", "released"), ("reopen", "draft")]
)
def test_the_approval_of_an_order_is_seen(nav: Site, step: str, status: str) -> None:
    number = nav.enter("PurchaseOrder", [cost(nav, "5.00")])
    nav.by_hand("approve", number=number, step=step)
    [order] = nav.client.purchases(LEDGER_ORDER, [f"Order/{number}"])
    assert order.status == status


@pytest.mark.parametrize("profile", ["bc", "nav2018"])
@pytest.mark.parametrize(("kind", "make"), [(LEDGER_INVOICE, document), (LEDGER_MEMO, memo)])
def test_the_id_stays_when_it_is_posted(nav: Site, kind: str, make: Any, profile: str) -> None:
    nav.setting(profile=profile)
    paper = make()
    draft = nav.client.create(paper, ABOUT)
    [before] = nav.client.purchases(kind, [draft.id])
    nav.by_hand("post_draft", number=draft.number)
    [after] = nav.client.purchases(kind, [draft.id])
    assert (before.status, after.status) == ("draft", "posted")
    assert before.id == after.id == draft.id
    assert [one.id for one in before.lines] == [one.id for one in after.lines]
    assert (after.external_number, after.total) == (paper.number, paper.total)
    assert sum(one.amount + one.tax for one in after.lines) == after.total
    assert draft.id in named(nav, kind)


def test_paid_in_full_is_paid(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    nav.by_hand("pay", vendorInvoiceNumber=paper.number)
    [bill] = nav.client.purchases(LEDGER_INVOICE, [draft.id])
    assert bill.status == "paid"


def test_an_order_billed_in_full_is_gone_and_was_invoiced(nav: Site) -> None:
    number = nav.enter("PurchaseOrder", [cost(nav, "250.00")])
    assert nav.client.whereabouts(LEDGER_ORDER, f"Order/{number}", number) == "unknown"
    nav.by_hand("post_draft", number=number, external="S-77")
    assert nav.client.purchases(LEDGER_ORDER, [f"Order/{number}"]) == []
    assert nav.client.whereabouts(LEDGER_ORDER, "", number) == "invoiced"
    bills = nav.client.purchases(LEDGER_INVOICE, named(nav, LEDGER_INVOICE))
    [bill] = [one for one in bills if one.order_number == number]
    assert (bill.id, bill.status, bill.total) == (
        f"Posted Invoice/{bill.number}", "posted", Decimal("250.00"),
    )  # fmt: skip


def test_an_order_that_was_deleted(nav: Site) -> None:
    number = nav.enter("PurchaseOrder", [cost(nav, "5.00")])
    nav.by_hand("delete_draft", number=number)
    assert nav.client.whereabouts(LEDGER_ORDER, "", number) == "deleted"


def test_what_is_open_is_always_named_and_posted_ones_of_late(nav: Site) -> None:
    draft = nav.client.create(document(), ABOUT)
    later = dt.datetime.now(dt.UTC)
    assert draft.id in named(nav, LEDGER_INVOICE, later)
    nav.by_hand("post_draft", number=draft.number)
    assert draft.id in named(nav, LEDGER_INVOICE, later)
    assert draft.id not in named(nav, LEDGER_INVOICE, later + dt.timedelta(days=60))
    assert draft.id in named(nav, LEDGER_INVOICE)


def test_many_documents_come_in_few_requests(nav: Site) -> None:
    ids = [nav.client.create(document(), ABOUT).id for _ in range(6)]
    nav.client.purchases(LEDGER_INVOICE, ids[:1])  # names and numbers are known from here on
    nav.requests_sent()
    found = nav.client.purchases(LEDGER_INVOICE, [*ids, *ids])
    assert [one.id for one in found] == ids
    assert nav.requests_sent() == ["GET", "GET"]
    nav.requests_sent()
    hints = {one.source_id: one for one in nav.client.purchase_changes(LEDGER_INVOICE, NOW, NOW)}
    assert nav.requests_sent() == ["GET"] * 4
    assert hints[ids[0]].amount == found[0].total


def test_server_pages_are_followed(nav: Site) -> None:
    nav.setting(page_size=7)
    assert len(nav.client.vendors()) == len(company.VENDORS)
    ids = [nav.client.create(document(), ABOUT).id for _ in range(4)]
    assert len(nav.client.purchases(LEDGER_INVOICE, ids)) == 4


# -- reference data -----------------------------------------------------------------------------


def test_the_window_and_the_currency(nav: Site) -> None:
    window = nav.client.window()
    assert (window.first, window.last) == (company.CLOSED_BEFORE, company.OPEN_UNTIL)
    assert window.currency == "USD"


def test_accounts_say_why_they_cannot_be_used(nav: Site) -> None:
    accounts = {one.number: one for one in nav.client.accounts()}
    assert len(accounts) == len(company.ACCOUNTS)
    assert accounts["53200"].why_unusable == ""
    assert "heading" in accounts["50000" if "50000" in accounts else "60000"].why_unusable
    assert "direct posting" in accounts["20100"].why_unusable


def test_dimensions_and_values(nav: Site) -> None:
    assert {one.code for one in nav.client.dimensions()} == {one.code for one in company.DIMENSIONS}
    assert "PROJECT/P-1042" in {one.id for one in nav.client.dimension_values()}


def test_vendors_have_their_addresses(nav: Site) -> None:
    vendors = {one.number: one for one in nav.client.vendors()}
    assert len(vendors) == len(company.VENDORS)
    assert vendors["V10001"].city
    marks = {number: (vendors[number].blocked, vendors[number].active) for number in BLOCKED}
    assert marks == BLOCKED
    numbers = nav.client.vendors_by_number(["V10001", "V*", ""])
    assert [one.number for one in numbers] == ["V10001"]
    assert len(nav.client.vendors(since=NOW)) == len(company.VENDORS)  # all were made today
    assert nav.client.vendors(since=NOW + dt.timedelta(days=5)) == []


BLOCKED = {"V10122": ("all", False), "V10123": ("payment", True), "V10001": ("", True)}


def test_a_new_vendor_can_be_booked_on_and_is_made_once(nav: Site) -> None:
    wanted = Vendor("77", "", "Buckeye Cranes LLC", city="Columbus", tax_number="31-9990001")
    made = nav.client.create_vendor(wanted, ABOUT)
    assert (made.name, made.city) == ("Buckeye Cranes LLC", "Columbus")
    assert nav.client.create_vendor(wanted, ABOUT).number == made.number
    paper = document(vendor=made.number)
    nav.client.complete(nav.client.create(paper, ABOUT), paper, ABOUT)


def test_a_new_vendor_without_a_model_cannot_be_booked_on(nav: Site) -> None:
    client = nav.new_client(model_vendor="")
    made = client.create_vendor(Vendor("78", "", "Nobody Ltd"), ABOUT)
    paper = document(vendor=made.number)
    with pytest.raises(NeedsPerson) as held:
        client.complete(client.create(paper, ABOUT), paper, ABOUT)
    assert "osting" in held.value.sentence


def test_a_dimension_value_is_made_once_and_can_be_used(nav: Site) -> None:
    made = nav.client.create_dimension_value("COSTCODE", "99-123", "Special works", ABOUT)
    again = nav.client.create_dimension_value("COSTCODE", "99-123", "Special works", ABOUT)
    assert made == again
    assert made.id == "COSTCODE/99-123"


def test_a_list_that_takes_no_values_names_the_page_to_publish(nav: Site) -> None:
    nav.partner("services", publish={"DimensionValues": 560})
    with pytest.raises(NeedsPerson) as held:
        nav.client.create_dimension_value("COSTCODE", "99-123", "Special works", ABOUT)
    assert held.value.reason == Reason.SETTINGS
    assert "537" in held.value.sentence
