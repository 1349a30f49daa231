"""Unit costs of four decimals make line amounts with fractions of a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.amounts import in_cents
from connections.documents import Document, Line, Party, Project
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.booking import in_ledger
from tests.flows.telling import again, settled
from tests.flows.test_relief import memo, relieved
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("333.3333", "333.3333", "333.3334"), "1000.00"),
        (("0.3333", "0.3333", "0.3333"), "1.00"),
        (("10.005", "20.005"), "30.01"),
        (("-10.005", "20.015"), "10.01"),
        (("0.004", "99.996"), "100.00"),
    ],
)
def test_the_sum_of_fractions_is_kept_to_the_cent(
    company: Company, amounts: tuple[str, ...], total: str
) -> None:
    number = f"FRAC-{amounts[0]}"
    row = company.procore_has(
        "direct_costs", project=company.job, vendor=company.a_vendor, invoice_number=number,
        direct_cost_type="invoice", status="approved", direct_cost_date=company.today,
        lines=[company.line(amount) for amount in amounts],
    )  # fmt: skip
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert record.amount == Decimal(total)
    stood = worth(company, record)
    assert stood == Decimal(total)
    assert again(company, record).state == State.POSTED
    assert worth(company, record) == stood


def worth(company: Company, record: Record) -> Decimal:
    return in_ledger(company)["invoices"][record.destination_number]


def test_fractions_of_a_commitment_are_relieved_to_nothing(company: Company) -> None:
    """Three lines of a third each, all of it billed: nothing is left on the memo account."""
    before = memo(company)["commitment"]
    amounts = ("333.3333", "333.3333", "333.3334")
    contract = telling.a_subcontract(company, "C-FRAC", *amounts)
    assert settled(company, "subcontracts", contract).state == State.POSTED
    assert memo(company)["commitment"] == before + Decimal("1000.00")
    cents = ("333.33", "333.33", "333.34")  # invoices are in cents
    items = [{"line": place, "work": amount} for place, amount in enumerate(cents, 1)]
    billing = telling.a_billing(company, contract, "FRAC", items)
    assert settled(company, "requisitions", billing).state == State.POSTED
    assert relieved(company, billing).state == State.POSTED
    assert memo(company)["commitment"] == before


def test_a_header_that_says_another_cent_than_its_lines_follows_the_flows_rule(
    company: Company,
) -> None:
    row = company.a_direct_cost(
        "FRAC-HEAD", lines=[company.line("333.3333")] * 3, header_total="1000.02"
    )
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, "does_not_foot")
    assert "a difference of 0.02" in record.sentence
    company.settings("direct_costs", rounding_threshold="0.02")
    assert again(company, record).state == State.POSTED


@pytest.mark.parametrize(
    ("amounts", "total", "rounded"),
    [
        (("10.005", "20.005"), "30.02", ("10.01", "20.01")),  # its total rounds each line
        (("10.005", "20.005"), "30.01", ("10.00", "20.01")),
        (("0.3333",) * 3, "1.00", ("0.34", "0.33", "0.33")),
        (("-0.3333",) * 3, "-1.00", ("-0.34", "-0.33", "-0.33")),
        (("0.0049", "0.0049", "0.0002"), "0.01", ("0.01", "0.00", "0.00")),
        (("1.10", "2.20"), "9.99", ("1.10", "2.20")),
    ],
)
def test_cents_add_up(amounts: tuple[str, ...], total: str, rounded: tuple[str, ...]) -> None:
    lines = tuple(Line(str(place), "", Decimal(one)) for place, one in enumerate(amounts))
    document = Document(
        kind="direct_cost", id="1", number="1", title="", status="", project=Project("1", "P", "P"),
        vendor=Party(), date=None, currency="", lines=lines, total=Decimal(total),
    )  # fmt: skip
    assert [line.amount for line in in_cents(document).lines] == [Decimal(one) for one in rounded]
