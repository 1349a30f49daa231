"""A flow's settings: what may be chosen, what is warned of, the brake."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django_q.models import OrmQ

from audit.models import Entry
from connections.models import Connection, Integration
from syncs.admin.flow_form import schedule_sentence
from syncs.models import FlowSettings, Record
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/flowsettings/"


@pytest.fixture
def integration() -> Any:
    return story.company()


def flow(integration: Any, name: str = "requisitions") -> FlowSettings:
    return FlowSettings.objects.get(integration=integration, flow=name)


def save(client: Any, row: FlowSettings, **changes: Any) -> Any:
    """The form as a browser sends it, with these fields changed."""
    data = {
        "enabled": "on", "booking": row.booking, "period_rule": row.period_rule,
        "rounding_threshold": "0", "unstated_tax": "hold", "void_rule": "hold",
        "every_minutes": "15", "cron": "",
        "start_date": "",
        "amount_limit": "", "quiet_from": "", "quiet_until": "", **changes,
    }  # fmt: skip
    return client.post(f"{LIST}{row.pk}/change/", data, follow=True)


def test_only_the_flows_own_bookings_can_be_chosen(integration: Any) -> None:
    client, row = story.boss(), flow(integration, "prime_change_orders")
    form = client.get(f"{LIST}{row.pk}/change/").context["adminform"].form
    assert [value for value, _ in form.fields["booking"].choices] == ["journal", "nothing"]
    save(client, row, booking="invoice_posted")
    row.refresh_from_db()
    assert row.booking == "journal"


def test_a_cost_that_would_be_booked_twice_is_warned_of(integration: Any) -> None:
    client, row = story.boss(), flow(integration, "subcontracts")
    assert "booked twice" not in client.get(f"{LIST}{row.pk}/change/").content.decode()
    page = save(client, row, booking="invoice_posted").content.decode()
    assert "The same cost would be booked twice" in page
    for name in ("subcontracts", "requisitions"):
        page = client.get(f"{LIST}{flow(integration, name).pk}/change/").content.decode()
        assert "The same cost would be booked twice" in page
    assert client.get(LIST).content.decode().count("Booked twice") == 2
    save(client, row, booking="purchase_order")
    assert "booked twice" not in client.get(f"{LIST}{row.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"cron": "every morning"}, "Not a schedule"),
        ({"cron": "61 * * * *"}, "Not a schedule"),
        ({"every_minutes": "0"}, "At least 1 minute"),
        ({"quiet_from": "22:00"}, "need a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "are none"),
        ({"amount_limit": "-1"}, "not negative"),
        ({"rounding_threshold": "-1"}, "not negative"),
        ({"projects": ["nowhere"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    integration: Any, changes: dict[str, Any], complaint: str
) -> None:
    row = flow(integration)
    assert complaint in save(story.boss(), row, **changes).content.decode()
    assert not Entry.objects.exists()


def test_saving_leaves_a_line_with_old_and_new(integration: Any) -> None:
    client, row = story.boss(), flow(integration)
    save(client, row, amount_limit="50000", projects=["24-018"], cron="0 6 * * 1-5")
    row.refresh_from_db()
    assert (str(row.amount_limit), row.projects) == ("50000.00", ["24-018"])
    entry = Entry.objects.get()
    assert entry.actor == "boss"
    assert "amount_limit: None → 50000" in entry.sentence
    save(client, row, amount_limit="50000", projects=["24-018"], cron="0 6 * * 1-5")
    assert Entry.objects.count() == 1, "nothing was changed"


def test_a_project_that_has_gone_can_be_taken_out(integration: Any) -> None:
    row = flow(integration)
    row.projects = ["19-001"]
    row.save()
    client = story.boss()
    assert "not in the source any more" in client.get(f"{LIST}{row.pk}/change/").content.decode()
    save(client, row, projects=["24-017"])
    row.refresh_from_db()
    assert row.projects == ["24-017"]


def test_the_next_three_polls_are_named(integration: Any) -> None:
    row = flow(integration)
    row.cron = "0 6 * * *"
    row.next_poll_at = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
    sentence = schedule_sentence(row, dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC))
    assert sentence == (
        "Next polls: Sat Nov 21, 06:00; Sun Nov 22, 06:00; Mon Nov 23, 06:00 (UTC)."
    )
    row.enabled = False
    assert "not polled" in schedule_sentence(row)


def test_the_brake_is_pulled_and_released_with_a_line_each(integration: Any) -> None:
    client, row = story.boss(), flow(integration)
    for verb, stopped in (("stop", True), ("stop", True), ("release", False)):
        client.post(f"{LIST}{row.pk}/do/{verb}/")
        row.refresh_from_db()
        assert row.stopped is stopped
    assert Entry.objects.filter(kind="person", actor="boss").count() == 2


def test_the_brake_has_a_permission_of_its_own(integration: Any) -> None:
    row = flow(integration)
    changer = story.signed_in(story.person(
        "changer", "syncs.view_flowsettings", "syncs.change_flowsettings"
    ))  # fmt: skip
    stopper = story.signed_in(story.person("stopper", "syncs.view_flowsettings", "syncs.stop_flow"))
    assert changer.post(f"{LIST}{row.pk}/do/stop/").status_code == 403
    assert stopper.post(f"{LIST}{row.pk}/do/poll/").status_code == 403
    assert stopper.get(f"{LIST}{row.pk}/do/stop/").status_code == 405
    assert "Poll now" not in stopper.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Stop</button>" in stopper.get(f"{LIST}{row.pk}/change/").content.decode()
    assert stopper.post(f"{LIST}{row.pk}/change/", {"enabled": ""}).status_code == 403
    stopper.post(LIST, {"action": "stop", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.stopped
    assert row.enabled


@pytest.mark.parametrize("verb", ["poll", "reconcile"])
def test_now_asks_the_queue(integration: Any, verb: str) -> None:
    row = flow(integration)
    story.boss().post(f"{LIST}{row.pk}/do/{verb}/")
    (task,) = OrmQ.objects.all()
    assert (task.task["func"], task.task["args"][0]) == (f"syncs.tasks.{verb}", row.pk)
    assert Entry.objects.filter(actor="boss").count() == 1


def test_a_stopped_flow_is_not_polled(integration: Any) -> None:
    row = flow(integration)
    FlowSettings.objects.update(stopped=True)
    story.boss().post(f"{LIST}{row.pk}/do/poll/")
    assert not OrmQ.objects.exists()


def test_what_becomes_of_closed_contracts_is_chosen_where_it_is_heeded(integration: Any) -> None:
    client, row = story.boss(), flow(integration, "commitment_closing")
    page = f"{LIST}{row.pk}/change/"
    fields = client.get(page).context["adminform"].form.fields
    assert [value for value, _ in fields["when_closed"].choices] == ["hold", "free", "keep"]
    assert row.when_closed == "hold", "as it comes, a person is asked"
    save(client, row, when_closed="free")
    row.refresh_from_db()
    assert row.when_closed == "free"
    other = client.get(f"{LIST}{flow(integration).pk}/change/").context["adminform"].form
    assert "when_closed" not in other.fields


@pytest.mark.parametrize(
    ("key", "name", "field", "was", "becomes"),
    [
        ("gp_procore", "payables_invoices", "void_rule", "hold", "leave"),
        ("bc_procore", "purchase_orders", "executed_only", True, ""),
        ("bc_procore", "commitment_closing", "when_closed", "hold", "free"),
    ],
)
def test_a_rule_that_only_some_flows_heed_is_loosened_by_two(
    integration: Any, key: str, name: str, field: str, was: Any, becomes: str
) -> None:
    if key == "gp_procore":
        gp = Connection.objects.create(name="GP", vendor="gp")
        integration = Integration.objects.create(
            key=key, name="GP", project_system=integration.project_system, ledger=gp
        )
    row = flow(integration, name)
    FlowSettings.objects.filter(pk=row.pk).update(**{field: was})
    Record.objects.create(integration=integration, flow=name, source_id="1")  # it is in use
    page = save(story.boss(), row, **{field: becomes}).content.decode()
    assert "it has no effect until a second person agrees" in page
    row.refresh_from_db()
    assert getattr(row, field) == was
