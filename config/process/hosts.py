"""That a program is there, told by its supervisor; and what its neighbours make of silence."""

from __future__ import annotations

import datetime as dt
import http.client
import logging
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from django_q.models import OrmQ

from config.models import Heartbeat
from config.process.brokers import SEPARATOR, lane
from connections.pages.moments import when
from syncs.admin.fixes import link
from syncs.models import Alert
from syncs.reconciliation.alerts import close_alert, open_alert

ANSWER_SECONDS = 2.0  # in which our own web server answers
ALERT = "host:"
BADGES = {
    Heartbeat.State.WORKS: "success", Heartbeat.State.SILENT: "danger",
    Heartbeat.State.GONE: "danger", Heartbeat.State.STOPPED: "plain",
}  # fmt: skip
CLOCKS_DIFFER = dt.timedelta(seconds=5)

log = logging.getLogger(__name__)


class Presence:
    """One program of this host: a row that says since when it runs, and when it was seen."""

    def __init__(self, kind: Heartbeat.Kind, queue: str = "") -> None:
        self.host = settings.HOST_NAME
        self.program = f"{self.host}.{secrets.token_hex(3)}"
        self.kind, self.queue = kind, queue
        self.next_look = 0.0

    def start(self) -> None:
        guarded(self.begin)

    def begin(self) -> None:
        """It starts now, in the place of those of this name that have ended."""
        now = timezone.now()
        for row in self.namesakes():
            if not row.lives(now):
                row.delete()
        self.note(since=now, worked_at=None, stopped_at=None)

    def namesakes(self) -> list[Heartbeat]:
        rows = Heartbeat.objects.filter(host=self.host, kind=self.kind, queue=self.queue)
        return list(rows.exclude(program=self.program))

    def note(self, **values: object) -> None:
        Heartbeat.note(self.program, self.host, kind=self.kind, queue=self.queue, **values)

    def end(self) -> None:
        """It was asked to end, and has."""
        guarded(lambda: self.note(stopped_at=timezone.now()))

    def still_there(self) -> None:
        """The supervisor says so often; it is written a few times while a heartbeat counts."""
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + settings.WATCHDOG_SECONDS / 3
            guarded(self.look)

    def look(self) -> None:
        """Tell that it is there, and look after the others."""
        self.note()
        check_the_clock(self.host)
        look_after_neighbours()


class WebPresence(Presence):
    """Of a web server: it works when it answers. gunicorn itself ends workers that hang."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(Heartbeat.Kind.WEB)
        self.at = ("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104

    def look(self) -> None:
        if answers(*self.at):
            self.note(worked_at=timezone.now())
        super().look()


def guarded(work: Callable[[], object]) -> None:
    """Without a database nothing can be told; what is there then looks gone until it is back."""
    try:
        close_old_connections()
        work()
    except (DatabaseError, InterfaceError) as error:
        log.warning("the heartbeat cannot be written: %s", error)
        connection.close()


def answers(host: str, port: int) -> bool:
    """Whatever it says: a web server that says anything works."""
    door = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    name = next(iter(settings.ALLOWED_HOSTS), "").lstrip(".*") or "localhost"
    try:
        door.request("GET", "/healthz", headers={"Host": name})
        door.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        door.close()
    return True


def check_the_clock(host: str) -> None:
    """Leases and schedules are told by each host's clock; the database's is the one for all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        off = timezone.now() - cursor.fetchone()[0]
    key = f"clock:{host}"
    if abs(off) > CLOCKS_DIFFER:
        ahead = "ahead of" if off > dt.timedelta() else "behind"
        said = f"The clock of {host} is {abs(off).total_seconds():.0f} s {ahead} the database’s."
        open_alert(key, f"{said} Let both hosts take the time from the same server (NTP).")
    elif Alert.objects.filter(key=key, closed_at=None).exists():
        close_alert(key)


def look_after_neighbours() -> None:
    """Alert on who is silent or gone, and free the tasks that a dead cluster had pulled."""
    now = timezone.now()
    rows = [row for row in Heartbeat.objects.all() if not gone_and_replaced(row, now)]
    bad = {f"{ALERT}{row.program}": said for row in rows if (said := problem(row, now))}
    for key, said in bad.items():
        open_alert(key, said)
    stand_open = Alert.objects.filter(key__startswith=ALERT, closed_at=None)
    for key in stand_open.exclude(key__in=bad).values_list("key", flat=True):
        close_alert(key)
    release_of_the_dead([row.program for row in rows if row.lives(now)])


def gone_and_replaced(row: Heartbeat, now: dt.datetime) -> bool:
    """Killed, and started again under the same name: then it leaves the list by itself."""
    if row.state(now) != Heartbeat.State.GONE:
        return False
    same = Heartbeat.objects.filter(host=row.host, kind=row.kind, queue=row.queue)
    if not any(other.lives(now) for other in same.filter(since__gt=row.since)):
        return False
    row.delete()
    return True


def problem(row: Heartbeat, now: dt.datetime) -> str:
    """In a sentence; empty while all is well, and of what was stopped on purpose."""
    state = row.state(now)
    if state == Heartbeat.State.GONE:
        return (
            f"{row}: no heartbeat since {when(row.seen_at)}. Start it again, or take it off "
            "the list of hosts on the front page."
        )
    if state == Heartbeat.State.SILENT:
        since = row.worked_at or row.since
        return f"{row}: it runs, and has not worked since {when(since)}."
    return ""


def release(queue: str, cluster: str) -> int:
    """A dead cluster's tasks may be pulled again now, not only after `retry`, many minutes later.

    Some may have run already: a task is safe to run twice, since it claims its row first.
    """
    dead = OrmQ.objects.filter(key=lane(queue, cluster))
    return int(dead.update(key=queue, lock=timezone.now()))


def release_of_the_dead(living: list[str]) -> int:
    """The lanes of clusters that nobody has seen for a while."""
    lanes = OrmQ.objects.filter(key__contains=SEPARATOR).order_by()
    released = 0
    for key in set(lanes.values_list("key", flat=True)):
        queue, _, cluster = key.partition(SEPARATOR)
        if cluster not in living:
            released += release(queue, cluster)
    return released


def listed(may_remove: bool) -> list[dict[str, object]]:
    """For the front page: every program of every host, and where to take one off the list."""
    now = timezone.now()
    return [
        {
            "row": row, "state": row.state(now).label, "badge": BADGES[row.state(now)],
            "remove": link("config_heartbeat_delete", row.pk)
            if may_remove and not row.lives(now) else "",
        }
        for row in Heartbeat.objects.all()
    ]  # fmt: skip
