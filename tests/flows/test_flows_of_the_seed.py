"""The flows of the seed, each by its poll: what is found, what becomes of it, what it costs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.documents import spelled
from mappings.models import Reference, VendorLink
from syncs import tasks
from syncs.ingest.polling import OVERLAP
from syncs.models import Cursor, FlowSettings, Record, Run, State
from syncs.registry import REGISTRY
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
COLLECTIONS = {
    "purchase_orders": "purchase_order_contracts",
    "subcontracts": "work_order_contracts",
    "direct_costs": "direct_costs",
    "commitment_change_orders": "commitment_change_orders",
    "prime_change_orders": "prime_change_orders",
    "requisitions": "requisitions",
}


def in_status(company: Company, flow: str, number: str, status: str) -> dict[str, Any]:
    """A document of this flow's kind in a status of Procore's own words."""
    if flow == "direct_costs":
        return company.a_direct_cost(number, status=status)
    if flow == "purchase_orders":
        return company.procore_has(
            "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
            number=number, title="Rebar", status=status, contract_date=company.today,
            lines=[company.line("120.00")],
        )  # fmt: skip
    if flow == "subcontracts":
        return telling.a_subcontract(company, number, "4000.00", status=status)
    if flow == "requisitions":
        contract = telling.a_subcontract(company, f"C-{number}", "4000.00")
        row = telling.a_billing(company, contract, number, [{"line": 1, "work": "100.00"}])
        company.procore_changes("requisitions", row, status=status)
        return row
    if flow == "commitment_change_orders":
        contract = telling.a_subcontract(company, f"C-{number}", "4000.00")
        return company.procore_has(
            "commitment_change_orders", project=company.job, contract=contract["id"],
            status=status, number="001", title=number, lines=[company.line("90.00", kind="S")],
        )  # fmt: skip
    contract = next(
        one for one in company.procore("procore/prime_contracts") if one["number"] == "PC-1044"
    )
    taken = [one["number"] for one in company.procore("procore/prime_change_orders")]
    return company.procore_has(
        "prime_change_orders", project="P-1044", contract=contract["id"], status=status,
        number=next(f"{n:03}" for n in range(100, 999) if f"{n:03}" not in taken), title=number,
        lines=[company.line("90.00", kind="O")],
    )  # fmt: skip


APPROVED = {
    "purchase_orders": ["Approved", "Partially Received"],
    "subcontracts": ["Approved", "Complete"],
    "requisitions": ["approved", "approved_as_noted"],
    "direct_costs": ["approved"],
    "commitment_change_orders": ["approved"],
    "prime_change_orders": ["approved"],
}
NOT_YET = {
    "purchase_orders": "Submitted",
    "subcontracts": "Out For Signature",
    "requisitions": "under_review",
    "direct_costs": "pending",
    "commitment_change_orders": "pending",
    "prime_change_orders": "draft",
}


@pytest.mark.parametrize(
    ("flow", "status"), [(flow, status) for flow, several in APPROVED.items() for status in several]
)
def test_what_is_approved_is_found_by_the_poll_and_posted(
    company: Company, flow: str, status: str
) -> None:
    telling.only_what_is_new(company)
    row = in_status(company, flow, f"OK-{flow[:4]}-{status[-4:]}", status)
    company.poll(flow)
    record = company.record(row, flow)
    tasks.run([record.pk])
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert record.read_back_at is not None
    assert record.destination_number
    assert record.source_url


@pytest.mark.parametrize("flow", list(NOT_YET))
def test_what_is_not_approved_waits_for_its_approval(company: Company, flow: str) -> None:
    row = in_status(company, flow, f"NO-{flow[:4]}", NOT_YET[flow])
    scope = str(row.get("project_id") or "")
    if flow == "prime_change_orders":
        scope = next(r.remote_id for r in Reference.objects.filter(kind="project", code="P-1044"))
    record = company.note(flow, row, scope=scope)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.SKIPPED, record.sentence
    assert spelled(NOT_YET[flow].lower()) in record.sentence
    company.procore_changes(COLLECTIONS[flow], row, status=APPROVED[flow][0])
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence


def test_nothing_financial_is_written_back_to_procore(company: Company) -> None:
    rows = [(flow, in_status(company, flow, f"RO-{flow[:4]}", APPROVED[flow][0]))
            for flow in APPROVED if flow != "prime_change_orders"]  # fmt: skip
    telling.forget_requests(company)
    for flow, row in rows:
        assert settled(company, flow, row).state == State.POSTED
    used = telling.requests_to(company, "procore")
    assert used
    assert not [name for name in used if not name.startswith("GET") and "token" not in name], used


def test_the_reference_data_of_both_sides_is_read_and_follows(company: Company) -> None:
    def codes(kind: str, side: str, **facts: Any) -> set[str]:
        rows = Reference.objects.filter(
            connection=getattr(company.integration, side), kind=kind, **facts
        )
        return set(rows.values_list("code", flat=True))

    assert {"PROJECT", "COSTCODE", "COSTTYPE"} <= codes("dimension", "ledger")
    assert "53200" in codes("account", "ledger")
    assert company.job in codes("dimension_value", "ledger", parent="PROJECT")
    assert {"L", "M", "S", "E", "O"} <= codes("cost_type", "project_system")
    assert company.mapped_code in codes("cost_code", "project_system")
    assert company.job in codes("project", "project_system")
    unusable = codes("account", "ledger", unusable="is blocked")
    assert "58000" in unusable
    assert "11000" in codes("account", "ledger", unusable="does not allow direct posting")
    company.ledger("business_central/add_account", {"number": "60777", "name": "New"})
    Reference.objects.create(
        connection=company.integration.ledger, kind="account", code="60778", name="Old",
        seen_at=timezone.now(),
    )  # fmt: skip
    tasks.refresh(company.integration.pk)
    assert Run.objects.filter(kind="reference").latest("pk").ok
    assert "60777" in codes("account", "ledger", gone_at=None)
    assert "60778" not in codes("account", "ledger", gone_at=None)
    assert "60778" in codes("account", "ledger"), "marked gone, never deleted"


def test_a_refresh_that_fails_marks_nothing_gone(company: Company) -> None:
    before = Reference.objects.filter(gone_at=None).count()
    telling.ledger_fails(company, path="/accounts", action="status", status=500, times=None)
    tasks.refresh(company.integration.pk)
    assert not Run.objects.filter(kind="reference").latest("pk").ok
    assert Reference.objects.filter(gone_at=None).count() == before


def test_the_vendors_of_the_ledger_stand_in_procore_with_their_origin(company: Company) -> None:
    active = [row for row in company.procore("procore/vendors") if row["origin_id"]]
    origins = [row["origin_id"] for row in active]
    assert len(origins) == len(set(origins)) > 250
    assert all(origin.startswith("BC|") for origin in origins)
    linked = VendorLink.objects.filter(integration=company.integration).count()
    assert linked <= len(origins)


def test_a_poll_with_nothing_new_costs_the_same_however_many_there_are(company: Company) -> None:
    telling.signed_in(company)
    telling.only_what_is_new(company)
    Cursor.objects.update(read_to=timezone.now() + OVERLAP + dt.timedelta(seconds=2))
    company.poll("purchase_orders")
    first = Run.objects.filter(kind="poll", flow="purchase_orders").latest("pk")
    Record.objects.bulk_create(
        Record(integration=company.integration, flow="purchase_orders", scope="s",
               source_id=f"many{n}", state=State.POSTED, read_back_at=timezone.now())
        for n in range(300)
    )  # fmt: skip
    Cursor.objects.update(read_to=timezone.now() + OVERLAP + dt.timedelta(seconds=2))
    company.poll("purchase_orders")
    second = Run.objects.filter(kind="poll", flow="purchase_orders").latest("pk")
    assert (first.noted, second.noted) == (0, 0)
    assert first.requests == second.requests <= 10


def test_the_cursor_moves_to_the_moment_the_poll_began_and_the_next_one_overlaps(
    company: Company,
) -> None:
    telling.only_what_is_new(company)
    row = company.a_direct_cost("OVERLAP-1")
    began = timezone.now()
    company.poll("direct_costs")
    cursors = Cursor.objects.filter(flow="direct_costs")
    assert len(cursors) == len(Reference.objects.filter(kind="project", unusable="", gone_at=None,
                               connection=company.integration.project_system))  # fmt: skip
    assert all(cursor.read_to and cursor.read_to >= began for cursor in cursors)
    record = company.record(row, "direct_costs")
    Record.objects.filter(pk=record.pk).delete()  # as if the first poll had not seen it
    company.poll("direct_costs")
    assert company.record(row, "direct_costs").state == State.PENDING


def test_every_flow_has_settings_that_finance_can_choose(company: Company) -> None:
    flows = REGISTRY["bc_procore"]
    for name, flow in flows.items():
        row = FlowSettings.objects.get(flow=name)
        assert row.booking == (flow.bookings[0] if flow.bookings else "")
    assert flows["direct_costs"].bookings[0] == "invoice_posted"
    assert flows["purchase_orders"].bookings[0] == "journal", "a commitment is not a cost"


def test_an_invoice_by_each_booking_is_worth_the_same(company: Company) -> None:
    for booking in ("invoice_posted", "invoice_draft", "journal"):
        company.settings("direct_costs", booking=booking)
        row = company.a_direct_cost(f"SAME-{booking}", "640.25")
        record = settled(company, "direct_costs", row)
        assert record.state == State.POSTED, record.sentence
        if booking == "journal":
            [journal] = telling.journals(company, record)
            assert Decimal(journal["total"]) == Decimal("640.25")
        else:
            assert record.destination_total == Decimal("640.25")
    assert company.ledger("ledger")["balanced"]


def test_every_request_of_these_stories_fits_the_vendors_descriptions(company: Company) -> None:
    """The stand-ins check each exchange where the descriptions are present."""
    settled(company, "direct_costs", company.a_direct_cost("FITS-1"))
    for said in (company.procore("violations"), company.ledger("violations")):
        found = [row for row in said["found"] if not row["message"].startswith("Answer")]
        assert found == []
