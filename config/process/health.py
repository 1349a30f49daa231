"""/healthz: is the database there, does a worker work, how old is the queue?"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ

from config.models import Heartbeat, lasting
from config.process import brokers


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when a worker showed life within twice the watchdog's patience, else 503."""
    found = health(timezone.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)


def health(now: datetime) -> dict[str, Any]:
    """Of all hosts together. Those that are silent while others work have an alert."""
    try:
        rows = list(Heartbeat.objects.all())
        waiting = waiting_tasks(now)
    except DatabaseError:
        return {"ok": False, "database": False}
    queue = [row for row in rows if row.queue == Conf.CLUSTER_NAME]
    worked_at = max((row.worked_at for row in queue if row.worked_at), default=None)
    alive = worked_at is not None and now - worked_at <= lasting()
    bad = (Heartbeat.State.SILENT, Heartbeat.State.GONE)
    return {
        "ok": alive and waiting["queue"], "database": True, "worker": alive, "worked_at": worked_at,
        "hosts_missing": sum(row.state(now) in bad for row in rows), **waiting,
    }  # fmt: skip


def waiting_tasks(now: datetime) -> dict[str, Any]:
    """How many tasks wait unpulled, and since when the oldest does (seconds); Redis knows no age.
    And whether the queue is there."""
    if settings.REDIS_URL:
        return waiting_in_redis()
    due = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    oldest = due.aggregate(oldest=Min("lock"))["oldest"]
    return {
        "queue": True,
        "queue_length": due.count(),
        "queue_age": (now - oldest).total_seconds() if oldest else 0.0,
    }


def waiting_in_redis() -> dict[str, Any]:
    try:
        return {"queue": True, "queue_length": get_broker().queue_size(), "queue_age": None}
    except brokers.unreachable():
        return {"queue": False, "queue_length": None, "queue_age": None}
