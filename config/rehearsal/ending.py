"""Whatever ends a rehearsal, what it put up is taken down again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import IO

from config.process.supervisor import die_with

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 10.0  # seconds between asking a program to end, hurrying it, and killing it


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """A signal leaves the block as Ctrl-C does, then ends us; more of them do not hurry it."""

    def leave(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, ignore)
        raise KeyboardInterrupt(number)

    before = [signal.signal(each, leave) for each in SIGNALS]
    try:
        yield
    except KeyboardInterrupt as interrupt:
        sys.exit(128 + interrupt.args[0])
    finally:
        for each, handler in zip(SIGNALS, before, strict=True):
            signal.signal(each, handler)


def ignore(number: int, frame: FrameType | None) -> None:
    """Unlike SIG_IGN, a program that is started meanwhile does not inherit it."""


@contextmanager
def program(
    command: list[str],
    output: int | IO[bytes] | None = None,
    errors: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with the block, or with us. Ctrl-C reaches it only through us."""
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, env=env, stdout=output, stderr=errors, process_group=0,
        preexec_fn=partial(die_with, os.getpid()),
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it; ask again, which a supervisor takes for haste; kill it."""
    for ask in (process.terminate, process.terminate, process.kill):
        ask()
        try:
            process.wait(timeout=PATIENCE)
            return
        except subprocess.TimeoutExpired:
            continue
