"""Subscriptions: made for what we need, renewed a day ahead, replaced when lost, retired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from audit.journal import RecordJournal, verify
from audit.models import Entry
from config.rehearsal.control import call
from connections.models import Subscription
from connections.vendors.dynamics.subscriptions import USEFUL
from connections.vendors.procore.subscriptions import RESOURCES
from syncs import tasks
from syncs.flow import Context
from syncs.ingest import subscriptions
from syncs.models import Alert, Record, Run, State
from syncs.reconciliation import reconcile
from syncs.registry import REGISTRY
from tests.flows import telling
from tests.flows.telling import Door, notice
from tests.simulators.server import wait_for
from tests.story import Company

pytestmark = pytest.mark.django_db
Standing = Subscription.State


@pytest.fixture
def door(company: Company, settings: Any) -> Iterator[Door]:
    """Where the stand-ins call us; what was made for it is taken away again."""
    with telling.a_door() as found:
        settings.PUBLIC_URL = found.address
        yield found
        for facts in company.ready.values():
            call(facts["control_url"], "faults", method="DELETE")
        context = Context(company.integration, "subscriptions")
        for side in ("project_system", "ledger"):
            for row in of(company, side):
                getattr(context, side).unsubscribe(row)


def renew(company: Company) -> Run:
    tasks.renew(company.integration.pk)
    return Run.objects.filter(kind="renew").latest("pk")


def of(company: Company, side: str) -> list[Subscription]:
    connection = getattr(company.integration, side)
    return list(Subscription.objects.filter(connection=connection).order_by("resource", "scope"))


def at_the_ledger(company: Company) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = company.ledger("notifications")["subscriptions"]
    return rows


def as_they_stand() -> list[Any]:
    rows = Subscription.objects.order_by("pk")
    return list(rows.values_list("pk", "remote_id", "expires_at"))


def expires_in(row: Subscription, hours: float) -> None:
    at = timezone.now() + dt.timedelta(hours=hours)
    Subscription.objects.filter(pk=row.pk).update(expires_at=at)


def test_one_for_the_company_one_for_each_project_and_one_for_each_set_of_the_ledger(
    company: Company, door: Door
) -> None:
    run = renew(company)
    assert run.ok, run.sentence
    hooks = of(company, "project_system")
    projects = [
        str(row["id"]) for row in company.procore("procore/projects")
        if row.get("active", True) and row["project_number"] not in ("P-0987", "P-1099")
    ]  # fmt: skip
    assert sorted(row.scope for row in hooks) == sorted(["", *projects])
    ledger = of(company, "ledger")
    assert sorted(row.resource for row in ledger) == sorted(USEFUL)
    everything = [*hooks, *ledger]
    assert {row.state for row in everything} == {Standing.ACTIVE}
    assert all(row.remote_id for row in everything)
    assert len({row.secret for row in everything}) == len(everything), "each has its own secret"
    assert all(row.expires_at for row in ledger)
    addresses = {row["notificationUrl"] for row in at_the_ledger(company)}
    assert addresses == {f"{door.address}/webhooks/{row.pk}/" for row in ledger}


def test_a_second_run_changes_nothing(company: Company, door: Door) -> None:
    renew(company)
    before = as_they_stand()
    telling.forget_requests(company)
    assert renew(company).ok
    assert as_they_stand() == before
    counts = {**telling.requests_to(company, "procore"),
              **telling.requests_to(company, "business_central")}  # fmt: skip
    assert not [name for name in counts if not name.startswith("GET")], counts


def test_a_document_arrives_by_the_real_webhook(company: Company, door: Door) -> None:
    """The stand-in calls, and what it sent is brought to the view with its own headers."""
    telling.only_what_is_new(company)
    renew(company)
    row = company.a_direct_cost("REAL-1")
    wait_for(lambda: any(body.get("resource_id") == row["id"] for body in door.bodies()))
    for path, body, headers in [one for one in door.heard if "Authorization" in one[2]]:
        key = path.split("/webhooks/")[1].strip("/")
        hook = Subscription.objects.get(pk=key)
        given = {"Authorization": headers.get("Authorization", "")}
        assert company.webhook(hook, body.decode(), **given).status_code == 200
    company.the_worker_runs()
    assert company.record(row, "direct_costs").state == State.POSTED
    assert len(company.posted_under("REAL-1")) == 1


@pytest.mark.parametrize(("hours", "renewed"), [(23, True), (25, False)])
def test_it_is_renewed_a_day_ahead(company: Company, door: Door, hours: int, renewed: bool) -> None:
    renew(company)
    row = of(company, "ledger")[0]
    expires_in(row, hours)
    remote_id = row.remote_id
    telling.forget_requests(company)
    assert renew(company).ok
    row.refresh_from_db()
    assert row.expires_at is not None
    assert (row.expires_at > timezone.now() + dt.timedelta(hours=48)) is renewed
    assert row.remote_id == remote_id, "renewed, not made again"
    patched = [name for name in telling.requests_to(company, "business_central") if "PATCH" in name]
    assert bool(patched) is renewed


def test_what_the_vendor_lost_is_made_again(company: Company, door: Door) -> None:
    renew(company)
    context = Context(company.integration, "subscriptions")
    lost = [of(company, "ledger")[0], of(company, "project_system")[1]]
    context.ledger.unsubscribe(lost[0])
    context.project_system.unsubscribe(lost[1])
    before = [row.remote_id for row in lost]
    assert renew(company).ok
    for row, old in zip(lost, before, strict=True):
        row.refresh_from_db()
        assert row.state == Standing.ACTIVE
        assert row.remote_id != old
    standing = context.ledger.standing()
    assert {row.remote_id for row in of(company, "ledger")} == standing


def test_a_renewal_that_fails_is_an_alert_and_does_not_stop_the_rest(
    company: Company, door: Door
) -> None:
    renew(company)
    first, second, *_ = of(company, "ledger")
    for row in (first, second):
        expires_in(row, 2)
    telling.ledger_fails(
        company, method="PATCH", path=first.remote_id, action="status", status=400, times=None,
        body={"error": {"code": "BadRequest", "message": "Not today."}},
    )  # fmt: skip
    run = renew(company)
    assert not run.ok
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Standing.FAILED, Standing.ACTIVE)
    assert "Not today." in first.error
    assert second.expires_at is not None
    assert second.expires_at > timezone.now() + dt.timedelta(hours=48)
    alert = Alert.objects.get(key=f"subscription:{first.pk}")
    assert "Not today." in alert.sentence
    company.ledger("faults", method="DELETE")
    assert renew(company).ok
    first.refresh_from_db()
    alert.refresh_from_db()
    assert first.state == Standing.ACTIVE
    assert alert.closed_at is not None


def lines_of(run: Run) -> list[Entry]:
    """In the hash-chained journal."""
    return list(Entry.objects.filter(kind=Entry.Kind.RUN, data__run=run.pk))


def test_each_look_at_them_has_its_line_in_the_journal(company: Company, door: Door) -> None:
    """Also one that found nothing to do: an export proves that none was left out."""
    first, second = renew(company), renew(company)
    for run in (first, second):
        [line] = lines_of(run)
        assert (line.integration, line.flow, line.record) == ("bc_procore", "subscriptions", None)
        assert line.sentence == f"Run {run.pk} (subscriptions) ended. All subscriptions stand."
        assert (line.data["kind"], line.data["ok"]) == ("renew", True)
        assert line.data["requests"] == run.requests > 0
    assert verify().ok


def test_one_that_failed_says_so_in_the_journal_too(company: Company, door: Door) -> None:
    renew(company)
    row = of(company, "ledger")[0]
    expires_in(row, 2)
    telling.ledger_fails(
        company, method="PATCH", path=row.remote_id, action="status", status=400, times=None,
        body={"error": {"code": "BadRequest", "message": "Not today."}},
    )  # fmt: skip
    run = renew(company)
    [line] = lines_of(run)
    assert line.data["ok"] is False
    assert line.sentence.startswith(f"Run {run.pk} (subscriptions) failed. {row}: ")
    assert "Not today." in line.sentence
    assert line.data["requests"] > 0
    assert verify().ok


def test_one_side_that_cannot_be_reached_does_not_stop_the_other(
    company: Company, door: Door
) -> None:
    telling.procore_fails(company, path="/rest/", action="status", status=500, times=None)
    run = renew(company)
    assert not run.ok
    assert "500" in run.sentence
    assert {row.state for row in of(company, "ledger")} == {Standing.ACTIVE}
    assert Alert.objects.filter(key__startswith="renew:", closed_at=None).exists()


def test_a_hand_shake_that_nobody_answers_is_said(company: Company, door: Door) -> None:
    door.open = False
    run = renew(company)
    assert not run.ok
    assert {row.state for row in of(company, "ledger")} == {Standing.FAILED}
    assert all(row.error for row in of(company, "ledger"))


def test_a_subscription_that_is_not_wanted_any_more_is_retired(
    company: Company, door: Door
) -> None:
    renew(company)
    context = Context(company.integration, "subscriptions")
    extra = Subscription.objects.create(
        connection=company.integration.ledger, resource="items", secret="s3cret-0123"
    )
    address = subscriptions.address(extra)
    extra.note_active(*context.ledger.subscribe(extra, address))
    assert extra.remote_id in context.ledger.standing()
    assert renew(company).ok
    extra.refresh_from_db()
    assert extra.state == Standing.GONE
    assert extra.remote_id not in context.ledger.standing()


def test_what_the_delivery_log_could_not_bring_is_fetched_by_reconciliation(
    company: Company, door: Door
) -> None:
    """Our address was down for so long that Procore gave up."""
    renew(company)
    door.open = False
    telling.only_what_is_new(company)
    row = company.a_direct_cost("UNDEL-1")
    clock = company.procore("clock")
    hook = Subscription.objects.get(resource="hook", scope=telling.project(company).project_id)
    try:
        wait_for(lambda: door.heard)
        company.procore("clock", {"offset": 13 * 3600})
        wait_for(lambda: undelivered(company, hook), 60)
    finally:
        company.procore("clock", {"offset": clock["offset"]})
    hints = undelivered(company, hook)
    assert str(row["id"]) in {hint.source_id for hint in hints}
    due = reconcile.undelivered(Context(company.integration, "direct_costs"), timezone.now())
    assert due >= 1
    company.the_worker_runs()
    assert Record.objects.get(source_id=str(row["id"])).state == State.POSTED


def undelivered(company: Company, hook: Subscription) -> list[Any]:
    context = Context(company.integration, "subscriptions")
    since = timezone.now() - dt.timedelta(days=2)
    return context.project_system.undelivered(hook, since)


def test_a_project_that_closed_loses_its_hook(company: Company, door: Door) -> None:
    renew(company)
    hook = of(company, "project_system")[-1]
    company.procore(f"procore/projects/{hook.scope}", {"active": False}, "PATCH")
    try:
        assert renew(company).ok
        hook.refresh_from_db()
        assert hook.state == Standing.GONE
        late = telling.knock(company, hook, notice(company, {"id": 1}), hook.secret)
        assert late.status_code == 200, "what is still on its way is kept"
    finally:
        company.procore(f"procore/projects/{hook.scope}", {"active": True}, "PATCH")
    assert renew(company).ok
    hook.refresh_from_db()
    assert hook.state == Standing.ACTIVE


def test_every_notice_that_is_asked_for_is_heard_by_a_flow() -> None:
    """Procore's list differs from company to company: what one offers must lead somewhere."""
    flows = REGISTRY["bc_procore"].values()
    heard = {name for flow in flows for name in (*flow.resources, *flow.polled_on, *flow.told_on)}
    assert RESOURCES - heard == {"Projects"}, "which the hourly refresh reads"


class Killed(BaseException):
    """As far as the database and the vendor can see: the process is gone."""


def test_a_worker_killed_before_the_answer_leaves_no_write_without_an_end(
    company: Company, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as kill:
        kill.setattr(RecordJournal, "outcome", die)
        with pytest.raises(Killed):
            renew(company)
    sent = Entry.objects.filter(kind=Entry.Kind.INTENT, record=None).latest("sequence")
    tasks.sweep()
    assert verify().ok, "it may still be under way"
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + dt.timedelta(hours=2))
    assert verify().problems == (f"the write announced in line {sent.sequence} has no outcome",)
    tasks.sweep()
    tasks.sweep()
    assert verify().ok
    end = Entry.objects.get(kind=Entry.Kind.OUTCOME, intent=sent.sequence)
    assert (end.data["result"], end.flow) == ("no answer", sent.flow)
    RecordJournal(sent.integration, sent.flow, None).outcome(sent.sequence, "done", 201, {})
    assert verify().ok, "an answer that comes later yet is told, not a second outcome"
    assert Entry.objects.filter(sentence="An answer came late: done (201)").count() == 1
    assert renew(company).ok
