"""An import is remembered, and taken back as one action with its own preview."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pghistory
import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError
from django.test import Client

from audit.models import Entry
from connections.models import Integration
from mappings.models import ChartAccount, CostCodeMapping, TakenFile, VendorLink
from mappings.undo import carry, pages
from syncs.models import Record, State
from tests.mappings.conftest import complete, confirm, messages_of, no_rule, refer, upload
from tests.mappings.test_files import RULES, imported, rules_file
from tests.story import run_queue
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/mappings/takenfile/"
FIRST = ("bc_procore,01,*,*,50100,,,", "bc_procore,02,*,*,50100,J-100,,kept")
SECOND = ("bc_procore,01,*,*,50200,,,", "bc_procore,02,*,*,50200,,,", "bc_procore,03,*,*,50100,,,")
BOX = re.compile(r'name="chosen" value="([\w:]+)" aria-label="([^"]+)"')
JOB = re.compile(r'name="job" value="(\d+)"')


def page_of(row: TakenFile) -> str:
    return f"{LIST}{row.pk}/change/"


def last() -> TakenFile:
    return TakenFile.objects.latest("pk")


def undo(client: Client, row: TakenFile, **form: Any) -> Any:
    return client.post(f"{LIST}{row.pk}/undo/", form, follow=True)


def rules() -> list[tuple[str, str, dict[str, str], str]]:
    rows = CostCodeMapping.objects.order_by("cost_code")
    return list(rows.values_list("cost_code", "account", "dimensions", "note"))


def by_hand() -> Any:
    """A change of its own: a test is one transaction, whose context is the last request's."""
    return pghistory.context()


def two_imports(client: Client) -> tuple[TakenFile, list[Any]]:
    """The second one, and the table before it."""
    imported(client, rules_file(*FIRST), "march.csv")
    before = rules()
    imported(client, rules_file(*SECOND), "april.csv")
    return last(), before


def test_an_import_is_listed_with_who_which_file_and_what_it_did(
    controller: Client, integration: Integration
) -> None:
    content = rules_file(*FIRST)
    imported(controller, content, "march.csv")
    row = last()
    assert (row.by, row.table, row.file) == ("carla", RULES, "march.csv")
    assert (row.new, row.changed, row.same, row.about) == (2, 0, 0, "BC and Procore")
    assert row.sha256 == hashlib.sha256(content.encode()).hexdigest()
    listed = controller.get(f"/mappings/{RULES}/").content.decode()
    assert f"{LIST}?table={RULES}" in listed
    page = controller.get(f"{LIST}?table={RULES}").content.decode()
    assert "march.csv" in page
    assert "march.csv" not in controller.get(f"{LIST}?table=taxlink").content.decode()
    assert "2 new, 0 changed, 0 as before" in page


def test_undoing_puts_each_row_back_as_it_was(controller: Client, integration: Integration) -> None:
    row, before = two_imports(controller)
    outcome = controller.get(page_of(row)).context["outcome"]
    assert {name: count for name, count in outcome["counts"].items() if count} == {
        "remove": 1, "put_back": 2,
    }  # fmt: skip
    cells = {act[0]: act[3] for act in outcome["rows"] if "02" in act[2]}
    assert cells["put_back"] == [
        ("Note", "", "kept"), ("Account", "50200", "50100"), ("Dimensions", "", "PROJECT = J-100"),
    ]  # fmt: skip
    assert rules() != before, "a preview changes nothing"
    answer = undo(controller, row)
    assert messages_of(answer)[0] == "Undone: 1 removed, 2 put back, 0 restored."
    assert rules() == before


def test_an_undo_is_in_the_journal_and_in_the_history_of_the_row(
    controller: Client, integration: Integration
) -> None:
    row, _ = two_imports(controller)
    undo(controller, row)
    line = Entry.objects.filter(kind=Entry.Kind.PERSON).latest("sequence")
    assert (line.actor, line.integration) == ("carla", "bc_procore")
    assert line.sentence == (
        "The import of “april.csv” into cost code mappings was undone: 1 removed, 2 put back, "
        "0 restored."
    )
    rule = CostCodeMapping.objects.get(cost_code="01")
    change = controller.get(f"/mappings/{RULES}/{rule.pk}/history/").context["changes"][0]
    assert (change.who, change.how) == ("carla", "by undoing the import of april.csv")
    assert change.fields == [("Account", "50200", "50100")]


