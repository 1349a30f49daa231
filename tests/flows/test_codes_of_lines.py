"""Whichever way Procore tells a line's code and number, it is the same code and number."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connections.errors import Reason
from syncs.models import State
from tests.flows import telling
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db
UNSEEN = ("", "\u200b", "\ufeff", "\u00ad", "\u202a")


@pytest.fixture
def typed_first(company: Company) -> Iterator[Company]:
    """The budget codes of its project begin with the cost type."""
    company.procore("settings", {"type_first": [company.job]})
    yield company
    company.procore("settings", {"type_first": []})


def test_a_budget_code_that_begins_with_the_type_is_read_by_its_segments(
    typed_first: Company,
) -> None:
    contract = telling.a_subcontract(typed_first, "C-TYPE-1", "4000.00")
    order = typed_first.procore_has(
        "commitment_change_orders", project=typed_first.job, contract=contract["id"],
        title="Deeper", status="approved", due_date=typed_first.today,
        lines=[typed_first.line("500.00", kind="S")],
    )  # fmt: skip
    first = settled(typed_first, "subcontracts", contract)
    second = settled(typed_first, "commitment_change_orders", order)
    assert [first.state, second.state] == [State.POSTED] * 2, second.sentence
    assert first.coded["lines"][0]["dimensions"] == second.coded["lines"][0]["dimensions"]


def test_a_billing_of_such_a_project_is_coded_like_its_contract(typed_first: Company) -> None:
    contract = telling.a_subcontract(typed_first, "C-TYPE-2", "4000.00")
    row = telling.a_billing(typed_first, contract, "B-TYPE-2", [{"line": 1, "work": "1000.00"}])
    assert settled(typed_first, "subcontracts", contract).state == State.POSTED
    record = settled(typed_first, "requisitions", row)
    assert record.state == State.POSTED, record.sentence
    assert Decimal(record.coded["lines"][0]["amount"]) == Decimal("1000.00")


def test_numbers_that_look_alike_are_one_number(company: Company) -> None:
    """Pasted from a web page, a mail, a PDF: what nobody sees tells no two invoices apart."""
    rows = [company.a_direct_cost(f"{mark}SEEN-7001", "700.10") for mark in UNSEEN]
    records = [settled(company, "direct_costs", row) for row in rows]
    assert len(company.posted_under("SEEN-7001")) == 1
    assert [record.state for record in records] == [State.POSTED] + [State.HELD] * 4
    assert {record.reason for record in records[1:]} == {Reason.DUPLICATE_NUMBER}
    assert {record.number for record in records} == {"SEEN-7001"}
