"""One box for whatever a person has in hand, and the filter of flows, per integration."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connections.models import Connection, Integration
from syncs.models import FlowSettings, Record, Run
from syncs.registry import REGISTRY
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/record/"


@pytest.fixture
def integration() -> Any:
    return story.company()


def found(client: Any, **query: Any) -> set[int]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


def test_vendor_amount_and_project_are_found_in_the_one_box(integration: Any) -> None:
    mix = story.posted(
        integration, "PI-1", vendor_name="Buckeye Ready Mix, LLC", amount="10361.41",
        project="P-1042",
    )  # fmt: skip
    credit = story.posted(integration, "PI-2", vendor_name="O’Brien & Sons", amount="-10361.41")
    other = story.posted(integration, "PI-3", vendor_name="Ready Concrete", amount="10361.40")
    client = story.boss()
    expected = {
        "Buckeye Ready Mix": {mix.pk}, "ready mix buckeye": {mix.pk}, "buck": {mix.pk},
        "ready": {mix.pk, other.pk}, "brien": {credit.pk}, "10,361.41": {mix.pk, credit.pk},
        "10361.41": {mix.pk, credit.pk}, "$10,361.41": {mix.pk, credit.pk},
        "-10,361.41": {mix.pk, credit.pk}, "(10,361.41)": {mix.pk, credit.pk}, "P-1042": {mix.pk},
        "p-1042": {mix.pk}, "PI-3": {other.pk}, "Buckeye Concrete": set(), "10,361.4": {other.pk},
        "1,03": set(), "Buckeye 10,361.41": {mix.pk}, "brien 10361.41 P-1042": set(),
        "P-1042 ready mix": {mix.pk}, "ready 10,361.40": {other.pk},
    }  # fmt: skip
    for text, keys in expected.items():
        assert found(client, q=text) == keys, text
    for odd in ("&", "':*", "!", "a | b", "$", "1e9", "9" * 30, "-", "()", "\\"):
        found(client, q=odd)


def test_the_search_walks_along_indexes(integration: Any) -> None:
    """Each of its parts has one; none reads the whole table."""
    client = story.boss()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for text in ("Buckeye Ready Mix", "10,361.41", "P-1042"):
            with CaptureQueriesContext(connection) as asked:
                found(client, q=text)
            [count] = [one["sql"] for one in asked if "to_tsvector" in one["sql"]
                       or ("amount" in one["sql"] and "COUNT" in one["sql"])][:1]  # fmt: skip
            cursor.execute(f"EXPLAIN {count}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on syncs_record" not in plan, plan


def test_flows_are_offered_per_integration_under_their_own_names(integration: Any) -> None:
    ledger = Connection.objects.create(name="GP", vendor="gp")
    gp = Integration.objects.create(
        key="gp_procore", name="GP → Procore", project_system=integration.project_system,
        ledger=ledger,
    )  # fmt: skip
    client = story.boss()
    mine, theirs = story.posted(integration, "PI-1"), story.posted(gp, "PI-2")
    assert {row.flow for row in (mine, theirs)} == {"requisitions"}
    page = client.get(LIST)
    [shown] = [spec for spec in page.context["cl"].filter_specs if spec.title == "flow"]
    offered = dict(shown.lookup_choices)
    flows = FlowSettings.objects.count()
    assert len(offered) == flows == len(set(offered.values()))
    for row in (integration, gp):
        for name, flow in REGISTRY[row.key].items():
            assert offered[f"{row.pk}:{name}"] == f"{row.name}: {flow.label}"
    assert found(client, flow=f"{integration.pk}:requisitions") == {mine.pk}
    assert found(client, flow="requisitions") == {mine.pk, theirs.pk}
    query = {"integration__id__exact": integration.pk}
    [shown] = [spec for spec in client.get(LIST, query).context["cl"].filter_specs
               if spec.title == "flow"]  # fmt: skip
    assert dict(shown.lookup_choices) == {
        name: flow.label for name, flow in REGISTRY["bc_procore"].items()
    }
    for odd in ("x:requisitions", ":", f"{'9' * 30}:x", "\x00"):
        found(client, flow=odd)


def test_runs_are_filtered_by_the_same(integration: Any) -> None:
    Run.objects.create(integration=integration, flow="requisitions", kind="poll")
    Run.objects.create(integration=integration, flow="vendors", kind="poll")
    client = story.boss()
    for value in (f"{integration.pk}:vendors", "vendors"):
        answer = client.get("/syncs/run/", {"flow": value})
        assert [row.flow for row in answer.context["cl"].result_list] == ["vendors"]
    assert Record.objects.count() == 0
