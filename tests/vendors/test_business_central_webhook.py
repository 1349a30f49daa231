"""Notifications of Business Central: the handshake, what is believed, what they mean."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from connections.models import Subscription
from connections.registry import Inbound, Verdict
from connections.vendors.business_central import VENDOR
from connections.vendors.dynamics import webhook

COMPANY = "b18aed47-c385-49d2-b954-dbdf8ad71780"
ID = "26814998-936a-401c-81c1-0e848a64971d"


def subscription(secret: str = "s3cret") -> Subscription:
    return Subscription(resource="purchaseInvoices", remote_id="c670", secret=secret)


def item(**changes: Any) -> dict[str, Any]:
    return {
        "subscriptionId": "c670",
        "clientState": "s3cret",
        "expirationDateTime": "2026-04-03T07:52:31Z",
        "resource": f"api/v2.0/companies({COMPANY})/purchaseInvoices({ID})",
        "changeType": "updated",
        "lastModifiedDateTime": "2026-03-31T12:54:20.467Z",
    } | changes


def body(*items: dict[str, Any]) -> bytes:
    return json.dumps({"value": list(items)}).encode()


def arrives(
    content: bytes = b"", method: str = "POST", secret: str = "s3cret", **query: str
) -> Verdict:
    return VENDOR.receive(subscription(secret), Inbound(method, query, {}, content))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_handshake_is_answered_with_the_bare_token(method: str) -> None:
    verdict = arrives(method=method, validationToken="abc-123")
    assert (verdict.status, verdict.body, verdict.store) == (200, "abc-123", False)


def test_a_notification_with_our_secret_is_stored_and_believed() -> None:
    verdict = arrives(body(item(), item(changeType="created")))
    assert (verdict.status, verdict.store, verdict.authentic) == (200, True, True)


@pytest.mark.parametrize(
    "content",
    [
        body(item(clientState="other")),
        body(item(), item(clientState="other")),
        body(item(clientState=None)),
        body(),
    ],
)
def test_one_wrong_secret_is_turned_away_so_that_the_subscription_stays(content: bytes) -> None:
    verdict = arrives(content)
    assert (verdict.status, verdict.store, verdict.authentic) == (429, False, False)
    assert "clientState" in verdict.sentence


def test_a_subscription_without_a_secret_believes_nothing() -> None:
    assert not arrives(body(item(clientState="")), secret="").authentic


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"value": 1}', b'{"value": [1]}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_malformed_body_without_our_secret_is_turned_away(content: bytes) -> None:
    verdict = arrives(content)
    assert (verdict.status, verdict.store, verdict.authentic) == (429, False, False)
    assert "Not readable" in verdict.sentence


def test_a_malformed_body_with_our_secret_is_kept_for_people() -> None:
    verdict = arrives(b'{"value": [{"clientState": "s3cret"')
    assert (verdict.status, verdict.store, verdict.authentic) == (200, True, True)
    assert "Not readable" in verdict.sentence


def test_a_plain_visit_is_no_notification() -> None:
    assert arrives(method="GET") == Verdict(405, sentence="Notifications come by POST only.")


def test_an_item_names_the_record_the_set_and_the_moment() -> None:
    [hint] = VENDOR.unpack(subscription(), body(item()))
    assert (hint.resource, hint.source_id, hint.deleted) == ("purchaseInvoices", ID, False)
    assert hint.updated_at == dt.datetime(2026, 3, 31, 12, 54, 20, 467000, tzinfo=dt.UTC)


def test_a_leading_slash_a_byte_order_mark_and_capitals_change_nothing() -> None:
    resource = f"/api/v2.0/companies({COMPANY})/purchaseInvoices({ID.upper()})"
    content = b"\xef\xbb\xbf" + body(item(resource=resource))
    assert webhook.unpack(subscription(), content) == webhook.unpack(subscription(), body(item()))


def test_repeats_within_one_delivery_are_one_hint() -> None:
    assert len(webhook.unpack(subscription(), body(item(), item()))) == 1


def test_a_deletion_is_marked() -> None:
    [hint] = webhook.unpack(subscription(), body(item(changeType="deleted")))
    assert hint.deleted


@pytest.mark.parametrize("tail", ["", "?$filter=lastModifiedDateTime%20gt%202026-03-31T12:00:00Z"])
def test_a_collection_item_means_poll_the_whole_set(tail: str) -> None:
    resource = f"api/v2.0/companies({COMPANY})/purchaseInvoices{tail}"
    [hint] = webhook.unpack(subscription(), body(item(resource=resource, changeType="collection")))
    assert (hint.resource, hint.source_id, hint.deleted) == ("purchaseInvoices", "", False)
    assert hint.whole_set
    first = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC) if tail else None
    assert hint.updated_at == first


@pytest.mark.parametrize("content", [b"{", body(item(resource="nonsense"))])
def test_what_cannot_be_unpacked_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        webhook.unpack(subscription(), content)
