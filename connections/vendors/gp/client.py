"""The client: everything that reads, and nothing that writes."""

from __future__ import annotations

from connections.vendors.gp.read_only import Closed
from connections.vendors.gp.testing import Testing


class GP(Closed, Testing):
    """Meets the reading half of `roles.PurchaseLedger`."""
