"""What was sent and not read back is settled as it was sent, whatever the source says by then."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.correcting import children, difference_posted, owed
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def changes_before_it_is_read_back(company: Company, row: dict[str, Any], record: Record) -> Record:
    """The source says 150.00 by now; nothing fails any more, and the next try is due."""
    company.ledger("faults", method="DELETE")
    company.procore_changes("direct_costs", row, lines=[company.line("150.00")])
    company.note("direct_costs", row)
    return telling.due_now(company, record)


def is_held_with_the_difference(company: Company, record: Record, number: str) -> None:
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING), (
        record.sentence
    )
    assert "100.00 stands in the ledger; the source says 150.00" in record.sentence
    assert owed(company, number) == Decimal("100.00")
    record = difference_posted(company, record)
    assert record.state == State.POSTED, [child.sentence for child in children(record)]
    assert owed(company, number) == Decimal("150.00")


def test_posted_and_not_readable_then(company: Company) -> None:
    telling.ledger_fails(
        company, method="GET", path=r"purchaseInvoices\(", action="status", status=503, times=None
    )
    row = company.a_direct_cost("SENT-1", "100.00")
    record = settled(company, "direct_costs", row)
    assert record.state == State.IN_DOUBT, record.sentence
    record = changes_before_it_is_read_back(company, row, record)
    is_held_with_the_difference(company, record, "SENT-1")


def test_the_answer_to_the_post_was_lost(company: Company) -> None:
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="cut_after", times=1
    )
    row = company.a_direct_cost("SENT-2", "100.00")
    record = settled(company, "direct_costs", row)
    assert record.state == State.IN_DOUBT, record.sentence
    record = changes_before_it_is_read_back(company, row, record)
    is_held_with_the_difference(company, record, "SENT-2")


@pytest.mark.parametrize(("first", "then"), [("100.00", "-40.00"), ("-40.00", "100.00")])
def test_a_draft_of_the_other_kind_is_not_left_behind(
    company: Company, first: str, then: str
) -> None:
    """An invoice that was begun and became a credit memo before it was posted, and back."""
    number = f"SIGN{first}"
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="status", status=503, times=1
    )
    row = company.a_direct_cost(number, first)
    record = settled(company, "direct_costs", row)
    assert telling.drafts(company, number), record.sentence
    company.ledger("faults", method="DELETE")
    company.procore_changes("direct_costs", row, lines=[company.line(then)])
    record = telling.due_now(company, record)
    assert record.state == State.POSTED, record.sentence
    assert owed(company, number) == Decimal(then)
    assert telling.drafts(company, number) == []


def begun_and_brought_to_nothing(company: Company, number: str, amount: str = "0.00") -> Record:
    """The draft stands, posting failed for now, and the line says nothing by then."""
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="status", status=503, times=1
    )
    row = company.a_direct_cost(number, "100.00")
    record = settled(company, "direct_costs", row)
    assert telling.drafts(company, number), record.sentence
    company.ledger("faults", method="DELETE")
    company.procore_changes("direct_costs", row, lines=[company.line(amount)])
    return record


def test_a_draft_of_what_came_to_nothing_is_taken_away(company: Company) -> None:
    record = telling.due_now(company, begun_and_brought_to_nothing(company, "NIL-1"))
    assert record.state == State.SKIPPED, record.sentence
    assert "the draft of it was taken away" in record.sentence
    assert not telling.drafts(company, "NIL-1")


def test_one_that_people_posted_meanwhile_stays_and_is_a_difference(company: Company) -> None:
    record = begun_and_brought_to_nothing(company, "NIL-2")
    company.ledger("business_central/post_draft", {"vendorInvoiceNumber": "NIL-2"})
    for _ in range(2):
        record = telling.due_now(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING), (
        record.sentence
    )
    assert owed(company, "NIL-2") == Decimal("100.00")
    record = difference_posted(company, record)
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "NIL-2") == 0


@pytest.mark.parametrize("change", ["vendor", "invoice_number"])
def test_a_draft_of_another_vendor_or_number_is_not_posted(company: Company, change: str) -> None:
    """Posting failed for now; the next try goes by what the source says by then."""
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="status", status=503, times=1
    )
    number = f"WHOSE-{change[:3]}".upper()
    row = company.a_direct_cost(number, "100.00")
    record = settled(company, "direct_costs", row)
    assert telling.drafts(company, number), record.sentence
    company.ledger("faults", method="DELETE")
    links = VendorLink.objects.filter(integration=company.integration)
    other = next(one for one in links if one.ledger_number != record.coded["vendor"])
    facts = {"vendor": other.project_vendor_name, "invoice_number": f"{number}-B"}
    company.procore_changes("direct_costs", row, **{change: facts[change]})
    record = telling.due_now(company, record)
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under(number)
    wanted = (other.ledger_number, number) if change == "vendor" else (
        record.coded["vendor"], f"{number}-B")  # fmt: skip
    assert (document["vendorNumber"], document["vendorInvoiceNumber"]) == wanted
    assert not telling.drafts(company, number)
