"""A call's two round trips: whose door it is, and what it brought beside the task about it.

Both are written out and not composed: that costs more than everything else of an answer.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from connections.models import Connection, Subscription
from syncs import queue
from syncs.models import Delivery

# What vendors' modules look at; anything else is looked up when it is asked for. The delivery's
# number is drawn with it, so that the task can name what is written with it.
FIND = """
    SELECT nextval('syncs_delivery_id_seq'), side.id, side.vendor, side.settings,
        door.id, door.connection_id, door.scope, door.secret, door.last_delivery_at
    FROM connections_subscription AS door
    JOIN connections_connection AS side ON side.id = door.connection_id
    WHERE door.id = %s
"""
OF_SIDE = ("id", "vendor", "settings")  # in the order of the model's fields, as Django wants it
OF_DOOR = ("id", "connection_id", "scope", "secret", "last_delivery_at")
SECRET: Any = Subscription._meta.get_field("secret")
KEEP = """
    WITH delivery AS (
        INSERT INTO syncs_delivery
            (id, subscription_id, received_at, state, body, size, sentence, hints, tries)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 0, 0)
    )
    INSERT INTO django_q_ormq (key, payload, lock) VALUES (%s, %s, %s)
"""


def door(subscription_id: uuid.UUID) -> tuple[Subscription, int] | None:
    """The subscription of this address, and the number of what it brings.

    Whether the session with the database still stands, the question itself tells; no other is
    asked before. Where it has gone, it is asked once more over a new one.
    """
    session: Any = database
    session.health_check_done = True
    try:
        return found(subscription_id)
    except (OperationalError, InterfaceError):
        if database.in_atomic_block:
            raise
        database.close_if_unusable_or_obsolete()
        return found(subscription_id)


def found(subscription_id: uuid.UUID) -> tuple[Subscription, int] | None:
    with database.cursor() as cursor:
        cursor.execute(FIND, [subscription_id])
        row = cursor.fetchone()
    if row is None:
        return None
    number, side, vendor, facts, *known, secret, last = row
    known += [SECRET.from_db_value(secret, None, database), last]
    subscription = Subscription.from_db(database.alias, OF_DOOR, known)
    its = (side, vendor, json.loads(facts))
    subscription.connection = Connection.from_db(database.alias, OF_SIDE, its)
    return subscription, number


def keep(number: int, subscription: Subscription, body: str, size: int, sentence: str) -> None:
    """The row and its nudge: both, or neither."""
    if settings.REDIS_URL:
        with transaction.atomic():
            Delivery.objects.create(
                pk=number, subscription=subscription, body=body, size=size, sentence=sentence
            )
            queue.ask("unpack", number)
        return
    state = Delivery.State.STORED.value
    told = (number, subscription.pk, timezone.now(), state, body, size, sentence)
    with database.cursor() as cursor:
        cursor.execute(KEEP, [*told, *queue.row("unpack", number)])
