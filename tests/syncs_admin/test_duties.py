"""Clerk in two companies, approver in one: what is allowed there reaches no other company."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail as post
from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from config.access import duties
from config.auditor import tables
from connections.companies.access import Access
from connections.companies.asked import (
    CHOSEN,
    acting,
    asked_by,
    asked_by_nobody,
    middleware,
    seen,
)
from connections.companies.duty import Duty
from connections.errors import Reason
from connections.models import Connection, Integration
from mappings.boards import setup
from mappings.models import BoardLayout
from syncs import tasks
from syncs.controls.bands import Who, able
from syncs.models import FixRequest, MorningMail, Record, State
from syncs.morning import mail
from tests.syncs_admin import story
from tests.syncs_admin.test_companies import (
    AMOUNT,
    OTHER,
    SHOWN,
    fill,
    form_of,
    pages,
    part_of,
    told,
)

pytestmark = pytest.mark.django_db
MINE = "Business Central ↔ Procore"


@pytest.fixture
def south() -> Integration:
    call_command("create_roles", stdout=io.StringIO())
    return story.company()


@pytest.fixture
def north() -> Integration:
    """Another company, by the same project system."""
    procore = Connection.objects.get(name="Procore")
    ledger = Connection.objects.create(name=f"{OTHER} ledger", vendor="business_central")
    return Integration.objects.create(
        key="bc_procore", name=f"{OTHER} books", project_system=procore, ledger=ledger
    )


def colleague(*companies: Integration, name: str = "pat", role: str = "AP clerk") -> User:
    user = User.objects.create_user(name, password="x", is_staff=True, email="pat@example.com")
    user.groups.add(Group.objects.get(name=role))
    Access.objects.create(user=user).integrations.set(companies)
    return user


def duty(user: User, *companies: Integration, role: str = "Approver") -> Duty:
    found = Duty.objects.create(user=user)
    found.groups.add(Group.objects.get(name=role))
    found.integrations.set(companies)
    return found


def with_all_rights() -> Group:
    group = Group.objects.create(name="Everything")
    group.permissions.set(Permission.objects.all())
    return group


def acts(client: Client, as_: Duty | None) -> str:
    data = {"as": str(as_.pk) if as_ else ""}
    return str(client.post("/acting/", data, follow=True).content.decode())


def waiting(company: Integration, **facts: Any) -> Record:
    return story.held(company, Reason.NEEDS_APPROVAL, **facts)


def state(record: Record) -> str:
    record.refresh_from_db()
    return str(record.state)


# -- in one company and not in the other -----------------------------------------------------------


def test_he_approves_in_the_one_company_and_nowhere_else(
    south: Integration, north: Integration
) -> None:
    here, there, user = waiting(south), waiting(north), colleague(south, north)
    pat, given = story.signed_in(user), duty(user, south)
    assert story.press(pat, here, "approve").status_code == 403, "not in his usual roles"
    page = acts(pat, given)
    assert f"You act as Approver in {MINE} now" in page
    assert "Other companies are not shown" in page
    assert pat.get(f"/syncs/record/{there.pk}/change/").status_code in (302, 404)
    assert story.press(pat, there, "approve").status_code == 404
    data = {"action": "approve", "_selected_action": [there.pk, here.pk]}
    assert OTHER not in pat.post("/syncs/record/", data, follow=True).content.decode()
    assert "it will be posted as shown" in story.press(pat, here, "approve").content.decode()
    assert (state(here), state(there)) == (State.PENDING, State.HELD)
    line = Entry.objects.filter(data__verb="approve").get()
    assert (line.actor, line.record) == ("pat", here.pk)
    assert "You act in your usual roles now" in acts(pat, None)
    assert story.press(pat, there, "approve").status_code == 403
    assert pat.get(f"/syncs/record/{there.pk}/change/").status_code == 200


def test_what_he_had_in_hand_in_his_usual_roles_is_his_own(
    south: Integration, north: Integration
) -> None:
    record, user = waiting(south), colleague(south, north)
    record.journal("pat").append(Entry.Kind.PERSON, "Replayed", {"verb": "replay"})
    pat = story.signed_in(user)
    acts(pat, duty(user, south))
    refusal = story.press(pat, record, "approve").content.decode()
    assert "somebody else must approve it" in refusal
    assert state(record) == State.HELD


def test_roles_that_are_taken_away_end_at_once(south: Integration, north: Integration) -> None:
    record, user = waiting(south), colleague(south, north)
    pat, given = story.signed_in(user), duty(user, south)
    acts(pat, given)
    given.integrations.set([north])
    assert story.press(pat, record, "approve").status_code == 404, "now of another company"
    given.groups.clear()
    given.integrations.set([south])
    assert story.press(pat, record, "approve").status_code == 403, "now without a role"
    given.delete()
    assert story.press(pat, record, "approve").status_code == 403
    assert pat.get("/syncs/record/").context["cl"].queryset.count() == 1
    waiting(north)
    assert pat.get("/syncs/record/").context["cl"].queryset.count() == 2, "his usual companies"
    assert "acting-as" not in pat.get("/").content.decode()
    assert "not yours any more" in pat.post("/acting/", {"as": "0"}, follow=True).content.decode()


def test_nobody_acts_in_what_is_another_persons(south: Integration, north: Integration) -> None:
    record = waiting(south)
    given = duty(colleague(south, name="ann"), south)
    pat = story.signed_in(colleague(south, north))
    assert "not yours any more" in acts(pat, given)
    session = pat.session
    session[CHOSEN] = given.pk
    session.save()
    assert story.press(pat, record, "approve").status_code == 403


def test_it_gives_no_company(south: Integration, north: Integration) -> None:
    """Only rights in what he sees anyway, also when a company is taken away later."""
    record, user = waiting(south), colleague(south, north)
    pat, given = story.signed_in(user), duty(user, south, north)
    acts(pat, given)
    user.companies.integrations.set([north])
    assert story.press(pat, record, "approve").status_code == 404
    user.companies.integrations.clear()
    assert "acting-as" not in pat.get("/").content.decode()
    with asked_by(user, given):
        assert seen() == frozenset()


def test_one_duty_does_not_leak_into_another(south: Integration, north: Integration) -> None:
    user = colleague(south, north)
    one, other = duty(user, south), duty(user, north, role="Controller")
    mapping, approval = "mappings.add_costcodemapping", "syncs.approve_record"

    def may() -> tuple[bool, bool]:
        return user.has_perm(mapping), user.has_perm(approval)

    assert may() == (False, False)
    with asked_by(user, other):
        assert may() == (True, True)
        assert not User.objects.get(pk=colleague(south, name="ann").pk).has_perm(approval)
        with asked_by_nobody():
            assert (acting(), may()) == (None, (False, False)), "who sees all has no duty's rights"
    with asked_by(user, one):
        assert may() == (False, True)
    assert may() == (False, False)


# -- what belongs to no company --------------------------------------------------------------------


def test_it_gives_no_right_over_what_belongs_to_no_company(
    south: Integration, north: Integration
) -> None:
    user, everything = colleague(south, north), with_all_rights()
    user.companies.all_companies = True
    user.companies.save()
    given = Duty.objects.create(user=user)
    given.groups.add(everything)
    given.integrations.add(south)
    pat = story.signed_in(user)
    acts(pat, given)
    for path in ("/auth/user/", "/auth/user/add/", f"/auth/user/{user.pk}/change/", "/auth/group/",
                 "/auth/group/access/", "/auditor/", "/config/heartbeat/",
                 "/connections/connection/add/", "/connections/integration/add/",
                 "/syncs/flowsettings/new/"):  # fmt: skip
        assert pat.get(path).status_code == 403, path
    assert pat.get("/syncs/flowsettings/").status_code == 200
    assert pat.get("/syncs/wording/").status_code == 200
    apart = {name for name in duties.granted(given) if name.split(".")[0] not in (
        "connections", "mappings", "syncs"
    )}  # fmt: skip
    assert apart == {"audit.view_entry", "audit.export_entry"}
    granted = duties.granted(given)
    assert "syncs.answer_wording" not in granted, "it tells documents of all"
    charts = {name for name in granted if name.endswith("_chartaccount")}
    assert charts == {"mappings.view_chartaccount", "mappings.export_chartaccount"}, "a ledger's"


def test_a_system_that_another_company_is_kept_by_is_out_of_reach(
    south: Integration, north: Integration
) -> None:
    """Although he sees both in his usual roles."""
    user = colleague(south, north)
    pat = story.signed_in(user)
    acts(pat, duty(user, south, role="Integrator"))
    shared, own = south.project_system_id, south.ledger_id
    assert pat.post(f"/connections/connection/{shared}/change/", {"name": "x"}).status_code == 403
    for verb in ("test", "retry"):
        answer = pat.post(f"/connections/connection/{shared}/{verb}/")
        assert answer.status_code == 403, verb
    assert pat.post(f"/connections/connection/{own}/change/", {"name": "x"}).status_code == 200
    assert f"{OTHER} ledger" not in pat.get("/connections/connection/").content.decode()


def test_boards_of_the_other_company_stay_wanted_and_taken(
    south: Integration, north: Integration
) -> None:
    """Both are shown by one account of the platform."""
    monday = Connection.objects.create(name="Monday", vendor="monday")
    for company, board in ((south, "77"), (north, "88")):
        company.key, company.project_system = "nav_monday", monday
        company.save()
        BoardLayout.objects.create(integration=company, kind="ledger_invoice", board_id=board)
    user = colleague(south, north)
    pat, given = story.signed_in(user), duty(user, south, role="Controller")
    acts(pat, given)
    mine = BoardLayout.objects.get(board_id="77")
    with asked_by(user, given):
        refused = setup.taken_by(mine, "88")
    assert refused == "This board shows the purchase invoices of another integration."
    pat.post(f"/mappings/boardlayout/{mine.pk}/delete/", {"post": "yes"})
    assert not BoardLayout.objects.filter(pk=mine.pk).exists()
    monday.refresh_from_db()
    assert monday.settings["boards"] == "88"


def test_no_page_of_systems_tells_of_the_other_company(
    south: Integration, north: Integration
) -> None:
    """In the role that has every right there is; the others hang on the same managers."""
    Connection.objects.filter(name="Procore").update(name=f"{OTHER} Procore")
    north.project_system = Connection.objects.create(name=f"{OTHER} site", vendor="procore")
    north.save()
    south.project_system.name = "Procore"
    south.project_system.save()
    fill(north)
    story.unmapped(south)
    user = colleague(south, north)
    given = Duty.objects.create(user=user)
    given.groups.add(with_all_rights())
    given.integrations.add(south)
    pat = story.signed_in(user)
    acts(pat, given)
    leaks = {}
    for path in part_of([*pages(north), *pages(south)], "/connections/"):
        body = told(pat, path)
        if found := [word for word in (OTHER, *SHOWN, AMOUNT) if word in body]:
            leaks[path] = found[0]
    assert leaks == {}


def test_a_file_that_is_sent_has_the_one_company(south: Integration, north: Integration) -> None:
    story.unmapped(south, vendor_name="Acme South")
    story.unmapped(north, vendor_name="Acme North")
    user = colleague(south, north)
    pat = story.signed_in(user)
    assert pat.post("/syncs/record/export/csv/").status_code == 403
    acts(pat, duty(user, south, role="Controller"))
    answer: Any = pat.post("/syncs/record/export/csv/")
    text = b"".join(answer.streaming_content).decode()
    assert ("Acme South" in text, "Acme North" in text) == (True, False)


def test_what_is_asked_while_a_file_is_sent_is_of_the_one_company(
    south: Integration, north: Integration, rf: Any
) -> None:
    """The request is over by then."""
    waiting(south)
    waiting(north)
    user = colleague(south, north)
    request = rf.get("/")
    request.user, request.session = user, {CHOSEN: duty(user, south).pk}
    late = (f"{Record.objects.count()}{user.has_perm('syncs.approve_record')}" for _ in range(2))
    answer = middleware(lambda request: StreamingHttpResponse(late))(request)
    assert b"".join(answer.streaming_content) == b"1True1True"
    assert Record.objects.count() == 2


# -- worked out for somebody -----------------------------------------------------------------------


def test_large_documents_are_approved_where_he_has_the_right(
    south: Integration, north: Integration
) -> None:
    here = waiting(south, approval_takes=Who.HIGHER)
    there = waiting(north, approval_takes=Who.HIGHER)
    user = colleague(south, north, role="Approver")
    pat, given = story.signed_in(user), duty(user, south, role="Controller")
    for_me = "/syncs/record/?approval=for_me"
    assert [row.pk for row in pat.get(for_me).context["cl"].queryset] == [here.pk]
    assert "the right to approve large" in story.press(pat, there, "approve").content.decode()
    acts(pat, given)
    story.press(pat, here, "approve")
    assert (state(here), state(there)) == (State.PENDING, State.HELD)
    right = "syncs.approve_large_record"
    assert (able(right, south.pk), able(right, north.pk)) == ({user.pk}, set())


def test_the_digest_names_what_waits_in_each(
    south: Integration, north: Integration, settings: Any
) -> None:
    settings.EMAIL_URL, settings.ALERT_URLS, settings.DIGEST_AT = "smtp://x", [], "00:00"
    waiting(south, amount="100.00")
    waiting(north, amount="7000.00")
    story.held(south, Reason.NUMBER, amount="5.00")
    duty(colleague(south, north), south)
    FixRequest.objects.create(
        integration=south, wanted="Approve it", permission="syncs.approve_record", url="/",
        sentence="why", key="z", asked_by="zed",
    )  # fmt: skip
    mail.ask_for_due(timezone.now())
    for pk in MorningMail.objects.values_list("pk", flat=True):
        tasks.digest(pk)
    (message,) = post.outbox
    usual, heading, there = str(message.body).partition(f"As Approver in {MINE}")
    assert heading
    assert "Held, number missing or too long: 1 document" in usual
    assert "Wait for your approval" not in usual
    assert "Approve it" not in usual
    assert "Wait for your approval: 1 document, $100.00" in there
    assert "(by zed)" in there
    assert "number missing" not in there, "it was said above"


# -- who gives it ----------------------------------------------------------------------------------


def given_to(user: User, *companies: Integration, **changes: Any) -> dict[str, Any]:
    approver = Group.objects.get(name="Approver")
    row = Access.objects.get(user=user)
    return form_of(user, **{
        "groups": [str(group.pk) for group in user.groups.all()],
        "companies-0-integrations": [str(one.pk) for one in row.integrations.all()],
        "duties-TOTAL_FORMS": "1", "duties-0-id": "", "duties-0-user": str(user.pk),
        "duties-0-groups": [str(approver.pk)],
        "duties-0-integrations": [str(one.pk) for one in companies], **changes,
    })  # fmt: skip


def test_they_are_given_and_taken_on_the_page_of_the_person_and_journaled(
    south: Integration, north: Integration
) -> None:
    boss, user = story.boss(), colleague(south)
    page = f"/auth/user/{user.pk}/change/"
    told = boss.post(page, given_to(user, north), follow=True).content.decode()
    assert f"pat sees no company of “Approver in {north}”" in told
    mine = Duty.objects.get(user=user)
    kept = {"duties-INITIAL_FORMS": "1", "duties-0-id": str(mine.pk)}
    told = boss.post(page, given_to(user, south, **kept), follow=True).content.decode()
    assert "counts nowhere" not in told
    assert f"AP clerk; Approver in {south}" in told, "the list of people says so"
    review = boss.get("/auth/group/access/").content.decode()
    assert f"<div>Approver in {south}</div>" in review
    assert f"pat (in {south})" in review
    header, rows = tables.users(tables.Period(timezone.now(), timezone.now()))
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert f"Approver in {south}" in [row["roles in some companies"] for row in named]
    boss.post(page, given_to(user, south, **kept, **{"duties-0-DELETE": "on"}))
    assert not Duty.objects.exists()
    lines = Entry.objects.filter(data__verb="duties").order_by("sequence")
    words = f"Approver in {north}", f"Approver in {south}"
    assert [(line.actor, line.sentence) for line in lines] == [
        ("boss", f"Roles in some companies of pat: none → {words[0]}"),
        ("boss", f"Roles in some companies of pat: {words[0]} → {words[1]}"),
        ("boss", f"Roles in some companies of pat: {words[1]} → none"),
    ]


def test_nobody_gives_them_to_himself(south: Integration, north: Integration) -> None:
    """Nor to others who does not see all companies, nor from within such a role."""
    user, other = colleague(south, north), colleague(south, north, name="ann")
    keeper = Group.objects.create(name="Keeper of users")
    keeper.permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    user.groups.add(keeper)
    pat = story.signed_in(user)
    for person in (other, user):
        pat.post(f"/auth/user/{person.pk}/change/", given_to(person, south))
        assert not Duty.objects.exists(), person
    user.companies.all_companies = True
    user.companies.save()
    pat.post(f"/auth/user/{user.pk}/change/", given_to(user, south))
    assert not Duty.objects.exists(), "himself"
    acts(pat, duty(user, south))
    pat.post(f"/auth/user/{other.pk}/change/", given_to(other, south))
    assert not Duty.objects.filter(user=other).exists(), "from within one"
    acts(pat, None)
    pat.post(f"/auth/user/{other.pk}/change/", given_to(other, south))
    assert Duty.objects.filter(user=other).exists()
    boss = story.boss()
    me = User.objects.get(username="boss")
    Access.objects.create(user=me)
    boss.post(f"/auth/user/{me.pk}/change/", given_to(me, south, is_superuser="on"))
    assert not Duty.objects.filter(user=me).exists()


def test_who_has_none_is_asked_nothing(south: Integration) -> None:
    pat = story.signed_in(colleague(south))
    assert "acting-as" not in pat.get("/").content.decode()
    assert pat.get("/acting/").status_code == 405
    assert "acting-as" not in story.boss().get("/").content.decode()
