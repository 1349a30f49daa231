"""The small print of OData: literals, enums, empty dates, batches."""

from __future__ import annotations

import datetime as dt

import pytest

from connections.errors import RetryLater
from connections.transport import odata
from connections.transport.http import Answer


def test_an_apostrophe_in_a_filter_is_doubled() -> None:
    assert odata.any_of("displayName", ["O'Neil"]) == "displayName eq 'O''Neil'"


def test_a_query_keeps_its_marks_and_escapes_what_would_break_it() -> None:
    found = odata.query("/vendors", filter="number eq 'A&B+C#1'", expand="lines($expand=x)", top=0)
    assert found == "/vendors?$filter=number%20eq%20'A%26B%2BC%231'&$expand=lines($expand=x)"


@pytest.mark.parametrize("said", ["G_x002F_L_x0020_Account", "G/L Account"])
def test_an_enum_is_the_same_escaped_or_plain(said: str) -> None:
    assert odata.plain(said) == "G/L Account"


@pytest.mark.parametrize("said", ["_x0020_", " ", "", None])
def test_a_blank_enum_is_empty(said: str | None) -> None:
    assert odata.plain(said) == ""


def test_the_empty_date_and_moment_are_none() -> None:
    assert odata.day("0001-01-01") is None
    assert odata.instant("0001-01-01T00:00:00Z") is None
    assert odata.day("2026-03-31") == dt.date(2026, 3, 31)


def test_a_moment_may_have_its_trailing_zeros_cut() -> None:
    found = odata.instant("2026-02-04T03:43:12.5Z")
    assert found == dt.datetime(2026, 2, 4, 3, 43, 12, 500000, tzinfo=dt.UTC)


def test_batch_answers_without_ids_are_matched_by_position() -> None:
    data = {"responses": [{"id": None, "status": 200}, {"id": "2", "status": 404}]}
    assert [one.status for one in odata.batch_answers(Answer(200, {}, data), 2)] == [200, 404]


def test_a_batch_that_stopped_early_is_tried_again_later() -> None:
    data = {"responses": [{"id": "1", "status": 400}]}
    with pytest.raises(RetryLater):
        odata.batch_answers(Answer(200, {}, data), 2)


@pytest.mark.parametrize("data", [{}, {"value": None}, {"value": {}}, {"error": {}}, [], "text"])
def test_an_answer_without_a_list_is_not_an_empty_list(data: object) -> None:
    with pytest.raises(RetryLater, match="not readable"):
        odata.listing(Answer(200, {}, data, "…"))
    assert odata.listing(Answer(200, {}, {"value": []})) == []
