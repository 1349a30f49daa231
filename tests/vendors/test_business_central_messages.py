"""What Business Central refuses with, in the words that a held record shows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from connections.documents import PURCHASE_INVOICE, CodedDocument
from connections.errors import Reason, Refused
from connections.vendors.dynamics import messages

SYSTEM = "Business Central"
DOCUMENT = CodedDocument(
    kind=PURCHASE_INVOICE,
    number="PC-4711",
    vendor="V100",
    vendor_name="Abbott Concrete LLC",
    document_date=dt.date(2026, 3, 31),
    posting_date=dt.date(2026, 3, 31),
    currency="",
    lines=(),
    total=Decimal(0),
)


def refusal(text: str, status: int = 400) -> Refused:
    return Refused("no", status=status, code="Application_DialogException", text=text)


TEXTS = [
    ("Purchase Invoice PC-4711 already exists for this vendor.", Reason.DUPLICATE_NUMBER),
    (
        "You need to enter the document number of the document from the vendor in the Vendor "
        "Invoice No. field, so that this document stays linked to the original.",
        Reason.NUMBER,
    ),
    (
        "The length of the string is 57, but it must be less than or equal to 35 characters. "
        "Value: PC",
        Reason.NUMBER,
    ),
    ("Posting Date is not within your range of allowed posting dates.", Reason.PERIOD_CLOSED),
    (
        "You cannot post this type of document when Vendor V100 is blocked with type All",
        Reason.VENDOR_BLOCKED,
    ),
    ("The vendor cannot be found.", Reason.MISSING_VENDOR),
    (
        "Select a Dimension Value Code for the Dimension Code PROJECT for G/L Account 61200.",
        Reason.DIMENSION,
    ),
    ("The combination of dimensions used in Purchase Invoice 1 is blocked.", Reason.DIMENSION),
    ("Dimension Value PROJECT - P-1042 is blocked.", Reason.DIMENSION),
    ('The "valueCode" does not match to a Dimension Value.', Reason.DIMENSION),
    (
        "Blocked must be equal to 'No' in G/L Account: No.=58000. Current value is 'Yes'.",
        Reason.ACCOUNT_UNUSABLE,
    ),
    (
        "Direct Posting must be equal to 'Yes' in G/L Account: No.=20100. Current value is 'No'.",
        Reason.ACCOUNT_UNUSABLE,
    ),
    ("Account does not exist.", Reason.ACCOUNT_UNUSABLE),
    (
        "The field Account No. of table Gen. Journal Line contains a value (1) that cannot be "
        "found in the related table (G/L Account).",
        Reason.ACCOUNT_UNUSABLE,
    ),
    (
        "Purchase Invoice 107001 must be approved and released before you can perform this action.",
        Reason.NEEDS_APPROVAL,
    ),
    (
        "This document can only be released when the approval process is complete.",
        Reason.NEEDS_APPROVAL,
    ),
    (
        "There is nothing to post because the document does not contain a quantity or amount.",
        Reason.NO_LINES,
    ),
    ("Please add at least one line item to the credit memo.", Reason.NO_LINES),
    (
        "Document No. X is out of balance by -12.50. Please check that Posting Date, Document "
        "Type, Document No. and Amount are correct for each line.",
        Reason.DOES_NOT_FOOT,
    ),
    ("Doc. Amount Incl. VAT (10) is not equal to total of lines (11)", Reason.DOES_NOT_FOOT),
    ("Amount must be negative in Gen. Journal Line Line No.='0'.", Reason.REFUSED),
    ('The "currencyCode" does not match to a Currency.', Reason.CURRENCY),
    ("Vendor Posting Group must have a value in Vendor: No.=V100.", Reason.REFUSED),
    (
        "The General Posting Setup does not exist. Identification fields and values: Gen. Bus. "
        "Posting Group='X',Gen. Prod. Posting Group='Y'",
        Reason.REFUSED,
    ),
    ("You do not have the following permissions on TableData Purchase Header.", Reason.SETTINGS),
]


@pytest.mark.parametrize(("text", "reason"), TEXTS)
def test_a_known_text_gets_its_reason_and_says_what_to_do(text: str, reason: Reason) -> None:
    held = messages.needs_person(refusal(text), DOCUMENT, SYSTEM)
    assert held.reason == reason
    assert held.sentence != text
    assert held.sentence.endswith(".")
    assert "{" not in held.sentence
    assert held.detail == {"code": "Application_DialogException", "text": text}


def test_the_sentence_names_what_the_text_names() -> None:
    text = "Select a Dimension Value Code for the Dimension Code PROJECT for G/L Account 61200."
    held = messages.needs_person(refusal(text), DOCUMENT, SYSTEM)
    assert held.sentence == (
        "G/L Account 61200 needs a value for the dimension PROJECT. Add it to the mapping and "
        "replay invoice PC-4711."
    )


def test_an_unknown_text_is_shown_as_it_is() -> None:
    held = messages.needs_person(refusal("The {moon} is in the wrong house."), DOCUMENT, SYSTEM)
    assert held.reason == Reason.REFUSED
    assert held.sentence == (
        "Business Central refused invoice PC-4711: The {moon} is in the wrong house."
    )


def test_a_bare_403_is_about_permissions() -> None:
    assert (
        messages.needs_person(refusal("", status=403), DOCUMENT, SYSTEM).reason == Reason.SETTINGS
    )


INNER = [
    (
        "Select a Dimension Value Code for the Dimension Code AREA for G/L Account 53200.",
        "G/L Account 53200 needs a value for the dimension AREA.",
    ),
    (
        "Select a Dimension Value Code for the Dimension Code AREA for Vendor 10000.",
        "Vendor 10000 needs a value for the dimension AREA.",
    ),
    (
        "Select Dimension Value Code 30 for the Dimension Code AREA for G/L Account 53200.",
        "G/L Account 53200 takes the value 30 of the dimension AREA and no other",
    ),
    (
        "Dimension Code AREA must not be mentioned for G/L Account 53200.",
        "G/L Account 53200 must not have the dimension AREA",
    ),
    ("Dimension Value AREA - 30 is blocked.", "The dimension value AREA - 30 is blocked"),
    ("Dimension AREA is blocked.", "The dimension AREA is blocked"),
    (
        "Dimension Value Type must not be Heading in Dimension Value: AREA - 30.",
        "The dimension value AREA - 30 is a Heading",
    ),
    (
        "Dimension combinations AREA - 30 and PROJECT - VW can't be used concurrently.",
        "does not allow AREA - 30 and PROJECT - VW together",
    ),
    ("Something of an extension.", "PC-4711: Something of an extension."),
]
WRAPPED = [
    "{}",
    "The dimensions used in Invoice 107005, line no. 10000 are invalid : {}",
    "The dimensions used in Invoice 107005 are invalid (Error: {}).",
    "The dimensions used in Invoice 107005, line no. 10000 are invalid (Error: {}).",
    "A dimension used in Gen. Journal Line GENERAL, PC1, 10000 has caused an error. {}",
]


@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize(("text", "told"), INNER)
def test_what_the_server_wraps_is_told_by_what_is_inside(
    wrapping: str, text: str, told: str
) -> None:
    found = messages.needs_person(refusal(wrapping.format(text)), DOCUMENT, SYSTEM)
    assert told in found.sentence
    wanted = Reason.REFUSED if wrapping == "{}" and "extension" in text else Reason.DIMENSION
    assert found.reason == wanted
