"""One item for one document, whichever workers carry it and whatever becomes of them."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from config.rehearsal.control import call
from syncs import tasks
from syncs.models import FlowSettings, Record, State
from tests import story
from tests.faults.conftest import worker
from tests.flows.monday.conftest import SIDES
from tests.flows.monday.telling import Boards
from tests.simulators.server import wait_for
from tests.story import run_queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


@pytest.fixture
def committed(ready: dict[str, Any], transactional_db: None) -> Iterator[Boards]:
    """Seen by other processes."""
    cache.clear()
    yield Boards(story.set_up(ready, "nav_monday", SIDES))
    for facts in ready.values():
        call(facts["control_url"], "release", {})
        call(facts["control_url"], "faults", method="DELETE")


def noted(boards: Boards, external: str) -> Record:
    """Typed in NAV and heard of; nobody carried it yet."""
    boards.polls("purchase_invoices")  # of the stories before
    typed = boards.an_invoice(external)
    row = FlowSettings.objects.get(integration=boards.integration, flow="purchase_invoices")
    tasks.poll(row.pk)
    found = Record.objects.filter(number=typed["number"]).first()
    return found or Record.objects.filter(state=State.PENDING, destination_id="").latest("pk")


def items_of(boards: Boards, external: str) -> list[Any]:
    return [row for row in boards.items() if boards.text(row, "external_number") == external]


def the_rest_goes_on(boards: Boards, record: Record) -> None:
    for _ in range(6):
        past = timezone.now() - dt.timedelta(seconds=1)
        Record.objects.filter(pk=record.pk, state=State.RUNNING).update(lease_until=past)
        tasks.sweep()
        Record.objects.filter(state__in=[State.PENDING, State.IN_DOUBT]).update(
            run_at=None, nudged_at=None
        )
        run_queue()
    record.refresh_from_db()


def test_three_workers_on_one_invoice_make_one_item(committed: Boards) -> None:
    record = noted(committed, "PAIR-1")
    committed.monday_faults({"action": "slow", "path": "create_item", "seconds": 1.0})
    workers = [worker(record.pk, "never") for _ in range(3)]
    assert [process.wait(timeout=60) for process in workers] == [0, 0, 0]
    the_rest_goes_on(committed, record)
    assert record.state == State.POSTED, record.sentence
    assert len(items_of(committed, "PAIR-1")) == 1


@pytest.mark.parametrize("action", ["park_before", "park_after"])
def test_a_worker_killed_while_monday_works(committed: Boards, action: str) -> None:
    """The next one begins while the first request is still on its way, and ends beside it."""
    external = f"KILL-{action}".upper()
    record = noted(committed, external)
    committed.monday_faults({"action": action, "path": "create_item", "times": 1})
    process = worker(record.pk, "never")
    wait_for(lambda: committed.company.procore("parked"), 60)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    past = timezone.now() - dt.timedelta(seconds=1)
    Record.objects.filter(pk=record.pk).update(lease_until=past)
    tasks.sweep()
    run_queue()
    committed.company.procore("release", {})
    the_rest_goes_on(committed, record)
    assert record.state == State.POSTED, record.sentence
    assert len(items_of(committed, external)) == 1


def test_an_item_whose_id_we_lost_is_found_by_its_key(committed: Boards) -> None:
    record = noted(committed, "FOUND-1")
    run_queue()
    record.refresh_from_db()
    Record.objects.filter(pk=record.pk).delete()
    committed.polls("purchase_invoices")
    again = committed.records("purchase_invoices", record.number)
    assert (again.state, again.destination_id) == (State.POSTED, record.destination_id)
    assert len(items_of(committed, "FOUND-1")) == 1
