"""Sends webhooks over HTTP: a queue per hook, backoff, flush after 12 hours (sheet 6.2)."""

from __future__ import annotations

import http.client
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from ..messages import dumps
from .base import Base
from .events import COMPANY_LEVEL, TABLES, payload, ulid
from .values import Row

BACKOFF_MAX = 3600
FLUSH_AFTER = 12 * 3600
TIMEOUT = 5
LOG_LENGTH = 2000
LINE_RESOURCES = {
    "purchase_order_contracts": "Purchase Order Contract Line Items",
    "work_order_contracts": "Work Order Contract Line Items",
}


def post(url: str, body: bytes, authorization: str | None) -> Row:
    """One attempt. Redirects are not followed."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=TIMEOUT)
    headers = {"Content-Type": "application/json", "User-Agent": "Procore Webhooks"}
    if authorization:
        headers["Authorization"] = authorization
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        text = answer.read(2000).decode("utf-8", "replace")
        return {"status": answer.status, "headers": dict(answer.getheaders()), "body": text,
                "error": None}  # fmt: skip
    except (OSError, http.client.HTTPException) as failed:
        return {"status": None, "headers": {}, "body": None, "error": str(failed) or repr(failed)}
    finally:
        connection.close()


class Delivery(Base):
    """Puts events into the hooks' queues and works them off in the background."""

    def __init__(self, **options: Any) -> None:
        self.wake = threading.Event()
        self.sending: set[int] = set()
        self.dice = random.Random(options.get("seed", 1))
        super().__init__(**options)
        self.pool = ThreadPoolExecutor(16, thread_name_prefix="webhook")

    # Queues.

    def emit(self, table: str, row: Row, event: str) -> None:
        resource = TABLES.get(table)
        if table == "contract_lines":
            resource = self._line_resource(row)
        if resource is None:
            return
        project = None if resource in COMPANY_LEVEL else row["project_id"]
        for hook in self.rows("hooks", project_id=project, status="active"):
            wanted = {"hook_id": hook["id"], "resource": resource, "event": event}
            if self.rows("triggers", **wanted):
                self.enqueue(hook, resource, row["id"], event)

    def _line_resource(self, row: Row) -> str | None:
        for table, resource in LINE_RESOURCES.items():
            if row["parent_id"] in self.table(table):
                return resource
        return None

    def enqueue(self, hook: Row, resource: str, resource_id: int, event: str) -> None:
        """One event, as the fault rules have it: once, twice, later than its followers, never."""
        faults = self.faults.for_webhook(f"{hook['destination_url']} {resource} {event}")
        if "drop_webhook" in faults:
            return
        now = self.timestamp()
        row = {
            "number": self.new_id(), "ulid": ulid(int(now * 1000), self.dice), "at": self.now(),
            "hook_id": hook["id"], "resource": resource, "resource_id": resource_id,
            "event": event, "project_id": hook["project_id"], "user_id": self.actor,
            "status": "enqueued", "attempts": [], "not_before": now,
        }  # fmt: skip
        if "shuffle_webhooks" in faults:
            row["not_before"] += self.dice.uniform(0.2, 1.5) * self.clock_scale
        for _ in range(2 if "double_webhook" in faults else 1):
            kept = {**row, "attempts": [], "id": self.new_id()}
            self.table("events")[kept["id"]] = kept
            self.state["queues"].setdefault(hook["id"], []).append(kept["id"])
        self.changed()
        self.wake.set()

    def head(self, hook: Row) -> Row | None:
        """The next event of a hook that may go out now."""
        now = self.timestamp()
        if hook["status"] != "active" or hook["paused_until"] > now:
            return None
        for number in self.state["queues"].get(hook["id"], []):
            event = self.table("events")[number]
            if event["not_before"] <= now:
                return event
        return None

    # Background work.

    def started(self) -> None:
        super().started()
        threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def stopped(self) -> None:
        self.wake.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
        super().stopped()

    def _work(self) -> None:
        while not self.stopping.is_set():
            with self.lock:
                for hook in list(self.table("hooks").values()):
                    self._start(hook)
            self.wake.wait(0.05 if any(self.state["queues"].values()) else 0.5)
            self.wake.clear()

    def _start(self, hook: Row) -> None:
        event = None if hook["id"] in self.sending else self.head(hook)
        if event is None or self.stopping.is_set():
            return
        self.sending.add(hook["id"])
        body = dumps(payload(event, hook["payload_version"])).encode()
        try:
            self.pool.submit(
                self._send, hook["id"], event["id"], hook["destination_url"], body,
                hook["authorization"],
            )  # fmt: skip
        except RuntimeError:
            self.sending.discard(hook["id"])

    def _send(self, hook: int, event: int, url: str, body: bytes, secret: str | None) -> None:
        with self.lock:
            began = self.now()
        attempt = {"started_at": began, **post(url, body, secret)}
        with self.lock:
            attempt["completed_at"] = self.now()
            self.sending.discard(hook)
            rows = self.table("hooks").get(hook), self.table("events").get(event)
            if rows[0] and rows[1]:
                self._note(rows[0], rows[1], attempt)
            self.changed()
        self.wake.set()

    def _note(self, hook: Row, event: Row, attempt: Row) -> None:
        event["attempts"].append(attempt)
        if attempt["status"] and 200 <= attempt["status"] < 300:
            hook |= {"failures": 0, "failing_since": None, "paused_until": 0.0}
            self._finish(hook, event, "delivered")
            return
        now = self.timestamp()
        hook["failures"] += 1
        hook["failing_since"] = hook["failing_since"] or attempt["started_at"].timestamp()
        hook["paused_until"] = now + min(2 ** (hook["failures"] - 1), BACKOFF_MAX)
        event["status"] = "retrying"
        if now - hook["failing_since"] >= FLUSH_AFTER:
            self._flush(hook)

    def _finish(self, hook: Row, event: Row, status: str) -> None:
        event["status"] = status
        self.state["queues"][hook["id"]].remove(event["id"])
        done = [e for e in self.rows("events", hook_id=hook["id"])
                if e["status"] in ("delivered", "discarded")]  # fmt: skip
        for old in done[:-LOG_LENGTH]:
            del self.table("events")[old["id"]]

    def _flush(self, hook: Row) -> None:
        """After 12 hours of failure everything that waits is discarded."""
        for number in list(self.state["queues"].get(hook["id"], [])):
            self._finish(hook, self.table("events")[number], "discarded")
        hook |= {"failures": 0, "failing_since": None, "paused_until": 0.0}
