"""Dimension strings of F&O: formats, the delimiter, values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.fo.story import KRB, Environment, invoice_line, journal_line, key

DIMS = "DefaultLedgerDimensionDisplayValue"


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def dims(fo: Environment, text: str) -> str:
    """What an order with this string shows."""
    return str(fo.order(**{DIMS: text})[DIMS])


def refused(fo: Environment, text: str, message: str, **changes: Any) -> None:
    body = {**KRB, "OrderVendorAccountNumber": "V10124", DIMS: text, **changes}
    fo.refused(fo.call("POST", "PurchaseOrderHeadersV2", json=body), message)


def value(dimension: str, code: str) -> str:
    return key("FinancialDimensionValues", FinancialDimension=dimension, LegalEntityId="",
               DimensionValue=code)  # fmt: skip


def test_the_formats_and_the_delimiter_can_be_read(fo: Environment) -> None:
    rows = fo.rows("DimensionIntegrationFormats")
    active = {row["DimensionFormatType"]: row["FinancialDimensionFormat"]
              for row in rows if row["IsActive"] == "Yes"}  # fmt: skip
    assert active == {
        "DataEntityDefaultDimensionFormat": "Department|Project|CostCode|CostType",
        "DataEntityLedgerDimensionFormat": "MainAccount|Department|Project|CostCode|CostType",
    }
    assert fo.get("DimensionParameters(Key=0)")["DimensionSegmentDelimiter"] == "Bar"
    names = [row["DimensionName"] for row in fo.rows("DimensionAttributes")]
    assert sorted(names) == ["CostCode", "CostType", "Department", "Project"]


def test_blank_and_missing_segments(fo: Environment) -> None:
    assert dims(fo, "|P-1042||S") == "|P-1042||S"
    assert dims(fo, "FIELD|P-1042") == "FIELD|P-1042||"
    assert dims(fo, "") == ""


def test_surplus_segments_are_dropped_without_a_word(fo: Environment) -> None:
    assert dims(fo, "FIELD|P-1042|03-300|S|NOWHERE") == "FIELD|P-1042|03-300|S"


def test_case_follows_the_list_of_values(fo: Environment) -> None:
    assert dims(fo, "field|p-1042||") == "FIELD|P-1042||"


def test_a_value_that_nobody_has(fo: Environment) -> None:
    refused(fo, "|P-9999||", "Dimension value 'P-9999' does not exist for dimension 'Project'.")
    refused(fo, "P-1042|FIELD||", "for dimension 'Department'")  # the wrong order


def test_what_procore_has_and_the_ledger_lacks(fo: Environment) -> None:
    missing = fo.control("GET", "demo")["expected"]["missing_values"]
    project = missing["Project"][0]
    refused(fo, f"|{project}||", "does not exist")
    fo.call("POST", "FinancialDimensionValues", json={
        "FinancialDimension": "Project", "DimensionValue": project, "Description": "Parish hall",
        "LegalEntityId": "",
    })  # fmt: skip
    assert dims(fo, f"|{project}||") == f"|{project}||"
    assert fo.get(value("Project", project))["Description"] == "Parish hall"


def test_a_suspended_value(fo: Environment) -> None:
    fo.by_hand("suspend", dimension="CostCode", value="03-300")
    refused(fo, "||03-300|", "is suspended")
    fo.by_hand("suspend", dimension="CostCode", value="03-300", on=False)
    assert dims(fo, "||03-300|")


def test_a_value_out_of_its_time(fo: Environment) -> None:
    fo.patch(value("CostType", "L"), ActiveTo="2001-01-01T00:00:00Z")
    refused(fo, "|||L", "is suspended")


def test_a_value_of_another_company(fo: Environment) -> None:
    fo.call("POST", "FinancialDimensionValues", json={
        "FinancialDimension": "Project", "DimensionValue": "C-1", "LegalEntityId": "KRBC",
    })  # fmt: skip
    refused(fo, "|C-1||", "does not exist")
    assert fo.order(dataAreaId="krbc", OrderVendorAccountNumber="V10001", **{DIMS: "|C-1||"})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"DimensionValue": "A|B"}, "contains the dimension delimiter"),
        ({"DimensionValue": "V" * 31}, "is longer than 30 characters"),
        ({"Description": "D" * 61}, "is longer than 60 characters"),
        ({"DimensionValue": "P-1042"}, "The record already exists."),
        ({"FinancialDimension": "Vendor"}, "related table 'Financial dimensions'"),
        ({"FinancialDimension": "Department"}, "does not allow editing"),  # backed by an entity
    ],
)
def test_values_that_cannot_be_made(fo: Environment, changes: dict[str, str], text: str) -> None:
    body = {"FinancialDimension": "Project", "DimensionValue": "P-2000", **changes}
    fo.refused(fo.call("POST", "FinancialDimensionValues", json=body), text)


def test_another_format_and_another_delimiter(fo: Environment) -> None:
    order = fo.order()
    fo.by_hand("format", kind="default", names=["CostType", "Project"])
    fo.by_hand("delimiter", delimiter="DoubleTilde")
    place = key("PurchaseOrderHeadersV2", dataAreaId="krb",
                PurchaseOrderNumber=order["PurchaseOrderNumber"])  # fmt: skip
    assert fo.get(place)[DIMS] == "~~P-1042"
    assert dims(fo, "S~~P-1043") == "S~~P-1043"
    rows = fo.rows("DimensionIntegrationFormats")
    assert "CostType~~Project" in [row["FinancialDimensionFormat"] for row in rows]


def test_a_hyphen_cuts_values_with_hyphens(fo: Environment) -> None:
    fo.by_hand("delimiter", delimiter="Hyphen")
    refused(fo, "FIELD-P-1042--", "Dimension value 'P' does not exist")


def test_without_an_active_format(fo: Environment) -> None:
    order = fo.order()
    place = key("PurchaseOrderHeadersV2", dataAreaId="krb",
                PurchaseOrderNumber=order["PurchaseOrderNumber"])  # fmt: skip
    fo.by_hand("format", kind="default", active=False)
    refused(fo, "FIELD|||", "No active format for data entities has been set up.")
    assert fo.get(place)[DIMS] == ""
    fo.order(**{DIMS: ""})  # what names no dimension needs no format


def test_a_ledger_string_has_an_account(fo: Environment) -> None:
    journal = fo.journal()
    line = fo.journal_line(journal, 1, "10", AccountDisplayValue="53200|field|P-1042")
    assert line["AccountDisplayValue"] == "53200|FIELD|P-1042||"
    for account in ("99999", "10000", "58000", "20100"):  # none, a total, suspended, not by hand
        body = {**KRB, **journal_line(journal, 2, "10"), "AccountDisplayValue": f"{account}||||"}
        fo.refused(fo.call("POST", "LedgerJournalLines", json=body), f"account '{account}'")
    body = {**KRB, **journal_line(journal, 2, "10"), "AccountDisplayValue": "53200||P-9999"}
    fo.refused(fo.call("POST", "LedgerJournalLines", json=body), "does not exist")


def test_an_account_may_be_suspended_in_one_company(fo: Environment) -> None:
    own = {
        row["LegalEntityId"]: row["MainAccountId"] for row in fo.rows("MainAccountLegalEntities")
    }
    journal = fo.journal()
    body = {**KRB, **journal_line(journal, 1, "10"), "AccountDisplayValue": own["KRB"]}
    fo.refused(fo.call("POST", "LedgerJournalLines", json=body), f"account '{own['KRB']}'")
    fo.journal_line(journal, 1, "10", AccountDisplayValue=own["KRBC"])


def test_an_order_begins_with_the_dimensions_of_its_vendor(fo: Environment) -> None:
    fo.by_hand("vendor_dimensions", vendor="V10124", values={"Department": "OFFICE"})
    assert fo.order(OrderVendorAccountNumber="V10124", **{DIMS: ""})[DIMS] == "OFFICE|||"
    stated = fo.order(OrderVendorAccountNumber="V10124", **{DIMS: "|P-1043||"})
    assert stated[DIMS] == "|P-1043||"


def test_lines_inherit_what_they_do_not_name(fo: Environment) -> None:
    order = fo.order(**{DIMS: "FIELD|P-1043||"})
    line = fo.order_line(order, DefaultLedgerDimensionDisplayValue="")
    assert line[DIMS] == "FIELD|P-1043||"
    fo.invoice(DimensionDisplayValue="|P-1044||")
    first = fo.invoice_line(DimensionDisplayValue="")
    assert first["DimensionDisplayValue"] == "|P-1044||"
    body = {**invoice_line("PC-88", 2), "PurchLineNumber": 1, "DimensionDisplayValue": "",
            "PurchaseOrder": order["PurchaseOrderNumber"]}  # fmt: skip
    assert fo.post("VendorInvoiceLines", **body)["DimensionDisplayValue"] == "FIELD|P-1043||"
