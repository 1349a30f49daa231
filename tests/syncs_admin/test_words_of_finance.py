"""Pages say what they mean in words of people in finance, not in those of programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from connections.errors import Reason
from connections.models import Integration, RateBudget
from syncs.models import Delivery, FlowSettings, Run
from syncs.reconciliation.alerts import open_alert, tell
from tests.syncs_admin import story
from tests.syncs_admin.test_plain_words import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Integration:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    return story.company()


def test_a_call_of_the_other_system_says_how_many_changes_it_names(integration: Any) -> None:
    row = Delivery.objects.create(body="{}", size=2)
    row.end(Delivery.State.UNPACKED, "Nothing is new in it.", 3)
    boss = story.boss()
    for path in ("/syncs/delivery/", f"/syncs/delivery/{row.pk}/change/"):
        page = text(boss, path)
        assert "Changes it names" in page, path
        assert "Read" in page, path
        assert not {"Hints", "Unpacked"} & set(page.split()), path
    answer: Any = boss.post("/syncs/delivery/export/csv/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig")
    [exported] = csv.DictReader(io.StringIO(lines))
    assert (exported["Changes it names"], exported["State"]) == ("3", "Read")


def test_a_run_that_ended_well_is_done(integration: Any) -> None:
    run = Run.objects.create(integration=integration, flow="requisitions", kind="poll", ok=True)
    boss = story.boss()
    for path in ("/syncs/run/", f"/syncs/run/{run.pk}/change/"):
        page = text(boss, path)
        assert "Done" in page, path
        assert "Counted" not in page, path


@pytest.mark.parametrize(("minutes", "said"), [(5, "Counted anew"), (-5, "3,600 of 3,600")])
def test_a_limit_says_what_is_left_of_it(integration: Any, minutes: int, said: str) -> None:
    RateBudget.objects.create(
        connection=integration.ledger, limit=3600, remaining=12, used=4000,
        reset_at=timezone.now() + dt.timedelta(minutes=minutes),
    )  # fmt: skip
    page = text(story.boss(), f"/connections/connection/{integration.ledger.pk}/change/")
    assert "Requests left" in page
    assert said in page
    assert "window" not in page.partition("Requests left")[2][:200].lower()


def test_nobody_in_finance_is_told_to_set_a_variable(integration: Any, settings: Any) -> None:
    settings.ALERT_URLS = []
    alert = open_alert("a", "Procore does not answer.")
    assert alert is not None
    tell(alert.pk)
    settings.ALERT_URLS = ["json://127.0.0.1:1/x"]
    other = open_alert("b", "Business Central does not answer.")
    assert other is not None
    tell(other.pk)
    page = text(story.boss(), "/syncs/alert/")
    assert "no address for alerts is set up here" in page
    assert "Not sent to address 1 of those that are set up for alerts." in page
    assert "ALERT_URLS" not in page


def test_the_cause_and_its_setting_have_one_name(integration: Any) -> None:
    name = "Tax missing from the total"
    story.held(integration, Reason.TAX)
    boss = story.boss()
    assert name in text(boss, "/syncs/record/causes/")
    flow = FlowSettings.objects.get(integration=integration, flow="requisitions")
    assert name in text(boss, f"/syncs/flowsettings/{flow.pk}/change/")


def test_where_nothing_is_to_be_switched_on_no_noughts_are_told(integration: Any) -> None:
    path = f"/syncs/flowsettings/cutover/{integration.pk}/"
    page = text(story.boss(), path)
    assert "No flow of it is in shadow mode" in page
    assert "by 0 flows" not in page
    integration.flows.filter(flow="requisitions").update(shadow=True)
    assert "If it wrote now" in text(story.boss("b"), path)


def test_rights_and_flows_speak_of_amounts(integration: Any) -> None:
    flow = FlowSettings.objects.get(integration=integration, flow="requisitions")
    boss = story.boss()
    for path in ("/auth/group/access/", f"/syncs/flowsettings/{flow.pk}/change/"):
        answer = boss.get(path)
        page = answer.content.decode().partition('id="content"')[2].lower()
        assert " band" not in page.replace('"band', " band"), path
        assert "amount" in page, path
