"""Payables of GP become direct costs and requisitions of Procore; nothing is written to GP."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.utils import timezone

from connections.errors import Reason
from connections.models import Integration
from mappings.models import CostCodeMapping, Reference, VendorLink
from syncs.flow import Context
from syncs.models import Record, State
from tests.flows.gp.telling import (
    JOB,
    VENDOR,
    a_commitment,
    an_invoice,
    by_hand,
    heard,
    in_procore,
    journal,
    statuses,
    typed_long_ago,
)
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


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
    assert (record.state, record.source_status) == (State.POSTED, "posted (open)"), record.sentence
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
    a_commitment(gp, "PO-GP-1")
    record = heard(gp, an_invoice(gp, "BILL-1", "400.00", order="PO-GP-1", post=True))
    assert (record.state, record.destination_kind) == (State.POSTED, "requisition"), record.sentence
    assert in_procore(gp, "requisitions", record)["gross"] == "400.00"
    late = heard(gp, an_invoice(gp, "BILL-2", "700.00", order="PO-GP-1", post=True))
    assert (late.state, late.reason) == (State.HELD, Reason.OVER_COMMITMENT), late.sentence


def shown(browser: Browser, record: Record) -> str:
    """Why it is held and what may be done, as its page says it."""
    page = browser.get(f"/syncs/record/{record.pk}/change/").content.decode()
    return page.split('id="state"')[1].split("</section>")[0]


def test_an_invoice_of_another_vendor_than_its_commitment_leads_to_both(
    gp: Company, admin_client: Browser
) -> None:
    other = VendorLink.objects.exclude(ledger_number=VENDOR).exclude(project_vendor_name="")[0]
    a_commitment(gp, "PO-GP-V", vendor=other.project_vendor_name)
    record = heard(gp, an_invoice(gp, "BILL-V", "400.00", order="PO-GP-V", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.OTHER_VENDOR), record.sentence
    assert f"its commitment PO-GP-V of {other.project_vendor_name}" in record.sentence
    page = shown(admin_client, record)
    assert "Open the connection" not in page
    ours = VendorLink.objects.get(ledger_number=VENDOR)
    assert f'href="/mappings/vendorlink/?q={ours.project_vendor_id}"' in page
    assert "/project/contracts/commitments/purchase_order_contracts/" in page
    assert "Open the commitment ↗" in page


def test_a_closed_billing_period_is_opened_in_procore(gp: Company, admin_client: Browser) -> None:
    """No rule of the flow moves a bill into another period: nobody is sent to its settings."""
    a_commitment(gp, "PO-GP-P")
    heard(gp, an_invoice(gp, "BILL-O", "10.00", order="PO-GP-P", post=True))
    periods = gp.procore("procore/billing_periods")
    for period in periods:
        gp.procore_changes("billing_periods", period, status="closed")
    record = heard(gp, an_invoice(gp, "BILL-P", "10.00", order="PO-GP-P", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.BILLING_PERIOD), record.sentence
    page = shown(admin_client, record)
    assert '/project/invoicing"' in page
    assert "Open the billing periods ↗" in page
    front = admin_client.get("/").content.decode()
    assert "Open the billing period there, or correct the document’s date" in front
    assert "next open date" not in front
    for period in periods:
        gp.procore_changes("billing_periods", period, status="open")
    assert again(gp, record).state == State.POSTED


def test_a_commitment_that_the_project_lacks_needs_a_person_at_once(
    gp: Company, admin_client: Browser
) -> None:
    """Nothing is on its way that would make it: it does not follow by itself."""
    record = heard(gp, an_invoice(gp, "NO-PO-1", order="PO-NONE", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.NO_COMMITMENT), record.sentence
    assert "PO-NONE" in record.sentence
    assert "by itself" not in record.sentence
    page = shown(admin_client, record)
    assert '/project/contracts/commitments"' in page
    assert "Open the project’s commitments ↗" in page
    front = admin_client.get("/").content.decode()
    assert "reason__exact=no_commitment" in front
    a_commitment(gp, "PO-NONE", "840.50")
    assert again(gp, record).destination_kind == "requisition"


def test_a_commitment_on_its_way_is_waited_for_and_followed(
    gp: Company, admin_client: Browser
) -> None:
    """Another ledger's order becomes one in the same Procore."""
    other = Integration.objects.create(
        key="nav_procore", name="NAV beside GP", ledger=gp.integration.ledger,
        project_system=gp.integration.project_system, active=False,
    )  # fmt: skip
    facts = {"integration": other, "flow": "purchase_orders", "source_id": "1", "number": "PO-WAY"}
    order = Record.objects.create(
        **facts, state=State.HELD, reason=Reason.MISSING_MAPPING, project=JOB
    )
    row = an_invoice(gp, "ON-ITS-WAY", order="PO-WAY", post=True)
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.WAITS), record.sentence
    assert f"/syncs/record/{order.pk}/change/" in shown(admin_client, record)
    a_commitment(gp, "PO-WAY", "840.50")
    facts = {"state": State.POSTED, "posted_digest": "x", "posted_at": timezone.now()}
    Record.objects.filter(pk=order.pk).update(**facts)
    record = heard(gp, row)
    assert (record.state, record.destination_kind) == (State.POSTED, "requisition"), record.sentence


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


