"""`POST /v2`: body, token, version, limits, idempotency, execution, envelope."""

from __future__ import annotations

import json
import uuid
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    StringValueNode,
    VariableNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)  # fmt: skip

from ..messages import Request, Response
from ..routes import route
from .call import Call, roots, schema
from .cost import Cost
from .hooks import challenge, is_address
from .oauth import OAuth
from .refusals import Refused, envelope
from .store import Row
from .troubles import NamedFaults, Troubles

API = "/v2"
REPLAY_SECONDS = 1800
REPLAY_BYTES = 1024 * 1024
DEPRECATED = ("settings_str",)


@dataclass
class Asked:
    """One document that may run."""

    call: Call
    document: DocumentNode
    operation: OperationDefinitionNode
    variables: Row
    name: str | None
    key: str  # of idempotency, or empty

    @property
    def write(self) -> bool:
        return self.operation.operation.value == "mutation"


@lru_cache(maxsize=500)
def parsed(text: str) -> DocumentNode:
    return parse(text)


@lru_cache(maxsize=500)
def mistakes(text: str, version: str) -> tuple[GraphQLError, ...]:
    return tuple(validate(schema(version), parsed(text)))


def body_of(request: Request) -> Any:
    """The body, read once; None when it is no JSON."""
    if "body" not in request.note:
        try:
            request.note["body"] = json.loads(request.body)
        except ValueError:
            request.note["body"] = None
    return request.note["body"]


def root_fields(request: Request) -> list[str]:
    """The names of the root fields of all operations, as far as they can be read."""
    body = body_of(request)
    try:
        document = parsed(str(body["query"]))
    except (GraphQLError, KeyError, TypeError):
        return []
    return [
        field.name.value
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        for field in node.selection_set.selections
        if isinstance(field, FieldNode)
    ]


