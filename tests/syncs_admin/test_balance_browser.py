"""The reconciliation in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from syncs.balance.rows import Cause, Cell, CellPart
from tests.syncs_admin import story
from tests.syncs_admin.test_balance_page import add_up, part
from tests.syncs_admin.test_browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "Missing mapping. Cost code 31-100 Fences (type M, project 24-017) has no account."


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


@pytest.fixture
def cells() -> Cell:
    return many()


def many() -> Cell:
    """One cell in which everything differs, and many others. Returns the first."""
    integration = story.company()
    posted = story.posted(integration, "PI-108123")
    link = {"url": "https://procore.example/1", "ledger_url": "https://bc.example/108123"}
    for number, cause in enumerate(["", *Cause.values]):
        part(integration, f"{1234567 * number}.50", "1000.00", cause=cause, why=cause and WHY,
             number=f"INV-2026-{number:05}", ledger_number=f"108{number:03}",
             document_date=dt.date(2026, 11, 2), record=posted, flow="requisitions",
             vendor_name=story.LONG_VENDOR, **link)  # fmt: skip
    for number in range(60):
        part(integration, f"{number * 811}.25", f"{number * 811}.25", cost_code=f"03-{number:03}",
             cost_type="M", vendor_name=story.LONG_VENDOR)  # fmt: skip
    add_up(integration)
    return Cell.objects.get(pk=CellPart.objects.filter(cause="held")[0].cell)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_the_pages_fit_and_nothing_is_refused(
    visitor: Visitor, cells: Cell, width: int, scheme: Any
) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    for name, path in {
        "balance": "/syncs/cell/", "balance-cell": f"/syncs/cell/{cells.pk}/change/",
        "balance-none": "/syncs/cell/?book=contract", "balance-held": "/syncs/cell/?cause=held",
    }.items():  # fmt: skip
        visitor.goes_to(path, f"{name}-{scheme}", width)
        assert visitor.overflow() <= 0, f"{name} is wider than {width}"
    assert visitor.complaints == []


def test_from_the_sums_to_a_cause_to_its_documents(visitor: Visitor, cells: Cell) -> None:
    visitor.goes_to("/syncs/cell/")
    page = visitor.page
    page.locator("#causes").get_by_role("link", name="Typed by hand in the ledger").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#result_list tbody tr").count() == 1
    page.locator("#result_list tbody tr a").first.click()
    page.wait_for_load_state("networkidle")
    assert page.locator("#documents tbody tr").count() == len(Cause.values) + 1
    assert page.get_by_role("link", name="INV-2026-00003 ↗").get_attribute("href")
    assert visitor.complaints == []
