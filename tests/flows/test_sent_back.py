"""An approver says no: held with who, when and why, until it is mended or asked for again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, TestCase

from audit import journal
from audit.models import Entry
from connections.errors import Reason
from connections.pages.asking import Wanted
from connections.pages.moments import day
from connections.transport.days import today
from mappings.models import CostCodeMapping
from syncs.controls import bands
from syncs.forecast.foresee import foresee_one
from syncs.models import FixRequest, Record, State
from tests.flows.correcting import changed, children, cost, difference_posted
from tests.flows.telling import again, due_now, settled
from tests.flows.test_bands import HIGHER, approved_by_amount, approver, for_me
from tests.flows.test_rules_used import another_account, rule_of
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"
LIST = "/syncs/record/"
CLERK = ("syncs.view_record", "syncs.replay_record", "syncs.set_aside_record",
         "syncs.assign_record", "syncs.add_fixrequest")  # fmt: skip
MAPS = ("mappings.view_costcodemapping", "mappings.add_costcodemapping",
        "mappings.change_costcodemapping")  # fmt: skip
WHY = "wrong cost code"


def ann() -> Client:
    """Who approves, and nothing else."""
    if found := User.objects.filter(username="ann").first():
        return story.signed_in(found)
    return story.signed_in(story.person("ann", "syncs.view_record", "syncs.approve_record"))


def clerk(*more: str) -> Client:
    return story.signed_in(story.person("bert", *CLERK, *more))


def waits(company: Company, number: str, amount: str = "10361.41", **facts: Any) -> Record:
    """Held until somebody approves it."""
    company.settings(FLOW, needs_approval=True)
    record = settled(company, FLOW, company.a_direct_cost(number, amount, **facts))
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    return record


def refused(company: Company, number: str, why: str = WHY, **facts: Any) -> Record:
    record = waits(company, number, **facts)
    press(ann(), record, "send_back", why)
    assert_sent_back(company, record)
    return record


def press(client: Client, record: Record, verb: str, text: str = "") -> str:
    """And what the page says then."""
    said = story.press(client, record, verb, text)
    record.refresh_from_db()
    return str(said.content.decode())


def page(client: Client, record: Record) -> str:
    return client.get(f"{LIST}{record.pk}/change/").content.decode()


def now(company: Company, record: Record) -> Record:
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def assert_sent_back(company: Company, record: Record) -> None:
    now(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.SENT_BACK), record.sentence
    assert company.posted_under(record.number) == []


def assert_waits(company: Company, record: Record, *said: str) -> None:
    """For an approval once more, and whoever gives it reads what went before."""
    now(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    for words in (f"ann sent it back on {day(today())}: {WHY}.", *said):
        assert words in record.sentence
    assert company.posted_under(record.number) == []


def assert_posted(company: Company, record: Record) -> None:
    now(company, record)
    assert (record.state, record.sent_back) == (State.POSTED, {}), record.sentence
    assert len(company.posted_under(record.number)) == 1


# -- the no ---------------------------------------------------------------------------------------


def test_it_is_held_with_who_when_and_why(company: Company) -> None:
    record = waits(company, "SAID-NO-1")
    first, approves = record.held_since, ann()
    assert "Reason is required" in press(approves, record, "send_back")
    assert record.reason == Reason.NEEDS_APPROVAL
    told = press(approves, record, "send_back", WHY)
    assert "Sent back: it is held with your reason, and nothing of it is posted." in told
    assert (record.state, record.reason) == (State.HELD, Reason.SENT_BACK)
    assert record.sentence == f"ann sent it back on {day(today())}: {WHY}."
    assert record.held_since == first, "since it was first held"
    line = Entry.objects.get(record=record.pk, data__verb="send_back")
    assert (line.kind, line.actor) == (Entry.Kind.PERSON, "ann")
    assert line.sentence == f"Sent back by ann, $10,361.41: {WHY}."
    kept = {"verb": "send_back", "state": "held", "reason": "sent_back", "why": WHY,
            "amount": "10361.41", "currency": "USD", "void": []}  # fmt: skip
    assert line.data == kept
    assert journal.verify().ok
    shown = page(approves, record)
    assert "Mend what the reason names, in the source or in the mapping" in shown
    assert "as it could last be worked out" not in shown, "its entry is the one that was refused"
    assert for_me(approves) == 0
    assert "does not fit" in press(approves, record, "approve")
    assert "Decided last: “Sent back by ann, $10,361.41: wrong cost code.”" in press(
        approves, record, "send_back", "once more"
    )
    assert_sent_back(company, record)


def test_nothing_but_a_change_or_a_person_makes_it_wait_for_an_approval(company: Company) -> None:
    """Neither a replay, a poll, the sweep nor that the flow asks for no approval any more."""
    record = refused(company, "SAID-NO-2")
    row = {"id": record.source_id, "project_id": record.scope}
    assert again(company, record).reason == Reason.SENT_BACK
    company.procore_changes(FLOW, row, description="Only its title")
    assert settled(company, FLOW, row).reason == Reason.SENT_BACK
    Record.objects.filter(pk=record.pk).update(state=State.PENDING)
    assert due_now(company, record).reason == Reason.SENT_BACK
    company.settings(FLOW, needs_approval=False, approval_bands=[], amount_limit=None)
    assert again(company, record).reason == Reason.SENT_BACK
    assert_sent_back(company, record)
    assert record.sentence == f"ann sent it back on {day(today())}: {WHY}."


def test_a_change_at_the_source_brings_it_back_whatever_the_flow_asks_for(
    company: Company,
) -> None:
    row = company.a_direct_cost("SAID-NO-3", "38000.00")
    approved_by_amount(company)
    record = settled(company, FLOW, row)
    press(ann(), record, "send_back", WHY)
    company.procore_changes(FLOW, row, lines=[company.line("800.00")])
    settled(company, FLOW, row)
    assert_waits(company, record, "It changed in its source since then. One person has to approve")
    assert for_me(ann()) == 1
    press(ann(), record, "approve")
    assert_posted(company, record)


def test_what_was_sent_back_stays_so_where_its_source_goes_back(company: Company) -> None:
    row = company.a_direct_cost("SAID-NO-4", "500.00")
    company.settings(FLOW, needs_approval=True)
    record = settled(company, FLOW, row)
    press(ann(), record, "send_back", WHY)
    before = (dt.date.fromisoformat(company.today) - dt.timedelta(days=1)).isoformat()
    for date, reason in ((before, Reason.NEEDS_APPROVAL), (company.today, Reason.SENT_BACK)):
        company.procore_changes(FLOW, row, direct_cost_date=date)
        assert settled(company, FLOW, row).reason == reason


def saved(client: Client, rule: CostCodeMapping, **facts: str) -> None:
    """The form of the rule, or of a new one, as its page shows it."""
    place = f"{rule.pk}/change" if rule.pk else "add"
    address = f"/mappings/costcodemapping/{place}/"
    form = client.get(address).context["adminform"].form
    data = {name: form.initial.get(name) for name in form.fields} | {
        "integration": rule.integration_id, **facts,
    }  # fmt: skip
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(address, {name: one for name, one in data.items() if one is not None})
    assert answer.status_code == 302, answer.context["adminform"].form.errors


def test_a_mended_rule_brings_it_back_by_itself(company: Company) -> None:
    record = refused(company, "SAID-NO-5")
    other, rule = refused(company, "SAID-NO-6", vendor=company.a_vendor), rule_of(company)
    saved(clerk(*MAPS), rule, account=another_account(company, rule))
    for one in (record, other):
        assert_waits(company, one, "Its mapping changed since then.")
    assert not record.approve("bert"), "who changed the rule had it in hand"
    press(ann(), record, "approve")
    assert_posted(company, record)


def test_a_new_rule_for_its_line_brings_it_back_and_another_does_not(company: Company) -> None:
    record = refused(company, "SAID-NO-7")
    rule = rule_of(company)
    maps, becomes = clerk(*MAPS), another_account(company, rule)
    new = CostCodeMapping(integration=company.integration)
    facts = {"account": becomes, "cost_code": rule.cost_code, "cost_type": "M"}
    saved(maps, new, **facts, project="00-000")
    assert_sent_back(company, record)
    assert not Entry.objects.filter(record=record.pk, actor="bert").exists()
    saved(maps, new, **facts, project=company.job)
    assert_waits(company, record, "Its mapping changed since then.")


# -- asked for again ------------------------------------------------------------------------------


def test_who_may_replay_asks_again_and_who_sent_it_back_approves(company: Company) -> None:
    record = refused(company, "SAID-NO-8")
    bert = clerk()
    assert "/do/ask_again/" not in page(ann(), record)
    assert story.press(ann(), record, "ask_again", "please").status_code == 403
    assert "What was done about it is required" in press(bert, record, "ask_again")
    press(bert, record, "ask_again", "the code is right, see the order")
    said = "bert asked for approval again: the code is right, see the order."
    assert_waits(company, record, said, "One person has to approve")
    assert said in page(ann(), record)
    assert not record.approve("bert"), "he had it in hand last"
    press(ann(), record, "approve")
    assert_posted(company, record)
    told = Entry.objects.filter(record=record.pk, kind=Entry.Kind.PERSON).order_by("sequence")
    verbs = ["send_back", "ask_again", "approve"]
    assert list(told.values_list("data__verb", flat=True)) == verbs


def test_a_second_no_counts_like_the_first(company: Company) -> None:
    record = refused(company, "SAID-NO-9")
    press(clerk(), record, "ask_again", "I think it is right")
    assert_waits(company, record)
    press(ann(), record, "send_back", "it is not")
    assert_sent_back(company, record)
    assert again(company, record).sentence.endswith("it is not.")


# -- bands, rights, one's own ---------------------------------------------------------------------


def test_what_others_have_approved_is_void(company: Company) -> None:
    approved_by_amount(company)
    record = settled(company, FLOW, company.a_direct_cost("SAID-NO-10", "38000.00"))
    ben = approver("ben")
    press(ben, record, "approve")
    assert record.half_approved_by == "ben"
    press(ann(), record, "send_back", WHY)
    assert (record.approvals, record.approved_by, record.approved_digest) == ([], "", "")
    line = Entry.objects.get(record=record.pk, data__verb="send_back")
    assert line.sentence.endswith("wrong cost code. The approval of ben is void.")
    assert line.data["void"] == ["ben"]
    press(clerk(), record, "ask_again", "see the order")
    assert_waits(company, record, "Two persons have to approve")
    press(ann(), record, "approve")
    assert now(company, record).state == State.HELD, "it takes two anew"
    press(ben, record, "approve")
    assert_posted(company, record)


def test_who_has_approved_it_may_take_that_back(company: Company) -> None:
    approved_by_amount(company)
    record = settled(company, FLOW, company.a_direct_cost("SAID-NO-11", "38000.00"))
    press(ann(), record, "approve")
    press(ann(), record, "send_back", "I overlooked the tax")
    assert_sent_back(company, record)


def test_it_takes_the_right_that_its_amount_takes(company: Company) -> None:
    approved_by_amount(company, HIGHER)
    record = settled(company, FLOW, company.a_direct_cost("SAID-NO-12", "1000.01"))
    assert "It takes the right to approve large documents." in press(
        ann(), record, "send_back", WHY
    )
    assert record.reason == Reason.NEEDS_APPROVAL
    press(approver("cora", bands.HIGHER_RIGHT), record, "send_back", WHY)
    assert_sent_back(company, record)


def test_a_clerk_sends_nothing_back_and_ones_own_harms_nobody(company: Company) -> None:
    record = waits(company, "SAID-NO-13")
    bert = clerk()
    assert "/do/send_back/" not in page(bert, record)
    assert story.press(bert, record, "send_back", WHY).status_code == 403
    dora = story.signed_in(
        story.person("dora", "syncs.view_record", "syncs.approve_record", "syncs.replay_record")
    )
    press(dora, record, "replay")
    assert now(company, record).reason == Reason.NEEDS_APPROVAL
    assert "somebody else must approve" in press(dora, record, "approve")
    press(dora, record, "send_back", "I took the wrong vendor")
    assert_sent_back(company, record)


def test_many_at_once_with_one_reason(company: Company) -> None:
    rows = [waits(company, f"SAID-NO-2{n}") for n in range(3)]
    assert rows[2].approve("ben")
    approves = ann()
    asked = {"action": "send_back", "_selected_action": [row.pk for row in rows]}
    shown = approves.post(LIST, asked).content.decode()
    assert "2 records, $20,722.82 in all, will be held with your reason" in shown
    assert "Decided last: “Approved by ben”" in shown
    seen = shown.split('name="seen" value="')[1].split('"')[0]
    data = {**asked, "confirmed": "1", "seen": seen}
    assert "Reason is required" in approves.post(LIST, data, follow=True).content.decode()
    shown = approves.post(LIST, {**data, "text": WHY}, follow=True).content.decode()
    assert "Send back: 2 records." in shown
    for row in rows[:2]:
        assert_sent_back(company, row)
    assert rows[2].number in str(company.posted_under(rows[2].number))
    asked = {"action": "ask_again", "_selected_action": [row.pk for row in rows[:2]]}
    clerk().post(LIST, {**asked, "confirmed": "1", "text": "all right"}, follow=True)
    for row in rows[:2]:
        assert_waits(company, row, "bert asked for approval again: all right.")


def test_who_had_asked_for_the_approval_gets_the_no_as_an_answer(company: Company) -> None:
    record = waits(company, "SAID-NO-14")
    there = f"{LIST}{record.pk}/change/#approve"
    wanted = Wanted("Approve", there, "syncs.approve_record", record.sentence,
                    company.integration.pk, record.pk)  # fmt: skip
    asked, _ = FixRequest.ask(wanted, "bert", "")
    press(ann(), record, "send_back", WHY)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by, asked.answer) == ("refused", "ann", WHY)


# -- what is foretold, and what else is held ------------------------------------------------------


def test_a_replay_foretells_what_it_does(company: Company) -> None:
    record = refused(company, "SAID-NO-15")
    found = foresee_one(record)
    assert (found.end, found.reason) == (State.HELD, Reason.SENT_BACK)
    shown = page(clerk(), record)
    assert "it will be held again: “Sent back” still stands." in shown
    rule = rule_of(company)
    rule.save()
    bert = story.signed_in(User.objects.get(username="bert"))
    assert "It changed since it was sent back, so it waits for an approval." in page(bert, record)
    asked = {"action": "replay", "_selected_action": [record.pk]}
    shown = bert.post(LIST, asked).content.decode()
    assert "Of them 1 is held for “Needs approval”" in shown


def test_a_correction_is_sent_back_and_its_document_says_so(company: Company) -> None:
    row = cost(company, "SAID-NO-16", "300.00")
    company.settings(FLOW, needs_approval=True)
    parent = changed(company, row, amount="500.00")
    difference_posted(company, parent)
    (child,) = children(parent)
    press(ann(), child, "send_back", WHY)
    assert now(company, child).reason == Reason.SENT_BACK
    line = Entry.objects.get(record=child.pk, data__verb="send_back")
    assert line.sentence == f"Sent back by ann, $200.00: {WHY}."
    assert again(company, parent).reason == Reason.CHANGED_AFTER_POSTING
    assert f"record {child.pk} (held)" in parent.sentence
    changed(company, row, amount="450.00")
    child.refresh_from_db()
    assert child.reason == Reason.NEEDS_APPROVAL, child.sentence
    assert child.amount == Decimal("150.00")
    press(ann(), child, "approve")
    assert now(company, child).state == State.POSTED, child.sentence
