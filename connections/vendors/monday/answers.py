"""What an answer of monday.com means: HTTP 200 may be a refusal.

Refusals are given the HTTP status that they mean at the door, so that everything behind it
(journal, doubt, sign-in, budget) treats them as any other system's.
developer.monday.com/api-reference/docs/error-handling and …/docs/rate-limits
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connections.transport.http import Answer

Row = Mapping[str, Any]

DAILY = "daily_limit_exceeded"
CONFLICT = "idempotency_conflict"
TOO_BIG = "request_max_complexity_exceeded"
NOT_FOUND = frozenset({
    "resourcenotfoundexception", "resourcenotfound", "invaliditemidexception",
    "invalidboardidexception",
})  # fmt: skip
SIGN_IN = frozenset({"unauthorized", "not_authenticated", "unauthenticated"})
SHUT_OUT = frozenset({"user_access_denied"})
SCOPE = frozenset({"unauthorized_field_or_type", "missing_required_permissions"})
NO_RIGHT = frozenset({"userunauthorizedexception", "user_unauthorized"})
THROTTLES = frozenset({
    "minute_rate_limit_exceeded", "max_concurrency_exceeded", "maxconcurrencyexceeded",
    "complexity_budget_exhausted", "complexityexception", "ip_rate_limit_exceeded",
    "field_limit_exceeded", "field_minute_rate_limit_exceeded", "toomanyrequests",
    "rate_limit_exceeded", "api_temporarily_blocked", "concurrency_limit_exceeded",
    "minute_limit_rate_exceeded", DAILY,
})  # fmt: skip
JITTER = 2_000  # milliseconds
PERMISSION = re.compile(r"missingRequiredPermissions", re.IGNORECASE)
ITS_OWN = re.compile(  # trouble of the platform: of a change nobody knows what became of it
    r"internal.?server.?error|timed?.?out|service.?unavailable|bad.?gateway", re.IGNORECASE
)
SCOPE_NAME = re.compile(r"\b[a-z_]+:(?:read|write)\b")


def errors(data: Any) -> list[Row]:
    """The errors of a body, in its new form or the flat old one."""
    if not isinstance(data, dict):
        return []
    found = data.get("errors")
    rows: list[Row] = [one if isinstance(one, dict) else {"message": one} for one in found or ()]
    if not rows and (data.get("error_code") or data.get("error_message")):
        rows = [{"message": data.get("error_message"), "extensions": {
            "code": data.get("error_code"), "status_code": data.get("status_code"),
            **(data.get("error_data") or {}),
        }}]  # fmt: skip
    return rows


def extensions(error: Row) -> Row:
    found = error.get("extensions")
    return found if isinstance(found, dict) else {}


def code(error: Row) -> str:
    """Lower case: the documented and the real spelling differ."""
    return str(extensions(error).get("code") or error.get("code") or "").lower()


def words(error: Row) -> str:
    """What monday.com says, with the reasons of a malformed argument."""
    problems = [str(one.get("explanation")) for one in extensions(error).get("problems") or ()
                if isinstance(one, dict) and one.get("explanation")]  # fmt: skip
    return "; ".join(filter(None, [str(error.get("message") or ""), *problems]))


def worst(data: Any) -> Row:
    """The error that decides what to do: a throttle or a sign-in before the rest."""
    found = errors(data)
    return min(found, key=lambda one: meaning(one) not in (401, 429), default={})


def meaning(error: Row) -> int:
    """The HTTP status that an error means."""
    name = code(error)
    if name in THROTTLES or name.startswith("call limit exceeded"):
        return 429
    if name in SIGN_IN:
        return 401
    if name in SHUT_OUT | SCOPE | NO_RIGHT or PERMISSION.search(str(error)):
        return 403
    if name in NOT_FOUND:
        return 404
    if name == CONFLICT:
        return 409
    status = extensions(error).get("status_code")
    if isinstance(status, int) and 400 <= status < 600:
        return status
    return 500 if ITS_OWN.search(f"{name} {words(error)}") else 400


def classed(answer: Answer, changes: bool) -> Answer:
    """The same answer under the status that it means.

    A change that is in `data` was done, whatever else failed. A read wants all of it.
    503 is a processing time-out here: of a change nobody knows the outcome.
    """
    if answer.status == 503 and code(worst(answer.data)) not in THROTTLES:
        return dataclasses.replace(answer, status=504)
    if answer.status == 423:
        return dataclasses.replace(answer, status=429)
    if answer.status >= 300 or (found := worst(answer.data)) == {}:
        return answer
    if changes and done(answer.data):
        return answer
    return dataclasses.replace(answer, status=meaning(found))


def done(data: Row) -> bool:
    """Whether the one change of a document stands in its answer."""
    fields = data.get("data")
    if not isinstance(fields, dict):
        return False
    return any(value is not None for name, value in fields.items() if name != "complexity")


def retry_at(answer: Answer) -> dt.datetime | None:
    """The latest of what the body, Retry-After and the exceeded policy say, and a little more.
    None where nothing is said: then the waits are to grow."""
    error = worst(answer.data)
    more = extensions(error)
    told = [seconds(more.get("retry_in_seconds")), seconds(answer.headers.get("Retry-After"))]
    told += [seconds(more.get("retryAfterMs")) / 1000]
    limits = policies(answer.headers.get("RateLimit", ""))
    told += [seconds(one.get("t")) for one in limits.values()]
    if not (wait := max(told)):
        return None
    jitter = dt.timedelta(milliseconds=secrets.randbelow(JITTER))
    return timezone.now() + dt.timedelta(milliseconds=int(wait * 1000)) + jitter


def seconds(value: Any) -> Decimal:
    try:
        found = Decimal(str(value)) if value is not None else Decimal(0)
    except ArithmeticError:
        return Decimal(0)
    return max(found, Decimal(0)) if found.is_finite() else Decimal(0)


def policies(header: str) -> dict[str, dict[str, str]]:
    """`"minuteRate";r=2381, "complexityMinute";r=8650000;t=31` by name."""
    found = {}
    for part in header.split(","):
        name, *values = part.split(";")
        pairs = (value.partition("=") for value in values)
        found[name.strip().strip('"')] = {key.strip(): told.strip() for key, _, told in pairs}
    return found


def scopes_named(answer: Answer) -> list[str]:
    """The scopes that a refusal names."""
    return sorted(set(SCOPE_NAME.findall(answer.text)))
