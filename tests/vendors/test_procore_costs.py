"""A ledger's invoices without a commitment become direct costs, over HTTP."""

from __future__ import annotations

import dataclasses

import pytest

from connections.documents import Document
from connections.errors import InDoubt, Reason, RetryLater
from connections.vendors.procore.codes import wbs_ids
from tests.vendors.stage_procore_books import D, Ledger, a_line, ledger, with_lines
from tests.vendors.test_procore_story import procore, ready

__all__ = ["ledger", "procore", "ready"]
pytestmark = pytest.mark.django_db(transaction=True)
CREATE = r"v1.1/projects/\d+/direct_costs$"
HEADER = r"direct_costs/sync"
LINES = r"direct_costs/line_items/sync"


def invoice(ledger: Ledger, *amounts: str, **facts: object) -> Document:
    lines = [a_line(str(place), amount) for place, amount in enumerate(amounts, 1)]
    return ledger.an_invoice("direct_cost", *lines, **{"title": "Acme 108201", **facts})


def the_codes_were_used(ledger: Ledger) -> None:
    """Somebody has budgeted or booked on both: the project has WBS codes of them."""
    for code, kind in (("93-100", "M-T"), ("93-200", "S-T")):
        ledger.story.has_a_direct_cost(
            invoice_number="old", lines=[{"amount": "1.00", "cost_code": code, "cost_type": kind}]
        )


def test_an_invoice_is_one_request(ledger: Ledger) -> None:
    the_codes_were_used(ledger)
    sent = invoice(ledger, "1250.55", "-50.05")
    there = ledger.stands_as(sent, ledger.sends(sent))
    assert (there.subtype, there.title, there.date) == ("invoice", "Acme 108201", sent.date)
    assert there.locked.startswith("Procore has locked it: it is approved and carries the key")
    assert len(ledger.writes()) == 1


def test_the_requests_of_invoices(ledger: Ledger) -> None:
    the_codes_were_used(ledger)
    ledger.requests()
    sent = [invoice(ledger, "10.00", "5.00", number=f"ER-{number}") for number in range(10)]
    client = ledger.client()
    for document, standing in zip(sent, client.find_sent(sent), strict=True):
        assert standing == []
        client.send(document, None, "send")
    assert ledger.requests() == 4 + 10  # list, codes, types, WBS codes; one write each
    one = invoice(ledger, "1.00", number="ER-99")
    ledger.sends(one)
    # by origin id, by number, in another spelling; codes, types, WBS codes; the write
    assert ledger.requests() == 7
    ledger.sends(invoice(ledger, "1.00", number="2026-98"))
    assert ledger.requests() == 6, "a number without letters has one spelling"


def test_codes_that_no_line_had_yet(ledger: Ledger) -> None:
    sent = invoice(ledger, "1250.55", "-50.05")
    ledger.stands_as(sent, ledger.sends(sent))
    assert len(ledger.writes()) == 3  # draft, lines, status and origin id


def test_an_invoice_sent_again_changes_nothing(ledger: Ledger) -> None:
    sent = invoice(ledger, "1250.55", "-50.05")
    first = ledger.sends(sent)
    ledger.writes()
    assert ledger.sends(sent) == first
    assert ledger.writes() == []
    assert ledger.changes() == [first]


def test_changes_of_an_invoice_follow(ledger: Ledger) -> None:
    sent = invoice(ledger, "1250.55", "-50.05", status="pending")
    first = ledger.sends(sent)
    assert ledger.shows(sent, first).locked == ""
    changed = with_lines(
        dataclasses.replace(sent, number="RE-9"), a_line("1", "1.00"),
        a_line("3", "2.00", cost_code="93-200", quantity=D(2), unit_cost=D(1), unit="h"),
    )  # fmt: skip
    ledger.writes()
    assert ledger.sends(changed) == first
    there = ledger.stands_as(changed, first)
    assert (there.lines[1].quantity, there.lines[1].unit) == (D(2), "h")
    assert len(ledger.writes()) == 4  # the origin id away, lines, a deletion, the header


