"""What GP and Procore come to: payables that were sent, and what people typed into Procore."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.documents import ZERO
from connections.errors import Reason
from mappings.models import VendorLink
from syncs import tasks
from syncs.balance.rows import ROUNDING
from syncs.models import BalanceReading, CellCause, CellPart, State
from tests.flows.gp.telling import JOB, VENDOR, an_invoice, by_hand, heard
from tests.story import Company

pytestmark = pytest.mark.django_db


def read(gp: Company) -> None:
    tasks.balance(gp.integration.pk)


def test_a_payable_that_was_sent_agrees_in_its_cell(gp: Company) -> None:
    record = heard(gp, an_invoice(gp, "GPB-1", post=True))
    assert record.state == State.POSTED, record.sentence
    read(gp)
    [found] = CellPart.objects.filter(record=record)
    assert (found.project, found.cost_code, found.cost_type) == (JOB, "03-300", "M")
    assert (found.in_projects, found.in_ledger) == (Decimal("840.50"), Decimal("840.50"))
    assert (found.cause, found.vendor, found.number) == ("", VENDOR, "GPB-1")
    assert found.ledger_number == record.number
    assert found.url


def test_one_that_is_held_is_in_the_ledger_alone(gp: Company) -> None:
    link = VendorLink.objects.get(ledger_number=VENDOR)
    VendorLink.objects.filter(pk=link.pk).delete()
    record = heard(gp, an_invoice(gp, "GPB-2", "77.00"))
    assert record.state == State.HELD
    read(gp)
    [found] = CellPart.objects.filter(record=record)
    assert (found.cause, found.in_projects) == ("held", ZERO)
    assert found.in_ledger == Decimal("77.00")
    assert record.sentence in found.why
    assert (found.project, found.cost_code) == (JOB, "03-300"), "told by the tables, read backwards"


def test_one_that_was_voided_and_left_is_a_change(gp: Company) -> None:
    gp.settings("payables_invoices", void_rule="leave")
    row = an_invoice(gp, "GPB-3", "55.00", post=True)
    heard(gp, row)
    by_hand(gp, "void_invoice", number="GPB-3")
    record = heard(gp, row)
    read(gp)
    found = CellPart.objects.get(record=record)
    assert (found.cause, found.in_ledger) == ("changed", ZERO), record.sentence
    assert found.in_projects == Decimal("55.00")


def test_what_people_typed_into_procore_is_found_and_named(gp: Company) -> None:
    heard(gp, an_invoice(gp, "GPB-4", post=True))
    read(gp)
    before = CellPart.objects.filter(cause="in_projects").count()
    line = {"cost_code": "03-300", "cost_type": "M", "amount": "31.25", "description": "Typed"}
    vendor = VendorLink.objects.get(ledger_number=VENDOR).project_vendor_name
    row = gp.procore_has(
        "direct_costs", project=JOB, direct_cost_type="invoice", vendor=vendor,
        invoice_number="TYPED-GPB-4", direct_cost_date=gp.today, received_date=gp.today,
        status="approved", lines=[line],
    )  # fmt: skip
    read(gp)
    found = CellPart.objects.get(source_id=str(row["id"]), typed__isnull=False)
    assert (found.cause, found.number) == ("in_projects", "TYPED-GPB-4")
    assert (found.project, found.cost_code) == (JOB, "03-300")
    assert (found.in_projects, found.in_ledger) == (Decimal("31.25"), ZERO)
    assert found.vendor == VENDOR
    assert CellPart.objects.filter(cause="in_projects").count() == before + 1
    gp.procore_deletes("direct_costs", row)
    read(gp)
    assert not CellPart.objects.filter(source_id=str(row["id"]), typed__isnull=False).exists()
    assert not CellCause.objects.filter(cause="unexplained").exists()


def test_what_gp_does_not_list_is_said(gp: Company) -> None:
    read(gp)
    untold = BalanceReading.objects.get(integration=gp.integration).untold
    assert any("does not list its purchase invoices and credit memos" in one for one in untold)
    assert not any("no documents" in one for one in untold)


def test_what_does_not_foot_counts_as_much_as_its_total(gp: Company) -> None:
    """The books have what the document says; its distributions are three cents more."""
    row = an_invoice(gp, "GPB-5", "90.00")
    by_hand(gp, "change_invoice", number="GPB-5", off="0.03", force=True)
    record = heard(gp, row)
    assert record.reason == Reason.DOES_NOT_FOOT, record.sentence
    read(gp)
    parts = CellPart.objects.filter(record=record)
    assert sum(part.in_ledger for part in parts) == Decimal("90.00")
    assert parts.get(cost_code=ROUNDING).in_ledger == Decimal("-0.03")
