"""One box for whatever a person has in hand, and the filter of flows, per integration."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Connection, Integration
from mappings.models import ProjectLink, Reference, VendorLink
from syncs.balance import refresh
from syncs.balance.rows import Cell
from syncs.coding import shapes
from syncs.models import FlowSettings, Record, Run
from syncs.registry import REGISTRY
from syncs.worklist import searched
from tests.syncs_admin import months, story

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


SPELLED = {  # as it stands there: as people type it
    "Müller Beton GmbH": ("Muller", "muller beton", "MÜLLER", "müller", "Mu\u0308ller"),
    "Muller & Fils": ("Müller fils", "muller"),
    "Großmann Bau": ("Grossmann", "großmann", "GROSSMANN", "GROẞMANN"),
    "Grossmann Tiefbau": ("Großmann tief", "grossmann"),
    "Sønderby Æbler": ("sonderby", "Sonderby aebler", "sønderby"),
    "Łódź Żelbet": ("lodz", "Łódź", "zelbet LODZ"),
    "Zoe\u0308 Crème Brûlée": ("Zoë", "zoe creme", "brulee"),
}  # fmt: skip


def spelled(integration: Integration) -> dict[str, Record]:
    return {
        name: story.posted(integration, f"PI-{number}", vendor_name=name)
        for number, name in enumerate(SPELLED)
    }


def test_a_vendor_is_found_with_and_without_its_accents(integration: Any) -> None:
    rows, client = spelled(integration), story.boss()
    for name, texts in SPELLED.items():
        for text in texts:
            assert rows[name].pk in found(client, q=text), (name, text)
    assert found(client, q="Muller Beton") == {rows["Müller Beton GmbH"].pk}
    both = {rows["Müller Beton GmbH"].pk, rows["Muller & Fils"].pk}
    for text in ("Muller", "müller", "MULL", "Mü"):
        assert found(client, vendor=text) == both == found(client, q=text), text
    assert found(client, vendor="100%") == found(client, vendor="M_ller") == set()


def test_the_reconciliation_is_filtered_by_a_vendor_without_its_accents(integration: Any) -> None:
    for number, name in enumerate(("Müller Beton GmbH", "Muller & Fils", "Acme Concrete")):
        months.part(integration, "5.00", "5.00", cost_code=f"{number}", vendor_name=name)
    refresh.add_up(integration.pk)
    client = story.boss()
    for text in ("Muller", "müller", "MÜLL"):
        rows = client.get("/syncs/cell/", {"vendor": text}).context["cl"].result_list
        assert {row.vendor_name for row in rows} == {"Müller Beton GmbH", "Muller & Fils"}, text


def test_mappings_are_found_with_and_without_accents(integration: Any) -> None:
    VendorLink.objects.create(
        integration=integration, project_vendor_id="1", project_vendor_name="Müller Beton",
        ledger_number="V1", ledger_name="Mueller",
    )  # fmt: skip
    ProjectLink.objects.create(
        integration=integration, project_id="1", project_number="24-01", project_name="Lodz Bridge",
        value="24-01",
    )  # fmt: skip
    seen = {"seen_at": timezone.now(), "connection": integration.project_system}
    Reference.objects.create(kind="vendor", code="9", name="Großmann Bau", **seen)
    client = story.boss()
    for address, *texts in (
        ("vendorlink", "Muller beton", "MÜLLER"), ("projectlink", "Łódź bridge", "lodz"),
        ("reference", "Grossmann", "großmann", "GROẞMANN"),
    ):  # fmt: skip
        for text in texts:
            assert len(client.get(f"/mappings/{address}/", {"q": text}).context["cl"].result_list
                       ) == 1, text  # fmt: skip
        assert not client.get(f"/mappings/{address}/", {"q": "100%"}).context["cl"].result_list
    unlinked = client.get("/mappings/vendorlink/suggestions/", {"q": "grossmann"})
    assert [one.row.name for one in unlinked.context["unlinked"]] == ["Großmann Bau"]


def test_documents_are_found_by_the_cost_code_of_a_line(integration: Any) -> None:
    code = {code: story.of_code(story.document(), code)
            for code in ("03-300", "03-350", "1042-03-300", "CONC.S", "")}  # fmt: skip
    rows = {name: story.record(integration, source, vendor_name="Ácme Concrete")
            for name, source in code.items()}  # fmt: skip
    sent = story.record(
        integration, story.of_code(story.document(), ""), flow="purchase_invoices",
        vendor_name="Other",
        coded=shapes.pack(story.of_code(story.document(), "03-300")),
    )  # fmt: skip
    story.unmapped(integration, vendor_name="Beton Ltd")
    client = story.boss()
    held = Record.objects.get(state="held").pk
    all_of_it = {rows["03-300"].pk, sent.pk, held}
    for text in ("03-300", "03 300", "03.300", "  03–300 "):
        assert found(client, q=text) == all_of_it, text
    assert found(client, q="conc.s") == found(client, q="CONC S") == {rows["CONC.S"].pk}
    assert found(client, q="1042-03-300") == {rows["1042-03-300"].pk}
    assert found(client, q="acme 03-300") == {rows["03-300"].pk}
    assert found(client, q="03-300", state__exact="held") == {held}
    for text in ("03-30", "300", "03", "3-300", "-", "03-300,03-350"):
        assert found(client, q=text) == set(), text


def plans(client: Any, address: str, **query: str) -> str:
    """How the database would find what this page lists, were the table large."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address, query).status_code == 200
        table = address.strip("/").replace("/", "_")
        searches = [one["sql"] for one in asked
                    if table in one["sql"] and "LIMIT" in one["sql"]
                    and all(word in one["sql"] for word in query.values())]  # fmt: skip
        cursor.execute(f"EXPLAIN {searches[0]}")
        return "\n".join(line for (line,) in cursor.fetchall())


