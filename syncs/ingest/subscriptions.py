"""Subscriptions created, renewed a day ahead, watched, and replaced when the vendor lost them."""

from __future__ import annotations

import datetime as dt
import secrets

from django.conf import settings
from django.utils import timezone

from connections.errors import ConnectorError, CredentialPaused, Unreachable
from connections.models import Connection, Integration, Subscription
from connections.roles import Subscriber, Wanted
from connections.transport.rate_limit import Closing, go_on
from syncs.flow import Context
from syncs.models import Run
from syncs.reconciliation.alerts import close_alert, open_alert

AHEAD = dt.timedelta(hours=24)
AWAY = (Unreachable, CredentialPaused)  # of the whole system, not of one subscription
ACTIVE, GONE = Subscription.State.ACTIVE, Subscription.State.GONE


def keep(integration: Integration, flow_name: str, run: Run) -> None:
    """Both sides; what fails is an alert by itself and does not stop the rest."""
    context = Context(integration, flow_name)
    failed: list[str] = []
    away: list[ConnectorError] = []
    sides: tuple[tuple[Connection, Subscriber], ...] = (
        (integration.project_system, context.project_system), (integration.ledger, context.ledger),
    )  # fmt: skip
    for connection, client in sides:
        try:
            failed += keep_side(connection, client)
        except AWAY as error:
            away.append(error)
    run.requests = context.requests_used
    if failed:
        raise ConnectorError("; ".join([*failed, *(error.sentence for error in away)]))
    if away:
        raise away[0]
    run.sentence = "All subscriptions stand."


def keep_side(connection: Connection, client: Subscriber) -> list[str]:
    """Sentences of what failed. Raises what concerns the whole side, which stops no other."""
    try:
        wanted = {(want.resource, want.scope): want for want in client.wanted()}
        standing = client.standing()
    except (Closing, *AWAY):
        raise
    except ConnectorError as error:
        return [f"{connection}: {error.sentence}"]
    failed = [failure for want in wanted.values()
              if (failure := keep_one(connection, client, want, standing))]  # fmt: skip
    for row in connection.subscriptions.exclude(state=GONE):
        if (row.resource, row.scope) not in wanted and (failure := retire(client, row)):
            failed.append(failure)
    return failed


def keep_one(connection: Connection, client: Subscriber, want: Wanted, standing: set[str]) -> str:
    """Create it, renew it, or leave it. Returns a sentence when that failed."""
    go_on()
    row, _ = Subscription.objects.get_or_create(
        connection=connection, resource=want.resource, scope=want.scope
    )
    key = f"subscription:{row.pk}"
    try:
        bring_up(client, row, want, standing)
    except (Closing, *AWAY):
        raise
    except ConnectorError as error:
        row.note_failed(error.sentence)
        open_alert(key, f"{connection}: the subscription “{row}” failed. {error.sentence}")
        return f"{row}: {error.sentence}"
    close_alert(key)
    return ""


def bring_up(client: Subscriber, row: Subscription, want: Wanted, standing: set[str]) -> None:
    row.scope_name = want.scope_name
    if not row.secret:
        row.secret = secrets.token_urlsafe(32)
    row.save(update_fields=["scope_name", "secret"])
    if row.state != ACTIVE or row.remote_id not in standing:
        row.note_active(*client.subscribe(row, address(row)))
    elif row.expires_at and row.expires_at < timezone.now() + AHEAD:
        row.note_active(row.remote_id, client.renew(row, address(row)))
    else:
        row.note_active(row.remote_id, row.expires_at)


def retire(client: Subscriber, row: Subscription) -> str:
    """No longer wanted, as a project that closed. Returns a sentence when that failed."""
    try:
        if row.remote_id:
            client.unsubscribe(row)
    except (Closing, *AWAY):
        raise
    except ConnectorError as error:
        return f"{row}: {error.sentence}"
    row.state = GONE
    row.save(update_fields=["state"])
    close_alert(f"subscription:{row.pk}")
    return ""


def address(row: Subscription) -> str:
    """Where the vendor calls us; the uuid is unguessable."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/webhooks/{row.pk}/"
