"""Webhooks: made once, found again, and what may be believed of what they send."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from django.test import Client as Browser
from django.utils import timezone

from connections.errors import ConnectorError, NotFound
from connections.models import Connection, Seat, Subscription
from connections.registry import Inbound, Verdict
from connections.vendors.monday import VENDOR, webhook
from syncs.models import Delivery
from tests.simulators.server import wait_for
from tests.vendors.monday.conftest import STATE, Account

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "signing-secret-with-more-than-32-characters"
EVENT: dict[str, Any] = {
    "app": "monday", "type": "update_column_value", "triggerTime": "2026-11-20T09:16:40.530Z",
    "subscriptionId": 810000002, "isRetry": False, "userId": 70000002, "originalTriggerUuid": None,
    "boardId": 1801000001, "groupId": "topics", "pulseId": 12700000001, "columnId": "nav_status",
    "columnType": "color", "value": {"label": {"index": 1}}, "changedAt": 1795166200.4412,
    "triggerUuid": "91a0c3d4e5f60718293a4b5c6d7e8f90",
}  # fmt: skip
DELETED = {
    "app": "monday", "type": "delete_pulse", "triggerTime": "2026-11-20T09:30:00.000Z",
    "subscriptionId": 810000004, "userId": 70000002, "originalTriggerUuid": None,
    "boardId": 1801000001, "itemId": 12700000001, "itemName": "SO-1001 Contoso",
    "triggerUuid": "b1b2c3d4e5f60718293a4b5c6d7e8f92",
}  # fmt: skip


class Ours:
    """Our address, as monday.com sees it: each request goes through the real view."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.echo = True
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                data = json.loads(body)
                outer.headers.append({name.lower(): text for name, text in self.headers.items()})
                if "challenge" in data:
                    inbound = Inbound("POST", {}, outer.headers[-1], body)
                    verdict = VENDOR.receive(Subscription(connection=Connection()), inbound)
                    status, text = verdict.status, verdict.body if outer.echo else "{}"
                else:
                    outer.seen.append(data["event"])
                    status, text = 200, ""
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/webhooks/x/"


@pytest.fixture
def ours() -> Iterator[Ours]:
    made = Ours()
    threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def set_up(account: Account, **settings: str) -> list[Subscription]:
    """A board to keep, and the subscriptions that should stand for it."""
    board = account.board()
    account.new_client(boards=board, **settings)
    return [
        Subscription.objects.create(
            connection=account.connection, resource=want.resource, scope=want.scope
        )
        for want in account.client.wanted()
    ]


# -- keeping them ---------------------------------------------------------------------------------


def test_each_board_is_asked_about_cells_and_about_items_that_went(account: Account) -> None:
    account.new_client(boards=" 12, 13 ,12")
    account.calls()
    wanted = account.client.wanted()
    assert account.calls() == 0
    assert {(want.scope, want.resource) for want in wanted} == {
        (board, event) for board in ("12", "13")
        for event in ("change_column_value", "item_deleted", "item_archived", "item_restored")
    }  # fmt: skip
    account.new_client(watched_columns="nav_status, nav_kind")
    assert [want.resource for want in account.client.wanted() if want.scope == "12"][:2] == [
        "change_specific_column_value:nav_status", "change_specific_column_value:nav_kind",
    ]  # fmt: skip


def test_hooks_are_made_kept_and_removed(account: Account, ours: Ours) -> None:
    rows = set_up(account, watched_columns=STATE)
    for row in rows:
        row.note_active(*account.client.subscribe(row, ours.address))
        assert row.expires_at is None
    ids = {row.remote_id for row in rows}
    assert len(ids) == 4
    assert account.client.standing() == ids
    account.client.renew(rows[0], ours.address)
    assert account.client.subscribe(rows[0], ours.address) == (rows[0].remote_id, None)
    account.client.unsubscribe(rows[0])
    account.client.unsubscribe(rows[0])
    assert account.client.standing() == ids - {rows[0].remote_id}
    with pytest.raises(NotFound):
        account.client.renew(rows[0], ours.address)
    assert account.client.subscribe(rows[0], ours.address)[0] not in ids
    assert account.client.undelivered(rows[0], timezone.now()) == []


def test_a_hook_whose_challenge_fails_is_an_error(account: Account, ours: Ours) -> None:
    [row, *_] = set_up(account)
    ours.echo = False
    with pytest.raises(ConnectorError):
        account.client.subscribe(row, ours.address)
    assert account.client.standing() == set()


def test_a_board_that_is_gone_has_no_hooks(account: Account) -> None:
    account.new_client(boards="1234567890")
    assert account.client.standing() == set()


def test_a_decision_is_told_and_names_its_item(account: Account, ours: Ours) -> None:
    rows = set_up(account, watched_columns=STATE)
    for row in rows:
        row.note_active(*account.client.subscribe(row, ours.address))
    item = account.invoice()
    account.by_hand("status", item=int(item.id), column=STATE, status="Released")
    account.by_hand("delete", item=int(item.id))
    wait_for(lambda: len(ours.seen) >= 2)
    hints = []
    for event in ours.seen:
        [row] = [one for one in rows if one.remote_id == str(event["subscriptionId"])]
        hints += webhook.unpack(row, json.dumps({"event": event}).encode())
    assert {(hint.source_id, hint.scope) for hint in hints} == {(item.id, account.board_id)}
    assert {hint.resource: hint.deleted for hint in hints} == {
        "update_column_value": False, "delete_pulse": True,
    }  # fmt: skip


