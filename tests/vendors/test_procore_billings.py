"""A ledger's invoices become requisitions of their commitment, over HTTP against the stand-in."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from connections.documents import Document, Line, Party
from connections.errors import InDoubt, NeedsPerson, Reason
from tests.vendors.stage_procore_books import D, Ledger, a_line, coded, ledger, with_lines
from tests.vendors.test_procore_story import procore, ready

__all__ = ["ledger", "procore", "ready"]
pytestmark = pytest.mark.django_db(transaction=True)
POST = r"requisitions$"


@pytest.fixture
def order(ledger: Ledger) -> Document:
    """Approved: 1,000 and 500 on one code, 300 on another."""
    sent = ledger.an_order(
        a_line("1", "1000.00"),
        a_line("2", "500.00"),
        a_line("3", "300.00", cost_code="93-200", cost_type="S-T"),
    )
    found = ledger.shows(sent, ledger.sends(sent))
    ledger.writes()
    return found


def invoice(ledger: Ledger, order: Document, *lines: Line, **facts: object) -> Document:
    given = {"contract_id": order.id, "contract_number": order.number, **facts}
    return ledger.an_invoice("requisition", *lines, **given)


def by_code(document: Document) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in document.lines:
        found[line.cost_code] = found.get(line.cost_code, D(0)) + line.amount
    return found


def test_an_invoice_is_billed_on_its_order(ledger: Ledger, order: Document) -> None:
    lines = (a_line("1", "700.10"), a_line("2", "500.00"), a_line("3", "-0.05"))
    other = a_line("4", "300.00", cost_code="93-200", cost_type="S-T")
    sent = invoice(ledger, order, *lines, other)
    there = ledger.shows(sent, ledger.sends(sent))
    assert [line.amount for line in there.lines] == [D("1000.00"), D("200.05"), D("300.00")]
    assert there.total == sent.total
    assert (there.number, there.status, there.contract_id) == ("RE-4711", "approved", order.id)
    assert (there.date, there.origin_id) == (sent.date, "NAV|invoice|RE-4711")
    assert there.locked == "Procore has locked it: it is approved"
    assert len(ledger.writes()) == 2  # the billing period, the invoice


def test_the_requests_of_an_invoice(ledger: Ledger, order: Document) -> None:
    ledger.a_period(3)
    ledger.requests()
    sent = [invoice(ledger, order, a_line("1", "10.00"), number=f"RE-{n}") for n in range(5)]
    client = ledger.client()
    for document, standing in zip(sent, client.find_sent(sent), strict=True):
        assert standing == []
        client.send(document, None, "send")
    # once: the list, the order, projects, periods; each: the invoice before, the write
    assert ledger.requests() == 4 + 5 * 2


def test_an_invoice_sent_again_changes_nothing(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "700.10"))
    first = ledger.sends(sent)
    ledger.writes()
    assert ledger.sends(sent) == first
    assert ledger.writes() == []


def test_invoices_follow_each_other_on_the_order(ledger: Ledger, order: Document) -> None:
    for number, amount, billed in (
        ("1", "800.00", ["800.00"]),
        ("2", "400.00", ["200.00", "200.00"]),
        ("3", "300.00", ["300.00"]),
    ):
        sent = invoice(ledger, order, a_line("1", amount), number=number)
        there = ledger.shows(sent, ledger.sends(sent))
        assert [line.amount for line in there.lines] == [D(part) for part in billed]
        assert there.total == D(amount)


def test_more_than_is_left_is_held_before_anything_is_written(
    ledger: Ledger, order: Document
) -> None:
    ledger.sends(invoice(ledger, order, a_line("1", "1400.00"), number="RE-1"))
    ledger.writes()
    over = invoice(
        ledger, order, a_line("1", "100.01"), a_line("2", "5.00", cost_code="93-200"),
    )  # fmt: skip
    error = ledger.held(over)
    assert error.reason == Reason.OVER_COMMITMENT
    assert (
        "cost code 93-100 M-T: 100.01 is billed, 100.00 is left (1,500.00 committed, 1,400.00 "
        "billed before)"
    ) in error.sentence
    assert "cost code 93-200 M-T (5.00) is not in the commitment" in error.sentence
    problems = error.detail["problems"]
    assert isinstance(problems, list)
    reasons = [Reason.OVER_COMMITMENT, Reason.NOT_IN_COMMITMENT]
    assert [one["reason"] for one in problems] == reasons
    assert [one["there"] for one in problems] == [order.url, order.url]
    assert ledger.writes() == []


def test_of_several_sub_jobs_none_is_chosen(ledger: Ledger) -> None:
    """A contract that people made in Procore; the ledger's line says the code alone."""
    line = {"cost_code": "93-100", "cost_type": "M-T", "amount": "500.00"}
    contract = ledger.story.has_document(
        "work_order_contracts", status="Approved", vendor=ledger.vendor.name, number="SC-7",
        title="Walls", lines=[{**line, "sub_job": "01"}, {**line, "sub_job": "02"}],
    )  # fmt: skip
    sent = ledger.an_invoice(
        "requisition", a_line("1", "100.00"), contract_id=contract, contract_number="SC-7"
    )
    ledger.writes()
    error = ledger.held(sent)
    assert error.reason == Reason.COST_CODE
    assert "93-100 M-T in several sub jobs or segments (sub_job 01; sub_job 02)" in error.sentence
    assert ledger.writes() == []


