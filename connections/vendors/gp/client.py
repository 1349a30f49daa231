"""The client: everything that reads, and nothing that writes."""

from __future__ import annotations

from connections.vendors.gp.no_subscriptions import NoSubscriptions
from connections.vendors.gp.testing import Testing


class GP(NoSubscriptions, Testing):
    """Meets `roles.PurchaseLedger` and, where the site offers them, `roles.EntryLedger`."""
