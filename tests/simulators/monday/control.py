"""Control endpoints: people's acts, the account of everything, limits, settings, troubles."""

from __future__ import annotations

import secrets
import time
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from ..messages import Request, Response
from ..routes import route
from . import ledger, site
from .door import Door
from .hands import BY_HAND, WRONG
from .limits import NAMES
from .store import Row

PLACE = "/control/monday"


def plain_numbers(value: Any) -> Any:
    """Numbers of a control body as Python has them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain_numbers(one) for name, one in value.items()}
    return [plain_numbers(one) for one in value] if isinstance(value, list) else value


class Controls(Door):
    """People act in their own name; they are not counted by any limit."""

    @route("GET", "/control/ledger")
    def ledger_shown(self, request: Request) -> Response:
        """`?board=` id or name, `?key=` the column whose values must be unique."""
        return Response(200, ledger.view(self, request.one("board"), request.one("key")))

    @route("GET", f"{PLACE}/users")
    def users_shown(self, request: Request) -> Response:
        return Response(200, list(self.table("users").values()))

    @route("GET", f"{PLACE}/deliveries")
    def deliveries_shown(self, request: Request) -> Response:
        return Response(200, ledger.deliveries(self))

    @route("GET", f"{PLACE}/usage")
    def usage_shown(self, request: Request) -> Response:
        return Response(200, ledger.usage(self))

    @route("DELETE", f"{PLACE}/usage")
    def usage_cleared(self, request: Request) -> Response:
        """As if nothing had been called yet; idempotency keys stay."""
        self.state["usage"], self.state["calls"], self.most_running = {}, {}, 0
        return Response(204)

    @route("POST", "/control/limits")
    def limits_set(self, request: Request) -> Response:
        """{"plan": "pro", "minute", "concurrency", "daily", "complexity", "single",
        "boards_per_minute"}: what is absent stays; null puts the plan's own back."""
        data = plain_numbers(request.json() or {})
        wrong = set(data) - {*NAMES, "plan"}
        if wrong or data.get("plan", "pro") not in site.PLANS:
            return Response(
                400, {"error": f"limits are {sorted(NAMES)}, plans {sorted(site.PLANS)}"}
            )
        self.state["plan"] = data.pop("plan", self.state["plan"])
        for name, value in data.items():
            self.state["limits"].pop(name, None)
            if value is not None:
                self.state["limits"][name] = int(value)
        return Response(200, self.limits)

    @route("GET", "/control/settings")
    @route("GET", f"{PLACE}/settings")
    def settings_shown(self, request: Request) -> Response:
        return Response(200, self.settings)

    @route("POST", "/control/settings")
    @route("POST", f"{PLACE}/settings")
    def settings_set(self, request: Request) -> Response:
        """Any of `site.SETTINGS`."""
        data = plain_numbers(request.json() or {})
        for name, value in data.items():
            if name not in site.SETTINGS or value not in site.CHOICES.get(name, (value,)):
                choices = site.CHOICES.get(name, sorted(site.SETTINGS))
                return Response(400, {"error": f"{name}={value!r}: there are {choices}"})
        self.settings.update(data)
        return Response(200, self.settings)

    @route("POST", f"{PLACE}/trouble")
    def trouble_made(self, request: Request) -> Response:
        """{"name": see troubles.py, "field"?: alias or root field, "times"?, "wait"?}"""
        try:
            trouble = self.troubles.add(plain_numbers(request.json() or {}))
        except ValueError as wrong:
            return Response(400, {"error": str(wrong)})
        return Response(200, vars(trouble))

    @route("GET", f"{PLACE}/trouble")
    def troubles_shown(self, request: Request) -> Response:
        return Response(200, [vars(one) for one in self.troubles.list])

    @route("DELETE", f"{PLACE}/trouble")
    def troubles_cleared(self, request: Request) -> Response:
        self.troubles.list.clear()
        return Response(204)

    @route("POST", f"{PLACE}/revoke_tokens")
    def tokens_revoked(self, request: Request) -> Response:
        """{"kind": "personal" or "app", absent for all}; refresh tokens go with the app's."""
        kind = (request.json() or {}).get("kind")
        tokens = self.state["tokens"]
        for token in [one for one, row in tokens.items() if kind in (None, row["kind"])]:
            del tokens[token]
        if kind != "personal":
            self.state["refreshes"].clear()
        return Response(204)

    @route("POST", f"{PLACE}/expire_tokens")
    def tokens_expired(self, request: Request) -> Response:
        """The app's access tokens end now; their refresh tokens stay."""
        for row in self.state["tokens"].values():
            if row["expires"]:
                row["expires"] = self.timestamp()
        return Response(204)

    @route("POST", f"{PLACE}/consent")
    def consent_given(self, request: Request) -> Response:
        """{"user"?, "scopes"?}: the pair of tokens of a person who consented just now."""
        data: Row = request.json() or {}
        user = self.row("users", data.get("user", site.BOT))
        if user is None:
            return Response(400, {"error": "there is no such user"})
        days = float(self.settings["refresh_days"])
        until = self.timestamp() + days * 86400
        return self.issue(user["id"], data.get("scopes") or list(site.SCOPES), until)

    @route("POST", f"{PLACE}/advance")
    def clock_advanced(self, request: Request) -> Response:
        """{"seconds": n}: the clock jumps ahead."""
        seconds = float((request.json() or {}).get("seconds", 0))
        self.set_clock(offset=self.timestamp() - time.time() + seconds)
        return Response(200, {"now": self.now()})

    @route("POST", f"{PLACE}/{{action}}")
    def by_hand(self, request: Request) -> Response:
        """See `hands.BY_HAND`; each takes `user` (id, address or name; else the controller), and
        `automation`: true when it is one of the board's recipes that acts."""
        run = BY_HAND.get(request.params["action"])
        if run is None:
            return Response(404, {"error": f"actions are {sorted(BY_HAND)}"})
        data = plain_numbers(request.json() or {})
        self.cause = secrets.token_hex(16) if data.pop("automation", False) else None
        try:
            with self.transaction():
                done = run(self, data)
        except (*WRONG, GraphQLError) as wrong:
            return Response(400, {"error": getattr(wrong, "message", None) or str(wrong)})
        finally:
            self.cause = None
        return Response(200, done)

    @route("GET", f"{PLACE}/asked")
    def asked_shown(self, request: Request) -> Response:
        """The last documents with their variables and what their headers said."""
        return Response(200, list(self.asked_log))
