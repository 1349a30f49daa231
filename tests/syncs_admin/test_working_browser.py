"""A button that was pressed says that it works, once, and is itself again on the way back."""

from __future__ import annotations

from typing import Any

import pytest

from audit.models import Entry
from syncs.models import State
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def test_many_are_set_aside_by_one_press(visitor: Visitor) -> None:
    integration, page = story.company(), visitor.page
    rows = [story.unmapped(integration) for _ in range(3)]
    visitor.goes_to("/syncs/record/causes/")
    page.get_by_role("button", name="Set aside: Missing mapping").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Reason").fill("Of the old company")
    sent: list[str] = []

    def nothing_comes_back(route: Any) -> None:
        sent.append(route.request.post_data)
        route.fulfill(status=204)

    page.route("**/syncs/record/*", nothing_comes_back)
    page.get_by_role("button", name="Set aside").click()
    busy = page.get_by_role("button", name="Working …")
    busy.wait_for()
    assert busy.is_disabled()
    busy.evaluate("button => button.click()")
    assert len(sent) == 1
    assert "confirmed=1" in sent[0], "what is sent still says which button it was"
    page.unroute("**/syncs/record/*")
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    page.get_by_role("button", name="Set aside").click()
    page.wait_for_load_state("networkidle")
    assert "Set aside: 3 records." in page.content()
    for row in rows:
        row.refresh_from_db()
        assert row.state == State.SET_ASIDE
    assert Entry.objects.filter(kind="person", data__verb="set_aside").count() == 3
    assert visitor.complaints == []
