"""Somebody of a role, in a browser of his own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User

from tests.syncs_admin import story

SHOTS = os.environ.get("SCREENSHOTS", "")


class Colleague:
    """A browser that is signed in as somebody of a role."""

    def __init__(self, browser: Any, base: str, role: str, name: str = "") -> None:
        name = name or role.split()[-1].lower()
        user = User.objects.create_user(name, password="x", is_staff=True)
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

    def told(self) -> str:
        """What stands above the page once something was done."""
        return str(self.page.get_by_role("region", name="Messages").inner_text())

    def chooses(self, field: str, code: str) -> None:
        """In a box that is searched by typing."""
        box = self.page.locator(f'[name="{field}"]')
        self.page.locator(".select2-container", has=box).or_(
            box.locator("xpath=following-sibling::*[contains(@class,'select2-container')]")
        ).first.click()
        self.page.locator(".select2-search__field").last.fill(code)
        self.page.locator(".select2-results__option", has_text=code).first.click()

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
