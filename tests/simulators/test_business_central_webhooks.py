"""Subscriptions and notifications: really called, really sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.simulators.business_central_story import Company, check_refused, eventually, line


class Receiver:
    """Our side: answers handshakes, keeps what comes."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.handshakes: list[str] = []
        self.status, self.honest = 200, True
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = receiver.take(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?k=1"

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        token = parse_qs(urlsplit(path).query).get("validationToken")
        if token:
            self.handshakes.append(path)
            return 200, token[0].encode() if self.honest else b"nonsense"
        self.got.append({"path": path, "headers": headers, **json.loads(body)})
        return self.status, b""

    def items(self) -> list[dict[str, Any]]:
        return [item for each in self.got for item in each["value"]]

    def kinds(self) -> list[str]:
        return [item["changeType"] for item in self.items()]


@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    started = Company()
    yield started
    started.close()


@pytest.fixture
def bc(shared: Company) -> Company:
    shared.control("POST", "reset")
    shared.sign_in()
    shared.control("POST", "notifications", {"delay": 0.2, "retry_scale": 0.002})
    return shared


def subscribe(bc: Company, hook: Receiver, name: str = "purchaseInvoices") -> dict[str, Any]:
    resource = f"/api/v2.0/companies({bc.ready['company_id']})/{name}"
    row: dict[str, Any] = bc.post(f"{bc.root}/subscriptions", {
        "notificationUrl": hook.url, "resource": resource, "clientState": "secret",
    })  # fmt: skip
    return row


def subscriptions(bc: Company) -> list[dict[str, Any]]:
    return bc.value(f"{bc.root}/subscriptions")


def key(row: dict[str, Any]) -> str:
    return f"subscriptions('{row['subscriptionId']}')"


# Subscriptions.


def test_the_handshake_comes_before_the_answer(bc: Company, hook: Receiver) -> None:
    row = subscribe(bc, hook)
    assert hook.handshakes[0].startswith("/hook?k=1&validationToken=")
    left = datetime.fromisoformat(row["expirationDateTime"]) - bc.simulator.now()
    assert 2.99 < left.total_seconds() / 86400 <= 3
    assert (row["clientState"], len(row["subscriptionId"])) == ("secret", 32)
    assert [each["subscriptionId"] for each in subscriptions(bc)] == [row["subscriptionId"]]


def test_a_receiver_that_does_not_return_the_token(bc: Company, hook: Receiver) -> None:
    hook.honest = False
    body = {"notificationUrl": hook.url,
            "resource": f"companies({bc.ready['company_id']})/vendors"}  # fmt: skip
    bc.refused("POST", f"{bc.root}/subscriptions", body, code="BadRequest", text="validat")
    assert subscriptions(bc) == []


@pytest.mark.parametrize("name", ["purchaseOrders", "purchaseCreditMemos", "dimensionValues"])
def test_resources_without_webhook(bc: Company, hook: Receiver, name: str) -> None:
    body = {"notificationUrl": hook.url,
            "resource": f"/api/v2.0/companies({bc.ready['company_id']})/{name}"}  # fmt: skip
    bc.refused("POST", f"{bc.root}/subscriptions", body, code="BadRequest")
    url = f"{bc.api}/microsoft/runtime/beta/companies({bc.ready['company_id']})"
    rows = bc.value(f"{url}/webhookSupportedResources", filter="resource eq 'v2.0*'")
    names = {row["resource"].rsplit("/", 1)[1] for row in rows}
    assert {"purchaseInvoices", "vendors", "journals"} <= names
    assert name not in names


def test_renewal_needs_quotes_an_etag_and_another_handshake(bc: Company, hook: Receiver) -> None:
    row = subscribe(bc, hook)
    bc.control("POST", "clock", {"offset": 1800})
    change = {name: row[name] for name in ("notificationUrl", "resource", "clientState")}
    bc.refused("PATCH", f"{bc.root}/{key(row)}", change, code="BadRequest_InvalidToken")
    bare = f"{bc.root}/subscriptions({row['subscriptionId']})"
    assert bc.call("PATCH", bare, json=change, headers={"If-Match": "*"}).status_code == 400
    renewed = bc.patch(f"{bc.root}/{key(row)}", change)
    assert renewed["expirationDateTime"] > row["expirationDateTime"]
    assert len(hook.handshakes) >= 2
    hook.honest = False
    bc.refused("PATCH", f"{bc.root}/{key(row)}", change, code="BadRequest",
               headers={"If-Match": "*"})  # fmt: skip


def test_a_subscription_is_deleted(bc: Company, hook: Receiver) -> None:
    row = subscribe(bc, hook)
    path = f"{bc.root}/{key(row)}"
    bc.refused("DELETE", path, code="BadRequest_InvalidToken")
    assert bc.call("DELETE", path, headers={"If-Match": "*"}).status_code == 204
    assert bc.call("GET", path).status_code == 404


def test_a_subscription_expires_without_a_word(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook)
    bc.control("POST", "clock", {"offset": 3 * 86400 + 5})
    bc.sign_in()
    assert subscriptions(bc) == []


def test_there_is_a_largest_number_of_subscriptions(bc: Company, hook: Receiver) -> None:
    bc.control("POST", "limits", {"subscriptions": 1})
    subscribe(bc, hook)
    body = {"notificationUrl": hook.url,
            "resource": f"companies({bc.ready['company_id']})/vendors"}  # fmt: skip
    bc.refused("POST", f"{bc.root}/subscriptions", body, code="BadRequest", text="maximum number")


# Notifications.


def test_a_notification_names_the_record_and_no_values(bc: Company, hook: Receiver) -> None:
    row = subscribe(bc, hook)
    invoice = bc.draft()
    item = eventually(hook.items)[0]
    assert item["subscriptionId"] == row["subscriptionId"]
    assert item["clientState"] == "secret"
    assert item["resource"].endswith(f"/purchaseInvoices({invoice['id']})")
    assert set(item) == {"subscriptionId", "clientState", "expirationDateTime", "resource",
                         "changeType", "lastModifiedDateTime"}  # fmt: skip
    headers = {name.lower() for name in hook.got[0]["headers"]}
    assert {"clientrequestid", "x-ms-correlation-id"} <= headers
    assert "authorization" not in headers


def test_many_updates_in_a_window_are_one(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook)
    invoice = bc.draft()
    for number in range(5):
        bc.post(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines", line(number + 1))
    eventually(hook.items)
    assert sorted(hook.kinds()) == ["created", "updated"]
    assert len(hook.got) == 1


def test_changes_that_change_nothing_and_other_sets_are_silent(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook, "vendors")
    row = bc.vendor()
    bc.patch(f"vendors({row['id']})", {"city": row["city"]})
    bc.post("purchaseOrders", {"vendorNumber": row["number"]})
    assert bc.control("GET", "notifications")["pending"] == []
    bc.patch(f"vendors({row['id']})", {"city": "Elsewhere"})
    eventually(hook.items)
    assert hook.kinds() == ["updated"]


def test_posting_and_deleting_notify(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook)
    subscribe(bc, hook, "generalLedgerEntries")
    bc.posted()
    bc.call("DELETE", f"purchaseInvoices({bc.draft('PC-2')['id']})")
    eventually(lambda: len(hook.items()) >= 6)
    sets = {item["resource"].split("/")[-1].split("(")[0] for item in hook.items()}
    assert sets == {"purchaseInvoices", "generalLedgerEntries"}
    assert "deleted" in hook.kinds()
    assert len({item["subscriptionId"] for item in hook.got[0]["value"]}) == 2


def test_what_was_rolled_back_is_not_told(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook)
    bc.refused("POST", "purchaseInvoices", {
        "vendorNumber": "V10124", "purchaseInvoiceLines": [line(account="58000")],
    }, code="Application_FieldValidationException")  # fmt: skip
    assert bc.control("GET", "notifications")["pending"] == []


def test_too_many_changes_become_one_item(bc: Company, hook: Receiver) -> None:
    bc.control("POST", "notifications", {"delay": 1, "most": 3})
    subscribe(bc, hook)
    first = bc.draft()
    for number in range(4):
        bc.draft(f"PC-{number + 2}")
    item = eventually(hook.items)[0]
    assert item["changeType"] == "collection"
    assert "purchaseInvoices?$filter=lastModifiedDateTime%20gt%20" in item["resource"]
    since = datetime.fromisoformat(item["resource"].split("%20")[-1])
    assert since < datetime.fromisoformat(first["lastModifiedDateTime"])
    assert len(hook.items()) == 1


def test_with_deletes_the_collection_has_no_filter(bc: Company, hook: Receiver) -> None:
    bc.control("POST", "notifications", {"delay": 1, "most": 3})
    subscribe(bc, hook)
    for number in range(4):
        bc.call("DELETE", f"purchaseInvoices({bc.draft(f'PC-{number}')['id']})")
    assert eventually(hook.items)[0]["resource"].endswith("/purchaseInvoices")


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_no_answer_is_tried_again(bc: Company, hook: Receiver, status: int) -> None:
    subscribe(bc, hook)
    hook.status = status
    bc.draft()
    eventually(lambda: len(hook.got) >= 2)
    hook.status = 200
    eventually(lambda: not bc.control("GET", "notifications")["outbox"])
    assert len(subscriptions(bc)) == 1


def test_after_the_last_try_the_subscription_is_gone(bc: Company, hook: Receiver) -> None:
    bc.control("POST", "notifications", {"retry_scale": 0.000001})
    subscribe(bc, hook)
    hook.status = 500
    bc.draft()
    eventually(lambda: not subscriptions(bc))
    assert len(hook.got) == 6


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_a_refusal_deletes_all_subscriptions_of_the_address(
    bc: Company, hook: Receiver, status: int
) -> None:
    other = Receiver()
    subscribe(bc, hook)
    subscribe(bc, hook, "vendors")
    kept = subscribe(bc, other, "vendors")
    hook.status = status
    bc.draft()
    eventually(lambda: len(subscriptions(bc)) == 1)
    assert subscriptions(bc)[0]["subscriptionId"] == kept["subscriptionId"]
    assert len(hook.got) == 1
    other.server.shutdown()


def test_faults_lose_double_and_shuffle(bc: Company, hook: Receiver) -> None:
    subscribe(bc, hook)
    lost = bc.draft()
    rules = [{"action": "drop_webhook", "path": lost["id"]},
             {"action": "double_webhook", "path": "purchaseInvoices", "times": None}]  # fmt: skip
    bc.control("POST", "faults", {"seed": 3, "rules": rules})
    kept = bc.draft("PC-2")
    items = eventually(hook.items)
    created = [item["resource"] for item in items if item["changeType"] == "created"]
    assert not [each for each in created if lost["id"] in each]
    assert len([each for each in created if kept["id"] in each]) == 2


def test_only_signed_in_users_subscribe(bc: Company, hook: Receiver) -> None:
    bc.session.headers["Authorization"] = "Bearer nobody"
    answer = bc.call("POST", f"{bc.root}/subscriptions", json={"notificationUrl": hook.url})
    check_refused(answer, "Authentication_InvalidCredentials", "", 401)
    assert hook.handshakes == []
