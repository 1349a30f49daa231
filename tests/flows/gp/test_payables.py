"""Payables of GP become direct costs and requisitions of Procore; nothing is written to GP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import Record, State
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
FLOW = "payables_invoices"
JOB = "P-1044"
VENDOR = "BUCKEYE0001"


def by_hand(gp: Company, verb: str, **facts: Any) -> Any:
    return gp.ledger(f"gp/{verb}", facts)


def an_invoice(gp: Company, number: str, amount: str = "840.50", **facts: Any) -> Any:
    line = {"job": "1044", "code": "03-300", "type": "M", "amount": amount}
    given = {"vendor": VENDOR, "number": number, "lines": [line]}
    return by_hand(gp, "type_invoice", **{**given, **facts})


def heard(gp: Company, row: dict[str, Any], flow: str = FLOW) -> Record:
    gp.poll(flow)
    run_queue()
    return Record.objects.get(integration=gp.integration, flow=flow, number=row["number"])


def in_procore(gp: Company, collection: str, record: Record) -> dict[str, Any]:
    rows = gp.procore("procore/totals")["collections"][collection]["ids"]
    return next(row for row in rows if str(row["id"]) == record.destination_id)


def test_an_unposted_invoice_goes_as_pending_follows_and_is_approved_by_posting(
    gp: Company,
) -> None:
    row = an_invoice(gp, "WORK-1")
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    there = in_procore(gp, "direct_costs", record)
    assert (there["status"], there["amount"]) == ("pending", "840.50")
    line = {"job": "1044", "code": "03-300", "type": "M", "amount": "900.00"}
    by_hand(gp, "change_invoice", number="WORK-1", lines=[line], touch=False)
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == "900.00"
    by_hand(gp, "post_invoice", number="WORK-1", touch=False)
    record = heard(gp, row)
    assert (record.state, record.source_status) == (State.POSTED, "posted"), record.sentence
    there = in_procore(gp, "direct_costs", record)
    assert (there["status"], there["amount"]) == ("approved", "900.00")
    assert again(gp, record).state == State.POSTED


def test_a_posted_invoice_becomes_one_approved_direct_cost(gp: Company) -> None:
    record = heard(gp, an_invoice(gp, "POSTED-1", post=True))
    assert record.state == State.POSTED, record.sentence
    there = in_procore(gp, "direct_costs", record)
    assert (there["status"], Decimal(there["amount"])) == ("approved", Decimal("840.50"))
    rows = gp.procore("procore/totals")["collections"]["direct_costs"]["ids"]
    assert sum(row["origin_id"] == there["origin_id"] for row in rows) == 1
    assert str(there["origin_id"]).startswith("GP|")


def test_an_invoice_that_names_a_commitment_is_billed_on_it(gp: Company) -> None:
    link = VendorLink.objects.get(ledger_number=VENDOR)
    gp.procore_has(
        "purchase_order_contracts", project=JOB, number="PO-GP-1", title="Rebar",
        vendor=link.project_vendor_name, status="Approved", contract_date=gp.today,
        lines=[{"cost_code": "03-300", "cost_type": "M", "amount": "1000.00"}],
    )  # fmt: skip
    record = heard(gp, an_invoice(gp, "BILL-1", "400.00", order="PO-GP-1", post=True))
    assert (record.state, record.destination_kind) == (State.POSTED, "requisition"), record.sentence
    assert in_procore(gp, "requisitions", record)["gross"] == "400.00"
    late = heard(gp, an_invoice(gp, "BILL-2", "700.00", order="PO-GP-1", post=True))
    assert (late.state, late.reason) == (State.HELD, Reason.OVER_COMMITMENT), late.sentence


def test_a_commitment_that_the_project_lacks_is_named(gp: Company) -> None:
    record = heard(gp, an_invoice(gp, "NO-PO-1", order="PO-NONE", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.WAITS)
    assert "PO-NONE" in record.sentence


def test_a_void_after_it_was_sent_is_held_until_a_person_accepts(gp: Company) -> None:
    row = an_invoice(gp, "VOID-1", post=True)
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    by_hand(gp, "void_invoice", number="VOID-1", touch=False)
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert "voided" in record.sentence
    assert record.accept("anna", "voided in Procore, too")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_a_credit_lowers_the_projects_cost(gp: Company) -> None:
    row = an_invoice(gp, "CREDIT-1", "50.00", kind=5, post=True)
    record = heard(gp, row, "payables_credits")
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == "-50.00"


def test_nothing_is_ever_written_to_gp(gp: Company) -> None:
    """The stand-in counts every attempt; its log shows reads and sign-in alone."""
    heard(gp, an_invoice(gp, "RO-1", post=True))
    gp.poll("vendors")
    run_queue()
    assert gp.ledger("gp/writes")["count"] == 0
    used = gp.ledger("requests")["counters"]
    methods = {name.split()[0] for name in used if "/control/" not in name}
    assert methods <= {"GET"}, used
