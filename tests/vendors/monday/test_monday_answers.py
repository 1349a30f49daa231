"""Answers that the stand-in does not give, and how long they make us wait."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from connections.errors import CredentialPaused, NeedsPerson, RetryLater
from connections.models import Connection
from connections.transport.http import Answer
from connections.vendors.monday import answers
from connections.vendors.monday.client import Monday
from tests.connections.other_system import OtherSystem, Reply, ok
from tests.vendors.monday.conftest import KEY
from tests.vendors.stage_business_central import Notebook

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"me": {"id": "7", "name": "Bot", "kind": "member", "account": {"id": "1"}},
       "platform_api": {"daily_limit": {"base": 1000, "total": 1000}}}  # fmt: skip


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
