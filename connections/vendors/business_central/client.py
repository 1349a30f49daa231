"""The client of Business Central: reading, writing, subscriptions and the connection test."""

from __future__ import annotations

from connections.vendors.business_central.ledger import Posting
from connections.vendors.business_central.testing import Testing
from connections.vendors.dynamics.subscriptions import Hooks


class BusinessCentral(Testing, Posting, Hooks):
    """Meets `roles.Ledger`."""

    can_post = True
    resumes = False  # header and lines are one request