def test_a_status_alone_is_one_write(ledger: Ledger) -> None:
    sent = invoice(ledger, "10.00", status="draft", origin_id="NAV|invoice|1")
    first = ledger.sends(sent)
    ledger.writes()
    approved = dataclasses.replace(sent, status="approved")
    ledger.sends(approved)
    ledger.stands_as(approved, first)
    assert len(ledger.writes()) == 2


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("path", [CREATE, LINES, HEADER])
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_an_invoice_cut_off_is_finished_once(
    ledger: Ledger, known: bool, path: str, action: str
) -> None:
    if known:
        the_codes_were_used(ledger)
    sent = ledger.an_invoice("direct_cost", *[a_line(str(number), "1.01") for number in range(150)])
    ledger.story.fails(action=action, path=path)
    with pytest.raises(InDoubt):
        ledger.sends(sent)
    there = ledger.stands_as(sent, ledger.sends(sent))
    assert len(there.lines) == 150
    assert len([row for row in ledger.rows("direct_costs") if row["invoice_number"] != "old"]) == 1


def test_a_change_cut_off_between_is_finished(ledger: Ledger) -> None:
    sent = invoice(ledger, "10.00", status="pending")
    first = ledger.sends(sent)
    changed = with_lines(sent, a_line("1", "12.00"))
    ledger.story.fails(action="cut_after", path=LINES)
    with pytest.raises(InDoubt):
        ledger.sends(changed)
    assert [one.origin_id for one in ledger.finds(changed)] == [""]
    assert ledger.sends(changed) == first
    ledger.stands_as(changed, first)


def test_150_lines_on_known_codes(ledger: Ledger) -> None:
    the_codes_were_used(ledger)
    lines = [a_line(str(number), f"{number}.01") for number in range(1, 151)]
    sent = ledger.an_invoice("direct_cost", *lines)
    ledger.stands_as(sent, ledger.sends(sent))
    assert len(ledger.writes()) == 3  # a draft of 100, 50 more, status and origin id


@pytest.mark.parametrize("others", [0, 9])
def test_a_cost_entered_by_hand_is_found_by_number_and_vendor(ledger: Ledger, others: int) -> None:
    """In another spelling, too, however many are looked for at once."""
    by_hand = ledger.story.has_a_direct_cost(
        invoice_number="re-4711", status="draft", lines=[{"amount": "10.00"}]
    )
    ledger.story.has("vendors", name="Beta AG")
    ledger.story.has_a_direct_cost(invoice_number="RE-4711", vendor="Beta AG")
    sent = invoice(ledger, "10.00")
    many = [invoice(ledger, "1.00", number=f"X-{number}") for number in range(others)]
    found = ledger.client().find_sent([*many, sent])[-1]
    assert [one.id for one in found] == [by_hand]
    standing = ledger.shows(sent, by_hand)
    assert ledger.client().send(sent, standing, "send") == by_hand
    ledger.stands_as(sent, by_hand)


def test_a_memo_with_the_number_of_its_invoice_is_another_cost(ledger: Ledger) -> None:
    sent = invoice(ledger, "10.00")
    memo = invoice(ledger, "-10.00", origin_id="NAV|memo|5")
    assert ledger.sends(sent) != ledger.sends(memo)
    assert ledger.shows(memo, ledger.sends(memo)).total == D(-10)


def test_refused_rows_name_the_line(ledger: Ledger) -> None:
    told = {"origin_id": "NAV|invoice|RE-4711|2", "errors": {"wbs_code": ["is not budgeted"]}}
    ledger.story.fails(
        action="status", status=200, path=LINES,
        body={"entities": [{"origin_id": "NAV|invoice|RE-4711|1"}], "errors": [told]},
    )  # fmt: skip
    sent = invoice(ledger, "1.00", "2.00")
    error = ledger.held(sent)
    assert error.reason == Reason.COST_CODE
    assert "Line 2 “Line 2” (93-100 M-T, 2.00): wbs code is not budgeted." in error.sentence
    ledger.stands_as(sent, ledger.sends(sent))


