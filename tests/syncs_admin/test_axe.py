"""What axe-core finds on our pages: nothing critical, nothing serious, light and dark, and on a
telephone."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse

from connections.companies.duty import Duty
from connections.errors import Words
from mappings.models import CostCodeMapping
from syncs.closing import close
from syncs.closing.rows import PeriodClose
from syncs.models import ControlChange, FixRequest, Record, Wording
from tests.mappings.office import SIDES, both_systems
from tests.story import stand_ins
from tests.syncs_admin import (
    months,
    story,
    test_balance_browser,
    test_contrast,
    test_landmarks,
    test_morning_browser,
    test_period_browser,
)
from tests.syncs_admin.test_browser import Visitor
from tests.syncs_admin.test_cutover import page_of
from tests.syncs_admin.test_cutover_browser import becomes, shadowed
from tests.syncs_admin.test_import_page import account_of
from tests.syncs_admin.test_undo_browser import HEAD, imports

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THEMES = ("light", "dark")
WIDE, NARROW = {"width": 1366, "height": 900}, {"width": 390, "height": 844}
ALL: dict[str, Any] = {"resultTypes": ["violations"]}
# The same page in the other theme: nothing but its colours is different.
OF_COLOUR = {**ALL, "runOnly": ["color-contrast", "link-in-text-block"]}
GRAVE = ("critical", "serious")
DAILY = {"syncs", "mappings"}
LOST, REFUSED = "/no/such/page/", "/config/heartbeat/"
TURNED = """theme => {
  document.documentElement.classList.toggle('dark', theme == 'dark');
  document.getAnimations().filter(each => each.effect.getTiming().iterations != Infinity)
    .forEach(each => each.finish());
}"""


class Examined:
    """A visitor to whose every page axe goes along, in both themes and both widths."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.found: dict[str, str] = {}

    def goes_to(self, *paths: str) -> None:
        for path in paths:
            self.visitor.goes_to(path)
            self.looks(path)

    def presses(self, kind: str, name: str) -> None:
        """And looks at the page that follows."""
        self.page.get_by_role(kind, name=name).first.click()
        self.page.wait_for_load_state("networkidle")
        self.looks(f"after {name}")

    def looks(self, name: str) -> None:
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)
            self.page.evaluate(TURNED, theme)
            self.notes(f"{name}, {theme}", ALL if theme == "light" else OF_COLOUR)
        self.page.set_viewport_size(NARROW)
        self.notes(f"{name}, {theme}, narrow", ALL)
        if (wider := self.visitor.overflow()) > 0:
            self.found.setdefault(f"{name} is {wider} pixels wider than a telephone", "narrow")
        self.page.set_viewport_size(WIDE)

    def notes(self, where: str, options: dict[str, Any]) -> None:
        for line in violations(self.page, options):
            self.found.setdefault(line, where)


def violations(page: Any, options: dict[str, Any]) -> Iterator[str]:
    """One line for each grave thing: rule, impact, where, and what axe says of it."""
    for found in Axe().run(page, options=options).response["violations"]:
        if found["impact"] in GRAVE:
            for node in found["nodes"]:
                where = " ".join(str(part) for part in node["target"])
                why = "; ".join(said["message"] for said in node["any"] + node["all"])
                yield f"{found['id']} ({found['impact']}): {where} {why}"


@pytest.fixture
def examined(page: Any, live_server: Any) -> Examined:
    return Examined(Visitor(page, live_server))


def every_tone(examined: Examined) -> None:
    examined.goes_to(*test_contrast.pages())


def daily(examined: Examined) -> None:
    """What the test of landmarks visits, and the forecast before a bulk action."""
    integration = story.company()
    story.mapped(integration)
    examined.goes_to(*test_landmarks.pages(story.unmapped(integration)))
    examined.visitor.goes_to("/syncs/record/causes/")
    examined.presses("button", "Set aside: Missing mapping")


def morning(examined: Examined) -> None:
    test_morning_browser.morning()
    examined.goes_to("/")


def month_end(examined: Examined) -> None:
    period = test_period_browser.uneven()
    month, paper = f"/syncs/period/{period.pk}/change/", f"/syncs/period/{period.pk}/print/"
    examined.goes_to("/syncs/period/", month, paper)
    close.close(period, "anna", "INV-201 is disputed.")
    Record.objects.filter(number="INV-101").update(amount=7)
    months.read(period.integration)
    examined.goes_to(month, f"/syncs/period/record/{PeriodClose.objects.get().pk}/")


def board(examined: Examined) -> None:
    """Its three steps, each filled by the board that stands there, and the board's page."""
    with stand_ins(only=SIDES) as ready:
        both_systems(ready)
        examined.goes_to("/mappings/boardlayout/setup/")
        examined.page.get_by_label("Name of the new board").fill("Payables")
        examined.presses("button", "Create the board")
        assert examined.page.get_by_label("Column for Amount").is_visible()
        examined.presses("button", "Continue: labels and preview")
        assert examined.page.get_by_label("What “Approved” means").is_visible()
        examined.presses("button", "Set the board up")
        examined.goes_to("/mappings/boardlayout/", "/mappings/statusrule/")


