"""What stands in Procore already when GP's payables come: typed there by hand at the cut-over."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import Record, State
from tests.flows.gp.telling import JOB, VENDOR, an_invoice, heard
from tests.flows.linking import a_vendor_of_the_same_name_is_adopted
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def vendor(gp: Company) -> str:
    """As Procore calls it."""
    return VendorLink.objects.get(ledger_number=VENDOR).project_vendor_name


def line(amount: str) -> dict[str, Any]:
    return {"cost_code": "03-300", "cost_type": "M", "amount": amount, "description": "Rebar"}


def typed_in_procore(gp: Company, number: str, amount: str = "840.50") -> dict[str, Any]:
    return gp.a_direct_cost(number, project=JOB, vendor=vendor(gp), lines=[line(amount)])


def numbered(gp: Company, number: str) -> list[Any]:
    rows = gp.procore("procore/direct_costs")
    return [row for row in rows if str(row["invoice_number"]).upper() == number.upper()]


def adopted(record: Record, there: dict[str, Any]) -> None:
    assert record.state == State.POSTED, record.sentence
    assert record.destination_id == str(there["id"])
    assert record.sentence.startswith("Adopted: it stood there already. Stands as ")


@pytest.mark.parametrize("typed", ["GAD-1", "gad-2", "Gad-3"])
def test_a_cost_that_people_typed_is_adopted_at_the_cut_over(gp: Company, typed: str) -> None:
    """Whatever letters they typed: no second one is made."""
    gp.settings("payables_invoices", adopt=True)
    there = typed_in_procore(gp, typed)
    record = heard(gp, an_invoice(gp, typed.upper(), post=True))
    adopted(record, there)
    assert again(gp, record).destination_id == str(there["id"])
    assert len(numbered(gp, typed)) == 1


def test_a_bill_that_people_typed_on_the_commitment_is_adopted(gp: Company) -> None:
    gp.settings("payables_invoices", adopt=True)
    contract = gp.procore_has(
        "purchase_order_contracts", project=JOB, number="PO-GAD", title="Rebar",
        vendor=vendor(gp), status="Approved", contract_date=gp.today, lines=[line("1000.00")],
    )  # fmt: skip
    there = gp.procore_has(
        "requisitions", project=JOB, contract=contract["id"], invoice_number="GAD-BILL",
        requisition_start=gp.today, requisition_end=gp.today, billing_date=gp.today,
        submitted_at=gp.today, status="draft",
    )  # fmt: skip
    gp.procore_changes("requisitions", there, items=[{"line": 1, "work": "400.00"}],
                       status="approved")  # fmt: skip
    record = heard(gp, an_invoice(gp, "GAD-BILL", "400.00", order="PO-GAD", post=True))
    adopted(record, there)
    rows = gp.procore("procore/requisitions")
    assert len([row for row in rows if row["commitment_id"] == contract["id"]]) == 1


def test_another_amount_is_not_adopted(gp: Company) -> None:
    gp.settings("payables_invoices", adopt=True)
    typed_in_procore(gp, "GAD-4", "840.00")
    record = heard(gp, an_invoice(gp, "GAD-4", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "840.00" in record.sentence
    assert len(numbered(gp, "GAD-4")) == 1


def test_without_the_switch_a_person_links_it(gp: Company) -> None:
    there = typed_in_procore(gp, "GAD-5")
    record = heard(gp, an_invoice(gp, "GAD-5", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert record.link("anna", "GAD-5")
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.destination_id) == (State.POSTED, str(there["id"]))
    assert record.sentence.startswith("Linked by a person to GAD-5. Stands as ")
    assert len(numbered(gp, "GAD-5")) == 1


def test_a_vendor_of_the_same_name_is_adopted(gp: Company) -> None:
    a_vendor_of_the_same_name_is_adopted(gp, "GP")


def test_what_is_still_open_in_procore_is_not_as_good_as_sent(gp: Company) -> None:
    gp.settings("payables_invoices", adopt=True)
    there = typed_in_procore(gp, "GAD-6")
    gp.procore_changes("direct_costs", there, status="draft")
    record = heard(gp, an_invoice(gp, "GAD-6", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "(draft, 840.50)" in record.sentence
    gp.procore_changes("direct_costs", there, status="approved")
    adopted(again(gp, record), there)
