"""One exchange as the contract sees it, and the few paths outside the vendors' data."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.simulators.contract_odata import pairs
from tests.simulators.contract_schemas import Schema, sentences, validator

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MISSING: Any = object()


@dataclass(frozen=True)
class Message:
    """One half of an exchange; inside a batch its body comes parsed."""

    headers: Mapping[str, str]
    raw: bytes = b""
    value: Any = MISSING

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def empty(self) -> bool:
        return self.value is MISSING and not self.raw

    def read(self) -> Any:
        """The body as JSON, its numbers exact; ValueError if it is none."""
        return parse(self.raw) if self.value is MISSING else self.value


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    query: str
    request: Message
    status: int
    answer: Message
    label: str


def parse(body: bytes) -> Any:
    """JSON with exact numbers: Decimal where there is a fraction."""
    return json.loads(body, parse_float=Decimal, parse_constant=_no_number)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def checked(held: Any, message: Message) -> Iterator[str]:
    try:
        form = message.kind == FORM
        value = dict(pairs(message.raw.decode())) if form else message.read()
    except ValueError as error:
        yield f"body: it is no JSON ({error})."
        return
    if value is None:
        yield "body: it is null."
        return
    yield from sentences(held, value, "body")


@dataclass(frozen=True)
class Allowed:
    """A path outside the data that is used all the same."""

    path: str
    reason: str
    asked: Callable[[Message], Iterator[str]]
    answered: Callable[[Exchange], Iterator[str]]
    methods: tuple[str, ...] = ("GET",)


def nothing(_: Message) -> Iterator[str]:
    yield from ()


def _token_request(request: Message) -> Iterator[str]:
    if request.kind != FORM:
        yield f"body: Content-Type is {request.kind!r}, not {FORM}."
    yield from sentences(TOKEN_FORM, dict(pairs(request.raw.decode())), "body")


def _token(exchange: Exchange) -> Iterator[str]:
    yield from checked(TOKEN if exchange.status == 200 else TOKEN_ERROR, exchange.answer)


def _collection(exchange: Exchange) -> Iterator[str]:
    expected = COLLECTION if exchange.status == 200 else DOCUMENTED["error"]
    yield from checked(expected, exchange.answer)


def _text(exchange: Exchange) -> Iterator[str]:
    if exchange.status == 200 and exchange.answer.empty:
        yield "body: it is missing."


def _texts(*names: str) -> Schema:
    return {"required": list(names), "properties": {name: {"type": "string"} for name in names}}


COLLECTION = validator({"required": ["value"], "properties": {"value": {"type": "array"}}})
TOKEN_FORM = validator(
    _texts("grant_type", "client_id", "client_secret", "scope") | {"additionalProperties": False}
)
TOKEN = validator(
    {
        "type": "object",
        "required": ["token_type", "expires_in", "access_token"],
        "additionalProperties": False,
        "properties": {
            "token_type": {"type": "string"},
            "expires_in": {"type": "integer"},
            "ext_expires_in": {"type": "integer"},
            "access_token": {"type": "string"},
        },
    }
)
TOKEN_ERROR = validator({"type": "object"} | _texts("error", "error_description"))
# The documented shapes of errors: what must be there.
DOCUMENTED = {
    "ErrorV1": validator(
        {"anyOf": [{"required": [name]} for name in ("errors", "message", "error")]}
    ),
    "ErrorV2": validator({"required": ["error"]}),
    "error": validator({"required": ["error"], "properties": {"error": _texts("code", "message")}}),
}
API = r"(/v2\.0(/[^/]+){1,2}|/[^/]+)/api"
BUSINESS_CENTRAL_ALLOWED = (
    Allowed(
        r"/[^/]+/oauth2/v2\.0/token",
        "Entra's token endpoint belongs to the sign-in service",
        _token_request,
        _token,
        ("POST",),
    ),
    Allowed(
        rf"{API}/microsoft/runtime/beta/companies\([^/()]+\)/webhookSupportedResources",
        "tells which sets send webhooks; of another API group",
        nothing,
        _collection,
    ),
    Allowed(
        rf"{API}/microsoft/reportsFinance/beta/companies\([^/()]+\)/\w+",
        "only here dimension values show whether they are blocked",
        nothing,
        _collection,
    ),
    Allowed(
        r"/environments/v1\.[12]",
        "lists the tenant's environments; of no company",
        nothing,
        _collection,
    ),
    Allowed(rf"{API}/v2\.0/entityDefinitions", "captions of the sets", nothing, _collection),
    Allowed(rf"{API}/v2\.0/\$metadata", "the target's own description, XML", nothing, _text),
    Allowed(rf"{API}/v2\.0/?", "the service document, a list of the sets", nothing, _collection),
)
