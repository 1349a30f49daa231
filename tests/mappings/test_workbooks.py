"""Workbooks as people make them: what the sheet shows is what counts, or it is refused by cell."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from connections.models import Integration
from mappings.imports import formats, number_formats
from mappings.models import CostCodeMapping
from tests.mappings.conftest import confirm, said, upload

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
NAMES = ["cost_code", "cost_type", "project", "account"]


class Book:
    """`book.sheet` is the first; `saved()` is the file."""

    def __init__(self, *rows: list[Any]) -> None:
        self.book = Workbook()
        self.sheet = self.filled(self.book.active, *rows)

    def filled(self, sheet: Any, *rows: list[Any]) -> Worksheet:
        for row in rows:
            sheet.append(row)
        assert isinstance(sheet, Worksheet)
        return sheet

    def another(self, title: str, *rows: list[Any]) -> Worksheet:
        return self.filled(self.book.create_sheet(title), *rows)

    def saved(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


def replaced(data: bytes, member: str, old: str, new: str) -> bytes:
    """The workbook with another text in one of its parts, as other programs write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if name == member:
                assert old.encode() in text, text
                text = text.replace(old.encode(), new.encode())
            after.writestr(name, text)
    return out.getvalue()


def read(client: Client, data: bytes) -> Any:
    return upload(client, RULES, data, "rules.xlsx")


def notes(preview: Any) -> list[str]:
    found: list[str] = preview.context["result"].notes
    assert all(note in preview.content.decode() for note in found)
    return found


def rules() -> list[tuple[str, str, str, str]]:
    return list(CostCodeMapping.objects.values_list(*NAMES))


# -- merged cells, formulas, errors ----------------------------------------------------------------


def test_a_merged_project_counts_for_each_of_its_rows(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "P-100", "50100"], ["04-100", "*", None, "50200"],
                ["05-100", "*", "*", "50100"])  # fmt: skip
    book.sheet.merge_cells("C2:C3")
    preview = read(controller, book.saved())
    assert notes(preview) == ["Merged cells count for each of their rows: C2:C3 “P-100”."]
    confirm(controller, RULES, preview, agree=True)
    assert [row[2] for row in rules()] == ["P-100", "P-100", ""]


def test_a_merged_area_that_runs_to_the_end_of_the_sheet_is_no_row(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "P-100", "50100"], ["04-100", "*", None, "50200"])
    book.sheet.merge_cells("C2:C3")
    data = replaced(book.saved(), "xl/worksheets/sheet1.xml", '"C2:C3"', '"C2:C1048576"')
    confirm(controller, RULES, read(controller, data))
    assert [row[2] for row in rules()] == ["P-100", "P-100"]


@pytest.mark.parametrize(
    ("area", "sentence"),
    [
        ("B2:C2", "The cells B2:C2 are merged over several columns. Unmerge them"),
        ("B2:C3", "The cells B2:C3 are merged over several columns. Unmerge them"),
        ("C1:C2", "The cells C1:C2 are merged with column names. Unmerge them"),
    ],
)
def test_cells_merged_over_columns_are_refused(
    controller: Client, integration: Integration, area: str, sentence: str
) -> None:
    book = Book(NAMES, ["03-300", "L", "P-100", "50100"], ["04-100", "L", "P-100", "50200"])
    book.sheet.merge_cells(area)
    assert said(read(controller, book.saved()))[0].startswith(sentence)


def test_a_title_merged_over_the_table_is_left_out(
    controller: Client, integration: Integration
) -> None:
    book = Book(["Rules of 2026"], [], NAMES, ["03-300", "*", "*", "50100"])
    book.sheet.merge_cells("A1:D1")
    preview = read(controller, book.saved())
    assert notes(preview) == ["Left out above the column names, line 1: “Rules of 2026”."]
    assert [line for line, _, _ in preview.context["result"].previews] == [4]
    confirm(controller, RULES, preview)
    assert len(rules()) == 1


