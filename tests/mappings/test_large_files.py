"""A large file is previewed and taken by a worker, and the person sees how far it is."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from connections.companies.access import Access
from connections.companies.duty import Duty
from connections.models import Connection, Integration
from mappings import releases
from mappings.file_import import SILENT, FileImport
from mappings.imports import large, resources
from mappings.models import CostCodeMapping
from syncs import tasks
from syncs.models import Record, State
from tests.mappings.conftest import TICKED, complete, messages_of, no_rule, said, upload
from tests.mappings.test_files import RULES, imported, rules_file
from tests.story import run_queue

pytestmark = pytest.mark.django_db
THREE = ("bc_procore,01,*,*,50100,,,", "bc_procore,02,*,*,50200,,,", "bc_procore,03,*,*,50100,,,")


@pytest.fixture(autouse=True)
def all_files_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", (10, 10))
    monkeypatch.setattr(resources, "REPORTED", 1)


def watched(client: Client, content: bytes | str, name: str = "march.csv") -> str:
    """The address where the upload leads to."""
    answer = upload(client, RULES, content, name)
    assert answer.status_code == 302, said(answer)
    return str(answer["Location"])


def import_all(client: Client, preview: Any) -> str:
    text = preview.content.decode()
    form = {**preview.context["confirm_form"].initial, "confirmed": TICKED.findall(text)}
    assert f'name="job" value="{preview.context["job"].pk}"' in text
    answer = client.post(
        f"/mappings/{RULES}/process_import/", {**form, "job": preview.context["job"].pk}
    )
    return str(answer["Location"])


def test_a_large_file_waits_for_a_worker_and_is_taken_when_a_person_agreed(
    controller: Client, integration: Integration
) -> None:
    content = rules_file(*THREE)
    page = watched(controller, content)
    assert "It waits for a worker" in controller.get(page).content.decode()

    run_queue()
    preview = controller.get(page)
    assert [row[0] for row in preview.context["result"]["previews"]] == [2, 3, 4]
    assert "<b>3</b> new" in preview.content.decode()
    assert not CostCodeMapping.objects.exists()

    taking = import_all(controller, preview)
    assert "is imported" in controller.get(taking).content.decode()
    run_queue()
    answer = controller.get(taking, follow=True)
    assert messages_of(answer) == ["Imported: 3 new, 0 changed, 0 as before."]
    assert CostCodeMapping.objects.count() == 3
    row = CostCodeMapping.objects.order_by("pk")[0]
    change = controller.get(f"/mappings/{RULES}/{row.pk}/history/").context["changes"][0]
    assert (change.who, change.how) == ("carla", "imported from march.csv")


def test_the_person_is_told_what_a_large_file_released(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    record = held("41", "100.00", no_rule("03"))
    page = watched(controller, rules_file(*THREE))
    run_queue()
    taking = import_all(controller, controller.get(page))
    only_files_are_taken()
    said_of = messages_of(controller.get(taking, follow=True))
    assert said_of[1:] == ["BC and Procore: Released 1 document, $100.00."]
    record.refresh_from_db()
    assert record.state == State.PENDING


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_how_many_rows_are_done(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the import's own transaction is seen by nobody yet."""
    page, seen = watched(controller, rules_file(*THREE)), []
    take = resources.MappingResource.take

    def look(*_: object) -> str:
        try:
            return str(controller.get(page).content.decode())
        finally:
            connection.close()

    def watch(self: Any, read: Any, number: int, *others: Any) -> str:
        with ThreadPoolExecutor(1) as other:
            seen.append(other.submit(look).result())
        return take(self, read, number, *others)

    monkeypatch.setattr(resources.MappingResource, "take", watch)
    run_queue()
    assert [f"{done} of 3 rows" in text for done, text in enumerate(seen, start=1)] == [True] * 3


def test_import_all_pressed_twice_takes_a_file_once(
    controller: Client, integration: Integration
) -> None:
    page = watched(controller, rules_file(*THREE))
    run_queue()
    preview = controller.get(page)
    assert import_all(controller, preview) == import_all(controller, preview)
    run_queue()
    assert Entry.objects.filter(kind=Entry.Kind.PERSON).count() == 1


