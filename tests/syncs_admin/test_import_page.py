"""A file with empty cells in a real browser: it is not taken before each question is answered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mappings.models import CostCodeMapping
from mappings.reference import Reference
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SCREENSHOTS", "")
NAMES = "Rules of 2026\ncost_code,cost_type,project,account\n"


def test_a_file_is_not_taken_before_its_questions_are_answered(page: Any, live_server: Any) -> None:
    account = account_of(story.company())
    before = CostCodeMapping.objects.count()
    visitor = Visitor(page, live_server)
    visitor.goes_to("/mappings/costcodemapping/import/")
    text = f"{NAMES}77-700,*,,{account}\n77–800,*,*,{account}\n"
    page.locator('input[type="file"]').set_input_files(
        {"name": "rules.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Preview").click()
    questions = page.locator('input[name="confirmed"]')
    questions.first.wait_for()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "import.png", full_page=True)
    assert visitor.overflow() <= 0
    for question in (questions.first, questions.last):
        page.get_by_role("button", name="Import all").click()
        assert CostCodeMapping.objects.count() == before
        question.check()
    page.get_by_role("button", name="Import all").click()
    page.get_by_text("Imported: 2 new").wait_for()
    assert CostCodeMapping.objects.count() == before + 2
    assert visitor.complaints == []


def account_of(integration: Any) -> str:
    rows = Reference.objects.filter(connection=integration.ledger, kind="account", unusable="")
    return rows.values_list("code", flat=True)[0]
