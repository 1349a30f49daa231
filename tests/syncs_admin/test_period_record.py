"""The record of a closed month: reopened by two, signed, printed, exported."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django import Settings

from audit import journal
from audit.models import Entry
from syncs.closing import signature
from syncs.closing.rows import ClosedDocument, Period, PeriodClose
from syncs.models import Alert, ControlChange, Record
from tests.syncs_admin import months, story
from tests.syncs_admin.months import LIST, closed, do, page, section

pytestmark = pytest.mark.django_db


@pytest.fixture
def period() -> Period:
    return months.clear()


@pytest.fixture
def anna() -> Client:
    """A controller."""
    return story.signed_in(story.person("anna", *months.CLOSES))


@pytest.fixture
def ben() -> Client:
    """The second person."""
    return story.signed_in(story.person("ben", *months.AGREES))


def another_amount() -> None:
    Record.objects.filter(number="INV-1").update(amount=Decimal("1100.00"))


# -- reopening ------------------------------------------------------------------------------------


def test_it_is_reopened_by_two_with_the_reason_in_the_journal(
    period: Period, anna: Client, ben: Client
) -> None:
    made = closed(anna, period)
    another_amount()
    months.read(period.integration)
    assert "Say why" in do(anna, period, "reopen")
    assert "until a second person agrees" in do(anna, period, "reopen", why="INV-1 was mistyped.")
    period.refresh_from_db()
    assert period.state == "closed"
    assert "anna asks for it" in section(page(anna, period), "reopen")
    change = ControlChange.objects.get()
    own = story.signed_in(story.person("own", *months.AGREES))
    ControlChange.objects.update(asked_by="own")
    assert "somebody else must agree" in own.post(
        f"/syncs/controlchange/{change.pk}/do/agree/", follow=True
    ).content.decode()  # fmt: skip
    ControlChange.objects.update(asked_by="anna")
    shown = ben.get(f"/syncs/controlchange/{change.pk}/change/").content.decode()
    assert "INV-1 was mistyped." in shown
    ben.post(f"/syncs/controlchange/{change.pk}/do/agree/")
    period.refresh_from_db()
    made.refresh_from_db()
    assert (period.state, made.reopened_by) == ("reopened", "anna, agreed by ben")
    assert made.reopened_why == "INV-1 was mistyped."
    lines = Entry.objects.filter(data__verb="reopen_period").order_by("sequence")
    assert [(one.actor, "INV-1 was mistyped." in one.sentence) for one in lines] == [
        ("anna", True), ("ben", True),
    ]  # fmt: skip
    assert not Alert.objects.filter(closed_at=None).exists()
    months.read(period.integration)
    again = closed(anna, period)
    assert again.version == 2
    assert "INV-1 was mistyped." in section(page(anna, period), "earlier")
    assert "Opened again" in anna.get(f"{LIST}record/{made.pk}/").content.decode()
    assert anna.get(f"{LIST}record/{again.pk}/").status_code == 200


def test_where_one_person_runs_it_reopening_is_an_alert(
    period: Period, anna: Client, settings: Settings
) -> None:
    settings.ONE_PERSON_OPERATION = True
    closed(anna, period)
    assert "is open again" in do(anna, period, "reopen", why="A late invoice.")
    period.refresh_from_db()
    assert period.state == "reopened"
    assert Alert.objects.filter(closed_at=None, sentence__startswith="Reopened by anna").exists()
    assert ControlChange.objects.get().decision == "alone"
    assert "is not closed" in do(anna, period, "reopen", why="Once more.")


def test_a_refused_reopening_leaves_it_closed(period: Period, anna: Client, ben: Client) -> None:
    closed(anna, period)
    do(anna, period, "reopen", why="Please.")
    change = ControlChange.objects.get()
    ben.post(f"/syncs/controlchange/{change.pk}/do/refuse/", {"word": "The audit runs."})
    period.refresh_from_db()
    assert period.state == "closed"
    assert period.standing is not None


# -- what was signed ------------------------------------------------------------------------------


def test_the_database_refuses_to_change_what_was_closed(period: Period, anna: Client) -> None:
    made = closed(anna, period)
    for attempt in (
        lambda: PeriodClose.objects.filter(pk=made.pk).update(note="Otherwise."),
        lambda: PeriodClose.objects.filter(pk=made.pk).update(facts={}),
        lambda: ClosedDocument.objects.update(amount=1),
        lambda: ClosedDocument.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def the_account_is_changed(made: PeriodClose) -> None:
    made.facts["account"][0]["came"]["amount"] = "9.00"
    PeriodClose.objects.filter(pk=made.pk).update(facts=made.facts)


def the_hash_is_mended_too(made: PeriodClose) -> None:
    the_account_is_changed(made)
    PeriodClose.objects.filter(pk=made.pk).update(facts_hash=signature.digest(made.facts))


def the_note_is_changed(made: PeriodClose) -> None:
    PeriodClose.objects.filter(pk=made.pk).update(note="Nobody said so.")


def a_document_is_changed(made: PeriodClose) -> None:
    ClosedDocument.objects.filter(close=made, number="INV-1").update(amount=Decimal("999.00"))


TAMPERED: list[tuple[Callable[[PeriodClose], None], str]] = [
    (the_account_is_changed, "The record was changed after it was signed"),
    (the_hash_is_mended_too, "No line of the journal bears the hash"),
    (the_note_is_changed, "Who closed it, when, or the note is not what was signed"),
    (a_document_is_changed, "The documents of the record are not those that were signed"),
]


@pytest.mark.parametrize(("tamper", "sentence"), TAMPERED)
def test_what_was_tampered_with_is_told(
    period: Period, anna: Client, tamper: Callable[[PeriodClose], None], sentence: str
) -> None:
    made = closed(anna, period)
    with pgtrigger.ignore("syncs.PeriodClose:signed", "syncs.ClosedDocument:signed"):
        tamper(made)
    assert sentence in page(anna, period, "?verify=1")
    assert sentence in anna.get(f"{LIST}record/{made.pk}/").content.decode()


# -- paper, files, lists --------------------------------------------------------------------------


def test_an_open_month_is_printed_as_not_closed(period: Period, anna: Client) -> None:
    text = anna.get(f"{LIST}{period.pk}/print/").content.decode()
    assert "Not closed" in text
    assert "These figures are not signed" in text
    made = closed(anna, period)
    answer = anna.get(f"{LIST}{period.pk}/print/", follow=True)
    assert answer.redirect_chain[0][0] == f"{LIST}record/{made.pk}/"
    assert "Not closed" not in answer.content.decode()


def test_the_names_are_paged_on_screen_and_whole_on_paper_and_in_files(
    period: Period, anna: Client
) -> None:
    for number in range(60):
        months.held(period.integration, f"=LATE-{number:02}", f"{number}.10")
    months.typed(period.integration, "HAND-1", "55.25")
    months.read(period.integration)
    names = section(page(anna, period), "names")
    assert "All that is not posted: 61" in page(anna, period)
    assert names.count("<tr>") == 51
    assert section(page(anna, period, "?p=2"), "names").count("<tr>") == 12
    assert "HAND-1" in section(page(anna, period, "?p=2"), "names")
    paper = anna.get(f"{LIST}{period.pk}/print/").content.decode()
    assert paper.count("=LATE-") == 60
    rows = list(csv.DictReader(io.StringIO(saved(anna, period, "csv").decode("utf-8-sig"))))
    assert len(rows) == 61
    assert rows[0]["Number"] == "'=LATE-00"
    sheet: Any = load_workbook(io.BytesIO(saved(anna, period, "xlsx"))).active
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert sum(1 for row in told if row[1] and "LATE-" in str(row[1])) == 60
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def saved(client: Client, period: Period, form: str) -> bytes:
    answer: Any = client.post(f"{LIST}{period.pk}/names.{form}")
    return b"".join(answer.streaming_content)


def test_the_list_of_months_asks_no_more_with_more_months(period: Period, anna: Client) -> None:
    anna.get(LIST)
    with CaptureQueriesContext(connection) as few:
        text = anna.get(LIST).content.decode()
    assert f"{months.LAST:%B %Y}" in text
    for number in range(1, 12):
        Period.objects.create(
            integration=period.integration, month=dt.date(2019, number, 1), documents=number,
            sums=[{"currency": "", "in_projects": "5.00", "in_ledger": "7.00"}],
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        text = anna.get(LIST).content.decode()
    assert len(many) == len(few)
    assert "-$2.00" in text


def test_the_overview_names_the_month_that_may_be_closed(period: Period, anna: Client) -> None:
    assert "ready to be looked through and closed" in anna.get("/").content.decode()
    closed(anna, period)
    assert 'id="month-end"' not in anna.get("/").content.decode()


def test_the_overview_names_first_what_changed_after_it_was_closed(
    period: Period, anna: Client
) -> None:
    before = (months.LAST - dt.timedelta(days=1)).replace(day=1)
    closed(anna, period)
    another_amount()
    months.read(period.integration)
    Period.objects.create(integration=period.integration, month=before, documents=3)
    due = anna.get("/").content.decode().split('id="month-end"')[1].split("</section>")[0]
    assert f'href="{LIST}"' in due
    assert due.index(f"{months.LAST:%B %Y}") < due.index(f"{before:%B %Y}")


def test_the_overview_says_how_many_months_it_does_not_name(
    period: Period, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (months.LAST - dt.timedelta(days=1)).replace(day=1)
    Period.objects.create(integration=period.integration, month=before, documents=3)
    assert "more wait" not in anna.get("/").content.decode()
    monkeypatch.setattr("syncs.admin.period_page.DUE", 1)
    assert "All months</a>: 1 more waits" in anna.get("/").content.decode()
    Period.objects.create(integration=period.integration, month=dt.date(2024, 5, 1), documents=3)
    assert "1 more waits; 1 older one is open, too" in anna.get("/").content.decode()
    text = page(anna, period)
    assert "Open before it:" in text
    assert "May 2024" in text


def test_the_journal_s_last_verification_is_shown(period: Period, anna: Client) -> None:
    assert "It was never verified." in page(anna, period)
    journal.verify_and_note("anna")
    text = page(anna, period)
    assert "Not whole" in section(text, "journal"), "no line tells of what was posted here"
    assert "The journal was not whole" in section(text, "clear")
    Record.objects.all().delete()
    journal.verify_and_note("anna")
    text = page(anna, period)
    assert '<span class="c-badge c-success">Whole</span>' in section(text, "journal")
    assert "The journal was not whole" not in text
