"""Answers in all their shapes: envelope or less, JSON or XML."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from tests.simulators.messages import Response, dumps

NAMESPACES = (
    ' xmlns="http://schemas.microsoft.com/dynamics/gp/2015/service"'
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
)
NAMES = {200: "OK", 400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound",
         405: "MethodNotAllowed", 409: "Conflict", 500: "InternalServerError"}  # fmt: skip
SINGULAR = {"Distributions": "Distribution", "Lines": "Line", "Messages": "Message",
            "Segments": "Segment", "Applied": "Apply"}  # fmt: skip
GERMAN = {
    "NOT_FOUND": "Der Datensatz wurde nicht gefunden.",
    "NO_SUCH_ROUTE": "Diese Ressource ist nicht verfügbar.",
    "NOT_MAPPED": "Das Windows-Konto ist keinem GP-Benutzer zugeordnet.",
    "NO_COMPANY_ACCESS": "Sie haben keinen Zugriff auf dieses Unternehmen.",
    "NO_SERVICE_ACCESS": "Sie sind nicht berechtigt, diesen Dienst zu verwenden.",
    "RECORD_LOCKED": "Der Datensatz wird gerade von einem anderen Benutzer bearbeitet.",
    "BAD_VALUE": "Ungültiger Wert.",
}


@dataclass(frozen=True)
class Format:
    """How this request is to be answered."""

    json: bool
    shape: str = "contract"
    language: str = "en"


@dataclass
class Refused(Exception):
    """A refusal with one of the known codes."""

    status: int
    code: str
    text: str
    field: str = ""


def answer(form: Format, payload: Any, one: str, many: str, paging: Any = None) -> Response:
    """An object or a list of them, in the site's shape."""
    if form.shape == "empty":
        return Response(200, "", {"Content-Type": content_type(form)})
    listed = isinstance(payload, list)
    if form.shape == "bare":
        return wrap(form, 200, f"ArrayOf{one}" if listed else one, payload, one)
    if form.shape in ("payload", "named"):
        inner = {many: payload} if form.shape == "named" and listed else payload
        return wrap(form, 200, "Response", {"Payload": inner}, one, many)
    body = {"Status": status(200), "Payload": payload}
    if listed:
        body["Paging"] = paging
    return wrap(form, 200, "Response", body, one)


def refusal(form: Format, refused: Refused) -> Response:
    text = GERMAN.get(refused.code, refused.text) if form.language == "de" else refused.text
    message = {"Severity": "Error", "Code": refused.code, "Field": refused.field, "Text": text}
    body = {"Status": status(refused.status, message), "Payload": None}
    return wrap(form, refused.status, "Response", body, "Object")


def status(code: int, *messages: dict[str, str]) -> dict[str, Any]:
    return {"Code": code, "CodeName": NAMES.get(code, "Error"),
            "CorrelationId": str(uuid.uuid4()), "Messages": list(messages)}  # fmt: skip


def content_type(form: Format) -> str:
    return "application/json; charset=utf-8" if form.json else "application/xml; charset=utf-8"


def wrap(form: Format, code: int, root: str, body: Any, one: str, many: str = "") -> Response:
    text = dumps(body)
    if not form.json:
        singular = {**SINGULAR, "Payload": one, many: one, root: one}
        inner = element(root, body, singular, NAMESPACES)
        text = f'<?xml version="1.0" encoding="utf-8"?>{inner}'
    return Response(code, text, {"Content-Type": content_type(form)})


def element(name: str, value: Any, singular: dict[str, str], extra: str = "") -> str:
    """A value as XML. Money has five decimals, a list says so, nothing is nil."""
    if value is None:
        return f'<{name}{extra} i:nil="true"/>'
    if isinstance(value, dict):
        inner = "".join(element(key, each, singular) for key, each in value.items())
        return f"<{name}{extra}>{inner}</{name}>"
    if isinstance(value, list):
        each = singular.get(name, "Item")
        kind = f' i:type="ArrayOf{each}"'
        inner = "".join(element(each, row, singular) for row in value)
        return f"<{name}{extra}{kind}>{inner}</{name}>"
    return f"<{name}{extra}>{escape(text_of(value))}</{name}>"


def text_of(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.5f}" if isinstance(value, Decimal) else str(value)
