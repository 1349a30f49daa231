"""A month is closed: its account beside the sums of the stand-ins, and what happens afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.pages.moments import day
from connections.transport.days import today
from syncs import tasks
from syncs.balance.rows import Cause, CellPart
from syncs.closing import documents, facts
from syncs.closing.rows import Period
from syncs.models import Alert, Record, Run, State
from tests import story
from tests.flows import telling
from tests.flows.telling import settled
from tests.flows.test_balance import (
    in_business_central,
    in_procore,
    rows_of,
    total_of,
    typed_by_hand,
)
from tests.story import Company
from tests.syncs_admin import months
from tests.syncs_admin.story import person, press, signed_in

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"
DAY = months.DAY.isoformat()
PAGE = "/syncs/period/"


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def books(company: Company) -> Company:
    """Nothing stands in either system yet; the ledger takes documents of the month."""
    telling.nothing_stands(company, FLOW)
    return company


@pytest.fixture
def anna() -> Client:
    return signed_in(person("anna", *months.CLOSES))


def dated(company: Company, number: str, amount: str, **given: Any) -> dict[str, Any]:
    return company.a_direct_cost(number, amount, direct_cost_date=DAY, received_date=DAY, **given)


def read(company: Company) -> Period:
    """All sources were listed, both sides are read."""
    for flow in documents.flows(company.integration):
        Run.objects.create(integration=company.integration, flow=flow, kind="poll", ok=True,
                           ended_at=timezone.now())  # fmt: skip
    tasks.balance(company.integration.pk)
    return Period.objects.get(month=months.LAST)


def test_the_account_of_a_month_is_that_of_both_systems(books: Company, anna: Client) -> None:
    unmapped = books.procore("demo")["expected"]["unmapped_cost_codes"][0]
    settled(books, FLOW, dated(books, "MONTH-1", "300.00"))
    held = settled(books, FLOW, dated(books, "MONTH-2", "45.10",
                                      lines=[books.line("45.10", unmapped)]))  # fmt: skip
    settled(books, FLOW, dated(books, "MONTH-3", "20.00", status="draft"))
    settled(books, FLOW, books.a_direct_cost("MONTH-4", "11.00"))
    assert held.state == State.HELD
    period = read(books)
    told = facts.of(period)
    [line] = [one for one in told["account"] if one["flow"] == FLOW]
    in_month = in_procore(books) - Decimal("11.00")
    assert Decimal(line["came"]["amount"]) == in_month == Decimal("365.10")
    assert line["adds_up"]
    buckets = {name: one["amount"] for name, one in line["buckets"].items() if one["documents"]}
    assert buckets == {"posted": "300.00", "held": "45.10", "skipped": "20.00"}
    [side] = [one for one in told["sides"] if one["book"] == "cost"]
    assert Decimal(side["in_projects"]) == in_month
    assert Decimal(side["in_ledger"]) == in_business_central(books) - Decimal("11.00")
    assert side["explained"]
    assert told["missing"] == ["1 document is held."]
    page = anna.get(f"{PAGE}{period.pk}/change/").content.decode()
    for words in ("365.10", "MONTH-2", "MONTH-3", "1 document is held."):
        assert words in page, words
    assert "MONTH-4" not in page


def test_what_is_done_in_a_closed_month_is_found_in_both_systems(
    books: Company, anna: Client
) -> None:
    row = dated(books, "MONTH-5", "500.00")
    settled(books, FLOW, row)
    period = read(books)
    assert facts.of(period)["missing"] == []
    anna.post(f"{PAGE}{period.pk}/do/close/")
    assert period.closes.get().all_clear
    books.procore_changes(FLOW, row, lines=[books.line("550.00")])
    settled(books, FLOW, row)
    made = typed_by_hand(books, "MONTH-TYPED", "8.25", date=DAY)
    settled(books, FLOW, dated(books, "MONTH-6", "60.00"))
    read(books)
    alert = Alert.objects.get(key__startswith="closed-month:")
    for number in ("MONTH-5", "MONTH-6", "MONTH-TYPED"):
        assert number in alert.sentence, number
    page = anna.get(f"{PAGE}{period.pk}/change/").content.decode()
    since = page.partition('id="since"')[2].partition("</section>")[0]
    for words in ("500.00", "550.00", "Held", "MONTH-6", "60.00", "MONTH-TYPED", "8.25"):
        assert words in since, words
    assert made["number"]
    read(books)
    assert Alert.objects.filter(key__startswith="closed-month:").count() == 1


def test_the_months_of_the_demo_come_to_what_the_source_has(books: Company) -> None:
    """Subcontractor invoices of every kind and state: none is lost between two months."""
    books.poll("requisitions")
    books.the_worker_runs()
    tasks.balance(books.integration.pk)
    came, number = Decimal(0), 0
    for period in Period.objects.all():
        told = facts.of(period)
        assert all(one["adds_up"] for one in told["account"]), period
        mine = [one for one in told["account"] if one["flow"] == "requisitions"]
        came += sum((Decimal(one["came"]["amount"]) for one in mine), Decimal(0))
        number += sum(one["came"]["documents"] for one in mine)
    assert Period.objects.count() > 1
    assert documents.undated(books.integration).filter(flow="requisitions").count() == 0
    assert number == len(rows_of(books, "requisitions"))
    assert came == total_of(books, "requisitions")


def test_the_month_that_runs_cannot_be_closed(books: Company, anna: Client) -> None:
    settled(books, FLOW, books.a_direct_cost("MONTH-7", "11.00"))
    tasks.balance(books.integration.pk)
    period = Period.objects.get(month=today().replace(day=1))
    said = anna.post(f"{PAGE}{period.pk}/do/close/", {"note": "Now."}, follow=True)
    assert "is not over." in said.content.decode()
    assert timezone.now() - (period.as_of or timezone.now()) < dt.timedelta(minutes=5)


def test_what_was_sent_back_is_held_in_every_sum(books: Company, anna: Client) -> None:
    """Month end, reconciliation, the records and what needs whoever can mend it."""
    books.settings(FLOW, needs_approval=True)
    for number, amount in (("MONTH-7", "70.00"), ("MONTH-8", "8.00")):
        settled(books, FLOW, dated(books, number, amount))
    record = Record.objects.get(number="MONTH-7")
    ann = signed_in(person("ann", "syncs.view_record", "syncs.approve_record"))
    press(ann, record, "send_back", "wrong cost code")
    telling.again(books, record)
    period = read(books)
    told = facts.of(period)
    [line] = [one for one in told["account"] if one["flow"] == FLOW]
    assert line["adds_up"]
    buckets = {name: one["amount"] for name, one in line["buckets"].items() if one["documents"]}
    assert buckets == {"held": "78.00"}
    assert Decimal(line["came"]["amount"]) == in_procore(books) == Decimal("78.00")
    assert told["missing"] == ["2 documents are held."]
    why = f"Sent back. ann sent it back on {day(today())}: wrong cost code."
    page = anna.get(f"{PAGE}{period.pk}/change/").content.decode()
    assert why in page
    part = CellPart.objects.get(number="MONTH-7")
    assert (part.cause, part.in_projects, part.why) == (Cause.HELD, Decimal("70.00"), why)
    bert = signed_in(person("bert", "syncs.view_record", "syncs.replay_record"))
    [need] = [one for one in bert.get("/").context["needs"] if one.reason == record.reason]
    assert (need.counted, need.money) == ("1 document", ("$70.00",))
