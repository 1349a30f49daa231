"""Purchase orders and general journals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connections.errors import InDoubt, NeedsPerson, Reason
from tests.vendors.fo.stage import ABOUT, TODAY, Environment, invoice, journal, line, order, shape

HEADERS, LINES = "PurchaseOrderHeadersV2", "PurchaseOrderLinesV2"
JOURNALS, ENTRIES = "LedgerJournalHeaders", "LedgerJournalLines"


# -- purchase orders -------------------------------------------------------------------------


def test_an_order_that_stands_with_its_lines_is_final(fo: Environment) -> None:
    paper = order(line("125000.00"), line("-500.00"))
    found = fo.client.create(paper, ABOUT)
    assert fo.writes() == [f"POST {HEADERS}", f"POST {LINES}", f"POST {LINES}"]
    assert (found.status, found.total) == ("posted", paper.total)
    assert (found.external_number, found.vendor) == (paper.number, "V10001")
    assert shape(found.lines) == shape(paper.lines)
    [row] = fo.rows(HEADERS, f"PurchaseOrderNumber eq '{found.number}'")
    assert row["VendorOrderReference"] == f"{paper.key} {paper.number}"
    assert (row["dataAreaId"], row["AccountingDate"][:10]) == ("krb", TODAY.isoformat())


def test_an_order_is_found_by_our_key_and_by_its_number(fo: Environment) -> None:
    paper = order()
    found = fo.client.create(paper, ABOUT)
    client = fo.new_client()
    assert client.find([paper, order()]) == [[found], []]
    assert client.read(found, paper) == found
    assert client.by_number(found.number, order()).id == found.id  # type: ignore[union-attr]
    theirs = client.by_number(found.number, order(vendor="V10002"))
    assert theirs is not None
    assert (theirs.id, theirs.vendor) == (found.id, paper.vendor), "whose it is, it says"


def test_an_order_that_was_renumbered_at_the_source_is_still_ours(fo: Environment) -> None:
    paper = order()
    found = fo.client.create(paper, ABOUT)
    [[there]] = fo.client.find([order(key=paper.key, number="RENAMED-1")])
    assert there.id == found.id


def test_another_key_that_begins_like_ours_is_not_ours(fo: Environment) -> None:
    fo.client.create(order(key="PKEY1"), ABOUT)
    assert fo.client.find([order(key="PKEY")]) == [[]]


@pytest.mark.parametrize(("path", "skip"), [(HEADERS, 0), (LINES, 0), (LINES, 1)])
def test_a_lost_answer_makes_no_second_order(fo: Environment, path: str, skip: int) -> None:
    fo.fault("cut_after", method="POST", path=f"/data/{path}", skip=skip)
    paper = order()
    found = fo.client.create(paper, ABOUT)
    assert shape(found.lines) == shape(paper.lines)
    assert len(fo.writes()) == 3
    assert len(fo.rows(HEADERS, f"VendorOrderReference eq '{paper.key}*'")) == 1


def test_an_order_of_which_nothing_is_seen_stays_in_doubt(fo: Environment) -> None:
    """Its number is the service's: sending it again could make a second one."""
    fo.fault("cut_before", method="POST", path=f"/data/{HEADERS}")
    with pytest.raises(InDoubt):
        fo.client.create(order(), ABOUT)
    assert fo.writes() == [f"POST {HEADERS}"]


def test_an_order_cut_between_its_lines_is_gone_on_with(fo: Environment) -> None:
    paper = order(line("1.00"), line("2.00"), line("3.00"))
    fo.client.formats()
    fo.client.values.check(paper)
    lookup = {"action": "status", "method": "POST", "path": r"\$batch", "status": 503, "times": 9}
    cut = {"action": "cut_after", "method": "POST", "path": f"/data/{LINES}", "skip": 1}
    fo.control("POST", "faults", {"rules": [cut, lookup]})
    with pytest.raises(InDoubt):
        fo.client.create(paper, ABOUT)
    fo.control("DELETE", "faults")
    fo.writes()
    [[begun]] = fo.new_client().find([paper])
    assert (begun.status, len(begun.lines)) == ("incomplete", 2)
    whole = fo.client.create(paper, ABOUT)
    assert (whole.id, whole.status, len(whole.lines)) == (begun.id, "posted", 3)
    assert fo.writes() == [f"POST {LINES}"]


