"""Two hosts on one database, each with a web server and a worker cluster; one dies in mid-work.

Nothing is lost or doubled, no schedule fires twice, and each poll that was asked for is made once.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import Any

import psutil
import pytest
import requests
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule, Task
from django_q.tasks import async_task

from audit import journal
from config.models import Heartbeat
from config.process import brokers
from syncs.ingest import turns
from syncs.models import Alert, Delivery, FlowSettings, Record, Run, State, Turn
from tests.config.running import MINUTE, Up, redis_server, until, up
from tests.flows import telling
from tests.story import Company

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.faults,
    pytest.mark.database,
    pytest.mark.timeout(1200),
]

QUICK = {
    "WATCHDOG_SECONDS": "15", "RECORD_LEASE_SECONDS": "4", "SWEEP_PATIENCE_SECONDS": "2",
    "LONGEST_RETRY_SECONDS": "4", "WEB_WORKERS": "1",
}  # fmt: skip
SWEEP_EVERY = 5.0  # seconds; a minute in production
MANY = 12
SCHEDULES = 20
AMOUNT = "840.50"
POLLED = ("requisitions", "direct_costs", "vendors")


@pytest.fixture(params=["database", "redis"])
def queue(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the hosts are told of the queue; this process uses the same."""
    if request.param == "database":
        yield {}
        return
    settings = request.getfixturevalue("settings")
    monkeypatch = request.getfixturevalue("monkeypatch")
    with redis_server(request.getfixturevalue("tmp_path")) as url:
        settings.REDIS_URL = url
        monkeypatch.setattr(Conf, "BROKER_CLASS", "config.process.brokers.redis_broker")
        yield {"REDIS_URL": url}


class Site:
    """Both hosts, and the company whose documents they carry."""

    def __init__(self, company: Company, hosts: dict[str, Up], numbers: str) -> None:
        self.company = company
        self.numbers = numbers  # the ledger keeps what the same story posted over the other queue
        self.hosts = hosts
        self.subscription = telling.procore_calls(company)
        self.documents: dict[str, dict[str, Any]] = {}
        self.before = list(Run.objects.values_list("pk", flat=True))
        self.next_sweep = time.monotonic() + SWEEP_EVERY

    def hears_of(self, host: str, count: int) -> None:
        """A webhook about a new invoice comes to this host's web server, and is answered 2xx."""
        number = f"{self.numbers}-{count}"
        row = self.documents[number] = self.company.a_direct_cost(number, AMOUNT)
        answer = requests.post(
            f"http://127.0.0.1:{self.hosts[host].port}/webhooks/{self.subscription.pk}/",
            json=telling.notice(self.company, row), headers={"Authorization": telling.SECRET},
            timeout=30,
        )  # fmt: skip
        assert answer.status_code // 100 == 2

    def parked(self) -> Any:
        """A post that waits at the ledger. What the queue lost on the way, the sweep asks for."""
        if time.monotonic() > self.next_sweep:
            self.next_sweep = time.monotonic() + SWEEP_EVERY
            async_task("syncs.tasks.sweep")
        return self.company.ledger("parked")

    def who_is_busy_with(self, function: str) -> str:
        found = [name for name, host in self.hosts.items() if host.busy_with(function)]
        return found[0] if found else ""

    def program_of(self, host: str) -> str:
        found = Heartbeat.objects.filter(host=host, kind=Heartbeat.Kind.WORKER)
        return str(found.values_list("program", flat=True).get())

    def all_are_posted(self) -> bool:
        async_task("syncs.tasks.sweep")
        return len(self.records()) == len(self.documents) and all(
            record.state == State.POSTED for record in self.records()
        )

    def records(self) -> list[Record]:
        ids = [str(row["id"]) for row in self.documents.values()]
        return list(Record.objects.filter(flow="direct_costs", source_id__in=ids))


@pytest.fixture
def site(company: Company, queue: dict[str, str]) -> Iterator[Site]:
    telling.only_what_is_new(company)
    OrmQ.objects.all().delete()
    Schedule.objects.all().delete()
    with ExitStack() as stack:
        hosts = {
            name: stack.enter_context(up(HOST_NAME=name, **QUICK, **queue))
            for name in ("east", "west")
        }
        for name, host in hosts.items():
            until(host.is_complete, f"a complete cluster on {name}", 4 * MINUTE)
            until(partial(is_healthy, host), f"a web server on {name}")
        yield Site(company, hosts, "HOSTS-R" if queue else "HOSTS-D")


