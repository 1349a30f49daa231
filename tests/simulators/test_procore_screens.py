"""The screens at the addresses to which the connector leads: shown, mended, refused."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from connections.models import Connection
from connections.vendors.procore import links

from .procore_office import Office, Receiver, an_office
from .test_procore_webhooks import hook

KINDS = {
    "purchase_order": "purchase_order_contracts", "subcontract": "work_order_contracts",
    "requisition": "requisitions", "direct_cost": "direct_costs",
    "commitment_change_order": "commitment_change_orders",
    "prime_change_order": "prime_change_orders",
}  # fmt: skip
LINE = {"cost_code": "03-100", "cost_type": "M", "amount": "1234.50", "description": "Rebar"}


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    yield from an_office()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def connection(office: Office) -> Connection:
    return Connection(vendor="procore", settings={"web_url": office.facts["web_url"]})


def address(office: Office, kind: str, row: Any) -> str:
    """As the connector builds it."""
    return links.link(connection(office), kind, str(office.project()), row)


def a_cost(office: Office, **facts: Any) -> Any:
    return office.story("direct_costs", **{
        "project": "P-1", "direct_cost_type": "invoice", "vendor": "Acme GmbH",
        "invoice_number": "RE-77", "status": "draft", "lines": [LINE], **facts,
    })  # fmt: skip


def an_order(office: Office, **facts: Any) -> Any:
    return office.story("purchase_order_contracts", **{
        "project": "P-1", "vendor": "Acme GmbH", "number": "PO-77", "lines": [LINE], **facts,
    })  # fmt: skip


def each_kind(office: Office) -> dict[str, Any]:
    contract = office.subcontract("1234.50", number="SC-77")
    prime = office.story("prime_contracts", project="P-1", number="PC-77", lines=[LINE])
    items = [{"line": 1, "work": "1234.50", "retained": "0"}]
    bill = office.story("requisitions", project="P-1", contract="SC-77", invoice_number="AR-77",
                        status="draft", items=items)  # fmt: skip
    change = {"project": "P-1", "number": "CO-77", "lines": [LINE]}
    return {
        "purchase_order": an_order(office), "subcontract": contract, "requisition": bill,
        "direct_cost": a_cost(office),
        "commitment_change_order": office.story(
            "commitment_change_orders", contract="SC-77", **change),
        "prime_change_order": office.story(
            "prime_change_orders", contract=prime["number"], **change),
    }  # fmt: skip


def shown(url: str) -> str:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def send(url: str, origin: str = "", **form: str) -> requests.Response:
    """As a browser sends the form of a page."""
    parts = urlsplit(url)
    headers = {"Origin": origin or f"{parts.scheme}://{parts.netloc}"}
    return requests.post(url, data={"do": "save", **form}, headers=headers, timeout=10)


def line_of(row: Any) -> int:
    return int(row["line_items"][0]["id"])


def test_every_link_of_the_connector_shows_its_document(office: Office) -> None:
    rows = each_kind(office)
    assert set(rows) == set(links.PAGES)
    for kind, row in rows.items():
        text = shown(address(office, kind, row))
        assert "-77</h1>" in text, kind
        assert "<dt>Total</dt><dd>1,234.50</dd>" in text, kind
        assert "stand-in" in text


def test_the_lists_lead_to_each_document(office: Office) -> None:
    rows = each_kind(office)
    project, asked = str(office.project()), connection(office)
    lists = [shown(links.tool(asked, project, name)) for name in links.TOOLS]
    lists += [shown(links.of_project(asked, project, name))
              for name in ("direct_costs", "contracts/prime_contracts")]  # fmt: skip
    for kind, row in rows.items():
        path = urlsplit(address(office, kind, row)).path
        assert sum(f'href="{path}"' in text for text in lists) == 1, kind


def test_what_is_mended_stands_there_and_is_told_by_webhook(
    office: Office, receiver: Receiver
) -> None:
    row = a_cost(office, lines=[{"amount": "10"}])
    hook(office, receiver.url, "Direct Costs update")
    line = line_of(row)
    answer = send(address(office, "direct_cost", row), **{
        "status": "approved", f"code-{line}": "03-300", f"type-{line}": "M",
        f"amount-{line}": "1,500.25",
    })  # fmt: skip
    assert answer.status_code == 200, answer.text
    [body] = receiver.waits_for(1)
    assert (body["reason"], body["resource_id"]) == ("update", str(row["id"]))
    path = f"v1.1/projects/{office.project()}/direct_costs"
    [listed] = [one for one in office.get(path) if one["id"] == row["id"]]
    assert (listed["status"], listed["amount"]) == ("approved", "1500.25")
    [kept] = office.get(f"{path}/{row['id']}")["line_items"]
    assert (kept["id"], kept["cost_code"]["full_code"]) == (line, "03-300")
    assert (kept["line_item_type"]["code"], kept["amount"]) == ("M", "1500.25")


def test_what_was_not_changed_is_not_written(office: Office) -> None:
    coded = {**LINE, "sub_job": "01", "segments": {"Phase": "A"}, "quantity": "3",
             "unit_cost": "7", "extended_type": "calculated"}  # fmt: skip
    row = an_order(office, lines=[coded, {**LINE, "sub_job": "02"}])
    first, second = (line["id"] for line in row["line_items"])
    send(address(office, "purchase_order", row), **{f"amount-{second}": "5"})
    place = f"v1.0/purchase_order_contracts/{row['id']}"
    now = office.get(place, project_id=office.project())["line_items"]
    assert now[0] == row["line_items"][0]
    assert (now[1]["id"], now[1]["amount"]) == (second, "5.0")
    assert now[1]["wbs_code"] == row["line_items"][1]["wbs_code"]
    send(address(office, "purchase_order", row), **{f"code-{first}": "03-300"})
    now = office.get(place, project_id=office.project())["line_items"][0]
    assert now["cost_code"]["full_code"] == "03-300"
    assert {"01", "A", "M"} <= set(now["wbs_code"]["flat_code"].split("."))
    assert now["amount"] == "21.0"


def test_a_tax_code_is_taken_off_a_line(office: Office) -> None:
    office.story("tax_codes", code="GST", description="Goods", rate1="5")
    row = a_cost(office, lines=[{**LINE, "tax_code": "GST"}])
    line, path = line_of(row), f"v1.1/projects/{office.project()}/direct_costs/{row['id']}"
    assert office.get(path)["line_items"][0]["tax_code_id"]
    send(address(office, "direct_cost", row), **{f"tax-{line}": ""})
    [kept] = office.get(path)["line_items"]
    assert (kept["id"], kept["tax_code_id"]) == (line, None)


def test_a_billing_is_billed_anew(office: Office) -> None:
    row = each_kind(office)["requisition"]
    send(address(office, "requisition", row), **{"work-1": "900", "status": "approved"})
    now = office.get(f"v1.1/requisitions/{row['id']}", project_id=office.project(), view="items")
    assert now["status"] == "approved"
    [item] = now["items"]
    assert item["work_completed_this_period"] == "900.00"
    assert item["work_completed_retainage_retained_this_period"] == "90.00"


def test_a_status_that_unlocks_is_set_before_the_lines(office: Office) -> None:
    row = an_order(office, status="Approved")
    url, line = address(office, "purchase_order", row), line_of(row)
    assert "Choose another status" in shown(url)
    assert send(url, **{f"amount-{line}": "5"}).status_code == 422
    assert send(url, **{f"amount-{line}": "5", "status": "Draft"}).status_code == 200
    assert "<dt>Total</dt><dd>5.00</dd>" in shown(url)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"code": "99-999"}, "99-999 does not exist"),
        ({"amount": "a lot"}, "“a lot” is not a number"),
        ({"invoice_number": ""}, "Invoice number can't be blank"),
        ({"direct_cost_date": "soon"}, "Direct cost date is invalid"),
    ],
)
def test_a_refused_change_is_told_and_changes_nothing(
    office: Office, typed: dict[str, str], why: str
) -> None:
    row = a_cost(office)
    url, line = address(office, "direct_cost", row), line_of(row)
    form = {f"{name}-{line}" if name in ("code", "amount") else name: text
            for name, text in typed.items()}  # fmt: skip
    answer = send(url, status="approved", **form)
    assert answer.status_code == 422
    text = html.unescape(answer.text)
    assert why in text
    assert '<option value="approved" selected>' in text, "what was typed stays"
    assert all(f'value="{value}"' in text for value in typed.values())
    now = office.control("GET", f"procore/direct_costs/{row['id']}").json()
    assert now == row


def test_a_document_is_deleted_and_an_approved_contract_is_not(office: Office) -> None:
    row, order = a_cost(office), an_order(office, status="Approved")
    assert send(address(office, "direct_cost", row), do="delete").status_code == 200
    gone = requests.get(address(office, "direct_cost", row), timeout=10)
    assert (gone.status_code, "Not here" in gone.text) == (404, True)
    answer = send(address(office, "purchase_order", order), do="delete")
    assert "An approved contract cannot be deleted" in answer.text
    assert "PO-77" in shown(address(office, "purchase_order", order))


def test_what_people_typed_is_text(office: Office) -> None:
    row = an_order(office, title="<script>alert(1)</script>", number='"><script>')
    listed = links.tool(connection(office), str(office.project()), "commitments")
    for place in (address(office, "purchase_order", row), listed):
        answer = requests.get(place, timeout=10)
        assert "<script" not in answer.text
        assert "&quot;&gt;&lt;script&gt;" in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_a_form_of_another_origin_is_refused(office: Office, origin: str) -> None:
    row = a_cost(office)
    url = address(office, "direct_cost", row)
    assert send(url, origin, status="approved").status_code == 403
    plain = requests.post(url, data={"do": "delete"}, timeout=10)
    assert plain.status_code == 403, "a form that does not say where it comes from"
    assert office.control("GET", f"procore/direct_costs/{row['id']}").json() == row


def test_a_billing_period_is_added_closed_and_opened(office: Office) -> None:
    url = links.tool(connection(office), str(office.project()), "billing periods")
    days = {"start_date": "2026-01-01", "end_date": "2026-01-31", "due_date": "2026-02-10"}
    path = f"v1.0/projects/{office.project()}/billing_periods"
    assert send(url, do="add", start_date="2026-01-01").status_code == 422
    assert send(url, do="add", **days).status_code == 200
    [period] = office.get(path)
    assert {name: period[name] for name in days} == days
    for status in ("closed", "open"):
        assert send(url, do=status, id=str(period["id"])).status_code == 200
        assert [one["status"] for one in office.get(path)] == [status]


def test_a_screen_is_neither_noted_nor_broken_by_faults(office: Office) -> None:
    row = a_cost(office)
    office.control("DELETE", "requests")
    office.faults({"action": "status", "status": 503, "path": "/", "times": None})
    assert "RE-77" in shown(address(office, "direct_cost", row))
    office.control("DELETE", "faults")
    assert office.control("GET", "requests").json()["total"] == 0
    assert not re.search(r"\bon\w+=", shown(address(office, "direct_cost", row)))
