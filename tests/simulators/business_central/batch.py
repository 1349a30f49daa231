"""`$batch`: up to 100 operations, stop or continue, all or nothing with `Isolation: snapshot`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.simulators.messages import Headers, Response, dumps

from . import errors
from .rest import Call, reply
from .store import Books

Perform = Callable[[Call], Response]


def run(books: Books, call: Call, perform: Perform, most: int) -> Response:
    """The envelope's answer is 200 whatever its operations say."""
    body = call.json()
    operations = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(operations, list) or any(not isinstance(each, dict) for each in operations):
        raise errors.bad_request("Invalid Request Body")
    if len(operations) > most:
        raise errors.Refused(
            "Internal_ServerError",
            f"The batch request contains more than the maximum of '{most}' query operations.", 500,
        )  # fmt: skip
    _same_line_numbers(operations)
    snapshot = call.headers.get("Isolation", "").lower() == "snapshot"
    goes_on = "odata.continue-on-error=true" in call.headers.get("Prefer", "")
    goes_on = goes_on or call.headers.get("Prefer", "").strip() == "odata.continue-on-error"
    mark, answers = books.mark(), []
    for operation in operations:
        response = perform(_call(call, operation))
        answers.append(_answer(operation, response))
        if response.status >= 400 and not goes_on:
            break
    if snapshot and any(answer["status"] >= 400 for answer in answers):
        books.roll_back(mark)
    return reply(200, {"responses": answers})


def _same_line_numbers(operations: list[dict[str, Any]]) -> None:
    """Two lines of one set with the same number fail the whole envelope."""
    seen = set()
    for operation in operations:
        body = operation.get("body")
        number = body.get("lineNumber") if isinstance(body, dict) else None
        key = (operation.get("url"), number)
        if number and str(operation.get("method")).upper() == "POST" and key in seen:
            raise errors.same_key("Gen. Journal Line", f"Line No.='{number}'")
        seen.add(key)


def _call(outer: Call, operation: dict[str, Any]) -> Call:
    """One operation as a request of its own; its address is relative to the root, or absolute."""
    url = str(operation.get("url") or "")
    path = urlsplit(url).path
    if "/api/v2.0/" in path:
        path = path.split("/api/v2.0/", 1)[1]
    query = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    if "company" in outer.query:
        query.setdefault("company", outer.query["company"])
    body = operation.get("body")
    return Call(
        verb=str(operation.get("method") or "").upper(), path=unquote(path).lstrip("/"),
        root=outer.root, query=query, headers=Headers(operation.get("headers") or {}),
        body=b"" if body is None else dumps(body).encode(), page=outer.page,
        url=f"{outer.root}/{unquote(path).lstrip('/')}",
    )  # fmt: skip


def _answer(operation: dict[str, Any], response: Response) -> dict[str, Any]:
    headers = {"content-type": "application/json; odata.metadata=minimal"}
    if "Location" in response.headers:
        headers["location"] = response.headers["Location"]
    answer = {"id": operation.get("id"), "status": response.status, "headers": headers}
    if response.body is not None:
        answer["body"] = response.body
    return answer
