"""Decisions made elsewhere take effect in Business Central: by codeunit, flag and journal line."""

from __future__ import annotations

import pytest

from connections.documents import (
    APPROVE,
    DECISIONS,
    LEDGER_ORDER,
    POST,
    REJECT,
    RELEASE,
    REOPEN,
    LedgerDocument,
)
from connections.errors import InDoubt, Reason, RetryLater
from connections.roles import DecidableLedger
from tests.vendors.stage_business_central import Stage
from tests.vendors.stage_nav_decisions import ABOUT, House


@pytest.fixture
def house(business_central: Stage) -> House:
    """The codeunit is published there; the connection does not name it yet."""
    return House(business_central, "online")


@pytest.fixture
def with_codeunit(house: House) -> House:
    house.settings(integration_service="IntegrationMgt")
    return house


def order(house: House) -> LedgerDocument:
    """One that a buyer entered."""
    lines = [{"account": "53200", "quantity": 2, "cost": "250.00"}]
    typed = {"vendorNumber": "V10001", "lines": lines, "release": False}
    return house.now(house.by_hand("type_order", **typed)["id"], LEDGER_ORDER)


def test_a_connection_of_before_offers_what_needs_no_set_up(house: House) -> None:
    ledger: DecidableLedger = house.ledger
    assert [(one.name, one.available) for one in ledger.decision_ways()] == [
        ("codeunit", False), ("field", True), ("journal", False), ("api", True),
    ]  # fmt: skip


def test_the_codeunit_releases_and_reopens_an_invoice_once(with_codeunit: House) -> None:
    house = with_codeunit
    assert house.ledger.decision_ways()[0].decisions == DECISIONS
    paper = house.invoice()
    assert house.decide("codeunit", RELEASE, paper) == "Released."
    assert house.decide("codeunit", RELEASE, paper) == "It is released already."
    assert house.now(paper.id).status == "released"
    assert house.decide("codeunit", REOPEN, paper) == "Reopened."
    assert house.written() == ["POST", "POST"]


def test_an_order_is_released(with_codeunit: House) -> None:
    paper = order(with_codeunit)
    assert with_codeunit.decide("codeunit", RELEASE, paper) == "Released."
    assert with_codeunit.now(paper.id, LEDGER_ORDER).status == "released"


def test_an_invoice_is_posted_without_any_set_up(house: House) -> None:
    paper = house.invoice()
    assert house.decide("api", POST, paper).startswith("Posted, as ")
    assert house.now(paper.id).status == "posted"
    assert house.written() == ["POST"]


def test_what_changed_since_it_was_read_is_not_posted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The etag that was read goes along."""
    paper = house.invoice()
    read = house.stage.client.purchases

    def then_somebody_changes_it(kind: str, ids: list[str]) -> list[LedgerDocument]:
        found = read(kind, ids)
        house.by_hand("change_document", number=paper.number, dimensions={"PROJECT": "P-1043"})
        return found

    monkeypatch.setattr(house.stage.client, "purchases", then_somebody_changes_it)
    with pytest.raises(RetryLater):
        house.decide("api", POST, paper)
    monkeypatch.undo()
    assert house.now(paper.id).status == "draft"


def test_a_refusal_names_the_system_that_refused(with_codeunit: House) -> None:
    paper = with_codeunit.invoice()
    with_codeunit.by_hand("approval", on=True)
    held = with_codeunit.refused("codeunit", RELEASE, paper)
    assert held.reason == Reason.NEEDS_APPROVAL
    assert "Business Central says: This document can only be released" in held.sentence
    held = with_codeunit.refused("codeunit", APPROVE, paper)
    assert "Send it for approval in Business Central, or" in held.sentence


def test_an_approver_approves_on_the_board(with_codeunit: House) -> None:
    paper = with_codeunit.invoice()
    with_codeunit.by_hand("approval", on=True, approvers=["PROCORE"])
    with_codeunit.by_hand("approve", number=paper.number, step="send")
    assert with_codeunit.decide("codeunit", APPROVE, paper) == "Approved and released."


def test_a_lost_answer_is_in_doubt_and_nothing_is_done_twice(with_codeunit: House) -> None:
    paper = with_codeunit.invoice()
    with_codeunit.cut("cut_after", "POST", "ReleasePurchaseDocument")
    with pytest.raises(InDoubt):
        with_codeunit.decide("codeunit", RELEASE, paper)
    assert with_codeunit.decide("codeunit", RELEASE, paper) == "It is released already."
    assert with_codeunit.written() == ["POST"]


def test_a_rejection_sets_the_flag(house: House) -> None:
    paper = house.invoice()
    assert house.decide("field", REJECT, paper) == "onHold set to “REJ”."
    assert house.hold(paper) == "REJ"


def test_a_decision_becomes_a_journal_line_once(house: House) -> None:
    house.journal()
    paper = house.invoice(vendor="V10124")  # in the local currency
    house.decide("journal", APPROVE, paper)
    assert "noted already" in house.decide("journal", APPROVE, paper)
    assert [line[2] for line in house.lines()] == [paper.total]


def test_a_dimension_reaches_an_orders_header_and_lines(house: House) -> None:
    paper = order(house)
    house.ledger.set_dimensions(paper, {"PROJECT": "P-1043"}, ABOUT)
    now = house.now(paper.id, LEDGER_ORDER)
    assert dict(now.dimensions)["PROJECT"] == "P-1043"
    assert {dict(line.dimensions)["PROJECT"] for line in now.lines} == {"P-1043"}
    assert now.total == paper.total


def test_the_connection_test_says_how_decisions_would_reach_it(house: House) -> None:
    result = house.stage.client.test()
    assert result.ok
    assert result.findings[0] == "Business Central online, through the standard API."
    assert "reach it by: Flag on the document" in result.findings[-1]
    assert "Not by codeunit of the site: Business Central releases" in result.findings[-1]
