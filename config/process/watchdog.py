"""Says when a worker cluster has stopped working although its processes seem to live.

django-q2's processes share locks. One that is killed while it holds a lock leaves the others
waiting for ever, without a word: an idle worker holds the queue's (nothing is taken any more), the
monitor that of the results (tasks run, none is acknowledged, each runs again after `retry`).
Nothing inside the cluster can see that, so we look from outside:

- **Silent:** no worker has taken a task for `patience` seconds although probes were queued, *and* a
  worker has stood idle for a third of that. Where every worker is busy with a task, silence is
  legitimate work until the task's time limit has passed; then the sentinel has failed at its duty.
  So a long task is never cut off while another worker makes progress: progress is never silence.
  When the idle half of a cluster is deaf, the busy half is cut off with it. There is no other cure,
  and a record cut off in mid-post is found again by its journal.
- **Unacknowledged:** a probe ran, and half of `patience` later its row is still in the queue.
- **Sentinel:** gone, or not woken once in `patience` seconds (stopped, or waiting for a lost lock).

After a kill the tasks that the dead cluster had pulled are released, so that nothing waits for
`retry`. Each cluster has a watchdog of its own, and a lane of the queue for its probes.
"""

import logging
import time

from django.db import close_old_connections, connection
from django.utils import timezone

from config.models import Heartbeat
from config.process import brokers
from config.process.cluster import Snapshot, snapshot
from config.process.hosts import Presence, release
from config.process.probes import Probes

START_PATIENCE = 60.0  # until a new cluster shows its first worker
PAUSE = 10.0  # between two looks; more means that this process itself was stopped
TERMINATION = 3.0  # django-q2's own allowance before it ends a worker whose time is up

log = logging.getLogger(__name__)


class Spans:
    """How long each of some facts has held without a break."""

    def __init__(self) -> None:
        self.since: dict[object, float] = {}

    def see(self, facts: set[object], now: float) -> None:
        self.since = {fact: self.since.get(fact, now) for fact in facts}

    def longest(self, kind: str, now: float) -> float:
        """Of the facts `(kind, ...)`."""
        ages = [
            now - t for fact, t in self.since.items() if isinstance(fact, tuple) and fact[0] == kind
        ]
        return max(ages, default=0.0)


class Watchdog:
    """Watches one cluster; the supervisor asks it about once a second."""

    def __init__(self, queue: str, patience: float, task_timeout: float) -> None:
        self.queue = queue
        self.patience = patience
        self.task_timeout = task_timeout
        self.presence = Presence(Heartbeat.Kind.WORKER, queue)
        self.probes = Probes(queue, self.presence.program)
        self.begin(time.monotonic())

    def begin(self, now: float) -> None:
        """A new cluster, or a time that we know nothing about: all clocks start again."""
        self.spans = Spans()
        self.began_at = self.last_look = now
        self.next_beat = now
        self.has_worked = False

    def fault(self, main: int) -> str | None:
        """Why the cluster must be killed, or None. Without database or queue it cannot judge."""
        now = time.monotonic()
        if now - self.last_look > PAUSE:
            self.begin(now)
        self.last_look = now
        try:
            close_old_connections()
            return self.judge(snapshot(main), now)
        except brokers.unreachable() as error:
            log.warning("the watchdog cannot reach the database or the queue: %s", error)
            connection.close()
            self.begin(now)
            return None

    def judge(self, cluster: Snapshot, now: float) -> str | None:
        self.spans.see(facts(cluster), now)
        if cluster.workers and not self.has_worked:
            self.begin(now)
            self.has_worked = True
        if not self.has_worked:
            return self.never_started(now)
        self.exchange_probes(now)
        return self.sentinel_fault(now) or self.silence(cluster, now) or self.monitor_fault(now)

    def never_started(self, now: float) -> str | None:
        return "no worker has started" if now - self.began_at > START_PATIENCE else None

    def exchange_probes(self, now: float) -> None:
        self.probes.observe(now, lost_after=2 * self.patience)
        if now >= self.next_beat:
            self.probes.send(now)
            self.next_beat = now + self.patience / 3

    def sentinel_fault(self, now: float) -> str | None:
        if self.spans.longest("no sentinel", now) > TERMINATION:
            return "the sentinel is gone"
        if self.spans.longest("sentinel", now) > self.patience:
            return "the sentinel is stuck"
        return None

    def silence(self, cluster: Snapshot, now: float) -> str | None:
        silent = min(now - self.began_at, self.since_last_work())
        someone_is_free = self.spans.longest("idle", now) > self.patience / 3
        if someone_is_free or not cluster.workers:
            limit = self.patience
        else:
            limit = self.task_timeout + TERMINATION + self.patience
        return f"no task taken for {silent:.0f} s" if silent > limit else None

    def since_last_work(self) -> float:
        row = Heartbeat.objects.filter(program=self.presence.program).first()
        if row is None or row.worked_at is None:
            return float("inf")
        return (timezone.now() - row.worked_at).total_seconds()

    def monitor_fault(self, now: float) -> str | None:
        waiting = self.probes.unacknowledged_for(now)
        if waiting > self.patience / 2:
            return f"a finished task was not acknowledged for {waiting:.0f} s"
        return None

    def prepare(self) -> None:
        """Before a new cluster: clear away what the one before it had in hand."""
        self.presence.start()
        try:
            release(self.queue, self.presence.program)
            self.probes.drop_all()
        except brokers.unreachable() as error:
            log.warning("tasks of the last cluster wait for their retry: %s", error)
            connection.close()
        self.begin(time.monotonic())


def facts(cluster: Snapshot) -> set[object]:
    """What the spans measure."""
    idle: set[object] = {("idle", pid) for pid in cluster.idle}
    if cluster.sentinel is None:
        return idle | {("no sentinel",)}
    if cluster.switches == 0:  # this system does not count them
        return idle
    return idle | {("sentinel", cluster.sentinel, cluster.switches)}
