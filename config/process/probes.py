"""Small tasks through the whole queue and back: the proof that a cluster takes and acknowledges."""

import time
from dataclasses import dataclass

from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.tasks import async_task

from config.models import Heartbeat

MOST_WAITING = 4  # a backlog may hold them up; more would only lengthen it


class NotingBroker(ORM):
    """The database broker, which remembers the row that it wrote last."""

    row: int

    def enqueue(self, task: str) -> int:
        self.row = int(super().enqueue(task))
        return self.row


@dataclass
class Probe:
    """One task sent; times are monotonic seconds."""

    row: int
    sent_at: float
    ran_at: float | None = None


class Probes:
    """The probes that one watchdog has sent and not yet seen acknowledged."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.sent: dict[int, Probe] = {}
        self.sequence = int(time.time())  # above every number of an earlier watchdog

    def send(self, now: float) -> None:
        """Queue one more, unless several wait already."""
        if len(self.sent) >= MOST_WAITING:
            return
        self.sequence += 1
        broker = NotingBroker(self.queue)
        async_task("config.heartbeat.beat", self.sequence, save=False, broker=broker)
        self.sent[self.sequence] = Probe(broker.row, now)

    def observe(self, now: float, lost_after: float) -> None:
        """Note which have run, forget the acknowledged, and drop those lost on the way."""
        self.note_the_last_run(now)
        rows = [probe.row for probe in self.sent.values()]
        locks = dict(OrmQ.objects.filter(pk__in=rows).values_list("pk", "lock"))
        self.sent = {n: probe for n, probe in self.sent.items() if probe.row in locks}
        pulled = {row for row, lock in locks.items() if lock > timezone.now()}
        self.drop(
            [
                n
                for n, probe in self.sent.items()
                if probe.row in pulled and is_lost(probe, now, lost_after)
            ]
        )

    def note_the_last_run(self, now: float) -> None:
        row = Heartbeat.objects.filter(queue=self.queue).first()
        probe = self.sent.get(row.sequence) if row else None
        if probe is not None and probe.ran_at is None:
            probe.ran_at = now

    def unacknowledged_for(self, now: float) -> float:
        """Seconds since the oldest probe ran whose row is still in the queue."""
        return max((now - b.ran_at for b in self.sent.values() if b.ran_at is not None), default=0)

    def drop(self, sequences: list[int]) -> None:
        rows = [self.sent.pop(sequence).row for sequence in sequences]
        OrmQ.objects.filter(pk__in=rows).delete()

    def drop_all(self) -> None:
        self.drop(list(self.sent))


def is_lost(probe: Probe, now: float, lost_after: float) -> bool:
    """Pulled long ago and never run: its worker or pusher was killed with it in hand."""
    return probe.ran_at is None and now - probe.sent_at > lost_after
