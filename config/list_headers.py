"""The theme builds a list's headers anew for every row: here they are built once per page."""

from __future__ import annotations

from typing import Any

from unfold.templatetags import unfold_list

build = unfold_list.result_headers


def built_once(changelist: Any) -> list[dict[str, Any]]:
    """A list of changes is of one request; what its headers say does not change within it."""
    if "built_headers" not in vars(changelist):
        changelist.built_headers = list(build(changelist))
    found: list[dict[str, Any]] = changelist.built_headers
    return found


def connect() -> None:
    """Called once when the application starts. Safe to call twice."""
    unfold_list.result_headers = built_once
