"""The controller's usual act in a real browser: another account from a day on."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from mappings.models import CostCodeMapping
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_import_page import account_of
from tests.syncs_admin.test_rule_page import types_into

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")


def seen(page: Any, name: str) -> None:
    """Light and dark, where somebody wants to look."""
    for scheme in ("dark", "light") if SHOTS else ():
        is_dark = "true" if scheme == "dark" else "false"
        page.evaluate(f"document.documentElement.classList.toggle('dark', {is_dark})")
        page.screenshot(path=Path(SHOTS) / f"days-{name}-{scheme}.png", full_page=True)


def test_another_account_counts_from_a_day_on(page: Any, live_server: Any) -> None:
    integration = story.company()
    account = account_of(integration)
    old = CostCodeMapping.objects.create(
        integration=integration, cost_code="77-700", account=account
    )
    page.set_viewport_size({"width": 1366, "height": 900})
    visitor = Visitor(page, live_server)
    visitor.goes_to(f"/mappings/costcodemapping/{old.pk}/change/")
    seen(page, "rule")
    page.get_by_text("Another account from a day on").first.click()
    page.locator('input[name="valid_from"]').fill("2027-01-01")
    types_into(page, "account", account)
    page.get_by_text("It counts for documents dated from Jan 1, 2027 on").wait_for()
    assert page.locator('input[name="continues"]').input_value() == str(old.pk)
    seen(page, "form")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    seen(page, "list")
    rows = CostCodeMapping.objects.filter(cost_code="77-700").order_by("valid_until")
    days = [(row.valid_from, row.valid_until) for row in rows]
    assert days == [(None, dt.date(2026, 12, 31)), (dt.date(2027, 1, 1), None)]
    assert visitor.complaints == []