def test_a_cost_code_that_the_project_lacks_is_made_by_the_mapping(gp: Company) -> None:
    """GP has no list of cost codes: a new one is called as its account is."""
    rule = CostCodeMapping.objects.get(
        integration=gp.integration, cost_code="03-300", cost_type="M", project=""
    )
    CostCodeMapping.objects.create(
        integration=gp.integration, cost_code="03-377", cost_type="M", account=rule.account,
        dimensions={"COSTCODE": "03-377"},
    )  # fmt: skip
    line = {"account": "1044-52200-03", "reference": "03-377", "amount": "77.00"}
    record = heard(gp, an_invoice(gp, "NEW-CODE-1", post=True, lines=[line]))
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == "77.00"
    assert any(text.startswith("Create cost codes 03-377 in project") for text in journal(record))
    name = Reference.objects.get(connection=gp.integration.ledger, kind="account", code="52200")
    assert record.coded["lines"][0]["cost_code"] == "03-377"
    codes = Context(gp.integration, "vendors").project_system.cost_codes(
        record.coded["project"]["id"]
    )
    assert [one.name for one in codes if one.code == "03-377"] == [name.name]


def test_a_credit_lowers_the_projects_cost(gp: Company) -> None:
    row = an_invoice(gp, "CREDIT-1", "50.00", kind=5, post=True)
    record = heard(gp, row, "payables_credits")
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == "-50.00"


def test_a_credit_is_less_than_nothing_wherever_its_page_says_it(
    gp: Company, admin_client: Browser
) -> None:
    """At the head, as the ledger states it, as it was sent, in what adds up, and in the hops."""
    record = heard(gp, an_invoice(gp, "CREDIT-S", "1163.21", kind=5, post=True), "payables_credits")
    assert record.state == State.POSTED, record.sentence
    page = admin_client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    told = re.sub(r"<pre\b.*?</pre>", "", page.split('id="keys"')[0], flags=re.DOTALL)
    assert len(re.findall(r"-\$?1,163\.21", told)) >= 7
    assert not re.search(r"(?<!-)(?<!-\$)1,163\.21", told)
    assert "-0.00" not in told


def test_a_credit_whose_code_its_commitment_lacks_says_to_add_it_there(
    gp: Company, admin_client: Browser
) -> None:
    a_commitment(gp, "PO-GP-C")
    line = {"job": "1044", "code": "04-200", "type": "M", "amount": "63.21"}
    row = an_invoice(gp, "CREDIT-C", kind=5, order="PO-GP-C", post=True, lines=[line])
    record = heard(gp, row, "payables_credits")
    assert (record.state, record.reason) == (State.HELD, Reason.NOT_IN_COMMITMENT), record.sentence
    page = shown(admin_client, record)
    assert "Add a line with this code to the commitment in Procore" in page
    assert "Raise the" not in page
    assert "Open the commitment ↗" in page
    front = admin_client.get("/").content.decode()
    assert "Add a line with the code to the commitment" in front


