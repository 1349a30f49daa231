"""Every vendor's door in the tables, and what that vendor says there when all is well."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
import uuid
from typing import Any

import jwt
from django.test import Client as Browser
from django.utils import timezone

from connections.models import Connection, Integration, Seat, Subscription
from connections.vendors.dynamics.subscriptions import USEFUL
from connections.vendors.monday.webhook import address
from connections.vendors.procore.webhook import KIND_OF_RESOURCE, LINES_OF

SECRET = "s3cret-of-the-subscription-and-long-enough"
BOARD = "1801000001"
PROCORE, DYNAMICS, TOKEN, SIGNED, QUIET = "procore", "dynamics", "token", "signed", "quiet"
SPEAKING = (PROCORE, DYNAMICS, TOKEN, SIGNED)


@dataclasses.dataclass
class Call:
    """One request to a door; a mutation changes it in place."""

    path: str
    body: bytes
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    method: str = "POST"
    query: str = ""
    content_type: str = "application/json"

    def send(self, browser: Browser) -> Any:
        return browser.generic(
            self.method, self.path, self.body, self.content_type, headers=self.headers,
            QUERY_STRING=self.query,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Door:
    """One subscription, and which way its vendor proves itself."""

    name: str
    way: str
    subscription: Subscription

    @property
    def path(self) -> str:
        return f"/webhooks/{self.subscription.pk}/"

    def content(self, pick: random.Random) -> Any:
        """What the vendor says, before it becomes bytes."""
        return CONTENT[self.way](pick)

    def call(self, content: Any, proven: bool = True, everywhere: bool = True) -> Call:
        """This content with the vendor's proof, or with a false one; `everywhere`: in each item,
        else only where the item has none of its own."""
        secret = SECRET if proven else "somebody-else-and-long-enough-to-be-a-key"
        items = content.get("value") if isinstance(content, dict) else None
        for item in items if self.way == DYNAMICS and isinstance(items, list) else ():
            if isinstance(item, dict) and (everywhere or item.get("clientState") is None):
                item["clientState"] = secret
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return Call(self.path, body, self.proof(secret))

    def proof(self, secret: str) -> dict[str, str]:
        if self.way == PROCORE:
            return {"Authorization": secret}
        if self.way != SIGNED:
            return {}
        claims = {"aud": address(self.subscription), "exp": int(timezone.now().timestamp()) + 300}
        return {"Authorization": jwt.encode(claims, secret, algorithm="HS256")}


def of_procore(pick: random.Random) -> Any:
    resource = pick.choice([*KIND_OF_RESOURCE, *LINES_OF])
    return {
        "id": pick.randrange(10**6), "ulid": f"01JQ4Z8M5T7V9X1B3D5F7{pick.randrange(10**5)}",
        "timestamp": moment(pick), "company_id": 1, "user_id": 1, "api_version": "v3.0",
        "project_id": pick.randrange(1, 10**6), "event_type": pick.choice(["create", "delete"]),
        "resource_name": resource, "resource_id": pick.randrange(1, 10**4),
        "related_resources": [
            {"name": LINES_OF.get(resource, "Projects"), "id": pick.randrange(1, 10**4)}
        ],
    }  # fmt: skip


def of_dynamics(pick: random.Random) -> Any:
    return {"value": [an_item(pick) for _ in range(pick.choice((1, 1, 2, 5)))]}


def an_item(pick: random.Random) -> dict[str, Any]:
    names, key = pick.choice([*USEFUL, "salesOrders"]), uuid.UUID(int=pick.getrandbits(128))
    kind = pick.choice(["created", "updated", "deleted", "collection"])
    tail = f"({key})"
    if kind == "collection":
        tail = f"?$filter=lastModifiedDateTime%20gt%20{moment(pick)}"
    return {
        "subscriptionId": "x", "clientState": SECRET, "changeType": kind,
        "resource": f"api/v2.0/companies({key})/{names}{tail}",
        "lastModifiedDateTime": moment(pick), "expirationDateTime": moment(pick),
    }  # fmt: skip


def of_monday(pick: random.Random) -> Any:
    kind = pick.choice(["update_column_value", "delete_pulse", "create_pulse", "archive_pulse"])
    return {"event": {
        "type": kind, "boardId": int(BOARD), "userId": pick.choice([7, 70000002]),
        "pulseId": pick.randrange(1, 10**4), "columnId": "status", "subscriptionId": 810000002,
        "triggerTime": moment(pick), "triggerUuid": f"{pick.getrandbits(128):032x}",
        "value": {"label": {"index": 1, "text": "Approved"}},
    }}  # fmt: skip


CONTENT = {
    PROCORE: of_procore, DYNAMICS: of_dynamics, TOKEN: of_monday, SIGNED: of_monday,
    QUIET: of_procore,
}  # fmt: skip


def moment(pick: random.Random) -> str:
    at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC) + dt.timedelta(seconds=pick.randrange(10**6))
    return at.isoformat().replace("+00:00", "Z")


def stand() -> list[Door]:
    """A door of every vendor and way of proof, with integrations whose flows listen."""
    made = [
        connected("procore", "procore", PROCORE),
        connected("business_central", "business_central", DYNAMICS),
        connected("nav online", "nav", DYNAMICS, mode="online"),
        connected("nav on-premises", "nav", DYNAMICS, mode="on_premises"),
        connected("monday token", "monday", TOKEN, sign_in="token", own_user="yes"),
        connected("monday signed", "monday", SIGNED, sign_in="oauth"),
        connected("fo", "fo", QUIET),
        connected("gp", "gp", QUIET),
    ]
    systems = {door.name: door.subscription.connection for door in made}
    Seat.objects.create(connection=systems["monday token"], account="a", person_id="70000002")
    for key, project, ledger in (
        ("bc_procore", "procore", "business_central"), ("nav_procore", "procore", "nav online"),
        ("nav_monday", "monday token", "nav on-premises"),
        ("bc_monday", "monday signed", "business_central"),
    ):  # fmt: skip
        joined = Integration.objects.create(
            key=key, name=key, project_system=systems[project], ledger=systems[ledger]
        )
        joined.flows.update(enabled=True, shadow=False)
    return made


def connected(name: str, vendor: str, way: str, **settings: str) -> Door:
    connection = Connection.objects.create(
        name=name, vendor=vendor, settings=settings, secrets={"signing_secret": SECRET}
    )
    subscription = Subscription.objects.create(
        connection=connection, resource="hook", secret=SECRET, remote_id="1", state="active",
        scope=BOARD if vendor == "monday" else "",
    )  # fmt: skip
    return Door(name, way, subscription)
