"""Commitments and their changes, from the field to memo accounts or orders of the ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mappings.lookup import Lookup
from mappings.models import ProjectLink
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import settled, sums
from tests.flows.test_coding import account, cost_account
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


def test_a_purchase_order_moves_between_memo_accounts_with_the_dimensions_of_the_mapping(
    company: Company,
) -> None:
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="PO-MEMO-1", title="Rebar", status="Approved", executed=True,
        contract_date=company.today, lines=[company.line("1200.00"), company.line("34.56")],
    )  # fmt: skip
    record = settled(company, "purchase_orders", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        account(company, "commitment"): Decimal("1234.56"),
        account(company, "commitment_contra"): Decimal("-1234.56"),
    }
    costs = [one for one in journal["lines"] if one["account"] == account(company, "commitment")]
    rule = Lookup(company.integration).rule_for(company.mapped_code, "M", company.job)
    assert rule is not None
    wanted = {"PROJECT": company.job, **rule.dimensions}
    assert len(wanted) > 1
    assert [line["dimensions"] for line in costs] == [wanted, wanted]


def test_a_subcontract_moves_between_memo_accounts(company: Company) -> None:
    row = telling.a_subcontract(company, "SC-MEMO-1", "8000.00", "2000.00")
    record = settled(company, "subcontracts", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert journal["total"] == "10000.00"
    assert cost_account(company, "S") not in sums(journal), "a commitment is not a cost"


@pytest.mark.parametrize("amount", ["950.00", "-410.25"])
def test_a_commitment_change_order_raises_or_lowers_the_commitment(
    company: Company, amount: str
) -> None:
    contract = telling.a_subcontract(company, f"SC-CCO-{amount[:2]}", "8000.00")
    row = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        status="approved", number="001", title="Field change",
        lines=[company.line(amount, kind="S")],
    )  # fmt: skip
    record = settled(company, "commitment_change_orders", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        account(company, "commitment"): Decimal(amount),
        account(company, "commitment_contra"): -Decimal(amount),
    }


def test_a_prime_change_order_moves_between_the_contract_accounts(company: Company) -> None:
    link = ProjectLink.objects.get(project_number="P-1043")
    contract = next(
        one for one in company.procore("procore/prime_contracts") if one["number"] == "PC-1043"
    )
    row = company.procore_has(
        "prime_change_orders", project="P-1043", contract=contract["id"], status="approved",
        number="901", title="Owner's change", lines=[company.line("5000.00", kind="O")],
    )  # fmt: skip
    record = company.note("prime_change_orders", row, scope=link.project_id)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        account(company, "contract_change"): Decimal("5000.00"),
        account(company, "contract_change_contra"): Decimal("-5000.00"),
    }


def test_a_purchase_order_may_stand_as_a_purchase_order(company: Company) -> None:
    company.settings("purchase_orders", booking=Booking.PURCHASE_ORDER)
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="PO-ORD-1", title="Rebar", status="Approved", executed=True,
        contract_date=company.today, lines=[company.line("1200.00"), company.line("0.01")],
    )  # fmt: skip
    record = settled(company, "purchase_orders", row)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_kind == "purchase_order"
    orders = [
        one for one in company.ledger("ledger")["drafts"]
        if one["number"] == record.destination_number
    ]  # fmt: skip
    assert [sums(order)[cost_account(company)] for order in orders] == [Decimal("1200.01")]
    assert telling.again(company, record).state == State.POSTED
    assert record.destination_number == Record.objects.get(pk=record.pk).destination_number


def test_an_order_is_not_made_twice_after_a_cut_answer(company: Company) -> None:
    company.settings("purchase_orders", booking=Booking.PURCHASE_ORDER)
    before = len(company.ledger("ledger")["drafts"])
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="PO-ORD-2", title="Rebar", status="Approved", executed=True,
        contract_date=company.today, lines=[company.line("77.00")],
    )  # fmt: skip
    telling.ledger_fails(company, method="POST", path="purchaseOrders", action="cut_after", times=1)
    record = settled(company, "purchase_orders", row)
    assert record.state == State.IN_DOUBT, record.sentence
    assert telling.due_now(company, record).state == State.POSTED, record.sentence
    assert len(company.ledger("ledger")["drafts"]) == before + 1
