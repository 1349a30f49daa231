"""What is foretold of GP's payables comes true."""

from __future__ import annotations

import pytest

from connections.errors import Reason
from mappings.models import CostCodeMapping
from syncs.admin.forecast import sentence
from syncs.models import State
from tests.flows.foretelling import comes_true, in_and_out_of_shadow
from tests.flows.gp.telling import FLOW, an_invoice, heard
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_a_payable(gp: Company) -> None:
    gp.settings(FLOW, shadow=True)
    in_and_out_of_shadow(gp, heard(gp, an_invoice(gp, "FORE-G1")))


def test_a_payable_whose_account_no_rule_names(gp: Company) -> None:
    gp.settings(FLOW, shadow=True)
    record = heard(gp, an_invoice(gp, "FORE-G2"))
    gp.settings(FLOW, shadow=False)
    CostCodeMapping.objects.all().delete()
    assert comes_true(gp, record) == State.HELD


def test_a_held_payable_is_told_by_all_rules(gp: Company) -> None:
    record = heard(gp, an_invoice(gp, "FORE-G3", order="PO-NONE-3", post=True))
    assert (record.state, record.reason) == (State.HELD, Reason.NO_COMMITMENT), record.sentence
    assert "Missing mapping" not in sentence(record)
