"""The account's calls of a day: counted for all, kept for decisions, back at 00:00 UTC."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from connections.errors import NoTry
from connections.models import Connection, DailyCalls, Seat
from connections.transport import daily_quota
from connections.vendors.monday.client import Monday
from tests.connections.other_system import OtherSystem, ok
from tests.vendors.monday.conftest import Account, tomorrow

pytestmark = pytest.mark.django_db(transaction=True)


def counted() -> int:
    return daily_quota.used(DailyCalls.objects.get().account)


def day_of(account: Account, limit: int, used: int) -> None:
    """So many calls a day, and so many of today used, says monday.com too."""
    account.client.calls.seat()
    DailyCalls.objects.update(limit=limit, tenths=used * daily_quota.WHOLE, told_at=timezone.now())


def test_who_we_are_is_asked_once_for_all_workers(account: Account) -> None:
    account.calls()
    account.client.items(["1"])
    assert account.calls() == 2
    account.new_client().items(["1"])
    assert account.calls() == 1
    assert counted() == 3
    seat = Seat.objects.get()
    assert (seat.person_id, seat.person) == (account.ready["user_id"], "ML Connector")


def test_a_version_that_tells_no_limit_leaves_the_plans(
    server: OtherSystem, admin_client: Browser
) -> None:
    """Without the platform's figures, and without a right to see the account."""

    def reply(method: str, path: str, count: int) -> Any:
        if "platform_api" in server.seen[-1][3]:
            error = {
                "message": "no such field",
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            }
            return ok({"errors": [error]})
        return ok({"data": {"me": {"id": "7", "name": "Bot"}, "items": []}})

    server.reply = reply
    connection = Connection.objects.create(
        name="M", vendor="monday", settings={"api_url": server.address, "plan": "pro"},
        secrets={"token": "T-1234"},
    )  # fmt: skip
    client = Monday(connection)
    assert client.items(["1"]) == []
    row = DailyCalls.objects.get()
    assert row.limit == 10_000
    assert row.account.endswith(f"of connection {connection.pk}")
    page = admin_client.get(f"/connections/connection/{connection.pk}/change/").content.decode()
    assert "2 of 10,000" in page


def test_another_token_may_be_another_account(account: Account) -> None:
    account.client.items(["1"])
    account.connection.secrets |= {"token": account.by_hand("token")["token"]}
    account.connection.save()
    account.calls()
    account.new_client().items(["1"])
    assert account.calls() == 2


def test_the_platforms_own_figures_win(account: Account) -> None:
    account.new_client(plan="basic").items(["1"])
    row = DailyCalls.objects.get()
    assert row.limit == account.client.ask(
        "query { platform_api { daily_limit { total } } }"
    )["platform_api"]["daily_limit"]["total"]  # fmt: skip


def test_two_connections_to_an_account_share_its_calls(
    account: Account, monday_ready: dict[str, Any]
) -> None:
    other = Account(monday_ready, "The same again")
    account.client.items(["1"])
    other.client.items(["1"])
    assert counted() == 4


def test_calls_for_all_stop_where_those_for_decisions_begin(account: Account) -> None:
    item = account.invoice()
    day_of(account, limit=1000, used=799)
    assert account.client.items([item.id])
    account.calls()
    with pytest.raises(NoTry) as later:
        account.client.items([item.id])
    assert later.value.at == tomorrow()
    assert later.value.sentence.startswith("800 of the 1,000 calls")
    assert "kept for decisions" in later.value.sentence
    assert account.calls() == 0
    with account.client.urgent():
        assert account.client.items([item.id])
        account.changed(item.id, nav_amount=Decimal("1"))
    with pytest.raises(NoTry):
        account.client.items([item.id])


def test_even_a_decision_waits_when_nothing_is_left(account: Account) -> None:
    day_of(account, limit=1000, used=1000)
    account.calls()
    with account.client.urgent(), pytest.raises(NoTry) as later:
        account.client.items(["1"])
    assert "are used up; it goes on at 00:00 UTC" in later.value.sentence
    assert account.calls() == 0


@pytest.mark.parametrize(("share", "reads"), [("0", 10), ("50", 5), ("", 8), ("nonsense", 8)])
def test_the_share_for_decisions_is_a_setting(account: Account, share: str, reads: int) -> None:
    account.new_client(decision_share=share)
    day_of(account, limit=10, used=0)
    for _ in range(reads):
        account.client.items(["1"])
    with pytest.raises(NoTry):
        account.client.items(["1"])


def test_a_change_that_was_not_sent_is_journaled_so(account: Account) -> None:
    account.board()
    account.client.column_types(account.board_id)
    day_of(account, limit=1000, used=1000)
    with pytest.raises(NoTry):
        account.invoice()
    assert account.journal.outcomes[-1][0] == "not sent"


def test_the_day_begins_at_midnight_utc(account: Account) -> None:
    day_of(account, limit=1000, used=1000)
    row = DailyCalls.objects.get()
    with time_machine.travel(tomorrow() - dt.timedelta(seconds=2), tick=False):
        assert not daily_quota.take(row.account, 1000)
    with time_machine.travel(tomorrow() + dt.timedelta(seconds=1), tick=False):
        assert daily_quota.take(row.account, 1000)
        assert daily_quota.used(row.account) == 1


def test_calls_that_a_limit_turned_away_cost_a_tenth(account: Account) -> None:
    account.client.items(["1"])
    before = DailyCalls.objects.get().tenths
    account.trouble("concurrency", wait=1)
    with pytest.raises(Exception, match="slow down"):
        account.client.items(["1"])
    assert DailyCalls.objects.get().tenths == before + 1


def test_the_platforms_refusal_ends_the_day_for_all(account: Account) -> None:
    account.board()
    account.trouble("daily", wait=3599)
    with pytest.raises(NoTry):
        account.client.items(["1"])
    account.calls()
    with account.client.urgent(), pytest.raises(NoTry):
        account.client.items(["1"])
    assert account.calls() == 0


def test_the_platforms_real_limit_is_never_run_into(account: Account) -> None:
    account.limits(daily=20)
    for _ in range(30):
        with contextlib.suppress(NoTry):
            account.client.items(["1"])
    assert account.calls() == 16
    usage = account.control("GET", "monday/usage")
    assert "DAILY_LIMIT_EXCEEDED" not in str(usage)


def test_a_first_load_says_when_it_will_be_through(account: Account) -> None:
    day_of(account, limit=1000, used=100)
    client, now = account.client, timezone.now()
    soon = client.finish_time(166)
    assert dt.timedelta(seconds=50) < soon - now < dt.timedelta(minutes=2)
    assert client.finish_time(700) < now + dt.timedelta(minutes=6)
    assert tomorrow() < client.finish_time(701) < tomorrow() + dt.timedelta(minutes=1)
    assert client.finish_time(1500) < tomorrow() + dt.timedelta(hours=1)
    assert client.finish_time(1501) > tomorrow() + dt.timedelta(days=1)
    day_of(account, limit=1000, used=990)
    assert client.finish_time(1) > tomorrow()
    assert client.calls_today() == (990, 1000)
