"""Shadow mode apart from daily work, its report, the switch-on by two, and the way back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from audit.models import Entry
from connections.errors import Reason
from connections.models import Integration
from syncs import sums, tasks
from syncs.admin import figures
from syncs.balance import causes
from syncs.balance.rows import Cause
from syncs.models import ControlChange, FlowSettings, Record, Run, State
from syncs.morning.needs import held_rows
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
FLOW = "requisitions"
CONTROLLER = ("syncs.view_record", "syncs.view_flowsettings", "syncs.change_flowsettings")
APPROVER = ("syncs.view_record", "syncs.view_flowsettings", "syncs.view_controlchange",
            "syncs.agree_controlchange")  # fmt: skip


@pytest.fixture
def integration() -> Integration:
    """In shadow mode; everything that its documents need is mapped."""
    found = story.company()
    found.flows.update(shadow=True)
    story.mapped(found)
    story.linked(found)
    story.retainage(found)
    return found


def in_shadow(integration: Integration, count: int = 1, **fields: Any) -> list[Record]:
    return [story.held(integration, Reason.SHADOW, in_shadow=True, **fields) for _ in range(count)]


def controller(name: str = "carla") -> Client:
    return story.signed_in(story.person(name, *CONTROLLER))


def approver(name: str = "ada") -> Client:
    return story.signed_in(story.person(name, *APPROVER))


def page_of(integration: Integration, verb: str = "") -> str:
    return f"/syncs/flowsettings/cutover/{integration.pk}/{verb}"


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_a_report_before_the_first_poll_says_that_it_knows_nothing(
    integration: Integration,
) -> None:
    client = controller()
    assert "not polled yet" in text(client.get(page_of(integration)))
    for row in integration.flows.all():
        Run.objects.create(integration=integration, flow=row.flow, kind="poll", ok=True)
    assert "not polled yet" not in text(client.get(page_of(integration)))


# -- apart from daily work ------------------------------------------------------------------------


def test_what_a_flow_in_shadow_mode_holds_is_not_held(integration: Integration) -> None:
    in_shadow(integration, 3)
    story.unmapped(integration, in_shadow=True)
    integration.flows.filter(flow="direct_costs").update(shadow=False)
    mine = story.unmapped(integration, flow="direct_costs")
    client = story.boss()
    shown = client.get("/syncs/record/", {"state__exact": "held"}).context["cl"]
    assert [row.pk for row in shown.queryset] == [mine.pk]
    causes = client.get("/syncs/record/causes/").context["causes"]
    assert sum(cause.documents for cause in causes) == 1
    assert figures.capped(State.HELD) == 1
    assert sum(row["documents"] for row in held_rows()) == 1
    apart = client.get("/syncs/record/", {"state__exact": "shadow"})
    assert apart.context["cl"].result_count == 4
    assert "Shadow" in text(apart)


def test_the_kept_sums_tell_shadow_from_held(integration: Integration) -> None:
    in_shadow(integration, 2)
    story.unmapped(integration, flow="direct_costs")
    told = sums.read(sums.ask())
    counted = {row["state"]: row["documents"] for row in told.rows}
    assert counted == {"shadow": 2, "held": 1}
    line = story.boss().get("/syncs/record/sum/", {"state__exact": "shadow"})
    assert "2 documents" in text(line)


def test_a_record_is_marked_when_it_is_held(integration: Integration) -> None:
    record = story.record(integration)
    [row] = Record.objects.claim([record.pk])
    row.hold(Reason.MISSING_MAPPING, "No account.")
    record.refresh_from_db()
    assert record.in_shadow
    assert record.state_shown == "Shadow"
    FlowSettings.objects.update(live_projects=["24-017"])
    record.replay("anna")
    [row] = Record.objects.claim([record.pk])
    row.hold(Reason.MISSING_MAPPING, "No account.")
    record.refresh_from_db()
    assert not record.in_shadow, "its project is switched on"


def test_what_stands_in_the_ledger_is_no_shadow(integration: Integration) -> None:
    """It was posted before the way back: that it changed is somebody's work."""
    record = story.differing(integration, destination_number="PI-1", destination_id="x")
    record.replay("anna")
    [row] = Record.objects.claim([record.pk])
    row.hold(Reason.CHANGED_AFTER_POSTING, "It changed.")
    record.refresh_from_db()
    assert not record.in_shadow


