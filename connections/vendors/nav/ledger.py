"""The Ledger's verbs on-premises; which kind each is about is told as in Business Central."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from connections.documents import CREDIT_MEMO, JOURNAL, PURCHASE_INVOICE, PURCHASE_ORDER, Found
from connections.vendors.dynamics.ledger import Book, Verbs
from connections.vendors.nav.codeunit import Posting
from connections.vendors.nav.documents import Documents
from connections.vendors.nav.journals import Journals
from connections.vendors.nav.orders import Orders
from connections.vendors.nav.purchase_documents import INVOICE, MEMO, Form, Store


class Ledger(Posting, Verbs):
    tells: frozenset[str] = frozenset()  # no page of documents shows when they changed

    @cached_property
    def books(self) -> dict[str, Book]:
        return {
            PURCHASE_INVOICE: Documents(self, INVOICE),
            CREDIT_MEMO: Documents(self, MEMO),
            PURCHASE_ORDER: Orders(self),
            JOURNAL: Journals(self),
        }

    @property
    def lists(self) -> frozenset[str]:
        """Of posted documents, where both pages are published and the list shows the amounts."""
        return frozenset(form.kind for form in (INVOICE, MEMO) if self._lists(form))

    def _lists(self, form: Form) -> bool:
        if not (self.has(form.posted) and self.has(form.posted_list)):
            return False
        dated = "Posting_Date" in self.fields(form.posted)
        return dated and {"Amount_Including_VAT", "Posting_Date"} <= set(
            self.fields(form.posted_list)
        )

    def listed(self, kind: str, first: dt.date, last: dt.date) -> list[Found]:
        """Two requests for 1,000 documents: the list has the amounts, the document its draft."""
        [form] = [form for form in (INVOICE, MEMO) if form.kind == kind]
        return [
            Found(
                id=stored.id, number=stored.number,
                status="cancelled" if stored.cancelled else "posted", total=stored.totals[1],
            )
            for stored in Store(self, form).posted_within(first, last)
        ]  # fmt: skip

    def changed_since(self, kind: str, moment: dt.datetime) -> list[Found]:
        """None of a kind that is not in `tells`."""
        return []
