"""Nobody is offered a button that leads to a refusal: who may not do a thing asks who may."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from connections.errors import Reason
from connections.management.commands.create_roles import ROLES
from syncs import tasks
from syncs.models import Alert, Delivery, FixRequest, FlowSettings, Record, Run, State
from tests.syncs_admin import story

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400)]
LINK = re.compile(r'href="([^"]+)"')
TAKES = re.compile(r'action="([^"]+/(?:export|access|unmapped)/[^"]*)"')  # a file, by a button
FACTS: list[tuple[Reason, dict[str, Any]]] = [
    *((reason, {}) for reason in Reason),
    (Reason.MISSING_MAPPING, {"cost_code": "03-300", "cost_type": "S"}),
    (Reason.MISSING_MAPPING, {"tax_code": "CA"}),
    (Reason.MISSING_MAPPING, {"ledger_account": "5010"}),
    (Reason.MISSING_VENDOR, {"vendor_id": "v1", "vendor_name": "Acme"}),
    (Reason.MISSING_VENDOR, {"ledger_vendor": "V00010"}),
    (Reason.MISSING_PROJECT, {"project_id": "p1", "project": "24-017"}),
    (Reason.ACCOUNT_UNUSABLE, {"account": "5010"}),
    (Reason.SETTINGS, {"purpose": "retainage"}),
    (Reason.POSSIBLE_DUPLICATE, {"vendor_id": "v1", "ledger_number": "V00010"}),
    (Reason.POSSIBLE_DUPLICATE, {"vendor_id": "v1"}),
]


@pytest.fixture
def integration() -> Any:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    return story.company()


def colleague(role: str, name: str = "") -> Client:
    user = User.objects.create_user(name or role.split()[-1].lower(), password="x", is_staff=True)
    story.sees_all(user).groups.add(Group.objects.get(name=role))
    return story.signed_in(user)


def held_for(integration: Any, reason: Reason, facts: dict[str, Any]) -> Record:
    problem = {"reason": reason, "sentence": f"A sentence about {reason}.", **facts}
    differs = {"posted_digest": "old"} if reason == Reason.CHANGED_AFTER_POSTING else {}
    return story.held(integration, reason, problem, **differs)


def page_of(client: Client, record: Record) -> str:
    answer = client.get(f"/syncs/record/{record.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def part(page: str, name: str) -> str:
    """One card of a page, by its id."""
    return page.split(f'id="{name}"')[1].split("</section>")[0]


def links(text: str) -> set[str]:
    return {unescape(found) for found in LINK.findall(text)}


def asks(page: str) -> list[str]:
    return sorted(found for found in links(page) if found.startswith("/syncs/fixrequest/ask/"))


@pytest.mark.parametrize("role", ROLES)
def test_no_button_of_a_held_record_leads_to_a_refusal(integration: Any, role: str) -> None:
    client = colleague(role)
    for reason, facts in FACTS:
        page = page_of(client, held_for(integration, reason, facts))
        for link in links(part(page, "state")):
            if link.startswith("#"):
                assert f'id="{link[1:]}"' in page, f"{reason}: {link} leads nowhere"
            elif link.startswith("/"):
                assert client.get(link).status_code == 200, f"{reason}: {link}"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "Auditor"])
def test_every_held_record_has_something_to_press(integration: Any, role: str) -> None:
    client = colleague(role)
    for reason, facts in FACTS:
        page = page_of(client, held_for(integration, reason, facts))
        assert 'class="c-button c-primary"' in part(page, "state"), f"{reason} {facts}"


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_any_page_that_one_can_reach_is_refused(integration: Any, role: str) -> None:
    """From the front page on, one page of each kind with each set of query keys."""
    for reason, facts in FACTS:
        held_for(integration, reason, facts)
    story.posted(integration)
    Alert.objects.create(key="a", sentence="Procore sleeps.", integration=integration)
    Run.objects.create(integration=integration, flow="requisitions", kind="poll", ok=True)
    Delivery.objects.create(body="{}")
    client, seen, to_see = colleague(role), set(), ["/"]
    while to_see:
        path = to_see.pop()
        answer = client.get(path)
        assert answer.status_code in (200, 302), f"{path}: {answer.status_code}"
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        for action in TAKES.findall(page):
            assert client.post(unescape(action)).status_code == 200, f"{path}: {action}"
        for link in links(page):
            link = link.split("#")[0]
            if link.startswith("?"):
                link = path.split("?")[0] + link
            kind = re.sub(r"\d+|[0-9a-f-]{36}|=[^&]*", "*", link)
            if link.startswith("/") and kind not in seen and not is_file(link):
                seen.add(kind)
                to_see.append(link)
    assert len(seen) > 20


def is_file(link: str) -> bool:
    return link.startswith("/static/") or "logout" in link


@pytest.mark.parametrize("role", ROLES)
def test_no_form_of_a_record_or_a_flow_is_refused(integration: Any, role: str) -> None:
    """Whatever it answers, it is not that one may not."""
    client, forms = colleague(role), set()
    pages = [f"/syncs/record/{held_for(integration, *each).pk}/change/" for each in FACTS]
    if "flowsettings" in client.get("/").content.decode():
        pages.append(f"/syncs/flowsettings/{FlowSettings.objects.latest('pk').pk}/change/")
    for path in pages:
        page = client.get(path).content.decode()
        forms |= set(re.findall(r'action="(/syncs/[^"]+)"', page))
    for action in forms:
        assert client.post(action, {"text": "because"}).status_code in (200, 302), action


def test_a_clerk_asks_the_controller_who_answers_and_the_clerk_sees_it(integration: Any) -> None:
    clerk, controller = colleague("AP clerk"), colleague("Controller")
    record = story.unmapped(integration)
    page = page_of(clerk, record)
    assert "Ask the Controller" in page
    assert "/mappings/costcodemapping/add/" not in page
    [ask] = asks(page)
    assert "Map cost code 03-300" in clerk.get(ask).content.decode()
    clerk.post(ask, {"text": "Pours of lot 7"})

    front = part(controller.get("/").content.decode(), "asked").split("</ul>")[0]
    assert "Map cost code 03-300" in front
    [address] = links(front)
    theirs = controller.get(address).content.decode()
    assert "Pours of lot 7" in theirs
    assert "cost_code=03-300&amp;cost_type=S" in theirs
    reply = address.replace("change", "reply")
    controller.post(reply, {"state": "refused", "text": ""})
    assert FixRequest.objects.get().state == "open", "a refusal has a word"
    controller.post(reply, {"state": "refused", "text": "Belongs to 03-310"})

    front = part(clerk.get("/").content.decode(), "answers")
    assert "Belongs to 03-310" in front
    assert "Belongs to 03-310" in page_of(clerk, record)
    clerk.get(address)
    assert 'id="answers"' not in clerk.get("/").content.decode(), "it was read"
    said = Entry.objects.filter(record=record.pk, kind="person").order_by("sequence")
    assert [(line.actor, line.data["verb"]) for line in said] == [
        ("clerk", "ask"), ("controller", "reply"),
    ]  # fmt: skip


def test_who_mended_it_stands_at_the_request_again(integration: Any) -> None:
    clerk, controller = colleague("AP clerk"), colleague("Controller")
    [ask] = asks(page_of(clerk, story.unmapped(integration)))
    clerk.post(ask)
    address = f"/syncs/fixrequest/{FixRequest.objects.get().pk}/change/"
    [form] = [
        one for one in links(controller.get(address).content.decode())
        if one.startswith("/mappings/costcodemapping/add/") and "account=" not in one
    ]  # fmt: skip
    rule = {"integration": integration.pk, "cost_code": "03-300", "cost_type": "S",
            "project": "*", "account": "5010"}  # fmt: skip
    saved = controller.post(form, rule)
    assert (saved.status_code, saved["Location"]) == (302, address)
    elsewhere = controller.post(
        "/mappings/costcodemapping/add/?then=//example.com/", {**rule, "cost_type": "M"}
    )
    assert elsewhere["Location"] == "/mappings/costcodemapping/"


def test_the_same_is_asked_once_and_again_after_an_answer(integration: Any) -> None:
    one, two = colleague("AP clerk", "anna"), colleague("AP clerk", "bert")
    first, second = story.unmapped(integration), story.unmapped(integration)
    [ask] = asks(page_of(one, first))
    one.post(ask)
    page = page_of(two, second)
    assert "anna asked for it" in page
    assert asks(page) == []
    two.post(ask)
    assert FixRequest.objects.count() == 1
    row = FixRequest.objects.get()
    colleague("Controller").post(f"/syncs/fixrequest/{row.pk}/reply/", {"state": "done"})
    assert len(asks(page_of(two, second))) == 1


def test_lines_of_one_cause_are_mended_by_one_button(integration: Any) -> None:
    record = held_for(integration, Reason.TAX, {})
    problems = [{**record.problems[0], "sentence": f"Line {line} has no tax."} for line in "abcd"]
    Record.objects.filter(pk=record.pk).update(problems=problems)
    page = page_of(colleague("AP clerk"), record)
    assert all(f"Line {line} has no tax." in page for line in "abcd")
    assert len(asks(page)) == 1
    assert part(page, "state").count("Open it in the source") == 1


def test_two_causes_of_one_document_that_one_page_mends_are_both_asked_for(
    integration: Any,
) -> None:
    record = held_for(integration, Reason.TAX, {})
    other = {"reason": Reason.PERIOD_CLOSED, "sentence": "The period is closed."}
    Record.objects.filter(pk=record.pk).update(problems=[*record.problems, other])
    assert len(asks(page_of(colleague("AP clerk"), record))) == 2


def test_two_causes_that_one_page_mends_are_asked_for_apart(integration: Any) -> None:
    """Both are mended in the flow's settings; of the one nobody has asked."""
    taxed = held_for(integration, Reason.TAX, {})
    closed = held_for(integration, Reason.PERIOD_CLOSED, {})
    clerk = colleague("AP clerk")
    [address] = asks(page_of(clerk, taxed))
    assert clerk.post(address, {"note": "Please look."}).status_code == 302
    assert "asked for it" in part(page_of(clerk, taxed), "state")
    state = part(page_of(clerk, closed), "state")
    assert "asked for it" not in state
    assert len(asks(page_of(clerk, closed))) == 1


