"""Procore's documents, lists and vendors over HTTP, against the stand-in."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.utils import timezone

from connections.documents import KINDS, Document, Hint, Vendor
from connections.errors import InDoubt, NotFound, Refused, RetryLater
from connections.models import Connection, RateBudget, Token
from connections.vendors.procore import Procore
from tests.vendors.conftest import ROOT, SPECS

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
REBAR = {"cost_code": "03-100", "cost_type": "M", "description": "Rebar", "amount": "12500.00"}


class Memory:
    """A journal that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, ...]] = []

    def intent(self, about: str, method: str, url: str, body: Any) -> int:
        self.lines.append(("intent", about, method, json.dumps(body, default=str)))
        return len(self.lines)

    def outcome(self, intent: int, result: str, status: int, body: Any) -> None:
        self.lines.append(("outcome", result, str(status)))


class Story:
    """What people do in Procore, and a client that looks at it."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.ready = ready
        self.control("POST", "reset")
        self.control("DELETE", "violations")
        self.control("POST", "limits", {"spike": 1000, "hourly": 100000})
        names = ("api_url", "login_url", "client_id", "company_id")
        self.connection = Connection.objects.create(
            name="Procore",
            vendor="procore",
            settings={name: ready[name] for name in names},
            secrets={"client_secret": ready["client_secret"]},
        )
        self.journal = Memory()
        self.client = self.new_client()
        self.client.spike_limit = 1000
        self.build_project()

    def new_client(self) -> Procore:
        return Procore(self.connection, self.journal)

    def build_project(self) -> None:
        """A project with one cost code, one type, one vendor and an approved subcontract."""
        project = self.has("projects", name="Depot", project_number="T-1", permitted=True)
        self.project = str(project["id"])
        self.has("line_item_types", name="Materials T", csv_import_code="M-T")
        codes = "/rest/v1.0/cost_codes/sync"
        params = {"project_id": self.project}
        division = {"name": "Concrete T", "code": "93", "origin_id": "T|93"}
        parent = self.client.write(
            "PATCH", codes, {"updates": [division]}, about="codes", params=params
        ).data["entities"][0]
        leaf = {"name": "Footings", "code": "100", "origin_id": "T|1", "parent_id": parent["id"]}
        self.client.write("PATCH", codes, {"updates": [leaf]}, about="codes", params=params)
        self.vendor = self.has("vendors", name="Acme & Söhne GmbH", origin_id="T|V10")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.ready['control_url']}/{path}", json=body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def has(self, collection: str, **facts: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.control("POST", f"procore/{collection}", facts)
        return made

    def has_document(self, collection: str, **facts: Any) -> str:
        lines = [self.line(**line) for line in facts.pop("lines", [{"amount": "12500.00"}])]
        made = self.has(collection, project="T-1", lines=lines, **facts)
        return str(made["id"])

    def line(self, **facts: Any) -> dict[str, Any]:
        return {"cost_code": "93-100", "cost_type": "M-T", "description": "Rebar", **facts}

    def has_a_subcontract(self, **facts: Any) -> str:
        given = {"status": "Approved", "vendor": "Acme & Söhne GmbH", "title": "Walls",
                 "number": "SC-4", "retainage_percent": "10.0"}  # fmt: skip
        return self.has_document("work_order_contracts", **{**given, **facts})

    def has_a_billing(self, **facts: Any) -> str:
        period = self.has("billing_periods", project="T-1", start_date="2026-03-01",
                          end_date="2026-03-31", due_date="2026-04-15", status="open")  # fmt: skip
        given = {"period_id": period["id"], "invoice_number": "RE-4711", "status": "approved",
                 "billing_date": "2026-03-31",
                 "items": [{"line": 1, "work": "1000.00"}]}  # fmt: skip
        made = self.has("requisitions", project="T-1", contract="SC-4", **{**given, **facts})
        return str(made["id"])

    def has_a_direct_cost(self, **facts: Any) -> str:
        given = {"direct_cost_type": "invoice", "vendor": "Acme & Söhne GmbH", "status": "approved",
                 "invoice_number": "ER-1", "direct_cost_date": "2026-03-12"}  # fmt: skip
        return self.has_document("direct_costs", **{**given, **facts})

    def changes(self, collection: str, source_id: str, **facts: Any) -> None:
        self.control("PATCH", f"procore/{collection}/{source_id}", facts)

    def deletes(self, collection: str, source_id: str) -> None:
        self.control("DELETE", f"procore/{collection}/{source_id}")

    def fails(self, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [rule]})

    def document(self, kind: str, source_id: str) -> Document:
        return self.client.document(kind, self.project, source_id)

    def hints(self, kind: str, since: dt.datetime | None = None) -> list[Hint]:
        until = timezone.now() + dt.timedelta(days=1)
        return list(self.client.changes(kind, self.project, since, until))

    def violations(self) -> list[str]:
        found = self.control("GET", "violations")
        assert found["checking"] == SPECS.is_dir()
        return [f"{item['method']} {item['path']}: {item['message']}" for item in found["found"]]


@pytest.fixture(scope="session")
def ready() -> Iterator[dict[str, str]]:
    """A stand-in of its own: the stories start it anew again and again."""
    command = [sys.executable, "-m", "tests.simulators", "--only", "procore", "--company", "empty"]
    command += ["--validate", str(SPECS)] if SPECS.is_dir() else []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["procore"]
        finally:
            process.terminate()


@pytest.fixture
def procore(ready: dict[str, str]) -> Iterator[Story]:
    """A new company each time. At its end every exchange has kept to Procore's description."""
    story = Story(ready)
    yield story
    story.control("DELETE", "faults")
    assert story.violations() == []