def test_two_writes_at_once_try_again(ledger: Ledger) -> None:
    sent = invoice(ledger, "1.00", status="draft")
    standing = ledger.shows(sent, ledger.sends(sent))
    ledger.story.fails(action="status", status=409, path=HEADER, body={"errors": "is busy"})
    with pytest.raises(RetryLater, match="is busy"):
        ledger.client().send(dataclasses.replace(sent, status="approved"), standing, "send")


def test_a_record_that_procore_closed(ledger: Ledger) -> None:
    sent = invoice(ledger, "1.00", status="pending")
    ledger.sends(sent)
    words = ["This record is synced to an ERP system and cannot be modified"]
    told = {"id": 1, "errors": {"base": words}}
    ledger.story.fails(action="status", status=200, path=HEADER, body={"errors": [told]})
    error = ledger.held(with_lines(sent, a_line("1", "2.00")))
    assert (error.reason, "Procore has locked direct cost RE-4711" in error.sentence) == (
        Reason.LOCKED, True,
    )  # fmt: skip


def test_foreign_letters(ledger: Ledger) -> None:
    line = a_line("1", "10.00", description="Größe ½ „Łódź“ 鋼")
    sent = ledger.an_invoice("direct_cost", line, number="Ä/7 & 8", title="Öl")
    ledger.stands_as(sent, ledger.sends(sent))
    assert len(ledger.finds(sent)) == 1


def test_a_vendor_that_procore_does_not_know(ledger: Ledger) -> None:
    sent = invoice(ledger, "1.00", vendor=dataclasses.replace(ledger.vendor, id="12345"))
    error = ledger.held(sent)
    assert (error.reason, "does not take vendor" in error.sentence) == (Reason.REFUSED, True)


def test_a_project_without_the_tool(ledger: Ledger) -> None:
    ledger.story.fails(
        action="status", status=404, method="POST", path=CREATE, body={"errors": "Item not found"}
    )
    assert "its Direct Costs tool is on" in ledger.held(invoice(ledger, "1.00")).sentence


def test_an_approved_cost_is_never_without_its_origin_id(ledger: Ledger) -> None:
    """Without it the cost would look like one of Procore's own, and go to the ledger again."""
    sent = invoice(ledger, "10.00")
    first = ledger.sends(sent)
    error = ledger.held(with_lines(sent, a_line("1", "12.00")))
    assert (error.reason, "(10.00 instead of 12.00)" in error.sentence) == (Reason.LOCKED, True)
    assert ledger.sends(dataclasses.replace(sent, status="pending")) == first
    ledger.stands_as(sent, first)


def test_nothing_is_made_where_the_list_was_refused(ledger: Ledger) -> None:
    ledger.story.fails(
        action="status",
        status=403,
        method="GET",
        path=r"direct_costs\?",
        body={"errors": "Forbidden"},
    )
    assert "its Direct Costs tool is on" in ledger.held(invoice(ledger, "1.00")).sentence
    assert ledger.writes() == []
    assert ledger.sends(invoice(ledger, "1.00"))


def test_a_code_with_a_sub_job_is_not_used(ledger: Ledger) -> None:
    """Of two WBS codes with the same cost code and type, the plain one."""
    the_codes_were_used(ledger)
    client = ledger.client()
    rows = dict(client.wbs_codes(ledger.story.project))
    wbs_id, plain = next(
        (one, row) for one, row in rows.items() if row["flat_code"] == "93-100.M-T"
    )
    sub_job = {"code": "SJ", "segment": {"type": "sub_job"}}
    rows["9"] = {**plain, "id": 9, "segment_items": [*plain["segment_items"], sub_job]}
    rows["8"] = {**plain, "id": 8, "status": "inactive"}
    client.remember(("wbs_codes", ledger.story.project), rows)
    assert wbs_ids(client, ledger.story.project)["93-100", "M-T"] == int(wbs_id)
