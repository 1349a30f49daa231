"""A ledger document in the project system's terms, by the mapping tables read backwards."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import (
    LEDGER_INVOICE,
    LEDGER_MEMO,
    Document,
    LedgerDocument,
    LedgerLine,
)
from connections.errors import Reason
from mappings.lookup import Lookup
from mappings.models import CostCodeMapping, ProjectLink, Reference, VendorLink
from syncs.coding.to_project_system import Decoder, Target, differences
from tests.story import Company

pytestmark = pytest.mark.django_db
JOB = "P-1044"
TARGET = Target("direct_cost", "approved", "NAV|invoice|1")


def a_line(company: Company, amount: str = "100.00", kind: str = "M", **facts: Any) -> LedgerLine:
    """As coding would have written a line of the mapped code."""
    book, link = Lookup(company.integration), ProjectLink.objects.get(project_number=JOB)
    coding = book.code(company.mapped_code, kind, link)
    assert coding
    given = {
        "id": "10000", "description": "Rebar", "account": coding.account,
        "amount": Decimal(amount), "dimensions": tuple(sorted(coding.dimensions.items())),
    }  # fmt: skip
    return LedgerLine(**{**given, **facts})


def an_invoice(company: Company, *lines: LedgerLine, **facts: Any) -> LedgerDocument:
    link = VendorLink.objects.order_by("pk")[0]
    given = {
        "kind": LEDGER_INVOICE, "id": "1", "number": "108001", "status": "posted",
        "vendor": link.ledger_number, "vendor_name": link.ledger_name,
        "date": dt.date(2026, 11, 2), "currency": "", "lines": lines,
        "total": sum((line.amount + line.tax for line in lines), Decimal(0)),
        "external_number": "V-77",
    }  # fmt: skip
    return LedgerDocument(**{**given, **facts})


def decoded(company: Company, document: LedgerDocument) -> tuple[Document | None, Decoder]:
    decoder = Decoder(document, Lookup(company.integration), 255)
    return decoder.decode(TARGET), decoder


def held(company: Company, document: LedgerDocument) -> tuple[list[Reason], str]:
    found, decoder = decoded(company, document)
    assert found is None
    return [one.reason for one in decoder.problems], decoder.problems[0].sentence


@pytest.mark.parametrize("kind", ["L", "M", "S", "E", "O"])
def test_what_coding_sent_comes_back_as_the_same_code_and_type(company: Company, kind: str) -> None:
    found, decoder = decoded(company, an_invoice(company, a_line(company, kind=kind)))
    assert found, decoder.problems
    assert [(line.cost_code, line.cost_type) for line in found.lines] == [
        (company.mapped_code, kind)
    ]
    assert (found.project.number, found.total) == (JOB, Decimal("100.00"))
    assert found.vendor_invoice_number == found.number == "V-77"


def test_of_several_types_the_one_that_a_value_of_the_line_names(company: Company) -> None:
    """The head office's rules send every type to one account and one value."""
    rule = CostCodeMapping.objects.exclude(project="").order_by("pk")[0]
    link = ProjectLink.objects.get(project_number=rule.project)
    dimensions = {**rule.dimensions, link.dimension: link.value}
    line = LedgerLine("1", "Rent", rule.account, Decimal(80), tuple(sorted(dimensions.items())))
    found, decoder = decoded(company, an_invoice(company, line))
    assert found, decoder.problems
    assert found.lines[0].cost_type == rule.dimensions["COSTTYPE"]
    CostCodeMapping.objects.filter(pk=rule.pk).update(dimensions={})
    reasons, sentence = held(company, an_invoice(company, line_without(line, "COSTTYPE")))
    assert reasons == [Reason.MISSING_MAPPING]
    assert "more than one cost code" in sentence


def line_without(line: LedgerLine, name: str) -> LedgerLine:
    left = tuple(pair for pair in line.dimensions if pair[0] != name)
    return dataclasses.replace(line, dimensions=left)


def test_a_dimension_that_no_rule_names_does_not_matter(company: Company) -> None:
    line = a_line(company)
    more = dataclasses.replace(line, dimensions=(*line.dimensions, ("DEPARTMENT", "SHOP")))
    assert decoded(company, an_invoice(company, more))[0]


def test_a_credit_memo_counts_negative(company: Company) -> None:
    found, _ = decoded(company, an_invoice(company, a_line(company), kind=LEDGER_MEMO))
    assert found
    assert (found.total, found.lines[0].amount) == (Decimal("-100.00"), Decimal("-100.00"))


def test_an_account_that_no_rule_leads_to_is_named(company: Company) -> None:
    reasons, sentence = held(company, an_invoice(company, a_line(company, account="12000")))
    assert reasons == [Reason.MISSING_MAPPING]
    assert "Account 12000" in sentence


