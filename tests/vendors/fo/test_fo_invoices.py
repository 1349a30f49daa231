"""Vendor invoices and credit memos: pending, cut off, gone on with, watched until posted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connections.documents import CodedDocument, Found
from connections.errors import GoesOn, InDoubt, NeedsPerson, Reason, RetryLater
from connections.vendors.fo import concurrency
from tests.vendors.fo.stage import ABOUT, TODAY, Environment, invoice, line, memo, shape

HEADERS, LINES = "VendorInvoiceHeaders", "VendorInvoiceLines"


def pending(fo: Environment, paper: CodedDocument) -> Found:
    return fo.client.create(paper, ABOUT)


def refusal(fo: Environment, paper: CodedDocument) -> NeedsPerson:
    with pytest.raises(NeedsPerson) as held:
        pending(fo, paper)
    return held.value


def stands(fo: Environment, paper: CodedDocument) -> list[tuple[str, Any]]:
    """(status, lines) of what stands under a document's key, as another worker finds it."""
    [found] = fo.new_client().find([paper])
    return [(one.status, shape(one.lines)) for one in found]


# -- one invoice from end to end -------------------------------------------------------------


def test_an_invoice_is_a_header_and_its_lines_in_sequence(fo: Environment) -> None:
    paper = invoice()
    found = pending(fo, paper)
    assert fo.writes() == [f"POST {HEADERS}", f"POST {LINES}", f"POST {LINES}"]
    assert (found.status, found.total, found.id) == ("draft", paper.total, paper.key)
    assert (found.external_number, found.vendor) == (paper.number, "V10001")
    assert (found.posting_date, found.lines_known) == (TODAY, True)
    assert shape(found.lines) == shape(paper.lines)


def test_it_stands_in_our_company_with_currency_dates_and_totals(fo: Environment) -> None:
    paper = invoice(reference="Pay app 3")
    pending(fo, paper)
    [header] = fo.rows(HEADERS, f"HeaderReference eq '{paper.key}'")
    assert header["dataAreaId"] == "krb"  # the user's own company is another one
    assert (header["Currency"], header["InvoiceDescription"]) == ("USD", "Pay app 3")
    assert header["InvoiceDate"][:10] == header["Date"][:10] == TODAY.isoformat()
    assert header["ImportedAmount"] == paper.total


def test_read_shows_what_find_shows(fo: Environment) -> None:
    paper = invoice()
    found = pending(fo, paper)
    [[there]] = fo.client.find([paper])
    assert fo.client.read(found, paper) == there == found


def test_a_posted_invoice_shows_its_voucher_and_keeps_its_id(fo: Environment) -> None:
    paper = invoice()
    draft = pending(fo, paper)
    voucher = fo.by_hand("post_invoice", reference=paper.key)["voucher"]
    now = fo.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.number, now.id) == ("posted", voucher, paper.key)
    assert (now.total, now.external_number) == (paper.total, paper.number)
    assert stands(fo, paper) == [("posted", [])]
    assert fo.client.by_number(voucher, paper) == now
    assert fo.client.by_number(paper.number.lower(), paper) == now


def test_a_paid_invoice_is_still_the_one_that_was_posted(fo: Environment) -> None:
    paper = invoice()
    pending(fo, paper)
    voucher = fo.by_hand("post_invoice", reference=paper.key)["voucher"]
    fo.by_hand("pay", voucher=voucher)
    [[found]] = fo.client.find([paper])
    assert (found.number, found.total) == (voucher, paper.total)


def test_an_invoice_that_people_deleted_is_gone(fo: Environment) -> None:
    paper = invoice()
    draft = pending(fo, paper)
    fo.by_hand("delete_invoice", reference=paper.key)
    assert fo.client.read(draft, paper) is None
    assert fo.client.find([paper]) == [[]]


