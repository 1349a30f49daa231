"""The stand-in for Dynamics GP's REST services (Service Based Architecture), read only.

learn.microsoft.com/dynamics-gp/installation/sba
"""

from __future__ import annotations

import threading
from typing import Any

from tests.simulators.business_central.limits import Window
from tests.simulators.messages import Request, Response
from tests.simulators.nav_server.access import page
from tests.simulators.routes import route

from . import access, help_page, reading, site
from .books import Books, Row
from .demo import answer as demo_answer
from .demo import plant
from .grammar import Call, parse
from .replies import Format, Refused, answer, refusal
from .resources import BY_PATH, COMPANIES, Resource, listed
from .screens import Screens

__all__ = ["GpSimulator"]

SERVICE = "{service:(?i:gpservice)}/{rest:.*}"
WRITES = ("POST", "PATCH", "PUT", "DELETE")


class GpSimulator(Screens):
    """One tenant with two companies."""

    name = "gp"

    def __init__(self, **options: Any) -> None:
        self.counting = threading.Lock()
        self.running, self.most = 0, 0
        self.calls = Window()
        super().__init__(**options)

    def fresh(self) -> Row:
        return {
            "settings": {**site.SETTINGS}, "tokens": access.first_tokens(), "writes": [],
            "companies": plant(self.seed, self.company != "empty"),
        }  # fmt: skip

    def load(self) -> Any:
        """What was kept by an older stand-in has the newer settings too."""
        state = super().load()
        if state is not None:
            state["settings"] = {**site.SETTINGS, **state["settings"]}
        return state

    def ready(self) -> dict[str, Any]:
        """By the names of the connection's fields."""
        mode = self.settings["auth"]
        return {
            "server_url": self.url, "tenant": site.TENANT,
            "company": self.settings["company_name"],
            "authentication": "windows" if mode == "mixed" else mode,
            "user": site.USER, "password": site.PASSWORD, "token": site.TOKEN,
            "login_url": self.url, "tenant_id": site.DIRECTORY, "client_id": site.CLIENT_ID,
            "client_secret": site.CLIENT_SECRET, "scope": site.SCOPE,
            "account_segment": "2", "project_place": "Segment 1",
            "cost_code_place": "Distribution.Reference", "commitment_place": "Document.PONumber",
            "control_url": f"{self.url}/control",
        }  # fmt: skip

    def demo(self) -> Row:
        return demo_answer(self.state["companies"][0].get("troubles", []))

    def reset(self) -> None:
        super().reset()
        self.most, self.calls = 0, Window()

    # Before an answer.

    def serve(self, request: Request) -> Response | None:
        """Writes are counted, whatever becomes of them; the most requests at once too."""
        if not is_ours(request.path):
            return super().serve(request)
        with self.counting:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            return super().serve(request)
        finally:
            with self.counting:
                self.running -= 1

    def answer(self, request: Request, injected: Response | None) -> Response:
        if not is_ours(request.path):
            return super().answer(request, injected)
        self.note_write(request)
        self.wake_up()
        response = super().answer(request, injected)
        if response.status == 200 and self.settings["truncate"] and response.body:
            self.settings["truncate"] -= 1
            response.body = response.body[: len(response.body) // 2]
        return response

    def note_write(self, request: Request) -> None:
        if request.method in WRITES:
            with self.lock:
                self.state["writes"].append({"method": request.method, "path": request.path})
                self.changed()

    def wake_up(self) -> None:
        """A runtime instance starts for half a minute; a slow site is slow every time."""
        with self.lock:
            seconds, self.settings["asleep"] = float(self.settings["asleep"]), 0.0
        seconds += float(self.settings["delay"])
        if seconds:
            self.stopping.wait(seconds)

    def admit(self, request: Request) -> Response | None:
        if not is_ours(request.path):
            return None
        return self.throttled() or access.check(self, request)

    def throttled(self) -> Response | None:
        """What stands before the service lets through only so many."""
        most, span = int(self.settings["throttle_calls"]), float(self.settings["throttle_seconds"])
        limits = {"requests": most, "window": span}
        if not most or not self.calls.take("site", self.timestamp(), limits):
            return None
        return page(
            self.settings["throttle_status"], "Service Unavailable", "The service is busy.",
            {"Retry-After": str(max(1, round(span)))},
        )  # fmt: skip

    def decorate(self, request: Request, response: Response) -> None:
        if request.note.get("authenticate"):
            response.headers.setdefault("WWW-Authenticate", request.note["authenticate"])

    def error(self, status: int, message: str) -> Response:
        return page(status, "Endpoint not found.", message, {})

    # Addresses.

    @route("POST", "/{directory}/oauth2/v2.0/token")
    @route("POST", "/{directory}/oauth2/token")
    def token(self, request: Request) -> Response:
        return access.issue(self, request)

    @route("GET", f"/{SERVICE}")
    def read(self, request: Request) -> Response:
        call = parse(request.path)
        if call is None or call.tenant.lower() != site.TENANT.lower():
            return self.error(404, "There is no such endpoint.")
        form = self.format_of(call, request)
        try:
            return self.respond(call, request, form)
        except Refused as refused:
            return refusal(form, refused)

    @route("POST", f"/{SERVICE}")
    @route("PATCH", f"/{SERVICE}")
    @route("PUT", f"/{SERVICE}")
    @route("DELETE", f"/{SERVICE}")
    def write(self, request: Request) -> Response:
        """The service account may read only."""
        call = parse(request.path)
        form = self.format_of(call, request)
        request.route = "/GPService (refused)"
        return refusal(form, Refused(
            403, "NO_SERVICE_ACCESS", f"{request.method} is not granted to this user."
        ))  # fmt: skip

    def format_of(self, call: Call | None, request: Request) -> Format:
        accepts = self.settings["accept"] and "json" in request.headers.get("Accept", "").lower()
        shape = self.settings["reply"]
        json = shape != "xml" and (bool(call and call.json) or accepts)
        return Format(json, shape, self.settings["language"])

    def respond(self, call: Call, request: Request, form: Format) -> Response:
        if call.company is None:
            return self.above_companies(call, request, form)
        books = self.admitted(call.company)
        known = listed(self.settings["resources"] == "short")
        if call.path.lower() == "capabilities" and self.has_capabilities():
            request.route = "/capabilities"
            verbs = {name: ["GET"] for name in known}
            return answer(form, verbs, "Capabilities", "Capabilities")
        resource = BY_PATH.get(call.path.lower())
        if resource is None or resource.name not in known:
            raise Refused(404, "NO_SUCH_ROUTE", f"There is no resource {call.path}.")
        self.allowed(resource)
        request.route = f"/{resource.path}" + ("" if call.key is None else "({key})")
        if call.key is None:
            return reading.many(books, resource, request, form)
        return reading.single(books, resource, call.key, form)

    def above_companies(self, call: Call, request: Request, form: Format) -> Response:
        path = call.path.lower()
        request.route = f"/{path}"
        if path == "help":
            short = self.settings["resources"] == "short"
            text = help_page.write(listed(short).values())
            return Response(200, text, {"Content-Type": "text/html; charset=utf-8"})
        if path != "companies":
            raise Refused(404, "NO_SUCH_ROUTE", f"There is no resource {call.path}.")
        rows = [{"CompanyID": one["number"], "InterID": one["interid"],
                 "CompanyName": one["name"]} for one in self.state["companies"]]  # fmt: skip
        paging = {"PageSize": self.settings["page_size"], "Next": None}
        return answer(form, rows, COMPANIES.one, COMPANIES.many, paging)

    def has_capabilities(self) -> bool:
        return bool(self.settings["capabilities"] and self.settings["resources"] == "full")

    def admitted(self, name: str) -> Books:
        if not self.settings["user_mapped"]:
            raise Refused(403, "NOT_MAPPED", "The account is not mapped to a GP user.")
        for company in self.state["companies"]:
            names = [company["name"].lower()]
            if self.settings["interid_accepted"]:
                names.append(company["interid"].lower())
            if name.lower() in names:
                if not self.settings["company_access"]:
                    raise Refused(403, "NO_COMPANY_ACCESS", f"No access to company {name}.")
                return self.books(company["name"])
        raise Refused(404, "NOT_FOUND", f"There is no company {name}.")

    def allowed(self, resource: Resource) -> None:
        if resource.name in self.settings["denied"]:
            raise Refused(403, "NO_SERVICE_ACCESS", f"No access to {resource.path}.")
        if resource.name in self.settings["locked"]:
            raise Refused(409, "RECORD_LOCKED", "Another user has the record open.")


def is_ours(path: str) -> bool:
    return path.lower().startswith("/gpservice/")
