"""From a document of the field to accounts and dimensions, as the ledger then shows it."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from mappings.lookup import Lookup
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, Reference, TaxLink
from syncs.coding import numbers
from syncs.coding.snapshot import digest
from syncs.flow import Context
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import settled, sums
from tests.story import Company

pytestmark = pytest.mark.django_db
Booking = FlowSettings.Booking


def account(company: Company, purpose: str) -> str:
    return str(AccountRule.objects.get(integration=company.integration, purpose=purpose).account)


def cost_account(company: Company, kind: str = "M", code: str = "") -> str:
    rule = Lookup(company.integration).rule_for(code or company.mapped_code, kind, company.job)
    assert rule is not None
    return rule.account


def only(company: Company, number: str) -> dict[str, Any]:
    [document] = company.posted_under(number)
    return document


# -- subcontractor invoices -----------------------------------------------------------------------


def test_retainage_held_goes_to_its_own_account_and_the_payment_due_is_posted(
    company: Company,
) -> None:
    contract = telling.a_subcontract(company, "SC-RET-1", "5000.00", "1000.00")
    row = telling.a_billing(
        company, contract, "RET-1", [{"line": 1, "work": "1000.00"}, {"line": 2, "work": "333.33"}]
    )
    record = settled(company, "requisitions", row)
    assert record.state == State.POSTED, record.sentence
    document = only(company, "RET-1")
    assert Decimal(document["total"]) == Decimal("1200.00") == record.amount
    assert sums(document) == {
        cost_account(company, "S"): Decimal("1333.33"),
        account(company, "retainage_held"): Decimal("-133.33"),
    }
    assert {line["dimensions"].get("PROJECT") for line in document["lines"]} == {company.job}


def test_retainage_released_goes_to_its_own_account(company: Company) -> None:
    contract = telling.a_subcontract(company, "SC-RET-2", "5000.00")
    first = telling.a_billing(company, contract, "RET-2A", [{"line": 1, "work": "2000.00"}])
    assert settled(company, "requisitions", first).state == State.POSTED
    row = telling.a_billing(
        company, contract, "RET-2B",
        [{"line": 1, "work": "500.00", "retained": "50.00", "released": "200.00"}],
    )  # fmt: skip
    record = settled(company, "requisitions", row)
    assert record.state == State.POSTED, record.sentence
    document = only(company, "RET-2B")
    assert Decimal(document["total"]) == Decimal("650.00")
    assert sums(document) == {
        cost_account(company, "S"): Decimal("500.00"),
        account(company, "retainage_held"): Decimal("-50.00"),
        account(company, "retainage_released"): Decimal("200.00"),
    }


def test_the_twin_lines_of_change_orders_are_not_booked_twice(company: Company) -> None:
    """On ERP-integrated projects Procore adds a line of 0.00 for each change order."""
    job = next(
        row for row in company.procore("procore/projects") if row.get("is_erp_integrated")
    )["project_number"]  # fmt: skip
    contract = telling.a_subcontract(company, "SC-TWIN-1", "4000.00", project=job)
    company.procore_has(
        "commitment_change_orders", project=job, contract=contract["id"], status="approved",
        number="777", title="Wall", lines=[company.line("200.00", kind="S")],
    )  # fmt: skip
    row = telling.a_billing(
        company, contract, "TWIN-1",
        [{"line": 1, "work": "100.00"}, {"line": 2, "work": "50.00"}], project=job,
    )  # fmt: skip
    assert len(row["items"]) == 3, "the contract's line, the change and its twin"
    record = settled(company, "requisitions", row)
    assert record.state == State.POSTED, record.sentence
    document = only(company, "TWIN-1")
    assert Decimal(document["total"]) == Decimal("135.00")
    assert len(document["lines"]) == 3, "two costs and what is held back"


def test_a_requisition_booked_as_journal_lines_balances_against_clearing(company: Company) -> None:
    company.settings("requisitions", booking=Booking.JOURNAL)
    contract = telling.a_subcontract(company, "SC-JOU-1", "5000.00")
    row = telling.a_billing(company, contract, "JOU-1", [{"line": 1, "work": "1000.00"}])
    record = settled(company, "requisitions", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        cost_account(company, "S"): Decimal("1000.00"),
        account(company, "retainage_held"): Decimal("-100.00"),
        account(company, "clearing"): Decimal("-900.00"),
    }
    assert company.posted_under("JOU-1") == []


# -- invoices -------------------------------------------------------------------------------------


def test_a_negative_total_is_a_memo_with_positive_amounts(company: Company) -> None:
    lines = [company.line("-300.00"), company.line("80.10")]
    record = settled(company, "direct_costs", company.a_direct_cost("MEMO-1", lines=lines))
    assert record.state == State.POSTED, record.sentence
    document = only(company, "MEMO-1")
    assert (document["documentType"], document["total"]) == ("Credit Memo", "219.90")
    assert sums(document) == {cost_account(company): Decimal("219.90")}


def test_a_tax_code_is_translated_and_the_ledgers_tax_makes_the_sources_total(
    company: Company,
) -> None:
    lines = [{**company.line("200.00"), "tax_code": "MATERIALS"}]
    row = company.a_direct_cost("TAX-1", lines=lines, header_total="214.50")
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    document = only(company, "TAX-1")
    assert (document["total"], document["tax"]) == ("214.50", "14.50")
    assert sums(document) == {cost_account(company): Decimal("200.00")}


def test_a_tax_code_without_a_link_holds_the_document(company: Company) -> None:
    TaxLink.objects.filter(project_code="MATERIALS").delete()
    lines = [{**company.line("200.00"), "tax_code": "MATERIALS"}]
    record = settled(company, "direct_costs", company.a_direct_cost("TAX-2", lines=lines))
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING)
    assert "MATERIALS" in record.sentence
    assert record.problems[0]["tax_code"] == "MATERIALS"
    assert company.posted_under("TAX-2") == []


def test_a_tax_that_the_ledger_works_out_differently_is_never_posted(company: Company) -> None:
    lines = [{**company.line("200.00"), "tax_code": "MATERIALS"}]
    Reference.objects.filter(kind="tax_code", code="MATERIALS").update(data={})
    row = company.a_direct_cost("TAX-3", lines=lines, header_total="200.00")
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence
    assert "214.50" in record.sentence
    assert (company.posted_under("TAX-3"), telling.drafts(company, "TAX-3")) == ([], [])


def test_a_tax_code_without_tax_is_held_until_finance_chooses_to_leave_it_out(
    company: Company,
) -> None:
    lines = [
        {**company.line("200.00"), "tax_code": "MATERIALS"},
        {**company.line("80.00"), "tax_code": "LABOR"},
    ]
    row = company.a_direct_cost("TAX-4", lines=lines)
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.TAX), record.sentence
    assert "MATERIALS (7.25 %)" in record.sentence
    assert len(record.problems) == 1, "a rate of zero adds nothing"
    assert telling.drafts(company, "TAX-4") == []
    company.settings("direct_costs", unstated_tax="leave_out")
    record = telling.again(company, record)
    assert record.state == State.POSTED, record.sentence
    document = only(company, "TAX-4")
    assert (document["total"], document["tax"]) == ("280.00", "0.00")
    assert [line["tax_code"] for line in record.coded["lines"]] == ["", "LABOR"]


def test_of_a_code_without_link_and_without_tax_both_are_told_and_left_out_needs_no_link(
    company: Company,
) -> None:
    TaxLink.objects.filter(project_code="MATERIALS").delete()
    lines = [{**company.line("200.00"), "tax_code": "MATERIALS"}]
    record = settled(company, "direct_costs", company.a_direct_cost("TAX-5", lines=lines))
    told = [facts["reason"] for facts in record.problems]
    assert told == [Reason.MISSING_MAPPING, Reason.TAX], record.sentence
    company.settings("direct_costs", unstated_tax="leave_out")
    record = telling.again(company, record)
    assert record.state == State.POSTED, record.sentence


@pytest.mark.parametrize("amount", ["840.53", "840.47"])
def test_rounding_within_the_threshold_goes_to_its_account(company: Company, amount: str) -> None:
    company.settings("direct_costs", rounding_threshold="0.05")
    number = f"ROUND-{amount[-2:]}"
    row = company.a_direct_cost(number, "840.50", header_total=amount)
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    document = only(company, number)
    assert document["total"] == amount
    assert sums(document)[account(company, "rounding")] == Decimal(amount) - Decimal("840.50")


def test_rounding_over_the_threshold_holds_and_names_the_difference(company: Company) -> None:
    company.settings("direct_costs", rounding_threshold="0.02")
    row = company.a_direct_cost("ROUND-9", "840.50", header_total="840.53")
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.DOES_NOT_FOOT)
    assert "0.03" in record.sentence
    assert company.posted_under("ROUND-9") == []


def test_a_journal_rounds_too_so_that_it_is_worth_what_the_source_says(company: Company) -> None:
    company.settings("direct_costs", rounding_threshold="0.05", booking=Booking.JOURNAL)
    row = company.a_direct_cost("ROUND-J", "840.50", header_total="840.53")
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        cost_account(company): Decimal("840.50"),
        account(company, "rounding"): Decimal("0.03"),
        account(company, "clearing"): Decimal("-840.53"),
    }


def test_payroll_has_no_vendor_and_is_booked_against_clearing(company: Company) -> None:
    row = company.a_direct_cost(
        "PAY-1", direct_cost_type="payroll", vendor=None, invoice_number=None,
        employee_id=598134325100950, lines=[company.line("2400.00", kind="L")],
    )  # fmt: skip
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_kind == "journal"
    [journal] = telling.journals(company, record)
    assert sums(journal) == {
        cost_account(company, "L"): Decimal("2400.00"),
        account(company, "clearing"): Decimal("-2400.00"),
    }


# -- drafts ---------------------------------------------------------------------------------------


def a_draft(company: Company, number: str) -> Record:
    company.settings("direct_costs", booking=Booking.INVOICE_DRAFT)
    record = settled(company, "direct_costs", company.a_direct_cost(number, "410.00"))
    assert (record.state, record.destination_status) == (State.POSTED, "draft"), record.sentence
    assert "draft" in record.sentence
    return record


def test_a_draft_stays_a_draft_and_is_watched_until_somebody_posts_it(company: Company) -> None:
    record = a_draft(company, "STAYS-1")
    assert (len(telling.drafts(company, "STAYS-1")), company.posted_under("STAYS-1")) == (1, [])
    assert telling.again(company, record).destination_status == "draft"
    company.ledger("business_central/post_draft", {"id": record.destination_id})
    record = telling.again(company, record)
    assert (record.state, record.destination_status) == (State.POSTED, "posted")
    assert record.destination_number == only(company, "STAYS-1")["number"]


def test_a_draft_that_somebody_deleted_is_held(company: Company) -> None:
    record = a_draft(company, "STAYS-2")
    company.ledger("business_central/delete_draft", {"id": record.destination_id})
    record = telling.again(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS)
    assert "not in the ledger any more" in record.sentence
    assert telling.drafts(company, "STAYS-2") == []


def test_finance_may_track_a_flow_without_booking_it(company: Company) -> None:
    """Nothing of it needs a mapping, so nothing of it is held."""
    company.settings("direct_costs", booking=Booking.NOTHING)
    code = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    row = company.a_direct_cost("TRACK-1", lines=[company.line("10.00", code)])
    record = settled(company, "direct_costs", row)
    assert record.state == State.SKIPPED, record.sentence
    assert "without booking" in record.sentence
    assert record.amount == Decimal("10.00")


# -- the rules ------------------------------------------------------------------------------------


def test_the_most_specific_rule_wins_code_before_project_before_type(company: Company) -> None:
    CostCodeMapping.objects.filter(integration=company.integration).delete()
    accounts = ["60100", "60200", "60300", "60400", "60500", "60600", "53200", "52200"]
    code = "03-300"
    keys = [
        ("", "", ""), ("", "", "M"), ("", company.job, ""), ("", company.job, "M"),
        (code, "", ""), (code, "", "M"), (code, company.job, ""), (code, company.job, "M"),
    ]  # fmt: skip
    for index, ((cost_code, job, kind), number) in enumerate(zip(keys, accounts, strict=True)):
        CostCodeMapping.objects.create(
            integration=company.integration, cost_code=cost_code, project=job, cost_type=kind,
            account=number,
        )  # fmt: skip
        row = company.a_direct_cost(f"RULE-{index}", lines=[company.line("1.00", code)])
        record = settled(company, "direct_costs", row)
        assert record.state == State.POSTED, record.sentence
        assert sums(only(company, f"RULE-{index}")) == {number: Decimal("1.00")}


def test_a_rule_for_another_project_or_type_does_not_count(company: Company) -> None:
    CostCodeMapping.objects.filter(cost_code="03-300").delete()
    for job, kind in (("P-9999", ""), ("", "L"), ("P-9999", "M")):
        CostCodeMapping.objects.create(
            integration=company.integration, cost_code="03-300", project=job, cost_type=kind,
            account="60100",
        )  # fmt: skip
    row = company.a_direct_cost("RULE-X", lines=[company.line("1.00", "03-300")])
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_MAPPING)


def test_all_problems_are_listed_at_once(company: Company) -> None:
    unmapped = company.procore("demo")["expected"]["unmapped_cost_codes"]
    TaxLink.objects.all().delete()
    row = company.a_direct_cost(
        "MANY-" + "X" * 40, vendor="Buckeye Dumpster & Hauling", currency_iso_code="EUR",
        direct_cost_date="2019-01-02", header_total="500.00",
        lines=[company.line("10.00", code) for code in unmapped]
        + [{"description": "Misc.", "amount": "5.00"},
           {**company.line("20.00"), "tax_code": "RENTAL"}],
    )  # fmt: skip
    record = settled(company, "direct_costs", row)
    assert record.state == State.HELD
    found = {problem["reason"] for problem in record.problems}
    assert found == {
        Reason.MISSING_MAPPING, Reason.MISSING_VENDOR, Reason.CURRENCY, Reason.NUMBER,
        Reason.PERIOD_CLOSED, Reason.DOES_NOT_FOOT, Reason.LINE_WITHOUT_COST_CODE, Reason.TAX,
    }  # fmt: skip
    codes = [problem.get("cost_code") for problem in record.problems if "cost_code" in problem]
    assert codes == unmapped
    assert f"and {len(record.problems) - 1} more" in record.sentence
    assert all(problem["sentence"] for problem in record.problems)


def test_a_purpose_without_an_account_names_the_setting(company: Company) -> None:
    AccountRule.objects.filter(purpose="retainage_held").delete()
    contract = telling.a_subcontract(company, "SC-SET-1", "5000.00")
    row = telling.a_billing(company, contract, "SET-1", [{"line": 1, "work": "1000.00"}])
    record = settled(company, "requisitions", row)
    assert (record.state, record.reason) == (State.HELD, Reason.SETTINGS)
    assert "retainage" in record.sentence.lower()


def test_an_unlinked_project_holds(company: Company) -> None:
    row = company.a_direct_cost("NOPROJECT-1")
    link = telling.project(company)
    ProjectLink.objects.filter(pk=link.pk).delete()
    record = company.note("direct_costs", row, scope=link.project_id)
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_PROJECT)
    assert link.project_number in record.sentence
    assert company.posted_under("NOPROJECT-1") == []


# -- the proof ------------------------------------------------------------------------------------


def fetched(company: Company, row: dict[str, Any]) -> Any:
    context = Context(company.integration, "direct_costs")
    return context.project_system.document("direct_cost", company.scope_of(row), str(row["id"]))


def test_the_digest_ignores_titles_and_names_and_sees_every_amount_and_code(
    company: Company,
) -> None:
    document = fetched(company, company.a_direct_cost("PROOF-1"))
    proof = digest(document)
    for words in ({"title": "Another"}, {"url": "x"}, {"status": "paid"}, {"updated_at": None}):
        assert digest(dataclasses.replace(document, **words)) == proof
    line = document.lines[0]
    for fact in (
        {"amount": line.amount + Decimal("0.01")}, {"cost_code": "x"}, {"cost_type": "x"},
        {"tax": Decimal("0.01")}, {"retained": Decimal(1)}, {"tax_code": "x"},
    ):  # fmt: skip
        changed = dataclasses.replace(document, lines=(dataclasses.replace(line, **fact),))
        assert digest(changed) != proof, fact
    for fact in ({"total": Decimal(1)}, {"vendor_invoice_number": "x"}, {"currency": "EUR"}):
        assert digest(dataclasses.replace(document, **fact)) != proof, fact
    spelled = dataclasses.replace(line, amount=Decimal("840.5000"))
    assert digest(dataclasses.replace(document, lines=(spelled,))) == proof


def test_a_new_title_after_posting_changes_nothing(company: Company) -> None:
    row = company.a_direct_cost("PROOF-2")
    record = settled(company, "direct_costs", row)
    company.procore_changes("direct_costs", row, description="Another title")
    assert settled(company, "direct_costs", row).state == State.POSTED
    record.refresh_from_db()
    assert record.title.startswith("Another title")


def test_a_journal_number_fits_and_stays_the_same(company: Company) -> None:
    document = fetched(company, company.a_direct_cost("PROOF-3"))
    long = dataclasses.replace(document, id="9" * 40)
    for one in (document, long):
        assert len(numbers.journal_number(one, 12)) <= 20
        assert numbers.journal_number(one, 1) == numbers.journal_number(one, 1)
        assert len(numbers.batch_key(one, 1)) == 10
    assert numbers.batch_key(document, 1) != numbers.batch_key(document, 2)
