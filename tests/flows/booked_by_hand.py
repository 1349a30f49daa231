"""What stories of journals tell, whichever ledger they are booked in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mappings.models import AccountRule
from syncs import tasks
from syncs.models import CellPart, Record
from tests.story import Company

CLEARING = AccountRule.Purpose.CLEARING


def read(company: Company) -> list[str]:
    """The button, and the worker. What the page says that it does not tell."""
    tasks.balance(company.integration.pk)
    untold: list[str] = company.integration.balance.untold
    company.integration.refresh_from_db()
    return untold


def cost_line(record: Record, amount: str) -> dict[str, Any]:
    """On the account and the values of what stands already."""
    entry = record.coded["lines"][0]
    return {"account": entry["account"], "amount": amount, "description": "Accrual",
            "dimensions": dict(entry["dimensions"])}  # fmt: skip


def other_side(company: Company, amount: str, **facts: Any) -> dict[str, Any]:
    """On the account that balances costs; a bookkeeper's line often has the project, too."""
    rule = AccountRule.objects.get(integration=company.integration, purpose=CLEARING)
    return {"account": rule.account, "amount": amount, "description": "Accrual", **facts}


def booked() -> dict[str, Decimal]:
    """By number: what the page says that people booked in the ledger alone."""
    found: dict[str, Decimal] = {}
    for part in CellPart.objects.filter(cause="in_ledger"):
        found[part.ledger_number] = found.get(part.ledger_number, Decimal(0)) + part.in_ledger
    return found
