"""Which systems are well: reached, signed in to, agreed to, told of by them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from connections.models import Connection, Subscription
from connections.pages.moments import when
from syncs.formatting import count

SOON = dt.timedelta(hours=24)
CONSENT_SOON = dt.timedelta(days=14)  # a person has to give it again


@dataclasses.dataclass(frozen=True)
class Health:
    """One connection, and what is wrong with it, in sentences."""

    connection: Connection
    alerted: list[str]  # these have an alert of their own
    problems: list[str]
    notes: list[str]

    @property
    def in_short(self) -> list[str]:
        """For who may not see connections: that it stands still, and not what it said."""
        if self.connection.unreachable_since:
            return [f"It cannot be reached since {when(self.connection.unreachable_since)}."]
        return ["Its sign-in fails."] if self.connection.paused else []


def healths() -> list[Health]:
    """Their tokens, consents and subscriptions come in two queries, however many there are."""
    rows = Connection.objects.select_related("token", "consent").defer(
        "secrets", "token__access_token", "consent__refresh_token", "test_findings"
    )
    subscribed = subscriptions()
    return [health(row, subscribed.get(row.pk, {})) for row in rows]


def subscriptions() -> dict[int, dict[str, Any]]:
    rows = Subscription.objects.exclude(state=Subscription.State.GONE).order_by()
    counted = rows.values("connection_id").annotate(
        active=Count("pk", filter=Q(state=Subscription.State.ACTIVE)),
        failed=Count("pk", filter=Q(state=Subscription.State.FAILED)),
        next=Min("expires_at", filter=Q(state=Subscription.State.ACTIVE)),
    )
    return {row["connection_id"]: dict(row) for row in counted}


def health(row: Connection, subscribed: dict[str, Any]) -> Health:
    now = timezone.now()
    alerted, problems, notes = [], [], []
    if not row.active:
        notes.append("Switched off.")
    if row.unreachable_since:
        alerted.append(f"It cannot be reached since {when(row.unreachable_since)}.")
    if row.paused:
        alerted.append(f"Paused: {row.pause_sentence}")
    alerted += token_problems(row)
    if subscribed.get("failed"):
        alerted.append(f"{count(subscribed['failed'], 'subscription')} failed.")
    if row.test_ok is False:
        problems.append("Its last test failed.")
    problems += consent_problems(row, now)
    if subscribed.get("next") and subscribed["next"] < now + SOON:
        problems.append("A subscription expires within a day.")
    if subscribed.get("active"):
        notes.append(f"{count(subscribed['active'], 'subscription')} in place.")
    return Health(row, alerted, problems, notes)


def token_problems(row: Connection) -> list[str]:
    token = getattr(row, "token", None)
    if token is None:
        return []
    if token.error and (token.obtained_at is None or (
        token.failed_at and token.failed_at > token.obtained_at
    )):  # fmt: skip
        return [f"The sign-in fails: {token.error}"]
    return []


def consent_problems(row: Connection, now: dt.datetime) -> list[str]:
    """A person consents anew on the connection's page, before it is over."""
    consent = getattr(row, "consent", None)
    if consent is None:
        return []
    if consent.over:
        return [f"The consent is over: {consent.over}"]
    if consent.ends_at and consent.ends_at < now + CONSENT_SOON:
        return [f"The consent ends on {when(consent.ends_at)}."]
    return []
