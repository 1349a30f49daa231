"""What Business Central, NAV and F&O share: filters, paging by nextLink, batches, etags, enums."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from connections.errors import ConnectorError, Refused, RetryLater
from connections.transport.http import Answer, Client

T = TypeVar("T")
Row = Mapping[str, Any]

MOST_IN_FILTER = 40  # values in one `eq … or eq …`: keeps the address under 8,000 characters
MOST_IN_BATCH = 100
CHANGED = "Request_EntityChanged"
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def text(value: str) -> str:
    """A string literal of $filter: the apostrophe is doubled."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: dt.datetime) -> str:
    """A moment literal of $filter: UTC, not quoted."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def any_of(field: str, values: Iterable[str]) -> str:
    """One field equal to any of the texts. OR across fields is refused by these servers."""
    return " or ".join(f"{field} eq {text(value)}" for value in values)


def query(path: str, **options: str | int) -> str:
    """The path with query options: filter, expand, select, orderby, top. Spaces become %20."""
    given = [f"${name}={quote(str(value), safe=SAFE)}" for name, value in options.items() if value]
    return f"{path}?{'&'.join(given)}" if given else path


SAFE = "$(),;=:'/"


def chunks(values: Sequence[T], size: int = MOST_IN_FILTER) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def plain(value: Any) -> str:
    """An enum member by its plain name: `G_x002F_L_x0020_Account` and `G/L Account` are one."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value or "")).strip()


def day(value: Any) -> dt.date | None:
    """A date; the server's empty date (0001-01-01) is None."""
    found = dt.date.fromisoformat(str(value)[:10]) if value else None
    return found if found and found.year > 1 else None


def instant(value: Any) -> dt.datetime | None:
    """A moment with any number of decimals; the server's empty moment is None."""
    found = dt.datetime.fromisoformat(str(value)) if value else None
    if found is None or found.year <= 1:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def number(value: Any) -> Decimal:
    """Money as the server says it, exactly."""
    return Decimal(str(value or 0))


def error_words(data: Any, fallback: str) -> tuple[str, str]:
    """(code, message) of the error body that all these servers use."""
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return "", fallback[:500]
    return str(error.get("code") or ""), str(error.get("message") or "")


def changed(error: Refused) -> bool:
    """True when an If-Match was stale. Other 409s mean other things: the code tells."""
    return error.code == CHANGED or error.status == 412


class ODataClient(Client):
    """Reads of sets and batches; writes stay with `Client.write`."""

    page_size = 1000

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        return error_words(data, text)

    def one(self, path: str) -> Row:
        """One entity. Raises NotFound."""
        return row(self.get(path))

    def rows(self, path: str, size: int = 0) -> list[Row]:
        """The whole set, page by page; begun again once when the server lost its place.

        `size`: of a page, where rows are short.
        """
        try:
            return list(self.pages(self._page(path, size), size))
        except Refused as error:
            if error.code != "SkipTokenIsNoLongerValid":
                raise
        return list(self.pages(self._page(path, size), size))

    def pages(self, answer: Answer, size: int = 0) -> Iterator[Row]:
        """The rows of a set from its first page on; a nextLink is followed as it stands."""
        while True:
            yield from listing(answer)
            link = row(answer).get("@odata.nextLink")
            if not link:
                return
            answer = self._page(self._own(str(link)), size)

    def read_batch(self, paths: Sequence[str]) -> list[Answer]:
        """Several reads in one request; answers in the order asked. Safe to repeat."""
        found: list[Answer] = []
        for part in chunks(paths, MOST_IN_BATCH):
            if len(part) == 1:
                found.append(self.get(part[0]))
            else:
                found += self._batch(part)
        return found

    def _page(self, path: str, size: int = 0) -> Answer:
        return self.get(path, headers={"Prefer": f"odata.maxpagesize={size or self.page_size}"})

    def _own(self, link: str) -> str:
        """A link to another host would carry our token there."""
        if urlsplit(link)[:2] != urlsplit(self.base_url())[:2]:
            raise ConnectorError(f"{self.label} sent a next page on another host; not followed.")
        return link

    def _batch(self, paths: Sequence[str]) -> list[Answer]:
        envelope = batch_envelope([("GET", path, None, {}) for path in paths])
        headers = {"Prefer": "odata.continue-on-error=true"}
        try:
            answer = self._signed("POST", "/$batch", body=envelope, headers=headers)
        except OSError as error:  # what the session raises; nothing was written
            raise self._unreachable(error) from error
        answers = batch_answers(self._accept("POST", "/$batch", answer), len(paths))
        return [self._accept("GET", path, one) for path, one in zip(paths, answers, strict=True)]


def row(answer: Answer) -> Row:
    """The answer's object. Raises RetryLater for anything else (a proxy's page, a cut body)."""
    if not isinstance(answer.data, dict):
        raise unreadable(answer)
    return answer.data


def listing(answer: Answer) -> list[Row]:
    """The answer's rows, of one page. Raises RetryLater where it holds no list: none is none."""
    found = row(answer).get("value")
    if not isinstance(found, list):
        raise unreadable(answer)
    return found


def unreadable(answer: Answer) -> RetryLater:
    return RetryLater(f"The answer was not readable ({answer.text[:80]!r}).")


def batch_envelope(
    requests: Sequence[tuple[str, str, Any, Mapping[str, str]]],
) -> dict[str, list[dict[str, Any]]]:
    """The body of POST $batch from (method, path, body, headers); paths are relative."""
    envelope: list[dict[str, Any]] = []
    for index, (method, path, body, headers) in enumerate(requests, start=1):
        one: dict[str, Any] = {"id": str(index), "method": method, "url": path.lstrip("/")}
        if body is not None:
            one["body"] = body
            headers = {"Content-Type": "application/json", **headers}
        envelope.append(one | ({"headers": dict(headers)} if headers else {}))
    return {"requests": envelope}


def batch_answers(answer: Answer, count: int) -> list[Answer]:
    """One Answer per request, by id and, where the id is null, by position.

    Raises RetryLater when some are missing: the server stopped at the first failure.
    """
    listed = row(answer).get("responses") or []
    by_id = {str(one.get("id") or index): one for index, one in enumerate(listed, start=1)}
    if any(str(index) not in by_id for index in range(1, count + 1)):
        raise RetryLater(f"A batch of {count} was answered for {len(by_id)} only.")
    return [_part(by_id[str(index)]) for index in range(1, count + 1)]


def _part(one: Mapping[str, Any]) -> Answer:
    headers = {str(name).title(): str(value) for name, value in (one.get("headers") or {}).items()}
    return Answer(int(one["status"]), headers, one.get("body"), str(one.get("body") or ""))
