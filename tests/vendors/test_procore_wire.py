"""How Procore speaks: pages, rate headers, error bodies, odd answers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import NeedsPerson, NotFound, Reason, Refused, RetryLater
from connections.models import Connection
from connections.transport.http import Answer
from connections.vendors.procore import Procore
from connections.vendors.procore.values import day, moment, money, text, window, word
from connections.vendors.procore.wire import said

COMPANY = "598134325841112"
SETTINGS = {"company_id": COMPANY, "client_id": "id", "api_url": "https://procore.test"}


def answered(data: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, data, json.dumps(data, default=str))


class CannedProcore(Procore):
    """Answers from a dictionary of paths; remembers what was asked and written."""

    def __init__(self, answers: Mapping[str, Any], **settings: str) -> None:
        super().__init__(Connection(vendor="procore", settings={**SETTINGS, **settings}))
        self.answers = {
            "/rest/v1.0/projects": [{"id": 777, "name": "Depot North", "project_number": "P-1001"}],
            **answers,
        }
        self.asked: list[tuple[str, Any]] = []
        self.written: list[tuple[str, str, Any]] = []

    def get(self, path: str, params: Any = None, headers: Any = None) -> Answer:
        self.asked.append((path, params))
        found = self.answers.get(path, answered({"errors": "Item not found"}, 404))
        found = found(params) if callable(found) else found
        return self._accept("GET", path, found if isinstance(found, Answer) else answered(found))

    def write(self, method: str, path: str, body: Any = None, **about: Any) -> Answer:
        self.written.append((method, path, body))
        found = self.answers.get(f"{method} {path}", answered({"data": {"id": "1"}}))
        found = found(body) if callable(found) else found
        return self._accept(method, path, found if isinstance(found, Answer) else answered(found))

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def pages_by_number(params: Mapping[str, Any]) -> list[dict[str, int]]:
    """An endpoint that pages and sends no headers: 250 rows."""
    start = (params["page"] - 1) * params["per_page"]
    return [{"id": number} for number in range(start, min(start + params["per_page"], 250))]


def test_pages_are_followed_by_link() -> None:
    link = '<https://elsewhere.test/list?page=2&a=b>; rel="next", <https://x.test/>; rel="last"'
    client = CannedProcore({
        "/list": answered([{"id": 1}], Link=link),
        "/list?page=2&a=b": answered([{"id": 2}], Link='<https://x.test/list>; rel="first"'),
    })  # fmt: skip
    assert [row["id"] for row in client.rows("/list", per_page=1)] == [1, 2]


def test_the_token_never_follows_a_link_to_another_host() -> None:
    link = '<https://evil.test/list?page=2>; rel="next"'
    client = CannedProcore({"/list": answered([{"id": 1}], Link=link), "/list?page=2": []})
    list(client.rows("/list", per_page=1))
    assert client.paths() == ["/list", "/list?page=2"]


def test_without_link_headers_a_short_page_is_the_last() -> None:
    client = CannedProcore({"/list": pages_by_number})
    assert len(list(client.rows("/list", per_page=100))) == 250
    assert [params["page"] for _, params in client.asked] == [1, 2, 3]


def test_a_smaller_page_than_asked_for_is_not_the_last() -> None:
    def capped(params: Mapping[str, Any]) -> Answer:
        return answered(pages_by_number({**params, "per_page": 100}), Per_Page="100")

    assert len(list(CannedProcore({"/list": capped}).rows("/list", per_page=500))) == 250


def test_an_endpoint_that_ignores_pages_is_read_once() -> None:
    client = CannedProcore({"/list": [{"id": 1}, {"id": 2}]})
    assert len(list(client.rows("/list", per_page=2))) == 2


def test_unpaged_lists_send_no_page_parameters() -> None:
    client = CannedProcore({"/list": [{"id": 1}]})
    list(client.rows("/list", {"a": "b"}))
    assert client.asked == [("/list", {"a": "b"})]


def test_lists_come_bare_in_an_envelope_or_as_one_object() -> None:
    client = CannedProcore({"/a": [{"id": 1}], "/b": {"data": [{"id": "1"}]}, "/c": {"id": 1}})
    assert [len(list(client.rows(path))) for path in ("/a", "/b", "/c")] == [1, 1, 1]


@pytest.mark.parametrize("data", [None, "<html>", {"message": "fine"}, 3])
def test_an_answer_that_is_no_list_is_not_an_empty_list(data: Any) -> None:
    with pytest.raises(RetryLater):
        list(CannedProcore({"/list": answered(data)}).rows("/list"))


def test_the_company_header_goes_with_every_call() -> None:
    assert CannedProcore({}).headers()["Procore-Company-Id"] == COMPANY


def unix(moment_: dt.datetime) -> str:
    return str(int(moment_.timestamp()))


def test_rate_headers_are_the_budget() -> None:
    client, reset = CannedProcore({}), timezone.now() + dt.timedelta(seconds=8)
    reading = client.read_budget(
        answered(
            [], X_Rate_Limit_Limit="40", X_Rate_Limit_Remaining="3", X_Rate_Limit_Reset=unix(reset)
        )
    )
    assert reading is not None
    assert (reading.limit, reading.remaining) == (40, 3)
    assert reading.reset_at == reset.replace(microsecond=0)
    assert client.rate_window().limit == 40


def test_the_hourly_window_does_not_raise_the_spike_limit() -> None:
    client, reset = CannedProcore({}), timezone.now() + dt.timedelta(minutes=40)
    client.read_budget(
        answered(
            [],
            X_Rate_Limit_Limit="3600",
            X_Rate_Limit_Remaining="9",
            X_Rate_Limit_Reset=unix(reset),
        )
    )
    assert client.rate_window().limit == 25


@pytest.mark.parametrize(("reset", "after", "expected"), [(5, 30, 30), (30, 5, 30), (30, None, 30)])
def test_a_throttled_call_comes_again_at_the_later_of_both(
    reset: int, after: int | None, expected: int
) -> None:
    now = timezone.now()
    headers = {"X_Rate_Limit_Reset": unix(now + dt.timedelta(seconds=reset))}
    headers |= {"Retry_After": str(after)} if after else {}
    at = CannedProcore({}).retry_at(answered({}, 429, **headers))
    assert at is not None
    assert abs((at - now).total_seconds() - expected) < 2


def test_an_answer_without_rate_headers_says_nothing() -> None:
    assert CannedProcore({}).read_budget(answered([])) is None
    assert CannedProcore({}).retry_at(answered([], 503)) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": ["App is not connected to this company."]},
         ["App is not connected to this company."]),
        ({"errors": {"vendor_id": ["is invalid"], "base": ["Contract is locked"]}},
         ["vendor id is invalid", "Contract is locked"]),
        ({"errors": "Item not found"}, ["Item not found"]),
        ({"message": "Boom", "exception": "x"}, ["Boom"]),
        ({"code": 400, "message": "No", "fields": "a", "reason": "why", "error": "e"},
         ["No", "why"]),
        ({"error": "invalid_token", "error_description": "Expired"}, ["Expired"]),
        ({"error": "invalid_client"}, ["invalid_client"]),
        ({"error": {"code": "x", "message": "Bad", "details": [{"message": "no number"}]}},
         ["Bad", "no number"]),
        (None, []), ([], []), ({}, []),
    ],
)  # fmt: skip
def test_every_error_body_becomes_words(body: Any, words: list[str]) -> None:
    assert said(body) == words


def refusal(status: int, body: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        CannedProcore({"/x": answered(body, status)}).get("/x")
    return caught.value


def test_a_disconnected_app_is_said_plainly() -> None:
    error = refusal(403, {"errors": ["App is not connected to this company."]})
    assert "administrator must install it" in error.sentence


def test_a_missing_permission_says_where_to_look() -> None:
    error = refusal(403, {"errors": "Forbidden"})
    assert "permitted projects" in error.sentence
    assert error.status == 403


def test_a_404_is_not_found_and_not_a_deletion() -> None:
    error = refusal(404, {"errors": "Item not found"})
    assert isinstance(error, NotFound)
    assert "does not show it to us" in error.sentence


@pytest.mark.parametrize("value", ["1000.0", 1000, Decimal("1000"), " 1000.00 "])
def test_money_is_exact_from_strings_and_numbers(value: Any) -> None:
    assert money(value) == Decimal(1000)


@pytest.mark.parametrize("value", ["96.36%", "NaN", "Infinity", "1,000.00", "abc"])
def test_money_that_is_no_number_needs_a_person(value: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        money(value)
    assert caught.value.reason == Reason.DOES_NOT_FOOT


def test_moments_dates_and_words() -> None:
    nine = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    spellings = ("2026-03-02T09:00:00Z", "2026-03-02T02:00:00-07:00", "2026-03-02T09:00:00")
    assert {moment(value) for value in spellings} == {nine}
    assert moment(None) is None
    assert day("2026-03-02T09:00:00Z") == day("2026-03-02") == dt.date(2026, 3, 2)
    assert word("Out For Signature") == "out_for_signature"
    assert text("<p>Beton &amp; Stahl</p><p>Süd</p>") == "Beton & Stahl Süd"


def test_a_window_has_both_ends_and_three_dots() -> None:
    since = dt.datetime(2026, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    until = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert window(since, until) == "2026-01-01T00:00:00Z...2026-01-02T00:00:01Z"
