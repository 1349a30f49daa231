"""Errors in monday's shapes."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

from ..messages import HttpError, Response


class Refused(GraphQLError):
    """Ends one field: its alias is null, the others stand. `http` is the status of the answer."""

    def __init__(
        self, code: str, message: str, *, status: int = 200, http: int = 200, **data: Any
    ) -> None:
        extensions: dict[str, Any] = {"status_code": status, "error_data": data}
        if code:
            extensions["code"] = code
        super().__init__(message, extensions=extensions)
        self.http = http


def bad_json() -> GraphQLError:
    """A JSON text that cannot be read has no code."""
    problems = [{"path": [], "explanation": "Syntax error in JSON input"}]
    return GraphQLError("Variable or argument is not valid JSON", extensions={"problems": problems})


def bad_value(column: dict[str, Any], why: str, **data: Any) -> Refused:
    """`column_type` speaks the internal names: color, numeric."""
    from .kinds import internal

    return Refused(
        "ColumnValueException", why, column_id=column["id"],
        column_type=internal(column["type"]), **data,
    )  # fmt: skip


def wrong_argument(message: str, code: str = "InvalidArgumentException", **data: Any) -> Refused:
    return Refused(code, message, **data)


def no_item(number: Any) -> Refused:
    return Refused(
        "ResourceNotFoundException", f"Item not found: {number}", status=404, item_id=str(number)
    )


def no_board(number: Any) -> Refused:
    return Refused("InvalidBoardIdException", "Invalid board ID", board_id=str(number))


def envelope(
    status: int, code: str, message: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """An answer given before GraphQL runs."""
    error = {"message": message, "extensions": {"code": code, "status_code": status, **more}}
    return Response(status, {"errors": [error]}, headers or {})


def early(status: int, code: str, message: str, **more: Any) -> HttpError:
    return HttpError(envelope(status, code, message, **more))
