"""A ledger's orders become purchase order contracts, over HTTP against the stand-in."""

from __future__ import annotations

import dataclasses

import pytest

from connections.documents import CostCode, Document, Party, Vendor
from connections.errors import InDoubt, NeedsPerson, Reason, Refused, RetryLater
from tests.vendors.stage_procore_books import D, Ledger, a_line, ledger, with_lines
from tests.vendors.test_procore_story import procore, ready

__all__ = ["ledger", "procore", "ready"]
pytestmark = pytest.mark.django_db(transaction=True)
SYNC = r"purchase_order_contracts/sync"
LINES = r"purchase_order_contracts/\d+/line_items/sync"
STATUS = r"purchase_order_contracts/\d+$"


def order(ledger: Ledger, **facts: object) -> Document:
    return ledger.an_order(a_line("10000", "1250.55"), a_line("20000", "-50.05"), **facts)


def test_an_order_is_created_with_its_lines_and_then_approved(ledger: Ledger) -> None:
    sent = order(ledger)
    there = ledger.stands_as(sent, ledger.sends(sent))
    assert there.locked == "Procore has locked it: its status is Approved"
    assert (there.date, there.title) == (sent.date, "Acme 106001")
    assert len(ledger.writes()) == 4  # vendor into the directory, header, lines, status


def test_the_requests_of_new_orders(ledger: Ledger) -> None:
    ledger.requests()
    sent = [order(ledger, number=str(number)) for number in range(10)]
    client = ledger.client()
    for document, standing in zip(sent, client.find_sent(sent), strict=True):
        assert standing == []
        client.send(document, None, "send")
    assert ledger.requests() == 35  # list, codes, types, directory, joining; three writes each


def test_an_order_sent_again_changes_nothing(ledger: Ledger) -> None:
    sent = order(ledger, status="submitted")
    first = ledger.sends(sent)
    ledger.writes()
    assert ledger.sends(sent) == first
    assert ledger.writes() == []
    assert len(ledger.rows("purchase_order_contracts")) == 1


def test_changes_of_an_order_follow(ledger: Ledger) -> None:
    sent = order(ledger, status="submitted")
    first = ledger.sends(sent)
    changed = with_lines(
        dataclasses.replace(sent, title="New title", number="106001-B"),
        a_line("10000", "1300.00", cost_code="93-200"),
        a_line("30000", "12.34", quantity=D(2), unit_cost=D("6.17"), unit="t"),
    )
    ledger.writes()
    assert ledger.sends(changed) == first
    there = ledger.stands_as(changed, first)
    assert (there.title, there.lines[1].quantity, there.lines[1].unit) == ("New title", D(2), "t")
    assert len(ledger.writes()) == 3  # header, the two changed lines at once, the deletion


def test_only_the_line_that_changed_is_written(ledger: Ledger) -> None:
    sent = order(ledger, status="submitted")
    first = ledger.sends(sent)
    changed = with_lines(sent, a_line("10000", "1250.55"), a_line("20000", "-50.06"))
    ledger.writes()
    ledger.sends(changed)
    written = ledger.writes()
    assert len(written) == 1
    assert "10000" not in written[0]
    ledger.stands_as(changed, first)


@pytest.mark.parametrize("path", [SYNC, LINES, STATUS])
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_an_order_cut_off_is_finished_once(ledger: Ledger, path: str, action: str) -> None:
    sent = order(ledger)
    ledger.story.fails(action=action, method="PATCH", path=path)
    with pytest.raises(InDoubt):
        ledger.sends(sent)
    ledger.stands_as(sent, ledger.sends(sent))
    assert len(ledger.rows("purchase_order_contracts")) == 1


def test_an_order_that_the_list_does_not_show_yet_is_not_made_twice(ledger: Ledger) -> None:
    sent = order(ledger, status="draft")
    first = ledger.client().send(sent, None, "send")
    assert ledger.client().send(sent, None, "send") == first
    ledger.stands_as(sent, first)


def test_600_lines_go_in_three_requests(ledger: Ledger) -> None:
    lines = [a_line(str(number), f"{number}.01") for number in range(1, 601)]
    sent = ledger.an_order(*lines)
    ledger.stands_as(sent, ledger.sends(sent))
    assert len(ledger.writes()) == 6


