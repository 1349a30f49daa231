"""One GraphQL call: who asks, with which rights; and the marks of root fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from graphql import GraphQLError, GraphQLSchema, build_schema

from .refusals import Refused

Row = dict[str, Any]
Field = TypeVar("Field", bound=Callable[..., Any])
FOLDER = Path(__file__).parent / "schema"
OLD_USER = """
extend type User {
  is_admin: Boolean is_guest: Boolean is_view_only: Boolean is_pending: Boolean
  enabled: Boolean! is_verified: Boolean join_date: Date
  photo_original: String photo_small: String photo_thumb: String
}
"""


@dataclass
class Call:
    """The context of an execution."""

    user: Row
    app_id: int | None = None  # None: a personal token
    scopes: frozenset[str] | None = None  # None: all
    version: str = ""
    cost: int = 0
    before: int = 0
    after: int = 0
    reset: int = 0
    challenges: list[str] = field(default_factory=list)  # what went wrong with each, or nothing
    status: int = 200

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def needs(self, *scopes: str) -> None:
        missing = [
            scope for scope in scopes if self.scopes is not None and scope not in self.scopes
        ]
        if missing:
            error = Refused(
                "UNAUTHORIZED_FIELD_OR_TYPE", "Unauthorized field or type", status=403,
                missingRequiredPermissions=missing,
            )  # fmt: skip
            (error.extensions or {})["missingRequiredPermissions"] = missing
            raise error


def asked(operation: str, *scopes: str) -> Callable[[Field], Field]:
    """Marks a method as a root field of `query` or `mutation` (or of both), with its scopes."""

    def mark(method: Field) -> Field:
        method.asked = (operation, scopes)  # type: ignore[attr-defined]
        return method

    return mark


def roots(owner: object) -> dict[str, dict[str, Callable[..., Any]]]:
    """The root values of queries and mutations."""
    found: dict[str, dict[str, Callable[..., Any]]] = {"query": {}, "mutation": {}}
    for name in dir(type(owner)):
        operation, scopes = getattr(getattr(type(owner), name), "asked", ("", ()))
        for kind in operation.split():
            field = name.removeprefix("ask_").removeprefix("do_")
            found[kind][field] = resolver(getattr(owner, name), scopes)
    return found


def resolver(method: Callable[..., Any], scopes: tuple[str, ...]) -> Callable[..., Any]:
    def resolve(info: Any, **args: Any) -> Any:
        info.context.needs(*scopes)
        return method(info.context, **args)

    return resolve


@cache
def schema(version: str) -> GraphQLSchema:
    """Up to 2026-07 a user has the fields that 2026-10 took away."""
    text = "\n".join(path.read_text() for path in sorted(FOLDER.glob("*.graphql")))
    return build_schema(text + (OLD_USER if version < "2026-10" else ""))


def shown_error(error: GraphQLError) -> Row:
    """`locations`, `path` and `extensions` where there are any."""
    found: Row = dict(error.formatted)
    return found
