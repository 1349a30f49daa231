"""A commitment on memo accounts is relieved as its billings post."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from mappings.models import AccountRule
from syncs.models import FlowSettings, Record, State
from syncs.reconciliation import corrections
from tests.flows import telling
from tests.flows.telling import again, settled, sums
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOW = "commitment_relief"
Booking = FlowSettings.Booking


def memo(company: Company) -> dict[str, Decimal]:
    """What stands on the two memo accounts, asked of the ledger."""
    found: dict[str, Decimal] = {}
    for purpose in ("commitment", "commitment_contra"):
        account = AccountRule.objects.get(integration=company.integration, purpose=purpose).account
        rows = company.ledger("ledger")["journals"]["list"]
        found[purpose] = sum((sums(row).get(account, Decimal(0)) for row in rows), Decimal(0))
    return found


def billed(company: Company, number: str, **facts: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A subcontract of two lines, and a billing of 1,000.00 on them with 10 % retained."""
    contract = telling.a_subcontract(company, f"C-{number}", "3000.00", "1000.00", **facts)
    items = [
        {"line": 1, "work": "600.00", "retained": "60.00"},
        {"line": 2, "work": "400.00", "retained": "40.00"},
    ]
    return contract, telling.a_billing(company, contract, number, items)


def relieved(company: Company, billing: dict[str, Any]) -> Record:
    """The flow looks at what was billed, and the worker runs."""
    company.poll(FLOW)
    company.the_worker_runs()
    return company.record(billing, FLOW)


def test_a_billing_takes_its_gross_amount_off_the_commitment(company: Company) -> None:
    contract, billing = billed(company, "RLF-1")
    before = memo(company)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    telling.forget_requests(company)
    company.poll(FLOW)
    assert not telling.requests_to(company, "procore"), "the polls read our own records"
    record = relieved(company, billing)
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("-1000.00")
    after = memo(company)
    assert after["commitment"] - before["commitment"] == Decimal("3000.00")
    assert after["commitment_contra"] - before["commitment_contra"] == Decimal("-3000.00")
    assert again(company, record).state == State.POSTED
    assert memo(company) == after, "replay relieves nothing twice"


def raced(company: Company, number: str) -> Record:
    """A relief of 1,000.00, worked out before a change order of 500.00 stood; 1,500.00 billed."""
    contract = telling.a_subcontract(company, f"C-{number}", "1000.00")
    order = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        title=f"More on {number}", status="approved", due_date=company.today,
        lines=[company.line("500.00", kind="S")],
    )  # fmt: skip
    items = [{"line": 1, "work": "1500.00", "retained": "0.00"}]
    billing = telling.a_billing(company, contract, number, items)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    record = relieved(company, billing)
    assert record.amount == Decimal("-1000.00"), "no more than stands committed"
    assert settled(company, "commitment_change_orders", order).state == State.POSTED
    Record.objects.filter(pk=record.pk).update(changed_at=timezone.now())
    return record


def looked_at_twice(company: Company) -> None:
    for _ in range(2):
        company.poll(FLOW)
        company.the_worker_runs()


def test_a_relief_worked_out_before_a_change_order_stood_follows_it_whenever_it_ended(
    company: Company,
) -> None:
    """It was looked at first and ended last: which of both ended later says nothing."""
    before = memo(company)["commitment"]
    raced(company, "RLF-RACE")
    looked_at_twice(company)
    assert memo(company)["commitment"] == before


def test_a_relief_that_ends_after_its_contract_was_looked_at_is_looked_at_itself(
    company: Company,
) -> None:
    """Polls look at what moved since the one before; all but the relief moved an hour ago."""
    before = memo(company)["commitment"]
    record = raced(company, "RLF-LAST")
    others = Record.objects.exclude(pk=record.pk)
    others.update(changed_at=timezone.now() - dt.timedelta(hours=1))
    looked_at_twice(company)
    assert memo(company)["commitment"] == before


