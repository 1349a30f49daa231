"""What a GP site is like: how one signs in, a server that sleeps, services without accounts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client as Browser

from config.rehearsal import sites
from config.rehearsal.ends import gp
from connections.models import Connection, RateBudget, Token
from connections.pages.moments import day
from connections.transport.days import site_zone
from mappings import checks
from mappings.models import ChartAccount, Reference
from syncs import tasks
from syncs.ingest import schedule
from syncs.models import Alert, FlowSettings, Run, State
from tests.flows import telling as told
from tests.flows.gp.telling import FLOW, an_invoice, by_hand, heard, in_procore
from tests.flows.telling import again, due_now
from tests.simulators.gp.masters import INACTIVE_ACCOUNT, UNIT_ACCOUNT
from tests.simulators.gp.site import SETTINGS
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
CONNECTIONS = "/connections/connection/"


@pytest.fixture
def site(gp: Company) -> Iterator[Company]:
    """As it was, afterwards."""
    cache.clear()
    yield gp
    by_hand(gp, "settings", **SETTINGS)
    cache.clear()


def chosen(site: Company, **values: Any) -> None:
    by_hand(site, "settings", **values)
    cache.clear()


def connection(site: Company) -> Connection:
    return Connection.objects.get(pk=site.integration.ledger_id)


def refreshed(site: Company) -> Run:
    tasks.refresh(site.integration.pk)
    return Run.objects.filter(integration=site.integration, flow="reference").latest("pk")


def overview(browser: Browser) -> str:
    return browser.get("/").content.decode()


# -- how one signs in ------------------------------------------------------------------------------

WAYS = {  # what the site asks for, and what the connection says
    "NTLM": ({"challenge": "ntlm"}, {"authentication": "windows"}),
    "Negotiate": ({"challenge": "negotiate"}, {"authentication": "windows"}),
    "UPN": ({}, {"authentication": "windows", "user": "svc-procore@keystone.example"}),
    "Basic": ({"auth": "basic"}, {"authentication": "basic"}),
    "bearer": ({"auth": "token"}, {"authentication": "token"}),
    "Entra ID": ({"auth": "oauth"}, {"authentication": "oauth"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_invoice_gets_through_by_each_way_of_signing_in(
    site: Company, way: str, admin_client: Browser
) -> None:
    asked, said = WAYS[way]
    chosen(site, **asked)
    row = connection(site)
    row.settings |= said
    row.save()
    record = heard(site, an_invoice(site, f"WAY-{way}", post=True))
    assert record.state == State.POSTED, record.sentence
    assert in_procore(site, "direct_costs", record)["amount"] == "840.50"
    assert sign_in_shown(admin_client, site) == "Works", "whether by a token or an account"


def test_a_connection_that_was_never_used_says_so(site: Company, admin_client: Browser) -> None:
    for kept in (RateBudget, Token):
        kept.objects.filter(connection=site.integration.ledger_id).delete()
    Connection.objects.filter(pk=site.integration.ledger_id).update(test_ok=None)
    assert sign_in_shown(admin_client, site) == "Not used yet"


def sign_in_shown(browser: Browser, site: Company) -> str:
    rows = re.findall(r"<tr.*?</tr>", browser.get(CONNECTIONS).content.decode(), re.DOTALL)
    [row] = [each for each in rows if f"/{site.integration.ledger_id}/change/" in each]
    found = re.search(r'<td class="field-health[^>]*>(.*?)</td>', row, re.DOTALL)
    assert found
    return re.sub(r"<[^>]+>", "", found.group(1)).strip()


# -- a server that sleeps --------------------------------------------------------------------------


def test_a_server_that_sleeps_is_told_and_everything_goes_on_by_itself(
    site: Company, admin_client: Browser
) -> None:
    record = heard(site, an_invoice(site, "SLEEP-1", post=True))
    new = an_invoice(site, "SLEEP-2", post=True)
    told.ledger_fails(site, path=".*/GPService/.*", action="cut_before", times=None)
    site.poll(FLOW)
    run = Run.objects.filter(flow=FLOW, kind="poll").latest("pk")
    assert not run.ok
    assert run.sentence.startswith("Cannot reach GP at 127.0.0.1:")
    assert f" since {day(site.today)}, " in run.sentence
    record = again(site, record)
    assert (record.state, record.attempts) == (State.PENDING, 0), record.sentence
    assert record.sentence == run.sentence
    assert run.sentence in overview(admin_client)
    site.ledger("faults", method="DELETE")
    Connection.objects.update(paused_until=None)  # the pause is over
    assert due_now(site, record).state == State.POSTED
    assert heard(site, new).state == State.POSTED
    assert not Alert.objects.filter(closed_at=None).exists()
    assert connection(site).pause_sentence == ""


def test_since_when_stays_the_same_until_it_answers(site: Company) -> None:
    told.ledger_fails(site, path=".*/GPService/.*", action="cut_before", times=None)
    where = connection(site).settings["server_url"][7:]
    sentence = f"Cannot reach GP at {where} since Jan 2, 2026, 07:10 EST."
    Connection.objects.filter(pk=site.integration.ledger_id).update(pause_sentence=sentence)
    site.poll(FLOW)
    assert connection(site).pause_sentence == sentence


def test_a_cold_start_is_waited_for(site: Company) -> None:
    chosen(site, asleep=1)
    assert heard(site, an_invoice(site, "COLD-1", post=True)).state == State.POSTED


# -- when and how often ----------------------------------------------------------------------------


def test_the_interval_and_the_quiet_hours_are_settings(site: Company) -> None:
    site.settings(FLOW, every_minutes=7, quiet_from=dt.time(22), quiet_until=dt.time(6))
    row = FlowSettings.objects.get(integration=site.integration, flow=FLOW)
    noon = dt.datetime(2026, 3, 2, 12, tzinfo=site_zone())
    assert schedule.next_poll(row, noon) == noon + dt.timedelta(minutes=7)
    night = noon.replace(hour=21, minute=58)
    assert schedule.next_poll(row, night) == noon.replace(day=3, hour=6)


def test_one_call_at_a_time_is_the_default(site: Company) -> None:
    heard(site, an_invoice(site, "LANE-1", post=True))
    assert site.ledger("gp/writes")["most_at_once"] == 1
    assert connection(site).setting("lanes") == "1"


# -- services without accounts ---------------------------------------------------------------------


@pytest.fixture
def short(site: Company) -> Company:
    """A site whose services are those of Microsoft's own list; nothing was ever read of it."""
    chosen(site, resources="short")
    Reference.objects.filter(connection=site.integration.ledger, kind="account").delete()
    return site


