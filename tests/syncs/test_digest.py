"""The digest of the morning: once, to each what he may do, and nothing where nothing is due."""

from __future__ import annotations

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail as post
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from connections.errors import Reason
from syncs import tasks
from syncs.models import Alert, MorningMail
from syncs.morning import mail
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 30, 12, 1, tzinfo=dt.UTC)  # 07:01 in New York


@pytest.fixture
def integration(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SITE_TIME_ZONE, settings.EMAIL_URL = "America/New_York", "smtp://x"
    settings.PUBLIC_URL, settings.ALERT_URLS = "https://c.example.com", []
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    return story.company()


def clerk(name: str, *permissions: str) -> User:
    user = story.person(name, "syncs.view_record", *permissions)
    user.email = f"{name}@example.com"
    user.save()
    return user


def sent(now: dt.datetime = MORNING, times: int = 1) -> list[str]:
    """The sweep asks, and the queue delivers each task so many times. Returns who got a mail."""
    mail.ask_for_due(now)
    for pk in MorningMail.objects.values_list("pk", flat=True):
        for _ in range(times):
            tasks.digest(pk)
    return [message.to[0] for message in post.outbox]


def test_each_gets_what_he_may_do_with_money_age_and_link(integration: Any) -> None:
    clerk("ann", "syncs.replay_record")
    clerk("cora", "mappings.add_costcodemapping")
    clerk("paul")
    held = timezone.now() - dt.timedelta(days=9)
    for _ in range(2):
        story.unmapped(integration, held_since=held, amount="1000.00")
    story.held(integration, Reason.NUMBER, amount="-5.00", currency="CAD")
    assert sorted(sent()) == ["ann@example.com", "cora@example.com"]
    bodies = {message.to[0].split("@")[0]: message.body for message in post.outbox}
    assert "Held, missing mapping: 2 documents, $2,000.00, the oldest for 9 d" in bodies["cora"]
    assert "https://c.example.com/syncs/record/?state__exact=held" in bodies["cora"]
    assert "CAD" not in bodies["cora"]
    assert "Held, number missing or too long: 1 document, -CAD 5.00" in bodies["ann"]
    assert "mapping" not in bodies["ann"]


def test_it_is_sent_once_though_the_task_comes_twice(integration: Any) -> None:
    clerk("ann", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    assert sent(times=2) == ["ann@example.com"]
    mail.ask_for_due(MORNING + dt.timedelta(minutes=1))
    assert sent(MORNING + dt.timedelta(hours=5)) == ["ann@example.com"]
    assert MorningMail.objects.count() == 1


def test_it_comes_anew_the_next_day(integration: Any) -> None:
    clerk("ann", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    sent()
    assert len(sent(MORNING + dt.timedelta(days=1))) == 2


def test_nothing_is_sent_where_nothing_is_due(integration: Any) -> None:
    clerk("ann", "syncs.replay_record")
    story.posted(integration)
    assert sent() == []
    assert MorningMail.objects.get().done_at


def test_nothing_is_asked_for_before_the_hour_or_without_one(
    integration: Any, settings: Any
) -> None:
    clerk("ann", "syncs.replay_record")
    mail.ask_for_due(MORNING - dt.timedelta(minutes=2))
    settings.DIGEST_AT = ""
    mail.ask_for_due(MORNING)
    assert not MorningMail.objects.exists()
    settings.DIGEST_AT = "06:30"
    mail.ask_for_due(MORNING - dt.timedelta(minutes=2))
    assert MorningMail.objects.count() == OrmQ.objects.count() == 1


def test_without_a_mail_server_or_an_address_nobody_is_written_to(
    integration: Any, settings: Any
) -> None:
    story.person("nobody", "syncs.view_record", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    assert sent() == []
    MorningMail.objects.all().delete()
    clerk("ann", "syncs.replay_record")
    settings.EMAIL_URL = ""
    assert sent() == []


def test_who_left_meanwhile_gets_nothing(integration: Any) -> None:
    clerk("ann", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    mail.ask_for_due(MORNING)
    User.objects.update(is_active=False)
    assert sent() == []


def test_the_addresses_of_the_site_get_what_needs_anybody(
    integration: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALERT_URLS = ["json://127.0.0.1:1/"]
    told: list[tuple[str, str]] = []

    def deliver(title: str, body: str) -> tuple[bool, str]:
        told.append((title, body))
        return True, ""

    monkeypatch.setattr(mail, "deliver", deliver)
    story.unmapped(integration)
    story.held(integration, Reason.NEEDS_APPROVAL)
    sent(times=2)
    [(title, body)] = told
    assert title == "ml-connector: 2 causes to look at"
    assert "Held, missing mapping: 1 document" in body
    assert "Wait for your approval: 1 document" in body


def test_a_mail_that_was_not_taken_is_an_alert_and_tried_again(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk("ann", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    right = post.send_mail

    def refused(*args: Any) -> None:
        raise smtplib.SMTPServerDisconnected("secret@host")

    monkeypatch.setattr(mail, "send_mail", refused)
    assert sent(times=2) == []
    row = MorningMail.objects.get()
    assert (row.tries, row.done_at) == (1, None)
    [alert] = Alert.objects.filter(closed_at=None)
    assert "was not sent to ann" in alert.sentence
    assert "secret@host" not in alert.sentence + row.problem
    monkeypatch.setattr(mail, "send_mail", right)
    later = MORNING + dt.timedelta(minutes=16)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert sent(later) == ["ann@example.com"]
    assert not Alert.objects.filter(closed_at=None).exists()


# -- who wants none --------------------------------------------------------------------------------


def choice(user: User, wanted: str) -> str:
    """What the page says after the button of that name was pressed; each mail leads there."""
    page = story.signed_in(user).post("/digest/", {"wanted": wanted}, follow=True)
    return str(page.content.decode())


def test_who_wants_none_gets_none_until_he_wants_it_again(integration: Any) -> None:
    ann, bob = clerk("ann", "syncs.replay_record"), clerk("bob", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    assert "You get no digest" in choice(ann, "no")
    choice(ann, "no")
    assert sent() == ["bob@example.com"]
    [foot] = post.outbox[0].body.splitlines()[-1:]
    assert foot == "To get no digest: https://c.example.com/digest/"
    assert "at 07:00 EST, to ann@example.com" in choice(ann, "yes")
    assert "You get the digest" in story.signed_in(bob).get("/digest/").content.decode()
    tomorrow = MORNING + dt.timedelta(days=1)
    assert sorted(sent(tomorrow)[1:]) == ["ann@example.com", "bob@example.com"]
    lines = Entry.objects.filter(kind=Entry.Kind.PERSON, actor="ann").order_by("sequence")
    assert [line.data["wanted"] for line in lines] == [False, True], "one line for each change"


def test_who_said_no_after_it_was_asked_for_gets_none(integration: Any) -> None:
    ann = clerk("ann", "syncs.replay_record")
    story.held(integration, Reason.NUMBER)
    mail.ask_for_due(MORNING)
    choice(ann, "no")
    assert sent() == []


def test_the_page_says_why_none_comes(integration: Any, settings: Any) -> None:
    ann = clerk("ann", "syncs.view_record")
    client = story.signed_in(ann)
    assert "Send me none" in client.get("/digest/").content.decode()
    User.objects.filter(pk=ann.pk).update(email="")
    page = client.get("/digest/").content.decode()
    assert "no e-mail address" in page
    assert "You want the digest of the morning, but get none" in page
    settings.EMAIL_URL = ""
    page = client.get("/digest/").content.decode()
    assert "No digest of the morning is sent here" in page
    assert "You want" not in page
    assert "No mail server is set up for it." in page
    assert "EMAIL_URL" not in page, "she cannot set it"
    settings.DIGEST_AT = ""
    page = client.get("/digest/").content.decode()
    assert "No hour is set for it." in page
    assert "DIGEST_AT" not in page
    assert "(DIGEST_AT)" in story.boss().get("/digest/").content.decode()
