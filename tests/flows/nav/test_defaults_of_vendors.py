"""What a vendor's card puts into a header of NAV: said, and no difference; another day is one."""

from __future__ import annotations

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import State
from tests.flows.telling import again, settled
from tests.story import Company

OTHER_DAY = "2026-12-24"


def test_who_is_paid_by_the_card_is_said_and_is_no_difference(nav: Company) -> None:
    first = settled(nav, "direct_costs", nav.a_direct_cost("NDV-1", "300.00"))
    vendor = first.coded["vendor"]
    links = VendorLink.objects.filter(integration=nav.integration)
    factor = next(one.ledger_number for one in links if one.ledger_number != vendor)
    nav.ledger("business_central/paid_instead", {"vendor": vendor, "pay_to": factor})
    record = settled(nav, "direct_costs", nav.a_direct_cost("NDV-2", "300.00"))
    nav.ledger("business_central/paid_instead", {"vendor": vendor, "pay_to": ""})
    assert record.state == State.POSTED, record.sentence
    assert f"The ledger added that vendor {factor} is paid." in record.sentence


def test_what_the_site_puts_into_another_period_is_not_posted(nav: Company, mode: str) -> None:
    """On premises each field is read back as it is written, and put right."""
    nav.ledger("business_central/settings", {"overruled": {"postingDate": OTHER_DAY}})
    record = settled(nav, "direct_costs", nav.a_direct_cost("NDV-3", "300.00"))
    nav.ledger("business_central/settings", {"overruled": {}})
    if mode != "on_premises":
        assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
        assert "posting date Dec 24, 2026 instead of" in record.sentence
        record = again(nav, record)
    assert record.state == State.POSTED, record.sentence
    [document] = [one for one in nav.posted() if one["vendorInvoiceNumber"] == "NDV-3"]
    assert document["postingDate"] == nav.today
