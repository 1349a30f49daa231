"""The stop button, limits and approvals: what finance uses to hold a flow in hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.utils import timezone

from connections.documents import Hint
from connections.errors import Reason
from syncs.admin.flow_verbs import VERBS, perform
from syncs.ingest.noting import note_batch
from syncs.models import FlowSettings, Record, Run, State
from syncs.retrying import GIVE_UP_AFTER
from tests.flows import telling
from tests.flows.telling import again, due_now, settled, sums
from tests.flows.test_rules_used import another_account, rule_of
from tests.story import Company

pytestmark = pytest.mark.django_db


def press(company: Company, verb: str, flow: str = "direct_costs") -> None:
    assert perform(VERBS[verb], FlowSettings.objects.get(flow=flow), "anna")


# -- stop -----------------------------------------------------------------------------------------


def test_a_stopped_flow_posts_nothing_and_asks_nobody_until_it_is_released(
    company: Company,
) -> None:
    press(company, "stop")
    row = company.a_direct_cost("STOP-1")
    telling.forget_requests(company)
    record = settled(company, "direct_costs", row)
    assert record.state == State.PENDING
    assert "stopped" in record.sentence
    company.poll("direct_costs")
    assert telling.requests_to(company, "procore") == {}
    assert company.posted_under("STOP-1") == []
    telling.only_what_is_new(company)
    press(company, "release")
    assert due_now(company, record).state == State.POSTED
    assert len(company.posted_under("STOP-1")) == 1


def test_a_flow_that_was_stopped_for_days_gives_nothing_up(company: Company) -> None:
    press(company, "stop")
    record = company.note("direct_costs", company.a_direct_cost("STOP-2"))
    Record.objects.filter(pk=record.pk).update(attempts=GIVE_UP_AFTER + 10)
    for _ in range(3):
        record = due_now(company, record)
        assert record.state == State.PENDING, record.sentence
    assert record.attempts == GIVE_UP_AFTER + 10, "waiting is no try"
    assert record.run_at is not None
    assert record.run_at > timezone.now() + dt.timedelta(minutes=5), "the sweep is not kept busy"


def test_the_other_flows_go_on(company: Company) -> None:
    press(company, "stop", "requisitions")
    assert settled(company, "direct_costs", company.a_direct_cost("STOP-3")).state == State.POSTED


def test_a_write_in_doubt_stays_in_doubt_while_stopped(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("STOP-4"))
    telling.ledger_fails(
        company, method="POST", path=r"purchaseInvoices(\?|$)", action="cut_after", times=1
    )
    company.the_worker_runs()
    press(company, "stop")
    record = due_now(company, record)
    assert record.state == State.IN_DOUBT, record.sentence
    company.settings("direct_costs", stopped=False)
    assert due_now(company, record).state == State.POSTED
    assert len(company.posted_under("STOP-4")) == 1


def test_a_disabled_flow_does_not_carry_what_is_left(company: Company) -> None:
    record = company.note("direct_costs", company.a_direct_cost("STOP-5"))
    company.settings("direct_costs", enabled=False)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, company.posted_under("STOP-5")) == (State.PENDING, [])
    company.poll("direct_costs")
    run = Run.objects.filter(kind="poll", flow="direct_costs").latest("pk")
    assert "stopped" in run.sentence


# -- limits and approvals -------------------------------------------------------------------------


def test_a_document_over_the_limit_waits_for_a_person(company: Company) -> None:
    company.settings("direct_costs", amount_limit=Decimal("1000.00"))
    under = settled(company, "direct_costs", company.a_direct_cost("LIMIT-1", "1000.00"))
    assert under.state == State.POSTED
    record = settled(company, "direct_costs", company.a_direct_cost("LIMIT-2", "1000.01"))
    assert (record.state, record.reason) == (State.HELD, Reason.OVER_LIMIT)
    assert "1,000.01" in record.sentence
    assert record.coded["lines"], "the entry can be read before it is approved"
    assert record.approve("bea")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert len(company.posted_under("LIMIT-2")) == 1


def test_a_credit_over_the_limit_waits_too(company: Company) -> None:
    company.settings("direct_costs", amount_limit=Decimal("1000.00"))
    record = settled(company, "direct_costs", company.a_direct_cost("LIMIT-3", "-1000.01"))
    assert (record.state, record.reason) == (State.HELD, Reason.OVER_LIMIT)


def test_nobody_approves_what_they_replayed_themselves(company: Company) -> None:
    company.settings("direct_costs", needs_approval=True)
    record = settled(company, "direct_costs", company.a_direct_cost("APPROVE-1"))
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    record = again(company, record)
    assert record.reason == Reason.NEEDS_APPROVAL, "replay is no approval"
    assert not record.approve("anna")
    assert record.approve("bea")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.approved_by) == (State.POSTED, "bea")


def test_an_approval_counts_for_exactly_what_was_approved(company: Company) -> None:
    company.settings("direct_costs", needs_approval=True)
    row = company.a_direct_cost("APPROVE-2", "100.00")
    record = settled(company, "direct_costs", row)
    assert record.approve("bea")
    company.procore_changes("direct_costs", row, lines=[company.line("9100.00")])
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert company.posted_under("APPROVE-2") == []


def test_a_brake_that_is_pulled_in_the_midst_of_a_batch_holds_its_next_write(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [company.a_direct_cost(number) for number in ("BRAKE-1", "BRAKE-2")]
    send = requests.Session.send

    def then_stopped(
        session: requests.Session, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        answer = send(session, request, **how)
        if str(request.url).endswith("Microsoft.NAV.post"):
            press(company, "stop")
        return answer

    hints = [Hint(str(row["id"]), company.scope_of(row)) for row in rows]
    note_batch(company.integration, "direct_costs", hints, "webhook")
    monkeypatch.setattr(requests.Session, "send", then_stopped)
    company.the_worker_runs()
    records = [company.record(row, "direct_costs") for row in rows]
    assert sorted(record.state for record in records) == [State.PENDING, State.POSTED]
    [waits] = [record for record in records if record.state == State.PENDING]
    assert "stopped" in waits.sentence
    assert (len(company.posted_under("BRAKE-")), telling.drafts(company, "BRAKE-")) == (1, [])


def test_an_approval_does_not_cover_a_rule_whose_change_nobody_worked_out(
    company: Company,
) -> None:
    """A rule was saved, and the worker died before what waits was worked out by it."""
    company.settings("direct_costs", needs_approval=True)
    record = settled(company, "direct_costs", company.a_direct_cost("APPROVE-4"))
    rule = rule_of(company)
    shown, rule.account = rule.account, another_account(company, rule)
    rule.save()
    assert record.approve("bea")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert company.posted_under("APPROVE-4") == []
    assert {line["account"] for line in record.proposed["lines"]} == {rule.account} != {shown}
    assert record.approve("bea")
    company.the_worker_runs()
    assert set(sums(company.posted_under("APPROVE-4")[0])) == {rule.account}


def test_what_is_posted_needs_no_second_approval(company: Company) -> None:
    record = settled(company, "direct_costs", company.a_direct_cost("APPROVE-3"))
    company.settings("direct_costs", needs_approval=True, amount_limit=Decimal(1))
    assert again(company, record).state == State.POSTED


def test_what_a_person_set_aside_stays_aside(company: Company) -> None:
    record = settled(company, "direct_costs", company.a_direct_cost("ASIDE-1", lines=[]))
    row = company.procore(f"procore/direct_costs/{record.source_id}")
    assert record.set_aside("anna", "entered by hand")
    company.procore_changes("direct_costs", row, lines=[company.line("12.00")])
    record = settled(company, "direct_costs", row)
    assert record.state == State.SET_ASIDE
    assert "anna" in record.sentence
    assert company.posted_under("ASIDE-1") == []
    assert again(company, record).state == State.POSTED, "and can be taken up again"
