"""On a telephone: looked up, understood and approved, with every amount in sight."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import Reason
from syncs.models import Record, State
from tests.syncs_admin import (
    story,
    test_balance_browser,
    test_morning_browser,
    test_period_browser,
)
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_cutover import page_of
from tests.syncs_admin.test_cutover_browser import becomes, shadowed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = 390
# Every sum that is written on the page, and lies beside the window or behind an edge of its box.
CUT = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walk.nextNode();) {
    const e = node.parentElement;
    if (!/\\d\\.\\d\\d/.test(node.data) || !e.checkVisibility({visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    let left = 0, right = document.documentElement.clientWidth;
    for (let box = e; box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX === 'visible') continue;
      const edge = box.getBoundingClientRect();
      [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
    }
    for (const one of range.getClientRects())
      if (one.left < left - 1 || one.right > right + 1) found.push(node.data.trim());
  }
  return found;
}"""

# What each cell that is seen is called there, and what it says.
NAMED = """table => [...table.querySelectorAll('[data-title]')].filter(e => e.checkVisibility())
    .map(e => [e.dataset.title, e.innerText.trim()])"""


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


def in_sight(visitor: Visitor, name: str, path: str) -> None:
    visitor.goes_to(path, f"phone-{name}", PHONE)
    assert visitor.overflow() <= 0, f"{name} is wider than {PHONE}"
    assert visitor.page.evaluate(CUT) == [], name


def height(visitor: Visitor) -> int:
    return int(visitor.page.evaluate("document.documentElement.scrollHeight"))


def presses(visitor: Visitor, kind: str, name: str) -> None:
    visitor.page.get_by_role(kind, name=name, exact=True).click()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.overflow() <= 0
    assert visitor.page.evaluate(CUT) == [], f"after {name}"


@pytest.fixture
def waits() -> Record:
    """One that needs approval, below many large ones that lack a code."""
    integration = story.company()
    for number in range(49):
        story.unmapped(integration, amount=1_234_567 * number, vendor_name=story.LONG_VENDOR)
    return story.held(integration, Reason.NEEDS_APPROVAL, amount=1800)


def test_a_document_is_found_read_and_approved(visitor: Visitor, waits: Record) -> None:
    in_sight(visitor, "records", "/syncs/record/")
    assert visitor.page.locator("#result_list tr.data-row").count() == 50
    assert height(visitor) < 50 * 130, "each of them is a few lines"
    in_sight(visitor, "held", "/syncs/record/?state__exact=held")
    presses(visitor, "link", waits.number)
    entry = visitor.page.locator("#entry-lines")
    shown = [facts for facts in entry.evaluate(NAMED) if facts[0] in ("Debit", "Credit")]
    assert shown == [
        ["Debit", "$1,000.00"], ["Debit", "$1,000.00"], ["Credit", "$200.00"],
        ["Credit", "$1,800.00"],
        ["Debit", "$2,000.00"], ["Credit", "$2,000.00"],
    ]  # fmt: skip
    presses(visitor, "button", "Approve")
    waits.refresh_from_db()
    assert waits.state == State.PENDING
    assert visitor.complaints == []


def test_a_cause_is_read_and_approved_at_once(visitor: Visitor, waits: Record) -> None:
    in_sight(visitor, "causes", "/syncs/record/causes/")
    visitor.page.get_by_role("button", name="Approve: Needs approval").click()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.page.locator("table").get_by_text("1,800.00").is_visible()
    presses(visitor, "button", "Approve")
    waits.refresh_from_db()
    assert waits.state == State.PENDING
    assert visitor.complaints == []


def test_every_sum_of_a_month_lies_in_the_window(visitor: Visitor) -> None:
    period = test_period_browser.uneven()
    in_sight(visitor, "month", f"/syncs/period/{period.pk}/change/")
    shown = {name for name, _ in visitor.page.locator("#account").evaluate(NAMED)}
    assert shown == {"Came", "Posted", "Held", "Skipped by a rule", "Set aside", "Adds up"}
    in_sight(visitor, "months", "/syncs/period/")
    assert visitor.complaints == []


def test_every_sum_of_both_sides_lies_in_the_window(visitor: Visitor) -> None:
    cell = test_balance_browser.many()
    in_sight(visitor, "balance", "/syncs/cell/")
    in_sight(visitor, "cell", f"/syncs/cell/{cell.pk}/change/")
    assert visitor.complaints == []


def test_the_morning_begins_on_the_way(visitor: Visitor) -> None:
    test_morning_browser.morning()
    for name, path in {
        "front": "/", "unmapped": "/mappings/costcodemapping/unmapped/", "alerts": "/syncs/alert/",
    }.items():  # fmt: skip
        in_sight(visitor, name, path)
    becomes(visitor, story.person("looks", "syncs.view_record", "syncs.view_flowsettings"))
    in_sight(visitor, "front-of-others", "/")
    assert visitor.page.locator("#held").is_visible()
    for each in visitor.page.locator("summary").all():
        each.click()
    assert visitor.page.evaluate(CUT) == [], "unfolded"
    assert visitor.complaints == []


def test_every_sum_of_a_cut_over_lies_in_the_window(visitor: Visitor) -> None:
    report = page_of(shadowed())
    in_sight(visitor, "cutover", report)
    presses(visitor, "button", "Switch all on …")
    assert visitor.complaints == []
