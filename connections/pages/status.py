"""What a connection's pages say of its sign-in, its token and its request budget."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from connections.models import Connection, RateBudget, Token
from connections.pages.moments import when, when_exactly
from connections.registry import VENDORS, Field, vendor_label


def label_of(row: Connection) -> str:
    return vendor_label(row.vendor)


def asked(row: Connection, secret: bool) -> list[Field]:
    fields = VENDORS[row.vendor].fields if row.vendor in VENDORS else ()
    return [field for field in fields if field.secret == secret]


def one(row: Connection, relation: str, name: str) -> Any:
    """A fact of the token or the budget, which may not exist yet."""
    related = getattr(row, relation, None)
    return getattr(related, name) if related else None


def health(row: Connection) -> str:
    if not row.active:
        return "Off"
    if row.paused:
        return "Paused"
    if one(row, "token", "failures"):
        return "Failed"
    if row.unreachable_since:
        return "Not reached"
    return "Works" if signed_in(row) else "Not used yet"


def signed_in(row: Connection) -> bool:
    """By a token, or by an account that signs each request: where that is refused it is paused."""
    return bool(one(row, "token", "obtained_at") or one(row, "budget", "used") or row.test_ok)


def token_facts(row: Connection) -> list[tuple[str, str]]:
    token: Token | None = getattr(row, "token", None)
    if token is None or not (token.obtained_at or token.failed_at):
        if one(row, "budget", "used"):
            return [("Token", "None: an account signs each request.")]
        return [("Token", "None yet: the first request signs in.")]
    found = [("Renewed", when(token.obtained_at)), ("Expires", when(token.expires_at))]
    if token.error:
        found += [("Failed", f"{token.failures} × in a row, last {when(token.failed_at)}")]
        found += [("Last error", token.error)]
    return found


def budget_facts(budget: RateBudget | None) -> list[tuple[str, str]]:
    if budget is None or budget.reset_at is None:
        return [("Requests", "None sent yet.")]
    over = budget.reset_at <= timezone.now()
    left = budget.limit if over else max(budget.remaining, 0)
    found = [("Requests left", f"{left:,} of {budget.limit:,}")]
    found += [] if over else [("Counted anew", when_exactly(budget.reset_at))]
    found += [
        ("Sent so far", f"{budget.used:,}"),
        ("Told to slow down", f"{budget.throttled:,} ×"),
    ]
    if budget.blocked_until and budget.blocked_until > timezone.now():
        found.append(("Waiting until", when_exactly(budget.blocked_until)))
    return found
