"""What people and systems get wrong: a plain sentence each, nothing lost or half-posted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from connections.models import Connection
from connections.pages.moments import day as read
from mappings.lookup import Lookup
from mappings.models import Reference, VendorLink
from syncs import tasks
from syncs.models import FlowSettings, Record, State
from tests.flows.telling import again, drafts, ledger_fails, settled
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


def held(company: Company, number: str, reason: Reason, **facts: Any) -> Record:
    """It is held for this reason, and nothing of it stands in the ledger."""
    record = settled(company, "direct_costs", company.a_direct_cost(number, **facts))
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert (company.posted_under(number[:30]), drafts(company, number[:30])) == ([], [])
    return record


# -- documents ------------------------------------------------------------------------------------


def test_a_document_without_a_vendor(company: Company) -> None:
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, number="PO-BAD-1", status="Approved",
        title="Vendor to be named", contract_date=company.today, lines=[company.line("10.00")],
    )  # fmt: skip
    company.settings("purchase_orders", booking="invoice_posted")
    record = settled(company, "purchase_orders", row)
    assert (record.state, record.reason) == (State.HELD, Reason.NO_VENDOR)
    assert "names no vendor" in record.sentence
    page = story.boss().get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Add the vendor in the source, or set the document aside." in page
    assert "Link the vendor" not in page


def test_a_vendor_that_the_ledger_does_not_have(company: Company) -> None:
    record = held(
        company, "BAD-VEND", Reason.MISSING_VENDOR, vendor="Buckeye Dumpster & Hauling"
    )  # fmt: skip
    assert "Buckeye Dumpster & Hauling" in record.sentence


def test_zero_lines(company: Company) -> None:
    record = held(company, "BAD-ZERO", Reason.NO_LINES, lines=[])
    assert "no lines" in record.sentence


def test_lines_of_nothing_but_zero_are_not_booked(company: Company) -> None:
    row = company.a_direct_cost("BAD-NULL", lines=[company.line("0.00"), company.line("0.00")])
    record = settled(company, "direct_costs", row)
    assert record.state == State.SKIPPED
    assert "nothing to book" in record.sentence


def test_a_foreign_currency(company: Company) -> None:
    record = held(company, "BAD-EUR", Reason.CURRENCY, currency_iso_code="EUR")
    assert "EUR" in record.sentence
    assert "USD" in record.sentence


def test_an_invoice_of_150_lines_is_posted_whole(company: Company) -> None:
    lines = [company.line(f"{n}.01") for n in range(1, 151)]
    record = settled(company, "direct_costs", company.a_direct_cost("LONG-150", lines=lines))
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("LONG-150")
    assert len(document["lines"]) == 150
    assert Decimal(document["total"]) == sum(Decimal(f"{n}.01") for n in range(1, 151))


@pytest.mark.parametrize("length", [36, 200])
def test_a_number_that_is_too_long(company: Company, length: int) -> None:
    number = "L" + "0123456789" * 20
    record = held(company, number[:length], Reason.NUMBER)
    assert f"{length} characters" in record.sentence
    assert "35" in record.sentence


def test_a_number_of_just_the_length_that_the_ledger_takes(company: Company) -> None:
    number = "EXACT-" + "9" * 29
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state == State.POSTED, record.sentence
    assert company.posted_under(number)[0]["vendorInvoiceNumber"] == number


def test_a_company_that_does_not_exist(company: Company) -> None:
    ledger = Connection.objects.get(pk=company.integration.ledger_id)
    ledger.settings = {**ledger.settings, "company": "Nobody & Sons"}
    ledger.save()
    row = company.a_direct_cost("BAD-COMPANY")
    record = settled(company, "direct_costs", row)
    assert record.state in (State.HELD, State.PENDING)
    assert "Nobody & Sons" in record.sentence
    assert company.posted_under("BAD-COMPANY") == []


def test_one_bad_document_does_not_stop_its_batch(company: Company) -> None:
    good = [company.note("direct_costs", company.a_direct_cost(f"BATCH-{n}")) for n in range(2)]
    bad = company.note("direct_costs", company.a_direct_cost("BATCH-BAD", lines=[]))
    more = company.note("direct_costs", company.a_direct_cost("BATCH-9"))
    tasks.run([good[0].pk, bad.pk, good[1].pk, more.pk])
    states = [Record.objects.get(pk=row.pk).state for row in (*good, more, bad)]
    assert states == [State.POSTED] * 3 + [State.HELD]


# -- periods --------------------------------------------------------------------------------------


def closed_day() -> dt.date:
    window = Reference.objects.get(kind="window")
    return dt.date.fromisoformat(window.data["first"]) - dt.timedelta(days=1)


def test_a_closed_period_holds_and_says_what_is_open(company: Company) -> None:
    """With days as the page writes them everywhere."""
    day = closed_day()
    record = held(company, "CLOSED-1", Reason.PERIOD_CLOSED, direct_cost_date=day.isoformat())
    first = read(day + dt.timedelta(days=1))
    assert f"CLOSED-1 is dated {read(day)}; the ledger is open from {first} to" in record.sentence
    page = story.boss().get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert f"<dd>{read(day)}</dd>" in page
    assert day.isoformat() not in record.sentence


def test_the_rule_of_the_controller_moves_it_to_the_next_open_date(company: Company) -> None:
    company.settings("direct_costs", period_rule=FlowSettings.PeriodRule.NEXT_OPEN)
    day = closed_day()
    row = company.a_direct_cost("CLOSED-2", direct_cost_date=day.isoformat())
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("CLOSED-2")
    assert document["postingDate"] == (day + dt.timedelta(days=1)).isoformat()
    assert record.coded["document_date"] == day.isoformat(), "the document keeps its own date"


def test_a_date_beyond_the_window_is_held_whatever_the_rule(company: Company) -> None:
    company.settings("direct_costs", period_rule=FlowSettings.PeriodRule.NEXT_OPEN)
    held(company, "CLOSED-3", Reason.PERIOD_CLOSED, direct_cost_date="2099-01-01")


def test_a_period_that_was_closed_meanwhile_holds_and_the_draft_is_finished_later(
    company: Company,
) -> None:
    """Our table of the window is an hour old: the ledger itself refuses."""
    window = Reference.objects.get(kind="window").data
    company.ledger("business_central/close_period", {})
    try:
        record = settled(company, "direct_costs", company.a_direct_cost("CLOSED-4"))
        assert (record.state, record.reason) == (State.HELD, Reason.PERIOD_CLOSED)
        assert len(drafts(company, "CLOSED-4")) <= 1
    finally:
        company.ledger(
            "business_central/close_period", {"from": window["first"], "to": window["last"]}
        )
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("CLOSED-4")), drafts(company, "CLOSED-4")) == (1, [])


# -- what the ledger refuses ----------------------------------------------------------------------


def test_a_vendor_blocked_in_the_ledger(company: Company) -> None:
    Reference.objects.filter(kind="vendor", code="V10001").update(data={"blocked": "all"})
    vendor = vendor_of(company, "V10001")
    record = held(company, "BLOCK-1", Reason.VENDOR_BLOCKED, vendor=vendor)
    assert "V10001" in record.sentence
    assert "Unblock" in record.sentence


def vendor_of(company: Company, number: str) -> str:
    return str(VendorLink.objects.get(ledger_number=number).project_vendor_name)


def test_a_vendor_that_was_blocked_meanwhile(company: Company) -> None:
    """Our table does not know it yet: the ledger refuses."""
    company.ledger("business_central/block_vendor", {"number": "V10001"})
    try:
        row = company.a_direct_cost("BLOCK-2", vendor=vendor_of(company, "V10001"))
        record = settled(company, "direct_costs", row)
        assert (record.state, record.reason) == (State.HELD, Reason.VENDOR_BLOCKED)
        assert company.posted_under("BLOCK-2") == []
    finally:
        company.ledger("business_central/block_vendor", {"number": "V10001", "blocked": " "})
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("BLOCK-2")), drafts(company, "BLOCK-2")) == (1, [])


def test_an_account_that_the_mapping_may_not_use_any_more(company: Company) -> None:
    number = company.mapped_code
    row = company.a_direct_cost("ACC-1")
    Reference.objects.filter(kind="account").update(unusable="is blocked")
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
    assert "is blocked" in record.sentence
    assert number in record.sentence, "the rule that chose it is named"


def test_an_account_blocked_only_at_posting_holds_and_the_draft_goes_on_after_the_fix(
    company: Company,
) -> None:
    account = account_of(company)
    row = company.a_direct_cost("ACC-2", "310.00")
    post_refused(company, account)
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
    assert account in record.sentence
    assert "CorrelationId" not in record.sentence
    [draft] = drafts(company, "ACC-2")
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("ACC-2")
    assert document["id"] == draft["id"], "the draft went on, a second one was not made"
    assert (document["total"], drafts(company, "ACC-2")) == ("310.00", [])


def account_of(company: Company) -> str:
    rule = Lookup(company.integration).rule_for(company.mapped_code, "M", company.job)
    assert rule is not None
    return rule.account


def post_refused(company: Company, account: str) -> None:
    """As when the account was blocked between the draft and its posting."""
    words = f"Blocked must be equal to 'No' in G/L Account: No.={account}. Current value is 'Yes'."
    ledger_fails(
        company, method="POST", path=r"Microsoft\.NAV\.post", action="status", status=400, times=1,
        body={"error": {"code": "Application_DialogException", "message":
                        f"{words}  CorrelationId:  5b3f8a4e-0c1d-4c7a-9d2e-1f2a3b4c5d6e."}},
    )  # fmt: skip


def test_an_account_that_the_ledger_blocks_in_truth(company: Company) -> None:
    account = account_of(company)
    company.ledger("business_central/block_account", {"number": account})
    try:
        record = settled(company, "direct_costs", company.a_direct_cost("ACC-3"))
        assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
        assert company.posted_under("ACC-3") == []
    finally:
        company.ledger("business_central/block_account", {"number": account, "blocked": False})
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("ACC-3")), drafts(company, "ACC-3")) == (1, [])


def test_a_source_that_was_corrected_while_held_makes_a_new_draft_not_a_second(
    company: Company,
) -> None:
    row = company.a_direct_cost("ACC-4", "100.00")
    post_refused(company, "52100")
    record = settled(company, "direct_costs", row)
    assert (record.state, len(drafts(company, "ACC-4"))) == (State.HELD, 1)
    company.procore_changes("direct_costs", row, lines=[company.line("130.00")])
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert [one["total"] for one in company.posted_under("ACC-4")] == ["130.00"]
    assert drafts(company, "ACC-4") == []


def test_words_that_nobody_knows_are_shown_as_they_are(company: Company) -> None:
    path = r"purchaseInvoices(\?|$)"
    ledger_fails(
        company, method="POST", path=path, action="status", status=400, times=1,
        body={"error": {"code": "Application_X", "message": "The moon is in the wrong house."}},
    )  # fmt: skip
    record = held(company, "MOON-1", Reason.REFUSED)
    assert "The moon is in the wrong house." in record.sentence
    assert again(company, record).state == State.POSTED
