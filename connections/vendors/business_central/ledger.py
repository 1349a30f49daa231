"""Which kind of document is written how."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from connections.documents import CREDIT_MEMO, JOURNAL, PURCHASE_INVOICE, PURCHASE_ORDER, Found
from connections.vendors.business_central.documents import INVOICE, MEMO, Purchases
from connections.vendors.business_central.journals import Journals
from connections.vendors.business_central.orders import Orders
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics.ledger import Book, Verbs


class Posting(Wire, Verbs):
    lists = frozenset({PURCHASE_INVOICE, CREDIT_MEMO})
    tells = frozenset({PURCHASE_INVOICE, CREDIT_MEMO, PURCHASE_ORDER})  # entries never change

    @cached_property
    def books(self) -> dict[str, Book]:
        return {**self.purchases_of, PURCHASE_ORDER: self.orders, JOURNAL: Journals(self)}

    @cached_property
    def purchases_of(self) -> dict[str, Purchases]:
        return {PURCHASE_INVOICE: Purchases(self, INVOICE), CREDIT_MEMO: Purchases(self, MEMO)}

    @cached_property
    def orders(self) -> Orders:
        return Orders(self)

    def listed(self, kind: str, first: dt.date, last: dt.date) -> list[Found]:
        """One request for 5,000 documents."""
        return self.purchases_of[kind].listed(first, last)

    def changed_since(self, kind: str, moment: dt.datetime) -> list[Found]:
        """By `lastModifiedDateTime`, which moves with posting, payment in full and cancelling."""
        return {**self.purchases_of, PURCHASE_ORDER: self.orders}[kind].changed_since(moment)
