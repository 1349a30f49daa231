"""What the environment does to a document on its way: limits, conflicts, lost answers, words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.models import RateBudget
from mappings.models import VendorLink
from syncs.models import State
from tests.flows.telling import again, due_now, forget_requests, requests_to, settled
from tests.story import Company

PLAIN = {
    "batch_throttle": 0, "retry_after": 5, "next_conflicts": 0, "conflict_status": 400,
    "language": "en-us", "infolog_status": 400,
}  # fmt: skip


@pytest.fixture(autouse=True)
def calm(fo: Company) -> Iterator[None]:
    yield
    fo.ledger("fo/settings", PLAIN)
    fo.ledger("fo/answer_after", method="DELETE")


def pending(fo: Company, number: str) -> list[dict[str, Any]]:
    return [row for row in fo.ledger("ledger")["drafts"] if row["invoice_number"] == number]


def test_a_429_inside_a_200_waits_as_long_as_it_says(fo: Company) -> None:
    fo.ledger("fo/settings", {"batch_throttle": 1, "retry_after": 40})
    cost = settled(fo, "direct_costs", fo.a_direct_cost("W-429"))
    assert cost.state == State.PENDING, cost.sentence
    assert cost.run_at is not None
    assert 30 <= (cost.run_at - timezone.now()).total_seconds() <= 41
    assert pending(fo, "W-429") == []
    fo.ledger("fo/settings", PLAIN)
    forget_requests(fo)
    other = settled(fo, "direct_costs", fo.a_direct_cost("W-429-B"))
    assert (other.state, other.attempts) == (State.PENDING, 0), "that was no try"
    assert requests_to(fo, "fo") == {}, "nobody asks before its time"
    RateBudget.objects.update(blocked_until=None)
    assert due_now(fo, cost).state == State.POSTED
    assert len(pending(fo, "W-429")) == 1


@pytest.mark.parametrize("status", [400, 409, 500])
def test_an_update_conflict_is_overcome(fo: Company, status: int) -> None:
    fo.ledger("fo/settings", {"next_conflicts": 2, "conflict_status": status, "language": "de"})
    number = f"W-CONFLICT-{status}"
    cost = settled(fo, "direct_costs", fo.a_direct_cost(number))
    assert cost.state == State.POSTED, cost.sentence
    [there] = pending(fo, number)
    assert len(there["lines"]) == 1


def test_conflicts_without_end_are_for_later_and_leave_one_invoice(fo: Company) -> None:
    fo.ledger("fo/settings", {"next_conflicts": 3})
    cost = settled(fo, "direct_costs", fo.a_direct_cost("W-BUSY"))
    assert cost.state == State.IN_DOUBT, cost.sentence  # its header stands
    assert "busy with the same document" in cost.sentence
    assert due_now(fo, cost).state == State.POSTED
    [there] = pending(fo, "W-BUSY")
    assert (there["total"], len(there["lines"])) == ("840.50", 1)


@pytest.mark.parametrize("path", ["VendorInvoiceHeaders$", "VendorInvoiceLines$"])
def test_a_500_after_the_work_was_done_leaves_one_invoice(fo: Company, path: str) -> None:
    number = f"W-500-{len(path)}"
    fo.ledger("fo/answer_after", {"method": "POST", "path": path})
    cost = settled(fo, "direct_costs", fo.a_direct_cost(number))
    if cost.state != State.POSTED:
        cost = due_now(fo, cost)
    assert cost.state == State.POSTED, cost.sentence
    [there] = pending(fo, number)
    assert (there["total"], len(there["lines"])) == ("840.50", 1)


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_in_another_language_is_shown_in_its_own_words(fo: Company, status: int) -> None:
    """The hold was set since the vendors were read: the service itself says no."""
    number = VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number
    fo.ledger("fo/settings", {"language": "de", "infolog_status": status})
    fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "All"})
    try:
        cost = settled(fo, "direct_costs", fo.a_direct_cost(f"W-DE-{status}"))
        assert (cost.state, cost.reason) == (State.HELD, Reason.REFUSED)
        assert f"Kreditorenkonto {number} ist gesperrt." in cost.sentence
        assert "Infolog" not in cost.sentence
        assert pending(fo, f"W-DE-{status}") == []
    finally:
        fo.ledger("fo/hold_vendor", {"vendor": number, "hold": "No"})
    assert again(fo, cost).state == State.POSTED


def test_a_site_whose_posted_invoices_are_called_otherwise_holds_with_that_reason(
    fo: Company,
) -> None:
    """No passing trouble: somebody has to enter what this site calls them."""
    ledger = fo.integration.ledger
    right = dict(ledger.settings)
    ledger.settings = {**right, "posted_set": "NoSuchTransactions"}
    ledger.save()
    cost = settled(fo, "direct_costs", fo.a_direct_cost("W-SET"))
    ledger.settings = right
    ledger.save()
    assert (cost.state, cost.reason) == (State.HELD, Reason.SETTINGS), cost.sentence
    assert "NoSuchTransactions" in cost.sentence
    assert pending(fo, "W-SET") == []
    assert again(fo, cost).state == State.POSTED
