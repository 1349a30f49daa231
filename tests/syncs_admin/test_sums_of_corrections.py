"""A correction is part of the document that it corrects: no sum counts its money twice."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from syncs import tasks
from syncs.models import Record
from syncs.morning.rows import DayCount
from tests.syncs_admin import story
from tests.syncs_admin.test_work_list import text

pytestmark = pytest.mark.django_db
SUM = "/syncs/record/sum/"


@pytest.fixture
def integration() -> Any:
    """942.09 stand in the ledger: 842.09 as they were posted first, 100.00 by a correction."""
    integration = story.company()
    story.posted(integration, amount="942.09")
    story.posted(integration, "108124", amount="100.00", revision=2)
    return integration


@pytest.mark.parametrize("more", [{}, {"project": "24-017"}])
def test_below_a_list_it_stands_apart(integration: Any, more: dict[str, str]) -> None:
    """Kept, or asked anew where a filter narrows it."""
    said = text(story.boss().get(SUM, {"state__exact": "posted", **more}))
    assert "2 documents" in said
    assert "$942.09 costs" in said
    assert "$100.00 corrections" in said


def test_the_list_tells_it_from_its_document(integration: Any) -> None:
    page = text(story.boss().get("/syncs/record/"))
    assert page.count("correction 1") == 1


def test_overview_does_not_count_it_twice(integration: Any) -> None:
    page = text(story.boss().get("/"))
    assert "$942.09" in page
    assert "1,042.09" not in page
    assert "$100.00 corrections" in page


def test_what_waits_for_an_approval_says_what_the_correction_comes_to(integration: Any) -> None:
    Record.objects.filter(revision=1).update(
        state="held", reason=Reason.CHANGED_AFTER_POSTING, problems=[]
    )
    Record.objects.filter(revision=2).update(state="held", reason=Reason.NEEDS_APPROVAL)
    boss = story.boss()
    page = text(boss.get("/syncs/record/causes/"))
    assert "$942.09" in page
    assert "$100.00 corrections" in page
    said = text(boss.get(SUM, {"state__exact": "held"}))
    assert "$942.09 costs" in said
    assert "$100.00 corrections" in said


def test_the_days_of_the_chart_count_documents(integration: Any) -> None:
    tasks.sweep()
    [row] = DayCount.objects.filter(state="posted")
    assert (row.documents, f"{row.amount:.2f}") == (1, "942.09")
