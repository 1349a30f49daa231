"""What stands in the ledger already: somebody else's is adopted or linked, one of ours never."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from syncs.coding.numbers import within
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


def two_billings(company: Company, number: str) -> list[dict[str, Any]]:
    """Two subcontracts of one vendor, each billed under the same number: 450.00 due each."""
    found = []
    for which in ("A", "B"):
        contract = telling.a_subcontract(company, f"{number}-{which}", "3000.00")
        items = [{"line": 1, "work": "500.00", "retained": "50.00"}]
        found.append(telling.a_billing(company, contract, number, items))
    return found


def a_change_order(company: Company, contract: dict[str, Any], number: str) -> dict[str, Any]:
    return company.procore_has(
        "commitment_change_orders", project=company.job, contract=contract["id"],
        status="approved", number=number, title=number, lines=[company.line("777.00", kind="S")],
    )  # fmt: skip


def is_a_number_used_twice(second: Record, first: Record) -> None:
    assert (second.state, second.reason) == (State.HELD, Reason.DUPLICATE_NUMBER), second.sentence
    assert str(first) in second.sentence, "the other is named"
    assert "by hand" not in second.sentence
    assert second.problems[0]["other"] == str(first.pk)


@pytest.mark.parametrize("adopt", [True, False])
def test_the_invoice_of_another_billing_is_not_adopted(company: Company, adopt: bool) -> None:
    company.settings("requisitions", adopt=adopt)
    number = f"APP-{adopt}"
    one, two = two_billings(company, number)
    first = settled(company, "requisitions", one)
    assert first.state == State.POSTED, first.sentence
    second = settled(company, "requisitions", two)
    is_a_number_used_twice(second, first)
    assert len(company.posted_under(number)) == 1


@pytest.mark.parametrize("adopt", [True, False])
def test_the_invoice_of_another_direct_cost_is_not_adopted(company: Company, adopt: bool) -> None:
    company.settings("direct_costs", adopt=adopt)
    number = f"SAME-{adopt}"
    first = settled(company, "direct_costs", company.a_direct_cost(number, "333.00"))
    second = settled(company, "direct_costs", company.a_direct_cost(number, "333.00"))
    is_a_number_used_twice(second, first)
    assert len(company.posted_under(number)) == 1


def test_linking_to_what_another_record_owns_is_refused_in_a_sentence(company: Company) -> None:
    first = settled(company, "direct_costs", company.a_direct_cost("LINK-1", "333.00"))
    second = settled(company, "direct_costs", company.a_direct_cost("LINK-1", "333.00"))
    assert second.link("anna", first.destination_number)
    company.the_worker_runs()
    second.refresh_from_db()
    is_a_number_used_twice(second, first)
    first.refresh_from_db()
    assert first.state == State.POSTED


def test_a_flow_of_the_same_integration_does_not_adopt_from_another(company: Company) -> None:
    """A direct cost and a billing of one vendor under one number."""
    company.settings("requisitions", adopt=True)
    first = settled(company, "direct_costs", company.a_direct_cost("MIX-1", "450.00"))
    contract = telling.a_subcontract(company, "MIX-C", "3000.00")
    items = [{"line": 1, "work": "500.00", "retained": "50.00"}]
    second = settled(company, "requisitions", telling.a_billing(company, contract, "MIX-1", items))
    is_a_number_used_twice(second, first)


def test_change_orders_of_two_contracts_bear_their_contracts_numbers(company: Company) -> None:
    company.settings("commitment_change_orders", booking=Booking.INVOICE_POSTED, adopt=True)
    for which in ("A", "B"):
        contract = telling.a_subcontract(company, f"CO-{which}", "4000.00")
        record = settled(
            company, "commitment_change_orders", a_change_order(company, contract, "071")
        )
        assert record.state == State.POSTED, record.sentence
        [invoice] = company.posted_under(f"CO-{which}-071")
        assert invoice["vendorInvoiceNumber"] == f"CO-{which}-071"
        assert again(company, record).state == State.POSTED
        assert len(company.posted_under(f"CO-{which}-071")) == 1


def in_the_books(company: Company, record: Record) -> list[dict[str, Any]]:
    """Its document, posted or not, as the ledger itself tells it."""
    said = company.ledger("ledger")
    kinds = [kind["list"] for kind in said["documents"].values()]
    rows = [*said["drafts"], *(row for rows in kinds for row in rows)]
    return [row for row in rows if row["number"] == record.destination_number]


def test_a_number_within_its_contract_fits_the_ledger_and_stays_single() -> None:
    assert within("SC-1042", "001", 35) == "SC-1042-001"
    assert within("", "001", 35) == "001"
    long = [within("A" * 40 + tail, "001-R1", 20) for tail in ("X", "Y")]
    assert [len(number) for number in long] == [20, 20]
    assert len(set(long)) == 2, "two contracts that begin alike are told apart"
    assert all(number.endswith("-001-R1") for number in long)
    assert long[0] == within("A" * 40 + "X", "001-R1", 20), "the same each time"
