"""What goes wrong at a NAV site: a plain sentence, a held or waiting record, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from connections.errors import Reason
from connections.models import Connection
from syncs.flow import Context
from syncs.models import FlowSettings, Record, Run, State
from syncs.reconciliation import looks
from tests.flows import telling as told
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard, in_procore
from tests.flows.telling import again, due_now
from tests.story import Company, run_queue

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("mode", ["on_premises"], indirect=True, scope="session"),
]


@pytest.fixture
def site(nav: Company) -> Iterator[Company]:
    """On-premises; as it was, afterwards."""
    yield nav
    at_the_site(nav, "services", reset=True)
    at_the_site(nav, "key", expired=False)
    at_the_site(nav, "setup", shortcuts={"1": "PROJECT", "2": "COSTCODE", "3": "COSTTYPE",
                                         "4": "DEPARTMENT"})  # fmt: skip


def at_the_site(nav: Company, action: str, **facts: Any) -> None:
    nav.ledger(f"nav/{action}", facts)
    cache.clear()


def last_poll(nav: Company, flow: str) -> Run:
    return Run.objects.filter(integration=nav.integration, flow=flow, kind="poll").latest("pk")


def without_codeunit(nav: Company) -> None:
    row = Connection.objects.get(pk=nav.integration.ledger_id)
    row.settings["integration_service"] = ""
    row.save()


def test_a_service_that_is_not_published_is_named_and_polled_again_when_it_is(
    site: Company,
) -> None:
    order = an_order(site)
    at_the_site(site, "services", unpublish=["PurchaseOrder"])
    site.poll("purchase_orders")
    run = last_poll(site, "purchase_orders")
    assert not run.ok
    assert "PurchaseOrder" in run.sentence
    assert not Record.objects.filter(flow="purchase_orders", number=order["number"]).exists()
    at_the_site(site, "services", reset=True)
    assert heard(site, "purchase_orders", order).state == State.POSTED


def test_a_record_in_hand_keeps_waiting_while_its_service_is_gone(site: Company) -> None:
    order = an_order(site)
    record = heard(site, "purchase_orders", order)
    at_the_site(site, "services", rename={"PurchaseOrder": "Purch_Order"})
    record = again(site, record)
    assert "PurchaseOrder" in record.sentence, record.sentence
    assert record.state in (State.PENDING, State.HELD)
    at_the_site(site, "services", reset=True)
    record = due_now(site, record) if record.state == State.PENDING else again(site, record)
    assert record.state == State.POSTED, record.sentence


def test_an_expired_key_makes_everything_wait_and_go_on(site: Company) -> None:
    order = an_order(site)
    record = heard(site, "purchase_orders", order)
    at_the_site(site, "key", expired=True)
    record = again(site, record)
    assert record.state == State.PENDING
    assert "key" in record.sentence.lower(), record.sentence
    at_the_site(site, "key", expired=False)
    Connection.objects.update(paused_until=None)  # the pause is over
    record = due_now(site, record)
    assert record.state == State.POSTED, record.sentence


def test_dimensions_that_the_site_numbers_otherwise_are_read_and_not_assumed(
    site: Company,
) -> None:
    at_the_site(site, "setup", shortcuts={"1": "DEPARTMENT", "2": "PROJECT", "3": "COSTTYPE",
                                          "5": "COSTCODE"})  # fmt: skip
    record = heard(site, "purchase_orders", an_order(site, a_line(site, "64.00")))
    assert record.state == State.POSTED, record.sentence
    assert telling.worth(in_procore(site, "purchase_order_contracts", record)) == Decimal("64.00")
    row = site.a_direct_cost("DIM-1", project=telling.JOB)
    record = told.settled(site, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence


def test_a_company_that_was_renamed_is_named(site: Company) -> None:
    row = Connection.objects.get(pk=site.integration.ledger_id)
    row.settings["company"] = row.settings["company"].upper()
    row.save()
    cache.clear()
    site.poll("purchase_orders")
    run = last_poll(site, "purchase_orders")
    assert not run.ok
    assert row.settings["company"] in run.sentence


def test_a_server_that_sleeps_is_told_and_everything_waits(site: Company) -> None:
    record = heard(site, "purchase_orders", an_order(site))
    told.ledger_fails(site, path=".*/ODataV4/.*", action="cut_before", times=None)
    record = again(site, record)
    assert record.state == State.PENDING
    assert "Cannot reach" in record.sentence, record.sentence
    site.ledger("faults", method="DELETE")
    assert due_now(site, record).state == State.POSTED


def test_without_a_codeunit_the_document_is_a_draft_until_somebody_posts_it(
    site: Company,
) -> None:
    without_codeunit(site)
    row = site.a_direct_cost("DRAFT-ONLY-1", project=telling.JOB)
    record = told.settled(site, "direct_costs", row)
    assert (record.state, record.destination_status) == (State.POSTED, "draft"), record.sentence
    assert "Stands as a draft" in record.sentence
    [draft] = told.drafts(site, "DRAFT-ONLY-1")
    by_hand(site, "post_draft", id=draft["id"])
    Record.objects.filter(pk=record.pk).update(read_back_at=timezone.now() - looks.DAILY)
    context = Context(site.integration, "direct_costs")
    flow = FlowSettings.objects.get(integration=site.integration, flow="direct_costs")
    assert flow.booking == "invoice_posted"
    site.poll("direct_costs")
    run_queue()
    record.refresh_from_db()
    assert record.destination_status == "posted", record.sentence
    assert record.destination_number != draft["number"]
    assert context.ledger.can_post is False


def test_a_number_that_procore_has_already_is_not_taken_a_second_time(site: Company) -> None:
    order = an_order(site, release=False)
    site.procore_has(
        "purchase_order_contracts", project=telling.JOB, number=order["number"], title="By hand",
        vendor=site.a_vendor, status="Draft", contract_date=site.today,
        lines=[{"cost_code": telling.code(site), "cost_type": "M", "amount": "5.00"}],
    )  # fmt: skip
    by_hand(site, "release_order", number=order["number"])
    record = heard(site, "purchase_orders", order)
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence


def test_nothing_is_ever_written_to_accounts_and_entries(site: Company) -> None:
    told.forget_requests(site)
    heard(site, "purchase_orders", an_order(site))
    heard(site, "purchase_invoices", a_cost(site, "RO-1"))
    told.settled(site, "direct_costs", site.a_direct_cost("RO-2", project=telling.JOB))
    used = told.requests_to(site, "nav")
    assert used
    for name in used:
        method = name.split()[0]
        assert method == "GET" or not any(
            service in name for service in ("GLAccounts", "GLEntries", "VendorLedgerEntries")
        ), name


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_document_that_was_cut_between_its_lines_stands_once_and_whole(
    site: Company, cut: int
) -> None:
    """Header and lines are requests of their own: each of them may be the last that arrives."""
    number = f"CUT-{cut}"
    lines = [site.line("100.00"), site.line("20.00", kind="E")]
    row = site.a_direct_cost(number, project=telling.JOB, lines=lines)
    told.ledger_fails(site, method="POST", path=".*/PurchaseInvoice.*", action="cut_after",
                      skip=cut - 1)  # fmt: skip
    record = told.settled(site, "direct_costs", row)
    site.ledger("faults", method="DELETE")
    for _ in range(4):
        if record.state == State.POSTED:
            break
        record = due_now(site, record)
    assert record.state == State.POSTED, record.sentence
    [posted] = site.posted_under(number)
    assert posted["total"] == "120.00"
    assert told.drafts(site, number) == []


def test_a_long_document_goes_on_with_its_first_missing_line(site: Company) -> None:
    """A refusal for now in the midst of it: neither header nor lines are written again."""
    lines = [site.line(f"{number}.00") for number in range(10, 22)]
    row = site.a_direct_cost("LONG-1", project=telling.JOB, lines=lines)
    told.forget_requests(site)
    told.ledger_fails(site, method="POST", path=".*/PurchaseInvoice.*", action="status",
                      status=429, skip=8)  # fmt: skip
    record = told.settled(site, "direct_costs", row)
    assert record.state == State.IN_DOUBT, record.sentence  # a part stands: it is looked up first
    assert record.attempts == 0  # it moved: it need not wait longer and longer
    site.ledger("faults", method="DELETE")
    record = due_now(site, record)
    assert record.state == State.POSTED, record.sentence
    used = told.requests_to(site, "nav")
    written = sum(count for name, count in used.items()
                  if name.startswith("POST") and "/PurchaseInvoice" in name)  # fmt: skip
    assert written == 1 + len(lines) + 1, used  # header, lines, and the one that was refused
    [posted] = site.posted_under("LONG-1")
    assert len(posted["lines"]) == len(lines)