def test_what_a_billing_gives_back_makes_room_for_what_it_takes(company: Company) -> None:
    """Two lines of one code: 1,500.00 committed and 1,200.00 billed, then 800.00 and -300.00."""
    before = memo(company)["commitment"]
    contract = telling.a_subcontract(company, "C-RLF-BOTH", "1000.00", "500.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    billings = [("900.00", "300.00", "-1200.00"), ("800.00", "-300.00", "-300.00")]
    for number, (one, two, taken) in enumerate(billings, 1):
        items = [
            {"line": 1, "work": one, "retained": "0.00"},
            {"line": 2, "work": two, "retained": "0.00"},
        ]
        billing = telling.a_billing(company, contract, f"RLF-BOTH-{number}", items)
        assert settled(company, "requisitions", billing).state == State.POSTED
        record = relieved(company, billing)
        assert (record.state, record.amount) == (State.POSTED, Decimal(taken)), record.sentence
    assert memo(company)["commitment"] == before, "nothing is left, and nothing too much"


def test_billings_of_one_batch_take_off_no_more_than_is_committed(company: Company) -> None:
    """Both are worked out before either stands: 1,000.00 committed, 700.00 and 600.00 billed."""
    before = memo(company)["commitment"]
    contract = telling.a_subcontract(company, "C-RLF-BATCH", "1000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    billings = []
    for number, work in enumerate(("700.00", "600.00"), 1):
        items = [{"line": 1, "work": work, "retained": "0.00"}]
        billings.append(telling.a_billing(company, contract, f"RLF-BATCH-{number}", items))
        assert settled(company, "requisitions", billings[-1]).state == State.POSTED
    amounts = [relieved(company, billing).amount for billing in billings]
    assert amounts == [Decimal("-700.00"), Decimal("-300.00")]
    assert memo(company)["commitment"] == before


def test_what_a_credit_gives_back_counts_once_all_was_billed(company: Company) -> None:
    """1,000.00 committed, 1,200.00 billed and 300.00 of it given back: 900.00 are taken off."""
    before = memo(company)["commitment"]
    contract = telling.a_subcontract(company, "C-RLF-BACK", "1000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    for number, work in enumerate(("1200.00", "-300.00"), 1):
        items = [{"line": 1, "work": work, "retained": "0.00"}]
        billing = telling.a_billing(company, contract, f"RLF-BACK-{number}", items)
        assert settled(company, "requisitions", billing).state == State.POSTED
        record = relieved(company, billing)
        assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal("100.00")
    assert memo(company)["commitment"] == before + Decimal("100.00")


def test_a_billing_that_left_makes_room_for_the_next(company: Company) -> None:
    """The first is reversed by hand in the ledger: the second takes off what it could not."""
    before = memo(company)["commitment"]
    contract = telling.a_subcontract(company, "C-RLF-ROOM", "1000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    billings = []
    for number, work in enumerate(("700.00", "600.00"), 1):
        items = [{"line": 1, "work": work, "retained": "0.00"}]
        billings.append(telling.a_billing(company, contract, f"RLF-ROOM-{number}", items))
        assert settled(company, "requisitions", billings[-1]).state == State.POSTED
        relieved(company, billings[-1])
    assert memo(company)["commitment"] == before
    posted = company.record(billings[0], "requisitions")
    company.ledger("business_central/cancel_invoice", {"number": posted.destination_number})
    again(company, posted)
    for _ in range(3):
        relieved(company, billings[1])
    assert memo(company)["commitment"] == before + Decimal("400.00")


def test_nothing_is_relieved_before_the_billing_stands_in_the_ledger(company: Company) -> None:
    contract, billing = billed(company, "RLF-2")
    settled(company, "subcontracts", contract)
    company.settings("requisitions", shadow=True)
    assert settled(company, "requisitions", billing).state == State.HELD
    company.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW, source_id=str(billing["id"])).exists()


def test_a_relief_waits_for_its_commitment_and_follows_by_itself(company: Company) -> None:
    contract, billing = billed(company, "RLF-3")
    company.settings("subcontracts", shadow=True)
    commitment = settled(company, "subcontracts", contract)
    assert commitment.state == State.HELD
    settled(company, "requisitions", billing)
    record = relieved(company, billing)
    assert (record.state, record.reason) == (State.HELD, "waits"), record.sentence
    assert commitment.number in record.sentence
    assert relieved(company, billing).changed_at == record.changed_at, "it waits in peace"
    company.settings("subcontracts", shadow=False)
    assert again(company, commitment).state == State.POSTED
    assert relieved(company, billing).state == State.POSTED


def test_a_commitment_that_a_person_set_aside_is_not_relieved(company: Company) -> None:
    contract, billing = billed(company, "RLF-4")
    company.settings("subcontracts", shadow=True)
    commitment = settled(company, "subcontracts", contract)
    settled(company, "requisitions", billing)
    assert relieved(company, billing).state == State.HELD
    assert commitment.set_aside("anna", "entered by hand")
    record = relieved(company, billing)
    assert record.state == State.SKIPPED
    assert "set aside by anna" in record.sentence.lower()


@pytest.mark.parametrize("booking", [Booking.PURCHASE_ORDER, Booking.NOTHING])
def test_what_does_not_stand_on_memo_accounts_is_not_relieved(
    company: Company, booking: str
) -> None:
    company.settings("purchase_orders", booking=booking)
    company.settings("subcontracts", booking=booking)
    contract, billing = billed(company, f"RLF-5-{booking[:3]}")
    settled(company, "subcontracts", contract)
    settled(company, "requisitions", billing)
    before = memo(company)
    record = relieved(company, billing)
    assert record.state == State.SKIPPED, record.sentence
    assert memo(company) == before


def booked(company: Company, record: Record) -> None:
    """The difference is posted, as a person decides."""
    corrections.post_difference(record, "anna")
    company.the_worker_runs()


def test_a_relief_follows_what_stands_and_not_what_the_source_says_meanwhile(
    company: Company,
) -> None:
    contract, billing = billed(company, "RLF-6")
    before = memo(company)
    settled(company, "subcontracts", contract)
    settled(company, "requisitions", billing)
    relieved(company, billing)
    items = [{"line": 1, "work": "650.00", "retained": "65.00"}]
    company.procore_changes("requisitions", billing, items=items)
    changed = settled(company, "requisitions", billing)
    assert changed.reason == "changed_after_posting"
    assert relieved(company, billing).state == State.POSTED
    assert memo(company)["commitment"] - before["commitment"] == Decimal("3000.00"), "as it stands"
    booked(company, changed)
    relieved(company, billing)
    record = relieved(company, billing)
    assert record.state == State.POSTED, record.sentence
    left = memo(company)["commitment"] - before["commitment"]
    assert left == Decimal("2950.00"), "by itself: the billing was decided about"


def test_a_billing_that_is_cancelled_in_the_ledger_gives_its_relief_back(
    company: Company,
) -> None:
    contract, billing = billed(company, "RLF-7")
    before = memo(company)
    settled(company, "subcontracts", contract)
    posted = settled(company, "requisitions", billing)
    relieved(company, billing)
    company.ledger("business_central/cancel_invoice", {"number": posted.destination_number})
    assert again(company, posted).reason == "differs"
    relieved(company, billing)
    relieved(company, billing)
    assert memo(company)["commitment"] - before["commitment"] == Decimal("4000.00")


def test_no_more_is_relieved_than_stands_committed_until_a_change_order_stands(
    company: Company,
) -> None:
    contract = telling.a_subcontract(company, "C-RLF-8", "1000.00")
    before = memo(company)
    settled(company, "subcontracts", contract)
    company.settings("commitment_change_orders", shadow=True)
    order = company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        number="801", title="More", status="approved", executed=True,
        lines=[company.line("500.00", kind="S")],
    )  # fmt: skip
    assert settled(company, "commitment_change_orders", order).state == State.HELD
    items = [{"line": 1, "work": "1000.00"}, {"line": 2, "work": "500.00"}]
    billing = telling.a_billing(company, contract, "RLF-8", items)
    assert settled(company, "requisitions", billing).state == State.POSTED
    assert relieved(company, billing).state == State.POSTED
    assert memo(company)["commitment"] == before["commitment"], "1,000.00 of 1,000.00"
    company.settings("commitment_change_orders", shadow=False)
    assert again(company, company.record(order, "commitment_change_orders")).state == State.POSTED
    relieved(company, billing)
    record = relieved(company, billing)
    assert record.state == State.POSTED, record.sentence
    assert memo(company)["commitment"] == before["commitment"], "1,500.00 of 1,500.00"


def test_a_new_integration_has_all_its_flows_in_shadow_mode(
    company: Company, admin_client: Browser
) -> None:
    """Nothing is posted before finance has seen what would be."""
    project, ledger = company.integration.project_system, company.integration.ledger
    FlowSettings.objects.all().delete()
    answer = admin_client.post(
        f"/connections/integration/{company.integration.pk}/change/",
        {"name": "Ours", "key": "bc_procore", "project_system": project.pk, "ledger": ledger.pk,
         "active": "on"},
    )  # fmt: skip
    assert answer.status_code == 302
    rows = FlowSettings.objects.filter(integration=company.integration)
    assert rows.count() == 10
    assert all(row.shadow for row in rows)
    assert rows.get(flow="requisitions").booking == Booking.INVOICE_POSTED
