"""Nothing that is long widens a page, hides an amount, or breaks a row of buttons in two."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from connections.models import Connection, Integration
from syncs.models import FixRequest, Record, State
from tests.syncs_admin import months, story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_phone_browser import CUT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "8" * 200
VENDOR = "Grundstücksverkehrsgenehmigungszuständigkeit " * 4 + "M" * 24
# How much wider than its frame each table is, by its name; the frame of a list is the theme's.
WIDER = """() => [...document.querySelectorAll(
        '.c-scroll, #changelist-form .simplebar-content-wrapper, div:has(> .mapping-table)')]
    .filter(e => e.checkVisibility() && getComputedStyle(e).overflowX !== 'visible')
    .filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => `${e.getAttribute('aria-label') || e.className}: ${e.scrollWidth - e.clientWidth}`)"""
ROWS = """() => [...document.querySelectorAll('#causes form .c-button')].length
    && [...document.querySelectorAll('#causes form')].filter(
    f => new Set([...f.querySelectorAll('.c-button')].map(b => b.offsetTop)).size > 1).length"""


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def long_ones() -> dict[str, str]:
    """A month with documents whose numbers and vendors are as long as they may be."""
    period = months.clear()
    found, facts = period.integration, {"vendor_name": VENDOR}
    held = months.held(found, LONG, "1234.50", project="P" * 60, **facts)
    months.held(found, LONG[:199], "20.00", flow="purchase_orders", **facts)
    months.document(found, LONG[:198], "30.00", state=State.IN_DOUBT, **facts)
    months.document(found, LONG[:197], "30.00", state=State.SET_ASIDE, sentence=LONG, **facts)
    FixRequest.objects.create(
        integration=found, record=held, wanted="Approve", permission="syncs.approve_record",
        url="/", sentence=LONG, key="k", asked_by="paul",
    )  # fmt: skip
    months.typed(found, LONG[:100], "75.50")
    period = months.read(found) or period
    return {
        "month": f"/syncs/period/{period.pk}/change/", "requests": "/syncs/fixrequest/",
        "request": f"/syncs/fixrequest/{FixRequest.objects.get().pk}/change/",
        "record": f"/syncs/record/{held.pk}/change/", "records": "/syncs/record/",
        "held": "/syncs/record/?state__exact=held", "causes": "/syncs/record/causes/",
        "front": "/", "journal": "/audit/entry/", "reconciliation": "/syncs/cell/",
        "unmapped": "/mappings/costcodemapping/unmapped/",
    }  # fmt: skip


@pytest.mark.parametrize("width", [1366, 1920])
def test_a_long_number_or_vendor_widens_no_table(visitor: Visitor, width: int) -> None:
    for name, path in long_ones().items():
        visitor.goes_to(path, f"long-{name}", width)
        assert visitor.overflow() <= 0, f"{name} is wider than {width}"
        assert visitor.page.evaluate(WIDER) == [], name
    assert visitor.complaints == []


def test_what_changed_in_a_closed_month_is_no_wider_either(visitor: Visitor) -> None:
    path = long_ones()["month"]
    visitor.goes_to(path)
    visitor.page.get_by_label("Note").fill("It is disputed.")
    visitor.page.locator("#close button").click()
    visitor.page.wait_for_load_state("networkidle")
    Record.objects.filter(number=LONG).update(amount="99.00")
    story.record(Integration.objects.get(), number="9" * 200, amount="5.00",
                 document_date=months.DAY, vendor_name=VENDOR)  # fmt: skip
    visitor.goes_to(path, "long-since")
    assert visitor.page.locator("#since table").is_visible()
    assert visitor.overflow() <= 0
    assert visitor.page.evaluate(WIDER) == []


def test_the_whole_of_a_clipped_number_is_told_when_it_is_pointed_at(visitor: Visitor) -> None:
    visitor.goes_to(long_ones()["month"])
    shown = visitor.page.locator("#names a.c-clip").first
    assert shown.get_attribute("title") == LONG[:198]


def test_the_list_of_months_shows_each_currency_on_a_telephone(visitor: Visitor) -> None:
    found = months.clear().integration
    for place, currency in enumerate(("CAD", "EUR", "CHF")):
        months.part(found, "1234567.50", "0.00", currency=currency, number=f"X-{place}",
                    cause="held", cost_code=f"0{place}")  # fmt: skip
    months.read(found)
    visitor.goes_to("/syncs/period/", "months-currencies", 390)
    assert visitor.page.locator("#result_list").get_by_text("CHF 1,234,567.50").count()
    assert visitor.overflow() <= 0
    assert visitor.page.evaluate(CUT) == []


@pytest.mark.parametrize("width", [1366, 1920])
def test_what_can_be_done_with_a_cause_stands_on_one_line(visitor: Visitor, width: int) -> None:
    first = story.company()
    other = Integration.objects.create(
        key="nav_procore", name="Dynamics NAV ↔ Procore", project_system=first.project_system,
        ledger=Connection.objects.create(name="NAV", vendor="nav"),
    )  # fmt: skip
    for found in (first, other):
        for reason in (Reason.NEEDS_APPROVAL, Reason.SENT_BACK, Reason.CURRENCY):
            for currency in ("CAD", "EUR", "USD"):
                story.held(found, reason, flow="direct_costs", amount="1234567.50",
                           currency=currency)  # fmt: skip
    story.held(first, Reason.OTHER_VENDOR, amount="-1234567.50")
    visitor.goes_to("/syncs/record/causes/", "causes-lines", width)
    assert visitor.page.locator("#causes form").count() >= 9
    assert visitor.page.evaluate(ROWS) == 0
    assert visitor.overflow() <= 0
    assert visitor.page.evaluate(WIDER) == []
