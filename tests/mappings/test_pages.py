"""The mapping pages as the controller uses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from connections.models import Integration
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, TaxLink, VendorLink
from mappings.reference import Reference
from syncs.models import Record
from tests.mappings.conftest import complete, no_rule, no_vendor

pytestmark = pytest.mark.django_db
Commits = Any
TABLES = ("costcodemapping", "vendorlink", "projectlink", "taxlink", "accountrule", "reference")


def rule(integration: Integration, **fields: Any) -> CostCodeMapping:
    values = {"cost_code": "03-300", "account": "50100", **fields}
    return CostCodeMapping.objects.create(integration=integration, **values)


def form(integration: Integration, **fields: str) -> dict[str, Any]:
    return {"integration": integration.pk, "cost_code": "", "cost_type": "", "project": "",
            "account": "50100", "note": "", **fields}  # fmt: skip


ADD = "/mappings/costcodemapping/add/"


@pytest.mark.parametrize("table", TABLES)
def test_every_list_opens(controller: Client, integration: Integration, table: str) -> None:
    assert controller.get(f"/mappings/{table}/").status_code == 200


@pytest.mark.parametrize("table", TABLES[:-1])
def test_every_form_opens(controller: Client, integration: Integration, table: str) -> None:
    assert controller.get(f"/mappings/{table}/add/").status_code == 200


def test_the_forms_open_before_there_is_an_integration(controller: Client, db: None) -> None:
    for table in TABLES[:-1]:
        assert controller.get(f"/mappings/{table}/add/").status_code == 200
        assert controller.post(f"/mappings/{table}/add/", {}).status_code == 200


def test_the_list_says_the_rule_the_accounts_name_and_that_it_is_blocked(
    controller: Client, integration: Integration
) -> None:
    rule(integration, cost_type="L", account="50900")
    page = controller.get("/mappings/costcodemapping/").content.decode()
    assert "Cost code 03-300, cost type L" in page
    assert "Old costs" in page
    assert "blocked" in page


def test_the_list_tells_accounts_that_are_gone_and_unknown(
    controller: Client, integration: Integration
) -> None:
    Reference.objects.filter(code="50200").update(gone_at=timezone.now())
    rule(integration, account="50200")
    rule(integration, cost_code="04", account="99999")
    rule(integration, cost_code="05")
    page = controller.get("/mappings/costcodemapping/").content.decode()
    assert "gone" in page
    assert "not in the ledger" in page
    trouble = controller.get("/mappings/costcodemapping/?ledger_state=trouble")
    assert {row.cost_code for row in trouble.context["cl"].queryset} == {"03-300", "04"}
    fine = controller.get("/mappings/costcodemapping/?ledger_state=ok")
    assert {row.cost_code for row in fine.context["cl"].queryset} == {"05"}


def test_a_long_list_takes_no_query_per_row(
    controller: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        rule(integration, cost_code=f"{number:02}-000")
    with django_assert_max_num_queries(12):
        controller.get("/mappings/costcodemapping/")


def test_no_secret_of_a_connection_is_on_any_page(
    controller: Client, integration: Integration
) -> None:
    for table in TABLES:
        assert "TOPSECRET" not in controller.get(f"/mappings/{table}/").content.decode()


def test_dimensions_are_written_as_one_input_each(
    controller: Client, integration: Integration
) -> None:
    page = controller.get(ADD).content.decode()
    assert 'name="dim_PROJECT"' in page
    assert "J-100  Clinic" in page
    assert "Closed job" not in page
    said = {"dim_PROJECT": "{project}", "dim_COSTCODE": "03-300"}
    controller.post(ADD, form(integration, cost_code="03-300", **said))
    assert CostCodeMapping.objects.get().dimensions == {
        "PROJECT": "{project}",
        "COSTCODE": "03-300",
    }


def test_only_usable_accounts_are_offered(controller: Client, integration: Integration) -> None:
    page = controller.get(ADD).content.decode()
    assert "50100  Concrete" in page
    assert "Old costs" not in page
    assert "Trade payables" not in page


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        ("99999", "Account 99999 does not exist in BC."),
        ("50900", "Account 50900 Old costs is blocked in BC."),
        ("20100", "Account 20100 Trade payables does not allow direct posting in BC."),
        ("5", "Account 5 COSTS is a heading or total, not a posting account in BC."),
    ],
)
def test_an_unusable_account_is_refused(
    controller: Client, integration: Integration, account: str, sentence: str
) -> None:
    answer = controller.post(ADD, form(integration, cost_code="03", account=account))
    assert answer.context["adminform"].form.errors["account"] == [sentence]
    assert not CostCodeMapping.objects.exists()


def test_an_unusable_dimension_value_is_refused_at_its_field(
    controller: Client, integration: Integration
) -> None:
    answer = controller.post(ADD, form(integration, cost_code="03", dim_PROJECT="J-900"))
    errors = answer.context["adminform"].form.errors
    assert errors["dim_PROJECT"] == ["Value J-900 of dimension PROJECT is blocked in BC."]


def test_the_same_combination_twice_is_refused(
    controller: Client, integration: Integration
) -> None:
    rule(integration)
    other = rule(integration, cost_code="04")
    assert controller.post(ADD, form(integration, cost_code="03-300")).status_code == 200
    address = f"/mappings/costcodemapping/{other.pk}/change/"
    answer = controller.post(address, form(integration, cost_code="03-300"))
    assert "There is a rule for this already" in str(answer.context["adminform"].form.errors)


def test_a_stored_value_that_is_blocked_now_still_shows(
    controller: Client, integration: Integration
) -> None:
    row = rule(integration, account="50900", dimensions={"PROJECT": "J-900", "OLD": "X"})
    page = controller.get(f"/mappings/costcodemapping/{row.pk}/change/").content.decode()
    assert "50900  (not usable any more)" in page
    assert "J-900  (not usable any more)" in page
    assert 'name="dim_OLD"' in page


def test_the_form_says_which_rule_wins(controller: Client, integration: Integration) -> None:
    rule(integration, account="50200")
    rule(integration, cost_type="L", project="P-100", account="50100")
    page = controller.get(f"{ADD}?cost_code=03-300&cost_type=L").content.decode()
    assert "The most specific rule wins" in page
    assert "goes to 50200" in page
    assert "Before it, where both apply" in page
    again = controller.get(f"{ADD}?cost_code=03-300").content.decode()
    assert "There is a rule for exactly this already" in again
    new = controller.get(f"{ADD}?cost_code=26-000").content.decode()
    assert "Today no rule covers" in new


def test_saving_a_rule_releases_what_waited_for_it(
    controller: Client,
    integration: Integration,
    held: Callable[..., Record],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    complete(integration)
    free = held("1", "18000.50", no_rule("03-300"))
    both = held("2", "99.00", no_rule("03-300", project="P-200"), no_vendor("11"))
    other = held("3", "7.00", no_rule("04-000"))
    panel = controller.get(f"{ADD}?cost_code=03-300").content.decode()
    assert "Releases 1 document, $18,000.50." in panel
    assert "The sum is that of the whole documents, after retainage." in panel
    assert "1 document needs this and something else." in panel
    with django_capture_on_commit_callbacks(execute=True):
        answer = controller.post(ADD, form(integration, cost_code="03-300"))
    assert any("Released 1 document, $18,000.50" in text for text in messages_in(answer))
    states = {row.pk: row.state for row in Record.objects.all()}
    assert states == {free.pk: "pending", both.pk: "pending", other.pk: "held"}
    assert OrmQ.objects.count() == 2


def messages_in(answer: Any) -> list[str]:
    from django.contrib.messages import get_messages

    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_narrower_rule_releases_only_its_own(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    held("1", "10.00", no_rule("03-300", project="P-100"))
    held("2", "20.00", no_rule("03-300", project="P-200"))
    panel = controller.get(f"{ADD}?cost_code=03-300&project=P-200").content.decode()
    assert "Releases 1 document, $20.00." in panel
    everything = controller.get(ADD).content.decode()
    assert "Releases 2 documents, $30.00." in everything


def test_an_everything_rule_leaves_tax_codes_alone(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    held("1", "10.00", {"reason": "missing_mapping", "sentence": "…", "tax_code": "CA"})
    assert "No held document waits for this." in controller.get(ADD).content.decode()
    tax = controller.get("/mappings/taxlink/add/?project_code=CA").content.decode()
    assert "Releases 1 document, $10.00." in tax


def test_a_new_account_releases_what_the_old_one_blocked(
    controller: Client,
    integration: Integration,
    held: Callable[..., Record],
    django_capture_on_commit_callbacks: Commits,
) -> None:
    row = rule(integration, account="50900")
    record = held("1", "10", {"reason": "account_unusable", "sentence": "…", "account": "50900"})
    with django_capture_on_commit_callbacks(execute=True):
        controller.post(f"/mappings/costcodemapping/{row.pk}/change/",
                        form(integration, cost_code="03-300"))  # fmt: skip
    record.refresh_from_db()
    assert record.state == "pending"


@pytest.mark.parametrize(
    ("table", "problem", "fields"),
    [
        ("vendorlink", no_vendor("11"), {"project_vendor_id": "11", "ledger_number": "V1"}),
        (
            "projectlink",
            {"reason": "missing_project", "sentence": "…", "project_id": "900100"},
            {"project_id": "900100", "dimension": "PROJECT", "value": "J-100"},
        ),
        (
            "accountrule",
            {"reason": "settings", "sentence": "…", "purpose": "retainage_held"},
            {"purpose": "retainage_held", "account": "20200"},
        ),
    ],
)
def test_every_kind_of_mapping_releases_what_waits_for_it(
    controller: Client,
    integration: Integration,
    held: Callable[..., Record],
    django_capture_on_commit_callbacks: Commits,
    table: str,
    problem: dict[str, str],
    fields: dict[str, str],
) -> None:
    record = held("1", "10.00", problem)
    with django_capture_on_commit_callbacks(execute=True):
        answer = controller.post(
            f"/mappings/{table}/add/", {"integration": integration.pk, "note": "", **fields}
        )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    record.refresh_from_db()
    assert record.state == "pending"


def test_a_linked_vendor_gets_its_names_from_the_reference_data(
    controller: Client, integration: Integration
) -> None:
    fields = {"project_vendor_id": "11", "ledger_number": "V1", "note": ""}
    controller.post("/mappings/vendorlink/add/", {"integration": integration.pk, **fields})
    link = VendorLink.objects.get()
    assert (link.project_vendor_name, link.ledger_name) == ("Mueller Beton", "Müller Beton GmbH")
    assert link.origin == "person"


def test_a_vendor_that_the_ledger_does_not_have_is_refused(
    controller: Client, integration: Integration
) -> None:
    fields = {"integration": integration.pk, "project_vendor_id": "11", "ledger_number": "V9"}
    answer = controller.post("/mappings/vendorlink/add/", fields)
    assert "Vendor V9 does not exist in BC." in str(answer.context["adminform"].form.errors)


def test_the_history_says_who_changed_what(controller: Client, integration: Integration) -> None:
    controller.post(ADD, form(integration, cost_code="03-300"))
    row = CostCodeMapping.objects.get()
    address = f"/mappings/costcodemapping/{row.pk}"
    said = form(integration, cost_code="03-300", account="50200", dim_PROJECT="J-100")
    controller.post(f"{address}/change/", said)
    changes = controller.get(f"{address}/history/").context["changes"]
    assert [(change.who, change.done) for change in changes] == [
        ("carla", "Changed"), ("carla", "Added"),
    ]  # fmt: skip
    assert ("Account", "50100", "50200") in changes[0].fields
    assert ("Dimensions", "", "PROJECT = J-100") in changes[0].fields


def test_a_deleted_row_stays_in_the_tables_history(
    controller: Client, integration: Integration
) -> None:
    row = rule(integration)
    controller.post(f"/mappings/costcodemapping/{row.pk}/delete/", {"post": "yes"})
    changes = controller.get("/mappings/costcodemapping/changes/").context["changes"]
    assert [(each.done, each.who) for each in changes] == [
        ("Deleted", "carla"), ("Added", "the system"),
    ]  # fmt: skip
    assert ("Account", "50100", "") in changes[0].fields


@pytest.mark.parametrize("table", ["vendorlink", "accountrule", "projectlink", "taxlink"])
def test_a_reader_sees_words_and_no_buttons(
    person: Callable[..., Client], integration: Integration, table: str
) -> None:
    rows: dict[str, Callable[[], Any]] = {
        "vendorlink": lambda: VendorLink.objects.create(
            integration=integration, project_vendor_id="11", ledger_number="V1"
        ),
        "accountrule": lambda: AccountRule.objects.create(
            integration=integration, purpose="rounding", account="50100"
        ),
        "projectlink": lambda: ProjectLink.objects.create(
            integration=integration, project_id="900100", project_number="P-100", value="J-100"
        ),
        "taxlink": lambda: TaxLink.objects.create(
            integration=integration, project_code="CA", ledger_code="CA"
        ),
    }
    row, reader = rows[table](), person("view")
    page = reader.get(f"/mappings/{table}/{row.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert reader.get(f"/mappings/{table}/add/").status_code == 403


def test_a_reader_may_not_link_but_may_look(
    person: Callable[..., Client], integration: Integration
) -> None:
    reader = person("view")
    assert reader.get("/mappings/vendorlink/suggestions/").status_code == 200
    assert reader.get("/mappings/costcodemapping/unmapped/").status_code == 200
    choice = {"integration": integration.pk, "source": "12", "target": "V2"}
    assert reader.post("/mappings/vendorlink/suggestions/", choice).status_code == 403


def test_a_stranger_sees_nothing(person: Callable[..., Client], integration: Integration) -> None:
    stranger = person()
    for page in ("unmapped", "panel", "changes"):
        assert stranger.get(f"/mappings/costcodemapping/{page}/").status_code == 403
    assert stranger.get("/mappings/vendorlink/suggestions/").status_code == 403


def test_reference_data_is_read_only(controller: Client, integration: Integration) -> None:
    row = Reference.objects.first()
    assert row is not None
    assert controller.get("/mappings/reference/add/").status_code == 403
    assert (
        controller.post(f"/mappings/reference/{row.pk}/change/", {"name": "x"}).status_code == 403
    )


def test_a_new_rule_begins_with_the_dimensions_that_the_others_fill(
    controller: Client, integration: Integration
) -> None:
    """An entry without its cost code cannot be told apart in the ledger."""
    for code, value in (("01-100", "01-100"), ("02-200", "{cost_code}"), ("03-300", "03-300")):
        rule(integration, cost_code=code, dimensions={"COSTCODE": value, "PROJECT": "J-100"})
    form = controller.get(f"{ADD}?cost_code=04-400&account=50100").context["adminform"].form
    assert form["dim_COSTCODE"].value() == "{cost_code}"
    assert not form["dim_PROJECT"].value(), "a value that each rule chooses for itself"
    said = {"integration": str(integration.pk), "cost_code": "04-400", "account": "50100"}
    panel = controller.get(
        "/mappings/costcodemapping/panel/", {**said, "dim_COSTCODE": ""}
    ).content.decode()
    assert "Most rules of this integration fill COSTCODE by cost code; this one does not." in panel
    panel = controller.get(
        "/mappings/costcodemapping/panel/", {**said, "dim_COSTCODE": "{cost_code}"}
    ).content.decode()
    assert "Most rules" not in panel


def test_a_tax_code_that_the_ledger_does_not_have_is_refused_where_it_lists_them(
    controller: Client, integration: Integration
) -> None:
    add = "/mappings/taxlink/add/"
    form = {"integration": integration.pk, "project_code": "CA", "ledger_code": "NOSUCH"}
    ledger = {"connection": integration.ledger, "kind": Reference.Kind.TAX_CODE}
    Reference.objects.create(**ledger, code="CA-LEDGER", seen_at=timezone.now())
    page = controller.post(add, form).content.decode()
    assert "Tax code NOSUCH does not exist in" in page
    assert not TaxLink.objects.exists()
    assert controller.post(add, {**form, "ledger_code": "CA-LEDGER"}).status_code == 302
    TaxLink.objects.all().delete()
    Reference.objects.filter(**ledger).delete()
    assert controller.post(add, form).status_code == 302, "this ledger lists none"
