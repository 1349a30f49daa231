"""The form of a rule in a real browser: what a dimension may be is chosen, or typed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mappings.models import AccountRule, CostCodeMapping
from mappings.reference import Reference
from tests.mappings.conftest import refer
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_import_page import account_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")


def types_into(page: Any, field: str, text: str) -> None:
    """Opens the search select, types, and takes what it then offers first."""
    page.locator(f'select[name="{field}"] + .select2 .select2-selection').click()
    page.locator(".select2-container--open .select2-search__field").press_sequentially(text)
    page.locator(".select2-results__option").first.wait_for()
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("table", "model", "typed"),
    [
        ("costcodemapping", CostCodeMapping, "{segment:Bau Teil 2}"),
        ("costcodemapping", CostCodeMapping, "{sub_job}"),
        ("accountrule", AccountRule, "{segment:Phase}"),
    ],
)
def test_a_placeholder_is_typed_into_a_dimension(
    page: Any, live_server: Any, table: str, model: Any, typed: str
) -> None:
    integration = story.company()
    refer(integration.ledger, Reference.Kind.DIMENSION, "AREA")
    account = account_of(integration)
    visitor = Visitor(page, live_server)
    visitor.goes_to(f"/mappings/{table}/add/?integration={integration.pk}")
    if table == "costcodemapping":
        page.locator('input[name="cost_code"]').fill("77-700")
    else:
        page.locator('select[name="purpose"]').select_option("rounding")
    types_into(page, "account", account)
    types_into(page, "dim_AREA", typed)
    assert page.locator('select[name="dim_AREA"]').input_value() == typed
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"rule-{table}.png", full_page=True)
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()
    found = model.objects.filter(account=account, dimensions__AREA=typed)
    assert found.exists(), page.locator("body").inner_text()[:2000]
    assert visitor.complaints == []
