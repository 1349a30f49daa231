"""A flow's page shows the choices that its code reads, and no other; what is not shown has no
effect."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Field
from django.test import Client

from connections.documents import Line
from connections.integrations import INTEGRATIONS
from connections.models import Connection, Integration
from syncs.controls import heeded
from syncs.flow import Context, Flow
from syncs.flows.closing import freed
from syncs.flows.documents import CONTRACTS, DocumentFlow
from syncs.flows.memo import OnMemo
from syncs.flows.relief import relief
from syncs.models import FlowSettings
from syncs.registry import REGISTRY
from tests.architecture import house, reads

FLOWS = [(key, flow) for key, flows in REGISTRY.items() for flow in flows.values()]
NAMES = [f"{key}-{flow.name}" for key, flow in FLOWS]
EACH_FLOW = {"enabled", "shadow", "every_minutes", "cron", "quiet_from", "quiet_until"}
OTHERWISE: dict[str, Any] = {  # than it begins
    "booking": "nothing", "code_rule": "number", "code_part": "1", "code_filter": "7",
    "start_date": "2031-01-01", "projects": ["none"], "adopt": True, "needs_approval": True,
    "approval_bands": [{"up_to": None, "who": "two"}], "amount_limit": Decimal(1),
    "rounding_threshold": Decimal(9), "period_rule": "next_open",
    "unstated_tax": "leave_out", "exactly_as_sent": True, "executed_only": True,
    "void_rule": "leave", "when_closed": "free",
}  # fmt: skip


def read_in_vain(flow: Flow) -> set[str]:
    """What code that flows share reads of this one, too, where it decides nothing."""
    found = set()
    if not flow.bookings:
        found.add("booking")  # there is nothing to choose: it is never “nothing”
    if not reads.moves_money(flow):
        found |= {"amount_limit", "approval_bands"}
    if isinstance(flow, DocumentFlow) and flow.kind not in CONTRACTS:
        found.add("executed_only")  # no source tells it of them
    if isinstance(flow, OnMemo):
        found |= {"rounding_threshold", "unstated_tax"}  # made by us: they foot, without tax
    return found


@pytest.mark.parametrize(("key", "flow"), FLOWS, ids=NAMES)
def test_a_flow_heeds_what_its_code_reads(key: str, flow: Flow) -> None:
    assert flow.heeds == reads.read_by(flow) - read_in_vain(flow)


def test_only_of_contracts_a_source_tells_whether_they_were_executed() -> None:
    tellers = [
        f"{path.stem}.{function.name}"
        for path in house.sources("connections")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and any(each.arg == "executed" for each in call.keywords)
    ]
    assert tellers == ["reading.contract"]


def test_documents_that_follow_a_contract_bear_no_tax_and_foot() -> None:
    line = Line(id="1", description="", amount=Decimal(10), tax=Decimal(1), tax_code="T")
    for made in (relief(line), freed(line.code, Decimal(10), {})):
        assert (made.amount, made.tax, made.tax_code) == (Decimal(-10), Decimal(0), "")


# -- and the pages --------------------------------------------------------------------------------


@pytest.fixture
def rows(db: Any) -> dict[str, FlowSettings]:
    """Of every flow of every integration, as it begins."""
    made = {
        vendor: Connection.objects.create(name=vendor, vendor=vendor)
        for kind in INTEGRATIONS.values()
        for vendor in (kind.project_system, kind.ledger)
        if not Connection.objects.filter(name=vendor).exists()
    }
    for key, kind in INTEGRATIONS.items():
        Integration.objects.create(
            key=key, name=key, project_system=made[kind.project_system], ledger=made[kind.ledger]
        )
    found = FlowSettings.objects.select_related("integration")
    return {f"{row.integration.key}-{row.flow}": row for row in found}


def named(rows: dict[str, FlowSettings]) -> Iterator[tuple[FlowSettings, Flow]]:
    assert sorted(rows) == sorted(NAMES)
    for name, (_, flow) in zip(NAMES, FLOWS, strict=True):
        yield rows[name], flow


def choices() -> dict[str, Field[Any, Any]]:
    return {name: FlowSettings._meta.get_field(name) for name in heeded.CHOICES}  # type: ignore[misc]


def test_what_a_flow_does_not_heed_is_as_if_nobody_had_chosen_it(
    rows: dict[str, FlowSettings],
) -> None:
    FlowSettings.objects.update(**OTHERWISE)
    for row, flow in named(rows):
        context = Context(row.integration, flow.name)
        for settings in (context.settings, context.settings_now()):
            for name, field in choices().items():
                value = getattr(settings, name)
                heeds = name in flow.heeds
                assert (value == field.get_default()) is not heeds, f"{row}: {name}"


def test_the_page_of_a_flow_shows_what_it_heeds(rows: dict[str, FlowSettings]) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    for row, flow in named(rows):
        page = client.get(f"/syncs/flowsettings/{row.pk}/change/")
        assert set(page.context["adminform"].form.fields) == EACH_FLOW | flow.heeds, str(row)
        shown = [title for title, _ in page.context["adminform"].fieldsets]
        assert ("Cost codes" in shown) is bool(flow.code_rules)


def test_what_is_not_shown_is_not_saved(rows: dict[str, FlowSettings]) -> None:
    client, row = Client(), rows["bc_procore-vendors"]
    client.force_login(User.objects.create_superuser("boss"))
    sent = {"enabled": "on", "every_minutes": "7", "cron": "", "quiet_from": "", "quiet_until": ""}
    hidden = {name: value for name, value in OTHERWISE.items() if name != "needs_approval"}
    client.post(f"/syncs/flowsettings/{row.pk}/change/", {**sent, **hidden})
    row.refresh_from_db()
    assert row.every_minutes == 7
    for name, field in choices().items():
        assert getattr(row, name) == field.get_default()


def test_the_choices_are_the_fields_of_the_page() -> None:
    """A new setting is one of each flow, one that some heed, or no setting of the page."""
    elsewhere = {"id", "integration", "flow", "live_projects", "stopped"}
    editable = {field.name for field in FlowSettings._meta.fields if field.editable}
    assert editable == EACH_FLOW | set(heeded.CHOICES) | elsewhere
