"""A controller sets boards up in the admin: with the stand-ins of monday.com and NAV, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from audit.journal import verify
from audit.models import Entry
from connections.models import Connection
from mappings.boards import journal
from mappings.boards.steps import board_integrations
from mappings.boards.vocabulary import DECISION
from mappings.models import BoardLayout, StatusRule
from tests.mappings.conftest import messages_of
from tests.mappings.office import (
    LIST,
    SETUP,
    Office,
    fields_of,
    journaled,
    make_office,
    office,
    ready,
    text_of,
    tree,
)

__all__ = ["journaled", "make_office", "office", "ready"]
pytestmark = pytest.mark.django_db


# -- the story ------------------------------------------------------------------------------------


def test_a_board_is_created_laid_out_and_ready(office: Office) -> None:
    board = office.a_new_board()
    page = office.columns(board)
    said = text_of(page)
    assert "columns will be created: “Ledger key”" in said
    assert "Pending review" in said
    assert not BoardLayout.objects.exists()  # nothing but the board until the button
    answer = office.press(page)
    layout = office.layout
    assert layout.board_id == board
    assert layout.problems == []
    assert layout.columns["key"] == "nav_key"
    assert "columns were created" in messages_of(answer)[0]
    assert set(StatusRule.objects.values_list("label", "meaning")) == {
        ("Pending review", "pending"), ("Approved", "release"), ("Rejected", "reject"),
        ("Refused by NAV", "refused"),
    }  # fmt: skip
    assert Connection.objects.get(vendor="monday").settings["boards"] == board
    assert office.check() == [f"{layout} is ready. It has 0 of 10,000 items."]


def test_every_write_is_in_the_journal_with_who_pressed(office: Office) -> None:
    office.set_up(office.a_new_board())
    intents = Entry.objects.filter(kind=Entry.Kind.INTENT)
    assert intents.count() == 1 + len(office.layout.columns)
    assert {entry.actor for entry in intents} == {"carla"}
    assert intents.filter(sentence__contains="create the column “Amount”").exists()
    done = Entry.objects.get(kind=Entry.Kind.PERSON)
    assert (done.actor, done.sentence) == ("carla", f"Set up: {office.layout}.")
    assert verify().ok


def test_a_board_of_monday_is_taken_as_it_is_and_completed(office: Office) -> None:
    board = str(office.ready["monday"]["board_id"])
    before = text_of(office.open(board=board))
    assert "Fits" in before or "Not there yet" in before
    answer = office.set_up(board)
    assert office.layout.problems == [], messages_of(answer)
    assert office.layout.board_id == board


def test_pressing_twice_makes_nothing_twice(office: Office) -> None:
    board = office.a_new_board()
    page = office.columns(board)
    office.press(page)
    writes = Entry.objects.filter(kind=Entry.Kind.INTENT).count()
    office.press(page)
    assert Entry.objects.filter(kind=Entry.Kind.INTENT).count() == writes
    assert BoardLayout.objects.count() == 1
    assert StatusRule.objects.count() == 4


def test_the_boards_are_listed_with_what_speaks_against_them(office: Office) -> None:
    office.a_new_board("Levels")
    office.by_hand("rights", board="Levels", hierarchy_type="multi_level")
    office.set_up(office.a_new_board("Payables"))
    orders = office.open(kind="ledger_order", choose="1")
    rows = {row.xpath("string(td[1])").strip(): row for row in tree(orders).xpath("//tbody/tr")}
    assert "several levels" in rows["Levels"].text_content()
    assert "shows the purchase invoices of NAV and monday.com" in rows["Payables"].text_content()
    for row in (rows["Levels"], rows["Payables"]):
        assert not row.xpath(".//a[contains(@class, 'c-button')]")


def test_a_board_that_cannot_be_used_cannot_be_reached_by_its_address(office: Office) -> None:
    board = office.a_new_board("Levels")
    office.by_hand("rights", board="Levels", hierarchy_type="multi_level")
    answer = office.browser.get(SETUP, {
        "integration": str(office.integration.pk), "kind": "ledger_invoice", "board": board,
    }, follow=True)  # fmt: skip
    assert "cannot be used" in messages_of(answer)[-1]


# -- choosing -------------------------------------------------------------------------------------


def test_the_ways_into_the_ledger_are_shown_with_reasons(office: Office) -> None:
    page = office.columns(office.a_new_board())
    said = text_of(page)
    assert "How decisions reach Dynamics NAV" in said
    assert "Would be used" in said
    assert "Not available" in said
    barred = tree(page).xpath("//select[starts-with(@name, 'label-way')]/option[@disabled]")
    assert barred
    assert all("(not available)" in option.text for option in barred)
    office.press(page)
    assert "In use" in text_of(office.columns(office.layout.board_id))


def test_one_column_for_two_facts_is_refused_with_a_sentence(office: Office) -> None:
    office.set_up(office.a_new_board())
    page = office.columns(office.layout.board_id, external_number="nav_order_number")
    assert "is chosen for “Vendor's number” and “Order”" in text_of(page)


def test_a_fact_that_is_left_out_later_is_said_and_its_column_stays(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    page = office.columns(board, due_date="")
    assert "“Due date” is no longer kept up to date; its column stays as it is." in text_of(page)
    office.press(page)
    assert "due_date" not in office.layout.columns


def test_only_one_label_is_what_new_items_get(office: Office) -> None:
    page = office.columns(office.a_new_board())
    answer = office.press(page, **{"label-meaning-1": "pending"})
    assert "both mean" in text_of(answer)
    assert not BoardLayout.objects.exists()


def test_somebody_says_which_label_new_items_get(office: Office) -> None:
    page = office.columns(office.a_new_board())
    answer = office.press(page, **{"label-meaning-0": ""})
    assert "Say which label means" in text_of(answer)


def test_what_was_said_of_labels_stays_until_it_is_changed(office: Office) -> None:
    board = office.a_new_board()
    office.press(office.columns(board), **{"label-meaning-1": "approve", "label-way-1": "field"})
    assert StatusRule.objects.get(label="Approved").way == "field"
    office.set_up(board)
    rule = StatusRule.objects.get(label="Approved")
    assert (rule.meaning, rule.way) == ("approve", "field")


def test_pending_and_refused_may_change_places(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    page = office.columns(board)
    office.press(page, **{"label-meaning-0": "refused", "label-meaning-3": "pending"})
    assert StatusRule.objects.get(meaning="pending").label == "Refused by NAV"
    assert StatusRule.objects.get(meaning="refused").label == "Pending review"


# -- what goes wrong ------------------------------------------------------------------------------


def test_what_monday_refuses_is_a_sentence_and_nothing_is_stored(office: Office) -> None:
    page = office.columns(office.a_new_board())
    office.control("POST", "monday/trouble", {"name": "minute", "field": "create_column"})
    answer = office.press(page)
    assert "slow down" in messages_of(answer)[0]
    assert not BoardLayout.objects.exists()


def test_without_a_journal_nothing_is_written(office: Office) -> None:
    journal.register(lambda key, actor: journal.Nowhere())
    answer = office.browser.post(SETUP, {
        "action": "create", "name": "X", "integration": office.integration.pk,
        "kind": "ledger_invoice",
    })  # fmt: skip
    assert "No board was created. Nothing was sent" in messages_of(answer)[0]


def test_a_set_up_that_is_cut_goes_on_where_it_stopped(office: Office) -> None:
    page = office.columns(office.a_new_board())
    office.control("POST", "faults", {"rules": [
        {"action": "cut_after", "path": "create_column", "skip": 3, "times": 1},
    ]})  # fmt: skip
    answer = office.press(page)
    [said] = messages_of(answer)
    assert "were created on the board. Then:" in said
    assert "nothing is created twice" in said
    assert not BoardLayout.objects.exists()
    office.control("DELETE", "faults")
    office.press(office.columns(re.findall(r"board=(\d+)", answer.redirect_chain[-1][0])[0]))
    assert office.layout.problems == []
    assert len(set(office.layout.columns.values())) == len(office.layout.columns)


def test_a_platform_that_is_down_is_said_on_the_page(office: Office) -> None:
    connection = office.integration.project_system
    connection.settings["api_url"] = "http://127.0.0.1:9"
    connection.save()
    said = text_of(office.open())
    assert "monday.com could not be asked" in said
    assert "Cannot reach" in said


def test_a_ledger_that_is_down_does_not_stop_the_set_up(office: Office) -> None:
    ledger = office.integration.ledger
    ledger.settings["server_url"] = "http://127.0.0.1:9"
    ledger.save()
    answer = office.columns(office.a_new_board())
    assert "could not be asked which ways it offers" in text_of(answer)
    office.press(answer)
    assert office.layout.problems == []


def test_a_check_says_what_people_changed_on_the_board(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    office.by_hand("delete_column", board=board, column="nav_amount")
    office.by_hand("label", board=board, column="nav_decision", label="Approved", deactivate=True)
    assert office.check()[0] == "The board needs attention; see what was found."
    page = text_of(office.browser.get(f"{LIST}{office.layout.pk}/change/"))
    assert "The column for “Amount” is not on the board any more." in page
    assert "The label “Approved” of “Approval” is deactivated" in page
    assert "2 problems" in text_of(office.browser.get(LIST))
    again = office.columns(board)
    assert "1 column will be created: “Amount”." in text_of(again)
    assert "Label “Approved” will be added to “Approval”." in text_of(again)
    office.press(again)
    assert office.layout.columns["amount"] == "nav_amount"
    assert office.layout.problems == []


def test_a_board_that_is_gone_is_said_in_words(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    office.by_hand("board", board=board, state="deleted")
    assert "is gone" in office.check()[0]
    assert "Bring it back" in office.layout.problems[0]


def test_renamed_columns_and_boards_do_no_harm(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    office.by_hand("rename_column", board=board, column="nav_amount", to="Betrag")
    office.by_hand("label", board=board, column="nav_decision", label="Approved", to="Genehmigt")
    assert "is ready" in office.check()[0]
    assert "“Betrag”, numbers." in text_of(office.open(board=board))


# -- who may --------------------------------------------------------------------------------------


def test_who_may_only_look_sees_and_cannot_set_up(
    make_office: Callable[[Client], Office], person: Callable[..., Client]
) -> None:
    office = make_office(person("view"))
    layout = BoardLayout.objects.create(
        integration=office.integration, kind="ledger_invoice", board_id="1", board_name="Payables"
    )
    assert "Not checked" in text_of(office.browser.get(LIST))
    page = office.browser.get(f"{LIST}{layout.pk}/change/")
    assert page.status_code == 200
    assert "Check now" not in text_of(page)
    assert office.browser.get(SETUP).status_code == 403
    assert office.browser.post(SETUP, {"action": "create", "name": "X"}).status_code == 403
    assert office.browser.post(f"{LIST}{layout.pk}/check/").status_code == 403
    assert office.browser.get(f"{LIST}add/").status_code == 403


def test_who_may_not_set_rules_lays_out_without_them(
    make_office: Callable[[Client], Office], person: Callable[..., Client]
) -> None:
    from django.contrib.auth.models import Permission, User

    browser = person("view")
    rights = Permission.objects.filter(codename__in=["add_boardlayout", "change_boardlayout"])
    User.objects.get(username="pat").user_permissions.add(*rights)
    office = make_office(browser)
    page = office.columns(office.a_new_board())
    assert "not say what its labels mean" in text_of(page)
    meanings = ("pending", "release", "reject", "refused")
    office.press(page, **{f"label-meaning-{n}": one for n, one in enumerate(meanings)})
    assert not StatusRule.objects.exists()
    assert "No label of “Approval” means that nobody decided yet" in " ".join(
        office.layout.problems
    )


def test_nobody_sets_up_by_a_link(office: Office) -> None:
    """A link only shows; the button writes."""
    board = office.a_new_board()
    before = Entry.objects.count()
    office.columns(board)
    assert Entry.objects.count() == before


# -- lists, rules, history ------------------------------------------------------------------------


def test_the_empty_pages_say_what_to_do_next(controller: Client, db: None) -> None:
    assert "no integration with a work platform yet" in text_of(controller.get(LIST))
    assert "no integration with a work platform yet" in text_of(controller.get(SETUP))
    assert "No label has a meaning yet" in text_of(controller.get("/mappings/statusrule/"))
    assert board_integrations() == []


def test_an_empty_list_offers_the_set_up(office: Office) -> None:
    page = office.browser.get(LIST)
    assert "No board is set up yet" in text_of(page)
    assert SETUP in page.content.decode()
    assert office.browser.get(f"{LIST}add/").headers["Location"] == SETUP


def test_the_list_shows_state_board_and_counts(office: Office) -> None:
    office.set_up(office.a_new_board())
    said = text_of(office.browser.get(LIST))
    for words in ("Purchase invoices", "Payables", "Ready", "12 of 12 facts"):
        assert words in said


def test_a_rule_is_edited_by_itself_and_its_history_shows(office: Office) -> None:
    office.set_up(office.a_new_board())
    rule = StatusRule.objects.get(label="Approved")
    page = f"/mappings/statusrule/{rule.pk}/change/"
    assert "Release the document" in text_of(office.browser.get(page))
    sent = {"integration": office.integration.pk, "kind": rule.kind, "label_id": rule.label_id,
            "label": rule.label, "meaning": "approve", "way": "field", "note": ""}  # fmt: skip
    assert office.browser.post(page, sent).status_code == 302
    rule.refresh_from_db()
    assert (rule.meaning, rule.way) == ("approve", "field")
    history = text_of(office.browser.get(f"/mappings/statusrule/{rule.pk}/history/"))
    assert "carla" in history
    assert "Release the document" in history
    twice = office.browser.post(page, sent | {"meaning": "pending"})
    assert twice.context["adminform"].form.errors["meaning"] == [
        "“Pending review” means that already."
    ]


def test_the_history_of_a_board_holds_what_people_changed(office: Office) -> None:
    board = office.a_new_board()
    office.set_up(board)
    BoardLayout.objects.update(checked_at=None)
    office.check()
    history = text_of(office.browser.get(f"{LIST}{office.layout.pk}/history/"))
    assert "Added" in history
    assert "Changed" not in history
    assert office.browser.get(f"{LIST}changes/").status_code == 200


def test_documents_are_no_longer_shown_on_a_board(office: Office) -> None:
    office.set_up(office.a_new_board())
    answer = office.browser.post(f"{LIST}{office.layout.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not BoardLayout.objects.exists()
    assert Connection.objects.get(vendor="monday").settings["boards"] == ""


def test_both_kinds_have_a_board_each(office: Office) -> None:
    first = office.a_new_board("Invoices")
    office.set_up(first)
    second = office.a_new_board("Orders", "ledger_order")
    page = office.browser.get(SETUP, {
        "integration": str(office.integration.pk), "kind": "ledger_order", "board": second,
    })  # fmt: skip
    office.press(office.browser.get(SETUP, fields_of(page, "get")))
    orders = BoardLayout.objects.get(kind="ledger_order")
    assert "materials" in orders.columns
    assert DECISION in orders.columns
    assert Connection.objects.get(vendor="monday").settings["boards"] == f"{first},{second}"


def test_no_secret_is_on_any_page(office: Office) -> None:
    board = office.a_new_board()
    token = office.ready["monday"]["token"]
    for page in (office.open(), office.open(board=board), office.columns(board)):
        assert token not in page.content.decode()
