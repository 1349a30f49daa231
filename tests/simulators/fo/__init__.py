"""The stand-in for Dynamics 365 Finance & Operations, its sign-in included.

learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/data-entities
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.simulators import company as keystone
from tests.simulators.business_central.limits import Window
from tests.simulators.messages import Request, Response, loads
from tests.simulators.routes import route

from . import addresses, batch, demo, errors, identity, metadata, seed, service, site
from .addresses import Call
from .contract import Contract
from .model import ENTITIES, Row
from .screens import Screens
from .store import Books, folded, fresh_state

__all__ = ["FoSimulator"]

OURS = ("/data", "/Metadata/")
TOO_MANY = (
    "The request could not be processed due to the system experiencing high resource utilization."
)
_PLACE = re.compile(r"/data/?(?P<rest>.*)", re.DOTALL)


def query_of(text: str) -> Mapping[str, str]:
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


class FoSimulator(Screens):
    """One environment with two companies."""

    name = "fo"
    spec_file = "d365-fo-metadata.json"

    def __init__(self, **options: Any) -> None:
        self.gate = threading.Lock()
        self.running, self.most = 0, 0
        self.writing: Counter[tuple[Any, ...]] = Counter()
        self.window, self.pushed = Window(), 0
        super().__init__(**options)

    # What the base asks for.

    def fresh(self) -> Row:
        state = fresh_state(_settings())
        books = Books(state, self.now)
        seed.plant(books, keystone.jobs(self.company), full=self.company != "empty")
        if self.company != "empty":
            demo.plant(books)
        return state

    def load(self) -> Any:
        """What was kept by an older stand-in has the newer settings too."""
        state = super().load()
        if state is not None:
            state["settings"] = {**_settings(), **state["settings"]}
        return state

    def ready(self) -> dict[str, Any]:
        return {
            "environment_url": self.url, "api_url": self.url, "login_url": self.url,
            "tenant_id": site.TENANT, "client_id": site.CLIENT_ID,
            "client_secret": site.CLIENT_SECRET, "company": site.COMPANY,
            "procurement_category": site.CATEGORY, "vendor_group": "SUB", "unit": "ea",
            "journal_name": site.JOURNAL, "invoice_journal_name": site.INVOICE_JOURNAL,
            "project_dimension": "Project", "cost_code_dimension": "CostCode",
            "cost_type_dimension": "CostType", "posted_set": "VendTransBiEntities",
            "control_url": f"{self.url}/control",
        }  # fmt: skip

    def validate(self, spec_folder: Path, spec_file: str) -> None:
        """Every answer is held against the names and types of a real environment."""
        self.check_with(Contract(spec_folder / spec_file))

    def demo(self) -> Mapping[str, Any]:
        return demo.answer(self.state, keystone.jobs(self.company))

    def reset(self) -> None:
        super().reset()
        self.after, self.window = [], Window()
        self.most = self.pushed = 0

    def error(self, status: int, message: str) -> Response:
        return errors.plain(message, status)

    def decorate(self, request: Request, response: Response) -> None:
        if request.path.startswith(OURS):
            response.headers.setdefault("ms-dyn-aid", errors.activity())
            response.headers.setdefault("server-timing", "aos;dur=12")

    def revoke_tokens(self) -> None:
        self.state["tokens"].clear()

    # Before an answer.

    def serve(self, request: Request) -> Response | None:
        """Notes what runs at once: writes of lines of one document stand in each other's way."""
        if not request.path.startswith(OURS):
            return super().serve(request)
        document = self.document_of(request)
        with self.gate:
            self.running += 1
            self.most = max(self.most, self.running)
            request.note["running"] = self.running
            request.note["conflict"] = bool(document and self.writing[document])
            self.writing[document] += 1 if document else 0
        try:
            return super().serve(request)
        finally:
            with self.gate:
                self.running -= 1
                self.writing[document] -= 1 if document else 0

    def document_of(self, request: Request) -> tuple[Any, ...]:
        """The document of a line that is to be written, or nothing."""
        if request.method not in ("POST", "PATCH", "DELETE"):
            return ()
        name, _, key = self.decoded(request).partition("(")
        entity = ENTITIES.get(name)
        if entity is None or not entity.parent:
            return ()
        try:
            if key:
                return (entity.parent, *addresses.parse_key(entity, key.rpartition(")")[0])[:2])
            body = loads(request.body)
            return (entity.parent, *(folded(body.get(part)) for part in entity.key[:2]))
        except (ValueError, AttributeError, errors.Refused):
            return ()

    def decoded(self, request: Request) -> str:
        found = _PLACE.fullmatch(request.path)
        return unquote(found["rest"]) if found else ""

    def admit(self, request: Request) -> Response | None:
        if not request.path.startswith(OURS):
            return None
        if not identity.client_of(self.state, request, self.now()):
            return Response(401, None, {"WWW-Authenticate": "Bearer"})
        self.note_write(request)
        return self.throttled(request)

    def throttled(self, request: Request) -> Response | None:
        """Resource limits: too many in the window, or too many at once."""
        limits = self.state["settings"]
        if limits["concurrent"] and request.note["running"] > limits["concurrent"]:
            text = f"Number of concurrent requests exceeded the limit of {limits['concurrent']}."
            return self.too_many(text)
        if self.spent(1):
            return self.too_many()
        self.pushed = 0
        return None

    def spent(self, count: int) -> bool:
        limits = self.state["settings"]
        if not limits["requests"]:
            return False
        return bool(self.window.take("all", self.timestamp(), limits, count))

    def too_many(self, text: str = "") -> Response:
        """Who goes on pushing waits longer."""
        limits, self.pushed = self.state["settings"], self.pushed + 1
        counted = (
            f"Number of requests exceeded the limit of {limits['requests']} over the time window "
            f"of {limits['window']:.0f} seconds."
        )
        response = errors.plain((text or counted) if limits["user_limits"] else TOO_MANY, 429)
        if limits["retry_after"] is not None:
            seconds = int(limits["retry_after"]) + int(limits["pushing"]) * (self.pushed - 1)
            response.headers["Retry-After"] = str(seconds)
        return response

    def note_write(self, request: Request) -> None:
        """Attempts are counted, whatever becomes of them."""
        if request.method not in service.WRITES or self.decoded(request) == "$batch":
            return
        self.note_attempt(request.method, self.decoded(request))

    def note_attempt(self, method: str, path: str) -> None:
        name = re.split(r"[(/]", path)[0]
        entity = ENTITIES.get(name)
        if entity is not None:
            verb = "PATCH" if method == "PUT" else method
            read_only = verb not in entity.writes
            self.state["writes"].append({"method": method, "path": path, "set": name,
                                         "read_only": read_only})  # fmt: skip
            self.changed()

    def answer(self, request: Request, injected: Response | None) -> Response:
        response = super().answer(request, injected)
        if injected is None and request.path.startswith(OURS):
            return self.replaced(request, response)
        return response

    # Routes.

    @route("POST", "/{tenant}/oauth2/v2.0/token")
    @route("POST", "/{tenant}/oauth2/token")
    def token(self, request: Request) -> Response:
        return identity.token(self.state, request, self.url, self.now())

    @route("GET", "/Metadata/DataEntities")
    def data_entities(self, request: Request) -> Response:
        rows = [metadata.data_entity(entity) for entity in metadata.listed(self.books)]
        return self.told("DataEntities", {"value": rows})

    @route("GET", "/Metadata/PublicEntities")
    def public_entities(self, request: Request) -> Response:
        rows = [metadata.public_entity(entity, self.books)
                for entity in metadata.listed(self.books)]  # fmt: skip
        return self.told("PublicEntities", {"value": rows})

    @route("GET", "/Metadata/PublicEntities('{type:[^']+}')")
    def public_entity(self, request: Request) -> Response:
        found = [each for each in metadata.listed(self.books)
                 if each.type == request.params["type"]]  # fmt: skip
        if not found:
            return self.error(404, "No resource was found for the given key.")
        return self.told("PublicEntities/$entity", metadata.public_entity(found[0], self.books))

    @route("GET", "/Metadata/PublicEnumerations('{name:[^']+}')")
    def public_enumeration(self, request: Request) -> Response:
        found = metadata.public_enumeration(request.params["name"])
        if found is None:
            return self.error(404, "No resource was found for the given key.")
        return self.told("PublicEnumerations/$entity", found)

    def told(self, context: str, body: Row) -> Response:
        return Response(200, {"@odata.context": f"{self.url}/Metadata/$metadata#{context}", **body})

    @route("GET", "/data")
    @route("GET", "/data/{rest:.*}")
    @route("POST", "/data/{rest:.+}")
    @route("PATCH", "/data/{rest:.+}")
    @route("PUT", "/data/{rest:.+}")
    @route("DELETE", "/data/{rest:.+}")
    def api(self, request: Request) -> Response:
        call = Call(
            request.method, self.decoded(request).strip("/"), f"{self.url}/data",
            query_of(request.query_string), request.headers, request.body,
            conflict=request.note["conflict"],
        )  # fmt: skip
        request.route = "/data/" + re.sub(r"\(.+\)", "({key})", call.path, flags=re.DOTALL)
        books = self.books
        if call.path == "$batch" and call.verb == "POST":
            response = self.in_batch(books, call)
        else:
            response = service.perform(books, call)
        books.commit()
        return response

    def in_batch(self, books: Books, call: Call) -> Response:
        try:
            return batch.run(books, call, self.inner(books), self.throttled_inside, query_of)
        except errors.Refused as refused:
            return errors.plain(refused.message, refused.status)

    def inner(self, books: Books) -> batch.Perform:
        def perform(call: Call) -> Response:
            if call.verb in service.WRITES:
                self.note_attempt(call.verb, call.path)
            return service.perform(books, call)

        return perform

    def throttled_inside(self, done: int) -> Response | None:
        """A 429 may stand inside the 200 of a batch."""
        most = int(self.state["settings"]["batch_throttle"])
        if (most and done >= most) or self.spent(1):
            return self.too_many()
        return None


def _settings() -> Row:
    found: Row = {name: list(value) if isinstance(value, list) else value
                  for name, value in site.SETTINGS.items()}  # fmt: skip
    return found
