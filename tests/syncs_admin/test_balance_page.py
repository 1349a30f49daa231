"""The reconciliation in the admin: sums, causes, documents, files, and who may do what."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from openpyxl import load_workbook

from audit.models import Entry
from connections.models import Connection, Integration
from mappings.models import Reference
from syncs.admin import list_sums
from syncs.balance import refresh, totals
from syncs.balance.rows import BalanceReading, Cell, CellPart
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

LIST = "/syncs/cell/"


def part(integration: Integration, in_projects: str, in_ledger: str, **facts: Any) -> CellPart:
    """Of a document in one cell; told apart by what is given."""
    given = {
        "book": "cost", "project": "24-017", "cost_code": "03-300", "cost_type": "S",
        "vendor": "V00010", "vendor_name": "Acme Concrete", "period": dt.date(2026, 11, 1),
        "number": "INV-1", **facts,
    }  # fmt: skip
    place = [str(given[name]) for name in ("book", "project", "cost_code", "vendor", "period")]
    return CellPart.objects.create(
        integration=integration, cell="-".join(place)[:32], in_projects=Decimal(in_projects),
        in_ledger=Decimal(in_ledger), **given,
    )  # fmt: skip


@pytest.fixture
def integration() -> Integration:
    """Four cells, two of which differ; and a commitment."""
    found = story.company()
    agreed = story.posted(found, "PI-1")
    held = story.unmapped(found)
    part(found, "900.00", "900.00", record=agreed, ledger_number="PI-1")
    part(found, "250.00", "0.00", record=held, cause="held", why="Cost code 31-100 has no account.",
         cost_code="31-100", number="INV-2")  # fmt: skip
    typed = {"number": "HAND-1", "ledger_number": "108999", "project": "24-018"}
    part(found, "0.00", "75.50", cause="in_ledger", why="The ledger lists it.",
         ledger_url="https://bc.example/108999", **typed)  # fmt: skip
    part(found, "10.00", "10.00", period=None, number="INV-3")
    part(found, "4000.00", "4000.00", book="commitment", number="SC-1")
    add_up(found)
    return found


def add_up(integration: Integration) -> None:
    refresh.add_up(integration.pk)
    now = timezone.now()
    untold = ["Business Central lists no journals."]
    BalanceReading.objects.update_or_create(
        integration=integration, defaults={"as_of": now, "untold": untold}
    )


@pytest.fixture
def boss(integration: Integration) -> Client:
    return story.boss()


def shown(client: Client, query: str = "") -> str:
    page = client.get(f"{LIST}{query}")
    assert page.status_code == 200
    text: str = page.content.decode()
    return text


def test_the_sums_and_their_causes_stand_above_the_list(boss: Client) -> None:
    page = shown(boss)
    for words in ("1,160.00", "985.50", "174.50", "2</b>of 4 lines differ", "as of <b>",
                  "Business Central lists no journals.", "Typed by hand in the ledger",
                  "-$75.50", "$250.00"):  # fmt: skip
        assert words in page, words
    assert "4,000.00" not in page, "a commitment is no cost"


def test_what_two_companies_keep_in_two_currencies_is_not_added_up(
    boss: Client, integration: Integration
) -> None:
    keeps(integration, "USD")
    other = abroad(integration)
    part(other, "5000.00", "4999.00", cause="held", project="77-777")
    add_up(other)
    page = " ".join(shown(boss).split())
    for sums in (("$1,160.00", "€5,000.00"), ("$985.50", "€4,999.00"), ("$174.50", "€1.00")):
        for one in sums:
            assert f">{one}<" in page, one
    causes = page[page.index('id="causes"') :]
    assert re.findall(r">Held</span>.*?c-right\W*>([^<]+)<", causes) == ["€1.00", "$250.00"]


def test_each_row_names_its_currency(boss: Client, integration: Integration) -> None:
    keeps(integration, "USD")
    rows = shown(boss).partition('id="result_list"')[2]
    assert "$" in rows
    assert "€" not in rows
    part(abroad(integration), "5000.00", "4999.00", project="77-777")
    add_up(Integration.objects.get(name="GP → Procore"))
    rows = shown(boss).partition('id="result_list"')[2]
    assert {"$", "€"} <= set(rows)


def test_who_took_the_reconciliation_along_stands_in_the_journal(boss: Client) -> None:
    assert boss.get(f"{LIST}export/csv/").status_code == 405
    downloaded(boss, "export/csv/?cause=held")
    line = Entry.objects.order_by("-sequence")[0]
    assert line.sentence == "1 line of the reconciliation exported as CSV (filtered)"
    assert line.data["filters"] == {"cause": "held"}


def keeps(integration: Integration, currency: str) -> None:
    Reference.objects.update_or_create(
        connection=integration.ledger, kind=Reference.Kind.WINDOW, parent="", code="window",
        defaults={"data": {"currency": currency}, "seen_at": timezone.now()},
    )  # fmt: skip


def abroad(first: Integration) -> Integration:
    """A second company that keeps euros."""
    found = Integration.objects.create(
        key="gp_procore", name="GP → Procore", project_system=first.project_system,
        ledger=Connection.objects.create(name="GP", vendor="gp"),
    )  # fmt: skip
    keeps(found, "EUR")
    return found


def test_what_an_order_lacks_is_not_netted_against_a_billing(
    boss: Client, integration: Integration
) -> None:
    """Each share of the commitments says what its own difference is made of."""
    facts = {"book": "commitment", "cause": "held"}
    part(integration, "300.00", "0.00", share="committed", number="SC-2", cost_code="02", **facts)
    part(integration, "-300.00", "0.00", share="billed", number="B-2", cost_code="03", **facts)
    part(integration, "80.00", "0.00", book="commitment", share="committed", cause="unapproved",
         number="SC-3", cost_code="04")  # fmt: skip
    add_up(integration)
    page = " ".join(shown(boss, "?book=commitment").split())
    shares = page[page.index('id="shares"') : page.index("</section>", page.index('id="shares"'))]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in shares.split("<tr")[2:]]
    told = [" ".join(row).partition("> ")[2] for row in rows]
    assert [one for one in told if one.startswith(("Held", "Not approved"))] == [
        "Held $300.00", "Not approved yet $80.00", "Held -$300.00"
    ]  # fmt: skip
    only = shown(boss, "?book=commitment&share=billed&cause=held").partition('id="result_list"')[2]
    assert "-$300.00" in only
    assert ">300.00" not in only


@pytest.mark.parametrize(
    "query",
    ["", "?book=commitment", "?differs=only", "?month=2026-11", "?project=24-01", "?cause=held"],
)
def test_what_is_kept_is_what_a_scan_of_all_cells_says(
    boss: Client, integration: Integration, query: str
) -> None:
    part(abroad(integration), "5000.00", "4999.00", cause="held", project="77-777")
    for one in Integration.objects.all():
        add_up(one)
    with CaptureQueriesContext(connection) as asked:
        page: Any = boss.get(f"{LIST}{query}")
    assert not [one["sql"] for one in asked if 'SUM("syncs_cell".' in one["sql"]]
    cells = page.context_data["cl"].queryset
    own = list_sums.companies().currencies
    assert page.context_data["account"] == totals.account(totals.Scanned(cells), own)
    assert page.context_data["account"].cells


def test_what_differs_stands_first_and_is_counted_as_what_it_is(boss: Client) -> None:
    page = shown(boss)
    rows = page.partition('id="result_list"')[2]
    assert max(rows.index("31-100"), rows.index("24-018")) < rows.index("900.00")
    assert "4 lines" in " ".join(page.split())


def test_where_both_sides_agree_on_nothing_there_is_no_line(
    boss: Client, integration: Integration
) -> None:
    """An invoice and the memo that took it back; with a cause they are looked at."""
    sums = ("1,160.00", "985.50", "174.50")
    nothing = {"cost_code": "55-555"}
    part(integration, "70.00", "70.00", record=story.posted(integration, "PI-8"), **nothing)
    part(integration, "-70.00", "-70.00", record=story.posted(integration, "PI-9"), **nothing)
    held = {"cost_code": "66-666", "cause": "held"}
    part(integration, "80.00", "0.00", number="INV-8", **held)
    part(integration, "-80.00", "0.00", number="INV-9", **held)
    add_up(integration)
    page = shown(boss)
    assert "55-555" not in page
    assert "66-666" in page.partition('id="result_list"')[2]
    assert all(one in page for one in sums)
    assert "3</b>of 5 lines differ" in page
    assert totals.report(integration) == {"cells": 6, "differences": 3, "unexplained": 0}
    text = downloaded(boss, "export/csv/").decode("utf-8-sig")
    codes = [row["Cost code"] for row in csv.DictReader(io.StringIO(text))]
    assert len(codes) == 5
    assert "55-555" not in codes
    assert "66-666" in codes


def test_commitments_are_a_page_of_their_own(boss: Client) -> None:
    page = shown(boss, "?book=commitment")
    assert "4,000.00" in page
    assert "Both sides agree in all of these lines." in page


@pytest.mark.parametrize(
    ("query", "in_it", "not_in_it"),
    [
        ("?cause=held", "31-100", "24-018"),
        ("?cause=in_ledger", "24-018", "31-100"),
        ("?differs=only", "24-018", "900.00"),
        ("?project=24-018", "75.50", "31-100"),
        ("?month=2026-11", "31-100", "10.00<"),
        ("?month=2026-10", "0 of", "31-100"),
    ],
)
def test_it_is_filtered(boss: Client, query: str, in_it: str, not_in_it: str) -> None:
    page = shown(boss, query)
    if in_it != "0 of":
        assert in_it in page
    assert not_in_it not in page.partition('id="result_list"')[2]


def test_the_filter_by_integration_tells_only_that_one(boss: Client) -> None:
    first = Integration.objects.get()
    other = Integration.objects.create(
        key="gp_procore", name="GP → Procore", project_system=first.project_system,
        ledger=Connection.objects.create(name="GP", vendor="gp"),
    )  # fmt: skip
    part(other, "7.77", "7.77", project="77-777")
    add_up(other)
    assert "column-shown_integration" in shown(boss), "two may have the same project"
    assert {"24-017", "77-777"} <= set(shown(boss).replace(">", "<").split("<"))
    page = shown(boss, f"?integration__id__exact={other.pk}")
    assert "column-shown_integration" not in page
    assert "24-017" not in page
    assert "GP → Procore: as of" in page
    assert f"{first}: as of" not in page


def test_a_cell_shows_its_documents_with_links_to_both_sides(boss: Client) -> None:
    cell = Cell.objects.get(project="24-018")
    page = boss.get(f"{LIST}{cell.pk}/change/").content.decode()
    for words in ("HAND-1", 'href="https://bc.example/108999"', "The ledger lists it.",
                  "Typed by hand in the ledger", "-$75.50", "Acme Concrete"):  # fmt: skip
        assert words in page, words
    held = CellPart.objects.get(cause="held")
    page = boss.get(f"{LIST}{held.cell}/change/").content.decode()
    assert f"/syncs/record/{held.record_id}/change/" in page
    assert "Cost code 31-100 has no account." in page


def test_read_again_asks_a_worker_and_leaves_a_line(boss: Client) -> None:
    assert boss.get(f"{LIST}read-again/").status_code == 405
    page = boss.post(f"{LIST}read-again/", follow=True).content.decode()
    assert "both sides are read again" in page
    assert "Asked for: a worker reads both sides when" in page
    assert [row.task["func"] for row in OrmQ.objects.all()] == ["syncs.tasks.balance"]
    line = Entry.objects.get(kind=Entry.Kind.PERSON)
    assert (line.actor, line.integration) == ("boss", "bc_procore")


def test_nothing_read_yet_says_what_to_do() -> None:
    story.company()
    page = shown(story.boss())
    assert "Nothing has been read yet." in page
    assert "Asked for:" not in page
    assert "Read again now" in page


def test_each_page_and_action_has_its_permission(integration: Integration) -> None:
    nobody = story.signed_in(story.person("nobody", "syncs.view_record"))
    assert nobody.get(LIST).status_code == 403
    reader = story.signed_in(story.person("reader", "syncs.view_cell"))
    page = shown(reader)
    assert "Read again now" not in page
    assert "export/xlsx" not in page
    cell = Cell.objects.filter(differs=True)[0]
    assert reader.get(f"{LIST}{cell.pk}/change/").status_code == 200
    assert nobody.get(f"{LIST}{cell.pk}/change/").status_code == 403
    assert reader.post(f"{LIST}read-again/").status_code == 403
    for form in ("xlsx", "csv"):
        assert reader.post(f"{LIST}export/{form}/").status_code == 403
    assert reader.post(f"{LIST}{cell.pk}/change/").status_code in (200, 403)
    assert reader.get(f"{LIST}add/").status_code == 403


# -- files ----------------------------------------------------------------------------------------


def downloaded(client: Client, address: str) -> bytes:
    answer: Any = client.post(f"{LIST}{address}")
    return b"".join(answer.streaming_content)


def test_a_workbook_has_typed_cells_formulas_and_a_header_that_stays(
    boss: Client, integration: Integration
) -> None:
    evil = part(integration, "5.00", "0.00", cause="held", number="=HYPERLINK(1)",
                vendor_name="=cmd|' /C calc'!A0", cost_code="09-900")  # fmt: skip
    add_up(integration)
    book: Any = load_workbook(io.BytesIO(downloaded(boss, "export/xlsx/")))
    sheet = book["Lines"]
    names = [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "A2"
    rows = [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2, max_row=6)]
    first = next(cells for cells in rows if cells["Project"].value == "24-018")
    assert first["Ledger"].data_type == "n"
    assert Decimal(str(first["Ledger"].value)) == Decimal("75.5")
    assert first["Month"].is_date
    total = dict(zip(names, sheet[7], strict=True))
    assert total["Ledger"].value == "=SUM(L2:L6)"
    bad = next(cells for cells in rows if cells["Cost code"].value == evil.cost_code)
    assert bad["Vendor"].data_type == "s"
    assert bad["Vendor"].value.startswith("'=")
    documents = book["Documents"]
    told = [[cell.value for cell in row] for row in documents.iter_rows(min_row=2)]
    assert ["HAND-1", "108999"] in [row[15:17] for row in told]
    assert not any(cell.data_type == "f" for row in documents.iter_rows(min_row=2, max_row=4)
                   for cell in row)  # fmt: skip


def test_a_workbook_adds_no_currency_to_another(boss: Client, integration: Integration) -> None:
    part(integration, "60.00", "60.00", currency="CAD", cost_code="09-900")
    add_up(integration)
    book: Any = load_workbook(io.BytesIO(downloaded(boss, "export/xlsx/")))
    rows = [[cell.value for cell in row] for row in book["Lines"].iter_rows()]
    foreign, own = [row for row in rows if row[0] == "Total"]
    assert (foreign[9], own[9]) == ("CAD", "USD")
    assert {row[9] for row in rows[1:6]} == {"CAD", "USD"}, "its own is named, too"
    for row in (own, foreign):
        assert row[11] == f'=SUMPRODUCT((J2:J6="{row[9]}")*L2:L6)'


def test_a_csv_has_the_filtered_cells_and_runs_nothing(
    boss: Client, integration: Integration
) -> None:
    part(integration, "5.00", "0.00", cause="held", vendor_name="=1+1", cost_code="03-04")
    add_up(integration)
    text = downloaded(boss, "export/csv/?cause=held").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["Cost code"] for row in rows) == ["'03-04", "31-100"]
    assert {row["Vendor"] for row in rows} == {"Acme Concrete", "'=1+1"}
    assert {Decimal(row["Difference"]) for row in rows} == {Decimal(5), Decimal(250)}


def test_a_project_is_asked_for_by_its_name_which_an_index_tells_in_order(
    boss: Client, integration: Integration
) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = shown(boss, "?project=24-018")
    assert "24-018" in page
    rows = [one["sql"] for one in asked if 'ORDER BY "syncs_cell"' in one["sql"]]
    assert len(rows) == 1
    assert '"syncs_cell"."project" IN (\'24-018\')' in rows[0], "no beginning of many"


def test_a_beginning_names_its_projects_in_capital_and_small_letters(
    boss: Client, integration: Integration
) -> None:
    for number in range(120):
        part(integration, "1.00", "1.00", project=f"NORTH-{number:03}")
    add_up(integration)
    assert found(boss, "?project=north-01") == 10
    assert found(boss, "?project=north") == 120, "more than are asked for one by one"
    assert found(boss, "?project=south") == 0


def found(client: Client, query: str) -> int:
    page: Any = client.get(f"{LIST}{query}")
    count: int = page.context["cl"].result_count
    return count
