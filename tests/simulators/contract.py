"""Holds clients and stand-ins to the vendors' machine-readable data.

`Contract(file).check(...)` says what is wrong with one exchange, in sentences that begin with
"Request" (the client's fault) or "Answer" (the stand-in's); none means that all is well. The data
stay in their own folder, `../shared/apis/specs` beside the project or `SPECS_DIR`.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from tests.simulators import contract_odata as odata
from tests.simulators.contract_batch import taken_apart, unfinished
from tests.simulators.contract_exchange import (
    BUSINESS_CENTRAL_ALLOWED,
    DOCUMENTED,
    FORM,
    JSON,
    MISSING,
    Exchange,
    Message,
    checked,
    lower,
    parse,
)
from tests.simulators.contract_operation import (
    Operation,
    Routes,
    coerced,
    is_moment_filter,
    is_range,
)
from tests.simulators.contract_schemas import Schema, Tightener, Way, sentences, validator

FILES = {
    "procore": "procore-openapi.json",
    "business_central": "business-central-openapi.yaml",
}
NO_COMPANY = "00000000-0000-0000-0000-000000000000"
# Answered before a version's own code runs, with a body that is not documented.
BEFORE_VERSIONS = {401, 403, 404, 429}
# What the services say beside the statuses that an operation lists:
# developers.procore.com/documentation/error-reference and
# learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/dynamics-error-codes.
ERRORS = {400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 429, 500, 502, 503, 504}
PREFER = re.compile(
    r"odata\.(maxpagesize=\d+|continue-on-error(=(true|false))?)"
    r"|return=(minimal|representation)|return-no-content"
)


def find_specs() -> Path | None:
    """The folder of the vendors' data, None where it is absent."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "apis" / "specs"
    folder = Path(os.environ.get("SPECS_DIR") or beside)
    return folder if folder.is_dir() else None


def require_specs() -> Path:
    """The folder of the vendors' data; for CI, where its absence is a failure."""
    folder = find_specs()
    if folder is None:
        raise FileNotFoundError("no vendor data in ../shared/apis/specs; set SPECS_DIR")
    return folder


@cache
def contract_for(vendor: str) -> "Contract":
    """The contract of `procore` or `business_central`, read once."""
    return Contract(require_specs() / FILES[vendor])


def check_webhook(vendor: str, body: bytes) -> list[str]:
    """What is wrong with a notification that a stand-in sends."""
    return contract_for(vendor).check_webhook(body)


@cache
def load(spec_path: Path) -> Schema:
    """The parts of the data that are needed, all statuses as text."""
    text = spec_path.read_text(encoding="utf-8")
    data = json.loads(text) if spec_path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
    root: Schema = {key: data[key] for key in ("servers", "paths", "components")}
    for item in root["paths"].values():
        for node in item.values():
            if isinstance(node, dict) and "responses" in node:
                node["responses"] = {str(key): one for key, one in node["responses"].items()}
    return root


