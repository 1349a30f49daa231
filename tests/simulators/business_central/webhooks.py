"""Subscriptions, and the notifications that are really sent."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from . import errors
from .model import ENTITIES, Row
from .query import moment
from .store import Books, State, etag
from .wire import show_time

if TYPE_CHECKING:
    from .steering import Steering

NOTIFY: dict[str, Any] = {
    "delay": 30.0,
    "most": 1000,
    "retries": [60.0, 60.0, 600.0, 6000.0, 60000.0],
    "retry_scale": 1.0,
    "timeout": 30.0,
    "handshake_timeout": 5.0,
    "days": 3.0,
}
SUPPORTED = (
    "accounts", "companyInformation", "countriesRegions", "currencies", "customerPaymentJournals",
    "customers", "dimensions", "employees", "generalLedgerEntries", "itemCategories", "items",
    "journals", "paymentMethods", "paymentTerms", "purchaseInvoices", "salesCreditMemos",
    "salesInvoices", "salesOrders", "salesQuotes", "shipmentMethods", "unitsOfMeasure", "vendors",
)  # fmt: skip
_RESOURCE = re.compile(r"/?(?:api/v2\.0/)?companies\(([0-9a-fA-F-]{36})\)/(\w+)")
_RETRIED = {0, 408, 429}


def send(url: str, body: bytes, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
    """One POST without redirects; status 0 means no answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(100_000)
    except (OSError, http.client.HTTPException, ValueError):
        return 0, b""
    finally:
        connection.close()


def handshake(url: str, timeout: float) -> bool:
    """The receiver must answer 200 with the bare token."""
    token = uuid.uuid4().hex
    mark = "&" if "?" in url else "?"
    status, body = send(f"{url}{mark}validationToken={token}", b"",
                        {"Content-Length": "0"}, timeout)  # fmt: skip
    return status == 200 and body.decode("utf-8", "replace").strip() == token


# Subscriptions.


def shown(row: Row) -> Row:
    times = ("lastModifiedDateTime", "expirationDateTime", "systemCreatedAt", "systemModifiedAt")
    fields = {k: show_time(v) if k in times else v for k, v in row.items() if k[0] != "_"}
    return {"@odata.etag": etag(row["_version"]), **fields}


def checked(books: Books, body: Any) -> Row:
    """The three fields of a subscription; refuses what cannot be subscribed to."""
    fields = ("notificationUrl", "resource", "clientState")
    if not isinstance(body, dict) or any(not isinstance(v, str) for v in body.values()):
        raise errors.bad_request("Invalid Request Body")
    for name in body:
        if name not in fields:
            raise errors.bad_request(
                f"The property '{name}' does not exist on type 'Microsoft.NAV.subscription'."
            )
    if len(body.get("clientState", "")) > 2048:
        raise errors.too_long(body["clientState"], 2048)
    url = body.get("notificationUrl", "http:")
    if urlsplit(url).scheme not in ("http", "https"):
        raise errors.bad_request("The notificationUrl is not a valid URL.")
    if "resource" in body:
        _check_resource(books, body["resource"])
    return dict(body)


def _check_resource(books: Books, resource: str) -> None:
    found = _RESOURCE.fullmatch(resource)
    if not found or found[2] not in SUPPORTED:
        raise errors.bad_request(f"The resource '{resource}' does not support subscriptions.")
    if found[1].lower() != books.company_id:
        raise errors.Refused(
            "Internal_CompanyNotFound", f"The company '{found[1]}' could not be found.", 404
        )


def create(books: Books, values: Row, user: str) -> Row:
    if any(not values.get(name) for name in ("notificationUrl", "resource")):
        raise errors.bad_request("The notificationUrl and the resource must be provided.")
    if len(books.state.subscriptions) >= books.state.limits["subscriptions"]:
        raise errors.bad_request("The maximum number of subscriptions has been reached.")
    now = books.now()
    row = {
        "subscriptionId": uuid.uuid4().hex, "notificationUrl": "", "resource": "",
        "timestamp": 0, "userId": user, "clientState": "", "systemCreatedAt": now,
        "systemCreatedBy": user, "systemModifiedAt": now, "systemModifiedBy": user, **values,
    }  # fmt: skip
    renew(books, row, {})
    books.state.subscriptions[row["subscriptionId"]] = row
    return row


def renew(books: Books, row: Row, values: Row) -> None:
    """Three more days."""
    books.state.version += 1
    row.update(values)
    row["_version"] = row["timestamp"] = books.state.version
    row["lastModifiedDateTime"] = row["systemModifiedAt"] = books.now()
    days = timedelta(days=float(books.state.notify["days"]))
    row["expirationDateTime"] = books.now() + days


def drop(state: State, numbers: set[str]) -> None:
    """Deletes subscriptions with what waits for them."""
    for number in numbers:
        state.subscriptions.pop(number, None)
    state.pending = [change for change in state.pending if change["subscription"] not in numbers]
    for parcel in state.outbox:
        parcel["items"] = [i for i in parcel["items"] if i["subscriptionId"] not in numbers]
    state.outbox = [parcel for parcel in state.outbox if parcel["items"]]


def expire(books: Books) -> None:
    now = books.now()
    gone = {n for n, r in books.state.subscriptions.items() if r["expirationDateTime"] <= now}
    if gone:
        drop(books.state, gone)


# From a change to a notification.


def note(books: Books, changes: list[tuple[str, str, str]], at: float) -> None:
    """Remembers changes for those who subscribed to their set, each with its row's own stamp."""
    for entity, number, kind in changes:
        changed = books.get(entity, number) or {}
        stamp = show_time(changed.get("lastModifiedDateTime") or books.now())
        for row in books.state.subscriptions.values():
            found = _RESOURCE.fullmatch(row["resource"])
            if found and found[2] == ENTITIES[entity].set:
                books.state.pending.append({
                    "subscription": row["subscriptionId"], "url": row["notificationUrl"],
                    "id": number, "kind": kind, "at": at, "moment": stamp,
                })  # fmt: skip


