"""A number that another record uses is said in a sentence, and nothing is written under it."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows import gates, telling
from tests.flows.keys import held_by_another, is_told
from tests.flows.telling import again, settled
from tests.flows.test_flows_of_the_seed import APPROVED, in_status
from tests.flows.test_gates import WRITES, scope_of
from tests.flows.test_relief import billed
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
POST = r"Microsoft\.NAV\.post"


def key_of(record: Record) -> str:
    """By what it would write, as the shut gate shows it."""
    assert record.reason == Reason.SHADOW, record.sentence
    return "|".join(record.entry[name] for name in ("kind", "vendor", "number"))


@pytest.mark.parametrize("flow", list(APPROVED))
def test_a_key_that_another_record_holds_is_said(company: Company, flow: str) -> None:
    company.settings(flow, shadow=True)
    row = in_status(company, flow, f"K1-{flow[:6]}", APPROVED[flow][0])
    record = company.note(flow, row, scope_of(flow))
    run_queue()
    record.refresh_from_db()
    other = held_by_another(company, key_of(record))
    company.settings(flow, shadow=False)
    before = gates.intents()
    is_told(again(company, record), other, before)
    is_told(again(company, record), other, before)


def test_a_key_of_a_relief_that_another_record_holds_is_said(company: Company) -> None:
    contract, billing = billed(company, "K2")
    settled(company, "subcontracts", contract)
    settled(company, "requisitions", billing)
    company.settings("commitment_relief", shadow=True)
    record = company.note("commitment_relief", billing)
    run_queue()
    record.refresh_from_db()
    other = held_by_another(company, key_of(record))
    company.settings("commitment_relief", shadow=False)
    before = gates.intents()
    is_told(again(company, record), other, before)


def without_an_answer(company: Company, number: str, path: str, action: str) -> Record:
    telling.ledger_fails(company, method="POST", path=path, action=action, times=1)
    record = settled(company, "direct_costs", company.a_direct_cost(number, "333.00"))
    assert record.state == State.IN_DOUBT, record.sentence
    return record


@pytest.mark.parametrize("adopt", [True, False])
@pytest.mark.parametrize(
    ("path", "action"), [(WRITES, "cut_before"), (WRITES, "cut_after"), (POST, "cut_after")]
)
def test_what_the_first_of_two_wrote_without_an_answer_is_not_the_seconds(
    company: Company, adopt: bool, path: str, action: str
) -> None:
    """Whether nothing, a draft or a posted invoice stands by now: that is for the first to ask."""
    company.settings("direct_costs", adopt=adopt)
    number = f"K3-{len(path)}-{action[4:5]}-{adopt}"
    first = without_an_answer(company, number, path, action)
    before = gates.intents()
    second = settled(company, "direct_costs", company.a_direct_cost(number, "333.00"))
    is_told(second, first, before)
    assert again(company, first).state == State.POSTED
    second = again(company, second)
    assert (second.state, second.reason) == (State.HELD, Reason.DUPLICATE_NUMBER)
    assert len(company.posted_under(number)) == 1


def test_a_person_cannot_link_it_while_the_first_holds_the_number(company: Company) -> None:
    typed = a_posted_invoice(company, "K4-BY-HAND", "333.00")
    first = without_an_answer(company, "K4", WRITES, "cut_before")
    before = gates.intents()
    second = settled(company, "direct_costs", company.a_direct_cost("K4", "333.00"))
    assert second.link("anna", typed["number"])
    run_queue()
    second.refresh_from_db()
    is_told(second, first, before)


def a_posted_invoice(company: Company, external: str, amount: str) -> dict[str, Any]:
    """Of the same vendor, typed and posted by hand."""
    cost = settled(company, "direct_costs", company.a_direct_cost(external, amount))
    assert cost.state == State.POSTED, cost.sentence
    found = company.posted_under(external)[0]
    Record.objects.filter(pk=cost.pk).delete()
    return found


def test_the_second_goes_on_when_the_first_is_set_aside(company: Company) -> None:
    telling.ledger_fails(company, method="POST", path=WRITES, action="status", status=400, times=1)
    first = settled(company, "direct_costs", company.a_direct_cost("K5", "333.00"))
    assert (first.state, first.reason) == (State.HELD, Reason.REFUSED), first.sentence
    before = gates.intents()
    second = settled(company, "direct_costs", company.a_direct_cost("K5", "333.00"))
    is_told(second, first, before)
    assert first.set_aside("anna", "entered twice")
    assert again(company, second).state == State.POSTED
    assert len(company.posted_under("K5")) == 1


def test_of_two_that_were_approved_one_is_written(company: Company) -> None:
    company.settings("direct_costs", needs_approval=True)
    rows = [company.a_direct_cost("K6", "333.00") for _ in range(2)]
    records = [settled(company, "direct_costs", row) for row in rows]
    for record in records:
        assert record.approve("bea")
    run_queue()
    for record in records:
        record.refresh_from_db()
    assert [record.state for record in records] == [State.POSTED, State.HELD]
    assert records[1].reason == Reason.DUPLICATE_NUMBER, records[1].sentence
    assert str(records[0]) in records[1].sentence
    assert len(company.posted_under("K6")) == 1
