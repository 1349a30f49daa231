"""Invoices and credits of a site: states, lines, what a poll notices and what it must not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from connections.documents import LEDGER_INVOICE, LEDGER_MEMO, LEDGER_ORDER
from connections.errors import NeedsPerson, RetryLater

from .conftest import Site

NOW = dt.datetime.now(dt.UTC)
CENTS = Decimal("0.01")


# -- documents ------------------------------------------------------------------------------------


def test_an_invoice_is_read_with_project_cost_code_and_commitment(gp: Site) -> None:
    document = gp.document(gp.types("A-1009", "12500.00", order="PO-1042-001"))
    assert document.kind == LEDGER_INVOICE
    assert document.external_number == "A-1009"
    assert document.order_number == "PO-1042-001"
    assert document.total == Decimal("12500.00")
    assert document.vendor == "ABBOTT0002"
    assert document.vendor_name.startswith("Abbott")
    assert document.id == f"1;{document.number}"
    [line] = document.lines
    assert (line.id, line.account, line.amount) == ("16384", "52200", Decimal("12500.00"))
    assert line.dimensions == (
        ("COSTCODE", "03-300"), ("PROJECT", "1042"), ("SEGMENT1", "1042"), ("SEGMENT2", "52200"),
        ("SEGMENT3", "03"),
    )  # fmt: skip


def test_states_are_told_and_the_id_stays(gp: Site) -> None:
    id = gp.types("S-1")
    assert gp.document(id).status == "draft"
    gp.by_hand("post_invoice", id=id, force=True)
    assert gp.document(id).status == "posted"
    gp.by_hand("pay", id=id, history=False)
    assert gp.document(id).status == "paid"  # all of it applied, not moved to history yet
    gp.by_hand("move_to_history", id=id)
    assert gp.document(id).status == "paid"


def test_a_partly_paid_one_is_posted_and_a_void_is_cancelled(gp: Site) -> None:
    id = gp.types("S-2", post=True)
    gp.by_hand("pay", id=id, amount="10.00")
    assert gp.document(id).status == "posted"
    gp.by_hand("void_invoice", id=id)
    assert gp.document(id).status == "cancelled"


def test_freight_and_discount_are_shared_out_and_tax_stays_apart(gp: Site) -> None:
    lines = [
        {"job": "1042", "code": "03-300", "amount": "100.00"},
        {"job": "1042", "code": "05-120", "amount": "200.00"},
    ]
    id = gp.types("F-1", lines=lines, tax="24.75", freight="10.00", misc="5.00", discount="3.00")
    document = gp.document(id)
    assert document.total == Decimal("336.75")
    assert [line.amount for line in document.lines] == [Decimal("104.00"), Decimal("208.00")]
    assert [line.tax for line in document.lines] == [Decimal("8.25"), Decimal("16.50")]


def test_freight_may_be_a_line_of_its_own(gp: Site) -> None:
    id = gp.types("F-2", freight="10.00")
    gp.client = gp.new_client(line_types="6, 9", shared_types="7, 8")
    assert [line.amount for line in gp.document(id).lines] == [Decimal("100.00"), Decimal("10.00")]


def test_credits_and_returns_are_positive_memos(gp: Site) -> None:
    for kind in (4, 5):
        id = gp.types(f"CM-{kind}", "75.50", kind=kind)
        document = gp.document(id, LEDGER_MEMO)
        assert document.kind == LEDGER_MEMO
        assert document.total == document.lines[0].amount == Decimal("75.50")
        [hint] = [one for one in gp.hints(kind=LEDGER_MEMO) if one.source_id == id]
        assert hint.amount == Decimal("-75.50")
        assert gp.client.purchases(LEDGER_INVOICE, [id]) == []


def test_a_negative_line_stays_negative(gp: Site) -> None:
    lines = [{"job": "1042", "code": "03-300", "amount": "100.00"},
             {"job": "1042", "code": "03-300", "amount": "-25.00"}]  # fmt: skip
    document = gp.document(gp.types("N-1", lines=lines))
    assert [line.amount for line in document.lines] == [Decimal("100.00"), Decimal("-25.00")]
    assert document.total == Decimal("75.00")


def test_every_document_of_the_demo_foots_but_those_that_shall_not(gp: Site) -> None:
    ids = [hint.source_id for hint in gp.hints()]
    documents = gp.client.purchases(LEDGER_INVOICE, ids)
    assert {one.id for one in documents} == set(ids)
    wrong = [
        one.id
        for one in documents
        if sum((line.amount + line.tax for line in one.lines), Decimal(0)) != one.total
    ]
    troubles = gp.control("GET", "demo")["expected"]["troubles"]
    told = {"distributions do not foot", "header without distributions"}
    assert set(wrong) == {one["id"] for one in troubles if one["kind"] in told}


def test_whole_account_numbers_where_the_mappings_have_them(gp: Site) -> None:
    id = gp.types("W-1")
    gp.client = gp.new_client(account_segment="")
    assert gp.document(id).lines[0].account == "1042-52200-03"


def test_other_kinds_only_where_the_connection_says_so(gp: Site) -> None:
    id = gp.types("FC-1", kind=2)
    assert gp.client.purchases(LEDGER_INVOICE, [id]) == []
    gp.client = gp.new_client(invoice_types="1,2")
    assert gp.document(id).kind == LEDGER_INVOICE


def test_a_vendor_that_the_document_does_not_name_is_looked_up(gp: Site) -> None:
    id = gp.types("V-1")
    gp.client = gp.new_client(payable_fields="VendorName=NoSuchField")
    assert gp.document(id).vendor_name.startswith("Abbott")


# -- what a poll notices --------------------------------------------------------------------------


@pytest.mark.parametrize("shown", ["always", "single"])
def test_the_same_twice_is_the_same_stamp_by_list_and_by_key(gp: Site, shown: str) -> None:
    gp.chose(distributions=shown)
    hints = gp.hints()
    assert gp.client.reread(LEDGER_INVOICE, [hint.source_id for hint in hints]) == hints
    assert len(hints) > 100


def test_other_lines_with_the_same_total_are_noticed(gp: Site) -> None:
    id = gp.types("L-1")
    before = gp.hint(id, NOW)
    line = {"job": "1042", "code": "05-120", "amount": "100.00"}
    gp.by_hand("change_invoice", id=id, lines=[line], touch=False)
    after = gp.hint(id, NOW)
    assert before
    assert after
    assert before.amount == after.amount
    assert before.stamp != after.stamp


def test_lines_are_noticed_also_where_lists_do_not_show_them(gp: Site) -> None:
    gp.chose(distributions="single")
    test_other_lines_with_the_same_total_are_noticed(gp)


def test_posting_that_moves_no_date_is_noticed(gp: Site) -> None:
    gp.control("POST", "gp/settings", {"touch": "never"})
    id = gp.types("P-1", modified="2026-01-05", date="2026-10-05")
    later = NOW + dt.timedelta(days=3)
    before = gp.hint(id, later)
    gp.by_hand("post_invoice", id=id, force=True)
    after = gp.hint(id, later)
    assert before
    assert after
    assert before.stamp != after.stamp


def test_a_void_without_a_trace_is_seen_by_key_and_at_night(gp: Site) -> None:
    gp.control("POST", "gp/settings", {"touch": "never"})
    id = gp.types("P-2", modified="2026-01-05", date="2026-10-05", post=True)
    later = NOW + dt.timedelta(days=3)
    before = gp.hint(id, later)
    gp.by_hand("void_invoice", id=id)
    assert gp.hint(id, later) is None
    [reread] = gp.client.reread(LEDGER_INVOICE, [id])
    assert before
    assert reread.stamp != before.stamp
    assert gp.hint(id) == reread


def test_history_is_read_from_a_day_before(gp: Site) -> None:
    id = gp.types("H-1", post=True)
    gp.by_hand("pay", id=id, touch=True)
    assert gp.hint(id, NOW + dt.timedelta(hours=20)) is not None
    assert gp.hint(id, NOW + dt.timedelta(days=3)) is None


def test_a_poll_is_two_requests(gp: Site) -> None:
    gp.hints(NOW)
    gp.requests_sent()
    gp.hints(NOW)
    assert len(gp.requests_sent()) == 2


def test_gps_own_orders_are_none_of_ours(gp: Site) -> None:
    gp.requests_sent()
    assert gp.hints(kind=LEDGER_ORDER) == []
    assert gp.requests_sent() == []


def test_two_companies_never_mix(gp: Site) -> None:
    main = {hint.number for hint in gp.hints()}
    gp.client = gp.new_client(company="Constructions Côté-Ridge Ltée (Québec)")
    other = gp.hints()
    assert 0 < len(other) < len(main)
    assert gp.client.window().currency == "CAD"


# -- reading many, and absence --------------------------------------------------------------------


def test_many_are_read_in_few_requests(gp: Site) -> None:
    ids = [hint.source_id for hint in gp.hints(NOW)]
    drafts = [one.id for one in gp.client.purchases(LEDGER_INVOICE, ids) if one.status == "draft"]
    gp.requests_sent()
    found = gp.client.purchases(LEDGER_INVOICE, drafts)
    assert [one.id for one in found] == drafts
    assert len(drafts) > 20
    assert len(gp.requests_sent()) == 1


def test_a_few_are_read_by_key(gp: Site) -> None:
    id = gp.types("K-1")
    gp.requests_sent()
    gp.document(id)
    paths = [path for _, path in gp.requests_sent() if "Transactions" in path]
    assert len(paths) == 1
    assert paths[0].endswith(f"/Transactions({id}).json")


def test_a_deleted_draft_is_absent_and_deleted(gp: Site) -> None:
    id = gp.types("D-1")
    gp.by_hand("delete_invoice", id=id)
    assert gp.client.purchases(LEDGER_INVOICE, [id, "", "nonsense"]) == []
    assert gp.client.whereabouts(LEDGER_INVOICE, id, "D-1") == "deleted"
    assert gp.client.whereabouts(LEDGER_INVOICE, "", id.partition(";")[2]) == "deleted"
    stays = gp.types("D-2")
    assert gp.client.whereabouts(LEDGER_INVOICE, stays, "D-2") == "unknown"


def test_a_renamed_company_deletes_nothing(gp: Site) -> None:
    id = gp.types("R-1")
    gp.control("POST", "gp/settings", {"company_name": "Keystone Ridge Builders LLC"})
    client = gp.new_client()
    with pytest.raises(RetryLater) as later:
        client.purchases(LEDGER_INVOICE, [id])
    assert "tenant and company" in later.value.sentence
    with pytest.raises(RetryLater):
        client.whereabouts(LEDGER_INVOICE, id, "R-1")


def test_a_missing_right_deletes_nothing(gp: Site) -> None:
    id = gp.types("R-2")
    client = gp.chose(denied=["payables"])
    with pytest.raises(NeedsPerson) as held:
        client.purchases(LEDGER_INVOICE, [id])
    assert "Security Task Setup" in held.value.sentence
    assert client.whereabouts(LEDGER_INVOICE, id, "R-2") == "unknown"


def test_a_record_that_somebody_has_open_is_read_later(gp: Site) -> None:
    client = gp.chose(locked=["payables"], language="de")
    with pytest.raises(RetryLater) as later:
        client.purchases(LEDGER_INVOICE, ["1;00000000000000401"])
    assert "bearbeitet" in later.value.sentence
