"""Starts the stand-ins in one process and says on one line of JSON where they are."""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from .server import Simulator

PROCORE = "tests.simulators.procore:ProcoreSimulator"
BUSINESS_CENTRAL = "tests.simulators.business_central:BusinessCentralSimulator"


@dataclasses.dataclass(frozen=True)
class Instance:
    """A stand-in as an integration uses it: two integrations never share one."""

    factory: str
    company: str = ""  # another than the one asked for; "empty" stays empty


INSTANCES = {
    "procore": Instance(PROCORE),
    "business_central": Instance(BUSINESS_CENTRAL),
    "procore_nav": Instance(PROCORE),
    "procore_gp": Instance(PROCORE),
    "nav_online": Instance(BUSINESS_CENTRAL, "demo_source"),
    "nav": Instance("tests.simulators.nav_server:NavSimulator", "demo_source"),
    "gp": Instance("tests.simulators.gp:GpSimulator", "demo"),
    "procore_fo": Instance(PROCORE, "demo_fifteen"),
    "fo": Instance("tests.simulators.fo:FoSimulator", "demo_fifteen"),
    "monday": Instance("tests.simulators.monday:MondaySimulator", "demo"),
    "nav_monday": Instance("tests.simulators.nav_server:NavSimulator", "demo_source"),
    "monday_bc": Instance("tests.simulators.monday:MondaySimulator", "demo"),
    "bc_monday": Instance(BUSINESS_CENTRAL, "demo_source"),
}
PR_SET_PDEATHSIG = 1


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port-base", type=int, default=0, help="first port; 0 takes free ones")
    parser.add_argument("--state", type=Path, help="folder that keeps the state between runs")
    parser.add_argument("--company", choices=["demo", "empty"], default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--validate", type=Path, help="folder of the vendors' descriptions")
    parser.add_argument("--public-url", default="", help="http://host or http://host:{port}")
    parser.add_argument("--alive", type=float, default=0.0, help="seconds between two events")
    parser.add_argument("--only", action="append", choices=sorted(INSTANCES), default=[])
    return parser.parse_args(argv)


def build(name: str, options: argparse.Namespace) -> Simulator:
    instance = INSTANCES[name]
    module, _, factory = instance.factory.partition(":")
    made: type[Simulator] = getattr(importlib.import_module(module), factory)
    company = options.company if options.company == "empty" else instance.company
    simulator: Simulator = type(made.__name__, (made,), {"name": name})(
        seed=options.seed,
        company=company or options.company,
        state_dir=options.state,
        public_url=options.public_url,
    )
    if options.alive and hasattr(simulator, "alive"):
        simulator.alive = options.alive
    if options.validate and simulator.spec_file:
        simulator.validate(options.validate, simulator.spec_file)
    return simulator


def start(options: argparse.Namespace) -> list[Simulator]:
    running, port = [], options.port_base
    for name in options.only or INSTANCES:
        simulator = build(name, options)
        running.append(simulator.start(options.host, port))
        port += simulator.ports if port else 0
    return running


def end_with_parent(stop: threading.Event) -> None:
    """Ends this process when its parent is gone (the kernel signal is for Linux, asked at once)."""
    parent = os.getppid()

    def orphaned(number: int = 0, frame: FrameType | None = None) -> None:
        if os.getppid() != parent:
            stop.set()

    def watch() -> None:
        while not stop.wait(1.0):
            orphaned()

    if sys.platform == "linux":
        signal.signal(signal.SIGUSR1, orphaned)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGUSR1))
    threading.Thread(target=watch, daemon=True).start()


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(argv)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with_parent(stop)
    running = start(options)
    ready = {
        simulator.name: {**simulator.ready(), "screens_url": f"{simulator.url}{simulator.front}"}
        for simulator in running
    }
    print(json.dumps(ready), flush=True)
    stop.wait()
    for simulator in running:
        simulator.stop()


if __name__ == "__main__":
    main()
