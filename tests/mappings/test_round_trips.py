"""An export that another program opened and saved changes nothing when it comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from openpyxl import load_workbook

from connections.models import Integration
from mappings.models import (
    AccountRule,
    ChartAccount,
    CostCodeMapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.reference import Reference
from tests.mappings.conftest import asked, refer, said, upload
from tests.mappings.test_exports import exported

pytestmark = pytest.mark.django_db
TABLES = (
    "costcodemapping", "vendorlink", "projectlink", "taxlink", "accountrule", "chartaccount",
)  # fmt: skip
CODES = [
    "001030", "03-10", "3.10", "1E5", "5.98134E+14", "30-Jan", "598134000000432", "'03", "=A1",
    "+1", "-3", "@x", "TRUE", "#N/A", "Err:502", "1/2", "03:10", "50%", "A;B", "A,B", 'A "B"',
    "Ä-1", "03–300", "l", "L", "_x0041_", "0", "A\u00a0B", "“X”", "1,000", "$5", "(3)", "٣",
]  # fmt: skip
NOTES = [
    "two\nlines",
    "=1+1",
    "'84 Lumber",
    "'5",
    "it's",
    "1.50",
    "a\r\nb",
    "#N/A",
    "TRUE",
    '"',
    "?",
    "_",
]


def saved_by_a_workbook(data: bytes) -> bytes:
    book, out = load_workbook(io.BytesIO(data)), io.BytesIO()
    book.save(out)
    return out.getvalue()


def values_alone(data: bytes) -> bytes:
    """As programs do that know no formats: the cells' values, typed anew."""
    book, out = load_workbook(io.BytesIO(data)), io.BytesIO()
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            cell.number_format = "General"
    book.save(out)
    return out.getvalue()


def semicolons(data: bytes) -> bytes:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode("utf-16")


def as_it_is(data: bytes) -> bytes:
    return data


WAYS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("0", "a.csv", as_it_is), ("0", "a.csv", semicolons), ("1", "a.xlsx", as_it_is),
    ("1", "a.xlsx", saved_by_a_workbook), ("1", "a.xlsx", values_alone),
]  # fmt: skip


def rows_of(integration: Integration) -> None:
    """Each code in each place that takes it."""
    source = integration.project_system
    for at, code in enumerate(CODES):
        note = NOTES[at % len(NOTES)]
        refer(source, Reference.Kind.VENDOR, f"v{code}")
        CostCodeMapping.objects.create(
            integration=integration, cost_code=code, cost_type=code, project=code, account="50100",
            dimensions={"PROJECT": "J-100"}, note=note,
        )  # fmt: skip
        VendorLink.objects.create(integration=integration, project_vendor_id=code, note=note,
                                  project_vendor_name=code, ledger_number="V1")  # fmt: skip
        ProjectLink.objects.create(integration=integration, project_id=code, project_number=code,
                                   dimension="PROJECT", value="J-100", note=note)  # fmt: skip
        TaxLink.objects.create(integration=integration, project_code=code, ledger_code=code,
                               note=note)  # fmt: skip
        ChartAccount.objects.create(integration=integration, number=code, name=code, note=note)
    AccountRule.objects.create(integration=integration, purpose="rounding", account="50100",
                               dimensions={"PROJECT": "{project}"}, note="=1")  # fmt: skip


@pytest.mark.parametrize("way", range(len(WAYS)))
def test_what_comes_back_is_as_it_was(
    controller: Client, integration: Integration, way: int
) -> None:
    rows_of(integration)
    format_, name, changed = WAYS[way]
    for table in TABLES:
        preview = upload(controller, table, changed(exported(controller, table, format_)), name)
        assert said(preview) == asked(preview) == []
        result = preview.context["result"]
        assert (result.changed, getattr(result, "gone", []), result.notes) == (0, [], []), table


@pytest.mark.parametrize("table", TABLES)
def test_a_workbook_holds_codes_as_texts_and_says_that_nothing_changes(
    controller: Client, integration: Integration, table: str
) -> None:
    rows_of(integration)
    data = exported(controller, table, "1")
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    spoiled = [cell for cell in cells if cell.value in ("001030", "03-10", "3.10", "1E5")]
    assert {cell.number_format for cell in spoiled} == ({"@"} if table != "accountrule" else set())
    page = upload(controller, table, data, "a.xlsx").content.decode()
    assert "<b>0</b> new, <b>0</b> changed" in page
    assert "Nothing would change" in page