def accounts(site: Company) -> dict[str, Reference]:
    rows = Reference.objects.filter(connection=site.integration.ledger, kind="account")
    return {row.code: row for row in rows}


def the_chart_is_imported(site: Company) -> None:
    sites.import_chart(f"{site.ready[site.sides[1]]['control_url']}/gp/accounts.csv")


def test_without_accounts_everything_waits_and_a_sentence_says_for_what(
    short: Company, admin_client: Browser, django_capture_on_commit_callbacks: Any
) -> None:
    row = an_invoice(short, "SHORT-1", post=True)
    run = refreshed(short)
    assert not run.ok
    assert "offer no accounts, and none were imported" in run.sentence
    assert run.counts["ledger vendor"]
    assert run.counts["projects project"]
    assert "offer no accounts" in overview(admin_client)
    record = heard(short, row)
    assert (record.state, record.attempts) == (State.PENDING, 0)
    assert record.sentence.startswith("It waits for the accounts")
    with django_capture_on_commit_callbacks(execute=True):
        the_chart_is_imported(short)
    assert [arguments[0] for _, arguments in told.asked("refresh")] == [short.integration.pk]
    run_queue()
    assert not Alert.objects.filter(closed_at=None).exists()
    record = due_now(short, record)
    assert record.state == State.POSTED, record.sentence


