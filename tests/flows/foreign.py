"""Vendors whose card names another currency than the books: what is sent states its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from syncs.models import State
from tests.flows.telling import settled
from tests.story import Company

FOREIGN = "Great White North Steel Ltd."  # CAD on the vendor's card


def stands_in_local_currency(company: Company, number: str, **facts: Any) -> None:
    """Two costs of the foreign vendor, one of them a credit."""
    for amount, name in (("1000.00", number), ("-75.00", f"{number}-C")):
        row = company.a_direct_cost(name, amount, vendor=FOREIGN, **facts)
        record = settled(company, "direct_costs", row)
        assert record.state == State.POSTED, record.sentence
        (document,) = [one for one in everything(company) if called(one) == name.upper()]
        assert document["currency"] in ("USD", ""), document
        assert abs(Decimal(document["total"])) == abs(Decimal(amount))


def everything(company: Company) -> list[dict[str, Any]]:
    """Posted or waiting to be posted."""
    found: list[dict[str, Any]] = company.posted() + company.ledger("ledger")["drafts"]
    return found


def called(document: dict[str, Any]) -> str:
    return str(document.get("vendorInvoiceNumber") or document.get("invoice_number")).upper()
