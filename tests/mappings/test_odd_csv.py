"""CSV files of other programs: divided right, or refused with what to do."""

from __future__ import annotations

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import ChartAccount
from tests.mappings.conftest import asked, confirm, refusal, upload
from tests.mappings.test_workbooks import rules

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
CHART = "chartaccount"
HEADER = "cost_code,cost_type,project,account\n"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("mark", [";", "|", "\t"])
def test_a_separator_line_is_understood_with_any_line_end(
    controller: Client, integration: Integration, end: str, mark: str
) -> None:
    rows = [f"sep={mark}", f"cost_code{mark}account", f"03-300{mark}50100", ""]
    preview = upload(controller, RULES, end.join(rows))
    assert preview.context["result"].notes == []
    confirm(controller, RULES, preview)
    assert rules() == [("03-300", "", "", "50100")]


def test_thirty_two_bits_a_letter_are_read(controller: Client, integration: Integration) -> None:
    text = f"{HEADER}03-300,*,*,50100\n"
    preview = upload(controller, RULES, text.encode("utf-32"))
    assert preview.context["result"].notes == []
    confirm(controller, RULES, preview)
    assert rules() == [("03-300", "", "", "50100")]


@pytest.mark.parametrize(
    "text",
    [
        "cost_code|account\n03-300|50100\n",
        '"cost_code,account"\n"03-300,50100"\n',
        "cost_code:account\n03-300:50100\n",
    ],
)
def test_columns_that_were_not_told_apart_are_said(
    controller: Client, integration: Integration, text: str
) -> None:
    assert "Line 1 holds all column names in one cell" in refusal(upload(controller, RULES, text))


@pytest.mark.parametrize(
    "content",
    ['{"url": "https://x.invalid"}', "{\\rtf1 hello}", "Rules of 2026\n"],
    ids=["link", "rtf", "title"],
)
def test_a_file_without_column_names_is_said_so(
    controller: Client, integration: Integration, content: str
) -> None:
    said_so = refusal(upload(controller, RULES, content))
    assert said_so.startswith("No row of the file has the columns cost_code, account.")


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        (RULES, f"{HEADER}03-300,*,*,50100\n{HEADER}04-100,*,*,50100\n",
         "Line 3 names the columns again."),
        (CHART, "number,name\n1,a\nNumber,Name\n2,b\n", "Line 3 names the columns again."),
        (CHART, "account,description\n1,a\n\ufeffaccount,description\n2,b\n",
         "Line 3 names the columns again."),
        (CHART, "number,account,name\n1,2,a\n",
         "The columns “number” and “account” are the same to us."),
        (CHART, "number,description,account_name\n1,a,b\n",
         "The columns “description” and “account_name” are the same to us."),
    ],
)  # fmt: skip
def test_what_is_there_twice_is_refused(
    controller: Client, integration: Integration, table: str, text: str, sentence: str
) -> None:
    ChartAccount.objects.create(integration=integration, number="2")
    assert refusal(upload(controller, table, text)).startswith(sentence)


def test_accounts_that_a_file_lacks_go_only_when_a_person_agrees(
    controller: Client, integration: Integration
) -> None:
    for number in ("1", "2", "3"):
        ChartAccount.objects.create(integration=integration, number=number)
    text = 'number,name,note\n1,Materials,"open\n2\n3"\n'  # an open quote takes short rows in
    preview = upload(controller, CHART, text)
    assert asked(preview)[0].endswith(" 2; 3")
    confirm(controller, CHART, preview, agree=False)
    assert ChartAccount.objects.count() == 3
    confirm(controller, CHART, upload(controller, CHART, text))
    assert ChartAccount.objects.count() == 1
