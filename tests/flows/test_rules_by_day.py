"""Which rule counts is decided by the day of the document."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from connections.errors import Reason
from connections.pages.moments import day as read
from mappings.lookup import Lookup
from mappings.models import AccountRule, CostCodeMapping
from syncs.admin.reasons import explain
from syncs.forecast.foresee import foresee_one
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import again, settled, sums
from tests.flows.test_decoding import JOB, a_line, an_invoice, decoded, held
from tests.flows.test_relief import relieved
from tests.flows.test_rules_used import another_account
from tests.story import Company

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


def today(company: Company) -> dt.date:
    return dt.date.fromisoformat(company.today)


def only_rule(company: Company, job: str = "") -> tuple[CostCodeMapping, str]:
    """The rule of a code that no other covers, and the code."""
    code, book = company.mapped_code, Lookup(company.integration)
    [rule], *others = book.covering(code, "M", job or company.job)
    for row in [row for rows in others for row in rows]:
        row.delete()
    return rule, code


def from_a_day_on(row: CostCodeMapping | AccountRule, day: dt.date, account: str) -> None:
    """The old rule ends the day before, the new one begins."""
    row.valid_until = day - ONE
    row.save()
    row.pk, row.valid_from, row.valid_until, row.account = None, day, None, account
    row.save()


def dated(company: Company, number: str, day: dt.date, code: str) -> Record:
    row = company.a_direct_cost(
        number, direct_cost_date=str(day), received_date=str(day),
        lines=[company.line("840.50", code)],
    )  # fmt: skip
    return settled(company, "direct_costs", row)


def accounts(company: Company, number: str) -> set[str]:
    [document] = company.posted_under(number)
    return set(sums(document))


def test_each_document_is_booked_by_the_rule_of_its_own_day(company: Company) -> None:
    (rule, code), day = only_rule(company), today(company)
    old, new = rule.account, another_account(company, rule)
    from_a_day_on(rule, day, new)
    before = dated(company, "BYDAY-1", day - ONE, code)
    after = dated(company, "BYDAY-2", day, code)
    assert {before.state, after.state} == {State.POSTED}, before.sentence or after.sentence
    assert accounts(company, "BYDAY-1") == {old}
    assert accounts(company, "BYDAY-2") == {new}
    assert f"costcodemapping:{rule.pk}" in after.rules
    assert f"costcodemapping:{rule.pk}" not in before.rules


def test_before_the_first_day_it_is_held_with_both_days_and_the_rule(company: Company) -> None:
    (rule, code), day = only_rule(company), today(company)
    rule.valid_from = day + ONE
    rule.save()
    record = dated(company, "BYDAY-3", day, code)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING)
    assert (
        f"is mapped from {read(day + ONE)} on, this document is of {read(day)}." in record.sentence
    )
    assert foresee_one(record).sentence == record.sentence
    [told] = explain(record)
    assert told.fix is not None
    assert told.fix.url == f"/mappings/costcodemapping/{rule.pk}/change/"
    rule.valid_from = day
    rule.save()
    assert foresee_one(record).end == "written"
    assert again(company, record).state == State.POSTED


def test_what_is_taken_off_a_commitment_goes_by_the_day_of_the_contract(company: Company) -> None:
    day = today(company)
    row = AccountRule.objects.get(integration=company.integration, purpose="commitment")
    old = row.account
    contract = telling.a_subcontract(company, "C-BYDAY-4", "1000.00", contract_date=str(day - ONE))
    billing = telling.a_billing(company, contract, "BYDAY-4", [{"line": 1, "work": "400.00"}])
    other = AccountRule.objects.get(integration=company.integration, purpose="contract_change")
    from_a_day_on(row, day, other.account)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert settled(company, "requisitions", billing).state == State.POSTED
    record = relieved(company, billing)
    assert record.state == State.POSTED, record.sentence
    assert {line["account"]: line["amount"] for line in record.coded["lines"]}[old] == "-400.00"


def test_an_entry_of_the_ledger_is_read_back_by_the_rules_of_its_day(company: Company) -> None:
    line = a_line(company)
    rule, _ = only_rule(company, JOB)
    document = an_invoice(company, line)
    assert document.date
    rule.valid_from = document.date + ONE
    rule.save()
    reasons, sentence = held(company, document)
    assert reasons == [Reason.MISSING_MAPPING]
    days = read(rule.valid_from), read(document.date)
    assert f"is mapped from {days[0]} on, this document is of {days[1]}" in sentence
    found, _ = decoded(company, dataclasses.replace(document, date=rule.valid_from))
    assert found
    assert found.total == Decimal("100.00")


def test_on_an_unknown_day_no_rule_of_some_days_counts(company: Company) -> None:
    rule, code = only_rule(company)
    line = (code, "M", company.job)
    assert Lookup(company.integration).rule_for(*line) == rule
    rule.valid_from = today(company)
    rule.save()
    wide = CostCodeMapping.objects.create(integration=company.integration, account=rule.account)
    book = Lookup(company.integration)
    assert book.rule_for(*line) is None, "a wider one would be a guess"
    assert book.rule_for(*line, rule.valid_from) == rule
    assert book.rule_for(*line, rule.valid_from - ONE) == wide, "as if it were not there"
