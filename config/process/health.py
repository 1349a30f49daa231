"""/healthz: is the database there, does a worker work, how old is the queue?"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.conf import Conf
from django_q.models import OrmQ

from config.models import Heartbeat


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when a worker showed life within twice the watchdog's patience, else 503."""
    found = health(timezone.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)


def health(now: datetime) -> dict[str, Any]:
    try:
        beat = Heartbeat.objects.filter(queue=Conf.CLUSTER_NAME).first()
        waiting = waiting_tasks(now)
    except DatabaseError:
        return {"ok": False, "database": False}
    patience = timedelta(seconds=2 * settings.WATCHDOG_SECONDS)
    alive = beat is not None and now - beat.worked_at <= patience
    worked_at = beat and beat.worked_at
    return {"ok": alive, "database": True, "worker": alive, "worked_at": worked_at, **waiting}


def waiting_tasks(now: datetime) -> dict[str, Any]:
    """How many tasks wait unpulled, and since when the oldest does (seconds)."""
    due = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lte=now)
    oldest = due.aggregate(oldest=Min("lock"))["oldest"]
    return {
        "queue_length": due.count(),
        "queue_age": (now - oldest).total_seconds() if oldest else 0.0,
    }
