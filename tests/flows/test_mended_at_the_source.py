"""A held document is mended on the page to which its record leads, and is posted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.hands import follows, page_of, presses, refused, shown
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def held(company: Company, row: dict[str, Any], reason: Reason) -> Record:
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    return record


def told_by_webhook(company: Company, record: Record, row: dict[str, Any]) -> Record:
    """Procore says that it changed, and the worker runs."""
    told = telling.notice(company, row, event_type="update")
    assert telling.knock(company, telling.procore_calls(company), told).status_code == 200
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def is_posted(company: Company, record: Record, number: str, total: str) -> None:
    assert record.state == State.POSTED, record.sentence
    [posted] = company.posted_under(number)
    assert f"{Decimal(posted['total']):,.2f}" == total
    text = shown(record.destination_url)
    assert f"{posted['number']}</h1>" in text
    assert f"<dt>Total</dt><dd>{total}</dd>" in text


def test_a_line_without_a_cost_code_is_coded_at_the_source_and_posted(company: Company) -> None:
    row = company.a_direct_cost("MEND-1", lines=[{"amount": "840.50", "description": "Rebar"}])
    record = held(company, row, Reason.LINE_WITHOUT_COST_CODE)
    assert "cost code" in record.sentence
    assert "Direct cost MEND-1</h1>" in shown(record.source_url)
    line = row["line_items"][0]["id"]
    presses(record.source_url, "Save", **{f"code-{line}": company.mapped_code, f"type-{line}": "M"})
    is_posted(company, told_by_webhook(company, record, row), "MEND-1", "840.50")


def test_a_document_without_lines_gets_them_at_the_source_and_is_posted(
    company: Company, admin_client: Client
) -> None:
    row = company.a_direct_cost("MEND-2", lines=[])
    record = held(company, row, Reason.NO_LINES)
    assert f'href="{record.source_url}"' in page_of(admin_client, record)
    presses(record.source_url, "Save", **{
        "text-new1": "Formwork", "code-new1": company.mapped_code, "type-new1": "M",
        "amount-new1": "1,200.00", "text-new3": "Ties", "code-new3": company.mapped_code,
        "type-new3": "M", "amount-new3": "34.56",
    })  # fmt: skip
    is_posted(company, told_by_webhook(company, record, row), "MEND-2", "1,234.56")
    [posted] = company.posted_under("MEND-2")
    assert [line["amount"] for line in posted["lines"]] == ["1200.00", "34.56"]


def test_a_line_is_taken_away_and_another_code_is_chosen(company: Company) -> None:
    unmapped = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    lines = [company.line("70.00", unmapped), company.line("30.00", unmapped)]
    row = company.a_direct_cost("MEND-3", lines=lines)
    record = held(company, row, Reason.MISSING_MAPPING)
    first, second = (line["id"] for line in row["line_items"])
    presses(record.source_url, "Save", **{
        f"code-{first}": company.mapped_code, f"drop-{second}": "1",
    })  # fmt: skip
    is_posted(company, told_by_webhook(company, record, row), "MEND-3", "70.00")


def test_a_cost_code_is_added_to_its_project_and_used(company: Company) -> None:
    row = company.a_direct_cost("MEND-4", lines=[])
    record = held(company, row, Reason.NO_LINES)
    assert "does not exist" in refused(record.source_url, "Save", **{
        "code-new1": "88-100", "type-new1": "M", "amount-new1": "5",
    })  # fmt: skip
    codes = follows(record.source_url, "Cost codes")
    presses(codes, "Add the cost code", code="88", name="Attic")
    division = shown(codes).partition(">88 Attic</option>")[0].rpartition('value="')[2]
    parent = division.partition('"')[0]
    presses(codes, "Add the cost code", code="100", name="Attic hatches", parent_id=parent)
    assert "88-100" in shown(codes)
    presses(record.source_url, "Save", **{
        "code-new1": "88-100", "type-new1": "M", "amount-new1": "5",
    })  # fmt: skip
    record = told_by_webhook(company, record, row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING)
    assert "88-100" in record.sentence


def test_a_document_that_is_entered_on_the_screen_comes_here(company: Company) -> None:
    """As the advice says of a commitment that is not there: enter it."""
    project = telling.project(company).project_id
    costs = f"{company.ready['procore']['web_url']}/{project}/project/direct_costs"
    assert "can't be blank" in refused(costs, "New direct cost", invoice_number="MEND-5")
    [vendor] = [row["id"] for row in company.procore("procore/vendors")
                if row["name"] == company.a_vendor]  # fmt: skip
    address = presses(costs, "New direct cost", invoice_number="MEND-5", vendor=str(vendor),
                      direct_cost_date=company.today, received_date=company.today)  # fmt: skip
    presses(address, "Save", **{
        "status": "approved", "code-new1": company.mapped_code, "type-new1": "M",
        "amount-new1": "61.20",
    })  # fmt: skip
    company.poll("direct_costs")
    company.the_worker_runs()
    record = Record.objects.get(number="MEND-5")
    assert urlsplit(record.source_url).path == urlsplit(address).path
    is_posted(company, record, "MEND-5", "61.20")
