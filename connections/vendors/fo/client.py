"""The client of Finance & Operations: reading, writing and the connection test."""

from __future__ import annotations

from connections.vendors.fo.entries import Entries
from connections.vendors.fo.ledger import Ledger
from connections.vendors.fo.no_subscriptions import NoSubscriptions
from connections.vendors.fo.testing import Testing


class FinanceOperations(Testing, Ledger, Entries, NoSubscriptions):
    """Meets `roles.Ledger` and `roles.MasterLedger`."""

    can_post = False  # documents end as drafts that people post there; they are watched
    resumes = True