def is_healthy(host: Up) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{host.port}/healthz", timeout=20).ok
    except requests.ConnectionError:
        return False


def dies(host: Up) -> None:
    """At once, and all of it: nobody is left to start anything again."""
    groups = [child.pid for child in psutil.Process(host.process.pid).children()]
    host.process.kill()
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue
    host.process.wait(30)


def delivered_twice(flow: str) -> None:
    """A poll is asked for, and the queue brings it once more."""
    row = FlowSettings.objects.get(flow=flow)
    turns.ask(row.integration_id, flow, "poll")
    ask = str(Turn.objects.get(flow=flow, kind="poll").ask)
    for _ in range(3):
        async_task("syncs.tasks.poll", row.pk, ask)


def schedules_are_due() -> None:
    past = timezone.now() - dt.timedelta(minutes=1)
    for number in range(SCHEDULES):
        Schedule.objects.create(
            name=f"due {number}", func="math.sqrt", args="16", next_run=past,
            schedule_type=Schedule.HOURLY,
        )  # fmt: skip


def fired() -> Counter[str]:
    return Counter(Task.objects.filter(group__startswith="due ").values_list("group", flat=True))


def one_host_is_caught_in_mid_work(site: Site) -> str:
    """One worker waits for the ledger's answer to a post, the other for a list of a poll."""
    company = site.company
    rule = {"method": "POST", "path": r"purchaseInvoices(\?|$)", "action": "park_after", "times": 1}
    telling.ledger_fails(company, **rule)
    site.hears_of("west", 1)
    until(site.parked, "a post that waits", 4 * MINUTE)
    victim = until(lambda: site.who_is_busy_with("syncs.tasks.run"), "who waits for it")
    telling.procore_fails(company, path="/requisitions", action="park_before", times=1)
    row = FlowSettings.objects.get(flow="requisitions")
    turn = turns.of(row.integration_id, row.flow, "poll")
    assert turn.wish()
    lane = brokers.probes_of(Conf.CLUSTER_NAME, site.program_of(victim))
    async_task("syncs.tasks.poll", row.pk, str(turn.ask), broker=lane)
    until(lambda: company.procore("parked"), "a poll that waits")
    assert len(site.hosts[victim].with_role("processing")) == 2
    return str(victim)


def test_one_of_two_hosts_dies_in_mid_work(site: Site, queue: dict[str, str]) -> None:
    company = site.company
    victim = one_host_is_caught_in_mid_work(site)
    survivor = "east" if victim == "west" else "west"
    schedules_are_due()
    for number in range(2, MANY):
        site.hears_of(("east", "west")[number % 2], number)
    for flow in ("direct_costs", "vendors"):
        delivered_twice(flow)
    until(lambda: len(fired()) > SCHEDULES / 2, "the schedules, which both clusters look at")

    dies(site.hosts[victim])
    company.ledger("release", {})
    company.procore("release", {})
    site.hears_of(survivor, MANY)

    until(site.all_are_posted, "every document in the ledger", 4 * MINUTE)
    until(lambda: not Turn.objects.exclude(ask=None, claim=None).exists(), "the end of all polls")
    if not queue:
        until(lambda: len(fired()) == SCHEDULES, "also those that the dead cluster had pulled")
    until(lambda: is_told(victim), "an alert of who is gone")
    everything_happened_once(site)


def is_told(victim: str) -> bool:
    said = f"Worker on {victim}: no heartbeat since"
    return Alert.objects.filter(sentence__startswith=said, closed_at=None).exists()


def everything_happened_once(site: Site) -> None:
    for number in site.documents:
        posted = site.company.posted_under(number)
        exactly = [row for row in posted if str(row["vendorInvoiceNumber"]).upper() == number]
        assert [Decimal(row["total"]) for row in exactly] == [Decimal(AMOUNT)], number
    assert not telling.drafts(site.company, f"{site.numbers}-")
    assert Delivery.objects.count() == len(site.documents)
    assert not Delivery.objects.exclude(state=Delivery.State.UNPACKED).exists()
    assert set(fired().values()) == {1}
    polls = Run.objects.filter(kind="poll", flow__in=POLLED).exclude(pk__in=site.before)
    made = Counter(polls.filter(ok=True).values_list("flow", flat=True))
    assert made == Counter(POLLED)
    (lost,) = polls.filter(ok=False)
    assert (lost.flow, lost.sentence) == ("requisitions", turns.LOST)
    assert journal.verify().ok
