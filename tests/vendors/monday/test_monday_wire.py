"""What goes wrong on the way: refusals in HTTP 200, throttles, lost answers, repeated changes."""

from __future__ import annotations

import datetime as dt
import json
import threading
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connections as databases
from django.utils import timezone

from connections.errors import (
    CredentialPaused,
    InDoubt,
    NeedsPerson,
    NotFound,
    NoTry,
    Refused,
    RetryLater,
)
from connections.models import Connection, RateBudget
from connections.transport import concurrency
from connections.transport.http import Answer
from connections.vendors.monday import answers
from connections.vendors.monday.client import Monday
from tests.connections.other_system import OtherSystem, Reply, ok
from tests.vendors.monday.conftest import KEY, STATE, Account, tomorrow
from tests.vendors.stage_business_central import Notebook

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"me": {"id": "7", "name": "Bot", "kind": "member", "account": {"id": "1"}},
       "platform_api": {"daily_limit": {"base": 1000, "total": 1000}}}  # fmt: skip


def wait_in_seconds(error: RetryLater) -> float:
    assert error.at is not None
    return (error.at - timezone.now()).total_seconds()


def forget_the_wait() -> None:
    RateBudget.objects.update(blocked_until=None)


# -- throttles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["minute", "concurrency", "complexity", "complexity_old", "ip", "boards", "locked",
             "blocked", "field", "field_minute", "subgraph"],
)  # fmt: skip
def test_whatever_throttles_says_when_to_come_again(account: Account, name: str) -> None:
    account.board()
    account.trouble(name, wait=40)
    with pytest.raises(RetryLater) as later:
        account.client.items(["1"])
    silent = name in ("complexity_old", "boards", "locked", "blocked", "subgraph")
    least, most = (7, 10) if silent else (39, 43)
    assert least < wait_in_seconds(later.value) < most
    forget_the_wait()
    assert account.client.items(["1"]) == []


def test_nobody_sends_before_the_wait_is_over(account: Account) -> None:
    account.board()
    account.trouble("minute", wait=40)
    with pytest.raises(RetryLater):
        account.client.items(["1"])
    account.calls()
    with pytest.raises(RetryLater):
        account.new_client().items(["1"])
    assert account.calls() == 0


def test_a_throttled_change_was_not_done(account: Account) -> None:
    account.board()
    account.trouble("complexity", wait=30, field="create_item")
    with pytest.raises(RetryLater):
        account.invoice()
    assert account.journal.outcomes[-1][0] == "refused"
    forget_the_wait()
    assert account.invoice().active


def test_points_that_run_out_are_waited_for_before_they_do(account: Account) -> None:
    account.board()
    account.limits(complexity=120_000)
    account.control("DELETE", "monday/usage")
    account.invoice("PI-1")
    account.calls()
    with pytest.raises(RetryLater) as later:
        account.invoice("PI-2")
    assert account.calls() == 0
    assert 0 < wait_in_seconds(later.value) <= 60
    assert RateBudget.objects.get().throttled == 0


# -- refusals -------------------------------------------------------------------------------------


def test_a_refusal_in_http_200_is_journaled_as_one(account: Account) -> None:
    item = account.invoice()
    account.trouble("column_value", field="change_multiple_column_values")
    with pytest.raises(NeedsPerson):
        account.changed(item.id, nav_amount=Decimal("1"))
    assert account.journal.outcomes[-1] == ("refused", 400)


def test_a_missing_item_in_http_200_is_not_found(account: Account) -> None:
    item = account.invoice()
    account.trouble("missing", field="change_multiple_column_values")
    with pytest.raises(NotFound):
        account.changed(item.id, nav_amount=Decimal("1"))


def test_a_refusal_without_a_code_is_final(account: Account) -> None:
    item = account.invoice()
    account.trouble("uncoded", field="change_multiple_column_values")
    with pytest.raises(Refused):
        account.changed(item.id, nav_amount=Decimal("1"))


def test_a_right_that_lacks_is_said_and_does_not_stop_the_rest(account: Account) -> None:
    item = account.invoice()
    account.trouble("unauthorized")
    with pytest.raises(NeedsPerson) as held:
        account.changed(item.id, nav_amount=Decimal("1"))
    assert "owner of the board" in held.value.sentence
    assert account.client.items([item.id])


def test_a_full_board_is_said(account: Account) -> None:
    account.board()
    account.by_hand("rights", board=account.board_id, items_limit=1)
    account.invoice("PI-1")
    with pytest.raises(NeedsPerson) as held:
        account.invoice("PI-2")
    assert "is full" in held.value.sentence


