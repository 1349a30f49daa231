"""The list of records as a file: what is in it, who may take it, and what it costs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from audit.models import Entry
from connections.models import Integration
from syncs.admin import list_export
from syncs.models import Record
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/record/"
CAUSES = "/syncs/record/causes/"
NOON = dt.datetime(2026, 11, 16, 12, 0, 30, tzinfo=dt.UTC)


@pytest.fixture
def integration() -> Integration:
    return story.company()


@pytest.fixture
def reader(integration: Integration) -> Client:
    """Who may see the list and take it along, and no more."""
    return story.signed_in(story.person("cora", "syncs.view_record", "syncs.export_record"))


def taken(client: Client, form: str, query: str = "") -> bytes:
    answer: Any = client.post(f"{LIST}export/{form}/{query}")
    assert answer.status_code == 200
    assert f'.{form}"' in answer["Content-Disposition"]
    return b"".join(answer.streaming_content)


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    text = taken(client, "csv", query).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def sheet(client: Client, query: str = "") -> tuple[Any, list[dict[str, Any]]]:
    page: Any = load_workbook(io.BytesIO(taken(client, "xlsx", query)))["Records"]
    names = [cell.value for cell in page[1]]
    rows = [dict(zip(names, row, strict=True)) for row in page.iter_rows(min_row=2)]
    return page, rows


def ids(rows: list[dict[str, str]]) -> list[int]:
    return [int(row["Record"]) for row in rows]


# -- which documents ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "held far posted"),
        ("?state__exact=held", "held far"),
        ("?state__exact=held&owner=mine", "held"),
        ("?owner=nobody&o=-4", "far posted"),
        ("?project=24-018", "far"),
        ("?q=PI-77", "posted"),
        ("?q=4711.5", ""),
        ("?amount_from=1000&amount_to=2000", "held far"),
        ("?state__exact=shadow", "shadow"),
        ("?p=1", "held far posted"),
    ],
)
def test_exactly_what_filters_and_search_leave_is_in_it(
    integration: Integration, reader: Client, query: str, wanted: str
) -> None:
    known = {
        "posted": story.posted(integration, "PI-77", amount="55.00"),
        "far": story.unmapped(integration, project="24-018"),
        "held": story.unmapped(integration, owner="cora"),
    }
    if wanted == "shadow":
        known["shadow"] = story.unmapped(integration, in_shadow=True)
    expected = [known[name].pk for name in wanted.split()]
    assert sorted(ids(table(reader, query))) == sorted(expected)
    _, rows = sheet(reader, query)
    assert sorted(row["Record"].value for row in rows[:-1]) == sorted(expected)


def test_the_page_of_causes_takes_what_it_shows(integration: Integration, reader: Client) -> None:
    mine = story.unmapped(integration, owner="cora")
    story.unmapped(integration)
    story.posted(integration)
    page = reader.get(f"{CAUSES}?whose=mine&integration={integration.pk}").content.decode()
    query = f"state__exact=held&amp;integration__id__exact={integration.pk}&amp;owner=mine"
    assert f'action="{LIST}export/csv/?{query}"' in page
    assert ids(table(reader, f"?{query.replace('&amp;', '&')}")) == [mine.pk]


def test_a_long_list_is_read_in_parts_and_each_document_comes_once(
    integration: Integration, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [story.unmapped(integration).pk for _ in range(7)]
    story.posted(integration)
    monkeypatch.setattr(list_export, "TOGETHER", 3)
    assert ids(table(reader, "?state__exact=held")) == sorted(wanted, reverse=True)


# -- what is in it --------------------------------------------------------------------------------


def test_an_xlsx_has_numbers_days_and_moments_and_a_header_that_stays(
    integration: Integration, reader: Client
) -> None:
    story.unmapped(
        integration, amount="-1234.50", currency="EUR", document_date=dt.date(2026, 11, 5),
        changed_at=NOON, held_since=NOON,
    )  # fmt: skip
    page, rows = sheet(reader)
    assert page.freeze_panes == "A2"
    first = rows[0]
    assert first["Amount"].data_type == "n"
    assert Decimal(str(first["Amount"].value)) == Decimal("-1234.5")
    assert first["Date"].is_date
    assert first["Date"].value.date() == dt.date(2026, 11, 5)
    name = f"Held since ({timezone.get_default_timezone_name()})"
    assert first[name].is_date
    assert first[name].value == timezone.localtime(NOON).replace(tzinfo=None)
    assert first["Company"].value is None
    assert first["Reason"].value == "Missing mapping"
    assert first["State"].value == "Held"
    assert first["Flow"].value == "Requisitions"


def test_no_text_is_run_or_changed(integration: Integration, reader: Client) -> None:
    odd = "=HYPERLINK(1)"
    story.unmapped(integration, vendor_name=odd, title="+1+1", project="03-10", note="@x\x0b")
    _, rows = sheet(reader)
    assert not any(cell.data_type == "f" for row in rows for cell in row.values())
    assert rows[0]["Vendor"].value == f"'{odd}"
    assert rows[0]["Project"].data_type == "s"
    told = table(reader)[0]
    assert told["Vendor"] == f"'{odd}"
    assert told["Title"] == "'+1+1"
    assert told["Project"] == "'03-10", "Excel would make it a day"


def test_a_csv_has_the_same_columns_and_moments_that_say_their_zone(
    integration: Integration, reader: Client
) -> None:
    record = story.posted(integration, "PI-9", posted_at=NOON, document_date=dt.date(2026, 11, 5))
    told = table(reader)[0]
    page, _ = sheet(reader)
    assert list(told) == [cell.value for cell in page[1]]
    posted = told[f"Posted ({timezone.get_default_timezone_name()})"]
    assert dt.datetime.fromisoformat(posted) == NOON
    assert (told["Date"], told["Amount"]) == ("2026-11-05", f"{record.amount:.2f}")
    assert (told["Source id"], told["Id on the other side"]) == (f"'{record.source_id}", "id-PI-9")


def test_a_document_costs_no_statement_of_its_own(integration: Integration, reader: Client) -> None:
    story.unmapped(integration)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            taken(reader, "csv")
        return [query["sql"] for query in asked]

    few = statements()
    for _ in range(20):
        story.unmapped(integration)
    many = statements()
    assert len(many) == len(few)
    read = [sql for sql in many if '"syncs_record"."sentence"' in sql]
    assert len(read) == 1
    assert '"syncs_record"."source"' not in read[0], "big columns are not read"


# -- how many -------------------------------------------------------------------------------------


def test_an_xlsx_of_too_many_is_refused_with_a_sentence_and_a_csv_takes_them(
    integration: Integration, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_export, "XLSX_HOLDS", 2)
    for _ in range(3):
        story.unmapped(integration)
    answer = reader.post(f"{LIST}export/xlsx/?state__exact=held", follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}?state__exact=held"
    page = answer.content.decode()
    assert "An XLSX takes at most 2 records, and these are 3." in page
    assert not Entry.objects.filter(kind=Entry.Kind.PERSON).exists()
    assert len(table(reader, "?state__exact=held")) == 3
    Record.objects.first().delete()  # type: ignore[union-attr]
    assert len(sheet(reader, "?state__exact=held")[1]) == 3, "two documents and when that was"


# -- who ------------------------------------------------------------------------------------------


def test_it_takes_a_right_of_its_own(integration: Integration, reader: Client) -> None:
    story.unmapped(integration)
    viewer = story.signed_in(story.person("vera", "syncs.view_record"))
    blind = story.signed_in(story.person("bo", "syncs.export_record"))
    for address in (LIST, CAUSES):
        assert "/syncs/record/export/csv/" in reader.get(address).content.decode()
        assert "/export/" not in viewer.get(address).content.decode()
    for form in ("csv", "xlsx"):
        assert reader.get(f"{LIST}export/{form}/").status_code == 405
        for client in (viewer, blind):
            assert client.post(f"{LIST}export/{form}/").status_code == 403
    assert reader.post(f"{LIST}export/exe/").status_code == 404
    assert Client().post(f"{LIST}export/csv/").status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(story.person("kim", "syncs.view_record", "syncs.export_record"),
                       backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
    assert strict.post(f"{LIST}export/csv/").status_code == 403


def test_controllers_and_auditors_have_it() -> None:
    call_command("create_roles", stdout=io.StringIO())
    groups = Group.objects.filter(permissions__codename="export_record")
    assert sorted(groups.values_list("name", flat=True)) == ["Auditor", "Controller"]


def test_the_journal_says_who_took_what(integration: Integration, reader: Client) -> None:
    story.unmapped(integration)
    taken(reader, "csv", "?state__exact=held&q=INV&p=1")
    line = Entry.objects.get(kind=Entry.Kind.PERSON)
    assert (line.actor, line.sentence) == ("cora", "1 record exported as CSV (filtered)")
    assert line.data == {
        "table": "records",
        "export": "csv", "documents": 1, "filters": {"state__exact": "held", "q": "INV"},
    }  # fmt: skip
    assert "source" not in json.dumps(line.data)


def test_filters_that_cannot_be_read_export_nothing(
    integration: Integration, reader: Client
) -> None:
    answer = reader.post(f"{LIST}export/csv/?nosuch=1", follow=True)
    assert "Nothing was exported." in answer.content.decode()
    assert not Entry.objects.filter(kind=Entry.Kind.PERSON).exists()
