"""How a decision of the board reaches NAV: the codeunit, a flag, a journal line. And who agrees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client as Browser

from audit.models import Entry
from connections.errors import Reason
from mappings.models import StatusRule
from syncs.models import Record, State
from tests.flows.monday.telling import ORDERS, Boards
from tests.flows.monday.test_decisions import decided, shown

CONTROLLER, CLERK = "Dana Whitfield", "Rosa Delgado"


@pytest.fixture(autouse=True)
def as_it_was(boards: Boards) -> Iterator[None]:
    cache.clear()
    yield
    boards.company.ledger("nav/settings", {"codeunit": "IntegrationMgt"})
    boards.nav("approval", on=False)
    cache.clear()


def no_codeunit(boards: Boards) -> None:
    """The site has none: it is taken off the page Web Services."""
    boards.company.ledger("nav/settings", {"codeunit": ""})
    cache.clear()


def means(boards: Boards, label: str, meaning: str, way: str = "", kind: str = "") -> None:
    """Finance says what a label does; a new one is made on the board."""
    layout = boards.layout(kind) if kind else boards.layout()
    column = layout.columns["decision"]
    row = StatusRule.objects.filter(
        integration=boards.integration, kind=layout.kind, label=label
    ).first()
    if row is None:
        boards.monday("new_label", board=layout.board_id, column=column, label=label)
        shown_ = next(one for one in boards.board(layout.kind)["columns"] if one["id"] == column)
        id = next(one["id"] for one in shown_["settings"]["labels"] if one["label"] == label)
        row = StatusRule(integration=boards.integration, kind=layout.kind, label_id=str(id),
                         label=label)  # fmt: skip
    row.meaning, row.way = meaning, way
    row.save()


def in_nav(boards: Boards, record: Record, field: str) -> Any:
    """Of the draft, as NAV's page shows it."""
    from syncs.flow import Context

    client: Any = Context(boards.integration, "decisions").ledger
    wanted = f"Document_Type eq 'Invoice' and No eq '{record.number}'"
    [row] = client.rows(client.path(client.set_of("PurchaseInvoice"), filter=wanted))
    return row[field]


def told(decision: Record) -> str:
    rows = Entry.objects.filter(record=decision.pk, kind=Entry.Kind.NOTED)
    return " ".join(rows.values_list("sentence", flat=True))


def said(boards: Boards, record: Record, kind: str = "") -> list[str]:
    item = boards.item(record, kind) if kind else boards.item(record)
    return [update["text"] for update in item["updates"]]


def admin_page(record: Record) -> str:
    if not (boss := User.objects.filter(username="boss").first()):
        boss = User.objects.create_superuser("boss", "boss@keystone.example", "x")
    browser = Browser()
    browser.force_login(boss)
    return browser.get(f"/syncs/record/{record.pk}/change/").content.decode()


# -- the three ways -------------------------------------------------------------------------------


def test_the_codeunit_releases_and_the_page_says_that_it_did(boards: Boards) -> None:
    decision = decided(boards, shown(boards, "WAY-1"), "Approved", user=CLERK)
    assert decision.state == State.POSTED, decision.sentence
    page = admin_page(decision)
    assert "Codeunit of the site" in page
    assert CLERK in page
    assert CLERK in told(decision)


def test_without_a_codeunit_the_flag_of_the_document_is_set(boards: Boards) -> None:
    no_codeunit(boards)
    record = shown(boards, "WAY-2")
    decision = decided(boards, record, "Rejected")
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record, "On_Hold") == "REJ"
    assert "Flag on the document" in admin_page(decision)
    assert any("On_Hold set to “REJ”" in text for text in said(boards, record))
    decision = decided(boards, record, "Approved")
    assert in_nav(boards, record, "On_Hold") == ""
    assert boards.text(boards.item(record), "status") == "Draft", "a flag is no status"


def test_a_journal_line_where_finance_wants_one(boards: Boards) -> None:
    no_codeunit(boards)
    ledger = boards.integration.ledger
    ledger.settings |= {"decision_batch": "DEFAULT", "memo_account": "60300",
                        "memo_balancing_account": "20400"}  # fmt: skip
    ledger.save()
    means(boards, "Approved", "approve", "journal")
    record = shown(boards, "WAY-3", cost="321.00")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    assert "journal" in admin_page(decision).lower()
    from syncs.flow import Context

    client: Any = Context(boards.integration, "decisions").ledger
    rows = [row for row in client.rows(client.path(client.set_of("GeneralJournal")))
            if row["Journal_Batch_Name"] == "DEFAULT"]  # fmt: skip
    mine = [row for row in rows if record.number in str(row["External_Document_No"])
            or record.number in str(row["Description"])]  # fmt: skip
    assert len(mine) == 1, rows
    assert decision.replay("anna")
    boards.due_now(decision)
    rows = client.rows(client.path(client.set_of("GeneralJournal")))
    assert len([row for row in rows if row["Document_No"] == mine[0]["Document_No"]]) == 1


def test_a_site_that_offers_no_way_is_told_on_the_item_and_here(boards: Boards) -> None:
    no_codeunit(boards)
    means(boards, "Approved", "release", "codeunit")
    record = shown(boards, "WAY-4")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.SETTINGS)
    assert "Codeunit of the site" in decision.sentence
    assert boards.text(boards.item(record), "decision") == "Refused by NAV"
    assert "Not done in the ledger" in said(boards, record)[0]