def test_who_may_not_do_it_cannot_answer_it(integration: Any) -> None:
    clerk, other = colleague("AP clerk"), colleague("AP clerk", "other")
    clerk.post(asks(page_of(clerk, story.unmapped(integration)))[0])
    row = FixRequest.objects.get()
    assert 'id="asked"' not in other.get("/").content.decode()
    for client in (clerk, other, colleague("Auditor"), colleague("Integrator")):
        answer = client.post(f"/syncs/fixrequest/{row.pk}/reply/", {"state": "done"})
        assert answer.status_code == 403
    assert colleague("Auditor", "a2").post("/syncs/fixrequest/ask/").status_code == 403
    assert clerk.get("/syncs/fixrequest/ask/?what=made-up").status_code == 404


def test_to_talk_about_a_record_is_not_to_have_it_in_hand(integration: Any) -> None:
    """Else a request would free the one who replayed it last to approve it himself."""
    clerk, controller = colleague("AP clerk"), colleague("Controller")
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    record.journal("controller").append(Entry.Kind.PERSON, "Replay", {"verb": "replay"})
    clerk.post(asks(page_of(clerk, record))[0])
    record.refresh_from_db()
    assert "somebody else must approve it" in record.why_not_approve("controller")
    assert len(asks(page_of(controller, record))) == 0, "it waits for an answer already"
    other = colleague("Controller", "second")
    row = FixRequest.objects.get()
    other.post(f"/syncs/fixrequest/{row.pk}/reply/", {"state": "done"})
    assert record.why_not_approve("second") == ""


