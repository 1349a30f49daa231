"""A yes and a no at once, whose list it is on afterwards, and who may say it where."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from audit.models import Entry
from connections.companies.access import Access
from connections.errors import Reason
from syncs.admin.record_verbs import seen
from syncs.controls.bands import Who
from syncs.models import Record, State
from tests.syncs_admin import story
from tests.syncs_admin.test_needs import listed, told

APPROVES = ("syncs.view_record", "syncs.approve_record")
LIST = "/syncs/record/"


@pytest.fixture
def integration(db: None) -> Any:
    return story.company()


def approver(name: str, *more: str) -> Client:
    return story.signed_in(story.person(name, *APPROVES, *more))


def at_once(record: Record, presses: dict[Client, str]) -> dict[str, str]:
    """Both have the page open, and press in the same moment. What each is told, by verb."""
    ready, found = threading.Barrier(len(presses)), dict[str, str]()
    token = seen(record)

    def press(client: Client, verb: str) -> None:
        ready.wait()
        try:
            data = {"text": "wrong cost code", "seen": token}
            answer = client.post(f"{LIST}{record.pk}/do/{verb}/", data, follow=True)
            found[verb] = answer.content.decode()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=pair) for pair in presses.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record.refresh_from_db()
    return found


@pytest.mark.django_db(transaction=True)
def test_of_a_yes_and_a_no_at_once_one_counts_and_the_other_is_told() -> None:
    integration = story.company()
    ann, ben = approver("ann"), approver("ben")
    for _ in range(8):
        record = story.held(integration, Reason.NEEDS_APPROVAL)
        said = at_once(record, {ann: "send_back", ben: "approve"})
        done = Entry.objects.filter(record=record.pk, kind=Entry.Kind.PERSON)
        (verb,) = done.values_list("data__verb", flat=True)
        approved = verb == "approve"
        assert (record.state == State.PENDING) is approved
        assert (record.reason == Reason.SENT_BACK) is not approved
        assert bool(record.approved_digest) is approved
        assert bool(record.sent_back) is not approved
        lost = said["send_back" if approved else "approve"]
        assert "Decided last: “" in lost
        assert ("Approved by ben" if approved else "Sent back by ann") in lost


def test_who_comes_too_late_is_told_what_was_decided(integration: Any) -> None:
    """Both were let through; the other one's row was written first."""
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    late = Record.objects.get(pk=record.pk)
    assert late.approve("ben")
    assert not record.send_back("ann", "too late")
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    late = Record.objects.get(pk=record.pk)
    assert late.send_back("ann", "wrong cost code")
    assert not record.approve("ben")
    assert not record.send_back("cora", "so do I")
    record.refresh_from_db()
    assert record.sent_back["by"] == "ann"


def test_a_no_to_what_changed_meanwhile_is_not_taken(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    page = story.press(approver("ann"), record, "send_back", "late", seen="an older page")
    assert "changed since you opened the page" in page.content.decode()
    same = Record.objects.get(pk=record.pk)
    Record.objects.filter(pk=record.pk).update(coded={**record.coded, "total": "1.00"})
    assert not same.send_back("ann", "of another amount")
    assert Record.objects.get(pk=record.pk).reason == Reason.NEEDS_APPROVAL


def test_it_is_on_the_list_of_whoever_can_mend_it(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL, owner="bert")
    ann = approver("ann")
    bert = story.signed_in(story.person("bert", "syncs.view_record", "syncs.replay_record"))
    cora = story.signed_in(story.person("cora", "syncs.view_record", "syncs.replay_record"))
    assert "Nothing needs you" in told(cora)
    story.press(ann, record, "send_back", "wrong cost code")
    said = told(cora)
    assert "Sent back" in said
    assert "1 document $1,800.00" in said
    assert "ask for approval again and say why" in said
    assert "You look after" in told(bert)
    assert "Nothing needs you" in told(ann)
    assert listed(cora, "/syncs/record/?state__exact=held&reason__exact=sent_back") == 1
    causes = cora.get("/syncs/record/causes/").content.decode()
    assert 'value="ask_again"' in causes
    assert 'value="send_back"' not in causes


def test_by_cause_what_waits_is_approved_or_sent_back(integration: Any) -> None:
    story.held(integration, Reason.OVER_LIMIT)
    causes = approver("ann").get("/syncs/record/causes/").content.decode()
    assert 'value="approve"' in causes
    assert 'value="send_back"' in causes
    assert 'value="ask_again"' not in causes


def test_nobody_sends_back_where_he_may_not_see(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    user = story.person("ann", *APPROVES)
    Access.objects.filter(user=user).update(all_companies=False)
    answer = story.press(story.signed_in(user), record, "send_back", "not mine to see")
    assert answer.status_code == 404
    record.refresh_from_db()
    assert (record.reason, record.sent_back) == (Reason.NEEDS_APPROVAL, {})


def test_the_page_says_no_to_whom_the_amount_is_too_large(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL, approval_takes=Who.HIGHER)
    page = approver("ann").get(f"{LIST}{record.pk}/change/").content.decode()
    form = page.split("/do/send_back/")[1].split("</form>")[0]
    assert "disabled" in form
    assert "It takes the right to approve large documents." in form


def test_an_auditor_reads_it_in_the_history(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL, currency="EUR")
    story.press(approver("ann"), record, "send_back", "Who ordered this?")
    reader = story.signed_in(story.person("rita", "syncs.view_record", "audit.view_entry"))
    page = reader.get(f"{LIST}{record.pk}/change/").content.decode()
    assert "Sent back by ann, €1,800.00: Who ordered this?" in page
    assert "/do/" not in page
