"""What stands in the ledger for one source document, over all its revisions, after every change.

The oracle reads only the ledger: per vendor, invoices less credit memos under the number.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import CostCodeMapping, Reference, VendorLink
from syncs.models import FlowSettings, Record, State
from syncs.reconciliation.corrections import post_difference
from tests.flows import telling
from tests.flows.correcting import changed, children, cost, difference_posted, offered, owed, stands
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


# -- there and back -------------------------------------------------------------------------------


def test_back_to_the_first_amount_is_a_difference_again(company: Company) -> None:
    row = cost(company, "TURN-1")
    difference_posted(company, changed(company, row, amount="150.00"))
    assert owed(company, "TURN-1") == Decimal("150.00")
    record = changed(company, row, amount="100.00")
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "150.00 stands in the ledger; the source says 100.00" in record.sentence
    record = difference_posted(company, record)
    assert record.state == State.POSTED, record.sentence
    assert "100.00 in all" in record.sentence
    assert owed(company, "TURN-1") == Decimal("100.00")


def test_a_third_and_a_fourth_change_count_all_that_stands(company: Company) -> None:
    row = cost(company, "MANY-1")
    for amount in ("150.00", "40.00", "40.01", "-5.00"):
        record = difference_posted(company, changed(company, row, amount=amount))
        assert record.state == State.POSTED, record.sentence
        assert owed(company, "MANY-1") == Decimal(amount)


def test_a_requisition_goes_back_with_its_retainage(company: Company) -> None:
    contract = telling.a_subcontract(company, "C-TURN-2", "4000.00")
    settled(company, "subcontracts", contract)
    first = [{"line": 1, "work": "1000.00", "retained": "100.00"}]
    row = telling.a_billing(company, contract, "TURN-2", first)
    assert settled(company, "requisitions", row).state == State.POSTED
    for work, retained, due in (("1100.00", "110.00", "990.00"), ("1000.00", "100.00", "900.00")):
        items = [{"line": 1, "work": work, "retained": retained}]
        company.procore_changes("requisitions", row, items=items)
        record = settled(company, "requisitions", row)
        assert record.reason == Reason.CHANGED_AFTER_POSTING, record.sentence
        record = difference_posted(company, record)
        assert record.state == State.POSTED, record.sentence
        assert owed(company, "TURN-2") == Decimal(due)


def test_a_subcontract_goes_back_on_the_memo_accounts(company: Company) -> None:
    from tests.flows.test_relief import memo

    before = memo(company)["commitment"]
    row = telling.a_subcontract(company, "C-TURN-3", "4000.00")
    assert settled(company, "subcontracts", row).state == State.POSTED
    for amount in ("5000.00", "4000.00", "0.00"):
        lines = [company.line(amount, kind="S")]
        company.procore_changes("work_order_contracts", row, status="Draft")
        company.procore_changes("work_order_contracts", row, lines=lines)
        company.procore_changes("work_order_contracts", row, status="Approved")
        record = settled(company, "subcontracts", row)
        assert record.reason == Reason.CHANGED_AFTER_POSTING, record.sentence
        assert difference_posted(company, record).state == State.POSTED
        assert memo(company)["commitment"] - before == Decimal(amount)


# -- one unposted difference at a time ------------------------------------------------------------


def test_a_difference_that_waits_is_worked_out_anew_and_stays_the_only_one(
    company: Company,
) -> None:
    row = cost(company, "WAIT-1")
    company.settings("direct_costs", needs_approval=True)
    record = difference_posted(company, changed(company, row, amount="150.00"))
    (child,) = children(record)
    assert (child.state, child.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "post_difference" not in offered(record), "it is on its way"
    with pytest.raises(ValueError, match="on its way"):
        post_difference(record, "bob")
    changed(company, row, amount="180.00")
    child.refresh_from_db()
    assert child.entry["total"] == "80.00", "worked out anew"
    assert child.approve("boss")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "WAIT-1") == Decimal("180.00")


def test_an_approval_of_the_old_difference_does_not_post_the_new_one(company: Company) -> None:
    row = cost(company, "WAIT-2")
    company.settings("direct_costs", needs_approval=True)
    record = difference_posted(company, changed(company, row, amount="150.00"))
    (child,) = children(record)
    company.procore_changes("direct_costs", row, lines=[company.line("180.00")])
    assert child.approve("boss"), "of 50.00, before anybody heard of the second change"
    company.the_worker_runs()
    child.refresh_from_db()
    assert (child.state, child.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert owed(company, "WAIT-2") == Decimal("100.00")


def test_a_difference_that_is_none_any_more_ends_and_its_parent_is_posted(
    company: Company,
) -> None:
    row = cost(company, "WAIT-3")
    company.settings("direct_costs", needs_approval=True)
    record = difference_posted(company, changed(company, row, amount="150.00"))
    record = changed(company, row, amount="100.00")
    (child,) = children(record)
    assert child.state == State.SKIPPED, child.sentence
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "WAIT-3") == Decimal("100.00")


def test_a_difference_set_aside_leaves_its_parent_held_with_it(company: Company) -> None:
    row = cost(company, "WAIT-4")
    company.settings("direct_costs", shadow=True)
    record = difference_posted(company, changed(company, row, amount="150.00"))
    (child,) = children(record)
    assert child.reason == Reason.SHADOW
    assert "difference" in record.sentence
    assert child.set_aside("anna", "typed by hand")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert {"post_difference", "accept"} <= offered(record)
    company.settings("direct_costs", shadow=False)
    assert difference_posted(company, record).state == State.POSTED
    assert owed(company, "WAIT-4") == Decimal("150.00")


def test_a_difference_set_aside_while_it_may_stand_is_not_posted_a_second_time(
    company: Company,
) -> None:
    """Cut off while it was written, then held by a gate: nobody knows yet whether it stands."""
    row = cost(company, "CUT-1")
    record = changed(company, row, amount="150.00")
    telling.ledger_fails(
        company, method="POST", path=".*Microsoft.NAV.post.*", action="cut_after", times=1
    )
    record = difference_posted(company, record)
    company.ledger("faults", method="DELETE")
    (child,) = children(record)
    assert child.state == State.IN_DOUBT, child.sentence
    Record.objects.filter(pk=child.pk).update(state=State.HELD, reason=Reason.SHADOW)
    child.refresh_from_db()
    assert child.set_aside("anna", "typed by hand")
    company.the_worker_runs()
    record.refresh_from_db()
    assert "post_difference" not in offered(record), record.sentence
    child.refresh_from_db()
    assert again(company, child).state == State.POSTED
    record.refresh_from_db()
    assert (record.state, owed(company, "CUT-1")) == (State.POSTED, Decimal("150.00"))


def test_a_draft_of_a_difference_of_which_nothing_is_left_is_taken_away(
    company: Company,
) -> None:
    row = cost(company, "LEAVE-1")
    record = changed(company, row, amount="150.00")
    path = ".*Microsoft.NAV.post.*"
    telling.ledger_fails(company, method="POST", path=path, action="status", status=503)
    record = difference_posted(company, record)
    company.ledger("faults", method="DELETE")
    assert telling.drafts(company, "LEAVE-1"), "begun, and not posted"
    record = changed(company, row, amount="100.00")
    (child,) = children(record)
    child = telling.due_now(company, child)
    record.refresh_from_db()
    assert (child.state, record.state) == (State.SKIPPED, State.POSTED), child.sentence
    assert telling.drafts(company, "LEAVE-1") == []
    assert owed(company, "LEAVE-1") == Decimal("100.00")


# -- to nothing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", ["0.00", ""])
def test_what_is_worth_nothing_any_more_is_taken_back(company: Company, lines: str) -> None:
    number = f"NIL-{lines or 'none'}"
    row = cost(company, number)
    record = changed(company, row, lines=[company.line(lines)] if lines else [])
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "100.00" in record.sentence
    assert difference_posted(company, record).state == State.POSTED
    assert stands(company, number) == {}
    record = changed(company, row, amount="70.00")
    assert difference_posted(company, record).state == State.POSTED
    assert owed(company, number) == Decimal("70.00")


# -- the ordinary way of correcting ---------------------------------------------------------------


def test_what_is_not_approved_now_has_no_difference_to_post(company: Company) -> None:
    row = cost(company, "REV-1")
    record = changed(company, row, status="revise_and_resubmit", amount="150.00")
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "post_difference" not in offered(record)
    with pytest.raises(ValueError, match="difference"):
        post_difference(record, "anna")
    record = changed(company, row, status="approved")
    assert record.reason == Reason.CHANGED_AFTER_POSTING, record.sentence
    assert difference_posted(company, record).state == State.POSTED
    assert owed(company, "REV-1") == Decimal("150.00")


def test_withdrawn_while_its_difference_waits_nothing_is_posted_and_it_stays_held(
    company: Company,
) -> None:
    row = cost(company, "REV-2")
    company.settings("direct_costs", needs_approval=True)
    record = difference_posted(company, changed(company, row, amount="150.00"))
    record = changed(company, row, status="revise_and_resubmit")
    (child,) = children(record)
    assert child.state == State.SKIPPED
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    record = changed(company, row, status="approved")
    assert record.reason == Reason.CHANGED_AFTER_POSTING
    assert "post_difference" in offered(record)


def test_accepted_before_does_not_count_for_another_standing(company: Company) -> None:
    row = cost(company, "ACCEPT-1")
    record = changed(company, row, amount="150.00")
    assert record.accept("anna", "known")
    company.the_worker_runs()
    record = changed(company, row, amount="180.00")
    assert difference_posted(company, record).state == State.POSTED
    record = changed(company, row, amount="150.00")
    assert record.reason == Reason.CHANGED_AFTER_POSTING, "180.00 stands, not 100.00"


# -- another vendor, number, day ------------------------------------------------------------------


def another_vendor(company: Company) -> VendorLink:
    rows = VendorLink.objects.filter(integration=company.integration)
    return rows.exclude(project_vendor_name=company.a_vendor)[0]


def test_another_vendor_gets_it_all_and_the_first_one_nothing(company: Company) -> None:
    row = cost(company, "WHO-1")
    other = another_vendor(company)
    record = changed(company, row, vendor=other.project_vendor_name, amount="150.00")
    assert record.reason == Reason.CHANGED_AFTER_POSTING
    record = difference_posted(company, record)
    assert record.state == State.POSTED, record.sentence
    assert stands(company, "WHO-1") == {other.ledger_number: Decimal("150.00")}
    assert [child.state for child in children(record)] == [State.POSTED] * 2


def test_the_vendor_alone_changed(company: Company) -> None:
    row = cost(company, "WHO-2")
    other = another_vendor(company)
    record = changed(company, row, vendor=other.project_vendor_name)
    record = difference_posted(company, record)
    assert record.state == State.POSTED, record.sentence
    assert stands(company, "WHO-2") == {other.ledger_number: Decimal("100.00")}


@pytest.mark.parametrize(
    "facts", [{"invoice_number": "WHEN-1B"}, {"direct_cost_date": "2026-11-02"}]
)
def test_number_or_day_alone_changes_no_amount_and_is_accepted_or_left_held(
    company: Company, facts: dict[str, str]
) -> None:
    row = cost(company, f"WHEN-1{len(facts)}{next(iter(facts))[0]}")
    record = changed(company, row, **facts)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert "accept" in offered(record)
    assert "post_difference" not in offered(record), "there is no amount to post"
    assert record.accept("anna", "known")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED


# -- posted, and not to be posted now -------------------------------------------------------------


def test_changed_in_a_closed_period_says_that_it_stands_and_differs(company: Company) -> None:
    row = cost(company, "SHUT-1")
    window = Reference.objects.get(
        connection=company.integration.ledger, kind=Reference.Kind.WINDOW, code="window"
    )
    Reference.objects.filter(pk=window.pk).update(data={**window.data, "first": "2099-01-01"})
    record = changed(company, row, amount="150.00")
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert record.destination_number in record.sentence
    assert {"accept", "post_difference"} <= offered(record)
    record = difference_posted(company, record)
    (child,) = children(record)
    assert (child.state, child.reason) == (State.HELD, Reason.PERIOD_CLOSED)
    assert owed(company, "SHUT-1") == Decimal("100.00")
    Reference.objects.filter(pk=window.pk).update(data=window.data)
    assert again(company, child).state == State.POSTED
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "SHUT-1") == Decimal("150.00")


def test_recoded_to_an_unmapped_code_says_that_it_stands_and_differs(company: Company) -> None:
    row = cost(company, "CODE-1")
    company.procore_changes("direct_costs", row, lines=[company.line("150.00", kind="L")])
    CostCodeMapping.objects.filter(cost_type__in=["L", ""]).delete()
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    assert record.destination_number in record.sentence
    assert any(one["reason"] == Reason.MISSING_MAPPING for one in record.problems)
    assert "accept" in offered(record)


# -- tax, and other people's numbers --------------------------------------------------------------


def test_a_correction_that_meets_the_vendors_own_number_tells_the_way_out(
    company: Company,
) -> None:
    row = cost(company, "MEET-1")
    assert settled(company, "direct_costs", company.a_direct_cost("MEET-1-R1", "7.00")).state == (
        State.POSTED
    )
    record = difference_posted(company, changed(company, row, amount="150.00"))
    (child,) = children(record)
    if child.state == State.HELD:
        assert "link" not in offered(child)
        assert "Set this difference aside" in child.sentence
        assert child.set_aside("anna", "its number is taken")
        company.the_worker_runs()
        record.refresh_from_db()
        record = difference_posted(company, record)
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "MEET-1") == Decimal("157.00")


def test_an_expense_with_a_vendor_is_owed_to_it(company: Company) -> None:
    row = cost(company, "EXP-1", direct_cost_type="expense")
    assert owed(company, "EXP-1") == Decimal("100.00")
    assert company.record(row, "direct_costs").destination_kind == "purchase_invoice"


def taxed(company: Company, amount: str) -> list[dict[str, Any]]:
    return [{**company.line(amount), "tax_code": "MATERIALS"}]


def test_tax_is_corrected_with_its_amount_again_and_again(company: Company) -> None:
    row = company.a_direct_cost("TAXED-1", lines=taxed(company, "100.00"), header_total="107.25")
    assert settled(company, "direct_costs", row).state == State.POSTED
    for amount, whole in (("200.00", "214.50"), ("300.00", "321.75"), ("100.00", "107.25")):
        record = changed(company, row, lines=taxed(company, amount), header_total=whole)
        assert difference_posted(company, record).state == State.POSTED, record.sentence
        assert owed(company, "TAXED-1") == Decimal(whole)
    tax = sum(
        (-1 if one["documentType"] == "Credit Memo" else 1) * Decimal(one["tax"])
        for one in company.posted_under("TAXED-1")
    )
    assert tax == Decimal("7.25")


def test_a_tax_that_rounds_to_nothing_is_stated_all_the_same(company: Company) -> None:
    lines = [*taxed(company, "1000.00"), *taxed(company, "0.05")]
    record = settled(
        company,
        "direct_costs",
        company.a_direct_cost("TAXED-2", lines=lines, header_total="1072.55"),
    )
    assert record.state == State.POSTED, record.sentence
    assert owed(company, "TAXED-2") == Decimal("1072.55")


# -- the same cost twice --------------------------------------------------------------------------


def test_a_billing_of_a_commitment_that_stands_as_an_invoice_is_held(company: Company) -> None:
    company.settings("subcontracts", booking=Booking.INVOICE_POSTED)
    contract = telling.a_subcontract(company, "C-TWICE-8", "1000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    billing = telling.a_billing(company, contract, "TWICE-8", [{"line": 1, "work": "400.00"}])
    record = settled(company, "requisitions", billing)
    assert (record.state, record.reason) == (State.HELD, Reason.BOOKED_TWICE), record.sentence
    assert "C-TWICE-8" in record.sentence
    assert owed(company, "TWICE-8") == Decimal("1000.00")


def test_a_commitment_is_not_booked_as_an_invoice_beside_its_billing(company: Company) -> None:
    company.settings("subcontracts", booking=Booking.NOTHING)
    contract = telling.a_subcontract(company, "C-TWICE-9", "1000.00")
    settled(company, "subcontracts", contract)
    billing = telling.a_billing(company, contract, "TWICE-9", [{"line": 1, "work": "400.00"}])
    assert settled(company, "requisitions", billing).state == State.POSTED
    company.settings("subcontracts", booking=Booking.INVOICE_POSTED)
    record = again(company, company.record(contract, "subcontracts"))
    assert (record.state, record.reason) == (State.HELD, Reason.BOOKED_TWICE), record.sentence
    assert owed(company, "TWICE-9") == Decimal("360.00")