class Door(OAuth):
    """Runs a document under the lock; challenges of webhooks go out before, without it."""

    def __init__(self, **options: Any) -> None:
        self.troubles = Troubles()
        self.flying: dict[str, Request] = {}
        self.asked_log: deque[Row] = deque(maxlen=300)
        super().__init__(**options)
        self.faults = NamedFaults()
        self.root_values = roots(self)

    def serve(self, request: Request) -> Response | None:
        """Counts what runs at once, and notes what it asks for."""
        if request.path != API:
            return super().serve(request)
        request.note["fields"] = root_fields(request)
        key = self.idempotency_key(request)
        with self.counting:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            if key:
                self.flying.setdefault(key, request)
        try:
            return super().serve(request)
        finally:
            with self.counting:
                self.running -= 1
                if key and self.flying.get(key) is request:
                    del self.flying[key]

    def answer(self, request: Request, injected: Response | None) -> Response:
        if request.path != API or request.method != "POST":
            return super().answer(request, injected)
        request.route = " ".join([API, *request.note["fields"]])
        with self.lock:
            response = injected or self.troubles.whole(request.note["fields"])
            asked = response or self.enter(request)
        if isinstance(asked, Asked):
            asked.call.challenges = self.challenges(asked)
        with self.lock:
            response = self.run(asked) if isinstance(asked, Asked) else asked
            self.decorate(request, response)
            response.freeze()
            if isinstance(asked, Asked):
                self.remember(asked, response)
            self.changed()
        return response

    def enter(self, request: Request) -> Asked | Response:
        """What may run, or the refusal."""
        call = self.who(request)
        if isinstance(call, Response):
            return call
        request.note["app"] = call.app_id
        asked = self.read(call, request)
        self.note_asked(call, asked, request)
        cheap = isinstance(asked, Asked) and only_complexity(asked.operation)
        refused = self.calls_refused(call, cheap)
        if refused is not None or isinstance(asked, Response):
            return refused or asked
        replayed = self.replay(asked, request)
        if replayed is not None:
            return replayed
        call.cost = Cost(asked.document, asked.variables).operation(asked.operation)
        return self.points_refused(call, asked.write) or asked

    def note_asked(self, call: Call, asked: Asked | Response, request: Request) -> None:
        """Counts, among other things, writes without a key and calls without a version."""
        write, counts = isinstance(asked, Asked) and asked.write, self.state["calls"]
        body, version = body_of(request), request.headers.get("API-Version")
        key = request.headers.get("Idempotency-Key")
        found = {"writes" if write else "reads": 1, "writes_without_key": int(write and not key),
                 "without_version": int(not version)}  # fmt: skip
        for name, one in found.items():
            counts[name] = counts.get(name, 0) + one
        self.asked_log.append({
            "at": self.now(), "user": call.id, "fields": request.note["fields"], "version": version,
            "key": key, "body": body,
        })  # fmt: skip

    def read(self, call: Call, request: Request) -> Asked | Response:
        body = body_of(request)
        if body is None:
            return envelope(400, "JsonParseException", "Could not parse JSON body")
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return envelope(400, "Bad request", "No query string was present")
        variables = body.get("variables")
        if variables is not None and not isinstance(variables, dict):
            return envelope(400, "Bad request", "Variables must be an object")
        try:
            document = parsed(body["query"])
        except GraphQLSyntaxError as wrong:
            message = f"Parse error on {wrong.message.removeprefix('Syntax Error: ')}"
            return Response(200, {"errors": [{**wrong.formatted, "message": message}]})
        name = body.get("operationName")
        found = self.invalid(body["query"], call.version) or self.mixed(document, name)
        operation = get_operation_ast(document, name)
        if found or operation is None:
            return found or envelope(400, "Bad request", "Unknown operation")
        key = self.idempotency_key(request) if operation.operation.value == "mutation" else ""
        return Asked(call, document, operation, variables or {}, name, key)

    def invalid(self, text: str, version: str) -> Response | None:
        """A document that does not fit the schema runs nothing."""
        found = mistakes(text, version)
        if not found:
            return None
        errors = [
            {**one.formatted, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}} for one in found
        ]
        return Response(int(self.settings["validation_status"]), {"errors": errors})

    def mixed(self, document: DocumentNode, name: str | None) -> Response | None:
        """Introspection goes alone."""
        operation = get_operation_ast(document, name)
        selections = operation.selection_set.selections if operation else ()
        names = [one.name.value for one in selections if isinstance(one, FieldNode)]
        hidden = [one for one in names if one in ("__schema", "__type")]
        if hidden and len(hidden) < len(names):
            return envelope(200, "INTROSPECTION_MIXED", "Introspection cannot be mixed with fields")
        return None

    # Idempotency.

    def idempotency_key(self, request: Request) -> str:
        given = str(request.headers.get("Idempotency-Key", "") or "")
        with self.lock:
            token = self.token_of(request) if given else None
        return f"{token['user']}/{token['app_id']}/{given}" if token else ""

    def replay(self, asked: Asked, request: Request) -> Response | None:
        kept = self.state["answers"].get(asked.key) if asked.key else None
        if kept and kept["at"] + REPLAY_SECONDS > self.timestamp():
            headers = {"Idempotency-Replayed": "true", "Content-Type": "application/json"}
            return Response(kept["status"], kept["body"], headers)
        if asked.key and self.flying.get(asked.key) is not request:
            return envelope(
                409, "IDEMPOTENCY_CONFLICT", "A request with this key is being processed",
                {"Retry-After": "1"}, retry_in_seconds=1,
            )  # fmt: skip
        return None

    def remember(self, asked: Asked, response: Response) -> None:
        if not asked.key or response.status >= 500 or len(response.content()) > REPLAY_BYTES:
            return
        if asked.call.status != 0 and not self.settings["replay_errors"]:
            return
        answers = self.state["answers"]
        answers[asked.key] = {
            "at": self.timestamp(), "status": response.status, "body": response.content()
        }  # fmt: skip
        for old in list(answers)[: max(0, len(answers) - 5000)]:
            del answers[old]

    # Running.

    def challenges(self, asked: Asked) -> list[str]:
        """One per create_webhook of the document: what is wrong with its address."""
        found = []
        seconds = float(self.settings["challenge_seconds"])
        for node in asked.operation.selection_set.selections:
            if isinstance(node, FieldNode) and node.name.value == "create_webhook":
                url = text_argument(node, "url", asked.variables)
                found.append(challenge(url, seconds) if is_address(url) else "no address")
        return found

    def run(self, asked: Asked) -> Response:
        result = execute_sync(
            schema(asked.call.version), asked.document,
            root_value=self.root_values["mutation" if asked.write else "query"],
            context_value=asked.call, variable_values=asked.variables, operation_name=asked.name,
        )  # fmt: skip
        return self.enveloped(asked, result)

    def enveloped(self, asked: Asked, result: ExecutionResult) -> Response:
        """`data` and `errors` side by side; 200 unless all is lost to an error with a status."""
        data: Any = result.data
        errors = [dict(one.formatted) for one in result.errors or []]
        if data is not None:
            for key, error in self.troubles.partial(keys(asked.operation)):
                data[key] = None
                errors.append(error)
        for told in (data or {}).values():
            if isinstance(told, dict) and "fields" in told:  # what introspection says of a type
                gone = self.settings["absent"]
                told["fields"] = [one for one in told["fields"] if one["name"] not in gone]
        asked.call.status = 1 if errors else 0
        body: Row = {"data": data, **({"errors": errors} if errors else {})}
        body["extensions"] = {"request_id": str(uuid.uuid4()), **warnings(asked.document)}
        return Response(status_of(result, data), body)

    def decorate(self, request: Request, response: Response) -> None:
        if request.path != API:
            return
        over = response.headers.pop("X-Over", "")
        wait = int(response.headers.get("Retry-After", "0") or 0)
        for name, value in self.rate_headers(request.note.get("app"), over, wait).items():
            response.headers.setdefault(name, value)
        body = response.body
        if isinstance(body, dict) and not response.injected:
            body.setdefault("extensions", {"request_id": str(uuid.uuid4())})

    @route("GET", "/v2/get_schema")
    def sdl(self, request: Request) -> Response:
        """The part of the SDL that the stand-in has."""
        from graphql import print_schema

        version = request.one("version") or "2026-10"
        return Response(200, print_schema(schema(version)))

    def reset(self) -> None:
        super().reset()
        self.troubles = Troubles()
        self.most_running = 0
        self.asked_log.clear()