def many_vendors(integration: Integration) -> None:
    """Of an empty table each index is as good as another."""
    names = [f"Vendor {number:04}" for number in range(2000)]
    Record.objects.bulk_create([
        Record(integration=integration, flow="direct_costs", source_id=name, vendor_name=name)
        for name in names
    ])  # fmt: skip
    Cell.objects.bulk_create([
        Cell(id=name, integration=integration, book="cost", vendor_name=name, in_projects=1,
             in_ledger=1, difference=0, documents=1, differs=False)
        for name in names
    ])  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE syncs_record, syncs_cell")


def test_the_search_walks_along_indexes(integration: Any) -> None:
    """Each of its parts has one; none reads the whole table."""
    many_vendors(integration)
    client = story.boss()
    for text in ("Buckeye", "10,361.41", "P-1042", "Müller"):
        plan = plans(client, LIST, q=text)
        assert "Seq Scan on syncs_record" not in plan, plan
    assert "record_vendor_plain_words" in plan, plan
    plan = plans(client, LIST, q="03-300")
    assert "Seq Scan on syncs_record" not in plan, plan
    assert "on record_line_codes" in plan, plan
    for address, index in ((LIST, "record_vendor_plain"), ("/syncs/cell/", "cell_vendor_plain")):
        plan = plans(client, address, vendor="Müll")
        assert re.search(rf"Index Scan (using|on) {index}\b", plan), plan
        assert "'mull'::text" in plan.partition("Filter")[0], plan


def test_the_table_is_searched_once_for_a_page(integration: Any) -> None:
    """What was found is counted and listed by its ids: nothing is walked for it in an order."""
    rows = [story.record(integration) for _ in range(3)]
    client = story.boss()
    for query in (
        {"q": "03-300"},
        {"q": "03-300", "o": "4"},
        {"q": "acme", "state__exact": "held"},
    ):
        with CaptureQueriesContext(connection) as asked:
            wanted = {row.pk for row in rows} if "state__exact" not in query else set()
            assert found(client, **query) == wanted
        assert len([one for one in asked if "cost_code" in one["sql"]]) == 1, query
    newest_first = [row.pk for row in client.get(LIST, {"q": "acme"}).context["cl"].result_list]
    assert newest_first == sorted(newest_first, reverse=True)


def test_of_very_many_the_newest_are_shown(
    integration: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [story.record(integration) for _ in range(4)]
    monkeypatch.setattr(searched, "AT_HAND", 3)
    client = story.boss()
    assert found(client, q="acme") == {row.pk for row in rows}
    assert found(client, q=str(rows[0].number)) == {rows[0].pk}


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
