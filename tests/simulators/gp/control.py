"""Control endpoints of a site: its administrator, its accountants, and what was asked of it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from tests.simulators.messages import Request, Response
from tests.simulators.nav_server.windows import Handshakes
from tests.simulators.routes import route
from tests.simulators.server import Simulator

from . import access, ledger
from .books import Books, Row, Unknown
from .hands import BY_HAND as OF_PAYABLES
from .hands import Run
from .journals import BY_HAND as OF_JOURNALS
from .site import CHOICES, SETTINGS

PLACE = "/control/gp"
BY_HAND = OF_PAYABLES | OF_JOURNALS
CSV = ("AccountNumber", "Description", "AccountType", "Category", "Active", "AllowAccountEntry")


class GpControl(Simulator):
    """The controls; GP's own addresses come on top."""

    most = 0  # requests at once, so far

    def __init__(self, **options: Any) -> None:
        self.handshakes = Handshakes()
        super().__init__(**options)

    @property
    def settings(self) -> Row:
        found: Row = self.state["settings"]
        return found

    def books(self, name: str = "") -> Books:
        """Of the main company, or of the one with this name."""
        companies = self.state["companies"]
        found = next((one for one in companies if one["name"] == name), None)
        if name and found is None:
            raise Unknown(f"companies are {[one['name'] for one in companies]}")
        return Books(found or companies[0], self.settings, self.now().date())

    def reset(self) -> None:
        super().reset()
        self.handshakes.forget()

    def revoke_tokens(self) -> None:
        self.state["tokens"] = {}

    @route("GET", "/control/ledger")
    def ledger_shown(self, request: Request) -> Response:
        """Of the main company, or of `?company=`."""
        try:
            return Response(200, ledger.view(self.books(request.one("company"))))
        except Unknown as wrong:
            return Response(404, {"error": str(wrong)})

    @route("POST", "/control/limits")
    def control_limits(self, request: Request) -> Response:
        """Body {"requests": so many in ten seconds}, as the other stand-ins take it."""
        most = int((request.json() or {}).get("requests", 0))
        return self._settle({"throttle_calls": most})

    @route("GET", f"{PLACE}/settings")
    def settings_shown(self, request: Request) -> Response:
        return Response(200, self.settings)

    @route("GET", f"{PLACE}/writes")
    def writes_shown(self, request: Request) -> Response:
        """Every attempt to write, refused; and how many requests ran at once at most."""
        writes = self.state["writes"]
        return Response(200, {"count": len(writes), "list": writes, "most_at_once": self.most})

    @route("GET", f"{PLACE}/accounts.csv")
    def accounts_file(self, request: Request) -> Response:
        """The chart as an accountant exports it, for sites whose services lack accounts."""
        file = io.StringIO()
        writer = csv.DictWriter(file, CSV, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self.books(request.one("company")).table("accounts").values())
        return Response(200, file.getvalue(), {"Content-Type": "text/csv; charset=utf-8"})

    @route("POST", f"{PLACE}/{{action}}")
    def by_hand(self, request: Request) -> Response:
        action, data = request.params["action"], request.json() or {}
        if action == "settings":
            return self._settle(data)
        run = BY_HAND.get(action)
        if run is None:
            return Response(404, {"error": f"actions are {sorted([*BY_HAND, 'settings'])}"})
        return self.steer(run, data)

    def steer(self, run: Run, data: dict[str, Any]) -> Response:
        """Runs what people do, all of it or nothing."""
        try:
            with self.transaction():
                done = run(self.books(str(data.get("company") or "")), data)
        except Unknown as wrong:
            return Response(400, {"error": str(wrong)})
        except ValueError as wrong:
            return Response(400, {"error": str(wrong)})
        except (KeyError, ArithmeticError, TypeError) as wrong:
            return Response(400, {"error": f"cannot read the request: {wrong!r}"})
        return Response(200, done if done is not None else {})

    def _settle(self, data: dict[str, Any]) -> Response:
        """Body: any of `site.SETTINGS`. Another sign-in: everybody has to do it again."""
        for name, content in data.items():
            if name not in SETTINGS:
                return Response(400, {"error": f"{name}: there are {sorted(SETTINGS)}"})
            if name in CHOICES and content not in CHOICES[name]:
                return Response(400, {"error": f"{name} is one of {CHOICES[name]}"})
        self.settings.update({
            name: float(one) if isinstance(one, Decimal) else one for name, one in data.items()
        })  # fmt: skip
        self.state["companies"][0]["name"] = self.settings["company_name"]
        if {"auth", "challenge"} & set(data):
            self.handshakes.forget()
            self.state["tokens"] = access.first_tokens()
        return Response(200, self.settings)