def test_a_cancelled_order_is_told(fo: Environment) -> None:
    paper = order()
    found = fo.client.create(paper, ABOUT)
    fo.by_hand("cancel", number=found.number)
    [[now]] = fo.client.find([paper])
    assert now.status == "cancelled"


@pytest.mark.parametrize("hand", ["confirm", "receive", "cancel"])
def test_an_order_in_use_is_not_discarded(fo: Environment, hand: str) -> None:
    paper = order()
    found = fo.client.create(paper, ABOUT)
    fo.by_hand(hand, number=found.number)
    with pytest.raises(NeedsPerson) as held:
        fo.client.discard(found, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE


def test_an_open_order_is_discarded_with_its_lines(fo: Environment) -> None:
    paper = order()
    found = fo.client.create(paper, ABOUT)
    fo.client.discard(found, paper, ABOUT)
    assert fo.client.find([paper]) == [[]]


def test_an_order_is_confirmed_where_the_connection_names_the_action(fo: Environment) -> None:
    fo.chose(confirm_action="confirm")
    client = fo.new_client(confirm_action="confirm")
    found = client.create(order(), ABOUT)
    [row] = fo.rows(HEADERS, f"PurchaseOrderNumber eq '{found.number}'")
    assert row["DocumentApprovalStatus"] == "Confirmed"
    assert client.read(found, order()).status == "posted"  # type: ignore[union-attr]


def test_an_order_that_cannot_be_confirmed_stands_and_is_said(fo: Environment) -> None:
    fo.chose(change_management=True, confirm_action="confirm")
    client = fo.new_client(confirm_action="confirm")
    paper = order()
    with pytest.raises(NeedsPerson) as held:
        client.create(paper, ABOUT)
    [[found]] = client.find([paper])
    assert found.number in held.value.sentence
    assert found.status == "incomplete"


def test_the_account_may_go_with_its_dimensions(fo: Environment) -> None:
    client = fo.new_client(order_account="string")
    paper = order()
    assert shape(client.create(paper, ABOUT).lines) == shape(paper.lines)


def test_a_category_may_depend_on_the_account(fo: Environment) -> None:
    client = fo.new_client(category_by_account='{"52200": "Materials"}')
    found = client.create(order(), ABOUT)
    rows = fo.rows(LINES, f"PurchaseOrderNumber eq '{found.number}'")
    assert [row["ProcurementProductCategoryName"] for row in rows] == [
        "Construction services", "Materials",
    ]  # fmt: skip


def test_an_invoice_names_the_order_that_it_bills(fo: Environment) -> None:
    number = fo.client.create(order(), ABOUT).number
    paper = invoice(order=number)
    fo.client.create(paper, ABOUT)
    [row] = fo.rows("VendorInvoiceHeaders", f"HeaderReference eq '{paper.key}'")
    assert row["PurchaseOrderNumber"] == number


def test_what_a_site_demands_besides_is_sent(fo: Environment) -> None:
    client = fo.new_client(extra_fields=f'{{"{HEADERS}": {{"AttentionInformation": "Yard"}}}}')
    found = client.create(order(), ABOUT)
    [row] = fo.rows(HEADERS, f"PurchaseOrderNumber eq '{found.number}'")
    assert row["AttentionInformation"] == "Yard"


def test_settings_that_cannot_be_read_are_said(fo: Environment) -> None:
    client = fo.new_client(extra_fields="IsApproved=Yes")
    with pytest.raises(NeedsPerson) as held:
        client.create(order(), ABOUT)
    assert held.value.reason == Reason.SETTINGS
    assert "Fields to add" in held.value.sentence


# -- journals --------------------------------------------------------------------------------


def test_a_journal_is_one_voucher_of_debits_and_credits(fo: Environment) -> None:
    paper = journal()
    found = fo.client.create(paper, ABOUT)
    assert fo.writes() == [f"POST {JOURNALS}", f"POST {ENTRIES}", f"POST {ENTRIES}"]
    assert (found.status, found.external_number) == ("draft", paper.number)
    assert found.total == 0
    assert shape(found.lines) == shape(paper.lines)
    rows = fo.rows(ENTRIES, f"JournalBatchNumber eq '{found.id}'")
    assert {(row["DebitAmount"], row["CreditAmount"]) for row in rows} == {(900, 0), (0, 900)}
    assert len({row["Voucher"] for row in rows}) == 1


def test_the_lines_of_a_voucher_that_comes_to_zero_meanwhile_stay_one_voucher(
    fo: Environment,
) -> None:
    lines = [line(amount, "90100") for amount in ("5.00", "-5.00", "7.00", "-7.00")]
    found = fo.client.create(journal(*lines), ABOUT)
    rows = fo.rows(ENTRIES, f"JournalBatchNumber eq '{found.id}'")
    assert len({row["Voucher"] for row in rows}) == 1


def test_a_posted_journal_is_told_by_its_voucher(fo: Environment) -> None:
    paper = journal()
    draft = fo.client.create(paper, ABOUT)
    fo.by_hand("post_journal", number=draft.id)
    now = fo.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.id) == ("posted", draft.id)
    assert shape(now.lines) == shape(paper.lines)
    assert fo.client.find([paper]) == [[now]]
    assert fo.client.by_number(now.number, paper) == now
    assert fo.client.by_number(draft.id, paper) == now
    with pytest.raises(NeedsPerson):
        fo.client.discard(draft, paper, ABOUT)


