"""One rate budget for all workers of a credential."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
import time_machine
from django.utils import timezone

from connections.errors import RetryLater
from connections.models import Connection, RateBudget
from connections.transport import rate_limit
from tests.connections.other_system import OtherSystem
from tests.connections.test_tokens import client_of, in_threads

WINDOW = rate_limit.Window(limit=25, seconds=10)
NO_WAIT = dt.timedelta(0)


def take(connection: Connection, window: rate_limit.Window = WINDOW) -> None:
    rate_limit.reserve(connection, window, NO_WAIT)


def left(connection: Connection) -> int:
    return RateBudget.objects.get(connection=connection).remaining


@pytest.mark.django_db
def test_refusals_without_a_time_are_waited_out_longer_each_time(connection: Connection) -> None:
    """Of every vendor. One wave that several workers hear of counts once; success begins anew."""

    def wait() -> float:
        return (rate_limit.grown(connection) - timezone.now()).total_seconds()

    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = rate_limit.block(connection, None)
        assert 7 <= (first - timezone.now()).total_seconds() <= 10
        assert wait() <= 10, "another worker of the same wave"
        clock.move_to(first + dt.timedelta(seconds=1))
        second = rate_limit.block(connection, None)
        assert 15 <= (second - timezone.now()).total_seconds() <= 20
        clock.move_to(second + dt.timedelta(seconds=1))
        for _ in range(rate_limit.IN_ROW + 1):
            take(connection)
        assert wait() <= 10, "requests got through meanwhile"


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_exceed_the_ceiling_together(
    connection: Connection, other_system: OtherSystem
) -> None:
    """60 requests of three workers against 25 in 2 seconds that the server counts itself."""
    counted: dict[int, int] = {}
    began = time.time()

    def reply(method: str, path: str, count: int) -> tuple[int, dict[str, str], str]:
        with other_system.lock:
            window = int((time.time() - began) // 2)
            counted[window] = counted.get(window, 0) + 1
            used = counted[window]
        headers = {
            "X-Limit": "25", "X-Remaining": str(25 - used), "X-Reset": str(began + 2 * window + 2),
        }  # fmt: skip
        return (429 if used > 25 else 200), headers, json.dumps({})

    def work() -> int:
        client = client_of(connection)
        client.window = rate_limit.Window(limit=25, seconds=2)
        return [client.get("/things").status for _ in range(20)].count(200)

    other_system.reply = reply
    assert in_threads(3, work) == [20, 20, 20]
    assert max(counted.values()) <= 25
    assert RateBudget.objects.get().throttled == 0
    assert RateBudget.objects.get().used == 60


@pytest.mark.django_db
def test_the_twenty_sixth_request_waits_for_the_next_window(connection: Connection) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(25):
            take(connection)
        with pytest.raises(RetryLater) as caught:
            take(connection)
        assert caught.value.at == timezone.now() + dt.timedelta(seconds=10)
        clock.shift(10)
        take(connection)
    assert left(connection) == 24


@pytest.mark.django_db
def test_what_the_vendor_says_is_taken_over(connection: Connection) -> None:
    take(connection)
    ends = timezone.now() + dt.timedelta(seconds=7)
    rate_limit.learn(connection, rate_limit.Reading(25, 3, ends), WINDOW)
    row = RateBudget.objects.get()
    assert (row.remaining, row.reset_at) == (3, ends)


@pytest.mark.django_db
def test_requests_of_others_under_way_stay_counted(connection: Connection) -> None:
    """The vendor has seen one of our two requests when it answers."""
    take(connection)
    take(connection)
    ends = timezone.now() + dt.timedelta(seconds=11)
    rate_limit.learn(connection, rate_limit.Reading(25, 24, ends), WINDOW)
    assert left(connection) == 23


@pytest.mark.django_db
def test_a_window_ends_when_it_is_over_not_at_the_next_whole_second(
    connection: Connection,
) -> None:
    """It opened at :00.2, so it is over at :10.2; the vendor says :11 with each answer."""
    opened = dt.datetime(2025, 7, 1, 12, 0, 0, 200_000, tzinfo=dt.UTC)
    said = opened + dt.timedelta(seconds=10.8)
    with time_machine.travel(opened, tick=False) as clock:
        take(connection)
        clock.shift(0.1)  # the first answer comes
        rate_limit.learn(connection, rate_limit.Reading(25, 24, said), WINDOW)
        over = opened + dt.timedelta(seconds=10.1)
        assert RateBudget.objects.get().reset_at == over
        clock.shift(5)
        take(connection)
        rate_limit.learn(connection, rate_limit.Reading(25, 23, said), WINDOW)
        assert RateBudget.objects.get().reset_at == over


@pytest.mark.django_db
def test_the_answer_that_opened_a_window_counts_although_another_came_first(
    connection: Connection,
) -> None:
    """We may not go on before the vendor does: its window opened after we took the request."""
    opened = dt.datetime(2025, 7, 1, 12, 0, 0, 200_000, tzinfo=dt.UTC)
    said = opened + dt.timedelta(seconds=11.8)
    with time_machine.travel(opened, tick=False) as clock:
        take(connection)
        take(connection)
        clock.shift(1.5)
        rate_limit.learn(connection, rate_limit.Reading(25, 23, said), WINDOW)
        rate_limit.learn(connection, rate_limit.Reading(25, 24, said), WINDOW)
    assert RateBudget.objects.get().reset_at == opened + dt.timedelta(seconds=11.5)


@pytest.mark.django_db
def test_a_larger_ceiling_of_the_vendor_is_used(connection: Connection) -> None:
    take(connection)
    ends = timezone.now() + dt.timedelta(seconds=9)
    rate_limit.learn(connection, rate_limit.Reading(100, 99, ends), WINDOW)
    assert left(connection) == 99


@pytest.mark.django_db
def test_an_hourly_window_does_not_lift_the_short_ceiling(connection: Connection) -> None:
    take(connection)
    ends = timezone.now() + dt.timedelta(minutes=40)
    rate_limit.learn(connection, rate_limit.Reading(3600, 3000, ends), WINDOW)
    assert left(connection) == 24


@pytest.mark.django_db
def test_an_hourly_window_that_is_nearly_used_up_binds(connection: Connection) -> None:
    take(connection)
    ends = timezone.now() + dt.timedelta(minutes=40)
    rate_limit.learn(connection, rate_limit.Reading(3600, 5, ends), WINDOW)
    for _ in range(3):  # two are kept back for what others have under way
        take(connection)
    with pytest.raises(RetryLater) as caught:
        take(connection)
    assert caught.value.at == ends


@pytest.mark.django_db
def test_an_answer_of_an_earlier_window_changes_nothing(connection: Connection) -> None:
    take(connection)
    past = timezone.now() - dt.timedelta(seconds=1)
    rate_limit.learn(connection, rate_limit.Reading(25, 0, past), WINDOW)
    assert left(connection) == 24


@pytest.mark.django_db
def test_nobody_waits_for_a_window_while_the_application_ends(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a write does, since it was announced."""
    window = rate_limit.Window(limit=1, seconds=0.2)
    monkeypatch.setattr(rate_limit, "pause", lambda seconds: True)
    rate_limit.reserve(connection, window)
    with pytest.raises(rate_limit.Closing):
        rate_limit.reserve(connection, window)
    rate_limit.reserve(connection, window, writes=True)
    with pytest.raises(rate_limit.Closing):
        rate_limit.go_on()


@pytest.mark.django_db
def test_a_block_is_never_shortened(connection: Connection) -> None:
    take(connection)
    late, early = (timezone.now() + dt.timedelta(minutes=minutes) for minutes in (9, 1))
    rate_limit.block(connection, late)
    rate_limit.block(connection, early)
    with pytest.raises(RetryLater) as caught:
        take(connection)
    assert caught.value.at == late


@pytest.mark.django_db
def test_each_credential_has_its_own_budget(connection: Connection) -> None:
    other = Connection.objects.create(name="Other", vendor="acme")
    take(connection)
    rate_limit.block(connection, timezone.now() + dt.timedelta(minutes=1))
    take(other)
