"""Where the set-up of a board leaves what it writes.

The journal lives in `audit`, which we do not import: whoever may import both registers it, as
`syncs` does with `mappings.releases`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from connections.errors import NeedsPerson, Reason

PERSON = "person"  # audit's kind of line: done by a person


class SetupJournal(Protocol):
    """What writes leave (connections.transport.http.Journal), and lines of our own."""

    def intent(self, about: str, method: str, url: str, body: Any) -> int: ...

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None: ...

    def append(self, kind: str, sentence: str, data: Any = None) -> Any: ...


class Nowhere:
    """Before anybody registered: what would have to be journaled is refused, in a sentence."""

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        raise NeedsPerson(
            Reason.SETTINGS,
            "Nothing was sent: this process has no journal for it. The application was not "
            "started as a whole.",
        )

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        raise AssertionError("nothing was announced")

    def append(self, kind: str, sentence: str, data: Any = None) -> Any:
        raise AssertionError("nothing was announced")


Maker = Callable[[str, str], SetupJournal]  # (integration's key, who)
_maker: list[Maker] = [lambda key, actor: Nowhere()]


def register(maker: Maker) -> None:
    """Called once when the application starts. Safe to call twice."""
    _maker[0] = maker


def journal_of(integration_key: str, actor: str) -> SetupJournal:
    return _maker[0](integration_key, actor)
