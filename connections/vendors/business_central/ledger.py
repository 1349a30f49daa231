"""Which kind of document is written how."""

from __future__ import annotations

from functools import cached_property

from connections.documents import CREDIT_MEMO, JOURNAL, PURCHASE_INVOICE, PURCHASE_ORDER
from connections.vendors.business_central.documents import INVOICE, MEMO, Purchases
from connections.vendors.business_central.journals import Journals
from connections.vendors.business_central.orders import Orders
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics.ledger import Book, Verbs


class Posting(Wire, Verbs):
    @cached_property
    def books(self) -> dict[str, Book]:
        return {
            PURCHASE_INVOICE: Purchases(self, INVOICE),
            CREDIT_MEMO: Purchases(self, MEMO),
            PURCHASE_ORDER: Orders(self),
            JOURNAL: Journals(self),
        }
