"""Items on a board: made, found, read and changed, with every cell as it was meant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from connections.boards import Cell
from connections.errors import NeedsPerson, NotFound
from connections.vendors.monday import reading
from tests.vendors.monday.conftest import KEY, KIND, STATE, Account

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_item_comes_back_as_it_was_written(account: Account) -> None:
    account.board()
    cells: dict[str, Cell] = {
        STATE: account.label("Released"), KIND: (account.label("Order", KIND),),
        "nav_amount": Decimal("90071992547409.93"), "nav_due": dt.date(2026, 12, 1),
        "nav_note": "Zürich \"quoted\"\nsecond line",
        "nav_link": "https://erp.example/pi/1?a=1&b=2",
    }  # fmt: skip
    item = account.invoice("PI-1", **cells)
    assert item.name == "Invoice PI-1"
    assert {id: item.cells[id] for id in cells} == cells
    assert item.cells[KEY] == "PI-1"
    assert item.board_id == account.board_id
    assert item.active
    assert item.url
    assert item.updated_at is not None
    [read] = account.client.items([item.id])
    assert read.cells == item.cells
    for amount in ("1E+3", "-0.01", "0.00"):
        changed = account.changed(item.id, nav_amount=Decimal(amount))
        assert changed.cells["nav_amount"] == Decimal(amount)


def test_cells_are_cleared_and_others_stay(account: Account) -> None:
    account.board()
    item = account.invoice(
        "PI-1", nav_due=dt.date(2026, 12, 1), nav_note="x", nav_link="https://a.example",
        nav_status=account.label("Open"), nav_kind=(account.label("Order", KIND),),
    )  # fmt: skip
    empty = {"nav_amount": None, "nav_due": None, "nav_note": "", "nav_link": "", STATE: "",
             KIND: ()}  # fmt: skip
    changed = account.changed(item.id, **empty)
    assert {id: changed.cells[id] for id in empty} == empty
    assert changed.cells[KEY] == "PI-1"


def test_a_name_is_changed_in_the_same_call(account: Account) -> None:
    item = account.invoice()
    account.calls()
    changed = account.client.change_item(
        account.board_id, item.id, {"nav_amount": Decimal("7.00")}, "change", name="New name"
    )
    assert (changed.name, changed.cells["nav_amount"]) == ("New name", Decimal("7.00"))
    assert account.calls() == 1


def test_a_label_is_written_by_its_id_whatever_people_call_it(account: Account) -> None:
    account.board()
    released = account.label("Released")
    item = account.invoice()
    account.by_hand("label", board=account.board_id, column=STATE, label="Released", to="Passed")
    assert account.changed(item.id, nav_status=released).cells[STATE] == released
    assert account.label("Passed") == released


def test_one_bad_cell_leaves_all_as_it_was_and_is_said_in_words(account: Account) -> None:
    item = account.invoice()
    with pytest.raises(NeedsPerson) as held:
        account.changed(item.id, nav_status="77", nav_amount=Decimal("1"))
    assert "label" in held.value.sentence
    assert account.client.items([item.id])[0].cells["nav_amount"] == Decimal("1250.40")


def test_a_column_that_was_deleted_is_said_in_words(account: Account) -> None:
    item = account.invoice()
    account.by_hand("delete_column", board=account.board_id, column="nav_note")
    for _ in range(2):  # first by monday.com's refusal, then by the columns read anew
        with pytest.raises(NeedsPerson) as held:
            account.changed(item.id, nav_note="x")
        assert "Set the board up again" in held.value.sentence


def test_a_text_is_not_a_label(account: Account) -> None:
    item = account.invoice()
    with pytest.raises(NeedsPerson) as held:
        account.changed(item.id, nav_status="Released")
    assert "not the id of a label" in held.value.sentence


def test_an_item_that_is_gone_is_not_found(account: Account) -> None:
    item = account.invoice()
    account.by_hand("delete", item=int(item.id))
    with pytest.raises(NotFound):
        account.changed(item.id, nav_amount=Decimal("1"))


def test_archived_items_are_read_and_said_to_be_so(account: Account) -> None:
    kept, archived = account.invoice("PI-1"), account.invoice("PI-2")
    account.by_hand("archive", item=int(archived.id))
    read = account.client.items([kept.id, archived.id, "99999999999"])
    assert {item.id: item.active for item in read} == {kept.id: True, archived.id: False}


def test_many_items_take_few_calls(account: Account) -> None:
    account.board()
    made = [account.by_hand("item", board=account.board_id, name=f"I {n}",
                            values={KEY: f"K-{n}"})["item"] for n in range(130)]  # fmt: skip
    account.client.calls.seat()
    account.calls()
    assert len(account.client.items([str(id) for id in made])) == 130
    assert account.calls() == 2
    assert len(list(account.client.all_items(account.board_id))) == 130
    assert account.calls() == 1
    found = account.client.items_by_key(account.board_id, KEY, [f"k-{n}" for n in range(130)])
    assert all(len(items) == 1 for items in found.values())
    assert account.calls() == 2


def test_a_key_is_found_whatever_its_case_and_only_whole(account: Account) -> None:
    first, _other = account.invoice("PI-1"), account.invoice("PI-10")
    account.by_hand("copy", item=int(first.id))
    archived = account.invoice("PI-2")
    account.by_hand("archive", item=int(archived.id))
    found = account.client.items_by_key(account.board_id, KEY, ["pi-1", "PI-2", "PI-3"])
    assert [len(found[key]) for key in ("pi-1", "PI-2", "PI-3")] == [2, 0, 0]


def test_every_item_is_walked_once_page_by_page(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    account.board()
    made = {account.invoice(f"PI-{n}").id for n in range(5)}
    assert {item.id for item in account.client.all_items(account.board_id)} == made


def test_a_walk_goes_on_when_its_cursor_has_ended(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    account.board()
    made = [account.invoice(f"PI-{n}").id for n in range(5)]
    walk = account.client.all_items(account.board_id)
    seen = [next(walk).id, next(walk).id]
    account.control("POST", "monday/advance", {"seconds": 3700})
    seen += [item.id for item in walk]
    assert sorted(seen) == sorted(made)


def test_a_page_that_costs_too_much_is_asked_for_in_smaller_ones(account: Account) -> None:
    account.board()
    for n in range(30):
        account.by_hand("item", board=account.board_id, name=f"I {n}")
    account.limits(single=20_000)
    account.calls()
    assert len(list(account.client.all_items(account.board_id))) == 30
    assert account.calls() > 1


def test_an_update_is_plain_text_to_us(account: Account) -> None:
    item = account.invoice()
    account.client.say(item.id, "Posted as <b>1001</b> & paid\nby Dana", "say", "say 1")
    account.client.say(item.id, "Posted as <b>1001</b> & paid\nby Dana", "say", "say 1")
    rows = account.client.ask("query { updates(limit: 100) { body } }")["updates"]
    assert [row["body"] for row in rows] == [
        "Posted as &lt;b&gt;1001&lt;/b&gt; &amp; paid<br>by Dana"
    ]


def test_who_decided_is_told_by_the_log(account: Account) -> None:
    account.board()
    item = account.invoice("PI-1", nav_status=account.label("Open"))
    account.by_hand("status", item=int(item.id), column=STATE, status="Released",
                    user="Rosa Delgado")  # fmt: skip
    account.by_hand("rename", item=int(item.id), name="Other")
    decision = account.client.decision(account.board_id, item.id, STATE)
    assert decision is not None
    assert (decision.person, decision.ours) == ("Rosa Delgado", False)
    assert abs(decision.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    account.changed(item.id, nav_status=account.label("Open"))
    decision = account.client.decision(account.board_id, item.id, STATE)
    assert decision is not None
    assert not decision.ours, "a person works as this user, too"
    decision = account.new_client(own_user="yes").decision(account.board_id, item.id, STATE)
    assert decision is not None
    assert decision.ours


def test_nobody_decided_what_was_never_set(account: Account) -> None:
    item = account.invoice()
    decision = account.client.decision(account.board_id, item.id, "nav_due")
    assert decision is None or decision.ours
    assert account.client.decision(account.board_id, "99999999999", STATE) is None