@pytest.mark.parametrize("member", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_result_is_refused(
    controller: Client, integration: Integration, member: str
) -> None:
    book = Book(NAMES, ["03-300", "*", '=CONCATENATE("P-","100")', "50100"])
    data = replaced(book.saved(), "xl/worksheets/sheet1.xml", "<v></v>", member)
    assert said(read(controller, data))[0].startswith(
        "Cell C2 has a formula without a stored result."
    )


def test_the_stored_result_of_a_formula_is_what_counts(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", '=CONCATENATE("P-","100")', "50100"])
    data = replaced(book.saved(), "xl/worksheets/sheet1.xml", '"C2"><f>CONCATENATE("P-","100")'
                    "</f><v></v>", '"C2" t="str"><f>X()</f><v>P-100</v>')  # fmt: skip
    confirm(controller, RULES, read(controller, data))
    assert rules() == [("03-300", "", "P-100", "50100")]


def test_an_error_that_a_cell_shows_is_refused(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "#N/A", "50100"])
    assert said(read(controller, book.saved())) == [
        "Cell C2 shows the error #N/A. Put the value there."
    ]


def test_all_cells_that_are_refused_are_counted(
    controller: Client, integration: Integration
) -> None:
    day = dt.datetime(2026, 1, 30)  # noqa: DTZ001
    book = Book(NAMES, [day, "*", "*", "50100"], [day, "*", "*", "50100"])
    assert said(read(controller, book.saved()))[0].endswith(" 1 more cells cannot be taken.")


def test_a_column_name_without_a_result_is_refused(
    controller: Client, integration: Integration
) -> None:
    book = Book([*NAMES, '=CONCATENATE("no","te")'], ["03-300", "*", "*", "50100", "x"])
    assert said(read(controller, book.saved()))[0].startswith("Cell E1 has a formula without")


# -- what the sheet shows --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1030, "000000", "001030"), (1030, "General", "1030"), (1030.0, "0", "1030"),
        (3300, "00-000", "03-300"), (3300, '00"-"000', "03-300"), (3300, "00\\-000", "03-300"),
        (7, '"P-"000', "P-007"), (3.1, "0.00", "3.10"), (1030, "@", "1030"), (0, "000", "000"),
        (0, "0;-0;\"none\"", None), (5, "[Red]000", "005"), (5, "000;[Red]-000", "005"),
        (2.5, "0", "3"), (1.1, "General", "1.1"), (1.10, "0.0#", None), (12, "#", "12"),
        (12345678901, "###-####", None), (1030, "#,##0", None), (0.5, "0%", None),
        (5, "0.00E+00", None), (5, "# ?/?", None), (-5, "000", None), (-5, "General", "-5"),
        (598134000000432, "General", "598134000000432"), (5, "_(000_)", "005"),
        (5, "General;", "5"),
        (5, ";;;", None), (5, "000;;", "005"), (0, "0;-0;", None), (5, '0"a;b"', "5a;b"),
        (5, "[>3]000;0", None), (5, "0* ", None),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_shows(value: float, code: str, shown: str | None) -> None:
    assert number_formats.shown(value, code) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [("General", "100"), ("@", "100"), ('"P-"@', "P-100"), ("000", "100"), (";;;", None),
     ('0;0;0;"P-"@', "P-100"), ("@* ", None)],
)  # fmt: skip
def test_a_text_is_what_its_format_shows(code: str, shown: str | None) -> None:
    assert number_formats.shown_text("100", code) == shown


def test_a_text_with_a_format_counts_as_it_is_shown(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "100", "50100"])
    book.sheet["C2"].number_format = '"P-"@'
    confirm(controller, RULES, read(controller, book.saved()))
    assert rules() == [("03-300", "", "P-100", "50100")]


def test_leading_zeros_of_a_format_count(controller: Client, integration: Integration) -> None:
    book = Book(NAMES, [1030, "*", "*", 50100])
    book.sheet["A2"].number_format = "000000"
    confirm(controller, RULES, read(controller, book.saved()))
    assert rules() == [("001030", "", "", "50100")]


def test_a_format_that_is_not_simple_is_refused_by_cell(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, [1030, "*", "*", 50100])
    book.sheet["A2"].number_format = "#,##0"
    assert said(read(controller, book.saved()))[0].startswith(
        "Cell A2 holds the number 1030 in the format “#,##0”."
    )


def test_a_number_of_sixteen_digits_is_refused_by_cell(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, [5981340000004321, "*", "*", 50100])
    assert said(read(controller, book.saved()))[0].startswith(
        "Cell A2 holds a number of more than 15 digits"
    )


def test_hidden_rows_and_columns_are_named(controller: Client, integration: Integration) -> None:
    book = Book(NAMES, *([f"0{n}-300", "*", "*", "50100"] for n in range(1, 8)))
    for line in (3, 5, 6, 40):
        book.sheet.row_dimensions[line].hidden = True
    book.sheet.column_dimensions["B"].hidden = True
    preview = read(controller, book.saved())
    assert notes(preview) == ["Hidden rows are read, too: 3, 5–6.",
                              "Hidden columns are read, too: B."]  # fmt: skip
    confirm(controller, RULES, preview)
    assert len(rules()) == 7


# -- which sheet, and files that are none ----------------------------------------------------------


