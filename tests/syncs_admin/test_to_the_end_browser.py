"""From a document in the project system to the ledger's: by several people, each in his browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from audit.models import Entry
from config.rehearsal.control import call
from mappings.models import CostCodeMapping
from syncs.models import CellPart, ControlChange, FlowSettings, Record
from tests import story
from tests.flows import telling
from tests.flows.test_balance import typed_by_hand
from tests.story import Company
from tests.syncs_admin.colleague import Colleague

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLOW = "direct_costs"


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def company(ready: dict[str, Any], transactional_db: None) -> Iterator[Company]:
    call_command("create_roles", stdout=io.StringIO())
    found = story.set_up(ready)
    telling.nothing_stands(found, FLOW)
    yield found
    for facts in ready.values():
        call(facts["control_url"], "faults", method="DELETE")


class Office:
    """Everybody who takes part, and the worker between them."""

    def __init__(self, browser: Any, base: str, company: Company) -> None:
        self.browser, self.base, self.company = browser, base, company
        self.people: list[Colleague] = []

    def has(self, name: str, role: str) -> Colleague:
        colleague = Colleague(self.browser, self.base, role, name)
        self.people.append(colleague)
        return colleague

    def hears_of(self, row: dict[str, Any]) -> Record:
        record = self.company.note(FLOW, row)
        self.company.the_worker_runs()
        return record

    def closes(self) -> None:
        """Nobody met a page that is not there, or not for him."""
        for colleague in self.people:
            colleague.context.close()
            assert colleague.refused == []


@pytest.fixture
def office(browser: Any, live_server: Any, company: Company) -> Iterator[Office]:
    found = Office(browser, live_server.url, company)
    yield found
    found.closes()


def page_of(record: Record) -> str:
    return f"/syncs/record/{record.pk}/change/"


def state_on(colleague: Colleague, record: Record) -> str:
    """As his page says it."""
    colleague.goes_to(page_of(record))
    return str(colleague.page.locator(".c-headline-right .c-badge").inner_text())


def ticks(colleague: Colleague, flow: FlowSettings, approval: bool) -> str:
    """Whether documents of the flow need approval; what he is told."""
    colleague.goes_to(f"/syncs/flowsettings/{flow.pk}/change/")
    colleague.page.get_by_label("Needs approval", exact=True).set_checked(approval)
    colleague.presses("button", "Save")
    return colleague.told()


def test_who_had_it_in_hand_never_approves_it_and_a_second_person_does(office: Office) -> None:
    company = office.company
    flow = company.integration.flows.get(flow=FLOW)
    ann, ben = office.has("ann", "Controller"), office.has("ben", "Approver")
    first = office.hears_of(company.a_direct_cost("FOUR-0"))
    assert state_on(ann, first) == "Posted"
    ticks(ann, flow, approval=True)
    record = office.hears_of(company.a_direct_cost("FOUR-1", "840.50"))
    assert state_on(ann, record) == "Held"
    ann.presses("button", "Replay")
    company.the_worker_runs()

    assert state_on(ann, record) == "Held"
    assert ann.page.get_by_role("button", name="Approve", exact=True).is_disabled()
    assert "somebody else must approve it" in ann.page.locator("#approve").inner_text()
    ann.page.locator("#approve button").evaluate("button => button.disabled = false")
    ann.presses("button", "Approve")
    assert "somebody else must approve it" in ann.told()

    assert "until a second person agrees" in ticks(ann, flow, approval=False)
    change = ControlChange.objects.get()
    ann.goes_to(f"/syncs/controlchange/{change.pk}/change/")
    assert ann.page.get_by_role("button", name="Agree").count() == 0
    assert state_on(ann, record) == "Held"
    ann.presses("button", "Replay")
    company.the_worker_runs()
    assert state_on(ann, record) == "Held"
    assert company.posted_under("FOUR-1") == []

    assert state_on(ben, record) == "Held"
    assert "840.50" in ben.page.locator("#entry-lines").inner_text()
    ben.presses("button", "Approve")
    assert "it will be posted as shown" in ben.told()
    company.the_worker_runs()
    assert state_on(ben, record) == "Posted"
    [posted] = company.posted_under("FOUR-1")
    assert Decimal(posted["total"]) == Decimal("840.50")
    assert posted["number"] in ben.page.locator(".c-facts").first.inner_text()
    change.refresh_from_db()
    assert change.decision == "open", "that he approves one document loosens nothing"
    assert Entry.objects.get(record=record.pk, data__verb="approve").actor == "ben"


def test_a_clerk_asks_a_controller_maps_and_the_document_is_posted(office: Office) -> None:
    company = office.company
    code = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    known = CostCodeMapping.objects.filter(cost_type="M")[0].account
    line = company.line("99.00", code)
    record = office.hears_of(company.a_direct_cost("ASKED-1", lines=[line]))
    clerk, controller = office.has("cleo", "AP clerk"), office.has("ann", "Controller")

    assert state_on(clerk, record) == "Held"
    clerk.shot("ask-record")
    clerk.presses("link", "Ask the Controller")
    clerk.page.get_by_label("What they should know").fill("Pours of lot 7")
    clerk.shot("ask-page")
    clerk.presses("button", "Ask the Controller")
    wanted = f"Map cost code {code}"
    opens_what_is_asked(controller, wanted)
    controller.shot("ask-answer")
    controller.presses("link", wanted)
    assert controller.page.locator('[name="cost_code"]').input_value() == code
    controller.chooses("account", known)
    controller.presses("button", "Save")
    assert "Released 1 document, $99.00." in controller.told()
    assert state_on(clerk, record) == "Pending"
    controller.page.get_by_label("A word to cleo").fill("On this account from now on")
    controller.presses("button", "It is done")

    company.the_worker_runs()
    clerk.goes_to("/")
    clerk.shot("ask-answered")
    assert "On this account from now on" in clerk.page.locator("#answers").inner_text()
    assert state_on(clerk, record) == "Posted"
    [posted] = company.posted_under("ASKED-1")
    assert posted["number"] in clerk.page.locator(".c-facts").first.inner_text()
    assert telling.sums(posted)[known] == Decimal("99.00")


def opens_what_is_asked(controller: Colleague, wanted: str) -> None:
    controller.goes_to("/")
    controller.shot("ask-front")
    controller.page.locator("#asked").get_by_role("link", name=wanted).click()
    controller.page.wait_for_load_state("networkidle")


def test_what_a_bookkeeper_types_in_the_ledger_is_named_by_the_reconciliation(
    office: Office,
) -> None:
    company = office.company
    ann = office.has("ann", "Controller")
    ours = office.hears_of(company.a_direct_cost("BOTH-1", "100.00"))
    assert state_on(ann, ours) == "Posted"
    reads_again(ann, company)
    assert "Both sides agree" in ann.page.locator("#causes").inner_text()

    made = typed_by_hand(company, "TYPED-BY-HAND-1", "55.25")
    reads_again(ann, company)
    causes = ann.page.locator("#causes")
    assert "-$55.25" in causes.inner_text()
    causes.get_by_role("link", name="Typed by hand in the ledger").click()
    ann.page.wait_for_load_state("networkidle")
    ann.page.locator("#result_list tbody tr a").first.click()
    ann.page.wait_for_load_state("networkidle")
    named = ann.page.locator("#documents tr", has_text="TYPED-BY-HAND-1").inner_text()
    assert made["number"] in named
    assert "55.25" in named
    assert "Typed by hand in the ledger" in named
    assert not CellPart.objects.filter(cause="unexplained").exists()


def reads_again(colleague: Colleague, company: Company) -> None:
    colleague.goes_to("/syncs/cell/")
    colleague.presses("button", "Read again now")
    company.the_worker_runs()
    colleague.goes_to("/syncs/cell/")


def test_what_many_were_approved_for_is_followed_to_its_end(office: Office) -> None:
    company, ben = office.company, office.has("ben", "Approver")
    company.settings(FLOW, needs_approval=True)
    records = [office.hears_of(company.a_direct_cost(f"MANY-{n}")) for n in range(3)]
    ben.goes_to("/syncs/record/causes/")
    ben.page.get_by_role("button", name="Approve: Needs approval").click()
    ben.page.wait_for_load_state("networkidle")
    ben.presses("button", "Approve")
    progress = ben.page.locator("#progress")
    progress.get_by_text("0 of 3 records through; 3 wait for the worker.").wait_for()
    company.the_worker_runs()
    progress.get_by_text("3 of 3 records through (3 posted).").wait_for()
    assert [state_on(ben, record) for record in records] == ["Posted"] * 3
    ben.goes_to("/syncs/record/")
    assert progress.count() == 0, "it is over"
