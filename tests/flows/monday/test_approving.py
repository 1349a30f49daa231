"""From the label to the ledger and back to the item, by the site's codeunit: approved, and posted.

A site with an approval workflow: the clerk sends the invoice for approval, the connector's user is
its approver, and what people choose on the board is done in NAV.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_ways import CONTROLLER, admin_page, means, said

US, SOMEBODY = "PROCORE", "CONTROLLER"  # the connector's user in NAV, and another one


@pytest.fixture(autouse=True)
def as_it_was(boards: Boards) -> Iterator[None]:
    cache.clear()
    yield
    boards.nav("approval", on=False, approvers=[SOMEBODY], administrator=False)
    cache.clear()


def waiting(boards: Boards, external: str, *approvers: str, cost: str = "1250.40") -> Record:
    """An invoice that was sent for approval; its item says so."""
    boards.nav("approval", on=True, approvers=list(approvers), administrator=False)
    record = shown(boards, external, cost=cost)
    boards.nav("approve", number=record.number, step="send")
    boards.polls("purchase_invoices")
    assert status(boards, record) == "Pending approval"
    return record


def status(boards: Boards, record: Record) -> str:
    return boards.text(boards.item(record), "status")


def in_the_ledger(boards: Boards, record: Record) -> Any:
    """The document, as the ledger itself shows it."""
    rows = boards.company.ledger("ledger")["invoices"]
    return next(row for row in rows if row["draft"] == record.number)


def means_approve_and_post(boards: Boards) -> None:
    means(boards, "Approve in NAV", "approve", "codeunit")
    means(boards, "Post in NAV", "post", "codeunit")


def test_a_draft_is_approved_released_and_posted_from_the_board(boards: Boards) -> None:
    means_approve_and_post(boards)
    record = waiting(boards, "APV-1", US)
    decision = decided(boards, record, "Approve in NAV", user=CONTROLLER)
    assert (decision.state, decision.sentence) == (State.POSTED, "Approved and released.")
    assert in_the_ledger(boards, record)["approval"] == "Released"
    assert status(boards, record) == "Released"
    assert f"Approved and released. (Approve in NAV, {CONTROLLER}" in said(boards, record)[0]
    assert "Codeunit of the site" in admin_page(decision)

    decision = decided(boards, record, "Post in NAV", user=CONTROLLER)
    assert decision.state == State.POSTED, decision.sentence
    [posted] = boards.company.posted_under("APV-1")
    assert Decimal(posted["total"]) == Decimal(in_the_ledger(boards, record)["gross"])
    assert decision.sentence == f"Posted, as {posted['number']}."
    assert status(boards, record) == "Posted"
    assert boards.text(boards.item(record), "decision") == "Post in NAV"
    assert any(posted["number"] in text for text in said(boards, record))


def test_the_item_waits_with_the_invoice_for_the_next_approver(boards: Boards) -> None:
    means_approve_and_post(boards)
    record = waiting(boards, "APV-2", US, SOMEBODY)
    decision = decided(boards, record, "Approve in NAV")
    assert decision.state == State.POSTED, decision.sentence
    assert decision.sentence == "Approved; it waits for the next approver."
    assert status(boards, record) == "Pending approval"
    boards.nav("approve", number=record.number)
    boards.polls("purchase_invoices")
    assert status(boards, record) == "Released"


def test_what_waits_for_its_approver_is_not_posted_over_his_head(boards: Boards) -> None:
    means_approve_and_post(boards)
    record = waiting(boards, "APV-3", US)
    decision = decided(boards, record, "Post in NAV")
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert boards.company.posted_under("APV-3") == []
    assert boards.text(boards.item(record), "decision") == "Refused by NAV"
    assert any("Not done in the ledger" in text for text in said(boards, record))
    assert decided(boards, record, "Approve in NAV").state == State.POSTED
    decision = decided(boards, record, "Post in NAV")
    assert decision.state == State.POSTED, decision.sentence
    assert len(boards.company.posted_under("APV-3")) == 1
    assert status(boards, record) == "Posted"


def test_a_rejection_opens_the_invoice_again(boards: Boards) -> None:
    means(boards, "Reject in NAV", "reject", "codeunit")
    record = waiting(boards, "APV-4", US)
    decision = decided(boards, record, "Reject in NAV")
    assert (decision.state, decision.sentence) == (State.POSTED, "Rejected; it is open again.")
    assert in_the_ledger(boards, record)["approval"] == "Open"
    assert status(boards, record) == "Draft"
