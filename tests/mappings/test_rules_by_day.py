"""Rules that count on some days only, as the controller writes, files and undoes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from connections.models import Integration
from connections.pages.moments import day as read
from connections.transport.days import today
from mappings.imports.dated import DatedResource
from mappings.models import AccountRule, CostCodeMapping, TakenFile
from syncs.models import Record, State
from tests.mappings.conftest import complete, messages_of, no_rule, said, upload
from tests.mappings.test_files import imported, xlsx
from tests.mappings.test_inbox import INBOX
from tests.mappings.test_pages import ADD, form, rule
from tests.mappings.test_undo import by_hand

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
LIST = f"/mappings/{RULES}/"
NEW_YEAR, OLD_YEAR = dt.date(2027, 1, 1), dt.date(2026, 12, 31)
HEAD = "cost_code,cost_type,project,valid_from,valid_until,account\n"
SPLIT = f"{HEAD}03-300,*,*,,2026-12-31,50100\n03-300,*,*,2027-01-01,,50200"
Commits = Any


def page_of(row: CostCodeMapping) -> str:
    return f"{LIST}{row.pk}/change/"


def rules() -> list[tuple[str, str, str]]:
    rows = CostCodeMapping.objects.order_by("valid_until")
    return [(row.account, str(row.valid_from or ""), str(row.valid_until or "")) for row in rows]


def errors(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


# -- by hand --------------------------------------------------------------------------------------


def test_a_second_rule_for_the_same_day_is_refused_by_the_form_which_names_the_first(
    controller: Client, integration: Integration
) -> None:
    first = rule(integration, valid_from=NEW_YEAR)
    sent = form(integration, cost_code="03-300", account="50200")
    answer = controller.post(ADD, sent)
    assert errors(answer) == {"valid_from": [
        "There is a rule for this already, from Jan 1, 2027 on: cost code 03-300 → 50100, from "
        "Jan 1, 2027 on. On a day one rule counts."
    ]}  # fmt: skip
    assert controller.post(ADD, {**sent, "valid_until": "2026-12-31"}).status_code == 302
    other = CostCodeMapping.objects.exclude(pk=first.pk).get()
    answer = controller.post(page_of(other), {**sent, "valid_until": "2027-01-01"})
    assert "valid_from" in errors(answer)
    backwards = {**sent, "valid_from": "2026-12-31", "valid_until": "2026-01-01"}
    assert "The last day comes before" in str(errors(controller.post(page_of(other), backwards)))


def test_the_list_shows_the_days_and_filters_by_them(
    controller: Client, integration: Integration
) -> None:
    day, one = today(), dt.timedelta(days=1)
    rule(integration, cost_code="01", valid_until=day - one)
    rule(integration, cost_code="02", valid_from=day, valid_until=day)
    rule(integration, cost_code="03", valid_from=day + one)
    rule(integration, cost_code="04")

    def listed(state: str) -> list[str]:
        rows = controller.get(LIST, {"valid": state}).context["cl"].result_list
        return sorted(row.cost_code for row in rows)

    assert listed("today") == ["02", "04"]
    assert listed("future") == ["03"]
    assert listed("past") == ["01"]
    text = controller.get(LIST).content.decode()
    assert f"from {read(day + one)} on" in text
    assert "always" in text


def test_another_account_from_a_day_on_ends_the_old_rule_the_day_before(
    controller: Client, integration: Integration, django_capture_on_commit_callbacks: Commits
) -> None:
    old = rule(integration, dimensions={"PROJECT": "{project}"}, valid_until=dt.date(2027, 6, 30))
    page = controller.get(page_of(old)).content.decode()
    assert "Another account from a day on" in page
    answer = controller.get(f"{LIST}{old.pk}/another-account/")
    add = answer["Location"]
    opened = controller.get(add)
    assert "ends the day before this one begins" in opened.content.decode()
    sent = {
        name: value for name, value in opened.context["adminform"].form.initial.items()
        if value is not None
    } | {"account": "50200", "continues": old.pk}  # fmt: skip
    assert (sent["dim_PROJECT"], sent["valid_until"]) == ("{project}", "2027-06-30")
    assert errors(controller.post(add, sent)) == {"valid_from": ["Choose the day."]}
    late = errors(controller.post(add, {**sent, "valid_from": "2027-07-01"}))
    assert late["valid_from"][0].startswith("The rule that ends does so on Jun 30, 2027 already")
    with django_capture_on_commit_callbacks(execute=True):
        done = controller.post(add, {**sent, "valid_from": "2027-01-01"}, follow=True)
    assert "Until then: cost code 03-300 → 50100, until Dec 31, 2026." in messages_of(done)
    assert rules() == [("50100", "", "2026-12-31"), ("50200", "2027-01-01", "2027-06-30")]
    assert CostCodeMapping.objects.get(valid_from=NEW_YEAR).dimensions == {"PROJECT": "{project}"}


def test_it_takes_the_rights_to_add_and_to_change(
    person: Callable[..., Client], integration: Integration
) -> None:
    old = rule(integration)
    browser = person("view", "add")
    assert browser.get(f"{LIST}{old.pk}/another-account/").status_code == 403
    sent = form(integration, cost_code="03-300", account="50200", valid_from="2027-01-01")
    answer = browser.post(f"{ADD}?continues={old.pk}", {**sent, "continues": old.pk})
    assert "valid_from" in errors(answer), "the old rule is in the way"
    assert rules() == [("50100", "", "")]


def test_a_rule_releases_what_is_of_its_days(
    controller: Client, integration: Integration, held: Callable[..., Record],
    django_capture_on_commit_callbacks: Commits,
) -> None:  # fmt: skip
    complete(integration)
    row = rule(integration, valid_from=NEW_YEAR)
    told = {**no_rule("03-300"), "rule": f"{RULES}:{row.pk}"}
    for id, day in (("1", "2026-11-16"), ("2", "2026-12-01")):
        held(id, "100.00", {**told, "day": day})
    held("3", "50.00", {**no_rule("03-300"), "day": "2026-10-31"})
    of_other_days, unmapped = controller.get(INBOX).context["lines"]
    assert of_other_days.other_days.sentence == (
        "Mapped from Jan 1, 2027 on; these are of Nov 16, 2026 to Dec 1, 2026."
    )
    assert (of_other_days.documents, unmapped.documents) == (2, 1)
    assert page_of(row) in controller.get(INBOX).content.decode()
    opened = controller.get(of_other_days.map_url)
    assert 'value="2026-12-31"' in opened.content.decode()
    sent = form(integration, cost_code="03-300", valid_from="2026-11-01", valid_until="2026-12-31")
    panel = controller.get(f"{LIST}panel/", sent).context["panel"]
    assert panel["releases"].startswith("Releases 2 documents")
    with django_capture_on_commit_callbacks(execute=True):
        controller.post(ADD, sent)
    states = dict(Record.objects.values_list("source_id", "state"))
    assert states == {"1": State.PENDING, "2": State.PENDING, "3": State.HELD}


def test_documents_whose_rules_were_not_kept_are_counted_apart(
    controller: Client, integration: Integration
) -> None:
    row, now = rule(integration), timezone.now()
    MigrationRecorder.Migration.objects.filter(name="0031_coded_by").update(applied=now)
    before, after = now - dt.timedelta(days=9), now + dt.timedelta(hours=1)
    for id, at, rows in (
        ("1", before, []), ("2", before, []), ("3", before, [f"{RULES}:{row.pk}"]),
        ("4", after, []),
    ):  # fmt: skip
        Record.objects.create(
            integration=integration, flow="requisitions", source_id=id, amount=10, rules=rows,
            state=State.POSTED, posted_digest="x", posted_at=at,
        )  # fmt: skip
    told = controller.get(page_of(row)).context["panel"]["posted"].sentence
    assert told.startswith("1 posted document, $10.00, was booked by this row")
    assert "And 2 documents posted before " in told
    assert "whose rules were not kept" in told


# -- files ----------------------------------------------------------------------------------------


def test_a_file_ends_one_rule_and_begins_another(
    controller: Client, integration: Integration
) -> None:
    rule(integration)
    imported(controller, SPLIT)
    assert rules() == [("50100", "", "2026-12-31"), ("50200", "2027-01-01", "")]
    again = upload(controller, RULES, SPLIT)
    assert again.context["result"].changed == 0
    for kind, name in (("0", "rules.csv"), ("1", "rules.xlsx")):
        data = controller.post(f"{LIST}export/", {"format": kind, "resource": ""}).content
        back = upload(controller, RULES, data, name)
        assert said(back) == []
        assert (back.context["result"].changed, back.context["result"].total_rows) == (0, 2)


def test_bounds_that_move_together_may_pass_each_other(
    controller: Client, integration: Integration
) -> None:
    rule(integration, valid_until=OLD_YEAR)
    rule(integration, valid_from=NEW_YEAR, account="50200")
    imported(controller, (
        f"{HEAD}03-300,*,*,,2027-01-15,50100\n03-300,*,*,2027-01-16,,50200\n"
        "03-300,*,*,2027-01-01,2027-01-01,50200"
    ).replace("2027-01-15", "2026-06-30"))  # fmt: skip
    assert [row[1:] for row in rules()] == [
        ("", "2026-06-30"), ("2027-01-01", "2027-01-01"), ("2027-01-16", ""),
    ]  # fmt: skip


def test_a_row_that_overlaps_is_refused_by_its_line(
    controller: Client, integration: Integration
) -> None:
    rule(integration, cost_code="02", valid_from=NEW_YEAR)
    preview = upload(controller, RULES, (
        f"{HEAD}01,*,*,,2026-12-31,50100\n01,*,*,2026-12-31,,50200\n02,*,*,2028-01-01,,50200\n"
        "03,*,*,2027-01-02,2027-01-01,50100\n04,*,*,1/2/2027,,50100\n05,*,*,2027-02-30,,50100"
    ))  # fmt: skip
    assert said(preview) == [
        "3: Line 2 is for the same, until Dec 31, 2026. On a day one rule counts.",
        "4: There is a rule for this already, from Jan 1, 2027 on: cost code 02 → 50100, from "
        "Jan 1, 2027 on. On a day one rule counts.",
        "5: The last day comes before the first one.",
        "6: “1/2/2027” is not written as a day is here: 2027-01-31.",
        "7: “2027-02-30” is no day of the calendar.",
    ]


def test_a_file_without_days_leaves_them_and_says_where_several_are_meant(
    controller: Client, integration: Integration
) -> None:
    rule(integration, valid_from=NEW_YEAR)
    old = "cost_code,cost_type,project,account\n03-300,*,*,50200"
    imported(controller, old)
    assert rules() == [("50200", "2027-01-01", "")]
    rule(integration, valid_until=OLD_YEAR)
    assert said(upload(controller, RULES, old)) == [
        "2: There are several rules for this, by days: until Dec 31, 2026; from Jan 1, 2027 on. "
        "Name the one that is meant by its first day, in the column valid_from."
    ]


def test_a_workbook_may_hold_days_as_days_and_nothing_else_as_days(
    controller: Client, integration: Integration
) -> None:
    head = ["cost_code", "cost_type", "project", "valid_from", "account"]
    imported(controller, xlsx(head, ["03-300", "*", "*", NEW_YEAR, "50100"]), "rules.xlsx")
    assert rules() == [("50100", "2027-01-01", "")]
    wrong = upload(controller, RULES, xlsx(head, [NEW_YEAR, "*", "*", "", "50100"]), "rules.xlsx")
    assert "has a date or time" in said(wrong)[0]


def test_undoing_an_import_that_split_a_rule_makes_it_whole_again(
    controller: Client, integration: Integration
) -> None:
    imported(controller, "cost_code,cost_type,project,account\n03-300,*,*,50100")
    imported(controller, SPLIT)
    row = TakenFile.objects.latest("pk")
    outcome = controller.get(f"/mappings/takenfile/{row.pk}/change/").context["outcome"]
    assert (outcome["counts"]["remove"], outcome["counts"]["put_back"]) == (1, 1)
    controller.post(f"/mappings/takenfile/{row.pk}/undo/")
    assert rules() == [("50100", "", "")]


def test_undoing_leaves_a_rule_whose_days_another_has_taken(
    controller: Client, integration: Integration
) -> None:
    imported(controller, "cost_code,cost_type,project,account\n03-300,*,*,50100")
    imported(controller, f"{HEAD}03-300,*,*,,2026-12-31,50100")
    row = TakenFile.objects.latest("pk")
    with by_hand():
        rule(integration, valid_from=NEW_YEAR, account="50200")
    outcome = controller.get(f"/mappings/takenfile/{row.pk}/change/").context["outcome"]
    assert [each["why"] for each in outcome["changed"]] == [
        "Another row counts now on one of the days on which it did."
    ]
    controller.post(f"/mappings/takenfile/{row.pk}/undo/")
    assert rules() == [("50100", "", "2026-12-31"), ("50200", "2027-01-01", "")]


# -- somebody is faster ---------------------------------------------------------------------------


def test_a_form_that_comes_too_late_is_told_so(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other rule was not there yet when this one was looked at."""
    rule(integration)
    monkeypatch.setattr(CostCodeMapping, "same", lambda row: [])
    answer = controller.post(ADD, form(integration, cost_code="03-300"), follow=True)
    assert messages_of(answer)[0].startswith("Somebody made a rule for the same days meanwhile.")
    assert rules() == [("50100", "", "")]


