"""Columns, buttons and colours that were lost: long names of systems, telephones, dark, paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.errors import Reason
from connections.models import Connection, Integration
from syncs.closing import close
from syncs.models import Record
from tests.syncs_admin import months, story
from tests.syncs_admin.test_balance_browser import many
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_period_browser import uneven
from tests.syncs_admin.test_phone_browser import CUT
from tests.syncs_admin.test_wide_browser import WIDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = 390
LONG_NAME = "Business Central of the southern company (live)"
# Buttons of which a part lies beside the window or behind an edge of a box.
CLIPPED = """() => [...document.querySelectorAll('main button, main .c-button, #content button')]
  .filter(e => e.checkVisibility())
  .filter(e => {
    const mine = e.getBoundingClientRect();
    let right = document.documentElement.clientWidth;
    for (let box = e.parentElement; box !== document.body; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== 'visible')
        right = Math.min(right, box.getBoundingClientRect().right);
    return mine.right > right + 1;
  }).map(e => e.innerText)"""
LINES = """e => {
  const range = document.createRange();
  range.selectNodeContents(e);
  return new Set([...range.getClientRects()].map(one => Math.round(one.top))).size;
}"""


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def two() -> list[Integration]:
    """With the names that people give to systems."""
    first = story.company()
    Connection.objects.filter(pk=first.ledger_id).update(name=LONG_NAME)
    Connection.objects.filter(pk=first.project_system_id).update(name=f"Procore, {LONG_NAME}")
    other = Integration.objects.create(
        key="nav_procore", name="Dynamics NAV ↔ Procore", project_system=first.project_system,
        ledger=Connection.objects.create(name="NAV", vendor="nav"),
    )  # fmt: skip
    return [first, other]


def unmapped(integration: Integration) -> None:
    for place in range(3):
        problem = {
            "reason": Reason.MISSING_MAPPING, "cost_code": f"27-{place}00", "cost_type": "S",
            "project": "24-017", "amount": "48200.00",
            "sentence": "Cost code 27-500 Distributed Communications has no account.",
        }  # fmt: skip
        for flow in ("subcontracts", "requisitions"):
            story.held(integration, Reason.MISSING_MAPPING, problem, coded={}, flow=flow,
                       amount="48200.00", currency="CAD" if place == 2 else "")  # fmt: skip


@pytest.mark.parametrize("width", [1366, 1920])
def test_why_two_sides_differ_is_in_sight(visitor: Visitor, width: int) -> None:
    cell = many()
    two_names = {"ledger": LONG_NAME, "project_system": f"Procore, {LONG_NAME}"}
    for side, name in two_names.items():
        Connection.objects.filter(pk=getattr(cell.integration, f"{side}_id")).update(name=name)
    visitor.goes_to(f"/syncs/cell/{cell.pk}/change/", "cell-long-names", width)
    assert visitor.page.evaluate(WIDER) == []
    assert visitor.overflow() <= 0


@pytest.mark.parametrize("width", [1366, 1920])
def test_what_is_not_mapped_names_its_company_on_two_lines_at_most(
    visitor: Visitor, width: int
) -> None:
    for one in two():
        unmapped(one)
    visitor.goes_to("/mappings/costcodemapping/unmapped/", "unmapped-two", width)
    shown = visitor.page.locator(".mapping-table td[data-title=Integration]")
    assert shown.count() >= 6
    assert max(one.evaluate(LINES) for one in shown.all()) <= 2
    assert visitor.page.evaluate(WIDER) == []


def test_what_a_new_integration_chooses_is_in_sight_on_a_telephone(visitor: Visitor) -> None:
    project = Connection.objects.create(name="Procore", vendor="procore", test_ok=True)
    ledger = Connection.objects.create(name="BC", vendor="business_central", test_ok=True)
    path = f"/syncs/flowsettings/new/bc_procore/{project.pk}/{ledger.pk}/"
    visitor.goes_to(path, "wizard-phone", PHONE)
    assert visitor.page.locator("#wizard-flows select").count() > 5
    assert visitor.page.evaluate(WIDER) == []
    assert visitor.overflow() <= 0


def test_no_button_and_no_amount_is_clipped_on_a_telephone(visitor: Visitor) -> None:
    for one in two():
        unmapped(one)
    for path in ("/syncs/record/causes/", "/mappings/costcodemapping/unmapped/"):
        visitor.goes_to(path, f"clipped-{path.strip('/').replace('/', '-')}", PHONE)
        assert visitor.page.evaluate(CLIPPED) == [], path
        assert visitor.page.evaluate(CUT) == [], path
        assert visitor.overflow() <= 0
    assert visitor.page.get_by_text("commitments").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_panel_that_warns_has_its_colour(visitor: Visitor, scheme: Any) -> None:
    period = uneven()
    close.close(period, "anna", "INV-201 is disputed.")
    Record.objects.filter(number="INV-101").update(amount=Decimal("7.00"))
    months.read(period.integration)
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.goes_to(f"/syncs/period/{period.pk}/change/", f"since-{scheme}")
    edge, ground = (
        visitor.page.locator("#since").evaluate(f"e => getComputedStyle(e).{name}")
        for name in ("borderTopColor", "backgroundColor")
    )
    plain = visitor.page.locator("#names").evaluate("e => getComputedStyle(e).borderTopColor")
    assert edge != plain
    red, green, blue = visitor.page.evaluate(RGB, edge)
    assert red > green > blue, "orange"
    red, green, blue = visitor.page.evaluate(RGB, ground)
    assert red > blue


RGB = """colour => {
  const pen = document.createElement('canvas').getContext('2d');
  pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def test_on_paper_sums_alone_are_bold(visitor: Visitor) -> None:
    period = uneven()
    visitor.goes_to(f"/syncs/period/{period.pk}/print/")
    weight = "all => all.map(e => parseInt(getComputedStyle(e).fontWeight))"
    parts = visitor.page.locator(".c-account td b, #sides td .c-badge").evaluate_all(weight)
    sums = visitor.page.locator(".c-account .c-total-row b, #sides .c-group th").evaluate_all(
        weight
    )
    assert parts
    assert sums
    assert max(parts) < 600 <= min(sums)