def test_a_large_file_with_a_wrong_row_is_refused_by_its_line(
    controller: Client, integration: Integration
) -> None:
    page = watched(controller, rules_file(*THREE, "bc_procore,04,*,*,99999,,,"))
    run_queue()
    answer = controller.get(page)
    assert answer.context["confirm_form"] is None
    assert "Account 99999 does not exist in BC." in answer.content.decode()
    forged = {"job": answer.context["job"].pk, "confirmed": []}
    assert controller.post(f"/mappings/{RULES}/process_import/", forged).status_code == 404


@pytest.mark.parametrize(("content", "sentence"), [
    (rules_file('bc_procore,"01,*,*,50100,,,').encode(), "a quote"),
    (b"x," * 999_999 + b"x\n", "The file has 1,000,000 columns"),
], ids=["quote", "million-columns"])  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_by_the_worker(
    controller: Client, integration: Integration, content: bytes, sentence: str
) -> None:
    page = watched(controller, content)
    run_queue()
    assert sentence in messages_of(controller.get(page, follow=True))[0]


def test_what_nobody_agreed_to_is_not_taken(controller: Client, integration: Integration) -> None:
    page = watched(controller, rules_file(*THREE))
    run_queue()
    job = controller.get(page).context["job"].pk
    taking = controller.post(f"/mappings/{RULES}/process_import/", {"job": job})["Location"]
    run_queue()
    assert "nobody agreed to this" in messages_of(controller.get(taking, follow=True))[0]
    assert not CostCodeMapping.objects.exists()


def test_a_right_that_is_lost_before_the_worker_comes_counts(
    person: Callable[..., Client], integration: Integration
) -> None:
    client = person("view", "add", "import")
    page = watched(client, rules_file(*THREE))
    run_queue()
    taking = import_all(client, client.get(page))
    User.objects.get(username="pat").user_permissions.remove(
        *Permission.objects.filter(codename__startswith="add_")
    )
    run_queue()
    assert not CostCodeMapping.objects.exists()
    assert FileImport.objects.get(preview__isnull=False).outcome["wrong"]
    assert client.get(taking).status_code == 403


def test_nobody_else_sees_it(
    controller: Client, integration: Integration, django_user_model: type[User]
) -> None:
    page = watched(controller, rules_file(*THREE))
    controller.force_login(django_user_model.objects.create_superuser("other"))
    assert controller.get(page).status_code == 404


def test_a_file_whose_worker_died_is_asked_for_again_and_in_the_end_given_up(
    controller: Client, integration: Integration
) -> None:
    page = watched(controller, rules_file(*THREE))
    run_queue_without_carrying()
    for _ in range(3):
        assert FileImport.claim(FileImport.objects.get().pk)
        assert FileImport.claim(FileImport.objects.get().pk) is None
        go_silent()
    tasks.sweep()
    run_queue()
    assert "Its worker stopped" in messages_of(controller.get(page, follow=True))[0]


def test_a_file_that_the_queue_lost_is_asked_for_again(
    controller: Client, integration: Integration
) -> None:
    page = watched(controller, rules_file(*THREE))
    run_queue_without_carrying()
    go_silent()
    tasks.sweep()
    run_queue()
    assert controller.get(page).context["result"]["totals"]["new"] == 3