def test_150_lines_cut_off_in_the_middle_are_completed(ledger: Ledger) -> None:
    sent = ledger.an_order(*[a_line(str(number), "1.01") for number in range(150)])
    half = with_lines(sent, *sent.lines[:70])
    first = ledger.sends(dataclasses.replace(half, status="draft"))
    assert ledger.sends(sent) == first
    assert len(ledger.stands_as(sent, first).lines) == 150


def test_an_approved_order_is_locked(ledger: Ledger) -> None:
    sent = order(ledger)
    first = ledger.sends(sent)
    ledger.writes()
    error = ledger.held(with_lines(sent, a_line("10000", "1.00")))
    assert error.reason == Reason.LOCKED
    assert "1,200.50 instead of 1.00" in error.sentence
    assert ledger.sends(dataclasses.replace(sent, status="submitted")) == first
    assert ledger.writes() == []


def test_an_order_that_procore_locks_while_we_write(ledger: Ledger) -> None:
    sent = order(ledger, status="submitted")
    first = ledger.sends(sent)
    changed = with_lines(sent, a_line("10000", "1.00"))
    standing = ledger.finds(changed)[0]
    ledger.story.changes("purchase_order_contracts", first, status="Approved")
    with pytest.raises(NeedsPerson) as caught:
        ledger.client().send(changed, standing, "send")
    assert caught.value.reason == Reason.LOCKED
    assert "is locked" in caught.value.sentence


def test_which_statuses_lock_is_a_setting(ledger: Ledger) -> None:
    sent = order(ledger)
    first = ledger.sends(sent)
    ledger.story.connection.settings["locked_statuses"] = "Closed"
    assert ledger.shows(sent, first).locked == ""


def test_a_status_that_people_moved_on_is_not_taken_back(ledger: Ledger) -> None:
    sent = order(ledger, status="submitted")
    first = ledger.sends(sent)
    ledger.story.changes("purchase_order_contracts", first, status="Partially Received")
    ledger.sends(with_lines(sent, a_line("10000", "1.00")))
    assert ledger.shows(sent, first).status == "partially_received"


def test_refused_rows_inside_200_name_the_line(ledger: Ledger) -> None:
    sent = order(ledger)
    told = {"origin_id": "NAV|PO|106001|20000", "errors": {"base": ["has a strange smell"]}}
    ledger.story.fails(
        action="status", status=200, method="PATCH", path=LINES,
        body={"entities": [{"origin_id": "NAV|PO|106001|10000"}], "errors": [told]},
    )  # fmt: skip
    error = ledger.held(sent)
    assert error.reason == Reason.REFUSED
    assert "Line 2 “Line 20000” (93-100 M-T, -50.05): has a strange smell." in error.sentence
    ledger.stands_as(sent, ledger.sends(sent))


def test_a_number_that_is_taken(ledger: Ledger) -> None:
    told = {"number": "106001", "errors": {"number": ["has already been taken"]}}
    ledger.story.fails(
        action="status", status=200, path=SYNC, body={"entities": [], "errors": [told]}
    )
    error = ledger.held(order(ledger))
    assert error.reason == Reason.DUPLICATE_NUMBER
    assert "Procore has the number 106001 in project T-1 already" in error.sentence


@pytest.mark.parametrize(
    ("words", "reason", "said"),
    [
        ({"title": ["is too long (maximum is 255 characters)"]}, Reason.REFUSED, "Shorten it"),
        ({"number": ["is too long (maximum is 255 characters)"]}, Reason.NUMBER, "106001 is too"),
        ({"contract_date": ["is invalid"]}, Reason.REFUSED, "does not take a date"),
        ({"cost_code": ["is not budgeted"]}, Reason.COST_CODE, "that it is budgeted"),
        ({"status": ["is controlled by a workflow"]}, Reason.LOCKED, "Finish it there"),
    ],
)
def test_refusals_are_plain_sentences(
    ledger: Ledger, words: object, reason: Reason, said: str
) -> None:
    ledger.story.fails(action="status", status=422, path=STATUS, body={"errors": words})
    error = ledger.held(order(ledger))
    assert (error.reason, said in error.sentence) == (reason, True), error.sentence