def test_a_line_of_the_inbox_is_asked_for_too(integration: Any) -> None:
    story.unmapped(integration)
    clerk = colleague("AP clerk")
    page = clerk.get("/mappings/costcodemapping/unmapped/").content.decode()
    assert "Map it" not in page
    [ask] = asks(page)
    clerk.post(ask)
    row = FixRequest.objects.get()
    assert (row.record, row.permission) == (None, "mappings.add_costcodemapping")
    assert "Documents: 1, $1,000.00" in row.sentence
    controller = colleague("Controller")
    theirs = controller.get(f"/syncs/fixrequest/{row.pk}/change/").content.decode()
    assert controller.get(unescape(row.url)).status_code == 200
    assert "cost_code=03-300" in theirs


def test_who_replayed_it_himself_is_told_that_another_must_approve_it(integration: Any) -> None:
    """He has the right, and nobody approves what he had in hand last."""
    controller, second = colleague("Controller"), colleague("Controller", "second")
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    record.journal("controller").append(Entry.Kind.PERSON, "Replay", {"verb": "replay"})
    said = part(page_of(controller, record), "state")
    assert "Approve: another Approver or Controller must do this, not you." in said
    assert "Ask another Approver or Controller" in said
    [ask] = asks(page_of(controller, record))
    assert "another Approver or Controller must" in controller.get(ask).content.decode()
    answer = controller.post(ask, follow=True).content.decode()
    assert "It waits for another Approver or Controller" in answer
    assert 'href="#approve"' in part(page_of(second, record), "state")
    clerk = colleague("AP clerk")
    assert "the Approver or the Controller may do this." in page_of(clerk, record)


