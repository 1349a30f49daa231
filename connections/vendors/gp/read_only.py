"""The half of `roles.PurchaseLedger` that GP's connector does not have: whatever would write.

Nothing is subscribed to either: GP tells nobody of changes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from connections.documents import CodedDocument, DimensionValue, Found, Hint, Vendor
from connections.models import Subscription
from connections.roles import Wanted
from connections.vendors.gp.access import read_only


class Closed:
    can_post = False
    longest_number = 20

    # -- documents ----------------------------------------------------------------------------

    def canonical_number(self, number: str, fallback: str) -> str:
        return (number.strip() or fallback).upper()

    def find(self, documents: Iterable[CodedDocument]) -> list[list[Found]]:
        """Looked for only in order to write."""
        read_only()

    def create(self, document: CodedDocument, about: str) -> Found:
        read_only()

    def complete(self, found: Found, document: CodedDocument, about: str) -> None:
        read_only()

    def discard(self, found: Found, document: CodedDocument, about: str) -> None:
        read_only()

    def read(self, found: Found, document: CodedDocument) -> Found | None:
        """Nothing of ours stands there."""
        return None

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        return None

    # -- master data --------------------------------------------------------------------------

    def create_vendor(self, vendor: Vendor, about: str) -> Vendor:
        read_only()

    def create_dimension_value(
        self, dimension: str, code: str, name: str, about: str
    ) -> DimensionValue:
        read_only()

    # -- subscriptions ------------------------------------------------------------------------

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
