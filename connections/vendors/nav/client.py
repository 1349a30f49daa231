"""The client of an on-premises site; `online.py` has the other one."""

from __future__ import annotations

from connections.vendors.nav.deciding import SiteDecisions
from connections.vendors.nav.hooks import Hooks
from connections.vendors.nav.testing import Testing


class OnPremises(Testing, SiteDecisions, Hooks):
    """Meets `roles.DecidableLedger`."""

    resumes = True
