"""The first part of the front page: what needs this person, and nothing that he may not do."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from connections.errors import Reason
from connections.models import Connection, Consent
from connections.pages.asking import Wanted
from syncs.admin import controls
from syncs.balance.rows import Cause, Cell, CellCause
from syncs.models import Alert, FixRequest
from syncs.morning.needs import named
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
PART = re.compile(r'<section class="c-card" id="needs">(.*?)</section>', re.DOTALL)


@pytest.fixture
def integration() -> Any:
    return story.company()


def needs(client: Client) -> str:
    found = PART.search(client.get("/").content.decode())
    assert found
    return unescape(re.sub(r"\s+", " ", found[1]))


def told(client: Client) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", needs(client)))


def person(name: str, *permissions: str) -> Client:
    return story.signed_in(story.person(name, *permissions))


def listed(client: Client, url: str) -> int:
    """How many the list of that address shows."""
    return int(client.get(url).context["cl"].queryset.count())


def first_link(page: str) -> str:
    found = re.search(r'href="([^"]+)"', page)
    assert found
    return found[1]


def test_nothing_needs_whom_nothing_needs(integration: Any) -> None:
    story.posted(integration)
    said = told(person("ann", "syncs.view_record", "syncs.replay_record"))
    assert "Nothing needs you" in said
    assert re.search(r"As of \w+ \d+, 20\d\d, \d\d:\d\d:\d\d", said)


def test_approvals_but_for_what_he_had_in_hand(integration: Any) -> None:
    mine = story.held(integration, Reason.NEEDS_APPROVAL, amount="100.00")
    mine.journal("ann").append("person", "Replay", {"verb": "replay"})
    talked = story.held(integration, Reason.OVER_LIMIT, amount="200.00")
    talked.journal("ann").append("person", "Note: odd", {"verb": "note"})
    story.held(integration, Reason.NEEDS_APPROVAL, amount="300.00")
    ann = person("ann", "syncs.view_record", "syncs.approve_record")
    said = told(ann)
    assert "Wait for your approval" in said
    assert "2 documents $500.00" in said
    assert listed(ann, first_link(needs(ann))) == 2
    assert "Nothing needs you" in told(person("bob", "syncs.view_record", "syncs.replay_record"))


def test_causes_are_those_that_he_can_end_the_most_money_first(integration: Any) -> None:
    story.unmapped(integration, amount="10.00")
    story.held(integration, Reason.NUMBER, amount="20.00", currency="CAD")
    for amount in ("-90.00", "-1.00"):
        story.held(
            integration, Reason.DUPLICATE_NUMBER, amount=amount,
            held_since=timezone.now() - dt.timedelta(days=12),
        )  # fmt: skip
    story.differing(integration)
    clerk = person("ann", "syncs.view_record", "syncs.replay_record")
    page = needs(clerk)
    said = told(clerk)
    assert "2 documents -$91.00 oldest 12 d" in said
    assert "1 document CAD 20.00" in said
    assert said.index("Number used twice") < said.index("Number missing")
    assert "Missing mapping" not in said
    assert "Changed after posting" not in said
    assert "fix and send" not in said
    assert listed(clerk, first_link(page)) == 2
    assert "Missing mapping" in told(
        person("cora", "syncs.view_record", "mappings.add_costcodemapping")
    )
    others = clerk.get("/").content.decode()
    assert "Held, for others to mend" in others
    assert "Missing mapping" in others


def test_a_cause_that_several_rights_end_is_told_for_each_apart(integration: Any) -> None:
    """Which vendor it is says who may link vendors, which document who may set aside."""
    story.held(integration, Reason.POSSIBLE_DUPLICATE, flow="vendors", amount=None)
    clerk = person("ann", "syncs.view_record", "syncs.replay_record")
    assert "Nothing needs you" in told(clerk)
    assert "Possible duplicate" in clerk.get("/").content.decode(), "for others to mend"
    assert "Possible duplicate: vendors" in told(
        person("cora", "syncs.view_record", "mappings.add_vendorlink")
    )
    story.held(integration, Reason.POSSIBLE_DUPLICATE, amount="30.00")
    assert "Possible duplicate: requisitions" in told(clerk)
    assert listed(clerk, first_link(needs(clerk))) == 1
    others = clerk.get("/").content.decode()
    assert "Possible duplicate" in others[others.index("for others to mend") :]


def test_a_status_that_nobody_knows_is_for_who_keeps_the_connection(integration: Any) -> None:
    story.held(integration, Reason.STATUS, amount="30.00")
    assert "Nothing needs you" in told(person("ann", "syncs.view_record", "syncs.replay_record"))
    keeper = person("ian", "syncs.view_record", "connections.change_connection")
    assert named(Reason.STATUS) in told(keeper)


def test_what_follows_another_document_needs_nobody_until_it_waits_for_long(
    integration: Any,
) -> None:
    clerk = person("ann", "syncs.view_record", "syncs.replay_record")
    fresh = story.held(integration, Reason.WAITS, amount="10.00")
    story.held(integration, Reason.WAITS, amount="20.00",
               held_since=timezone.now() - dt.timedelta(hours=47))  # fmt: skip
    assert "Nothing needs you" in told(clerk)
    others = clerk.get("/").content.decode()
    assert "Waits for another document" in others[others.index("for others to mend") :]
    fresh.held_since = timezone.now() - dt.timedelta(days=2, minutes=1)
    fresh.save()
    assert "Waits for another document" in told(clerk)
    assert "2 documents $30.00 oldest 2 d" in told(clerk)


def test_his_own_and_what_he_is_asked_for(integration: Any) -> None:
    record = story.held(integration, Reason.NUMBER, owner="ann", amount="7.00")
    wanted = Wanted("Map cost code 03-300", "/x/", "mappings.add_costcodemapping", "No account.",
                    integration.pk, record.pk)  # fmt: skip
    FixRequest.ask(wanted, "paul", "")
    ann = person("ann", "syncs.view_record", "syncs.view_fixrequest", "syncs.change_fixrequest",
                 "mappings.add_costcodemapping")  # fmt: skip
    said = told(ann)
    assert "You look after 1 document $7.00" in said
    assert "(by paul)" in said
    assert "Nothing needs you" in told(person("paul", "syncs.view_record"))


def test_changes_of_controls_wait_for_another_than_who_asked(integration: Any) -> None:
    story.posted(integration)
    row = integration.flows.get(flow="requisitions")
    row.needs_approval = True
    row.save()
    controls.ask(row, "needs_approval", False, "cora")
    rights = ("syncs.view_controlchange", "syncs.agree_controlchange")
    other = person("dora", *rights)
    assert "Changes of controls for you to decide" in told(other)
    assert listed(other, first_link(needs(other))) == 1
    assert "Nothing needs you" in told(person("cora", *rights))


def test_alerts_systems_and_differences_are_for_who_can_end_them(integration: Any) -> None:
    Alert.objects.create(key="k", sentence="Procore sleeps.")
    Consent.objects.create(
        connection=integration.project_system, ends_at=timezone.now() + dt.timedelta(days=3)
    )
    Connection.objects.filter(pk=integration.ledger_id).update(test_ok=False)
    cell = Cell.objects.create(
        id="c", integration=integration, book="cost", in_projects=2, in_ledger=1, difference=1,
        documents=1, differs=True,
    )  # fmt: skip
    CellCause.objects.create(
        cell=cell, integration=integration, book="cost", cause=Cause.UNEXPLAINED, amount=1,
        documents=1,
    )  # fmt: skip
    said = told(person("ian", "syncs.view_alert", "syncs.change_alert",
                       "connections.view_connection", "connections.change_connection"))  # fmt: skip
    assert "Procore sleeps." in said
    assert "Procore: The consent ends on" in said
    assert "Business Central: Its last test failed." in said
    assert "Differences" not in said
    cora = person("cora", "syncs.view_cell", "syncs.read_again_cell")
    assert "Differences without a cause" in told(cora)
    assert listed(cora, first_link(needs(cora))) == 1
    paul = person("paul", "syncs.view_alert", "syncs.view_cell")
    assert "Nothing needs you" in told(paul)
    assert "Procore sleeps." in paul.get("/").content.decode(), "he sees it all the same"


@pytest.mark.parametrize(
    ("role", "sees", "not_for_him"),
    [
        ("AP clerk", "Number missing", "Missing mapping"),
        ("Controller", "Missing mapping", ""),
        ("Approver", "Wait for your approval", "Missing mapping"),
        ("Project accountant", "Nothing needs you", "Number missing"),
        ("Integrator", "Procore sleeps.", "Number missing"),
        ("Auditor", "Nothing needs you", "Number missing"),
    ],
)
def test_each_role_sees_its_own_morning(
    integration: Any, role: str, sees: str, not_for_him: str
) -> None:
    from django.contrib.auth.models import Group

    call_command("create_roles", verbosity=0)
    story.unmapped(integration)
    story.held(integration, Reason.NUMBER)
    story.held(integration, Reason.NEEDS_APPROVAL)
    Alert.objects.create(key="k", sentence="Procore sleeps.")
    user = story.person("someone")
    user.groups.add(Group.objects.get(name=role))
    client = story.signed_in(user)
    said = told(client)
    assert sees in said
    assert not not_for_him or not_for_him not in said
    stop = "stop-all" in client.get("/").content.decode()
    assert stop == (role in ("Controller", "Integrator"))
