"""Whoever is limited to a company finds nothing of another one, wherever he looks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import ForeignKey
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from audit.models import Entry
from config.access import scopes
from connections.companies.access import Access
from connections.companies.asked import Asks, asked_by, seen, streamed
from connections.errors import Reason
from connections.models import Connection, Integration, Subscription
from mappings.models import CostCodeMapping, Reference
from syncs.admin import controls
from syncs.admin.list_sums import companies
from syncs.balance.rows import Cause, Cell, CellCause
from syncs.models import (
    Alert,
    ControlChange,
    Cursor,
    DayCount,
    Delivery,
    FixRequest,
    FlowSettings,
    Period,
    Record,
    Run,
)
from syncs.morning import needs
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
OTHER = "Zanzibar"  # stands in every name of the other company
AMOUNT, SHOWN = "77123.45", ("77,123.45", "77123.45", "154,246.90")


@pytest.fixture
def mine() -> Integration:
    integration = story.company()
    story.unmapped(integration)
    return integration


@pytest.fixture
def others() -> Integration:
    """Another company of the same kind, with something on each page."""
    procore = Connection.objects.create(name=f"{OTHER} Procore", vendor="procore", test_ok=False)
    ledger = Connection.objects.create(name=f"{OTHER} ledger", vendor="business_central")
    found = Integration.objects.create(
        key="bc_procore", name=f"{OTHER} books", project_system=procore, ledger=ledger
    )
    found.flows.update(shadow=False)
    Reference.objects.create(
        connection=ledger, kind="account", code="5010", name=f"{OTHER} account", remote_id="1",
        seen_at=timezone.now(),
    )  # fmt: skip
    fill(found)
    return found


def fill(company: Integration) -> None:
    facts: dict[str, Any] = {
        "vendor_name": f"{OTHER} vendor", "number": f"{OTHER}-1", "amount": AMOUNT,
        "project_name": f"{OTHER} project", "owner": "zed", "note": f"{OTHER} note",
    }  # fmt: skip
    record = story.unmapped(company, **facts)
    story.held(company, Reason.NEEDS_APPROVAL, **facts)
    story.posted(company, "108999", **{k: v for k, v in facts.items() if k != "number"})
    record.journal("zed").append(Entry.Kind.PERSON, f"{OTHER} line", {"verb": "note"})
    CostCodeMapping.objects.create(
        integration=company, cost_code="99-999", account="5010", note=f"{OTHER} note"
    )
    for kind in ("poll", "reference"):
        Run.objects.create(
            integration=company, flow="requisitions", kind=kind, ok=True, sentence=f"{OTHER} run"
        )
    Cursor.objects.create(integration=company, flow="requisitions", scope=OTHER)
    Alert.objects.create(key="z", integration=company, sentence=f"{OTHER} sleeps.")
    FixRequest.objects.create(
        integration=company, record=record, wanted=f"{OTHER} wish", permission="syncs.view_record",
        url="/", sentence=f"{OTHER} why", key="z", asked_by="zed",
    )  # fmt: skip
    row = company.flows.get(flow="requisitions")
    FlowSettings.objects.filter(pk=row.pk).update(amount_limit=AMOUNT)
    controls.ask(company.flows.get(pk=row.pk), "amount_limit", None, "zed")
    cell = Cell.objects.create(
        id="z", integration=company, book="cost", in_projects=AMOUNT, in_ledger=1,
        difference=AMOUNT, documents=1, differs=True, vendor_name=f"{OTHER} vendor",
    )  # fmt: skip
    CellCause.objects.create(
        cell=cell, integration=company, book="cost", cause=Cause.UNEXPLAINED, amount=AMOUNT,
        documents=1,
    )  # fmt: skip
    Period.objects.create(integration=company, month=dt.date(2026, 10, 1))
    DayCount.objects.create(
        integration=company, flow="requisitions", day=timezone.now().date(), state="posted",
        documents=3, amount=AMOUNT,
    )  # fmt: skip
    promise = Subscription.objects.create(
        connection=company.project_system, resource=f"{OTHER} hook"
    )
    Delivery.objects.create(subscription=promise, body=f"{OTHER} body")


def limited(*companies: Integration, name: str = "lia") -> Client:
    """With every right there is, and only these companies."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.exclude(content_type__app_label="auth"))
    Access.objects.create(user=user).integrations.set(companies)
    return story.signed_in(user)


