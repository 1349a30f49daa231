"""Decisions made elsewhere take effect in NAV, on-premises and online: over HTTP."""

from __future__ import annotations

import pytest

from connections.documents import APPROVE, DECISIONS, REJECT, RELEASE, REOPEN
from connections.errors import InDoubt, NeedsPerson, Reason
from tests.vendors.stage_nav import Site
from tests.vendors.stage_nav_decisions import ABOUT, ANN, House, house
from tests.vendors.stage_nav_online import OnlineStage

__all__ = ["house"]
pytestmark = pytest.mark.django_db
OTHER = "Bob Ray, 2026-11-22 09:00 UTC"


# -- which ways there are -------------------------------------------------------------------------


def test_a_site_with_the_codeunit_offers_it_first(house: House) -> None:
    ways = house.ledger.decision_ways()
    expected = [("codeunit", True), ("field", True), ("journal", False)]
    expected += [("api", True)] if house.online else []
    assert [(one.name, one.available) for one in ways] == expected
    assert ways[0].decisions == DECISIONS
    assert "approver" in ways[0].why
    assert "approving blank, rejecting “REJ”" in ways[1].why
    assert "Journal batch for decisions, Memo account" in ways[2].why


def test_without_a_codeunit_it_says_what_is_missing(house: House) -> None:
    paper = house.invoice()
    house.settings(integration_service="")
    codeunit = house.way("codeunit")
    assert (codeunit.available, house.way("field").available) == (False, True)
    assert "neither its pages nor its standard API" in codeunit.why
    assert house.refused("codeunit", RELEASE, paper).reason == Reason.SETTINGS
    assert house.written() == []


def test_a_codeunit_that_was_taken_off_and_published_again(house: House) -> None:
    house.publish("")
    [codeunit, *_] = house.ledger.decision_ways()
    assert not codeunit.available
    assert "not published" in codeunit.why
    house.publish("IntegrationMgt")
    assert house.ledger.decision_ways()[0].available


def test_a_way_that_nobody_knows_is_refused(house: House) -> None:
    paper = house.invoice()
    assert house.refused("telepathy", RELEASE, paper).reason == Reason.SETTINGS


# -- the codeunit -----------------------------------------------------------------------------


def test_a_release_happens_once(house: House) -> None:
    paper = house.invoice()
    assert paper.status == "draft"
    assert house.decide("codeunit", RELEASE, paper) == "Released."
    assert house.now(paper.id).status == "released"
    assert house.decide("codeunit", RELEASE, paper) == "It is released already."
    assert house.written() == ["POST"]


def test_a_released_document_is_reopened(house: House) -> None:
    paper = house.invoice()
    assert house.decide("codeunit", REOPEN, paper) == "It is open already."
    house.by_hand("approve", number=paper.number)
    assert house.decide("codeunit", REOPEN, paper) == "Reopened."
    assert house.now(paper.id).status == "draft"


