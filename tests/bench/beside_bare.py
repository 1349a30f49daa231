"""The webhook beside a bare view with one insert: the same server, the same minute, in turns."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from django.db import connection

from config.process import programs
from config.rehearsal import ending, stage
from syncs.models import Delivery
from tests.bench import bare
from tests.bench.figure import Figure, median
from tests.flows import telling

PRODUCT = "config.wsgi:application"
CALLERS = 8  # as many as the server's two processes take at a time
WARM = 200  # calls before the clock starts
STARTS_IN = 60.0


@dataclass
class Door:
    """A server with the same number of processes and threads, and what it did."""

    port: int
    server: psutil.Process
    path: str
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def answer(self, body: bytes, count: int) -> None:
        """So many calls, one after the other from each caller; each must be answered with 2xx."""
        call = request(self.path, body)
        before, began = self.cpu(), time.perf_counter()
        with ThreadPoolExecutor(CALLERS) as callers:
            good = sum(callers.map(lambda _: answered(self.port, call), range(count)))
        lasted = time.perf_counter() - began
        if good != count:
            raise RuntimeError(f"{count - good} of {count} calls of {self.path} were not answered")
        self.rates.append(count / lasted)
        self.costs.append((self.cpu() - before) / count)

    def cpu(self) -> float:
        """Seconds that its processes have used so far."""
        found = [one.cpu_times() for one in self.server.children()]
        return sum(times.user + times.system for times in found)


def measure(calls: list[tuple[str, bytes]], rounds: int, count: int) -> list[Figure]:
    """No worker runs. What arrives is stored and asked for, as ever; the bare view gets the same
    bodies, before and after."""
    with connection.cursor() as cursor:
        cursor.execute(bare.MAKE)
    path, bodies = calls[0][0], [body for _, body in calls]
    with door(path, PRODUCT) as ours, door(bare.ADDRESS, bare.APPLICATION) as other:
        for one in (other, ours):
            one.answer(bodies[0], WARM)
            one.rates, one.costs = [], []
        for number in range(rounds):
            for one in (other, ours):
                one.answer(bodies[number], count)
    stored = Delivery.objects.count()
    if stored != WARM + rounds * count:
        raise RuntimeError(f"{WARM + rounds * count} calls were answered, {stored} are stored")
    return figures(ours, other)


def figures(ours: Door, other: Door) -> list[Figure]:
    rate, of_other = median(ours.rates), median(other.rates)
    return [
        Figure("a bare view with one insert, a second", of_other),
        Figure("webhook, a second", rate),
        Figure("  throughput against the bare view", rate / of_other, "×", 0.5, least=True),
        Figure("webhook, CPU of the web's processes", median(ours.costs) * 1000, "ms"),
        Figure("  times the bare view", median(ours.costs) / median(other.costs), "×"),
    ]


@contextmanager
def door(path: str, application: str) -> Iterator[Door]:
    port = stage.free_port()
    command = programs.web("127.0.0.1", port).command
    command[command.index(PRODUCT)] = application
    with ending.program(command, subprocess.DEVNULL, subprocess.DEVNULL) as process:
        began = time.monotonic()
        while not open_at(port) and time.monotonic() - began < STARTS_IN:
            time.sleep(0.1)
        yield Door(port, psutil.Process(process.pid), path)


def open_at(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def request(path: str, body: bytes) -> bytes:
    """Written once, so that calling costs little of the machine that answers."""
    lines = [
        f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: {telling.SECRET}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close",
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def answered(port: int, call: bytes) -> bool:
    """A connection of its own for each, as the vendors do it."""
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(call)
        said = b""
        while part := line.recv(4096):
            said += part
    return said.startswith(b"HTTP/1.1 2")
