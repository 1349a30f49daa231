"""Starts programs, keeps them running, and ends them so that no task is cut off.

- Each program leads a process group of its own, so that Ctrl-C reaches only us, and on Linux it
  dies with us.
- To end one, SIGTERM goes to its main process alone: a cluster whose workers get one too loses
  tasks and hangs. SIGKILL, after the grace, goes to the whole group.
- A program that ended is started again, later each time; what is left of its group is killed first.
"""

import logging
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

from config.process.parent_death import CLOSING, SUPERVISED, die_with_parent

TICK = 0.5
STEADY = 60.0  # a program that ran so long starts again at once when it ends
LONGEST_PAUSE = 30.0

log = logging.getLogger(__name__)


def never_busy(pid: int) -> bool:
    return False


def never_at_fault(pid: int) -> str | None:
    return None


def nothing() -> None:
    return None


@dataclass(frozen=True)
class Program:
    """What to run, and what to know about it while it runs (as its main process's id).

    While `is_busy` its end waits up to `grace` seconds, otherwise `patience`. `fault` says why it
    must be killed and started again.
    """

    name: str
    command: list[str]
    grace: float = 20.0
    patience: float = 20.0
    output: Path | None = None
    last_to_stop: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    before_start: Callable[[], None] = nothing
    still_there: Callable[[], None] = nothing  # called all the time, also while it ends
    after_end: Callable[[], None] = nothing  # when all ends
    is_busy: Callable[[int], bool] = never_busy
    fault: Callable[[int], str | None] = never_at_fault


class Child:
    """One program as it runs now, and its restarts."""

    def __init__(self, program: Program, lifeline: int) -> None:
        self.program = program
        self.lifeline = lifeline
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started_at = self.start_again_at = 0.0

    @property
    def pid(self) -> int | None:
        """Of the running main process."""
        return self.process.pid if self.process and self.process.poll() is None else None

    def start(self) -> None:
        self.program.before_start()
        self.started_at = time.monotonic()
        output = open_output(self.program.output)
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.program.command,
                env=self.environment(),
                pass_fds=[self.lifeline],
                process_group=0,
                preexec_fn=partial(die_with, os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=output,
            )
        finally:
            if output is not None:
                output.close()

    def environment(self) -> dict[str, str]:
        ours = {SUPERVISED: "1", CLOSING: str(self.lifeline)}
        return {**os.environ, **self.program.environment, **ours}

    def keep_running(self) -> None:
        """Start it, or start it again when its pause is over."""
        if self.pid is not None:
            return
        if self.process is not None:
            self.note_the_end(self.process)
        if time.monotonic() >= self.start_again_at:
            self.start()

    def kill_if_at_fault(self) -> None:
        pid = self.pid
        if pid is not None and (reason := self.program.fault(pid)):
            log.critical("%s does not work any more: %s. It is killed.", self.program.name, reason)
            self.kill_group()

    def note_the_end(self, process: subprocess.Popen[bytes]) -> None:
        """It ended by itself, or was killed: clear its group away and choose the pause."""
        self.kill_group()
        self.process = None
        ran = time.monotonic() - self.started_at
        self.failures = 1 if ran > STEADY else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), LONGEST_PAUSE)
        self.start_again_at = time.monotonic() + pause
        log.error(
            "%s ended (status %s) after %.0f s; starting again in %.0f s",
            self.program.name,
            process.returncode,
            ran,
            pause,
        )

    def terminate(self) -> None:
        """Ask the main process, and only that, to finish."""
        if self.process is not None and self.pid is not None:
            self.process.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """End the program and all that it started. Safe to call twice."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("nothing is left of %s", self.program.name)
        self.process.wait()


def die_with(parent: int) -> None:
    """In the new process, before it becomes the program. Safe there, as we have one thread."""
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)


def open_output(path: Path | None) -> IO[bytes] | None:
    """A fresh file for the program's stdout; None leaves it on ours."""
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")


class Supervisor:
    """Runs children until SIGINT, SIGTERM or SIGHUP; a second signal ends them at once."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.signals = 0
        self.lifeline, our_end = os.pipe()
        self.our_end = os.fdopen(our_end, "wb")

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note_signal)

    def note_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    @property
    def stopping(self) -> bool:
        return self.signals > 0

    def add(self, program: Program) -> Child:
        child = Child(program, self.lifeline)
        self.children.append(child)
        child.keep_running()
        return child

    def run_once(self, program: Program) -> int | None:
        """To its end, whose status this is; None when a signal came first."""
        child = self.add(program)
        self.wait_until(lambda: False, math.inf, child)
        if self.stopping or child.process is None:
            return None
        self.children.remove(child)
        return child.process.returncode

    def run(self) -> None:
        """Until a signal comes."""
        while not self.stopping:
            self.look_after_all()
            time.sleep(TICK)

    def look_after_all(self) -> None:
        for child in self.children:
            child.kill_if_at_fault()
            child.keep_running()
            child.program.still_there()

    def wait_until(self, ready: Callable[[], bool], seconds: float, child: Child) -> bool:
        """False when the child ended, a signal came or the time was over first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if child.pid is None or self.stopping or time.monotonic() > deadline:
                return False
            time.sleep(TICK / 5)
        return True

    def stop(self) -> None:
        """End all; those that the others need, last. Who waits for nothing but time, stops."""
        self.our_end.close()
        for last in (False, True):
            self.stop_some([c for c in self.children if c.program.last_to_stop is last])

    def stop_some(self, children: list[Child]) -> None:
        enough = max(self.signals, 1)
        for child in children:
            child.terminate()
        ends = [Ending(child) for child in children]
        while any(not ending.is_over() for ending in ends) and self.signals <= enough:
            for child in children:
                child.program.still_there()
            time.sleep(TICK / 5)
        for child in children:
            child.kill_group()
            child.program.after_end()


class Ending:
    """How long one child may still take."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.asked_at = self.busy_at = time.monotonic()

    def is_over(self) -> bool:
        """It has ended, or has had its time."""
        pid, now = self.child.pid, time.monotonic()
        if pid is None:
            return True
        program = self.child.program
        if program.is_busy(pid):
            self.busy_at = now
        return now - self.asked_at > program.grace or now - self.busy_at > program.patience
