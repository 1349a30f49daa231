"""A vendor's number changes in Business Central: it is the same vendor, known by its id."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from mappings.models import VendorLink
from syncs.flow import Context
from syncs.ingest import reference_data, renumbering
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.booking import in_ledger
from tests.flows.telling import again, settled
from tests.flows.test_vendors import called, ledger_changes, ledger_has, sent
from tests.story import Company

pytestmark = pytest.mark.django_db
NEW = itertools.count(90001)
NAMES = itertools.count(1)


def a_vendor(company: Company) -> tuple[dict[str, Any], Record]:
    row = ledger_has(company, f"Renumbered Supply {next(NAMES)}")
    [record] = sent(company, row)
    return row, record


def renumbers(company: Company, row: dict[str, Any], number: str = "") -> str:
    """The ledger's people do; the next poll hears of it."""
    number = number or f"V{next(NEW)}"
    ledger_changes(company, row, number=number)
    row["number"] = number
    company.poll("vendors")
    company.the_worker_runs()
    return number


def cost(company: Company, record: Record, number: str, amount: str = "840.50") -> dict[str, Any]:
    return company.a_direct_cost(number, amount, vendor=record.title)


def link_of(company: Company, record: Record) -> VendorLink:
    return VendorLink.objects.get(
        integration=company.integration, project_vendor_id=record.destination_id
    )


def test_a_new_number_makes_no_second_vendor(company: Company) -> None:
    row, record = a_vendor(company)
    number = renumbers(company, row)
    [there] = called(company, record.title)
    assert str(there["origin_id"]).endswith(f"|{number}")
    assert str(there["id"]) == record.destination_id
    assert link_of(company, record).ledger_number == number
    now = Record.objects.get(integration=company.integration, flow="vendors", source_id=number)
    assert (now.state, now.destination_id) == (State.POSTED, record.destination_id), now.sentence
    record.refresh_from_db()
    assert record.state == State.SKIPPED, record.sentence
    assert number in record.sentence
    assert not record.destination_id
    assert again(company, record).state == State.SKIPPED
    assert again(company, now).state == State.POSTED
    assert len(called(company, now.title)) == 1


def test_documents_of_a_renumbered_vendor_go_on(company: Company) -> None:
    """What stands agrees; what comes is booked under the new number; a difference is a difference,
    not a change of the vendor."""
    row, record = a_vendor(company)
    first = cost(company, record, "RENUM-1")
    posted = settled(company, "direct_costs", first)
    assert posted.state == State.POSTED, posted.sentence
    number = renumbers(company, row)
    before = in_ledger(company)
    posted = again(company, posted)
    assert posted.state == State.POSTED, posted.sentence
    second = settled(company, "direct_costs", cost(company, record, "RENUM-2"))
    assert second.state == State.POSTED, second.sentence
    assert second.coded["vendor"] == number
    company.procore_changes("direct_costs", first, lines=[company.line("900.00")])
    changed = again(company, posted)
    assert changed.reason == "changed_after_posting", changed.sentence
    [facts] = [one for one in changed.problems if one.get("difference")]
    assert facts["vendors"] == [number]
    [amount] = facts["difference"]
    assert amount.endswith("900.00 instead of 840.50")
    assert changed.coded["total"] == "840.50", "what stands is not forgotten"
    assert set(in_ledger(company)["invoices"]) - set(before["invoices"]) == {
        second.destination_number
    }


def test_the_same_bill_is_not_booked_again_under_the_new_number(company: Company) -> None:
    row, record = a_vendor(company)
    settled(company, "direct_costs", cost(company, record, "RENUM-3"))
    renumbers(company, row)
    twin = settled(company, "direct_costs", cost(company, record, "RENUM-3"))
    assert (twin.state, twin.reason) == (State.HELD, "duplicate_number"), twin.sentence


def test_a_number_that_went_to_another_vendor_pays_nobody_wrong(company: Company) -> None:
    """The first gets a new number, the second gets the first's."""
    (one, first), (other, second) = a_vendor(company), a_vendor(company)
    old = one["number"]
    number = f"V{next(NEW)}"
    ledger_changes(company, one, number=number)
    ledger_changes(company, other, number=old)
    company.poll("vendors")
    company.the_worker_runs()
    assert link_of(company, first).ledger_number == number
    assert link_of(company, second).ledger_number == old
    assert [str(row["id"]) for row in called(company, first.title)] == [first.destination_id]
    assert [str(row["id"]) for row in called(company, second.title)] == [second.destination_id]
    paid = settled(company, "direct_costs", cost(company, second, "RENUM-4"))
    assert (paid.state, paid.coded["vendor"]) == (State.POSTED, old), paid.sentence
    paid = settled(company, "direct_costs", cost(company, first, "RENUM-5"))
    assert (paid.state, paid.coded["vendor"]) == (State.POSTED, number), paid.sentence


def test_a_number_whose_vendor_left_is_not_paid_for_it(company: Company) -> None:
    """It was deleted, and its number given to another: documents of the first wait for a person."""
    (one, first), (other, second) = a_vendor(company), a_vendor(company)
    old = one["number"]
    telling.forget_requests(company)
    ledger: Any = Context(company.integration, "vendors").ledger
    ledger.write("DELETE", ledger.path(f"vendors({one['id']})"), None, about="by hand",
                 headers={"If-Match": "*"})  # fmt: skip
    ledger_changes(company, other, number=old)
    company.poll("vendors")
    company.the_worker_runs()
    held = settled(company, "direct_costs", cost(company, first, "RENUM-6"))
    assert (held.state, held.reason) == (State.HELD, "missing_vendor"), held.sentence
    paid = settled(company, "direct_costs", cost(company, second, "RENUM-7"))
    assert (paid.state, paid.coded["vendor"]) == (State.POSTED, old), paid.sentence


def test_half_of_it_is_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies while the reference data is brought to it; the next poll does it all."""
    (one, first), (other, second) = a_vendor(company), a_vendor(company)
    old, number = one["number"], f"V{next(NEW)}"
    ledger_changes(company, one, number=number)
    ledger_changes(company, other, number=old)

    def dies(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(renumbering, "keep", dies)
        with pytest.raises(KeyboardInterrupt):
            reference_data.changed_vendors(Context(company.integration, "vendors"), None)
    company.poll("vendors")
    company.the_worker_runs()
    assert link_of(company, first).ledger_number == number
    assert link_of(company, second).ledger_number == old
