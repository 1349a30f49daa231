"""What a person should know now: one open row per key, told once. Never raises into the caller."""

from __future__ import annotations

import datetime as dt
import logging

import apprise
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from audit import journal
from audit.models import Entry
from connections.companies.asked import asked_by_nobody
from connections.models import Integration
from syncs import queue
from syncs.models import Alert

log = logging.getLogger(__name__)

TELL_AGAIN = dt.timedelta(hours=24)  # an alert that could not be sent is tried for so long
QUEUE_TIME = dt.timedelta(minutes=5)  # a fresh alert's own task is still on its way
NOBODY = "Nobody was told: no address for alerts is set up here. Who runs this site can add one."


@asked_by_nobody()
def open_alert(key: str, sentence: str, integration: Integration | None = None) -> Alert | None:
    """The open alert of this key, with this sentence; None when even that failed."""
    try:
        with transaction.atomic():
            return _open(key[:200], journal.storable(sentence), integration)
    except DatabaseError:
        log.exception("the alert %r could not be opened: %s", key, sentence)
        return None


def _open(key: str, sentence: str, integration: Integration | None) -> Alert:
    try:
        with transaction.atomic():
            alert = Alert.objects.create(key=key, sentence=sentence, integration=integration)
    except IntegrityError:  # it stands open already
        alert = Alert.objects.get(key=key, closed_at=None)
        if alert.sentence != sentence:
            alert.sentence = sentence
            alert.save(update_fields=["sentence"])
        return alert
    note(alert, f"Alert: {sentence}")
    queue.ask("tell", alert.pk)
    return alert


@asked_by_nobody()
def close_alert(key: str, by: str = "") -> bool:
    """It is over. True when one stood open; safe to call twice."""
    try:
        with transaction.atomic():
            alert = Alert.objects.select_for_update().filter(key=key[:200], closed_at=None).first()
            return alert is not None and _close(alert, by)
    except DatabaseError:
        log.exception("the alert %r could not be closed", key)
        return False


def _close(alert: Alert, by: str) -> bool:
    alert.closed_at, alert.closed_by = timezone.now(), by
    alert.save(update_fields=["closed_at", "closed_by"])
    note(alert, f"Alert closed: {alert.sentence}", by)
    return True


def note(alert: Alert, sentence: str, actor: str = "") -> None:
    key = alert.integration.key if alert.integration else ""
    data = {"alert": alert.pk, "key": alert.key}
    journal.append(Entry.Kind.ALERT, sentence, integration=key, actor=actor, data=data)


def tell(pk: int) -> None:
    """The task: send it once, or note on the alert why it could not be sent."""
    with transaction.atomic():
        waiting = Alert.objects.select_for_update(of=("self",)).select_related("integration")
        alert = waiting.filter(pk=pk, told_at=None, closed_at=None).first()
        if alert is None:
            return
        told, alert.telling_problem = send(alert)
        alert.told_at = timezone.now() if told else None
        alert.save(update_fields=["telling_problem", "told_at"])


def send(alert: Alert) -> tuple[bool, str]:
    """(somebody was told, what went wrong in a sentence)."""
    return deliver(title(alert), body(alert))


def deliver(title: str, body: str) -> tuple[bool, str]:
    """To the addresses of the site; the same answer. It never holds an address."""
    if not settings.ALERT_URLS:
        return False, NOBODY
    failed = [
        str(place) for place, url in enumerate(settings.ALERT_URLS, 1) if not sent(title, body, url)
    ]
    if not failed:
        return True, ""
    problem = f"Not sent to address {', '.join(failed)} of those that are set up for alerts."
    return len(failed) < len(settings.ALERT_URLS), problem


def sent(title: str, body: str, url: str) -> bool:
    """False when the address is not understood or did not take the message."""
    sender = apprise.Apprise()
    try:
        return bool(sender.add(url) and sender.notify(title=title, body=body))
    except Exception as error:  # a plug-in may raise anything
        log.warning("%r was not sent: %s", title, type(error).__name__)
        return False


def title(alert: Alert) -> str:
    return f"ml-connector: {alert.integration}" if alert.integration else "ml-connector"


def body(alert: Alert) -> str:
    return f"{alert.sentence}\n\n{settings.PUBLIC_URL}/syncs/alert/{alert.pk}/change/"


def tell_again() -> None:
    """For the sweep: alerts that nobody got are tried again, for a day."""
    now = timezone.now()
    waiting = Alert.objects.filter(told_at=None, closed_at=None).exclude(telling_problem=NOBODY)
    window = (now - TELL_AGAIN, now - QUEUE_TIME)
    for pk in waiting.filter(opened_at__range=window).values_list("pk", flat=True):
        queue.ask("tell", pk)
