"""The clerk's morning: what is held by cause, since when, whose, and what it comes to."""

from __future__ import annotations

import datetime as dt
import importlib
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from connections.errors import Reason
from connections.models import CompanyFound, Connection, Integration
from syncs.models import Record, State
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST, CAUSES, SUM = "/syncs/record/", "/syncs/record/causes/", "/syncs/record/sum/"
WORK = ("syncs.view_record", "syncs.replay_record", "syncs.set_aside_record", "syncs.assign_record")


@pytest.fixture
def integration() -> Any:
    return story.company()


def clerk(name: str = "clerk", *permissions: str) -> Client:
    return story.signed_in(story.person(name, *(permissions or WORK)))


def ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def second(integration: Integration) -> Integration:
    ledger = Connection.objects.create(name="BC South", vendor="business_central")
    return Integration.objects.create(
        key="bc_procore", name="South", project_system=integration.project_system, ledger=ledger
    )


def held_again(record: Record) -> Record:
    """A worker takes it and holds it for the same reason."""
    [row] = Record.objects.claim([record.pk])
    row.hold(Reason.MISSING_MAPPING, "Still no account.")
    row.refresh_from_db()
    return row


def text(page: Any) -> str:
    """What is read on it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


# -- the true age ----------------------------------------------------------------------------------


def test_a_replay_does_not_make_a_document_young(integration: Any) -> None:
    record = held_again(story.record(integration))
    Record.objects.filter(pk=record.pk).update(held_since=ago(9))
    first = Record.objects.get(pk=record.pk).held_since
    story.press(story.boss(), record, "replay")
    record = held_again(record)
    assert record.held_since == first
    assert record.changed_at > ago(1)
    page = story.signed_in(story.person("anna", "syncs.view_record")).get(
        LIST, {"state__exact": "held"}
    )
    assert re.search(r"> *9 d *<", page.content.decode())


def test_once_it_rested_in_another_way_it_is_held_anew(integration: Any) -> None:
    record = held_again(story.record(integration))
    Record.objects.filter(pk=record.pk).update(held_since=ago(9))
    story.press(story.boss(), record, "set_aside", "Paid by card")
    assert Record.objects.get(pk=record.pk).held_since is None
    for _ in range(2):
        story.press(story.boss(f"boss{_}"), record, "replay")
        record = held_again(record)
    assert record.held_since is not None
    assert record.held_since > ago(1)


def test_a_document_that_stood_posted_is_held_anew(integration: Any) -> None:
    record = held_again(story.record(integration))
    Record.objects.filter(pk=record.pk).update(held_since=ago(9))
    story.press(story.boss(), record, "replay")
    [row] = Record.objects.claim([record.pk])
    row.finish("Posted.")
    story.press(story.boss("other"), record, "replay")
    record = held_again(record)
    assert record.held_since is not None
    assert record.held_since > ago(1)


def test_what_was_held_before_the_column_gets_its_age_from_the_journal(integration: Any) -> None:
    told, untold = story.unmapped(integration), story.unmapped(integration, changed_at=ago(3))
    old = held_again(story.record(integration))
    old.journal("anna").append(Entry.Kind.PERSON, "Aside", {"state": State.SET_ASIDE})
    lines = [told.journal().append(Entry.Kind.STATE, "Held.", {"state": State.HELD})
             for _ in range(2)]  # fmt: skip
    again = old.journal().append(Entry.Kind.STATE, "Held.", {"state": State.HELD})
    Record.objects.update(held_since=None)
    with connection.cursor() as cursor:
        cursor.execute(importlib.import_module("syncs.migrations.0027_work_list").FIRST_HELD)
    found = dict(Record.objects.values_list("pk", "held_since"))
    assert found[told.pk] == lines[0].at
    assert found[untold.pk] == untold.changed_at
    assert found[old.pk] == again.at


# -- by cause --------------------------------------------------------------------------------------


def test_causes_have_subtotals_and_ages_and_are_sorted(integration: Any) -> None:
    for amount in ("1000.10", "2000.20"):
        story.unmapped(integration, amount=amount, held_since=ago(2))
    story.held(integration, Reason.PERIOD_CLOSED, amount="500", held_since=ago(8))
    client = clerk()
    page = client.get(CAUSES)
    by_money = [(row.reason, row.documents, row.money) for row in page.context["causes"]]
    assert by_money == [
        (Reason.MISSING_MAPPING, 2, Decimal("3000.30")), (Reason.PERIOD_CLOSED, 1, Decimal(500)),
    ]  # fmt: skip
    assert "$3,000.30" in text(page)
    assert "8 d" in text(page)
    assert "$3,500.30" in text(page), "the foot"
    by_age = client.get(CAUSES, {"order": "age"}).context["causes"]
    assert [row.reason for row in by_age] == [Reason.PERIOD_CLOSED, Reason.MISSING_MAPPING]
    assert client.get(by_age[0].url).context["cl"].result_count == 1


def test_a_cause_in_two_integrations_is_one_line_with_its_parts(integration: Any) -> None:
    south = second(integration)
    story.unmapped(integration, amount="1000")
    story.unmapped(south, amount="10")
    story.held(integration, Reason.PERIOD_CLOSED, amount="500")
    client = clerk()
    page = client.get(CAUSES)
    whole, closed = page.context["causes"]
    assert (whole.reason, whole.documents, whole.money) == (Reason.MISSING_MAPPING, 2, 1010)
    assert [(part.integration, part.money) for part in whole.parts] == [
        (integration, 1000), (south, 10),
    ]  # fmt: skip
    assert closed.parts == []
    assert text(page).count(whole.todo) == 1
    assert client.get(whole.url).context["cl"].result_count == 2
    assert client.get(whole.parts[1].url).context["cl"].result_count == 1


def test_currencies_are_not_added_up(integration: Any) -> None:
    story.unmapped(integration, amount="10", currency="EUR")
    story.unmapped(integration, amount="20", currency="USD")
    story.unmapped(integration, amount="30")
    page = text(clerk().get(CAUSES))
    assert "$50.00" in page
    assert "€10.00" in page


def test_from_a_cause_to_its_bulk_action(integration: Any) -> None:
    wanted = [story.unmapped(integration).pk for _ in range(3)]
    story.held(integration, Reason.PERIOD_CLOSED)
    client = clerk()
    [cause] = [row for row in client.get(CAUSES).context["causes"]
               if row.reason == Reason.MISSING_MAPPING]  # fmt: skip
    form = {"select_across": "1", "_selected_action": "0", "index": "0", "first": "1"}
    page = client.post(cause.url, {**form, "action": "set_aside"})
    assert "3 records" in text(page)
    ids = re.findall(r'name="_selected_action" value="(\d+)"', page.content.decode())
    assert sorted(map(int, ids)) == sorted(wanted)
    done = {"action": "set_aside", "_selected_action": ids, "confirmed": "1", "text": "Old"}
    client.post(cause.url, done, follow=True)
    assert Record.objects.filter(state=State.SET_ASIDE).count() == 3
    assert (
        'value="set_aside"' not in clerk("reader", "syncs.view_record").get(CAUSES).content.decode()
    )


def test_a_bulk_page_is_turned(integration: Any) -> None:
    for number in range(60):
        story.unmapped(integration, number=f"N-{number:03}")
    form = {"select_across": "1", "_selected_action": "0", "index": "0", "action": "replay"}
    client = clerk()
    first = text(client.post(f"{LIST}?state__exact=held", form))
    assert "1 to 25 of 60" in first
    third = text(client.post(f"{LIST}?state__exact=held", {**form, "page": "3"}))
    assert "51 to 60 of 60" in third
    assert Record.objects.filter(state=State.HELD).count() == 60, "nothing was done yet"


# -- whose -----------------------------------------------------------------------------------------


def test_a_record_is_taken_assigned_noted_and_given_back(integration: Any) -> None:
    record, client = story.unmapped(integration), clerk("anna")
    story.person("bert", "syncs.view_record")
    story.press(client, record, "take")
    assert Record.objects.get(pk=record.pk).owner == "anna"
    assert {row.pk for row in client.get(LIST, {"owner": "mine"}).context["cl"].result_list} == {
        record.pk
    }
    page = story.press(client, record, "assign", "nobody-here")
    assert "Nobody here is called" in page.content.decode()
    story.press(client, record, "assign", "bert")
    story.press(client, record, "note", "Waits for the vendor’s answer")
    page = client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Waits for the vendor’s answer" in page
    assert "bert" in page
    assert client.get(CAUSES, {"whose": "mine"}).context["causes"] == []
    assert client.get(CAUSES, {"whose": "nobody"}).context["causes"] == []
    story.press(client, record, "leave")
    assert Record.objects.get(pk=record.pk).owner == ""
    said = Entry.objects.filter(record=record.pk).order_by("sequence")
    assert [line.data["verb"] for line in said] == ["assign", "assign", "note", "assign"]


def test_to_look_after_a_record_needs_the_permission(integration: Any) -> None:
    record = story.unmapped(integration)
    reader = clerk("reader", "syncs.view_record")
    for verb in ("take", "assign", "leave", "note"):
        assert story.press(reader, record, verb, "reader").status_code == 403
    assert 'id="care"' not in reader.get(f"/syncs/record/{record.pk}/change/").content.decode()


def test_many_are_assigned_at_once(integration: Any) -> None:
    keys = [story.unmapped(integration).pk for _ in range(2)]
    form = {"action": "assign", "_selected_action": keys, "confirmed": "1", "text": "anna"}
    clerk("anna").post(LIST, form, follow=True)
    assert list(Record.objects.values_list("owner", flat=True)) == ["anna", "anna"]


# -- columns and sums ------------------------------------------------------------------------------


def test_integration_and_company_are_columns_where_there_are_several(integration: Any) -> None:
    story.unmapped(integration)
    client = clerk()
    assert "column-shown_integration" not in client.get(LIST).content.decode()
    other = second(integration)
    story.unmapped(other)
    page = client.get(LIST).content.decode()
    assert "column-shown_integration" in page
    assert "column-shown_company" not in page
    for each, name in ((integration, "Keystone North"), (other, "Keystone South")):
        CompanyFound.objects.create(
            connection=each.ledger, wanted=name, company_id=name, name=name
        )  # fmt: skip
    page = client.get(LIST).content.decode()
    assert "Keystone North" in page
    assert "Keystone South" in page


def test_every_list_says_what_all_of_its_documents_come_to(integration: Any) -> None:
    for number in range(60):
        story.posted(integration, f"PI-{number}", amount=Decimal("10.01"), vendor_name="Acme")
    story.unmapped(integration, amount="-5.00", vendor_name="Bolt")
    client = clerk()
    assert f'hx-get="{SUM}?vendor=Acme"' in client.get(LIST, {"vendor": "Acme"}).content.decode()
    expected = {
        (): "61 documents $595.60", (("vendor", "Acme"),): "60 documents $600.60",
        (("state__exact", "held"),): "1 document -$5.00",
        (("q", "PI-1"),): "11 documents $110.11", (("vendor", "Nobody"),): "No documents.",
        (("amount_from", "0"), ("p", "2")): "60 documents $600.60",
    }  # fmt: skip
    for query, words in expected.items():
        assert words in text(client.get(SUM, dict(query))), query
    assert clerk("stranger", "syncs.view_run").get(SUM).status_code == 403


def test_a_sum_of_all_records_is_not_counted_for_the_page(
    integration: Any, django_assert_max_num_queries: Any
) -> None:
    story.unmapped(integration)
    client = clerk()
    client.get(SUM)
    with django_assert_max_num_queries(12):
        page = client.get(SUM, {"state__exact": "held", "flow": "requisitions"})
    assert "as of" in text(page)
