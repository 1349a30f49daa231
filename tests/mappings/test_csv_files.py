"""CSV files as spreadsheets and people leave them: open quotes, separators, titles."""

from __future__ import annotations

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import ChartAccount, CostCodeMapping
from tests.mappings.conftest import confirm, said, upload

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
CHART = "chartaccount"
HEADER = "cost_code,cost_type,project,account,note\n"


def codes() -> list[str]:
    return list(CostCodeMapping.objects.values_list("cost_code", flat=True))


# -- quotes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        '01,*,*,50100,"open\n02,*,*,50100,\n03,*,*,50100,\n',
        '01,*,*,50100,"open\n02,*,*,50100,"x"\n03,*,*,50100,\n',
        '01,*,*,50100,"open\n02,*,*,50100,""\n03,*,*,50100,\n',
        '01,*,*,50100,"open\n02,*,*,50100,8"\n03,*,*,50100,\n',
        '01,*,*,50100,"open\n02,*,*,50100,pipe 8" wide\n03,*,*,50100,\n',
        '01,*,*,50100,"open\r\n02,*,*,50100,8"\r\n',
        '01,*,*,50100,"5" pipe"\n',
    ],
    ids=["to-the-end", "quoted-cell", "empty-cell", "inch-mark", "inch-inside", "crlf", "inch"],
)
def test_an_open_quote_is_refused_with_its_line(
    controller: Client, integration: Integration, rows: str
) -> None:
    answer = upload(controller, RULES, f"{HEADER}00,*,*,50100,\n{rows}")
    assert "confirm_form" not in answer.context
    assert "n line 3 a quote" in said(answer)[0]


def test_an_open_quote_in_the_column_names_is_refused(
    controller: Client, integration: Integration
) -> None:
    answer = upload(controller, RULES, 'cost_code,"account\n01,50100\n02,50100\n')
    assert "line 1 a quote" in said(answer)[0]


def test_no_account_of_the_chart_is_swallowed(controller: Client, integration: Integration) -> None:
    for number in ("1", "2", "3"):
        ChartAccount.objects.create(integration=integration, number=number)
    answer = upload(controller, CHART, 'number,name\n1,"Materials\n2,Labor\n3,Pipe 8"\n')
    assert "In line 2 a quote" in said(answer)[0]
    assert ChartAccount.objects.count() == 3


@pytest.mark.parametrize("note", ["two\nlines, one comma", 'a "quoted" word', '8″ pipe; 5" pipe'])
def test_breaks_and_quotes_that_are_meant_are_taken(
    controller: Client, integration: Integration, note: str
) -> None:
    quoted = note.replace('"', '""')
    text = f'{HEADER}01,*,*,50100,"{quoted}"\n02,*,*,50100,5" pipe\n'
    confirm(controller, RULES, upload(controller, RULES, text))
    notes = list(CostCodeMapping.objects.values_list("note", flat=True))
    assert notes == [note, '5" pipe']


# -- separators, titles, empty columns -------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_separator_line_is_understood(
    controller: Client, integration: Integration, mark: str, end: str
) -> None:
    rows = [f"sep={mark}", f"cost_code{mark}account", f"01{mark}50100", ""]
    confirm(controller, RULES, upload(controller, RULES, end.join(rows)))
    assert codes() == ["01"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_title_above_the_column_names_is_left_out_and_told(
    controller: Client, integration: Integration, mark: str
) -> None:
    text = "Rules, as of 2026\n\ncost_code;account\n01;50100\n".replace(";", mark)
    text = text.replace("Rules,", "Rules") if mark == "," else text
    preview = upload(controller, RULES, text)
    assert "Left out above the column names, line 1: “Rules" in preview.context["result"].notes[0]
    confirm(controller, RULES, preview)
    assert codes() == ["01"]


def test_an_empty_column_is_left_out(controller: Client, integration: Integration) -> None:
    confirm(controller, RULES, upload(controller, RULES, "cost_code,,account\n01,,50100\n"))
    assert codes() == ["01"]
    answer = upload(controller, RULES, "cost_code,,account\n01,,50100\n02,x,50100\n")
    assert said(answer)[0].startswith("Line 3 has “x” in column B, which has no name.")
