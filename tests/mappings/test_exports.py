"""Exports as people open them: no cell is a formula, and all can be imported again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from connections.models import Integration
from mappings.imports.cells import safe
from mappings.models import CostCodeMapping, TaxLink, VendorLink
from tests.mappings.conftest import said, upload
from tests.mappings.test_files import RULES

pytestmark = pytest.mark.django_db


def exported(client: Client, table: str, format_: str = "0") -> bytes:
    data = {"format": format_, "resource": "0"}
    content: bytes = client.post(f"/mappings/{table}/export/", data).content
    return content


def exported_rows(client: Client, table: str) -> list[dict[str, str]]:
    text = exported(client, table).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_view_only_user_may_not_export(
    person: Callable[..., Client], integration: Integration
) -> None:
    client = person("view")
    assert client.get(f"/mappings/{RULES}/export/").status_code == 403
    assert client.post(f"/mappings/{RULES}/export/", {"format": "0"}).status_code == 403


def test_dimensions_are_exported_in_a_column_each(
    controller: Client, integration: Integration
) -> None:
    CostCodeMapping.objects.create(
        integration=integration, cost_code="03-300", account="50100", note="n",
        dimensions={"PROJECT": "{project}", "OLD": "X"},
    )  # fmt: skip
    assert exported_rows(controller, RULES) == [
        {
            "integration": "bc_procore", "cost_code": "03-300", "cost_type": "*",
            "project": "*", "valid_from": "", "valid_until": "", "account": "50100",
            "dim_COSTCODE": "", "dim_OLD": "X", "dim_PROJECT": "{project}",
            "note": "n",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_exported_cell_is_a_formula(
    controller: Client, integration: Integration, start: str
) -> None:
    CostCodeMapping.objects.create(
        integration=integration, cost_code="01", account="50100", note=f"{start}cmd|'/c calc'!A1"
    )
    assert exported_rows(controller, RULES)[0]["note"].startswith(f"'{start}")
    sheet = load_workbook(io.BytesIO(exported(controller, RULES, "1"))).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("'") for cell in cells)


@pytest.mark.parametrize("number", ["-12.50", "+7", "-1.234,50", Decimal("-12.50"), -3])
def test_a_number_stays_a_number(number: Any) -> None:
    assert safe(number) == number


def test_what_was_exported_is_imported_unchanged(
    controller: Client, integration: Integration
) -> None:
    CostCodeMapping.objects.create(
        integration=integration, cost_code="01", account="50100", note="=1+1; \"quoted\"",
        dimensions={"PROJECT": "J-100"},
    )  # fmt: skip
    for name, format_ in (("a.csv", "0"), ("a.xlsx", "1")):
        again = upload(controller, RULES, exported(controller, RULES, format_), name)
        assert again.context["result"].totals["skip"] == 1, said(again)


def test_every_table_is_exported(controller: Client, integration: Integration) -> None:
    VendorLink.objects.create(integration=integration, project_vendor_id="11", ledger_number="V1")
    TaxLink.objects.create(integration=integration, project_code="CA", ledger_code="=CA")
    assert exported_rows(controller, "vendorlink")[0]["ledger_number"] == "V1"
    assert exported_rows(controller, "taxlink")[0]["ledger_code"] == "'=CA"
    for table in ("projectlink", "accountrule"):
        assert exported_rows(controller, table) == []


def test_an_export_takes_no_query_per_row(controller: Client, integration: Integration) -> None:
    CostCodeMapping.objects.bulk_create(
        CostCodeMapping(integration=integration, cost_code=str(n), account="50100")
        for n in range(500)
    )
    with CaptureQueriesContext(connection) as queries:
        assert len(exported_rows(controller, RULES)) == 500
    assert len(queries) < 25