def test_an_unknown_refusal_goes_through_in_procores_words(ledger: Ledger) -> None:
    ledger.story.fails(action="status", status=422, path=STATUS, body={"errors": ["No moon"]})
    with pytest.raises(Refused, match="No moon"):
        ledger.sends(order(ledger))


def test_the_same_order_in_another_project(ledger: Ledger) -> None:
    sent = order(ledger, status="draft")
    ledger.sends(sent)
    ledger.story.has("projects", name="Other", project_number="T-2", permitted=True)
    other = next(one for one in ledger.client().projects() if one.number == "T-2")
    moved = with_lines(dataclasses.replace(sent, project=other))
    error = ledger.held(moved)
    assert (error.reason, "in another project" in error.sentence) == (Reason.REFUSED, True)


def test_a_vendor_outside_the_directory_is_added_once(ledger: Ledger) -> None:
    ledger.sends(order(ledger))
    assert "actions/add" in str(ledger.story.control("GET", "requests")["counters"])
    ledger.writes()
    ledger.sends(order(ledger, number="106002"))
    assert len(ledger.writes()) == 3


def test_a_vendor_that_may_not_be_added(ledger: Ledger) -> None:
    ledger.story.fails(action="status", status=403, path="actions/add", body={"errors": "No"})
    error = ledger.held(order(ledger))
    assert "is not in the directory of project T-1" in error.sentence
    assert ledger.rows("purchase_order_contracts") == []


def test_a_directory_that_we_may_not_read(ledger: Ledger) -> None:
    path = r"projects/\d+/vendors$"
    ledger.story.fails(action="status", status=403, method="GET", path=path, body={"errors": "No"})
    sent = order(ledger)
    ledger.stands_as(sent, ledger.sends(sent))


def test_a_vendor_that_procore_does_not_have(ledger: Ledger) -> None:
    error = ledger.held(order(ledger, vendor=Party("12345", "Nobody")))
    assert "does not show vendor Nobody" in error.sentence


def test_foreign_letters_and_quotes(ledger: Ledger) -> None:
    lines = (a_line("1", "10.00", description="Stahlträger „HEB“ Łódź 鋼 5' <x> & y"),)
    sent = ledger.an_order(*lines, number="Ä-106/1", title="Öl & Söhne")
    there = ledger.shows(sent, ledger.sends(sent))
    assert (there.number, there.title) == ("Ä-106/1", "Öl & Söhne")
    assert there.lines[0].description.startswith("Stahlträger „HEB“ Łódź 鋼 5'")


def test_unknown_codes_are_said_before_anything_is_written(ledger: Ledger) -> None:
    error = ledger.held(ledger.an_order(a_line("1", "10.00", cost_code="99-999")))
    assert (error.reason, "has no cost code 99-999" in error.sentence) == (Reason.COST_CODE, True)
    error = ledger.held(ledger.an_order(a_line("1", "10.00", cost_type="X")))
    assert (error.reason, "has no cost type X" in error.sentence) == (Reason.COST_CODE, True)
    assert ledger.writes() == []


def test_an_order_entered_by_hand_is_found_by_its_number_and_taken_over(ledger: Ledger) -> None:
    lines = [{"amount": "1250.55"}, {"amount": "7.00", "cost_code": "93-200"}]
    by_hand = ledger.story.has_document(
        "purchase_order_contracts", number="106001", vendor="Acme & Söhne GmbH", lines=lines
    )
    sent = order(ledger)
    found = ledger.finds(sent)
    assert [(one.id, one.origin_id) for one in found] == [(by_hand, "")]
    assert ledger.sends(sent) == by_hand
    ledger.stands_as(sent, by_hand)


