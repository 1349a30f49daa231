"""Small tasks through a cluster and back: the proof that it takes and acknowledges.

They go through the cluster's own lane, so that no other cluster answers and no backlog delays them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django_q.tasks import async_task

from config.heartbeat import BEAT
from config.models import Heartbeat
from config.process import brokers

MOST_WAITING = 4  # a cluster that is busy takes none; more would only pile up


@dataclass
class Probe:
    """One task sent; times are monotonic seconds."""

    sent_at: float
    ran_at: float | None = None


class Probes:
    """The probes that one watchdog has sent and not yet seen acknowledged."""

    def __init__(self, queue: str, cluster: str) -> None:
        self.queue = queue
        self.cluster = cluster
        self.sent: dict[int, Probe] = {}
        self.sequence = int(time.time())  # above every number of an earlier watchdog

    def send(self, now: float) -> None:
        """Queue one more, unless several wait already."""
        if len(self.sent) >= MOST_WAITING:
            return
        self.sequence += 1
        broker = brokers.probes_of(self.queue, self.cluster)
        async_task(BEAT, self.cluster, self.sequence, save=False, broker=broker)
        self.sent[self.sequence] = Probe(now)

    def observe(self, now: float, lost_after: float) -> None:
        """Note which have run; forget the acknowledged, those before them, and the lost."""
        row = Heartbeat.objects.filter(program=self.cluster).first()
        if row is not None:
            self.note_the_last_run(row.sequence, now)
            self.sent = {n: p for n, p in self.sent.items() if n > row.acknowledged}
        lost = [n for n, probe in self.sent.items() if is_lost(probe, now, lost_after)]
        if lost and not brokers.probes_of(self.queue, self.cluster).queue_size():
            for number in lost:
                del self.sent[number]

    def note_the_last_run(self, sequence: int, now: float) -> None:
        probe = self.sent.get(sequence)
        if probe is not None and probe.ran_at is None:
            probe.ran_at = now

    def unacknowledged_for(self, now: float) -> float:
        """Seconds since the oldest probe ran of which the monitor has not told."""
        return max((now - p.ran_at for p in self.sent.values() if p.ran_at is not None), default=0)

    def drop_all(self) -> None:
        """What the cluster has not taken yet. A dead cluster takes nothing."""
        self.sent.clear()
        brokers.probes_of(self.queue, self.cluster).delete_queue()


def is_lost(probe: Probe, now: float, lost_after: float) -> bool:
    """Never run for so long: its worker or pusher was killed with it in hand."""
    return probe.ran_at is None and now - probe.sent_at > lost_after
