"""A tape of real requests and answers: bounded, anonymous, and played back as a contract test.

Kept and played by vcrpy. Nothing is on it that `masking` has not been through, and no sign-in but
its shape. A full tape takes nothing more.
"""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import vcr
from vcr.request import Request

from connections.first_contact.masking import ADDRESS, PART, Masker, parsed
from connections.models import Connection
from connections.transport.exact import dumps
from connections.transport.read_only import asks_for_a_token

logging.getLogger("vcr").setLevel(logging.WARNING)  # below, it logs whole answers as they came

SENT = ("Accept", "Content-Type", "Prefer", "API-Version", "OData-Version")
TOLD = re.compile(
    r"content-type|date|retry-after|link|total|per-page|odata-version|preference-applied"
    r"|.*rate-?limit.*|api-version",
    re.IGNORECASE,
)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|\+\d{2}:?\d{2})?", re.IGNORECASE)
UNAUTHORIZED = 401
MATCHED = ["method", "wanted", "asked"]


@dataclasses.dataclass
class Tape:
    """What may be on it, and what is."""

    masker: Masker
    exchanges: int
    size: int  # bytes of answers
    kept: int = 0
    used: int = 0

    @property
    def full(self) -> bool:
        return self.kept >= self.exchanges or self.used >= self.size

    def request(self, request: Request) -> Request | None:
        """As it is kept; None once the tape is full."""
        if self.full:
            return None
        if asks_for_a_token(request.uri, request.body or b""):
            request.body = None
        else:
            request.body = self.masker.request_body(request.body)
        request.uri = self.masker.address(request.uri)
        request.headers = {n: v for n, v in request.headers.items() if n in SENT}
        return request

    def answer(self, response: dict[str, Any]) -> dict[str, Any] | None:
        """As it is kept; None for a handshake, which names servers and accounts."""
        if response["status"]["code"] == UNAUTHORIZED:
            return None
        body = self.masker.body(response["body"]["string"] or b"")
        if self.used + len(body) > self.size:
            self.used = self.size
            return None
        self.kept, self.used = self.kept + 1, self.used + len(body)
        told = {name: value for name, value in response["headers"].items() if TOLD.fullmatch(name)}
        headers = {name: [self.header(one) for one in several] for name, several in told.items()}
        status = {"code": response["status"]["code"], "message": ""}
        return {"status": status, "headers": headers, "body": {"string": body}}

    def header(self, value: str) -> str:
        return ADDRESS.sub(lambda found: self.masker.address(found[0]), value)


@contextmanager
def recording(
    connection: Connection, path: Path, kept: frozenset[str], exchanges: int, size: int
) -> Iterator[Tape]:
    """What is asked within is on the tape at `path`, which must not be there before."""
    tape = Tape(Masker(connection, kept), exchanges, size)
    recorder = vcr.VCR(
        serializer="json", record_mode="all", decode_compressed_response=True, match_on=MATCHED,
        before_record_request=tape.request, before_record_response=tape.answer,
    )  # fmt: skip
    matchers(recorder)
    with recorder.use_cassette(str(path)) as cassette:
        cassette.get_metadata(
            "connection", {"vendor": connection.vendor, "settings": tape.masker.settings}
        )
        yield tape


def recorded_connection(path: Path) -> Connection:
    """For a test: a connection as the tape's own was, unsaved, with no secret in it."""
    told = metadata(path)["connection"]
    return Connection(name=path.stem, vendor=told["vendor"], settings=told["settings"])


@contextmanager
def playing(path: Path) -> Iterator[Any]:
    """Answers come from the tape; what is not on it is refused, and nothing leaves."""
    player = vcr.VCR(
        serializer="json", record_mode="none", match_on=MATCHED, before_record_request=bare
    )
    matchers(player)
    with player.use_cassette(str(path), allow_playback_repeats=True) as cassette:
        yield cassette


def metadata(path: Path) -> Mapping[str, Any]:
    data = parsed(path.read_text())
    return data["metadata"] if isinstance(data, dict) else {}


def bare(request: Request) -> Request:
    """A sign-in has no content on a tape."""
    if asks_for_a_token(request.uri, request.body or b""):
        request.body = None
    return request


def matchers(recorder: Any) -> None:
    recorder.register_matcher("wanted", wants_the_same)
    recorder.register_matcher("asked", asks_the_same)


def wants_the_same(one: Request, other: Request) -> None:
    """Path and query, however they are encoded; moments in it are those of another day."""
    ours, theirs = (plain(each.uri.partition("://")[2]) for each in (one, other))
    assert ours == theirs, f"{ours} is not {theirs}"  # noqa: S101  (how a matcher says no)


def plain(text: str) -> str:
    """Masks stand for texts in any letters, as clients compare codes."""
    return MOMENT.sub("", unquote(text)).casefold()


def asks_the_same(one: Request, other: Request) -> None:
    ours, theirs = (content(each) for each in (one, other))
    assert ours == theirs, "another body"  # noqa: S101


def content(request: Request) -> str:
    """JSON in whatever order its fields came; parts whatever they are divided by."""
    text = (request.body or b"").decode("utf-8", "replace")
    data = parsed(text)
    if data is not None:
        return dumps(data)
    lines = [line for line in text.splitlines() if not line.startswith(PART)]
    return plain("\n".join(lines))
