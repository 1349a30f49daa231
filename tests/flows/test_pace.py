"""Quiet projects are polled more rarely, and nothing is missed by it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from connections.documents import Hint
from connections.models import RateBudget, Subscription
from syncs import tasks
from syncs.flow import Context
from syncs.ingest.inbox import note_or_poll
from syncs.models import Cursor, Delivery, FlowSettings, Record, Run
from syncs.registry import flows_of
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOW = "direct_costs"


@pytest.fixture
def quiet(company: Company) -> Company:
    """What stands at the source is known, and nothing happens there any more."""
    company.settings(FLOW, every_minutes=15)
    company.poll(FLOW)
    Cursor.objects.update(quiet=0)
    return company


def scopes(company: Company) -> list[str]:
    context = Context(company.integration, FLOW)
    return [scope.id for scope in flows_of(company.integration)[FLOW].scopes(context)]


def hooks_stand(company: Company, *but: str) -> None:
    for scope in set(scopes(company)) - set(but):
        Subscription.objects.create(
            connection=company.integration.project_system, resource="*", scope=scope,
            state=Subscription.State.ACTIVE, remote_id=f"hook-{scope}",
        )  # fmt: skip


def a_quarter_passes() -> None:
    Cursor.objects.update(next_at=F("next_at") - dt.timedelta(minutes=15))


def polls(company: Company, count: int) -> list[dict[str, Any]]:
    """What each counted, fifteen minutes apart."""
    found = []
    for _ in range(count):
        company.poll(FLOW)
        found.append(Run.objects.filter(kind="poll", flow=FLOW).latest("pk"))
        a_quarter_passes()
    assert all(run.ok for run in found)
    return [{**run.counts, "requests": run.requests} for run in found]


def test_projects_whose_webhooks_stand_and_are_quiet_are_asked_ever_more_rarely(
    quiet: Company,
) -> None:
    hooks_stand(quiet)
    all_of_them = len(scopes(quiet))
    counts = polls(quiet, 1 + 2 + 4 + 8 + 16 + 16)
    asked = [n for n, row in enumerate(counts) if row.get("scopes")]
    assert asked == [0, 2, 6, 14, 30, 46], "after 2, 4, 8, 16 and never more than 16 intervals"
    assert {row.get("scopes", 0) + row.get("resting", 0) for row in counts} == {all_of_them}
    once = counts[14]["requests"]  # the first one may have signed in as well
    assert sum(row["requests"] for row in counts[15:31]) == once, "in four hours"


def test_without_a_webhook_it_is_asked_as_finance_set_it(quiet: Company) -> None:
    alone = scopes(quiet)[0]
    hooks_stand(quiet, alone)
    everybody = len(scopes(quiet))
    assert [row["scopes"] for row in polls(quiet, 6)] == [everybody, 1, everybody, 1, 1, 1]


def test_a_flow_that_no_webhook_tells_is_asked_as_finance_set_it(quiet: Company) -> None:
    hooks_stand(quiet)
    for _ in range(3):
        quiet.poll("cost_codes" if "cost_codes" in flows_of(quiet.integration) else "vendors")
    assert not Cursor.objects.exclude(flow=FLOW).filter(next_at__isnull=False).exists()


def test_what_a_lost_webhook_did_not_tell_is_found_by_the_next_poll_of_its_project(
    quiet: Company,
) -> None:
    hooks_stand(quiet)
    polls(quiet, 5)
    row = quiet.a_direct_cost("PACE-1")
    waited = 0
    while not Record.objects.filter(source_id=str(row["id"])).exists():
        mine = Cursor.objects.get(flow=FLOW, scope=quiet.scope_of(row))
        assert mine.next_at, "it rests, and its time comes"
        polls(quiet, 1)
        waited += 1
    assert waited > 1
    mine = Cursor.objects.get(flow=FLOW, scope=quiet.scope_of(row))
    assert (mine.quiet, mine.next_at) == (0, None), "and it is not quiet any more"


def test_a_notice_without_a_document_wakes_its_project_and_nobody_else(quiet: Company) -> None:
    hooks_stand(quiet)
    polls(quiet, 3)
    flow = flows_of(quiet.integration)[FLOW]
    one = scopes(quiet)[0]
    note_or_poll(quiet.integration, flow, [Hint("", one, resource="Direct Costs")])
    assert polls(quiet, 1)[0]["scopes"] == 1


def test_after_a_while_without_polls_all_are_asked(quiet: Company) -> None:
    """The application was down: the webhooks of that time may be lost."""
    hooks_stand(quiet)
    polls(quiet, 3)
    Run.objects.update(started_at=timezone.now() - dt.timedelta(hours=1))
    assert polls(quiet, 1)[0]["scopes"] == len(scopes(quiet))


def test_who_presses_poll_now_asks_for_all(quiet: Company, admin_client: Client) -> None:
    hooks_stand(quiet)
    polls(quiet, 3)
    row = FlowSettings.objects.get(integration=quiet.integration, flow=FLOW)
    answer = admin_client.post(f"/syncs/flowsettings/{row.pk}/do/poll/", follow=True)
    assert answer.status_code == 200
    assert polls(quiet, 1)[0]["scopes"] == len(scopes(quiet))


def test_a_schedule_that_the_vendors_limit_cannot_carry_is_stretched(quiet: Company) -> None:
    """No webhook stands, and the vendor said that it takes 40 requests an hour."""
    polls(quiet, 1)
    RateBudget.objects.filter(connection=quiet.integration.project_system).update(hourly=40)
    Cursor.objects.update(quiet=0)
    counts = polls(quiet, 9)
    asked = sum(row.get("scopes", 0) for row in counts)
    assert asked < 9 * len(scopes(quiet))
    assert sum(row.get("resting", 0) for row in counts)


def test_the_flows_page_says_what_its_schedule_costs(quiet: Company, admin_client: Client) -> None:
    polls(quiet, 1)
    RateBudget.objects.filter(connection=quiet.integration.project_system).update(hourly=3600)
    row = FlowSettings.objects.get(integration=quiet.integration, flow=FLOW)
    page = admin_client.get(f"/syncs/flowsettings/{row.pk}/change/").content.decode()
    need = 4 * sum(Cursor.objects.filter(flow=FLOW).values_list("requests", flat=True))
    assert f"This schedule needs {need} of 3,600 requests an hour" in page


def test_the_limit_is_what_the_vendors_answers_say(quiet: Company) -> None:
    tasks.refresh(quiet.integration.pk)
    assert not Delivery.objects.exists()
    budget = RateBudget.objects.get(connection=quiet.integration.project_system)
    assert budget.hourly in (None, 3600)
