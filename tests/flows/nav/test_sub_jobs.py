"""A line of NAV that names a sub job is not written to Procore's cost code alone."""

from __future__ import annotations

import pytest

from connections.errors import Reason
from mappings.models import CostCodeMapping
from syncs.models import State
from tests.flows.nav.telling import a_line, an_order, heard, in_procore, worth
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def divided(nav: Company) -> Company:
    """The department is the sub job."""
    for row in CostCodeMapping.objects.filter(integration=nav.integration):
        row.dimensions = {**row.dimensions, "DEPARTMENT": "{sub_job}"}
        row.save()
    return nav


def test_a_line_of_a_sub_job_is_held_and_says_what_to_do(divided: Company) -> None:
    line = a_line(divided)
    line["dimensions"] = {**line["dimensions"], "DEPARTMENT": "FIELD"}
    before = divided.procore("procore/totals")["collections"]["purchase_order_contracts"]
    record = heard(divided, "purchase_orders", an_order(divided, a_line(divided), line))
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING), record.sentence
    assert "DEPARTMENT (sub job) belongs to a budget code that the connector cannot" in (
        record.sentence
    )
    assert divided.procore("procore/totals")["collections"]["purchase_order_contracts"] == before


def test_a_line_without_one_goes_as_it_always_did(divided: Company) -> None:
    record = heard(divided, "purchase_orders", an_order(divided, a_line(divided, "12.50", "8")))
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(divided, "purchase_order_contracts", record)) == 100
