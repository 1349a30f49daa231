"""Subscriptions of an on-premises server that offers the standard API; else there are none.

NAV 2018 and older have none at all. What arrives names records by the API's own ids, which the
pages do not know: those hints make the flow poll.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from connections.documents import Hint
from connections.errors import ConnectorError, NeedsPerson, Reason
from connections.models import Subscription
from connections.roles import Wanted
from connections.vendors.dynamics.subscriptions import Subscriptions as Standard
from connections.vendors.nav.access import Site


class StandardApi(Site, Standard):
    """The standard API of the same server instance, for subscriptions only."""

    label = "NAV's standard API"

    def base_url(self) -> str:
        return f"{self.root()}/{self.connection.setting('api_path').strip().strip('/')}"


class Subscriptions(Site):
    @cached_property
    def standard(self) -> StandardApi:
        return StandardApi(self.connection, self.journal)

    def offers_subscriptions(self) -> bool:
        return bool(self.connection.setting("api_path").strip())

    def wanted(self) -> list[Wanted]:
        return self.standard.wanted() if self.offers_subscriptions() else []

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, dt.datetime | None]:
        self._must_offer()
        return self.standard.subscribe(subscription, address)

    def renew(self, subscription: Subscription, address: str) -> dt.datetime | None:
        self._must_offer()
        return self.standard.renew(subscription, address)

    def unsubscribe(self, subscription: Subscription) -> None:
        if self.offers_subscriptions():
            self.standard.unsubscribe(subscription)

    def standing(self) -> set[str]:
        return self.standard.standing() if self.offers_subscriptions() else set()

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        return []

    def _must_offer(self) -> None:
        if not self.offers_subscriptions():
            raise NeedsPerson(
                Reason.SETTINGS,
                "This server offers no subscriptions: changes are polled. Where it has the "
                "standard API, enter /api/v2.0 in the connection.",
            )

    def subscriptions_work(self) -> str:
        """For the connection test: empty when they do, else why not."""
        try:
            self.standard.standing()
        except ConnectorError as error:
            return error.sentence
        return ""
