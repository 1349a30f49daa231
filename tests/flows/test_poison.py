"""What cannot be held or believed: malformed once, or counted; the door never breaks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import io
import json
import logging
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django_q.models import OrmQ

from connections.registry import VENDORS
from syncs import tasks
from syncs.ingest import inbox, webhook
from syncs.models import Delivery, Record, Rejection, Turn
from tests.fuzz.doors import DYNAMICS, PROCORE, SECRET, SPEAKING, Call, Door, stand
from tests.fuzz.doors import TOKEN as UNSIGNED
from tests.story import run_queue
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
NAMES = ("procore", "business_central", "nav online", "nav on-premises", "monday token",
         "monday signed")  # fmt: skip
WHERE = {  # a field that is read, of each way to say it
    "procore": ("resource_name", "timestamp"),
    "dynamics": ("resource", "lastModifiedDateTime"),
    "monday": ("type", "triggerTime"),
}
TEXTS = {
    "nul": "a\0b", "lone surrogate": "a\ud800b", "other half": "\udfff", "long": "x" * 50_000,
}  # fmt: skip
MOMENTS = (
    "0001-01-01T00:00:00+14:00", "0001-06-01T00:00:00+01:00", "9999-12-31T23:59:59-14:00",
    "1815-06-18T12:00:00Z", "5000-01-01T00:00:00Z",
)  # fmt: skip


@pytest.fixture
def doors() -> dict[str, Door]:
    return {door.name: door for door in stand()}


def said(door: Door, **facts: Any) -> Any:
    """What the vendor says, with these facts in its (first) event."""
    content = door.content(random.Random(1))
    event = content["value"][0] if door.way == DYNAMICS else content.get("event", content)
    event.update(facts)
    return content


def field(door: Door, number: int) -> str:
    vendor = door.way if door.way in WHERE else "monday"
    return WHERE[vendor][number]


def bad_text(door: Door, text: str) -> Any:
    """In the name of what changed, where each vendor's reader lets most pass."""
    if door.way == DYNAMICS:
        return said(door, resource=f"companies(1)/vendors({text})", changeType="updated")
    return said(door, **{field(door, 0): text})


def malformed(door: Door, content: Any) -> Delivery:
    """The vendor proves itself; the delivery is looked at once and never again."""
    assert door.call(content).send(Browser()).status_code == 200
    run_queue()
    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.MALFORMED, delivery.sentence
    assert delivery.sentence
    Delivery.objects.update(received_at=timezone.now() - dt.timedelta(hours=1))
    OrmQ.objects.all().delete()
    tasks.sweep()
    assert not [row for row in OrmQ.objects.all() if row.task["func"].endswith("unpack")]
    return delivery


