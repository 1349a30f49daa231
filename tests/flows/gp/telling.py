"""What people do in GP, and what of it stands in Procore."""

from __future__ import annotations

from typing import Any

from audit.models import Entry
from mappings.models import VendorLink
from syncs.models import Record
from tests.story import Company, run_queue

FLOW = "payables_invoices"
JOB = "P-1044"
VENDOR = "BUCKEYE0001"
LONG_AGO = "2026-01-05"


def by_hand(gp: Company, verb: str, **facts: Any) -> Any:
    return gp.ledger(f"gp/{verb}", facts)


def an_invoice(gp: Company, number: str, amount: str = "840.50", **facts: Any) -> Any:
    line = {"job": "1044", "code": "03-300", "type": "M", "amount": amount}
    given = {"vendor": VENDOR, "number": number, "lines": [line]}
    return by_hand(gp, "type_invoice", **{**given, **facts})


def a_commitment(gp: Company, number: str, amount: str = "1000.00", vendor: str = "") -> Any:
    """Of people in Procore; of the vendor of these invoices where no other is named."""
    theirs = vendor or VendorLink.objects.get(ledger_number=VENDOR).project_vendor_name
    return gp.procore_has(
        "purchase_order_contracts", project=JOB, number=number, title="Rebar", vendor=theirs,
        status="Approved", contract_date=gp.today,
        lines=[{"cost_code": "03-300", "cost_type": "M", "amount": amount}],
    )  # fmt: skip


def heard(gp: Company, row: dict[str, Any], flow: str = FLOW) -> Record:
    gp.poll(flow)
    run_queue()
    return Record.objects.get(integration=gp.integration, flow=flow, number=row["number"])


def in_procore(gp: Company, collection: str, record: Record) -> dict[str, Any]:
    rows = gp.procore("procore/totals")["collections"][collection]["ids"]
    return next(row for row in rows if str(row["id"]) == record.destination_id)


def typed_long_ago(gp: Company, number: str, **facts: Any) -> Any:
    """GP's own date of the last change stays there, whatever happens to it."""
    return an_invoice(gp, number, modified=LONG_AGO, **facts)


def journal(record: Record) -> list[str]:
    """What the journal says of it, in order."""
    lines = Entry.objects.filter(record=record.pk).order_by("sequence")
    return list(lines.values_list("sentence", flat=True))


def statuses(record: Record) -> list[str]:
    """GP's status at each sync, as the journal keeps it."""
    lines = Entry.objects.filter(record=record.pk, sentence__startswith="GP shows")
    return [row.data["status"] for row in lines.order_by("sequence")]