def test_a_file_that_comes_too_late_is_not_taken(
    controller: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatedResource, "overlapping", lambda *args: iter(()))
    rule(integration)
    answer = imported(controller, f"{HEAD}03-300,*,*,2027-01-01,,50200")
    assert messages_of(answer) == [
        "Nothing was imported: Somebody made a rule for the same and for one of these days "
        "meanwhile. Upload the file again."
    ]
    assert rules() == [("50100", "", "")]
    assert not TakenFile.objects.exists()


# -- fewer days than before -----------------------------------------------------------------------


@pytest.fixture
def coded(integration: Integration) -> Callable[..., Record]:
    """`coded(rule, id, amount, day)`: a document that waits for approval, worked out by it."""

    def make(row: CostCodeMapping, id: str, amount: str, day: dt.date, **fields: Any) -> Record:
        values = {"state": State.HELD, "reason": "needs_approval", "problems": [
            {"reason": "needs_approval", "sentence": "…"}]} | fields  # fmt: skip
        return Record.objects.create(
            integration=integration, flow="requisitions", source_id=id, amount=Decimal(amount),
            document_date=day, rules=[f"{RULES}:{row.pk}"], **values,
            source={"lines": [{"cost_code": row.cost_code, "cost_type": "L"}]},
        )  # fmt: skip

    return make


