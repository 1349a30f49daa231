"""The work list in a browser: sums arrive by themselves, a cause leads to what is done with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.models import CompanyFound, Connection, Integration
from syncs.models import Record, State
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import SHOTS, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def morning() -> None:
    """Two companies, three causes, sixty documents; one is somebody's."""
    integration = story.company()
    ledger = Connection.objects.create(name="BC South", vendor="business_central")
    other = Integration.objects.create(
        key="bc_procore", name="South", project_system=integration.project_system, ledger=ledger
    )
    for each, name in ((integration, "Keystone North"), (other, "Keystone South")):
        CompanyFound.objects.create(
            connection=each.ledger, wanted=name, company_id=name, name=name
        )  # fmt: skip
    for number in range(40):
        days = timezone.now() - dt.timedelta(days=number)
        story.unmapped(integration, held_since=days, amount=1000 + number)
    for _ in range(15):
        story.held(other, Reason.PERIOD_CLOSED, amount="412.10", currency="CAD")
    story.held(other, Reason.NEEDS_APPROVAL, owner="boss", note="Asked the vendor")


def test_from_the_cause_to_its_bulk_action_and_the_sum_below(visitor: Visitor) -> None:
    morning()
    page = visitor.page
    for width in (390, 1920, 1366):
        visitor.goes_to("/syncs/record/?state__exact=held", "work-list", width)
        page.get_by_text("in all").wait_for()
        assert visitor.overflow() <= 0
        visitor.goes_to("/syncs/record/causes/", "causes", width)
        assert visitor.overflow() <= 0
    visitor.goes_to("/syncs/record/?state__exact=held", "work-list")
    assert "40 with $40,780.00" in page.locator("#list-sum").inner_text()
    visitor.goes_to("/syncs/record/causes/")
    page.get_by_role("button", name="Set aside: Missing mapping").click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Next").click()
    page.wait_for_load_state("networkidle")
    assert "26 to 40 of 40" in page.locator(".c-page").inner_text()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "bulk-page.png", full_page=True)
    page.get_by_label("Reason").fill("Of the old company")
    page.get_by_role("button", name="Set aside").click()
    page.wait_for_load_state("networkidle")
    assert Record.objects.filter(state=State.SET_ASIDE).count() == 40
    own = Record.objects.get(owner="boss")
    visitor.goes_to(f"/syncs/record/{own.pk}/change/", "record-owned")
    assert visitor.complaints == []
