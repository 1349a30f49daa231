"""A little HTTP server that answers as a test tells it, and a client for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connections.documents import TestResult
from connections.registry import Field, Inbound, VendorModule, Verdict
from connections.transport import rate_limit, tokens
from connections.transport.http import Answer, Client

Reply = tuple[int, dict[str, str], str]
CUT: Reply = (0, {}, "")


class OtherSystem:
    """`reply(method, path, count)` answers; a status of 0 cuts the connection."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], str]] = []
        self.times: list[float] = []
        self.sign_ins = 0
        self.sign_in_seconds = 0.0
        self.sign_in: Callable[[int], Reply] = self.grant
        self.reply: Callable[[str, str, int], Reply] = lambda method, path, count: ok({"id": 1})
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    @staticmethod
    def grant(count: int) -> Reply:
        return ok({"access_token": f"TOKEN-{count}-xyz", "expires_in": 3600})

    def __enter__(self) -> OtherSystem:
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Reply:
        if path == "/token":
            with self.lock:
                self.sign_ins += 1
                count = self.sign_ins
            time.sleep(self.sign_in_seconds)
            return self.sign_in(count)
        with self.lock:
            self.seen.append((method, path, headers, body))
            self.times.append(time.monotonic())
            count = len(self.seen)
        return self.reply(method, path, count)

    def methods(self) -> list[str]:
        return [method for method, *_rest in self.seen]


def ok(data: Any) -> Reply:
    return 200, {}, json.dumps(data)


def handler_of(system: OtherSystem) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, extra, text = system.answer(self.command, self.path, headers, body)
            if status == 0:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            for name, value in {**extra, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler


class AcmeClient(Client):
    label = "Acme"
    window = rate_limit.Window(limit=25, seconds=10)

    def base_url(self) -> str:
        return self.connection.setting("api_url")

    def fetch_token(self) -> tokens.Grant:
        form = {
            "grant_type": "client_credentials", "client_id": "me",
            "client_secret": self.connection.secret("client_secret"),
        }  # fmt: skip
        return self.sign_in(f"{self.base_url()}/token", form)

    def rate_window(self) -> rate_limit.Window:
        return self.window

    def read_budget(self, answer: Answer) -> rate_limit.Reading | None:
        if "X-Limit" not in answer.headers:
            return None
        import datetime as dt

        reset = dt.datetime.fromtimestamp(float(answer.headers["X-Reset"]), dt.UTC)
        limit, remaining = int(answer.headers["X-Limit"]), int(answer.headers["X-Remaining"])
        return rate_limit.Reading(limit, remaining, reset)

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        return "", str((data or {}).get("message", text)) if isinstance(data, dict) else text

    def test(self) -> TestResult:
        data = self.get("/company").data
        return TestResult(True, (f"Company {data.get('name', '?')} found.",))


def receive(subscription: Any, inbound: Inbound) -> Verdict:
    return Verdict(200)


ACME = VendorModule(
    label="Acme Ledger",
    role="ledger",
    fields=(
        Field("company_id", "Company id", help="As in the address bar."),
        Field("api_url", "API address", "https://api.acme.example"),
        Field("zone", "Zone", "eu", choices=(("eu", "Europe"), ("us", "America"))),
        Field("client_secret", "Client secret", secret=True),
        Field("second_secret", "Second secret", secret=True, required=False),
    ),
    client=AcmeClient,
    receive=receive,
    unpack=lambda subscription, body: [],
    abilities=frozenset(),
    company=("api_url", "company_id"),
)