# -- decided anew ----------------------------------------------------------------------------------


def test_a_released_invoice_is_reopened(boards: Boards) -> None:
    means(boards, "Reopen it", "reopen")
    record = shown(boards, "RENEWED-1")
    decided(boards, record, "Approved")
    record.refresh_from_db()
    assert boards.text(boards.item(record), "status") == "Released"
    decision = decided(boards, record, "Reopen it")
    assert decision.state == State.POSTED, decision.sentence
    assert boards.text(boards.item(record), "status") == "Draft"


def test_after_a_refusal_a_person_decides_anew_and_it_goes_through(boards: Boards) -> None:
    boards.nav("approval", on=True)
    record = shown(boards, "AGAIN-2")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.HELD, decision.sentence
    item = boards.item(record)
    assert boards.text(item, "decision") == "Refused by NAV"
    assert "Not done in the ledger" in item["updates"][0]["text"]
    boards.nav("approval", on=False)
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    item = boards.item(record)
    assert (boards.text(item, "status"), boards.text(item, "decision")) == ("Released", "Approved")
    assert not decision.coded["refused"], "what was refused is over"


def test_two_people_decide_one_after_the_other(boards: Boards) -> None:
    """The last word counts; the same word twice releases once."""
    record = shown(boards, "AGAIN-3")
    decided(boards, record, "Approved", user=CLERK)
    decided(boards, record, "Pending review", user=CONTROLLER)
    decision = decided(boards, record, "Approved", user=CONTROLLER)
    assert decision.state == State.POSTED, decision.sentence
    assert "released already" in decision.sentence
    texts = told(decision)
    assert CLERK in texts
    assert CONTROLLER in texts
    assert boards.text(boards.item(record), "status") == "Released"


def test_nav_is_asleep_and_the_decision_goes_through_by_itself(boards: Boards) -> None:
    record = shown(boards, "SLEEP-1")
    boards.company.ledger("faults", {"seed": 1, "rules": [
        {"action": "status", "status": 503, "path": "ODataV4", "times": None}
    ]})  # fmt: skip
    decision = decided(boards, record, "Approved")
    assert decision.state == State.PENDING, decision.sentence
    assert boards.text(boards.item(record), "decision") == "Approved"
    boards.company.ledger("faults", method="DELETE")
    decision = boards.due_now(decision)
    assert decision.state == State.POSTED, decision.sentence
    boards.due_now(record)
    assert boards.text(boards.item(record), "status") == "Released"


def test_a_lost_answer_of_the_release_says_the_outcome_once(boards: Boards) -> None:
    record = shown(boards, "LOST-9")
    boards.company.ledger("faults", {"seed": 1, "rules": [
        {"action": "cut_after", "path": "ReleasePurchaseDocument", "times": 1}
    ]})  # fmt: skip
    decision = decided(boards, record, "Approved")
    assert decision.state == State.IN_DOUBT, decision.sentence
    decision = boards.due_now(decision)
    assert decision.state == State.POSTED, decision.sentence
    assert len(said(boards, record)) == 1


def test_a_lost_answer_of_the_update_says_it_once_in_the_same_words(boards: Boards) -> None:
    record = shown(boards, "LOST-10")
    boards.polls("decisions")  # of the stories before
    boards.monday_faults({"action": "cut_after", "path": "create_update", "times": 1})
    decision = decided(boards, record, "Approved")
    assert decision.state != State.POSTED, decision.sentence
    decision = boards.due_now(decision)
    assert decision.state == State.POSTED, decision.sentence
    assert decision.sentence == "Released."
    assert len(said(boards, record)) == 1


# -- a second person ------------------------------------------------------------------------------


def test_a_second_person_agrees_before_it_reaches_nav(boards: Boards) -> None:
    boards.company.settings("decisions", needs_approval=True)
    record = shown(boards, "FOUR-EYES")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert boards.text(boards.item(record), "status") == "Draft"
    assert decision.approve("controller")
    decision = boards.due_now(decision)
    assert decision.state == State.POSTED, decision.sentence
    assert boards.text(boards.item(record), "status") == "Released"


def test_an_order_is_released_too(boards: Boards) -> None:
    typed = boards.an_order()
    boards.polls("purchase_orders")
    record = boards.records("purchase_orders", typed["number"])
    assert record.state == State.POSTED, record.sentence
    boards.decides(boards.item(record, ORDERS), "Approved", ORDERS)
    boards.polls("decisions")
    decision = Record.objects.get(flow="decisions", source_id=record.destination_id)
    assert decision.state == State.POSTED, decision.sentence
    assert boards.text(boards.item(record, ORDERS), "status", ORDERS) == "Released"


def test_the_page_of_a_decision_shows_who_when_and_how_and_no_duplicate(boards: Boards) -> None:
    record = shown(boards, "PAGE-1", cost="4321.10")
    decision = decided(boards, record, "Approved", user=CLERK)
    page = admin_page(decision)
    assert "Release the document" in page
    assert "Possible duplicate" not in page
    assert "Possible duplicate" not in admin_page(record)
    assert "It is already there" not in page
