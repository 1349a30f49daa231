"""Business Central as a source: its purchase documents read, and the masters that they need."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER, Vendor
from connections.errors import NeedsPerson, Reason
from tests.vendors.stage_business_central import TODAY, Stage, document, memo

ABOUT = "record 1"
COST = {"PROJECT": "P-1042", "COSTCODE": "03-300", "COSTTYPE": "S"}
NOW = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)


def cost(amount: str, **changes: Any) -> dict[str, Any]:
    line = {"lineType": "Account", "lineObjectNumber": "53200", "quantity": 1, "dims": dict(COST)}
    return {**line, "unitCost": Decimal(amount), **changes}


def order_line(amount: str, **changes: Any) -> dict[str, Any]:
    line = cost(amount, **changes)
    line["directUnitCost"] = line.pop("unitCost")
    return line


def test_an_order_has_its_whole_lines_with_dimensions(business_central: Stage) -> None:
    lines = [
        order_line("12.50", quantity=10, description="Rebar"),
        {"lineType": "Comment", "description": "By crane"},
        order_line("1000.00"),
    ]
    row = business_central.purchase("purchaseOrder", lines, orderDate=TODAY)
    [hint] = [
        one
        for one in business_central.client.purchase_changes(LEDGER_ORDER, None, NOW)
        if one.source_id == row["id"]
    ]
    assert (hint.number, hint.updated_at is not None) == (row["number"], True)
    [order] = business_central.client.purchases(LEDGER_ORDER, [row["id"]])
    assert (order.status, order.vendor, order.date) == ("draft", "V10001", TODAY)
    assert [(one.account, one.amount) for one in order.lines] == [
        ("53200", Decimal("125.00")), ("53200", Decimal("1000.00")),
    ]  # fmt: skip
    assert order.lines[0].dimensions == tuple(sorted(COST.items()))
    assert (order.lines[0].quantity, order.lines[0].unit_cost) == (Decimal(10), Decimal("12.50"))
    assert sum(one.amount + one.tax for one in order.lines) == order.total


def test_a_released_order_is_released_and_not_posted(business_central: Stage) -> None:
    row = business_central.purchase("purchaseOrder", [order_line("5.00")])
    business_central.control("POST", "business_central/approve", {"id": row["id"]})
    [order] = business_central.client.purchases(LEDGER_ORDER, [row["id"]])
    assert order.status == "released"


@pytest.mark.parametrize(("kind", "make"), [(LEDGER_INVOICE, document), (LEDGER_MEMO, memo)])
def test_the_id_stays_when_it_is_posted(business_central: Stage, kind: str, make: Any) -> None:
    paper = make()
    draft = business_central.client.create(paper, ABOUT)
    [before] = business_central.client.purchases(kind, [draft.id])
    business_central.client.complete(draft, paper, ABOUT)
    [after] = business_central.client.purchases(kind, [draft.id])
    assert (before.status, after.status) == ("draft", "posted")
    assert before.id == after.id == draft.id
    assert [one.id for one in before.lines] == [one.id for one in after.lines]
    assert after.external_number == paper.number
    assert after.total == paper.total


def test_a_memo_that_says_open_and_is_not_posted_is_released(business_central: Stage) -> None:
    draft = business_central.client.create(memo(), ABOUT)
    business_central.control("POST", "business_central/approve", {"id": draft.id})
    [paper] = business_central.client.purchases(LEDGER_MEMO, [draft.id])
    assert paper.status == "released"


def test_only_what_changed_in_the_window_is_named(business_central: Stage) -> None:
    business_central.setting(workflow_services=False)
    business_central.client.create(document(), ABOUT)
    since = dt.datetime.now(dt.UTC)
    paper = document()
    draft = business_central.client.create(paper, ABOUT)
    later = list(business_central.client.purchase_changes(LEDGER_INVOICE, since, NOW))
    assert [one.source_id for one in later] == [draft.id]
    assert later[0].amount == paper.total
    assert list(business_central.client.purchase_changes(LEDGER_INVOICE, NOW, NOW)) == []


def test_many_documents_come_in_few_requests(business_central: Stage) -> None:
    ids = [business_central.client.create(document(), ABOUT).id for _ in range(25)]
    business_central.client.purchases(LEDGER_INVOICE, ids[:1])  # what is published is known now
    business_central.requests_sent()
    found = business_central.client.purchases(LEDGER_INVOICE, [*ids, company_id()])
    assert {one.id for one in found} == set(ids)
    assert business_central.requests_sent() == 3  # twenty at a time, and the approvals of all


def company_id() -> str:
    return "11111111-1111-1111-1111-111111111111"


def test_an_absent_order_was_invoiced_or_deleted(business_central: Stage) -> None:
    row = business_central.purchase("purchaseOrder", [order_line("5.00")])
    number, client = row["number"], business_central.client
    assert client.whereabouts(LEDGER_ORDER, row["id"], number) == "unknown"
    assert client.whereabouts(LEDGER_ORDER, "", number) == "unknown"
    business_central.raw("DELETE", f"purchaseOrders({row['id']})")
    assert client.whereabouts(LEDGER_ORDER, row["id"], number) == "deleted"


def test_an_order_billed_in_full_was_invoiced(business_central: Stage) -> None:
    row = business_central.purchase("purchaseOrder", [order_line("5.00")])
    posted = {"id": row["id"], "external": "S-1"}
    business_central.control("POST", "business_central/post_draft", posted)
    number, client = row["number"], business_central.client
    assert client.purchases(LEDGER_ORDER, [row["id"]]) == []
    assert client.whereabouts(LEDGER_ORDER, row["id"], number) == "invoiced"
    bills = client.purchases(
        LEDGER_INVOICE,
        [one.source_id for one in client.purchase_changes(LEDGER_INVOICE, None, NOW)],
    )
    assert [one.status for one in bills if one.order_number == number] == ["posted"]


def test_a_vendor_is_created_once(business_central: Stage) -> None:
    wanted = Vendor("77", "", "Buckeye Cranes LLC", city="Columbus", tax_number="31-9990001")
    made = business_central.client.create_vendor(wanted, ABOUT)
    assert (made.name, made.city, bool(made.number)) == ("Buckeye Cranes LLC", "Columbus", True)
    again = business_central.client.create_vendor(wanted, ABOUT)
    assert again.number == made.number
    assert [line[0] for line in business_central.journal.lines].count("POST") == 1


def test_a_vendor_that_could_be_two_is_for_a_person(business_central: Stage) -> None:
    for _ in range(2):
        business_central.raw("POST", "vendors", {"displayName": "Twin Masonry"})
    with pytest.raises(NeedsPerson) as held:
        business_central.client.create_vendor(Vendor("78", "", "Twin  masonry"), ABOUT)
    assert held.value.reason == Reason.POSSIBLE_DUPLICATE


def test_a_dimension_value_cannot_be_created_online(business_central: Stage) -> None:
    there = business_central.client.create_dimension_value("PROJECT", "P-1042", "Riverside", ABOUT)
    assert there.id == "PROJECT/P-1042"
    with pytest.raises(NeedsPerson) as held:
        business_central.client.create_dimension_value("PROJECT", "P-9999", "New", ABOUT)
    assert held.value.reason == Reason.DIMENSION
