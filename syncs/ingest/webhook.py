"""The webhook: authenticate, store, enqueue, answer. It never calls a vendor."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from connections.models import Subscription
from connections.registry import VENDORS, Inbound, Verdict
from syncs import queue
from syncs.models import Delivery

LARGEST = 1_000_000  # bytes; a larger body is not kept, the flows are polled instead


@csrf_exempt
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, subscription_id: uuid.UUID) -> HttpResponse:
    """A 2xx is sent only after the delivery is stored."""
    subscription = (
        Subscription.objects.select_related("connection").filter(pk=subscription_id).first()
    )
    if subscription is None:
        return HttpResponse("Unknown subscription.", status=404, content_type="text/plain")
    inbound = inbound_of(request)
    verdict = VENDORS[subscription.connection.vendor].receive(subscription, inbound)
    if verdict.store and (verdict.authentic or unreadable(subscription, inbound)):
        store(subscription, inbound)
    elif verdict.sentence and not verdict.authentic:
        keep_rejected(subscription, inbound, verdict)
    return HttpResponse(verdict.body, status=verdict.status, content_type=verdict.content_type)


def inbound_of(request: HttpRequest) -> Inbound:
    """The request as vendor modules see it; an oversized body is cut."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = request.read(LARGEST + 1)
    return Inbound(request.method or "", request.GET.dict(), headers, body)


def unreadable(subscription: Subscription, inbound: Inbound) -> bool:
    """Nothing of it can be believed or routed, so the flows are polled; its secret is unknown."""
    try:
        VENDORS[subscription.connection.vendor].unpack(subscription, inbound.body)
    except ValueError:
        return True
    return False


def store(subscription: Subscription, inbound: Inbound) -> None:
    """The row and its nudge, in one transaction."""
    body = inbound.body.decode("utf-8", "replace").replace("\x00", "")
    oversized = len(inbound.body) > LARGEST
    with transaction.atomic():
        delivery = Delivery.objects.create(
            subscription=subscription,
            body="" if oversized else body,
            size=len(inbound.body),
            sentence="Too large to keep: the flows are polled instead." if oversized else "",
        )
        Subscription.objects.filter(pk=subscription.pk).update(last_delivery_at=timezone.now())
        queue.ask("unpack", delivery.pk)


def keep_rejected(subscription: Subscription, inbound: Inbound, verdict: Verdict) -> None:
    """That somebody knocked, without what was said; at most a few rows per subscription."""
    rejected = Delivery.objects.filter(
        subscription=subscription, state=Delivery.State.REJECTED, sentence=verdict.sentence
    )
    if not rejected.update(received_at=timezone.now(), size=len(inbound.body)):
        Delivery.objects.create(
            subscription=subscription, state=Delivery.State.REJECTED,
            size=len(inbound.body), sentence=verdict.sentence,
        )  # fmt: skip
