"""The client of Business Central: reading, writing, decisions, subscriptions and the test."""

from __future__ import annotations

from connections.documents import TestResult
from connections.models import Connection
from connections.transport.http import Journal
from connections.vendors.business_central.decisions import Decisions
from connections.vendors.business_central.entries import Entries
from connections.vendors.business_central.ledger import Posting
from connections.vendors.business_central.testing import Testing
from connections.vendors.dynamics.decisions import with_ways
from connections.vendors.dynamics.subscriptions import Subscriptions


class BusinessCentral(Testing, Decisions, Posting, Entries, Subscriptions):
    """Meets `roles.DecidableLedger`; under the label by which its people know the system."""

    can_post = True
    resumes = False  # header and lines are one request

    def __init__(
        self, connection: Connection, journal: Journal | None = None, label: str = ""
    ) -> None:
        super().__init__(connection, journal)
        self.label = label or self.label

    def test(self) -> TestResult:
        return with_ways(super().test(), self)