def test_a_credit_of_more_than_was_billed_is_not_told_to_raise_the_commitment(
    gp: Company, admin_client: Browser
) -> None:
    a_commitment(gp, "PO-GP-D")
    row = an_invoice(gp, "CREDIT-D", "63.21", kind=5, order="PO-GP-D", post=True)
    record = heard(gp, row, "payables_credits")
    assert (record.state, record.reason) == (State.HELD, Reason.OVER_COMMITMENT), record.sentence
    assert "63.21 is credited, only 0.00 was billed. Bill first what it credits" in record.sentence
    assert "Raise the commitment" not in record.sentence


def test_what_happens_without_a_date_is_noticed_by_key(gp: Company) -> None:
    """Paid, voided: it left the list of open ones, and no list of the history names it."""
    paid = typed_long_ago(gp, "SILENT-1", post=True, touch=False)
    voided = typed_long_ago(gp, "SILENT-2", post=True, touch=False)
    assert heard(gp, paid).source_status == "posted (open)"
    record = heard(gp, voided)
    by_hand(gp, "pay", number="SILENT-1", touch=False)
    by_hand(gp, "void_invoice", number="SILENT-2", touch=False)
    assert heard(gp, paid).source_status == "paid"
    record = heard(gp, voided)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence


def test_a_draft_that_was_deleted_is_noticed_once(gp: Company) -> None:
    row = typed_long_ago(gp, "DELETED-1")
    assert heard(gp, row).state == State.POSTED
    by_hand(gp, "delete_invoice", number="DELETED-1")
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert record.accept("anna", "it stays")
    run_queue()
    told = len(journal(record))
    assert heard(gp, row).state == State.POSTED
    assert len(journal(record)) == told


def test_the_journal_keeps_gps_status_at_each_sync(gp: Company, admin_client: Browser) -> None:
    row = an_invoice(gp, "STATES-1")
    heard(gp, row)
    by_hand(gp, "post_invoice", number="STATES-1", touch=False)
    heard(gp, row)
    by_hand(gp, "pay", number="STATES-1", touch=False)
    record = heard(gp, row)
    assert statuses(record) == ["unposted (work)", "posted (open)", "paid"]
    page = admin_client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "<dd>Paid</dd>" in page
    for status in statuses(record):
        assert f"GP shows {record.number} as {status}, 840.50." in page


@pytest.mark.parametrize("how", ["void_invoice", "delete_invoice"])
def test_a_void_brings_a_pending_cost_to_nothing_where_the_flow_says_so(
    gp: Company, how: str
) -> None:
    """Voided before its posting was heard of, or deleted while it was unposted."""
    gp.settings("payables_invoices", void_rule="zero")
    row = an_invoice(gp, f"ZERO-{how}")
    heard(gp, row)
    if how == "void_invoice":
        by_hand(gp, "post_invoice", id=row["id"], touch=False)
    by_hand(gp, how, id=row["id"], touch=False)
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    for _ in range(2):
        assert Decimal(in_procore(gp, "direct_costs", record)["amount"]) == 0
        assert again(gp, record).state == State.POSTED


def test_a_void_of_what_procore_has_locked_waits_for_a_person(gp: Company) -> None:
    gp.settings("payables_invoices", void_rule="zero")
    row = an_invoice(gp, "ZERO-LOCKED", post=True)
    heard(gp, row)
    by_hand(gp, "void_invoice", id=row["id"], touch=False)
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.LOCKED), record.sentence
    assert "840.50 instead of 0.00" in record.sentence
    assert record.accept("anna", "reversed by a journal")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence


def test_a_void_is_left_where_the_flow_says_so(gp: Company) -> None:
    gp.settings("payables_invoices", void_rule="leave")
    row = an_invoice(gp, "LEAVE-1", post=True)
    heard(gp, row)
    by_hand(gp, "void_invoice", number="LEAVE-1", touch=False)
    record = heard(gp, row)
    assert (record.state, record.source_status) == (State.POSTED, "voided (history)")
    assert "finance chose to leave it" in record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == "840.50"


