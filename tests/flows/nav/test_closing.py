"""Changes of a contract that is closed in Procore do not stay on NAV's memo accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mappings.models import AccountRule
from syncs.models import Record, State
from tests.flows.nav import telling
from tests.flows.telling import sums
from tests.story import Company

FLOW = "commitment_closing"


def committed(nav: Company) -> Decimal:
    """What stands on the commitment account, asked of NAV."""
    account = AccountRule.objects.get(integration=nav.integration, purpose="commitment").account
    rows = nav.ledger("ledger")["journals"]["list"]
    return sum((sums(row).get(account, Decimal(0)) for row in rows), Decimal(0))


def a_contract(nav: Company, number: str) -> dict[str, Any]:
    line = {"cost_code": telling.code(nav), "cost_type": "M", "amount": "900.00",
            "description": "Works"}  # fmt: skip
    return nav.procore_has(
        "work_order_contracts", project=telling.JOB, vendor=nav.a_vendor, number=number,
        title="Works", status="Approved", executed=True, contract_date=nav.today, lines=[line],
    )  # fmt: skip


def a_change(nav: Company, contract: dict[str, Any], amount: str) -> Record:
    line = {"cost_code": telling.code(nav), "cost_type": "M", "amount": amount,
            "description": "More"}  # fmt: skip
    row = nav.procore_has(
        "commitment_change_orders", project=telling.JOB, contract=contract["id"], number="001",
        title="More", status="approved", executed=True, lines=[line],
    )  # fmt: skip
    record = nav.note("commitment_change_orders", row, nav.scope_of(contract))
    nav.the_worker_runs()
    record.refresh_from_db()
    return record


def becomes(nav: Company, contract: dict[str, Any], status: str) -> None:
    nav.procore_changes("work_order_contracts", contract, status=status)
    for _ in range(3):
        nav.poll(FLOW)
        nav.the_worker_runs()


def test_a_change_of_a_closed_contract_is_freed_and_given_back(nav: Company) -> None:
    nav.settings("commitment_change_orders", booking="journal")
    nav.settings(FLOW, when_closed="free")
    before, contract = committed(nav), a_contract(nav, "NCLS-1")
    change = a_change(nav, contract, "55.00")
    assert change.state == State.POSTED, change.sentence
    becomes(nav, contract, "Approved")
    assert not Record.objects.filter(flow=FLOW).exists()
    for status, left in [("Terminated", "0"), ("Approved", "55.00"), ("Terminated", "0")]:
        becomes(nav, contract, status)
        record = nav.record(contract, FLOW)
        assert record.state == State.POSTED, record.sentence
        assert committed(nav) - before == Decimal(left), status