# -- what arrives -----------------------------------------------------------------------------


def subscription(way: str = "token", **settings: str) -> Subscription:
    connection = Connection.objects.create(
        name=f"M {Connection.objects.count()}", vendor="monday",
        settings={"sign_in": way, **settings}, secrets={"signing_secret": SECRET},
    )  # fmt: skip
    return Subscription.objects.create(
        connection=connection, resource="change_column_value", scope="1801000001"
    )


def knock(row: Subscription, token: str | None = None, body: Any = None) -> Verdict:
    headers = {} if token is None else {"authorization": token}
    data = json.dumps({"event": EVENT} if body is None else body).encode()
    return VENDOR.receive(row, Inbound("POST", {}, headers, data))


def signed(row: Subscription, secret: str = SECRET, algorithm: str = "HS256", **more: Any) -> str:
    now = int(timezone.now().timestamp())
    claims = {"accountId": 9000001, "userId": 70000002, "aud": webhook.address(row), "iat": now,
              "exp": now + 300, **more}  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_a_challenge_is_echoed_by_the_view() -> None:
    for row in (subscription(), subscription("oauth")):
        answer = Browser().post(
            f"/webhooks/{row.pk}/", json.dumps({"challenge": "a-1"}), "application/json"
        )
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
        assert answer.json() == {"challenge": "a-1"}
    assert not Delivery.objects.exists()


def test_a_notice_of_a_personal_token_is_stored(account: Account) -> None:
    row = subscription()
    answer = Browser().post(
        f"/webhooks/{row.pk}/", json.dumps({"event": EVENT}), "application/json"
    )
    assert answer.status_code == 200
    assert Delivery.objects.get().body
    verdict = knock(row)
    assert (verdict.status, verdict.store, verdict.authentic) == (200, True, True)


def test_an_apps_notice_must_be_signed_for_this_address() -> None:
    row, other = subscription("oauth"), subscription("oauth")
    assert knock(row, signed(row)).store
    assert knock(row, f"Bearer {signed(row)}").store
    assert knock(row, signed(row, aud=[webhook.address(row)])).store
    assert knock(row, signed(row, aud=None, dat={"account_id": 1})).store
    late = int((timezone.now() - dt.timedelta(minutes=31)).timestamp())
    assert knock(row, signed(row, exp=late)).store  # a retry half an hour later
    old = int((timezone.now() - dt.timedelta(hours=1)).timestamp())
    for wrong in (
        None, "", "x.y.z", signed(row, "another-secret-with-more-than-32-characters"),
        signed(other), signed(row, aud=None), signed(row, exp=old), signed(row, exp=None),
        signed(row, aud="https://elsewhere.example/", dat={}), signed(row, "", "none"),
    ):  # fmt: skip
        verdict = knock(row, wrong)
        assert (verdict.status, verdict.store) == (401, False), wrong


def test_without_a_signing_secret_nothing_is_believed() -> None:
    row = subscription("oauth")
    Connection.objects.filter(pk=row.connection.pk).update(secrets={})
    row = Subscription.objects.get(pk=row.pk)
    verdict = knock(row, signed(row, "x" * 40))
    assert (verdict.status, verdict.sentence) == (401, webhook.UNPROVABLE)


def unpacked(event: Any, **settings: str) -> list[Any]:
    return VENDOR.unpack(subscription(**settings), json.dumps({"event": event}).encode())


def test_a_notice_names_its_item_and_nothing_of_its_content() -> None:
    [hint] = unpacked(EVENT)
    assert (hint.source_id, hint.scope, hint.deleted) == ("12700000001", "1801000001", False)
    assert hint.resource == "update_column_value"
    assert hint.event_id == "91a0c3d4e5f60718293a4b5c6d7e8f90810000002"
    assert hint.updated_at == dt.datetime(2026, 11, 20, 9, 16, 40, 530000, tzinfo=dt.UTC)
    [gone] = unpacked(DELETED)
    assert (gone.source_id, gone.deleted) == ("12700000001", True)


def test_our_own_echo_is_dropped_only_where_nobody_else_is_that_user() -> None:
    for own, event, kept in (
        ("no", EVENT, 1), ("yes", EVENT, 0), ("yes", {**EVENT, "userId": 5}, 1),
        ("yes", {**EVENT, "originalTriggerUuid": "0a"}, 1),
    ):  # fmt: skip
        row = subscription(own_user=own)
        Seat.objects.create(connection=row.connection, account="a", person_id="70000002")
        assert len(VENDOR.unpack(row, json.dumps({"event": event}).encode())) == kept


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b"{}", b'{"event": 3}', b"[" * 100_000, b"\xff",
        json.dumps({"event": {**EVENT, "pulseId": None}}).encode(),
        json.dumps({"event": {**EVENT, "pulseId": "../me"}}).encode(),
        json.dumps({"event": {**EVENT, "boardId": {"a": 1}}}).encode(),
        json.dumps({"event": {**EVENT, "boardId": 5}}).encode(),
        json.dumps({"event": {**EVENT, "type": ""}}).encode(),
    ],
)  # fmt: skip
def test_a_malformed_notice_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        VENDOR.unpack(subscription(), body)
    assert knock(subscription("oauth"), None, body.decode("latin-1")).status == 401


def test_only_post_is_answered() -> None:
    assert VENDOR.receive(subscription(), Inbound("GET", {}, {}, b"")).status == 405