def test_a_long_name_is_cut_where_monday_com_ends(account: Account) -> None:
    board = account.board()
    item = account.client.create_item(board, "x" * 300, {}, "item", "k")
    assert len(item.name) == 255


# -- lost answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["server", "timeout", "timeout_html", "bad_gateway", "inside"])
def test_a_change_that_was_not_answered_well_is_in_doubt(account: Account, name: str) -> None:
    account.board()
    account.trouble(name, field="create_item")
    with pytest.raises(InDoubt):
        account.invoice()
    assert account.journal.outcomes[-1][0] == "no answer"


@pytest.mark.parametrize("name", ["server", "timeout", "timeout_html", "bad_gateway"])
def test_a_read_that_failed_is_tried_again(account: Account, name: str) -> None:
    item = account.invoice()
    account.trouble(name)
    assert account.client.items([item.id])


def test_a_repeated_change_makes_no_second_item(account: Account) -> None:
    account.board()
    account.fault("cut_after", path="create_item", times=1)
    with pytest.raises(InDoubt):
        account.invoice("PI-1")
    again = account.invoice("PI-1")
    assert [item.id for item in account.client.all_items(account.board_id)] == [again.id]


def test_a_repeated_creation_shows_the_item_as_it_stands_now(account: Account) -> None:
    first = account.invoice("PI-1")
    account.changed(first.id, nav_amount=Decimal("2"))
    assert account.invoice("PI-1").cells["nav_amount"] == Decimal("2")
    account.by_hand("archive", item=int(first.id))
    assert account.invoice("PI-1").active is False


def test_another_key_or_other_cells_are_another_item(account: Account) -> None:
    first = account.invoice("PI-1")
    other = account.client.create_item(
        account.board_id, first.name, {KEY: "PI-1", "nav_amount": Decimal("1250.40")}, "x", "other"
    )
    changed = account.invoice("PI-1", nav_amount=Decimal("3"))
    assert len({first.id, other.id, changed.id}) == 3


def test_what_somebody_changed_back_is_written_again(account: Account) -> None:
    """The same change within half an hour is a new one, not the old answer once more."""
    account.board()
    item = account.invoice("PI-1", nav_status=account.label("Open"))
    released = account.label("Released")
    account.changed(item.id, nav_status=released)
    account.by_hand("status", item=int(item.id), column=STATE, status="Open")
    assert account.changed(item.id, nav_status=released).cells[STATE] == released
    assert account.client.items([item.id])[0].cells[STATE] == released


def test_what_was_put_right_is_not_refused_with_the_old_answer(account: Account) -> None:
    account.board()
    released = account.label("Released")
    account.control("POST", "settings", {"replay_errors": True})
    account.client.retire_labels(account.board_id, STATE, [released], "labels")
    for _ in range(3):
        with pytest.raises(NeedsPerson):
            account.invoice("PI-1", nav_status=released)
    account.client.ensure_labels(account.board_id, STATE, ["Released"], "labels")
    made = account.invoice("PI-1", nav_status=released)
    account.control("POST", "settings", {"replay_errors": False})
    assert [item.id for item in account.client.all_items(account.board_id)] == [made.id]


def test_a_change_that_is_still_under_way_is_waited_for(account: Account) -> None:
    account.board()
    conflict = {
        "errors": [{"message": "In flight", "extensions": {"code": "IDEMPOTENCY_CONFLICT"}}]
    }
    account.fault("status", status=409, body=json.dumps(conflict), path="create_item", times=1)
    with pytest.raises(RetryLater) as later:
        account.invoice()
    assert wait_in_seconds(later.value) < 10


def test_changes_of_one_board_go_one_after_the_other(account: Account) -> None:
    board = account.board()
    account.client.column_types(board)
    account.fault("slow", path="create_item", seconds=0.1, times=6)
    account.control("DELETE", "monday/usage")
    pk, journal = account.connection.pk, Notebook()

    def work(number: int) -> None:
        client = Monday(Connection.objects.get(pk=pk), journal)
        client.create_item(board, f"Item {number}", {KEY: f"T-{number}"}, "item", f"t{number}")
        databases.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.control("GET", "monday/usage")["most_at_once"] == 1
    assert len(list(account.client.all_items(board))) == 6