def test_a_credit_memo_takes_back_what_was_billed(ledger: Ledger, order: Document) -> None:
    ledger.sends(invoice(ledger, order, a_line("1", "1200.00"), number="RE-1"))
    memo = invoice(ledger, order, a_line("1", "-300.00"), origin_id="NAV|memo|5", number="RE-1")
    there = ledger.shows(memo, ledger.sends(memo))
    assert [line.amount for line in there.lines] == [D("-100.00"), D("-200.00")]
    assert there.total == D("-300.00")
    too_much = invoice(ledger, order, a_line("1", "-900.01"), number="GS-2")
    error = ledger.held(too_much)
    assert "900.01 is credited, only 900.00 was billed" in error.sentence


def test_an_order_line_that_is_a_deduction_is_billed_as_one(ledger: Ledger) -> None:
    sent = ledger.an_order(
        a_line("1", "100.00"), a_line("2", "-30.00", cost_code="93-200"), number="106009"
    )
    order = ledger.shows(sent, ledger.sends(sent))
    bill = invoice(ledger, order, a_line("1", "100.00"), a_line("2", "-30.00", cost_code="93-200"))
    assert by_code(ledger.shows(bill, ledger.sends(bill))) == {
        "93-100": D(100), "93-200": D(-30)
    }  # fmt: skip


def test_retainage_of_the_contract_is_not_held_back(ledger: Ledger) -> None:
    contract = ledger.story.has_a_subcontract(lines=[{"amount": "1000.00"}])
    order = ledger.story.document("subcontract", contract)
    bill = invoice(ledger, order, a_line("1", "100.00"))
    there = ledger.shows(bill, ledger.sends(bill))
    assert (there.total, there.lines[0].retained) == (D(100), D(0))
    held = a_line("1", "100.00", retained=D(10))
    more = invoice(ledger, order, held, number="RE-2")
    there = ledger.shows(more, ledger.sends(more))
    assert (there.total, there.lines[0].retained) == (D(90), D(10))


def test_the_month_becomes_a_period_once(ledger: Ledger, order: Document) -> None:
    for number in ("RE-1", "RE-2"):
        ledger.sends(invoice(ledger, order, a_line("1", "10.00"), number=number))
    periods = ledger.rows("billing_periods")
    assert [(one["start_date"], one["end_date"]) for one in periods] == [
        ("2026-03-01", "2026-03-31")
    ]
    rows = ledger.rows("requisitions")
    assert {(row["requisition_start"], row["requisition_end"]) for row in rows} == {
        ("2026-03-01", "2026-03-31")
    }


