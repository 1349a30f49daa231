"""A file is imported and the import undone, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mappings.models import CostCodeMapping, TakenFile
from syncs.models import Record
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_import_page import account_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")
HEAD = "cost_code,cost_type,project,account,note\n"
WIDTHS = (390, 1366, 1920)


def imports(page: Any, visitor: Visitor, text: str, name: str) -> None:
    visitor.goes_to("/mappings/costcodemapping/import/")
    page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Import all").wait_for()
    for question in page.locator('input[name="confirmed"]').all():
        question.check()
    page.get_by_role("button", name="Import all").click()
    page.get_by_text("Imported:").wait_for()


def pictures(page: Any, visitor: Visitor, name: str) -> None:
    """At three widths, light and dark; nothing is cut off."""
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.classList.toggle('dark', theme == 'dark')",
                      theme)  # fmt: skip
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert visitor.overflow() <= 0, (name, width)
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{theme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1366, "height": 900})
    page.evaluate("document.documentElement.classList.remove('dark')")


def test_an_import_is_undone_as_one_action(page: Any, live_server: Any) -> None:
    integration = story.company()
    account, visitor = account_of(integration), Visitor(page, live_server)
    imports(page, visitor, f"{HEAD}77-700,*,*,{account},\n77-800,*,*,{account},\n", "march.csv")
    text = f"{HEAD}77-700,*,*,{account},April\n77-800,*,*,{account},April\n78-100,*,*,{account},\n"
    imports(page, visitor, text, "april.csv")
    rule = CostCodeMapping.objects.get(cost_code="78-100")
    story.record(integration, rules=[f"costcodemapping:{rule.pk}"])
    CostCodeMapping.objects.filter(cost_code="77-700").update(note="by hand")

    visitor.goes_to("/mappings/takenfile/")
    page.get_by_text("march.csv").wait_for()
    pictures(page, visitor, "imports")
    page.get_by_role("link", name="april.csv").click()
    page.get_by_text("Changed since:").wait_for()
    assert "Holds 1 document again" in page.locator("body").inner_text()
    pictures(page, visitor, "undo")
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_text("Undone: 1 removed, 1 put back, 0 restored, 1 left as they are.").wait_for()
    page.get_by_text("It was undone by boss").wait_for()
    pictures(page, visitor, "undone")
    rows = CostCodeMapping.objects.filter(cost_code__startswith="7").order_by("cost_code")
    assert [(row.cost_code, row.note) for row in rows] == [("77-700", "by hand"), ("77-800", "")]

    page.get_by_role("link", name="What that did").click()
    page.get_by_role("button", name="Take the undo back").click()
    page.get_by_text("Undone: 0 removed, 1 put back, 1 restored.").wait_for()
    assert CostCodeMapping.objects.filter(cost_code="78-100").exists()
    assert TakenFile.objects.count() == 4
    assert Record.objects.get().state == "pending"
    assert visitor.complaints == []
