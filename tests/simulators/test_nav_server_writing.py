"""NAV on-premises: headers, lines, vendors, values, journal lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators import company
from tests.simulators.nav_server.story import ACCOUNT, DAY, KEY, VENDOR, Office, line_body

EARLIER = (company.TODAY - timedelta(days=20)).isoformat()
OTHER = "V10125"


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def nav(shared: Office) -> Office:
    shared.again()
    return shared


def place(header: Any) -> str:
    return f"PurchaseInvoice({KEY.format(header['No'])})"


def line_place(line: Any) -> str:
    key = "Document_Type='{Document_Type}',Document_No='{Document_No}',Line_No={Line_No}"
    return f"PurchaseInvoicePurchLines({key.format(**line)})"


def journal_line(**more: Any) -> dict[str, Any]:
    return {
        "Journal_Template_Name": "GENERAL", "Journal_Batch_Name": "PROCORE", "Line_No": 10000,
        "Posting_Date": DAY, "Document_No": "PC-9", "External_Document_No": "9",
        "Account_Type": "G/L Account", "Account_No": "60300", "Description": "Paper",
        "Amount": 20.5, **more,
    }  # fmt: skip


# Headers.


def test_a_header_gets_a_number_and_the_vendors_data(nav: Office) -> None:
    header = nav.header("pc-7")
    vendor = nav.get(f"VendorCard('{VENDOR}')")
    assert (header["Document_Type"], header["No"], header["Status"]) == (
        "Invoice", "107001", "Open")  # fmt: skip
    assert header["Buy_from_Vendor_Name"] == vendor["Name"]
    assert header["Buy_from_City"] == vendor["City"]
    assert header["Payment_Terms_Code"] == vendor["Payment_Terms_Code"]
    assert header["Vendor_Invoice_No"] == "PC-7"


def test_numbers_come_from_the_series(nav: Office) -> None:
    body = {"No": "MY-1", "Buy_from_Vendor_No": VENDOR}
    assert "manually" in nav.refused("POST", "PurchaseInvoice", body)[1]
    nav.nav("settings", manual_numbers=True)
    assert nav.post("PurchaseInvoice", body)["No"] == "MY-1"


def test_lines_inside_a_header_are_refused(nav: Office) -> None:
    body = {"Buy_from_Vendor_No": VENDOR, "PurchaseInvoicePurchLines": []}
    status, text = nav.refused("POST", "PurchaseInvoice", body)
    assert (status, "deep insert" in text) == (400, True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Buy-from Vendor No. must have a value"),
        ({"Buy_from_Vendor_No": "NOBODY"}, "related table (Vendor)"),
        ({"Buy_from_Vendor_No": "V10122"}, "blocked"),
        ({"Buy_from_Vendor_No": VENDOR, "Nonsense": 1}, "'Nonsense' does not exist"),
        ({"Buy_from_Vendor_No": VENDOR, "Status": "Released"}, "'Status' is read-only"),
        ({"Buy_from_Vendor_No": VENDOR, "Document_Type": "Order"}, "Document Type"),
        ({"Buy_from_Vendor_No": VENDOR, "Vendor_Invoice_No": "1" * 36}, "less than or equal to 35"),
        ({"Buy_from_Vendor_No": VENDOR, "Posting_Date": "21.11.2026"}, "Date"),
        ({"Buy_from_Vendor_No": VENDOR, "Payment_Terms_Code": "NEVER"}, "Payment Terms"),
        ({"Buy_from_Vendor_No": VENDOR, "Shortcut_Dimension_1_Code": "X"}, "Dimension Value"),
    ],
)
def test_refused_headers_leave_nothing(nav: Office, body: dict[str, Any], words: str) -> None:
    status, text = nav.refused("POST", "PurchaseInvoice", body)
    assert (status, words in text) == (400, True), text
    assert nav.rows("PurchaseInvoice") == []


def test_the_vendor_overwrites_what_was_sent_before_it(nav: Office) -> None:
    more = {"Currency_Code": "EUR", "Due_Date": EARLIER, "Buy_from_City": "Nowhere"}
    before = nav.post("PurchaseInvoice", {**more, "Buy_from_Vendor_No": VENDOR})
    assert (before["Currency_Code"], before["Due_Date"] > DAY) == ("", True)
    assert before["Buy_from_City"] != "Nowhere"
    after = nav.post("PurchaseInvoice", {"Buy_from_Vendor_No": VENDOR, **more})
    assert {name: after[name] for name in more} == more
    nav.nav("settings", order="page")
    paged = nav.post("PurchaseInvoice", {**more, "Buy_from_Vendor_No": VENDOR})
    assert {name: paged[name] for name in more} == more


def test_another_vendor_overwrites_too_and_asks_when_there_are_lines(nav: Office) -> None:
    header = nav.header(Currency_Code="EUR")
    changed = nav.patch(place(header), {"Buy_from_Vendor_No": OTHER})
    assert (changed["Currency_Code"], changed["Buy_from_Vendor_No"]) == ("", OTHER)
    nav.line(changed)
    status, text = nav.refused("PATCH", place(header), {"Buy_from_Vendor_No": VENDOR})
    assert (status, "Callback functions are not allowed" in text) == (400, True)


def test_the_posting_date_takes_the_document_date_along(nav: Office) -> None:
    header = nav.header(Document_Date=EARLIER, Posting_Date=DAY)
    assert header["Document_Date"] == DAY
    changed = nav.patch(place(header), {"Document_Date": EARLIER})
    assert (changed["Document_Date"], changed["Posting_Date"]) == (EARLIER, DAY)
    nav.nav("settings", link_dates=False)
    assert nav.header("PC-2", Document_Date=EARLIER, Posting_Date=DAY)["Document_Date"] == EARLIER


def test_the_due_date_follows_the_document_date_and_the_terms(nav: Office) -> None:
    header = nav.header(Payment_Terms_Code="NET10")
    assert header["Due_Date"] == (date.fromisoformat(DAY) + timedelta(days=10)).isoformat()
    changed = nav.patch(place(header), {"Document_Date": EARLIER, "Due_Date": DAY})
    assert changed["Due_Date"] == DAY


def test_a_header_dimension_reaches_the_lines_or_asks(nav: Office) -> None:
    header = nav.draft()
    nav.patch(place(header), {"Shortcut_Dimension_1_Code": "p-1043"})
    assert nav.rows("PurchaseInvoicePurchLines")[0]["Shortcut_Dimension_1_Code"] == "P-1043"
    nav.nav("settings", dimension_confirm=True)
    text = nav.refused("PATCH", place(header), {"Shortcut_Dimension_1_Code": "P-1042"})[1]
    assert "You may have changed a dimension" in text


def test_etags_guard_changes(nav: Office) -> None:
    header = nav.header()
    assert nav.call("PATCH", place(header), json={"On_Hold": "X"}).status_code == 400
    changed = nav.patch(place(header), {"On_Hold": "X"}, header["@odata.etag"])
    assert changed["@odata.etag"] != header["@odata.etag"]
    old = {"If-Match": header["@odata.etag"]}
    for verb in ("PATCH", "DELETE"):
        assert nav.call(verb, place(header), json={"On_Hold": ""}, headers=old).status_code == 409
    nav.nav("settings", etag_status=412, patch_status=204)
    assert nav.call("PATCH", place(header), json={}, headers=old).status_code == 412
    new = {"If-Match": changed["@odata.etag"]}
    assert nav.call("PATCH", place(header), json={}, headers=new).status_code == 204
    assert nav.call("DELETE", place(header), headers=new).status_code == 204
    assert nav.call("GET", place(header)).status_code == 404


def test_deleting_a_header_takes_its_lines(nav: Office) -> None:
    assert nav.call("DELETE", place(nav.draft())).status_code == 204
    assert nav.rows("PurchaseInvoicePurchLines") == []
    assert nav.control("GET", "ledger")["drafts"] == []


def test_lists_and_ledgers_take_no_changes(nav: Office) -> None:
    for path in ("PurchaseInvoices", "VendorList", "GLEntries", "PostedPurchaseInvoice",
                 "VendorLedgerEntries", "GLAccounts"):  # fmt: skip
        assert nav.call("POST", path, json={}).status_code == 405


# Lines.


def test_a_line_takes_everything_at_once_when_type_and_number_come_first(nav: Office) -> None:
    line = nav.line(nav.header())
    assert (line["Line_No"], line["No"], line["Line_Amount"]) == (
        10000, ACCOUNT, Decimal("12500.25"))  # fmt: skip
    assert line["Shortcut_Dimension_1_Code"] == "P-1042"
    assert line["Total_Amount_Incl_VAT"] == Decimal("12500.25")


def test_before_type_and_number_nothing_else_is_editable(nav: Office) -> None:
    header = nav.header()
    whole = line_body(header, 10000)
    mixed = {"Quantity": whole.pop("Quantity"), **whole}
    lines = "PurchaseInvoicePurchLines"
    status, text = nav.refused("POST", lines, mixed)
    assert (status, "Control 'Quantity' is read-only" in text) == (400, True)
    nav.nav("settings", order="page")
    assert nav.post(lines, mixed)["Quantity"] == 1


def test_strict_sites_take_the_rest_of_a_line_later(nav: Office) -> None:
    nav.nav("settings", strict_lines=True)
    header = nav.header()
    body = line_body(header, 10000)
    assert "read-only" in nav.refused("POST", "PurchaseInvoicePurchLines", body)[1]
    first = {name: body.pop(name) for name in list(body)[:5]}
    line = nav.post("PurchaseInvoicePurchLines", first)
    assert line["Quantity"] == 0
    done = nav.patch(line_place(line), {k: v for k, v in body.items() if k != "Description"})
    assert done["Line_Amount"] == Decimal("12500.25")


def test_a_line_without_a_number_gets_the_next(nav: Office) -> None:
    header = nav.draft()
    body = {k: v for k, v in line_body(header, 0).items() if k != "Line_No"}
    assert nav.post("PurchaseInvoicePurchLines", body)["Line_No"] == 20000
    path = f"{place(header)}/PurchaseInvoicePurchLines"
    body = {k: v for k, v in body.items() if not k.startswith("Document_")}
    assert nav.post(path, body)["Line_No"] == 30000


def test_the_same_line_number_twice_is_refused(nav: Office) -> None:
    header = nav.draft()
    text = nav.refused("POST", "PurchaseInvoicePurchLines", line_body(header, 10000))[1]
    assert "already exists. Identification fields and values" in text
    assert len(nav.rows("PurchaseInvoicePurchLines")) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"No": "99999"}, "related table (G/L Account)"),
        ({"No": "20000"}, "Account Type must be equal to 'Posting'"),
        ({"No": "58000"}, "Blocked must be equal to 'No'"),
        ({"No": "20100"}, "Direct Posting must be equal to 'Yes'"),
        ({"Type": "Item"}, "related table (Item)"),
        ({"Type": "Wood"}, "not an acceptable value"),
        ({"Document_No": "NONE"}, "Purchase Header does not exist"),
        ({"Shortcut_Dimension_1_Code": "P-9"}, "related table (Dimension Value)"),
        ({"VAT_Prod_Posting_Group": "NONE"}, "VAT Prod. Posting Group"),
        ({"Description": "x" * 101}, "less than or equal to 100"),
        ({"Job_No": "NONE"}, "related table (Job)"),
    ],
)
def test_refused_lines_leave_nothing(nav: Office, changes: dict[str, Any], words: str) -> None:
    body = {**line_body(nav.header(), 10000), **changes}
    text = nav.refused("POST", "PurchaseInvoicePurchLines", body)[1]
    assert words in text
    assert nav.rows("PurchaseInvoicePurchLines") == []


def test_descriptions_are_shorter_in_nav_2018(nav: Office) -> None:
    nav.nav("settings", profile="nav2018")
    body = {**line_body(nav.header(), 10000), "Description": "x" * 51}
    text = nav.refused("POST", "PurchaseInvoicePurchLines", body)[1]
    assert "less than or equal to 50" in text


def test_lines_carry_the_dimensions_three_to_eight_by_number(nav: Office) -> None:
    more: dict[str, Any] = {"ShortcutDimCode3": "s", "Shortcut_Dimension_2_Code": "03-300"}
    line = nav.line(nav.header(), **more)
    assert (line["ShortcutDimCode3"], line["ShortcutDimCode4"]) == ("S", "")
    nav.nav("settings", profile="nav2018")
    name = "ShortcutDimCode_x005B_3_x005D_"
    assert nav.patch(line_place(line), {name: "M"})[name] == "M"


def test_another_account_and_another_amount_by_patch(nav: Office) -> None:
    line = nav.line(nav.header())
    changed = nav.patch(line_place(line), {"No": "60300", "Quantity": 2, "Direct_Unit_Cost": 10})
    assert (changed["No"], changed["Line_Amount"]) == ("60300", 20)
    assert nav.patch(line_place(line), {"Line_Discount_Percent": 10})["Line_Amount"] == 18


def test_a_line_of_text_has_no_amounts(nav: Office) -> None:
    header = nav.header()
    key = {k: v for k, v in line_body(header, 10000).items() if k.startswith(("Doc", "Line"))}
    line = nav.post("PurchaseInvoicePurchLines", {**key, "Description": "As agreed"})
    assert (line["Type"], line["Description"]) == (" ", "As agreed")
    assert "read-only" in nav.refused("PATCH", line_place(line), {"Quantity": 1})[1]


def test_credit_memos_and_orders_have_their_own_pages(nav: Office) -> None:
    memo = nav.header("CM-1", "PurchaseCreditMemo")
    assert nav.line(memo)["Document_Type"] == "Credit Memo"
    order = nav.header("IN-1", "PurchaseOrder", Vendor_Order_No="po-5", Order_Date=EARLIER)
    assert (order["Vendor_Order_No"], order["Vendor_Invoice_No"]) == ("PO-5", "IN-1")
    line = nav.line(order, Quantity=4)
    assert (line["Qty_to_Receive"], line["Quantity_Invoiced"]) == (4, 0)
    assert [row["No"] for row in nav.rows("PurchaseOrders")] == [order["No"]]


# Vendors and dimension values.


def test_a_new_vendor_works_once_it_has_its_posting_groups(nav: Office) -> None:
    vendor = nav.post("VendorCard", {"Name": "New & Co", "City": "Dayton", "E_Mail": "a@b.example"})
    assert (vendor["City"], vendor["Vendor_Posting_Group"]) == ("Dayton", "")
    invoice = {"Buy_from_Vendor_No": vendor["No"]}
    assert "Vendor Posting Group must have" in nav.refused("POST", "PurchaseInvoice", invoice)[1]
    groups = {"Gen_Bus_Posting_Group": "NATIONAL", "Vendor_Posting_Group": "DOMESTIC",
              "Payment_Terms_Code": "NET45"}  # fmt: skip
    nav.patch(f"VendorCard('{vendor['No']}')", groups)
    assert nav.post("PurchaseInvoice", invoice)["Payment_Terms_Code"] == "NET45"


def test_unknown_posting_groups_are_refused(nav: Office) -> None:
    text = nav.refused("POST", "VendorCard", {"Name": "X", "Vendor_Posting_Group": "NONE"})[1]
    assert "Vendor Posting Group" in text


def test_vendors_keep_the_day_of_their_last_change(nav: Office) -> None:
    assert not nav.rows("VendorList", filter="Last_Date_Modified gt 2100-01-01")
    nav.patch(f"VendorCard('{VENDOR}')", {"Name": "Other"})
    row = nav.get(f"VendorList('{VENDOR}')")
    assert (row["Name"], row["Last_Date_Modified"]) == ("Other", DAY)


def test_page_537_takes_new_values_and_page_560_does_not(nav: Office) -> None:
    body = {"Dimension_Code": "project", "Code": "p-2000", "Name": "New job"}
    assert nav.post("DimensionValues", body)["Code"] == "P-2000"
    assert "already exists" in nav.refused("POST", "DimensionValues", body)[1]
    assert nav.line(nav.header(), Shortcut_Dimension_1_Code="P-2000")
    value = "DimensionValues(Dimension_Code='PROJECT',Code='P-2000')"
    assert nav.patch(value, {"Blocked": True})["Blocked"] is True
    nav.nav("services", publish={"DimensionValues": 560})
    assert nav.call("POST", "DimensionValues", json={**body, "Code": "X"}).status_code == 405


def test_an_unknown_dimension_gets_no_value(nav: Office) -> None:
    body = {"Dimension_Code": "NONE", "Code": "A"}
    assert "related table (Dimension)" in nav.refused("POST", "DimensionValues", body)[1]


def test_jobs_and_their_tasks(nav: Office) -> None:
    job = nav.rows("JobList")[1]["No"]
    task = {"Job_No": job, "Job_Task_No": "100", "Description": "Concrete"}
    assert nav.post("JobTaskLines", task)["Job_Task_Type"] == "Posting"
    assert "already exists" in nav.refused("POST", "JobTaskLines", task)[1]
    header = nav.header()
    line = nav.line(header, Job_No=job, Job_Task_No="100")
    assert (line["Job_No"], line["Job_Task_No"]) == (job, "100")
    text = nav.refused("PATCH", line_place(line), {"Job_Task_No": "200"})[1]
    assert "related table (Job Task)" in text


# Journals.


def test_journal_lines_go_into_the_batch_that_they_name(nav: Office) -> None:
    line = nav.post("GeneralJournal", journal_line(Shortcut_Dimension_1_Code="P-1042"))
    assert (line["Journal_Batch_Name"], line["Debit_Amount"]) == ("PROCORE", Decimal("20.5"))
    assert line["Shortcut_Dimension_1_Code"] == "P-1042"
    assert "already exists" in nav.refused("POST", "GeneralJournal", journal_line())[1]
    key = "Journal_Template_Name='GENERAL',Journal_Batch_Name='PROCORE',Line_No=10000"
    assert nav.patch(f"GeneralJournal({key})", {"Amount": -5})["Credit_Amount"] == 5
    assert nav.call("DELETE", f"GeneralJournal({key})").status_code == 204


def test_a_batch_must_exist(nav: Office) -> None:
    body = journal_line(Journal_Batch_Name="NONE")
    assert "Gen. Journal Batch" in nav.refused("POST", "GeneralJournal", body)[1]
    nav.post("GeneralJournalBatches", {"Journal_Template_Name": "GENERAL", "Name": "NONE"})
    assert nav.post("GeneralJournal", body)["Journal_Batch_Name"] == "NONE"


def test_some_versions_put_lines_into_their_current_batch(nav: Office) -> None:
    nav.nav("settings", journal_keys=False)
    assert nav.post("GeneralJournal", journal_line())["Journal_Batch_Name"] == "DEFAULT"


# Errors.


def test_nav_has_no_codes_and_old_servers_answer_500(nav: Office) -> None:
    body = {"Buy_from_Vendor_No": "V10122"}
    newer = nav.call("POST", "PurchaseInvoice", json=body).json()["error"]
    assert newer["code"].startswith("Application_")
    assert "CorrelationId" in newer["message"]
    nav.nav("settings", profile="nav2018", business_status=500)
    older = nav.call("POST", "PurchaseInvoice", json=body)
    assert (older.status_code, older.json()["error"]["code"]) == (500, "Unknown")
    assert "CorrelationId" not in older.text
