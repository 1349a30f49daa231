"""monday.com calls us over HTTP: the handshake, what is believed, what is heard and what echoes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client as Browser

from config.rehearsal.control import call
from connections.errors import Reason
from connections.models import Consent, Subscription, Token
from syncs import tasks
from syncs.models import Alert, Delivery, Record, Rejection, Run, State
from tests import story
from tests.flows.monday.conftest import SIDES
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import shown
from tests.simulators.server import wait_for
from tests.story import run_queue
from tests.vendors.monday.test_monday_sign_in import consents

pytestmark = pytest.mark.django_db(transaction=True)
BOT = 70000001  # the stand-in's user of the token
EVENTS = {"item_deleted", "item_archived", "item_restored"}


@pytest.fixture
def called(
    ready: dict[str, Any], transactional_db: None, live_server: Any, settings: Any
) -> Iterator[Boards]:
    """Our application stands at an address that both systems can call."""
    settings.PUBLIC_URL = live_server.url.replace("localhost", "127.0.0.1")
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()
    boards = Boards(story.set_up(ready, "nav_monday", SIDES))
    yield boards
    from syncs.flow import Context

    context = Context(boards.integration, "decisions")
    for row in Subscription.objects.exclude(remote_id=""):
        side = "ledger" if row.connection_id == boards.integration.ledger_id else "project_system"
        getattr(context, side).unsubscribe(row)
    boards.company.ledger("notifications", {"delay": 30})
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")


def renew(boards: Boards) -> Run:
    tasks.renew(boards.integration.pk)
    return Run.objects.filter(kind="renew").latest("pk")


def hooks(boards: Boards) -> list[Subscription]:
    return list(Subscription.objects.filter(connection=boards.integration.project_system))


def heard(boards: Boards, act: Callable[[], Any], least: int = 1) -> list[Delivery]:
    """What came by HTTP because of this; then the worker runs."""
    before = Delivery.objects.count()
    act()
    wait_for(lambda: Delivery.objects.count() >= before + least)
    found = list(Delivery.objects.order_by("pk")[before:])
    run_queue()
    return found


def settings_of(boards: Boards, **values: str) -> None:
    connection = boards.integration.project_system
    connection.settings |= values
    connection.save()


def decision_of(record: Record) -> Record:
    return Record.objects.get(flow="decisions", source_id=record.destination_id)


def approves(boards: Boards, record: Record, **facts: Any) -> None:
    boards.decides(boards.item(record), "Approved", **facts)


# -- a personal token -----------------------------------------------------------------------------


def test_the_handshake_is_answered_and_every_board_is_listened_to(called: Boards) -> None:
    run = renew(called)
    assert run.ok, run.sentence
    rows = hooks(called)
    assert {row.state for row in rows} == {Subscription.State.ACTIVE}
    boards = {called.layout(kind).board_id for kind in ("ledger_invoice", "ledger_order")}
    assert {row.scope for row in rows} == boards
    events = {row.resource for row in rows if row.scope == called.layout().board_id}
    decision = called.layout().columns["decision"]
    assert events >= {*EVENTS, f"change_specific_column_value:{decision}"}


def test_a_decision_is_heard_and_takes_effect(called: Boards) -> None:
    renew(called)
    record = shown(called, "HOOK-1")
    heard(called, lambda: approves(called, record))
    decision = decision_of(record)
    assert decision.state == State.POSTED, decision.sentence
    assert called.text(called.item(record), "status") == "Released"


def test_a_notice_that_comes_twice_and_our_own_echo_are_harmless(called: Boards) -> None:
    """The refused label is ours: it comes back as a notice, and decides nothing."""
    renew(called)
    record = shown(called, "HOOK-2")
    called.monday_faults({"action": "double_webhook", "times": None})
    heard(called, lambda: approves(called, record), least=2)
    decision = decision_of(record)
    assert decision.state == State.POSTED, decision.sentence
    assert len(called.item(record)["updates"]) == 1
    called.nav("post_draft", number=record.number)
    before = Delivery.objects.count()
    heard(called, lambda: called.decides(called.item(record), "Rejected"), least=2)
    wait_for(lambda: Delivery.objects.count() >= before + 4)
    run_queue()
    decision.refresh_from_db()
    assert (decision.state, decision.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert called.text(called.item(record), "decision") == "Refused by NAV"
    assert len(called.item(record)["updates"]) == 2


def test_who_works_as_the_connectors_user_is_heard_where_a_person_uses_it_too(
    called: Boards,
) -> None:
    settings_of(called, own_user="no")
    renew(called)
    record = shown(called, "HOOK-3")
    heard(called, lambda: approves(called, record, user=BOT))
    decision = decision_of(record)
    assert decision.state == State.POSTED, decision.sentence


def test_an_item_put_away_is_held_and_goes_on_when_it_is_back(called: Boards) -> None:
    renew(called)
    record = shown(called, "HOOK-4")
    heard(called, lambda: called.monday("archive", item=record.destination_id))
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "archived or deleted" in record.sentence
    heard(called, lambda: called.monday("restore", item=record.destination_id))
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence


def test_an_invoice_typed_in_nav_is_told_by_its_webhook(called: Boards) -> None:
    assert renew(called).ok
    ours = Subscription.objects.filter(connection=called.integration.ledger)
    assert ours.filter(resource="purchaseInvoices", state="active").exists()
    called.company.ledger("notifications", {"delay": 0.2})
    typed: dict[str, Any] = {}
    heard(called, lambda: typed.update(called.an_invoice("HOOK-5")))
    record = called.records("purchase_invoices", typed["number"])
    assert record.state == State.POSTED, record.sentence


# -- an app's token -------------------------------------------------------------------------------


@pytest.fixture
def app(called: Boards) -> Iterator[Boards]:
    """A person pressed Connect and agreed."""
    settings_of(called, sign_in="oauth")
    boss = User.objects.create_superuser("boss", "boss@keystone.example", "x")
    browser = Browser()
    browser.force_login(boss)
    pk = called.integration.project_system_id
    page = browser.get(f"/connections/connection/{pk}/connect/")
    browser.get(consents(str(page.context["address"])))
    assert Consent.objects.get().given_by == "boss"
    called.integration.refresh_from_db()
    yield called
    settings_of(called, sign_in="token")


def test_an_apps_notice_is_signed_and_a_forged_one_is_refused(app: Boards) -> None:
    run = renew(app)
    assert run.ok, run.sentence
    record = shown(app, "APP-1")
    [row] = [hook for hook in hooks(app) if hook.scope == app.layout().board_id
             and hook.resource.endswith(app.layout().columns["decision"])]  # fmt: skip
    body = {"event": {
        "type": "update_column_value", "boardId": int(row.scope), "userId": 70000002,
        "pulseId": int(record.destination_id), "columnId": app.layout().columns["decision"],
        "triggerUuid": "f" * 32, "subscriptionId": int(row.remote_id),
    }}  # fmt: skip
    for token in ("", forged(row), "not a token"):
        assert app.company.webhook(row, body, Authorization=token).status_code == 401
    assert Rejection.objects.get(subscription=row).count == 3
    heard(app, lambda: approves(app, record))
    decision = decision_of(record)
    assert decision.state == State.POSTED, decision.sentence
    assert Token.objects.exists()


def forged(row: Subscription) -> str:
    from connections.vendors.monday.webhook import address

    end = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    claims = {"aud": address(row), "exp": end, "userId": 70000002, "accountId": 1}
    return jwt.encode(claims, "somebody else's secret of 32 letters", algorithm="HS256")


def test_a_forged_notice_of_a_personal_token_changes_nothing(called: Boards) -> None:
    """Nothing can be proved there, so the item is read again: it says that nobody decided."""
    renew(called)
    record = shown(called, "FORGED-1")
    [row] = [hook for hook in hooks(called) if hook.scope == called.layout().board_id
             and hook.resource.endswith(called.layout().columns["decision"])]  # fmt: skip
    approved = {"label": {"index": 1, "text": "Approved"}}
    body = {"event": {
        "type": "update_column_value", "boardId": int(row.scope), "userId": 70000002,
        "pulseId": int(record.destination_id), "columnId": called.layout().columns["decision"],
        "value": approved, "triggerUuid": "e" * 32, "subscriptionId": int(row.remote_id),
    }}  # fmt: skip
    assert called.company.webhook(row, json.dumps(body)).status_code == 200
    run_queue()
    assert decision_of(record).state == State.SKIPPED
    assert called.text(called.item(record), "status") == "Draft"


# -- kept alive -----------------------------------------------------------------------------------


def test_a_hook_that_monday_lost_is_made_again_and_a_failure_alerts(called: Boards) -> None:
    renew(called)
    [lost] = [row for row in hooks(called) if row.resource == "item_archived"
              and row.scope == called.layout().board_id]  # fmt: skip
    called.monday("webhook", webhook=lost.remote_id, active=False)
    assert renew(called).ok
    made = Subscription.objects.get(pk=lost.pk)
    assert made.remote_id != lost.remote_id
    called.monday("webhook", webhook=made.remote_id, active=False)
    called.monday_faults(
        {"method": "POST", "path": "create_webhook", "action": "status", "status": 503,
         "times": None}
    )  # fmt: skip
    assert not renew(called).ok
    made.refresh_from_db()
    assert made.state == Subscription.State.FAILED
    assert Alert.objects.filter(key=f"subscription:{made.pk}", closed_at=None).exists()
    called.monday_faults()
    assert renew(called).ok
    assert not Alert.objects.filter(key=f"subscription:{made.pk}", closed_at=None).exists()
