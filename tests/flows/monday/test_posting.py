"""“Approved or posted”: a label that posts the draft, where the site can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from connections.errors import Reason
from mappings.boards.rules import meaning_of
from syncs.models import Record, State
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_ways import means, said


@pytest.fixture(autouse=True)
def as_it_was(boards: Boards) -> Iterator[None]:
    cache.clear()
    yield
    boards.company.ledger("nav/settings", {"codeunit": "IntegrationMgt"})
    cache.clear()


def no_way_to_post(boards: Boards) -> None:
    """Without the codeunit there is a flag and a journal, which tell finance and post nothing."""
    boards.company.ledger("nav/settings", {"codeunit": ""})
    cache.clear()


def posted_in_ledger(boards: Boards, record: Record) -> bool:
    rows = boards.company.ledger("ledger")["invoices"]
    return bool(next(row["posted"] for row in rows if row["draft"] == record.number))


def test_a_label_can_mean_post(boards: Boards) -> None:
    """Never proposed by its words: finance chooses it, since nothing takes a posting back."""
    means(boards, "Post it now", "post")
    record = shown(boards, "POST-1")
    decision = decided(boards, record, "Post it now")
    assert decision.state == State.POSTED, decision.sentence
    assert posted_in_ledger(boards, record)
    boards.polls("purchase_invoices")
    assert boards.text(boards.item(record), "status") == "Posted"
    assert decision.replay("anna")
    assert boards.due_now(decision).state == State.POSTED
    assert len(boards.company.posted_under("POST-1")) == 1


def test_a_posting_waits_for_the_same_gates(boards: Boards) -> None:
    means(boards, "Post it now", "post")
    boards.company.settings("decisions", needs_approval=True)
    record = shown(boards, "POST-2")
    decision = decided(boards, record, "Post it now")
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert not posted_in_ledger(boards, record)
    assert decision.approve("berta")
    assert boards.due_now(decision).state == State.POSTED
    assert posted_in_ledger(boards, record)


def test_where_nothing_can_post_the_item_says_why(boards: Boards) -> None:
    no_way_to_post(boards)
    means(boards, "Post it now", "post")
    record = shown(boards, "POST-3")
    decision = decided(boards, record, "Post it now")
    assert decision.state == State.HELD, decision.sentence
    assert not posted_in_ledger(boards, record)
    assert any("Not done in the ledger" in text for text in said(boards, record))


def test_a_label_called_posted_is_given_no_meaning_by_its_words() -> None:
    assert meaning_of("Posted") == ""
