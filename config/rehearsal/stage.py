"""The stage: a throwaway database, stand-ins in a process of their own, web and workers."""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql

from config.database import embedded_url, ensure_running, is_embedded
from config.rehearsal import ending

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
SLOWEST_START = 240  # seconds, on a machine that is shared


@contextmanager
def throwaway_database() -> Iterator[str]:
    """The URL of a new, empty database on the same server; dropped at the end."""
    name = f"rehearsal_{secrets.token_hex(4)}"
    try:
        on_server("CREATE DATABASE {}", name)
        yield database_url(name)
    finally:
        on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def on_server(statement: LiteralString, database: str) -> None:
    with server() as connected:
        connected.execute(sql.SQL(statement).format(sql.Identifier(database)))


def server() -> psycopg.Connection[Any]:
    """A session in the server's own database, from which others are made."""
    found = settings.DATABASES["default"]
    host = ensure_running(settings.PGDATA) if is_embedded(found) else found.get("HOST")
    return psycopg.connect(
        host=str(host or "") or None, port=found.get("PORT") or None,
        user=found.get("USER") or None, password=found.get("PASSWORD") or None,
        dbname="postgres", autocommit=True,
    )  # fmt: skip


def database_url(name: str) -> str:
    """For the processes on the stage, in the form that the settings read."""
    found = settings.DATABASES["default"]
    if is_embedded(found):
        return embedded_url(settings.PGDATA, name)
    user = quote(str(found.get("USER") or ""), safe="")
    password = quote(str(found.get("PASSWORD") or ""), safe="")
    sign_in = f"{user}:{password}@" if password else f"{user}@" if user else ""
    host = str(found.get("HOST") or "")
    port = f":{found['PORT']}" if found.get("PORT") else ""
    return f"postgresql://{sign_in}{'/' if host.startswith('/') else ''}{host}{port}/{name}"


@contextmanager
def stand_ins(names: Sequence[str], seed: int) -> Iterator[dict[str, Any]]:
    """What the stand-ins say of themselves. They end with us."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", "--seed", str(seed)]
    command += [part for name in names for part in ("--only", name)]
    with subprocess.Popen(  # noqa: S603
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, process_group=0
    ) as process:
        try:
            yield ready_line(process)
        finally:
            ending.end(process)


def ready_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("the stand-ins were started without a pipe")
    waiting, _, _ = select.select([process.stdout], [], [], SLOWEST_START)
    line = process.stdout.readline() if waiting else b""
    if not line:
        raise RuntimeError("The stand-ins did not start; their messages stand above.")
    ready: dict[str, Any] = json.loads(line)
    return ready


@contextmanager
def web_and_workers(port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The application itself, under its own supervisor and watchdog."""
    command = [*MANAGE, "up", "--port", str(port)]
    with (
        log.open("wb") as output,
        ending.program(command, output, subprocess.STDOUT) as process,
    ):
        yield process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def surroundings(database: str, port: int) -> dict[str, str]:
    """The environment of everything on the stage: quick clocks, nobody is alerted."""
    return {
        **os.environ,
        "DATABASE_URL": database,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALERT_URLS": "",
        "RECORD_LEASE_SECONDS": "20",
        "SWEEP_PATIENCE_SECONDS": "8",
        "LONGEST_RETRY_SECONDS": "60",
        "WATCHDOG_SECONDS": "20",
        "WEB_WORKERS": "1",
        "REHEARSAL": "1",
    }