def test_a_journal_that_is_not_posted_is_not_linked(fo: Environment) -> None:
    draft = fo.client.create(journal(), ABOUT)
    assert fo.client.by_number(draft.id, journal()) is None


@pytest.mark.parametrize(("path", "skip"), [(JOURNALS, 0), (ENTRIES, 0), (ENTRIES, 1)])
def test_a_lost_answer_makes_no_second_journal(fo: Environment, path: str, skip: int) -> None:
    fo.fault("cut_after", method="POST", path=f"/data/{path}", skip=skip)
    paper = journal()
    found = fo.client.create(paper, ABOUT)
    assert shape(found.lines) == shape(paper.lines)
    assert len(fo.rows(JOURNALS, f"Description eq '{paper.key}*'")) == 1
    assert len(fo.rows(ENTRIES, f"JournalBatchNumber eq '{found.id}'")) == 2


def test_a_journal_without_a_name_is_held(fo: Environment) -> None:
    fo.connection.settings.pop("journal_name")
    with pytest.raises(NeedsPerson) as held:
        fo.new_client().create(journal(), ABOUT)
    assert held.value.reason == Reason.SETTINGS


def test_our_own_vouchers_where_the_journal_is_manual(fo: Environment) -> None:
    paper = journal()
    found = fo.new_client(journal_voucher="given").create(paper, ABOUT)
    rows = fo.rows(ENTRIES, f"JournalBatchNumber eq '{found.id}'")
    assert {row["Voucher"] for row in rows} == {paper.number}


def test_a_discarded_journal_goes_with_its_lines(fo: Environment) -> None:
    paper = journal()
    fo.client.discard(fo.client.create(paper, ABOUT), paper, ABOUT)
    assert fo.client.find([paper]) == [[]]


def test_all_kinds_are_looked_up_together_in_the_order_asked(fo: Environment) -> None:
    papers = [order(), invoice(), journal(), invoice(line("5.00"))]
    for paper in papers[:3]:
        fo.client.create(paper, ABOUT)
    found = fo.client.find(papers)
    assert [[one.total for one in several] for several in found] == [
        [papers[0].total], [papers[1].total], [Decimal(0)], [],
    ]  # fmt: skip
