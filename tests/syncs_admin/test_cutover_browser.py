"""From the shadow report to the switch-on in a real browser, and the pages of a new integration."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from connections.documents import Found
from connections.errors import Reason
from connections.models import Connection, Integration
from mappings.models import Reference
from syncs import tasks
from syncs.balance.rows import TypedByHand
from syncs.coding.shapes import pack_found
from syncs.cutover import likeness
from syncs.models import FlowSettings, Record, State
from tests.syncs_admin import story
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_contrast import FAINT
from tests.syncs_admin.test_cutover import APPROVER, FLOW, page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1366, 1920, 390)


@pytest.fixture
def visitor(page: Any, live_server: Any) -> Visitor:
    return Visitor(page, live_server)


@pytest.fixture
def integration() -> Integration:
    return shadowed()


def shadowed() -> Integration:
    """A new one, in shadow mode: most is complete, some lack a code, one is large, one is like."""
    found = story.company()
    found.flows.update(shadow=True)
    story.mapped(found)
    story.linked(found)
    story.retainage(found)
    FlowSettings.objects.filter(flow=FLOW).update(amount_limit=Decimal(20000))
    for _ in range(12):
        noted(found, story.document())
    for _ in range(3):
        noted(found, story.of_code(story.document(), "09-900"), reason=Reason.MISSING_MAPPING)
    noted(found, story.document(lines=40))
    noted(found, story.document(lines=5, vendor=story.LONG_VENDOR), reason=Reason.ALREADY_THERE)
    typed(found)
    likeness.look(found)
    return found


def noted(integration: Integration, source: Any, reason: Reason = Reason.SHADOW) -> Record:
    return story.record(
        integration, source, state=State.HELD, reason=reason, in_shadow=True,
        sentence=f"A sentence about {reason}.",
        problems=[{"reason": reason, "sentence": f"A sentence about {reason}."}],
    )  # fmt: skip


def typed(integration: Integration) -> None:
    found = Found("id-1", "108001", "posted", "BILL 3", "V00010", story.TODAY, Decimal("36000.00"))
    TypedByHand.objects.create(
        system=integration.ledger, kind="purchase_invoice", remote_id="id-1", number="108001",
        listed_in="2026-11", stamp="x", document=pack_found(found),
    )  # fmt: skip


def becomes(visitor: Visitor, user: User) -> None:
    """Somebody else sits down."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["sessionid"].value
    visitor.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": visitor.base}])


def test_from_the_shadow_report_to_the_switch_on(
    visitor: Visitor, integration: Integration
) -> None:
    visitor.goes_to("/syncs/flowsettings/cutover/")
    page = visitor.page
    page.get_by_role("link", name=str(integration)).first.click()
    page.wait_for_load_state("networkidle")
    report = page.locator("#report")
    assert report.get_by_text("17 documents noted in shadow mode").is_visible()
    assert report.get_by_text("$21,600.00").is_visible()
    why = page.locator("#causes")
    assert why.get_by_role("link", name="Missing mapping").is_visible()
    assert why.get_by_role("link", name="Map cost code 09-900").is_visible()
    page.get_by_label("24-017").check()
    page.get_by_role("button", name="Switch the chosen projects on").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("For 24-017: what will happen").is_visible()
    page.get_by_role("button", name="Ask to switch on").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("no effect until a second person agrees").first.is_visible()
    assert FlowSettings.objects.get(flow=FLOW).live_projects == []
    becomes(visitor, story.person("ada", *APPROVER))
    visitor.goes_to(page_of(integration))
    page.get_by_role("button", name="Agree: switch on").click()
    page.wait_for_load_state("networkidle")
    assert FlowSettings.objects.get(flow=FLOW).live_projects == ["24-017"]
    tasks.let_go()
    waits = Record.objects.filter(state=State.PENDING).count()
    assert waits == 12, "what lacks something, and what a question is open about, stays"
    assert visitor.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_fit_and_can_be_read(
    visitor: Visitor, integration: Integration, theme: str, width: int
) -> None:
    project, ledger = integration.project_system, integration.ledger
    Connection.objects.create(name="GP South", vendor="gp")
    Connection.objects.create(name="Boards", vendor="monday")
    visitor.page.add_init_script(f"localStorage.setItem('adminTheme', '\"{theme}\"')")
    pages = {
        "cutovers": "/syncs/flowsettings/cutover/", "cutover": page_of(integration),
        "shadow": "/syncs/record/?state__exact=shadow", "pairs": "/syncs/flowsettings/new/",
        "wizard": f"/syncs/flowsettings/new/bc_procore/{project.pk}/{ledger.pk}/",
        "integrations": "/connections/integration/",
    }  # fmt: skip
    for name, path in pages.items():
        visitor.goes_to(path, f"cutover-{name}-{theme}", width)
        if name not in ("shadow", "integrations"):  # the theme's own lists scroll
            assert visitor.overflow() <= 0, f"{name} is wider than {width}"
        assert visitor.page.evaluate(FAINT) == [], name
    visitor.page.goto(visitor.base + page_of(integration))
    visitor.page.get_by_role("button", name="Switch all on").click()
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.overflow() <= 0
    assert visitor.page.evaluate(FAINT) == []
    visitor.shoots(f"cutover-on-{theme}-{width}")
    assert visitor.complaints == []


def test_a_new_integration_is_made_page_by_page(visitor: Visitor) -> None:
    procore = Connection.objects.create(name="Procore Keystone", vendor="procore")
    Connection.objects.create(name="Books of Keystone", vendor="business_central")
    Reference.objects.create(
        connection=procore, kind="project", code="24-017", name="Riverside", remote_id="p1",
        seen_at=timezone.now(),
    )  # fmt: skip
    visitor.goes_to("/connections/integration/")
    page = visitor.page
    page.get_by_role("link", name="New integration").click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Procore Keystone and Books of Keystone").click()
    page.wait_for_load_state("networkidle")
    page.locator('[name="name"]').fill("Keystone")
    page.locator('[name="start_date"]').fill("2026-11-01")
    page.locator('[name="direct_costs-booking"]').select_option("invoice_draft")
    page.get_by_role("button", name="Go on to the summary").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("Purchase invoice, left as a draft").is_visible()
    visitor.shoots("wizard-summary")
    page.get_by_role("button", name="Make it, in shadow mode").click()
    page.wait_for_load_state("networkidle")
    made = Integration.objects.get()
    assert page.url.endswith(page_of(made))
    row = made.flows.get(flow="direct_costs")
    assert (row.shadow, row.booking, row.start_date) == (
        True, "invoice_draft", dt.date(2026, 11, 1),
    )  # fmt: skip
    assert visitor.complaints == []
