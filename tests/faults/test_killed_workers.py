"""A worker killed at each step of a post: nothing lost, doubled, wrong or shown wrongly."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
import time
from decimal import Decimal

import pytest
from django.utils import timezone

from audit import journal
from syncs import tasks
from syncs.models import Record, State
from tests.faults.conftest import worker
from tests.faults.victim import STEPS
from tests.flows.test_bands import BY_AMOUNT, approver
from tests.story import Company
from tests.syncs_admin import story

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
NUMBERS = itertools.count(1)
AMOUNT = "1234.56"


def a_record(company: Company, number: str) -> Record:
    return company.note("direct_costs", company.a_direct_cost(number, AMOUNT))


def its_lease_runs_out(record: Record) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    Record.objects.filter(pk=record.pk, state=State.RUNNING).update(lease_until=past)


def the_rest_goes_on(company: Company, record: Record) -> None:
    """The sweep finds it, workers carry it; as often as it takes, within a limit."""
    for _ in range(6):
        its_lease_runs_out(record)
        tasks.sweep()
        Record.objects.filter(state__in=[State.PENDING, State.IN_DOUBT]).update(
            run_at=None, nudged_at=None
        )
        company.the_worker_runs()


def all_is_well(company: Company, record: Record, number: str, amount: str = AMOUNT) -> None:
    record.refresh_from_db()
    posted = company.posted_under(number)
    assert [Decimal(row["total"]) for row in posted] == [Decimal(amount)], record.sentence
    assert record.state == State.POSTED, record.sentence
    assert record.destination_number == posted[0]["number"]
    assert not [row for row in company.ledger("ledger")["drafts"] if number in str(row)]
    assert journal.verify().ok


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_inside_itself(company: Company, step: str) -> None:
    number = f"KILL-{next(NUMBERS)}"
    record = a_record(company, number)
    status = worker(record.pk, step).wait(timeout=60)
    assert status == (0 if step == "never" else -signal.SIGKILL), "it did not die at the step"
    the_rest_goes_on(company, record)
    all_is_well(company, record, number)


@pytest.mark.parametrize(
    "step", ["after intent", "before the create's outcome", "after lines, before post",
             "before the post's outcome", "after post, before read-back"],
)  # fmt: skip
def test_what_two_persons_approved_is_posted_once_though_the_worker_dies(
    company: Company, step: str
) -> None:
    """Before the second approval a worker leaves it alone; after a kill both still count."""
    company.settings("direct_costs", needs_approval=True, approval_bands=BY_AMOUNT)
    number = f"TWICE-{next(NUMBERS)}"
    record = company.note("direct_costs", company.a_direct_cost(number, "38000.00"))
    company.the_worker_runs()
    for name in ("ben", "cora"):
        assert company.posted_under(number) == []
        story.press(approver(name), record, "approve")
        if name == "ben":
            assert worker(record.pk, "never").wait(timeout=60) == 0
    assert worker(record.pk, step).wait(timeout=60) == -signal.SIGKILL
    the_rest_goes_on(company, record)
    all_is_well(company, record, number, "38000.00")
    assert record.approved_by == "ben, cora"


@pytest.mark.parametrize("path", [r"purchaseInvoices(\?|$)", r"Microsoft\.NAV\.post"])
@pytest.mark.parametrize("action", ["park_before", "park_after"])
def test_a_worker_killed_while_the_ledger_works(company: Company, action: str, path: str) -> None:
    """After send and before commit, or after commit and before the answer."""
    number = f"PARK-{next(NUMBERS)}"
    record = a_record(company, number)
    rule = {"method": "POST", "path": path, "action": action, "times": 1}
    company.ledger("faults", {"seed": 1, "rules": [rule]})
    process = worker(record.pk, "never")
    wait_until_parked(company)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    company.ledger("release", {})
    the_rest_goes_on(company, record)
    all_is_well(company, record, number)


def wait_until_parked(company: Company) -> None:
    deadline = time.monotonic() + 60
    while not company.ledger("parked"):
        assert time.monotonic() < deadline, "the request never came"
        time.sleep(0.1)


def test_two_workers_on_one_record_have_one_effect(company: Company) -> None:
    number = f"PAIR-{next(NUMBERS)}"
    record = a_record(company, number)
    rule = {"method": "POST", "path": "purchaseInvoices", "action": "slow", "seconds": 1.0}
    company.ledger("faults", {"seed": 1, "rules": [rule]})
    workers = [worker(record.pk, "never") for _ in range(3)]
    assert [process.wait(timeout=60) for process in workers] == [0, 0, 0]
    company.the_worker_runs()
    all_is_well(company, record, number)


def test_a_task_that_outlives_its_lease_is_not_done_twice(company: Company) -> None:
    """The queue delivers it again and the lease is over while the first worker still waits."""
    number = f"LONG-{next(NUMBERS)}"
    record = a_record(company, number)
    rule = {"method": "POST", "path": r"purchaseInvoices(\?|$)", "action": "park_after", "times": 1}
    company.ledger("faults", {"seed": 1, "rules": [rule]})
    first = worker(record.pk, "never")
    wait_until_parked(company)
    its_lease_runs_out(record)
    tasks.sweep()
    company.the_worker_runs()
    company.ledger("release", {})
    assert first.wait(timeout=60) == 0
    the_rest_goes_on(company, record)
    all_is_well(company, record, number)
