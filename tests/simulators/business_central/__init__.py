"""The stand-in for Dynamics 365 Business Central, its sign-in included.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0
"""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import quote, unquote

from tests.simulators import company
from tests.simulators.messages import Request, Response
from tests.simulators.routes import route

from . import (
    approvals,
    batch,
    errors,
    identity,
    metadata,
    published,
    purchases,
    rest,
    seed,
    webhooks,
)
from .limits import Window
from .model import SETS
from .screens import Screens
from .store import Books, State, etag

__all__ = ["BusinessCentralSimulator"]

_PLACE = re.compile(
    r"/v2\.0/(?:(?P<tenant>[^/]+)/)?(?P<environment>[^/]+)/api/"
    r"(?:(?P<version>v2\.0)|microsoft/(?P<group>\w+)/beta)(?:/(?P<rest>.*))?"
)
_SUBSCRIPTION = re.compile(r"subscriptions(?:\('([^']*)'\))?")


class BusinessCentralSimulator(Screens):
    """One tenant with one environment and one company."""

    name = "business_central"
    spec_file = "business-central-openapi.yaml"
    # What the base asks for.

    def fresh(self) -> State:
        state = State()
        books = Books(state, self.now, self.seed)
        seed.plant(state, books, vendors=self.company != "empty")
        if self.company == "demo_source":
            purchases.plant(books, self.seed)
        return state

    def reset(self) -> None:
        super().reset()
        self.after, self.window = [], Window()
        self.postman.sent.clear()

    def ready(self) -> dict[str, Any]:
        return {
            "api_url": self.url, "login_url": self.url, "web_url": f"{self.url}/web",
            "tenant_id": seed.TENANT,
            "environment": seed.ENVIRONMENT, "client_id": seed.CLIENT_ID,
            "client_secret": seed.CLIENT_SECRET, "company_id": seed.COMPANY_ID,
            "company_name": company.COMPANY_NAME, "control_url": f"{self.url}/control",
            "integration_service": str(approvals.setting(self.books, "codeunit")),
        }  # fmt: skip

    def error(self, status: int, message: str) -> Response:
        codes = {404: "BadRequest_ResourceNotFound", 405: "BadRequest_MethodNotAllowed"}
        return errors.answer(codes.get(status, "Internal_ServerError"), message, status)

    def decorate(self, request: Request, response: Response) -> None:
        number = str(uuid.uuid4())
        response.headers.setdefault("Request-Id", number)
        response.headers.setdefault("ms-correlation-x", number)

    def revoke_tokens(self) -> None:
        self.state.tokens.clear()

    def started(self) -> None:
        self.postman.thread.start()

    # Admission.

    def serve(self, request: Request) -> Response | None:
        """Few requests of a user at once; the sign-in and the controls have no limit."""
        user = identity.user_of(self.state, request) if request.path[:6] == "/v2.0/" else ""
        if not user:
            return super().serve(request)
        refused = self.gate.enter(user, self.state.limits)
        if refused:
            return self.turned_away(request, refused)
        try:
            return super().serve(request)
        finally:
            self.gate.leave(user)

    def turned_away(self, request: Request, status: int) -> Response:
        """The queue is full (429), or the wait in it was too long (503)."""
        most = self.state.limits["concurrent"] + self.state.limits["queue"]
        if status == 429:
            response = self.too_many(most + 1, most)
        else:
            response = self.error(503, "The request waited too long in the queue.")
            response.headers["Retry-After"] = "5"
        response.freeze()
        self.record(request, response, self.timestamp(), False)
        return response

    def too_many(self, actual: int, maximum: int) -> Response:
        response = errors.answer(
            "Application_TooManyRequests",
            f"Too many requests reached. Actual ({actual}). Maximum ({maximum}).", 429,
        )  # fmt: skip
        if self.state.limits["retry_after"] is not None:
            response.headers["Retry-After"] = str(self.state.limits["retry_after"])
        return response

    def admit(self, request: Request) -> Response | None:
        """Token, tenant, environment, rate and size, in this order."""
        if not request.path.startswith(("/v2.0/", "/environments/")):
            return None
        if "admitted" in request.note:
            return None
        try:
            request.note["user"] = self.checked_user(request)
        except errors.Refused as refused:
            return errors.answer(refused.code, refused.message, refused.status)
        actual = self.window.take(request.note["user"], self.timestamp(), self.state.limits)
        if actual:
            return self.too_many(actual, self.state.limits["requests"])
        if len(request.body) > self.state.limits["body"]:
            return errors.answer("Application_RequestEntityTooLarge", "Request too large.", 413)
        request.note["admitted"] = True
        return None

    def checked_user(self, request: Request) -> str:
        place = _PLACE.fullmatch(request.path)
        tenant = (place["tenant"] or "") if place else ""
        user = identity.check(self.state, request, tenant, self.now())
        if place and unquote(place["environment"]).lower() != seed.ENVIRONMENT:
            raise errors.Refused("NoEnvironment", "Environment does not exist.", 404)
        return user

    def answer(self, request: Request, injected: Response | None) -> Response:
        """Handshakes happen before the lock; `answer_after` replaces what was carried out."""
        if injected is None:
            self.shake_hands(request)
        response = super().answer(request, injected)
        rule = None if injected else self.rule_after(request)
        if rule:
            response = Response(rule["status"], rule.get("body"), rule.get("headers") or {},
                                injected=True)  # fmt: skip
            response.freeze()
        return response

    def rule_after(self, request: Request) -> dict[str, Any] | None:
        for rule in self.after:
            fits = request.method == rule.get("method", request.method)
            if fits and rule["times"] > 0 and re.search(rule.get("path", ""), request.path):
                rule["times"] -= 1
                return rule
        return None

    def shake_hands(self, request: Request) -> None:
        """Calls the notificationUrl of a subscription that is created or renewed."""
        place = _PLACE.fullmatch(request.path)
        found = _SUBSCRIPTION.fullmatch(unquote(place["rest"] or "")) if place else None
        if found is None or request.method not in ("POST", "PATCH"):
            return
        with self.lock:
            if self.admit(request) is not None:
                return
            kept = self.state.subscriptions.get(found[1] or "", {})
            timeout = float(self.state.notify["handshake_timeout"])
        try:
            body = request.json() or {}
        except ValueError:
            return
        url = str(body.get("notificationUrl") or kept.get("notificationUrl") or "")
        request.note["handshake"] = webhooks.handshake(url, timeout)

    # Routes.

    @route("POST", "/{tenant}/oauth2/v2.0/token")
    @route("POST", "/{tenant}/oauth2/token")
    def token(self, request: Request) -> Response:
        return identity.token(self.state, request.params["tenant"], request, self.now())

    @route("GET", "/environments/{version}")
    def environments(self, request: Request) -> Response:
        return Response(200, {"value": [{
            "aadTenantId": seed.TENANT, "applicationFamily": "BusinessCentral",
            "type": "Production", "name": "Production", "countryCode": "US",
            "webServiceUrl": self.url, "webClientLoginUrl": f"{self.url}/{seed.TENANT}/Production",
        }]})  # fmt: skip

    @route("GET", "/v2.0/{rest:.+}")
    @route("POST", "/v2.0/{rest:.+}")
    @route("PATCH", "/v2.0/{rest:.+}")
    @route("PUT", "/v2.0/{rest:.+}")
    @route("DELETE", "/v2.0/{rest:.+}")
    def api(self, request: Request) -> Response:
        place = _PLACE.fullmatch(request.path)
        services = published.PLACE.fullmatch(request.path)
        if place is None and services is None:
            return self.error(404, "Resource not found for the segment 'v2.0'.")
        call = self.call_of(request, place or services)
        try:
            if place is None:
                response = published.answer(self.books, call)
            else:
                response = self.perform(call, request)
        except errors.Refused as refused:
            response = errors.answer(refused.code, refused.message, refused.status)
        request.route = call.route or f"/{call.path}"
        self.settle_changes()
        return response

    def _check(self, request: Request, response: Response) -> None:
        """The description is of the standard API only."""
        if not published.PLACE.fullmatch(request.path):
            super()._check(request, response)

    def call_of(self, request: Request, place: re.Match[str] | None) -> rest.Call:
        assert place is not None
        root = request.base_url + request.path[: place.start("rest")].rstrip("/")
        if place["rest"] is None:
            root = request.base_url + request.path.rstrip("/")
        return rest.Call(
            verb=request.method, path=unquote(place["rest"] or "").rstrip("/"), root=root,
            query={name: values[-1] for name, values in request.query.items()},
            headers=request.headers, body=request.body, url=request.base_url + request.path,
            group=place.groupdict().get("group") or "v2.0", page=int(self.state.limits["page"]),
        )  # fmt: skip

    def perform(self, call: rest.Call, request: Request) -> Response:
        """The few things that are no entity set, then the sets."""
        read_only = call.headers.get("Data-Access-Intent", "").lower() == "readonly"
        if read_only and call.verb != "GET":
            raise errors.bad_request("Data-Access-Intent ReadOnly is not allowed for writes.")
        if call.path == "$metadata":
            text = metadata.document(frozenset(self.state.settings["absent"]))
            return Response(200, text, {"Content-Type": "application/xml"})
        if call.path == "":
            return rest.reply(200, self.service_document(call))
        if call.path == "$batch" and call.verb == "POST":
            return self.batch(call, request)
        if call.path.startswith("subscriptions"):
            return self.subscriptions(call, request)
        if call.group == "runtime":
            return self.supported(call)
        return rest.handle(self.books, call)

    def service_document(self, call: rest.Call) -> dict[str, Any]:
        names = ["companies", "subscriptions", *SETS]
        return {"@odata.context": f"{call.root}/$metadata",
                "value": [{"name": n, "kind": "EntitySet", "url": n} for n in names]}  # fmt: skip

    def batch(self, call: rest.Call, request: Request) -> Response:
        """Each operation counts as a request."""
        body = call.json()
        count = len(body.get("requests") or []) if isinstance(body, dict) else 1
        actual = self.window.take(
            request.note["user"], self.timestamp(), self.state.limits, max(count - 1, 0)
        )
        if actual:
            return self.too_many(actual, self.state.limits["requests"])

        def perform(inner: rest.Call) -> Response:
            try:
                return self.perform(inner, request)
            except errors.Refused as refused:
                return errors.answer(refused.code, refused.message, refused.status)

        return batch.run(self.books, call, perform, int(self.state.limits["batch"]))

    def supported(self, call: rest.Call) -> Response:
        """`webhookSupportedResources`, with the one filter that its page shows."""
        if not call.path.endswith("/webhookSupportedResources"):
            raise errors.no_segment(call.path)
        call.route = "/companies({id})/webhookSupportedResources"
        rest.known_company(self.books, rest.key_of(call.path.split("/")[0], "companies"))
        prefix = f"v2.0/companies({self.books.company_id})"
        told = [n for n in webhooks.SUPPORTED if n not in self.state.settings["not_told"]]
        rows = [{"resource": f"{prefix}/{name}"} for name in told]
        context = f"{call.root}/$metadata#{quote(call.path, safe='()/')}"
        return rest.reply(200, {"@odata.context": context, "value": rows})

    # Subscriptions.

    def subscriptions(self, call: rest.Call, request: Request) -> Response:
        found = _SUBSCRIPTION.fullmatch(call.path)
        if found is None:
            raise errors.bad_request(f"Bad Request - Error in query syntax: '{call.path}'.")
        webhooks.expire(self.books)
        number = found[1]
        call.route = "/subscriptions" if number is None else "/subscriptions('{id}')"
        if number is None:
            return self.subscription_set(call, request)
        row = self.state.subscriptions.get(number)
        if row is None:
            raise errors.no_segment("subscriptions")
        return self.subscription(call, request, row)

    def subscription_set(self, call: rest.Call, request: Request) -> Response:
        context = f"{call.root}/$metadata#subscriptions"
        if call.verb == "GET":
            rows = [webhooks.shown(row) for row in self.state.subscriptions.values()]
            return rest.reply(200, {"@odata.context": context, "value": rows})
        if call.verb != "POST":
            raise errors.not_allowed(call.verb, "subscriptions")
        values = webhooks.checked(self.books, call.json())
        self.shaken(request)
        row = webhooks.create(self.books, values, seed.USER_ID)
        return rest.reply(201, {"@odata.context": f"{context}/$entity", **webhooks.shown(row)})

    def subscription(self, call: rest.Call, request: Request, row: dict[str, Any]) -> Response:
        sent = call.headers.get("If-Match", "")
        if call.verb in ("PATCH", "DELETE") and not re.fullmatch(r'\*|W/".+"', sent):
            raise errors.no_etag()
        if call.verb in ("PATCH", "DELETE") and sent not in ("*", etag(row["_version"])):
            raise errors.changed()
        if call.verb == "DELETE":
            webhooks.drop(self.state, {row["subscriptionId"]})
            return rest.reply(204)
        if call.verb == "PATCH":
            values = webhooks.checked(self.books, call.json())
            self.shaken(request)
            webhooks.renew(self.books, row, values)
        context = {"@odata.context": f"{call.root}/$metadata#subscriptions/$entity"}
        return rest.reply(200, {**context, **webhooks.shown(row)})

    def shaken(self, request: Request) -> None:
        if not request.note.get("handshake"):
            raise errors.bad_request(
                "Unable to validate the notification URL: the validation token was not returned."
            )
