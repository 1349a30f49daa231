"""Sub jobs and segments of a company's own tell lines apart in the ledger, too."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from connections.documents import Document, Line, Party, Project
from connections.errors import Reason
from mappings.models import AccountRule, CostCodeMapping, VendorLink
from syncs import tasks
from syncs.coding.snapshot import digest
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import settled
from tests.flows.test_closing import CLOSING, becomes, looked_at
from tests.flows.test_decoding import a_line, an_invoice, decoded, held
from tests.flows.test_relief import relieved
from tests.story import Company

pytestmark = pytest.mark.django_db
VALUES = (("DEPARTMENT", "01"), ("DEPARTMENT", "02"), ("COSTTYPE", "A"), ("COSTTYPE", "B"))
PLACE: dict[str, Any] = {"sub_job": "01", "segments": {"Phase": "A"}}
UNUSED = "; sub job 01 and Phase A are not used by this rule"
Sums = dict[tuple[str, str], Decimal]


@pytest.fixture
def divided(company: Company) -> Company:
    """The rules make the sub job a department, and the phase a cost type."""
    has_values(company)
    rules_say(company, DEPARTMENT="{sub_job}", COSTTYPE="{segment:phase}")
    return company


@pytest.fixture(params=["later", "first"])
def arranged(divided: Company, request: pytest.FixtureRequest) -> Iterator[Company]:
    """Budget codes of four segments, in either order."""
    divided.procore("settings", {"type_first": [divided.job] if request.param == "first" else []})
    yield divided
    divided.procore("settings", {"type_first": []})


def has_values(company: Company) -> None:
    there = company.ledger("ledger")["dimension_values"]
    for dimension, code in VALUES:
        if code not in there:
            facts = {"dimension": dimension, "code": code, "name": f"Place {code}"}
            company.ledger("business_central/add_value", facts)
    tasks.refresh(company.integration.pk)


def rules_say(company: Company, **dimensions: str) -> None:
    for row in CostCodeMapping.objects.filter(integration=company.integration):
        row.dimensions = {**row.dimensions, **dimensions}
        row.save()


def numbered(company: Company, number: str) -> str:
    """A number of its own for each order of the segments."""
    journals = company.ledger("ledger")["journals"]["list"]
    return f"{number}-{len(company.posted())}-{len(journals)}"


def places(record: Record) -> list[tuple[str, str]]:
    """Sub job and phase of each line that is coded, as the ledger is told them."""
    told = [dict(line["dimensions"]) for line in record.coded["lines"] if line["source_line"]]
    return [(line.get("DEPARTMENT", ""), line.get("COSTTYPE", "")) for line in told]


def committed(company: Company) -> Sums:
    """What stands on the memo account by sub job and phase, asked of the ledger."""
    rule = AccountRule.objects.get(integration=company.integration, purpose="commitment")
    found: Sums = {}
    for row in company.ledger("ledger")["journals"]["list"]:
        for line in row["lines"]:
            if line["account"] == rule.account:
                told = dict(line["dimensions"])
                key = told.get("DEPARTMENT", ""), told.get("COSTTYPE", "")
                found[key] = found.get(key, Decimal(0)) + Decimal(line["amount"])
    return found


def since(company: Company, before: Sums) -> Sums:
    now = committed(company)
    moved = {key: amount - before.get(key, Decimal(0)) for key, amount in now.items()}
    return {key: amount for key, amount in moved.items() if amount}


def test_lines_that_differ_only_in_the_sub_job_are_coded_apart(divided: Company) -> None:
    lines = [divided.line(f"{n}00.00", sub_job=job) for n, job in ((1, "01"), (2, "02"), (3, ""))]
    record = settled(divided, "direct_costs", divided.a_direct_cost("SUB-1", lines=lines))
    assert record.state == State.POSTED, record.sentence
    assert places(record) == [("01", ""), ("02", ""), ("", "")], "nothing is made up"


def test_a_segment_of_the_companys_own_is_found_by_its_name(arranged: Company) -> None:
    lines = [arranged.line("100.00", **PLACE), arranged.line("50.00", segments={"Phase": "B"})]
    row = arranged.a_direct_cost(numbered(arranged, "SUB-2"), lines=lines)
    record = settled(arranged, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert places(record) == [("01", "A"), ("", "B")]


def test_every_kind_of_document_tells_them(arranged: Company) -> None:
    contract = a_contract(arranged, "SUB-3", "300.00", "200.00")
    order = arranged.procore_has(
        "commitment_change_orders", project=arranged.job, contract=contract["id"],
        title="More", status="approved", due_date=arranged.today,
        lines=[arranged.line("70.00", kind="S", **PLACE)],
    )  # fmt: skip
    purchase = arranged.procore_has(
        "purchase_order_contracts", project=arranged.job, vendor=arranged.a_vendor,
        number="SUB-3-PO", title="Rebar", status="Approved", contract_date=arranged.today,
        lines=[arranged.line("120.00", **PLACE)],
    )  # fmt: skip
    billing = telling.a_billing(arranged, contract, "SUB-3-B", [{"line": 1, "work": "10.00"}])
    for flow, row in (
        ("commitment_change_orders", order), ("purchase_orders", purchase),
        ("requisitions", billing),
    ):  # fmt: skip
        record = settled(arranged, flow, row)
        assert places(record) == [("01", "A")], (flow, record.sentence)


def a_contract(company: Company, number: str, one: str, other: str) -> dict[str, Any]:
    """Two lines of one cost code, in two sub jobs."""
    lines = [
        company.line(one, kind="S", **PLACE),
        company.line(other, kind="S", sub_job="02", segments={"Phase": "A"}),
    ]
    return telling.a_subcontract(company, number, lines=lines, retainage_percent="0")


def billed(company: Company, contract: dict[str, Any], number: str, *works: str) -> Record:
    items = [{"line": place, "work": work} for place, work in enumerate(works, 1)]
    billing = telling.a_billing(company, contract, number, items)
    assert settled(company, "requisitions", billing).state == State.POSTED
    return relieved(company, billing)


def test_a_billing_is_taken_off_where_its_commitment_stands(arranged: Company) -> None:
    before = committed(arranged)
    number = numbered(arranged, "SUB-4")
    contract = a_contract(arranged, number, "300.00", "200.00")
    assert settled(arranged, "subcontracts", contract).state == State.POSTED
    assert since(arranged, before) == {("01", "A"): Decimal(300), ("02", "A"): Decimal(200)}
    record = billed(arranged, contract, f"{number}-B", "250.00", "150.00")
    assert record.state == State.POSTED, record.sentence
    assert since(arranged, before) == {("01", "A"): Decimal(50), ("02", "A"): Decimal(50)}


def test_what_is_billed_too_much_in_one_sub_job_is_not_taken_off_another(
    divided: Company,
) -> None:
    before = committed(divided)
    contract = a_contract(divided, "SUB-5", "300.00", "200.00")
    assert settled(divided, "subcontracts", contract).state == State.POSTED
    assert billed(divided, contract, "SUB-5-1", "400.00").state == State.POSTED
    assert since(divided, before) == {("02", "A"): Decimal(200)}
    record = billed(divided, contract, "SUB-5-2", "0.00", "20.00")
    assert record.state == State.POSTED, record.sentence
    assert since(divided, before) == {("02", "A"): Decimal(180)}


def test_what_a_closed_contract_never_billed_is_freed_there(divided: Company) -> None:
    divided.settings(CLOSING, when_closed="free")
    before = committed(divided)
    contract = a_contract(divided, "SUB-6", "300.00", "200.00")
    assert settled(divided, "subcontracts", contract).state == State.POSTED
    assert billed(divided, contract, "SUB-6-1", "100.00").state == State.POSTED
    becomes(divided, contract, "Terminated")
    record = looked_at(divided, contract)
    assert record.state == State.POSTED, record.sentence
    assert sorted(places(record)) == [("01", "A"), ("02", "A")]
    assert since(divided, before) == {}


def test_another_sub_job_is_another_content(divided: Company) -> None:
    row = divided.a_direct_cost("SUB-7", status="approved")
    plain = settled(divided, "direct_costs", row)
    assert plain.state == State.POSTED, plain.sentence
    divided.procore_changes("direct_costs", row, lines=[divided.line("840.50", sub_job="01")])
    moved = settled(divided, "direct_costs", row)
    assert (moved.state, moved.reason) == (State.HELD, Reason.CHANGED_AFTER_POSTING)
    divided.procore_changes("direct_costs", row, lines=[divided.line("840.50")])
    assert settled(divided, "direct_costs", row).state == State.POSTED


def test_without_segments_the_proof_of_what_stands_is_as_it_always_was() -> None:
    """Else all that was posted before would seem to have changed."""
    line = Line("1", "Rebar", Decimal("10.00"), "03-100", "Footings", "M")
    document = Document(
        kind="direct_cost", id="1", number="N-1", title="T", status="approved",
        project=Project("7", "P-1", "Depot"), vendor=Party("3", "Acme"), date=dt.date(2026, 3, 2),
        currency="USD", lines=(line,), total=Decimal("10.00"),
    )  # fmt: skip
    before = "41c402e9e2d84ad02ee7ae4807045f95d9a311117e0b6e5fbdf06670c92e540d"
    assert digest(document) == before
    area = dataclasses.replace(line, segments=(("sub_job", "01"),))
    assert digest(dataclasses.replace(document, lines=(area,))) != before


# -- what no rule uses ----------------------------------------------------------------------------


def test_what_no_rule_uses_is_said_and_holds_nothing(
    company: Company, admin_client: Browser
) -> None:
    row = company.a_direct_cost("SUB-8", lines=[company.line("100.00", **PLACE)])
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    [line] = record.coded["lines"]
    assert line["rule"].endswith(UNUSED)
    assert UNUSED in page_of(admin_client, record), "in the entry"


def test_what_cannot_be_coded_yet_shows_its_segments_and_what_a_rule_leaves_of_them(
    company: Company, admin_client: Browser
) -> None:
    row = company.a_direct_cost("SUB-12", lines=[company.line("100.00", **PLACE)])
    VendorLink.objects.all().delete()
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_VENDOR)
    page = page_of(admin_client, record)
    assert "sub job 01, Phase A" in page
    assert UNUSED in page


def page_of(browser: Browser, record: Record) -> str:
    return browser.get(f"/syncs/record/{record.pk}/change/").content.decode()


def test_what_a_rule_uses_is_not_said_to_be_unused(divided: Company) -> None:
    rules_say(divided, COSTTYPE="M")
    row = divided.a_direct_cost("SUB-9", lines=[divided.line("100.00", **PLACE)])
    record = settled(divided, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert record.coded["lines"][0]["rule"].endswith("; Phase A is not used by this rule")


def test_a_value_that_the_ledger_lacks_is_named(divided: Company) -> None:
    row = divided.a_direct_cost("SUB-10", lines=[divided.line("100.00", sub_job="77")])
    record = settled(divided, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DIMENSION), record.sentence
    assert "Value 77 of dimension DEPARTMENT does not exist in the ledger" in record.sentence


def test_lines_of_plain_codes_cost_no_request_more(company: Company) -> None:
    record = settled(company, "direct_costs", company.a_direct_cost("SUB-11"))
    telling.forget_requests(company)
    telling.again(company, record)
    asked = telling.requests_to(company, "procore")
    assert asked
    assert not [name for name in asked if "wbs_codes" in name]


# -- the way back ---------------------------------------------------------------------------------


def test_a_line_of_a_sub_job_is_never_written_to_the_code_alone(company: Company) -> None:
    """Nobody can write a sub job into Procore: a person is told, and nothing is guessed."""
    rules_say(company, DEPARTMENT="{sub_job}")
    line = a_line(company)
    found, decoder = decoded(company, an_invoice(company, line))
    assert found, decoder.problems
    assert found.lines[0].cost_code == company.mapped_code
    area = dataclasses.replace(line, dimensions=(*line.dimensions, ("DEPARTMENT", "01")))
    reasons, sentence = held(company, an_invoice(company, area))
    assert reasons == [Reason.MISSING_MAPPING]
    assert "DEPARTMENT (sub job) belongs to a budget code" in sentence
    assert "by hand" in sentence
    elsewhere = dataclasses.replace(area, account="12000")
    assert "what no rule leads to" in held(company, an_invoice(company, elsewhere))[1]
