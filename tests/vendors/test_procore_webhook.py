"""Procore's notices: who may knock, what they name, and the hooks that send them."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import NotFound
from connections.models import Subscription
from connections.registry import Inbound
from connections.vendors.procore import KIND_OF_RESOURCE, POLL_INSTEAD, VENDOR
from connections.vendors.procore.subscriptions import RESOURCE
from tests.simulators.server import wait_for
from tests.vendors.test_procore_story import Story, procore, ready

__all__ = ["procore", "ready"]
SECRET = "s3cret-Zürich-0123456789"
NOTICE: dict[str, Any] = {
    "id": 88123, "ulid": "01JQ4Z8M5T7V9X1B3D5F7H9K2M", "timestamp": "2026-03-02T09:30:01.246562Z",
    "company_id": 598134325841112, "project_id": 777, "user_id": 501, "api_version": "v2.0",
    "event_type": "update", "resource_name": "Purchase Order Contracts", "resource_id": 9001,
}  # fmt: skip
NOTICE_4 = {
    "id": "01JQ4Z8M5T7V9X1B3D5F7H9K2M", "timestamp": "2026-03-02T09:30:01Z", "reason": "delete",
    "company_id": "598134325841112", "project_id": "777", "user_id": "501",
    "resource_type": "Purchase Order Contracts", "resource_id": "9001",
}  # fmt: skip


def knock(value: str | None, method: str = "POST", secret: str = SECRET) -> tuple[int, bool]:
    headers = {} if value is None else {"authorization": value}
    verdict = VENDOR.receive(Subscription(secret=secret), Inbound(method, {}, headers, b"{}"))
    assert verdict.store == verdict.authentic
    return verdict.status, verdict.store


def test_only_our_own_authorization_value_gets_in() -> None:
    assert knock(SECRET) == (200, True)
    for wrong in (None, "", "x", SECRET[:-1], SECRET + " ", f"Bearer {SECRET}", "\udcff"):
        assert knock(wrong) == (401, False)


def test_a_subscription_without_a_secret_lets_nobody_in() -> None:
    assert knock("", secret="") == (401, False)
    assert knock(None, secret="") == (401, False)


def test_only_post_is_answered() -> None:
    assert knock(SECRET, "GET") == (405, False)


def unpacked(event: Any) -> list[Any]:
    return VENDOR.unpack(Subscription(), json.dumps(event).encode())


def test_a_v2_notice_names_its_record() -> None:
    found = unpacked(NOTICE)[0]
    assert (found.source_id, found.scope, found.deleted) == ("9001", "777", False)
    assert KIND_OF_RESOURCE[found.resource] == "purchase_order"
    assert found.event_id == "01JQ4Z8M5T7V9X1B3D5F7H9K2M"
    assert found.updated_at == dt.datetime(2026, 3, 2, 9, 30, 1, 246562, tzinfo=dt.UTC)


def test_a_v4_notice_names_its_record() -> None:
    found = unpacked(NOTICE_4)[0]
    assert (found.source_id, found.scope, found.deleted) == ("9001", "777", True)
    assert found.event_id == "01JQ4Z8M5T7V9X1B3D5F7H9K2M"


def test_a_company_notice_has_no_project() -> None:
    found = unpacked({**NOTICE, "project_id": None, "resource_name": "Company Vendors"})[0]
    assert (found.scope, KIND_OF_RESOURCE[found.resource]) == ("", "vendor")


def test_a_v3_line_points_to_its_contract_even_when_it_was_deleted() -> None:
    line = {**NOTICE, "resource_name": "Purchase Order Contract Line Items", "resource_id": 5,
            "event_type": "delete", "api_version": "v3.0"}  # fmt: skip
    parents = [{"id": 9001, "name": "Purchase Order Contracts"}, {"id": 1, "name": "Projects"}]
    found = unpacked({**line, "related_resources": parents})
    assert [(hint.source_id, hint.resource, hint.deleted) for hint in found] == [
        ("9001", "Purchase Order Contracts", False)
    ]


def test_a_line_without_its_contract_is_polled_for() -> None:
    line = {**NOTICE, "resource_name": "Direct Cost Line Items", "related_resources": []}
    found = unpacked(line)[0]
    assert found.resource == "Direct Cost Line Items"
    assert POLL_INSTEAD[found.resource] == ("direct_cost",)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"3", b"\xff\xfe", b"[1]", b"{}", b"[" * 100_000,
        json.dumps({**NOTICE, "resource_id": None}).encode(),
        json.dumps({**NOTICE, "resource_id": "../../me"}).encode(),
        json.dumps({**NOTICE, "project_id": {"a": 1}}).encode(),
    ],
)  # fmt: skip
def test_a_malformed_notice_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        VENDOR.unpack(Subscription(), body)


class Listener:
    """An address that Procore can call."""

    def __init__(self) -> None:
        self.status, self.heard = 200, list[tuple[str, bytes]]()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.headers.get("Authorization", ""), body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/webhooks/abc/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.shutdown()


def subscription(procore: Story, scope: str) -> Subscription:
    return Subscription.objects.create(
        connection=procore.connection, resource=RESOURCE, scope=scope, secret="s3cret-0123456789"
    )


def subscribed(procore: Story, scope: str, address: str) -> Subscription:
    made = subscription(procore, scope)
    remote_id, expires = procore.client.subscribe(made, address)
    made.note_active(remote_id, expires)
    return made


def writes(procore: Story) -> int:
    return len([line for line in procore.journal.lines if line[0] == "intent"])


@pytest.mark.django_db(transaction=True)
def test_a_hook_for_the_company_and_one_for_each_project_are_wanted(procore: Story) -> None:
    wanted = [(item.resource, item.scope) for item in procore.client.wanted()]
    assert wanted == [("hook", ""), ("hook", procore.project)]


@pytest.mark.django_db(transaction=True)
def test_a_change_in_procore_knocks_with_our_secret(procore: Story, listener: Listener) -> None:
    made = subscribed(procore, procore.project, listener.address)
    source_id = procore.has_a_direct_cost()
    wait_for(lambda: listener.heard)
    value, body = listener.heard[0]
    headers = {"authorization": value}
    assert VENDOR.receive(made, Inbound("POST", {}, headers, body)).authentic
    wait_for(lambda: any(b'"Direct Costs"' in body for _, body in listener.heard))
    hints = [hint for _, body in listener.heard for hint in VENDOR.unpack(made, body)]
    assert (source_id, procore.project) in {
        (hint.source_id, hint.scope) for hint in hints if hint.resource == "Direct Costs"
    }


@pytest.mark.django_db(transaction=True)
def test_company_resources_come_by_the_company_hook(procore: Story, listener: Listener) -> None:
    made = subscribed(procore, "", listener.address)
    there = procore.has("vendors", name="Gamma")
    wait_for(lambda: listener.heard)
    found = VENDOR.unpack(made, listener.heard[0][1])[0]
    assert (found.source_id, found.scope) == (str(there["id"]), "")
    assert KIND_OF_RESOURCE[found.resource] == "vendor"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("company", [True, False])
def test_subscribing_twice_changes_nothing(procore: Story, company: bool) -> None:
    made = subscribed(procore, "" if company else procore.project, "https://us.test/webhooks/1/")
    before = writes(procore)
    assert procore.client.subscribe(made, "https://us.test/webhooks/1/")[0] == made.remote_id
    assert writes(procore) == before
    assert procore.client.standing() == {made.remote_id}


@pytest.mark.django_db(transaction=True)
def test_a_hook_is_found_again_when_its_id_was_lost(procore: Story) -> None:
    made = subscribed(procore, procore.project, "https://us.test/webhooks/1/")
    forgotten = Subscription(connection=made.connection, scope=made.scope, secret=made.secret)
    found, _ = procore.client.subscribe(forgotten, "https://us.test/webhooks/1/")
    assert found == made.remote_id


@pytest.mark.django_db(transaction=True)
def test_a_hook_with_another_secret_is_made_anew(procore: Story) -> None:
    made = subscribed(procore, procore.project, "https://us.test/webhooks/1/")
    changed = Subscription(scope=made.scope, remote_id=made.remote_id, secret="another-98765")
    found, _ = procore.client.subscribe(changed, "https://us.test/webhooks/1/")
    assert found != made.remote_id
    assert procore.client.standing() == {found}


@pytest.mark.django_db(transaction=True)
def test_another_installations_hook_is_left_alone(procore: Story) -> None:
    theirs = subscribed(procore, procore.project, "https://them.test/webhooks/9/")
    Subscription.objects.all().delete()
    ours = subscribed(procore, procore.project, "https://us.test/webhooks/1/")
    assert procore.client.standing() == {theirs.remote_id, ours.remote_id}


@pytest.mark.django_db(transaction=True)
def test_lost_triggers_are_put_back(procore: Story) -> None:
    made = subscribed(procore, procore.project, "https://us.test/webhooks/1/")
    path = f"{procore.client.v2_project(made.scope)}/webhooks/hooks/{made.remote_id}/triggers"
    before = list(procore.client.rows(path, per_page=100))
    procore.client.write("DELETE", f"{path}/{before[0]['id']}", about="a trigger")
    procore.client.renew(made, "https://us.test/webhooks/1/")
    assert len(list(procore.client.rows(path, per_page=100))) == len(before)


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_is_gone_is_not_standing(procore: Story) -> None:
    made = subscribed(procore, procore.project, "https://us.test/webhooks/1/")
    for _ in range(2):
        procore.client.unsubscribe(made)
    assert procore.client.standing() == set()
    with pytest.raises(NotFound):
        procore.client.renew(made, "https://us.test/webhooks/1/")


@pytest.mark.django_db(transaction=True)
def test_the_delivery_log_tells_what_was_discarded(procore: Story, listener: Listener) -> None:
    made = subscribed(procore, procore.project, listener.address)
    since = timezone.now() - dt.timedelta(minutes=1)
    listener.status = 500
    source_id = procore.has_a_direct_cost()
    wait_for(lambda: listener.heard)
    procore.control("POST", "clock", {"offset": 13 * 3600})
    found = wait_for(lambda: procore.client.undelivered(made, since), 20)
    assert (source_id, "Direct Costs") in {(hint.source_id, hint.resource) for hint in found}
    later = since + dt.timedelta(days=2)
    assert procore.client.undelivered(made, later) == []


@pytest.mark.django_db(transaction=True)
def test_a_line_notice_is_resolved_to_its_direct_cost(procore: Story, listener: Listener) -> None:
    made = subscribed(procore, procore.project, listener.address)
    source_id = procore.has_a_direct_cost()
    wait_for(lambda: any(b"Line Items" in body for _, body in listener.heard))
    hints = [hint for _, body in listener.heard for hint in VENDOR.unpack(made, body)]
    line = next(hint for hint in hints if hint.resource == "Direct Cost Line Items")
    assert [hint.source_id for hint in procore.client.resolve(line)] == [source_id]


@pytest.mark.django_db(transaction=True)
def test_a_package_notice_is_resolved_to_its_change_order(procore: Story) -> None:
    procore.has_a_subcontract()
    order = procore.has_document("commitment_change_orders", contract="SC-4", title="Deeper")
    path = f"/rest/v1.0/projects/{procore.project}/commitment_change_orders/{order}"
    package = procore.client.one(path)["legacy_package_id"]
    notice = {**NOTICE, "project_id": procore.project, "resource_id": package,
              "resource_name": "Change Order Packages"}  # fmt: skip
    found = procore.client.resolve(unpacked(notice)[0])
    assert [(hint.source_id, KIND_OF_RESOURCE[hint.resource]) for hint in found] == [
        (order, "commitment_change_order")
    ]
