"""What people do about what changed after it was posted, and what then stands in the ledger."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from syncs.models import Record, State
from syncs.reconciliation.corrections import post_difference
from tests.flows.telling import settled
from tests.story import Company


def stands(company: Company, number: str) -> dict[str, Decimal]:
    """By vendor number, what is owed in the ledger; without those to whom nothing is."""
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for row in company.posted_under(number):
        sign = -1 if row["documentType"] == "Credit Memo" else 1
        owed[row["vendorNumber"]] += sign * Decimal(row["total"])
    return {vendor: amount for vendor, amount in owed.items() if amount}


def owed(company: Company, number: str) -> Decimal:
    return sum(stands(company, number).values(), Decimal(0))


def cost(company: Company, number: str, amount: str = "100.00", **facts: Any) -> dict[str, Any]:
    row = company.a_direct_cost(number, amount, **facts)
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    return row


def changed(company: Company, row: dict[str, Any], **facts: Any) -> Record:
    if "amount" in facts:
        facts["lines"] = [company.line(facts.pop("amount"))]
    company.procore_changes("direct_costs", row, **facts)
    return settled(company, "direct_costs", row)


def difference_posted(company: Company, record: Record) -> Record:
    """A person presses the button, and the worker runs. The parent as it ends."""
    post_difference(record, "anna")
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def offered(record: Record) -> set[str]:
    from syncs.admin.record_page import CARE
    from syncs.admin.record_verbs import VERBS

    return {name for name, verb in VERBS.items() if name not in CARE and verb.fits(record)}


def children(record: Record) -> list[Record]:
    rows = Record.objects.filter(flow=record.flow, source_id=record.source_id, revision__gt=1)
    return list(rows.order_by("revision"))
