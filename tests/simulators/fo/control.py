"""The control endpoints of this stand-in: switches, what people do, what stands there."""

from __future__ import annotations

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.messages import Request, Response, dumps
from tests.simulators.routes import route
from tests.simulators.server import Simulator

from . import ledger_view, seed, site
from .errors import Refused
from .hands import BY_HAND
from .setting_up import Data, Unknown
from .store import Books

PLACE = "/control/fo"
BINDING = "open_from", "open_to"


def settle(kept: Data, data: Data) -> None:
    """Takes over what is known; raises Unknown otherwise."""
    unknown = set(data) - set(site.SETTINGS) - set(BINDING)
    if unknown:
        raise Unknown(f"unknown setting {sorted(unknown)}")
    kept.update({k: float(v) if isinstance(v, Decimal) else v for k, v in data.items()})


class FoControl(Simulator):
    """The tables and the controls; the API itself comes on top."""

    def __init__(self, **options: Any) -> None:
        self._books: Books | None = None
        self.after: list[dict[str, Any]] = []
        super().__init__(**options)

    @property
    def books(self) -> Books:
        """The tables of the present state (a reset brings a new one)."""
        if self._books is None or self._books.state is not self.state:
            self._books = Books(self.state, self.now)
        return self._books

    def steer(self, run: Callable[[Books, Data], Data | None], request: Request) -> Response:
        """Runs a control function in a transaction."""
        books = self.books
        try:
            with books.transaction():
                body = run(books, request.json() or {})
        except Refused as refused:
            return Response(400, {"error": refused.message})
        except (Unknown, KeyError, ValueError) as problem:
            return Response(400, {"error": str(problem)})
        books.commit()
        return Response(200, body if body is not None else {"ok": True})

    @route("GET", "/control/ledger")
    @route("GET", f"{PLACE}/ledger")
    def control_ledger(self, request: Request) -> Response:
        return Response(200, ledger_view.view(self.books))

    @route("GET", f"{PLACE}/writes")
    def control_writes(self, request: Request) -> Response:
        """Attempts to write: all, and those on sets that are read-only."""
        noted = self.state["writes"]
        refused = [each for each in noted if each["read_only"]]
        return Response(200, {
            "count": len(noted), "sets": dict(Counter(each["set"] for each in noted)),
            "read_only": len(refused), "log": refused[-200:],
        })  # fmt: skip

    @route("DELETE", f"{PLACE}/writes")
    def control_writes_cleared(self, request: Request) -> Response:
        self.state["writes"] = []
        return Response(204)

    @route("POST", f"{PLACE}/settings")
    def control_settings(self, request: Request) -> Response:
        """Body: any of the switches in `site.SETTINGS`."""
        return self.steer(lambda books, data: settle(books.settings, data), request)

    @route("GET", f"{PLACE}/settings")
    def control_settings_shown(self, request: Request) -> Response:
        return Response(200, self.state["settings"])

    @route("POST", f"{PLACE}/app")
    def control_app(self, request: Request) -> Response:
        """Body: client_id, mapped, secret, secret_expired; {"remove": true}."""
        return self.steer(self._app, request)

    def _app(self, books: Books, data: Data) -> None:
        client = data.pop("client_id", site.CLIENT_ID)
        if data.pop("remove", False):
            self.state["apps"].pop(client, None)
            return
        unknown = set(data) - set(seed.app())
        if unknown:
            raise Unknown(f"unknown setting {sorted(unknown)}")
        self.state["apps"].setdefault(client, seed.app()).update(data)

    @route("GET", f"{PLACE}/events")
    def control_events(self, request: Request) -> Response:
        """Business events, oldest first; `after` gives those with a higher ControlNumber."""
        after = int(request.one("after", "0"))
        found = [each for each in self.state["events"] if each["ControlNumber"] > after]
        return Response(200, {"events": found})

    @route("POST", f"{PLACE}/deliver", open=True)
    def control_deliver(self, request: Request) -> Response:
        """Body: url on this machine, after (0), twice (false): sends the business events on."""
        data = request.json() or {}
        url, after = str(data.get("url", "")), int(data.get("after", 0))
        if not url.startswith(("http://127.0.0.1", "http://localhost")):
            return Response(400, {"error": "url must be on this machine"})
        with self.lock:
            found = [each for each in self.state["events"] if each["ControlNumber"] > after]
        statuses = [self._send(url, each) for each in found * (2 if data.get("twice") else 1)]
        return Response(200, {"statuses": statuses})

    def _send(self, url: str, event: Data) -> int:
        request = urllib.request.Request(  # noqa: S310
            url, dumps(event).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    @route("POST", f"{PLACE}/answer_after")
    def control_answer_after(self, request: Request) -> Response:
        """Body {"method", "path" (regex), "status": 500, "times": 1, "headers", "body"}: the
        request is carried out and its answer replaced."""
        self.after = [*self.after, {"times": 1, "status": 500, **(request.json() or {})}]
        return Response(200, {"rules": len(self.after)})

    @route("DELETE", f"{PLACE}/answer_after")
    def control_answer_after_cleared(self, request: Request) -> Response:
        self.after = []
        return Response(204)

    def replaced(self, request: Request, response: Response) -> Response:
        """What `answer_after` puts in the place of an answer."""
        for rule in self.after:
            fits = request.method == rule.get("method", request.method)
            if fits and rule["times"] > 0 and re.search(rule.get("path", ""), request.path):
                rule["times"] -= 1
                made = Response(rule["status"], rule.get("body"), rule.get("headers") or {},
                                injected=True)  # fmt: skip
                made.freeze()
                return made
        return response

    @route("GET", PLACE)
    def control_actions(self, request: Request) -> Response:
        said = {name: (run.__doc__ or "").strip() for name, run in BY_HAND.items()}
        return Response(200, json.loads(dumps(said)))

    @route("POST", f"{PLACE}/{{action}}")
    def control_by_hand(self, request: Request) -> Response:
        run = BY_HAND.get(request.params["action"])
        if run is None:
            return Response(404, {"error": f"actions are {sorted(BY_HAND)}"})
        return self.steer(run, request)