def undo(examined: Examined) -> None:
    """A file's preview with a wrong row, the list of imports, what an undo would do."""
    account = account_of(story.company())
    for name, note in (("march.csv", ""), ("april.csv", "April")):
        imports(examined.page, examined.visitor, f"{HEAD}77-700,*,*,{account},{note}\n", name)
    CostCodeMapping.objects.update(note="by hand")
    examined.goes_to("/mappings/takenfile/")
    examined.presses("link", "april.csv")
    examined.visitor.goes_to("/mappings/costcodemapping/import/")
    text = f"{HEAD}77-800,*,*,{account},\n77-900,*,*,no such account,\n"
    examined.page.locator('input[type="file"]').set_input_files(
        {"name": "may.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    examined.page.get_by_role("button", name="Preview").click()
    examined.page.get_by_text("no such account").first.wait_for()
    examined.looks("the preview of a file")


def cutover(examined: Examined) -> None:
    report = page_of(shadowed())
    examined.goes_to("/syncs/flowsettings/cutover/", "/syncs/record/?state__exact=shadow", report)
    examined.presses("button", "Switch all on")
    examined.presses("button", "Ask to switch on")
    change = ControlChange.objects.get()
    examined.goes_to("/syncs/controlchange/", f"/syncs/controlchange/{change.pk}/change/")


def new_integration(examined: Examined) -> None:
    integration = story.company()
    pair = f"{integration.project_system_id}/{integration.ledger_id}"
    examined.goes_to("/syncs/flowsettings/new/", f"/syncs/flowsettings/new/bc_procore/{pair}/")
    examined.page.locator('[name="name"]').fill("Keystone")
    examined.page.locator('[name="start_date"]').fill("2026-11-01")
    examined.presses("button", "Go on to the summary")


def requests(examined: Examined) -> None:
    """A clerk asks from the page of a document, a controller answers."""
    call_command("create_roles", stdout=io.StringIO())
    record = story.unmapped(story.company())
    becomes(examined.visitor, colleague("AP clerk"))
    examined.goes_to(f"/syncs/record/{record.pk}/change/")
    examined.presses("link", "Ask the Controller")
    examined.presses("button", "Ask the Controller")
    becomes(examined.visitor, colleague("Controller"))
    asked = FixRequest.objects.get()
    examined.goes_to("/", "/syncs/fixrequest/", f"/syncs/fixrequest/{asked.pk}/change/")


def roles_in_some(examined: Examined) -> None:
    """Above a page, in either way to act, and on the page on which they are given."""
    company = story.company()
    call_command("create_roles", stdout=io.StringIO())
    user = colleague("AP clerk")
    duty = Duty.objects.create(user=user)
    duty.groups.add(Group.objects.get(name="Approver"))
    duty.integrations.add(company)
    examined.goes_to("/auth/group/access/")
    becomes(examined.visitor, user)
    examined.goes_to("/", "/syncs/record/")
    examined.page.get_by_label("You act as").select_option(f"Approver in {company}")
    examined.presses("button", "Change")
    assert examined.page.get_by_text("Other companies are not shown.", exact=True).is_visible()
    examined.goes_to("/syncs/record/")


def colleague(role: str) -> User:
    user = User.objects.create_user(role, is_staff=True)
    story.sees_all(user).groups.add(Group.objects.get(name=role))
    return user


def reconciliation(examined: Examined) -> None:
    cell = test_balance_browser.many()
    examined.goes_to("/syncs/cell/", "/syncs/cell/?book=contract", f"/syncs/cell/{cell.pk}/change/")


def catalogue(examined: Examined) -> None:
    """One text answered, one not, both ways of its page, the rules."""
    record = story.unmapped(story.company())
    first, other = (Wording.note(Words("fo", "E1", said), record) for said in ("No.", "Dry."))
    Wording.objects.filter(pk=other.pk).update(reason="refused", sentence="Dig.")
    examined.goes_to("/syncs/wording/", f"/syncs/wording/{first.pk}/change/",
                     "/syncs/wording/rules/")  # fmt: skip
    becomes(examined.visitor, story.person("lena", "syncs.view_wording"))
    examined.goes_to(f"/syncs/wording/{other.pk}/change/")


def lists(examined: Examined, *apps: str) -> None:
    """Of each kind of row of these apps, as a site that has just begun has them."""
    story.company()
    for model in admin.site._registry:
        if model._meta.app_label in apps:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            examined.goes_to(reverse(name))


def lists_of_syncs(examined: Examined) -> None:
    lists(examined, "syncs")


def lists_of_mappings(examined: Examined) -> None:
    lists(examined, "mappings")
    examined.goes_to("/mappings/costcodemapping/export/", "/mappings/boardlayout/setup/")


def lists_of_others(examined: Examined) -> None:
    lists(examined, *{model._meta.app_label for model in admin.site._registry} - DAILY)
    examined.goes_to("/connections/connection/add/", "/auth/user/add/", "/auth/group/add/",
                     "/password_change/", "/digest/")  # fmt: skip


def auditor(examined: Examined) -> None:
    story.unmapped(story.company()).journal().append("noted", "Noted: webhook: Direct Costs")
    examined.goes_to("/auditor/", "/audit/entry/verify/")


def elsewhere(examined: Examined) -> None:
    """Lost, refused, and before anybody has signed in."""
    story.company()
    examined.goes_to(LOST)
    becomes(examined.visitor, story.person("clerk", "syncs.view_record"))
    examined.goes_to("/", REFUSED)
    examined.page.context.clear_cookies()
    examined.goes_to("/login/", LOST)


ROOMS = (
    every_tone, daily, morning, month_end, board, undo, cutover, new_integration, requests,
    reconciliation, auditor, roles_in_some,
    catalogue, elsewhere, lists_of_syncs, lists_of_mappings, lists_of_others,
)  # fmt: skip


@pytest.mark.parametrize("room", ROOMS, ids=[room.__name__ for room in ROOMS])
def test_nobody_is_shut_out(examined: Examined, room: Callable[[Examined], None]) -> None:
    room(examined)
    gone = [line for line in examined.visitor.complaints if line[:1] in "45"]
    assert not [line for line in gone if not line.endswith((LOST, REFUSED))]
    assert not examined.found, "\n".join(
        f"{where}: {what}" for what, where in examined.found.items()
    )
