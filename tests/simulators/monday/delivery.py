"""Webhooks over HTTP: payloads, signature, a try every minute for half an hour."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import random
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from ..messages import dumps
from . import site
from .store import Row, Store, stamp_fine

KEPT_EVENTS, KEPT_LOGS = 2000, 5000


def post(url: str, body: bytes, seconds: float, authorization: str = "") -> Row:
    """One attempt. Redirects are not followed."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    headers = {"Content-Type": "application/json", "User-Agent": "monday.com webhooks"}
    if authorization:
        headers["Authorization"] = authorization
    connection = connect(parts.hostname or "", parts.port, timeout=seconds)
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        text = answer.read(4000).decode("utf-8", "replace")
        kind = answer.getheader("Content-Type") or ""
        return {"status": answer.status, "body": text, "kind": kind, "error": None}
    except (OSError, http.client.HTTPException, ValueError) as failed:
        return {"status": None, "body": "", "kind": "", "error": str(failed) or repr(failed)}
    finally:
        connection.close()


def jwt(claims: Row, secret: str) -> str:
    """HS256."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{body}.{part(hmac.digest(secret.encode(), body.encode(), hashlib.sha256))}"


def wanted(hook: Row, match: Row) -> bool:
    """Whether the config of a subscription covers what happened."""
    config = hook["config"] or {}
    if "columnId" in config and config["columnId"] != match.get("column"):
        return False
    if "groupId" in config and config["groupId"] != match.get("group"):
        return False
    value = config.get("columnValue")
    if isinstance(value, dict) and not value.get("$any$"):
        return value.get("index") == match.get("index")
    return True


class Delivery(Store):
    """Puts events into queues and works them off in the background, at its own clock."""

    cause: str | None = None  # while an automation of the board acts

    def __init__(self, **options: Any) -> None:
        self.wake = threading.Event()
        self.sending: set[int] = set()
        self.dice = random.Random(options.get("seed", 1))
        super().__init__(**options)
        self.pool = ThreadPoolExecutor(8, thread_name_prefix="monday-webhook")

    def tell(
        self, subscriptions: tuple[str, ...], board: Row, by: int, body: Row, **match: Any
    ) -> None:
        """One thing happened: every subscription that covers it gets a delivery of its own."""
        self.log_activity(board, by, body)
        common = {
            "app": "monday", "triggerTime": stamp_fine(self.now()), "userId": by,
            "originalTriggerUuid": self.cause,
            "boardId": body.pop("boardId", board["id"]), "triggerUuid": secrets.token_hex(16),
        }  # fmt: skip
        for hook in list(self.table("webhooks").values()):
            if (
                hook["board_id"] == board["id"]
                and hook["event"] in subscriptions
                and (hook["active"] and wanted(hook, match))
            ):
                self.enqueue(hook, {**common, **body, "subscriptionId": hook["id"]})

    def enqueue(self, hook: Row, event: Row) -> None:
        """As the fault rules have it: once, twice, later than its followers, never."""
        text = f"{hook['url']} {hook['event']} {event['type']} {event.get('columnId', '')}"
        faults = self.faults.for_webhook(text)
        self.state["calls"]["events"] = self.state["calls"].get("events", 0) + 1
        if "drop_webhook" in faults:
            return
        later = self.dice.uniform(0.2, 1.2) if "shuffle_webhooks" in faults else 0.0
        for _ in range(2 if "double_webhook" in faults else 1):
            row = {
                "id": self.new_id("event"), "hook_id": hook["id"], "event": event, "attempts": [],
                "status": "waiting", "not_before": self.timestamp() + later * self.clock_scale,
            }  # fmt: skip
            self.table("events")[row["id"]] = row
        self.changed()
        self.wake.set()

    def log_activity(self, board: Row, by: int, body: Row) -> None:
        item = body.get("pulseId") or body.get("itemId")
        data = {
            "board_id": board["id"], "pulse_id": item, "pulse_name": body.get("pulseName"),
            "group_id": body.get("groupId"), "column_id": body.get("columnId"),
            "column_type": body.get("columnType"), "column_title": body.get("columnTitle"),
            "value": body.get("value"), "previous_value": body.get("previousValue"),
        }  # fmt: skip
        self.state["logs"].append({
            "id": f"log-{self.new_id('log')}", "event": body["type"], "by": by,
            "board_id": board["id"], "item_id": item, "column_id": body.get("columnId"),
            "group_id": body.get("groupId"), "at": self.timestamp(),
            "data": dumps({name: one for name, one in data.items() if one is not None}),
        })  # fmt: skip
        del self.state["logs"][:-KEPT_LOGS]

    # Background work.

    def started(self) -> None:
        super().started()
        threading.Thread(target=self._work, name="monday-webhooks", daemon=True).start()

    def stopped(self) -> None:
        self.wake.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
        super().stopped()

    def set_clock(self, offset: float | None = None, scale: float | None = None) -> None:
        super().set_clock(offset, scale)
        self.wake.set()

    def _work(self) -> None:
        while not self.stopping.is_set():
            with self.lock:
                waiting = [row for row in self.table("events").values()
                           if row["status"] == "waiting"]  # fmt: skip
                self._start_due(waiting)
            self.wake.wait(0.05 if waiting else 0.5)
            self.wake.clear()

    def _start_due(self, waiting: list[Row]) -> None:
        """One at a time per subscription, in order; one that waits for a retry holds none up."""
        now = self.timestamp()
        for row in waiting:
            if row["hook_id"] in self.sending or row["not_before"] > now:
                continue
            hook = self.table("webhooks").get(row["hook_id"])
            if hook is None or not hook["active"]:
                row["status"] = "discarded"
                continue
            self.sending.add(hook["id"])
            try:
                self.pool.submit(self._send, row, *self._wire(hook, row))
            except RuntimeError:
                self.sending.discard(hook["id"])

    def _wire(self, hook: Row, row: Row) -> tuple[str, bytes, str]:
        body = dumps({"event": {**row["event"], "isRetry": bool(row["attempts"])}}).encode()
        return hook["url"], body, self.signature(hook, row["event"]["userId"])

    def signature(self, hook: Row, user: int) -> str:
        """Only for a subscription that an app's token made."""
        if hook["app_id"] is None:
            return ""
        now = int(self.timestamp())
        return jwt({
            "accountId": self.state["account"]["id"], "userId": user, "aud": hook["url"],
            "iat": now, "exp": now + 300, "shortLivedToken": secrets.token_urlsafe(24),
        }, site.SIGNING_SECRET)  # fmt: skip

    def _send(self, row: Row, url: str, body: bytes, signature: str) -> None:
        began = self.now()
        attempt = post(url, body, float(self.settings["delivery_seconds"]), signature)
        with self.lock:
            self.sending.discard(row["hook_id"])
            kept = self.table("events").get(row["id"])
            if kept is not None:
                self._note(kept, {"at": began, **attempt})
            self.changed()
        self.wake.set()

    def _note(self, row: Row, attempt: Row) -> None:
        row["attempts"].append(attempt)
        if attempt["status"] and 200 <= attempt["status"] < 300:
            row["status"] = "delivered"
        elif len(row["attempts"]) > int(self.settings["retries"]):
            row["status"] = "given up"
        else:
            row["not_before"] = self.timestamp() + float(self.settings["retry_seconds"])
        events = self.table("events")
        for number in list(events)[: max(0, len(events) - KEPT_EVENTS)]:
            if events[number]["status"] != "waiting":
                del events[number]
