"""The base of every stand-in: routes, one transaction per request, a clock, kept state."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from . import screens
from .control import Control
from .listener import Listener
from .messages import Headers, HttpError, Request, Response, dumps, loads
from .routes import Route, collect, route

__all__ = [
    "Headers", "HttpError", "Request", "Response", "Route", "Simulator", "dumps", "loads", "route",
]  # fmt: skip

Found = TypeVar("Found")
logger = logging.getLogger("simulators")


class Simulator(Control):
    """One vendor. A subclass gives `fresh` (the first state) and its routes.

    `self.state` is plain data that can be pickled. Every handler runs alone, under `self.lock`;
    it validates before it writes, or works in `transaction()`.
    """

    name = "simulator"
    spec_file = ""
    front = "/web/"  # the first of the screens for people
    ports = 1

    def __init__(
        self,
        *,
        seed: int = 1,
        company: str = "demo",
        state_dir: Path | None = None,
        public_url: str = "",
    ) -> None:
        super().__init__()
        self.seed, self.company, self.public_url = seed, company, public_url
        self.lock = threading.RLock()
        self.routes = collect(self)
        self.listener: Listener | None = None
        self.clock_offset, self.clock_scale, self.clock_start = 0.0, 1.0, time.time()
        self.file = state_dir / f"{self.name}.pickle" if state_dir else None
        self.dirty = threading.Event()
        self.stopping = threading.Event()
        self.state: Any = self.load()
        if self.state is None:
            self.state = self.fresh()

    # What a vendor fills in.

    def fresh(self) -> Any:
        """The state of a new company."""
        return {}

    def ready(self) -> dict[str, Any]:
        """This vendor's part of the ready line."""
        return {"api_url": self.url, "control_url": f"{self.url}/control"}

    def admit(self, request: Request) -> Response | None:
        """Refuses a request (sign-in, limits) or lets it pass with None."""
        return None

    def decorate(self, request: Request, response: Response) -> None:
        """Adds header fields to every answer of the vendor."""

    def is_screen(self, path: str) -> bool:
        """Whether a page for people stands at this path."""
        return path.startswith("/web/")

    def error(self, status: int, message: str) -> Response:
        """An error in the vendor's shape."""
        return Response(status, {"error": message})

    def revoke_tokens(self) -> None:
        """Makes every token invalid at once (fault `revoke_tokens`)."""

    def started(self) -> None:
        """Called when the server listens: start background work here."""

    def stopped(self) -> None:
        """Called before the server ends: end background work here."""

    # Clock.

    def timestamp(self) -> float:
        """Seconds since the epoch on this simulator's clock."""
        start = self.clock_start
        return start + (time.time() - start) * self.clock_scale + self.clock_offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def set_clock(self, offset: float | None = None, scale: float | None = None) -> None:
        """Moves the clock to real time + offset, or changes its speed from now on."""
        elapsed = self.timestamp()
        if scale is not None:
            self.clock_start, self.clock_scale = time.time(), scale
            self.clock_offset = elapsed - self.clock_start
        if offset is not None:
            self.clock_start, self.clock_offset = time.time(), offset
        self.changed()

    # Transactions and kept state.

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: an exception puts `self.state` back as it was (a new object)."""
        with self.lock:
            before = pickle.dumps(self.state)
            try:
                yield
            except BaseException:
                self.state = pickle.loads(before)  # noqa: S301
                raise

    def changed(self) -> None:
        """The state is saved within a second."""
        self.dirty.set()

    def load(self) -> Any:
        if self.file is None or not self.file.exists():
            return None
        kept = pickle.loads(self.file.read_bytes())  # noqa: S301
        self.clock_offset = kept["clock_offset"]
        return kept["state"]

    def save(self) -> None:
        if self.file is None or not self.dirty.is_set():
            return
        with self.lock:
            self.dirty.clear()
            offset = self.timestamp() - time.time()
            kept = pickle.dumps({"state": self.state, "clock_offset": offset})
        self.file.parent.mkdir(parents=True, exist_ok=True)
        half = self.file.with_suffix(".new")
        half.write_bytes(kept)
        half.replace(self.file)

    def keep_saving(self) -> None:
        while not self.stopping.wait(0.5):
            self.save()

    # Server.

    @property
    def url(self) -> str:
        if self.listener is None:
            return "http://not-started"
        return self.listener.url(self.public_url)

    def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Listens in threads of its own. Port 0 takes a free one."""
        self.listener = Listener(host, port, self.serve)
        self.listener.start()
        if self.file is not None:
            self.changed()
            threading.Thread(target=self.keep_saving, daemon=True).start()
        self.started()
        return self

    def stop(self) -> None:
        """Ends the server and keeps the state. Safe to call twice."""
        self.stopping.set()
        self.faults.release(cut=True)
        self.stopped()
        if self.listener is not None:
            self.listener.stop()
        self.save()

    def __enter__(self) -> Self:
        return self if self.listener else self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def serve(self, request: Request) -> Response | None:
        """Answers one request; None cuts the connection."""
        request.base_url = self.url
        if request.path.startswith("/control/"):
            return self.dispatch(request)
        if self.is_screen(request.path):
            return self.screen(request)
        began = time.time()
        response, cut = self.with_faults(request)
        self.record(request, response, began, cut)
        return None if cut else response

    def screen(self, request: Request) -> Response:
        """A page for people is neither limited, noted nor broken by faults."""
        if request.method == "POST" and not screens.same_origin(request):
            sentence = "A form is taken from this stand-in's own pages alone."
            return screens.page(self.name, "Refused", screens.told(sentence), status=403)
        response = self.dispatch(request)
        shown = response.status < 400 or isinstance(response.body, str)
        return response if shown else screens.absent(self.name, response.status)

    def with_faults(self, request: Request) -> tuple[Response | None, bool]:
        """The answer, and whether the connection is to be cut instead of sending it."""
        faults = self.faults.for_request(request)
        if "revoke_tokens" in faults:
            with self.lock:
                self.revoke_tokens()
        if "slow" in faults:
            self.stopping.wait(faults["slow"].seconds)
        parked = "park_before" in faults and self.faults.park("before", request).cut
        if parked or "cut_before" in faults:
            return None, True
        response = self.answer(request, faults["status"].answer() if "status" in faults else None)
        parked = "park_after" in faults and self.faults.park("after", request).cut
        return response, parked or "cut_after" in faults

    def answer(self, request: Request, injected: Response | None) -> Response:
        """The vendor's answer, with its header fields."""
        with self.lock:
            response = injected or self.admit(request) or self.dispatch(request)
            self.decorate(request, response)
            response.freeze()
        return response

    def dispatch(self, request: Request) -> Response:
        """Runs the handler of the route; whatever it raises becomes an answer."""
        found = self.find(request)
        if isinstance(found, Response):
            return found
        request.route = found.template
        try:
            if found.open:
                return found.run(self, request)
            with self.lock:
                return found.run(self, request)
        except HttpError as refused:
            return refused.response
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return self.error(500, traceback.format_exc(limit=-3))
        finally:
            if request.method != "GET":
                self.changed()

    def find(self, request: Request) -> Route | Response:
        """The route of a request, its parameters put in; or 404, or 405 with Allow."""
        allowed: list[str] = []
        for candidate in self.routes:
            params = candidate.match(request.path)
            if params is not None and candidate.method == request.method:
                request.params = params
                return candidate
            if params is not None:
                allowed.append(candidate.method)
        if not allowed:
            return self.error(404, "Not Found")
        response = self.error(405, "Method Not Allowed")
        response.headers["Allow"] = ", ".join(sorted(set(allowed)))
        return response

    def reset(self) -> None:
        """Back to a new company: state, faults, log, clock."""
        self.faults.clear()
        self.faults.release()
        self.log_clear()
        with self.lock:
            self.set_clock(offset=0.0, scale=1.0)
            self.state = self.fresh()
            self.changed()

    def demo(self) -> Mapping[str, Any]:
        """What a controller of the demo company would enter."""
        from .demo import answer

        return answer()


def wait_for(found: Callable[[], Found], seconds: float = 10.0) -> Found:
    """Asks again until the answer is true; raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise TimeoutError(f"not within {seconds} s: {re.sub(r'<|>', '', repr(found))}")