def test_a_lane_is_held_by_one_at_a_time(account: Account) -> None:
    caught: list[BaseException] = []

    def other() -> None:
        try:
            with concurrency.lane("board 1", "monday.com", longest_wait=0):
                pass
        except NoTry as error:
            caught.append(error)
        finally:
            databases.close_all()

    with concurrency.lane("board 1", "monday.com"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(caught) == 1
    with concurrency.lane("board 1", "monday.com", longest_wait=0):
        pass


# -- signing in with a personal token -------------------------------------------------------------


@pytest.mark.parametrize("body", ["graphql", "flat", "list"])
def test_a_token_that_is_dead_pauses_the_connection(account: Account, body: str) -> None:
    account.board()
    account.control("POST", "settings", {"unauthorized_body": body})
    account.by_hand("token")
    with pytest.raises(CredentialPaused) as paused:
        account.client.items(["1"])
    account.control("POST", "settings", {"unauthorized_body": "graphql"})
    assert "Enter the present one" in paused.value.sentence
    account.calls()
    with pytest.raises(CredentialPaused):
        account.new_client().items(["1"])
    assert account.calls() == 0


def test_an_address_that_is_not_allowed_is_said(account: Account) -> None:
    account.board()
    account.control("POST", "settings", {"access": "ip"})
    with pytest.raises(CredentialPaused) as paused:
        account.client.items(["1"])
    account.control("POST", "settings", {"access": "open"})
    assert "list of allowed addresses" in paused.value.sentence


def test_a_token_is_never_told(account: Account) -> None:
    token = account.ready["token"]
    account.client.calls.seat()
    account.fault("status", status=400, body=json.dumps({"errors": [{"message": token}]}), times=1)
    with pytest.raises(Refused) as refused:
        account.client.ask("query { me { id } }")
    assert token not in refused.value.sentence


# -- answers that the stand-in does not give ------------------------------------------------------


def client_of(server: OtherSystem, *replies: Any) -> Monday:
    """A client of a server that says who we are, then these, then the last one for ever."""
    queue: list[Any] = list(replies)

    def reply(method: str, path: str, count: int) -> Reply:
        if "query Who" in server.seen[-1][3]:
            return ok({"data": WHO})
        found: Any = queue.pop(0) if len(queue) > 1 else queue[0]
        return found if isinstance(found, tuple) else ok(found)

    server.reply = reply
    connection = Connection.objects.create(
        name="M", vendor="monday", settings={"api_url": server.address}, secrets={"token": "T-1234"}
    )
    return Monday(connection, Notebook())


def test_a_change_in_the_answer_is_done_whatever_else_failed(server: OtherSystem) -> None:
    answer = {
        "data": {"create_item": {"id": "5", "name": "x", "column_values": []}},
        "errors": [{"message": "no", "path": ["create_item", "group"],
                    "extensions": {"code": "FIELD_LIMIT_EXCEEDED", "status_code": 429}}],
    }  # fmt: skip
    client = client_of(server, {"data": {"boards": [{"id": "1", "columns": []}]}}, answer)
    assert client.create_item("1", "x", {}, "item", "k").id == "5"


def test_amounts_are_exact_whether_told_as_text_or_number(server: OtherSystem) -> None:
    cells = [
        {"id": "a", "type": "numbers", "text": "0.1", "value": '"12345678901234567.89"'},
        {"id": "b", "type": "numbers", "text": "0.1", "value": "0.30000000000000004"},
        {"id": "c", "type": "numbers", "text": "7.5", "value": None},
        {"id": "d", "type": "numbers", "text": "", "value": None},
        {"id": "e", "type": "numbers", "text": None, "value": None, "number": 0.5},
        {"id": "f", "type": "battery", "text": "4/5", "value": None},
        {"id": "g", "type": "mirror", "text": None, "value": None, "display_value": "A, B"},
        {"id": "h", "type": "status", "index": 5, "label": None},
        {"id": "i", "type": "status", "index": 5, "label": "Late"},
    ]
    client = client_of(server, {"data": {"items": [{"id": "1", "column_values": cells}]}})
    [item] = client.items(["1"])
    assert item.cells == {
        "a": Decimal("12345678901234567.89"), "b": Decimal("0.30000000000000004"),
        "c": Decimal("7.5"), "d": None, "e": None, "f": "4/5", "g": "A, B", "h": "", "i": "5",
    }  # fmt: skip


def test_a_search_that_finds_too_much_is_not_believed(server: OtherSystem) -> None:
    rows = [{"id": str(n), "column_values": [{"id": KEY, "type": "text", "text": text}]}
            for n, text in enumerate(("PI-1", "pi-1", "PI-10", "", None))]  # fmt: skip
    page = {"data": {"boards": [{"items_page": {"cursor": None, "items": rows}}]}}
    found = client_of(server, page).items_by_key("1", KEY, ["PI-1", ""])
    assert {key: [item.id for item in items] for key, items in found.items()} == {
        "PI-1": ["0", "1"], "": [],
    }  # fmt: skip


def test_a_missing_scope_is_named(server: OtherSystem) -> None:
    error = {"message": "Missing scope: webhooks:read", "extensions": {
        "code": "UNAUTHORIZED_FIELD_OR_TYPE", "status_code": 403}}  # fmt: skip
    client = client_of(server, {"errors": [error], "data": None})
    with pytest.raises(NeedsPerson) as held:
        client.ask("query { me { id } }")
    assert "lacks webhooks:read" in held.value.sentence
    assert "Connect again" in held.value.sentence


def test_a_viewer_pauses_the_connection(server: OtherSystem) -> None:
    error = {"message": "User access denied", "extensions": {"code": "USER_ACCESS_DENIED"}}
    client = client_of(server, (403, {}, json.dumps({"errors": [error]})))
    with pytest.raises(CredentialPaused) as paused:
        client.ask("query { me { id } }")
    assert "no viewer and no guest" in paused.value.sentence


@pytest.mark.parametrize(
    "body", ["<html>busy</html>", "", "[]", "{}", '{"data": []}', '{"data": null}']
)
def test_a_body_that_is_no_data_is_tried_later(server: OtherSystem, body: str) -> None:
    client = client_of(server, (200, {}, body))
    with pytest.raises(RetryLater):
        client.items(["1"])


def test_the_log_tells_moments_in_two_ways(server: OtherSystem) -> None:
    rows = [
        {"event": "update_column_value", "user_id": "7", "created_at": "17951662004412345",
         "data": json.dumps({"pulse_id": 5, "column_id": "s"})},
        {"event": "update_column_value", "user_id": "8", "created_at": "2026-11-20T09:16:42Z",
         "data": json.dumps({"pulse_id": 5, "column_id": "s"})},
        {"event": "update_column_value", "user_id": "9", "created_at": "2026-11-21T09:16:42Z",
         "data": json.dumps({"pulse_id": 5, "column_id": "other"})},
    ]  # fmt: skip
    log = {"data": {"boards": [{"activity_logs": rows}]}}
    decision = client_of(server, log, {"data": {"users": []}}).decision("1", "5", "s")
    assert decision is not None
    assert (decision.person_id, decision.person, decision.ours) == ("8", "User 8", False)
    assert answer_moment("17951662004412345") == dt.datetime(
        2026, 11, 20, 9, 16, 40, 441234, dt.UTC
    )


def answer_moment(text: str) -> dt.datetime | None:
    from connections.vendors.monday.reading import log_moment

    return log_moment(text)


def test_the_longest_of_all_waits_counts() -> None:
    body = {"errors": [{"message": "x", "extensions": {"code": "MINUTE_RATE_LIMIT_EXCEEDED",
                                                       "retry_in_seconds": 3}}]}  # fmt: skip
    headers = {"Retry-After": "5", "RateLimit": '"minuteRate";r=0;t=31, "concurrency";r=3'}
    at = answers.retry_at(Answer(429, headers, body))
    assert at is not None
    assert 30 < (at - timezone.now()).total_seconds() < 34


def waits(client: Monday, times: int) -> list[float]:
    """How long each refusal of a row makes us wait; we come back as soon as we may."""
    found = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(times):
            with pytest.raises(RetryLater) as later:
                client.items(["1"])
            assert later.value.at is not None
            found.append((later.value.at - timezone.now()).total_seconds())
            clock.move_to(later.value.at + dt.timedelta(seconds=1))
    return found


def test_without_a_hint_the_waits_grow_up_to_a_cap(server: OtherSystem) -> None:
    """monday.com names a time as a rule; where it does not, waits double, with jitter."""
    busy = {"errors": [{"message": "x", "extensions": {"code": "IP_RATE_LIMIT_EXCEEDED"}}]}
    client = client_of(server, (429, {"Content-Type": "application/json"}, json.dumps(busy)))
    found = waits(client, 8)
    for wait, full in zip(found, (10, 20, 40, 80, 160, 300, 300, 300), strict=True):
        assert 0.74 * full <= wait <= full, found
    assert len({wait / round(wait) for wait in found[5:]}) > 1, "jitter: no two alike"


def test_with_a_hint_the_wait_is_what_it_says(server: OtherSystem) -> None:
    busy = {"errors": [{"message": "x", "extensions": {
        "code": "IP_RATE_LIMIT_EXCEEDED", "retry_in_seconds": 7}}]}  # fmt: skip
    client = client_of(server, (429, {"Content-Type": "application/json"}, json.dumps(busy)))
    assert all(7 <= wait <= 9.1 for wait in waits(client, 4))


def test_the_days_calls_gone_means_tomorrow(account: Account) -> None:
    account.board()
    account.trouble("daily", wait=3599)
    with pytest.raises(NoTry) as later:
        account.client.items(["1"])
    assert later.value.at == tomorrow()
