"""The front page: counts, sums, health, and what a newcomer does first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.errors import Reason
from connections.models import Subscription, Token
from syncs import tasks
from syncs.models import Alert, KeptSums, Run, State
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


def counted_anew() -> None:
    KeptSums.objects.all().delete()


@pytest.fixture
def integration() -> Any:
    return story.company()


def front(client: Any = None) -> str:
    return (client or story.boss()).get("/").content.decode()


def test_a_newcomer_is_told_what_to_do_first() -> None:
    page = front()
    assert "What to do first" in page
    assert "/connections/connection/add/" in page
    assert "it has never run" in page


def test_the_steps_end_when_something_moved(integration: Any) -> None:
    client = story.boss()
    assert "What to do first" in front(client)
    counted_anew()
    story.posted(integration)
    assert "What to do first" not in front(client)


def test_counts_and_sums_stand_by_flow_and_lead_into_the_list(integration: Any) -> None:
    for _ in range(2):
        story.posted(integration)
    story.unmapped(integration)
    story.held(integration, Reason.PERIOD_CLOSED, amount="-9999.00")
    page = front()
    assert "3,600.00" in page
    href = f"?state__exact=posted&amp;flow=requisitions&amp;integration__id__exact={integration.pk}"
    assert href in page
    assert page.index("Period closed</a>") < page.index("Missing mapping</a>"), "by money"


def test_the_side_bar_counts_what_needs_a_person(integration: Any) -> None:
    for _ in range(3):
        story.unmapped(integration)
    Alert.objects.create(key="k", sentence="Procore cannot be reached.")
    answer = story.boss().get("/syncs/run/")
    items = [item for group in answer.context["sidebar_navigation"] for item in group["items"]]
    assert {item["title"]: item["badge"] for item in items if "badge" in item} == {
        "Records": "3", "Alerts": "1",
    }  # fmt: skip


def test_who_is_not_well_is_named(integration: Any) -> None:
    ledger = integration.ledger
    ledger.pause(timezone.now() + dt.timedelta(hours=1), "The secret has expired.")
    Token.objects.create(connection=ledger, failed_at=timezone.now(), error="invalid_client")
    Subscription.objects.create(connection=ledger, resource="vendors", state="failed")
    Subscription.objects.create(
        connection=ledger, resource="items", state="active",
        expires_at=timezone.now() + dt.timedelta(hours=3),
    )  # fmt: skip
    Alert.objects.create(key="k", sentence="Business Central cannot be reached.")
    page = front()
    for sentence in ("Paused: The secret has expired.", "The sign-in fails: invalid_client",
                     "1 subscription failed.", "expires within a day",
                     "Business Central cannot be reached."):  # fmt: skip
        assert sentence in page


def test_a_failed_poll_shows_beside_the_last_good_one(integration: Any) -> None:
    for hours, ok in ((3, True), (1, False)):
        Run.objects.create(
            integration=integration, flow="requisitions", kind="poll", ok=ok,
            started_at=timezone.now() - dt.timedelta(hours=hours),
        )  # fmt: skip
    story.posted(integration)
    assert "last one failed" in front()


def test_what_is_in_doubt_is_listed(integration: Any) -> None:
    record = story.record(integration, state=State.IN_DOUBT, in_doubt_since=timezone.now())
    assert f"/syncs/record/{record.pk}/change/" in front()


def test_who_may_not_see_records_sees_none(integration: Any) -> None:
    story.unmapped(integration)
    page = front(story.signed_in(story.person("guest")))
    assert "Missing mapping" not in page
    assert "requisitions" not in page.lower()
    assert "Business Central" not in page


def test_the_front_page_costs_the_same_however_much_there_is(integration: Any) -> None:
    client = story.boss()
    story.unmapped(integration)
    front(client)
    counted_anew()
    with CaptureQueriesContext(connection) as few:
        front(client)
    for _ in range(20):
        story.unmapped(integration)
        story.posted(integration)
    counted_anew()
    with CaptureQueriesContext(connection) as many:
        front(client)
    assert len(few) == len(many) <= 43
    with CaptureQueriesContext(connection) as kept:
        front(client)
    assert not [each for each in kept if COUNTS_ALL in each["sql"]]


def test_where_counting_takes_long_a_worker_does_it_and_no_page_waits(integration: Any) -> None:
    story.posted(integration)
    client = story.boss()
    front(client)
    minute = timezone.now() - dt.timedelta(minutes=1)
    KeptSums.objects.update(took=0.7, as_of=minute)
    with CaptureQueriesContext(connection) as page:
        front(client)
    assert not [each for each in page if COUNTS_ALL in each["sql"]]
    tasks.sweep()
    assert KeptSums.objects.get().as_of > minute

    KeptSums.objects.update(took=0.7, as_of=minute - dt.timedelta(hours=1))
    front(client)
    assert KeptSums.objects.get().as_of > minute, "no worker keeps it: the page asks"


COUNTS_ALL = 'GROUP BY "syncs_record"."integration_id"'
