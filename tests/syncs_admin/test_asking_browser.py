"""A clerk asks and a controller answers, each in a browser of his own role."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from mappings.models import CostCodeMapping
from syncs.models import State
from tests.syncs_admin import story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")


class Colleague:
    """A browser that is signed in as somebody of a role."""

    def __init__(self, browser: Any, base: str, role: str) -> None:
        user = User.objects.create_user(role.split()[-1].lower(), password="x", is_staff=True)
        story.sees_all(user).groups.add(Group.objects.get(name=role))
        self.context = browser.new_context(viewport={"width": 1366, "height": 900})
        cookie = story.signed_in(user).cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
        self.page, self.base = self.context.new_page(), base
        self.refused: list[str] = []
        self.page.on("response", self.answered)

    def answered(self, response: Any) -> None:
        if response.status >= 400:
            self.refused.append(f"{response.status}: {response.url}")

    def goes_to(self, path: str) -> None:
        self.page.goto(self.base + path)

    def presses(self, kind: str, name: str) -> None:
        self.page.get_by_role(kind, name=name, exact=True).click()
        self.page.wait_for_load_state("networkidle")

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_a_clerk_gets_a_code_mapped_through_the_controller(browser: Any, live_server: Any) -> None:
    call_command("create_roles", stdout=io.StringIO())
    record = story.unmapped(story.company())
    clerk = Colleague(browser, live_server.url, "AP clerk")
    controller = Colleague(browser, live_server.url, "Controller")

    clerk.goes_to(f"/syncs/record/{record.pk}/change/")
    clerk.shot("ask-record")
    clerk.presses("link", "Ask the Controller")
    clerk.page.get_by_label("What they should know").fill("Pours of lot 7")
    clerk.shot("ask-page")
    clerk.presses("button", "Ask the Controller")

    controller.goes_to("/")
    controller.shot("ask-front")
    controller.page.locator("#asked").get_by_role("link", name="Map cost code 03-300").click()
    controller.page.wait_for_load_state("networkidle")
    controller.shot("ask-answer")
    controller.presses("link", "Map cost code 03-300")
    assert controller.page.locator('[name="cost_code"]').input_value() == "03-300"
    controller.page.locator('[name="account"]').evaluate("e => e.value = '5010'")
    controller.presses("button", "Save")
    assert CostCodeMapping.objects.get().account == "5010"
    record.refresh_from_db()
    assert record.state == State.PENDING

    controller.goes_to("/")
    controller.page.locator("#asked").get_by_role("link", name="Map cost code 03-300").click()
    controller.page.get_by_label("A word to clerk").fill("On 5010 from now on")
    controller.presses("button", "It is done")
    clerk.goes_to("/")
    clerk.shot("ask-answered")
    assert "On 5010 from now on" in clerk.page.locator("#answers").inner_text()
    assert clerk.refused == controller.refused == []
    for colleague in (clerk, controller):
        colleague.context.close()
