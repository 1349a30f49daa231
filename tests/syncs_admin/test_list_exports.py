"""Each list of documents and events as a file: by its filters, by its right, with a line."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from audit.models import Entry
from connections.models import Integration, Subscription
from syncs.admin import list_export
from syncs.models import Alert, ControlChange, Delivery, FixRequest, Run
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 16, 12, 0, 30, tzinfo=dt.UTC)
EVIL = '=HYPERLINK("https://evil.invalid")'


@dataclasses.dataclass(frozen=True)
class List:
    """A list with two rows, one of which its filter leaves."""

    address: str
    view: str
    right: str
    nouns: str
    query: str
    made: Callable[[Integration], None]
    says: dict[str, str]  # of the row that the filter leaves


def runs(integration: Integration) -> None:
    Run.objects.create(integration=integration, flow="requisitions", kind="poll", started_at=NOON)
    Run.objects.create(integration=integration, flow="vendors", kind="poll", started_at=NOON,
                       ok=False, sentence=EVIL, requests=7, counts={"listed": 3})  # fmt: skip


def alerts(integration: Integration) -> None:
    Alert.objects.create(key="a", sentence="All is well again.", closed_at=NOON, closed_by="anna")
    Alert.objects.create(key="b", sentence=EVIL, integration=integration, opened_at=NOON)


def requests(integration: Integration) -> None:
    facts = {"permission": "mappings.add_costcodemapping", "url": "/", "asked_at": NOON,
             "integration": integration}  # fmt: skip
    FixRequest.objects.create(
        wanted="Map 01-100", sentence="", asked_by="ann", key="1", state="done", answer="Done.",
        answered_by="carl", **facts,
    )  # fmt: skip
    FixRequest.objects.create(
        wanted="Map 03-300", sentence=EVIL, asked_by="=ann", key="2",
        record=story.unmapped(integration), **facts,
    )  # fmt: skip


def deliveries(integration: Integration) -> None:
    door = Subscription.objects.create(
        connection=integration.project_system, resource="Direct Costs", secret="hush-hush"
    )
    facts = {"subscription": door, "received_at": NOON}
    Delivery.objects.create(state="unpacked", body='{"token": "in-body"}', hints=2, **facts)
    Delivery.objects.create(state="malformed", body="in-body", sentence=EVIL, size=7, **facts)


def changes(integration: Integration) -> None:
    flow = integration.flows.get(flow="requisitions")
    for decision, field in (("refused", "adopt"), ("open", "needs_approval")):
        ControlChange.objects.create(
            settings=flow, field=field, was=True, becomes=False, asked_by="carl", asked_at=NOON,
            decision=decision, why=EVIL,
        )  # fmt: skip


def unmapped(integration: Integration) -> None:
    story.unmapped(integration)


LISTS = [
    List("/syncs/run/", "syncs.view_run", "syncs.export_run", "runs", "?ok__exact=0", runs, {
        "Kind": "Poll", "Outcome": "Failed", "Flow": "Vendors, Business Central → Procore",
        "What it said": f"'{EVIL}", "Requests": "7", "Counts": '{"listed": 3}',
        "Started (UTC)": "2026-11-16T12:00:30+00:00",
    }),
    List("/syncs/alert/", "syncs.view_alert", "syncs.export_alert", "alerts", "?state=open",
         alerts, {
        "Alert": f"'{EVIL}", "State": "Open", "Opened (UTC)": "2026-11-16T12:00:30+00:00",
    }),
    List("/syncs/fixrequest/", "syncs.view_fixrequest", "syncs.export_fixrequest", "requests",
         "?state__exact=open", requests, {
        "Request": "Map 03-300", "Why": f"'{EVIL}", "Asked by": "'=ann", "Document is now": "Held",
    }),
    List("/syncs/delivery/", "syncs.view_delivery", "syncs.export_delivery", "deliveries",
         "?state__exact=malformed", deliveries, {
        "State": "Not readable", "Size": "7", "What became of it": f"'{EVIL}",
    }),
    List("/syncs/controlchange/", "syncs.view_controlchange", "syncs.export_controlchange",
         "changes of controls", "?decision__exact=open", changes, {
        "State": "Waits", "Asked by": "carl", "Why": f"'{EVIL}",
    }),
]  # fmt: skip
UNMAPPED = List(
    "/mappings/costcodemapping/unmapped/", "mappings.view_costcodemapping",
    "mappings.export_costcodemapping", "unmapped codes", "", unmapped,
    {"What": "Cost code", "Code": "03-300", "Documents": "1", "Currency": "USD"},
)  # fmt: skip
each_list = pytest.mark.parametrize("one", [*LISTS, UNMAPPED], ids=lambda one: one.nouns)


def to(one: List, form: str, query: str = "") -> str:
    if one is UNMAPPED:
        return f"/syncs/record/unmapped/{form}/"
    return f"{one.address}export/{form}/{query}"


def taker(one: List) -> Client:
    return story.signed_in(story.person("cora", one.view, one.right))


def taken(client: Client, address: str) -> bytes:
    answer: Any = client.post(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows(client: Client, one: List, query: str) -> list[dict[str, str]]:
    text = taken(client, to(one, "csv", query)).decode("utf-8-sig")
    assert "in-body" not in text
    assert "hush-hush" not in text
    return list(csv.DictReader(io.StringIO(text)))


@each_list
def test_exactly_what_the_filter_leaves_is_in_the_file(one: List) -> None:
    one.made(story.company())
    client = taker(one)
    [found] = rows(client, one, one.query)
    assert {name: found[name] for name in one.says} == one.says
    if one is not UNMAPPED:
        assert len(rows(client, one, "")) == 2
    page = client.get(f"{one.address}{one.query}").content.decode()
    assert f'action="{to(one, "csv", one.query)}"' in page
    entry = Entry.objects.filter(actor="cora").earliest("sequence")
    assert entry.sentence.startswith("1 ")
    assert "exported as CSV" in entry.sentence
    assert (entry.data["export"], entry.data["table"]) == ("csv", one.nouns)


@each_list
def test_the_workbook_says_the_same_and_runs_nothing(one: List) -> None:
    one.made(story.company())
    book = load_workbook(io.BytesIO(taken(taker(one), to(one, "xlsx", one.query))))
    [sheet] = book.worksheets
    names = [cell.value for cell in sheet[1]]
    found = dict(zip(names, sheet[2], strict=True))
    for name, said in one.says.items():
        cell = found[name]
        assert cell.data_type != "f", f"{name} is a formula"
        if not isinstance(cell.value, dt.datetime):
            assert str(cell.value).lstrip("'") == said.lstrip("'")


@each_list
def test_it_takes_the_right_and_is_posted(one: List) -> None:
    one.made(story.company())
    looks = story.signed_in(story.person("lena", one.view))
    takes_only = story.signed_in(story.person("tom", one.right))
    assert 'id="export"' not in looks.get(one.address).content.decode()
    for form in ("csv", "xlsx"):
        assert looks.post(to(one, form)).status_code == 403
        assert takes_only.post(to(one, form)).status_code == 403
    client = taker(one)
    assert client.get(to(one, "csv")).status_code == 405
    assert client.post(to(one, "pdf")).status_code == 404
    assert not Entry.objects.filter(sentence__contains="exported").exists()


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.nouns)
def test_a_list_too_long_for_a_workbook_says_so(one: List, monkeypatch: pytest.MonkeyPatch) -> None:
    one.made(story.company())
    client = taker(one)
    monkeypatch.setattr(list_export, "XLSX_HOLDS", 1)
    page = client.post(to(one, "xlsx"), follow=True).content.decode()
    assert "Narrow the list, or take the CSV" in page
    assert not Entry.objects.filter(actor="cora").exists()
    monkeypatch.setattr(list_export, "TOGETHER", 1)
    assert len(rows(client, one, "")) == 2, "in parts, each once"