def test_what_needs_approval_is_not_released(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approval", on=True)
    held = house.refused("codeunit", RELEASE, paper)
    assert held.reason == Reason.NEEDS_APPROVAL
    assert "approval process is complete" in held.sentence
    assert paper.number in held.sentence
    assert house.now(paper.id).status == "draft"


def test_what_waits_for_its_approvers_is_not_reopened(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approve", number=paper.number, step="send")
    held = house.refused("codeunit", REOPEN, paper)
    assert held.reason == Reason.NEEDS_APPROVAL
    assert "must be cancelled or completed" in held.sentence


def test_a_document_without_lines_has_nothing_to_release(house: House) -> None:
    paper = house.invoice(lines=(), total=0)
    held = house.refused("codeunit", RELEASE, paper)
    assert held.reason == Reason.NO_LINES
    assert "nothing to release" in held.sentence


def test_the_approver_approves_and_nav_releases(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approval", on=True, approvers=["PROCORE"])
    house.by_hand("approve", number=paper.number, step="send")
    assert house.now(paper.id).status == "pending_approval"
    assert house.decide("codeunit", APPROVE, paper) == "Approved and released."
    assert house.now(paper.id).status == "released"
    said = house.decide("codeunit", APPROVE, paper)
    assert said == "It is approved and released already."


def test_the_next_approver_is_waited_for(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approval", on=True, approvers=["PROCORE", "CONTROLLER"])
    house.by_hand("approve", number=paper.number, step="send")
    said = house.decide("codeunit", APPROVE, paper)
    assert said == "Approved; it waits for the next approver."


@pytest.mark.parametrize("decision", [APPROVE, REJECT])
def test_who_is_not_the_approver_cannot_decide(house: House, decision: str) -> None:
    paper = house.invoice()
    house.by_hand("approval", on=True, approvers=["CONTROLLER"])
    house.by_hand("approve", number=paper.number, step="send")
    held = house.refused("codeunit", decision, paper)
    assert held.reason == Reason.NEEDS_APPROVAL
    assert f"There is no approval request to {decision}" in held.sentence
    assert "Approval User Setup" in held.sentence
    assert house.now(paper.id).status == "pending_approval"


def test_what_was_not_sent_for_approval_is_not_approved(house: House) -> None:
    paper = house.invoice()
    held = house.refused("codeunit", APPROVE, paper)
    assert "not waiting for an approval" in held.sentence
    assert house.written() == []


def test_a_rejection_opens_the_document(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approval", on=True, approvers=["PROCORE"])
    house.by_hand("approve", number=paper.number, step="send")
    assert house.decide("codeunit", REJECT, paper) == "Rejected; it is open again."
    assert house.now(paper.id).status == "draft"
    assert "no approval is asked for" in house.decide("codeunit", REJECT, paper)


def test_what_is_released_is_not_rejected(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approve", number=paper.number)
    assert "Reopen it" in house.refused("codeunit", REJECT, paper).sentence


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_lost_answer_is_in_doubt_and_a_repeat_is_safe(house: House, cut: str) -> None:
    paper = house.invoice()
    house.cut(cut, "POST", "ReleasePurchaseDocument")
    with pytest.raises(InDoubt):
        house.decide("codeunit", RELEASE, paper)
    done = cut == "cut_after"
    said = house.decide("codeunit", RELEASE, paper)
    assert said == ("It is released already." if done else "Released.")
    assert house.written() == ["POST"] * (1 if done else 2)


@pytest.mark.parametrize("way", ["codeunit", "field"])
def test_what_was_posted_meanwhile(house: House, way: str) -> None:
    paper = house.invoice()
    house.by_hand("post_draft", number=paper.number)
    posted = house.now(paper.id)
    assert house.decide(way, APPROVE, paper) == f"It is posted already, as {posted.number}."
    held = house.refused(way, REJECT, paper)
    assert held.reason == Reason.ALREADY_THERE
    assert "posted by now" in held.sentence
    assert house.written() == []


def test_what_was_deleted_meanwhile(house: House) -> None:
    paper = house.invoice()
    house.by_hand("delete_draft", number=paper.number)
    assert house.refused("codeunit", RELEASE, paper).reason == Reason.DELETED_AT_SOURCE


def test_nav_2018_by_soap(nav: Site) -> None:
    """Every refusal is a fault there: the known texts say that nothing was done."""
    nav.setting(profile="nav2018")
    house = House(nav, "on_premises")
    house.settings(soap_url=nav.ready["server_url"], api_path="")
    paper = house.invoice()
    house.by_hand("approval", on=True, approvers=["CONTROLLER"])
    house.by_hand("approve", number=paper.number, step="send")
    held = house.refused("codeunit", APPROVE, paper)
    assert held.reason == Reason.NEEDS_APPROVAL
    house.by_hand("approval", on=True, administrator=True)
    assert house.decide("codeunit", APPROVE, paper) == "Approved and released."


def test_online_where_nothing_shows_the_status_of_invoices(nav_online: OnlineStage) -> None:
    house = House(nav_online, "online")
    house.settings(integration_service="IntegrationMgt")
    nav_online.setting(workflow_services=False)
    house.look_again()
    paper = house.invoice()
    assert house.decide("codeunit", RELEASE, paper) == "Released."
    assert house.decide("codeunit", RELEASE, paper) == "Released."
    assert house.decide("codeunit", REOPEN, paper) == "Reopened."
    field = house.way("field")
    assert not field.available
    assert "purchaseDocuments" in field.why


# -- the flag ---------------------------------------------------------------------------------


def test_a_rejection_sets_the_flag_and_an_approval_clears_it(house: House) -> None:
    paper = house.invoice()
    field = "onHold" if house.online else "On_Hold"
    assert house.decide("field", REJECT, paper) == f"{field} set to “REJ”."
    assert house.hold(paper) == "REJ"
    assert house.decide("field", REJECT, paper) == f"{field} is “REJ” already."
    assert house.written() == ["PATCH"]
    assert house.decide("field", APPROVE, paper) == f"{field} set to blank."
    assert house.hold(paper) == ""
    assert house.now(paper.id).status == "draft"


def test_a_released_document_takes_the_flag_too(house: House) -> None:
    paper = house.invoice()
    house.by_hand("approve", number=paper.number)
    house.decide("field", REOPEN, paper)
    assert house.hold(paper) == "HLD"


def test_a_lost_answer_about_the_flag(house: House) -> None:
    paper = house.invoice()
    house.cut("cut_after", "PATCH", "purchaseDocuments" if house.online else "PurchaseInvoice")
    with pytest.raises(InDoubt):
        house.decide("field", REJECT, paper)
    assert "already" in house.decide("field", REJECT, paper)


def test_the_values_are_the_customers(house: House) -> None:
    paper = house.invoice()
    house.settings(flag_values="approve=ok; reject=no")
    field = house.way("field")
    assert field.decisions == (APPROVE, REJECT)
    house.decide("field", APPROVE, paper)
    assert house.hold(paper) == "OK"
    assert house.refused("field", RELEASE, paper).reason == Reason.SETTINGS


def test_a_value_that_is_not_understood_and_a_field_that_is_not_there(house: House) -> None:
    house.settings(flag_values="approved: OK")
    assert "“approved: OK”" in house.ledger.decision_ways()[1].why
    house.settings(flag_values="approve=OK", flag_field="Board_Status")
    field = house.way("field")
    assert not field.available
    assert "Board_Status" in field.why


# -- the journal ------------------------------------------------------------------------------


def test_a_decision_becomes_one_line_that_balances(house: House) -> None:
    house.journal()
    paper = house.invoice(vendor="V10124")
    way = house.way("journal")
    assert way.available, way.why
    said = house.decide("journal", APPROVE, paper)
    [(number, account, amount, text)] = house.lines()
    assert said == f"Noted as {number} in the journal batch {way_batch(house)}."
    assert (account, amount) == ("60300", paper.total)
    assert text.startswith(f"Approved: invoice {paper.number}, Ann Lee")
    assert "It is noted already" in house.decide("journal", APPROVE, paper)
    assert len(house.lines()) == 1
    house.decide("journal", APPROVE, paper, OTHER)
    assert len(house.lines()) == 2


def test_a_foreign_amount_is_no_local_one(house: House) -> None:
    house.journal()
    paper = house.invoice(currency="EUR")
    house.decide("journal", APPROVE, paper)
    assert [line[2] for line in house.lines()] == [1]


def way_batch(house: House) -> str:
    return house.stage.connection.setting("decision_batch")


def test_a_line_that_finance_posted_is_found_again(house: House) -> None:
    house.journal()
    paper = house.invoice()
    house.decide("journal", RELEASE, paper)
    house.finance_posts_the_batch()
    assert house.lines() == []
    assert "already" in house.decide("journal", RELEASE, paper)
    assert house.lines() == []


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_journal_line_is_never_doubled(house: House, cut: str) -> None:
    house.journal()
    paper = house.invoice()
    house.cut(cut, "POST", "journalLines" if house.online else "GeneralJournal")
    if house.online:
        with pytest.raises(InDoubt):
            house.decide("journal", REJECT, paper)
    house.decide("journal", REJECT, paper)
    assert len(house.lines()) == 1


def test_no_line_without_accounts_and_a_batch(house: House) -> None:
    house.journal()
    house.settings(memo_account="99999")
    assert "99999" in house.ledger.decision_ways()[2].why
    house.settings(memo_account="")
    paper = house.invoice()
    assert house.refused("journal", APPROVE, paper).reason == Reason.SETTINGS
    house.settings(memo_account="60300", decision_batch="PROCORE")
    journal = house.way("journal")
    assert not journal.available
    assert "PROCORE" in journal.why


# -- dimensions -------------------------------------------------------------------------------


def test_a_dimension_reaches_the_header_and_all_lines(house: House) -> None:
    paper = house.invoice()
    house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    now = house.now(paper.id)
    assert dict(now.dimensions)["PROJECT"] == "P-1043"
    assert {dict(line.dimensions)["PROJECT"] for line in now.lines} == {"P-1043"}
    assert {dict(line.dimensions)["COSTCODE"] for line in now.lines} == {"03-300"}
    assert house.written() != []
    house.ledger.set_dimensions(paper, {"PROJECT": "p-1043"}, ABOUT)
    assert house.written() == []


def test_a_third_dimension_and_one_taken_away(house: House) -> None:
    paper = house.invoice()
    house.ledger.set_dimensions(paper, {"COSTTYPE": "M", "COSTCODE": ""}, ABOUT)
    now = house.now(paper.id)
    assert {dict(line.dimensions).get("COSTTYPE") for line in now.lines} == {"M"}
    assert all("COSTCODE" not in dict(line.dimensions) for line in now.lines)


@pytest.mark.parametrize("step", ["approve", "send"])
def test_dimensions_stay_while_it_is_not_open(house: House, step: str) -> None:
    paper = house.invoice()
    house.by_hand("approve", number=paper.number, step=step)
    with pytest.raises(NeedsPerson) as held:
        house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    assert "only while it is open" in held.value.sentence
    assert house.written() == []


def test_dimensions_of_a_posted_document_stay(house: House) -> None:
    paper = house.invoice()
    house.by_hand("post_draft", number=paper.number)
    with pytest.raises(NeedsPerson) as held:
        house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE


def test_a_value_that_nav_does_not_know(house: House) -> None:
    paper = house.invoice()
    with pytest.raises(NeedsPerson) as held:
        house.ledger.set_dimensions(paper, {"PROJECT": "NOWHERE"}, ABOUT)
    assert held.value.reason == Reason.DIMENSION
    assert house.now(paper.id).lines == paper.lines


def test_a_dimension_without_a_number_and_a_question(nav: Site) -> None:
    house = House(nav, "on_premises")
    paper = house.invoice()
    with pytest.raises(NeedsPerson) as held:
        house.ledger.set_dimensions(paper, {"NOWHERE": "X"}, ABOUT)
    assert held.value.reason == Reason.DIMENSION
    nav.setting(dimension_confirm=True)
    with pytest.raises(NeedsPerson) as held:
        house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    assert "nobody is there to answer" in held.value.sentence


# -- guards that the stories above lean on ------------------------------------------------------


def test_the_note_makes_the_number_of_a_journal_line(house: House) -> None:
    house.journal()
    paper = house.invoice()
    for note in (ANN, OTHER):
        house.decide("journal", REOPEN, paper, note)
    first, second = (line[0] for line in house.lines())
    assert first != second
    assert all(len(one) <= 20 for one in (first, second))


def test_a_tested_connection_says_how_decisions_would_reach_it(house: House) -> None:
    said = house.stage.client.test().findings[-1]
    assert "reach it by: Codeunit of the site (release, reopen, approve, reject, post)" in said
    assert "Not by journal line" in said
    house.publish("")
    said = house.stage.client.test().findings[-1]
    assert "Not by codeunit of the site" in said