def pack(books: Books, now: float) -> None:
    """Moves windows that are over into the outbox: one parcel per address."""
    state = books.state
    first: dict[str, float] = {}
    for change in state.pending:
        first[change["url"]] = min(first.get(change["url"], change["at"]), change["at"])
    ripe = {url for url, at in first.items() if at + float(state.notify["delay"]) <= now}
    if not ripe:
        return
    for url in sorted(ripe):
        changes = [change for change in state.pending if change["url"] == url]
        state.outbox.append({"id": uuid.uuid4().hex, "url": url, "attempts": 0, "due": now,
                             "items": _items(books, changes)})  # fmt: skip
    state.pending = [change for change in state.pending if change["url"] not in ripe]


def _items(books: Books, changes: list[dict[str, Any]]) -> list[Row]:
    items: list[Row] = []
    for number in dict.fromkeys(change["subscription"] for change in changes):
        row = books.state.subscriptions.get(number)
        if row:
            mine = [change for change in changes if change["subscription"] == number]
            items += _items_of(books, row, mine)
    return items


def _items_of(books: Books, row: Row, changes: list[dict[str, Any]]) -> list[Row]:
    """One item per entity and kind of change; one for all when there are too many."""
    merged = {(change["id"], change["kind"]): change for change in changes}
    base = row["resource"].lstrip("/")

    def item(resource: str, kind: str, stamp: str) -> Row:
        return {
            "subscriptionId": row["subscriptionId"], "clientState": row["clientState"],
            "expirationDateTime": show_time(row["expirationDateTime"]),
            "resource": resource, "changeType": kind, "lastModifiedDateTime": stamp,
        }  # fmt: skip

    if len(merged) <= books.state.notify["most"]:
        return [item(f"{base}({c['id']})", c["kind"], c["moment"]) for c in merged.values()]
    since = _before(changes)
    if not any(change["kind"] == "deleted" for change in changes):
        base += f"?$filter=lastModifiedDateTime{quote(' gt ')}{since}"
    return [item(base, "collection", changes[-1]["moment"])]


def _before(changes: list[dict[str, Any]]) -> str:
    return show_time(moment(changes[0]["moment"]) - timedelta(milliseconds=50))


class Postman:
    """The background thread: windows, deliveries, retries, deletion, expiry, the job queue."""

    def __init__(self, simulator: Steering, tick: Callable[[], None]) -> None:
        self.simulator, self.tick = simulator, tick
        self.busy: set[str] = set()
        self.sent: deque[dict[str, Any]] = deque(maxlen=2000)
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self) -> None:
        while not self.simulator.stopping.wait(0.03):
            with self.simulator.lock:
                self.tick()
                parcels = self.due()
            for parcel in parcels:
                threading.Thread(target=self.deliver, args=(parcel,), daemon=True).start()

    def due(self) -> list[dict[str, Any]]:
        now = self.simulator.timestamp()
        ready = [parcel for parcel in self.simulator.state.outbox
                 if parcel["due"] <= now and parcel["id"] not in self.busy]  # fmt: skip
        self.busy |= {parcel["id"] for parcel in ready}
        return [{**parcel, "items": list(parcel["items"])} for parcel in ready]

    def deliver(self, parcel: dict[str, Any]) -> None:
        items, timeout = self.spoilt(parcel), float(self.simulator.state.notify["timeout"])
        status = 204
        if items:
            headers = {"Content-Type": "application/json", "clientRequestId": str(uuid.uuid4()),
                       "x-ms-correlation-id": str(uuid.uuid4())}  # fmt: skip
            body = json.dumps({"value": items}).encode()
            status, _ = send(parcel["url"], body, headers, timeout)
        with self.simulator.lock:
            self.sent.append({"url": parcel["url"], "status": status, "value": items})
            self.settle(parcel, status)
            self.busy.discard(parcel["id"])

    def spoilt(self, parcel: dict[str, Any]) -> list[Row]:
        """The items after the faults in force: lost, doubled, shuffled."""
        items: list[Row] = []
        shuffled = False
        for item in parcel["items"]:
            text = f"{parcel['url']} {item['resource']} {item['changeType']}"
            faults = self.simulator.faults.for_webhook(text)
            shuffled = shuffled or "shuffle_webhooks" in faults
            if "drop_webhook" not in faults:
                items += [item] * (2 if "double_webhook" in faults else 1)
        if shuffled:
            random.Random(self.simulator.faults.seed).shuffle(items)
        return items

    def settle(self, parcel: dict[str, Any], status: int) -> None:
        """2xx is done, no answer is tried again, anything else ends the subscriptions."""
        state = self.simulator.state
        kept = next((each for each in state.outbox if each["id"] == parcel["id"]), None)
        if kept is None:
            return
        self.simulator.changed()
        if 200 <= status < 300:
            state.outbox.remove(kept)
        elif status not in _RETRIED and status < 500:
            drop(state, {number for number, row in state.subscriptions.items()
                         if row["notificationUrl"] == parcel["url"]})  # fmt: skip
            state.outbox = [each for each in state.outbox if each["url"] != parcel["url"]]
        elif kept["attempts"] >= len(state.notify["retries"]):
            state.outbox.remove(kept)
            drop(state, {item["subscriptionId"] for item in kept["items"]})
        else:
            wait = float(state.notify["retries"][kept["attempts"]])
            kept["attempts"] += 1
            kept["due"] = self.simulator.timestamp() + wait * float(state.notify["retry_scale"])
