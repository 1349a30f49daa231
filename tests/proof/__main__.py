"""Plays many runs on a throwaway server, lets the oracle judge each, and writes down the tally."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests import tally
from tests.proof import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

END = "<!-- end of the proof's table -->"
LANES = 2  # processes, each with a database and stand-ins of its own
DEFAULT = ("bc_procore", "nav_procore", "fo_procore")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.proof", description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the others follow")
    parser.add_argument("--integration", default="", help="one alone; else all in turn")
    parser.add_argument("--only", default="", help="these papers alone, as 2,5")
    parser.add_argument("--no-faults", action="store_true", help="both systems answer always")
    parser.add_argument("--no-kills", action="store_true", help="no worker dies")
    parser.add_argument(
        "--no-shrink", action="store_true", help="a failing run is not made smaller"
    )
    parser.add_argument("--record", action="store_true", help="add a line to docs/proof.md")
    parser.add_argument("--lane", default="", help=argparse.SUPPRESS)
    parser.add_argument("--pgdata", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.lane:
        lane(options)
        return
    from tests.scratch_server import remove_scratch_server, start_scratch_server

    pgdata = start_scratch_server(os.getpid())
    try:
        sys.exit(bool(in_lanes(options, pgdata)))
    finally:
        remove_scratch_server(pgdata)


# -- all lanes ------------------------------------------------------------------------------------


def in_lanes(options: argparse.Namespace, pgdata: Path) -> int:
    """Runs side by side. Returns how many faults the oracle found."""
    command = [sys.executable, "-m", "tests.proof", *sys.argv[1:], "--pgdata", str(pgdata)]
    lanes = [
        subprocess.Popen(
            [*command, "--lane", f"{number}/{LANES}"],
            cwd=tally.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(LANES)
    ]
    told = [json.loads(process.communicate()[0].splitlines()[-1]) for process in lanes]
    if any(process.returncode not in (0, 1) for process in lanes):
        raise SystemExit("a lane broke; its messages stand above")
    counts: Counter[str] = Counter()
    for one_lane in told:
        counts.update(one_lane)
    print(", ".join(f"{name} {number:,}" for name, number in sorted(counts.items())))
    if options.record:
        record(options, counts)
    return counts["faults"]


def record(options: argparse.Namespace, counts: Counter[str]) -> None:
    """One line of the table; nobody writes a number there by hand."""
    seeds = f"{options.seed}–{options.seed + options.runs - 1}"
    names = ("runs", "documents", "moves", "kills", "pairs", "webhooks",
             "lost", "doubled", "wrong cents", "shown wrongly", "journal")  # fmt: skip
    told = (counts[name] for name in names)
    tally.add(END, [seeds, options.integration or "all", tally.commit(), *told])


# -- one lane -------------------------------------------------------------------------------------


def lane(options: argparse.Namespace) -> None:
    """Its share of the runs; the last line that it prints is its tally as JSON."""
    clock.install()
    prepare(options.pgdata)
    from tests.proof.worlds import Worlds, lane_of

    number, lanes = (int(part) for part in options.lane.split("/"))
    worlds, counted = Worlds(options.pgdata, options.lane.replace("/", "_")), Counter[str]()
    try:
        for seed in range(options.seed, options.seed + options.runs):
            if lane_of(seed, options.integration, lanes) == number:
                one(worlds, seed, options, counted)
    finally:
        worlds.end()
    print(json.dumps(counted), flush=True)
    sys.exit(bool(counted["faults"]))


def prepare(pgdata: Path) -> None:
    import django

    from config.database import embedded_url

    os.environ.update(DATABASE_URL=embedded_url(pgdata), ALERT_URLS="", LOG_LEVEL="CRITICAL")
    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    settings.WHITENOISE_AUTOREFRESH = True  # else each webhook reads the headers of all files


def one(worlds: Any, seed: int, options: argparse.Namespace, counted: Counter[str]) -> None:
    from tests.proof.play import Options
    from tests.proof.shrink import smaller

    world = worlds.of(seed, options.integration)
    only = tuple(int(part) for part in options.only.split(",") if part)
    wanted = Options(only=only, faults=not options.no_faults, kills=not options.no_kills)
    began = time.monotonic()
    outcome = world.play(str(seed), wanted)
    took, kind = time.monotonic() - began, "faults" if outcome.faults else "agrees"
    said = f"{world.label} {seed}: {outcome.documents} documents, {kind}, {took:.1f} s"
    print(said, file=sys.stderr, flush=True)
    counted.update({"runs": 1, "documents": outcome.documents, "faults": len(outcome.faults)})
    counted.update(outcome.counts)
    counted.update(fault.kind for fault in outcome.faults)
    if not outcome.faults:
        return
    if not options.no_shrink:
        wanted, outcome = smaller(world, outcome, wanted)
    print(f"\n{world.label}, seed {seed}:", file=sys.stderr)
    for fault in outcome.faults:
        print(f"  {fault}", file=sys.stderr)
    print(f"  again: {again(world, seed, wanted)}", file=sys.stderr, flush=True)


def again(world: Any, seed: int, wanted: Any) -> str:
    """The command that repeats a run."""
    parts = [f"python -m tests.proof --runs 1 --seed {seed} --integration {world.label}"]
    given = dataclasses.asdict(wanted)
    if given["only"]:
        parts.append(f"--only {','.join(map(str, given['only']))}")
    parts += [f"--no-{name}" for name in ("faults", "kills") if not given[name]]
    return " ".join(parts)


if __name__ == "__main__":
    main()
