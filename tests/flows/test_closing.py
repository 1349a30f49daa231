"""What a contract that is closed short never billed is freed from the memo accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from syncs.coding.to_ledger import MEMO_ACCOUNTS
from syncs.flows.closing import ClosingFlow
from syncs.flows.relief import ReliefFlow
from syncs.models import FlowSettings, Record, State
from syncs.registry import REGISTRY
from tests.flows import gates, telling
from tests.flows.telling import again, due_now, settled
from tests.flows.test_relief import FLOW, billed, memo, relieved
from tests.story import Company

pytestmark = pytest.mark.django_db
CLOSING = "commitment_closing"
Booking = FlowSettings.Booking


@pytest.fixture
def freeing(company: Company) -> Company:
    """Finance frees what a closed contract never billed."""
    company.settings(CLOSING, when_closed="free")
    return company


def standing(company: Company, number: str, **facts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """4,000.00 committed, 1,000.00 billed and relieved."""
    contract, billing = billed(company, number, **facts)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    assert relieved(company, billing).state == State.POSTED
    return contract, billing


def becomes(company: Company, contract: dict[str, Any], status: str) -> Record:
    company.procore_changes("work_order_contracts", contract, status=status)
    record = settled(company, "subcontracts", contract)
    assert record.state == State.POSTED, record.sentence
    return record


def looked_at(company: Company, contract: dict[str, Any]) -> Record:
    """Reliefs and closed contracts are polled, and what that asks for is carried."""
    for _ in range(3):
        for flow in (FLOW, CLOSING):
            company.poll(flow)
            company.the_worker_runs()
    return company.record(contract, CLOSING)


def test_a_contract_closed_short_frees_what_it_never_billed(freeing: Company) -> None:
    company = freeing
    before = memo(company)
    contract, _ = standing(company, "CLS-1")
    becomes(company, contract, "Terminated")
    record = looked_at(company, contract)
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("-3000.00")
    assert memo(company) == before
    assert again(company, record).state == State.POSTED
    looked_at(company, contract)
    assert memo(company) == before, "nothing is freed twice"


def test_a_closed_order_frees_its_change_orders_too(freeing: Company) -> None:
    company = freeing
    before = memo(company)
    contract = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="CLS-2", title="Rebar", status="Approved", contract_date=company.today,
        lines=[company.line("120.00")],
    )  # fmt: skip
    assert settled(company, "purchase_orders", contract).state == State.POSTED
    order = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        number="001", title="More", status="approved", executed=True,
        lines=[company.line("55.00")],
    )  # fmt: skip
    assert settled(company, "commitment_change_orders", order).state == State.POSTED
    company.procore_changes("purchase_order_contracts", contract, status="Closed")
    assert settled(company, "purchase_orders", contract).state == State.POSTED
    assert looked_at(company, contract).amount == Decimal("-175.00")
    assert memo(company) == before


def test_finance_may_keep_what_is_left_and_change_its_mind(company: Company) -> None:
    company.settings(CLOSING, when_closed="keep")
    before = memo(company)["commitment"]
    contract, _ = standing(company, "CLS-3")
    becomes(company, contract, "Terminated")
    record = looked_at(company, contract)
    assert record.state == State.SKIPPED
    assert "3,000.00" in record.sentence
    assert memo(company)["commitment"] - before == Decimal("3000.00")
    company.settings(CLOSING, when_closed="free")
    assert looked_at(company, contract).state == State.POSTED
    assert memo(company)["commitment"] == before
    company.settings(CLOSING, when_closed="keep")
    assert looked_at(company, contract).state == State.POSTED
    assert memo(company)["commitment"] - before == Decimal("3000.00"), "it is given back"


def test_as_it_comes_a_person_is_asked(company: Company) -> None:
    before = memo(company)["commitment"]
    contract, _ = standing(company, "CLS-4")
    becomes(company, contract, "Terminated")
    record = looked_at(company, contract)
    assert (record.state, record.reason) == (State.HELD, "needs_approval"), record.sentence
    assert "3,000.00" in record.sentence
    assert memo(company)["commitment"] - before == Decimal("3000.00")
    assert record.approve("berta")
    assert looked_at(company, contract).state == State.POSTED
    assert memo(company)["commitment"] == before
    becomes(company, contract, "Approved")
    looked_at(company, contract)
    assert memo(company)["commitment"] - before == Decimal("3000.00"), "of giving back nobody asks"


def test_nothing_is_freed_while_a_billing_is_on_its_way(freeing: Company) -> None:
    company = freeing
    before = memo(company)
    contract, _ = standing(company, "CLS-5")
    items = [{"line": 1, "work": "500.00", "retained": "50.00"}]
    second = telling.a_billing(company, contract, "CLS-5B", items)
    company.procore_changes("requisitions", second, status="under_review")
    assert settled(company, "requisitions", second).state == State.SKIPPED
    becomes(company, contract, "Terminated")
    record = looked_at(company, contract)
    assert (record.state, record.reason) == (State.HELD, "waits"), record.sentence
    assert "CLS-5B" in record.sentence
    company.procore_changes("requisitions", second, status="approved")
    company.settings("requisitions", shadow=True)
    assert settled(company, "requisitions", second).state == State.HELD
    assert looked_at(company, contract).reason == "waits"
    company.settings("requisitions", shadow=False)
    assert again(company, company.record(second, "requisitions")).state == State.POSTED
    record = looked_at(company, contract)
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("-2500.00")
    assert memo(company) == before


def test_a_billing_that_was_deleted_is_not_waited_for(freeing: Company) -> None:
    company = freeing
    before = memo(company)
    contract, _ = standing(company, "CLS-6")
    second = telling.a_billing(company, contract, "CLS-6B", [{"line": 1, "work": "500.00"}])
    company.procore_changes("requisitions", second, status="draft")
    settled(company, "requisitions", second)
    becomes(company, contract, "Terminated")
    assert looked_at(company, contract).reason == "waits"
    company.procore_deletes("requisitions", second)
    assert again(company, company.record(second, "requisitions")).state == State.SKIPPED
    assert looked_at(company, contract).state == State.POSTED
    assert memo(company) == before


def test_a_billing_that_comes_late_comes_out_right_by_itself(freeing: Company) -> None:
    company = freeing
    before = memo(company)
    contract, _ = standing(company, "CLS-7")
    items = [{"line": 1, "work": "500.00", "retained": "50.00"}]
    late = telling.a_billing(company, contract, "CLS-7B", items)
    becomes(company, contract, "Terminated")
    assert looked_at(company, contract).amount == Decimal("-3000.00")
    assert settled(company, "requisitions", late).state == State.POSTED
    record = looked_at(company, contract)
    assert record.state == State.POSTED, record.sentence
    assert company.record(late, FLOW).state == State.POSTED
    assert memo(company) == before
    stands = Record.objects.filter(flow=CLOSING, source_id=str(contract["id"]))
    assert {row.state for row in stands} == {State.POSTED}
    assert sum(row.amount or 0 for row in stands.filter(revision__gt=1)) == Decimal("500.00")


def test_a_contract_that_is_opened_again_has_its_remainder_back(freeing: Company) -> None:
    company = freeing
    before = memo(company)["commitment"]
    contract, billing = standing(company, "CLS-8")
    for status, left in [("Terminated", "0"), ("Approved", "3000.00"), ("Terminated", "0")]:
        becomes(company, contract, status)
        record = looked_at(company, contract)
        assert record.state == State.POSTED, record.sentence
        assert memo(company)["commitment"] - before == Decimal(left), status
    posted = company.record(billing, "requisitions")
    company.ledger("business_central/cancel_invoice", {"number": posted.destination_number})
    again(company, posted)
    looked_at(company, contract)
    assert relieved(company, billing).state == State.POSTED
    assert memo(company)["commitment"] - before == Decimal("1000.00"), "the billing is undecided"
    posted.refresh_from_db()
    assert again(company, posted).accept("anna", "billed by hand")
    company.the_worker_runs()
    looked_at(company, contract)
    assert memo(company)["commitment"] == before


def test_freeing_passes_no_shut_gate(freeing: Company) -> None:
    company = freeing
    contract, _ = standing(company, "CLS-9")
    becomes(company, contract, "Terminated")
    before = memo(company)
    company.settings(CLOSING, **{**gates.OPEN, "stopped": True})
    record = company.note(CLOSING, contract)

    def tried() -> Record:
        again(company, record)
        return due_now(company, record)

    gates.none_lets_it_pass(company, CLOSING, tried)
    assert memo(company) == before
    assert again(company, record).state == State.POSTED


def test_what_was_billed_in_full_leaves_nothing_to_free(freeing: Company) -> None:
    company = freeing
    contract = telling.a_subcontract(company, "C-CLS-10", "1000.00")
    settled(company, "subcontracts", contract)
    billing = telling.a_billing(company, contract, "CLS-10", [{"line": 1, "work": "1000.00"}])
    settled(company, "requisitions", billing)
    relieved(company, billing)
    becomes(company, contract, "Terminated")
    record = looked_at(company, contract)
    assert record.state == State.SKIPPED
    assert "nothing is left" in record.sentence


def test_an_order_that_was_closed_before_it_was_seen_is_neither_relieved_nor_freed(
    freeing: Company,
) -> None:
    company = freeing
    contract = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="CLS-11", title="Rebar", status="Approved", contract_date=company.today,
        lines=[company.line("120.00")],
    )  # fmt: skip
    billing = telling.a_billing(company, contract, "CLS-11", [{"line": 1, "work": "100.00"}])
    company.procore_changes("purchase_order_contracts", contract, status="Closed")
    before = memo(company)
    assert settled(company, "purchase_orders", contract).state == State.SKIPPED
    assert settled(company, "requisitions", billing).state == State.POSTED
    assert relieved(company, billing).state == State.SKIPPED
    company.poll(CLOSING)
    assert not Record.objects.filter(flow=CLOSING, source_id=str(contract["id"])).exists()
    assert memo(company) == before


@pytest.mark.parametrize("key", list(REGISTRY))
def test_wherever_commitments_stand_on_memo_accounts_closing_frees_them(key: str) -> None:
    """F&O takes commitments as orders only: there is nothing to free."""
    flows = REGISTRY[key].values()
    on_memo = {
        flow.name for flow in flows
        if Booking.JOURNAL in flow.bookings
        and MEMO_ACCOUNTS.get(getattr(flow, "kind", ""), ("",))[0] == "commitment"
        and not isinstance(flow, (ReliefFlow, ClosingFlow))
    }  # fmt: skip
    closing = [flow for flow in flows if isinstance(flow, ClosingFlow)]
    covered = {name for flow in closing for name in (*flow.commitments, *flow.change_orders)}
    assert on_memo == covered & {flow.name for flow in flows}
