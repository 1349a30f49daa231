"""Purchase orders in F&O: defaults, lines, their life."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators.fo.site import NAMESPACE
from tests.simulators.fo.story import (
    OTHER,
    VENDOR,
    Environment,
    line_place,
    order_line,
    order_place,
    post_line,
    ready_order,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def state(fo: Environment, order: dict[str, Any]) -> tuple[str, str]:
    row = fo.get(order_place(order))
    return row["PurchaseOrderStatus"], row["DocumentApprovalStatus"]


def test_an_order_takes_its_defaults_from_the_vendor(fo: Environment) -> None:
    order = fo.order()
    assert order["PurchaseOrderNumber"] == "PO-00004"
    assert order["InvoiceVendorAccountNumber"] == VENDOR
    assert order["PurchaseOrderName"].startswith("Buckeye")
    assert (order["CurrencyCode"], order["PaymentTermsName"]) == ("USD", "NET30")
    assert state(fo, order) == ("Backorder", "Approved")
    found = fo.rows("PurchaseOrderHeadersV2",
                    filter="VendorOrderReference eq 'PC-SC-7' and dataAreaId eq 'krb'")  # fmt: skip
    assert [row["PurchaseOrderNumber"] for row in found] == ["PO-00004"]


def test_numbers_by_hand_need_the_sequence_to_allow_it(fo: Environment) -> None:
    body = {"OrderVendorAccountNumber": VENDOR, "PurchaseOrderNumber": "PC-7"}
    answer = post_line(fo, "PurchaseOrderHeadersV2", **body)
    fo.refused(answer, "Field 'PurchaseOrderNumber' does not allow editing.")
    fo.settings(manual_po_numbers=True)
    assert fo.post("PurchaseOrderHeadersV2", **body)["PurchaseOrderNumber"] == "PC-7"
    fo.refused(post_line(fo, "PurchaseOrderHeadersV2", **body), "The record already exists.")


def test_the_line_amount_is_calculated(fo: Environment) -> None:
    order = fo.order()
    line = fo.order_line(order, OrderedPurchaseQuantity=3, PurchasePrice=100.1,
                         LineDiscountPercentage=10)  # fmt: skip
    assert line["LineAmount"] == Decimal("270.27")
    assert line["PurchasePriceQuantity"] == 1
    kept = fo.order_line(order, 2, LineAmount=99.5, CalculateLineAmount="No")
    assert kept["LineAmount"] == Decimal("99.5")
    fo.patch(line_place(order), OrderedPurchaseQuantity=-1)
    assert fo.get(line_place(order))["LineAmount"] == Decimal("-90.09")


def test_line_numbers_are_chosen_or_follow(fo: Environment) -> None:
    order = fo.order()
    fo.order_line(order, 5)
    answer = post_line(fo, "PurchaseOrderLinesV2", **order_line(order, 5))
    text = fo.refused(answer, "The record already exists.")
    assert "Purchase order lines (PurchLine)" in text
    body = order_line(order)
    del body["LineNumber"]
    assert fo.post("PurchaseOrderLinesV2", **body)["LineNumber"] == 6


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ProcurementProductCategoryName": ""}, "'ProcurementProductCategoryName' must be"),
        ({"PurchaseUnitSymbol": ""}, "Field 'PurchaseUnitSymbol' must be filled in."),
        ({"PurchaseUnitSymbol": "furlong"}, "related table 'Units'"),
        ({"OrderedPurchaseQuantity": 0}, "'OrderedPurchaseQuantity' must be filled in."),
        ({"ItemNumber": "REBAR-5"}, "Inventory dimension Site is mandatory"),
        ({"ItemNumber": "OLD-ITEM"}, "Item 'OLD-ITEM' is blocked for 'Purchase order'."),
        ({"ItemNumber": "NONE"}, "related table 'Items'"),
        ({"ProjectId": "1042"}, "Field 'ProjectCategoryId' must be filled in."),
        ({"MainAccountIdDisplayValue": "99999"}, "main account '99999'"),
        ({"PurchaseOrderNumber": "PO-99999"}, "related table 'Purchase orders'"),
    ],
)
def test_what_a_line_must_not_be(fo: Environment, changes: dict[str, Any], text: str) -> None:
    order = fo.order()
    answer = post_line(fo, "PurchaseOrderLinesV2", **{**order_line(order), **changes})
    fo.refused(answer, text)


def test_the_vendor_stays_once_there_are_lines(fo: Environment) -> None:
    order = ready_order(fo)
    answer = fo.patch(order_place(order), OrderVendorAccountNumber=OTHER)
    fo.refused(answer, "'OrderVendorAccountNumber' does not allow editing")


def test_a_header_with_lines_cannot_be_deleted(fo: Environment) -> None:
    order = ready_order(fo)
    fo.refused(fo.delete(order_place(order)), "while dependent Purchase order lines exist.")
    assert fo.delete(line_place(order)).status_code == 204
    assert fo.delete(order_place(order)).status_code == 204


def test_an_order_is_confirmed_received_and_invoiced(fo: Environment) -> None:
    order = ready_order(fo, 2)
    number = order["PurchaseOrderNumber"]
    fo.by_hand("confirm", number=number)
    assert state(fo, order) == ("Backorder", "Confirmed")
    fo.by_hand("receive", number=number, line=1)
    assert fo.get(line_place(order))["PurchaseOrderLineStatus"] == "Received"
    assert state(fo, order)[0] == "Backorder"
    fo.by_hand("invoice", number=number, invoice="HS-1")
    assert state(fo, order)[0] == "Invoiced"
    for answer in (fo.patch(line_place(order), PurchasePrice=1), fo.delete(line_place(order))):
        fo.refused(answer, "has the status Invoiced and cannot be changed.")
    names = [each["BusinessEventId"] for each in fo.control("GET", "fo/events")["events"]]
    assert names[0] == "PurchaseOrderConfirmedBusinessEvent"
    assert "VendorInvoicePostedBusinessEvent" in names


def test_an_invoiced_line_is_frozen_while_the_order_is_open(fo: Environment) -> None:
    order = ready_order(fo, 2)
    fo.by_hand("invoice", number=order["PurchaseOrderNumber"], line=1)
    assert state(fo, order)[0] == "Backorder"
    for answer in (fo.patch(line_place(order), PurchasePrice=1), fo.delete(line_place(order))):
        fo.refused(answer, "Purchase order line 1 has the status Invoiced")
    assert fo.patch(line_place(order, 2), PurchasePrice=1).status_code == 204


def test_an_order_is_cancelled(fo: Environment) -> None:
    order = ready_order(fo)
    fo.by_hand("cancel", number=order["PurchaseOrderNumber"])
    assert state(fo, order)[0] == "Canceled"
    answer = post_line(fo, "PurchaseOrderLinesV2", **order_line(order, 2))
    fo.refused(answer, "has the status Canceled")


def test_a_change_reopens_a_confirmed_order(fo: Environment) -> None:
    order = ready_order(fo)
    fo.by_hand("confirm", number=order["PurchaseOrderNumber"])
    fo.order_line(order, 2)
    assert state(fo, order) == ("Backorder", "Approved")


def test_change_management(fo: Environment) -> None:
    fo.settings(change_management=True)
    order = ready_order(fo)
    number = order["PurchaseOrderNumber"]
    assert (order["IsChangeManagementActive"], state(fo, order)[1]) == ("Yes", "Draft")
    assert "approved" in fo.not_by_hand("confirm", number=number)
    fo.by_hand("approve_order", number=number)
    for answer in (fo.patch(order_place(order), VendorOrderReference="x"),
                   fo.patch(line_place(order), PurchasePrice=1)):  # fmt: skip
        fo.refused(answer, "request a change before it is edited")
    fo.by_hand("approve_order", number=number, step="request_change")
    assert fo.patch(line_place(order), PurchasePrice=1).status_code == 204


def test_the_confirm_action_is_there_only_at_some_sites(fo: Environment) -> None:
    order = ready_order(fo)
    place = f"{order_place(order)}/{NAMESPACE}.confirmOrder?cross-company=true"
    assert fo.call("POST", place, json={}).status_code == 404
    fo.settings(confirm_action="confirmOrder")
    assert '<Action Name="confirmOrder"' in fo.call("GET", "$metadata").text
    assert fo.call("POST", place, json={}).status_code == 204
    assert state(fo, order)[1] == "Confirmed"


def test_a_vendor_on_hold(fo: Environment) -> None:
    fo.by_hand("hold_vendor", vendor=VENDOR, hold="PurchOrder")
    body = {"OrderVendorAccountNumber": VENDOR}
    answer = post_line(fo, "PurchaseOrderHeadersV2", **body)
    fo.refused(answer, f"Vendor account {VENDOR} is on hold.")
    fo.invoice()
    fo.by_hand("hold_vendor", vendor=VENDOR, hold="Invoice")
    answer = post_line(fo, "VendorInvoiceHeaders", InvoiceNumber="B-1", InvoiceAccount=VENDOR)
    fo.refused(answer, "is on hold")
