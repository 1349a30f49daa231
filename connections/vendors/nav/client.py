"""The client of an on-premises site; online NAV is spoken to by Business Central's."""

from __future__ import annotations

from connections.documents import TestResult
from connections.vendors.dynamics.decisions import with_ways
from connections.vendors.nav.decisions import SiteDecisions
from connections.vendors.nav.entries import Entries
from connections.vendors.nav.subscriptions import Subscriptions
from connections.vendors.nav.testing import Testing


class OnPremises(Testing, SiteDecisions, Entries, Subscriptions):
    """Meets `roles.DecidableLedger`."""

    resumes = True

    def test(self) -> TestResult:
        return with_ways(super().test(), self)
