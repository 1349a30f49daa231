"""Who knocked without proof: a count per door and the last few, cut short. Nothing else is kept."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from audit.journal import storable
from connections.callers import client_address
from connections.models import Subscription
from syncs.models import Rejection

KEPT = 5  # calls of a door that are shown
SHOWN = 200  # characters of a body and of a path
READ = 2_000  # bytes of a body that are looked at
SECRET_KEYS = frozenset({"clientstate", "secret", "token", "authorization", "password"})
SECRET = re.compile(rf'("(?:{"|".join(sorted(SECRET_KEYS))})"\s*:\s*)(?:"[^"]*"?|[^",}}\s]+)', re.I)
HIDDEN = "•••"


def escaped(body: bytes) -> str:
    """As text that the database holds: what is no UTF-8, and NUL, is written out as \\x…"""
    return body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def note_rejected(
    request: HttpRequest, body: bytes, subscription: Subscription | None, sentence: str
) -> None:
    """One row per door, and one for all addresses that are no door of ours."""
    now, door = timezone.now(), str(subscription.pk) if subscription else Rejection.UNKNOWN
    shown = sample(request, body, sentence)
    with transaction.atomic():
        fresh = Rejection(door=door, subscription=subscription, first_at=now, last_at=now)
        Rejection.objects.bulk_create([fresh], ignore_conflicts=True)
        row = Rejection.objects.select_for_update().only("sample").get(pk=door)
        Rejection.objects.filter(pk=door).update(
            count=F("count") + 1, last_at=now, sentence=shown["why"],
            sample=[shown, *row.sample][:KEPT],
        )  # fmt: skip


def sample(request: HttpRequest, body: bytes, sentence: str) -> dict[str, Any]:
    """What is shown of one call; values that look like secrets are not."""
    words: dict[str, Any] = storable({
        "at": timezone.now().isoformat(timespec="seconds"),
        "from": str(client_address(request) or ""),
        "method": str(request.method)[:10],
        "path": request.path[:SHOWN],
        "why": sentence[:SHOWN],
        "body": SECRET.sub(rf"\1{HIDDEN}", escaped(body[:READ]))[:SHOWN],
    })  # fmt: skip
    return {**words, "size": len(body)}
