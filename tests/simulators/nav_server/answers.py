"""Answers of the OData service: JSON with its header fields, errors in the site's manner."""

from __future__ import annotations

import uuid
from typing import Any

from tests.simulators.business_central import errors
from tests.simulators.messages import Response

HEADERS = {
    "Content-Type": "application/json; odata.metadata=minimal; odata.streaming=true",
    "OData-Version": "4.0",
}


def reply(status: int, body: Any = None, etag: str = "") -> Response:
    return Response(status, body, {**HEADERS, "ETag": etag} if etag else dict(HEADERS))


def refusal(settings: dict[str, Any], refused: errors.Refused) -> Response:
    """NAV knows no codes for business errors; old servers answer 500 to them."""
    code, text, status = refused.code, refused.message, refused.status
    business = status == 400 and code.startswith(("Application_", "Internal_"))
    if business:
        status = int(settings["business_status"])
    if code == "Request_EntityChanged":
        status = int(settings["etag_status"])
    if settings["profile"] == "nav2018":
        code = "Unknown" if code.startswith("Application_") else code
    else:
        text = f"{text}  CorrelationId:  {uuid.uuid4()}."
    return reply(status, {"error": {"code": code, "message": text}})


def no_company(name: str) -> errors.Refused:
    return errors.Refused(
        "Internal_CompanyNotFound", f"The company \"{name}\" does not exist.", 404
    )  # fmt: skip