def test_imported_accounts_are_what_the_service_would_have_told(site: Company) -> None:
    by_hand(site, "change_account", account="1042-52200-03", description="Rebar, 1042")
    refreshed(site)
    by_service, segments = facts(site), set(values(site))
    Reference.objects.filter(connection=site.integration.ledger).delete()
    chosen(site, resources="short")
    the_chart_is_imported(site)
    assert refreshed(site).ok
    assert facts(site) == by_service
    assert set(values(site)) == segments
    inactive, unit = (one.split("-")[1] for one in (INACTIVE_ACCOUNT, UNIT_ACCOUNT))
    assert checks.account_problem(site.integration.ledger, "52200") == ""
    assert "is blocked" in checks.account_problem(site.integration.ledger, inactive)
    assert "not a posting account" in checks.account_problem(site.integration.ledger, unit)


def facts(site: Company) -> dict[str, tuple[str, ...]]:
    found = accounts(site).values()
    return {row.code: (row.name, row.unusable, row.remote_id) for row in found if not row.gone_at}


def values(site: Company) -> Any:
    rows = Reference.objects.filter(
        connection=site.integration.ledger, kind="dimension_value", gone_at=None
    )
    return rows.values_list("parent", "code")


def test_an_account_that_left_the_chart_is_gone_and_stays_known(short: Company) -> None:
    the_chart_is_imported(short)
    refreshed(short)
    ChartAccount.objects.filter(number__contains="-52200-").delete()
    refreshed(short)
    gone = accounts(short)["52200"]
    assert gone.gone_at
    assert accounts(short)["52300"].gone_at is None
    problem = checks.account_problem(short.integration.ledger, "52200")
    assert problem.startswith("Account 52200 does not exist")


def test_accounts_of_the_service_count_before_a_file(site: Company) -> None:
    ChartAccount.objects.create(integration=site.integration, number="1-99999-9", name="Old")
    assert refreshed(site).ok
    assert "99999" not in accounts(site)


# -- what is kept ----------------------------------------------------------------------------------


def test_each_run_is_kept_with_its_counts(site: Company) -> None:
    an_invoice(site, "RUN-1", post=True)
    site.poll(FLOW)
    run = Run.objects.filter(flow=FLOW, kind="poll").latest("pk")
    assert (run.ok, run.noted >= 1, run.requests >= 1) == (True, True, True)
    assert "new or changed" in run.sentence
    run_queue()
    row = FlowSettings.objects.get(integration=site.integration, flow=FLOW)
    tasks.reconcile(row.pk)
    run = Run.objects.filter(flow=FLOW, kind="reconcile").latest("pk")
    assert run.ok, run.sentence
    assert run.counts["source"] == 1
    assert run.counts["source_total"]


def test_a_write_that_procore_refuses_is_held_and_can_be_replayed(site: Company) -> None:
    row = an_invoice(site, "REFUSED-1", post=True)
    path = ".*/direct_costs.*"
    told.procore_fails(site, method="POST", path=path, action="status", status=422, times=None)
    record = heard(site, row)
    assert record.state == State.HELD, record.sentence
    site.procore("faults", method="DELETE")
    record = again(site, record)
    assert record.state == State.POSTED, record.sentence


def test_a_write_that_got_no_answer_is_looked_up_and_never_doubled(site: Company) -> None:
    row = an_invoice(site, "LOST-1", post=True)
    told.procore_fails(site, method="POST", path=".*/direct_costs.*", action="cut_after")
    record = heard(site, row)
    assert record.state == State.IN_DOUBT, record.sentence
    record = due_now(site, record)
    assert record.state == State.POSTED, record.sentence
    rows = site.procore("procore/totals")["collections"]["direct_costs"]["ids"]
    ours = [one for one in rows if str(one["origin_id"]).endswith(record.source_id)]
    assert len(ours) == 1


def test_a_rehearsal_sees_every_write_to_gp(site: Company) -> None:
    """The proof can fail: an attempt is counted, though it is refused."""
    address = site.ready[site.sides[1]]["control_url"]
    assert gp.writes(address) == []
    server = address.removesuffix("/control")
    requests.post(f"{server}/GPService/Tenants(x)/Companies(y)/Z", timeout=10)
    assert len(gp.writes(address)) == 2
    site.ledger("reset", {})
