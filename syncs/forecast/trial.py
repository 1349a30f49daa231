"""A record that is carried only to see how far it would come. Nothing of it is stored."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from audit.journal import RecordJournal
from audit.models import Entry
from connections.errors import NoTry
from syncs.record import Record, State

WRITTEN = "written"  # beside the states: it came to the request that makes a thing


class WouldWrite(NoTry):
    """It came to a write: nothing that we know of holds it."""


class Silent(RecordJournal):
    """Says nothing; an intent is as far as a trial goes."""

    reached = False  # a write was about to be announced

    def append(
        self, kind: str, sentence: str, data: Any = None, intent: int | None = None
    ) -> Entry:
        return self.entry(kind, sentence, data, intent)

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        self.reached = True
        raise WouldWrite(about)

    def settle(self, why: str) -> None:
        """There is nothing to settle."""


@dataclasses.dataclass(frozen=True)
class End:
    """Where it came to: a state, or WRITTEN; PENDING is tried again later, for what it says."""

    state: str
    sentence: str
    reason: str = ""
    problems: list[dict[str, Any]] = dataclasses.field(default_factory=list)


class Trial(Record):
    """Carried by the same code as any other, which ends its claim in the same methods."""

    end: End | None = None
    key: str = ""  # the natural key that it would hold

    class Meta:
        proxy = True
        default_permissions = ()

    def begin(self) -> None:
        """As a claim leaves it."""
        self.state, self.claim, self.end, self.key = State.RUNNING, uuid.uuid4(), None, ""
        self.attempts, self.proposed = self.attempts + 1, {}

    def journal(self, actor: str = "") -> Silent:
        return Silent(self.integration.key, self.flow, self.pk, actor)

    def look_again(self) -> None:
        """It comes to rest nowhere."""

    def begin_write(self, digest: str, coded: dict[str, Any], natural_key: str) -> None:
        self.key = natural_key
        self.ends(End(WRITTEN, "It would be written."))
        raise WouldWrite("It would be written.")

    def retry(self, sentence: str, at: dt.datetime | None = None, counted: bool = True) -> None:
        self.ends(End(State.PENDING, sentence))

    def ends(self, end: End) -> None:
        """The first end counts."""
        self.end = self.end or end
        self.claim = None

    def _leave(self, state: str, sentence: str, **fields: Any) -> None:
        reason, problems = fields.get("reason", ""), fields.get("problems", [])
        self.ends(End(state, sentence, str(reason), list(problems)))

    def _update(self, values: dict[str, Any]) -> None:
        vars(self).update({**self._remembered, **values})
        self._remembered = {}
