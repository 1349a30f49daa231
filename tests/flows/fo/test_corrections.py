"""In F&O pending and posted invoices of a document together are what its source says."""

from __future__ import annotations

from decimal import Decimal

from connections.errors import Reason
from syncs.models import State
from tests.flows.correcting import changed, children, cost, difference_posted
from tests.story import Company


def owed(fo: Company, number: str) -> Decimal:
    """Pending and posted, asked of the ledger; credits count against it."""
    said = fo.ledger("ledger")
    rows = [*said["drafts"], *(row for kind in said["documents"].values() for row in kind["list"])]
    mine = [row for row in rows if row["invoice_number"].startswith(number)]
    return sum((Decimal(row["total"]) * (-1 if row["credit"] else 1) for row in mine), Decimal(0))


def test_there_and_back_and_to_nothing(fo: Company) -> None:
    row = cost(fo, "FBACK-1")
    for amount in ("150.00", "100.00", "0.00", "70.00"):
        record = changed(fo, row, amount=amount)
        assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
        record = difference_posted(fo, record)
        assert record.state == State.POSTED, [child.sentence for child in children(record)]
        assert owed(fo, "FBACK-1") == Decimal(amount)


def test_a_posted_invoice_and_its_pending_difference_are_one_family(fo: Company) -> None:
    row = cost(fo, "FPOST-1")
    fo.ledger("fo/post_invoice", {"number": "FPOST-1"})
    record = difference_posted(fo, changed(fo, row, amount="40.00"))
    assert record.state == State.POSTED, [child.sentence for child in children(record)]
    assert owed(fo, "FPOST-1") == Decimal("40.00")
    record = difference_posted(fo, changed(fo, row, amount="100.00"))
    assert record.state == State.POSTED, record.sentence
    assert owed(fo, "FPOST-1") == Decimal("100.00")
