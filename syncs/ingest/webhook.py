"""The webhook: authenticate, store, enqueue, answer. It never calls a vendor.

Whatever comes is answered with 2xx or 4xx. Without proof nothing is stored but a count.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import uuid

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from connections.models import Subscription
from connections.registry import VENDORS, Inbound, Verdict
from syncs.ingest import arrivals
from syncs.ingest.rejections import escaped, note_rejected

log = logging.getLogger(__name__)

LARGEST = 1_000_000  # bytes; a larger body is not kept, the flows are polled instead
NOTED_EVERY = dt.timedelta(minutes=1)  # when the last delivery of a subscription came
NOT_KEPT = "Too large to keep: the flows are polled instead."
UNKNOWN = Verdict(404, "Unknown subscription.", sentence="No subscription has this address.")
BROKEN_OFF = Verdict(400, "The request broke off.", sentence="The request broke off.")
# Every vendor sends such a notice again, and none gives its subscription up for it.
NOT_UNDERSTOOD = Verdict(429, "Not understood.", sentence="It could not even be judged.")


@csrf_exempt
def webhook(request: HttpRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """A 2xx is sent only after the delivery is stored."""
    subscription, number = arrivals.door(subscription_id) or (None, 0)
    if subscription and subscription.connection.vendor not in VENDORS:  # its code is not here now
        subscription = None
    return answered(request, subscription, number)


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Any other address below that of the webhooks."""
    return answered(request, None)


def answered(
    request: HttpRequest, subscription: Subscription | None, number: int = 0
) -> HttpResponse:
    """`number` is that of the delivery which this may become."""
    body = body_of(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    inbound = Inbound(request.method or "", request.GET.dict(), headers, body or b"")
    if body is None:
        verdict = BROKEN_OFF
    else:
        verdict = judged(subscription, inbound) if subscription else UNKNOWN
    if verdict.authentic and verdict.store and subscription:
        store(number, subscription, inbound)
    elif verdict.sentence and not verdict.authentic:
        note_rejected(request, inbound.body, subscription, verdict.sentence)
    return HttpResponse(verdict.body, status=verdict.status, content_type=verdict.content_type)


def body_of(request: HttpRequest) -> bytes | None:
    """What was sent, cut where it is too large. None where it broke off before its end."""
    told = request.META.get("CONTENT_LENGTH") or ""
    # Django reads nothing where no length is told; the server then ends the stream by itself.
    chunked = not told and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if chunked else request
    try:
        body: bytes = stream.read(LARGEST + 1)
    except Exception as error:  # each server has its own for a connection that ends, a bad chunk
        log.info("a webhook's body broke off: %s", type(error).__name__)
        return None
    expected = int(told) if re.fullmatch(r"[0-9]{1,12}", told) else 0
    return body if len(body) >= min(expected, LARGEST + 1) else None


def judged(subscription: Subscription, inbound: Inbound) -> Verdict:
    """What the vendor's module says; a body that breaks it is not believed."""
    try:
        return VENDORS[subscription.connection.vendor].receive(subscription, inbound)
    except DatabaseError:
        raise
    except Exception as error:
        log.error("a call of %s could not be judged: %s", subscription.pk, type(error).__name__)
        return NOT_UNDERSTOOD


def store(number: int, subscription: Subscription, inbound: Inbound) -> None:
    size = len(inbound.body)
    if size > LARGEST:
        arrivals.keep(number, subscription, "", size, NOT_KEPT)
    else:
        arrivals.keep(number, subscription, escaped(inbound.body)[:LARGEST], size, "")
    note_delivery(subscription)


def note_delivery(subscription: Subscription) -> None:
    """Once a minute: deliveries that come by the hundred do not wait for one row."""
    now, last = timezone.now(), subscription.last_delivery_at
    if last is None or now - last > NOTED_EVERY:
        Subscription.objects.filter(pk=subscription.pk).update(last_delivery_at=now)
