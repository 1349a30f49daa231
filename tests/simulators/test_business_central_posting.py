"""Posting: checks, ledger, memos, orders, journals, payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators import company
from tests.simulators.business_central_story import DAY, VENDOR, Company, eventually, line

POST = "Microsoft.NAV.post"


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    started = Company()
    yield started
    started.close()


@pytest.fixture
def bc(shared: Company) -> Iterator[Company]:
    shared.control("POST", "reset")
    shared.sign_in()
    yield shared
    assert shared.ledger()["balanced"]


def stamp(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["lastModifiedDateTime"])


def cannot_post(bc: Company, row: dict[str, Any], text: str, code: str = "") -> None:
    """Posting is refused, and the draft is still one."""
    bc.refused("POST", f"purchaseInvoices({row['id']})/{POST}", code=code, text=text)
    assert bc.get(f"purchaseInvoices({row['id']})")["status"] == "Draft"
    assert bc.ledger()["documents"]["Invoice"]["count"] == 0


# Invoices.


def test_a_posted_invoice_keeps_its_id_and_gets_another_number(bc: Company) -> None:
    draft = bc.draft()
    posted = bc.post_invoice(draft)
    assert posted["id"] == draft["id"]
    assert (draft["number"], posted["number"]) == ("107001", "108001")
    assert posted["status"] == "Open"
    assert stamp(posted) > stamp(draft)


def test_expense_gets_the_lines_dimensions_and_payables_the_headers(bc: Company) -> None:
    row = bc.posted(dimensionSetLines=[{"code": "DEPARTMENT", "valueCode": "FIELD"}],
                    purchaseInvoiceLines=[line(100), line(-10, "20200"),
                                          line(50, "52200", taxCode="MATERIALS")])  # fmt: skip
    entries = bc.value("generalLedgerEntries", filter=f"documentNumber eq '{row['number']}'",
                       expand="dimensionSetLines", orderby="entryNumber")  # fmt: skip
    sides = [(e["accountNumber"], e["debitAmount"], e["creditAmount"]) for e in entries]
    tax = Decimal("3.63")
    assert sides == [("53200", 100, 0), ("20200", 0, 10), ("52200", 50, 0), ("20300", tax, 0),
                     ("20100", 0, 140 + tax)]  # fmt: skip
    dims = [{d["code"]: d["valueCode"] for d in e["dimensionSetLines"]} for e in entries]
    assert dims[0] == {"PROJECT": "P-1042", "DEPARTMENT": "FIELD"}
    assert dims[-1] == {"DEPARTMENT": "FIELD"}
    assert {e["documentType"] for e in entries} == {"Invoice"}
    assert bc.vendor()["balance"] == 140 + tax


def test_the_action_has_no_case(bc: Company) -> None:
    bc.post(f"purchaseInvoices({bc.draft()['id']})/Microsoft.NAV.Post")
    bc.refused("POST", f"purchaseInvoices({bc.draft('PC-2')['id']})/Microsoft.NAV.cancel",
               code="BadRequest_ResourceNotFound", status=404)  # fmt: skip


def test_a_posted_invoice_is_closed_for_changes(bc: Company) -> None:
    row = bc.posted()
    path, any_etag = f"purchaseInvoices({row['id']})", {"If-Match": "*"}
    bc.refused("POST", f"{path}/{POST}", text="can be applied to a draft invoice only")
    bc.refused("PATCH", path, {"dueDate": DAY}, headers=any_etag,
               text="The invoice has been posted and can no longer be modified.")  # fmt: skip
    bc.refused("DELETE", path, text="You cannot delete posted purchase documents")
    bc.refused("POST", f"{path}/purchaseInvoiceLines", line(), text="can no longer be modified")
    bc.refused("POST", f"{path}/dimensionSetLines", {"code": "PROJECT", "valueCode": "P-1042"},
               text="dimension set lines are read only")  # fmt: skip


def test_an_invoice_that_is_gone(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("delete_draft", id=row["id"])
    bc.refused("POST", f"purchaseInvoices({row['id']})/{POST}", text="The invoice cannot be found.")


def test_a_vendors_number_is_taken_only_by_posting(bc: Company) -> None:
    bc.posted()
    again = bc.draft()
    bc.refused("POST", f"purchaseInvoices({again['id']})/{POST}",
               text="Purchase Invoice PC-1 already exists for this vendor.")  # fmt: skip
    assert bc.posted(vendorNumber="V10125")["status"] == "Open"


def test_a_missing_vendor_number(bc: Company) -> None:
    row = bc.draft("")
    cannot_post(bc, row, "You need to enter the document number")
    bc.by_hand("settings", external_number_mandatory=False)
    assert bc.post_invoice(row)["status"] == "Open"


def test_the_posting_window(bc: Company) -> None:
    early = bc.draft(postingDate=(company.CLOSED_BEFORE - timedelta(days=1)).isoformat())
    cannot_post(bc, early, "Posting Date is not within your range of allowed posting dates.")
    late = bc.draft(postingDate=(company.OPEN_UNTIL + timedelta(days=1)).isoformat())
    cannot_post(bc, late, "Posting Date is not within")
    today = bc.draft()
    bc.by_hand("close_period")
    cannot_post(bc, today, "Posting Date is not within")


def test_a_vendor_blocked_after_the_draft(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("block_vendor", number=VENDOR)
    cannot_post(bc, row, f"You cannot post this type of document when Vendor {VENDOR} is blocked")


def test_an_account_blocked_after_the_draft(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("block_account", number="53200")
    cannot_post(bc, row, "Blocked must be equal to 'No' in G/L Account: No.=53200",
                "Application_FieldValidationException")  # fmt: skip
    bc.by_hand("block_account", number="53200", blocked=False, direct_posting=False)
    cannot_post(bc, row, "Direct Posting must be equal to 'Yes'",
                "Application_FieldValidationException")  # fmt: skip


def test_a_mandatory_dimension(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(dims={})])
    cannot_post(bc, row, "Select a Dimension Value Code for the Dimension Code PROJECT for G/L "
                         "Account 53200.")  # fmt: skip


def test_blocked_values_and_headings(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("block_value", dimension="PROJECT", value="P-1042")
    cannot_post(bc, row, "Dimension Value PROJECT - P-1042 is blocked.")
    bc.by_hand("block_value", dimension="PROJECT", value="P-1042", type="Heading")
    cannot_post(bc, row, "Dimension Value Type must not be Heading")


def test_the_approval_switch(bc: Company) -> None:
    row = bc.draft()
    bc.by_hand("approval", on=True)
    cannot_post(bc, row, "Purchase Invoice 107001 must be approved and released before you can")
    bc.by_hand("approve", id=row["id"], step="send")
    cannot_post(bc, row, "can only be released when the approval process is complete")
    bc.by_hand("approve", id=row["id"])
    assert bc.post_invoice(row)["status"] == "Open"
    assert bc.value("approvalEntries") == []


def test_zero_lines_are_skipped_and_nothing_but_zero_is_refused(bc: Company) -> None:
    free = line(100, quantity=0)
    row = bc.draft(purchaseInvoiceLines=[free, {"description": "as agreed"}])
    cannot_post(bc, row, "There is nothing to post")
    cannot_post(bc, bc.draft(purchaseInvoiceLines=[]), "There is nothing to post")
    posted = bc.posted("PC-2", purchaseInvoiceLines=[free, line(7)])
    assert posted["totalAmountIncludingTax"] == 7
    assert bc.ledger()["entries"] == 2


def test_a_negative_total_is_no_invoice(bc: Company) -> None:
    row = bc.draft(purchaseInvoiceLines=[line(10), line(-30)])
    cannot_post(bc, row, "Amount must be negative in Gen. Journal Line",
                "Application_FieldValidationException")  # fmt: skip


def test_a_foreign_invoice_is_booked_in_local_currency(bc: Company) -> None:
    bc.posted(vendorNumber="V10001", purchaseInvoiceLines=[line(100.01), line(0.33)])
    accounts = bc.ledger()["accounts"]
    assert accounts == {"53200": "108.37", "20100": "-108.37"}


def test_payment_moves_the_stamp_but_a_part_of_it_does_not(bc: Company) -> None:
    row = bc.posted()
    assert bc.by_hand("pay", id=row["id"], amount="40.00") == {"status": "Open", "open": "60.00"}
    assert bc.get(f"purchaseInvoices({row['id']})")["@odata.etag"] == row["@odata.etag"]
    bc.by_hand("pay", id=row["id"])
    paid = bc.get(f"purchaseInvoices({row['id']})")
    assert paid["status"] == "Paid"
    assert stamp(paid) > stamp(row)
    assert bc.vendor()["balance"] == 0


def test_what_a_bookkeeper_does_by_hand(bc: Company) -> None:
    lines = [{"account": "60200", "amount": "75.50"}]
    typed = bc.by_hand("type_invoice", vendorNumber=VENDOR, vendorInvoiceNumber="h-1", lines=lines)
    assert bc.get(f"purchaseInvoices({typed['id']})")["vendorInvoiceNumber"] == "H-1"
    draft = bc.by_hand("type_invoice", vendorNumber=VENDOR, vendorInvoiceNumber="h-2",
                       lines=lines, post=False)  # fmt: skip
    assert [each["id"] for each in bc.ledger()["drafts"]] == [draft["id"]]
    bc.by_hand("post_draft", id=draft["id"])
    posted = bc.ledger()["documents"]["Invoice"]
    assert (posted["count"], posted["total"]) == (2, "151.00")
    assert [each["by_hand"] for each in posted["list"]] == [True, True]


# Credit memos.


def memo(bc: Company, **changes: Any) -> dict[str, Any]:
    body = {"vendorNumber": VENDOR, "vendorCreditMemoNumber": "CM-1", "postingDate": DAY,
            "purchaseCreditMemoLines": [line(40)], **changes}  # fmt: skip
    row: dict[str, Any] = bc.post("purchaseCreditMemos", body)
    return row


def test_a_credit_memo_turns_the_entries_round(bc: Company) -> None:
    row = memo(bc)
    bc.post(f"purchaseCreditMemos({row['id']})/{POST}")
    posted = bc.get(f"purchaseCreditMemos({row['id']})")
    assert (posted["status"], posted["id"]) == ("Open", row["id"])
    assert posted["number"] != row["number"]
    assert bc.ledger()["accounts"] == {"53200": "-40.00", "20100": "40.00"}
    bc.refused("POST", f"purchaseCreditMemos({row['id']})/{POST}",
               text="The action can be applied to a draft credit memo only.")  # fmt: skip


def test_credit_memos_that_are_refused(bc: Company) -> None:
    empty = memo(bc, purchaseCreditMemoLines=[])
    bc.refused("POST", f"purchaseCreditMemos({empty['id']})/{POST}",
               text="Please add at least one line item to the credit memo.")  # fmt: skip
    bc.refused("POST", "purchaseCreditMemos", {"vendorNumber": VENDOR, "invoiceNumber": "NONE"},
               text='The "invoiceNumber" does not match to an Invoice.')  # fmt: skip
    bc.refused("POST", f"purchaseCreditMemos({empty['id']})/Microsoft.NAV.cancel",
               text="The action can be applied to a posted credit memo only.")  # fmt: skip
    bc.post(f"purchaseCreditMemos({memo(bc)['id']})/{POST}")
    bc.refused("POST", f"purchaseCreditMemos({memo(bc)['id']})/{POST}",
               text="Purchase Credit Memo CM-1 already exists for this vendor.")  # fmt: skip


def test_open_is_ambiguous_for_credit_memos(bc: Company) -> None:
    row = memo(bc)
    bc.by_hand("approve", id=row["id"])
    released = bc.get(f"purchaseCreditMemos({row['id']})")
    assert (released["status"], released["number"]) == ("Open", row["number"])


def test_a_credit_memo_for_an_invoice_closes_both(bc: Company) -> None:
    invoice = bc.posted(purchaseInvoiceLines=[line(40)])
    row = memo(bc, invoiceNumber=invoice["number"])
    assert row["invoiceId"] == invoice["id"]
    bc.post(f"purchaseCreditMemos({row['id']})/{POST}")
    assert bc.get(f"purchaseInvoices({invoice['id']})")["status"] == "Paid"
    assert bc.get(f"purchaseCreditMemos({row['id']})")["status"] == "Paid"
    assert bc.vendor()["balance"] == 0


def test_a_posted_credit_memo_is_cancelled_once(bc: Company) -> None:
    row = memo(bc)
    bc.post(f"purchaseCreditMemos({row['id']})/{POST}")
    bc.post(f"purchaseCreditMemos({row['id']})/Microsoft.NAV.cancel")
    assert bc.get(f"purchaseCreditMemos({row['id']})")["status"] == "Canceled"
    assert bc.ledger()["accounts"] == {}
    bc.refused("POST", f"purchaseCreditMemos({row['id']})/Microsoft.NAV.cancel",
               text="it has already been canceled")  # fmt: skip


# Orders.


def order(bc: Company) -> dict[str, Any]:
    body = line()
    body["directUnitCost"] = body.pop("unitCost")
    row: dict[str, Any] = bc.post("purchaseOrders", {
        "vendorNumber": VENDOR, "orderDate": DAY, "purchaseOrderLines": [body],
    })  # fmt: skip
    return row


def test_an_order_cannot_be_invoiced_without_a_number_it_does_not_have(bc: Company) -> None:
    row = order(bc)
    bc.refused("POST", f"purchaseOrders({row['id']})/Microsoft.NAV.receiveAndInvoice",
               text="You need to enter the document number")  # fmt: skip
    bc.refused("POST", "purchaseOrders", {"vendorNumber": VENDOR, "vendorInvoiceNumber": "X"},
               code="BadRequest", text="does not exist on type")  # fmt: skip


def test_an_order_becomes_a_receipt_and_an_invoice(bc: Company) -> None:
    row = order(bc)
    bc.by_hand("set_external", id=row["id"], external="PO-1")
    bc.post(f"purchaseOrders({row['id']})/Microsoft.NAV.receiveAndInvoice")
    invoice = bc.value("purchaseInvoices")[0]
    assert (invoice["orderNumber"], invoice["status"]) == (row["number"], "Open")
    assert invoice["id"] != row["id"]
    assert bc.value("purchaseOrders") == []
    assert bc.value("purchaseReceipts")[0]["orderNumber"] == row["number"]


def test_the_cost_of_an_order_line_has_another_name(bc: Company) -> None:
    bc.refused("POST", "purchaseOrders", {"vendorNumber": VENDOR, "purchaseOrderLines": [line()]},
               code="BadRequest", text="The property 'unitCost' does not exist")  # fmt: skip


# Journals.


def entry(amount: Any, account: str = "90100", **changes: Any) -> dict[str, Any]:
    return {"accountType": "G/L Account", "accountNumber": account, "postingDate": DAY,
            "documentNumber": "J-1", "amount": amount, **changes}  # fmt: skip


def journal(bc: Company, *lines: dict[str, Any], code: str = "PC1") -> str:
    row = bc.post("journals", {"code": code, "journalLines": list(lines)})
    return f"journals({row['id']})"


def test_a_balanced_journal_is_posted_and_its_lines_vanish(bc: Company) -> None:
    dims = [{"code": "PROJECT", "valueCode": "P-1042"}]
    path = journal(bc, entry(100, dimensionSetLines=dims), entry(-100, "90110"))
    bc.post(f"{path}/{POST}")
    assert bc.value(f"{path}/journalLines") == []
    rows = bc.value("generalLedgerEntries", filter="documentNumber eq 'J-1'",
                    expand="dimensionSetLines")  # fmt: skip
    assert [(r["accountNumber"], r["documentType"]) for r in rows] == [
        ("90100", "_x0020_"), ("90110", "_x0020_"),
    ]  # fmt: skip
    assert rows[0]["dimensionSetLines"][0]["valueCode"] == "P-1042"
    posted = bc.ledger()["journals"]
    assert (posted["count"], posted["total"]) == (1, "100.00")
    assert posted["list"][0]["lines"][1]["amount"] == "-100.00"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], "There is nothing to post."),
        ([entry(100), entry(-99)], "Document No. J-1 is out of balance by 1"),
        ([entry(5), entry(-5, documentNumber="J-2")], "Document No. J-1 is out of balance by 5"),
        ([entry(5), entry(-5, postingDate=company.CLOSED_BEFORE.isoformat())], "out of balance"),
        ([entry(5, postingDate="2020-01-01"), entry(-5, postingDate="2020-01-01")],
         "Posting Date is not within"),
        ([entry(5, "53200"), entry(-5)], "Dimension Code PROJECT for G/L Account 53200."),
    ],
)  # fmt: skip
def test_journals_that_cannot_be_posted(
    bc: Company, lines: list[dict[str, Any]], text: str
) -> None:
    path = journal(bc, *lines)
    bc.refused("POST", f"{path}/{POST}", text=text)
    assert len(bc.value(f"{path}/journalLines")) == len(lines)
    assert bc.ledger()["entries"] == 0


def test_a_line_without_a_document_number(bc: Company) -> None:
    path = journal(bc, entry(5, documentNumber=""), entry(-5, documentNumber=""))
    bc.refused("POST", f"{path}/{POST}", code="Application_FieldValidationException",
               text="Document No. must have a value")  # fmt: skip


def test_a_balancing_account_balances_the_line(bc: Company) -> None:
    bc.post(f"{journal(bc, entry(30, balancingAccountNumber='90110'))}/{POST}")
    assert bc.ledger()["accounts"] == {"90100": "30.00", "90110": "-30.00"}


def test_a_journal_line_finds_its_account(bc: Company) -> None:
    path = f"{journal(bc)}/journalLines"
    row = bc.post(path, {"accountId": bc.account("90100")["id"], "amount": 1})
    assert (row["accountNumber"], row["lineNumber"]) == ("90100", 10000)
    bc.refused("POST", path, {"accountId": bc.vendor()["id"]},
               text='The "accountId" does not match to an Account.')  # fmt: skip
    bc.refused("POST", path, {"accountId": "90100"}, code="Application_InvalidGUID")
    bc.refused("POST", path, {"accountType": "Vendor", "accountNumber": "NOBODY"},
               code="Internal_InvalidTableRelation",
               text="The field Account No. of table Gen. Journal Line contains a value (NOBODY)",
    )  # fmt: skip
    bc.refused("POST", path, {"lineNumber": 10000}, code="Internal_EntityWithSameKeyExists")
    bc.refused("POST", path, entry(1, "20100"), code="Application_FieldValidationException",
               text="Direct Posting must be equal to 'Yes'")  # fmt: skip
    bc.refused("GET", "journalLines", text="You must specify a journal batch ID or a journal ID")


def test_a_vendor_in_a_journal_is_no_invoice(bc: Company) -> None:
    """So the check for doubled vendor numbers does not see it."""
    vendor = {"accountType": "Vendor", "externalDocumentNumber": "PC-1"}
    for code in ("A", "B"):
        bc.post(f"{journal(bc, entry(-9, VENDOR, **vendor), entry(9), code=code)}/{POST}")
    assert bc.vendor()["balance"] == 18
    assert bc.ledger()["accounts"]["20100"] == "-18.00"


def test_batches_of_other_templates_are_hidden(bc: Company) -> None:
    journal(bc)
    bc.post("journals", {"code": "PC1", "templateDisplayName": "PURCH"})
    bc.refused("POST", "journals", {"code": "pc1"}, code="Internal_EntityWithSameKeyExists")
    assert len(bc.value("journals")) == 1
    assert len(bc.value("journals", filter="templateDisplayName eq 'PURCH'")) == 1


def test_with_the_job_queue_done_means_only_scheduled(bc: Company) -> None:
    bc.by_hand("settings", job_queue=True, job_queue_seconds=0.4)
    path = journal(bc, entry(5), entry(-5, "90110"))
    bc.post(f"{path}/{POST}")
    assert bc.value("generalLedgerEntries") == []
    eventually(lambda: bc.value("generalLedgerEntries"))
    wrong = journal(bc, entry(5), code="BAD")
    bc.post(f"{wrong}/{POST}")
    bc.control("POST", "clock", {"offset": 60})
    eventually(lambda: bc.ledger()["failed_jobs"])
    assert len(bc.value(f"{wrong}/journalLines")) == 1
    assert len(bc.value("generalLedgerEntries")) == 2


def test_entries_have_growing_numbers(bc: Company) -> None:
    for number in ("PC-1", "PC-2"):
        bc.posted(number)
    numbers = [row["entryNumber"] for row in bc.value("generalLedgerEntries")]
    assert numbers == sorted(set(numbers))
    later = bc.value("generalLedgerEntries", filter=f"entryNumber gt {numbers[1]}")
    assert len(later) == 2
