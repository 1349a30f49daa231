"""Nothing is subscribed to: GP tells nobody of changes, and nothing is ever written to it."""

from __future__ import annotations

import datetime as dt

from connections.documents import Hint
from connections.models import Subscription
from connections.roles import Wanted
from connections.vendors.gp.access import read_only


class NoSubscriptions:
    def wanted(self) -> list[Wanted]:
        return []

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, dt.datetime | None]:
        read_only()

    def renew(self, subscription: Subscription, address: str) -> dt.datetime | None:
        read_only()

    def unsubscribe(self, subscription: Subscription) -> None:
        """There is none."""

    def standing(self) -> set[str]:
        return set()

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        return []
