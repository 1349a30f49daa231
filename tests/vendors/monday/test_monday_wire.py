"""What goes wrong on the way: refusals in HTTP 200, throttles, lost answers, repeated changes."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

import pytest
from django.db import connections as databases
from django.utils import timezone

from connections.errors import (
    CredentialPaused,
    InDoubt,
    NeedsPerson,
    NotFound,
    NoTry,
    Refused,
    RetryLater,
)
from connections.models import Connection, RateBudget
from connections.transport import concurrency
from connections.vendors.monday.client import Monday
from tests.vendors.monday.conftest import KEY, STATE, Account, tomorrow
from tests.vendors.stage_business_central import Notebook

pytestmark = pytest.mark.django_db(transaction=True)


def wait_in_seconds(error: RetryLater) -> float:
    assert error.at is not None
    return (error.at - timezone.now()).total_seconds()


def forget_the_wait() -> None:
    RateBudget.objects.update(blocked_until=None)


# -- throttles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["minute", "concurrency", "complexity", "complexity_old", "ip", "boards", "locked",
             "blocked", "field", "field_minute", "subgraph"],
)  # fmt: skip
def test_whatever_throttles_says_when_to_come_again(account: Account, name: str) -> None:
    account.board()
    account.trouble(name, wait=40)
    with pytest.raises(RetryLater) as later:
        account.client.items(["1"])
    silent = name in ("complexity_old", "boards", "locked", "blocked", "subgraph")
    least, most = (7, 10) if silent else (39, 43)
    assert least < wait_in_seconds(later.value) < most
    forget_the_wait()
    assert account.client.items(["1"]) == []


def test_nobody_sends_before_the_wait_is_over(account: Account) -> None:
    account.board()
    account.trouble("minute", wait=40)
    with pytest.raises(RetryLater):
        account.client.items(["1"])
    account.calls()
    with pytest.raises(RetryLater):
        account.new_client().items(["1"])
    assert account.calls() == 0


def test_a_throttled_change_was_not_done(account: Account) -> None:
    account.board()
    account.trouble("complexity", wait=30, field="create_item")
    with pytest.raises(RetryLater):
        account.invoice()
    assert account.journal.outcomes[-1][0] == "refused"
    forget_the_wait()
    assert account.invoice().active


def test_points_that_run_out_are_waited_for_before_they_do(account: Account) -> None:
    account.board()
    account.limits(complexity=120_000)
    account.control("DELETE", "monday/usage")
    account.invoice("PI-1")
    account.calls()
    with pytest.raises(RetryLater) as later:
        account.invoice("PI-2")
    assert account.calls() == 0
    assert 0 < wait_in_seconds(later.value) <= 60
    assert RateBudget.objects.get().throttled == 0


def test_the_days_calls_gone_means_tomorrow(account: Account) -> None:
    account.board()
    account.trouble("daily", wait=3599)
    with pytest.raises(NoTry) as later:
        account.client.items(["1"])
    assert later.value.at == tomorrow()


# -- refusals -------------------------------------------------------------------------------------


def test_a_refusal_in_http_200_is_journaled_as_one(account: Account) -> None:
    item = account.invoice()
    account.trouble("column_value", field="change_multiple_column_values")
    with pytest.raises(NeedsPerson):
        account.changed(item.id, nav_amount=Decimal("1"))
    assert account.journal.outcomes[-1] == ("refused", 400)


def test_a_missing_item_in_http_200_is_not_found(account: Account) -> None:
    item = account.invoice()
    account.trouble("missing", field="change_multiple_column_values")
    with pytest.raises(NotFound):
        account.changed(item.id, nav_amount=Decimal("1"))


def test_a_refusal_without_a_code_is_final(account: Account) -> None:
    item = account.invoice()
    account.trouble("uncoded", field="change_multiple_column_values")
    with pytest.raises(Refused):
        account.changed(item.id, nav_amount=Decimal("1"))


def test_a_right_that_lacks_is_said_and_does_not_stop_the_rest(account: Account) -> None:
    item = account.invoice()
    account.trouble("unauthorized")
    with pytest.raises(NeedsPerson) as held:
        account.changed(item.id, nav_amount=Decimal("1"))
    assert "owner of the board" in held.value.sentence
    assert account.client.items([item.id])


def test_a_full_board_is_said(account: Account) -> None:
    account.board()
    account.by_hand("rights", board=account.board_id, items_limit=1)
    account.invoice("PI-1")
    with pytest.raises(NeedsPerson) as held:
        account.invoice("PI-2")
    assert "is full" in held.value.sentence


def test_a_long_name_is_cut_where_monday_com_ends(account: Account) -> None:
    board = account.board()
    item = account.client.create_item(board, "x" * 300, {}, "item", "k")
    assert len(item.name) == 255


# -- lost answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["server", "timeout", "timeout_html", "bad_gateway", "inside"])
def test_a_change_that_was_not_answered_well_is_in_doubt(account: Account, name: str) -> None:
    account.board()
    account.trouble(name, field="create_item")
    with pytest.raises(InDoubt):
        account.invoice()
    assert account.journal.outcomes[-1][0] == "no answer"


@pytest.mark.parametrize("name", ["server", "timeout", "timeout_html", "bad_gateway"])
def test_a_read_that_failed_is_tried_again(account: Account, name: str) -> None:
    item = account.invoice()
    account.trouble(name)
    assert account.client.items([item.id])


def test_a_repeated_change_makes_no_second_item(account: Account) -> None:
    account.board()
    account.fault("cut_after", path="create_item", times=1)
    with pytest.raises(InDoubt):
        account.invoice("PI-1")
    again = account.invoice("PI-1")
    assert [item.id for item in account.client.all_items(account.board_id)] == [again.id]


def test_a_repeated_creation_shows_the_item_as_it_stands_now(account: Account) -> None:
    first = account.invoice("PI-1")
    account.changed(first.id, nav_amount=Decimal("2"))
    assert account.invoice("PI-1").cells["nav_amount"] == Decimal("2")
    account.by_hand("archive", item=int(first.id))
    assert account.invoice("PI-1").active is False


def test_another_key_or_other_cells_are_another_item(account: Account) -> None:
    first = account.invoice("PI-1")
    other = account.client.create_item(
        account.board_id, first.name, {KEY: "PI-1", "nav_amount": Decimal("1250.40")}, "x", "other"
    )
    changed = account.invoice("PI-1", nav_amount=Decimal("3"))
    assert len({first.id, other.id, changed.id}) == 3


def test_what_somebody_changed_back_is_written_again(account: Account) -> None:
    """The same change within half an hour is a new one, not the old answer once more."""
    account.board()
    item = account.invoice("PI-1", nav_status=account.label("Open"))
    released = account.label("Released")
    account.changed(item.id, nav_status=released)
    account.by_hand("status", item=int(item.id), column=STATE, status="Open")
    assert account.changed(item.id, nav_status=released).cells[STATE] == released
    assert account.client.items([item.id])[0].cells[STATE] == released


def test_what_was_put_right_is_not_refused_with_the_old_answer(account: Account) -> None:
    account.board()
    released = account.label("Released")
    account.control("POST", "settings", {"replay_errors": True})
    account.client.retire_labels(account.board_id, STATE, [released], "labels")
    for _ in range(3):
        with pytest.raises(NeedsPerson):
            account.invoice("PI-1", nav_status=released)
    account.client.ensure_labels(account.board_id, STATE, ["Released"], "labels")
    made = account.invoice("PI-1", nav_status=released)
    account.control("POST", "settings", {"replay_errors": False})
    assert [item.id for item in account.client.all_items(account.board_id)] == [made.id]


def test_a_change_that_is_still_under_way_is_waited_for(account: Account) -> None:
    account.board()
    conflict = {
        "errors": [{"message": "In flight", "extensions": {"code": "IDEMPOTENCY_CONFLICT"}}]
    }
    account.fault("status", status=409, body=json.dumps(conflict), path="create_item", times=1)
    with pytest.raises(RetryLater) as later:
        account.invoice()
    assert wait_in_seconds(later.value) < 10


def test_changes_of_one_board_go_one_after_the_other(account: Account) -> None:
    board = account.board()
    account.client.column_types(board)
    account.fault("slow", path="create_item", seconds=0.1, times=6)
    account.control("DELETE", "monday/usage")
    pk, journal = account.connection.pk, Notebook()

    def work(number: int) -> None:
        client = Monday(Connection.objects.get(pk=pk), journal)
        client.create_item(board, f"Item {number}", {KEY: f"T-{number}"}, "item", f"t{number}")
        databases.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.control("GET", "monday/usage")["most_at_once"] == 1
    assert len(list(account.client.all_items(board))) == 6


def test_a_lane_is_held_by_one_at_a_time(account: Account) -> None:
    caught: list[BaseException] = []

    def other() -> None:
        try:
            with concurrency.lane("board 1", "monday.com", longest_wait=0):
                pass
        except NoTry as error:
            caught.append(error)
        finally:
            databases.close_all()

    with concurrency.lane("board 1", "monday.com"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(caught) == 1
    with concurrency.lane("board 1", "monday.com", longest_wait=0):
        pass


# -- signing in with a personal token -------------------------------------------------------------


@pytest.mark.parametrize("body", ["graphql", "flat", "list"])
def test_a_token_that_is_dead_pauses_the_connection(account: Account, body: str) -> None:
    account.board()
    account.control("POST", "settings", {"unauthorized_body": body})
    account.by_hand("token")
    with pytest.raises(CredentialPaused) as paused:
        account.client.items(["1"])
    account.control("POST", "settings", {"unauthorized_body": "graphql"})
    assert "Enter the present one" in paused.value.sentence
    account.calls()
    with pytest.raises(CredentialPaused):
        account.new_client().items(["1"])
    assert account.calls() == 0


def test_an_address_that_is_not_allowed_is_said(account: Account) -> None:
    account.board()
    account.control("POST", "settings", {"access": "ip"})
    with pytest.raises(CredentialPaused) as paused:
        account.client.items(["1"])
    account.control("POST", "settings", {"access": "open"})
    assert "list of allowed addresses" in paused.value.sentence


def test_a_token_is_never_told(account: Account) -> None:
    token = account.ready["token"]
    account.client.calls.seat()
    account.fault("status", status=400, body=json.dumps({"errors": [{"message": token}]}), times=1)
    with pytest.raises(Refused) as refused:
        account.client.ask("query { me { id } }")
    assert token not in refused.value.sentence
