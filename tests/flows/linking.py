"""A vendor that stood on both sides before we came: linked by its name, never made twice."""

from __future__ import annotations

from connections.documents import Hint
from mappings.models import Reference, VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from tests.story import Company


def a_vendor_of_the_same_name_is_adopted(company: Company, origin: str) -> None:
    link = VendorLink.objects.filter(integration=company.integration).order_by("pk")[2]
    name, id = link.project_vendor_name, link.project_vendor_id
    before = as_before_we_came(company, link)
    note_batch(company.integration, "vendors", [Hint(link.ledger_number)], "poll")
    company.the_worker_runs()
    record = Record.objects.get(flow="vendors", source_id=link.ledger_number)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_id == id
    [there] = [row for row in company.procore("procore/vendors") if row["name"] == name]
    assert there["origin_id"] == f"{origin}|{link.ledger_number}"
    assert len(company.procore("procore/vendors")) == before
    assert VendorLink.objects.get(ledger_number=link.ledger_number).project_vendor_id == id


def as_before_we_came(company: Company, link: VendorLink) -> int:
    """Nothing of ours is on it; how many vendors the project system has."""
    VendorLink.objects.filter(pk=link.pk).delete()
    Record.objects.filter(flow="vendors", source_id=link.ledger_number).delete()
    company.procore_changes("vendors", {"id": link.project_vendor_id}, origin_id=None)
    Reference.objects.filter(
        connection=company.integration.project_system, kind="vendor",
        remote_id=link.project_vendor_id,
    ).update(data={})  # fmt: skip
    return len(company.procore("procore/vendors"))
