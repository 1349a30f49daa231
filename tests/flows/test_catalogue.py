"""Texts that no rule knows: collected without names and numbers, answered by a person, told so.

An answer is words. What is in doubt stays in doubt, what is refused is not tried again by itself,
and only what was read back counts as posted.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Record, State, Wording
from tests.flows.telling import again, drafts, ledger_fails, settled
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/wording/"
POST = r"Microsoft\.NAV\.post"
SENTENCE = "Ask the cost controller to release {number} of {vendor} in {system}, then replay."


def refused(company: Company, number: str, status: int = 400, **fault: Any) -> None:
    """As an extension of one site would say it: with names, amounts and ids."""
    text = (
        f"Cost control: {number} of {company.a_vendor} over 840.50 USD waits for the approver Anna "
        "Smith (anna.smith@keystone.example, KEYSTONE\\asmith), batch "
        "5b3f8a4e-0c1d-4c7a-9d2e-1f2a3b4c5d6e, since 2026-11-30."
    )
    rule = {"method": "POST", "path": POST, "action": "status", "status": status, "times": None}
    error = {"error": {"code": "Application_DialogException", "message": text}}
    ledger_fails(company, **{**rule, **fault}, body=error)


def mended(company: Company) -> None:
    company.ledger("faults", method="DELETE")


def held(company: Company, number: str) -> Record:
    """Refused with words that no rule knows."""
    refused(company, number)
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state == State.HELD, record.sentence
    return record


def ian() -> Client:
    may = ("syncs.view_wording", "syncs.answer_wording", "syncs.export_wording")
    return story.signed_in(story.person("ian", *may))


def answer(client: Client, reason: str, sentence: str, row: Wording | None = None) -> str:
    row = row or Wording.objects.get()
    data = {"reason": reason, "sentence": sentence}
    page = client.post(f"{LIST}{row.pk}/change/", data, follow=True)
    return str(page.content.decode())


def ledger_requests(company: Company) -> int:
    return int(sum(company.ledger("requests")["counters"].values()))


def test_a_text_that_no_rule_knows_is_collected_without_names_and_numbers(
    company: Company,
) -> None:
    first, second = held(company, "CAT-1"), held(company, "CAT-2")
    assert first.reason == Reason.REFUSED
    assert "Cost control: CAT-1" in first.sentence, "until somebody answers, it is shown as it is"
    row = Wording.objects.get()
    assert (row.vendor, row.times, row.record) == ("business_central", 2, second)
    assert row.first_at < row.last_at
    assert row.text == (
        "Cost control: {number} of {vendor} over {number} USD waits for the approver {name} "
        "({address}, {name}), batch {number}, since {number}."
    )


def test_an_answer_tells_at_once_what_is_held_and_tries_nothing(company: Company) -> None:
    first, second = held(company, "CAT-3"), held(company, "CAT-4")
    known, asked = Record.objects.get(pk=first.pk), ledger_requests(company)
    assert "Cost control" in answer(ian(), "period_closed", SENTENCE)
    company.the_worker_runs()
    for record in (first, second):
        record.refresh_from_db()
        assert (record.state, record.reason) == (State.HELD, Reason.PERIOD_CLOSED)
        assert record.sentence == (
            f"Ask the cost controller to release {record.number} of {company.a_vendor} in Dynamics "
            "365 Business Central, then replay."
        )
    assert ledger_requests(company) == asked, "nothing was asked of the ledger"
    first.refresh_from_db()
    kept = ("attempts", "intent_at", "in_doubt_since", "posted_digest", "held_since", "changed_at")
    assert [getattr(first, name) for name in kept] == [getattr(known, name) for name in kept]
    person = Entry.objects.get(actor="ian")
    assert "Period closed. Ask the cost controller" in person.sentence
    told = Entry.objects.filter(record=first.pk).latest("sequence")
    assert told.sentence.startswith("Told anew: Ask the cost controller to release CAT-3")


def test_what_is_refused_later_is_told_so_and_what_is_mended_posts_once(company: Company) -> None:
    record = held(company, "CAT-5")
    answer(ian(), "period_closed", SENTENCE)
    later = held(company, "CAT-6")
    assert (later.reason, "release CAT-6 of" in later.sentence) == (Reason.PERIOD_CLOSED, True)
    refused(company, "CAT-5")
    assert again(company, record).reason == Reason.PERIOD_CLOSED
    page = story.boss().get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Ask the cost controller to release CAT-5" in page
    assert "Anna Smith" in page, "the record's own page shows what was said"
    mended(company)
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("CAT-5")), drafts(company, "CAT-5")) == (1, [])


def test_an_answer_is_taken_back(company: Company) -> None:
    record, client = held(company, "CAT-7"), ian()
    answer(client, "settings", SENTENCE)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.reason == Reason.SETTINGS
    answer(client, "", "")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.REFUSED)
    assert "Cost control: CAT-7" in record.sentence
    assert Wording.objects.get().answered_by == "ian"


def answered_already(company: Company, number: str) -> None:
    held(company, number)
    answer(ian(), "refused", SENTENCE)
    mended(company)


def test_the_same_words_with_a_trouble_are_no_refusal(company: Company) -> None:
    """A 500 says nothing of whether it was posted, whatever its text: it is asked, not told."""
    answered_already(company, "CAT-8")
    refused(company, "CAT-9", status=500, times=1)
    record = settled(company, "direct_costs", company.a_direct_cost("CAT-9"))
    assert record.state in (State.IN_DOUBT, State.PENDING), record.sentence
    assert "cost controller" not in record.sentence
    assert Wording.objects.get().times == 1
    mended(company)
    record = again(company, record)
    assert (record.state, len(company.posted_under("CAT-9"))) == (State.POSTED, 1)


def test_what_is_in_doubt_stays_in_doubt_whatever_was_answered(company: Company) -> None:
    """The answer to the posting is lost; then even the question is refused with such words."""
    answered_already(company, "CAT-10")
    ledger_fails(company, method="POST", path=POST, action="cut_after", times=1)
    record = settled(company, "direct_costs", company.a_direct_cost("CAT-11"))
    assert record.state == State.IN_DOUBT, record.sentence
    refused(company, "CAT-11", method="GET", path="purchaseInvoices")
    record = again(company, record)
    assert record.in_doubt_since is not None, record.sentence
    assert (record.state, record.reason) == (State.HELD, Reason.REFUSED), record.sentence
    assert "cost controller to release CAT-11" in record.sentence
    since = record.in_doubt_since
    answer(ian_again(), "vendor_blocked", "Look at {vendor} first.", Wording.objects.get())
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.VENDOR_BLOCKED)
    assert (record.in_doubt_since, record.posted_digest) == (since, "")
    mended(company)
    assert again(company, record).state == State.POSTED
    assert len(company.posted_under("CAT-11")) == 1, "it was asked first, and is there once"


def ian_again() -> Client:
    from django.contrib.auth.models import User

    return story.signed_in(User.objects.get(username="ian"))
