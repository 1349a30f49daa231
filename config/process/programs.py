"""The programs of `manage.py up`: web, worker, and the stand-in systems of the demo."""

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from config.demo.stand_ins import NEEDED
from config.heartbeat import PROGRAM
from config.process.cluster import is_busy
from config.process.hosts import WebPresence
from config.process.supervisor import Program
from config.process.watchdog import Watchdog

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
STATE = settings.BASE_DIR / "var" / "simulators"
READY = STATE / "ready.json"
OUTPUT = STATE / "output.log"


def web(host: str, port: int) -> Program:
    """gunicorn; its control socket would lie in the home folder, so there is none."""
    options = {
        "--bind": f"{host}:{port}",
        "--workers": os.environ.get("WEB_WORKERS", "2"),
        "--threads": os.environ.get("WEB_THREADS", "4"),
        "--timeout": "120",
        "--graceful-timeout": "15",
        "--log-level": "warning",
    }
    flat = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--no-control-socket"]
    presence = WebPresence(host, port)
    return Program(
        "web",
        command + flat,
        before_start=presence.start,
        still_there=presence.still_there,
        after_end=presence.end,
    )


def worker() -> Program:
    """The task cluster. Its end waits for running tasks, but not for a cluster that is stuck."""
    queue = settings.Q_CLUSTER
    watchdog = Watchdog(queue["name"], settings.WATCHDOG_SECONDS, queue["timeout"])
    return Program(
        "worker",
        [*MANAGE, "qcluster"],
        grace=longest_end(),
        patience=15.0,
        before_start=watchdog.prepare,
        environment={PROGRAM: watchdog.presence.program},
        is_busy=is_busy,
        fault=watchdog.fault,
        still_there=watchdog.presence.still_there,
        after_end=watchdog.presence.end,
    )


def longest_end() -> float:
    """Seconds that a cluster may need to finish what runs and what it has pulled."""
    queue = settings.Q_CLUSTER
    rounds = 1 + math.ceil((queue["queue_limit"] + 1) / queue["workers"])
    return float(rounds * queue["timeout"] + 15)


def stand_ins(port_base: int) -> Program:
    """The simulated vendors; they print one JSON line when they are ready."""
    command = [sys.executable, "-m", "tests.simulators"]
    command += [part for name in NEEDED for part in ("--only", name)]
    command += ["--port-base", str(port_base), "--state", str(STATE), "--alive", "20"]
    return Program("stand-ins", command, output=OUTPUT, last_to_stop=True)


def demo() -> Program:
    """Connections, mappings and schedules of the demo, on the stand-ins that are ready."""
    return Program("demo", [*MANAGE, "set_up_demo", "--stand-ins", str(READY)])


def ready_line(output: Path) -> dict[str, Any] | None:
    """What the stand-ins said when they were ready; None before."""
    if not output.exists():
        return None
    for line in output.read_text().splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            found: dict[str, Any] = json.loads(line)
            return found
    return None
