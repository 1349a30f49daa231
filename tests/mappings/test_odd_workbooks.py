"""Workbooks of other programs: what nobody sees or calculated is no rule."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.test import Client
from openpyxl.chart import BarChart
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from connections.models import Integration
from tests.mappings.conftest import confirm, refusal, said
from tests.mappings.test_workbooks import NAMES, Book, read, replaced, rules

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
SHEET = "xl/worksheets/sheet1.xml"


def test_column_names_of_two_lines_are_read(controller: Client, integration: Integration) -> None:
    book = Book(
        ["Cost\ncode", "Cost \r\ntype", "Project", "Account"], ["03-300", "*", "*", "50100"]
    )
    confirm(controller, RULES, read(controller, book.saved()))
    assert rules() == [("03-300", "", "", "50100")]


def test_a_formula_that_nobody_calculated_is_refused(
    controller: Client, integration: Integration
) -> None:
    """Programs that write formulas put 0 for their result and ask for a calculation."""
    book = Book(NAMES, ["03-300", "*", "=A1", "50100"])
    data = replaced(book.saved(), SHEET, "<v></v>", "<v>0</v>")
    assert refusal(read(controller, data)).startswith("Cell C2 has a formula without a stored")


def test_an_error_is_refused_by_its_cell_whatever_its_text(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "=A1", "50100"])
    data = replaced(book.saved(), SHEET, '<c r="C2"><f>A1</f><v></v>',
                    '<c r="C2" t="e"><f>A1</f><v>#ODD</v>')  # fmt: skip
    assert refusal(read(controller, data)) == "Cell C2 shows the error #ODD. Put the value there."


def test_a_number_that_no_date_has_is_refused(controller: Client, integration: Integration) -> None:
    book = Book(NAMES, [9_999_999_999, "*", "*", "50100"])
    book.sheet["A2"].number_format = "yyyy-mm-dd"
    with pytest.warns(UserWarning, match="outside the limits"):
        answer = read(controller, book.saved())
    assert refusal(answer).startswith("Cell A2 shows the error #VALUE!")


def test_a_format_that_only_other_languages_have_is_refused(
    controller: Client, integration: Integration
) -> None:
    """ECMA-376 18.8.30: 27 to 36 and 50 to 81 are dates and currencies of East Asia."""
    book = Book(NAMES, [45687, "*", "*", "50100"])
    book.sheet["A2"].number_format = '"x"0'
    data = book.saved()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        [style] = re.findall(r'<xf [^>]*numFmtId="164"', parts.read("xl/styles.xml").decode())
    data = replaced(data, "xl/styles.xml", style, style.replace('"164"', '"27"'))
    assert refusal(read(controller, data)).startswith("Cell A2 holds the number 45687 in the for")


@pytest.mark.parametrize("area", ["C2:C3", "B2:C2"])
def test_what_stands_unseen_below_a_merged_cell_is_not_read(
    controller: Client, integration: Integration, area: str
) -> None:
    book = Book(NAMES, ["03-300", "*", "P-100", "50100"], ["04-100", "*", "P-100", "50200"])
    book.sheet["C2" if area == "C2:C3" else "B2"] = None
    merge = f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'
    answer = read(controller, replaced(book.saved(), SHEET, "</sheetData>", merge))
    assert refusal(answer).startswith(f"The cells {area} are merged and ")


def test_a_number_format_by_condition_is_refused(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", 100, "50100"])
    style = DifferentialStyle(numFmt=NumberFormat(numFmtId=170, formatCode='"P-"000'))
    rule = Rule(type="expression", formula=["TRUE"], dxf=style)
    book.sheet.conditional_formatting.add("E2:E9", rule)
    assert said(read(controller, book.saved())) == []
    book.sheet.conditional_formatting.add("C2:C9", rule)
    assert refusal(read(controller, book.saved())).startswith(
        "The cells C2:C9 have a conditional format that shows numbers otherwise"
    )


def test_a_workbook_of_charts_alone_is_not_called_damaged(
    controller: Client, integration: Integration
) -> None:
    book = Book(NAMES, ["03-300", "*", "*", "50100"])
    book.sheet.title, book.sheet.sheet_state = "Rules", "hidden"
    book.book.create_chartsheet("Picture").add_chart(BarChart())
    book.book.active = 1
    assert refusal(read(controller, book.saved())) == (
        "No visible sheet has the columns cost_code, account. “Rules” has them and is hidden: "
        "unhide it, or delete it if it is not meant."
    )


def test_a_hidden_sheet_with_the_columns_is_named_and_not_read(
    controller: Client, integration: Integration
) -> None:
    book = Book(["Cost codes 2026"])
    book.another("Rules", NAMES, ["03-300", "*", "*", "50100"]).sheet_state = "veryHidden"
    assert "“Rules” has them and is hidden" in refusal(read(controller, book.saved()))
