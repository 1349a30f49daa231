"""What stands in F&O already when Procore's costs come: typed there by hand at the cut-over."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from mappings.lookup import Lookup
from mappings.models import ProjectLink, VendorLink
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.linking import a_vendor_of_the_same_name_is_adopted
from tests.flows.telling import again, settled
from tests.story import Company, run_queue

FLOWS = ("direct_costs", "requisitions")


def typed_in_fo(fo: Company, number: str, amount: str, *, post: bool = True, **facts: Any) -> Any:
    """By a bookkeeper, on an account of her choice. F&O takes the vendor's own currency where she
    says no other (the demo's first vendor is paid in euros)."""
    link = ProjectLink.objects.get(integration=fo.integration, project_number=fo.job)
    coding = Lookup(fo.integration).code(fo.mapped_code, "M", link)
    assert coding
    vendor = VendorLink.objects.get(project_vendor_name=fo.a_vendor).ledger_number
    line = {"account": coding.account, "amount": amount, "project": fo.job,
            "code": fo.mapped_code, "type": "M"}  # fmt: skip
    return fo.ledger("fo/type_invoice", {"vendor": vendor, "number": number, "post": post,
                                         "lines": [line],
                                         "currency": "USD", **facts})  # fmt: skip


def in_fo(fo: Company, number: str) -> list[dict[str, Any]]:
    """Pending and posted."""
    said = fo.ledger("ledger")
    rows = [*said["drafts"], *(row for kind in said["documents"].values() for row in kind["list"])]
    return [row for row in rows if row["invoice_number"].upper() == number.upper()]


def in_procore(fo: Company, flow: str, number: str) -> dict[str, Any]:
    """840.50 are due."""
    if flow == "direct_costs":
        return fo.a_direct_cost(number, "840.50")
    contract = telling.a_subcontract(fo, f"C-{number}", "4000.00")
    assert settled(fo, "subcontracts", contract).state == State.POSTED
    items = [{"line": 1, "work": "900.00", "retained": "59.50"}]
    return telling.a_billing(fo, contract, number, items)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_posted_invoice_is_adopted_at_the_cut_over(fo: Company, flow: str) -> None:
    fo.settings(flow, adopt=True)
    number = f"FAD-{flow[:3]}"
    typed_in_fo(fo, number.upper(), "840.50")
    record = settled(fo, flow, in_procore(fo, flow, number))
    assert record.state == State.POSTED, record.sentence
    [there] = in_fo(fo, number)
    assert record.destination_number == there["voucher"]
    how = "Adopted: it stood there already"
    assert record.sentence == f"{how}. Posted as voucher {there['voucher']}, 840.50."
    assert again(fo, record).state == State.POSTED
    assert len(in_fo(fo, number)) == 1


@pytest.mark.parametrize(("amount", "post"), [("840.51", True), ("840.50", False)])
@pytest.mark.parametrize("flow", FLOWS)
def test_another_amount_or_one_that_is_not_posted_yet_is_a_persons_question(
    fo: Company, flow: str, amount: str, post: bool
) -> None:
    fo.settings(flow, adopt=True)
    number = f"FAQ-{flow[:3]}-{amount[-1]}"
    typed_in_fo(fo, number, amount, post=post)
    record = settled(fo, flow, in_procore(fo, flow, number))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert amount in record.sentence
    assert "typed by hand or by another system" in record.sentence
    assert len(in_fo(fo, number)) == 1


@pytest.mark.parametrize("post", [True, False])
def test_the_same_figure_in_another_currency_is_not_adopted(fo: Company, post: bool) -> None:
    """The vendor's transaction tells its currency (VendTrans: CurrencyCode)."""
    fo.settings("direct_costs", adopt=True)
    number = f"FAC-{post}"
    typed_in_fo(fo, number, "840.50", post=post, currency="CAD")
    record = settled(fo, "direct_costs", in_procore(fo, "direct_costs", number))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "840.50 CAD" in record.sentence
    assert len(in_fo(fo, number)) == 1


def test_a_foreign_posted_invoice_is_linked_by_its_number_and_the_same_figure_is_not(
    fo: Company,
) -> None:
    fo.settings("subcontracts", booking="invoice_posted")
    contract = telling.a_subcontract(fo, "FAX-1", "840.50", currency_iso_code="CAD")
    record = settled(fo, "subcontracts", contract)
    assert (record.state, record.reason) == (State.HELD, Reason.CURRENCY), record.sentence
    for currency, state in (("USD", State.HELD), ("CAD", State.POSTED)):
        typed_in_fo(fo, f"FAX-1-{currency}", "840.50", currency=currency)
        [there] = in_fo(fo, f"FAX-1-{currency}")
        assert record.link("anna", there["voucher"])
        run_queue()
        record.refresh_from_db()
        assert record.state == state, record.sentence
    assert record.destination_number == there["voucher"]


@pytest.mark.parametrize("flow", FLOWS)
def test_without_the_switch_a_person_links_it(fo: Company, flow: str) -> None:
    number = f"FAL-{flow[:3]}"
    typed_in_fo(fo, number, "840.50")
    record = settled(fo, flow, in_procore(fo, flow, number))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    [there] = in_fo(fo, number)
    assert there["voucher"] in record.sentence
    assert record.link("anna", there["voucher"])
    run_queue()
    record.refresh_from_db()
    assert (record.state, record.destination_number) == (State.POSTED, there["voucher"])
    assert len(in_fo(fo, number)) == 1


def test_what_another_record_owns_is_a_number_used_twice(fo: Company) -> None:
    fo.settings("direct_costs", adopt=True)
    first = settled(fo, "direct_costs", fo.a_direct_cost("FAO-1", "333.00"))
    fo.ledger("fo/post_invoice", {"number": "FAO-1"})
    second = settled(fo, "direct_costs", fo.a_direct_cost("FAO-1", "333.00"))
    assert (second.state, second.reason) == (State.HELD, Reason.DUPLICATE_NUMBER), second.sentence
    assert str(first) in second.sentence
    assert Record.objects.filter(destination_id=first.destination_id).count() == 1
    assert len(in_fo(fo, "FAO-1")) == 1


def test_a_vendor_of_the_same_name_is_adopted(fo: Company) -> None:
    a_vendor_of_the_same_name_is_adopted(fo, "FO")
