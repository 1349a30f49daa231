"""monday.com's notices: a challenge at creation, then one event per request.

A hook that an app's token made is signed (JWT, HS256, the app's signing secret). One of a personal
token is not: the unguessable address is its only proof, and the item is read again anyway.
developer.monday.com/api-reference/reference/webhooks
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jwt
from django.conf import settings

from connections.documents import Hint
from connections.models import Subscription
from connections.registry import Inbound, Verdict
from connections.vendors.monday.cells import moment, text
from connections.vendors.monday.ways import OAUTH

ID = re.compile(r"[0-9]{1,20}")
LONGEST_CHALLENGE = 2048
LEEWAY = 35 * 60  # seconds; a token lives 5 minutes, retries go on for 30 and may carry it
GONE = frozenset({"delete_pulse", "archive_pulse"})
UNPROVABLE = "The connection has no signing secret, so nobody can tell whether this is monday.com."
FORGED = "The signature is not that of the connection's app."


def receive(subscription: Subscription, inbound: Inbound) -> Verdict:
    """The challenge is echoed, whoever sends it; events are stored when they are genuine."""
    if inbound.method != "POST":
        return Verdict(405, sentence="monday.com sends notices by POST only.")
    try:
        body = parsed(inbound.body)
    except ValueError as error:
        body, unread = {}, f"Not readable: {error}."
    else:
        unread = ""
    if isinstance(challenge := body.get("challenge"), str) and "event" not in body:
        echo = json.dumps({"challenge": challenge[:LONGEST_CHALLENGE]})
        return Verdict(200, echo, content_type="application/json")
    if refused := unsigned(subscription, inbound):
        return Verdict(401, sentence=refused)
    if refused := unlike(subscription, inbound):
        return Verdict(400, sentence=refused)
    return Verdict(200, store=True, authentic=True, sentence=unread)


def unsigned(subscription: Subscription, inbound: Inbound) -> str:
    """Why the signature does not count; "" where it does or none can be asked for."""
    connection = subscription.connection
    if connection.setting("sign_in") != OAUTH:
        return ""
    secret = connection.secret("signing_secret").strip()
    if not secret:
        return UNPROVABLE
    token = inbound.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        genuine(token, secret, address(subscription))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return FORGED
    return ""


def unlike(subscription: Subscription, inbound: Inbound) -> str:
    """Why it is no notice of this board; "" where it is one, or its signature proves it anyhow."""
    if subscription.connection.setting("sign_in") == OAUTH:
        return ""
    try:
        unpack(subscription, inbound.body)
    except ValueError as error:
        return f"Not signed, and not readable: {error}."
    return ""


def genuine(token: str, secret: str, audience: str) -> None:
    """Raises jwt.PyJWTError. Claims stand bare, or under `dat` and then may lack `aud`."""
    options: Any = {"require": ["exp"], "verify_aud": False}
    claims = jwt.decode(token, secret, algorithms=["HS256"], leeway=LEEWAY, options=options)
    aud = claims.get("aud")
    stated = {text(one).rstrip("/") for one in (aud if isinstance(aud, list) else [aud]) if one}
    needed = stated or not isinstance(claims.get("dat"), dict)
    if needed and audience.rstrip("/") not in stated:
        raise jwt.InvalidAudienceError("made for another address")


def address(subscription: Subscription) -> str:
    """Where this subscription is called; what a signed notice must be made for."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/webhooks/{subscription.pk}/"


def parsed(body: bytes) -> dict[str, Any]:
    """Raises ValueError."""
    try:
        data = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(data, dict):
        raise ValueError("a monday.com notice is an object")
    return data


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    """The item that a stored notice names, [] for our own echo. Raises ValueError."""
    event = parsed(body).get("event")
    if not isinstance(event, dict) or not event.get("type"):
        raise ValueError("a monday.com notice has an event with a type")
    board = identifier(event.get("boardId"))
    if subscription.scope and board != subscription.scope:
        raise ValueError("a monday.com notice about another board than the webhook's")
    return [] if echo(subscription, event) else [hint(event, board)]


def hint(event: Mapping[str, Any], board: str) -> Hint:
    kind = text(event["type"])
    item = event.get("pulseId") if event.get("pulseId") is not None else event.get("itemId")
    trigger, hook = text(event.get("triggerUuid")), text(event.get("subscriptionId"))
    return Hint(
        source_id=identifier(item),
        scope=board,
        updated_at=moment(event.get("triggerTime")),
        deleted=kind in GONE,
        resource=kind[:200],
        event_id=f"{trigger[:40]}{hook[:24]}",
    )


def echo(subscription: Subscription, event: Mapping[str, Any]) -> bool:
    """Our own write, where the connection says that nobody else works as its user.

    An automation of the board that our write set off is not ours (`originalTriggerUuid`).
    """
    if subscription.connection.setting("own_user") != "yes" or event.get("originalTriggerUuid"):
        return False
    seat = getattr(subscription.connection, "seat", None)
    return bool(seat and seat.person_id and seat.person_id == text(event.get("userId")))


def identifier(value: Any) -> str:
    """Numbers above 32 bits here, texts elsewhere; ids are texts to us."""
    if isinstance(value, bool) or not ID.fullmatch(text(value)):
        raise ValueError("a monday.com notice has an id that is none")
    return text(value)