class Contract:
    """One vendor's data, ready to check exchanges; may be shared by threads."""

    def __init__(self, spec_path: Path) -> None:
        data = load(spec_path)
        self.procore = any(path.startswith("/rest/") for path in data["paths"])
        self.components: Schema = data["components"]
        self.schemas: Schema = data["components"]["schemas"]
        self.entities = odata.Entities(self.schemas)
        self.routes = Routes(data)
        self.allowed = () if self.procore else BUSINESS_CENTRAL_ALLOWED
        self.tight: dict[Way, Tightener] = {}

    def check(
        self,
        method: str,
        url_path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        status: int,
        response_headers: Mapping[str, str],
        response_body: bytes,
    ) -> list[str]:
        """Every violation of one exchange as a sentence."""
        path, method = unquote(url_path), method.upper()
        request = Message(lower(headers), body)
        answer = Message(lower(response_headers), response_body)
        label = f"{method} {path}"
        return list(
            self._judge(Exchange(method, path, query_string, request, status, answer, label))
        )

    def check_webhook(self, body: bytes) -> list[str]:
        """What is wrong with a notification's body."""
        try:
            payload = parse(body)
        except ValueError as error:
            return [f"Webhook: the body is no JSON ({error})."]
        name = _payload_name(payload) if self.procore else "notificationEnvelope"
        schema = self._tight(Way(complete=True)).schema(self.schemas[name])
        found = sentences(validator(schema), payload, name)
        return [f"Webhook: {line}" for line in found or self._strange_resources(payload)]

    def _strange_resources(self, payload: Any) -> Iterator[str]:
        """Business Central names the changed record by its address."""
        for item in payload["value"] if not self.procore else ():
            address = "/" + item["resource"].partition("api/v2.0/")[2].partition("?")[0]
            if self.routes.find("GET", address) is None:
                yield f"the resource {item['resource']!r} is no address of the specification."

    def _judge(self, exchange: Exchange) -> Iterator[str]:
        for one in self.allowed:
            if exchange.method in one.methods and re.fullmatch(one.path, exchange.path):
                yield from _said("Request", exchange, one.asked(exchange.request))
                yield from _said("Answer", exchange, one.answered(exchange))
                return
        op, values = self._operation(exchange)
        if op is None:
            yield from _said("Request", exchange, ["it is not an operation of the specification."])
        else:
            yield from _said("Request", exchange, self._request(op, values, exchange))
        if exchange.status:
            yield from _said("Answer", exchange, self._answer(op, exchange))
        if op and op.template == "/$batch":
            yield from self._batch(exchange)

    def _batch(self, exchange: Exchange) -> Iterator[str]:
        yield from _said("Answer", exchange, unfinished(exchange))
        for inner in taken_apart(exchange, exchange.path.removesuffix("/$batch")):
            yield from self._judge(inner)

    def _operation(self, exchange: Exchange) -> tuple[Operation | None, dict[str, str]]:
        """Drops the server's part of the path and puts the company of `?company=` into it."""
        match = self.routes.prefix.fullmatch(exchange.path)
        if match is None:
            return None, {}
        found = self.routes.find(exchange.method, match["rest"])
        if found is None and "company" in dict(odata.pairs(exchange.query)):
            scoped = f"/companies({NO_COMPANY}){match['rest']}"
            found = None if self.procore else self.routes.find(exchange.method, scoped)
        return found or (None, {})

    def _tight(self, way: Way) -> Tightener:
        return self.tight.setdefault(way, Tightener(self.schemas, way))

    def _request(self, op: Operation, values: dict[str, str], exchange: Exchange) -> Iterator[str]:
        for name, value in values.items():
            yield from self._value(op, op.path[name], value, f"path parameter {name}")
        given = odata.pairs(exchange.query)
        yield from self._procore_query(op, given) if self.procore else self._options(op, given)
        yield from self._headers(op, exchange.request.headers)
        yield from self._body(op, exchange.request)

    def _options(self, op: Operation, given: list[tuple[str, str]]) -> Iterator[str]:
        known = op.query.keys() | odata.allowed(op.method)
        for name, _ in given:
            if name not in known:
                yield f"query option {name!r} is not in the specification."
        yield from self.entities.options(op.entity, dict(given))

    def _procore_query(self, op: Operation, given: list[tuple[str, str]]) -> Iterator[str]:
        for name, text in given:
            if name in op.query:
                yield from self._value(op, op.query[name], text, f"query parameter {name}")
            elif name != "run_configurable_validations" or op.method == "GET":
                yield f"query parameter {name!r} is not in the specification."
        yield from op.missing({name for name, _ in given})

    def _value(self, op: Operation, parameter: Schema, text: str, where: str) -> Iterator[str]:
        if is_moment_filter(parameter):
            if not is_range(text):
                yield f"{where}: {text!r} is no date, time or closed range."
            return
        schema = parameter["schema"]
        schema = schema.get("items", schema)
        if parameter["name"] == "sort":
            text = text.removeprefix("-")
        build = lambda: validator(self._tight(Way()).schema(schema))  # noqa: E731
        held = op.once((parameter["in"], parameter["name"]), build)
        yield from sentences(held, coerced(text, schema.get("type")), where)

    def _headers(self, op: Operation, headers: Mapping[str, str]) -> Iterator[str]:
        if op.node.get("security") != [] and not headers.get("authorization"):
            yield "header Authorization is missing."
        for name, parameter in op.headers.items():
            text = headers.get(name.lower())
            if text is None and parameter.get("required"):
                yield f"header {name} is missing."
            elif text is not None and name != "Prefer":
                yield from self._value(op, parameter, text, f"header {name}")
        for wish in re.split(r"\s*,\s*", headers.get("prefer", "")):
            if wish and not PREFER.fullmatch(wish):
                yield f"header Prefer: {wish!r} is not known."

    def _body(self, op: Operation, request: Message) -> Iterator[str]:
        takes = op.node.get("requestBody")
        if takes is None or request.empty:
            if takes is None and not request.empty:
                yield "body: this operation takes none."
            elif takes is not None and takes.get("required"):
                yield "body: it is missing."
        elif JSON in takes["content"]:  # else a stream, or a form with files: not looked into
            yield from self._json_body(op, takes["content"][JSON]["schema"], request)

    def _json_body(self, op: Operation, schema: Schema, request: Message) -> Iterator[str]:
        # Procore's sign-in takes a form as well as JSON.
        if request.kind != JSON and not (
            request.kind == FORM and op.template.startswith("/oauth/")
        ):
            yield f"body: Content-Type is {request.kind or 'missing'!r}, not {JSON}."
            return
        changes = op.method in ("PATCH", "PUT")
        way = Way(request=True, clears=self.procore and changes, changes=changes)
        held = op.once("body", lambda: validator(self._tight(way).schema(schema)))
        yield from checked(held, request)

    def _answer(self, op: Operation | None, exchange: Exchange) -> Iterator[str]:
        if exchange.status >= 400:
            yield from self._error(op, exchange)
        elif op is not None:
            yield from self._success(op, exchange)

    def _success(self, op: Operation, exchange: Exchange) -> Iterator[str]:
        response = op.node["responses"].get(str(exchange.status))
        if response is None and not (exchange.status == 204 and _wants_little(exchange)):
            yield f"status {exchange.status} is not among those of the specification."
            return
        response = self.routes.resolve(response or {})
        yield from self._typed_headers(response, exchange.answer.headers)
        content = response.get("content", {})
        if JSON in content:
            yield from self._json_answer(op, content[JSON].get("schema", {}), exchange)
        elif exchange.status == 204 and not exchange.answer.empty:
            yield "body: status 204 carries none."

    def _json_answer(self, op: Operation, schema: Schema, exchange: Exchange) -> Iterator[str]:
        answer, tight = exchange.answer, self._tight(Way(nulls=self.procore))
        if answer.empty:
            yield "body: it is missing."
            return
        if answer.value is MISSING and answer.kind != JSON:
            yield f"header Content-Type is {answer.kind or 'missing'!r}, not {JSON}."
        held = op.once(exchange.status, lambda: validator(tight.schema(schema)))
        found = list(checked(held, answer))
        yield from found
        if not found and not self.procore:
            yield from self._parts(op, exchange)

    def _parts(self, op: Operation, exchange: Exchange) -> Iterator[str]:
        value = exchange.answer.read()
        rows = value["value"] if isinstance(value.get("value"), list) else [value]
        asked = odata.tree(dict(odata.pairs(exchange.query)).get("$expand", ""))
        for index, row in enumerate(rows):
            yield from self.entities.unasked(op.entity, row, asked, f"body[{index}]")

    def _error(self, op: Operation | None, exchange: Exchange) -> Iterator[str]:
        status, answer = exchange.status, exchange.answer
        if str(status) not in (op.node["responses"] if op else ()) and status not in ERRORS:
            yield f"status {status} is not documented."
        if status >= 500 and answer.kind != JSON and answer.value is MISSING:
            return  # a gateway speaks for itself
        if self.procore:
            limits = self.components["responses"]["V1_429"]
            yield from self._typed_headers(limits, answer.headers)
        try:
            value = answer.read()
        except ValueError as error:
            yield f"body: it is no JSON ({error})."
            return
        yield from min((self._faults(name, value) for name in self._names(exchange)), key=len)

    def _names(self, exchange: Exchange) -> list[str]:
        """The schemas of which an error's body must meet one."""
        if not self.procore:
            return ["error"]
        if not exchange.path.startswith("/rest/v2."):
            return ["ErrorV1"]
        return ["ErrorV2", *(["ErrorV1"] if exchange.status in BEFORE_VERSIONS else [])]

    def _faults(self, name: str, value: Any) -> list[str]:
        schema = self._tight(Way()).schema(self.schemas[name])
        found = sentences(validator(schema), value, "body")
        return found or sentences(DOCUMENTED[name], value, "body")

    def _typed_headers(self, response: Schema, headers: Mapping[str, str]) -> Iterator[str]:
        for name, one in response.get("headers", {}).items():
            text = headers.get(name.lower())
            whole = self.routes.resolve(one)["schema"]["type"] == "integer"
            if text is not None and whole and not text.isdigit():
                yield f"header {name}: {text!r} is no whole number."


def _said(side: str, exchange: Exchange, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{side} {exchange.label}: {line}"


def _payload_name(payload: Any) -> str:
    version = str(payload.get("api_version", "")) if isinstance(payload, dict) else ""
    if not version:
        return "WebhookPayloadV4"
    return "WebhookPayloadV3" if version.startswith("v3") else "WebhookPayloadV2"


def _wants_little(exchange: Exchange) -> bool:
    wish = exchange.request.headers.get("prefer", "")
    return "return=minimal" in wish or "return-no-content" in wish
