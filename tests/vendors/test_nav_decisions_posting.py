"""Documents are posted in NAV once somebody decided it elsewhere: over HTTP."""

from __future__ import annotations

import pytest

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER, POST
from connections.errors import InDoubt, Reason, RetryLater
from tests.vendors.stage_business_central import memo
from tests.vendors.stage_nav_decisions import ABOUT, House, house, house_of

__all__ = ["house"]
pytestmark = pytest.mark.django_db
ACTIONS = {"codeunit": "PostPurchaseDocument", "api": "Microsoft.NAV.post"}
POSTERS = [("on_premises", "codeunit"), ("online", "codeunit"), ("online", "api")]


@pytest.fixture(params=POSTERS, ids="-".join)
def poster(request: pytest.FixtureRequest) -> tuple[House, str, str]:
    """A ledger, a way that posts there, and what its requests are called."""
    mode, way = request.param
    return house_of(request, mode), way, ACTIONS[way]


def test_an_invoice_is_posted_once(poster: tuple[House, str, str]) -> None:
    house, way, _ = poster
    paper = house.invoice()
    said = house.decide(way, POST, paper)
    posted = house.now(paper.id)
    assert (posted.status, said) == ("posted", f"Posted, as {posted.number}.")
    assert house.decide(way, POST, paper) == f"It is posted already, as {posted.number}."
    assert house.written() == ["POST"]


def test_a_credit_memo_is_posted(poster: tuple[House, str, str]) -> None:
    house, way, _ = poster
    draft = house.stage.client.create(memo(), ABOUT)
    house.decide(way, POST, house.now(draft.id, LEDGER_MEMO))
    assert house.now(draft.id, LEDGER_MEMO).status == "posted"


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_lost_answer_to_posting_posts_nothing_twice(
    poster: tuple[House, str, str], cut: str
) -> None:
    house, way, action = poster
    paper = house.invoice()
    house.cut(cut, "POST", action)
    with pytest.raises(InDoubt):
        house.decide(way, POST, paper)
    done = cut == "cut_after"
    assert house.decide(way, POST, paper).startswith("It is posted already" if done else "Posted")
    assert house.written() == ["POST"] * (1 if done else 2)


def test_what_somebody_posts_at_the_same_moment(poster: tuple[House, str, str]) -> None:
    house, way, _ = poster
    paper = house.invoice()
    client = house.stage.client
    draft = client.purchases(LEDGER_INVOICE, [paper.id])
    house.by_hand("post_draft", number=paper.number)
    posted = house.now(paper.id)
    answers = [draft, [posted], [posted]]  # the first look was a moment too early
    client.purchases = lambda kind, ids: answers.pop(0)  # type: ignore[method-assign]
    said = house.decide(way, POST, paper)
    assert said in (f"It is posted already, as {posted.number}.", f"Posted, as {posted.number}.")


def test_a_document_that_changed_since_it_was_decided_is_not_posted(
    poster: tuple[House, str, str],
) -> None:
    house, way, _ = poster
    paper = house.invoice()
    house.by_hand("change_document", number=paper.number, dimensions={"PROJECT": "P-1043"})
    with pytest.raises(RetryLater):
        house.decide(way, POST, paper)
    assert house.written() == []
    house.decide(way, POST, house.now(paper.id))
    assert house.now(paper.id).status == "posted"


def test_what_the_ledger_does_not_post_stays_a_draft(poster: tuple[House, str, str]) -> None:
    house, way, _ = poster
    paper = house.invoice()
    house.by_hand("close_period")
    held = house.refused(way, POST, paper)
    assert held.reason == Reason.PERIOD_CLOSED
    assert "was not posted. NAV says: Posting Date is not within" in held.sentence
    house.by_hand("approval", on=True)
    assert house.refused(way, POST, paper).reason == Reason.NEEDS_APPROVAL
    assert house.now(paper.id).status == "draft"


def test_an_order_is_not_posted_from_outside(poster: tuple[House, str, str]) -> None:
    house, way, _ = poster
    lines = [{"account": "53200", "quantity": 2, "cost": "250.00"}]
    typed = house.by_hand("type_order", vendorNumber="V10001", lines=lines)
    id = typed["id"] if house.online else f"Order/{typed['number']}"
    held = house.refused(way, POST, house.now(id, LEDGER_ORDER))
    assert "people receive and invoice it" in held.sentence
    assert house.written() == []


def test_what_only_notes_decisions_posts_nothing(house: House) -> None:
    paper = house.invoice()
    assert house.refused("field", POST, paper).reason == Reason.SETTINGS
    assert house.refused("journal", POST, paper).reason == Reason.SETTINGS
