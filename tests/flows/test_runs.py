"""Each sync run leaves one line in the journal: an export proves that nothing was skipped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from audit.journal import verify
from audit.models import Entry
from connections.documents import Hint
from syncs import tasks
from syncs.flow import Context
from syncs.ingest import schedule
from syncs.models import Cursor, FlowSettings, Run
from syncs.registry import flows_of
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


def test_what_a_poll_did_before_it_failed_is_counted(company: Company) -> None:
    """The first projects were read, a later one refuses."""
    telling.only_what_is_new(company)
    company.a_direct_cost("RUN-PART")
    scopes = flows_of(company.integration)["direct_costs"].scopes(
        Context(company.integration, "direct_costs")
    )
    last = next(scope for scope in reversed(scopes) if scope.number != company.job)
    telling.procore_fails(
        company, method="GET", path=f"projects/{last.id}/direct_costs", action="status",
        status=500, times=None,
    )  # fmt: skip
    company.poll("direct_costs")
    line, run = lines()[-1], Run.objects.latest("pk")
    assert line.data["ok"] is False
    assert counted(line)["new"] >= 1
    assert counted(line)["scopes"] >= 2
    assert line.data["requests"] == run.requests > 0
    assert line.data["due"] == run.noted >= 1


def test_a_cursor_that_is_set_back_during_a_poll_stays_there(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice of a long import comes while its flow is being polled."""
    telling.only_what_is_new(company)
    company.poll("vendors")
    flow = flows_of(company.integration)["vendors"]
    settings = FlowSettings.objects.get(integration=company.integration, flow="vendors")
    first_change = timezone.now() - dt.timedelta(hours=5)
    listed = flow.changes

    def changes(*given: Any) -> Iterator[Hint]:
        yield from listed(*given)
        schedule.reach_back(settings, first_change)

    monkeypatch.setattr(flow, "changes", changes)
    company.poll("vendors")
    cursor = Cursor.objects.get(integration=company.integration, flow="vendors")
    assert cursor.read_to == first_change


def test_a_run_without_its_line_shows_in_the_verification(company: Company) -> None:
    company.poll("direct_costs")
    company.poll("direct_costs")
    assert verify().ok
    run = Run.objects.create(integration=company.integration, flow="vendors", kind="poll")
    Run.objects.filter(pk=run.pk).update(ended_at=timezone.now(), ok=True)
    assert f"run {run.pk} (poll vendors) has 0 lines" in verify().problems
