"""The pages in a real browser: nothing from other hosts, nothing refused, nothing cut off."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from config.models import Heartbeat
from connections.errors import Reason
from connections.models import Token
from syncs.models import Alert, Delivery, FlowSettings, Record, Run, State
from tests.syncs_admin import story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def records() -> dict[str, Record]:
    """A morning's list: every state, and everything that is too long or negative."""
    integration = story.company()
    rows = {
        "held": story.unmapped(integration),
        "long": story.record(
            integration, story.document(lines=150, number="Nº" + "8" * 198,
                                        vendor=story.LONG_VENDOR),
            state=State.HELD, reason=Reason.NUMBER, vendor_name=story.LONG_VENDOR,
            sentence="The number has 200 characters, the ledger takes 35.",
            problems=[{"reason": "number", "sentence": "The number has 200 characters, the "
                       "ledger takes 35: Nº8888888888… Shorten it in the source."}],
        ),
        "credit": story.record(integration, story.document(sign=-1), state=State.PENDING),
        "approval": story.held(integration, Reason.NEEDS_APPROVAL),
        "changed": story.differing(integration, destination_number="PI-108200"),
        "posted": story.posted(integration, "PI-108123"),
        "doubt": story.record(integration, state=State.IN_DOUBT, in_doubt_since=timezone.now()),
    }  # fmt: skip
    for number in range(12):
        story.posted(integration, f"PI-1083{number:02}", amount=1234567 * number + 0.5)
    history(rows["posted"])
    Alert.objects.create(key="a", sentence="Procore: the subscription “Direct Costs” failed.")
    Token.objects.create(connection=integration.ledger, failed_at=timezone.now(), error="expired")
    Run.objects.create(integration=integration, flow="requisitions", kind="poll", ok=True, noted=3,
                       ended_at=timezone.now(),
                       sentence="3 records are new or changed.")  # fmt: skip
    Delivery.objects.create(body='{"resource": "Direct Costs", "id": 7}', size=37)
    hosts()
    return rows


def hosts() -> None:
    """One works, one is gone, one was stopped."""
    now, long_ago = timezone.now(), timezone.now() - dt.timedelta(days=40)
    Heartbeat.note("a", "connector-east", queue="connector", worked_at=now, since=long_ago)
    Heartbeat.note("b", "connector-east", kind="web", worked_at=now, since=long_ago)
    Heartbeat.note("c", "w" * 60, queue="connector", seen_at=long_ago, since=long_ago)
    Heartbeat.note("d", "connector-south", queue="connector", since=long_ago, stopped_at=now)


def history(record: Record) -> None:
    log = record.journal()
    log.append(Entry.Kind.NOTED, "Noted: webhook: Direct Costs")
    intent = log.intent("Create purchase_invoice INV-1", "POST", "https://bc/x", {"number": "INV"})
    log.outcome(intent, "created", 201, {"id": "abc", "number": "PI-108123"})
    log.append(Entry.Kind.READ_BACK, "The ledger shows PI-108123 (posted), 1,800.00.")
    record.journal("anna").append(Entry.Kind.PERSON, "Replay")


class Visitor:
    """A signed-in browser that notes what it should not see."""

    def __init__(self, page: Any, live_server: Any) -> None:
        self.page, self.base = page, live_server.url
        self.complaints: list[str] = []
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self.asked)
        page.on("response", self.answered)
        User.objects.create_superuser("boss", password="x")
        client = Client()
        client.force_login(User.objects.get(username="boss"),
                           backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.base}])

    def heard(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.complaints.append(f"another host: {request.url}")

    def answered(self, response: Any) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def goes_to(self, path: str, name: str = "", width: int = 1366) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        if name:
            self.shoots(f"{name}-{width}")

    def shoots(self, name: str) -> None:
        """A picture, where they are wanted."""
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        ))  # fmt: skip


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


@pytest.mark.parametrize("width", [1366, 1920])
def test_no_page_asks_another_host_or_is_refused_or_too_wide(
    visitor: Visitor, records: dict[str, Record], width: int
) -> None:
    settings = FlowSettings.objects.get(flow="subcontracts")
    FlowSettings.objects.filter(pk=settings.pk).update(booking="invoice_posted")
    pages = {
        "front": "/", "list": "/syncs/record/", "list-held": "/syncs/record/?state__exact=held",
        "flows": "/syncs/flowsettings/", "flow": f"/syncs/flowsettings/{settings.pk}/change/",
        "runs": "/syncs/run/", "deliveries": "/syncs/delivery/", "cursors": "/syncs/cursor/",
        "delivery": f"/syncs/delivery/{Delivery.objects.get().pk}/change/",
        "users": "/auth/user/", "hosts": "/config/heartbeat/",
    }  # fmt: skip
    pages |= {f"record-{name}": f"/syncs/record/{row.pk}/change/" for name, row in records.items()}
    for name, path in pages.items():
        visitor.goes_to(path, name, width)
        assert visitor.overflow() <= 0, f"{name} is wider than {width}"
    assert visitor.complaints == []


def test_a_clerk_replays_from_the_list_and_sees_the_forecast_first(
    visitor: Visitor, records: dict[str, Record]
) -> None:
    visitor.goes_to("/syncs/record/?state__exact=held")
    page = visitor.page
    page.locator(f'input[name="_selected_action"][value="{records["held"].pk}"]').check()
    page.locator('select[name="action"]').select_option("replay")
    page.get_by_role("button", name="Run").click()
    page.wait_for_load_state("networkidle")
    assert "1 record will be tried again." in page.content()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "bulk.png", full_page=True)
    page.get_by_role("button", name="Replay").click()
    page.wait_for_load_state("networkidle")
    assert "Replay: 1 record." in page.content()
    assert Record.objects.get(pk=records["held"].pk).state == State.PENDING
    assert visitor.complaints == []


def test_the_one_button_leads_to_a_form_that_is_filled_in(
    visitor: Visitor, records: dict[str, Record]
) -> None:
    visitor.goes_to(f"/syncs/record/{records['held'].pk}/change/")
    visitor.page.get_by_role("link", name="Map cost code 03-300").click()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.locator('[name="cost_code"]').input_value() == "03-300"
    assert visitor.complaints == []


def test_it_is_set_aside_with_a_reason_on_the_page(
    visitor: Visitor, records: dict[str, Record]
) -> None:
    visitor.goes_to(f"/syncs/record/{records['held'].pk}/change/")
    visitor.page.get_by_label("Reason").first.fill("Paid by card")
    visitor.page.get_by_role("button", name="Set aside").click()
    visitor.page.wait_for_load_state("networkidle")
    assert "Set aside by boss: Paid by card" in visitor.page.content()


WIDER = "row => row.scrollWidth - row.clientWidth"


def test_nothing_is_cut_in_the_lists_that_people_read_down(
    visitor: Visitor, records: dict[str, Record]
) -> None:
    """A ledger's padded number whole, and the lines of the overview beside their sums."""
    story.held(records["held"].integration, Reason.NUMBER, number="00000000000000448")
    for number in range(3):
        for flow in ("requisitions", "subcontracts", "prime_change_orders"):
            story.posted(records["held"].integration, f"B-{flow}-{number}", flow=flow,
                         amount=98_765_432.10, currency=("", "CAD", "EUR")[number])  # fmt: skip
    visitor.goes_to("/syncs/record/?state__exact=held")
    number = visitor.page.locator("th.field-shown_number", has_text="00000000000000448")
    assert number.evaluate(WIDER) == 0
    visitor.goes_to("/")
    assert visitor.page.locator("#integrations .c-whole").first.evaluate(WIDER) == 0
