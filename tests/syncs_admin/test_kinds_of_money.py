"""No page adds a commitment to a cost, or one currency to another."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.models import Integration
from mappings.models import Reference
from syncs.models import Record, State
from syncs.morning import trend
from tests.syncs_admin import story
from tests.syncs_admin.test_work_list import CAUSES, LIST, SUM, WORK, clerk, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed() -> Integration:
    """Held for one reason: two costs, one in euros, a commitment, a relief, and a vendor."""
    integration = story.company()
    Reference.objects.update_or_create(
        connection=integration.ledger, kind=Reference.Kind.WINDOW, parent="", code="window",
        defaults={"data": {"currency": "USD"}},
    )  # fmt: skip
    for flow, amount, currency in (
        ("direct_costs", "100.00", "USD"), ("requisitions", "30.00", "EUR"),
        ("subcontracts", "1000.00", ""), ("commitment_relief", "-7.00", ""),
        ("vendors", None, ""),
    ):  # fmt: skip
        story.held(integration, Reason.MISSING_VENDOR, flow=flow, amount=amount, currency=currency)
    return integration


def apart(said: str) -> list[str]:
    """The sums of a text, in order."""
    return re.findall(
        r"[$€][\d,.]+\d(?: (?:costs|commitments|billed on commitments|contract changes))?", said
    )


SUMS = [
    "$100.00 costs", "€30.00 costs", "$1,000.00 commitments", "$7.00 billed on commitments"
]  # fmt: skip


def test_below_the_list_of_records(mixed: Integration) -> None:
    for query in ({}, {"project": "24-017"}):
        said = text(clerk(f"clerk{len(query)}").get(SUM, query))
        assert "4 documents" in said
        assert apart(said) == SUMS
        assert "1 record without an amount" in said


def test_where_what_is_held_stands_by_cause(mixed: Integration) -> None:
    said = text(clerk().get(CAUSES))
    assert apart(said) == SUMS + SUMS  # of the cause, and in all


def test_where_a_person_is_told_what_needs_him(mixed: Integration) -> None:
    page = text(clerk("boss", *WORK, "mappings.add_vendorlink").get("/"))
    need = page[page.index("Vendor not linked") :]
    assert "5 records" in need
    assert apart(need)[: len(SUMS)] == SUMS


def test_before_many_are_set_aside(mixed: Integration) -> None:
    rows = [str(pk) for pk in Record.objects.values_list("pk", flat=True)]
    data = {"action": "set_aside", "_selected_action": rows}
    said = clerk().post(LIST, data, follow=True).content.decode()
    assert f"5 records, {', '.join(SUMS)} in all" in said


def test_in_the_trend_of_thirty_days(mixed: Integration) -> None:
    trend.keep(timezone.now())
    page = clerk().get("/").content.decode()
    titles = re.findall(r"<figcaption[^>]*>([^<]+)</figcaption>", page)
    assert titles[:3] == ["Documents", "Commitments, USD", "Costs, USD"]
    configs = [json.loads(unescape(one)) for one in re.findall(r'data-trend="([^"]+)"', page)]
    held = [line["data"][-1] for one in configs for line in one["datasets"]
            if line["state"] == State.HELD]  # fmt: skip
    assert held[:3] == ["4", "1000.00", "100.00"]
