"""What is foretold of documents into F&O comes true."""

from __future__ import annotations

import pytest

from mappings.models import VendorLink
from syncs.models import State
from tests.flows.foretelling import comes_true, in_and_out_of_shadow
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_a_cost(fo: Company) -> None:
    fo.settings("direct_costs", shadow=True)
    in_and_out_of_shadow(fo, settled(fo, "direct_costs", fo.a_direct_cost("FORE-F1")))


def test_a_cost_of_a_vendor_that_is_linked_no_more(fo: Company) -> None:
    fo.settings("direct_costs", shadow=True)
    record = settled(fo, "direct_costs", fo.a_direct_cost("FORE-F2"))
    fo.settings("direct_costs", shadow=False)
    VendorLink.objects.filter(project_vendor_name=fo.a_vendor).delete()
    assert comes_true(fo, record) == State.HELD
