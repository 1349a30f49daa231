"""The error texts and codes of the service."""

from __future__ import annotations

import uuid

from tests.simulators.messages import Response


class Refused(Exception):
    """The service refuses a request; one transaction is rolled back."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def answer(code: str, message: str, status: int) -> Response:
    """The one error shape, with the suffix that clients must cut off."""
    text = f"{message}  CorrelationId:  {uuid.uuid4()}."
    return Response(status, {"error": {"code": code, "message": text}})


def dialog(text: str) -> Refused:
    """An AL `Error('...')`."""
    return Refused("Application_DialogException", text)


def bad_request(text: str) -> Refused:
    return Refused("BadRequest", text)


def read_only(name: str) -> Refused:
    return Refused("BadRequest_InvalidOperation", f"Control '{name}' is read-only")


def field_check(text: str) -> Refused:
    """An AL TestField."""
    return Refused("Application_FieldValidationException", text)


def invalid_relation(field: str, table: str, value: str, related: str) -> Refused:
    return Refused(
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) that cannot be found in "
        f"the related table ({related}).",
    )


def same_key(table: str, key: str) -> Refused:
    return Refused(
        "Internal_EntityWithSameKeyExists",
        f"The {table} already exists. Identification fields and values: {key}",
    )


def too_long(value: str, length: int) -> Refused:
    return Refused(
        "Application_StringExceededLength",
        f"The length of the string is {len(value)}, but it must be less than or equal to "
        f"{length} characters. Value: {value}",
    )


def no_segment(segment: str) -> Refused:
    return Refused(
        "BadRequest_ResourceNotFound", f"Resource not found for the segment '{segment}'.", 404
    )


def not_allowed(verb: str, set_name: str) -> Refused:
    return Refused(
        "BadRequest_MethodNotAllowed",
        f"'{verb}' requests for '{set_name}' of EdmType 'Entity' are not allowed within "
        "Microsoft Dynamics NAV OData web services.",
        405,
    )


def no_etag() -> Refused:
    return Refused(
        "BadRequest_InvalidToken",
        "Could not validate the client concurrency token required by the service. Please provide "
        "a valid token in the client request.",
    )


def changed() -> Refused:
    return Refused("Request_EntityChanged", "Another user has already changed the record.", 409)


def unauthorized() -> Refused:
    return Refused(
        "Authentication_InvalidCredentials", "The server has rejected the client credentials.", 401
    )
