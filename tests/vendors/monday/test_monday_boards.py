"""Boards, columns and their labels: what is missing is made, what is there is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from connections.boards import NUMBER, OPTIONS, OTHER, STATUS, TEXT, Column, Label
from connections.errors import NeedsPerson, NotFound, RetryLater
from connections.vendors.monday import labels
from tests.vendors.monday.conftest import COLUMNS, KEY, KIND, STATE, Account

pytestmark = pytest.mark.django_db(transaction=True)


def shown(account: Account, column: str = STATE) -> dict[str, dict[str, Any]]:
    """The labels by text, as monday.com keeps them."""
    row = account.client.column_row(account.board_id, column)
    return {one["label"]: one for one in row["settings"]["labels"]}


def test_the_account_shows_its_boards(account: Account) -> None:
    [board] = account.client.boards()
    assert (board.name, board.items, board.columns) == ("Payables approvals", 3, ())
    whole = account.client.board(board.id)
    assert [title for _, title in whole.groups] == ["To approve", "Done"]
    types = {column.id: column.type for column in whole.columns}
    assert types["person"] == types["last_updated"] == OTHER
    assert (types["status"], types["dropdown"], types["text_amount"]) == (STATUS, OPTIONS, TEXT)
    status = whole.column("status")
    assert status is not None
    assert [(one.id, one.text, one.done) for one in status.labels] == [
        ("0", "Pending review", False), ("1", "Approved", True), ("2", "Rejected", False),
    ]  # fmt: skip
    assert status.label("APPROVED") == status.labels[1]


def test_boards_of_subitems_are_no_boards_of_ours(account: Account) -> None:
    [board] = account.client.boards()
    [item, *_] = account.client.all_items(board.id)
    account.client.ask(
        f'mutation {{ create_subitem(parent_item_id: {item.id}, item_name: "x") {{ id }} }}'
    )
    assert [one.id for one in account.client.boards()] == [board.id]


def test_a_board_that_nobody_shows_us_is_not_found(account: Account) -> None:
    with pytest.raises(NotFound):
        account.client.board("1234567890")
    [board] = account.client.boards()
    account.by_hand("board", board=int(board.id), state="deleted")
    with pytest.raises(NotFound):
        account.client.board(board.id)
    with pytest.raises(NotFound):
        list(account.client.all_items("1234567890"))


def test_a_board_of_several_levels_is_not_used(account: Account) -> None:
    [board] = account.client.boards()
    account.by_hand("rights", board=int(board.id), hierarchy_type="multi_level")
    assert "several levels" in account.client.board(board.id).unusable


def test_a_board_is_made_once_empty_and_private(account: Account) -> None:
    made = account.client.create_board("Payables", "set up")
    assert (made.items, made.active) == (0, True)
    assert account.client.create_board("Payables", "set up").id == made.id
    account.board_id = made.id
    account.by_hand("item", board=made.id, name="Somebody's")
    assert account.client.create_board("Payables", "set up").id != made.id


def test_columns_are_made_under_their_ids_with_their_labels(account: Account) -> None:
    board = account.client.board(account.board())
    for wanted in COLUMNS:
        made = board.column(wanted.id)
        assert made is not None
        assert (made.title, made.type) == (wanted.title, wanted.type)
        assert [one.text for one in made.labels] == [one.text for one in wanted.labels]
        assert [one.done for one in made.labels] == [one.done for one in wanted.labels]
        assert made.revision


def test_a_column_that_stands_is_returned_with_the_labels_it_lacked(account: Account) -> None:
    board = account.board()
    more = Column(STATE, "Another title", STATUS, (Label("", "Open"), Label("", "Paid")))
    found = account.client.create_column(board, more, "set up")
    assert [one.text for one in found.labels] == ["Open", "Released", "Paid"]
    assert found.title == "State"


def test_a_column_of_another_type_under_that_id_needs_a_person(account: Account) -> None:
    board = account.board()
    with pytest.raises(NeedsPerson) as held:
        account.client.create_column(board, Column(KEY, "Key", NUMBER), "set up")
    assert "another type" in held.value.sentence


def test_labels_are_added_and_the_others_keep_all_they_have(account: Account) -> None:
    account.board()
    before = shown(account)
    account.client.ensure_labels(account.board_id, STATE, ["open", "Paid", "paid"], "labels")
    after = shown(account)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"Paid"}
    assert after["Released"]["is_done"] is True


def test_nothing_is_sent_when_no_label_is_missing(account: Account) -> None:
    account.board()
    written = len(account.journal.lines)
    account.client.ensure_labels(account.board_id, STATE, ["OPEN", "Released"], "labels")
    account.client.retire_labels(account.board_id, STATE, ["99"], "labels")
    assert len(account.journal.lines) == written


@pytest.mark.parametrize("column", [STATE, KIND])
def test_a_retired_label_stays_on_its_items_and_comes_back(account: Account, column: str) -> None:
    account.board()
    text = "Released" if column == STATE else "Order"
    label = account.label(text, column)
    value = label if column == STATE else (label,)
    item = account.invoice("PI-1", **{column: value})
    retired = account.client.retire_labels(account.board_id, column, [label], "labels")
    assert [one.text for one in retired.labels if not one.active] == [text]
    assert account.client.items([item.id])[0].cells[column] == value
    with pytest.raises(NeedsPerson):
        account.invoice("PI-2", **{column: value})
    back = account.client.ensure_labels(account.board_id, column, [text.upper()], "labels")
    found = back.label(text)
    assert found is not None
    assert (found.id, found.active) == (label, True)


def test_somebody_elses_label_is_not_lost(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our reading and our writing somebody adds a label: the revision is stale."""
    account.board()
    whole = labels.whole_list
    first: list[Any] = []

    def meanwhile(*given: Any) -> Any:
        if not first:
            first.append(account.by_hand("new_label", board=account.board_id, column=STATE,
                                         label="By hand"))  # fmt: skip
        return whole(*given)

    monkeypatch.setattr(labels, "whole_list", meanwhile)
    column = account.client.ensure_labels(account.board_id, STATE, ["Paid"], "labels")
    assert {one.text for one in column.labels} == {"Open", "Released", "By hand", "Paid"}


