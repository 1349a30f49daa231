"""The client of an on-premises site; `online.py` has the other one."""

from __future__ import annotations

from connections.vendors.nav.hooks import Hooks
from connections.vendors.nav.ledger import Ledger
from connections.vendors.nav.sources import Sources
from connections.vendors.nav.testing import Testing


class OnPremises(Testing, Ledger, Sources, Hooks):
    """Meets `roles.PurchaseLedger`."""

    resumes = True
