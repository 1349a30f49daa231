"""What an import leaves behind: a history, what it releases; and who may import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, TaxLink, VendorLink
from syncs.models import Record
from tests.mappings.conftest import complete, confirm, messages_of, no_rule, no_vendor, said, upload
from tests.mappings.test_files import RULES, imported, rules_file

pytestmark = pytest.mark.django_db
CHANGED_AND_NEW = ("bc_procore,01,*,*,50200,,,", "bc_procore,2,*,*,50100,,,")


# -- history and release -------------------------------------------------------------------------


def test_a_bulk_import_is_in_the_history_with_its_author_and_file(
    controller: Client, integration: Integration
) -> None:
    imported(controller, rules_file("bc_procore,01,*,*,50100,,,"))
    imported(controller, rules_file("bc_procore,01,*,*,50200,J-100,,"), "march.csv")
    row = CostCodeMapping.objects.get()
    page = controller.get(f"/mappings/{RULES}/{row.pk}/history/")
    last, first = page.context["changes"]
    assert (last.who, last.done, last.how) == ("carla", "Changed", "imported from march.csv")
    assert last.fields == [("Account", "50100", "50200"), ("Dimensions", "", "PROJECT = J-100")]
    assert (first.who, first.done) == ("carla", "Added")


def test_an_import_stamps_the_rows_that_it_changed(
    controller: Client, integration: Integration
) -> None:
    imported(controller, rules_file("bc_procore,01,*,*,50100,,,"))
    before = CostCodeMapping.objects.get().updated_at
    imported(controller, rules_file("bc_procore,01,*,*,50200,,,"))
    assert CostCodeMapping.objects.get().updated_at > before


def test_an_import_releases_what_waited(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    complete(integration)
    record = held("1", "1234.50", no_rule("03-300"))
    other = held("2", "1.00", no_rule("04-000"))
    answer = imported(controller, rules_file("bc_procore,03-300,*,*,50100,,,"))
    assert "BC and Procore: Released 1 document, $1,234.50." in messages_of(answer)
    for row in (record, other):
        row.refresh_from_db()
    assert (record.state, other.state) == ("pending", "held")


def test_a_large_import_finds_its_records_among_many(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    record = held("1", "10.00", no_rule("00007"))
    held("2", "10.00", no_rule("77777"))
    imported(controller, rules_file(*[f"bc_procore,{n:05},*,*,50100,,," for n in range(50)]))
    record.refresh_from_db()
    assert record.state == "pending"
    assert Record.objects.filter(state="held").count() == 1


def test_the_other_tables_import_too(
    controller: Client, integration: Integration, held: Callable[..., Record]
) -> None:
    record = held("1", "1.00", no_vendor("11"))
    files = {
        "vendorlink": "project_vendor_id,ledger_number\n11,V1\n",
        "projectlink": "project_id,project_number,value\n900100,P-100,J-100\n",
        "taxlink": "project_code,ledger_code\nCA,CA\n",
        "accountrule": "purpose,account\nretainage_held,20200\n",
    }
    for table, text in files.items():
        confirm(controller, table, upload(controller, table, text))
    assert VendorLink.objects.get().origin == "import"
    assert ProjectLink.objects.get().dimension == "PROJECT"
    assert TaxLink.objects.count() == AccountRule.objects.count() == 1
    record.refresh_from_db()
    assert record.state == "pending"


def test_a_person_changed_link_is_imported_over(
    controller: Client, integration: Integration
) -> None:
    VendorLink.objects.create(integration=integration, project_vendor_id="11", ledger_number="V2")
    text = "project_vendor_id,ledger_number\n11,V1\n"
    confirm(controller, "vendorlink", upload(controller, "vendorlink", text))
    link = VendorLink.objects.get()
    assert (link.ledger_number, link.origin) == ("V1", "import")


# -- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verbs", [("view",), ("view", "import"), ("view", "add", "change")])
def test_import_needs_its_right_and_that_to_add_or_change(
    person: Callable[..., Client], integration: Integration, verbs: tuple[str, ...]
) -> None:
    client = person(*verbs)
    for page in ("import", "process_import"):
        assert client.post(f"/mappings/{RULES}/{page}/", {}).status_code == 403
    assert client.get(f"/mappings/{RULES}/import/").status_code == 403
    assert b"/import/" not in client.get(f"/mappings/{RULES}/").content


def test_import_adds_nothing_for_who_may_only_change(
    person: Callable[..., Client], integration: Integration
) -> None:
    CostCodeMapping.objects.create(integration=integration, cost_code="01", account="50100")
    client = person("view", "import", "change")
    answer = upload(client, RULES, rules_file(*CHANGED_AND_NEW))
    assert said(answer) == ["3: You may not add rows of this table."]


def test_import_changes_nothing_for_who_may_only_add(
    person: Callable[..., Client], integration: Integration
) -> None:
    CostCodeMapping.objects.create(integration=integration, cost_code="01", account="50100")
    client = person("view", "import", "add")
    answer = upload(client, RULES, rules_file(*CHANGED_AND_NEW))
    assert said(answer) == ["2: You may not change rows of this table."]


def test_a_confirmation_reads_only_uploaded_files(
    controller: Client, integration: Integration, tmp_path: Any
) -> None:
    (tmp_path / "other.csv").write_text("cost_code,account\n01,50100\n")
    stolen = {"import_file_name": "../other.csv", "original_file_name": "x.csv", "format": "0"}
    answer = controller.post(f"/mappings/{RULES}/process_import/", stolen, follow=True)
    assert messages_of(answer) == ["The uploaded file is gone. Please upload it again."]
    assert not CostCodeMapping.objects.exists()
    assert (tmp_path / "other.csv").exists()
