"""Financial markup of a change order: in its total, and beside its cost lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mappings.models import AccountRule, ProjectLink
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import again, settled, sums
from tests.flows.test_coding import account
from tests.story import Company

pytestmark = pytest.mark.django_db
FEE = {"name": "Fee", "percentage": 10}


def owners_change(company: Company, number: str, *markups: dict[str, Any]) -> Record:
    """Of a contract with the owner: two lines, 4,000.00 and 1,000.00, and what is added to them."""
    link = ProjectLink.objects.get(project_number="P-1043")
    contract = next(
        one for one in company.procore("procore/prime_contracts") if one["number"] == "PC-1043"
    )
    row = company.procore_has(
        "prime_change_orders", project="P-1043", contract=contract["id"], status="approved",
        number=number, title="Owner's change", markups=list(markups),
        lines=[company.line("4000.00", kind="O"), company.line("1000.00", kind="O")],
    )  # fmt: skip
    record = company.note("prime_change_orders", row, scope=link.project_id)
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def fee_has_an_account(company: Company) -> str:
    number = account(company, "rounding")
    AccountRule.objects.create(integration=company.integration, purpose="markup", account=number)
    return number


@pytest.mark.parametrize("markup_set", ["horizontal", "vertical"])
def test_markup_without_a_place_is_booked_by_its_purpose(company: Company, markup_set: str) -> None:
    fee_has_an_account(company)
    record = owners_change(company, f"95{len(markup_set) % 7}", {**FEE, "set": markup_set})
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("5500.00")
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        account(company, "contract_change"): Decimal("5500.00"),
        account(company, "contract_change_contra"): Decimal("-5500.00"),
    }
    assert again(company, record).state == State.POSTED


def test_markup_that_names_a_code_is_booked_as_that_code(company: Company) -> None:
    where = {"cost_code": company.mapped_code, "cost_type": "O"}
    record = owners_change(company, "961", {**FEE, "set": "vertical", **where})
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("5500.00")
    [fee] = [line for line in record.source["lines"] if line["purpose"]]
    assert (fee["cost_code"], fee["cost_type"]) == (company.mapped_code, "O")
    assert Decimal(fee["amount"]) == Decimal("500.00")
    assert "Fee" in fee["description"]


def test_without_an_account_for_markup_it_says_what_to_set(company: Company) -> None:
    record = owners_change(company, "962", {**FEE, "set": "horizontal"})
    assert (record.state, record.reason) == (State.HELD, "settings"), record.sentence
    assert "Financial markup" in record.sentence
    fee_has_an_account(company)
    assert again(company, record).state == State.POSTED


def test_two_markups_are_two_lines(company: Company) -> None:
    fee_has_an_account(company)
    bond = {"name": "Bond", "percentage": "1.5", "set": "vertical"}
    record = owners_change(company, "963", {**FEE, "set": "horizontal"}, bond)
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("5575.00")
    names = [line["description"] for line in record.source["lines"] if line["purpose"]]
    assert names == ["Fee (markup)", "Fee (markup)", "Bond (markup)"]


def test_markup_of_a_subcontracts_change_is_a_cost_of_its_own(company: Company) -> None:
    fee_has_an_account(company)
    contract = telling.a_subcontract(company, "SC-MARK", "8000.00")
    row = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        status="approved", number="001", title="Field change",
        lines=[company.line("900.00", kind="S")], markups=[{**FEE, "set": "horizontal"}],
    )  # fmt: skip
    record = settled(company, "commitment_change_orders", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal)[account(company, "commitment")] == Decimal("990.00")


def test_a_total_that_markup_does_not_explain_is_held_with_both_numbers(company: Company) -> None:
    fee_has_an_account(company)
    record = owners_change(company, "964", {**FEE, "set": "vertical", "untold": True})
    assert (record.state, record.reason) == (State.HELD, "does_not_foot")
    assert "5,000.00" in record.sentence
    assert "5,500.00" in record.sentence