def test_a_new_period_does_not_reach_into_others(ledger: Ledger, order: Document) -> None:
    for first, last in (("2026-02-16", "2026-03-05"), ("2026-03-20", "2026-04-15")):
        ledger.story.has("billing_periods", project="T-1", start_date=first, end_date=last,
                         due_date=last, status="closed")  # fmt: skip
    ledger.sends(invoice(ledger, order, a_line("1", "10.00")))
    new = ledger.rows("billing_periods")[-1]
    assert (new["start_date"], new["end_date"]) == ("2026-03-06", "2026-03-19")


def test_a_closed_period_holds_the_invoice(ledger: Ledger, order: Document) -> None:
    closed = ledger.a_period(3, status="closed")
    sent = invoice(ledger, order, a_line("1", "10.00"))
    error = ledger.held(sent)
    assert error.reason == Reason.BILLING_PERIOD
    assert str(error.detail["there"]).endswith("/project/invoicing")
    assert (
        "Invoice RE-4711 is dated Mar 12, 2026, and the billing period Mar 1, 2026 to Mar 31, 2026 "
        "of project T-1 is closed in Procore."
    ) in error.sentence
    assert ledger.writes() == []
    ledger.story.changes("billing_periods", closed["id"], status="open")
    assert ledger.sends(sent)


def test_an_invoice_without_a_date(ledger: Ledger, order: Document) -> None:
    error = ledger.held(invoice(ledger, order, a_line("1", "10.00"), date=None))
    assert error.reason == Reason.MISSING_DATE


@pytest.mark.parametrize("path", [POST, "billing_periods"])
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_an_invoice_cut_off_is_there_once(
    ledger: Ledger, order: Document, path: str, action: str
) -> None:
    sent = invoice(ledger, order, a_line("1", "700.10"))
    ledger.story.fails(action=action, method="POST", path=path)
    with pytest.raises(InDoubt):
        ledger.sends(sent)
    there = ledger.shows(sent, ledger.sends(sent))
    assert there.total == sent.total
    assert len(ledger.rows("requisitions")) == len(ledger.rows("billing_periods")) == 1


def test_changes_follow_while_it_is_under_review(ledger: Ledger, order: Document) -> None:
    other = a_line("4", "300.00", cost_code="93-200", cost_type="S-T")
    sent = invoice(ledger, order, a_line("1", "700.10"), other, status="under_review")
    first = ledger.sends(sent)
    assert ledger.shows(sent, first).locked == ""
    changed = with_lines(sent, a_line("1", "900.00"), a_line("2", "300.00"))
    ledger.writes()
    assert ledger.sends(changed) == first
    there = ledger.shows(changed, first)
    assert by_code(there) == {"93-100": D(1200)}
    assert (there.status, there.origin_id) == ("under_review", sent.origin_id)
    assert len(ledger.writes()) == 2  # the origin id away, the rest
    approved = dataclasses.replace(changed, status="approved")
    assert ledger.sends(approved) == first
    assert ledger.shows(approved, first).locked
    assert ledger.sends(approved) == first


def test_a_change_cut_off_between_is_finished(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "700.10"), status="under_review")
    first = ledger.sends(sent)
    changed = with_lines(sent, a_line("1", "900.00"))
    ledger.story.fails(action="cut_before", method="PATCH", path=r"requisitions/\d+", skip=1)
    with pytest.raises(InDoubt):
        ledger.sends(changed)
    assert [one.origin_id for one in ledger.finds(changed)] == [""]
    assert ledger.sends(changed) == first
    there = ledger.shows(changed, first)
    assert (there.total, there.origin_id) == (D(900), sent.origin_id)


def test_an_approved_invoice_is_locked(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "700.10"))
    ledger.sends(sent)
    error = ledger.held(with_lines(sent, a_line("1", "700.11")))
    assert error.reason == Reason.LOCKED


def test_only_the_last_invoice_of_an_order_changes(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "10.00"), status="under_review")
    ledger.sends(sent)
    ledger.sends(invoice(ledger, order, a_line("1", "20.00"), number="RE-2"))
    error = ledger.held(with_lines(sent, a_line("1", "11.00")))
    assert (error.reason, "only the latest invoice" in error.sentence) == (Reason.LOCKED, True)