def test_a_second_press_does_nothing(controller: Client, integration: Integration) -> None:
    row, before = two_imports(controller)
    undo(controller, row)
    with by_hand():
        CostCodeMapping.objects.filter(cost_code="01").update(account="50200")
    after, lines = rules(), Entry.objects.count()
    answer = undo(controller, row)
    assert messages_of(answer) == ["It was undone by carla already."]
    assert (rules(), TakenFile.objects.count(), Entry.objects.count()) == (after, 3, lines)
    assert before != after


def test_a_row_that_somebody_changed_since_is_shown_and_left(
    controller: Client, integration: Integration
) -> None:
    row, _ = two_imports(controller)
    with by_hand():
        CostCodeMapping.objects.filter(cost_code="01").update(note="by hand")
        CostCodeMapping.objects.filter(cost_code="03").delete()
    outcome = controller.get(page_of(row)).context["outcome"]
    assert outcome["counts"]["changed"] == outcome["counts"]["put_back"] == 1
    assert outcome["counts"]["same"] == 1, "what it made and is gone needs no undoing"
    assert [each["why"] for each in outcome["changed"]] == ["It was changed since."]
    undo(controller, row)
    assert [rule[3] for rule in rules()] == ["by hand", "kept"]
    assert last().left == 1


def test_a_row_that_changed_is_undone_where_a_person_ticked_it_as_it_was_seen(
    controller: Client, integration: Integration
) -> None:
    row, before = two_imports(controller)
    with by_hand():
        CostCodeMapping.objects.filter(cost_code="01").update(note="by hand")
    [(value, about)] = BOX.findall(controller.get(page_of(row)).content.decode())
    assert about == "cost code 01 → 50100"
    with by_hand():
        CostCodeMapping.objects.filter(cost_code="01").update(note="once more")
    undo(controller, row, chosen=[value])
    assert rules()[0] == ("01", "50200", {}, "once more"), "not as it was seen"
    undone = last()
    undo(controller, undone)
    row.refresh_from_db()
    assert rules()[1:] == [("02", "50200", {}, ""), ("03", "50100", {}, "")]
    assert before[0] == ("01", "50100", {}, "")


def test_ticked_rows_are_put_back_and_a_row_in_its_place_is_overwritten(
    controller: Client, integration: Integration
) -> None:
    row, before = two_imports(controller)
    with by_hand():
        CostCodeMapping.objects.filter(cost_code="01").update(note="by hand")
        CostCodeMapping.objects.filter(cost_code="02").delete()
        CostCodeMapping.objects.create(integration=integration, cost_code="02", account="20200")
    page = controller.get(page_of(row))
    assert [each["why"] for each in page.context["outcome"]["changed"]] == [
        "It was changed since.", "Another row stands in its place now.",
    ]  # fmt: skip
    values = [value for value, _ in BOX.findall(page.content.decode())]
    undo(controller, row, chosen=values)
    assert rules() == before


def test_an_undo_may_be_taken_back(controller: Client, integration: Integration) -> None:
    row, before = two_imports(controller)
    after = rules()
    undo(controller, row)
    undone = last()
    assert (undone.undoes, undone.removed, undone.changed) == (row, 1, 2)
    answer = undo(controller, undone)
    assert messages_of(answer)[0] == "Undone: 0 removed, 2 put back, 1 restored."
    assert rules() == after
    assert "undone by carla" in controller.get(LIST).content.decode()
    assert before != after


