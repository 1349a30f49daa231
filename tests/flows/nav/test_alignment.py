"""Vendors and cost codes aligned in both directions: an owner per field and no echo."""

from __future__ import annotations

import pytest

from connections.documents import Hint
from connections.errors import Reason
from mappings.models import CostCodeMapping, Reference, VendorLink
from syncs import tasks
from syncs.admin import reasons
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from tests.flows.nav import telling
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def unlinked_cost(nav: Company, name: str, number: str, tax_number: str = "") -> Record:
    """A direct cost of a vendor that NAV does not have."""
    register = {"business_register_attributes": {"type": "EIN", "identifier": tax_number}}
    nav.procore_has("vendors", name=name, country_code="US", **(register if tax_number else {}))
    row = nav.a_direct_cost(number, project=telling.JOB, vendor=name)
    nav.note("direct_costs", row)
    run_queue()
    return nav.record(row, "direct_costs")


def test_a_vendor_that_a_cost_needs_is_made_in_nav_and_its_document_follows(nav: Company) -> None:
    cost = unlinked_cost(nav, "Brand New Rigging Ø LLC", "NV-1")
    assert cost.reason == Reason.MISSING_VENDOR, cost.sentence
    nav.poll("new_vendors")
    run_queue()
    record = Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_number in nav.ledger("ledger")["vendors"]
    cost.refresh_from_db()
    assert cost.state == State.POSTED, cost.sentence
    [there] = [v for v in nav.procore("procore/vendors") if str(v["id"]) == cost.vendor_id]
    assert there["origin_id"] == f"NAV|{record.destination_number}"
    assert again(nav, record).state == State.POSTED


def test_what_was_made_does_not_return_as_a_new_one(nav: Company) -> None:
    cost = unlinked_cost(nav, "Echo Excavating", "NV-2")
    nav.poll("new_vendors")
    run_queue()
    made = Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)
    note_batch(nav.integration, "vendors", [Hint(made.destination_number)], "webhook")
    run_queue()
    back = Record.objects.get(flow="vendors", source_id=made.destination_number)
    assert (back.state, back.destination_id) == (State.POSTED, cost.vendor_id), back.sentence
    names = [v["name"] for v in nav.procore("procore/vendors")]
    assert names.count("Echo Excavating") == 1


def test_a_tax_number_that_nav_knows_is_not_made_a_second_time(nav: Company) -> None:
    numbers = set(nav.ledger("ledger")["vendors"])
    known = Reference.objects.filter(
        connection=nav.integration.ledger, kind="vendor",
        code__in=VendorLink.objects.values("ledger_number"),
    ).exclude(data__tax_number="")[0]  # fmt: skip
    link = VendorLink.objects.filter(ledger_number=known.code)[0]
    cost = unlinked_cost(nav, "Another Name", "NV-3", known.data["tax_number"])
    assert cost.reason == Reason.MISSING_VENDOR
    nav.poll("new_vendors")
    run_queue()
    record = Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)
    assert (record.state, record.reason) == (State.HELD, Reason.POSSIBLE_DUPLICATE)
    assert link.ledger_number in record.sentence
    assert set(nav.ledger("ledger")["vendors"]) == numbers


def test_a_new_vendor_may_need_a_second_person(nav: Company) -> None:
    nav.settings("new_vendors", needs_approval=True)
    cost = unlinked_cost(nav, "Careful Crane", "NV-4")
    nav.poll("new_vendors")
    run_queue()
    record = Record.objects.get(flow="new_vendors", source_id=cost.vendor_id)
    assert record.reason == Reason.NEEDS_APPROVAL
    assert record.approve("berta")
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence


def test_a_cost_code_that_nav_lacks_is_made_or_asked_for(nav: Company, mode: str) -> None:
    typed = nav.procore_has("cost_codes", project=telling.JOB, code="03-987", name="Shotcrete")
    tasks.refresh(nav.integration.pk)
    nav.poll("cost_codes")
    run_queue()
    record = Record.objects.get(flow="cost_codes", source_id="03-987")
    if mode == "online":  # the standard API reads values and creates none
        assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION), record.sentence
        assert "no value 03-987 (Shotcrete)" in record.sentence
        assert "Somebody who may set up dimensions adds it there" in record.sentence
        [told] = reasons.explain(record)
        assert told.fix
        assert told.fix.label == "Replay"
        nav.ledger("business_central/add_value",
                   {"dimension": "COSTCODE", "code": "03-987", "name": "Shotcrete"})  # fmt: skip
        nav.poll("cost_codes")
        run_queue()
        record.refresh_from_db()
        assert record.state == State.HELD, "nobody knows of the value yet"
        tasks.refresh(nav.integration.pk)
        nav.poll("cost_codes")
        run_queue()
        record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert "03-987" in nav.ledger("ledger")["dimension_values"]
    nav.procore_deletes("cost_codes", typed)


def test_without_a_rule_that_names_the_code_there_is_no_dimension_to_fill(nav: Company) -> None:
    CostCodeMapping.objects.all().update(dimensions={})
    nav.poll("cost_codes")
    assert not Record.objects.filter(flow="cost_codes").exists()