def test_a_purchase_order(procore: Story) -> None:
    facts = {"vendor": "Acme & Söhne GmbH", "number": "PO-7", "status": "Approved"}
    source_id = procore.has_document("purchase_order_contracts", **facts)
    found = procore.document("purchase_order", source_id)
    assert (found.number, found.status, found.vendor.origin_id) == ("PO-7", "approved", "T|V10")
    assert (found.project.number, found.vendor.name) == ("T-1", "Acme & Söhne GmbH")
    assert found.total == found.footed == D(12500)
    assert (found.lines[0].cost_code, found.lines[0].cost_type) == ("93-100", "M-T")


def test_a_subcontract_and_its_billing_with_retainage(procore: Story) -> None:
    subcontract = procore.document("subcontract", procore.has_a_subcontract())
    billing = procore.document("requisition", procore.has_a_billing())
    assert billing.contract_id == subcontract.id
    assert (billing.number, billing.status) == ("RE-4711", "approved")
    assert (billing.lines[0].amount, billing.lines[0].retained) == (D(1000), D(100))
    assert billing.total == billing.footed == D(900)
    assert (billing.lines[0].cost_code, billing.lines[0].cost_type) == ("93-100", "M-T")
    assert billing.vendor.id == subcontract.vendor.id


def test_a_second_billing_releases_retainage_and_uses_stored_materials(procore: Story) -> None:
    procore.has_a_subcontract()
    stored = {"line": 1, "work": "1000.00", "stored": "500.00"}
    first = procore.document("requisition", procore.has_a_billing(items=[stored]))
    used = {"line": 1, "work": "600.00", "stored": "200.00", "released": "40.00"}
    second = procore.document(
        "requisition", procore.has_a_billing(items=[used], invoice_number="RE-4712")
    )
    assert first.total == first.footed == D(1350)
    assert second.total == second.footed
    assert second.lines[0].amount == D(300)


def test_a_billing_without_a_vendor_number_is_named_after_its_contract(procore: Story) -> None:
    procore.has_a_subcontract()
    found = procore.document("requisition", procore.has_a_billing(invoice_number=None))
    assert (found.number, found.vendor_invoice_number) == ("SC-4-1", "")


def test_a_direct_cost_of_150_lines(procore: Story) -> None:
    lines = [{"amount": f"{number}.01"} for number in range(150)]
    found = procore.document("direct_cost", procore.has_a_direct_cost(lines=lines))
    assert len(found.lines) == 150
    assert found.total == found.footed == D("11176.50")
    assert (found.vendor.id, found.subtype) == (str(procore.vendor["id"]), "invoice")


