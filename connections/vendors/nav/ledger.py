"""The Ledger's verbs on-premises; which kind each is about is told as in Business Central."""

from __future__ import annotations

from functools import cached_property

from connections.documents import CREDIT_MEMO, JOURNAL, PURCHASE_INVOICE, PURCHASE_ORDER
from connections.vendors.dynamics.ledger import Book, Verbs
from connections.vendors.nav.codeunit import Posting
from connections.vendors.nav.documents import Documents
from connections.vendors.nav.journals import Journals
from connections.vendors.nav.orders import Orders
from connections.vendors.nav.purchase_documents import INVOICE, MEMO


class Ledger(Posting, Verbs):
    @cached_property
    def books(self) -> dict[str, Book]:
        return {
            PURCHASE_INVOICE: Documents(self, INVOICE),
            CREDIT_MEMO: Documents(self, MEMO),
            PURCHASE_ORDER: Orders(self),
            JOURNAL: Journals(self),
        }
