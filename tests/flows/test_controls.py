"""Nobody loosens a control alone: approval, limit, brake, period rule, booking."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from connections.errors import Reason
from syncs.models import Alert, ControlChange, FlowSettings, State
from tests.flows.telling import again, settled
from tests.story import Company, run_queue
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

LIST = "/syncs/flowsettings/"
CHANGES = "/syncs/controlchange/"
MAY = ("syncs.view_flowsettings", "syncs.change_flowsettings", "syncs.stop_flow",
       "syncs.view_controlchange", "syncs.agree_controlchange", "syncs.view_record",
       "syncs.approve_record", "syncs.replay_record")  # fmt: skip


@pytest.fixture
def flow(company: Company) -> FlowSettings:
    """In use: it has carried a document."""
    settled(company, "direct_costs", company.a_direct_cost("CTRL-0"))
    return company.integration.flows.get(flow="direct_costs")


def controller(name: str, *more: str) -> Client:
    return story.signed_in(story.person(name, *MAY, *more))


def save(client: Client, row: FlowSettings, **changes: Any) -> str:
    """The form as the page shows it, with these changes; and what the person is told."""
    address = f"{LIST}{row.pk}/change/"
    form = client.get(address).context["adminform"].form
    shown = {name: form.initial.get(name) for name in form.fields} | changes
    data = {name: one for name, one in shown.items() if one is not None and one is not False}
    answer = client.post(address, data, follow=True)
    assert answer.redirect_chain, answer.context["adminform"].form.errors
    return answer.content.decode()


def fresh(row: FlowSettings) -> FlowSettings:
    return FlowSettings.objects.select_related("integration").get(pk=row.pk)


def decide(client: Client, verb: str, word: str = "") -> str:
    change = ControlChange.objects.get(decision="open")
    answer = client.post(f"{CHANGES}{change.pk}/do/{verb}/", {"word": word}, follow=True)
    return answer.content.decode()


def test_who_may_not_approve_his_own_cannot_untick_the_approval(
    company: Company, flow: FlowSettings
) -> None:
    FlowSettings.objects.filter(pk=flow.pk).update(needs_approval=True)
    row = company.a_direct_cost("CTRL-1")
    record = settled(company, "direct_costs", row)
    anna, ben = controller("anna"), controller("ben")
    told = save(anna, fresh(flow), needs_approval=False)
    assert "until a second person agrees" in told
    assert fresh(flow).needs_approval
    assert Alert.objects.filter(closed_at=None, sentence__contains="anna asks").count() == 1
    assert again(company, record).reason == Reason.NEEDS_APPROVAL
    assert "somebody else must agree" in decide(anna, "agree")
    assert fresh(flow).needs_approval
    page = ben.get(f"{CHANGES}{ControlChange.objects.get().pk}/change/").content.decode()
    assert "Agree</button>" in page
    releases = "1 document that it holds ($840.50) is tried again."
    assert releases in page
    assert f"It is in effect now. {releases}" in decide(ben, "agree")
    assert not fresh(flow).needs_approval
    run_queue()
    record.refresh_from_db()
    assert record.state == State.POSTED, "two have agreed: nobody has to replay it"
    assert not Alert.objects.filter(closed_at=None, sentence__contains="anna asks").exists()
    assert again(company, record).state == State.POSTED
    actors = Entry.objects.filter(kind="person", sentence__contains="needs approval")
    assert list(actors.order_by("sequence").values_list("actor", flat=True)) == ["anna", "ben"]


LOOSER = [
    ({"needs_approval": True}, {"needs_approval": False}),
    ({"amount_limit": Decimal("1000.00")}, {"amount_limit": Decimal("5000")}),
    ({"amount_limit": Decimal("1000.00")}, {"amount_limit": None}),
    ({"period_rule": "hold"}, {"period_rule": "next_open"}),
    ({"rounding_threshold": Decimal("0.00")}, {"rounding_threshold": Decimal("5.00")}),
    ({"unstated_tax": "hold"}, {"unstated_tax": "leave_out"}),
    ({"exactly_as_sent": True}, {"exactly_as_sent": False}),
    ({"booking": "invoice_draft"}, {"booking": "invoice_posted"}),
    ({"booking": "invoice_posted"}, {"booking": "journal"}),
    ({"booking": "nothing"}, {"booking": "invoice_draft"}),
]


@pytest.mark.parametrize(("was", "becomes"), LOOSER)
def test_each_control_is_loosened_by_two_and_tightened_by_one(
    company: Company, flow: FlowSettings, was: dict[str, Any], becomes: dict[str, Any]
) -> None:
    [(name, tight)], [(_, loose)] = was.items(), becomes.items()
    FlowSettings.objects.filter(pk=flow.pk).update(**was)
    anna = controller("anna")
    save(anna, fresh(flow), every_minutes=7, **becomes)
    assert getattr(fresh(flow), name) == tight
    assert fresh(flow).every_minutes == 7, "what is no control is saved at once"
    decide(controller("ben"), "agree")
    assert getattr(fresh(flow), name) == loose
    if (name, loose) != ("booking", "journal"):
        save(anna, fresh(flow), **was)
        assert getattr(fresh(flow), name) == tight, "nobody has to agree to more caution"


def test_the_brake_is_released_by_two(company: Company, flow: FlowSettings) -> None:
    anna, ben = controller("anna"), controller("ben")
    anna.post(f"{LIST}{flow.pk}/do/stop/")
    record = settled(company, "direct_costs", company.a_direct_cost("CTRL-2"))
    anna.post(f"{LIST}{flow.pk}/do/release/")
    anna.post(LIST, {"action": "release", "_selected_action": [flow.pk]})
    assert fresh(flow).stopped
    assert ControlChange.objects.filter(decision="open").count() == 1, "one ask, pressed twice"
    assert "asked by anna" in ben.get(f"{LIST}{flow.pk}/change/").content.decode()
    decide(ben, "agree")
    assert not fresh(flow).stopped
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_what_is_refused_or_overtaken_has_no_effect(company: Company, flow: FlowSettings) -> None:
    FlowSettings.objects.filter(pk=flow.pk).update(amount_limit=Decimal("1000.00"))
    anna, ben = controller("anna"), controller("ben")
    save(anna, fresh(flow), amount_limit=Decimal("9000"))
    assert "Say why" in decide(ben, "refuse")
    decide(ben, "refuse", "Not before the audit.")
    save(anna, fresh(flow), amount_limit=Decimal("2000"))
    save(anna, fresh(flow), amount_limit=Decimal("3000"))
    FlowSettings.objects.filter(pk=flow.pk).update(amount_limit=Decimal("500.00"))
    assert "changed meanwhile" in decide(ben, "agree")
    assert fresh(flow).amount_limit == Decimal("500.00")
    ended = ControlChange.objects.order_by("pk").values_list("decision", flat=True)
    assert list(ended) == ["refused", "overtaken", "overtaken"]
    assert not Alert.objects.filter(closed_at=None, key__startswith="control:").exists()


def test_who_asked_may_take_it_back_and_who_may_not_agree_is_refused(
    company: Company, flow: FlowSettings
) -> None:
    FlowSettings.objects.filter(pk=flow.pk).update(needs_approval=True)
    anna = controller("anna")
    save(anna, fresh(flow), needs_approval=False)
    change = ControlChange.objects.get()
    looks = story.signed_in(story.person("looks", "syncs.view_controlchange"))
    for verb in ("agree", "refuse"):
        assert looks.post(f"{CHANGES}{change.pk}/do/{verb}/", {"word": "x"}).status_code == 403
    page = looks.get(f"{CHANGES}{change.pk}/change/").content.decode()
    assert "do-agree" not in page
    assert "do-refuse" not in page
    decide(anna, "refuse", "A mistake.")
    change.refresh_from_db()
    assert (change.decision, change.decided_by) == ("refused", "anna")


def test_a_flow_that_carried_nothing_yet_is_set_up_by_one(company: Company) -> None:
    row = company.integration.flows.get(flow="requisitions")
    FlowSettings.objects.filter(pk=row.pk).update(needs_approval=True)
    save(controller("anna"), fresh(row), needs_approval=False)
    assert not fresh(row).needs_approval
    assert not ControlChange.objects.exists()


def test_where_one_person_runs_it_what_was_held_stays_held(
    company: Company, flow: FlowSettings, settings: Settings
) -> None:
    settings.ONE_PERSON_OPERATION = True
    FlowSettings.objects.filter(pk=flow.pk).update(needs_approval=True)
    held = settled(company, "direct_costs", company.a_direct_cost("CTRL-3"))
    anna = controller("anna")
    save(anna, fresh(flow), needs_approval=False)
    assert not fresh(flow).needs_approval
    assert Alert.objects.filter(closed_at=None, sentence__contains="by anna alone").count() == 1
    held = again(company, held)
    assert (held.state, held.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert "still takes a person" in held.sentence
    later = settled(company, "direct_costs", company.a_direct_cost("CTRL-4"))
    assert later.state == State.POSTED
    assert held.approve("ben")
    company.the_worker_runs()
    held.refresh_from_db()
    assert held.state == State.POSTED
