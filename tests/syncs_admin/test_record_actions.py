"""Buttons and bulk actions: who may press them, what they say first, what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from connections.errors import Reason
from syncs.admin.record_page import CARE
from syncs.admin.record_verbs import VERBS
from syncs.coding.snapshot import entry_digest
from syncs.models import Record, State
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/record/"
PERMISSIONS = {
    "replay": "syncs.replay_record", "approve": "syncs.approve_record",
    "send_back": "syncs.approve_record", "ask_again": "syncs.replay_record",
    "set_aside": "syncs.set_aside_record", "link": "syncs.set_aside_record",
    "accept": "syncs.approve_record", "post_difference": "syncs.approve_record",
}  # fmt: skip


@pytest.fixture
def integration() -> Any:
    return story.company()


def clerk(name: str = "clerk", *more: str) -> Client:
    return story.signed_in(story.person(name, "syncs.view_record", *more))


def fitting(integration: Any, verb: str) -> Record:
    """A record that the verb could be used on."""
    if verb in ("approve", "send_back"):
        return story.held(integration, Reason.NEEDS_APPROVAL)
    if verb == "ask_again":
        return story.held(integration, Reason.SENT_BACK)
    if verb in ("accept", "post_difference"):
        return story.differing(integration, destination_number="1")
    return story.unmapped(integration)


def state(record: Record) -> str:
    record.refresh_from_db()
    return record.state


def moved(record: Record) -> tuple[str, str]:
    return state(record), record.reason


# -- permissions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in CARE])
def test_each_button_asks_for_its_own_permission(integration: Any, verb: str) -> None:
    record = fitting(integration, verb)
    others = [name for name in set(PERMISSIONS.values()) if name != PERMISSIONS[verb]]
    without = clerk("without", *others)
    assert story.press(without, record, verb, "because").status_code == 403
    before = moved(record)
    assert before[0] == State.HELD
    assert f"/do/{verb}/" not in without.get(f"{LIST}{record.pk}/change/").content.decode()
    allowed = clerk("allowed", PERMISSIONS[verb])
    assert f"/do/{verb}/" in allowed.get(f"{LIST}{record.pk}/change/").content.decode()
    assert story.press(allowed, record, verb, "because").status_code == 200
    assert moved(record) != before


@pytest.mark.parametrize("action", ["replay", "approve", "send_back", "ask_again", "set_aside"])
def test_each_bulk_action_asks_for_its_own_permission(integration: Any, action: str) -> None:
    record = fitting(integration, action)
    others = [name for name in set(PERMISSIONS.values()) if name != PERMISSIONS[action]]
    client = clerk("without", *others)
    form = client.get(LIST).context["action_form"]
    assert action not in dict(form.fields["action"].choices)
    data = {"action": action, "_selected_action": [record.pk], "confirmed": "1", "text": "x"}
    client.post(LIST, data)
    assert state(record) == State.HELD
    assert not Entry.objects.filter(record=record.pk).exists()


def test_who_may_only_look_sees_no_button_and_no_action(integration: Any) -> None:
    record, client = story.unmapped(integration), clerk()
    page = client.get(f"{LIST}{record.pk}/change/").content.decode()
    assert "Why is it held?" in page
    assert "What to do" not in page
    assert "/do/" not in page
    assert 'name="action"' not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{record.pk}/delete/").status_code == 403


def test_without_the_view_permission_there_is_nothing_to_see(integration: Any) -> None:
    record = story.unmapped(integration)
    client = story.signed_in(story.person("nobody", "syncs.replay_record"))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{record.pk}/change/").status_code == 403
    assert story.press(client, record, "replay").status_code == 403


def test_a_button_is_pressed_by_post_and_with_a_csrf_token(integration: Any) -> None:
    record, client = story.unmapped(integration), story.boss()
    assert client.get(f"{LIST}{record.pk}/do/replay/").status_code == 405
    assert client.post(f"{LIST}{record.pk}/do/explode/").status_code == 404
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(f"{LIST}{record.pk}/do/replay/").status_code == 403
    assert state(record) == State.HELD


# -- one record ------------------------------------------------------------------------------------


def test_replay_is_safe_any_number_of_times_and_leaves_its_line(integration: Any) -> None:
    record, client = story.unmapped(integration), story.boss()
    for _ in range(3):
        story.press(client, record, "replay")
    assert state(record) == State.PENDING
    lines = Entry.objects.filter(record=record.pk, kind="person", actor="boss")
    assert lines.count() == 3
    assert OrmQ.objects.exists()


def test_a_record_in_a_workers_hands_is_left_alone(integration: Any) -> None:
    record = story.record(integration, state=State.RUNNING, lease_until=timezone.now())
    page = story.press(story.boss(), record, "replay").content.decode()
    assert "A worker has this record now" in page
    assert state(record) == State.RUNNING
    assert not Entry.objects.filter(record=record.pk).exists()


@pytest.mark.parametrize("verb", ["set_aside", "link", "accept", "send_back", "ask_again"])
def test_what_asks_for_a_text_is_not_done_without_one(integration: Any, verb: str) -> None:
    record = fitting(integration, verb)
    page = story.press(story.boss(), record, verb, "   ").content.decode()
    assert "is required" in page
    assert state(record) == State.HELD


def test_setting_aside_keeps_the_name_and_the_reason(integration: Any) -> None:
    record = story.unmapped(integration)
    page = story.press(story.boss(), record, "set_aside", "Paid by card").content.decode()
    assert state(record) == State.SET_ASIDE
    assert "Set aside by boss: Paid by card" in page


def test_it_is_already_there_asks_the_ledger_for_that_number(integration: Any) -> None:
    record = story.held(integration, Reason.ALREADY_THERE)
    story.press(story.boss(), record, "link", " 108123 ")
    assert state(record) == State.PENDING
    assert record.link_number == "108123"


def test_posting_the_difference_makes_one_record_of_its_own(integration: Any) -> None:
    record, client = fitting(integration, "post_difference"), story.boss()
    story.press(client, record, "post_difference")
    story.press(client, record, "post_difference")
    children = Record.objects.filter(source_id=record.source_id, revision__gt=1)
    assert [child.revision for child in children] == [2]


def test_a_button_that_does_not_fit_changes_nothing(integration: Any) -> None:
    record, client = story.posted(integration), story.boss()
    for verb in ("approve", "set_aside", "link", "accept", "post_difference"):
        page = story.press(client, record, verb, "x").content.decode()
        assert "does not fit" in page
    assert state(record) == State.POSTED


# -- approval --------------------------------------------------------------------------------------


def test_nobody_approves_what_they_had_in_hand_last(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    story.press(story.boss("anna"), record, "replay")
    Record.objects.filter(pk=record.pk).update(state=State.HELD, reason=Reason.NEEDS_APPROVAL)
    anna = story.signed_in(User.objects.get(username="anna"))
    assert "somebody else must approve it" in story.press(anna, record, "approve").content.decode()
    assert not record.approve("anna")
    assert state(record) == State.HELD
    story.press(story.boss("bert"), record, "approve")
    assert state(record) == State.PENDING
    assert record.approved_by == "bert"
    assert record.approved_digest == entry_digest(record.coded)


def test_who_approved_it_once_may_approve_its_next_version(integration: Any) -> None:
    record, client = story.held(integration, Reason.OVER_LIMIT), story.boss()
    story.press(client, record, "approve")
    Record.objects.filter(pk=record.pk).update(
        state=State.HELD, reason=Reason.OVER_LIMIT, coded={**record.coded, "total": "1.00"}
    )
    story.press(client, record, "approve")
    assert state(record) == State.PENDING
    assert record.approved_digest == entry_digest({**record.coded, "total": "1.00"})


def test_only_what_was_seen_is_approved(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    page = story.press(story.boss(), record, "approve", seen="an older page").content.decode()
    assert "changed since you opened the page" in page
    assert state(record) == State.HELD


def test_a_missing_mapping_cannot_be_approved_away(integration: Any) -> None:
    record = story.unmapped(integration)
    assert not record.approve("boss")
    assert state(record) == State.HELD


# -- many ------------------------------------------------------------------------------------------


def choose(client: Client, action: str, rows: list[Record], **more: Any) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(LIST, data, follow=True).content.decode()


def test_a_bulk_replay_says_first_what_will_happen(integration: Any) -> None:
    story.linked(integration)
    story.retainage(integration)
    story.mapped(integration, "04-100")
    rows = [story.unmapped(integration) for _ in range(3)]
    free = story.held(integration, Reason.WAITS, source=story.of_code(story.document(), "04-100"))
    gave_up = story.held(
        integration, Reason.GAVE_UP, source=story.of_code(story.document(), "04-100")
    )
    done = story.posted(integration)
    client, chosen = story.boss(), [*rows, free, gave_up, done]
    page = choose(client, "replay", chosen)
    assert "6 records will be tried again." in page
    assert "3 are held for “Missing mapping”, which still stands." in page
    assert "Nothing that we know of holds 1 of them ($1,800.00)" in page
    assert "1 record must be asked of Dynamics 365 Business Central" in page
    assert "For 1 record the ledger is only asked again" in page
    assert {state(row) for row in rows} == {State.HELD}
    story.mapped(integration)
    assert "which still stands" not in choose(client, "replay", rows)
    choose(client, "replay", chosen, confirmed="1")
    assert {state(row) for row in chosen} == {State.PENDING}


def test_a_bulk_set_aside_needs_a_reason(integration: Any) -> None:
    rows, client = [story.unmapped(integration) for _ in range(2)], story.boss()
    assert "3,600.00 in all" in choose(client, "set_aside", rows)
    assert "Reason is required" in choose(client, "set_aside", rows, confirmed="1")
    assert {state(row) for row in rows} == {State.HELD}
    choose(client, "set_aside", rows, confirmed="1", text="Before our time")
    assert {state(row) for row in rows} == {State.SET_ASIDE}
    assert Entry.objects.filter(sentence__contains="Before our time").count() == 2


def test_a_bulk_approval_leaves_out_ones_own(integration: Any) -> None:
    rows, client = [story.held(integration, Reason.NEEDS_APPROVAL) for _ in range(3)], story.boss()
    rows[0].journal("boss").append(Entry.Kind.PERSON, "Replay")
    page = choose(client, "approve", rows)
    assert "2 records" in page
    assert "somebody else must approve it" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    Record.objects.filter(pk=rows[1].pk).update(digest="another")
    choose(client, "approve", rows, confirmed="1", seen=seen)
    assert {state(row) for row in rows} == {State.HELD}, "one of them changed meanwhile"
    seen = choose(client, "approve", rows).split('name="seen" value="')[1].split('"')[0]
    choose(client, "approve", rows, confirmed="1", seen=seen)
    assert [state(row) for row in rows] == [State.HELD, State.PENDING, State.PENDING]


def test_a_bulk_action_takes_no_more_than_it_can_carry(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncs.admin.record_actions.MOST", 1)
    rows = [story.unmapped(integration) for _ in range(2)]
    assert "At most 1 records" in choose(story.boss(), "replay", rows, confirmed="1")
    assert {state(row) for row in rows} == {State.HELD}
