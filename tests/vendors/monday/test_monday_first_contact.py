"""First contact with monday.com: each way in which an account may be other is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connections.boards import OPTIONS
from connections.first_contact.tape import playing, recorded_connection
from connections.models import Connection, Consent, Seat
from connections.transport.exact import dumps
from connections.transport.read_only import WouldWrite, only_reads
from connections.vendors.monday import queries
from connections.vendors.monday.client import Monday
from connections.vendors.monday.first_contact import READS, only_queries
from tests.vendors.contact import Met, meet, record
from tests.vendors.monday.conftest import Account

pytestmark = pytest.mark.django_db(transaction=True)

Deviate = Callable[[Account], None]
PERSON = "Mallory Quince"
VIEWER = "stand-in-monday-viewer-token-0008"


def settings(**values: Any) -> Deviate:
    return lambda account: account.control("POST", "monday/settings", values)


def connection(**values: str) -> Deviate:
    def change(account: Account) -> None:
        account.connection.settings |= values
        account.connection.save()

    return change


def board_is(**rights: Any) -> Deviate:
    return lambda account: account.by_hand("rights", board=int(account.board_id), **rights)


def viewer(account: Account) -> None:
    account.connection.secrets |= {"token": VIEWER}
    account.connection.save()


def few_scopes(account: Account) -> None:
    given = account.control("POST", "monday/consent", {"scopes": ["me:read", "boards:read"]})
    connection(sign_in="oauth")(account)
    client = account.new_client()
    Consent.objects.create(
        connection=account.connection, refresh_token=given["refresh_token"],
        scopes="me:read boards:read account:read", given_at=timezone.now(),
        made_for=client.made_for(),
    )  # fmt: skip


DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "another version": (connection(api_version="2099-01"), ("instead of 2099-01",)),
    "an old version": (connection(api_version="2025-07"), ("2025-07", "it ends before long")),
    "a name less": (
        settings(absent=["update_dropdown_column"]),
        ("no update_dropdown_column (changes)", "API version"),
    ),
    "few scopes": (few_scopes, ("boards:write", "press Connect again")),
    "another plan": (connection(plan="enterprise"), ("10,000 calls a day", "25,000")),
    "a small minute": (
        lambda account: account.limits(minute=500), ("500 requests a minute", "2,500")
    ),
    "few options": (
        settings(dropdown_most=50), ("dropdown column takes 50 labels", "Lower Options of a column")
    ),
    "several levels": (board_is(hierarchy_type="multi_level"), ("several levels", "classic board")),
    "a full board": (board_is(items_limit=1), ("1 of 1 items", "before it is full")),
    "a board that is gone": (connection(boards="1234567890"), ("is gone, or not shown", "Invite")),
}  # fmt: skip


@pytest.fixture
def known(account: Account) -> Account:
    """With a board and an item, and the plan that the stand-in has."""
    account.invoice(nav_note=PERSON)
    connection(boards=account.board_id, plan="pro")(account)
    Seat.objects.all().delete()
    return account


def first_met(account: Account, folder: Path) -> Met:
    account.new_client()
    return meet(account.connection, folder)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(known: Account, tmp_path: Path, name: str) -> None:
    deviate, words = DEVIATIONS[name]
    deviate(known)
    met = first_met(known, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_a_viewer_is_shut_out_and_nothing_is_fine(known: Account, tmp_path: Path) -> None:
    viewer(known)
    met = first_met(known, tmp_path)
    assert met.unasked("User", "no viewer and no guest")
    assert "## What fits" not in met.report


def test_an_account_as_it_is_known_shows_none_of_them(known: Account, tmp_path: Path) -> None:
    met = first_met(known, tmp_path)
    assert ": differs: " not in met.screen, met.screen
    assert "another shape" not in met.screen
    assert met.ok, met.screen


def test_the_report_has_neither_secrets_nor_people(known: Account, tmp_path: Path) -> None:
    known.by_hand("rights", board=int(known.board_id), items_limit=1)
    met = first_met(known, tmp_path)
    for hidden in (PERSON, "Quince", "1250.40", "Keystone", "ML Connector", known.ready["token"]):
        assert hidden not in met.report


def test_nothing_but_queries_leaves(known: Account, tmp_path: Path) -> None:
    first_met(known, tmp_path)
    assert len(known.control("GET", "monday/asked")) >= 8
    written = known.control("GET", "ledger")["boards"]
    first_met(known, tmp_path)
    assert known.control("GET", "ledger")["boards"] == written


def test_a_change_is_stopped_at_the_door(known: Account) -> None:
    client = known.new_client()
    client.calls.introduce()
    before = known.control("GET", "ledger")["boards"]
    with only_reads(only_queries), pytest.raises(WouldWrite):
        client.create_item(known.board_id, "By mistake", {}, "a mistake", "a key")
    assert known.control("GET", "ledger")["boards"] == before
    client.create_item(known.board_id, "On purpose", {}, "on purpose", "a key")
    assert known.control("GET", "ledger")["boards"] != before  # so the guard alone was in its way


@pytest.mark.parametrize(
    "document",
    [
        queries.CREATE_ITEM,
        f"{queries.VERSION}\n{queries.DELETE_WEBHOOK}",
        "query X { me { id } } mutation Y { delete_item(item_id: 1) { id } }",
        "query Ours { version { kind value } }",
        "{ me { id } }",
    ],
)
def test_only_our_own_queries_are_reads(document: str) -> None:
    url = "https://api.monday.com/v2"
    assert not only_queries(url, dumps({"query": document, "variables": {}}).encode())
    named = {"query": queries.VERSION, "operationName": "Version"}
    assert not only_queries(url, dumps(named).encode())
    assert only_queries(url, dumps({"query": queries.VERSION, "variables": {}}).encode())
    assert not only_queries(f"{url}/file", dumps({"query": queries.VERSION}).encode())


def test_each_of_our_queries_is_a_read() -> None:
    ours = {text for text in queries.ALL.values() if text.lstrip().startswith("query ")}
    assert ours == READS


def test_a_tape_of_the_account_is_played_back(known: Account, tmp_path: Path) -> None:
    path = tmp_path / "tape.json"
    said = record(known.connection, path)
    assert "exit" not in said, said
    text = path.read_text()
    for hidden in (PERSON, "1250.40", "Keystone", "Payables", known.ready["token"],
                   known.board_id, "127.0.0.1"):  # fmt: skip
        assert hidden not in text
    again = recorded_connection(path)
    again.secrets = {"token": "another"}
    again.save()
    known.calls()
    with playing(path):
        client = Monday(Connection.objects.get(pk=again.pk))
        seen = [client.board(id) for id in client.connection.setting("boards").split(",")]
        assert {one.id for one in seen} <= {one.id for one in client.boards()}
        assert OPTIONS in [one.type for one in seen[0].columns]
    assert known.calls() == 0


def test_rules_that_name_no_number_are_not_fine(known: Account, tmp_path: Path) -> None:
    settings(dropdown_most=-1)(known)
    met = first_met(known, tmp_path)
    assert met.unasked("Labels", "how many labels a dropdown column takes"), met.screen
    assert not met.ok


def test_a_kind_of_user_that_nobody_explains_is_told(known: Account, tmp_path: Path) -> None:
    answer = {"data": {"me": {"id": "1", "name": PERSON, "kind": "portal", "account": {}}}}
    known.fault("status", status=200, path="/v2", body=answer, skip=3, times=1)
    met = first_met(known, tmp_path)
    assert met.differs("a user of the kind portal", "maintainers"), met.screen
