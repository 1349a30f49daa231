"""The family of a document in NAV, online and on-premises: what stands is what the source says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import State
from tests.flows import foreign
from tests.flows.correcting import changed, children, cost, difference_posted, owed, stands
from tests.flows.nav import telling
from tests.flows.telling import due_now, settled
from tests.story import Company


def test_there_and_back_and_to_nothing(nav: Company) -> None:
    row = cost(nav, "NBACK-1", project=telling.JOB)
    for amount in ("150.00", "100.00", "0.00", "70.00"):
        record = changed(nav, row, amount=amount)
        assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
        record = difference_posted(nav, record)
        assert record.state == State.POSTED, [child.sentence for child in children(record)]
        assert owed(nav, "NBACK-1") == Decimal(amount)


def test_what_is_owed_to_a_foreign_vendor_states_the_currency_of_the_source(nav: Company) -> None:
    foreign.stands_in_local_currency(nav, "NCAD-1", project=telling.JOB)


def test_another_vendor_gets_it_all(nav: Company) -> None:
    row = cost(nav, "NWHO-1", project=telling.JOB)
    links = VendorLink.objects.filter(integration=nav.integration)
    other = links.exclude(project_vendor_name=nav.a_vendor)[0]
    record = changed(nav, row, vendor=other.project_vendor_name, amount="150.00")
    record = difference_posted(nav, record)
    assert record.state == State.POSTED, [child.sentence for child in children(record)]
    assert stands(nav, "NWHO-1") == {other.ledger_number: Decimal("150.00")}


@pytest.mark.parametrize("status", ["revise_and_resubmit"])
def test_what_is_not_approved_has_no_difference(nav: Company, status: str) -> None:
    row = cost(nav, "NREV-1", project=telling.JOB)
    record = changed(nav, row, status=status, amount="150.00")
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    with pytest.raises(ValueError, match="difference"):
        difference_posted(nav, record)
    record = difference_posted(nav, changed(nav, row, status="approved"))
    assert record.state == State.POSTED, record.sentence
    assert owed(nav, "NREV-1") == Decimal("150.00")


def test_what_was_written_in_part_is_not_forgotten_when_its_source_is_deleted(
    nav: Company, mode: str
) -> None:
    """On-premises a document is written line by line, and the second one is refused for now."""
    sets = {"on_premises": r"PurchaseInvoicePurchLines", "online": r"purchaseInvoices\("}
    method = {"on_premises": "POST", "online": "GET"}[mode]
    nav.ledger("faults", {"seed": 1, "rules": [{
        "method": method, "path": sets[mode], "action": "status", "status": 429, "times": None,
        "skip": 1 if method == "POST" else 0,
    }]})  # fmt: skip
    lines = [nav.line("60.00"), nav.line("40.00")]
    row = nav.a_direct_cost("NHALF-1", project=telling.JOB, lines=lines)
    record = settled(nav, "direct_costs", row)
    nav.ledger("faults", method="DELETE")
    assert record.state == State.IN_DOUBT, record.sentence
    nav.procore_deletes("direct_costs", row)
    record = due_now(nav, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
