"""GET: lists with filters and keyset pages, and one object by its key."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.simulators.messages import Request, Response

from .books import Books, Row, page_size
from .replies import Format, Refused, answer
from .resources import DISTRIBUTION, Resource

Test = Callable[[Row], bool]
PAGED = ("contract", "xml")
STATES = ("work", "open", "history")


def wanted_day(name: str, text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise Refused(400, "BAD_VALUE", f"{name} must be a date like 2026-02-10.", name)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused(400, "BAD_VALUE", f"{name} is no date.", name) from None


def since(name: str, field: str, text: str) -> Test:
    day = wanted_day(name, text)
    return lambda row: str(row[field]) >= day


def until(name: str, field: str, text: str) -> Test:
    day = wanted_day(name, text)
    return lambda row: str(row[field]) <= day


def same(name: str, field: str, text: str) -> Test:
    return lambda row: str(row[field]).strip().upper() == text.strip().upper()


def among(name: str, field: str, text: str) -> Test:
    states = [one.strip().lower() for one in text.split(",")]
    if not set(states) <= set(STATES):
        raise Refused(400, "BAD_VALUE", f"{name} is of Work, Open, History.", name)
    return lambda row: row[field].lower() in states


def active(name: str, field: str, text: str) -> Test:
    if text not in ("true", "false"):
        raise Refused(400, "BAD_VALUE", f"{name} is true or false.", name)
    return lambda row: (row[field] in (True, 1)) == (text == "true")


FILTERS: dict[str, tuple[Callable[[str, str, str], Test], tuple[str, ...]]] = {
    "modifiedSince": (since, ("ModifiedDate",)),
    "vendorId": (same, ("VendorID",)),
    "documentNumber": (same, ("DocumentNumber",)),
    "batchNumber": (same, ("BatchNumber",)),
    "state": (among, ("TransactionState",)),
    "active": (active, ("Active", "VendorStatus")),
    "documentDateFrom": (since, ("DocumentDate", "TransactionDate")),
    "documentDateTo": (until, ("DocumentDate", "TransactionDate")),
}


def tests(resource: Resource, request: Request) -> list[Test]:
    """What the query asks for; an unknown filter is refused."""
    found = []
    for name, values in request.query.items():
        if name in ("pageSize", "after"):
            continue
        make, fields = FILTERS.get(name, (same, ()))
        field = next((one for one in fields if one in resource.columns), "")
        if not field:
            raise Refused(400, "BAD_VALUE", f"Unknown filter {name}.", name)
        found.append(make(name, field, values[-1]))
    return found


def many(books: Books, resource: Resource, request: Request, form: Format) -> Response:
    asked = tests(resource, request)
    rows = books.table(resource.name)
    keys = [key for key in sorted(rows) if all(test(rows[key]) for test in asked)]
    size = page_size(request.one("pageSize"), books.settings)
    if request.one("after"):
        last = opened(request.one("after"))
        keys = [key for key in keys if key > last]
    if form.shape not in PAGED:  # no place for a next page: everything at once
        size = max(len(keys), 1)
    here = keys[:size]
    paging = {"PageSize": size, "Next": sealed(here[-1]) if len(keys) > size else None}
    shown = [row_shown(books, resource, rows[key], by_key=False) for key in here]
    return answer(form, shown, resource.one, resource.many, paging)


def single(books: Books, resource: Resource, key: tuple[str, ...], form: Format) -> Response:
    row = books.find(resource.name, *key) or first_under(books, resource, key)
    if row is None:
        name = f"{resource.one} {';'.join(key)}"
        raise Refused(404, "NOT_FOUND", f"{name} was not found.")
    shown = row_shown(books, resource, row, by_key=True)
    return answer(form, shown, resource.one, resource.many)


def first_under(books: Books, resource: Resource, key: tuple[str, ...]) -> Row | None:
    """A part of the key gives the first that has it: of a journal entry never its reversal."""
    if len(key) >= len(resource.key):
        return None
    rows = books.table(resource.name)
    begins = ";".join(key).strip().upper() + ";"
    return next((rows[one] for one in sorted(rows) if one.startswith(begins)), None)


def row_shown(books: Books, resource: Resource, row: Row, *, by_key: bool) -> Row:
    kept = {name: row[name] for name in resource.columns if name in row}
    mode = books.settings["distributions"]
    if mode == "never" or (mode == "single" and not by_key):
        kept.pop("Distributions", None)
    if resource.name == "glTransactions":
        kept = journal_shown(kept, books.settings["journals"], by_key=by_key)
    return padded(resource.columns, kept) if books.settings["padded"] else kept


def journal_shown(row: Row, mode: str, *, by_key: bool) -> Row:
    """GLTransactionSummary of the Web Services has no lines, no series, and nothing of voids
    (learn.microsoft.com/previous-versions/dynamicsgp/developer/cc507943)."""
    hidden = {"Lines"} if mode == "never" else set()
    if mode == "summaries" and not by_key:
        hidden = {"Lines", "Series", "Voided"}
    return {name: value for name, value in row.items() if name not in hidden}


def padded(columns: dict[str, int], row: Row) -> Row:
    """As the columns of the database hold texts."""
    return {name: _padded(columns.get(name, 0), value) for name, value in row.items()}


def _padded(width: int, value: Any) -> Any:
    if isinstance(value, list):
        return [padded(DISTRIBUTION, one) if isinstance(one, dict) else one for one in value]
    return value.ljust(width) if isinstance(value, str) else value


def sealed(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def opened(text: str) -> str:
    try:
        return base64.b64decode(text, b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(400, "BAD_VALUE", "after is not one of our places.", "after") from None