def test_the_form_says_what_fewer_days_hold_and_what_is_posted_outside_them(
    controller: Client, integration: Integration, coded: Callable[..., Record],
    django_capture_on_commit_callbacks: Commits,
) -> None:  # fmt: skip
    complete(integration)
    row = rule(integration)
    coded(row, "1", "10.00", OLD_YEAR)
    coded(row, "2", "20.00", NEW_YEAR)
    done = {"state": State.POSTED, "reason": "", "problems": [], "posted_digest": "x"}
    coded(row, "3", "300.00", OLD_YEAR, **done)
    coded(row, "4", "400.00", NEW_YEAR, **done)
    sent = form(integration, cost_code="03-300", valid_until="2026-12-31")
    panel = controller.get(f"{LIST}panel/", {**sent, "pk": row.pk}).context["panel"]
    assert panel["holds"] == "Holds 1 document again, $20.00."
    assert panel["posted"].sentence.startswith("2 posted documents, $700.00, were booked")
    assert panel["posted"].sentence.endswith("1 of them, $400.00, lies outside the new days.")
    same = controller.get(f"{LIST}panel/", {**sent, "valid_until": "", "pk": row.pk})
    assert same.context["panel"]["holds"] == ""
    assert "outside" not in same.context["panel"]["posted"].sentence
    with django_capture_on_commit_callbacks(execute=True):
        controller.post(page_of(row), sent)
    assert set(Record.objects.filter(state=State.PENDING).values_list("source_id")) == {
        ("1",), ("2",)
    }  # fmt: skip


