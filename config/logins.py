"""Who is locked out of the admin after wrong passwords: a name at an address, for a while.

Whoever knows the password comes in from elsewhere. A name that is guessed at from many addresses
leaves each of them fewer tries.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.db.models import Sum
from django.http import HttpRequest

from connections.callers import client_address

TRIES = 5
TRIES_UNDER_ATTACK = 2
ATTACK = 20  # wrong passwords for one name, from all addresses together, within the lock's time
NETWORK = 64  # bits of an IPv6 address that one customer has; he may change the others at will


def address(request: HttpRequest) -> str | None:
    """What the lock knows a client by: its address, of IPv6 the network."""
    found = client_address(request)
    if isinstance(found, ipaddress.IPv6Address):
        found = ipaddress.IPv6Network((found, NETWORK), strict=False).network_address
    return str(found) if found else None


def tries(request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
    """How many wrong passwords lock this name at this address."""
    name = get_client_username(request, credentials)
    since = get_cool_off_threshold(request)
    attempts = AccessAttempt.objects.filter(username=name, attempt_time__gte=since)
    wrong = attempts.aggregate(wrong=Sum("failures_since_start"))["wrong"] or 0
    return TRIES_UNDER_ATTACK if wrong >= ATTACK else TRIES
