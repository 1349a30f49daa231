"""Wrong credentials and failing networks: said once, waited for, nothing lost or doubled."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from connections.models import Connection, RateBudget, Token
from syncs import tasks
from syncs.models import Alert, Record, Run, State
from tests.flows import telling
from tests.flows.telling import drafts, due_now, ledger_fails, procore_fails, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
WRONG = "not-the-secret-0123"


def the_pause_is_over(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        paused_until=timezone.now() - dt.timedelta(seconds=1)
    )


def wrong_secret(connection: Connection) -> dict[str, str]:
    row = Connection.objects.get(pk=connection.pk)
    right = dict(row.secrets)
    row.secrets = dict.fromkeys(right, WRONG)
    row.save()
    Token.objects.filter(connection=row).update(access_token="")
    return right


@pytest.mark.parametrize("side", ["project_system", "ledger"])
def test_wrong_credentials_pause_the_credential_and_everything_goes_on_by_itself(
    company: Company, side: str
) -> None:
    connection: Connection = getattr(company.integration, side)
    number = f"CRED-{side[:3]}"
    right = wrong_secret(connection)
    records = [
        company.note("direct_costs", company.a_direct_cost(f"{number}-{n}")) for n in range(3)
    ]
    company.the_worker_runs()
    connection.refresh_from_db()
    assert connection.paused
    for record in records:
        record.refresh_from_db()
        assert record.state == State.PENDING, record.sentence
        assert record.run_at is not None
        assert "refused the sign-in" in record.sentence
        assert WRONG not in record.sentence
    assert company.posted_under(number) == []
    row = Connection.objects.get(pk=connection.pk)
    row.secrets = right
    row.save()
    the_pause_is_over(connection)
    Record.objects.filter(pk__in=[record.pk for record in records]).update(
        run_at=timezone.now() - dt.timedelta(seconds=1), nudged_at=None
    )
    tasks.sweep()
    company.the_worker_runs()
    states = [Record.objects.get(pk=record.pk).state for record in records]
    assert states == [State.POSTED] * 3
    assert len(company.posted_under(number)) == 3
    connection.refresh_from_db()
    assert not connection.paused


def test_a_credential_that_stays_broken_for_days_gives_no_document_up(company: Company) -> None:
    wrong_secret(company.integration.ledger)
    record = company.note("direct_costs", company.a_direct_cost("CRED-LONG"))
    Record.objects.filter(pk=record.pk).update(attempts=500)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.PENDING, record.sentence
    assert record.attempts == 500


def test_a_paused_credential_is_not_knocked_at_by_every_record(company: Company) -> None:
    wrong_secret(company.integration.project_system)
    telling.forget_requests(company)
    for n in range(4):
        record = company.note("direct_costs", company.a_direct_cost(f"CRED-K{n}"))
        tasks.run([record.pk])
    counts = telling.requests_to(company, "procore")
    assert sum(count for name, count in counts.items() if "token" in name) == 1


def test_a_poll_with_wrong_credentials_opens_one_alert_that_success_closes(
    company: Company,
) -> None:
    telling.only_what_is_new(company)
    right = wrong_secret(company.integration.project_system)
    for _ in range(2):
        company.poll("direct_costs")
        company.poll("purchase_orders")
    [alert] = Alert.objects.filter(closed_at=None)
    assert "sign-in" in alert.sentence
    assert set(Run.objects.filter(kind="poll", ok=False).values_list("flow", flat=True)) == {
        "direct_costs", "purchase_orders"
    }  # fmt: skip
    row = Connection.objects.get(pk=company.integration.project_system_id)
    row.secrets = right
    row.save()
    the_pause_is_over(row)
    company.poll("direct_costs")
    assert not Alert.objects.filter(closed_at=None).exists()


def test_an_unreachable_host_is_named_and_tried_again(company: Company) -> None:
    row = Connection.objects.get(pk=company.integration.ledger_id)
    right = dict(row.settings)
    address = next(name for name in right if name.endswith("url") and "login" not in name)
    row.settings = {**right, address: "http://127.0.0.1:9"}
    row.save()
    record = settled(company, "direct_costs", company.a_direct_cost("HOST-1"))
    assert record.state == State.PENDING
    assert "Cannot reach" in record.sentence
    assert "127.0.0.1:9" in record.sentence
    Connection.objects.filter(pk=row.pk).update(settings=right)
    assert due_now(company, record).state == State.POSTED
    assert len(company.posted_under("HOST-1")) == 1


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "30"}, (20, 31)), ({}, (0, 20))])
def test_a_429_is_waited_for_as_long_as_it_says(
    company: Company, headers: dict[str, str], seconds: tuple[int, int]
) -> None:
    number = f"SLOW-{len(headers)}"
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=429, times=1,
        headers=headers,
    )  # fmt: skip
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state == State.PENDING
    assert "slow down" in record.sentence
    assert record.run_at is not None
    wait = (record.run_at - timezone.now()).total_seconds()
    assert seconds[0] <= wait <= seconds[1]
    budget = RateBudget.objects.get(connection=company.integration.project_system)
    assert budget.blocked_until is not None
    telling.forget_requests(company)
    RateBudget.objects.update(blocked_until=timezone.now() + dt.timedelta(hours=1))
    tasks.run([company.note("direct_costs", company.a_direct_cost(f"{number}B")).pk])
    assert telling.requests_to(company, "procore") == {}, "no request before its reset"
    RateBudget.objects.update(blocked_until=None)
    assert due_now(company, record).state == State.POSTED


def test_a_429_of_the_ledger_at_the_write_posts_once(company: Company) -> None:
    ledger_fails(
        company, method="POST", path=r"purchaseInvoices(\?|$)", action="status", status=429, times=1
    )
    record = settled(company, "direct_costs", company.a_direct_cost("SLOW-W"))
    assert record.state in (State.PENDING, State.IN_DOUBT), record.sentence
    RateBudget.objects.update(blocked_until=None)
    assert due_now(company, record).state == State.POSTED
    assert (len(company.posted_under("SLOW-W")), drafts(company, "SLOW-W")) == (1, [])


@pytest.mark.parametrize("path", [r"purchaseInvoices(\?|$)", r"Microsoft\.NAV\.post"])
@pytest.mark.parametrize("status", [503, 504])
def test_a_5xx_of_the_ledger_is_asked_about_and_posts_once(
    company: Company, path: str, status: int
) -> None:
    number = f"GATE-{status}-{len(path)}"
    ledger_fails(company, method="POST", path=path, action="status", status=status, times=1)
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state in (State.PENDING, State.IN_DOUBT), record.sentence
    assert due_now(company, record).state == State.POSTED
    assert (len(company.posted_under(number)), drafts(company, number)) == (1, [])


def test_a_503_of_the_source_is_tried_again(company: Company) -> None:
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=503, times=9
    )
    record = settled(company, "direct_costs", company.a_direct_cost("GATE-SRC"))
    assert record.state == State.PENDING, record.sentence
    company.procore("faults", method="DELETE")
    assert due_now(company, record).state == State.POSTED


@pytest.mark.parametrize("vendor", ["procore", "business_central"])
def test_a_token_revoked_in_mid_batch_is_renewed_once_and_nobody_notices(
    company: Company, vendor: str
) -> None:
    number = f"REVOKE-{vendor[0].upper()}"
    for n in range(4):
        company.note("direct_costs", company.a_direct_cost(f"{number}{n}"))
    fails, path = (
        (procore_fails, "/direct_costs/") if vendor == "procore"
        else (ledger_fails, "purchaseInvoices")
    )  # fmt: skip
    fails(company, path=path, action="revoke_tokens", skip=2, times=1)
    telling.forget_requests(company)
    company.the_worker_runs()
    assert len(company.posted_under(number)) == 4
    assert set(Record.objects.filter(flow="direct_costs").values_list("state", flat=True)) == {
        State.POSTED
    }
    counts = telling.requests_to(company, vendor)
    assert sum(count for name, count in counts.items() if "token" in name) == 1
