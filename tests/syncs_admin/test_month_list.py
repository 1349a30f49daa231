"""The list of months: its documents as they are now, its sums as both sides were read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.transport.days import today
from syncs import tasks
from syncs.admin import periods
from syncs.closing.rows import Period
from syncs.formatting import when
from syncs.models import Record
from tests.syncs_admin import months, story
from tests.syncs_admin.months import LIST, page, section

pytestmark = pytest.mark.django_db


@pytest.fixture
def period() -> Period:
    found = months.clear()
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    Record.objects.update(changed_at=an_hour_ago)
    Period.objects.update(counted_at=an_hour_ago + dt.timedelta(minutes=1))
    return found


@pytest.fixture
def anna() -> Client:
    return story.signed_in(story.person("anna", *months.CLOSES))


def listed(client: Client) -> tuple[str, dict[dt.date, tuple[int, int]]]:
    """The page, and of each month its documents and what of them is open."""
    answer = client.get(LIST)
    assert answer.status_code == 200
    rows = {row.month: (row.documents, row.open_documents)
            for row in answer.context["cl"].result_list}  # fmt: skip
    return " ".join(answer.content.decode().split()), rows


def test_what_came_since_both_sides_were_read_is_counted(period: Period, anna: Client) -> None:
    text, rows = listed(anna)
    assert rows == {months.LAST: (2, 0)}
    assert "still open, as they are now." in text
    held = months.held(period.integration, "INV-3", "40.00")
    text, rows = listed(anna)
    assert rows == {months.LAST: (3, 1)}
    assert "<b>3</b>" in section(page(anna, period), "account"), "as its page says"
    assert "still open, as they are now." in text
    held.set_aside("anna", "paid by card")
    assert listed(anna)[1] == {months.LAST: (3, 0)}
    period.refresh_from_db()
    assert when(period.as_of) in text, "the sums are those of the reading"
    assert "40.00" not in text


def test_the_first_document_of_a_month_makes_its_row(period: Period, anna: Client) -> None:
    months.held(period.integration, "INV-3", "40.00", document_date=today())
    rows = listed(anna)[1]
    assert rows == {months.LAST: (2, 0), today().replace(day=1): (1, 1)}
    new = Period.objects.get(month=today().replace(day=1))
    assert new.as_of is None
    assert "INV-3" in section(page(anna, new), "names")


def test_where_counting_takes_long_a_worker_does_it_and_the_page_says_of_when(
    period: Period, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(periods, "QUICK", 1)
    months.held(period.integration, "INV-3", "40.00")
    text, rows = listed(anna)
    assert rows == {months.LAST: (2, 0)}
    period.refresh_from_db()
    assert f"still open, as counted {when(period.counted_at)}." in text
    tasks.sweep()
    text, rows = listed(anna)
    assert rows == {months.LAST: (3, 1)}


def test_nothing_is_counted_while_nothing_changed(period: Period, anna: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        listed(anna)
    assert not [one for one in asked if "DATE_TRUNC" in one["sql"]]
    before = Period.objects.get().counted_at
    tasks.sweep()
    assert Period.objects.get().counted_at == before


def test_the_overview_counts_the_same(period: Period, anna: Client) -> None:
    months.held(period.integration, "INV-3", "40.00")
    tasks.sweep()
    boss: Any = story.boss()
    assert "1 document still open" in " ".join(boss.get("/").content.decode().split())
