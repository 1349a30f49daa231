"""Pending vendor invoices in F&O, their posting and payment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators import company
from tests.simulators.fo.site import CATEGORY, NAMESPACE
from tests.simulators.fo.story import (
    DAY,
    OTHER,
    VENDOR,
    Environment,
    invoice_line,
    key,
    line_place,
    post_line,
    ready_order,
)

INVOICE = key("VendorInvoiceHeaders", dataAreaId="krb", HeaderReference="PC-88")
LINE = key("VendorInvoiceLines", dataAreaId="krb", HeaderReference="PC-88", InvoiceLineNumber=1)


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def test_the_reference_is_ours_and_guards_against_doubles(fo: Environment) -> None:
    row = fo.invoice()
    assert (row["HeaderReference"], row["VendorInvoiceReviewStatus"]) == ("PC-88", "Draft")
    assert (row["VendorAccount"], row["TermsOfPayment"]) == (VENDOR, "NET30")
    answer = post_line(fo, "VendorInvoiceHeaders", HeaderReference="pc-88", InvoiceNumber="A-2",
                       InvoiceAccount=VENDOR)  # fmt: skip
    fo.refused(answer, "Cannot create a record in Pending vendor invoices (VendInvoiceInfoTable)")
    assert fo.post("VendorInvoiceHeaders", InvoiceNumber="A-2",
                   InvoiceAccount=VENDOR)["HeaderReference"].isdigit()  # fmt: skip


def test_some_sites_number_references_themselves(fo: Environment) -> None:
    fo.settings(header_reference=False)
    answer = post_line(fo, "VendorInvoiceHeaders", HeaderReference="PC-88", InvoiceNumber="A-1",
                       InvoiceAccount=VENDOR)  # fmt: skip
    fo.refused(answer, "'HeaderReference' does not allow editing")


def test_the_vendors_number_has_twenty_places(fo: Environment) -> None:
    body = {"InvoiceNumber": "N" * 21, "InvoiceAccount": VENDOR}
    fo.refused(post_line(fo, "VendorInvoiceHeaders", **body), "longer than 20 characters")
    fo.settings(invoice_number_length=50)
    fo.post("VendorInvoiceHeaders", **body)


def test_lines_are_calculated(fo: Environment) -> None:
    fo.invoice()
    line = fo.invoice_line(ReceiveNow=0.25, UnitPrice=125000, ChargesOnPurchases=12.5)
    assert (line["Amount"], line["NetAmount"]) == (31250, Decimal("31262.50"))
    assert line["Currency"] == "USD"
    fo.patch(LINE, UnitPrice=1000)
    assert fo.get(LINE)["NetAmount"] == Decimal("262.5")
    fo.refused(fo.patch(LINE, Amount=5), "'Amount' does not allow editing")
    fo.refused(fo.patch(LINE, NetAmount=5), "'NetAmount' does not allow editing")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"ProcurementCategoryName": ""}, "'ProcurementCategoryName' must be filled in."),
        ({"PurchLineNumber": 1}, "Field 'PurchaseOrder' must be filled in."),
        ({"RetainageAmount": 10}, "'RetainageAmount' does not allow editing"),
        ({"Quantity": 1}, "The property 'Quantity' does not exist"),
        ({"HeaderReference": "PC-99"}, "related table 'Pending vendor invoices'"),
        ({"MainAccountDisplayValue": "20100"}, "main account '20100'"),
    ],
)
def test_what_an_invoice_line_must_not_be(
    fo: Environment, changes: dict[str, Any], text: str
) -> None:
    fo.invoice()
    answer = post_line(fo, "VendorInvoiceLines", **{**invoice_line("PC-88"), **changes})
    fo.refused(answer, text)


def billed(fo: Environment, order: dict[str, Any], share: float = 0.25, **changes: Any) -> Any:
    """A line over a share of the order's first line."""
    body = {"HeaderReference": "PC-88", "InvoiceLineNumber": 1, "PurchLineNumber": 1,
            "PurchaseOrder": order["PurchaseOrderNumber"], "ReceiveNow": share}  # fmt: skip
    return fo.post("VendorInvoiceLines", **{**body, **changes})


def test_a_line_of_an_order_takes_its_facts_from_there(fo: Environment) -> None:
    order = ready_order(fo)
    fo.invoice(PurchaseOrderNumber=order["PurchaseOrderNumber"])
    line = billed(fo, order)
    assert line["ProcurementCategoryName"] == CATEGORY
    assert (line["UnitPrice"], line["NetAmount"]) == (125000, 31250)
    assert line["DimensionDisplayValue"] == "FIELD|P-1042|03-300|S"
    assert (line["RemainBefore"], line["RemainAfter"]) == (1, Decimal("0.75"))


def test_an_order_of_another_vendor(fo: Environment) -> None:
    order = ready_order(fo)
    body = {"InvoiceNumber": "A-9", "InvoiceAccount": OTHER,
            "PurchaseOrderNumber": order["PurchaseOrderNumber"]}  # fmt: skip
    fo.refused(post_line(fo, "VendorInvoiceHeaders", **body), "related table 'Purchase orders'")


def test_retainage_needs_terms_on_the_order(fo: Environment) -> None:
    order = ready_order(fo)
    fo.by_hand("retention", number=order["PurchaseOrderNumber"])
    fo.invoice()
    line = billed(fo, order, RetainPercentage=10)
    assert (line["NetAmount"], line["RetainageAmount"]) == (31250, 3125)
    made = fo.by_hand("post_invoice", reference="PC-88")
    assert Decimal(made["total"]) == 28125
    held = company.ACCOUNT_RULES["retainage_held"]
    assert fo.ledger()["accounts"][held] == "-3125.00"


