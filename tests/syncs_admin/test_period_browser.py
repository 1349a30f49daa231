"""The end of a month in a real browser: close it, change something in it, see it; and print it."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncs.closing.rows import Period, PeriodClose
from syncs.models import Record, State
from tests.syncs_admin import months, story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_contrast import FAINT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAPER = 688  # pixels between the margins of A4
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


@pytest.fixture
def period() -> Period:
    return uneven()


def uneven() -> Period:
    """Large amounts, long names, a typed invoice, and several that are not posted."""
    found = months.clear()
    for number in range(8):
        months.document(found.integration, f"INV-10{number}", f"{1234567 * number + 1}.25",
                        flow="direct_costs", vendor_name=story.LONG_VENDOR)  # fmt: skip
    months.held(found.integration, "INV-201", "31250.40", vendor_name=story.LONG_VENDOR)
    months.document(found.integration, "INV-202", "880.00", state=State.SKIPPED,
                    sentence="“draft” is not approved in the source.")  # fmt: skip
    months.document(found.integration, "INV-203", "1200000.00", state=State.SET_ASIDE,
                    sentence="Set aside by anna: paid by card", flow="purchase_orders")  # fmt: skip
    months.typed(found.integration, "HAND-7", "75.50")
    said = "The ledger lists no journals: what people booked there is not in these figures."
    read = months.read(found.integration, untold=[said])
    assert read is not None
    return read


def test_close_a_month_change_something_in_it_and_see_it(visitor: Visitor, period: Period) -> None:
    """From the overview, without a word of documentation."""
    page = visitor.page
    visitor.goes_to("/")
    page.locator("#month-end").get_by_role("link", name=period.name).click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("Not all clear yet").is_visible()
    page.get_by_label("Note").fill("INV-201 is disputed with the vendor.")
    page.get_by_role("button", name=f"Close {period.name}").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("Nothing of it has changed since.").is_visible()
    Record.objects.filter(number="INV-101").update(amount=Decimal("7.00"))
    months.read(period.integration)
    visitor.goes_to(f"/syncs/period/{period.pk}/change/")
    row = page.locator("#since tr", has_text="INV-101")
    assert "1,234,568.25" in row.inner_text()
    assert "7.00" in row.inner_text()
    page.get_by_role("link", name="Verify each document").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("Verified: the record and each").is_visible()
    page.get_by_role("link", name="Print, or save as PDF").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("INV-201 is disputed with the vendor.").is_visible()
    assert page.get_by_text(PeriodClose.objects.get().facts_hash).first.is_visible()
    assert visitor.complaints == []


def test_the_record_is_printed_without_what_is_for_the_screen(
    visitor: Visitor, period: Period
) -> None:
    visitor.goes_to(f"/syncs/period/{period.pk}/print/", "month-print")
    page = visitor.page
    page.evaluate("() => { window.print = () => { window.printed = true } }")
    page.get_by_role("button", name="Print, or save as PDF").click()
    assert page.evaluate("() => window.printed")
    page.emulate_media(media="print")
    assert not page.get_by_role("button").is_visible()
    assert page.get_by_text("Closed by, date").is_visible()
    visitor.goes_to(f"/syncs/period/{period.pk}/print/", "month-paper", PAPER)
    assert visitor.overflow() <= 0, "wider than the paper"
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    if SHOTS:
        (Path(SHOTS) / "month.pdf").write_bytes(paper)
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_the_pages_fit_and_nothing_is_refused(
    visitor: Visitor, period: Period, width: int, scheme: Any
) -> None:
    from syncs.closing import close

    visitor.page.emulate_media(color_scheme=scheme)
    pages = {"month-list": "/syncs/period/", "month": f"/syncs/period/{period.pk}/change/"}
    look(visitor, pages, scheme, width)
    close.close(period, "anna", "INV-201 is disputed.")
    Record.objects.filter(number="INV-101").update(amount=Decimal("7.00"))
    months.document(period.integration, "INV-301", "14.00")
    months.read(period.integration)
    made = PeriodClose.objects.get()
    pages = {"month-changed": f"/syncs/period/{period.pk}/change/",
             "month-record": f"/syncs/period/record/{made.pk}/"}  # fmt: skip
    look(visitor, pages, scheme, width)
    assert visitor.complaints == []


def look(visitor: Visitor, pages: dict[str, str], scheme: str, width: int) -> None:
    for name, path in pages.items():
        visitor.goes_to(path, f"{name}-{scheme}", width)
        assert visitor.overflow() <= 0, f"{name} is wider than {width}"
        assert visitor.page.evaluate(FAINT) == [], f"{name} is faint, {scheme}"
