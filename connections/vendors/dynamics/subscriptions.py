"""Subscriptions: a promise to call us that ends after three days unless it is renewed.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0/dynamics-subscriptions
Creating and renewing make the server call our address first; the webhook view answers that.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from connections.documents import Hint
from connections.errors import NotFound, Refused
from connections.models import Subscription
from connections.roles import Wanted
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.standard_api import StandardApi

USEFUL = ("vendors", "purchaseInvoices", "accounts", "dimensions")


class Subscriptions(StandardApi):
    def wanted(self) -> list[Wanted]:
        """Of the useful sets those that this environment can tell about."""
        return [Wanted(name, scope_name="Company") for name in USEFUL if name in self._offered()]

    def _offered(self) -> set[str]:
        """Where the list cannot be read, what the documentation lists."""
        try:
            rows = self.rows(
                self.group(
                    "runtime/beta", "webhookSupportedResources", filter="resource eq 'v2.0*'"
                )
            )
        except Refused:
            return set(USEFUL)
        return {str(row.get("resource") or "").rstrip("/").rpartition("/")[2] for row in rows}

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, dt.datetime | None]:
        """One that stands for this address is renewed, which also sets our secret."""
        body = self._body(subscription, address)
        for row in self._listed():
            if row.get("notificationUrl") == address and self._is_for(row, subscription):
                return str(row["subscriptionId"]), self._renew(str(row["subscriptionId"]), body)
        answer = self.write("POST", "/subscriptions", body, about=f"subscribe {subscription}")
        row = odata.row(answer)
        return str(row["subscriptionId"]), odata.instant(row.get("expirationDateTime"))

    def renew(self, subscription: Subscription, address: str) -> dt.datetime | None:
        """Three more days. Raises NotFound when it is gone: subscribe again."""
        return self._renew(subscription.remote_id, self._body(subscription, address))

    def _renew(self, remote_id: str, body: dict[str, Any]) -> dt.datetime | None:
        answer = self.write(
            "PATCH", path_of(remote_id), body, about=f"renew subscription {remote_id}",
            headers={"If-Match": "*"},
        )  # fmt: skip
        return odata.instant(odata.row(answer).get("expirationDateTime"))

    def unsubscribe(self, subscription: Subscription) -> None:
        """Safe to call twice."""
        if not subscription.remote_id:
            return
        try:
            self.write(
                "DELETE", path_of(subscription.remote_id), about=f"unsubscribe {subscription}",
                headers={"If-Match": "*"},
            )  # fmt: skip
        except NotFound:
            return

    def standing(self) -> set[str]:
        return {str(row["subscriptionId"]) for row in self._listed()}

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        """This vendor keeps no delivery log; the poll makes up for lost notifications."""
        return []

    def _listed(self) -> list[Row]:
        return self.rows("/subscriptions")

    def _is_for(self, row: Row, subscription: Subscription) -> bool:
        resource = str(row.get("resource") or "").strip("/").lower()
        return resource == self._resource(subscription).strip("/").lower()

    def _resource(self, subscription: Subscription) -> str:
        return f"/api/v2.0/companies({self.company().id})/{subscription.resource}"

    def _body(self, subscription: Subscription, address: str) -> dict[str, Any]:
        return {
            "notificationUrl": address,
            "resource": self._resource(subscription),
            "clientState": subscription.secret,
        }


def path_of(remote_id: str) -> str:
    """The id is a text: its quotes are required."""
    return f"/subscriptions({odata.text(remote_id)})"
