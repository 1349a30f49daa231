"""What arrives from the standard API: the handshake and notifications without content.

Any answer but 2xx, 408, 429 or 5xx makes the server delete every subscription of the address at
once, so what lacks our secret is turned away with 429: the server would try again later.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from connections.documents import Hint
from connections.models import Subscription
from connections.registry import Inbound, Verdict
from connections.transport import odata

RESOURCE = re.compile(r"companies\([^)]*\)/(?P<set>\w+)(?:\((?P<id>[^)]*)\))?")
SINCE = re.compile(r"(?:lastModifiedDateTime|lastDateTimeModified) g[te] (?P<since>[\dT:.Z+-]+)")
CLIENT_STATE = re.compile(rb'"clientState"\s*:\s*"([^"]*)')
LONGEST_TOKEN = 2048
NOT_OURS = "The secret (clientState) is not ours."


def receive(subscription: Subscription, inbound: Inbound) -> Verdict:
    """The bare token for a handshake; notifications are stored when they carry our secret."""
    token = inbound.query.get("validationToken")
    if token:
        return Verdict(200, token[:LONGEST_TOKEN])
    if inbound.method != "POST":
        return Verdict(405, sentence="Notifications come by POST only.")
    try:
        items = notifications(inbound.body)
    except ValueError as error:
        secrets, unread = secrets_in(inbound.body), f"Not readable: {error}."
    else:
        secrets, unread = [item.get("clientState") for item in items], ""
    if not authentic(subscription, secrets):
        return Verdict(429, sentence=f"{unread} {NOT_OURS}".strip())
    return Verdict(200, store=True, authentic=True, sentence=unread)


def authentic(subscription: Subscription, secrets: list[Any]) -> bool:
    """Every item carries our secret; each is compared in constant time."""
    ours = (subscription.secret or "").encode()
    given = [str(one or "").encode(errors="backslashreplace") for one in secrets]
    matches = [hmac.compare_digest(one, ours) for one in given]
    return bool(ours) and bool(matches) and all(matches)


def secrets_in(body: bytes) -> list[Any]:
    """Those of a body that is cut or broken, which may be the server's all the same."""
    return [found.decode("utf-8", "backslashreplace") for found in CLIENT_STATE.findall(body)]


def notifications(body: bytes) -> list[Mapping[str, Any]]:
    """The items of a body; older servers begin it with a byte order mark. Raises ValueError."""
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    items = data.get("value") if isinstance(data, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("no list of notifications under `value`")
    return items


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    """One hint per item, repeats removed. Raises ValueError on a malformed body."""
    return list(dict.fromkeys(hint(item) for item in notifications(body)))


def hint(item: Mapping[str, Any]) -> Hint:
    """A `collection` item names no record (source_id ""): that set is polled, from the first of
    its changes, or whole where none is told because rows were deleted, too."""
    found = RESOURCE.search(str(item.get("resource") or ""))
    if not found:
        raise ValueError(f"unknown resource {str(item.get('resource'))[:100]!r}")
    change = str(item.get("changeType") or "").lower()
    whole_set = change == "collection" or not found["id"]
    changed = odata.instant(item.get("lastModifiedDateTime"))
    return Hint(
        source_id="" if whole_set else found["id"].strip("'").lower(),
        updated_at=first_change(item) if whole_set else changed,
        deleted=change == "deleted" and not whole_set,
        resource=found["set"],
        whole_set=whole_set,
    )


def first_change(item: Mapping[str, Any]) -> dt.datetime | None:
    """From the filter that a `collection` carries."""
    found = SINCE.search(unquote(str(item.get("resource") or "")))
    return odata.instant(found["since"]) if found else None