def patterns() -> list[tuple[str, str, Any]]:
    """(name, route, converters) of every page of the admin, the lists' own and the others."""
    found = []

    def walk(rows: Any, before: str, converters: dict[str, Any]) -> None:
        for row in rows:
            route = before + str(row.pattern)
            known = {**converters, **row.pattern.converters}
            if isinstance(row, URLResolver):
                walk(row.url_patterns, route, known)
            elif isinstance(row, URLPattern) and not route.startswith(("webhooks", "healthz")):
                found.append((row.name or "", route, known))

    walk(get_resolver().url_patterns, "", {})
    return found


def filled(route: str, converters: dict[str, Any], model_rows: list[Any]) -> list[str]:
    """Its addresses for each of these rows; one where it names none."""
    names = [name for name in converters if f":{name}>" in route or f"<{name}>" in route]
    if not names:
        return [f"/{route}"]
    kept = []
    for pk in model_rows:
        path = route
        for name in names:
            value = WORDS.get(name, str(pk))
            path = re.sub(rf"<(\w+:)?{name}>", value, path)
        kept.append(f"/{path}")
    return kept


WORDS = {
    "form": "csv", "verb": "replay", "table": "people", "key": "bc_procore", "name": "cell",
    "app_label": "syncs", "content_type_id": "1", "url": "zzz",
}  # fmt: skip


def pages(company: Integration) -> list[str]:
    """Every address that can be asked by GET, for all rows of the company."""
    found: list[str] = []
    keys: dict[str, list[Any]] = {}
    for model in admin.site._registry:
        scope = scopes.scope_of(model)
        if scope is not None:
            mine: Any = model._base_manager.filter(scope(frozenset([company.pk])))
            keys[f"{model._meta.app_label}/{model._meta.model_name}/"] = list(
                mine.values_list("pk", flat=True)[:2]
            )
    every = sorted({pk for rows in keys.values() for pk in rows}, key=str)
    for _name, route, converters in patterns():
        rows = next((keys[prefix] for prefix in keys if route.startswith(prefix)), every[:5])
        found += filled(route.replace("$", "").replace("^", ""), converters, rows)
    return list(dict.fromkeys(found))


def told(client: Client, path: str) -> str:
    """What is asked by GET, and files that are taken along, which leave a line, by POST."""
    answer = client.get(path)
    if answer.status_code == 405 and ("export" in path or "/access/" in path):
        answer = client.post(path)
    streamed = getattr(answer, "streaming_content", None)
    body = b"".join(streamed) if streamed is not None else answer.content
    return body.decode(errors="replace")


def searched(others: Integration) -> list[str]:
    """Asked for by name: its number, its key."""
    return [
        "/syncs/record/?q=108999", "/syncs/record/sum/?q=108999", "/audit/entry/?q=108999",
        f"/syncs/record/?integration__id__exact={others.pk}",
        f"/syncs/record/export/csv/?integration__id__exact={others.pk}",
        f"/syncs/record/causes/?integration={others.pk}",
        f"/syncs/cell/?integration={others.pk}",
    ]  # fmt: skip


PARTS = ("/connections/", "/mappings/", "/syncs/record/", "/syncs/", "/")


def part_of(paths: list[str], part: str) -> list[str]:
    """Each path is in the first part that it begins with."""
    return [path for path in paths if next(one for one in PARTS if path.startswith(one)) == part]


@pytest.mark.parametrize("part", PARTS)
def test_no_page_tells_of_another_company(
    mine: Integration, others: Integration, part: str
) -> None:
    client, walked = limited(mine), [*pages(others), *pages(mine), *searched(others)]
    assert len(set(walked)) > 300, "the walk found the pages"
    leaks = {}
    for path in dict.fromkeys(part_of(walked, part)):
        body = told(client, path)
        if found := [word for word in (OTHER, *SHOWN) if word in body]:
            leaks[path] = found[0]
    assert leaks == {}


@pytest.mark.parametrize("part", PARTS)
def test_who_sees_all_finds_it_there(mine: Integration, others: Integration, part: str) -> None:
    """The walk would have met it: its own pages are full of it."""
    user = story.sees_all(User.objects.create_user("all", is_staff=True))
    user.user_permissions.set(Permission.objects.all())
    client, walked = story.signed_in(user), part_of(pages(others), part)
    found = [path for path in walked if OTHER in told(client, path)]
    assert len(found) > (2 if part == "/" else len(walked) / 5), found


