"""Takes a batch of Business Central apart: each inner request with its answer."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from tests.simulators.contract_exchange import MISSING, Exchange, Message, lower
from tests.simulators.contract_schemas import Schema


def taken_apart(outer: Exchange, root: str) -> Iterator[Exchange]:
    """The inner exchanges, status 0 where a request was not reached; none of a bad envelope."""
    try:
        requests, answers = _both(outer)
        inner = [_inner(outer, root, index, one) for index, one in enumerate(requests)]
        for index, one in enumerate(requests):
            yield _replied(inner[index], _answer_of(one, index, answers))
    except (ValueError, TypeError, KeyError, AttributeError):
        return  # said already, of the envelope


def unfinished(outer: Exchange) -> Iterator[str]:
    """Without a failure, or where asked to go on, every request has its answer."""
    try:
        requests, answers = _both(outer)
        failed = any(one["status"] >= 400 for one in answers)
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    goes_on = "odata.continue-on-error" in outer.request.headers.get("prefer", "").split("=")[0]
    goes_on = goes_on and not outer.request.headers["prefer"].endswith("false")
    short = len(answers) < len(requests) and (goes_on or not failed)
    if outer.status == 200 and (short or len(answers) > len(requests)):
        yield f"body.responses holds {len(answers)} answers to {len(requests)} requests."


def _both(outer: Exchange) -> tuple[list[Schema], list[Schema]]:
    answers = outer.answer.read()["responses"] if outer.status == 200 else []
    return outer.request.read()["requests"], answers


def _answer_of(one: Schema, index: int, answers: list[Schema]) -> Schema | None:
    """By id where there is one, else by position."""
    same = [answer for answer in answers if answer.get("id") and answer["id"] == one.get("id")]
    if same or all(answer.get("id") for answer in answers):
        return same[0] if same else None
    return answers[index] if index < len(answers) else None


def _inner(outer: Exchange, root: str, index: int, one: Schema) -> Exchange:
    """An address may be whole or relative to the service's root; sign-in comes from outside."""
    url, headers = urlsplit(one["url"]), lower(one.get("headers") or {})
    signed = {"authorization": outer.request.headers.get("authorization", "")}
    message = Message(signed | headers, b"", one.get("body", MISSING))
    path = unquote(url.path)
    path = path if url.scheme or path.startswith(root) else f"{root}/{path.lstrip('/')}"
    query = "&".join(part for part in (url.query, outer.query) if part)
    method = one["method"].upper()
    label = f"$batch[{index}] {method} {one['url']}"
    return Exchange(method, path, query, message, 0, Message({}), label)


def _replied(sent: Exchange, answer: Schema | None) -> Exchange:
    if answer is None:
        return sent
    message = Message(lower(answer.get("headers") or {}), b"", answer.get("body", MISSING))
    return Exchange(
        sent.method, sent.path, sent.query, sent.request, int(answer["status"]), message, sent.label
    )