def test_a_header_alone_fills_its_lines_from_the_order(fo: Environment) -> None:
    order = ready_order(fo, 2)
    fo.invoice(PurchaseOrderNumber=order["PurchaseOrderNumber"], HeaderOnlyImport="Yes")
    rows = fo.rows("VendorInvoiceLines", filter="HeaderReference eq 'PC-88'")
    assert [row["NetAmount"] for row in rows] == [125000, 125000]


def test_posting_takes_it_from_the_pending_set(fo: Environment) -> None:
    order = ready_order(fo)
    fo.invoice(DimensionDisplayValue="|P-1042||")
    billed(fo, order)
    fo.invoice_line(number=2, UnitPrice=10.5, MainAccountDisplayValue="52200||P-1043")
    made = fo.by_hand("post_invoice", number="A-PC-88")
    assert fo.call("GET", f"{INVOICE}?cross-company=true").status_code == 404
    assert not fo.rows("VendorInvoiceLines", filter="HeaderReference eq 'PC-88'")
    posted = fo.rows("VendTransBiEntities", filter="Invoice eq 'A-PC-88'")
    assert [(row["AccountNum"], row["AmountCur"]) for row in posted] == [
        (VENDOR, Decimal("-31260.50"))
    ]
    mine = f"Voucher eq '{made['voucher']}' and DocumentNumber eq 'A-PC-88'"
    entries = fo.rows("GeneralJournalAccountEntries", filter=mine)
    assert {row["AccountDisplayValue"]: row["TransactionCurrencyAmount"] for row in entries} == {
        "53200|FIELD|P-1042|03-300|S": 31250, "52200|FIELD|P-1043|03-300|S": Decimal("10.5"),
        "20100||P-1042||": Decimal("-31260.50"),
    }  # fmt: skip
    assert fo.get(line_place(order))["PurchaseOrderLineStatus"] == "Backorder"
    fo.refused(fo.patch(INVOICE, Comment="late"), "No resources were found")
    events = fo.control("GET", "fo/events")["events"]
    assert (events[-1]["BusinessEventId"], events[-1]["InvoiceNumber"]) == (
        "VendorInvoicePostedBusinessEvent", "A-PC-88")  # fmt: skip


def test_the_same_number_is_refused_at_posting_only(fo: Environment) -> None:
    for reference in ("PC-88", "PC-89"):
        fo.invoice(reference, InvoiceNumber="SAME")
        fo.invoice_line(reference)
    fo.by_hand("post_invoice", reference="PC-88")
    assert "has already been used" in fo.not_by_hand("post_invoice", reference="PC-89")
    assert fo.ledger()["doubles"] == [f"krb {VENDOR} same"]
    fo.settings(duplicate_check="warn")
    fo.by_hand("post_invoice", reference="PC-89")


def test_a_closed_period_refuses_the_posting(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    fo.by_hand("close_period")
    assert "is not open" in fo.not_by_hand("post_invoice", reference="PC-88")
    statuses = {row["PeriodStatus"] for row in fo.rows("LedgerFiscalPeriodsV2")}
    assert statuses == {"Open", "Closed"}
    late = company.first_of_month(company.TODAY, 1).isoformat()
    fo.by_hand("post_invoice", reference="PC-88", date=late)


def test_workflow_locks_an_invoice(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    fo.by_hand("workflow", reference="PC-88")
    for answer in (fo.patch(INVOICE, Comment="x"), fo.patch(LINE, UnitPrice=1), fo.delete(LINE)):
        fo.refused(answer, "is in workflow and cannot be changed")
    assert fo.get(INVOICE)["VendorInvoiceReviewStatus"] == "Submitted"
    fo.by_hand("workflow", reference="PC-88", step="recall")
    assert fo.patch(LINE, UnitPrice=1).status_code == 204


def test_deleting_needs_the_lines_gone(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    fo.refused(fo.delete(INVOICE), "while dependent Pending vendor invoice lines exist.")
    assert fo.delete(LINE).status_code == 204
    assert fo.delete(INVOICE).status_code == 204


def test_a_person_deletes_a_pending_invoice(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    fo.by_hand("delete_invoice", reference="PC-88")
    assert fo.call("GET", f"{INVOICE}?cross-company=true").status_code == 404


def test_an_attachment_hangs_off_the_header(fo: Environment) -> None:
    fo.invoice()
    row = fo.post("VendorInvoiceDocumentAttachments", HeaderReference="PC-88", Name="pay-app-3",
                  FileContents="JVBERg==", FileType="pdf")  # fmt: skip
    assert row["TypeId"] == "File"
    draft = next(one for one in fo.ledger()["drafts"] if one["number"] == "PC-88")
    assert draft["attachments"] == ["pay-app-3"]


def test_a_payment_settles_a_posted_invoice(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line()
    fo.by_hand("post_invoice", reference="PC-88")
    fo.by_hand("pay", number="A-PC-88", amount="500")
    row = fo.rows("VendTransBiEntities", filter="Invoice eq 'A-PC-88'")[0]
    assert (row["SettleAmountCur"], row["Closed"]) == (-500, "1900-01-01T00:00:00Z")
    fo.by_hand("pay", number="A-PC-88")
    row = fo.rows("VendTransBiEntities", filter="Invoice eq 'A-PC-88'")[0]
    assert row["Closed"].startswith(DAY)
    payments = f"TransType eq {NAMESPACE}.LedgerTransType'Payment'"
    assert len(fo.rows("VendTransBiEntities", filter=payments)) == 2
