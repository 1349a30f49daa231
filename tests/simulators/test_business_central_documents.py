"""Drafts: headers, lines, dimensions, deep insert, approval, files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators import company
from tests.simulators.business_central_story import DAY, VENDOR, Company, line


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    started = Company()
    yield started
    started.close()


@pytest.fixture
def bc(shared: Company) -> Company:
    shared.control("POST", "reset")
    shared.sign_in()
    return shared


def header(bc: Company, **changes: Any) -> dict[str, Any]:
    return bc.draft(**{"purchaseInvoiceLines": [], **changes})


# Headers.


def test_a_draft_copies_the_vendor_and_has_a_number_of_its_own(bc: Company) -> None:
    row = bc.draft(invoiceDate=DAY)
    vendor = bc.vendor()
    assert row["vendorId"] == row["payToVendorId"] == vendor["id"]
    assert row["buyFromCity"] == vendor["city"]
    assert (row["status"], row["number"], row["currencyCode"]) == ("Draft", "107001", "USD")


def test_the_due_date_follows_the_terms_unless_it_is_given(bc: Company) -> None:
    row = bc.draft(invoiceDate=DAY)
    terms = bc.get(f"paymentTerms({bc.vendor()['paymentTermsId']})")
    days = timedelta(days=int(terms["dueDateCalculation"].removesuffix("D")))
    assert row["dueDate"] == (company.TODAY + days).isoformat()
    assert bc.draft("PC-2", invoiceDate=DAY, dueDate=DAY)["dueDate"] == DAY


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, 'A "vendorNumber" or a "vendorID" must be provided.'),
        ({"vendorNumber": "NOBODY"}, "The vendor cannot be found."),
        ({"vendorNumber": VENDOR, "currencyCode": "XYZ"},
         'The "currencyCode" does not match to a Currency.'),
        ({"vendorNumber": "V10122"},
         "You cannot create this type of document when Vendor V10122 is blocked with type All"),
    ],
)  # fmt: skip
def test_headers_that_are_refused(bc: Company, body: dict[str, Any], text: str) -> None:
    bc.refused("POST", "purchaseInvoices", body, text=text)


def test_id_and_number_of_different_vendors_are_refused(bc: Company) -> None:
    body = {"vendorNumber": VENDOR, "vendorId": bc.vendor("V10125")["id"]}
    bc.refused("POST", "purchaseInvoices", body, text="The vendor cannot be found.")


def test_a_vendor_blocked_for_payment_still_gets_invoices(bc: Company) -> None:
    assert bc.draft(vendorNumber="V10123")["status"] == "Draft"


def test_the_local_currency_may_be_said(bc: Company) -> None:
    assert bc.draft(currencyCode="USD")["currencyCode"] == "USD"
    assert bc.draft("PC-2", vendorNumber="V10001", currencyCode="USD")["currencyCode"] == "USD"
    assert bc.draft("PC-3", vendorNumber="V10001")["currencyCode"] == "EUR"


def test_number_and_status_cannot_be_written(bc: Company) -> None:
    for name, value in (("number", "X1"), ("status", "Open")):
        bc.refused("POST", "purchaseInvoices", {"vendorNumber": VENDOR, name: value},
                   code="BadRequest_InvalidOperation", text=f"Control '{name}' is read-only",
        )  # fmt: skip


def test_two_drafts_may_have_the_same_vendor_number(bc: Company) -> None:
    bc.draft()
    bc.draft()
    rows = bc.value("purchaseInvoices", filter="vendorInvoiceNumber eq 'PC-1'")
    assert len(rows) == 2


def test_another_vendor_once_there_are_lines(bc: Company) -> None:
    row, empty = bc.draft(), header(bc)
    change = {"vendorNumber": "V10125"}
    bc.refused("PATCH", f"purchaseInvoices({row['id']})", change,
               code="Application_CallbackNotAllowed", headers={"If-Match": "*"})  # fmt: skip
    assert bc.patch(f"purchaseInvoices({empty['id']})", change)["vendorNumber"] == "V10125"


def test_a_draft_is_deleted_with_its_lines(bc: Company) -> None:
    row = bc.draft()
    inner = bc.value(f"purchaseInvoices({row['id']})/purchaseInvoiceLines")[0]
    assert bc.call("DELETE", f"purchaseInvoices({row['id']})").status_code == 204
    assert bc.call("GET", f"purchaseInvoices({row['id']})").status_code == 404
    assert bc.call("GET", f"purchaseInvoiceLines({inner['id']})").status_code == 404


# Lines.


def test_lines_are_reached_through_their_parent(bc: Company) -> None:
    row = bc.draft()
    bc.refused("GET", "purchaseInvoiceLines",
               text="You must specify an Id or a Document Id to get the lines.")  # fmt: skip
    flat = bc.value("purchaseInvoiceLines", filter=f"documentId eq {row['id']}")
    assert flat == bc.value(f"purchaseInvoices({row['id']})/purchaseInvoiceLines")
    assert bc.get(f"purchaseInvoiceLines({flat[0]['id']})")["documentId"] == row["id"]


def test_lines_are_added_nested_and_flat(bc: Company) -> None:
    row = header(bc)
    bc.post(f"purchaseInvoices({row['id']})/purchaseInvoiceLines", line(1))
    second = bc.post("purchaseInvoiceLines", {**line(2), "documentId": row["id"]})
    assert second["sequence"] == 20000
    bc.refused("POST", "purchaseInvoiceLines", line(3), text="Document Id to get the lines")


def test_sequences_are_ours_or_the_next(bc: Company) -> None:
    path = f"purchaseInvoices({header(bc)['id']})/purchaseInvoiceLines"
    assert bc.post(path, line(sequence=500))["sequence"] == 500
    assert bc.post(path, line())["sequence"] == 10500
    bc.refused("POST", path, line(sequence=500), text="duplicate sequence number")


def test_quantity_is_zero_and_the_type_a_comment_by_default(bc: Company) -> None:
    path = f"purchaseInvoices({header(bc)['id']})/purchaseInvoiceLines"
    row = bc.post(path, {"lineType": "Account", "lineObjectNumber": "53200", "unitCost": 10})
    assert (row["quantity"], row["netAmount"]) == (0, 0)
    assert bc.post(path, {"description": "see attached"})["lineType"] == "Comment"
    bc.refused("POST", path, {"description": "x", "unitCost": 5},
               code="Application_FieldValidationException")  # fmt: skip


def test_an_account_by_id_by_number_and_wrongly(bc: Company) -> None:
    path = f"purchaseInvoices({header(bc)['id']})/purchaseInvoiceLines"
    account = bc.account("53200")
    row = bc.post(path, {"accountId": account["id"], "quantity": 1})
    assert (row["lineType"], row["lineObjectNumber"]) == ("Account", "53200")
    assert row["description"] == account["displayName"]
    wrong = "11111111-1111-4111-8111-111111111111"
    for body, text in (
        ({"accountId": wrong}, "Account does not exist."),
        ({"itemId": wrong}, "Item does not exist."),
        ({"itemId": wrong, "accountId": account["id"]}, 'Both "itemId" and "accountId"'),
        ({"lineType": "Account", "lineObjectNumber": "1"}, "Account does not exist."),
        (line(unitOfMeasureCode="EA"), "Unit of Measure can be set only for lines with type Item."),
    ):
        bc.refused("POST", path, body, text=text)


@pytest.mark.parametrize(
    ("number", "text"),
    [("58000", "Blocked must be equal to 'No' in G/L Account: No.=58000"),
     ("58900", "Direct Posting must be equal to 'Yes' in G/L Account: No.=58900"),
     ("51000", "Account Type must be equal to 'Posting' in G/L Account: No.=51000")],
)  # fmt: skip
def test_accounts_that_lines_cannot_use(bc: Company, number: str, text: str) -> None:
    bc.refused("POST", f"purchaseInvoices({header(bc)['id']})/purchaseInvoiceLines",
               line(account=number), code="Application_FieldValidationException", text=text,
    )  # fmt: skip


def test_what_a_line_cannot_change(bc: Company) -> None:
    row = bc.draft()
    path = f"purchaseInvoices({row['id']})/purchaseInvoiceLines"
    inner = bc.value(path)[0]
    for body, text in (
        ({"sequence": 5}, "The value for sequence cannot be modified."),
        ({"documentId": bc.draft("PC-2")["id"]}, 'The value for "documentId" cannot be modified.'),
        ({"lineObjectNumber": "53300"}, 'The value for "lineObjectNumber" cannot be modified.'),
    ):
        bc.refused("PATCH", f"{path}({inner['id']})", body, text=text, headers={"If-Match": "*"})
    other = bc.patch(f"{path}({inner['id']})", {"accountId": bc.account("53300")["id"]})
    assert (other["lineObjectNumber"], other["unitCost"]) == ("53300", 0)
    assert bc.call("DELETE", f"{path}({inner['id']})").status_code == 204
    assert bc.get(f"purchaseInvoices({row['id']})")["totalAmountIncludingTax"] == 0


def test_amounts_taxes_and_discounts_to_the_cent(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[
        line(33.335, quantity=3, taxCode="MATERIALS"),
        line(200, discountPercent=10), line(50, discountAmount=5), line(-20.01),
    ])  # fmt: skip
    whole = bc.get(f"purchaseInvoices({row['id']})", expand="purchaseInvoiceLines")
    first, *others = whole["purchaseInvoiceLines"]
    assert first["amountExcludingTax"] == Decimal("100.01")
    assert (first["taxPercent"], first["totalTaxAmount"]) == (Decimal("7.25"), Decimal("7.25"))
    assert [each["netAmount"] for each in others] == [180, 45, Decimal("-20.01")]
    assert whole["totalAmountExcludingTax"] == 305
    assert whole["totalAmountIncludingTax"] == Decimal("312.25")


def test_an_unknown_tax_code(bc: Company) -> None:
    bc.refused("POST", f"purchaseInvoices({header(bc)['id']})/purchaseInvoiceLines",
               line(taxCode="VAT19"), code="Internal_InvalidTableRelation",
               text="contains a value (VAT19) that cannot be found in the related table",
    )  # fmt: skip


def test_a_discount_of_the_invoice_is_spread_over_the_lines(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(100), line(200)], discountAmount=10)
    inner = bc.value(f"purchaseInvoices({row['id']})/purchaseInvoiceLines")
    assert [each["invoiceDiscountAllocation"] for each in inner] == [
        Decimal("3.33"), Decimal("6.67"),
    ]  # fmt: skip
    assert bc.get(f"purchaseInvoices({row['id']})")["totalAmountIncludingTax"] == 290


# Dimensions.


def test_dimension_lines_only_through_their_parent(bc: Company) -> None:
    bc.refused("GET", "dimensionSetLines", text="You must get to the parent first")
    bc.refused("POST", "dimensionSetLines", {"code": "PROJECT", "valueCode": "P-1042"},
               text="You must get to the parent first to create a dimension set line.")  # fmt: skip
    row = header(bc, dimensionSetLines=[{"code": "PROJECT", "valueCode": "P-1042"}])
    text = f"parentId eq {row['id']} and parentType eq 'Purchase Invoice'"
    assert bc.value("dimensionSetLines", filter=text)[0]["code"] == "PROJECT"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"valueCode": "P-1042"}, 'The "id" or "code" field must be filled in.'),
        ({"code": "PROJECT"}, 'The "valueId" or "valueCode" field must be filled in.'),
        ({"code": "PHASE", "valueCode": "1"}, 'The "code" does not match to a Dimension.'),
        ({"code": "PROJECT", "valueCode": "P-9"},
         'The "valueCode" does not match to a Dimension Value.'),
    ],
)  # fmt: skip
def test_dimension_lines_that_are_refused(bc: Company, body: dict[str, Any], text: str) -> None:
    bc.refused("POST", f"purchaseInvoices({header(bc)['id']})/dimensionSetLines", body, text=text)


def test_dimension_lines_are_keyed_by_the_dimension(bc: Company) -> None:
    path = f"purchaseInvoices({header(bc)['id']})/dimensionSetLines"
    dimension = bc.value("dimensions", filter="code eq 'PROJECT'")[0]
    row = bc.post(path, {"code": "project", "valueCode": "p-1042"})
    assert row["id"] == dimension["id"]
    assert row["parentType"] == "Purchase_x0020_Invoice"
    key = f"{path}({dimension['id']})"
    bc.refused("PATCH", key, {"valueCode": "P-1043"}, code="BadRequest_InvalidToken")
    assert bc.patch(key, {"valueCode": "P-1043"}, row["@odata.etag"])["valueCode"] == "P-1043"
    bc.refused("PATCH", key, {"valueCode": "P-1044"}, code="Request_EntityChanged", status=409,
               headers={"If-Match": row["@odata.etag"]})  # fmt: skip
    bc.refused("PATCH", key, {"code": "COSTCODE"}, headers={"If-Match": "*"},
               text='The "id" and "code" fields cannot be modified.')  # fmt: skip
    assert bc.call("DELETE", key).status_code == 204
    assert bc.value(path) == []


def test_a_vendors_dimension_is_inherited_and_cannot_be_posted_again(bc: Company) -> None:
    row = bc.draft(vendorNumber="V10160", purchaseInvoiceLines=[line(dims={})])
    path = f"purchaseInvoices({row['id']})"
    inner = bc.value(f"{path}/purchaseInvoiceLines", expand="dimensionSetLines")[0]
    assert [each["valueCode"] for each in inner["dimensionSetLines"]] == ["P-1042"]
    bc.refused("POST", f"purchaseInvoiceLines({inner['id']})/dimensionSetLines",
               {"code": "PROJECT", "valueCode": "P-1043"},
               text="The dimension set line already exists.")  # fmt: skip
    bc.refused("POST", "purchaseInvoices",
               {"vendorNumber": "V10160", "purchaseInvoiceLines": [line()]},
               text="The dimension set line already exists.")  # fmt: skip


def test_an_accounts_dimension_is_inherited(bc: Company) -> None:
    bc.by_hand("account_dimension", account="60200", dimension="DEPARTMENT", value="OFFICE")
    row = bc.draft(purchaseInvoiceLines=[line(account="60200", dims={})])
    inner = bc.value(f"purchaseInvoices({row['id']})/purchaseInvoiceLines",
                     expand="dimensionSetLines")[0]  # fmt: skip
    assert inner["dimensionSetLines"][0]["valueCode"] == "OFFICE"


def test_a_vendors_dimension_lands_on_new_documents_until_it_is_taken_away(bc: Company) -> None:
    for value, wanted in (("SHOP", ["SHOP"]), ("", [])):
        bc.by_hand("vendor_dimension", vendor="V10124", dimension="DEPARTMENT", value=value)
        row = bc.draft(vendorNumber="V10124", vendorInvoiceNumber=f"VD-{value}")
        lines = bc.value(f"purchaseInvoices({row['id']})/dimensionSetLines")
        assert [one["valueCode"] for one in lines if one["code"] == "DEPARTMENT"] == wanted


def test_shortcuts_of_the_header_reach_its_lines(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(dims={})])
    bc.patch(f"purchaseInvoices({row['id']})", {"shortcutDimension1Code": "p-1044"})
    inner = bc.value(f"purchaseInvoices({row['id']})/purchaseInvoiceLines",
                     expand="dimensionSetLines")[0]  # fmt: skip
    assert inner["dimensionSetLines"][0]["valueCode"] == "P-1044"
    bc.refused("PATCH", f"purchaseInvoices({row['id']})", {"shortcutDimension1Code": "NOPE"},
               code="Internal_InvalidTableRelation", headers={"If-Match": "*"})  # fmt: skip


def test_dimensions_of_the_header_do_not_reach_lines_that_exist(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(dims={})])
    path = f"purchaseInvoices({row['id']})"
    bc.post(f"{path}/dimensionSetLines", {"code": "PROJECT", "valueCode": "P-1042"})
    inner = bc.value(f"{path}/purchaseInvoiceLines", expand="dimensionSetLines")[0]
    assert inner["dimensionSetLines"] == []
    assert bc.get(path)["shortcutDimension1Code"] == "P-1042"


# Deep insert.


def test_everything_in_one_request_and_the_parts_in_the_answer(bc: Company) -> None:
    body = {"vendorNumber": VENDOR, "purchaseInvoiceLines": [line(1.1), line(2.2)],
            "dimensionSetLines": [{"code": "DEPARTMENT", "valueCode": "FIELD"}]}  # fmt: skip
    expand = "$expand=purchaseInvoiceLines($expand=dimensionSetLines),dimensionSetLines"
    row = bc.post(f"purchaseInvoices?{expand}", body)
    dims = [{each["code"] for each in inner["dimensionSetLines"]}
            for inner in row["purchaseInvoiceLines"]]  # fmt: skip
    assert dims == [{"PROJECT", "DEPARTMENT"}] * 2
    assert row["totalAmountIncludingTax"] == Decimal("3.3")
    assert "purchaseInvoiceLines" not in bc.draft("PC-9")


def test_parts_come_in_page_order_so_a_line_may_collide_with_its_header(bc: Company) -> None:
    body = {"vendorNumber": VENDOR, "purchaseInvoiceLines": [line()],
            "dimensionSetLines": [{"code": "PROJECT", "valueCode": "P-1043"}]}  # fmt: skip
    bc.refused("POST", "purchaseInvoices", body, text="The dimension set line already exists.")


def test_order_lines_come_before_the_dimensions_of_the_order(bc: Company) -> None:
    cost = {**line(), "directUnitCost": 100}
    del cost["unitCost"]
    body = {"vendorNumber": VENDOR, "purchaseOrderLines": [cost],
            "dimensionSetLines": [{"code": "PROJECT", "valueCode": "P-1043"}]}  # fmt: skip
    expand = "$expand=purchaseOrderLines($expand=dimensionSetLines)"
    row = bc.post(f"purchaseOrders?{expand}", body)
    sets = row["purchaseOrderLines"][0]["dimensionSetLines"]
    assert [each["valueCode"] for each in sets] == ["P-1042"]


def test_a_deep_insert_that_fails_leaves_nothing(bc: Company) -> None:
    body = {"vendorNumber": VENDOR, "purchaseInvoiceLines": [line(), line(account="58000")]}
    bc.refused("POST", "purchaseInvoices", body, code="Application_FieldValidationException")
    assert bc.value("purchaseInvoices") == []
    assert bc.ledger()["drafts"] == []


def test_deep_update_does_not_exist(bc: Company) -> None:
    row = bc.draft()
    bc.refused("PATCH", f"purchaseInvoices({row['id']})", {"purchaseInvoiceLines": []},
               code="BadRequest", text="deep update", headers={"If-Match": "*"})  # fmt: skip


def test_a_long_invoice(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(1.01) for _ in range(150)])
    assert row["totalAmountIncludingTax"] == Decimal("151.5")


# Approval.


def test_an_invoice_with_the_approvers_cannot_be_changed(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("approve", id=row["id"], step="send")
    path = f"purchaseInvoices({row['id']})"
    bc.refused("PATCH", path, {"vendorInvoiceNumber": "X"}, headers={"If-Match": "*"},
               code="Application_FieldValidationException",
               text="Status must be equal to 'Open' in Purchase Header")  # fmt: skip
    assert bc.get(path)["status"] == "Draft"
    text = f"tableId eq 38 and documentNumber eq '{row['number']}'"
    assert bc.value("approvalEntries", filter=text)[0]["status"] == "Open"
    bc.by_hand("approve", id=row["id"], step="reject")
    assert bc.value("approvalEntries", filter=text)[0]["status"] == "Rejected"
    assert bc.patch(path, {"vendorInvoiceNumber": "X"})["vendorInvoiceNumber"] == "X"


def test_on_orders_approval_shows_in_the_status(bc: Company) -> None:
    row = bc.post("purchaseOrders", {"vendorNumber": VENDOR})
    seen = [row["status"]]
    for step in ("send", "approve"):
        bc.by_hand("approve", id=row["id"], step=step)
        seen.append(bc.get(f"purchaseOrders({row['id']})")["status"])
    assert seen == ["Draft", "In_x0020_Review", "Open"]


# Attachments.


def test_a_file_is_attached_in_two_steps(bc: Company) -> None:
    invoice = bc.draft()
    body = {"fileName": "inv.pdf", "parentType": "Purchase Invoice", "parentId": invoice["id"]}
    row = bc.post("documentAttachments", body)
    content = f"documentAttachments({row['id']})/attachmentContent"
    answer = bc.call("PATCH", content, data=b"%PDF", headers={
        "If-Match": row["@odata.etag"], "Content-Type": "application/octet-stream",
    })  # fmt: skip
    assert answer.status_code == 204
    assert bc.call("GET", content).content == b"%PDF"
    text = f"parentId eq {invoice['id']} and parentType eq 'Purchase Invoice'"
    assert bc.value("documentAttachments", filter=text)[0]["byteSize"] == 4
