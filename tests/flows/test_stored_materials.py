"""Stored materials that Procore moves to completed work by a project's own option."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from syncs.models import State
from tests.flows.telling import a_billing, a_subcontract, settled
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_it_was(company: Company) -> Iterator[None]:
    yield
    company.procore("settings", {"moves_materials": False})


@pytest.mark.parametrize("moves", [True, False])
def test_what_was_stored_is_billed_once(company: Company, moves: bool) -> None:
    """1,000 of work and 500 of materials, of which 300 are used; then 600 and 200 more, and 50."""
    company.procore("settings", {"moves_materials": moves})
    contract = a_subcontract(company, f"STORED-{moves}", "4000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    left = {True: "200.00", False: "700.00"}[moves]  # of materials, after the second billing
    billings = [
        {"work": "1000.00", "stored": "500.00", "retained": "100.00"},
        {"work": "600.00", "stored": left, "retained": "60.00"},
        {"work": "50.00", "stored": {True: "0.00", False: left}[moves], "retained": "5.00"},
    ]
    worth = []
    for number, facts in enumerate(billings, 1):
        name = f"STO-{moves}-{number}".upper()
        row = a_billing(company, contract, name, [{"line": 1, **facts}])
        record = settled(company, "requisitions", row)
        assert record.state == State.POSTED, record.sentence
        (posted,) = company.posted_under(name)
        assert Decimal(posted["total"]) == record.amount
        worth.append(record.amount)
    assert worth == [Decimal("1350"), Decimal("720"), Decimal("45")], "less ten per cent"
