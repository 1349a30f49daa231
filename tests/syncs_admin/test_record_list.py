"""The record list: what it shows, how it is searched and filtered, what it costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from unfold.templatetags import unfold_list

from connections.errors import Reason
from syncs.models import State
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/record/"


@pytest.fixture
def integration() -> Any:
    return story.company()


def found(client: Any, **query: Any) -> set[int]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200, "the filter was refused"
    return {row.pk for row in answer.context["cl"].result_list}


def test_amounts_have_separators_and_states_have_words(integration: Any) -> None:
    story.record(integration, amount="1234567.5", currency="EUR")
    story.unmapped(integration)
    page = story.boss().get(LIST).content.decode()
    assert "€1,234,567.50" in page
    assert "Missing mapping" in page
    assert ">Requisitions<" in page


def test_what_needs_attention_is_one_click_away(integration: Any) -> None:
    held, posted = story.unmapped(integration), story.posted(integration)
    client = story.boss()
    page = client.get(LIST).content.decode()
    assert 'href="/syncs/record/?state__exact=held"' in page
    assert found(client, state__exact="held") == {held.pk}
    assert found(client, state__exact="posted") == {posted.pk}


def test_any_number_finds_it(integration: Any) -> None:
    record = story.posted(integration, "PI-108123", natural_key="purchase_invoice|V1|INV-77")
    story.posted(integration, "PI-200000")
    client = story.boss()
    for text in (record.number, record.number.lower(), record.number[:7] + record.number[7:],
                 "pi-108", "PI-108123", record.source_id, "purchase_invoice|V1|INV-77",
                 f" {record.number} "):  # fmt: skip
        assert record.pk in found(client, q=text), text
    assert record.pk in found(client, q=str(record.pk))
    assert found(client, q="pi-108") == {record.pk}
    assert found(client, q="108123") == set()
    for odd in ("9" * 40, "\x00", "٣", "%", "'; --"):
        found(client, q=odd)


def test_each_filter_narrows(integration: Any) -> None:
    one = story.unmapped(integration, vendor_name="Østergård Byg", project="24-018")
    two = story.posted(integration, amount="-50.00", document_date=dt.date(2026, 1, 5))
    client = story.boss()
    expected: list[tuple[dict[str, Any], set[int]]] = [
        ({"reason__exact": Reason.MISSING_MAPPING}, {one.pk}),
        ({"state__exact": State.POSTED}, {two.pk}),
        ({"integration__id__exact": integration.pk}, {one.pk, two.pk}),
        ({"flow": "requisitions"}, {one.pk, two.pk}),
        ({"flow": "direct_costs"}, set()),
        ({"project": "24-018"}, {one.pk}),
        ({"vendor": "østergård"}, {one.pk}),
        ({"amount_from": "-100", "amount_to": "0"}, {two.pk}),
        ({"document_date_from": "2026-01-01", "document_date_to": "2026-02-01"}, {two.pk}),
        ({"created_at_from": "2020-01-01", "created_at_to": "2099-01-01"}, {one.pk, two.pk}),
        ({"created_at_to": "2020-01-01"}, set()),
    ]
    for query, keys in expected:
        assert found(client, **query) == keys, query


def test_odd_filter_values_do_not_break_the_list(integration: Any) -> None:
    client = story.boss()
    for query in ({"amount_from": "x"}, {"project": "\x00"}, {"flow": "'"}, {"p": "999"}):
        assert client.get(LIST, query).status_code in (200, 302), query


def test_the_list_costs_the_same_however_long_it_is(integration: Any) -> None:
    client = story.boss()
    story.unmapped(integration)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _ in range(30):
        story.unmapped(integration)
        story.posted(integration)
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few) <= 18
    assert not any("DISTINCT" in query["sql"] for query in many)
    listed = [query["sql"] for query in many if '"syncs_record"."number"' in query["sql"]]
    assert not any('"syncs_record"."source"' in sql for sql in listed), "big columns are not read"


def test_a_long_number_and_name_are_cut_on_screen_only(integration: Any) -> None:
    story.record(integration, number="N" * 200, vendor_name=story.LONG_VENDOR)
    page = story.boss().get(LIST).content.decode()
    assert "N" * 19 + "…" in page
    assert f'title="{"N" * 200}"' in page


def test_the_headers_of_a_list_are_built_once_for_all_its_rows(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    label = unfold_list.label_for_field

    def count(name: str, *args: Any, **kwargs: Any) -> Any:
        built.append(name)
        return label(name, *args, **kwargs)

    monkeypatch.setattr(unfold_list, "label_for_field", count)
    for number in range(3):
        story.posted(integration, source_id=f"s{number}")
    page = story.boss().get(LIST)
    assert len(page.context["cl"].result_list) == 3
    assert len(built) == len(set(built)) > 5
    assert 'data-label="Vendor"' in page.content.decode()
