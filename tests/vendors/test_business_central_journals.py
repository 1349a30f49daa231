"""Journal entries, written to the stand-in over HTTP."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from connections.documents import CodedDocument, Found
from connections.errors import InDoubt, NeedsPerson, Reason
from tests.vendors.stage_business_central import Stage, document, journal, line

ABOUT = "record 1"


def posted(stage: Stage, paper: CodedDocument) -> Found | None:
    found = stage.client.create(paper, ABOUT)
    stage.client.complete(found, paper, ABOUT)
    return stage.client.read(found, paper)


def shape(found: Found | None) -> list[object]:
    return [(one.account, one.amount, one.dimensions) for one in found.lines] if found else []


def wanted(paper: CodedDocument) -> list[object]:
    return [(one.account, one.amount, one.dimensions) for one in paper.lines]


def test_a_journal_takes_two_writes_and_one_read(business_central: Stage) -> None:
    business_central.client.company()
    business_central.requests_sent()
    paper = journal()
    found = posted(business_central, paper)
    assert business_central.requests_sent() == 3
    assert found is not None
    assert (found.status, found.number, found.total) == ("posted", paper.number, Decimal(0))
    assert shape(found) == wanted(paper)


def test_a_journal_of_150_lines_is_one_request(business_central: Stage) -> None:
    lines = [line(f"{n}.01", "90100") for n in range(1, 150)]
    total = sum(one.amount for one in lines)
    paper = journal(*lines, line(str(-total), "90110"))
    assert shape(posted(business_central, paper)) == wanted(paper)


def test_find_tells_drafts_from_posted_ones_in_one_request(business_central: Stage) -> None:
    papers = [journal() for _ in range(3)]
    business_central.client.create(papers[1], ABOUT)
    posted(business_central, papers[2])
    business_central.requests_sent()
    found = business_central.new_client().find(papers)
    assert [[one.status for one in several] for several in found] == [[], ["draft"], ["posted"]]
    assert business_central.requests_sent() == 1


def test_a_batch_without_lines_is_incomplete_and_can_be_discarded(business_central: Stage) -> None:
    paper = journal()
    business_central.raw("POST", "journals", {"code": paper.key, "displayName": "cut off"})
    [[found]] = business_central.client.find([paper])
    assert found.status == "incomplete"
    business_central.client.discard(found, paper, ABOUT)
    assert business_central.client.find([paper]) == [[]]


def test_a_batch_with_lines_of_a_person_is_not_discarded(business_central: Stage) -> None:
    paper = journal()
    found = business_central.client.create(paper, ABOUT)
    theirs = {"accountNumber": "60300", "documentNumber": "MINE", "amount": 1}
    business_central.raw("POST", f"journals({found.id})/journalLines", theirs)
    with pytest.raises(NeedsPerson):
        business_central.client.discard(found, paper, ABOUT)


def test_a_journal_out_of_balance_is_held(business_central: Stage) -> None:
    paper = journal(line("10.00", "90100"), line("-9.00", "90110"))
    with pytest.raises(NeedsPerson) as held:
        posted(business_central, paper)
    assert held.value.reason == Reason.DOES_NOT_FOOT


def test_an_unknown_account_is_held(business_central: Stage) -> None:
    paper = journal(line("10.00", "99999"), line("-10.00", "90110"))
    with pytest.raises(NeedsPerson) as held:
        posted(business_central, paper)
    assert held.value.reason == Reason.ACCOUNT_UNUSABLE


def test_posting_twice_is_posting_once(business_central: Stage) -> None:
    paper = journal()
    found = business_central.client.create(paper, ABOUT)
    business_central.client.complete(found, paper, ABOUT)
    business_central.client.complete(found, paper, ABOUT)
    assert shape(business_central.client.read(found, paper)) == wanted(paper)


def test_the_job_queue_posts_later_and_the_read_tells(business_central: Stage) -> None:
    business_central.setting(job_queue=True, job_queue_seconds=0.5)
    paper = journal()
    found = posted(business_central, paper)
    assert found is not None
    assert found.status == "draft"
    time.sleep(1)
    later = business_central.client.read(found, paper)
    assert later is not None
    assert later.status == "posted"


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_cut_post_is_in_doubt_and_find_tells(business_central: Stage, cut: str) -> None:
    paper = journal()
    found = business_central.client.create(paper, ABOUT)
    business_central.fault(cut, method="POST", path=r"NAV\.post")
    with pytest.raises(InDoubt):
        business_central.client.complete(found, paper, ABOUT)
    [[now]] = business_central.client.find([paper])
    assert now.status == ("posted" if cut == "cut_after" else "draft")


def test_a_long_number_is_shortened_on_the_entries(business_central: Stage) -> None:
    paper = journal(number="PRIME CHANGE ORDER 17 REV 3")
    found = posted(business_central, paper)
    assert found is not None
    assert (len(found.number), found.number[:12]) == (20, "PRIME CHANG-")
    assert [one.status for one in business_central.client.find([paper])[0]] == ["posted"]


def test_a_posted_journal_is_found_by_its_number(business_central: Stage) -> None:
    paper = journal()
    posted(business_central, paper)
    found = business_central.client.by_number(paper.number, paper)
    assert found is not None
    assert (found.status, shape(found)) == ("posted", wanted(paper))
    assert business_central.client.by_number("NONE", paper) is None


def test_an_invoices_entries_are_no_journal(business_central: Stage) -> None:
    bill = document()
    draft = business_central.client.create(bill, ABOUT)
    business_central.client.complete(draft, bill, ABOUT)
    now = business_central.client.read(draft, bill)
    assert now is not None
    assert business_central.client.by_number(now.number, journal()) is None
