"""What the command line does: a sync in the foreground, the verification, the refusals."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from audit.journal import verify
from syncs.models import Record, State
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_sync_carries_one_flow_and_shows_what_became_of_it(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync", "bc_procore", "--flow", "prime_change_orders")
    shown = capsys.readouterr().out
    records = Record.objects.filter(flow="prime_change_orders")
    assert records.filter(state=State.POSTED).count() >= 10
    assert not records.exclude(state__in=[State.POSTED, State.SKIPPED, State.HELD]).exists()
    assert str(records.filter(state=State.POSTED).count()) in shown
    assert "prime_change_orders" in shown


def test_sync_names_the_flows_that_there_are(company: Company) -> None:
    with pytest.raises(CommandError, match="requisitions"):
        call_command("sync", "bc_procore", "--flow", "nonsense")


def test_sync_says_that_there_is_no_integration(db: None) -> None:
    with pytest.raises(CommandError, match="no active integration"):
        call_command("sync", "bc_procore")


def test_verify_audit_agrees_after_work(company: Company) -> None:
    company.note("direct_costs", company.a_direct_cost("VERIFY-1"))
    company.the_worker_runs()
    call_command("verify_audit")
    assert verify().ok


def test_rehearse_refuses_an_unknown_integration() -> None:
    with pytest.raises(CommandError, match="bc_procore"):
        call_command("rehearse", "nonsense")