def test_the_reconciliation_calls_it_not_yet_sent(integration: Integration) -> None:
    [record] = in_shadow(integration)
    why = causes.of([record])
    assert (why.cause, why.sentence[:7]) == (Cause.NOT_SENT, "Shadow:")
    mine = story.unmapped(integration, flow="direct_costs")
    assert causes.of([mine]).cause == Cause.HELD


def test_a_flow_that_is_on_for_some_projects_says_so(integration: Integration) -> None:
    FlowSettings.objects.filter(flow=FLOW).update(live_projects=["24-017", "24-018"])
    page = text(controller().get("/syncs/flowsettings/"))
    assert "Shadow, but on for 2 projects" in page


# -- the report -----------------------------------------------------------------------------------


def test_the_report_says_what_would_be_posted_and_why_the_rest_would_be_held(
    integration: Integration,
) -> None:
    in_shadow(integration, 4)
    FlowSettings.objects.filter(flow=FLOW).update(amount_limit=Decimal(2000))
    large = story.record(
        integration, story.document(lines=3), state=State.HELD, reason=Reason.SHADOW, in_shadow=True
    )
    page = controller().get(page_of(integration))
    whole = page.context["figures"]
    assert whole.tried == 5
    assert whole.written.documents == 4
    assert [(cause.label, cause.group.documents) for cause in page.context["causes"]] == [
        ("Over the amount limit", 1)
    ]
    assert "$7,200.00" in text(page)
    assert page.context["causes"][0].group.shown.record == large.pk
    [line] = page.context["projects"]
    assert (line.name, line.figures.written.documents, line.held) == ("24-017", 4, 1)


def test_the_report_brings_the_fix(integration: Integration) -> None:
    in_shadow(integration)
    integration.costcodemapping_set.all().delete()
    page = controller().get(page_of(integration))
    [cause] = page.context["causes"]
    assert cause.label == "Missing mapping"
    assert "cost_code=03-300" in cause.fix.url
    assert cause.fix.url.replace("&", "&amp;") in page.content.decode()


def test_too_many_are_sampled_and_that_is_said(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncs.cutover.report.MOST_TRIED", 3)
    in_shadow(integration, 7)
    page = controller().get(page_of(integration))
    assert page.context["told"].tried == 3
    assert "Worked out for 3 of 7 documents" in text(page)


# -- switching on ---------------------------------------------------------------------------------


def switch(client: Client, integration: Integration, **data: Any) -> Any:
    return client.post(page_of(integration, "on/"), {"what": "all", **data}, follow=True)


def test_it_asks_once_with_the_figures_and_changes_nothing_before(
    integration: Integration,
) -> None:
    in_shadow(integration, 2)
    page = switch(controller(), integration)
    assert "$3,600.00" in text(page)
    assert not ControlChange.objects.exists()
    assert FlowSettings.objects.get(flow=FLOW).shadow


def test_a_flow_in_use_is_switched_on_by_two_and_what_it_held_goes_on(
    integration: Integration,
) -> None:
    waiting, other = in_shadow(integration, 2), story.unmapped(integration, in_shadow=True)
    client = controller()
    said = text(switch(client, integration, confirmed="1"))
    assert "no effect until a second person agrees" in said
    assert FlowSettings.objects.get(flow=FLOW).shadow
    assert client.post(page_of(integration, "agree/")).status_code == 403
    said = text(approver().post(page_of(integration, "agree/"), follow=True))
    assert "switched on" in said
    assert not FlowSettings.objects.get(flow=FLOW).shadow
    tasks.let_go()
    states = [Record.objects.get(pk=row.pk).state for row in [*waiting, other]]
    assert states == [State.PENDING, State.PENDING, State.HELD]
    other.refresh_from_db()
    assert not other.in_shadow, "what lacks something is somebody's work now"
    lines = Entry.objects.filter(kind="person", flow=FLOW).values_list("sentence", flat=True)
    assert any("yes → no" in line for line in lines)


def test_nobody_agrees_to_what_he_asked_for(integration: Integration) -> None:
    in_shadow(integration)
    both = story.signed_in(story.person("bo", *CONTROLLER, *APPROVER[2:]))
    switch(both, integration, confirmed="1")
    assert "somebody else must agree" in text(
        both.post(page_of(integration, "agree/"), follow=True)
    )
    assert FlowSettings.objects.get(flow=FLOW).shadow


def test_flows_without_a_document_are_on_at_once(integration: Integration) -> None:
    in_shadow(integration)
    switch(controller(), integration, confirmed="1")
    assert not FlowSettings.objects.get(flow="direct_costs").shadow
    assert list(ControlChange.objects.values_list("settings__flow", flat=True)) == [FLOW]


@override_settings(ONE_PERSON_OPERATION=True)
def test_with_one_person_it_is_done_at_once(integration: Integration) -> None:
    [record] = in_shadow(integration)
    switch(controller(), integration, confirmed="1")
    assert not FlowSettings.objects.get(flow=FLOW).shadow
    tasks.let_go()
    record.refresh_from_db()
    assert record.state == State.PENDING


def test_one_project_is_switched_on_and_the_others_stay(integration: Integration) -> None:
    [first], [second] = in_shadow(integration), in_shadow(integration, project="24-018")
    client = controller()
    asked = {"what": "chosen", "project": ["24-018", "no such"], "confirmed": "1"}
    client.post(page_of(integration, "on/"), asked)
    approver().post(page_of(integration, "agree/"))
    row = FlowSettings.objects.get(flow=FLOW)
    assert (row.shadow, row.live_projects) == (True, ["24-018"])
    assert not FlowSettings.objects.get(flow="vendors").shadow, "it is of no project"
    tasks.let_go()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.in_shadow) == (State.HELD, True)
    assert second.state == State.PENDING


