"""The limits of calls, complexity and days; headers; and every refusal on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .monday.office import CHANGE, CREATE, ITEMS, Office, an_office
from .server import wait_for

ME = "{ me { id } }"
COST = """mutation($i: ID) { complexity { before query after reset_in_x_seconds }
  create_update(item_id: $i, body: "x") { id } }"""
DAILY = """{ platform_api { daily_limit { base total } daily_analytics {
  by_day { day usage } by_user { usage user { name } } } } }"""


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def usage(office: Office) -> Any:
    return office.control("GET", "monday/usage").json()["buckets"]["personal"]


def error_of(answer: requests.Response) -> Any:
    return answer.json()["errors"][0]["extensions"]


def test_every_answer_tells_what_is_left(office: Office) -> None:
    answer = office.ask(ME)
    assert '"minuteRate";q=2500;w=60' in answer.headers["RateLimit-Policy"]
    assert '"minuteRate";r=2499' in answer.headers["RateLimit"]
    assert '"complexityMinute";q=10000000' in answer.headers["RateLimit-Policy"]
    assert "X-Over" not in answer.headers
    office.limit(plan="enterprise")
    assert "q=5000;w=60" in office.ask(ME).headers["RateLimit-Policy"]


def test_so_many_calls_a_minute(office: Office) -> None:
    office.limit(minute=2)
    assert [office.ask(ME).status_code for _ in range(3)] == [200, 200, 429]
    answer = office.ask(ME)
    found = error_of(answer)
    assert found["code"] == "MINUTE_RATE_LIMIT_EXCEEDED"
    assert found["retry_in_seconds"] == int(answer.headers["Retry-After"]) <= 60
    assert '"minuteRate";r=0;t=' in answer.headers["RateLimit"]
    office.later(61)
    assert office.ask(ME).status_code == 200


def test_so_many_calls_at_once(office: Office) -> None:
    office.limit(concurrency=1)
    office.faults({"action": "park_before", "path": "account"})
    other = threading.Thread(target=lambda: office.ask("{ account { id } }"))
    other.start()
    wait_for(lambda: office.control("GET", "parked").json())
    answer = office.ask(ME)
    assert answer.status_code == 429
    assert error_of(answer)["code"] == "MAX_CONCURRENCY_EXCEEDED"
    office.control("POST", "release", {})
    other.join()
    assert office.ask(ME).status_code == 200


def test_so_many_calls_a_day_until_midnight_in_greenwich(office: Office) -> None:
    office.limit(daily=3)
    assert [office.ask(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = office.ask(ME)
    found = error_of(answer)
    assert found["code"] == "DAILY_LIMIT_EXCEEDED"
    assert 0 < found["retry_in_seconds"] <= 86400
    assert usage(office)["day"] == pytest.approx(3.2)
    office.later(found["retry_in_seconds"] - 5)
    assert office.ask(ME).status_code == 429
    office.later(6)
    assert office.ask(ME).status_code == 200


def test_asking_for_complexity_alone_costs_a_tenth(office: Office) -> None:
    office.get("{ complexity { before after query reset_in_x_seconds } }")
    assert usage(office)["day"] == pytest.approx(0.1)
    office.get(ME)
    found = office.get(DAILY)["platform_api"]
    assert found["daily_limit"] == {"base": 10000, "total": 10000}
    assert found["daily_analytics"]["by_day"][0]["usage"] == 3
    assert found["daily_analytics"]["by_user"][0]["user"]["name"] == "ML Connector"
    office.control("DELETE", "monday/usage")
    assert office.get(DAILY)["platform_api"]["daily_analytics"]["by_day"][0]["usage"] == 1


def test_a_write_costs_thirty_thousand_points(office: Office) -> None:
    item = office.create("PI-1")
    office.later(61)
    found = office.get(COST, i=item)["complexity"]
    assert (found["before"], found["query"]) == (10_000_000, 1001)
    assert found["after"] == 10_000_000 - 1001
    office.limit(complexity=70_000)
    office.later(61)
    given: dict[str, Any] = {"b": office.board, "i": item, "v": '{"text_job": "x"}'}
    assert [office.ask(CHANGE, **given).status_code for _ in range(3)] == [200, 200, 429]
    answer = office.ask(CHANGE, **given)
    found = error_of(answer)
    assert found["code"] == "COMPLEXITY_BUDGET_EXHAUSTED"
    assert (found["complexity"], found["complexity_budget_limit"]) == (30_001, 70_000)
    assert found["complexity_budget_left"] == 70_000 - 60_002
    assert found["retry_in_seconds"] == int(answer.headers["Retry-After"])
    office.later(61)
    assert office.ask(CHANGE, **given).status_code == 200


def test_an_app_has_half_for_reads_and_half_for_writes(office: Office) -> None:
    pair = office.control("POST", "monday/consent", {}).json()
    personal, office.token = office.token, pair["access_token"]
    office.limit(complexity=64_000)
    assert office.ask(CREATE, b=office.board, n="A", v="{}").status_code == 200
    assert office.ask(CREATE, b=office.board, n="B", v="{}").status_code == 429
    assert office.ask(ME).status_code == 200
    office.token = personal
    assert office.ask(CREATE, b=office.board, n="B", v="{}").status_code == 200


def test_one_query_may_be_too_big_for_ever(office: Office) -> None:
    office.limit(single=1000)
    query = """{ boards(limit: 100) { items_page(limit: 500) { items { id
      column_values { id text } } } } }"""
    assert office.code(query) == "REQUEST_MAX_COMPLEXITY_EXCEEDED"


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("minute", 429, "MINUTE_RATE_LIMIT_EXCEEDED"), ("ip", 429, "IP_RATE_LIMIT_EXCEEDED"),
        ("concurrency", 429, "MAX_CONCURRENCY_EXCEEDED"), ("daily", 429, "DAILY_LIMIT_EXCEEDED"),
        ("complexity", 429, "COMPLEXITY_BUDGET_EXHAUSTED"), ("timeout", 503, "TIMEOUT_EXCEEDED"),
        ("locked", 423, "ResourceLockedException"), ("server", 500, "INTERNAL_SERVER_ERROR"),
        ("blocked", 200, "API_TEMPORARILY_BLOCKED"),
        ("unauthorized", 403, "UserUnauthorizedException"),
    ],
)  # fmt: skip
def test_refusals_on_demand(office: Office, name: str, status: int, code: str) -> None:
    office.trouble(name, field="create_item", wait=7)
    assert office.get(ME)
    answer = office.ask(CREATE, b=office.board, n="A", v="{}")
    assert (answer.status_code, error_of(answer)["code"]) == (status, code)
    if status == 429:
        assert (answer.headers["Retry-After"], error_of(answer)["retry_in_seconds"]) == ("7", 7)
    assert office.create("A")


def test_answers_that_are_no_graphql(office: Office) -> None:
    office.trouble("timeout_html")
    answer = office.ask(ME)
    assert (answer.status_code, answer.text[:6]) == (503, "<html>")
    office.trouble("complexity_old")
    assert office.ask(ME).json()["error_code"] == "ComplexityException"


def test_a_part_of_an_answer_is_lost(office: Office) -> None:
    office.trouble("subgraph", field="items")
    answer = office.ask(ITEMS, i=[office.create("PI-1")])
    assert answer.status_code == 200
    assert answer.json()["data"] == {"items": None}
    assert error_of(answer)["code"] == "tooManyRequests"
    item = office.create("PI-2")
    office.trouble("field", field="a1")
    query = """query($i: [ID!]) { a0: items(ids: $i) { id } a1: items(ids: $i) {
      subitems { id } } }"""
    body = office.ask(query, i=[item]).json()
    assert body["data"] == {"a0": [{"id": item}], "a1": None}
    assert body["errors"][0]["path"] == ["a1"]
    assert body["errors"][0]["extensions"]["code"] == "FIELD_LIMIT_EXCEEDED"


def test_the_faults_of_every_stand_in(office: Office) -> None:
    office.faults({"action": "status", "status": 429, "path": "create_item",
                   "headers": {"Retry-After": "9"}})  # fmt: skip
    assert office.ask(ME).status_code == 200
    answer = office.ask(CREATE, b=office.board, n="A", v="{}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    office.faults({"action": "revoke_tokens"})
    assert office.ask(ME).status_code == 401
    counted = office.control("GET", "requests").json()
    assert counted["counters"]["POST /v2 create_item"] == 1


def test_what_was_asked_is_counted(office: Office) -> None:
    office.create("PI-1")
    office.ask(CREATE, headers={"Idempotency-Key": "k"}, b=office.board, n="PI-2", v="{}")
    office.ask(ME, headers={"API-Version": ""})
    found = office.control("GET", "monday/usage").json()
    assert (found["writes"], found["writes_without_key"], found["without_version"]) == (2, 1, 1)
    asked = office.control("GET", "monday/asked").json()
    assert (asked[1]["key"], asked[1]["body"]["variables"]["n"]) == ("k", "PI-2")
