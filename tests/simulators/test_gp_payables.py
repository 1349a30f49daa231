"""Dynamics GP: documents and their states, the rules of its windows, the demo."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.simulators import company
from tests.simulators.gp import GpSimulator
from tests.simulators.gp.commitments import commitments
from tests.simulators.gp.masters import INACTIVE_ACCOUNT, vendor_ids
from tests.simulators.gp.site import SECOND
from tests.simulators.gp.story import ACCOUNTS, LINE, PAYABLES, VENDOR, VENDORS, Office

PAST = (company.TODAY - dt.timedelta(30)).isoformat()


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def gp(shared: Office) -> Office:
    shared.again()
    return shared


def sides(row: dict[str, Any]) -> tuple[Decimal, Decimal]:
    lines = row["Distributions"]
    return (
        sum((line["DebitAmount"] for line in lines), Decimal(0)),
        sum((line["CreditAmount"] for line in lines), Decimal(0)),
    )


# Documents.


def test_an_invoice_has_purchases_in_debit_and_what_is_owed_in_credit(gp: Office) -> None:
    row = gp.read(gp.typed(order="SC-1042-01", description="Pay app 3"))
    bought, owed = row["Distributions"]
    assert (bought["AccountNumber"], bought["Reference"]) == ("1042-53200-03", "03-300")
    assert (bought["DistributionType"], bought["Sequence"]) == (6, 16384)
    assert (owed["DistributionType"], owed["AccountNumber"]) == (2, "0000-20100-00")
    assert sides(row) == (Decimal(12500), Decimal(12500))
    assert (row["PONumber"], row["Description"]) == ("SC-1042-01", "Pay app 3")
    assert (row["TransactionState"], row["BatchSource"]) == ("Work", "PM_Trxent")
    assert row["PostedDate"] == "1900-01-01"


def test_a_credit_memo_mirrors_the_sides(gp: Office) -> None:
    row = gp.read(gp.typed(kind=5))
    assert row["DocumentType"] == 5
    assert row["DocumentAmount"] == Decimal(12500)
    assert row["Distributions"][0]["CreditAmount"] == Decimal(12500)


def test_the_amount_is_the_sum_of_its_parts_less_the_trade_discount(gp: Office) -> None:
    row = gp.read(gp.typed(tax="100", freight="20", misc="5", discount="25"))
    assert row["DocumentAmount"] == Decimal(12600)
    assert sides(row)[0] == sides(row)[1]
    assert {line["DistributionType"] for line in row["Distributions"]} == {6, 10, 9, 8, 7, 2}


def test_voucher_numbers_follow_each_other_and_stay(gp: Office) -> None:
    first, second = gp.typed("A-1"), gp.typed("A-2")
    assert int(second["number"]) == int(first["number"]) + 1
    gp.gp("post_invoice", number=first["number"])
    assert gp.read(first)["TransactionState"] == "Open"


# States.


def test_a_document_goes_from_work_to_open_to_history(gp: Office) -> None:
    made = gp.typed()
    gp.gp("post_invoice", number=made["number"])
    row = gp.read(made)
    assert (row["TransactionState"], row["CurrentAmount"]) == ("Open", Decimal(12500))
    assert row["PostedDate"] != "1900-01-01"
    assert row["AuditTrailCode"].startswith("PMTRX")
    gp.gp("pay", number=made["number"], amount="500")
    assert gp.read(made)["CurrentAmount"] == Decimal(12000)
    gp.gp("pay", number=made["number"])
    row = gp.read(made)
    assert (row["TransactionState"], row["CurrentAmount"], row["Voided"]) == ("History", 0, False)


def test_a_paid_document_may_lie_open_until_it_is_moved(gp: Office) -> None:
    made = gp.typed(post=True)
    gp.gp("pay", id=made["id"], history=False)
    assert gp.read(made)["TransactionState"] == "Open"
    gp.gp("move_to_history", id=made["id"])
    assert gp.read(made)["TransactionState"] == "History"


def test_only_open_documents_are_paid_and_moved(gp: Office) -> None:
    made = gp.typed()
    assert gp.wrong("pay", id=made["id"])
    assert gp.wrong("void_invoice", id=made["id"])
    gp.gp("post_invoice", id=made["id"])
    assert gp.wrong("move_to_history", id=made["id"])


def test_a_payment_says_what_it_paid(gp: Office) -> None:
    made = gp.typed(post=True)
    gp.gp("pay", id=made["id"])
    payments = gp.rows("Purchasing/Payables/Payments", vendorId=VENDOR)
    assert made["number"] in [one["Applied"][0]["VoucherNumber"] for one in payments]


def test_a_posted_document_can_be_voided_and_lies_in_history(gp: Office) -> None:
    made = gp.typed(post=True)
    gp.gp("void_invoice", number=made["number"])
    row = gp.read(made)
    assert (row["Voided"], row["TransactionState"]) == (True, "History")
    assert gp.wrong("void_invoice", number=made["number"])


def test_only_unposted_documents_change_and_go(gp: Office) -> None:
    made = gp.typed()
    gp.gp("change_invoice", number=made["number"], amount="13000", order="PO-1042-001")
    row = gp.read(made)
    assert (row["DocumentAmount"], row["PONumber"]) == (Decimal(13000), "PO-1042-001")
    assert sides(row) == (Decimal(13000), Decimal(13000))
    gp.gp("post_invoice", number=made["number"])
    assert "posted" in gp.wrong("change_invoice", number=made["number"], amount="1")
    assert "posted" in gp.wrong("delete_invoice", number=made["number"])
    other = gp.typed("A-2")
    gp.gp("delete_invoice", number=other["number"])
    assert gp.refused(f"{PAYABLES}({other['id']}).json") == (404, "NOT_FOUND")


def test_new_lines_take_the_place_of_the_old(gp: Office) -> None:
    made = gp.typed()
    lines = [{**LINE, "job": "1043", "amount": "70"}, {**LINE, "code": "09-900", "amount": "30"}]
    gp.gp("change_invoice", number=made["number"], lines=lines, vendor="BUCKEYE0002", to="A-X")
    row = gp.read(made)
    accounts = [line["AccountNumber"] for line in row["Distributions"]]
    assert accounts == ["1043-53200-03", "1042-53300-09", "0000-20100-00"]
    assert (row["VendorID"], row["DocumentNumber"]) == ("BUCKEYE0002", "A-X")


def test_a_batch_is_posted_at_once(gp: Office) -> None:
    made = [gp.typed(f"A-{n}", batch="FRIDAY") for n in (1, 2)]
    said = gp.gp("post_batch", batch="FRIDAY")
    assert said["posted"] == [one["number"] for one in made]


# The day of the last change.


@pytest.mark.parametrize(("mode", "moved"), [("always", {True}), ("never", {False}),
                                             ("sometimes", {True, False})])  # fmt: skip
def test_modified_date_does_not_always_move_with_the_state(
    gp: Office, mode: str, moved: set[bool]
) -> None:
    gp.gp("settings", touch=mode)
    made = [gp.typed(f"A-{n}", date=PAST, modified=PAST) for n in (1, 2)]
    for one in made:
        gp.gp("post_invoice", number=one["number"])
    assert {gp.read(one)["ModifiedDate"] > PAST for one in made} == moved


def test_whether_it_moves_can_be_said_each_time(gp: Office) -> None:
    made = gp.typed(date=PAST, modified=PAST)
    gp.gp("change_invoice", number=made["number"], amount="7", touch=False)
    gp.gp("post_invoice", number=made["number"], touch=False)
    assert gp.read(made)["ModifiedDate"] == PAST
    gp.gp("void_invoice", number=made["number"], touch=True)
    assert gp.read(made)["ModifiedDate"] == gp.simulator.now().date().isoformat()


# What GP's windows refuse.


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"vendor": "NOBODY"}, "UNKNOWN_VENDOR"), ({"vendor": "ABBOTT0001"}, "VENDOR_INACTIVE"),
        ({"number": "X" * 21}, "TOO_LONG"), ({"number": ""}, "REQUIRED"),
        ({"description": "X" * 31}, "TOO_LONG"), ({"order": "X" * 21}, "TOO_LONG"),
        ({"lines": [{"account": "9999-00000-00", "amount": "1"}]}, "UNKNOWN_ACCOUNT"),
        ({"lines": [{"account": INACTIVE_ACCOUNT, "amount": "1"}]}, "ACCOUNT_INACTIVE"),
        ({"lines": [{"account": "9000-90900-00", "amount": "1"}]}, "ACCOUNT_INACTIVE"),
        ({"lines": [{**LINE, "amount": "-5"}]}, "BAD_VALUE"),
        ({"lines": [{**LINE, "kind": 2}]}, "UNBALANCED"),
    ],
)  # fmt: skip
def test_a_document_is_refused(gp: Office, facts: dict[str, Any], code: str) -> None:
    before = gp.control("GET", "ledger")
    facts = {"vendor": VENDOR, "number": "A-1", "lines": [LINE], **facts}
    assert gp.wrong("type_invoice", **facts).startswith(code)
    assert gp.control("GET", "ledger") == before
    gp.gp("type_invoice", **{**facts, "force": True})


def test_a_number_is_single_for_each_vendor_over_all_states(gp: Office) -> None:
    gp.typed("A-1", post=True)
    assert gp.wrong("type_invoice", vendor=VENDOR, number="a-1").startswith("DOCUMENT_EXISTS")
    gp.typed("A-1", vendor="BUCKEYE0002")
    gp.typed("A-1", kind=5)
    gp.gp("settings", duplicates="yes")
    gp.typed("A-1")


def test_a_closed_period_refuses_the_posting_not_the_typing(gp: Office) -> None:
    day = (company.CLOSED_BEFORE - dt.timedelta(1)).isoformat()
    made = gp.typed(date=day)
    assert gp.wrong("post_invoice", number=made["number"]) == "PERIOD_CLOSED"
    assert gp.read(made)["TransactionState"] == "Work"


def test_a_document_on_hold_is_not_posted(gp: Office) -> None:
    made = gp.typed(hold=True)
    assert "hold" in gp.wrong("post_invoice", number=made["number"])


# Vendors and accounts.


def test_vendors_are_added_and_changed(gp: Office) -> None:
    gp.gp("add_vendor", VendorID="harbor0001", VendorName="Harbor Steel")
    row = gp.get(f"{VENDORS}(HARBOR0001)")
    assert (row["VendorName"], row["VendorStatus"]) == ("Harbor Steel", 1)
    assert gp.wrong("add_vendor", VendorID="HARBOR0001")
    gp.gp("change_vendor", VendorID="HARBOR0001", VendorName="Harbor Steel Inc.", Hold=True)
    assert gp.get(f"{VENDORS}(HARBOR0001)")["Hold"] is True
    assert gp.wrong("change_vendor", VendorID="HARBOR0001", VendorName="X" * 65)


def test_a_vendor_with_open_work_stays_active(gp: Office) -> None:
    gp.typed()
    assert gp.wrong("change_vendor", VendorID=VENDOR, VendorStatus=2)


def test_accounts_have_segments_and_blank_ones_keep_their_separator(gp: Office) -> None:
    row = gp.get(f"{ACCOUNTS}(1042-53200-03)")
    assert row["Segments"] == ["1042", "53200", "03"]
    assert row["MainSegment"] == "53200"
    assert gp.get(f"{ACCOUNTS}(9000-90920-)")["Segments"][2] == ""
    gp.gp("change_account", account="1042-53200-03", active=False)
    assert gp.get(f"{ACCOUNTS}(1042-53200-03)")["Active"] is False


# The demo.


def test_the_demo_has_documents_in_every_state_over_the_jobs_and_the_office(gp: Office) -> None:
    rows = gp.rows(PAYABLES)
    assert len(rows) >= 110
    assert len(gp.rows(VENDORS)) == 300
    states = {(row["TransactionState"], row["Voided"]) for row in rows}
    assert states == {("Work", False), ("Open", False), ("History", False), ("History", True)}
    jobs = Counter(
        line["AccountNumber"].split("-")[0] for row in rows for line in row["Distributions"]
    )
    assert {job.number for job in company.JOBS} <= set(jobs)
    assert {row["DocumentType"] for row in rows} == {1, 2, 3, 4, 5}


def test_the_demo_names_commitments_that_procore_has_and_bills_by_their_vendor(gp: Office) -> None:
    troubles = {one["id"] for one in gp.control("GET", "demo")["expected"]["troubles"]}
    known = {one.number: one for one in commitments(1)}
    plain = [row for row in gp.rows(PAYABLES) if row["PONumber"]
             and f"{row['DocumentType']};{row['VoucherNumber']}" not in troubles]  # fmt: skip
    assert len(plain) == 40
    for row in plain:
        assert known[row["PONumber"]].vendor == row["VendorID"]
        assert row["Distributions"][0]["AccountNumber"].startswith(known[row["PONumber"]].job)


def test_the_demo_foots_but_for_its_troubles(gp: Office) -> None:
    troubles = {one["id"] for one in gp.control("GET", "demo")["expected"]["troubles"]}
    for row in gp.rows(PAYABLES):
        if f"{row['DocumentType']};{row['VoucherNumber']}" not in troubles:
            assert sides(row) == (sides(row)[1],) * 2
            assert row["ModifiedDate"] >= row["DocumentDate"]


def test_the_demo_is_the_same_for_the_same_seed(gp: Office) -> None:
    before = gp.control("GET", "ledger")
    gp.again()
    assert gp.control("GET", "ledger") == before


def test_every_trouble_is_there(gp: Office) -> None:
    found = {one["kind"]: one for one in gp.control("GET", "demo")["expected"]["troubles"]}

    def of(kind: str) -> dict[str, Any]:
        return gp.read(found[kind])

    assert of("no project")["Distributions"][0]["AccountNumber"].startswith("0000-")
    accounts = {row["AccountNumber"] for row in gp.rows(ACCOUNTS)}
    assert of("unknown account")["Distributions"][0]["AccountNumber"] not in accounts
    assert of("foreign currency")["CurrencyID"] == "Z-EURO"
    assert of("zero lines")["Distributions"] == []
    assert of("header without distributions")["DocumentAmount"] > 0
    debit, credit = sides(of("distributions do not foot"))
    assert debit - credit == Decimal("0.03")
    assert of("void after posting")["Voided"] is True
    missing = of("vendor missing")["VendorID"]
    assert gp.refused(f"{VENDORS}({missing}).json") == (404, "NOT_FOUND")
    assert len(of("long number")["DocumentNumber"]) == 20
    assert len(of("long name")["VendorName"]) == 64


def test_long_names_and_foreign_letters_are_in_the_list(gp: Office) -> None:
    names = {row["VendorID"]: row["VendorName"] for row in gp.rows(VENDORS)}
    assert max(map(len, names.values())) == 64
    assert "Łódź" in names[vendor_ids()["V10011"]]
    assert any("ü" in row["Description"] for row in gp.rows(PAYABLES))


def test_the_demo_answer_codes_by_main_account_and_reference(gp: Office) -> None:
    said = gp.control("GET", "demo")
    rules = {(one["cost_code"], one["cost_type"]): one for one in said["mappings"]}
    assert rules["03-300", "M"]["account"] == "52200"
    assert rules["03-300", "M"]["dimensions"] == {"COSTCODE": "03-300"}
    assert {"project": "P-1042", "job": "1042", "value": "1042"} in said["expected"]["projects"]
    assert said["account_rules"]["rounding"] == "60900"


# What a rehearsal asks.


def test_the_ledger_tells_documents_by_key_net_of_tax(gp: Office) -> None:
    made = gp.typed(order="SC-1042-01", tax="100")
    credit = gp.typed("CM-1", kind=5, post=True)
    said = gp.control("GET", "ledger")
    [row] = [one for one in said["invoices"] if one["id"] == made["id"]]
    assert (row["net"], row["status"], row["posted"]) == ("12500.00", "unposted", False)
    assert (row["order"], row["external"], row["draft"]) == ("SC-1042-01", "A-1009", row["number"])
    [memo] = [one for one in said["memos"] if one["id"] == credit["id"]]
    assert (memo["net"], memo["status"]) == ("-12500.00", "posted")
    assert len(said["vendors"]) == 300
    assert said["documents"] == {"Invoice": {"list": []}, "Credit Memo": {"list": []}}


def test_each_company_has_a_ledger_of_its_own(gp: Office) -> None:
    url = f"{gp.simulator.url}/control/ledger"
    said = requests.get(url, params={"company": SECOND}).json()
    assert {row["currency"] for row in said["invoices"]} == {"Z-C$"}
    assert requests.get(url, params={"company": "None"}).status_code == 404


def test_an_empty_company_has_vendors_and_accounts_only() -> None:
    with GpSimulator(company="empty") as simulator:
        said = requests.get(f"{simulator.url}/control/ledger").json()
        assert (len(said["vendors"]), said["invoices"], said["memos"]) == (300, [], [])


def test_the_ledger_tells_what_became_of_a_document(gp: Office) -> None:
    made = [gp.typed(f"A-{n}", post=True) for n in (1, 2)]
    gp.gp("pay", id=made[0]["id"])
    gp.gp("void_invoice", id=made[1]["id"])
    said = {one["id"]: one["status"] for one in gp.control("GET", "ledger")["invoices"]}
    assert [said[one["id"]] for one in made] == ["paid", "voided"]
