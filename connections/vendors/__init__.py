"""Fills the registry of vendors. A new vendor is one package and one line."""

from __future__ import annotations

from connections.registry import VENDORS
from connections.vendors import nav
from connections.vendors.business_central import VENDOR as business_central
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.business_central.first_contact import FIRST_CONTACT
from connections.vendors.fo import VENDOR as fo
from connections.vendors.gp import VENDOR as gp
from connections.vendors.monday import VENDOR as monday
from connections.vendors.procore import VENDOR as procore

VENDORS.update(
    procore=procore,
    business_central=business_central,
    nav=nav.vendor(online=BusinessCentral, contact=FIRST_CONTACT),
    gp=gp,
    fo=fo,
    monday=monday,
)
