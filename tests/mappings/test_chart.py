"""The chart of accounts of a ledger whose services have none, from a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from connections.models import Integration
from mappings import chart
from mappings.imports.chart import ChartResource
from mappings.models import ChartAccount
from tests.mappings.conftest import confirm, messages_of, said, upload

pytestmark = pytest.mark.django_db
TABLE = "chartaccount"
HEADER = "AccountNumber,Description,AccountType,Category,Active,AllowAccountEntry\n"
CHART = HEADER + (
    "1042-52200-03,Materials,1,5,True,True\n"
    "1042-58000-00,Old,1,5,False,True\n"
    "9000-90900-00,Square feet,2,9,True,False\n"
)


@pytest.fixture
def read_anew(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The integrations whose master data was asked for."""
    found: list[int] = []
    monkeypatch.setattr(chart, "_reader", [found.append])
    return found


def imported(client: Client, text: str) -> Any:
    return confirm(client, TABLE, upload(client, TABLE, text))


def numbers() -> list[str]:
    return list(ChartAccount.objects.values_list("number", flat=True))


def test_a_ledgers_own_file_is_previewed_and_taken(
    controller: Client, integration: Integration, read_anew: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    preview = upload(controller, TABLE, CHART)
    assert not ChartAccount.objects.exists()
    assert "1042-52200-03" in preview.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        answer = confirm(controller, TABLE, preview)
    assert messages_of(answer)[0] == "Imported: 3 new, 0 changed, 0 as before."
    assert read_anew == [integration.pk]
    unusable = {one.number: one.why_unusable for one in chart.accounts_of(integration.ledger)}
    assert unusable == {
        "1042-52200-03": "", "1042-58000-00": "is blocked",
        "9000-90900-00": "is a heading or total, not a posting account",
    }  # fmt: skip


def test_our_own_columns_are_an_export_that_comes_back(
    controller: Client, integration: Integration
) -> None:
    imported(controller, CHART)
    before = list(ChartAccount.objects.values("number", "name", "posting", "active", "direct"))
    file = ChartResource().export().csv
    assert file.splitlines()[0] == "integration,number,name,category,posting,active,entries,note"
    answer = imported(controller, file)
    assert "0 new, 0 changed, 3 as before." in messages_of(answer)[0]
    after = list(ChartAccount.objects.values("number", "name", "posting", "active", "direct"))
    assert after == before


def test_one_wrong_row_and_none_is_taken(controller: Client, integration: Integration) -> None:
    wrong = CHART + "1042-1-1,Odd,7,5,True,True\n,Nameless,1,5,True,True\n"
    wrong += f"1042-2-2,Odd,1,5,perhaps,True\n{'1' * 131},Long,1,5,True,True\n"
    wrong += "1042-52200-03,Twice,1,5,True,True\n"
    complaints = said(upload(controller, TABLE, wrong))
    assert [line.partition(":")[0] for line in complaints] == ["5", "6", "7", "8", "9"]
    assert "“7” is neither yes nor no" in complaints[0]
    assert "“perhaps” is neither yes nor no" in complaints[2]
    assert "stands in line 2 already" in complaints[4]
    assert not ChartAccount.objects.exists()


def test_what_the_file_lacks_is_removed_and_said_before(
    controller: Client, integration: Integration
) -> None:
    imported(controller, CHART)
    preview = upload(controller, TABLE, HEADER + "1042-52200-03,Rebar,1,5,True,True\n")
    page = preview.content.decode()
    assert "2 accounts stand now and not in the file: they are removed." in page
    assert "<del>1042-58000-00 Old</del>" in page
    assert len(numbers()) == 3
    confirm(controller, TABLE, preview)
    assert numbers() == ["1042-52200-03"]
    history = controller.get(f"/mappings/{TABLE}/changes/").content.decode()
    assert "Deleted" in history
    assert "imported from rules.csv" in history
    assert "Rebar" in history


def test_a_wrong_file_removes_nothing(controller: Client, integration: Integration) -> None:
    imported(controller, CHART)
    upload(controller, TABLE, HEADER + "1-1-1,Odd,7,5,True,True\n")
    assert len(numbers()) == 3


def test_another_integrations_chart_stays(controller: Client, integration: Integration) -> None:
    imported(controller, CHART)
    other = Integration.objects.create(
        key="nav_procore", name="Other", ledger=integration.ledger,
        project_system=integration.project_system,
    )  # fmt: skip
    imported(controller, "integration,number\nOther,1-1-1\n")
    assert ChartAccount.objects.filter(integration=integration).count() == 3
    assert ChartAccount.objects.filter(integration=other).count() == 1


def test_import_gives_no_rights_that_a_person_lacks(
    person: Callable[..., Client], integration: Integration, django_user_model: type[User]
) -> None:
    ChartAccount.objects.create(integration=integration, number="1-1-1")
    client = person("view", "import", "add")
    assert said(upload(client, TABLE, "number\n1-1-1\n2-2-2\n")) == []
    lacking = said(upload(client, TABLE, "number\n2-2-2\n"))
    assert lacking == ["The file lacks 1 accounts that stand now, as 1-1-1. You may not delete "
                       "rows of this table."]  # fmt: skip


def test_a_row_that_is_changed_by_hand_counts_too(
    controller: Client, integration: Integration, read_anew: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    row = ChartAccount.objects.create(integration=integration, number="1-1-1")
    sent = {"integration": integration.pk, "number": "1-1-1", "name": "New", "category": "",
            "note": "", "active": "on", "direct": "on"}  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        controller.post(f"/mappings/{TABLE}/{row.pk}/change/", sent)
        controller.post(f"/mappings/{TABLE}/{row.pk}/delete/", {"post": "yes"})
    assert read_anew == [integration.pk, integration.pk]
    assert not ChartAccount.objects.exists()
