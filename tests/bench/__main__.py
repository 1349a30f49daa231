"""Prints the figures that the design promises, each measured on a stage of its own."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.rehearsal import stage
from tests.bench.figure import Figure

BENCHES = {
    "webhooks": "webhook answers while many arrive",
    "invoices": "requests per posted invoice",
    "cost": "CPU and statements per posted document",
    "ceiling": "use of a vendor's rate ceiling, 25 in 10 s",
    "throughput": "documents a second beside one bare session; the queue alone",
    "journal": "the journal beside bare inserts",
    "polls": "poll with nothing new",
    "lists": "admin pages",
    "mappings": "mapping file",
    "reconcile": "nightly comparison of posted documents, 50 of them changed",
    "memory": "memory of a worker",
    "clusters": "two worker clusters against one, answers in 50 ms",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHES), default=[])
    parser.add_argument("--full", action="store_true", help="the sizes of the design; slow")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    parser.add_argument("--record", action="store_true", help="write it into docs/benchmarks.md")
    return parser.parse_args()


def run(name: str, full: bool, record: bool) -> list[Figure] | None:
    """The bench's figures; None when it broke (its messages went to standard error)."""
    with stage.throwaway_database() as database:
        options = [*["--full"] * full, *["--record", BENCHES[name]] * record]
        command = [sys.executable, "-m", "tests.bench.play", name, *options]
        done = subprocess.run(
            command, env=surroundings(database), stdout=subprocess.PIPE, check=False
        )
    if done.returncode:
        return None
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    names = ("name", "value", "unit", "goal", "least")
    return [Figure(**{key: row[key] for key in names}) for row in rows]


def surroundings(database: str) -> dict[str, str]:
    """Nobody is alerted, and only trouble is logged."""
    return {
        **os.environ, "DATABASE_URL": database, "ALERT_URLS": "", "LOG_LEVEL": "ERROR",
        "DJANGO_ENV": "development", "BENCH": "1",
    }  # fmt: skip


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the database is dropped all the same
    found: dict[str, list[dict[str, Any]] | None] = {}
    for name in options.only or BENCHES:
        began = time.monotonic()
        figures = run(name, options.full, options.record)
        found[name] = None if figures is None else [figure.plain() for figure in figures]
        if not options.json:
            print(f"\n{name}: {BENCHES[name]} ({time.monotonic() - began:.0f} s)")
            print("\n".join(f.line() for f in figures) if figures else "  broke", flush=True)
    if options.json:
        print(json.dumps(found))
    sys.exit(not all(held(rows) for rows in found.values()))


def held(rows: list[dict[str, Any]] | None) -> bool:
    """A bench that broke has missed all its goals."""
    return rows is not None and not any(row["held"] is False for row in rows)


if __name__ == "__main__":
    main()
