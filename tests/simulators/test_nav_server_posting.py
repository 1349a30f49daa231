"""NAV on-premises: status, codeunit, posted documents, journals, orders."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators.nav_server.story import ACCOUNT, DAY, KEY, VENDOR, Office

AMOUNT = Decimal("12500.25")


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def nav(shared: Office) -> Office:
    shared.again()
    return shared


def refused_act(nav: Office, procedure: str, **body: str) -> str:
    return nav.refused("POST", f"IntegrationMgt_{procedure}", body)[1]


def on(header: Any) -> dict[str, str]:
    return {"documentType": header["Document_Type"], "documentNo": header["No"]}


def place(header: Any) -> str:
    return f"PurchaseInvoice({KEY.format(header['No'])})"


def journal(nav: Office, *amounts: str, batch: str = "PROCORE", **more: Any) -> None:
    for index, amount in enumerate(amounts, start=1):
        nav.post("GeneralJournal", {
            "Journal_Template_Name": "GENERAL", "Journal_Batch_Name": batch,
            "Line_No": index * 10000, "Posting_Date": DAY, "Document_No": "J-1",
            "External_Document_No": "PAY-1", "Account_No": ["60300", "20400"][index % 2],
            "Amount": float(amount), "Shortcut_Dimension_1_Code": "P-1042", **more,
        })  # fmt: skip


# Status.


@pytest.mark.parametrize("status", ["Released", "Pending Approval", "Pending Prepayment"])
def test_only_open_documents_can_be_changed(nav: Office, status: str) -> None:
    header = nav.draft()
    nav.nav("status", document="Invoice", no=header["No"], status=status)
    assert nav.get(place(header))["Status"] == status
    line = f"PurchaseInvoicePurchLines('Invoice','{header['No']}',10000)"
    for verb, path, body in (
        ("PATCH", place(header), {"Location_Code": "X"}),
        ("PATCH", line, {"Quantity": 2}),
        ("POST", f"{place(header)}/PurchaseInvoicePurchLines", {"Type": "G/L Account"}),
        ("DELETE", place(header), None),
    ):
        text = nav.refused(verb, path, body)[1]
        assert "Status must be equal to 'Open' in Purchase Header" in text
    assert nav.patch(place(header), {"On_Hold": "X"})["Status"] == status
    nav.nav("status", document="Invoice", no=header["No"], status="Open")
    assert nav.patch(place(header), {"Location_Code": "X"})["Status"] == "Open"


def test_the_status_of_orders(nav: Office) -> None:
    order = nav.header(service="PurchaseOrder")
    nav.nav("status", document="Order", no=order["No"], status="Released")
    assert [row["Status"] for row in nav.rows("PurchaseOrders")] == ["Released"]


def test_approval_entries_follow_the_status(nav: Office) -> None:
    header = nav.draft()
    nav.nav("status", document="Invoice", no=header["No"], status="Pending Approval")
    text = f"Table_ID eq 38 and Document_No eq '{header['No']}'"
    assert [row["Status"] for row in nav.rows("ApprovalEntries", filter=text)] == ["Open"]
    nav.nav("status", document="Invoice", no=header["No"], status="Released")
    assert [row["Status"] for row in nav.rows("ApprovalEntries", filter=text)] == ["Approved"]


# The codeunit.


def test_the_codeunit_releases_and_reopens(nav: Office) -> None:
    header = nav.header()
    text = refused_act(nav, "ReleasePurchaseDocument", **on(header))
    assert text.startswith(
        f"There is nothing to release for the document of type Invoice with the number "
        f"{header['No']}."
    )
    nav.line(header)
    assert nav.act_on("ReleasePurchaseDocument", header)["value"] == "Released"
    assert nav.get(place(header))["Status"] == "Released"
    nav.act_on("ReopenPurchaseDocument", header)
    assert nav.get(place(header))["Status"] == "Open"


def test_with_approval_a_document_goes_its_way(nav: Office) -> None:
    header = nav.draft()
    text = refused_act(nav, "SendForApproval", **on(header))
    assert "No approval workflow" in text
    nav.control("POST", "business_central/approval", {"on": True})
    assert "approval process is complete" in refused_act(
        nav, "ReleasePurchaseDocument", **on(header))  # fmt: skip
    assert "must be approved and released" in refused_act(
        nav, "PostPurchaseDocument", **on(header))  # fmt: skip
    nav.act_on("SendForApproval", header)
    assert nav.get(place(header))["Status"] == "Pending Approval"
    assert "must be cancelled or completed" in refused_act(
        nav, "ReopenPurchaseDocument", **on(header))  # fmt: skip
    nav.nav("status", document="Invoice", no=header["No"], status="Released")
    assert nav.act_on("PostPurchaseDocument", header)["value"] == "108001"


def test_approvers_decide_one_after_the_other(nav: Office) -> None:
    header = nav.draft()
    wanted = {"on": True, "approvers": ["PROCORE", "CONTROLLER"]}
    nav.control("POST", "business_central/approval", wanted)
    nav.act_on("SendForApproval", header)
    assert nav.act_on("ApprovePurchaseDocument", header)["value"] == "Pending Approval"
    assert [row["Status"] for row in nav.rows("ApprovalEntries")] == ["Approved", "Open"]
    text = refused_act(nav, "ApprovePurchaseDocument", **on(header))
    assert text.startswith("There is no approval request to approve.")
    nav.control("POST", "business_central/approval", {"administrator": True})
    assert nav.act_on("ApprovePurchaseDocument", header)["value"] == "Released"


def test_a_rejection_opens_the_document(nav: Office) -> None:
    header = nav.draft()
    nav.control("POST", "business_central/approval", {"on": True})
    nav.act_on("SendForApproval", header)
    text = refused_act(nav, "RejectPurchaseDocument", **on(header))
    assert text.startswith("There is no approval request to reject.")
    nav.control("POST", "business_central/approval", {"approvers": ["PROCORE"]})
    nav.control("POST", "business_central/approve", {"number": header["No"], "step": "reject"})
    nav.act_on("SendForApproval", header)
    assert nav.act_on("RejectPurchaseDocument", header)["value"] == "Open"
    assert {row["Status"] for row in nav.rows("ApprovalEntries")} == {"Rejected"}


def test_a_person_changes_a_document_that_is_released(nav: Office) -> None:
    header = nav.draft()
    nav.act_on("ReleasePurchaseDocument", header)
    nav.control("POST", "business_central/change_document", {
        "number": header["No"], "hold": "x", "dimensions": {"PROJECT": "P-1043"},
        "fields": {"dueDate": DAY},
    })  # fmt: skip
    now = nav.get(place(header))
    assert (now["On_Hold"], now["Shortcut_Dimension_1_Code"]) == ("X", "P-1043")
    assert (now["Due_Date"], now["Status"]) == (DAY, "Released")


def test_posting_tells_the_posted_number_and_tells_it_again(nav: Office) -> None:
    header = nav.draft()
    assert nav.act_on("PostPurchaseDocument", header)["value"] == "108001"
    assert nav.act_on("PostPurchaseDocument", header)["value"] == "108001"
    assert nav.control("GET", "ledger")["documents"]["Invoice"]["count"] == 1


def test_posting_refuses_in_the_words_of_the_base_application(nav: Office) -> None:
    nav.posted()
    again = nav.draft("PC-1")
    assert "already exists for this vendor" in refused_act(
        nav, "PostPurchaseDocument", **on(again))  # fmt: skip
    empty = nav.header("PC-3")
    assert "nothing to post" in refused_act(nav, "PostPurchaseDocument", **on(empty))
    order = nav.header(service="PurchaseOrder")
    assert "Only invoices and credit memos" in refused_act(
        nav, "PostPurchaseDocument", **on(order))  # fmt: skip
    gone = {"documentType": "Invoice", "documentNo": "NONE"}
    assert "does not exist" in refused_act(nav, "PostPurchaseDocument", **gone)
    assert {row["No"] for row in nav.rows("PurchaseInvoice")} == {again["No"], empty["No"]}


def test_parameters_are_those_of_the_procedure(nav: Office) -> None:
    header = nav.draft()
    assert "not a valid parameter" in refused_act(
        nav, "PostPurchaseDocument", **on(header), post="yes")  # fmt: skip
    assert "missing" in refused_act(nav, "PostPurchaseDocument", documentType="Invoice")
    assert nav.call("POST", "IntegrationMgt_Nothing", json={}).status_code == 404


def test_a_site_without_the_codeunit_offers_no_posting(nav: Office) -> None:
    header = nav.draft()
    nav.nav("settings", codeunit="")
    body = {"json": on(header)}
    assert nav.call("POST", "IntegrationMgt_PostPurchaseDocument", **body).status_code == 404
    assert "IntegrationMgt" not in nav.session.get(f"{nav.root}/$metadata").text
    assert nav.simulator.ready()["integration_service"] == ""
    nav.nav("settings", codeunit="OurPosting")
    assert '<ActionImport Name="OurPosting_PostPurchaseDocument"' in nav.session.get(
        f"{nav.root}/$metadata").text  # fmt: skip


# Posted documents.


def test_a_posted_invoice_remembers_its_draft(nav: Office) -> None:
    header = nav.draft()
    number = nav.act_on("PostPurchaseDocument", header)["value"]
    assert nav.rows("PurchaseInvoice") == nav.rows("PurchaseInvoices") == []
    assert nav.rows("PurchaseInvoicePurchLines") == []
    [card] = nav.rows("PostedPurchaseInvoice", filter=f"Pre_Assigned_No eq '{header['No']}'")
    assert (card["No"], card["Vendor_Invoice_No"], card["Order_No"]) == (number, "PC-1", "")
    [line] = nav.rows("PostedPurchaseInvoicePurchInvLines", filter=f"Document_No eq '{number}'")
    assert (line["No"], line["Line_Amount"]) == (ACCOUNT, AMOUNT)
    assert line["Shortcut_Dimension_1_Code"] == "P-1042"


def test_the_list_of_posted_invoices_tells_what_is_paid(nav: Office) -> None:
    card = nav.posted()
    [row] = nav.rows("PostedPurchaseInvoices", filter="Vendor_Invoice_No eq 'pc-1'")
    assert (row["Amount"], row["Amount_Including_VAT"]) == (AMOUNT, AMOUNT)
    assert (row["Remaining_Amount"], row["Closed"]) == (AMOUNT, False)
    nav.control("POST", "business_central/pay", {"number": card["No"], "amount": "500.25"})
    assert nav.rows("PostedPurchaseInvoices")[0]["Remaining_Amount"] == 12000
    nav.control("POST", "business_central/pay", {"number": card["No"]})
    [row] = nav.rows("PostedPurchaseInvoices")
    assert (row["Remaining_Amount"], row["Closed"]) == (0, True)


def test_posted_documents_cannot_be_touched(nav: Office) -> None:
    card = nav.posted()
    for verb in ("PATCH", "DELETE"):
        status, _ = nav.refused(verb, f"PostedPurchaseInvoice('{card['No']}')", {})
        assert status == 405


def test_posting_writes_entries_that_can_only_be_read(nav: Office) -> None:
    card = nav.posted()
    expense, payable = nav.rows("GLEntries", filter=f"Document_No eq '{card['No']}'",
                                orderby="Amount desc")  # fmt: skip
    assert (expense["G_L_Account_No"], expense["Amount"]) == (ACCOUNT, AMOUNT)
    assert (expense["Global_Dimension_1_Code"], payable["Amount"]) == ("P-1042", -AMOUNT)
    assert expense["External_Document_No"] == "PC-1"
    [owed] = nav.rows("VendorLedgerEntries", filter="External_Document_No eq 'PC-1'")
    assert (owed["Vendor_No"], owed["Original_Amount"], owed["Open"]) == (VENDOR, -AMOUNT, True)
    later = nav.rows("GLEntries", filter=f"Entry_No gt {payable['Entry_No']}")
    assert later == []
    assert nav.refused("PATCH", f"GLEntries({expense['Entry_No']})", {"Amount": 1})[0] == 405


def test_a_bookkeeper_posts_what_we_left(nav: Office) -> None:
    header = nav.draft()
    nav.control("POST", "business_central/post_draft", {"number": header["No"]})
    [card] = nav.rows("PostedPurchaseInvoice", filter=f"Pre_Assigned_No eq '{header['No']}'")
    assert nav.get(f"PostedPurchaseInvoices('{card['No']}')")["Amount"] == AMOUNT


def test_credit_memos_are_posted_to_pages_of_their_own(nav: Office) -> None:
    memo = nav.header("CM-1", "PurchaseCreditMemo")
    nav.line(memo)
    number = nav.act_on("PostPurchaseDocument", memo)["value"]
    card = nav.get(f"PostedPurchaseCreditMemo('{number}')")
    assert (card["Pre_Assigned_No"], card["Vendor_Cr_Memo_No"]) == (memo["No"], "CM-1")
    assert nav.rows("PostedPurchaseCreditMemoPurchCrMemoLines")[0]["Document_No"] == number
    assert nav.get(f"PostedPurchaseCreditMemos('{number}')")["Amount"] == AMOUNT


def test_a_cancelled_invoice_is_closed_by_a_corrective_memo(nav: Office) -> None:
    card = nav.posted()
    memo = nav.nav("cancel", no=card["No"])["no"]
    [row] = nav.rows("PostedPurchaseInvoices")
    assert (row["Cancelled"], row["Closed"], row["Remaining_Amount"]) == (True, True, 0)
    assert nav.get(f"PostedPurchaseInvoice('{card['No']}')")["Cancelled"] is True
    listed = nav.get(f"PostedPurchaseCreditMemos('{memo}')")
    assert (listed["Corrective"], listed["Amount"]) == (True, AMOUNT)
    assert sum(row["Amount"] for row in nav.rows("GLEntries")) == 0


# Orders.


def test_an_order_that_is_billed_leaves_an_invoice_that_names_it(nav: Office) -> None:
    order = nav.header("", "PurchaseOrder")
    nav.line(order, Quantity=4)
    bill = {"number": order["No"], "external": "INV-1", "share": "0.5"}
    nav.control("POST", "business_central/bill_order", bill)
    [line] = nav.rows("PurchaseOrderPurchLines")
    assert (line["Quantity_Invoiced"], line["Qty_to_Invoice"]) == (2, 2)
    nav.control("POST", "business_central/bill_order", {**bill, "external": "INV-2", "share": "1"})
    assert nav.rows("PurchaseOrder") == []
    cards = nav.rows("PostedPurchaseInvoice", filter=f"Order_No eq '{order['No']}'")
    assert [card["Pre_Assigned_No"] for card in cards] == ["", ""]
    assert [card["Vendor_Invoice_No"] for card in cards] == ["INV-1", "INV-2"]


# Journals.


def test_the_codeunit_posts_a_batch(nav: Office) -> None:
    journal(nav, "20.5", "-20.5")
    body = {"journalTemplateName": "GENERAL", "journalBatchName": "procore"}
    assert nav.act("PostJournalBatch", **body) is None
    assert nav.rows("GeneralJournal") == []
    entries = nav.rows("GLEntries", filter="Document_No eq 'J-1'")
    assert sorted(row["Amount"] for row in entries) == [Decimal("-20.5"), Decimal("20.5")]
    assert {row["External_Document_No"] for row in entries} == {"PAY-1"}
    assert {row["Document_Type"] for row in entries} == {" "}
    assert "nothing to post" in refused_act(nav, "PostJournalBatch", **body)


def test_a_batch_that_does_not_balance_stays(nav: Office) -> None:
    journal(nav, "20.5", "-20.4")
    body = {"journalTemplateName": "GENERAL", "journalBatchName": "PROCORE"}
    assert "out of balance by 0.1" in refused_act(nav, "PostJournalBatch", **body)
    assert len(nav.rows("GeneralJournal")) == 2
    assert nav.rows("GLEntries") == []


def test_a_bookkeeper_posts_a_batch(nav: Office) -> None:
    journal(nav, "20.5", "-20.5")
    nav.nav("post_journal", batch="PROCORE")
    assert len(nav.rows("GLEntries", filter="Document_No eq 'J-1'")) == 2
