"""Procore's documents as ours, from answers in the documented shapes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connections.documents import Document, Line
from connections.errors import NeedsPerson, NotFound, Reason
from tests.vendors.test_procore_wire import COMPANY, CannedProcore

D = Decimal
V2 = f"/rest/v2.0/companies/{COMPANY}/projects/777"
WBS_LIST = "/rest/v1.0/projects/777/work_breakdown_structure/wbs_codes"
SEGMENTS = [
    {"code": "100", "path_code": "03-100", "name": "Footings", "segment": {"type": "cost_code"}},
    {"code": "M", "segment": {"type": "line_item_type"}},
]
WBS = {"id": 61, "flat_code": "03-100.M", "description": "Footings.Materials"}
WHOLE = {**WBS, "segment_items": SEGMENTS}
LINE: dict[str, Any] = {
    "id": 5001, "position": 1, "description": "Rebar 12 mm", "quantity": "10.0",
    "unit_cost": "1250.0", "uom": "t", "amount": "12500.0", "tax_code_id": None, "wbs_code": WHOLE,
    "cost_code": {"id": 5512, "code": "100", "full_code": "03-100", "name": "Footings"},
    "line_item_type": {"id": 4, "code": "M", "name": "Materials"},
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": 9001, "number": "PO-0007", "title": "Rebar", "status": "Approved", "executed": True,
    "vendor": {"id": 35, "company": "Acme GmbH", "origin_id": "BC|V00010"},
    "grand_total": "12500.0", "contract_date": "2026-03-02",
    "currency_configuration": {"currency_iso_code": "EUR"}, "line_items": [LINE],
    "updated_at": "2026-03-02T09:30:00Z", "deleted_at": None,
}  # fmt: skip
ITEM: dict[str, Any] = {
    "id": 1, "item_type": "contract_item", "line_item_id": 5001, "wbs_code": WHOLE, "position": 1,
    "description_of_work": "Footings", "work_completed_this_period": "1000.00",
    "work_completed_retainage_retained_this_period": "100.00",
    "work_completed_retainage_released_this_period": "0.00",
}  # fmt: skip
BILLING: dict[str, Any] = {
    "id": 31, "number": 3, "invoice_number": "RE-4711", "commitment_id": 9002, "vendor_id": 35,
    "vendor_name": "Acme GmbH", "status": "approved_as_noted", "billing_date": "2026-03-31",
    "contract_name": "Earthworks", "items": [ITEM],
    "summary": {"total_earned_less_retainage": "1900.00",
                "less_previous_certificates_for_payment": "1000.00",
                "current_payment_due": "900.00"},
}  # fmt: skip


def order(**facts: Any) -> Document:
    client = CannedProcore({"/rest/v1.0/purchase_order_contracts/9001": {**ORDER, **facts}})
    return client.document("purchase_order", "777", "9001")


def billing(facts: dict[str, Any], answers: dict[str, Any] | None = None) -> Document:
    path = "/rest/v1.1/requisitions/31"
    client = CannedProcore({path: {**BILLING, **facts}, **(answers or {})})
    return client.document("requisition", "777", "31")


def item(**facts: Any) -> dict[str, Any]:
    return {**ITEM, **facts}


def due(amount: str, **facts: str) -> dict[str, Any]:
    """A summary in which this payment is the first."""
    return {"total_earned_less_retainage": amount, "current_payment_due": amount, **facts}


def test_a_purchase_order_is_read_whole() -> None:
    found = order()
    assert (found.number, found.status, found.currency) == ("PO-0007", "approved", "EUR")
    assert (found.vendor.name, found.vendor.origin_id) == ("Acme GmbH", "BC|V00010")
    assert (found.project.number, found.date) == ("P-1001", dt.date(2026, 3, 2))
    assert found.total == found.footed == D(12500)
    line = found.lines[0]
    assert (line.cost_code, line.cost_code_name, line.cost_type) == ("03-100", "Footings", "M")
    assert "/777/project/" in found.url


def test_a_subcontract_is_read_from_its_own_endpoint() -> None:
    client = CannedProcore({"/rest/v1.0/work_order_contracts/9002": {**ORDER, "id": 9002}})
    assert client.document("subcontract", "777", "9002").contract_id == "9002"
    assert client.asked[0][1] == {"project_id": "777"}


def test_a_deleted_contract_says_so() -> None:
    assert order(deleted_at="2026-03-03T00:00:00Z").deleted


def test_a_404_raises_not_found() -> None:
    with pytest.raises(NotFound):
        CannedProcore({}).document("purchase_order", "777", "9001")


def test_missing_and_null_fields_are_survived() -> None:
    bare = {"id": 9001, "grand_total": None, "line_items": [{"id": 1, "amount": None}]}
    client = CannedProcore({"/rest/v1.0/purchase_order_contracts/9001": bare})
    found = client.document("purchase_order", "777", "9001")
    assert (found.date, found.currency, found.lines[0].cost_code) == (None, "", "")


def coded(answers: dict[str, Any] | None = None, **facts: Any) -> Line:
    row = {**ORDER, "line_items": [{"id": 1, "amount": "12500.0", **facts}]}
    client = CannedProcore({"/rest/v1.0/purchase_order_contracts/9001": row, **(answers or {})})
    return client.document("purchase_order", "777", "9001").lines[0]


@pytest.mark.parametrize("flat", ["03-100.M", "M.03-100"])
def test_a_budget_code_is_read_by_its_segments_in_whatever_order(flat: str) -> None:
    wbs = {**WBS, "flat_code": flat}
    line = coded({WBS_LIST: [{**wbs, "segment_items": SEGMENTS}]}, wbs_code=wbs)
    assert (line.cost_code, line.cost_code_name, line.cost_type) == ("03-100", "Footings", "M")


def test_a_budget_code_that_the_projects_list_does_not_know_is_not_guessed() -> None:
    line = coded({WBS_LIST: []}, wbs_code={**WBS, "flat_code": "S.03-100"})
    assert (line.cost_code, line.cost_type) == ("", "")


def test_budget_codes_that_are_not_shown_hold_the_document() -> None:
    with pytest.raises(NeedsPerson, match="does not show the budget codes") as held:
        coded(wbs_code=WBS)
    assert held.value.reason == Reason.SETTINGS


@pytest.mark.parametrize(("path", "code"), [
    (["03-100"], "03-100"),
    ([["2 - Earthwork"]], "2"),
    ([["03 - Concrete"], ["300 - Walls"]], "03-300"),
    ([["03 - Concrete", "300 - Walls"]], "03-300"),
])  # fmt: skip
def test_the_path_of_a_segment_is_told_in_several_ways(path: Any, code: str) -> None:
    segments = [
        {"code": "A", "segment_type": "sub_job"},
        {"code": "300", "path_codes": path, "name": "Walls", "segment_type": "cost_code"},
        {"code": "M", "segment_type": "line_item_type"},
    ]
    line = coded(wbs_code={"id": 1, "flat_code": "M.A.300", "segment_items": segments})
    assert (line.cost_code, line.cost_type) == (code, "M")


def test_what_nobody_sees_is_no_part_of_a_number() -> None:
    assert order(number="\ufeffPO-0007\u200b").number == "PO-0007"
    assert order(number="PO\u00ad-00\u202e07 ").number == "PO-0007"


def test_segments_win_over_the_flat_code() -> None:
    segments = [
        {"code": "300", "path_code": "03.300", "name": "Walls", "segment_type": "cost_code"},
    ]
    line = coded(wbs_code={"id": 1, "flat_code": "03.300", "segment_items": segments})
    assert (line.cost_code, line.cost_type) == ("03.300", "")


def test_a_flat_code_of_three_parts_is_looked_up() -> None:
    listed = [{
        "id": 9, "flat_code": "A.03-100.M",
        "segment_items": [
            {"code": "A", "segment": {"type": "sub_job"}},
            {"code": "100", "path_code": "03-100", "name": "Footings",
             "segment": {"type": "cost_code"}},
            {"code": "M", "segment": {"type": "line_item_type"}},
        ],
    }]  # fmt: skip
    path = "/rest/v1.0/projects/777/work_breakdown_structure/wbs_codes"
    line = coded({path: listed}, wbs_code={"id": 9, "flat_code": "A.03-100.M"})
    assert (line.cost_code, line.cost_type) == ("03-100", "M")


AREA = {"code": "01", "path_code": "01", "name": "North", "segment": {"type": "sub_job"}}
PHASE = {"code": "2", "path_code": "A-2", "segment": {"name": "Phase", "type": "custom", "id": 7}}
FOUR = {"id": 61, "flat_code": "01.03-100.M.A-2", "segment_items": [AREA, *SEGMENTS, PHASE]}


def test_other_segments_are_read_though_the_line_names_code_and_type() -> None:
    """The line's own fields say no more than these two; the project's list knows the rest."""
    short = {"id": 61, "flat_code": FOUR["flat_code"]}
    line = coded({WBS_LIST: [FOUR]}, **{**LINE, "wbs_code": short})
    assert (line.cost_code, line.cost_type) == ("03-100", "M")
    assert line.segments == (("Phase", "A-2"), ("sub_job", "01"))


@pytest.mark.parametrize("flat", ["03-100.M", "M.03-100"])
def test_a_code_of_just_code_and_type_is_not_looked_up(flat: str) -> None:
    """Without an answer for the list: asking for it would fail."""
    assert coded(**{**LINE, "wbs_code": {"id": 61, "flat_code": flat}}).segments == ()


def test_an_item_that_tells_no_name_of_a_segment_gets_it_from_the_list() -> None:
    told = [
        {"code": "01", "path_codes": [["01 - North"]], "segment_type": "sub_job"},
        {"code": "100", "path_codes": [["03 - Concrete"], ["100 - Footings"]], "name": "Footings",
         "segment_type": "cost_code"},
        {"code": "M", "path_codes": [["M - Materials"]], "segment_type": "line_item_type"},
        {"code": "2", "path_codes": [["A - First"], ["2 - Second"]], "segment_type": "custom",
         "segment_id": 7},
    ]  # fmt: skip
    bare = {"id": 61, "flat_code": FOUR["flat_code"], "segment_items": told}
    line = coded({WBS_LIST: [FOUR]}, wbs_code=bare)
    assert (line.cost_code, line.cost_type) == ("03-100", "M")
    assert line.segments == (("Phase", "A-2"), ("sub_job", "01"))
    named = coded(wbs_code={**bare, "segment_items": told[:3]})
    assert named.segments == (("sub_job", "01"),), "nothing to ask"
    with pytest.raises(NeedsPerson, match="does not tell the segments of budget code 01"):
        coded({WBS_LIST: []}, wbs_code=bare)


@pytest.mark.parametrize("short", [{"id": 61, "flat_code": "01.03-100.M.A-2"}, {"id": 61}])
def test_segments_that_nobody_tells_are_not_taken_for_absent(short: dict[str, Any]) -> None:
    for known in ([], [{**short, "segment_items": []}]):
        with pytest.raises(NeedsPerson, match="does not tell the segments") as held:
            coded({WBS_LIST: known}, **{**LINE, "wbs_code": short})
        assert held.value.reason == Reason.SETTINGS


def test_a_line_without_any_code_has_none() -> None:
    assert (coded().cost_code, coded().cost_type) == ("", "")


def test_a_cost_code_id_alone_is_looked_up() -> None:
    codes = [{"id": 5512, "code": "100", "full_code": "03-100", "name": "Footings"}]
    line = coded({"/rest/v1.0/cost_codes": codes}, cost_code={"id": 5512, "name": "Footings"})
    assert line.cost_code == "03-100"


def test_a_billing_foots_with_retainage() -> None:
    found = billing({})
    assert (found.number, found.vendor_invoice_number) == ("RE-4711", "RE-4711")
    assert (found.status, found.vendor.id) == ("approved_as_noted", "35")
    assert found.total == found.footed == D(900)
    assert (found.lines[0].amount, found.lines[0].retained) == (D(1000), D(100))


def test_released_retainage_is_paid_out() -> None:
    released = item(
        work_completed_this_period="0.00",
        work_completed_retainage_retained_this_period="0.00",
        work_completed_retainage_released_this_period="250.00",
    )
    found = billing({"items": [released], "summary": due("250.00")})
    assert (found.lines[0].released, found.total, found.footed) == (D(250), D(250), D(250))


def test_items_with_nothing_this_period_are_dropped() -> None:
    twin = item(
        id=1, item_type="whole_change_order_item", work_completed_this_period="0.00",
        work_completed_retainage_retained_this_period="0.00",
    )  # fmt: skip
    found = billing({"items": [ITEM, twin]})
    assert [line.id for line in found.lines] == ["contract_item:1"]


def test_item_ids_are_unique_only_with_their_type() -> None:
    change = item(item_type="change_order_item")
    found = billing({"items": [ITEM, change], "summary": due("1800.00")})
    assert {line.id for line in found.lines} == {"contract_item:1", "change_order_item:1"}
    assert found.footed == found.total


def test_stored_materials_count_by_their_change() -> None:
    stored = item(
        materials_presently_stored="700.00",
        materials_presently_stored_from_previous_progress="500.00",
        materials_stored_retainage_currently_retained="70.00",
    )
    before = item(
        materials_presently_stored="500.00", materials_stored_retainage_currently_retained="50.00"
    )
    found = billing(
        {"items": [stored], "previous_requisition_id": 30, "summary": due("1080.00")},
        {"/rest/v1.1/requisitions/30": {**BILLING, "id": 30, "items": [before]}},
    )
    assert (found.lines[0].amount, found.lines[0].retained) == (D(1200), D(120))
    assert found.footed == found.total


def test_stored_materials_that_are_new_need_no_second_read() -> None:
    stored = item(
        materials_presently_stored="500.00", materials_stored_retainage_currently_retained="50.00"
    )
    facts = {"items": [stored], "previous_requisition_id": 30, "summary": due("1350.00")}
    client = CannedProcore({"/rest/v1.1/requisitions/31": {**BILLING, **facts}})
    found = client.document("requisition", "777", "31")
    assert found.footed == found.total == D(1350)
    assert "/rest/v1.1/requisitions/30" not in client.paths()


def test_tax_stands_beside_the_payment_due() -> None:
    taxed = item(taxes=[{"code": "V19", "amount": "190.00"}])
    summary = due("900.00", tax_applicable_to_this_payment="190.00")
    found = billing({"items": [taxed], "summary": summary})
    assert (found.total, found.footed, found.lines[0].tax_code) == (D(1090), D(1090), "V19")


def test_tax_that_the_payment_due_has_already_is_not_added_twice() -> None:
    taxed = item(taxes=[{"amount": "190.00"}])
    summary = due("900.00", tax_applicable_to_this_payment="190.00")
    found = billing({"items": [taxed], "summary": {**summary, "current_payment_due": "1090.00"}})
    assert found.total == found.footed == D(1090)


@pytest.mark.parametrize("facts", [{"gross_amount": "1001.00"}, {"net_amount": "899.99"}])
def test_an_item_that_contradicts_itself_is_held(facts: dict[str, str]) -> None:
    with pytest.raises(NeedsPerson) as caught:
        billing({"items": [item(**facts)]})
    assert caught.value.reason == Reason.DOES_NOT_FOOT
    assert "Footings" in caught.value.sentence


def test_gross_and_net_that_agree_pass() -> None:
    assert billing({"items": [item(gross_amount="1000.0", net_amount="900.00")]}).footed == D(900)


def test_a_billing_without_a_vendor_number_is_named_after_its_contract() -> None:
    found = billing(
        {"invoice_number": None},
        {"/rest/v1.0/work_order_contracts/9002": {"id": 9002, "number": "SC-4"}},
    )
    assert (found.number, found.vendor_invoice_number) == ("SC-4-3", "")


COST: dict[str, Any] = {
    "id": 50, "direct_cost_type": "invoice", "status": "approved", "vendor_id": 35,
    "vendor_name": None, "vendor": {"id": 35, "name": "Acme GmbH"}, "invoice_number": "ER-1",
    "direct_cost_date": "2026-03-12", "grand_total": "840.5", "description": "<p>Fuel</p>",
    "line_items_count": 1, "line_items": [{**LINE, "amount": "840.5"}],
}  # fmt: skip
TAX_CODES = [{"id": 3, "code": "V19", "description": "19 %", "rate1": D("19.0")}]


def cost(answers: dict[str, Any] | None = None, **facts: Any) -> Document:
    path = "/rest/v1.1/projects/777/direct_costs/50"
    client = CannedProcore({path: {**COST, **facts}, **(answers or {})})
    return client.document("direct_cost", "777", "50")


def test_a_direct_cost_is_read_whole() -> None:
    found = cost()
    assert (found.number, found.subtype, found.title) == ("ER-1", "invoice", "Fuel")
    assert (found.vendor.id, found.vendor.name) == ("35", "Acme GmbH")
    assert found.total == found.footed == D("840.5")


def test_the_vendor_may_be_a_plain_name() -> None:
    assert cost(vendor="Acme GmbH").vendor.name == "Acme GmbH"


def test_lines_that_the_answer_left_out_are_read() -> None:
    path = "/rest/v1.0/projects/777/direct_costs/50/line_items"
    rows = [{**LINE, "id": number, "amount": "1.0"} for number in range(150)]
    found = cost({path: rows}, line_items_count=150, line_items=rows[:100], grand_total="150.0")
    assert len(found.lines) == 150
    assert found.footed == found.total


def test_an_expense_without_a_number_gets_a_name_but_no_vendor_number() -> None:
    found = cost(invoice_number=None, direct_cost_type="expense", employee={"name": "J. Doe"})
    assert (found.number, found.vendor_invoice_number) == ("DC-50", "")
    assert found.title == "Fuel (J. Doe)"


def test_stated_tax_is_taken() -> None:
    found = cost(grand_total="119.0", line_items=[{**LINE, "amount": "100.0", "tax_amount": "19"}])
    assert (found.lines[0].tax, found.footed) == (D(19), D(119))


def test_tax_by_rate_counts_where_the_total_proves_it() -> None:
    rows = [{**LINE, "amount": "100.0", "tax_code_id": 3}]
    found = cost({"/rest/v1.0/tax_codes": TAX_CODES}, grand_total="119.0", line_items=rows)
    assert (found.lines[0].tax, found.lines[0].tax_code) == (D(19), "V19")


def test_tax_by_rate_is_not_guessed() -> None:
    rows = [{**LINE, "amount": "100.0", "tax_code_id": 3}]
    found = cost({"/rest/v1.0/tax_codes": TAX_CODES}, grand_total="118.0", line_items=rows)
    assert found.lines[0].tax == 0
    assert found.footed != found.total


CHANGE: dict[str, Any] = {
    "id": 70, "contract_id": 9002, "number": "001", "title": "Deeper", "status": "approved",
    "grand_total": "500.0", "reviewed_at": "2026-04-02T10:00:00Z",
}  # fmt: skip
CHANGE_LINE = {"id": "1", "amount": "500.0", "quantity": 1, "wbs_code": WHOLE, "position": 1}


def change(kind: str, contract: dict[str, Any], **facts: Any) -> Document:
    side = kind.partition("_")[0]
    client = CannedProcore({
        f"/rest/v1.0/projects/777/{kind}s/70": {**CHANGE, **facts},
        f"{V2}/{kind}s/70/line_items": {"data": [CHANGE_LINE]},
        WBS_LIST: [{**WBS, "segment_items": SEGMENTS}],
        ("/rest/v1.0/work_order_contracts/9002" if side == "commitment"
         else "/rest/v1.0/prime_contract/9002"): contract,
    })  # fmt: skip
    return client.document(kind, "777", "70")


def test_a_commitment_change_order_has_the_vendor_of_its_commitment() -> None:
    contract = {"id": 9002, "number": "SC-4", "vendor": {"id": 35, "company": "Acme GmbH"}}
    found = change("commitment_change_order", contract)
    assert (found.vendor.id, found.contract_number, found.number) == ("35", "SC-4", "001")
    assert (found.date, found.total, found.footed) == (dt.date(2026, 4, 2), D(500), D(500))
    assert (found.lines[0].cost_code, found.lines[0].cost_type) == ("03-100", "M")


def test_a_prime_change_order_has_the_owner_of_its_contract() -> None:
    contract = {"id": 9002, "number": "1", "vendor": {"id": 99, "name": "City of Hamburg"}}
    assert change("prime_change_order", contract).vendor.name == "City of Hamburg"


def test_a_change_order_of_a_purchase_order_finds_it_too() -> None:
    client = CannedProcore({
        "/rest/v1.0/projects/777/commitment_change_orders/70": CHANGE,
        f"{V2}/commitment_change_orders/70/line_items": {"data": [CHANGE_LINE]},
        "/rest/v1.0/purchase_order_contracts/9002": {**ORDER, "id": 9002},
    })  # fmt: skip
    assert client.document("commitment_change_order", "777", "70").contract_number == "PO-0007"


def test_a_hidden_commitment_is_not_a_missing_change_order() -> None:
    client = CannedProcore({
        "/rest/v1.0/projects/777/commitment_change_orders/70": CHANGE,
        f"{V2}/commitment_change_orders/70/line_items": {"data": [CHANGE_LINE]},
    })  # fmt: skip
    assert client.document("commitment_change_order", "777", "70").vendor.id == ""


def test_the_commitment_is_read_once_per_client() -> None:
    client = CannedProcore({
        "/rest/v1.0/projects/777/commitment_change_orders/70": CHANGE,
        f"{V2}/commitment_change_orders/70/line_items": {"data": [CHANGE_LINE]},
        "/rest/v1.0/work_order_contracts/9002": {"id": 9002, "number": "SC-4"},
    })  # fmt: skip
    for _ in range(3):
        client.document("commitment_change_order", "777", "70")
    assert client.paths().count("/rest/v1.0/work_order_contracts/9002") == 1
    assert client.paths().count("/rest/v1.0/projects") == 1


def test_documents_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        order().total = D(1)  # type: ignore[misc]