def test_a_credit_memo_has_negative_quantities_and_is_told_positive(fo: Environment) -> None:
    paper = memo(line("300.00"), line("-20.00", "52200"))
    draft = pending(fo, paper)
    rows = fo.rows(LINES, f"HeaderReference eq '{paper.key}'")
    assert sorted((row["ReceiveNow"], row["UnitPrice"]) for row in rows) == [(-1, 300), (1, 20)]
    assert (draft.status, draft.total) == ("draft", Decimal("280.00"))
    assert shape(draft.lines) == shape(paper.lines)
    fo.by_hand("post_invoice", reference=paper.key)
    now = fo.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.total) == ("posted", Decimal("280.00"))


def test_tax_goes_as_a_group_and_counts_into_the_total(fo: Environment) -> None:
    code = fo.client.tax_codes()[0].code
    paper = invoice(line("100.00", tax_code=code, tax=Decimal("7.25")))
    draft = pending(fo, paper)
    assert (draft.total, draft.lines[0].tax_code) == (Decimal("107.25"), code)
    plain = fo.new_client(imported_totals="no")
    assert plain.find([paper])[0][0].total == Decimal("107.25")


# -- looking up ------------------------------------------------------------------------------


def test_twenty_documents_are_looked_up_in_two_requests(fo: Environment) -> None:
    papers = [invoice() for _ in range(20)]
    pending(fo, papers[1])
    pending(fo, papers[7])
    fo.by_hand("post_invoice", reference=papers[7].key)
    client = fo.new_client()
    client.formats()
    client.window()  # reads the company's row, with its currency
    fo.requests_sent()
    found = client.find(papers)
    statuses = {index: [one.status for one in several] for index, several in enumerate(found)}
    assert {index: told for index, told in statuses.items() if told} == {
        1: ["draft"], 7: ["posted"],
    }  # fmt: skip
    assert len(fo.requests_sent()) == 2


def test_the_same_number_of_another_vendor_is_not_ours(fo: Environment) -> None:
    paper = invoice()
    pending(fo, paper)
    assert fo.client.find([invoice(number=paper.number, vendor="V10002")]) == [[]]


@pytest.mark.parametrize("number", ["O'NEIL-7", "A*B", "50% + 3 & MORE", "#1 (2)/X"])
def test_a_number_with_odd_characters_is_found_again(fo: Environment, number: str) -> None:
    paper = invoice(number=number)
    pending(fo, paper)
    [[found]] = fo.client.find([paper])
    assert found.external_number == number


def test_a_star_in_a_number_finds_no_others(fo: Environment) -> None:
    pending(fo, invoice(number="AXXB"))
    assert fo.client.find([invoice(number="A*B")]) == [[]]