def test_each_model_that_leads_to_a_company_is_known() -> None:
    """A new one is either left out for others, or only reached through what is."""
    roots = set(scopes.SCOPES)
    reached = {  # never listed; found by the row that is
        "Token", "RateBudget", "Consent", "Seat", "CompanyFound", "Access_integrations", "Access",
        "Night", "Part", "Turn", "FileImport", "Duty_integrations",
    }  # fmt: skip
    unknown = [
        model.__name__
        for model in apps.get_models(include_auto_created=True)
        if scopes.scope_of(model) is None and not hasattr(model, "pgh_tracked_model")
        and any(
            isinstance(field, ForeignKey) and field.related_model in roots
            for field in model._meta.get_fields()
        )
    ]  # fmt: skip
    assert set(unknown) <= reached, unknown


def test_a_new_person_sees_nothing_until_somebody_says_which(
    mine: Integration, others: Integration
) -> None:
    client = story.signed_in(User.objects.create_user("new", is_staff=True))
    user = User.objects.get(username="new")
    user.user_permissions.set(Permission.objects.exclude(content_type__app_label="auth"))
    with asked_by(user):
        assert seen() == frozenset()
        assert not Record.objects.exists()
    assert "INV-" not in client.get("/syncs/record/").content.decode()
    assert "No company was given to you yet" in client.get("/").content.decode()


def test_what_is_not_seen_cannot_be_acted_on(mine: Integration, others: Integration) -> None:
    client, record = limited(mine), others.records.get(reason=Reason.NEEDS_APPROVAL)
    assert story.press(client, record, "approve").status_code == 404
    client.post("/syncs/record/", {"action": "replay", "_selected_action": [record.pk]})
    change = ControlChange.objects.get()
    agree = client.post(f"/syncs/controlchange/{change.pk}/do/agree/")
    flow = others.flows.get(flow="requisitions")
    assert agree.status_code == 404
    assert client.post(f"/syncs/flowsettings/{flow.pk}/do/stop/").status_code == 404
    record.refresh_from_db()
    flow.refresh_from_db()
    assert (record.state, flow.stopped) == ("held", False)
    for path in ("/auditor/", "/auth/group/access/", "/connections/connection/add/",
                 "/connections/integration/add/", "/syncs/flowsettings/new/"):  # fmt: skip
        assert client.get(path).status_code == 403, path


def test_a_name_that_another_company_has_is_refused_in_a_sentence(
    mine: Integration, others: Integration
) -> None:
    client = limited(mine)
    page = f"/connections/integration/{mine.pk}/change/"
    form = client.get(page).context["adminform"].form
    sent = {**{name: "" if value is None else value for name, value in form.initial.items()},
            "name": others.name, "active": "on"}  # fmt: skip
    answer = client.post(page, sent)
    assert answer.status_code == 200
    assert "already exists" in str(answer.context["adminform"].form.errors["name"])
    mine.refresh_from_db()
    assert mine.name != others.name


def test_the_sums_that_are_kept_are_of_all(mine: Integration, others: Integration) -> None:
    from syncs import sums

    limited(mine).get("/")
    assert {row["integration_id"] for row in sums.latest().rows} == {mine.pk, others.pk}
    with asked_by(User.objects.get(username="lia")):
        assert {row["integration_id"] for row in sums.latest().rows} == {mine.pk}


# -- who gives it ---------------------------------------------------------------------------------


def test_a_new_person_signs_in_and_sees_nothing_until_somebody_chooses(client: Client) -> None:
    secret = "Quarry-42-Lantern"
    sent = {"username": "nora", "usable_password": "true", "password1": secret,
            "password2": secret}  # fmt: skip
    answer = story.boss().post("/auth/user/add/", sent, follow=True)
    assert "nora" in answer.content.decode()
    assert client.post("/login/", {"username": "nora", "password": secret}).status_code == 302
    page = client.get("/").content.decode()
    assert "No company was given to you yet" in page
    assert "/syncs/record/" not in page


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    row = Access.objects.filter(user=user).first()
    return {
        "username": user.username, "is_active": "on", "is_staff": "on",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        "companies-TOTAL_FORMS": "1", "companies-INITIAL_FORMS": "1" if row else "0",
        "companies-MIN_NUM_FORMS": "0", "companies-MAX_NUM_FORMS": "1",
        "companies-0-id": str(row.pk) if row else "", "companies-0-user": str(user.pk),
        "duties-TOTAL_FORMS": "0", "duties-INITIAL_FORMS": "0", **changes,
    }  # fmt: skip


