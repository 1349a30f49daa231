"""What is left as a draft, or was cancelled there, is not posted: in sums, filters, tabs, files,
and on its page."""

from __future__ import annotations

from collections import Counter
from html import unescape
from typing import Any

import pytest
from django.db import connection

from connections.models import Integration
from syncs import sums
from syncs.closing import documents
from syncs.closing.rows import Bucket
from syncs.models import Record
from syncs.worklist.care import AS_DRAFT, IN_BOOKS, NOT_THERE
from tests.syncs_admin import story
from tests.syncs_admin.test_record_export import table
from tests.syncs_admin.test_work_list import text

pytestmark = pytest.mark.django_db
LIST, SUM = "/syncs/record/", "/syncs/record/sum/"


@pytest.fixture
def drafts(integration: Integration) -> set[int]:
    """Two of them; beside them what stands in the books, an order, which nobody posts, and what
    stands there no longer."""
    for status in ("posted", ""):
        story.posted(integration, amount="10.00", destination_status=status)
    story.posted(integration, flow="purchase_orders", amount="7.00", destination_status="draft",
                 destination_kind="purchase_order")  # fmt: skip
    for status, kind in (("cancelled", "purchase_order"), ("gone", "purchase_invoice")):
        story.posted(integration, amount="1000.00", destination_status=status,
                     destination_kind=kind)  # fmt: skip
    story.unmapped(integration, destination_status="draft")
    return {
        story.posted(integration, amount="100.00", destination_status=status,
                     destination_kind=kind).pk
        for status, kind in (("draft", "purchase_invoice"), ("incomplete", ""))
    }  # fmt: skip


@pytest.fixture
def integration() -> Integration:
    return story.company()


def found(client: Any, **query: Any) -> set[int]:
    return {row.pk for row in client.get(LIST, query).context["cl"].result_list}


def test_a_list_of_what_is_posted_leaves_them_out_and_one_has_them_alone(
    drafts: set[int],
) -> None:
    client = story.boss()
    posted = found(client, state__exact="posted")
    assert found(client, state__exact="draft") == drafts
    assert len(posted) == 3
    assert not posted & drafts
    gone = found(client, state__exact="gone")
    assert len(gone) == 2
    assert not gone & (posted | drafts)


def test_a_tab_and_a_filter_lead_to_them(drafts: set[int]) -> None:
    page = story.boss().get(LIST, {"state__exact": "draft"})
    [tab] = [tab for tab in page.context["state_tabs"] if tab["active"]]
    assert (tab["title"], tab["url"]) == ("Drafts", f"{LIST}?state__exact=draft")
    assert "Left as drafts" in text(page)


@pytest.mark.parametrize("more", [{}, {"project": "24-017"}])
def test_the_sum_below_a_list_is_of_exactly_its_documents(
    drafts: set[int], more: dict[str, str]
) -> None:
    """Kept, or asked anew where a filter narrows it."""
    client = story.boss()
    said = text(client.get(SUM, {"state__exact": "draft", **more}))
    assert "2 documents" in said
    assert "200.00" in said
    said = text(client.get(SUM, {"state__exact": "posted", **more}))
    assert "3 documents" in said
    assert "$20.00 costs" in said
    said = text(client.get(SUM, {"state__exact": "gone", **more}))
    assert "2 documents" in said
    assert "2,000.00" in said


def test_the_kept_sums_tell_them_from_what_is_posted(drafts: set[int]) -> None:
    told = sums.read(sums.ask())
    counted: Counter[str] = Counter()
    for row in told.rows:
        counted[row["state"]] += row["documents"]
    assert counted == {"draft": 2, "posted": 3, "held": 1, "gone": 2}
    assert sum(row["today"] for row in told.posted) == 3


def test_each_that_ended_as_posted_is_exactly_one_of_them(
    drafts: set[int], integration: Integration
) -> None:
    ended = [Record.objects.filter(one) for one in (AS_DRAFT, IN_BOOKS, NOT_THERE)]
    left, _, gone = ({row.pk for row in rows} for rows in ended)
    assert left == drafts
    posted = Record.objects.filter(state="posted")
    assert sum(rows.count() for rows in ended) == posted.count() == len(set().union(*ended))
    assert all(row.is_draft == (row.pk in drafts) for row in Record.objects.all())
    assert all(row.is_gone == (row.pk in gone) for row in Record.objects.all())
    way = [row["record"] for row in documents.told(documents.all_of(integration))
           if row["bucket"] == Bucket.ON_ITS_WAY]  # fmt: skip
    assert set(way) == drafts, "as the end of a month says it"


def test_a_file_of_them_says_what_the_list_says(drafts: set[int]) -> None:
    rows = table(story.boss(), "?state__exact=draft")
    assert [row["State"] for row in rows] == ["Draft", "Draft"]
    rows = table(story.boss("b"), "?state__exact=posted")
    assert {row["State"] for row in rows} == {"Posted"}
    rows = table(story.boss("c"), "?state__exact=gone")
    assert {row["State"] for row in rows} == {"No longer there"}


def test_the_page_of_one_does_not_say_that_it_is_posted(integration: Integration) -> None:
    client = story.boss()
    for status, heading in (("draft", "The entry as it stands there, a draft"),
                            ("cancelled", "The entry as it stood there"),
                            ("posted", "The entry as posted")):  # fmt: skip
        record = story.posted(integration, destination_status=status)
        page = client.get(f"{LIST}{record.pk}/change/").content.decode()
        assert f"<h3>{heading}</h3>" in page
        assert ("The entry as posted" in page) == (status == "posted")


def test_the_cut_over_counts_them_apart(drafts: set[int], integration: Integration) -> None:
    page = story.boss().get(f"/syncs/flowsettings/cutover/{integration.pk}/")
    shown = unescape(page.content.decode())
    for state, number, words in (("posted", 3, "3 documents"), ("draft", 2, "2")):
        url = f"{LIST}?state__exact={state}&integration__id__exact={integration.pk}"
        assert f'<a href="{url}">{words}</a>' in shown
        assert story.boss(state).get(url).context["cl"].queryset.count() == number


def test_the_list_of_them_has_an_index_of_its_own(drafts: set[int]) -> None:
    """Of whatever size: which one a small table is read by is the planner's choice."""
    for name, words in (("record_draft", ("draft", "incomplete", "purchase_order")),
                        ("record_not_there", ("cancelled", "gone"))):  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [name])
            [[told]] = cursor.fetchall()
        assert "(integration_id, flow, id DESC)" in told
        for word in words:
            assert word in told.partition(" WHERE ")[2], told