def asked_for(integration: Any, reason: Reason = Reason.OVER_LIMIT) -> tuple[Client, Record]:
    """A clerk asked for what holds it."""
    clerk, record = colleague("AP clerk"), held_for(integration, reason, {})
    [ask] = asks(page_of(clerk, record))
    clerk.post(ask, {"text": "Please"})
    return clerk, record


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.POSTED, "Its document is posted."),
        (State.SKIPPED, "Its document is skipped: a rule leaves it out."),
        (State.SET_ASIDE, "Its document is set aside."),
    ],
)
def test_a_request_ends_with_its_document(integration: Any, state: State, word: str) -> None:
    clerk, record = asked_for(integration)
    controller = colleague("Controller")
    tasks.sweep()
    assert 'id="asked"' in controller.get("/").content.decode(), "it is held: it waits on"
    if state == State.SET_ASIDE:
        story.press(controller, record, "set_aside", "Paid by card")
    else:
        Record.objects.filter(pk=record.pk).update(state=state, changed_at=timezone.now())
    tasks.sweep()
    request = FixRequest.objects.get()
    assert (request.state, request.answered_by) == ("done", "the connector")
    assert 'id="asked"' not in controller.get("/").content.decode()
    assert word in clerk.get("/").content.decode()
    assert word in page_of(clerk, record), "the journal keeps it"
    lines = Entry.objects.filter(record=record.pk, sentence__endswith=word).count()
    tasks.sweep()
    assert Entry.objects.filter(record=record.pk, sentence__endswith=word).count() == lines == 1


def test_what_is_asked_elsewhere_than_of_its_document_stays(integration: Any) -> None:
    """Set aside, and the rule is still missing for others."""
    clerk, record = colleague("AP clerk"), story.unmapped(integration)
    clerk.post(asks(page_of(clerk, record))[0])
    mine = Record.objects.filter(pk=record.pk)
    mine.update(state=State.SET_ASIDE, changed_at=timezone.now())
    tasks.sweep()
    assert FixRequest.objects.get().state == "open"
    mine.update(state=State.POSTED, changed_at=timezone.now())
    tasks.sweep()
    assert FixRequest.objects.get().state == "done", "what it lacked is there"