def test_accounts_that_a_file_of_the_chart_removed_come_back(
    controller: Client, integration: Integration
) -> None:
    table = "chartaccount"
    for text in ("number,name\n01,Cash\n02,Bank\n", "number,name\n01,Cash on hand\n"):
        confirm(controller, table, upload(controller, table, text))
    assert ChartAccount.objects.count() == 1
    undo(controller, last())
    rows = ChartAccount.objects.values_list("number", "name")
    assert list(rows) == [("01", "Cash"), ("02", "Bank")]


def test_it_says_and_does_what_documents_need(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    """One is released by the import and waits for a worker; one waits for approval by the rule."""
    held("1", "1234.50", no_rule("03"))
    imported(controller, rules_file(*SECOND), "april.csv")
    rule = CostCodeMapping.objects.get(cost_code="03")
    coded = {"state": State.HELD, "reason": "needs_approval", "rules": [f"{RULES}:{rule.pk}"]}
    source = {"lines": [{"cost_code": "03", "cost_type": "L"}]}
    waits = {**coded, "problems": [{"reason": "needs_approval", "sentence": "…"}]}
    both = {"integration": integration, "flow": "requisitions", "source": source}
    Record.objects.create(**both, **waits, source_id="2", amount="100.00")
    Record.objects.create(**both, **coded, source_id="3", amount="7.00", posted_digest="x")
    [said] = controller.get(page_of(last())).context["outcome"]["said"]
    assert said == (
        "BC and Procore: Holds 2 documents again, $1,334.50. 1 posted document, $7.00, was booked "
        "by what changes here and stays as it is: nothing is posted again. One that changes in its "
        "source later is worked out anew, and held with the difference."
    )
    answer = undo(controller, last())
    assert messages_of(answer)[1:] == [
        "BC and Procore: 1 document, $100.00, not posted yet, worked out anew."
    ]
    assert Record.objects.get(source_id="2").state == State.PENDING
    assert Record.objects.get(source_id="3").state == State.HELD


def test_a_wider_rule_in_its_place_holds_nothing(
    controller: Client, integration: Integration
) -> None:
    imported(controller, rules_file(*SECOND), "april.csv")
    rule = CostCodeMapping.objects.get(cost_code="03")
    Record.objects.create(
        integration=integration, flow="requisitions", source_id="2", amount="100.00",
        state=State.PENDING, rules=[f"{RULES}:{rule.pk}"],
        source={"lines": [{"cost_code": "03", "cost_type": "L"}]},
    )  # fmt: skip
    page = page_of(last())
    assert "Holds 1 document again" in controller.get(page).context["outcome"]["said"][0]
    with by_hand():
        CostCodeMapping.objects.create(integration=integration, account="50200")
    assert controller.get(page).context["outcome"]["said"] == []


def test_what_waits_for_a_row_that_is_made_again_is_foretold_as_if_it_were_there(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    undo(controller, two_imports(controller)[0])
    missing = {"reason": "missing_mapping", "cost_code": "03", "cost_type": "L", "project": "P-100"}
    held("3", "30.00", {**missing, "sentence": "…"})
    said = controller.get(page_of(last())).context["outcome"]["said"]
    assert said == ["BC and Procore: Releases 1 document, $30.00."]


def test_what_waits_for_a_row_that_comes_back_is_released(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    record = held("1", "50.00", {"reason": "account_unusable", "account": "50200", "sentence": "…"})
    row, _ = two_imports(controller)
    Record.objects.filter(pk=record.pk).update(state=State.HELD)
    said = controller.get(page_of(row)).context["outcome"]["said"]
    assert said == ["BC and Procore: Releases 1 document, $50.00."]
    undo(controller, row)
    record.refresh_from_db()
    assert record.state == State.PENDING


# -- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verbs", [
    ("view", "import", "change"), ("view", "import", "delete"), ("view", "change", "delete"),
], ids=["no-delete", "no-change", "no-import"])  # fmt: skip
def test_undoing_takes_the_rights_to_import_change_and_delete(
    controller: Client,
    integration: Integration,
    person: Callable[..., Client],
    verbs: tuple[str, ...],
) -> None:
    row, _ = two_imports(controller)
    after = rules()
    client = person(*verbs)
    assert client.post(f"{LIST}{row.pk}/undo/").status_code == 403
    assert "takes the rights" in client.get(page_of(row)).content.decode()
    assert rules() == after


def test_nothing_is_undone_by_looking(controller: Client, integration: Integration) -> None:
    row, _ = two_imports(controller)
    assert controller.get(f"{LIST}{row.pk}/undo/").status_code == 405
    assert TakenFile.objects.count() == 2


def test_imports_of_a_table_that_one_may_not_see_are_not_listed(
    controller: Client, integration: Integration, django_user_model: type[User]
) -> None:
    imported(controller, rules_file(*FIRST), "march.csv")
    user = django_user_model.objects.create_user("ira", is_staff=True)
    story.sees_all(user).user_permissions.set(permissions("view_takenfile", "view_vendorlink"))
    controller.force_login(user)
    assert "march.csv" not in controller.get(LIST).content.decode()
    assert controller.get(page_of(last())).status_code == 404


def permissions(*names: str) -> Any:
    return Permission.objects.filter(codename__in=names)


# -- many rows ------------------------------------------------------------------------------------


def test_many_rows_are_looked_at_and_undone_by_a_worker(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    row, before = two_imports(controller)
    assert controller.get(page_of(row)).context["outcome"] is None
    watched = controller.post(f"{LIST}{row.pk}/undo/")["Location"]
    assert "It waits for a worker" in controller.get(watched).content.decode()
    run_queue()
    preview = controller.get(watched)
    assert preview.context["outcome"]["counts"]["put_back"] == 2
    assert rules() != before
    [job] = JOB.findall(preview.content.decode())
    form = {"job": job}
    taking = controller.post(f"{LIST}{row.pk}/undo/", form)["Location"]
    assert controller.post(f"{LIST}{row.pk}/undo/", form)["Location"] == taking
    run_queue()
    answer = controller.get(taking, follow=True)
    assert messages_of(answer) == ["Undone: 1 removed, 2 put back, 0 restored."]
    assert rules() == before


def test_a_right_that_is_lost_before_the_worker_comes_undoes_nothing(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    row, before = two_imports(controller)
    watched = controller.post(f"{LIST}{row.pk}/undo/")["Location"]
    run_queue()
    [job] = JOB.findall(controller.get(watched).content.decode())
    controller.post(f"{LIST}{row.pk}/undo/", {"job": job})
    User.objects.filter(username="carla").update(is_superuser=False)
    run_queue()
    assert rules() != before
    assert not TakenFile.objects.filter(undoes=row).exists()


def test_rows_are_looked_at_in_portions(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mappings.undo.rows.CHUNK", 1)
    row, before = two_imports(controller)
    undo(controller, row)
    assert rules() == before


def test_an_undo_that_breaks_off_has_done_nothing(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody makes the same row after the first portion was written."""
    row, _ = two_imports(controller)
    after, write, portions = rules(), carry.write, []

    def breaks(*given: Any) -> None:
        portions.append(given)
        if len(portions) == 2:
            raise IntegrityError
        write(*given)

    monkeypatch.setattr("mappings.undo.rows.CHUNK", 1)
    monkeypatch.setattr(carry, "write", breaks)
    answer = undo(controller, row)
    assert messages_of(answer) == [pages.CLASH]
    assert (rules(), TakenFile.objects.count()) == (after, 2)
    assert Entry.objects.latest("sequence").sentence.startswith("“april.csv” was imported")


def test_a_link_says_by_what_it_came_when_it_is_put_back(
    controller: Client, integration: Integration
) -> None:
    """All that a row holds comes back, also what no file says."""
    VendorLink.objects.create(
        integration=integration, project_vendor_id="11", ledger_number="V2", origin="person"
    )
    refer(integration.project_system, "vendor", "14", "Another")
    text = "project_vendor_id,ledger_number\n11,V1\n14,V2\n"
    confirm(controller, "vendorlink", upload(controller, "vendorlink", text))
    undo(controller, last())
    assert list(VendorLink.objects.values_list("ledger_number", "origin")) == [("V2", "person")]
