"""Workers that carry what the queue holds: here, in processes that are killed, or two at a time.

A worker that is to be killed is forked, and dies by SIGKILL before its n-th step: a statement to
the database, or a request to another system. What dies so has no last words.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from typing import Any

import requests
from django.db import connections
from django_q.models import OrmQ

from tests.proof import clock

LONGEST = 120  # seconds of real time, then a worker that hangs is ended, too
MOST_STEPS = 400  # of a batch, between which a kill may fall
CHORES = ("syncs.tasks.renew", "syncs.tasks.refresh")  # that the virtual hours bring too often
TASKS = 400  # that one round carries at most; more is a queue that never empties


def carry_all(dice: random.Random, kills: float, pairs: float) -> dict[str, int]:
    """Until the queue is empty. Some tasks are lost, some come twice, some kill their worker."""
    counts = {"tasks": 0, "kills": 0, "pairs": 0}
    while (row := OrmQ.objects.order_by("pk").first()) and counts["tasks"] < TASKS:
        task = row.task
        row.delete()
        chore = task["func"] in CHORES and dice.random() < 0.8
        if chore or not str(task["func"]).startswith("syncs."):
            continue
        counts["tasks"] += 1
        if dice.random() < kills:
            apart([(task, dice.randint(1, MOST_STEPS))])
            counts["kills"] += 1
        elif dice.random() < pairs:
            apart([(task, 0), (task, 0)])
            counts["pairs"] += 1
        else:
            carry(task)
    return counts


def carry(task: dict[str, Any]) -> None:
    from syncs import tasks

    name = str(task["func"]).rpartition(".")[2]
    getattr(tasks, name)(*task["args"])


def apart(jobs: list[tuple[dict[str, Any], int]]) -> None:
    """Each in a process of its own, at the same time; 0 steps is to live."""
    connections.close_all()
    children = [fork(task, steps) for task, steps in jobs]
    for child in children:
        os.waitpid(child, 0)


def fork(task: dict[str, Any], steps: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        signal.alarm(LONGEST)
        if steps:
            dies_at(steps)
        carry(task)
    finally:
        os._exit(0)


def dies_at(steps: int) -> None:
    """Before the step of this number, in whatever is done then."""
    left = steps

    def step() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute: Callable[..., Any], *args: Any) -> Any:
        step()
        return execute(*args)

    send = requests.Session.send

    def counted(self: requests.Session, *args: Any, **kwargs: Any) -> Any:
        step()
        answer = send(self, *args, **kwargs)
        step()
        return answer

    connections["default"].execute_wrappers.append(statement)
    requests.Session.send = counted  # type: ignore[method-assign]


def time_passes(dice: random.Random) -> None:
    """Minutes, mostly; now and then the clock is set back."""
    clock.move(dice.choice([5, 60, 400, 900, 4000, -90]))
