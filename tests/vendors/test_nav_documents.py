"""Invoices, credit memos and orders written through a site's pages, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.documents import CodedDocument, Found
from connections.errors import InDoubt, NeedsPerson, Reason, RetryLater
from connections.roles import Ledger
from tests.vendors.stage_business_central import document, line, memo, order
from tests.vendors.stage_nav import Site

ABOUT = "record 1"


def shape(found: Found | None) -> list[object]:
    return [(one.account, one.amount, one.dimensions) for one in found.lines] if found else []


def wanted(paper: CodedDocument) -> list[object]:
    return [(one.account, one.amount, one.dimensions) for one in paper.lines]


def test_the_client_meets_the_role(nav: Site) -> None:
    ledger: Ledger = nav.client
    assert ledger.stored_number("pc-1") == "PC-1"
    assert nav.client.can_post


@pytest.mark.parametrize("make", [document, memo])
def test_from_nothing_to_posted(nav: Site, make: Any) -> None:
    paper = make()
    assert nav.client.find([paper]) == [[]]
    draft = nav.client.create(paper, ABOUT)
    assert (draft.status, draft.total, draft.external_number) == (
        "draft", paper.total, paper.number,
    )  # fmt: skip
    assert shape(draft) == wanted(paper)
    assert nav.new_client().find([paper]) == [[draft]]
    nav.client.complete(draft, paper, ABOUT)
    now = nav.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.id, now.total) == ("posted", draft.id, paper.total)
    assert now.number != draft.number
    assert now.lines_known
    assert shape(now) == wanted(paper)
    [[standing]] = nav.new_client().find([paper])
    assert (standing.status, standing.id, standing.total) == ("posted", draft.id, paper.total)


def test_the_dates_are_ours_and_not_those_that_the_page_derives(nav: Site) -> None:
    """Posting Date brings Document Date along, and both bring Due Date."""
    paper = document()
    earlier = paper.posting_date.replace(day=1)
    paper = document(document_date=earlier, due_date=earlier)
    draft = nav.client.create(paper, ABOUT)
    [row] = nav.rows("PurchaseInvoice", f"No eq '{draft.number}'")
    assert (row["Document_Date"], row["Due_Date"]) == (str(earlier), str(earlier))
    assert row["Posting_Date"] == str(paper.posting_date)


def test_posting_twice_is_posting_once(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    [[standing]] = nav.client.find([paper])
    assert standing.status == "posted"


def test_a_site_that_lets_nobody_post_keeps_the_draft_until_a_person_does(nav: Site) -> None:
    client = nav.new_client(integration_service="")
    assert not client.can_post
    paper = document()
    draft = client.create(paper, ABOUT)
    client.complete(draft, paper, ABOUT)
    now = client.read(draft, paper)
    assert (now and now.status) == "draft"
    nav.by_hand("post_draft", number=draft.number)
    now = client.read(draft, paper)
    assert now is not None
    assert (now.status, now.id) == ("posted", draft.id)


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_line_whose_answer_is_lost_stands_once(nav: Site, cut: str, skip: int) -> None:
    nav.fault(cut, method="POST", path="PurchLines", skip=skip, times=1)
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    assert (draft.status, shape(draft)) == ("draft", wanted(paper))


def test_a_header_whose_answer_is_lost_is_adopted(nav: Site) -> None:
    nav.fault("cut_after", method="POST", path=r"/PurchaseInvoice(\?|$)", times=1)
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    assert shape(draft) == wanted(paper)
    assert nav.client.find([paper]) == [[draft]]


def test_a_header_that_never_arrived_is_in_doubt_and_not_there(nav: Site) -> None:
    nav.fault("cut_before", method="POST", path=r"/PurchaseInvoice(\?|$)", times=1)
    paper = document()
    with pytest.raises(InDoubt):
        nav.client.create(paper, ABOUT)
    assert nav.client.find([paper]) == [[]]


def test_a_draft_that_was_cut_off_is_incomplete_and_goes_on(nav: Site) -> None:
    paper = document()
    nav.fault("cut_before", method="POST", path="PurchLines", skip=1, times=3)
    with pytest.raises(InDoubt):
        nav.client.create(paper, ABOUT)
    [[cut]] = nav.client.find([paper])
    assert cut.status == "incomplete"
    whole = nav.new_client().create(paper, ABOUT)
    assert (whole.id, whole.status, shape(whole)) == (cut.id, "draft", wanted(paper))


def test_an_incomplete_draft_can_be_discarded(nav: Site) -> None:
    paper = document()
    nav.fault("cut_before", method="POST", path="PurchLines", times=3)
    with pytest.raises(InDoubt):
        nav.client.create(paper, ABOUT)
    [[cut]] = nav.client.find([paper])
    nav.client.discard(cut, paper, ABOUT)
    assert nav.client.find([paper]) == [[]]
    assert nav.client.read(cut, paper) is None


def test_a_posted_document_is_never_discarded(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    with pytest.raises(NeedsPerson) as held:
        nav.client.discard(draft, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE


def test_a_draft_that_appeared_meanwhile_is_not_doubled(nav: Site) -> None:
    paper = document()
    nav.client.create(paper, ABOUT)
    with pytest.raises(RetryLater):
        nav.client.create(paper, ABOUT)


def test_a_number_that_is_posted_already_is_told_at_posting(nav: Site) -> None:
    first = document()
    nav.client.complete(nav.client.create(first, ABOUT), first, ABOUT)
    second = document(number=first.number)
    draft = nav.client.create(second, ABOUT)
    with pytest.raises(NeedsPerson) as held:
        nav.client.complete(draft, second, ABOUT)
    assert held.value.reason == Reason.DUPLICATE_NUMBER
    assert "NAV" in held.value.sentence
    found = nav.client.find([second])[0]
    assert sorted(one.status for one in found) == ["draft", "posted"]


def test_a_draft_that_somebody_changed_is_not_posted(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    [row, *_] = nav.rows("PurchaseInvoicePurchLines", f"Document_No eq '{draft.number}'")
    path = nav.client.record(
        "PurchaseInvoicePurchLines", Document_Type="Invoice", Document_No=draft.number,
        Line_No=10000,
    )  # fmt: skip
    headers = {"If-Match": row["@odata.etag"]}
    nav.client.write("PATCH", path, {"Direct_Unit_Cost": 1}, about="a person", headers=headers)
    with pytest.raises(RetryLater):
        nav.client.complete(draft, paper, ABOUT)


def test_a_posted_document_is_found_by_its_number(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.client.complete(draft, paper, ABOUT)
    now = nav.client.read(draft, paper)
    assert now is not None
    found = nav.client.by_number(now.number, paper)
    assert found == now
    theirs = nav.client.by_number(now.number, document(vendor="V10002"))
    assert theirs is not None
    assert (theirs.id, theirs.vendor) == (now.id, paper.vendor), "whose it is, it says"


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "account", "reason"),
    [
        ({"vendor": "V10122"}, "53200", Reason.VENDOR_BLOCKED),
        ({"vendor": "NOBODY"}, "53200", Reason.MISSING_VENDOR),
        ({}, "99999", Reason.ACCOUNT_UNUSABLE),
    ],
)
def test_what_repeating_cannot_mend_is_for_a_person(
    nav: Site, changes: dict[str, Any], account: str, reason: Reason
) -> None:
    paper = document(line("5.00", account), **changes)
    with pytest.raises(NeedsPerson) as held:
        nav.client.complete(nav.client.create(paper, ABOUT), paper, ABOUT)
    assert held.value.reason == reason, held.value.sentence
    assert "Business Central" not in held.value.sentence
    assert nav.client.find([paper]) == [[]]  # no half draft stays behind


def test_a_closed_period_is_named(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.by_hand("close_period", until=paper.posting_date.isoformat())
    with pytest.raises(NeedsPerson) as held:
        nav.client.complete(draft, paper, ABOUT)
    assert held.value.reason == Reason.PERIOD_CLOSED


def test_a_dimension_value_that_is_not_there_is_named(nav: Site) -> None:
    paper = document(line("5.00", dimensions=(("PROJECT", "P-9999"),)))
    with pytest.raises(NeedsPerson) as held:
        nav.client.create(paper, ABOUT)
    assert held.value.reason == Reason.DIMENSION


def test_an_approval_that_is_missing_is_named(nav: Site) -> None:
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.by_hand("approval")
    with pytest.raises(NeedsPerson) as held:
        nav.client.complete(draft, paper, ABOUT)
    assert held.value.reason == Reason.NEEDS_APPROVAL


# -- orders -------------------------------------------------------------------------------------


def test_an_order_stands_and_is_found_again(nav: Site) -> None:
    paper = order()
    found = nav.client.create(paper, ABOUT)
    assert (found.status, found.total) == ("posted", paper.total)
    assert shape(found) == wanted(paper)
    assert nav.new_client().find([paper, order()]) == [[found], []]
    nav.client.complete(found, paper, ABOUT)
    assert nav.client.by_number(found.number, paper) == found
    nav.client.discard(found, paper, ABOUT)
    assert nav.client.find([paper]) == [[]]


def test_an_order_in_use_is_not_discarded(nav: Site) -> None:
    paper = order()
    found = nav.client.create(paper, ABOUT)
    nav.by_hand("approve", number=found.number)
    with pytest.raises(NeedsPerson) as held:
        nav.client.discard(found, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE


# -- versions and customs -----------------------------------------------------------------------


@pytest.mark.parametrize("order_of", ["body", "page"])
@pytest.mark.parametrize("profile", ["bc", "nav2018"])
def test_both_versions_take_the_same_document(nav: Site, profile: str, order_of: str) -> None:
    nav.setting(profile=profile, order=order_of)
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    nav.by_hand("post_draft", number=draft.number)
    now = nav.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.total, now.id) == ("posted", paper.total, draft.id)
    assert now.lines_known is (profile == "bc")  # NAV shows two dimensions on posted lines
    [[standing]] = nav.new_client().find([paper])
    assert standing.id == draft.id


def test_lines_that_take_type_and_account_first(nav: Site) -> None:
    nav.setting(strict_lines=True)
    paper = document()
    draft = nav.client.create(paper, ABOUT)
    assert (draft.status, shape(draft)) == ("draft", wanted(paper))
    assert nav.client.step_by_step


def test_a_line_cut_between_its_two_steps_is_incomplete_and_mended(nav: Site) -> None:
    nav.setting(strict_lines=True)
    nav.fault("cut_before", method="PATCH", path="PurchLines", times=2)
    paper = document(line("5.00", dimensions=()))
    with pytest.raises(InDoubt):
        nav.client.create(paper, ABOUT)
    [[cut]] = nav.client.find([paper])
    assert cut.status == "incomplete"
    whole = nav.new_client().create(paper, ABOUT)
    assert (whole.id, shape(whole)) == (cut.id, wanted(paper))


@pytest.mark.parametrize("switch", [{"business_status": 500}, {"patch_status": 204}])
def test_older_manners_of_answering(nav: Site, switch: dict[str, int]) -> None:
    nav.setting(**switch, strict_lines=True)
    paper = document()
    assert shape(nav.client.create(paper, ABOUT)) == wanted(paper)
    with pytest.raises(NeedsPerson):
        nav.client.create(document(vendor="V10122"), ABOUT)


def test_dimensions_go_by_the_sites_own_numbers(nav: Site) -> None:
    """What is number 1 here is number 3 elsewhere; the pages speak in numbers."""
    paper = document()
    [setup] = nav.rows("GeneralLedgerSetup")
    draft = nav.client.create(paper, ABOUT)
    [row, *_] = nav.rows("PurchaseInvoicePurchLines", f"Document_No eq '{draft.number}'")
    first = setup["Global_Dimension_1_Code"]
    assert row["Shortcut_Dimension_1_Code"] == dict(paper.lines[0].dimensions).get(first, "")


def test_the_price_is_the_cost_whatever_the_discount_rules_say(nav: Site) -> None:
    paper = document(line("-100.00"), line("350.55"))
    draft = nav.client.create(paper, ABOUT)
    assert draft.total == Decimal("250.55")
