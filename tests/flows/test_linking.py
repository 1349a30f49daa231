"""A person names a number: it is asked for first, whatever holds the document, and told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from connections.errors import Reason
from mappings.models import CostCodeMapping, VendorLink
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def typed(company: Company, number: str, amount: str, **facts: Any) -> dict[str, Any]:
    """Somebody posts it by hand in the ledger."""
    vendor = VendorLink.objects.get(project_vendor_name=company.a_vendor).ledger_number
    given = {
        "vendorNumber": vendor, "vendorInvoiceNumber": number, "currency": "USD",
        "lines": [{"account": "60300", "amount": amount}],
    }  # fmt: skip
    row: dict[str, Any] = company.ledger("business_central/type_invoice", {**given, **facts})
    return row


def an_order_in_cad(company: Company, number: str, amount: str = "6218.80") -> Record:
    company.settings("purchase_orders", booking="invoice_posted")
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, vendor=company.a_vendor, number=number,
        title="Steel", status="Approved", executed=True, contract_date=company.today,
        currency_iso_code="CAD", lines=[company.line(amount)],
    )  # fmt: skip
    record = settled(company, "purchase_orders", row)
    assert (record.state, record.reason) == (State.HELD, Reason.CURRENCY), record.sentence
    return record


def linked(client: Client, company: Company, record: Record, number: str) -> Record:
    """By the button of its page, and the worker ran."""
    client.post(f"/syncs/record/{record.pk}/do/link/", {"text": number, "seen": ""})
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def page_of(client: Client, record: Record) -> str:
    return client.get(f"/syncs/record/{record.pk}/change/").content.decode()


def journal(record: Record) -> list[str]:
    lines = Entry.objects.filter(record=record.pk).order_by("sequence")
    return list(lines.values_list("sentence", flat=True))


def is_told(record: Record, reason: Reason, *words: str) -> None:
    """The result first, then what held it before; and in the journal."""
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert record.sentence.startswith(words[0]), record.sentence
    for word in words:
        assert word in record.sentence
    asked = [line for line in journal(record) if line.startswith("Asked ")]
    assert words[0] in asked[-1]


def test_a_document_in_another_currency_is_linked_by_its_number(
    company: Company, admin_client: Client
) -> None:
    record = an_order_in_cad(company, "PO-LINK-CAD")
    there = typed(company, "PO-LINK-CAD", "6218.80", currency="CAD")
    record = linked(admin_client, company, record, there["number"])
    assert record.state == State.POSTED, record.sentence
    assert record.sentence.startswith(f"Linked by a person to {there['number']}.")
    assert (record.destination_number, record.link_number) == (there["number"], "")
    assert again(company, record).state == State.POSTED, "the link holds"
    assert len(company.posted_under("PO-LINK-CAD")) == 1
    assert page_of(admin_client, record).count(there["number"]) > 1


def test_of_a_number_that_is_not_there_that_is_said(company: Company, admin_client: Client) -> None:
    record = an_order_in_cad(company, "PO-NONE-CAD")
    before = record.sentence
    name = str(company.integration.ledger)
    for number in ("999999", "888888"):
        record = linked(admin_client, company, record, number)
        is_told(record, Reason.CURRENCY, f"There is no {number} in {name}", before)
        assert f"There is no {number} in {name}" in page_of(admin_client, record)
    assert "999999" not in record.sentence, "only what was asked for last"
    assert not telling.asked()
    assert again(company, record).sentence == before


def test_what_differs_is_said_with_its_vendor_and_total(
    company: Company, admin_client: Client
) -> None:
    record = an_order_in_cad(company, "PO-OTHER-CAD")
    other = VendorLink.objects.filter(integration=company.integration).order_by("-pk")[0]
    row = typed(company, "SOMEBODY-ELSE", "2953.98", vendorNumber=other.ledger_number)
    record = linked(admin_client, company, record, row["number"])
    is_told(
        record, Reason.CURRENCY, f"{row['number']} there is of vendor {other.ledger_number} ",
        "comes to 2,953.98 USD; this document ", " to 6,218.80 CAD: not linked.",
    )  # fmt: skip
    assert "not linked" in page_of(admin_client, record)
    same_figure = typed(company, "PO-OTHER-CAD", "6218.80")
    record = linked(admin_client, company, record, same_figure["number"])
    is_told(
        record, Reason.CURRENCY, f"{same_figure['number']} there comes to 6,218.80 USD; this "
        "document to 6,218.80 CAD: not linked.",
    )  # fmt: skip
    assert not record.destination_number


def test_what_lacks_a_mapping_is_linked_where_it_agrees(
    company: Company, admin_client: Client
) -> None:
    row = company.a_direct_cost("UNCODED-1", "77.00")
    CostCodeMapping.objects.all().delete()
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING), record.sentence
    wrong, right = typed(company, "UNCODED-0", "78.00"), typed(company, "UNCODED-1", "77.00")
    record = linked(admin_client, company, record, wrong["number"])
    is_told(record, Reason.MISSING_MAPPING, f"{wrong['number']} there comes to 78.00; this ")
    record = linked(admin_client, company, record, right["number"])
    assert (record.state, record.destination_number) == (State.POSTED, right["number"])
    assert again(company, record).state == State.POSTED


def test_of_an_unknown_vendor_the_number_of_the_document_has_to_agree(
    company: Company, admin_client: Client
) -> None:
    there, other = typed(company, "STRANGER-1", "55.00"), typed(company, "STRANGER-0", "55.00")
    vendor = company.a_vendor
    VendorLink.objects.filter(project_vendor_name=vendor).delete()
    row = company.a_direct_cost("STRANGER-1", "55.00", vendor=vendor)
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_VENDOR), record.sentence
    record = linked(admin_client, company, record, other["number"])
    is_told(record, Reason.MISSING_VENDOR, f"{other['number']} there is of vendor ", "STRANGER-0")
    record = linked(admin_client, company, record, there["number"])
    assert (record.state, record.destination_number) == (State.POSTED, there["number"])


def test_a_document_that_waits_for_approval_waits_on(
    company: Company, admin_client: Client
) -> None:
    """A number that is not there is no word against posting it, and none for it."""
    company.settings("direct_costs", needs_approval=True)
    row = company.a_direct_cost("WAITS-LINK", "66.00")
    record = settled(company, "direct_costs", row)
    record = linked(admin_client, company, record, "999999")
    is_told(record, Reason.NEEDS_APPROVAL, "There is no 999999 in ")
    assert not company.posted_under("WAITS-LINK")


def test_what_a_rule_leaves_out_is_told_and_stays_so(
    company: Company, admin_client: Client
) -> None:
    row = company.a_direct_cost("DRAFT-LINK", "44.00", status="draft")
    record = settled(company, "direct_costs", row)
    assert record.state == State.SKIPPED, record.sentence
    there = typed(company, "DRAFT-LINK", "44.00")
    record = linked(admin_client, company, record, there["number"])
    assert record.state == State.SKIPPED
    assert record.sentence.startswith(f"{there['number']} there comes to the same; it is not")
    assert "is not approved in the source" in record.sentence


def test_a_number_that_another_document_has_is_said_beside_the_reason(
    company: Company, admin_client: Client
) -> None:
    first = settled(company, "direct_costs", company.a_direct_cost("OWNED-1", "91.00"))
    row = company.a_direct_cost("OWNED-2", "91.00")
    CostCodeMapping.objects.all().delete()
    second = settled(company, "direct_costs", row)
    second = linked(admin_client, company, second, first.destination_number)
    is_told(second, Reason.MISSING_MAPPING, "OWNED-2 of vendor ", f"that is {first}.")