def test_change_orders_of_both_sides(procore: Story) -> None:
    procore.has_a_subcontract()
    procore.has_document("prime_contracts", number="1", vendor="Acme & Söhne GmbH",
                         status="Approved", title="Main")  # fmt: skip
    for kind, contract in (("commitment_change_order", "SC-4"), ("prime_change_order", "1")):
        lines = [{"amount": "250.00"} for _ in range(12)]
        order = procore.has_document(
            f"{kind}s", contract=contract, status="approved", lines=lines, title="Deeper"
        )
        found = procore.document(kind, order)
        assert (found.kind, found.contract_number, len(found.lines)) == (kind, contract, 12)
        assert found.vendor.id == str(procore.vendor["id"])
        assert found.total == found.footed == D(3000)
        assert (found.lines[0].cost_code, found.lines[0].cost_type) == ("93-100", "M-T")


def test_lists_state_the_number_and_total_of_each_document(procore: Story) -> None:
    procore.has_a_subcontract()
    procore.has_a_billing()
    procore.has_a_direct_cost(direct_cost_type="expense", invoice_number=None)
    procore.has_document("purchase_order_contracts", number="PO-7", status="Approved",
                         vendor="Acme & Söhne GmbH")  # fmt: skip
    procore.has_document("commitment_change_orders", contract="SC-4", status="approved", title="A")
    for kind in KINDS:
        for hint in procore.hints(kind):
            found = procore.document(kind, hint.source_id)
            assert (hint.amount, hint.scope) == (found.total, procore.project)
            assert hint.number == found.number
    assert sum(len(procore.hints(kind)) for kind in KINDS) == 5


def test_only_the_window_is_listed(procore: Story) -> None:
    old, new = "2026-01-01T10:00:00+00:00", "2026-02-01T10:00:00+00:00"
    procore.has_a_direct_cost(at=old, invoice_number="old")
    procore.has_a_direct_cost(at=new, invoice_number="new")
    since = dt.datetime(2026, 1, 15, tzinfo=dt.UTC)
    assert [hint.number for hint in procore.hints("direct_cost", since)] == ["new"]
    until = dt.datetime(2026, 1, 20, tzinfo=dt.UTC)
    assert not list(procore.client.changes("direct_cost", procore.project, since, until))


def test_250_direct_costs_are_walked_by_pages(procore: Story) -> None:
    for number in range(250):
        procore.has_a_direct_cost(invoice_number=f"ER-{number}", lines=[{"amount": "1.00"}])
    assert len({hint.source_id for hint in procore.hints("direct_cost")}) == 250


def test_a_changed_line_is_found_though_its_header_did_not_move(procore: Story) -> None:
    long_ago = "2026-01-01T10:00:00+00:00"
    source_id = procore.has_a_direct_cost(at=long_ago)
    since = timezone.now() - dt.timedelta(hours=1)
    assert not procore.hints("direct_cost", since)
    path = f"/rest/v1.0/projects/{procore.project}/direct_costs/{source_id}/line_items"
    line = next(procore.client.rows(path, per_page=10))
    procore.client.write(
        "PATCH", f"{path}/{line['id']}", {"line_item": {"description": "Diesel"}}, about="line"
    )
    assert [hint.source_id for hint in procore.hints("direct_cost", since)] == [source_id]


def test_a_deleted_contract_is_listed_as_deleted(procore: Story) -> None:
    source_id = procore.has_a_subcontract(status="Draft")
    procore.deletes("work_order_contracts", source_id)
    assert [hint.deleted for hint in procore.hints("subcontract")] == [True]
    assert not procore.client.stands("subcontract", procore.project, source_id)


def test_a_deleted_direct_cost_no_longer_stands(procore: Story) -> None:
    source_id = procore.has_a_direct_cost(status="draft")
    assert procore.client.stands("direct_cost", procore.project, source_id)
    procore.deletes("direct_costs", source_id)
    with pytest.raises(NotFound):
        procore.document("direct_cost", source_id)
    assert not procore.client.stands("direct_cost", procore.project, source_id)


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_that_is_no_longer_permitted_is_not_a_deletion(
    procore: Story, status: int
) -> None:
    source_id = procore.has_a_direct_cost()
    procore.control("POST", "settings", {"denied_status": status})
    procore.changes("projects", procore.project, permitted=False)
    with pytest.raises(Refused):
        procore.document("direct_cost", source_id)
    assert procore.client.stands("direct_cost", procore.project, source_id)
    assert procore.new_client().project(procore.project).name == ""


def test_a_closed_project_is_still_listed(procore: Story) -> None:
    procore.changes("projects", procore.project, active=False)
    client = procore.new_client()
    assert [item.active for item in client.projects() if item.id == procore.project] == [False]
    assert procore.project not in {item.scope for item in client.wanted()}


