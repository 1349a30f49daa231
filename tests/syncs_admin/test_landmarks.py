"""What those hear who do not see the page: its parts have names, and so has every field."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.models import CostCodeMapping
from syncs.models import FlowSettings, Record
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMELESS = """() => [...document.querySelectorAll('input, select, textarea')]
    .filter(e => e.type !== 'hidden' && e.checkVisibility())
    .filter(e => !(e.labels && [...e.labels].some(l => l.innerText.trim())) && !e.title
        && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))
    .map(e => `${e.tagName} ${e.name || e.id} in ${e.closest('form, div[id]')?.id}`)"""
COUNTS = """() => ['main, [role=main]', 'header', 'nav#nav-sidebar-inner'].map(
    s => document.querySelectorAll(s).length)"""
OUTSIDE = """() => [...document.querySelectorAll('h1, h2, h3, p, table, form')]
    .filter(e => e.checkVisibility())
    .filter(e => !e.closest('main, [role=main], nav, header, section[aria-label], dialog'))
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def pages(record: Record) -> list[str]:
    rule = CostCodeMapping.objects.get()
    flow = FlowSettings.objects.latest("pk")
    return [
        "/", "/syncs/record/", "/syncs/record/?state__exact=held", "/syncs/run/",
        f"/syncs/record/{record.pk}/change/", f"/syncs/flowsettings/{flow.pk}/change/",
        "/syncs/fixrequest/", "/syncs/alert/", "/mappings/costcodemapping/",
        "/mappings/costcodemapping/unmapped/", "/mappings/costcodemapping/suggestions/",
        "/mappings/costcodemapping/add/", f"/mappings/costcodemapping/{rule.pk}/change/",
        "/mappings/vendorlink/", "/mappings/vendorlink/import/", "/audit/entry/",
        "/connections/connection/", "/auth/user/",
    ]  # fmt: skip


def test_each_page_has_its_landmarks_once_and_every_field_a_name(visitor: Visitor) -> None:
    integration = story.company()
    story.mapped(integration)
    for path in pages(story.unmapped(integration)):
        visitor.goes_to(path)
        assert visitor.page.evaluate(COUNTS) == [1, 1, 1], path
        assert visitor.page.evaluate(NAMELESS) == [], path
        assert visitor.page.evaluate(OUTSIDE) == [], path
    assert visitor.complaints == []
