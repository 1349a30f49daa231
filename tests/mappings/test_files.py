"""Imports as people do them: whatever Excel wrote, all or nothing, plain sentences."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from connections.models import Connection, Integration
from mappings.imports import formats
from mappings.models import CostCodeMapping
from tests.mappings.conftest import confirm, messages_of, reference_data, said, upload

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
HEADER = "integration,cost_code,cost_type,project,account,dim_PROJECT,dim_COSTCODE,note\n"
EVENTS: Any = CostCodeMapping.pgh_event_model  # type: ignore[attr-defined]


def rules_file(*lines: str) -> str:
    return HEADER + "\n".join(lines)


def imported(client: Client, content: str | bytes, name: str = "rules.csv") -> Any:
    return confirm(client, RULES, upload(client, RULES, content, name))


def xlsx(*rows: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active or book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


# -- what a file may look like -------------------------------------------------------------------


def test_a_preview_stores_nothing_and_the_confirmation_does(
    controller: Client, integration: Integration
) -> None:
    preview = upload(controller, RULES, rules_file("bc_procore,03-300,*,*,50100,{project},,"))
    assert not CostCodeMapping.objects.exists()
    assert not EVENTS.objects.exists()
    answer = confirm(controller, RULES, preview)
    row = CostCodeMapping.objects.get()
    assert (row.cost_code, row.account, row.dimensions) == (
        "03-300", "50100", {"PROJECT": "{project}"},
    )  # fmt: skip
    assert messages_of(answer) == ["Imported: 1 new, 0 changed, 0 as before."]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_is_read(
    controller: Client, integration: Integration, encoding: str, delimiter: str
) -> None:
    text = rules_file("bc_procore,03-300,*,*,50100,,,Größe – ca. 5 €").replace(",", delimiter)
    imported(controller, text.replace("\n", "\r\n").encode(encoding))
    assert CostCodeMapping.objects.get().note == "Größe – ca. 5 €"


def test_the_separator_line_of_excel_is_understood(
    controller: Client, integration: Integration
) -> None:
    imported(controller, "sep=;\r\ncost_code;account\r\n03-300;50100\r\n")
    assert CostCodeMapping.objects.get().account == "50100"


def test_dimensions_may_stand_in_one_column(controller: Client, integration: Integration) -> None:
    text = 'cost_code,account,dimensions\n03-300,50100,"PROJECT=J-100; COSTCODE=03-300"\n'
    imported(controller, text)
    assert CostCodeMapping.objects.get().dimensions == {"PROJECT": "J-100", "COSTCODE": "03-300"}


def test_a_dimension_without_a_column_stays_and_an_empty_cell_removes(
    controller: Client, integration: Integration
) -> None:
    row = CostCodeMapping.objects.create(
        integration=integration, cost_code="03-300", account="50100",
        dimensions={"PROJECT": "J-100", "COSTCODE": "03-300"},
    )  # fmt: skip
    imported(controller, "cost_code,account,dim_project\n03-300,50100,\n")
    row.refresh_from_db()
    assert row.dimensions == {"COSTCODE": "03-300"}


def test_a_workbook_is_read_with_numbers_and_blank_rows(
    controller: Client, integration: Integration
) -> None:
    book = xlsx(
        ["Integration", "Cost Code", "Account"],
        ["BC and Procore", "03-300", 50100],
        [None, None, None],
        ["BC and Procore", 4, 50200.0],
        ["  ", None, ""],
    )
    imported(controller, book, "rules.xlsx")
    rows = CostCodeMapping.objects.values_list("cost_code", "account")
    assert sorted(rows) == [("03-300", "50100"), ("4", "50200")]


def test_a_code_that_excel_made_a_date_is_not_taken_for_one(
    controller: Client, integration: Integration
) -> None:
    import datetime as dt

    book = xlsx(["cost_code", "account"], [dt.datetime(2026, 3, 1), "50100"])  # noqa: DTZ001
    assert "Row 2 has a date" in said(upload(controller, RULES, book, "rules.xlsx"))[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("-12,5", "-12.5"), ("7", "7"),
        ("1.234.567", "1234567"), ("1 234,5", "1234.5"), ("1'234.50", "1234.50"), ("0.5", "0.5"),
    ],
)  # fmt: skip
def test_german_and_other_decimals_are_amounts(text: str, value: str) -> None:
    assert formats.DecimalWidget().clean(text) == Decimal(value)


def test_what_is_no_amount_is_said_so() -> None:
    with pytest.raises(ValueError, match="“a lot” is not an amount"):
        formats.amount("a lot")


# -- files that cannot be taken ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "The submitted file is empty."),
        (b"\n\n", "a.csv", "The file is empty."),
        (b"cost_code,account\n", "a.csv", "No valid data to import"),
        (",".join(f"c{n}" for n in range(1_000_000)).encode()[:5_000_000], "a.csv", "columns"),
        (b"cost_code,cost_code,account\n1,2,3\n", "a.csv", "Column “cost_code” appears twice."),
        (b"cost_code,acount\n1,2\n", "a.csv", "Unknown column “acount”. The columns are: "),
        (b"account,note\n1,2\n", "a.csv", "The file lacks the column “cost_code”."),
        (b"cost_code,account\n1,2,3\n", "a.csv", "Line 2 has 3 cells, the header has 2."),
        (b"PK\x03\x04 something", "a.csv", "This is an Excel workbook"),
        (b"not a workbook", "a.xlsx", "This is not an Excel workbook"),
        (b"\x81\x8d\x8f\x90\x9d", "a.csv", "The file is neither UTF-8 nor"),
        (b'cost_code,account\n"' + b"x" * 200_000, "a.csv", "not a readable CSV file"),
        (b"x" * (formats.MAX_BYTES + 1), "a.csv", "The file has 5.0 MB; at most 5 MB"),
    ],
    ids=["nothing", "blank", "header-only", "million-columns", "twice", "unknown", "lacking",
         "ragged", "xlsx-as-csv", "no-xlsx", "binary", "endless-cell", "too-big"],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_gets_a_plain_sentence(
    controller: Client, integration: Integration, content: bytes, name: str, sentence: str
) -> None:
    answer = upload(controller, RULES, content, name)
    page = answer.content.decode()
    assert sentence in " ".join(said(answer))
    assert "Traceback" not in page
    assert "site-packages" not in page


def test_a_million_columns_are_counted(controller: Client, integration: Integration) -> None:
    answer = upload(controller, RULES, b"x," * 999_999 + b"x\n")
    assert said(answer) == ["The file has 1,000,000 columns; a mapping file has at most 200."]
    assert len(answer.content) < 200_000


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_UNPACKED", 1000)
    answer = upload(controller, RULES, xlsx(["cost_code", "account"], ["1", "2"]), "a.xlsx")
    assert "unpacks to more than" in said(answer)[0]


def test_too_many_rows_are_refused(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_ROWS", 3)
    answer = upload(
        controller, RULES, rules_file(*[f"bc_procore,{n},*,*,50100,,," for n in range(4)])
    )
    assert said(answer) == ["The file has more than 3 rows. Split it."]


# -- rows that cannot be taken -------------------------------------------------------------------


def test_each_bad_row_is_named_by_its_line(controller: Client, integration: Integration) -> None:
    answer = upload(controller, RULES, rules_file(
        "bc_procore,01,*,*,50100,,,",
        "sap,02,*,*,50100,,,",
        "",
        "bc_procore,03,*,*,99999,,,",
        "bc_procore,04,*,*,50900,J-900,,",
        "bc_procore,05,*,*,,,,",
        f"bc_procore,{'6' * 61},*,*,50100,,,",
    ))  # fmt: skip
    assert said(answer) == [
        "3: unknown integration 'sap'",
        "5: Account 99999 does not exist in BC.",
        "6: Account 50900 Old costs is blocked in BC.",
        "6: Value J-900 of dimension PROJECT is blocked in BC.",
        "7: account: This field cannot be blank.",
        "8: cost_code: Ensure this value has at most 60 characters (it has 61).",
    ]
    assert "confirm_form" not in answer.context


def test_one_bad_row_and_nothing_is_stored(controller: Client, integration: Integration) -> None:
    good = upload(controller, RULES, rules_file("bc_procore,01,*,*,50100,,,"))
    from mappings.reference import Reference

    Reference.objects.filter(code="50100").update(unusable="is blocked")
    answer = confirm(controller, RULES, good)
    assert "Nothing was imported: 1 problems came up" in messages_of(answer)[0]
    assert not CostCodeMapping.objects.exists()


def test_all_or_nothing_also_where_the_rows_are_stored_in_batches(
    controller: Client, integration: Integration
) -> None:
    lines = [f"bc_procore,{n:04},*,*,50100,,," for n in range(1500)]
    preview = upload(controller, RULES, rules_file(*lines, "bc_procore,9999,*,*,50200,,,"))
    from mappings.reference import Reference

    Reference.objects.filter(code="50200").update(unusable="is blocked")
    confirm(controller, RULES, preview)
    assert not CostCodeMapping.objects.exists()
    assert not EVENTS.objects.exists()


def test_the_same_combination_twice_in_a_file_is_refused_with_both_lines(
    controller: Client, integration: Integration
) -> None:
    answer = upload(controller, RULES, rules_file(
        "bc_procore,01,L,*,50100,,,", "bc_procore,02,*,*,50100,,,",
        "BC and Procore,01,L,*,50200,,,",
    ))  # fmt: skip
    assert said(answer) == ["4: The same combination stands in line 2 already."]


def test_both_ways_to_write_dimensions_at_once_are_refused(
    controller: Client, integration: Integration
) -> None:
    answer = upload(controller, RULES, "cost_code,account,dimensions,dim_X\n1,50100,,\n")
    assert said(answer) == ["Give either the column “dimensions” or “dim_X”, not both."]


def test_a_dimension_that_the_ledger_does_not_have_is_refused(
    controller: Client, integration: Integration
) -> None:
    answer = upload(controller, RULES, "cost_code,account,dim_COLOUR\n1,50100,red\n")
    assert said(answer) == ["2: Value red of dimension COLOUR does not exist in BC."]
    malformed = upload(controller, RULES, "cost_code,account,dimensions\n1,50100,PROJECT\n")
    assert said(malformed) == ["2: “PROJECT” is not of the form DIMENSION=VALUE"]


def test_a_file_must_name_the_integration_where_there_are_two(
    controller: Client, integration: Integration
) -> None:
    source = Connection.objects.create(name="Procore 2", vendor="procore")
    ledger = Connection.objects.create(name="BC 2", vendor="business_central")
    Integration.objects.create(key="two", name="Two", project_system=source, ledger=ledger)
    answer = upload(controller, RULES, "cost_code,account\n1,50100\n")
    assert said(answer) == ["The file lacks the column “integration”."]


def test_an_integration_is_checked_against_its_own_ledger(
    controller: Client, integration: Integration
) -> None:
    source = Connection.objects.create(name="Procore 2", vendor="procore")
    ledger = Connection.objects.create(name="BC 2", vendor="business_central")
    Integration.objects.create(key="two", name="Two", project_system=source, ledger=ledger)
    answer = upload(
        controller, RULES, rules_file("Two,1,*,*,50100,,,", "bc_procore,1,*,*,50100,,,")
    )
    assert said(answer) == ["2: Account 50100 does not exist in BC 2."]
    reference_data(source, ledger)
    imported(controller, rules_file("Two,1,*,*,50100,,,", "bc_procore,1,*,*,50100,,,"))
    assert CostCodeMapping.objects.count() == 2


def test_a_preview_calls_an_integration_by_its_name_and_a_file_by_its_key(
    controller: Client, integration: Integration
) -> None:
    source = Connection.objects.create(name="Procore 2", vendor="procore")
    ledger = Connection.objects.create(name="BC 2", vendor="business_central")
    Integration.objects.create(key="two", name="Two", project_system=source, ledger=ledger)
    CostCodeMapping.objects.create(integration=integration, cost_code="02", account="50100")
    rows = ("bc_procore,01,*,*,50100,,,", "bc_procore,02,*,*,50200,,,")
    page = upload(controller, RULES, rules_file(*rows)).content.decode()
    _, _, shown = page.partition("What changes")
    assert shown.count("BC and Procore") == 2
    assert "bc_procore" not in shown
    chosen = {"format": "0", "resource": "0"}
    file = controller.post(f"/mappings/{RULES}/export/", chosen).content.decode()
    assert "\nbc_procore," in file


# -- many rows -----------------------------------------------------------------------------------


def test_ten_thousand_rows_are_previewed_without_a_query_each(
    controller: Client, integration: Integration
) -> None:
    lines = [f"bc_procore,{n:05},*,*,50100,J-100,," for n in range(10_000)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview = upload(controller, RULES, rules_file(*lines))
    assert len(queries) < 50
    assert len(preview.content) < 400_000
    assert "The first 200 of 10,000 changes are shown." in preview.content.decode()
    with CaptureQueriesContext(connection) as queries:
        confirm(controller, RULES, preview)
    assert len(queries) < 100
    assert CostCodeMapping.objects.count() == EVENTS.objects.count() == 10_000
    again = upload(controller, RULES, rules_file(*lines[:-1], lines[-1].replace("50100", "50200")))
    assert again.context["result"].changed == 1
    assert len(again.content) < 100_000


def test_ten_thousand_bad_rows_make_a_small_page(
    controller: Client, integration: Integration
) -> None:
    lines = [f"bc_procore,{n:05},*,*,99999,,," for n in range(10_000)]
    answer = upload(controller, RULES, rules_file(*lines))
    assert "10,000 of 10,000 rows cannot be taken" in answer.content.decode()
    assert len(answer.content) < 200_000


def test_an_unchanged_file_changes_nothing(controller: Client, integration: Integration) -> None:
    text = rules_file("bc_procore,01,*,*,50100,J-100,,x", "bc_procore,02,*,*,50100,,,")
    imported(controller, text)
    again = upload(controller, RULES, text)
    assert "Nothing would change" in again.content.decode()
    confirm(controller, RULES, again)
    assert EVENTS.objects.count() == 2
