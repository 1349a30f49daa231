"""Webhooks: challenge, configuration, payloads, signature, retries, and what goes wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from .monday import site
from .monday.office import HOOK, Office, Receiver, an_office
from .server import wait_for

DELETE = "mutation($i: ID!) { delete_webhook(id: $i) { id board_id } }"
LIST = "query($b: ID!) { webhooks(board_id: $b) { id event config } }"


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def deliveries(office: Office) -> Any:
    return office.control("GET", "monday/deliveries").json()


def test_the_address_is_asked_before_the_webhook_is_there(
    office: Office, receiver: Receiver
) -> None:
    made = office.hook(receiver.url, "create_item")
    assert len(receiver.asked) == 1
    assert made["board_id"] == office.board
    assert office.get(LIST, b=office.board)["webhooks"] == [
        {"id": made["id"], "event": "create_item", "config": None}
    ]
    receiver.answers = "wrong"
    error = office.refused(HOOK, b=office.board, u=receiver.url, e="create_item")
    assert error["extensions"]["code"] == "InvalidWebhookUrlException"
    nobody = "http://127.0.0.1:9/hook"
    assert "errors" in office.ask(HOOK, b=office.board, u=nobody, e="create_item").json()
    assert len(office.get(LIST, b=office.board)["webhooks"]) == 1


def test_the_address_may_call_the_api_while_it_is_asked(office: Office, receiver: Receiver) -> None:
    seen: list[Any] = []
    receiver.when_asked = lambda: seen.append(office.get("{ me { id } }"))
    office.hook(receiver.url, "create_item")
    assert seen == [{"me": {"id": office.facts["user_id"]}}]


def test_what_a_webhook_cannot_be(office: Office, receiver: Receiver) -> None:
    given: dict[str, Any] = {"b": office.board, "u": receiver.url}
    status = {**given, "e": "change_status_column_value"}
    assert office.code(HOOK, **status) == "InvalidWebhookConfigException"
    half = json.dumps({"columnId": "status"})
    assert office.code(HOOK, **status, c=half) == "InvalidWebhookConfigException"
    unknown = {"e": "change_specific_column_value", "c": '{"columnId": "nope"}'}
    assert office.code(HOOK, **given, **unknown) == "InvalidColumnIdException"
    assert office.code(HOOK, **{**given, "b": "5"}, e="create_item") == "InvalidArgumentException"
    long = f"{receiver.url}&x={'y' * 255}"
    assert office.code(HOOK, b=office.board, u=long, e="create_item") == "InvalidArgumentException"
    make = """mutation($p: ID!) { create_subitem(parent_item_id: $p, item_name: "L") {
      board { id } } }"""
    below = office.get(make, p=office.create("PI-1"))["create_subitem"]["board"]["id"]
    assert office.code(HOOK, **{**given, "b": below}, e="create_item") == (
        "InvalidArgumentException"
    )


def test_a_new_item_is_told_as_a_pulse(office: Office, receiver: Receiver) -> None:
    made = office.hook(receiver.url, "create_item")
    number = office.create("PI-1", {"status": {"index": 1}})
    event = receiver.waits_for(1)[0]
    assert "Authorization" not in receiver.got[0][0]
    assert (event["type"], event["app"]) == ("create_pulse", "monday")
    assert (event["pulseId"], event["pulseName"]) == (int(number), "PI-1")
    assert event["subscriptionId"] == int(made["id"])
    assert event["userId"] == int(office.facts["user_id"])
    assert (event["groupId"], event["isTopGroup"], event["isRetry"]) == ("topics", True, False)
    assert (event["boardId"], len(event["triggerUuid"])) == (int(office.board), 32)


def test_a_person_approves(office: Office, receiver: Receiver) -> None:
    number = office.create("PI-1", {"status": {"index": 0}})
    office.hook(receiver.url, "change_status_column_value",
                {"columnId": "status", "columnValue": {"index": 1}})  # fmt: skip
    office.hook(receiver.url, "change_column_value")
    office.person("status", item=number, status="Rejected", user="Rosa Delgado")
    office.person("status", item=number, status="Approved", user="Dana Whitfield")
    events = receiver.waits_for(3)
    wait_for(lambda: [row["status"] for row in deliveries(office)] == ["delivered"] * 3)
    approved = [one for one in events if one["value"]["label"]["text"] == "Approved"]
    assert len(approved) == 2
    assert len({one["triggerUuid"] for one in approved}) == 1
    assert len({one["subscriptionId"] for one in approved}) == 2
    event = approved[0]
    assert (event["type"], event["columnType"]) == ("update_column_value", "color")
    assert (event["columnId"], event["columnTitle"]) == ("status", "Approval")
    assert event["previousValue"]["label"]["text"] == "Rejected"
    assert event["value"]["label"]["is_done"] is True
    assert event["value"]["label"]["style"]["color"] == "#00c875"
    assert event["userId"] == site.CONTROLLER
    assert isinstance(event["changedAt"], float)


def test_several_columns_are_several_deliveries_and_no_change_is_none(
    office: Office, receiver: Receiver
) -> None:
    for kind, name in (("numbers", "amount"), ("date", "due"), ("text", "nav_key")):
        office.add_column(kind, name)
    number = office.create("PI-1", {"nav_key": "PI-1"})
    office.hook(receiver.url, "change_column_value")
    office.hook(receiver.url, "change_specific_column_value", {"columnId": "due"})
    values = {"amount": "12.50", "due": {"date": "2026-12-01"}, "nav_key": "PI-1",
              "dropdown": {"ids": [1]}}  # fmt: skip
    office.change(number, values)
    events = receiver.waits_for(4)
    found = {one["columnId"]: one["value"] for one in events}
    assert found["amount"] == {"value": 12.5, "unit": None}
    assert found["due"] == {"date": "2026-12-01", "icon": None, "time": None}
    assert found["dropdown"]["chosenValues"][0]["id"] == 1
    office.change(number, {"amount": None})
    assert receiver.waits_for(5)[-1]["value"] is None
    assert len(deliveries(office)) == 5


def test_the_other_events(office: Office, receiver: Receiver) -> None:
    for event in ("change_name", "create_update", "edit_update", "item_archived", "item_deleted",
                  "item_restored", "item_moved_to_any_group", "create_column", "create_subitem",
                  "delete_update"):  # fmt: skip
        office.hook(receiver.url, event)
    office.hook(receiver.url, "item_moved_to_specific_group", {"groupId": "topics"})
    number = office.create("PI-1")
    office.person("rename", item=number, name="PI-2")
    office.person("update", item=number, body="<p>Ship</p>")
    office.person("move", item=number, group="Done")
    office.person("archive", item=number)
    office.person("restore", item=number)
    office.person("delete", item=number)
    office.add_column("text", "nav_key")
    events = receiver.waits_for(7)
    kinds = {one["type"]: one for one in events}
    assert set(kinds) == {
        "update_name", "create_update", "move_pulse_into_group", "archive_pulse",
        "restore_pulse", "delete_pulse", "create_column",
    }  # fmt: skip
    assert kinds["create_update"]["textBody"] == "Ship"
    assert kinds["delete_pulse"]["itemId"] == int(number)
    assert kinds["update_name"]["value"] == {"name": "PI-2"}
    assert kinds["move_pulse_into_group"]["destGroupId"] == "group_done"


def test_a_recipe_of_the_board_names_what_caused_it(office: Office, receiver: Receiver) -> None:
    number = office.create("PI-1")
    office.hook(receiver.url, "change_column_value")
    office.person("status", item=number, status="Approved")
    office.person("status", item=number, status="Rejected", automation=True)
    events = receiver.waits_for(2)
    assert events[0]["originalTriggerUuid"] is None
    assert len(events[1]["originalTriggerUuid"]) == 32


def test_subitems_are_told_on_the_parents_board(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url, "create_subitem")
    parent = office.create("PI-1")
    make = 'mutation($p: ID!) { create_subitem(parent_item_id: $p, item_name: "L") { id } }'
    office.get(make, p=parent)
    event = receiver.waits_for(1)[0]
    assert (event["type"], event["parentItemId"]) == ("create_pulse", parent)
    assert event["parentItemBoardId"] == office.board
    assert event["boardId"] != int(office.board)


def test_an_app_signs_with_its_signing_secret(office: Office, receiver: Receiver) -> None:
    pair = office.control("POST", "monday/consent", {}).json()
    office.token = pair["access_token"]
    office.hook(receiver.url, "create_item")
    office.create("PI-1")
    receiver.waits_for(1)
    head, body, signature = receiver.got[0][0]["Authorization"].split(".")
    digest = hmac.digest(site.SIGNING_SECRET.encode(), f"{head}.{body}".encode(), hashlib.sha256)
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert claims["aud"] == receiver.url
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["accountId"], claims["userId"]) == (site.ACCOUNT_ID, site.BOT)


def test_a_failed_delivery_is_tried_again_each_minute_for_half_an_hour(
    office: Office, receiver: Receiver
) -> None:
    office.hook(receiver.url, "create_item")
    receiver.status = 500
    office.create("PI-1")
    receiver.waits_for(1)
    for attempt in range(1, 31):
        wait_for(lambda attempt=attempt: len(deliveries(office)[0]["attempts"]) == attempt)  # type: ignore[misc]
        assert deliveries(office)[0]["status"] == "waiting"
        office.later(60)
    wait_for(lambda: deliveries(office)[0]["status"] == "given up")
    events = [event for _, event in receiver.got]
    assert len(events) == 31
    assert [one["isRetry"] for one in events[:2]] == [False, True]
    assert len({one["triggerUuid"] for one in events}) == 1


def test_a_retry_that_arrives(office: Office, receiver: Receiver) -> None:
    office.hook(receiver.url, "create_item")
    receiver.status = 503
    office.create("PI-1")
    wait_for(lambda: [len(row["attempts"]) for row in deliveries(office)] == [1])
    receiver.status = 200
    office.create("PI-2")
    assert receiver.waits_for(2)[1]["pulseName"] == "PI-2"
    office.later(61)
    wait_for(lambda: {row["status"] for row in deliveries(office)} == {"delivered"})


def test_deliveries_are_lost_doubled_and_shuffled_on_demand(
    office: Office, receiver: Receiver
) -> None:
    office.hook(receiver.url, "create_item")
    office.faults(
        {"action": "drop_webhook", "path": "create_item", "times": 1},
        {"action": "double_webhook", "path": "create_item", "skip": 1, "times": 1},
    )
    office.create("Lost")
    office.create("Twice")
    events = receiver.waits_for(2)
    assert [one["pulseName"] for one in events] == ["Twice", "Twice"]
    assert len({one["triggerUuid"] for one in events}) == 1
    office.faults({"action": "shuffle_webhooks", "path": "create_item", "times": 1})
    office.create("Later")
    office.create("Sooner")
    assert [one["pulseName"] for one in receiver.waits_for(4)][2:] == ["Sooner", "Later"]


def test_a_webhook_ends_with_its_deletion_or_its_person(office: Office, receiver: Receiver) -> None:
    first = office.hook(receiver.url, "create_item")
    office.get(DELETE, i=first["id"])
    assert office.code(DELETE, i=first["id"]) == "ResourceNotFoundException"
    office.hook(receiver.url, "create_item")
    office.person("remove_user", user="ML Connector")
    assert office.ask("{ me { id } }").status_code == 401
    office.person("item", name="By hand")
    assert deliveries(office) == []
    assert office.ledger()["webhooks"][0]["active"] is False
