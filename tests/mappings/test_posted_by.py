"""Before a rule is saved: what is posted by it already, with the way to the list of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from connections.models import Integration
from mappings.models import CostCodeMapping, VendorLink
from syncs.models import Record, State
from syncs.reconciliation import booked_by
from tests.mappings.conftest import upload
from tests.mappings.test_files import RULES, rules_file

pytestmark = pytest.mark.django_db
Post = Callable[..., Record]


@pytest.fixture
def wide(integration: Integration) -> CostCodeMapping:
    return CostCodeMapping.objects.create(integration=integration, account="50100")


@pytest.fixture
def posted(integration: Integration) -> Post:
    """`posted("1", "10.00", row, code)`: by that row."""

    def post(id: str, amount: str, row: Any, code: str = "03-300", **fields: Any) -> Record:
        values = {
            "state": State.POSTED, "posted_digest": "x", "project": "P-100",
            "source": {"lines": [{"cost_code": code, "cost_type": "L"}]}, **fields,
        }  # fmt: skip
        return Record.objects.create(
            integration=integration, flow="requisitions", source_id=id, amount=Decimal(amount),
            rules=[f"{row._meta.model_name}:{row.pk}"], **values,
        )  # fmt: skip

    return post


def panel(client: Client, address: str) -> Any:
    return client.get(address).context["panel"]["posted"]


def listed(client: Client, address: str) -> list[str]:
    rows = client.get(address).context["cl"].result_list
    return sorted(row.source_id for row in rows)


def test_the_page_of_a_rule_says_what_is_posted_by_it(
    controller: Client, integration: Integration, wide: CostCodeMapping, posted: Post
) -> None:
    posted("1", "10.00", wide)
    posted("2", "20.50", wide, state=State.HELD)
    posted("3", "99.00", wide, posted_digest="")
    other = CostCodeMapping.objects.create(integration=integration, cost_code="1", account="50100")
    posted("4", "99.00", other)
    found = panel(controller, f"/mappings/{RULES}/{wide.pk}/change/")
    assert found.sentence == (
        "2 posted documents, $30.50, were booked by this row and stay as they are: "
        "nothing is posted again. One that changes in its source later is worked out anew, and "
        "held with the difference."
    )
    assert listed(controller, found.url) == ["1", "2"]


def test_a_new_rule_says_what_the_rule_has_posted_that_wins_there_today(
    controller: Client, integration: Integration, wide: CostCodeMapping, posted: Post
) -> None:
    posted("1", "10.00", wide)
    posted("2", "20.50", wide, code="04-000")
    posted("3", "30.00", wide, project="P-200")
    add = f"/mappings/{RULES}/add/?integration={integration.pk}"
    found = panel(controller, f"{add}&cost_code=03-300&cost_type=L&project=P-100")
    assert found.sentence.startswith(
        "1 posted document, $10.00, was booked by the rule everything else → 50100 and stays"
    )
    assert listed(controller, found.url) == ["1"]
    assert panel(controller, f"{add}&cost_code=03-300&cost_type=M") is None
    assert listed(controller, panel(controller, f"{add}&cost_code=03-300").url) == ["1", "3"]


def test_links_say_it_too(controller: Client, integration: Integration, posted: Post) -> None:
    link = VendorLink.objects.create(
        integration=integration, project_vendor_id="11", ledger_number="V1"
    )
    assert panel(controller, f"/mappings/vendorlink/{link.pk}/change/") is None
    posted("1", "10.00", link)
    found = panel(controller, f"/mappings/vendorlink/{link.pk}/change/")
    assert listed(controller, found.url) == ["1"]


def test_the_preview_of_a_file_says_it_of_rows_that_lead_elsewhere(
    controller: Client, integration: Integration, posted: Post
) -> None:
    rows = {
        code: CostCodeMapping.objects.create(
            integration=integration, cost_code=code, account="50100"
        )
        for code in ("01", "02", "03")
    }
    for at, row in enumerate(rows.values()):
        posted(f"{at}", "10.00", row)
    preview = upload(controller, RULES, rules_file(
        "bc_procore,01,*,*,50200,,,", "bc_procore,02,*,*,50100,,,only a note",
        "bc_procore,03,*,*,50100,J-100,,",
    ))  # fmt: skip
    [said] = preview.context["result"].booked
    assert said.startswith("BC and Procore: 2 posted documents, $20.00, were booked by rows that")
    assert said in preview.content.decode()


def test_of_very_many_it_is_said_that_there_are_more(
    controller: Client, wide: CostCodeMapping, posted: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booked_by, "COUNTED", 2)
    for at in range(3):
        posted(f"{at}", "10.00", wide)
    found = panel(controller, f"/mappings/{RULES}/{wide.pk}/change/")
    assert found.sentence.startswith("More than 2 posted documents were booked by this row")
