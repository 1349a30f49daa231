"""Plays many inputs on a throwaway server, prints what came, and writes it down where asked to."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from tests import tally

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

END = "<!-- end of the fuzz's table -->"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this input of the seed alone")
    parser.add_argument("--readers", action="store_true", help="the vendors' readers alone")
    parser.add_argument("--record", action="store_true", help="add a line to docs/proof.md")
    return parser.parse_args()


def prepare(pgdata: Path) -> None:
    """Django on a fresh database of a server that need not survive."""
    import django

    from config.database import embedded_url

    os.environ.update(DATABASE_URL=embedded_url(pgdata), ALERT_URLS="", LOG_LEVEL="WARNING")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    call_command("migrate", verbosity=0)
    logging.getLogger().handlers.clear()  # each 4xx is a line; `play` hears what matters


def main() -> None:
    options = arguments()
    from tests.scratch_server import remove_scratch_server, start_scratch_server

    pgdata = start_scratch_server(os.getpid())
    try:
        prepare(pgdata)
        sys.exit(bool(played(options)))
    finally:
        remove_scratch_server(pgdata)


def played(options: argparse.Namespace) -> list[str]:
    """What went wrong."""
    from tests.fuzz.doors import stand
    from tests.fuzz.play import play, read

    one = options.only
    inputs = range(options.inputs) if one is None else range(one, one + 1)
    began = time.monotonic()
    way, through = (read, "readers") if options.readers else (play, "whole stack")
    outcome = way(stand(), options.seed, inputs)
    took = time.monotonic() - began
    print(f"seed {options.seed}, {len(inputs):,} inputs in {took:.0f} s: {outcome.line()}")
    print("\n".join(outcome.wrong[:50]) or "nothing wrong", flush=True)
    if options.record:
        record(options.seed, through, outcome)
    return outcome.wrong


def record(seed: int, through: str, outcome: Any) -> None:
    """One line of the table; nobody writes a number there by hand."""
    answers, states = outcome.answers, outcome.states
    cells = (
        str(seed), answers.total(), through, tally.commit(), answers["2xx"], answers["4xx"],
        answers["5xx"], states["unpacked"], states["malformed"], outcome.rejected,
        len(outcome.wrong),
    )  # fmt: skip
    tally.add(END, cells)


if __name__ == "__main__":
    main()
