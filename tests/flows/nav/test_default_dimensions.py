"""What NAV adds to our lines by its own rules is shown, and is no difference."""

from __future__ import annotations

from syncs.models import State
from tests.flows.nav import telling
from tests.flows.telling import again, settled
from tests.story import Company


def test_a_default_of_the_account_is_shown_and_holds_nothing(nav: Company) -> None:
    first = settled(nav, "direct_costs", nav.a_direct_cost("NDD-0", project=telling.JOB))
    assert first.state == State.POSTED, first.sentence
    line = first.coded["lines"][0]
    assert "DEPARTMENT" not in dict(line["dimensions"])
    rule = {"account": line["account"], "dimension": "DEPARTMENT", "value": "OFFICE"}
    nav.ledger("business_central/account_dimension", rule)
    record = settled(nav, "direct_costs", nav.a_direct_cost("NDD-1", project=telling.JOB))
    after = again(nav, record)
    nav.ledger("business_central/account_dimension", {**rule, "value": ""})
    assert record.state == after.state == State.POSTED, (record.sentence, after.sentence)
    for sentence in (record.sentence, after.sentence):
        assert f"The ledger added DEPARTMENT OFFICE (account {line['account']})." in sentence