def test_companies_are_given_on_the_page_of_the_person_and_journaled(
    mine: Integration, others: Integration
) -> None:
    boss, user = story.boss(), User.objects.create_user("pat", is_staff=True)
    page = f"/auth/user/{user.pk}/change/"
    told = boss.post(page, form_of(user), follow=True).content.decode()
    assert f'pat sees no company yet: <a href="{page}">choose which ones' in told
    told = boss.post(page, form_of(user, **{"companies-0-integrations": [str(mine.pk)]}),
                     follow=True).content.decode()  # fmt: skip
    assert "sees no company yet" not in told
    assert str(mine) in told.partition("result_list")[2], "the list of people says so"
    with asked_by(user):
        assert seen() == frozenset([mine.pk])
    boss.post(page, form_of(user, **{"companies-0-all_companies": "on"}))
    with asked_by(user):
        assert seen() is None
    lines = Entry.objects.filter(data__verb="companies").order_by("sequence")
    assert [(line.actor, line.sentence) for line in lines] == [
        ("boss", f"Companies of pat: none → {mine}"), ("boss", f"Companies of pat: {mine} → all"),
    ]  # fmt: skip
    review = boss.get("/auth/group/access/").content.decode()
    assert '<td class="c-text">all</td>' in review


def test_nobody_gives_himself_a_company(mine: Integration, others: Integration) -> None:
    client = limited(mine)
    user = User.objects.get(username="lia")
    user.user_permissions.add(*Permission.objects.filter(codename__in=["change_user", "view_user"]))
    other = User.objects.create_user("pat", is_staff=True)
    for person in (other, user):  # by saving his own page he loses these rights
        data = form_of(person, **{"companies-0-all_companies": "on"})
        client.post(f"/auth/user/{person.pk}/change/", data)
        assert not Access.objects.filter(user=person, all_companies=True).exists(), person
    assert not Entry.objects.filter(data__verb="companies").exists()


def test_a_system_that_companies_share_is_changed_by_who_sees_them_all(
    mine: Integration, others: Integration
) -> None:
    Integration.objects.filter(pk=others.pk).update(project_system=mine.project_system)
    promise = Subscription.objects.create(connection=mine.project_system, resource="shared hook")
    Delivery.objects.create(subscription=promise, body="of whomever")
    lia = limited(mine)
    page = f"/connections/connection/{mine.project_system.pk}/change/"
    assert lia.get(page).status_code == 200, "it is hers, too"
    assert lia.post(page, {"name": "Mine alone"}).status_code == 403
    assert "shared hook" not in lia.get("/connections/subscription/").content.decode()
    assert "shared hook" in limited(mine, others, name="ben").get(
        "/connections/subscription/"
    ).content.decode()  # fmt: skip


def test_a_document_is_given_to_who_sees_its_company(
    mine: Integration, others: Integration
) -> None:
    limited(others, name="zoe")
    limited(mine, name="mia")
    record, boss = mine.records.get(), story.boss()
    page = boss.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert ('value="zoe"' in page, 'value="mia"' in page) == (False, True)
    assert "Nobody here is called" in story.press(boss, record, "assign", "zoe").content.decode()
    story.press(boss, record, "assign", "mia")
    record.refresh_from_db()
    assert record.owner == "mia"


def test_what_is_asked_while_a_file_is_sent_is_the_persons_too(
    mine: Integration, others: Integration
) -> None:
    """The request is over by then."""
    client = limited(mine)
    answer = client.post("/syncs/record/export/csv/")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Acme Concrete" in text
    assert OTHER not in text
    asks_late = (Record.objects.count() for _ in range(2))
    assert list(streamed(Asks(User.objects.get(username="lia")), asks_late)) == [1, 1]
    assert Record.objects.count() == 4


def test_a_digest_made_by_a_worker_is_the_persons(mine: Integration, others: Integration) -> None:
    limited(mine)
    user = User.objects.get(username="lia")
    with asked_by(user):
        found = needs.of(user, companies())
    told = [(need.label, need.number) for need in found]
    assert told == [("Missing mapping", 1)], "no alert, approval or request of the others"


def test_not_even_a_superuser_gives_himself_companies(mine: Integration) -> None:
    client = story.boss()
    boss = User.objects.get(username="boss")
    data = form_of(boss, **{"companies-0-all_companies": "on", "is_superuser": "on"})
    client.post(f"/auth/user/{boss.pk}/change/", data)
    assert not Access.objects.exists()
