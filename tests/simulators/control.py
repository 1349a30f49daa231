"""The control endpoints that every stand-in has: faults, log, clock, reset, violations."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .faults import Faults
from .messages import Request, Response
from .routes import route

if TYPE_CHECKING:
    from .server import Simulator

LOGGED_HEADERS = (
    "User-Agent", "Procore-Company-Id", "Content-Type", "If-Match", "Prefer", "Data-Access-Intent",
    "X-Request-Id", "client-request-id", "OData-MaxVersion", "Accept",
)  # fmt: skip


class Contract(Protocol):
    """The validator: sentences about what breaks the vendor's description."""

    def check(
        self,
        method: str,
        url_path: str,
        query_string: str,
        headers: Mapping[str, str],
        body_bytes: bytes,
        status: int,
        response_headers: Mapping[str, str],
        response_bytes: bytes,
    ) -> list[str]: ...


class Control:
    """Mixed into Simulator: what a test or the demo sees and steers."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.log: deque[dict[str, Any]] = deque(maxlen=5000)
        self.counters: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.log_lock = threading.Lock()
        self.checker: Contract | None = None
        self.exchanges: queue.Queue[tuple[Request, Response]] = queue.Queue()
        self.violations: list[dict[str, Any]] = []

    def record(self, request: Request, response: Response | None, began: float, cut: bool) -> None:
        """Notes a request of the vendor's API; control requests are not noted."""
        status = response.status if response else 0
        entry = {
            "method": request.method, "path": request.path, "query": request.query_string,
            "route": request.route, "status": status, "cut": cut, "time": began,
            "milliseconds": round((time.time() - began) * 1000, 1),
            "headers": {h: request.headers[h] for h in LOGGED_HEADERS if h in request.headers},
        }  # fmt: skip
        with self.log_lock:
            self.log.append(entry)
            self.counters[f"{request.method} {request.route or request.path}"] += 1
            self.statuses[str(status)] += 1
        if response and not response.injected and self.checker:
            self.exchanges.put((request, response))

    def log_clear(self) -> None:
        with self.log_lock:
            self.log.clear()
            self.counters.clear()
            self.statuses.clear()

    def validate(self, spec_folder: Path, spec_file: str) -> None:
        """Checks every request and answer from now on, in a thread of its own."""
        from .contract import Contract as Checker  # type: ignore[import-untyped, unused-ignore]

        self.check_with(Checker(spec_folder / spec_file))

    def check_with(self, checker: Contract) -> None:
        self.checker = checker
        threading.Thread(target=self._check_exchanges, daemon=True).start()

    def _check_exchanges(self) -> None:
        while True:
            request, response = self.exchanges.get()
            try:
                self._check(request, response)
            finally:
                self.exchanges.task_done()

    def _check(self, request: Request, response: Response) -> None:
        assert self.checker
        content = response.content()
        try:
            found = self.checker.check(
                request.method, request.path, request.query_string, request.headers, request.body,
                response.status, response.fields(len(content)), content,
            )  # fmt: skip
        except Exception as broken:
            found = [f"the validator failed: {broken!r}"]
        self.violations += [
            {
                "method": request.method, "path": request.path, "query": request.query_string,
                "status": response.status, "message": message,
            }
            for message in found
        ]  # fmt: skip

    @route("POST", "/control/faults", open=True)
    def control_faults(self, request: Request) -> Response:
        try:
            self.faults.replace(request.json() or {})
        except (ValueError, TypeError, AttributeError) as wrong:
            return Response(400, {"error": str(wrong)})
        return Response(200, self.faults.shown())

    @route("GET", "/control/faults", open=True)
    def control_faults_shown(self, request: Request) -> Response:
        return Response(200, self.faults.shown())

    @route("DELETE", "/control/faults", open=True)
    def control_faults_cleared(self, request: Request) -> Response:
        self.faults.clear()
        return Response(204)

    @route("GET", "/control/parked", open=True)
    def control_parked(self, request: Request) -> Response:
        return Response(200, self.faults.parked())

    @route("POST", "/control/release", open=True)
    def control_release(self, request: Request) -> Response:
        """Body {"id": one or absent for all, "cut": true to drop the connection}."""
        data = request.json() or {}
        released = self.faults.release(data.get("id"), bool(data.get("cut")))
        return Response(200, {"released": released})

    @route("GET", "/control/requests", open=True)
    def control_requests(self, request: Request) -> Response:
        """Counters, and the last `tail` (200) requests."""
        with self.log_lock:
            tail = list(self.log)[-int(request.one("tail", "200")) :]
            return Response(200, {
                "total": sum(self.counters.values()), "counters": dict(self.counters),
                "statuses": dict(self.statuses), "log": tail,
            })  # fmt: skip

    @route("DELETE", "/control/requests", open=True)
    def control_requests_cleared(self, request: Request) -> Response:
        self.log_clear()
        return Response(204)

    @route("GET", "/control/violations", open=True)
    def control_violations(self, request: Request) -> Response:
        """Waits until everything that was said so far is checked."""
        self.exchanges.join()
        return Response(200, {"checking": self.checker is not None, "found": self.violations})

    @route("DELETE", "/control/violations", open=True)
    def control_violations_cleared(self, request: Request) -> Response:
        self.exchanges.join()
        self.violations = []
        return Response(204)

    @route("POST", "/control/clock")
    def control_clock(self: Simulator, request: Request) -> Response:  # type: ignore[misc]
        """Body {"offset": seconds ahead of real time, "scale": speed}, either may be absent."""
        data = request.json() or {}
        offset, scale = data.get("offset"), data.get("scale")
        self.set_clock(
            None if offset is None else float(offset), None if scale is None else float(scale)
        )
        return self.control_clock_shown(request)

    @route("GET", "/control/clock")
    def control_clock_shown(self: Simulator, request: Request) -> Response:  # type: ignore[misc]
        return Response(200, {
            "now": self.now(), "timestamp": self.timestamp(), "scale": self.clock_scale,
            "offset": round(self.timestamp() - time.time(), 3),
        })  # fmt: skip

    @route("POST", "/control/reset", open=True)
    def control_reset(self: Simulator, request: Request) -> Response:  # type: ignore[misc]
        self.reset()
        return Response(204)

    @route("GET", "/control/demo", open=True)
    def control_demo(self: Simulator, request: Request) -> Response:  # type: ignore[misc]
        return Response(200, dict(self.demo()))

    @route("GET", "/control/ready", open=True)
    def control_ready(self: Simulator, request: Request) -> Response:  # type: ignore[misc]
        return Response(200, self.ready())