# -- what cannot be held --------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "nav on-premises"])
def test_a_text_that_the_database_cannot_hold_is_malformed_once(
    doors: dict[str, Door], name: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    door = doors[name]
    if text == "long" and door.way != DYNAMICS:
        assert door.call(bad_text(door, TEXTS[text])).send(Browser()).status_code == 200
        run_queue()
        assert Delivery.objects.get().state == Delivery.State.UNPACKED, "it is shortened"
    else:
        malformed(door, bad_text(door, TEXTS[text]))
    assert not [line for line in caplog.records if line.exc_info]
    assert not Record.objects.exists()


@pytest.mark.parametrize("at", MOMENTS)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "nav on-premises"])
def test_a_moment_out_of_range_is_malformed_once(
    doors: dict[str, Door], name: str, at: str, caplog: pytest.LogCaptureFixture
) -> None:
    door = doors[name]
    facts = {"changeType": "updated", "resource": "companies(1)/vendors(1)"}
    content = said(door, **(facts if door.way == DYNAMICS else {}), **{field(door, 1): at})
    if door.way == DYNAMICS and at.startswith("0001"):
        assert door.call(content).send(Browser()).status_code == 200
        run_queue()
        assert Delivery.objects.get().state == Delivery.State.UNPACKED, "its word for no moment"
        return
    malformed(door, content)
    assert not [line for line in caplog.records if line.exc_info]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000, b'{"a":' * 50_000, b'{"a": ' + b"9" * 5_000 + b"}", b'{"value": 1e999}',
        b"NaN", b"[Infinity]", b"\xff\xfe\x00", gzip.compress(b"{}", mtime=0), b"", b"\x00",
        b"[[]]",
        b'"text"', b"7", "{}".encode("utf-16"), b'{"resource_name": {"a": [1]}}',
    ],
    ids=lambda body: str(body[:20]),
)  # fmt: skip
def test_what_is_no_notice_at_all_is_malformed_once(
    doors: dict[str, Door], body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("procore", "monday signed"):
        Delivery.objects.all().delete()
        malformed(doors[name], body)
    assert not [line for line in caplog.records if line.exc_info]


def test_an_unreadable_notice_that_holds_our_secret_is_malformed(doors: dict[str, Door]) -> None:
    door = doors["business_central"]
    whole = door.call(said(door)).body
    for body in (whole[:-3], whole.replace(b'"x"', b"\xff"), whole.replace(b'"x"', b"[" * 9_000)):
        Delivery.objects.all().delete()
        malformed(door, body)


def test_what_can_be_kept_is_kept_and_shown(doors: dict[str, Door]) -> None:
    delivery = malformed(doors["procore"], b'{"resource_name": "a\x00\xff\\ud800 Zoll\xc3\xa4mter"')
    assert delivery.body == '{"resource_name": "a\\x00\\xff\\ud800 Zollämter"'
    for body in (delivery.body, '"\\ud800\\u0000"', "[" * 100_000, "[" * 900 + "]" * 900):
        Delivery.objects.update(body=body)
        page = story.boss(f"b{len(body)}").get(f"/syncs/delivery/{delivery.pk}/change/")
        assert page.status_code == 200
        assert delivery.sentence in page.content.decode().replace("&#x27;", "'")


def test_a_poisoned_notice_makes_its_flows_poll(doors: dict[str, Door]) -> None:
    malformed(doors["monday token"], bad_text(doors["monday token"], "\0"))
    Turn.objects.update(ask=None)
    door = doors["procore"]
    Delivery.objects.all().delete()
    assert door.call(bad_text(door, "\0")).send(Browser()).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    assert Turn.objects.filter(kind="poll", ask__isnull=False).exists()


# -- without the secret ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMES, "fo", "gp"])
@pytest.mark.parametrize(
    "body", [b"{", b"\xff" * 40_000, b"[" * 90_000, b"", b"null", b'{"value": [{}]}']
)
def test_what_a_stranger_says_is_counted_and_not_kept(
    doors: dict[str, Door], name: str, body: bytes
) -> None:
    door = doors[name]
    for _ in range(7):
        answer = door.call(body, proven=False).send(Browser())
        assert 400 <= answer.status_code < 500
    assert not Delivery.objects.exists()
    assert not OrmQ.objects.exists()
    row = Rejection.objects.get()
    assert (row.subscription, row.count, len(row.sample)) == (door.subscription, 7, 5)
    assert len(json.dumps(row.sample)) < 10_000


@pytest.mark.parametrize("secret", ["\ud800", "\0", 7, None, ["x"], {"a": 1}, "ü", 1e999])
def test_a_stranger_with_an_odd_secret_is_turned_away(doors: dict[str, Door], secret: Any) -> None:
    door = doors["business_central"]
    body = json.dumps(said(door, clientState=secret)).encode()
    assert Call(door.path, body).send(Browser()).status_code == 429
    assert not Delivery.objects.exists()


def test_business_central_keeps_its_subscription_when_it_is_turned_away(
    doors: dict[str, Door],
) -> None:
    """It deletes one that is answered 4xx, but for 408 and 429, after which it tries again."""
    door = doors["business_central"]
    answers = [
        door.call(body, proven=False).send(Browser()).status_code
        for body in (b"{", b"", said(door), b"[" * 90_000)
    ]
    assert set(answers) <= {408, 429}


@pytest.mark.parametrize("header", ["[" * 3_000, '{"a":' * 2_000, "\x7f", "9" * 5_000])
def test_a_token_that_explodes_is_forged(doors: dict[str, Door], header: str) -> None:
    import base64

    door = doors["monday signed"]
    head = base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")
    call = dataclasses.replace(door.call(said(door)), headers={"Authorization": f"{head}.e30.AAAA"})
    assert call.send(Browser()).status_code == 401


@pytest.mark.parametrize(
    "path", [f"/webhooks/{uuid.UUID(int=5)}/", "/webhooks/", "/webhooks/x/y", "/webhooks/%00%ff/",
             "/webhooks/" + "a" * 5_000, "/webhooks/%0a", "/webhooks/%ed%a0%80?%00"],
)  # fmt: skip
def test_knocks_at_unknown_doors_are_one_row(path: str) -> None:
    for number in range(8):
        call = Call(path, b"x" * number * 9_000)
        assert call.send(Browser()).status_code == 404
    assert not Delivery.objects.exists()
    row = Rejection.objects.get()
    assert (row.subscription, row.count, len(row.sample)) == (None, 8, 5)
    assert len(json.dumps(row.sample)) < 10_000


def test_the_sample_does_not_show_what_looks_like_a_secret(doors: dict[str, Door]) -> None:
    door = doors["business_central"]
    door.call(said(door, resource="companies(1)/vendors(9)"), proven=False).send(Browser())
    [sample] = Rejection.objects.get().sample
    assert "somebody-else" not in json.dumps(sample)
    assert "resource" in sample["body"] or "subscriptionId" in sample["body"]


def test_the_counts_stand_in_the_admin_for_who_may_see_them(doors: dict[str, Door]) -> None:
    for _ in range(3):
        doors["procore"].call(b"<script>alert(1)</script>", proven=False).send(Browser())
    Browser().post("/webhooks/nowhere/")
    assert story.signed_in(story.person("a")).get("/syncs/rejection/").status_code == 403
    viewer = story.signed_in(story.person("b", "syncs.view_rejection"))
    page = viewer.get("/syncs/rejection/").content.decode()
    assert "Unknown address" in page
    assert "procore" in page
    for row in Rejection.objects.all():
        shown = viewer.get(f"/syncs/rejection/{row.pk}/change/")
        assert shown.status_code == 200
        assert "<script>alert(1)" not in shown.content.decode()
        assert 'name="_save"' not in shown.content.decode()


def test_a_request_that_breaks_off_is_no_error_of_ours(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.handlers.wsgi import WSGIRequest
    from django.http import UnreadablePostError

    def read(self: WSGIRequest, *args: Any) -> bytes:
        raise UnreadablePostError("the client went away")

    monkeypatch.setattr(WSGIRequest, "read", read)
    for path in (doors["procore"].path, "/webhooks/nowhere/"):
        assert Call(path, b"{}").send(Browser()).status_code == 400


class Stream:
    """The body as a web server hands it on."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)

    def read(self, size: int = -1) -> bytes:
        answer = self.answers.pop(0) if self.answers else b""
        if isinstance(answer, Exception):
            raise answer
        return answer

    readline = read


@pytest.mark.parametrize(
    ("length", "answers"),
    [
        ("", (RuntimeError("Invalid chunk size: b'zz'"),)), ("", (OSError(),)),
        ("500", (b"{}", b"")),
        ("2", (ConnectionResetError(),)),
    ],
)  # fmt: skip
def test_a_body_that_the_web_server_cannot_bring_to_its_end_is_not_stored(
    doors: dict[str, Door], length: str, answers: tuple[bytes | Exception, ...]
) -> None:
    door = doors["procore"]
    given: dict[str, Any] = {
        "CONTENT_LENGTH": length, "wsgi.input_terminated": True, "wsgi.input": Stream(*answers),
    }  # fmt: skip
    answer = Browser(**given).generic("POST", door.path, headers=door.call(b"").headers)
    assert answer.status_code == 400
    assert not Delivery.objects.exists()
    assert "broke off" in Rejection.objects.get().sentence


def test_a_body_in_chunks_is_read(doors: dict[str, Door]) -> None:
    """gunicorn gives no length then, but says that the stream ends by itself."""
    door = doors["procore"]
    call = door.call(said(door))
    chunked: dict[str, Any] = {
        "CONTENT_LENGTH": "", "wsgi.input_terminated": True, "wsgi.input": io.BytesIO(call.body),
    }  # fmt: skip
    answer = Browser(**chunked).generic("POST", door.path, headers=call.headers)
    assert answer.status_code == 200
    run_queue(1)
    assert Delivery.objects.get().state == Delivery.State.UNPACKED


def test_a_vendor_whose_code_is_gone_is_unknown(
    doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    door = doors["procore"]
    assert door.call(said(door)).send(Browser()).status_code == 200
    here = {key: vendor for key, vendor in VENDORS.items() if key != "procore"}
    for module in (webhook, inbox):
        monkeypatch.setattr(module, "VENDORS", here)
    assert door.call(said(door)).send(Browser()).status_code == 404
    tasks.unpack(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == Delivery.State.MALFORMED


def test_logs_of_a_storm_stay_small(
    doors: dict[str, Door], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            doors["procore"].call(b"\0", proven=False).send(Browser())
            doors["procore"].call(b"\0").send(Browser())
        run_queue()
    assert not [line for line in caplog.records if line.exc_info]


READERS: dict[str, Callable[[Door], Any]] = {
    "list where an object is meant": lambda door: [said(door)],
    "object where a list is meant": lambda door: {"value": {"a": 1}, "event": [1]},
    "text where an object is meant": lambda door: {"value": ["x"], "event": "x"},
    "wrong types all over": lambda door: {key: {"a": [None]} for key in said(door)},
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("name", NAMES)
def test_wrong_types_are_never_an_error_of_ours(
    doors: dict[str, Door], name: str, kind: str
) -> None:
    door = doors[name]
    content = READERS[kind](door)
    answer = Call(door.path, json.dumps(content).encode(), door.call(b"").headers).send(Browser())
    assert answer.status_code < 500
    run_queue()
    assert not Delivery.objects.filter(state=Delivery.State.STORED).exists()
    if door.way in (DYNAMICS, UNSIGNED) and SECRET not in json.dumps(content):
        assert answer.status_code >= 400, "nothing of it is proven"


def test_every_way_of_proof_is_tried_here() -> None:
    assert set(SPEAKING) == {PROCORE, DYNAMICS, UNSIGNED, "signed"}
