"""Journal entries through the General Journal page, in the connection's own batch."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import InDoubt, NeedsPerson, Reason, RetryLater
from tests.vendors.stage_business_central import journal, line
from tests.vendors.stage_nav import Site
from tests.vendors.test_nav_documents import ABOUT, shape, wanted


def lines_there(nav: Site) -> list[Any]:
    return nav.rows("GeneralJournal", "Journal_Batch_Name eq 'PROCORE'")


def test_from_nothing_to_posted(nav: Site) -> None:
    paper = journal()
    assert nav.client.find([paper]) == [[]]
    draft = nav.client.create(paper, ABOUT)
    assert (draft.status, shape(draft)) == ("draft", wanted(paper))
    assert nav.new_client().find([paper]) == [[draft]]
    nav.client.complete(draft, paper, ABOUT)
    now = nav.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.number, shape(now)) == ("posted", paper.number, wanted(paper))
    assert [one.status for one in nav.client.find([paper])[0]] == ["posted"]
    assert nav.client.by_number(paper.number, paper) == now
    assert lines_there(nav) == []


def test_posting_twice_is_posting_once(nav: Site) -> None:
    paper = journal()
    draft = nav.client.create(paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    now = nav.client.read(draft, paper)
    assert shape(now) == wanted(paper)


def test_a_batch_with_others_lines_is_waited_for(nav: Site) -> None:
    """The batch is posted as a whole: theirs would go along."""
    theirs = journal()
    nav.client.create(theirs, ABOUT)
    ours = journal()
    with pytest.raises(RetryLater) as later:
        nav.client.create(ours, ABOUT)
    assert theirs.number in later.value.sentence
    assert len(lines_there(nav)) == len(theirs.lines)


def test_of_two_that_began_together_the_later_steps_back(nav: Site) -> None:
    first, second = journal(post=False), journal(post=False)
    one = nav.client.create(first, ABOUT)
    two = nav.client.create(second, ABOUT)
    with pytest.raises(RetryLater):
        nav.client.complete(one, first, ABOUT)
    with pytest.raises(RetryLater):
        nav.client.complete(two, second, ABOUT)
    nav.client.complete(one, first, ABOUT)
    assert [found.status for found in nav.client.find([first])[0]] == ["posted"]
    assert nav.client.find([second]) == [[]]


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_line_whose_answer_is_lost_stands_once(nav: Site, cut: str) -> None:
    nav.fault(cut, method="POST", path="GeneralJournal", skip=1, times=1)
    paper = journal()
    assert shape(nav.client.create(paper, ABOUT)) == wanted(paper)


def test_a_journal_that_was_cut_off_goes_on(nav: Site) -> None:
    nav.fault("cut_before", method="POST", path="GeneralJournal", skip=1, times=3)
    paper = journal()
    with pytest.raises(InDoubt):
        nav.client.create(paper, ABOUT)
    [[cut]] = nav.client.find([paper])
    assert cut.status == "incomplete"
    assert shape(nav.new_client().create(paper, ABOUT)) == wanted(paper)


def test_lines_that_land_in_another_batch_are_taken_out(nav: Site) -> None:
    nav.setting(journal_keys=False)
    with pytest.raises(NeedsPerson) as held:
        nav.client.create(journal(), ABOUT)
    assert held.value.reason == Reason.SETTINGS
    assert "DEFAULT" in held.value.sentence
    assert nav.rows("GeneralJournal") == []


def test_a_refused_line_leaves_nothing_in_the_batch(nav: Site) -> None:
    paper = journal(line("10.00", "90100"), line("-10.00", "99999"))
    with pytest.raises(NeedsPerson) as held:
        nav.client.create(paper, ABOUT)
    assert held.value.reason == Reason.ACCOUNT_UNUSABLE
    assert lines_there(nav) == []


def test_out_of_balance_is_for_a_person_and_can_be_discarded(nav: Site) -> None:
    paper = journal(line("10.00", "90100"), line("-9.00", "90110"))
    draft = nav.client.create(paper, ABOUT)
    with pytest.raises(NeedsPerson) as held:
        nav.client.complete(draft, paper, ABOUT)
    assert held.value.reason == Reason.DOES_NOT_FOOT
    nav.client.discard(draft, paper, ABOUT)
    assert lines_there(nav) == []


def test_without_the_codeunit_many_may_wait_in_the_batch(nav: Site) -> None:
    client = nav.new_client(integration_service="")
    papers = [journal() for _ in range(3)]
    for paper in papers:
        client.complete(client.create(paper, ABOUT), paper, ABOUT)
    assert [[one.status for one in found] for found in client.find(papers)] == [["draft"]] * 3


def test_nav_2018_shows_two_dimensions_on_entries(nav: Site) -> None:
    nav.setting(profile="nav2018")
    paper = journal()
    draft = nav.client.create(paper, ABOUT)
    assert shape(draft) == wanted(paper)
    nav.partner("post_journal", batch="PROCORE")
    now = nav.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.lines_known) == ("posted", False)