def test_an_invoice_entered_by_hand_is_found_by_its_number(ledger: Ledger, order: Document) -> None:
    period = ledger.a_period(3)
    made = ledger.story.has(
        "requisitions", project="T-1", contract=order.number, period_id=period["id"],
        invoice_number="re-4711", status="under_review", billing_date="2026-03-12",
        items=[{"line": 1, "work": "700.10"}],
    )  # fmt: skip
    sent = invoice(ledger, order, a_line("1", "700.10"))
    assert [one.id for one in ledger.finds(sent)] == [str(made["id"])]
    assert ledger.sends(sent) == str(made["id"])
    there = ledger.shows(sent, str(made["id"]))
    assert (there.status, there.origin_id) == ("approved", sent.origin_id)
    assert coded(there)[0][3] == D("700.10")


def test_an_order_that_is_not_approved_cannot_be_billed(ledger: Ledger) -> None:
    draft = ledger.an_order(a_line("1", "10.00"), number="106009", status="submitted")
    order = ledger.shows(draft, ledger.sends(draft))
    error = ledger.held(invoice(ledger, order, a_line("1", "10.00")))
    assert "Commitment 106009 is not approved in Procore" in error.sentence
    assert ledger.rows("requisitions") == []


def test_a_commitment_that_is_gone(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "10.00"), contract_id="4711")
    assert "does not show commitment 106001" in ledger.held(sent).sentence


def test_a_commitment_of_another_vendor(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "10.00"), vendor=Party("12345", "Beta AG"))
    error = ledger.held(sent)
    assert "is of Beta AG, its commitment 106001 of Acme & Söhne GmbH" in error.sentence
    assert error.reason == Reason.OTHER_VENDOR
    assert error.detail["there"] == order.url
    assert ledger.writes() == []


def test_an_invoice_of_150_lines(ledger: Ledger) -> None:
    lines = [a_line(str(number), f"{number}.01") for number in range(1, 151)]
    sent = ledger.an_order(*lines, number="106010")
    order = ledger.shows(sent, ledger.sends(sent))
    bill = invoice(ledger, order, *lines)
    there = ledger.shows(bill, ledger.sends(bill))
    assert (len(there.lines), there.total) == (150, sent.total)


def test_a_billing_in_another_month_gets_its_own_period(ledger: Ledger, order: Document) -> None:
    ledger.a_period(3)
    sent = invoice(ledger, order, a_line("1", "10.00"), date=dt.date(2026, 12, 31))
    ledger.sends(sent)
    assert ledger.rows("requisitions")[0]["requisition_end"] == "2026-12-31"


def test_a_project_without_the_tool(ledger: Ledger, order: Document) -> None:
    ledger.story.fails(
        action="status", status=403, method="POST", path=POST, body={"errors": "Forbidden"}
    )
    with pytest.raises(NeedsPerson, match="its Invoicing tool is on"):
        ledger.sends(invoice(ledger, order, a_line("1", "10.00")))


def test_a_batch_makes_the_month_once(ledger: Ledger, order: Document) -> None:
    client = ledger.client()
    for number in ("RE-1", "RE-2"):
        client.send(invoice(ledger, order, a_line("1", "10.00"), number=number), None, "send")
    assert len(ledger.rows("billing_periods")) == 1


def test_an_invoice_begun_before_its_order_got_the_line(ledger: Ledger, order: Document) -> None:
    sent = invoice(ledger, order, a_line("1", "10.00"), status="under_review")
    ledger.sends(sent)
    ledger.story.changes("purchase_order_contracts", order.id, status="Draft")
    more = ledger.an_order(
        a_line("1", "1000.00"),
        a_line("2", "500.00"),
        a_line("4", "50.00", cost_code="93-200"),
    )
    ledger.sends(more)
    ledger.writes()
    error = ledger.held(with_lines(sent, a_line("1", "50.00", cost_code="93-200")))
    assert error.reason == Reason.LOCKED
    assert "was begun in Procore before its commitment got 1 of its lines" in error.sentence
    assert ledger.writes() == []