def test_what_was_accepted_before_does_not_cover_a_void(gp: Company) -> None:
    row = an_invoice(gp, "ACCEPTED-1", post=True)
    record = heard(gp, row)
    record.accept("anna", "a cent")
    run_queue()
    by_hand(gp, "void_invoice", number="ACCEPTED-1", touch=False)
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence


def test_nothing_is_ever_written_to_gp(gp: Company) -> None:
    """The stand-in counts every attempt; its log shows reads and sign-in alone."""
    heard(gp, an_invoice(gp, "RO-1", post=True))
    gp.poll("vendors")
    run_queue()
    assert gp.ledger("gp/writes")["count"] == 0
    used = gp.ledger("requests")["counters"]
    methods = {name.split()[0] for name in used if "/control/" not in name}
    assert methods <= {"GET"}, used


def part(kind: int, amount: str) -> dict[str, object]:
    return {"job": "1044", "code": "03-300", "type": "M", "amount": amount, "kind": kind}


@pytest.mark.parametrize(
    ("parts", "amount"),
    [
        ([(9, "75.00")], "75.00"),  # freight alone
        ([(8, "12.00"), (9, "75.00")], "87.00"),
        ([(6, "100.00"), (12, "5.00")], "105.00"),  # other
        ([(6, "100.00"), (12, "5.00"), (12, "-5.00")], "100.00"),
        ([(6, "100.00"), (16, "0.01")], "100.01"),  # rounding
        ([(12, "40.00"), (9, "2.00")], "42.00"),
    ],
)
def test_every_distribution_of_a_bill_is_counted(
    gp: Company, parts: list[tuple[int, str]], amount: str
) -> None:
    number = "D" + "-".join(f"{kind}{worth}" for kind, worth in parts)[:18]
    row = an_invoice(gp, number, lines=[part(*one) for one in parts], post=True)
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["amount"] == amount


@pytest.mark.parametrize(
    ("parts", "reason", "named"),
    [
        ([(6, "100.00"), (20, "5.00")], "does_not_foot", "20 (due from) 5.00"),
        ([(20, "5.00"), (20, "6.00")], "no_lines", "20 (due from) 11.00"),
        ([(6, "100.00"), (5, "7.50")], "does_not_foot", "5 (finance charge) 7.50"),
    ],
)
def test_what_no_setting_counts_is_named_until_one_does(
    gp: Company, parts: list[tuple[int, str]], reason: str, named: str
) -> None:
    number = "U" + "-".join(f"{kind}{worth}" for kind, worth in parts)[:18]
    row = an_invoice(gp, number, lines=[part(*one) for one in parts], post=True)
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert named in record.sentence
    ledger = gp.integration.ledger
    before = dict(ledger.settings)
    ledger.settings = {**before, "line_types": "5, 6, 12, 20"}
    ledger.save()
    try:
        assert again(gp, record).state == State.POSTED
    finally:
        ledger.settings = before
        ledger.save()


def test_what_nobody_sees_in_a_vendors_number_does_not_go_to_procore(gp: Company) -> None:
    record = heard(gp, an_invoice(gp, "ZW-1\u200b"))
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["number"] == "ZW-1"
    assert again(gp, record).state == State.POSTED


def test_a_number_and_a_date_that_are_corrected_before_posting_follow(gp: Company) -> None:
    row = an_invoice(gp, "FOLLOW-1")
    assert heard(gp, row).state == State.POSTED
    by_hand(gp, "change_invoice", number="FOLLOW-1", to="FOLLOW-2")
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["number"] == "FOLLOW-2"
    day = (dt.date.fromisoformat(gp.today) - dt.timedelta(days=1)).isoformat()
    by_hand(gp, "change_invoice", number="FOLLOW-2", date=day)
    record = heard(gp, row)
    assert record.state == State.POSTED, record.sentence
    rows = gp.procore("procore/direct_costs")
    [there] = [one for one in rows if str(one["id"]) == record.destination_id]
    assert there["direct_cost_date"] == day