def test_two_rules_that_say_the_same_are_not_guessed_between(company: Company) -> None:
    line = a_line(company)
    other = CostCodeMapping.objects.create(
        integration=company.integration, cost_code="99-999", cost_type="M",
        account=line.account, dimensions={"COSTCODE": company.mapped_code, "COSTTYPE": "M"},
    )  # fmt: skip
    reasons, sentence = held(company, an_invoice(company, line))
    assert reasons == [Reason.MISSING_MAPPING]
    assert "more than one cost code" in sentence
    assert company.mapped_code in sentence
    assert other.cost_code in sentence


def test_a_placeholder_binds_the_lines_own_value(company: Company) -> None:
    CostCodeMapping.objects.all().delete()
    CostCodeMapping.objects.create(
        integration=company.integration, account="53200",
        dimensions={"COSTCODE": "{cost_code}", "COSTTYPE": "{cost_type}"},
    )  # fmt: skip
    line = a_line_with(company, "53200", COSTCODE=company.mapped_code, COSTTYPE="E")
    found, decoder = decoded(company, an_invoice(company, line))
    assert found, decoder.problems
    assert (found.lines[0].cost_code, found.lines[0].cost_type) == (company.mapped_code, "E")


def a_line_with(company: Company, account: str, **values: str) -> LedgerLine:
    link = ProjectLink.objects.get(project_number=JOB)
    dimensions = tuple(sorted({**values, link.dimension: link.value}.items()))
    return LedgerLine("10000", "Rebar", account, Decimal("100.00"), dimensions)


def test_without_a_project_it_is_held(company: Company) -> None:
    line = a_line(company)
    bare = tuple(pair for pair in line.dimensions if pair[0] != "PROJECT")
    reasons, sentence = held(
        company, an_invoice(company, dataclasses.replace(line, dimensions=bare))
    )
    assert reasons == [Reason.NO_PROJECT]
    assert "108001 names no project: none of its lines has a value of the dimension PROJECT" in (
        sentence
    )


def test_a_line_of_two_projects_is_held_and_both_are_named(company: Company) -> None:
    other = ProjectLink.objects.exclude(project_number=JOB)[0]
    line = a_line(company)
    theirs = tuple(
        (name, other.value if name == "PROJECT" else value) for name, value in line.dimensions
    )
    two = an_invoice(company, line, dataclasses.replace(line, id="20000", dimensions=theirs))
    reasons, sentence = held(company, two)
    assert reasons == [Reason.NO_PROJECT]
    assert JOB in sentence
    assert other.project_number in sentence


def test_a_vendor_that_is_not_linked_is_held(company: Company) -> None:
    reasons, sentence = held(company, an_invoice(company, a_line(company), vendor="V-NONE"))
    assert reasons == [Reason.MISSING_VENDOR]
    assert "V-NONE" in sentence


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"currency": "CHF"}, Reason.CURRENCY),
        ({"total": Decimal("100.01")}, Reason.DOES_NOT_FOOT),
        ({"date": None}, Reason.MISSING_DATE),
        ({"number": "9" * 300}, Reason.NUMBER),
    ],
)
def test_what_cannot_be_right_is_held(
    company: Company, facts: dict[str, Any], reason: Reason
) -> None:
    assert held(company, an_invoice(company, a_line(company), **facts))[0] == [reason]


def test_no_lines_and_an_item_line_are_held(company: Company) -> None:
    assert held(company, an_invoice(company))[0] == [Reason.NO_LINES]
    item = a_line(company, account="", item="item 1896-S")
    reasons, sentence = held(company, an_invoice(company, item))
    assert reasons == [Reason.LINE_WITHOUT_COST_CODE]
    assert "item 1896-S" in sentence


def test_a_code_that_the_project_lacks_is_made_with_the_ledgers_name_or_held(
    company: Company,
) -> None:
    codes = Reference.objects.filter(kind="cost_code", code=company.mapped_code)
    line, code = a_line(company), company.mapped_code
    codes.update(gone_at=dt.datetime.now(dt.UTC))
    _, decoder = decoded(company, an_invoice(company, line))
    assert decoder.new_codes[code].name
    Reference.objects.filter(kind="dimension_value", code=code).delete()
    assert held(company, an_invoice(company, line))[0] == [Reason.COST_CODE]


def test_differences_are_to_the_cent_by_code_and_type(company: Company) -> None:
    one, _ = decoded(company, an_invoice(company, a_line(company)))
    two, _ = decoded(company, an_invoice(company, a_line(company, "100.01")))
    assert one
    assert two
    assert differences(one, one) == []
    [told] = differences(one, two)
    assert "100.01 instead of 100.00" in told