def test_the_first_visible_sheet_with_our_columns_is_read(
    controller: Client, integration: Integration
) -> None:
    book = Book(["Cost codes", "as of"], ["Prepared by", "Ann"])
    book.sheet.title = "Cover"
    old = book.another("Old", NAMES, ["01", "*", "*", "50100"])
    old.sheet_state = "hidden"
    book.another("Rules", NAMES, ["02", "*", "*", "50100"])
    book.another("2025", NAMES, ["03", "*", "*", "50100"])
    preview = read(controller, book.saved())
    assert notes(preview) == [
        "Of the visible sheets (“Cover”, “Rules”, “2025”) “Rules” is read. These have the columns, "
        "too, and are not read: “2025”."
    ]
    confirm(controller, RULES, preview)
    assert [row[0] for row in rules()] == ["02"]


def test_no_sheet_with_our_columns_is_a_sentence(
    controller: Client, integration: Integration
) -> None:
    book = Book(["Code", "To"], ["01", "50100"])
    book.another("Other", ["x"])
    assert said(read(controller, book.saved())) == [
        "No visible sheet (“Sheet”, “Other”) has the columns cost_code, account. The first row of "
        "one must name them."
    ]


def test_data_above_the_column_names_is_not_left_out(
    controller: Client, integration: Integration
) -> None:
    book = Book(["01", "*", "*", "50100"], NAMES, ["02", "*", "*", "50100"])
    assert said(read(controller, book.saved()))[0].startswith(
        "Line 1 stands above the column names in line 2 and looks like data."
    )


def test_an_empty_column_is_left_out_and_one_with_data_is_refused(
    controller: Client, integration: Integration
) -> None:
    names = [NAMES[0], None, *NAMES[1:]]
    preview = read(controller, Book(names, ["01", None, "*", "*", "50100"]).saved())
    assert notes(preview) == ["Without a name, empty and left out: column B."]
    confirm(controller, RULES, preview)
    assert rules() == [("01", "", "", "50100")]
    assert said(read(controller, Book(names, ["01", "x", "*", "*", "50100"]).saved())) == [
        "Line 2 has “x” in column B, which has no name. Name the column in the first row, or empty "
        "it."
    ]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize("name", ["rules.xlsx", "rules.xls", "rules.csv"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (OLD + "Workbook".encode("utf-16-le"), "This is a workbook in Excel's old format (.xls)."),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLD + "EncryptedPackage DRMEncryptedTransform".encode("utf-16-le"), "sensitivity label"),
        (b".pfile\x00\x00", "sensitivity label"),
        (b"%PDF-1.7\n", "This is a PDF file"),
        (b"\xef\xbb\xbf<html><table></table></html>", "This is a web page or XML"),
    ],
    ids=["xls", "password", "label", "pfile", "pdf", "html"],
)
def test_what_is_no_table_gets_its_own_sentence(
    controller: Client, integration: Integration, content: bytes, sentence: str, name: str
) -> None:
    assert sentence in said(upload(controller, RULES, content, name))[0]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["xl/workbook.bin"], "This is a binary workbook (.xlsb)."),
        (["mimetype", "content.xml"], "This is an OpenDocument table (.ods)."),
        (["rules.csv"], "This is an archive, not a workbook."),
    ],
)
def test_archives_that_are_no_workbook_are_told(
    controller: Client, integration: Integration, names: list[str], sentence: str
) -> None:
    assert said(read(controller, archive(*names)))[0].startswith(sentence)


def test_a_million_formatted_empty_rows_cost_seconds(
    controller: Client, integration: Integration
) -> None:
    data = Book(NAMES, ["01", "*", "*", "50100"]).saved()
    blank = "".join(f'<row r="{line}"><c r="A{line}" s="0"/></row>' for line in range(3, 1_000_000))
    data = replaced(data, "xl/worksheets/sheet1.xml", "</sheetData>", f"{blank}</sheetData>")
    data = repacked(data)
    assert len(data) < formats.MAX_BYTES
    started = time.monotonic()
    preview = read(controller, data)
    assert time.monotonic() - started < 8
    assert preview.context["result"].totals["new"] == 1


def repacked(data: bytes) -> bytes:
    out = io.BytesIO()
    packed = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(data)) as before, packed as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
    return out.getvalue()


def test_a_workbook_of_our_own_is_whole(controller: Client, integration: Integration) -> None:
    """The stripping of blank cells takes nothing else."""
    rows = [[f"{n}", None, "*", "50100"] if n % 3 else [] for n in range(1, 3000)]
    for row in rows:
        row[1:2] = ["L"] if row else []
    data = Book(NAMES, *rows).saved()
    confirm(controller, RULES, read(controller, data))
    assert len(rules()) == sum(bool(row) for row in rows)
    assert load_workbook(io.BytesIO(data)).worksheets[0].max_row == 3000