def test_what_people_typed_under_the_number_is_found_and_never_deleted(fo: Environment) -> None:
    paper = invoice()
    fo.by_hand("type_invoice", vendor="V10001", number=paper.number,
               lines=[{"amount": "75.00", "account": "60300"}])  # fmt: skip
    [[theirs]] = fo.client.find([paper])
    assert theirs.total == Decimal("75.00")
    with pytest.raises(NeedsPerson) as held:
        fo.client.discard(theirs, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE
    assert fo.client.find([paper])[0] == [theirs]


def test_without_the_list_of_posted_invoices_nothing_is_looked_up(fo: Environment) -> None:
    client = fo.new_client(posted_set="NoSuchEntities")
    with pytest.raises(NeedsPerson) as held:
        client.find([invoice()])
    assert held.value.reason == Reason.SETTINGS
    assert "NoSuchEntities" in held.value.sentence


def test_a_number_that_is_too_long_is_held_before_anything_is_written(fo: Environment) -> None:
    held = refusal(fo, invoice(number="N" * 21))
    assert held.reason == Reason.NUMBER
    assert fo.writes() == []


def test_a_number_keeps_its_letters(fo: Environment) -> None:
    """Rg. 12a/ß-7 is what the vendor wrote; comparisons there do not tell case."""
    assert fo.client.stored_number("Rg. 12a/ß-7") == "Rg. 12a/ß-7"


# -- cut off, and gone on with ---------------------------------------------------------------


@pytest.mark.parametrize(("path", "skip"), [(HEADERS, 0), (LINES, 0), (LINES, 1)])
@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_a_lost_answer_makes_no_second_row(
    fo: Environment, path: str, skip: int, action: str
) -> None:
    """Header, first line, last line: what was done is adopted, what was not is sent again."""
    fo.fault(action, method="POST", path=f"/data/{path}", skip=skip)
    paper = invoice()
    found = pending(fo, paper)
    assert (found.status, shape(found.lines)) == ("draft", shape(paper.lines))
    again = 1 if action == "cut_before" else 0
    assert len(fo.writes()) == 3 + again
    assert stands(fo, paper) == [("draft", shape(paper.lines))]


@pytest.mark.parametrize(
    ("path", "skip", "standing"), [(HEADERS, 0, 0), (LINES, 0, 1), (LINES, 1, 2)]
)
def test_an_invoice_that_was_cut_off_is_gone_on_with(
    fo: Environment, path: str, skip: int, standing: int
) -> None:
    """The worker dies after the header, a line, the second of three: another one goes on."""
    paper = invoice(line("1.00"), line("2.00"), line("3.00"))
    lookup = {"action": "status", "method": "POST", "path": r"\$batch", "status": 503, "times": 9}
    rules = [{"action": "cut_after", "method": "POST", "path": f"/data/{path}", "skip": skip}]
    if path == HEADERS:
        lookup |= {"method": "GET", "path": HEADERS, "skip": 1}  # the first is before the write
    fo.client.formats()
    fo.client.values.check(paper)
    fo.control("POST", "faults", {"rules": [*rules, lookup]})
    with pytest.raises(InDoubt):
        pending(fo, paper)
    fo.control("DELETE", "faults")
    fo.writes()
    assert stands(fo, paper) == [("incomplete", shape(paper.lines[:standing]))]
    found = pending(fo, paper)
    assert (found.status, shape(found.lines)) == ("draft", shape(paper.lines))
    assert fo.writes() == [f"POST {LINES}"] * (3 - standing)


def test_other_lines_than_ours_are_made_anew(fo: Environment) -> None:
    """What was begun with another content is deleted, lines first, and written again."""
    begun = invoice(line("1.00"), line("2.00"), line("3.00"))
    pending(fo, begun)
    now = invoice(line("7.00"), *(line("1.00") for _ in range(3)), key=begun.key,
                  number=begun.number)  # fmt: skip
    fo.writes()
    found = pending(fo, now)
    assert shape(found.lines) == shape(now.lines)
    assert fo.writes() == [f"DELETE {LINES}"] * 3 + [f"DELETE {HEADERS}", f"POST {HEADERS}"] + [
        f"POST {LINES}"
    ] * 4  # fmt: skip


def test_a_whole_one_that_appeared_meanwhile_is_not_written_twice(fo: Environment) -> None:
    paper = invoice()
    pending(fo, paper)
    fo.writes()
    with pytest.raises(RetryLater):
        pending(fo, paper)
    assert fo.writes() == []


def test_a_refused_line_takes_the_header_back(fo: Environment) -> None:
    paper = invoice(line("1.00"), line("2.00", tax_code="NOSUCH"))
    held = refusal(fo, paper)
    assert "NOSUCH" in held.sentence
    assert fo.client.find([paper]) == [[]]


def test_where_the_site_numbers_invoices_itself_ours_is_told_by_its_document(
    fo: Environment,
) -> None:
    fo.chose(header_reference=False)
    paper = invoice()
    held = refusal(fo, paper)
    assert "HeaderReference" in held.sentence
    client = fo.new_client(header_reference="sequence")
    found = client.create(paper, ABOUT)
    assert found.id != paper.key
    fo.by_hand("post_invoice", reference=found.id)
    now = client.read(found, paper)
    assert now is not None
    assert (now.status, now.id) == ("posted", found.id)


def test_a_discarded_invoice_goes_with_its_lines(fo: Environment) -> None:
    paper = invoice()
    draft = pending(fo, paper)
    fo.writes()
    fo.client.discard(draft, paper, ABOUT)
    assert fo.writes() == [f"DELETE {LINES}", f"DELETE {LINES}", f"DELETE {HEADERS}"]
    assert fo.client.find([paper]) == [[]]
    fo.client.discard(draft, paper, ABOUT)
    assert fo.writes() == []


@pytest.mark.parametrize("hand", ["workflow", "post_invoice"])
def test_what_people_took_on_is_not_discarded(fo: Environment, hand: str) -> None:
    paper = invoice()
    draft = pending(fo, paper)
    fo.by_hand(hand, reference=paper.key)
    fo.writes()
    with pytest.raises(NeedsPerson) as held:
        fo.client.discard(draft, paper, ABOUT)
    assert held.value.reason == Reason.ALREADY_THERE
    assert fo.writes() == []


def test_a_429_between_two_lines_goes_on_soon_and_is_no_try(fo: Environment) -> None:
    fo.fault("status", method="POST", path=f"/data/{LINES}", skip=1, status=429,
             headers={"Retry-After": "1"})  # fmt: skip
    paper = invoice()
    with pytest.raises(GoesOn) as later:
        pending(fo, paper)
    assert later.value.at is not None
    fo.connection.budget.delete()  # the second has passed
    assert shape(pending(fo, paper).lines) == shape(paper.lines)
    assert fo.writes() == [f"POST {HEADERS}", *[f"POST {LINES}"] * 3]


def test_tax_without_a_group_is_held_before_anything_is_written(fo: Environment) -> None:
    held = refusal(fo, invoice(line("100.00", tax=Decimal("7.25"))))
    assert held.reason == Reason.TAX
    assert fo.writes() == []


# -- what the environment does ---------------------------------------------------------------


def test_a_500_after_the_work_was_done_is_looked_up(fo: Environment) -> None:
    for path in (f"{HEADERS}$", f"{LINES}$"):
        fo.by_hand("answer_after", method="POST", path=path)
    paper = invoice()
    found = pending(fo, paper)
    assert (found.status, shape(found.lines)) == ("draft", shape(paper.lines))
    assert fo.writes() == [f"POST {HEADERS}", f"POST {LINES}", f"POST {LINES}"]
    assert ("no answer", 500) in fo.journal.outcomes


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("language", ["en-us", "de"])
def test_an_update_conflict_is_tried_again(fo: Environment, status: int, language: str) -> None:
    fo.chose(next_conflicts=2, conflict_status=status, language=language)
    paper = invoice()
    found = pending(fo, paper)
    assert shape(found.lines) == shape(paper.lines)
    assert len(fo.writes()) == 5


def test_conflicts_without_end_are_for_later(fo: Environment) -> None:
    fo.chose(next_conflicts=9)
    with pytest.raises(RetryLater):
        pending(fo, invoice())


@pytest.mark.parametrize("status", [400, 500])
def test_a_business_refusal_is_final_with_either_status(fo: Environment, status: int) -> None:
    fo.chose(infolog_status=status)
    fo.by_hand("hold_vendor", vendor="V10001")
    held = refusal(fo, invoice())
    assert held.reason == Reason.VENDOR_BLOCKED
    assert "Microsoft.Dynamics" not in held.sentence


def test_a_localised_refusal_is_shown_in_its_own_words(fo: Environment) -> None:
    fo.chose(language="de")
    fo.by_hand("hold_vendor", vendor="V10001")
    held = refusal(fo, invoice())
    assert "Kreditorenkonto V10001 ist gesperrt." in held.sentence
    assert "validateWrite" not in held.sentence


def test_a_duplicate_key_is_adopted_in_any_language(fo: Environment) -> None:
    """The header was made by a request that we gave up on."""
    fo.chose(language="de")
    fo.fault("cut_after", method="POST", path=f"/data/{HEADERS}")
    paper = invoice()
    assert pending(fo, paper).status == "draft"
    assert len(fo.rows(HEADERS, f"InvoiceNumber eq '{paper.number}'")) == 1


def test_a_429_inside_a_batch_is_a_429(fo: Environment) -> None:
    client = fo.new_client()
    fo.chose(batch_throttle=1, retry_after=7)
    with pytest.raises(RetryLater) as later:
        client.find([invoice()])
    assert later.value.at is not None
    fo.connection.budget.refresh_from_db()
    assert fo.connection.budget.blocked_until == later.value.at
    assert concurrency.lanes(fo.connection, 4) == 2
