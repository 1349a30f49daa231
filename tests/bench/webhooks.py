"""Webhooks arrive at the application as it runs: how soon each is answered, and if it stays."""

from __future__ import annotations

import http.client
import json
import socket
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django_q.models import OrmQ

from config.rehearsal import stage
from syncs.models import Delivery, FlowSettings, Record, Run
from tests.bench import beside_bare, scene
from tests.bench.figure import Figure, share
from tests.flows import telling
from tests.story import Company, nothing_is_scheduled

PER_SECOND = 5000 / 60
CALLERS = 64
Answer = tuple[int, float]  # status (0: none), seconds since it was due


def measure(full: bool) -> list[Figure]:
    """Web and workers run; the brake is on, so that nothing but the webhooks is carried. Before
    that the web alone, beside a bare view."""
    count, patience = (5000, 600) if full else (1000, 90)
    with scene.company() as company, tempfile.TemporaryDirectory() as folder:
        nothing_else_happens(company)
        calls = notices(company, count)
        beside = beside_bare.measure(calls, *((9, 1000) if full else (5, 500)))
        OrmQ.objects.all().delete()
        Delivery.objects.all().delete()
        port = stage.free_port()
        with stage.web_and_workers(port, Path(folder) / "up.log"):
            warm_up(port)
            began = time.perf_counter()
            heard = arrive(port, calls)
            lasted = time.perf_counter() - began
            unpacked = wait_until(lambda: not waiting(), patience)
    return beside + figures(count, heard, lasted, unpacked)


def nothing_else_happens(company: Company) -> None:
    nothing_is_scheduled(company.integration)
    Run.objects.create(integration=company.integration, flow="reference", kind="reference", ok=True)
    FlowSettings.objects.update(stopped=True)


def notices(company: Company, count: int) -> list[tuple[str, bytes]]:
    """Address and body of each, every one about a record of its own."""
    path = f"/webhooks/{telling.procore_calls(company).pk}/"
    rows = ({"id": 7_000_000 + n} for n in range(count))
    return [(path, json.dumps(telling.notice(company, row)).encode()) for row in rows]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def warm_up(port: int) -> None:
    """Every process has answered before; the workers start meanwhile."""
    wait_until(lambda: answers(port), 60)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: knock(port, "/healthz", b""), range(40)))
    time.sleep(3)


def arrive(port: int, calls: list[tuple[str, bytes]]) -> list[Answer]:
    """Each at its time, whether the earlier ones were answered or not."""
    began = time.perf_counter()

    def call(number: int) -> Answer:
        due = began + number / PER_SECOND
        time.sleep(max(due - time.perf_counter(), 0))
        return knock(port, *calls[number]), time.perf_counter() - due

    with ThreadPoolExecutor(CALLERS) as callers:
        return list(callers.map(call, range(len(calls))))


def knock(port: int, path: str, body: bytes) -> int:
    """A connection of its own for each, as the vendors do it."""
    door = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": telling.SECRET}
    try:
        door.request("POST", path, body, headers)
        return door.getresponse().status
    except OSError:
        return 0
    finally:
        door.close()


def waiting() -> bool:
    return Delivery.objects.filter(state=Delivery.State.STORED).exists()


def wait_until(done: Callable[[], bool], patience: float) -> float:
    """Seconds that it took; at most `patience`."""
    began = time.monotonic()
    while not done() and time.monotonic() - began < patience:
        time.sleep(0.2)
    return time.monotonic() - began


def figures(count: int, heard: list[Answer], lasted: float, unpacked: float) -> list[Figure]:
    times = [seconds for _, seconds in heard]
    good = sum(200 <= status < 300 for status, _ in heard)
    stored = Delivery.objects.count()
    noted = Record.objects.filter(source_id__startswith="7", flow=scene.FLOW).count()
    return [
        Figure(f"arriving in a minute ({count:,} sent)", count / lasted * 60, "", 4750, True),
        Figure("answer, p50", share(times, 0.5), "s"),
        Figure("answer, p99", share(times, 0.99), "s", 0.5),
        Figure("answer, slowest", max(times), "s"),
        Figure("not answered with 2xx", count - good, "", 0),
        Figure("answered, yet not stored", good - stored, "", 0),
        Figure("records noted in the end", noted, "", good, True),
        Figure("all unpacked, after the last came", unpacked, "s"),
    ]
