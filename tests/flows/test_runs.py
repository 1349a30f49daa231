"""Each sync run leaves one line in the journal: an export proves that nothing was skipped."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from audit.journal import verify
from audit.models import Entry
from syncs import tasks
from syncs.models import FlowSettings, Run
from tests.flows import telling
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def lines() -> list[Entry]:
    return list(Entry.objects.filter(kind=Entry.Kind.RUN).order_by("sequence"))


def counted(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = entry.data["counts"]
    return found


def test_a_poll_says_what_it_listed_and_what_became_of_it(company: Company) -> None:
    telling.only_what_is_new(company)
    company.a_direct_cost("RUN-1")
    company.a_direct_cost("RUN-2")
    before = len(lines())
    company.poll("direct_costs")
    run_queue()
    [line] = lines()[before:]
    run = Run.objects.latest("pk")
    assert (line.flow, line.data["run"], line.data["ok"]) == ("direct_costs", run.pk, True)
    counts = counted(line)
    assert counts["listed"] == counts["new"] + counts["changed"] + counts["unchanged"]
    assert counts["new"] >= 2
    assert line.data["due"] == run.noted
    company.poll("direct_costs")
    again = counted(lines()[-1])
    assert again["unchanged"] >= 2, "one line per run, and what was known is counted, too"
    assert verify().ok


def test_master_data_and_reconciliation_have_their_lines(company: Company) -> None:
    before = len(lines())
    tasks.refresh(company.integration.pk)
    tasks.reconcile(FlowSettings.objects.get(flow="direct_costs").pk)
    master, compared = lines()[before:]
    assert master.data["kind"] == "reference"
    assert counted(master)["ledger vendor"] > 0
    assert compared.data["kind"] == "reconcile"
    assert counted(compared)["source"] >= 0


def test_a_run_that_failed_says_why(company: Company) -> None:
    telling.procore_fails(
        company, method="GET", path="direct_costs", action="status", status=500, times=None
    )
    company.poll("direct_costs")
    line = lines()[-1]
    assert line.data["ok"] is False
    assert "failed" in line.sentence


def test_a_run_whose_worker_died_is_ended_by_the_sweep(company: Company) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=1)
    run = Run.objects.create(integration=company.integration, flow="vendors", kind="poll",
                             started_at=long_ago)  # fmt: skip
    under_way = Run.objects.create(integration=company.integration, flow="vendors", kind="poll")
    tasks.sweep()
    run.refresh_from_db()
    under_way.refresh_from_db()
    assert (run.ok, run.sentence) == (False, "Its worker stopped before the end.")
    assert under_way.ended_at is None
    assert lines()[-1].data["run"] == run.pk