def test_nothing_chosen_changes_nothing(integration: Integration) -> None:
    in_shadow(integration)
    said = text(controller().post(page_of(integration, "on/"), {"what": "chosen"}, follow=True))
    assert "at least one project" in said
    assert not ControlChange.objects.exists()


def test_the_way_back_needs_one_person_and_leaves_alone_what_stands(
    integration: Integration,
) -> None:
    integration.flows.update(shadow=False)
    posted, held = story.posted(integration), story.unmapped(integration)
    said = text(controller().post(page_of(integration, "back/"), follow=True))
    assert "back in shadow mode" in said
    assert "1 document posted before stand" in said
    assert set(integration.flows.values_list("shadow", flat=True)) == {True}
    posted.refresh_from_db()
    held.refresh_from_db()
    assert (posted.state, held.in_shadow) == (State.POSTED, True)


def test_unticking_shadow_mode_on_the_flows_own_form_takes_two_as_well(
    integration: Integration,
) -> None:
    in_shadow(integration)
    row = FlowSettings.objects.get(flow=FLOW)
    client, address = controller(), f"/syncs/flowsettings/{row.pk}/change/"
    form = client.get(address).context["adminform"].form
    shown = {name: form.initial.get(name) for name in form.fields} | {"shadow": False}
    data = {name: one for name, one in shown.items() if one is not None and one is not False}
    answer = client.post(address, data, follow=True)
    assert answer.redirect_chain, answer.context["adminform"].form.errors
    row.refresh_from_db()
    assert row.shadow
    assert ControlChange.objects.get().field == "shadow"


@pytest.mark.parametrize("verb", ["on/", "agree/", "back/"])
def test_who_may_only_look_changes_nothing(integration: Integration, verb: str) -> None:
    client = story.signed_in(story.person("eve", "syncs.view_flowsettings"))
    assert client.get(page_of(integration)).status_code == 200
    assert client.get(page_of(integration, verb)).status_code == 405
    assert client.post(page_of(integration, verb), {"what": "all"}).status_code == 403


def test_without_the_view_permission_there_is_nothing_to_see(integration: Integration) -> None:
    client = story.signed_in(story.person("eve", "syncs.view_record"))
    assert client.get(page_of(integration)).status_code == 403
    assert client.get("/syncs/flowsettings/cutover/").status_code == 403


def test_the_overview_lists_each_integration(integration: Integration) -> None:
    in_shadow(integration, 2)
    client = story.signed_in(User.objects.create_superuser("root", password="x"))
    page = client.get("/syncs/flowsettings/cutover/")
    [row] = page.context["rows"]
    assert (row["documents"], len(row["flows"])) == (2, row["of"])