def text_argument(node: FieldNode, name: str, variables: Row) -> Any:
    for argument in node.arguments or ():
        value: Any = argument.value
        if argument.name.value == name:
            given = variables.get(value.name.value) if isinstance(value, VariableNode) else None
            return value.value if isinstance(value, StringValueNode) else given
    return None


def keys(operation: OperationDefinitionNode) -> dict[str, str]:
    """The keys of the answer, with the names of their fields."""
    return {
        (node.alias or node.name).value: node.name.value
        for node in operation.selection_set.selections
        if isinstance(node, FieldNode)
    }


def only_complexity(operation: OperationDefinitionNode) -> bool:
    return set(keys(operation).values()) == {"complexity"}


def warnings(document: DocumentNode) -> Row:
    """Deprecated fields that the document asks for."""
    text = document.loc.source.body if document.loc else ""
    found = [name for name in DEPRECATED if name in text]
    notes = [{"message": f"{name} is deprecated", "code": "deprecatedField"} for name in found]
    return {"warnings": notes} if notes else {}


def status_of(result: ExecutionResult, data: Any) -> int:
    """Of the first error with a status of its own, when nothing came out."""
    lost = data is None or all(value is None for value in data.values())
    for error in result.errors or [] if lost else []:
        original = error.original_error
        if isinstance(original, Refused) and original.http != 200:
            return original.http
    return 200
