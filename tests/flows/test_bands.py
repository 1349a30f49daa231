"""Who approves goes by the amount: nobody, one person, one with a higher right, two persons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from connections.errors import Reason
from syncs.controls import bands
from syncs.models import ControlChange, FlowSettings, Record, State
from tests.flows.correcting import changed, children, cost, difference_posted
from tests.flows.telling import again, settled
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"
SEES = ("syncs.view_record", "syncs.approve_record", "syncs.replay_record", "syncs.add_fixrequest")
BY_AMOUNT: list[dict[str, Any]] = [
    {"up_to": "1000.00", "who": "nobody"},
    {"up_to": "25000.00", "who": "one"},
    {"up_to": None, "who": "two"},
]
HIGHER = [{"up_to": "1000.00", "who": "one"}, {"up_to": None, "who": "higher"}]


def approved_by_amount(company: Company, stored: Any = BY_AMOUNT, flow: str = FLOW) -> None:
    company.settings(flow, needs_approval=True, approval_bands=stored)


def approver(name: str, *more: str) -> Client:
    return story.signed_in(story.person(name, *SEES, *more))


def has(company: Company, number: str, amount: str) -> Record:
    return settled(company, FLOW, company.a_direct_cost(number, amount))


def press(client: Client, record: Record) -> str:
    return str(story.press(client, record, "approve").content.decode())


def now(company: Company, record: Record) -> Record:
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def for_me(client: Client) -> int:
    return int(client.get("/syncs/record/?approval=for_me").context["cl"].queryset.count())


# -- by amount ------------------------------------------------------------------------------------


def test_what_is_small_is_posted_and_so_is_a_small_credit(company: Company) -> None:
    approved_by_amount(company)
    assert has(company, "BAND-1", "1000.00").state == State.POSTED
    assert has(company, "BAND-2", "-999.99").state == State.POSTED
    credit = has(company, "BAND-3", "-1000.01")
    assert (credit.state, credit.reason) == (State.HELD, Reason.NEEDS_APPROVAL)
    assert "1,000.01 is above 1,000.00: one person has to approve" in credit.sentence


def test_one_person_approves_the_middle_band_and_not_who_had_it_in_hand(company: Company) -> None:
    approved_by_amount(company)
    record = again(company, has(company, "BAND-4", "12000.00"))
    anna, ben = approver("anna"), approver("ben")
    assert "somebody else must approve" in press(anna, record)
    assert "it will be posted as shown" in press(ben, record)
    assert now(company, record).state == State.POSTED, record.sentence
    assert record.approved_by == "ben"


def test_above_it_takes_two_persons(company: Company) -> None:
    approved_by_amount(company)
    record = has(company, "BAND-5", "38000.00")
    assert "38,000.00 is above 25,000.00: two persons have to approve" in record.sentence
    ben, cora = approver("ben"), approver("cora")
    page = ben.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Who has to approve it: two persons." in page
    assert "once another person has approved it, too" in press(ben, record)
    record = now(company, record)
    assert (record.state, company.posted_under("BAND-5")) == (State.HELD, [])
    assert "ben has approved it already" in press(ben, record)
    assert not record.approve("ben")
    assert (for_me(ben), for_me(cora)) == (0, 1)
    page = cora.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "Approved by ben; it takes another person, too." in page
    assert "it will be posted as shown" in press(cora, record)
    assert now(company, record).state == State.POSTED, record.sentence
    assert record.approved_by == "ben, cora"
    told = Entry.objects.filter(record=record.pk, data__verb="approve").order_by("sequence")
    assert list(told.values_list("actor", flat=True)) == ["ben", "cora"]


def test_the_first_approval_is_of_exactly_that_content(company: Company) -> None:
    approved_by_amount(company)
    row = company.a_direct_cost("BAND-6", "38000.00")
    record = settled(company, FLOW, row)
    assert record.approve("ben")
    company.procore_changes(FLOW, row, lines=[company.line("39000.00")])
    record = settled(company, FLOW, row)
    assert record.approve("cora")
    assert now(company, record).state == State.HELD, "ben has not seen this one"
    assert record.approve("ben")
    assert now(company, record).state == State.POSTED


def test_two_at_the_same_time_are_two(company: Company) -> None:
    approved_by_amount(company)
    record = has(company, "BAND-7", "38000.00")
    same = Record.objects.get(pk=record.pk)
    assert record.approve("ben")
    assert same.approve("cora")
    assert now(company, record).state == State.POSTED


def test_the_higher_right_is_asked_for_where_it_lacks(company: Company) -> None:
    approved_by_amount(company, HIGHER)
    record = has(company, "BAND-8", "1000.01")
    ben, cora = approver("ben"), approver("cora", bands.HIGHER_RIGHT)
    page = ben.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "It takes the right to approve large documents." in page
    assert "Ask an administrator" in page
    assert "It takes the right" in press(ben, record)
    assert not record.approve("ben")
    assert (for_me(ben), for_me(cora)) == (0, 1)
    press(cora, record)
    assert now(company, record).state == State.POSTED, record.sentence


def test_a_tighter_band_holds_what_one_person_approved(company: Company) -> None:
    approved_by_amount(company, [{"up_to": None, "who": "one"}])
    record = has(company, "BAND-9", "38000.00")
    assert record.approve("ben")
    approved_by_amount(company)
    assert now(company, record).state == State.HELD
    assert record.approve("cora")
    assert now(company, record).state == State.POSTED, record.sentence


def test_the_bands_are_switched_by_needs_approval(company: Company) -> None:
    company.settings(FLOW, needs_approval=False, approval_bands=BY_AMOUNT)
    assert has(company, "BAND-10", "38000.00").state == State.POSTED


def test_a_difference_counts_as_much_as_its_whole_document(company: Company) -> None:
    row = cost(company, "BAND-11", "30000.00")
    approved_by_amount(company)
    difference_posted(company, changed(company, row, amount="30500.00"))
    record = Record.objects.get(number="BAND-11", revision=1)
    (child,) = children(record)
    assert child.amount == Decimal("500.00")
    assert "30,500.00 is above 25,000.00: two persons" in child.sentence
    changed(company, row, amount="100.00")
    child.refresh_from_db()
    assert child.amount == Decimal("-29900.00")
    assert "29,900.00 is above 25,000.00: two persons" in child.sentence, "the larger of both"


def test_an_amount_that_is_not_known_counts_as_the_largest() -> None:
    band = bands.band_of(BY_AMOUNT, None)
    assert band.who == bands.Who.TWO
    assert "is not known" in band.why(None)
    assert "two persons have to approve" in band.why(None)


def test_what_has_no_amount_knows_no_bands(company: Company) -> None:
    """One person approves a vendor, whatever bands somebody stored for it."""
    from tests.flows.test_vendors import ledger_has, sent

    approved_by_amount(company, flow="vendors")
    (record,) = sent(company, ledger_has(company, "Bands & Sons"))
    assert (record.state, record.reason) == (State.HELD, Reason.NEEDS_APPROVAL), record.sentence
    assert record.sentence.startswith("A second person has to approve vendor")


def test_many_at_once_take_only_those_that_the_person_may_approve(company: Company) -> None:
    approved_by_amount(company)
    rows = [has(company, f"BAND-1{n}", amount) for n, amount in
            ((2, "2000.00"), (3, "3000.00"), (4, "26000.00"), (5, "27000.00"))]  # fmt: skip
    assert rows[3].approve("ben")
    again(company, rows[0])
    anna, ben = approver("anna"), approver("ben")
    asked = {"action": "approve", "_selected_action": [row.pk for row in rows]}
    page = anna.post("/syncs/record/", asked).content.decode()
    assert "1: anna had it in hand last" in page
    page = ben.post("/syncs/record/", asked).content.decode()
    assert "1: ben has approved it already" in page
    assert "1 record of them wait for another person, too." in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    page = ben.post(
        "/syncs/record/", {**asked, "confirmed": "1", "seen": seen}, follow=True
    ).content.decode()
    assert "Approve: 3 records." in page
    assert "1 record left as they were: ben has approved it already" in page
    company.the_worker_runs()
    states = [Record.objects.get(pk=row.pk).state for row in rows]
    assert states == [State.POSTED, State.POSTED, State.HELD, State.HELD]


# -- the bands themselves -------------------------------------------------------------------------


def saved(client: Client, company: Company, **changes: Any) -> str:
    """The form as the page shows it, part for part."""
    row = company.integration.flows.get(flow=FLOW)
    address = f"/syncs/flowsettings/{row.pk}/change/"
    form = client.get(address).context["adminform"].form
    shown = {name: form.initial.get(name) for name in form.fields}
    parts = shown.pop("approval_bands")
    shown |= {f"approval_bands_{place}": one for place, one in enumerate(parts)} | changes
    data = {name: one for name, one in shown.items() if one is not None and one is not False}
    return client.post(address, data, follow=True).content.decode()


def controller(name: str) -> Client:
    return story.signed_in(story.person(
        name, "syncs.view_flowsettings", "syncs.change_flowsettings",
        "syncs.view_controlchange", "syncs.agree_controlchange",
    ))  # fmt: skip


def kept(company: Company) -> Any:
    return company.integration.flows.get(flow=FLOW).approval_bands


def test_a_band_is_loosened_by_two_and_tightened_by_one(company: Company) -> None:
    approved_by_amount(company)
    held = has(company, "BAND-20", "38000.00")
    anna, ben = controller("anna"), controller("ben")
    told = saved(anna, company, approval_bands_2="40000")
    assert "until a second person agrees" in told
    assert "up to 25,000.00: one person" in told
    assert "up to 40,000.00: one person" in told
    assert kept(company) == BY_AMOUNT
    assert again(company, held).state == State.HELD
    change = ControlChange.objects.get()
    ben.post(f"/syncs/controlchange/{change.pk}/do/agree/")
    assert kept(company)[1] == {"up_to": "40000.00", "who": "one"}
    saved(anna, company, approval_bands_2="25000")
    assert kept(company) == BY_AMOUNT, "nobody has to agree to more caution"
    line = Entry.objects.filter(sentence__contains="settings changed").latest("sequence")
    assert "up to 40,000.00: one person; above that: two persons → up to 1,000.00" in line.sentence
    assert "No changes" not in saved(anna, company)
    assert ControlChange.objects.count() == 1, "saved as it stands it asks for nothing"


def test_where_one_person_loosens_it_what_took_two_takes_two(
    company: Company, settings: Settings
) -> None:
    settings.ONE_PERSON_OPERATION = True
    approved_by_amount(company)
    held = has(company, "BAND-21", "38000.00")
    saved(controller("anna"), company, approval_bands_6="one")
    assert kept(company)[2] == {"up_to": None, "who": "one"}
    held = again(company, held)
    assert "still takes two persons to approve" in held.sentence
    assert held.approve("ben")
    assert now(company, held).state == State.HELD
    assert held.approve("cora")
    assert now(company, held).state == State.POSTED, held.sentence


@pytest.mark.parametrize(
    ("was", "becomes", "loosens"),
    [
        ([], [{"up_to": "10.00", "who": "nobody"}, {"up_to": None, "who": "one"}], True),
        ([], [{"up_to": "10.00", "who": "one"}, {"up_to": None, "who": "two"}], False),
        (BY_AMOUNT, [], True),
        (BY_AMOUNT, BY_AMOUNT, False),
        ([{"up_to": None, "who": "two"}], [{"up_to": None, "who": "higher"}], True),
        ([{"up_to": None, "who": "higher"}], [{"up_to": None, "who": "two"}], True),
        (BY_AMOUNT, [{**BY_AMOUNT[0], "up_to": "999.00"}, *BY_AMOUNT[1:]], False),
        (BY_AMOUNT, [{**BY_AMOUNT[0], "up_to": "1000.01"}, *BY_AMOUNT[1:]], True),
    ],
)
def test_what_loosens_a_band(was: Any, becomes: Any, loosens: bool) -> None:
    assert bands.looser(was, becomes) is loosens


@pytest.mark.parametrize(
    ("filled", "complaint"),
    [
        ({"0": "1000"}, "says who approves up to it"),
        ({"1": "one"}, "has an amount"),
        ({"0": "1000", "1": "one"}, "larger than all of them"),
        ({"0": "0", "1": "one", "6": "two"}, "rise from row to row"),
        ({"0": "5", "1": "one", "2": "5", "3": "one", "6": "two"}, "rise from row to row"),
        ({"0": "5", "1": "two", "6": "one"}, "no less than a smaller one"),
    ],
)
def test_bands_that_cannot_be_meant_are_refused(
    company: Company, filled: dict[str, str], complaint: str
) -> None:
    fields = {f"approval_bands_{place}": value for place, value in filled.items()}
    assert complaint in saved(controller("anna"), company, **fields)
    assert kept(company) == []


def test_the_page_says_whom_the_site_lacks_and_reads_well_for_who_only_looks(
    company: Company,
) -> None:
    approved_by_amount(company, HIGHER)
    row = FlowSettings.objects.get(integration=company.integration, flow=FLOW)
    looks = story.signed_in(story.person("looks", "syncs.view_flowsettings"))
    page = looks.get(f"/syncs/flowsettings/{row.pk}/change/").content.decode()
    assert "the right to approve large documents, and nobody has it" in page
    assert "up to 1,000.00: one person; above that: one person with the right" in page
    story.person("cora", bands.HIGHER_RIGHT)
    page = looks.get(f"/syncs/flowsettings/{row.pk}/change/").content.decode()
    assert "and nobody has it" not in page
