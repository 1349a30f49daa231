"""Lists with their exports and the access review in a real browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.utils import timezone

from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_contrast import FAINT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = {
    "export-records": "/syncs/record/?state__exact=held",
    "export-causes": "/syncs/record/causes/",
    "access": "/auth/group/access/",
}  # fmt: skip


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


@pytest.fixture
def firm() -> None:
    """Held and posted documents, and people of whom some are odd."""
    integration = story.company()
    story.unmapped(integration, vendor_name=story.LONG_VENDOR)
    story.unmapped(integration, number="INV-HELD")
    story.posted(integration)
    call_command("create_roles", stdout=io.StringIO())
    for name, role in (("anna.controller", "Controller"), ("ben", "AP clerk"),
                       ("audrey", "Auditor")):  # fmt: skip
        user = User.objects.create_user(name, is_staff=True, last_login=timezone.now())
        story.sees_all(user).groups.add(Group.objects.get(name=role))
    user.user_permissions.add(Permission.objects.get(codename="add_connection"))
    User.objects.create_user("left", is_active=False).groups.add(Group.objects.get(name="Approver"))
    clerk = Group.objects.get(name="AP clerk")
    clerk.permissions.add(Permission.objects.get(codename="approve_record"))


def test_a_press_downloads_what_the_list_shows(
    visitor: Visitor, firm: None, tmp_path: Path
) -> None:
    visitor.goes_to("/syncs/record/?state__exact=held&q=INV-HELD")
    with visitor.page.expect_download() as waited:
        visitor.page.locator("#export").get_by_role("button", name="CSV").click()
    waited.value.save_as(tmp_path / "file.csv")
    text = (tmp_path / "file.csv").read_text("utf-8-sig")
    assert [row["Number"] for row in csv.DictReader(io.StringIO(text))] == ["INV-HELD"]
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_the_pages_fit_and_nothing_is_faint(
    visitor: Visitor, firm: None, width: int, scheme: Any
) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    for name, path in PAGES.items():
        visitor.goes_to(path, f"{name}-{scheme}", width)
        assert visitor.overflow() <= 0, f"{name} is wider than {width}"
        assert visitor.page.evaluate(FAINT) == [], f"{name} is faint, {scheme}"
    assert visitor.complaints == []
