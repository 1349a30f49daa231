"""`$batch`: reads one by one, a change set all or nothing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tests.simulators.messages import Headers, Response

from . import errors, reading
from .addresses import Call
from .store import Books

Perform = Callable[[Call], Response]
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_LINE = re.compile(r"(\w+) (\S+) HTTP/1\.1")


@dataclass
class Operation:
    number: str
    call: Call


def run(books: Books, outer: Call, perform: Perform, throttled: Callable[[int], Response | None],
        query: Callable[[str], Mapping[str, str]]) -> Response:  # fmt: skip
    """200 whatever the operations say; `throttled` may turn one away."""
    parts = [_part(piece) for piece in _pieces(outer.body, outer.headers.get("Content-Type", ""))]
    sets = [_operations(outer, headers, body, query) for headers, body in parts]
    if sum(map(len, sets)) > int(books.settings["batch"]):
        raise errors.Refused(
            f"The current change set contains too many operations. Only change sets with a maximum "
            f"number of '{books.settings['batch']}' operations are allowed."
        )
    boundary, done, answers = f"batchresponse_{uuid.uuid4()}", 0, []
    for (headers, _), operations in zip(parts, sets, strict=True):
        refused = throttled(done)
        done += len(operations)
        if "multipart/mixed" in headers.get("Content-Type", ""):
            answers.append(_change_set(books, operations, perform, refused))
        else:
            answers.append(_framed(operations[0], refused or perform(operations[0].call)))
    body = "".join(f"--{boundary}\r\n{answer}" for answer in answers) + f"--{boundary}--\r\n"
    return reading.reply(200, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def _pieces(body: bytes, kind: str) -> list[str]:
    found = _BOUNDARY.search(kind)
    if "multipart/mixed" not in kind or found is None:
        raise errors.Refused("The 'Content-Type' header value must be multipart/mixed with a "
                             "boundary.", 415)  # fmt: skip
    text = body.decode().replace("\r\n", "\n")
    pieces = re.split(rf"(?:^|\n)--{re.escape(found[1])}(?:--)?[ \t]*(?=\n|$)", text)
    return [piece.removeprefix("\n") for piece in pieces[1:] if piece.strip()]


def _part(text: str) -> tuple[Headers, str]:
    head, _, body = text.partition("\n\n")
    pairs = (line.partition(":") for line in head.split("\n") if ":" in line)
    return Headers({name.strip(): value.strip() for name, _, value in pairs}), body


def _operations(
    outer: Call, headers: Headers, body: str, query: Callable[[str], Mapping[str, str]]
) -> list[Operation]:
    kind = headers.get("Content-Type", "")
    if "multipart/mixed" not in kind:
        operation = _operation(outer, headers, body, query)
        if operation.call.verb != "GET":
            raise errors.Refused("A write must stand in a change set.")
        return [operation]
    inner = [_part(piece) for piece in _pieces(body.encode(), kind)]
    return [_operation(outer, fields, text, query) for fields, text in inner]


def _operation(
    outer: Call, headers: Headers, text: str, query: Callable[[str], Mapping[str, str]]
) -> Operation:
    line, _, rest = text.lstrip("\n").partition("\n")
    found = _LINE.fullmatch(line.strip())
    if found is None or headers.get("Content-Type", "") != "application/http":
        raise errors.Refused(f"Bad request line in a batch: '{line}'.")
    fields, body = _part(rest) if "\n\n" in rest else _part(f"{rest}\n\n")
    address = urlsplit(found[2])
    path = unquote(address.path.rpartition("/data/")[2]).lstrip("/")
    call = Call(found[1], path, outer.root, query(address.query), fields, body.encode(), inner=True)
    return Operation(headers.get("Content-ID", ""), call)


def _change_set(
    books: Books, operations: list[Operation], perform: Perform, refused: Response | None
) -> str:
    """All in one transaction; the first refusal is the only answer."""
    boundary, framed = f"changesetresponse_{uuid.uuid4()}", []
    if refused:
        return _framed(operations[0], refused)
    try:
        with books.transaction():
            for operation in operations:
                answer = perform(operation.call)
                framed.append(_framed(operation, answer))
                if answer.status >= 400:
                    raise _Failed
    except _Failed:
        return framed[-1]
    inside = "".join(f"--{boundary}\r\n{each}" for each in framed)
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{inside}--{boundary}--\r\n"


class _Failed(Exception):
    """Rolls a change set back."""


def _framed(operation: Operation, response: Response) -> str:
    content = response.content().decode()
    fields = dict(response.headers)
    lines = [
        "Content-Type: application/http", "Content-Transfer-Encoding: binary",
        *([f"Content-ID: {operation.number}"] if operation.number else []), "",
        f"HTTP/1.1 {response.status} {_REASONS.get(response.status, '')}".rstrip(),
        *(f"{name}: {value}" for name, value in fields.items()), "", content,
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n"


_REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 404: "Not Found",
            412: "Precondition Failed", 429: "Too Many Requests",
            500: "Internal Server Error"}  # fmt: skip