def test_a_worker_that_dies_before_it_released_is_followed_by_one_that_does(
    controller: Client,
    integration: Integration,
    held: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complete(integration)
    record = held("41", "100.00", no_rule("03"))
    page = watched(controller, rules_file(*THREE))
    run_queue()
    taking = import_all(controller, controller.get(page))
    with monkeypatch.context() as kill:
        kill.setattr(releases, "release", killed)
        with pytest.raises(KeyboardInterrupt):
            run_queue()
    assert CostCodeMapping.objects.exclude(cost_code="99-999").count() == 3
    go_silent()
    tasks.sweep()
    only_files_are_taken()
    answer = controller.get(taking, follow=True)
    assert messages_of(answer)[1:] == ["BC and Procore: Released 1 document, $100.00."]
    record.refresh_from_db()
    assert record.state == State.PENDING


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def only_files_are_taken() -> None:
    for row in OrmQ.objects.order_by("pk"):
        if row.task["func"] == "syncs.tasks.take_file":
            row.delete()
            tasks.take_file(*row.task["args"])


def run_queue_without_carrying() -> None:
    OrmQ.objects.all().delete()


def go_silent() -> None:
    """Longer than a task may run."""
    before = timezone.now() - SILENT - dt.timedelta(minutes=1)
    FileImport.objects.update(asked_at=before, seen_at=before)


# -- the journal, of files of any size ------------------------------------------------------------


def test_each_import_is_a_line_of_the_journal_with_who_which_file_and_how_many(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "LARGE", (10_000, 10_000))
    imported(controller, rules_file(*THREE[:2]), "march.csv")
    content = rules_file(THREE[0], "bc_procore,02,*,*,50100,,,", THREE[2])
    imported(controller, content, "april.csv")
    line = Entry.objects.filter(kind=Entry.Kind.PERSON).latest("sequence")
    assert (line.actor, line.integration) == ("carla", "bc_procore")
    assert line.sentence == (
        "“april.csv” was imported into cost code mappings: 1 new, 1 changed, 1 as before."
    )
    assert line.data == {
        "file": "april.csv", "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "table": "costcodemapping", "rows": 3, "new": 1, "changed": 1, "same": 1, "removed": 0,
    }  # fmt: skip


def test_a_file_that_was_not_taken_leaves_no_line(
    controller: Client, integration: Integration
) -> None:
    page = watched(controller, rules_file(*THREE))
    run_queue()
    taking = import_all(controller, controller.get(page))
    CostCodeMapping.objects.create(integration=integration, cost_code="1", account="50100")
    FileImport.objects.filter(preview__isnull=False).update(confirmed=["other"])
    run_queue()
    assert "Nothing was imported" in messages_of(controller.get(taking, follow=True))[0]
    assert not Entry.objects.filter(kind=Entry.Kind.PERSON).exists()


def keeper_of(integration: Integration) -> tuple[Client, Duty]:
    """Who keeps mappings in this company only, acts as that, and sees another one, too."""
    other = Connection.objects.create(name="BC North", vendor="business_central")
    north = Integration.objects.create(
        key="bc_procore", name="North", project_system=integration.project_system, ledger=other
    )
    user = User.objects.create_user("dora", is_staff=True)
    Access.objects.create(user=user).integrations.set([integration, north])
    keeper = Group.objects.create(name="Keeper")
    keeper.permissions.set(Permission.objects.filter(content_type__app_label="mappings"))
    duty = Duty.objects.create(user=user)
    duty.groups.add(keeper)
    duty.integrations.add(integration)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/acting/", {"as": duty.pk})
    return client, duty


def test_a_worker_takes_it_in_the_roles_in_which_its_user_acted(integration: Integration) -> None:
    """The other company would be meant as well by its kind."""
    dora, _ = keeper_of(integration)
    page = watched(dora, rules_file(*THREE))
    run_queue()
    taking = import_all(dora, dora.get(page))
    dora.post("/acting/", {"as": ""})
    run_queue()
    assert FileImport.objects.get(preview__isnull=False).outcome["totals"]["new"] == 3, taking
    assert {row.integration for row in CostCodeMapping.objects.all()} == {integration}


def test_roles_that_are_taken_away_meanwhile_take_no_file(integration: Integration) -> None:
    dora, duty = keeper_of(integration)
    page = watched(dora, rules_file(*THREE))
    run_queue()
    import_all(dora, dora.get(page))
    duty.delete()
    run_queue()
    assert FileImport.objects.get(preview__isnull=False).outcome["wrong"]
    assert not CostCodeMapping.objects.exists()
