"""Purchase invoices, credit memos and orders, written to the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from connections.documents import CodedDocument, Found
from connections.errors import InDoubt, NeedsPerson, Reason, RetryLater
from tests.vendors.stage_business_central import TODAY, Stage, document, line, memo, order

ABOUT = "record 1"


def written(stage: Stage, paper: CodedDocument) -> Found:
    return stage.client.create(paper, ABOUT)


def posted(stage: Stage, paper: CodedDocument) -> Found:
    """Created, posted and read back."""
    found = written(stage, paper)
    stage.client.complete(found, paper, ABOUT)
    now = stage.client.read(found, paper)
    assert now is not None
    return now


def refusal(stage: Stage, paper: CodedDocument) -> NeedsPerson:
    with pytest.raises(NeedsPerson) as held:
        posted(stage, paper)
    return held.value


def shape(found: Found) -> list[tuple[str, Decimal, tuple[tuple[str, str], ...]]]:
    return [(one.account, one.amount, one.dimensions) for one in found.lines]


def wanted(paper: CodedDocument) -> list[tuple[str, Decimal, tuple[tuple[str, str], ...]]]:
    return [(one.account, one.amount, one.dimensions) for one in paper.lines]


def test_an_invoice_takes_two_writes_and_one_read(business_central: Stage) -> None:
    business_central.client.local_currency()  # kept for a day, as the company is
    business_central.requests_sent()
    paper = document()
    found = posted(business_central, paper)
    assert business_central.requests_sent() == 3
    assert [method for method, _, _ in business_central.journal.lines] == ["POST", "POST"]
    assert business_central.journal.outcomes == [("done", 201), ("done", 204)]
    assert (found.status, found.total, found.external_number) == (
        "posted", paper.total, paper.number,
    )  # fmt: skip
    assert (found.vendor, found.posting_date, found.lines_known) == ("V10001", TODAY, True)
    assert shape(found) == wanted(paper)
    assert "page=138" in found.url


def test_posting_keeps_the_id_and_gives_a_new_number(business_central: Stage) -> None:
    paper = document()
    draft = written(business_central, paper)
    business_central.client.complete(draft, paper, ABOUT)
    after = business_central.client.read(draft, paper)
    assert draft.status == "draft"
    assert draft.lines_known
    assert shape(draft) == wanted(paper)
    assert after is not None
    assert after.id == draft.id
    assert after.number != draft.number


def test_find_sees_drafts_and_posted_ones_in_the_order_asked(business_central: Stage) -> None:
    papers = [document() for _ in range(4)]
    written(business_central, papers[1])
    posted(business_central, papers[3])
    business_central.requests_sent()
    found = business_central.new_client().find(papers)
    assert [[one.status for one in several] for several in found] == [[], ["draft"], [], ["posted"]]
    assert business_central.requests_sent() == 2  # one for all, one for the draft's lines


def test_fifty_documents_are_looked_up_in_two_requests(business_central: Stage) -> None:
    business_central.client.company()
    business_central.requests_sent()
    assert business_central.client.find([document() for _ in range(50)]) == [[]] * 50
    assert business_central.requests_sent() == 2


def test_the_same_number_of_another_vendor_is_not_ours(business_central: Stage) -> None:
    paper = document()
    posted(business_central, paper)
    other = document(number=paper.number, vendor="V10002")
    assert business_central.client.find([other, paper])[0] == []


@pytest.mark.parametrize("number", ["O'NEIL-7", "A*B", "50% + 3 & MORE", "A|B", "#1 (2)"])
def test_a_number_with_odd_characters_is_found_again(business_central: Stage, number: str) -> None:
    paper = document(number=number)
    written(business_central, paper)
    [[found]] = business_central.client.find([paper])
    assert found.external_number == number


@pytest.mark.parametrize("kind", [document, memo])
def test_a_posted_document_is_found_by_the_ledgers_number(
    business_central: Stage, kind: Callable[..., CodedDocument]
) -> None:
    paper = kind()
    found = posted(business_central, paper)
    draft = written(business_central, kind())
    client = business_central.client
    assert client.by_number(f" {found.number.lower()} ", paper) == found
    assert client.by_number(draft.number, paper) is None
    assert client.by_number(found.number, kind(vendor="V10002")) == found, "whose it is, it says"


def test_an_order_is_found_by_the_ledgers_number(business_central: Stage) -> None:
    theirs = written(business_central, order())
    found = business_central.client.by_number(theirs.number, order())
    assert found is not None
    assert (found.id, found.status) == (theirs.id, "posted")


def test_an_invoice_of_150_lines_is_one_request(business_central: Stage) -> None:
    paper = document(*(line(f"{n}.01") for n in range(1, 151)))
    found = posted(business_central, paper)
    assert shape(found) == wanted(paper)
    assert found.total == Decimal("11326.50")


def test_a_negative_line_holds_back_retainage(business_central: Stage) -> None:
    paper = document(line("1000.00"), line("-100.00", "20200"))
    assert posted(business_central, paper).total == Decimal("900.00")


def test_a_long_description_is_cut(business_central: Stage) -> None:
    found = written(business_central, document(line("1.00", description="x" * 300)))
    assert len(found.lines[0].description) == 100


def test_tax_is_what_the_ledger_computes(business_central: Stage) -> None:
    paper = document(line("100.00", "52200", tax_code="MATERIALS", tax=Decimal("7.25")))
    found = posted(business_central, paper)
    assert (found.total, found.lines[0].tax) == (Decimal("107.25"), Decimal("7.25"))


def test_a_credit_memo_has_positive_amounts(business_central: Stage) -> None:
    paper = memo(line("310.40"))
    found = posted(business_central, paper)
    assert (found.status, found.total) == ("posted", Decimal("310.40"))
    assert shape(found) == wanted(paper)
    assert [one.status for one in business_central.client.find([paper])[0]] == ["posted"]


def test_a_draft_credit_memo_is_a_draft(business_central: Stage) -> None:
    paper = memo()
    written(business_central, paper)
    [[found]] = business_central.client.find([paper])
    assert found.status == "draft"


def test_a_released_credit_memo_is_still_a_draft(business_central: Stage) -> None:
    paper = memo()
    found = written(business_central, paper)
    business_central.control("POST", "business_central/approve", {"id": found.id})
    row = business_central.raw("GET", f"purchaseCreditMemos({found.id})")
    [[again]] = business_central.client.find([paper])
    now = business_central.client.read(found, paper)
    assert now is not None
    assert (row["status"], again.status, now.status) == ("Open", "draft", "draft")


def test_a_cancelled_credit_memo_is_cancelled(business_central: Stage) -> None:
    paper = memo()
    found = posted(business_central, paper)
    business_central.raw("POST", f"purchaseCreditMemos({found.id})/Microsoft.NAV.cancel")
    [[again]] = business_central.client.find([paper])
    assert again.status == "cancelled"


def test_a_foreign_invoice_keeps_its_currency(business_central: Stage) -> None:
    paper = document(line("100.10"), currency="EUR")
    found = posted(business_central, paper)
    row = business_central.raw("GET", f"purchaseInvoices({found.id})")
    assert (row["currencyCode"], found.total) == ("EUR", Decimal("100.10"))


def test_an_unknown_currency_is_said_so(business_central: Stage) -> None:
    assert refusal(business_central, document(currency="XXX")).reason == Reason.CURRENCY


def test_an_answer_lost_after_posting_is_in_doubt_and_posting_again_is_safe(
    business_central: Stage,
) -> None:
    paper = document()
    found = written(business_central, paper)
    lost = {"method": "POST", "path": "NAV", "status": 504}
    business_central.control("POST", "business_central/answer_after", lost)
    with pytest.raises(InDoubt):
        business_central.client.complete(found, paper, ABOUT)
    business_central.client.complete(found, paper, ABOUT)
    now = business_central.client.read(found, paper)
    assert now is not None
    assert now.status == "posted"


def test_a_number_used_twice_is_refused_at_posting(business_central: Stage) -> None:
    paper = document()
    posted(business_central, paper)
    held = refusal(business_central, document(number=paper.number))
    assert held.reason == Reason.DUPLICATE_NUMBER
    assert "CorrelationId" not in str(held.detail)


def test_a_blocked_vendor_is_said_so(business_central: Stage) -> None:
    assert refusal(business_central, document(vendor="V10122")).reason == Reason.VENDOR_BLOCKED


def test_an_unknown_vendor_is_said_so(business_central: Stage) -> None:
    assert refusal(business_central, document(vendor="V99999")).reason == Reason.MISSING_VENDOR


@pytest.mark.parametrize("account", ["58000", "20100", "60000", "99999"])
def test_an_unusable_account_is_said_so(business_central: Stage, account: str) -> None:
    paper = document(line("1.00", account))
    assert refusal(business_central, paper).reason == Reason.ACCOUNT_UNUSABLE


def test_an_unknown_dimension_value_is_said_so(business_central: Stage) -> None:
    paper = document(line("1.00", dimensions=(("PROJECT", "P-9999"),)))
    assert refusal(business_central, paper).reason == Reason.DIMENSION


def test_a_closed_period_is_said_so(business_central: Stage) -> None:
    paper = document(posting_date=TODAY.replace(year=TODAY.year - 2))
    assert refusal(business_central, paper).reason == Reason.PERIOD_CLOSED


def test_an_invoice_without_amounts_is_not_posted(business_central: Stage) -> None:
    assert refusal(business_central, document(line("0"))).reason == Reason.NO_LINES


def test_approval_leaves_the_draft_for_later(business_central: Stage) -> None:
    business_central.setting(approval=True)
    paper = document()
    assert refusal(business_central, paper).reason == Reason.NEEDS_APPROVAL
    assert [one.status for one in business_central.client.find([paper])[0]] == ["draft"]


def test_posting_twice_is_posting_once(business_central: Stage) -> None:
    paper = document()
    found = written(business_central, paper)
    business_central.client.complete(found, paper, ABOUT)
    business_central.client.complete(found, paper, ABOUT)
    assert len(business_central.client.find([paper])[0]) == 1


def default_dimension(stage: Stage, vendor: str, code: str, value: str) -> None:
    """A bookkeeper gives the vendor a default dimension."""
    vendors = stage.raw("GET", f"vendors?$filter=number eq '{vendor}'")["value"]
    dimensions = stage.raw("GET", f"dimensions?$filter=code eq '{code}'")["value"]
    values = stage.raw("GET", f"dimensions({dimensions[0]['id']})/dimensionValues")["value"]
    chosen = next(one for one in values if one["code"] == value)
    stage.raw(
        "POST", f"vendors({vendors[0]['id']})/defaultDimensions",
        {"dimensionId": dimensions[0]["id"], "dimensionValueId": chosen["id"]},
    )  # fmt: skip


def test_a_dimension_that_the_vendor_brings_gives_way_to_ours(business_central: Stage) -> None:
    default_dimension(business_central, "V10001", "PROJECT", "P-1043")
    paper = document(*(line("10.00") for _ in range(60)))
    found = posted(business_central, paper)
    assert shape(found) == wanted(paper)
    assert len(business_central.client.find([paper])[0]) == 1


def test_a_draft_cut_off_before_its_dimensions_is_incomplete(business_central: Stage) -> None:
    default_dimension(business_central, "V10001", "PROJECT", "P-1043")
    paper = document()
    business_central.fault("cut_before", method="POST", path="batch")
    with pytest.raises(InDoubt):
        written(business_central, paper)
    [[found]] = business_central.new_client().find([paper])
    assert found.status == "incomplete"
    business_central.client.discard(found, paper, ABOUT)
    assert business_central.client.find([paper]) == [[]]


def test_a_discarded_draft_is_gone(business_central: Stage) -> None:
    paper = document()
    found = written(business_central, paper)
    business_central.client.discard(found, paper, ABOUT)
    business_central.client.discard(found, paper, ABOUT)
    assert business_central.client.read(found, paper) is None


def test_a_posted_invoice_is_never_discarded(business_central: Stage) -> None:
    paper = document()
    found = posted(business_central, paper)
    with pytest.raises(NeedsPerson) as held:
        business_central.client.discard(found, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE
    assert [method for method, _, _ in business_central.journal.lines] == ["POST", "POST"]


def test_a_draft_that_somebody_changed_is_not_posted(business_central: Stage) -> None:
    paper = document()
    found = written(business_central, paper)
    rows = business_central.raw("GET", f"purchaseInvoices({found.id})/purchaseInvoiceLines")
    path = f"purchaseInvoiceLines({rows['value'][0]['id']})"
    business_central.raw("PATCH", path, {"unitCost": 9999})
    with pytest.raises(RetryLater):
        business_central.client.complete(found, paper, ABOUT)
    [[now]] = business_central.client.find([paper])
    assert now.status == "draft"


def test_an_etag_that_moved_without_a_change_does_not_matter(business_central: Stage) -> None:
    paper = document()
    found = written(business_central, paper)
    business_central.raw("PATCH", f"purchaseInvoices({found.id})", {"buyFromCity": "Troy"})
    business_central.client.complete(found, paper, ABOUT)
    now = business_central.client.read(found, paper)
    assert now is not None
    assert now.status == "posted"


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_cut_create_is_in_doubt_and_find_tells(business_central: Stage, cut: str) -> None:
    paper = document()
    business_central.client.company()
    business_central.fault(cut, method="POST", path="purchaseInvoices")
    with pytest.raises(InDoubt):
        written(business_central, paper)
    assert len(business_central.client.find([paper])[0]) == (cut == "cut_after")
    assert business_central.journal.outcomes == [("no answer", 0)]


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (400, "Application_DialogException", "Your activity was deadlocked with another user."),
        (409, "Internal_ServerError", "The record in table X was locked by another user."),
        (500, "Internal_ServerError", "Transaction was deadlocked on lock resources."),
        (429, "Application_TooManyRequests", "Too many requests reached. Actual (101)."),
        (503, "Internal_TenantUnavailable", "The tenant is not mounted."),
    ],
)
def test_what_passes_is_tried_again(
    business_central: Stage, status: int, code: str, text: str
) -> None:
    paper = document()
    business_central.client.company()
    body = {"error": {"code": code, "message": f"{text}  CorrelationId:  7fbe0bac."}}
    business_central.fault("status", status=status, body=body, method="POST", path="Invoices")
    with pytest.raises(RetryLater) as later:
        written(business_central, paper)
    assert (later.value.at is not None) == (status == 429), "all of the credential wait then"
    assert "CorrelationId" not in later.value.sentence


def test_a_500_without_words_is_in_doubt(business_central: Stage) -> None:
    business_central.client.company()
    business_central.fault("status", status=500, method="POST", path="Invoices")
    with pytest.raises(InDoubt):
        written(business_central, document())


def test_a_revoked_token_is_renewed_in_mid_batch(business_central: Stage) -> None:
    posted(business_central, document())
    business_central.fault("revoke_tokens")
    assert posted(business_central, document()).status == "posted"


def test_a_purchase_order_stands_with_our_reference(business_central: Stage) -> None:
    paper = order(due_date=TODAY)
    found = written(business_central, paper)
    business_central.client.complete(found, paper, ABOUT)
    [[again]] = business_central.new_client().find([paper])
    now = business_central.client.read(found, paper)
    assert now is not None
    assert (again.id, again.status, now.status) == (found.id, "posted", "posted")
    assert (now.external_number, now.total) == (paper.number, paper.total)
    assert shape(now) == wanted(paper)


def test_orders_of_one_vendor_and_day_are_told_apart(business_central: Stage) -> None:
    papers = [order(), order(), order()]
    written(business_central, papers[1])
    business_central.requests_sent()
    assert [len(one) for one in business_central.client.find(papers)] == [0, 1, 0]
    assert business_central.requests_sent() == 1


def test_an_unused_order_may_be_discarded(business_central: Stage) -> None:
    paper = order()
    business_central.client.discard(written(business_central, paper), paper, ABOUT)
    assert business_central.client.find([paper]) == [[]]


@pytest.mark.parametrize(
    ("given", "stored"), [("inv-17a", "INV-17A"), ("straße", "STRAßE"), ("A" * 35, "A" * 35)]
)
def test_a_number_is_as_the_ledger_stores_it(
    business_central: Stage, given: str, stored: str
) -> None:
    assert business_central.client.stored_number(given) == stored
    found = written(business_central, document(number=stored))
    assert found.external_number == stored
    [[there]] = business_central.client.find([document(number=stored)])
    assert there.id == found.id
