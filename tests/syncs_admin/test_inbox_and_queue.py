"""Deliveries, runs, cursors and the queue's own tables: to look at, never to touch."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from connections.models import Subscription
from syncs.models import Cursor, Delivery, Rejection, Run
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
OURS = ("syncs/delivery", "syncs/rejection", "syncs/run", "syncs/cursor")
QUEUE = ("django_q/success", "django_q/failure", "django_q/ormq")


@pytest.fixture
def integration() -> Any:
    return story.company()


def row_of(integration: Any, model: str) -> Any:
    if model == "syncs/delivery":
        return Delivery.objects.create(body='{"a": 1}')
    if model == "syncs/rejection":
        now = timezone.now()
        return Rejection.objects.create(door="unknown", count=3, first_at=now, last_at=now)
    if model == "syncs/run":
        return Run.objects.create(integration=integration, flow="vendors", kind="poll", ok=True,
                                  counts={"source": 3}, sentence="3 records are due.")  # fmt: skip
    return Cursor.objects.create(integration=integration, flow="vendors", read_to=timezone.now())


@pytest.mark.parametrize("model", OURS)
def test_nobody_adds_changes_or_deletes_them(integration: Any, model: str) -> None:
    client, row = story.boss(), row_of(integration, model)
    assert client.get(f"/{model}/").status_code == 200
    page = client.get(f"/{model}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.get(f"/{model}/add/").status_code == 403
    assert client.post(f"/{model}/{row.pk}/change/", {}).status_code == 403
    assert client.post(f"/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"/{model}/", {"action": "delete_selected", "_selected_action": [row.pk]})
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", OURS)
def test_each_has_a_view_permission(integration: Any, model: str) -> None:
    row_of(integration, model)
    name = model.split("/")[1]
    assert story.signed_in(story.person("a")).get(f"/{model}/").status_code == 403
    viewer = story.signed_in(story.person("b", f"syncs.view_{name}"))
    assert viewer.get(f"/{model}/").status_code == 200


def test_a_body_is_indented_and_a_secret_in_it_is_not_shown(integration: Any) -> None:
    subscription = Subscription.objects.create(
        connection=integration.ledger, resource="vendors", secret="hush-hush-1"
    )
    body = json.dumps({"value": [{"clientState": "another-2", "note": "hush-hush-1", "id": "é"}]})
    row = Delivery.objects.create(subscription=subscription, body=body)
    page = story.boss().get(f"/syncs/delivery/{row.pk}/change/").content.decode()
    assert "hush-hush-1" not in page
    assert "another-2" not in page
    assert "é" in page
    for odd in ("", "not json", "[1", "<script>alert(1)</script>"):
        row = Delivery.objects.create(body=odd)
        answer = story.boss(f"boss{row.pk}").get(f"/syncs/delivery/{row.pk}/change/")
        assert "<script>alert(1)" not in answer.content.decode()


@pytest.mark.parametrize(
    ("days", "count"),
    [
        ({"from": "2026-03-10", "to": "2026-03-10"}, 1),
        ({"from": "2026-03-10"}, 1),
        ({"from": "2026-03-11"}, 0),
        ({"to": "2026-03-09"}, 0),
        ({"to": "9999-12-31"}, 1),
        ({"from": "rubbish"}, 1),
    ],
)
@pytest.mark.parametrize(
    ("model", "moment"),
    [("delivery", "received_at"), ("run", "started_at"), ("record", "created_at")],
)
def test_a_day_without_a_time_filters_by_the_sites_clock(
    integration: Any, settings: Any, model: str, moment: str, days: dict[str, str], count: int
) -> None:
    """It came on March 10 at 23:30 in New York, which is March 11 in UTC."""
    settings.SITE_TIME_ZONE = "America/New_York"
    row: Any = (
        story.record(integration) if model == "record" else row_of(integration, f"syncs/{model}")
    )
    at = dt.datetime(2026, 3, 11, 3, 30, tzinfo=dt.UTC)
    type(row).objects.filter(pk=row.pk).update(**{moment: at})
    query = {f"{moment}_{end}": day for end, day in days.items()}
    page = story.boss().get(f"/syncs/{model}/", query)
    assert page.status_code == 200, "the filter was refused"
    assert page.context["cl"].result_count == count


@pytest.mark.parametrize("model", QUEUE)
def test_only_a_superuser_looks_into_the_queue(model: str) -> None:
    app, name = model.split("/")
    permissions = [f"{app}.{verb}_{name}" for verb in ("view", "add", "change", "delete")]
    staff = story.signed_in(story.person("staff", *permissions))
    assert staff.get(f"/{model}/").status_code == 403
    assert staff.get(f"/{model}/add/").status_code == 403


@pytest.mark.parametrize("model", QUEUE)
def test_even_a_superuser_only_looks(model: str) -> None:
    waiting = OrmQ.objects.create(key="connector", payload="x", lock=timezone.now())
    client = story.boss()
    answer = client.get(f"/{model}/")
    assert answer.status_code == 200
    assert not answer.context["cl"].model_admin.get_actions(answer.wsgi_request)
    assert client.get(f"/{model}/add/").status_code == 403
    for action in ("retry_failed", "delete_selected"):
        client.post(f"/{model}/", {"action": action, "_selected_action": [waiting.pk]})
    assert OrmQ.objects.filter(pk=waiting.pk).exists()


def test_schedules_have_no_page_for_anybody() -> None:
    assert not admin.site.is_registered(Schedule)
    with pytest.raises(NoReverseMatch):
        reverse("admin:django_q_schedule_changelist")
    assert story.boss().get("/django_q/schedule/").status_code == 404