def test_labels_that_change_all_the_time_are_left_for_later(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.board()
    whole, count = labels.whole_list, iter(range(10))

    def meanwhile(*given: Any) -> Any:
        account.by_hand("new_label", board=account.board_id, column=STATE, label=f"L{next(count)}")
        return whole(*given)

    monkeypatch.setattr(labels, "whole_list", meanwhile)
    with pytest.raises(RetryLater, match="Somebody changes the labels"):
        account.client.ensure_labels(account.board_id, STATE, ["Paid"], "labels")
    assert next(count) == labels.TRIES


@pytest.mark.parametrize("colours", ["number", "name"])
def test_colours_are_understood_by_name_and_number(account: Account, colours: str) -> None:
    account.board()
    account.control("POST", "settings", {"label_colours": colours})
    try:
        texts = [f"Label {n}" for n in range(20)]
        column = account.client.ensure_labels(account.board_id, STATE, texts, "labels")
    finally:
        account.control("POST", "settings", {"label_colours": "number"})
    assert len(column.labels) == 22
    assert "5" not in {one.id for one in column.labels}


def test_a_recoloured_label_keeps_its_id_and_its_new_colour_from_others() -> None:
    free = labels.free_colours([{"id": 0, "color": 7}, {"id": 3, "color": "peach"}])
    assert not {"working_orange", "bright_blue", "dark_blue", "peach", "explosive"} & set(free)
    assert len(free) == len(labels.COLOURS) - 5


def test_thirty_nine_labels_are_the_most(account: Account) -> None:
    account.board()
    with pytest.raises(NeedsPerson) as held:
        account.client.ensure_labels(
            account.board_id, STATE, [f"Label {n}" for n in range(38)], "labels"
        )
    assert "more than 39" in held.value.sentence
    assert len(shown(account)) == 2
    account.client.ensure_labels(
        account.board_id, STATE, [f"Label {n}" for n in range(37)], "labels"
    )
    assert len(shown(account)) == 39


def test_a_long_status_label_is_said_not_cut(account: Account) -> None:
    account.board()
    with pytest.raises(NeedsPerson) as held:
        account.client.ensure_labels(account.board_id, STATE, ["x" * 31], "labels")
    assert "30 characters" in held.value.sentence


@pytest.mark.parametrize(
    ("most", "said"),
    [("200", "is full: it takes 200 options"), ("500", "does not take the labels")],
)
def test_hundreds_of_options_are_too_many(account: Account, most: str, said: str) -> None:
    """In our words where the number is known, else in monday.com's own."""
    account.board()
    account.new_client(most_options=most)
    column = account.client.ensure_labels(
        account.board_id, KIND, [f"Vendor {n}" for n in range(150)], "labels"
    )
    assert len(column.labels) == 152
    with pytest.raises(NeedsPerson) as held:
        account.client.ensure_labels(
            account.board_id, KIND, [f"More {n}" for n in range(100)], "labels"
        )
    assert said in held.value.sentence


def test_a_column_that_is_gone_is_not_found(account: Account) -> None:
    account.board()
    with pytest.raises(NotFound):
        account.client.ensure_labels(account.board_id, "nothing", ["x"], "labels")


def test_what_went_well_is_green_and_what_did_not_is_red(account: Account) -> None:
    board = account.client.create_board("Colours", "set up")
    texts = ("Draft", "Pending approval", "Released", "Posted", "Rejected")
    column = Column("shade", "State", STATUS, tuple(Label("", text) for text in texts))
    account.client.create_column(board.id, column, "set up")
    made = account.client.ensure_labels(board.id, "shade", ["Refused by NAV"], "labels")
    worn = {label.text: labels.NAMES[int(label.id)] for label in made.labels}  # id: the colour's
    assert worn == {
        "Draft": "bright_blue", "Pending approval": "working_orange", "Released": "done_green",
        "Posted": "grass_green", "Rejected": "stuck_red", "Refused by NAV": "dark_red",
    }  # fmt: skip