def test_orders_of_several_projects_need_one_list_each(ledger: Ledger) -> None:
    sent = [order(ledger, number=f"{number}", status="draft") for number in range(3)]
    first = ledger.sends(sent[0])
    ledger.story.has("projects", name="Other", project_number="T-2", permitted=True)
    other = next(one for one in ledger.client().projects() if one.number == "T-2")
    client = ledger.client()
    client.projects()
    before = client.requests_used
    found = client.find_sent([*sent, dataclasses.replace(sent[0], project=other)])
    assert [[one.id for one in some] for some in found] == [[first], [], [], []]
    assert client.requests_used - before == 3  # two lists, one order


def test_a_project_that_is_closed_to_us_does_not_hold_up_the_others(ledger: Ledger) -> None:
    ledger.story.has("projects", name="Other", project_number="T-2", permitted=True)
    other = next(one for one in ledger.client().projects() if one.number == "T-2")
    ledger.story.changes("projects", other.id, permitted=False)
    mine, theirs = order(ledger), dataclasses.replace(order(ledger), project=other)
    client = ledger.client()
    assert client.find_sent([theirs, mine]) == [[], []]
    with pytest.raises(NeedsPerson) as caught:
        client.send(theirs, None, "send")
    assert "its Commitments tool is on" in caught.value.sentence
    assert client.send(mine, None, "send")


def test_a_throttled_write_comes_again_later(ledger: Ledger) -> None:
    ledger.story.fails(action="status", status=429, path=LINES, headers={"Retry-After": "1"})
    with pytest.raises(RetryLater):
        ledger.sends(order(ledger))


def test_cost_codes_that_the_project_lacks(ledger: Ledger) -> None:
    wanted = [
        CostCode("", "94-300", "Putz außen"), CostCode("", "94", "Putz"),
        CostCode("", "93-100", "Another name"), CostCode("", "95-100", "Alone"),
    ]  # fmt: skip
    client = ledger.client()
    made = client.create_cost_codes(ledger.story.project, wanted, "codes")
    assert [one.code for one in made] == [one.code for one in wanted]
    assert (made[0].parent_id, made[0].name) == (made[1].id, "Putz außen")
    assert made[2].name == "Footings"
    assert len(ledger.writes()) == 2
    assert client.create_cost_codes(ledger.story.project, wanted, "codes") == made
    assert ledger.writes() == []
    sent = ledger.an_order(a_line("1", "10.00", cost_code="94-300"))
    ledger.stands_as(sent, client.send(sent, None, "send"))


def test_a_new_cost_code_that_the_list_does_not_show_yet(ledger: Ledger) -> None:
    path = "/rest/v1.0/cost_codes$|cost_codes[?]"
    ledger.story.fails(action="status", status=200, method="GET", path=path, body=[], skip=1)
    wanted = [CostCode("", "94", "Putz"), CostCode("", "94-300", "Putz außen")]
    client = ledger.client()
    with pytest.raises(RetryLater, match="new cost code 94 yet"):
        client.create_cost_codes(ledger.story.project, wanted, "codes")
    made = ledger.client().create_cost_codes(ledger.story.project, wanted, "codes")
    assert [(one.code, one.parent_id) for one in made] == [("94", ""), ("94-300", made[0].id)]


def test_a_cost_code_that_procore_refuses(ledger: Ledger) -> None:
    told = {"code": "94", "errors": {"name": ["can't be blank"]}}
    ledger.story.fails(
        action="status", status=200, path="cost_codes/sync",
        body={"entities": [], "errors": [told]},
    )  # fmt: skip
    with pytest.raises(NeedsPerson, match="new cost code 94: name can't be blank"):
        ledger.client().create_cost_codes(ledger.story.project, [CostCode("", "94", "")], "codes")


def test_a_vendor_that_is_new_in_procore_gets_its_origin(ledger: Ledger) -> None:
    new = ledger.story.has("vendors", name="Neu & Co")
    found = next(one for one in ledger.client().vendors() if one.id == str(new["id"]))
    assert (found.name, found.origin_id) == ("Neu & Co", "")
    row = Vendor(id=found.id, number="V77", name=found.name, origin_id="NAV|V77")
    said = ledger.client().upsert_vendors([row], "vendors")[0]
    assert said.vendor is not None
    assert (said.vendor.id, said.vendor.origin_id) == (found.id, "NAV|V77")
