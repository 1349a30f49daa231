"""What is said of all that is held for one reason is what the page of each of them says."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from connections.documents import Document
from connections.errors import Reason
from connections.models import Connection, Integration
from syncs.admin.reasons import CATALOGUE, OPEN_IT
from syncs.controls.heeded import UNHEEDED
from syncs.models import Record
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
CAUSES = "/syncs/record/causes/"
TAX = "Say which tax code of the ledger it is."
RULE = "Add the missing rule of the mapping that leads to this account"
ACCOUNT = "Say which account it goes to."


@pytest.fixture
def integration() -> Integration:
    return story.company()


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def lacks(integration: Integration, subject: str, reason: Reason, **fields: Any) -> Record:
    problem = {"reason": reason, "sentence": f"{subject} 7 is not known.", subject: "7"}
    return story.held(integration, reason, problem, **fields)


def from_ledger(first: Integration) -> Integration:
    """A second company, whose documents come from its ledger."""
    made = Integration.objects.create(
        key="nav_procore", name="Dynamics NAV ↔ Procore", project_system=first.project_system,
        ledger=Connection.objects.create(name="NAV", vendor="nav"),
    )  # fmt: skip
    made.flows.update(shadow=False)
    return made


def pages_of(record: Record) -> list[str]:
    """The overview, the causes, and the page of one of them."""
    boss = story.boss()
    return [text(boss, path) for path in ("/", CAUSES, f"/syncs/record/{record.pk}/change/")]


def test_documents_that_all_lack_a_tax_code_are_told_so_everywhere(
    integration: Integration,
) -> None:
    lacks(integration, "tax_code", Reason.MISSING_MAPPING)
    for page in pages_of(lacks(integration, "tax_code", Reason.MISSING_MAPPING)):
        assert TAX in page
        assert ACCOUNT not in page


def test_documents_of_a_ledger_are_told_what_is_to_be_done_in_theirs(
    integration: Integration,
) -> None:
    nav = from_ledger(integration)
    lacks(nav, "ledger_account", Reason.MISSING_MAPPING, flow="purchase_invoices")
    record = lacks(nav, "ledger_account", Reason.MISSING_MAPPING, flow="credit_memos")
    story.held(nav, Reason.CURRENCY, flow="purchase_invoices")
    front, causes, own = pages_of(record)
    for page in (front, causes):
        assert RULE in page
        assert "Enter it by hand in the project system and link it by its number" in page
    assert RULE in own


def test_where_they_lack_different_things_the_reason_speaks_for_all(
    integration: Integration,
) -> None:
    lacks(integration, "cost_code", Reason.MISSING_MAPPING)
    both = [{"reason": Reason.MISSING_MAPPING, "sentence": f"{name} 7 is not known.", name: "7"}
            for name in ("tax_code", "cost_code")]  # fmt: skip
    story.record(integration, state="held", reason=Reason.MISSING_MAPPING, sentence="x",
                 problems=both)  # fmt: skip
    page = text(story.boss(), CAUSES)
    assert ACCOUNT in page
    assert TAX not in page


def test_another_problem_of_the_same_document_does_not_count(integration: Integration) -> None:
    tax = {"reason": Reason.MISSING_MAPPING, "sentence": "Tax 7.", "tax_code": "7"}
    vendor = {"reason": Reason.MISSING_VENDOR, "sentence": "Vendor 7.", "vendor_id": "7"}
    story.record(integration, state="held", reason=Reason.MISSING_MAPPING, sentence="x",
                 problems=[tax, vendor])  # fmt: skip
    page = text(story.boss(), CAUSES)
    assert TAX in page
    assert ACCOUNT not in page


def test_nobody_is_sent_to_a_setting_that_no_flow_of_the_line_heeds(
    integration: Integration,
) -> None:
    [key, flow] = next(pair for pair, left in UNHEEDED.items()
                       if pair[0] == "nav_procore" and "period_rule" in left)  # fmt: skip
    nav = from_ledger(integration)
    assert key == nav.key
    front, causes, own = pages_of(story.held(nav, Reason.PERIOD_CLOSED, flow=flow))
    assert OPEN_IT in front
    assert OPEN_IT in causes
    assert OPEN_IT in own
    assert CATALOGUE[Reason.PERIOD_CLOSED].todo not in causes


def taxed() -> Document:
    """Its tax has a code of the project system's."""
    plain = story.document()
    lines = tuple(
        dataclasses.replace(line, tax=Decimal("80.00"), tax_code="CA") for line in plain.lines
    )
    return dataclasses.replace(plain, lines=lines, total=plain.total + Decimal("160.00"))


def test_the_cut_over_says_the_same(integration: Integration) -> None:
    story.mapped(integration)
    story.linked(integration)
    story.retainage(integration)
    integration.flows.update(shadow=True)
    for _ in range(2):
        story.record(integration, taxed(), state="held", reason=Reason.SHADOW, in_shadow=True)
    page = text(story.boss(), f"/syncs/flowsettings/cutover/{integration.pk}/")
    assert "Missing mapping" in page
    assert TAX in page
    assert ACCOUNT not in page
