"""NAV online: Business Central's client on a connection of NAV's, under NAV's name."""

from __future__ import annotations

from connections.registry import VENDORS
from connections.vendors.business_central.client import BusinessCentral
from tests.simulators import company
from tests.vendors.stage_nav_online import OnlineStage


def test_the_registry_makes_the_online_client(nav_online: OnlineStage) -> None:
    made = VENDORS["nav"].client(nav_online.connection, nav_online.journal)
    assert isinstance(made, BusinessCentral)
    assert made.label == "NAV"
    assert made.can_post


def test_the_connection_test_says_the_mode_and_the_company(nav_online: OnlineStage) -> None:
    result = nav_online.client.test()
    said = "\n".join(result.findings)
    assert result.ok, said
    for part in ("NAV online", company.COMPANY_NAME, "Posting from outside", "USD"):
        assert part in said
