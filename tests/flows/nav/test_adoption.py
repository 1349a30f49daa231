"""What stands in Procore already when NAV's documents come: typed there by hand at the cut-over."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import Record, State
from tests.flows.linking import a_vendor_of_the_same_name_is_adopted
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, an_order, heard
from tests.flows.telling import again, settled
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
FLOWS = {"purchase_orders": "purchase_order_contracts", "purchase_invoices": "direct_costs",
         "credit_memos": "direct_costs"}  # fmt: skip


def in_nav(nav: Company, flow: str, number: str) -> Any:
    """A document of 100.00."""
    if flow == "purchase_orders":
        return an_order(nav, a_line(nav, "100.00"))
    return a_cost(nav, number, a_line(nav, "100.00"), credit=flow == "credit_memos")


def typed_in_procore(nav: Company, flow: str, number: str, amount: str) -> dict[str, Any]:
    """The same document, as somebody entered it there."""
    name = VendorLink.objects.get(ledger_number=telling.vendor(nav)).project_vendor_name
    sign = "-" if flow == "credit_memos" else ""
    lines = [nav.line(sign + amount, telling.code(nav))]
    if flow == "purchase_orders":
        return nav.procore_has(
            "purchase_order_contracts", project=telling.JOB, vendor=name, number=number,
            title="Rebar", status="Approved", contract_date=nav.today, lines=lines,
        )  # fmt: skip
    return nav.a_direct_cost(number, project=telling.JOB, vendor=name, lines=lines)


def number_of(flow: str, row: Any, external: str) -> str:
    """Under which it goes to Procore."""
    return str(row["number"]) if flow == "purchase_orders" else external


def numbered(nav: Company, flow: str, there: dict[str, Any]) -> list[Any]:
    """All of Procore's that go by that number."""
    name = "number" if flow == "purchase_orders" else "invoice_number"
    rows = nav.procore(f"procore/{FLOWS[flow]}")
    return [row for row in rows if str(row[name]).upper() == str(there[name]).upper()]


def stands_as(record: Record, there: dict[str, Any]) -> None:
    assert record.state == State.POSTED, record.sentence
    assert record.destination_id == str(there["id"])


@pytest.mark.parametrize("flow", FLOWS)
def test_what_people_typed_in_procore_is_adopted_at_the_cut_over(nav: Company, flow: str) -> None:
    nav.settings(flow, adopt=True)
    row = in_nav(nav, flow, f"NAD-{flow[:5]}")
    there = typed_in_procore(nav, flow, number_of(flow, row, f"NAD-{flow[:5]}"), "100.00")
    record = heard(nav, flow, row)
    stands_as(record, there)
    assert record.sentence.startswith("Adopted: it stood there already. Stands as ")
    stands_as(again(nav, record), there)
    assert len(numbered(nav, flow, there)) == 1, "in one spelling or another"


@pytest.mark.parametrize("flow", FLOWS)
def test_another_amount_is_not_adopted(nav: Company, flow: str) -> None:
    nav.settings(flow, adopt=True)
    row = in_nav(nav, flow, f"NAT-{flow[:5]}")
    typed_in_procore(nav, flow, number_of(flow, row, f"NAT-{flow[:5]}"), "99.99")
    record = heard(nav, flow, row)
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "99.99" in record.sentence
    assert record.destination_id == ""


@pytest.mark.parametrize("flow", FLOWS)
def test_without_the_switch_a_person_links_it(nav: Company, flow: str) -> None:
    row = in_nav(nav, flow, f"NAL-{flow[:5]}")
    number = number_of(flow, row, f"NAL-{flow[:5]}")
    there = typed_in_procore(nav, flow, number, "100.00")
    record = heard(nav, flow, row)
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "entered by hand or by another system" in record.sentence
    assert record.link("anna", number)
    run_queue()
    record.refresh_from_db()
    stands_as(record, there)
    assert record.sentence.startswith("Linked by a person to ")
    stands_as(again(nav, record), there)


@pytest.mark.parametrize("first", ["purchase_invoices", "direct_costs"])
def test_an_adopted_cost_is_not_booked_in_nav_again(nav: Company, first: str) -> None:
    """The same invoice was typed on both sides; whichever flow looks first, the other leaves it."""
    for flow in ("purchase_invoices", "direct_costs"):
        nav.settings(flow, adopt=True)
    row = in_nav(nav, "purchase_invoices", f"NBO-{first[:3]}")
    there = typed_in_procore(nav, "purchase_invoices", f"NBO-{first[:3]}", "100.00")
    if first == "purchase_invoices":
        told = heard(nav, "purchase_invoices", row)
        booked = settled(nav, "direct_costs", there)
    else:
        booked = settled(nav, "direct_costs", there)
        told = heard(nav, "purchase_invoices", row)
    assert len(nav.posted_under(f"NBO-{first[:3]}")) == 1
    assert len(numbered(nav, "purchase_invoices", there)) == 1
    mine, other = (told, booked) if first == "purchase_invoices" else (booked, told)
    assert (mine.state, other.state) == (State.POSTED, State.SKIPPED), other.sentence
    assert mine.sentence.startswith("Adopted: it stood there already.")
    assert str(mine) in other.sentence
    assert other.sentence.endswith("it does not return.")
    assert again(nav, other).state == State.SKIPPED


def test_a_vendor_of_the_same_name_is_adopted(nav: Company) -> None:
    a_vendor_of_the_same_name_is_adopted(nav, "NAV")


@pytest.mark.parametrize("how", ["adopted", "linked"])
def test_what_is_still_open_in_procore_is_not_as_good_as_sent(nav: Company, how: str) -> None:
    """A draft would stay one for ever, and be shown as posted."""
    nav.settings("purchase_invoices", adopt=how == "adopted")
    row = in_nav(nav, "purchase_invoices", f"NDRAFT-{how[:2]}")
    there = typed_in_procore(nav, "purchase_invoices", f"NDRAFT-{how[:2]}", "100.00")
    nav.procore_changes("direct_costs", there, status="draft")
    record = heard(nav, "purchase_invoices", row)
    if how == "linked":
        assert record.link("anna", f"NDRAFT-{how[:2]}")
        run_queue()
        record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE), record.sentence
    assert "(draft, 100.00)" in record.sentence
    assert "To be linked it has to be approved there." in record.sentence
    nav.procore_changes("direct_costs", there, status="approved")
    stands_as(again(nav, record), there)


def test_an_order_there_of_no_vendor_or_of_another_currency_is_told_and_not_linked(
    nav: Company,
) -> None:
    """Procore's contracts need no vendor while they are drafts, and may be in any currency."""
    row = in_nav(nav, "purchase_orders", "")
    name = VendorLink.objects.get(ledger_number=telling.vendor(nav)).project_vendor_name
    number, there = str(row["number"]), None
    for facts, said in (
        ({"status": "Draft"}, "is of vendor – and comes to 100.00; this document is of vendor "),
        ({"status": "Approved", "vendor": name, "currency_iso_code": "CAD"},
         "comes to 100.00 CAD; this document to 100.00"),
    ):  # fmt: skip
        if there:
            nav.procore_deletes("purchase_order_contracts", there)
        there = nav.procore_has(
            "purchase_order_contracts", project=telling.JOB, number=number, title="Rebar",
            contract_date=nav.today, lines=[nav.line("100.00", telling.code(nav))], **facts,
        )  # fmt: skip
        record = heard(nav, "purchase_orders", row)
        assert "of  " not in record.sentence
        assert record.link("anna", number)
        run_queue()
        record.refresh_from_db()
        assert said in record.sentence
        assert (record.state, record.destination_id) == (State.HELD, "")
