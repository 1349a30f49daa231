"""Purchase orders are polled: ours are compared at once, people's own are told and left alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.errors import Reason
from mappings.lookup import Lookup
from mappings.models import ProjectLink, Reference, VendorLink
from syncs import tasks
from syncs.models import Cursor, FlowSettings, Record, Run, State
from tests.flows import telling
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOW = "ledger_orders"
ORDERED = FlowSettings.Booking.PURCHASE_ORDER


@pytest.fixture(autouse=True)
def no_order_stands(company: Company) -> None:
    """What other stories left is deleted."""
    for row in company.ledger("ledger")["orders"]:
        by_hand(company, "delete_order", number=row["number"])


def by_hand(company: Company, verb: str, **facts: Any) -> dict[str, Any]:
    """What somebody does in the ledger."""
    row: dict[str, Any] = company.ledger(f"business_central/{verb}", facts)
    return row


def our_order(company: Company, number: str) -> Record:
    """A purchase order contract that stands as an order, and every poll has read so far."""
    company.settings("purchase_orders", booking=ORDERED)
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor, number=number,
        title="Rebar", status="Approved", executed=True, contract_date=company.today,
        lines=[company.line("1200.00")],
    )  # fmt: skip
    record = settled(company, "purchase_orders", row)
    assert (record.state, record.destination_kind) == (State.POSTED, "purchase_order")
    telling.only_what_is_new(company)
    return record


def local_vendor(company: Company) -> str:
    rows = Reference.objects.filter(
        connection=company.integration.ledger, kind="vendor", data__currency__in=["", "USD"],
        unusable="",
    ).values("code")  # fmt: skip
    return VendorLink.objects.filter(ledger_number__in=rows).order_by("pk")[0].ledger_number


def coded_line(company: Company, cost: str, link: ProjectLink | None = None) -> dict[str, Any]:
    """On the account and dimensions of the mapping, of one project."""
    link = link or telling.project(company)
    coding = Lookup(company.integration).code(company.mapped_code, "M", link)
    assert coding
    return {"account": coding.account, "cost": cost, "dimensions": coding.dimensions}


def typed(company: Company, *lines: dict[str, Any], **facts: Any) -> Any:
    telling.only_what_is_new(company)
    given = {"vendorNumber": local_vendor(company), "lines": list(lines)}
    return by_hand(company, "type_order", **{**given, **facts})


def polled(company: Company, row: dict[str, Any]) -> Record:
    company.poll(FLOW)
    company.the_worker_runs()
    return Record.objects.get(flow=FLOW, source_id=row["id"])


def reconciled(company: Company) -> dict[str, Any]:
    tasks.reconcile(company.integration.flows.get(flow=FLOW).pk)
    company.the_worker_runs()
    return dict(Run.objects.filter(flow=FLOW, kind="reconcile").latest("pk").counts)


def written(company: Company) -> list[str]:
    """Writes to either side since the requests were forgotten, sign-ins apart."""
    counted = {**telling.requests_to(company, "procore"), **telling.requests_to(company, "ledger")}
    return [name for name in counted if not name.startswith("GET") and "token" not in name]


# -- ours -----------------------------------------------------------------------------------------


def test_what_people_changed_on_our_order_differs_with_the_next_poll(company: Company) -> None:
    record = our_order(company, "PO-EDIT-1")
    by_hand(company, "change_order", number=record.destination_number,
            lines=[{"line": 2, "cost": "1250.00"}])  # fmt: skip
    telling.forget_requests(company)
    company.poll(FLOW)
    assert "1 record is new or changed." in Run.objects.filter(flow=FLOW).latest("pk").sentence
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "1,250.00" in record.sentence
    assert not Record.objects.filter(flow=FLOW).exists(), "it is ours, not typed by hand"
    assert written(company) == []


def test_what_people_do_beside_our_lines_is_looked_at_and_is_no_difference(
    company: Company,
) -> None:
    record = our_order(company, "PO-REL-1")
    before = record.read_back_at
    assert before
    by_hand(company, "release_order", number=record.destination_number)
    company.poll(FLOW)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert record.read_back_at != before


@pytest.mark.parametrize(("share", "state"), [("1", State.POSTED), ("0.5", State.HELD)])
def test_an_order_of_ours_that_left_the_list_is_what_its_invoices_come_to(
    company: Company, share: str, state: State
) -> None:
    """Billed in full it is as ordered; deleted after a part of it was billed, it is not."""
    record = our_order(company, f"PO-BILL-{share}")
    number = record.destination_number
    bill = {"number": number, "external": f"BILL-{share}", "share": share}
    by_hand(company, "bill_order", **bill)
    if any(row["number"] == number for row in company.ledger("ledger")["orders"]):
        by_hand(company, "delete_order", number=number)
    record = telling.again(company, record)
    assert record.state == state, record.sentence
    assert ("600.00" in record.sentence) == (state == State.HELD), record.sentence


def test_an_order_of_ours_that_was_deleted_is_told(company: Company) -> None:
    record = our_order(company, "PO-DEL-1")
    by_hand(company, "delete_order", number=record.destination_number)
    record = telling.again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS)
    assert "is not in the ledger any more" in record.sentence


def test_our_own_order_is_not_compared_because_we_made_it(company: Company) -> None:
    record = our_order(company, "PO-ECHO-1")
    company.poll(FLOW)
    assert telling.asked("run") == []
    record.refresh_from_db()
    assert record.state == State.POSTED
    assert not Record.objects.filter(flow=FLOW).exists()


def test_an_order_of_ours_that_is_in_doubt_is_not_told_as_typed_by_hand(company: Company) -> None:
    company.settings("purchase_orders", booking=ORDERED)
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor,
        number="PO-DOUBT-1", title="Rebar", status="Approved", executed=True,
        contract_date=company.today, lines=[company.line("77.00")],
    )  # fmt: skip
    telling.only_what_is_new(company)
    telling.ledger_fails(company, method="POST", path="purchaseOrders", action="cut_after", times=1)
    record = settled(company, "purchase_orders", row)
    assert record.state == State.IN_DOUBT, record.sentence
    company.poll(FLOW)
    company.the_worker_runs()
    waiting = Record.objects.get(flow=FLOW)
    assert (waiting.state, waiting.attempts) == (State.PENDING, 0), waiting.sentence
    assert telling.due_now(company, record).state == State.POSTED
    waiting = telling.due_now(company, waiting)
    assert waiting.state == State.SKIPPED
    assert "PO-DOUBT-1" in waiting.sentence
    assert reconciled(company)["typed by hand in the ledger"] == 0


# -- people's own ---------------------------------------------------------------------------------


def test_an_order_typed_by_hand_is_told_and_never_written_to(company: Company) -> None:
    telling.signed_in(company)
    row = typed(company, coded_line(company, "300.00"), coded_line(company, "12.50"))
    telling.forget_requests(company)
    record = polled(company, row)
    assert record.state == State.SKIPPED
    assert "Typed by hand" in record.sentence
    assert (record.number, record.vendor_id) == (row["number"], local_vendor(company))
    assert record.vendor_name
    assert (record.amount, record.project) == (Decimal("312.50"), company.job)
    assert company.job in record.sentence
    assert "312.50" in record.sentence
    assert written(company) == []


def test_the_reconciliation_counts_what_was_typed_by_hand(company: Company) -> None:
    row = typed(company, coded_line(company, "300.00"))
    draft = typed(company, coded_line(company, "5.00"), release=False)
    polled(company, row)
    polled(company, draft)
    counts = reconciled(company)
    assert counts["typed by hand in the ledger"] == 1
    assert counts[f"of project {company.job}"] == "300.00"
    assert counts["not released yet"] == 1
    by_hand(company, "release_order", number=draft["number"])
    polled(company, draft)
    counts = reconciled(company)
    assert counts["typed by hand in the ledger"] == 2
    assert counts[f"of project {company.job}"] == "305.00"


def test_an_order_of_two_projects_counts_for_both_and_one_of_none_says_so(
    company: Company,
) -> None:
    first, second = ProjectLink.objects.filter(integration=company.integration)[:2]
    bare = {**coded_line(company, "7.00"), "dimensions": {"COSTCODE": "03-300"}}
    both = typed(company, coded_line(company, "100.00", first), coded_line(company, "40", second))
    none = typed(company, bare)
    record, other = polled(company, both), polled(company, none)
    assert first.project_number in record.project
    assert second.project_number in record.project
    assert "no project" in other.sentence
    counts = reconciled(company)
    assert counts[f"of project {first.project_number}"] == "100.00"
    assert counts[f"of project {second.project_number}"] == "40.00"
    assert counts["of no project"] == "7.00"


def test_what_people_change_on_their_own_order_follows(company: Company) -> None:
    row = typed(company, coded_line(company, "300.00"))
    assert polled(company, row).amount == Decimal("300.00")
    by_hand(company, "change_order", number=row["number"], lines=[{"line": 1, "cost": "350.00"}])
    record = polled(company, row)
    assert (record.state, record.amount) == (State.SKIPPED, Decimal("350.00"))


@pytest.mark.parametrize("how", ["deleted", "invoiced"])
def test_an_order_that_left_the_ledger_is_not_counted_any_more(company: Company, how: str) -> None:
    row = typed(company, coded_line(company, "300.00"))
    record = polled(company, row)
    if how == "deleted":
        by_hand(company, "delete_order", number=row["number"])
    else:
        by_hand(company, "bill_order", number=row["number"], external="BILLED-BY-HAND")
    reconciled(company)
    record.refresh_from_db()
    assert (record.state, record.source_status) == (State.SKIPPED, how), record.sentence
    assert how in record.sentence
    assert reconciled(company)["typed by hand in the ledger"] == 0


def test_an_order_that_a_person_linked_to_a_contract_is_ours_from_then_on(
    company: Company,
) -> None:
    row = typed(company, coded_line(company, "64.00"))
    record = polled(company, row)
    company.settings("purchase_orders", booking=ORDERED, shadow=True)
    vendor = VendorLink.objects.get(ledger_number=local_vendor(company)).project_vendor_name
    contract = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=vendor, number="PO-LINK-1",
        title="Rebar", status="Approved", executed=True, contract_date=company.today,
        lines=[company.line("64.00")],
    )  # fmt: skip
    ours = settled(company, "purchase_orders", contract)
    assert ours.link("anna", row["number"])
    company.the_worker_runs()
    ours.refresh_from_db()
    assert ours.state == State.POSTED, ours.sentence
    assert reconciled(company)["typed by hand in the ledger"] == 0
    record.refresh_from_db()
    assert "PO-LINK-1" in record.sentence


def test_the_poll_reaches_back_as_every_other(company: Company) -> None:
    row = typed(company, coded_line(company, "9.00"))
    cursor = Cursor.objects.get(integration=company.integration, flow=FLOW)
    cursor.read_to = timezone.now() + dt.timedelta(minutes=11)
    cursor.save()
    company.poll(FLOW)
    assert not Record.objects.filter(flow=FLOW).exists()
    cursor.read_to = timezone.now() + dt.timedelta(minutes=9)
    cursor.save()
    assert polled(company, row).state == State.SKIPPED


def test_its_pages_say_what_is_done_with_them(company: Company, admin_client: Client) -> None:
    record = polled(company, typed(company, coded_line(company, "300.00")))
    page = reverse(
        "admin:syncs_flowsettings_change", args=[company.integration.flows.get(flow=FLOW).pk]
    )
    assert "never written to" in admin_client.get(page).content.decode()
    page = reverse("admin:syncs_record_change", args=[record.pk])
    shown = admin_client.get(page).content.decode()
    assert "Typed by hand" in shown
    listed = admin_client.get(f"{reverse('admin:syncs_record_changelist')}?flow={FLOW}")
    assert record.number in listed.content.decode()
