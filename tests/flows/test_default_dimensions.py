"""What the ledger adds to our lines by its own rules is no difference; what it changes is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connections.errors import Reason
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking
JOB = "P-1044"


@pytest.fixture
def account(company: Company) -> Iterator[str]:
    """Of the line that a direct cost has; its defaults are put back."""
    record = settled(company, "direct_costs", a_cost(company, "DD-0"))
    account = str(record.coded["lines"][0]["account"])
    yield account
    for code in ("DEPARTMENT", "COSTTYPE"):
        gives(company, account, code, "")
    company.ledger(
        "business_central/settings", {"defaults_again": False, "dimension_errors": "wrapped"}
    )


def a_cost(company: Company, number: str, **facts: Any) -> dict[str, Any]:
    """Of a project whose mapping states no department."""
    return company.a_direct_cost(number, project=JOB, **facts)


def gives(company: Company, account: str, code: str, value: str) -> None:
    company.ledger(
        "business_central/account_dimension",
        {"account": account, "dimension": code, "value": value},
    )


def stands_so(record: Record, account: str) -> bool:
    return f"The ledger added DEPARTMENT OFFICE (account {account})." in record.sentence


@pytest.mark.parametrize(
    "booking", [Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT, Booking.JOURNAL]
)
def test_a_default_of_the_account_is_shown_and_holds_nothing(
    company: Company, account: str, booking: str
) -> None:
    gives(company, account, "DEPARTMENT", "OFFICE")
    company.settings("direct_costs", booking=booking)
    record = settled(company, "direct_costs", a_cost(company, f"DD-{booking[-5:]}"))
    assert record.state == State.POSTED, record.sentence
    assert stands_so(record, account), record.sentence
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert stands_so(record, account), record.sentence


def test_lines_that_differ_only_in_what_was_added_are_told_apart(
    company: Company, account: str
) -> None:
    """Two lines of one account and project, of two codes; each gets the same default."""
    gives(company, account, "DEPARTMENT", "OFFICE")
    lines = [company.line(amount) for amount in ("100.00", "40.50", "-10.25")]
    row = a_cost(company, "DD-TWO", lines=lines)
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence


def test_finance_may_want_it_as_it_was_sent(company: Company, account: str) -> None:
    gives(company, account, "DEPARTMENT", "OFFICE")
    company.settings("direct_costs", exactly_as_sent=True)
    record = settled(company, "direct_costs", a_cost(company, "DD-EXACT"))
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert f"the ledger added DEPARTMENT OFFICE (account {account})" in record.sentence
    assert nothing_stands(company, "DD-EXACT")
    gives(company, account, "DEPARTMENT", "")
    assert again(company, record).state == State.POSTED


def test_what_it_changes_is_seen_on_the_draft_and_not_posted(
    company: Company, account: str
) -> None:
    stated = dict(settled_dimensions(company))
    other = "L" if stated["COSTTYPE"] != "L" else "M"
    gives(company, account, "COSTTYPE", other)
    company.ledger("business_central/settings", {"defaults_again": True})
    record = settled(company, "direct_costs", a_cost(company, "DD-WINS"))
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert f"COSTTYPE {other}" in record.sentence
    assert "The draft was deleted" in record.sentence
    assert nothing_stands(company, "DD-WINS")
    company.ledger("business_central/settings", {"defaults_again": False})
    assert again(company, record).state == State.POSTED


def settled_dimensions(company: Company) -> list[Any]:
    found: list[Any] = Record.objects.get(number="DD-0").coded["lines"][0]["dimensions"]
    return found


def nothing_stands(company: Company, number: str) -> bool:
    return not company.posted_under(number) and not telling.drafts(company, number)


RULES = [
    ("DEPARTMENT", "", "Code Mandatory", "needs a value for the dimension DEPARTMENT"),
    ("COSTTYPE", "L", "Same Code", "takes the value L of the dimension COSTTYPE and no other"),
    ("COSTTYPE", "", "No Code", "must not have the dimension COSTTYPE"),
]


@pytest.mark.parametrize("wording", ["wrapped", "older"])
@pytest.mark.parametrize(("code", "value", "rule", "words"), RULES)
def test_a_rule_of_the_account_is_told_by_what_it_wants(
    company: Company, account: str, wording: str, code: str, value: str, rule: str, words: str
) -> None:
    company.ledger("business_central/settings", {"dimension_errors": wording})
    company.ledger(
        "business_central/account_dimension",
        {"account": account, "dimension": code, "value": value, "validation": rule},
    )
    record = settled(company, "direct_costs", a_cost(company, f"DR-{wording[0]}-{rule[:4]}"))
    assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION), record.sentence
    assert f"G/L Account {account} {words}" in record.sentence


@pytest.mark.parametrize("booking", [Booking.INVOICE_POSTED, Booking.JOURNAL])
def test_a_blocked_value_is_named(company: Company, account: str, booking: str) -> None:
    company.settings("direct_costs", booking=booking)
    company.ledger("business_central/block_value", {"dimension": "PROJECT", "value": JOB})
    record = settled(company, "direct_costs", a_cost(company, f"DB-{booking[-5:]}"))
    company.ledger(
        "business_central/block_value", {"dimension": "PROJECT", "value": JOB, "blocked": False}
    )
    assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION), record.sentence
    assert f"The dimension value PROJECT - {JOB} is blocked" in record.sentence
    assert again(company, record).state == State.POSTED