def test_reference_data(procore: Story) -> None:
    codes = {code.code: code for code in procore.client.cost_codes(procore.project)}
    assert codes["93-100"].parent_id == codes["93"].id
    assert "M-T" in {cost_type.code for cost_type in procore.client.cost_types()}
    assert procore.client.tax_codes() == []


def vendor(number: str, **facts: Any) -> Vendor:
    given = {"name": f"Vendor {number}", "city": "Łódź", "country": "PL", **facts}
    return Vendor(id="", number=number, origin_id=f"BC|{number}", **given)


def test_600_vendors_go_in_three_requests_and_twice_changes_nothing(procore: Story) -> None:
    rows = [vendor(f"V{number:05}") for number in range(600)]
    for _ in range(2):
        said = procore.client.upsert_vendors(rows, "vendors")
        assert [row.origin_id for row in said] == [row.origin_id for row in rows]
        assert not any(row.problem for row in said)
    assert len([line for line in procore.journal.lines if line[1] == "vendors"]) == 6
    known = procore.client.vendors()
    assert len(known) == 601
    assert {item.city for item in known if item.origin_id.startswith("BC|")} == {"Łódź"}


def test_one_bad_vendor_does_not_hide_the_good_ones(procore: Story) -> None:
    good, bad = procore.client.upsert_vendors([vendor("V1"), vendor("V2", name="")], "vendors")
    assert good.vendor is not None
    assert good.vendor.number == "V1"
    assert bad.vendor is None
    assert bad.problem == "Procore refused vendor V2: name can't be blank."


def test_a_vendor_that_stands_in_both_systems_is_linked_by_id(procore: Story) -> None:
    there = procore.has("vendors", name="Beta AG")
    row = Vendor(id=str(there["id"]), number="V9", name="Beta AG", origin_id="BC|V9")
    said = procore.client.upsert_vendors([row], "vendors")[0]
    assert said.vendor is not None
    assert (said.vendor.id, said.vendor.origin_id) == (str(there["id"]), "BC|V9")


def test_inactive_vendors_are_read_too(procore: Story) -> None:
    said = procore.client.upsert_vendors([vendor("V1", active=False)], "vendors")[0]
    assert said.vendor is not None
    found = procore.client.vendors([said.vendor.id, str(procore.vendor["id"])])
    assert {item.number: item.active for item in found} == {"": True, "V1": False}


def test_a_lost_answer_of_a_write_is_in_doubt(procore: Story) -> None:
    procore.fails(action="cut_after", method="PATCH", path="vendors/sync")
    with pytest.raises(InDoubt):
        procore.client.upsert_vendors([vendor("V1")], "vendors")
    said = procore.client.upsert_vendors([vendor("V1")], "vendors")[0]
    assert said.vendor is not None
    assert len(procore.client.vendors()) == 2


def test_a_revoked_token_is_renewed_once(procore: Story) -> None:
    for body in ("errors", "error", "message"):
        procore.control("POST", "settings", {"unauthorized_body": body})
        procore.control("POST", "procore/revoke_tokens")
        assert procore.new_client().projects()


def test_a_token_is_renewed_at_80_percent_of_its_life(procore: Story) -> None:
    token = Token.objects.get()
    assert token.lifetime == 5400
    Token.objects.update(expires_at=timezone.now() + dt.timedelta(minutes=17))
    assert procore.new_client().projects()
    later = timezone.now() + dt.timedelta(minutes=80)
    assert Token.objects.filter(expires_at__gt=later).exists()


def test_a_throttled_read_says_when_to_come_again(procore: Story) -> None:
    procore.fails(action="status", status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryLater) as caught:
        procore.new_client().projects()
    assert caught.value.at is not None
    assert 5 < (caught.value.at - timezone.now()).total_seconds() < 13


def test_the_budget_follows_the_headers(procore: Story) -> None:
    procore.control("POST", "limits", {"spike": 25, "spike_seconds": 10, "hourly": 3600})
    RateBudget.objects.all().delete()
    client = procore.new_client()
    for _ in range(20):
        client.get("/rest/v1.0/companies")
    budget = RateBudget.objects.get()
    assert (budget.limit, budget.throttled) == (25, 0)
    assert budget.remaining <= 5
