"""The stand-in for Dynamics NAV on-premises: page services over Business Central's ledger.

learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from tests.simulators import company
from tests.simulators.business_central import errors
from tests.simulators.business_central.seed import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT, TENANT
from tests.simulators.business_central.store import Books, State
from tests.simulators.messages import Request, Response
from tests.simulators.routes import route

from . import access, answers, masters, odata, site, soap
from .control import NavControl
from .site import Site

__all__ = ["NavSimulator"]

PAGES = re.compile(r"/(?P<instance>[^/]+)/ODataV4(?P<rest>/.*)?")
API = re.compile(
    r"/(?P<instance>[^/]+)/api/(?:(?P<version>v2\.0)|microsoft/(?P<group>\w+)/beta)"
    r"(?:/(?P<rest>.*))?"
)
PLACE = re.compile(r"/(?P<instance>[^/]+)/(?:OData|ODataV4|api|WS)(?:/.*)?")
SCOPE = "https://api.businesscentral.dynamics.com/.default"


class NavSimulator(NavControl):
    """One server instance with one company."""

    name = "nav"
    spec_file = ""  # page services differ from site to site: no description of them exists

    def fresh(self) -> State:
        state = super().fresh()
        state.settings["nav"] = site.fresh()
        books = Books(state, self.now, self.seed)
        masters.plant(Site(books, state.settings["nav"]))
        books.taken_changes()
        books.commit()
        return state

    def load(self) -> Any:
        """What was kept by an older stand-in has the newer settings too."""
        state = super().load()
        if state is not None:
            state.settings["nav"] = {**site.fresh(), **state.settings["nav"]}
        return state

    def ready(self) -> dict[str, Any]:
        """By the names of the connection's fields."""
        nav = self.nav
        windows = nav["auth"] == "windows"
        return {
            "mode": "on_premises", "company": self.state.company["name"], "server_url": self.url,
            "web_client_url": f"{self.url}/web",
            "instance": nav["instance"], "authentication": nav["auth"],
            "user": site.WINDOWS_USER if windows else site.USER,
            "password": site.WINDOWS_PASSWORD if windows else site.ACCESS_KEY,
            "tenant_id": TENANT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "scope": SCOPE, "login_url": self.url, "integration_service": nav["codeunit"],
            "soap_url": "" if nav["actions"] else self.url,
            "api_path": "/api/v2.0" if nav["standard_api"] else "",
            "journal_template": site.TEMPLATE, "journal_batch": site.BATCH,
            "model_vendor": company.VENDORS[0].number,
            "odata_url": f"{self.url}/{nav['instance']}/ODataV4",
            "control_url": f"{self.url}/control",
        }  # fmt: skip

    # Admission.

    def serve(self, request: Request) -> Response | None:
        """Few requests at once, and a queue behind them; for all users together."""
        if not PLACE.fullmatch(request.path):
            return super().serve(request)
        refused = self.gate.enter("site", self.state.limits)
        if refused:
            return self.turned_away(request, refused)
        try:
            return super().serve(request)
        finally:
            self.gate.leave("site")

    def admit(self, request: Request) -> Response | None:
        place = PLACE.fullmatch(request.path)
        if place is None or request.path.startswith("/v2.0/"):
            return super().admit(request)
        if place["instance"].lower() != self.nav["instance"].lower():
            return access.no_instance()
        return access.check(self, request)

    def decorate(self, request: Request, response: Response) -> None:
        super().decorate(request, response)
        if request.note.get("authenticate"):
            response.headers.setdefault("WWW-Authenticate", request.note["authenticate"])

    def answer(self, request: Request, injected: Response | None) -> Response:
        if PLACE.fullmatch(request.path):
            self.wake_up()
        return super().answer(request, injected)

    def wake_up(self) -> None:
        """The first request after a restart compiles for half a minute."""
        with self.lock:
            seconds, self.nav["asleep"] = float(self.nav["asleep"]), 0.0
        if seconds:
            self.stopping.wait(seconds)

    def shake_hands(self, request: Request) -> None:
        """Of subscriptions, under the address of this instance."""
        place = API.fullmatch(request.path)
        if place is None:
            super().shake_hands(request)
            return
        with self.lock:
            if self.admit(request) is not None:
                return
        cloud = f"/v2.0/{ENVIRONMENT}/api/v2.0/{place['rest'] or ''}"
        inner = dataclasses.replace(request, path=cloud, note={"admitted": True})
        super().shake_hands(inner)
        request.note["handshake"] = inner.note.get("handshake")

    # Routes.

    @route("GET", "/{instance}/ODataV4{rest:.*}")
    @route("POST", "/{instance}/ODataV4{rest:.*}")
    @route("PATCH", "/{instance}/ODataV4{rest:.*}")
    @route("PUT", "/{instance}/ODataV4{rest:.*}")
    @route("DELETE", "/{instance}/ODataV4{rest:.*}")
    def pages(self, request: Request) -> Response:
        place = PAGES.fullmatch(request.path)
        if place is None:
            return access.no_instance()
        if not self.nav["odata"]:
            return access.switched_off(self.nav)
        root = f"{request.base_url}/{place['instance']}/ODataV4"
        try:
            response = odata.answer(request, self.site, root, place["rest"] or "")
        except errors.Refused as refused:
            response = answers.refusal(self.nav, refused)
        self.settle_changes()
        return response

    @route("GET", "/{instance}/WS/{rest:.*}")
    @route("POST", "/{instance}/WS/{rest:.*}")
    def soap(self, request: Request) -> Response:
        """The codeunit; on a real server under another port."""
        place = soap.PLACE.fullmatch(request.path)
        if place is None or not self.nav["soap"]:
            return access.no_instance()
        response = soap.answer(request, self.site, place)
        self.settle_changes()
        return response or access.no_instance()

    @route("GET", "/{instance}/OData/{rest:.*}")
    @route("POST", "/{instance}/OData/{rest:.*}")
    def version_three(self, request: Request) -> Response:
        """OData V3 is not here."""
        return access.no_instance()

    @route("GET", "/{instance}/api/{rest:.+}")
    @route("POST", "/{instance}/api/{rest:.+}")
    @route("PATCH", "/{instance}/api/{rest:.+}")
    @route("PUT", "/{instance}/api/{rest:.+}")
    @route("DELETE", "/{instance}/api/{rest:.+}")
    def standard(self, request: Request) -> Response:
        """The standard API of the same company."""
        place = API.fullmatch(request.path)
        if place is None:
            return self.error(404, "Resource not found for the segment 'api'.")
        if not self.nav["standard_api"]:
            return access.switched_off(self.nav)
        call = self.call_of(request, place)
        try:
            response = self.perform(call, request)
        except errors.Refused as refused:
            response = errors.answer(refused.code, refused.message, refused.status)
        request.route = call.route or f"/{call.path}"
        self.settle_changes()
        return response
