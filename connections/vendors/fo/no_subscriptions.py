"""Nothing is subscribed to: business events need an endpoint of the customer's own (home-page.md of
business-events), and what they would tell is read anyway."""

from __future__ import annotations

import datetime as dt

from connections.documents import Hint
from connections.models import Subscription
from connections.roles import Wanted


class NoSubscriptions:
    def wanted(self) -> list[Wanted]:
        return []

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, dt.datetime | None]:
        raise NotImplementedError("nothing is wanted")

    def renew(self, subscription: Subscription, address: str) -> dt.datetime | None:
        raise NotImplementedError("nothing is wanted")

    def unsubscribe(self, subscription: Subscription) -> None:
        """There is none."""

    def standing(self) -> set[str]:
        return set()

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        return []
