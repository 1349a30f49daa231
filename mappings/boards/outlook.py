"""When a board will show all that waits for it.

The records live in `syncs`, which we do not import: it registers what knows, as with
`mappings.releases`.
"""

from __future__ import annotations

from collections.abc import Callable

from mappings.models import BoardLayout

Teller = Callable[[BoardLayout], str]
_teller: list[Teller] = [lambda layout: ""]


def register(teller: Teller) -> None:
    """Called once when the application starts. Safe to call twice."""
    _teller[0] = teller


def outlook(layout: BoardLayout) -> str:
    """A sentence; empty when nothing waits. Calls no other system."""
    return _teller[0](layout)
