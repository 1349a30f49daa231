"""A held document is mended on the page to which its record leads, and is posted."""

from __future__ import annotations

import html
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import requests

from syncs.models import State
from tests.flows import telling
from tests.story import Company

pytestmark = pytest.mark.django_db


def shown(url: str) -> str:
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def saves(url: str, **form: str) -> None:
    """As a browser sends the form of that page."""
    parts = urlsplit(url)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
    answer = requests.post(url, data={"do": "save", **form}, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text


def test_a_line_without_a_cost_code_is_coded_at_the_source_and_posted(company: Company) -> None:
    row = company.a_direct_cost("MEND-1", lines=[{"amount": "840.50", "description": "Rebar"}])
    record = company.note("direct_costs", row)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.HELD
    assert "cost code" in record.sentence
    assert "Direct cost MEND-1</h1>" in shown(record.source_url)

    line = row["line_items"][0]["id"]
    saves(record.source_url, **{f"code-{line}": company.mapped_code, f"type-{line}": "M"})
    told = telling.notice(company, row, event_type="update")
    assert telling.knock(company, telling.procore_calls(company), told).status_code == 200
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    [posted] = company.posted_under("MEND-1")
    assert Decimal(posted["total"]) == Decimal("840.50")
    text = shown(record.destination_url)
    assert f"{posted['number']}</h1>" in text
    assert "<dt>Total</dt><dd>840.50</dd>" in text