def test_a_file_says_it_but_for_what_another_of_its_rows_covers(
    controller: Client, integration: Integration, coded: Callable[..., Record]
) -> None:
    complete(integration)
    row = rule(integration)
    coded(row, "1", "10.00", OLD_YEAR)
    coded(row, "2", "20.00", NEW_YEAR)
    shorter = f"{HEAD}03-300,*,*,,2026-12-31,50100"
    preview = upload(controller, RULES, shorter)
    assert "Holds 1 document again, $20.00." in preview.content.decode()
    for rest in ("\n03-300,*,*,2027-01-01,,50200", "\n*,*,*,,,50200"):
        assert "Holds" not in upload(controller, RULES, shorter + rest).content.decode()
    answer = imported(controller, shorter)
    assert "BC and Procore: 2 documents, $30.00, not posted yet, worked out anew." in messages_of(
        answer
    )


def test_the_undoing_of_an_import_that_gave_more_days_says_what_it_holds(
    controller: Client, integration: Integration, coded: Callable[..., Record],
    held: Callable[..., Record],
) -> None:  # fmt: skip
    complete(integration)
    row = rule(integration, valid_until=OLD_YEAR)
    held("3", "30.00", {**no_rule("03-300"), "day": "2027-01-02"})
    held("4", "40.00", {**no_rule("03-300"), "day": "2026-12-30"})
    imported(controller, f"{HEAD}03-300,*,*,,2027-12-31,50100")
    coded(row, "1", "10.00", OLD_YEAR)
    coded(row, "2", "20.00", NEW_YEAR)
    file = TakenFile.objects.latest("pk")
    told = controller.get(f"/mappings/takenfile/{file.pk}/change/").context["outcome"]["said"]
    assert told == ["BC and Procore: Holds 2 documents again, $50.00."]


def test_a_rule_for_a_purpose_and_a_tax_code_hold_by_their_days_too(
    controller: Client, integration: Integration, coded: Callable[..., Record]
) -> None:
    row = AccountRule.objects.create(integration=integration, purpose="retainage", account="50100")
    for id, day in (("1", OLD_YEAR), ("2", NEW_YEAR)):
        record = coded(rule(integration, cost_code=id), id, "20.00", day)
        record.rules = [*record.rules, f"accountrule:{row.pk}"]
        record.save()
    sent: dict[str, Any] = {"integration": integration.pk, "purpose": "retainage", "pk": row.pk,
                            "account": "50100", "valid_until": "2026-12-31"}  # fmt: skip
    panel = controller.get("/mappings/accountrule/panel/", sent).context["panel"]
    assert panel["holds"] == "Holds 1 document again, $20.00."
