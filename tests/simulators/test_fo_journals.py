"""Journals in F&O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.fo.story import (
    DAY,
    VENDOR,
    Environment,
    journal_line,
    key,
    post_line,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def test_a_journal_is_numbered_and_totalled(fo: Environment) -> None:
    journal = fo.journal()
    first = fo.journal_line(journal, 1, "2500")
    second = fo.journal_line(journal, 2, "-2500", AccountDisplayValue="52200||P-1043")
    assert first["Voucher"] == second["Voucher"]
    row = fo.get(key("LedgerJournalHeaders", dataAreaId="krb", JournalBatchNumber=journal))
    assert (row["JournalTotalDebit"], row["JournalTotalCredit"]) == (2500, 2500)
    assert (row["IsPosted"], row["AccountingCurrency"]) == ("No", "USD")
    third = fo.journal_line(journal, 3, "10")
    assert third["Voucher"] != first["Voucher"]  # the one before is balanced


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"CurrencyCode": ""}, "Field 'CurrencyCode' must be filled in."),
        ({"TransDate": None}, "Field 'TransDate' must be filled in."),
        ({"AccountDisplayValue": ""}, "Field 'AccountDisplayValue' must be filled in."),
        ({"AccountType": "Project"}, "Field 'AccountType' does not allow editing."),
        ({"DefaultDimensionDisplayValue": "FIELD"}, "does not allow editing"),
        ({"AccountType": "Vend", "AccountDisplayValue": "NONE"}, "related table 'Vendors'"),
        ({"JournalBatchNumber": "99999"}, "related table 'Ledger journal table'"),
        ({"Text": "T" * 61}, "is longer than 60 characters"),
    ],
)
def test_what_a_journal_line_must_not_be(
    fo: Environment, changes: dict[str, Any], text: str
) -> None:
    body = {**journal_line(fo.journal(), 1, "10"), **changes}
    fo.refused(post_line(fo, "LedgerJournalLines", **body), text)


def test_journal_names_have_their_kind(fo: Environment) -> None:
    answer = post_line(fo, "LedgerJournalHeaders", JournalName="APInvoice")
    fo.refused(answer, "related table 'Journal names'")
    answer = post_line(fo, "LedgerJournalHeaders", JournalName="GenJrn", JournalBatchNumber="1")
    fo.refused(answer, "'JournalBatchNumber' does not allow editing")


def test_a_posted_journal_cannot_be_changed(fo: Environment) -> None:
    journal = fo.journal()
    fo.journal_line(journal, 1, "2500")
    assert "do not balance" in fo.not_by_hand("post_journal", number=journal)
    fo.journal_line(journal, 2, "-2500")
    fo.by_hand("post_journal", number=journal)
    place = key("LedgerJournalHeaders", dataAreaId="krb", JournalBatchNumber=journal)
    assert fo.get(place)["IsPosted"] == "Yes"
    line = key("LedgerJournalLines", dataAreaId="krb", JournalBatchNumber=journal, LineNumber=1)
    answers = [
        fo.patch(place, Description="x"), fo.patch(line, Text="x"), fo.delete(line),
        post_line(fo, "LedgerJournalLines", **journal_line(journal, 3, "1")),
    ]  # fmt: skip
    for answer in answers:
        fo.refused(answer, "is posted and cannot be changed")


def test_a_journal_with_lines_cannot_be_deleted(fo: Environment) -> None:
    journal = fo.journal()
    fo.journal_line(journal, 1, "2500")
    place = key("LedgerJournalHeaders", dataAreaId="krb", JournalBatchNumber=journal)
    text = "Ledger journal table cannot be deleted while dependent Journal lines exist."
    fo.refused(fo.delete(place), text)
    fo.by_hand("delete_journal", number=journal)
    assert fo.call("GET", f"{place}?cross-company=true").status_code == 404


def test_a_vendor_invoice_journal(fo: Environment) -> None:
    journal = fo.post("VendorInvoiceJournalHeaders", JournalName="APInvoice")["JournalBatchNumber"]
    fo.post("VendorInvoiceJournalLines", JournalBatchNumber=journal, LineNumber=1,
            AccountType="Vend", AccountDisplayValue=VENDOR, Invoice="J-1", Credit=100,
            Currency="USD", Date=DAY, OffsetAccountType="Ledger",
            OffsetAccountDisplayValue="53200||P-1042")  # fmt: skip
    fo.by_hand("post_journal", number=journal)
    assert fo.rows("VendTransBiEntities", filter="Invoice eq 'J-1'")[0]["AmountCur"] == -100
    shown = next(one for one in fo.ledger()["journal_headers"] if one["number"] == journal)
    assert (shown["posted"], shown["debit"], shown["credit"]) == (True, "100.00", "100.00")
