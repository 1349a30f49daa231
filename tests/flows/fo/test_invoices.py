"""Costs of Procore as pending vendor invoices in F&O, watched until people post them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import FlowSettings, Record, State
from tests.flows import foreign, lengths
from tests.flows.telling import again, due_now, settled
from tests.story import Company, run_queue
from tests.syncs_admin.story import boss


def pending(fo: Company, number: str) -> list[dict[str, Any]]:
    return [row for row in fo.ledger("ledger")["drafts"] if row["invoice_number"] == number]


def looked_at_again(fo: Company, record: Record) -> Record:
    """A quarter of an hour later the flow asks about what is pending."""
    Record.objects.filter(pk=record.pk).update(read_back_at=None)
    fo.poll("direct_costs")
    run_queue()
    record.refresh_from_db()
    return record


def test_an_approved_direct_cost_becomes_a_pending_invoice(fo: Company) -> None:
    record = settled(fo, "direct_costs", fo.a_direct_cost("FO-1", "840.50"))
    assert record.state == State.POSTED, record.sentence
    assert record.sentence == (
        "Pending vendor invoice FO-1 was created and verified, 840.50. "
        "It is watched until it is posted."
    )
    [draft] = pending(fo, "FO-1")
    assert (draft["total"], draft["posted"]) == ("840.50", False)
    assert draft["vendor"] == VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number
    [line] = draft["lines"]
    assert line["posts_to"] == record.coded["lines"][0]["account"]
    coded = dict(record.coded["lines"][0]["dimensions"])
    assert {name: line["values"][name] for name in coded} == coded


def test_what_is_owed_to_a_foreign_vendor_states_the_currency_of_the_source(fo: Company) -> None:
    foreign.stands_in_local_currency(fo, "FO-CAD-1")


def test_it_is_watched_until_somebody_posts_it(fo: Company) -> None:
    record = settled(fo, "direct_costs", fo.a_direct_cost("FO-2"))
    assert (record.destination_status, record.state_shown) == ("draft", "Draft")
    left = timezone.now() - dt.timedelta(days=40)
    Record.objects.filter(pk=record.pk).update(posted_at=left)
    assert again(fo, record).posted_at == left, "a draft still"
    posted = fo.ledger("fo/post_invoice", {"number": "FO-2"})
    record = looked_at_again(fo, record)
    assert (record.state, record.destination_status) == (State.POSTED, "posted")
    assert record.posted_at
    assert record.posted_at > left + dt.timedelta(days=39), "posted when F&O showed it"
    assert record.sentence == f"Posted as voucher {posted['voucher']}, 840.50."
    assert record.destination_number == posted["voucher"]
    before = record.sentence
    assert again(fo, record).sentence == f"Unchanged. {before}"


def test_a_pending_invoice_that_a_person_deleted_is_held(fo: Company) -> None:
    record = settled(fo, "direct_costs", fo.a_direct_cost("FO-3"))
    fo.ledger("fo/delete_invoice", {"number": "FO-3"})
    record = looked_at_again(fo, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS)


def test_a_cost_that_is_deleted_at_its_source_ends_with_its_pending_invoice(fo: Company) -> None:
    row = fo.a_direct_cost("FO-GONE")
    settled(fo, "direct_costs", row)
    fo.procore_deletes("direct_costs", row)
    record = settled(fo, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
    assert "pending vendor invoice FO-GONE still stands in the ledger" in record.sentence
    fo.ledger("fo/delete_invoice", {"number": "FO-GONE"})
    record = again(fo, record)
    assert record.state == State.SKIPPED, record.sentence


def test_one_that_was_made_and_not_read_back_is_not_forgotten_when_its_source_is_deleted(
    fo: Company,
) -> None:
    fo.ledger("faults", {"seed": 1, "rules": [{
        "method": "POST", "path": "batch", "action": "cut_before", "times": None,
        "skip": 2,  # two look-ups; the third is the read-back
    }]})  # fmt: skip
    row = fo.a_direct_cost("FO-HALF-1", "840.50")
    record = settled(fo, "direct_costs", row)
    fo.ledger("faults", method="DELETE")
    assert pending(fo, "FO-HALF-1"), record.sentence
    assert record.state == State.IN_DOUBT, record.sentence
    fo.procore_deletes("direct_costs", row)
    record = due_now(fo, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), record.sentence
    assert "still stands" in record.sentence


def test_one_that_was_posted_meanwhile_is_named_by_its_voucher(fo: Company) -> None:
    row = fo.a_direct_cost("FO-LATE")
    settled(fo, "direct_costs", row)
    voucher = fo.ledger("fo/post_invoice", {"number": "FO-LATE"})["voucher"]
    fo.procore_deletes("direct_costs", row)
    record = settled(fo, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DELETED_AT_SOURCE)
    assert f"posted as {voucher}" in record.sentence


def test_a_value_that_was_suspended_meanwhile_is_named(fo: Company) -> None:
    """The reference data does not know it yet: the check before the write does."""
    code = fo.mapped_code
    fo.ledger("fo/suspend", {"dimension": "CostCode", "value": code, "on": True})
    try:
        record = settled(fo, "direct_costs", fo.a_direct_cost("FO-4"))
        assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION)
        assert "CostCode" in record.sentence
        assert code in record.sentence
        assert pending(fo, "FO-4") == []
    finally:
        fo.ledger("fo/suspend", {"dimension": "CostCode", "value": code, "on": False})
    assert again(fo, record).state == State.POSTED


def test_a_format_without_our_dimension_is_named_before_anything_is_written(fo: Company) -> None:
    names = ["Department", "Project", "CostType"]
    fo.ledger("fo/format", {"kind": "default", "names": names})
    try:
        record = settled(fo, "direct_costs", fo.a_direct_cost("FO-5"))
        assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION)
        assert "CostCode" in record.sentence
        assert pending(fo, "FO-5") == []
    finally:
        names = ["Department", "Project", "CostCode", "CostType"]
        fo.ledger("fo/format", {"kind": "default", "names": names})
    assert again(fo, record).state == State.POSTED


def test_an_answer_lost_after_each_write_leaves_one_invoice(fo: Company) -> None:
    lines = [fo.line("10.00"), fo.line("20.00"), fo.line("30.00")]
    for skip in range(4):
        number = f"FO-CUT-{skip}"
        row = fo.a_direct_cost(number, lines=lines)
        fo.ledger("faults", {"seed": 1, "rules": [
            {"method": "POST", "path": ".*VendorInvoice(Headers|Lines).*", "action": "cut_after",
             "skip": skip, "times": 1}
        ]})  # fmt: skip
        record = settled(fo, "direct_costs", row)
        fo.ledger("faults", method="DELETE")
        for _ in range(3):
            if record.state != State.POSTED:
                record = due_now(fo, record)
        assert record.state == State.POSTED, record.sentence
        [draft] = pending(fo, number)
        assert (draft["total"], len(draft["lines"])) == ("60.00", 3)


def test_a_new_integration_waits_for_executed_commitments(fo: Company) -> None:
    rows = FlowSettings.objects.filter(integration=fo.integration, executed_only=True)
    assert set(rows.values_list("flow", flat=True)) == {"purchase_orders", "subcontracts"}


def test_the_pages_say_what_is_pending_and_what_is_posted(fo: Company) -> None:
    record = settled(fo, "direct_costs", fo.a_direct_cost("FO-PAGE"))
    office = boss()
    page = office.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Draft in the ledger, to be posted there" in page
    assert "Pending vendor invoice FO-PAGE was created and verified, 840.50." in page
    assert ">Draft</span>" in office.get("/syncs/record/?q=FO-PAGE").content.decode()
    voucher = fo.ledger("fo/post_invoice", {"number": "FO-PAGE"})["voucher"]
    looked_at_again(fo, record)
    page = office.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert f"Posted as voucher {voucher}, 840.50." in page
    listed = office.get("/syncs/record/?q=FO-PAGE").content.decode()
    assert ">Posted</span>" in listed
    assert voucher in listed


def test_a_half_written_invoice_that_people_took_on_is_left_to_them(fo: Company) -> None:
    lines = [fo.line("10.00"), fo.line("20.00"), fo.line("30.00")]
    row = fo.a_direct_cost("FO-TAKEN", lines=lines)
    fo.ledger("faults", {"seed": 1, "rules": [
        {"method": "POST", "path": ".*VendorInvoiceLines.*", "action": "status", "status": 429,
         "headers": {"Retry-After": "0"}, "skip": 1, "times": 1}
    ]})  # fmt: skip
    record = settled(fo, "direct_costs", row)
    fo.ledger("faults", method="DELETE")
    assert record.state == State.IN_DOUBT, record.sentence
    fo.ledger("fo/workflow", {"number": "FO-TAKEN", "step": "submit"})
    fo.procore_changes("direct_costs", row, lines=[fo.line("99.00")])
    record = due_now(fo, record)
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    [draft] = pending(fo, "FO-TAKEN")
    assert len(draft["lines"]) == 1, "nothing of it was taken away"


def test_a_derived_segment_is_shown_and_the_invoice_stays(fo: Company) -> None:
    """Derived dimensions fill what our text left blank; what stands is the same invoice later."""
    first = settled(fo, "direct_costs", fo.a_direct_cost("FO-DER-0", project="P-1044"))
    stated = dict(first.coded["lines"][0]["dimensions"])
    rule = {
        "dimension": "Project", "value": stated["Project"], "derives": "Department", "as": "FIELD"
    }  # fmt: skip
    assert "Department" not in stated
    fo.ledger("fo/settings", {"derived": [rule]})
    record = settled(fo, "direct_costs", fo.a_direct_cost("FO-DER-1", project="P-1044"))
    seen = pending(fo, "FO-DER-1")
    after = again(fo, record)
    fo.ledger("fo/settings", {"derived": []})
    assert record.state == after.state == State.POSTED, (record.sentence, after.sentence)
    assert "The ledger added Department FIELD" in record.sentence
    assert pending(fo, "FO-DER-1") == seen
    assert seen[0]["lines"][0]["values"]["Department"] == "FIELD"


@pytest.mark.parametrize("number", ["Rg. 12a/ß-7", "5+3\\b a", "aB#9 'x' & (1)"])
def test_a_number_stands_as_the_vendor_wrote_it(fo: Company, number: str) -> None:
    row = fo.a_direct_cost(number)
    record = settled(fo, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert len(pending(fo, number)) == 1
    posted = fo.ledger("fo/post_invoice", {"number": number})
    record = looked_at_again(fo, record)
    assert (record.state, record.destination_number) == (State.POSTED, posted["voucher"])
    assert again(fo, record).state == State.POSTED


def test_other_letters_of_a_number_are_no_other_number(fo: Company) -> None:
    """What was sent in capitals before is no change; the same in other letters no second one."""
    record = settled(fo, "direct_costs", fo.a_direct_cost("Fall-77a"))
    coded = {**record.coded, "number": "FALL-77A"}
    Record.objects.filter(pk=record.pk).update(coded=coded)
    assert again(fo, record).state == State.POSTED
    second = settled(fo, "direct_costs", fo.a_direct_cost("fall-77A", "12.00"))
    assert (second.state, second.reason) == (State.HELD, Reason.DUPLICATE_NUMBER), second.sentence
    assert len(pending(fo, "Fall-77a")) == 1


def test_texts_are_cut_by_the_units_of_the_service(fo: Company) -> None:
    lengths.a_long_text_is_cut_and_posted(fo, "FO-UTF-1")


def test_a_number_is_measured_by_the_units_of_the_service(fo: Company) -> None:
    lengths.a_number_that_only_looks_short_is_held(fo, 20)
