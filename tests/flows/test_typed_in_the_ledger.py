"""A document that a bookkeeper types on the ledger's own screen: linked, or found and named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from connections.errors import Reason
from mappings.models import VendorLink
from syncs import tasks
from syncs.models import CellPart, State
from tests import story
from tests.flows import telling
from tests.flows.hands import does, follows, page_of, presses, refused, shown
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def books(company: Company) -> Company:
    """Nothing stands in either system yet."""
    telling.nothing_stands(company, "direct_costs")
    return company


def new_invoice(company: Company) -> str:
    return follows(f"{company.ready['business_central']['web_url']}/", "New invoice")


def vendor(company: Company) -> str:
    return str(VendorLink.objects.get(project_vendor_name=company.a_vendor).ledger_number)


def typed(company: Company, number: str, amount: str, **more: str) -> str:
    """Saved as a draft and posted. The number that it has then."""
    draft = presses(new_invoice(company), "Save as a draft", **{
        "vendor": vendor(company), "external": number, "account-new1": "60300",
        "cost-new1": amount, "currency": "USD", **more,
    })  # fmt: skip
    posted = re.search(r"<h1>Purchase invoice (\S+)</h1>", shown(presses(draft, "Post")))
    assert posted
    return posted[1]


def test_a_document_in_another_currency_is_typed_by_hand_and_linked(
    books: Company, admin_client: Client
) -> None:
    row = books.a_direct_cost("BY-HAND-1", "6218.80", currency_iso_code="EUR")
    record = settled(books, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.CURRENCY)
    assert "It is already there" in page_of(admin_client, record)
    number = typed(books, "by-hand-1", "6,218.80", currency="EUR")
    record = does(admin_client, books, record, "link", number)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_number == number
    assert "BY-HAND-1" in shown(record.destination_url)


def test_what_somebody_typed_before_us_is_told_and_linked(
    books: Company, admin_client: Client
) -> None:
    number = typed(books, "BY-HAND-2", "840.50")
    record = settled(books, "direct_costs", books.a_direct_cost("BY-HAND-2"))
    assert (record.state, record.reason) == (State.HELD, Reason.ALREADY_THERE)
    assert number in record.sentence
    record = does(admin_client, books, record, "link", number)
    assert record.state == State.POSTED, record.sentence
    assert len(books.posted_under("BY-HAND-2")) == 1


def test_what_is_typed_with_project_and_code_is_found_by_the_reconciliation(
    books: Company, admin_client: Client
) -> None:
    record = settled(books, "direct_costs", books.a_direct_cost("BY-HAND-3", "100.00"))
    [line] = record.coded["lines"]
    cells = {f"{code}-new1": value for code, value in line["dimensions"]}
    assert set(cells) >= {"PROJECT-new1", "COSTCODE-new1"}
    number = typed(books, "BY-HAND-3B", "55.25", **{**cells, "account-new1": line["account"]})
    tasks.balance(books.integration.pk)
    part = CellPart.objects.get(cause="in_ledger")
    assert (part.ledger_number, part.number) == (number, "BY-HAND-3B")
    assert (part.project, part.in_ledger) == (books.job, Decimal("55.25"))
    assert f"{number}</h1>" in shown(part.ledger_url)
    listed = admin_client.get("/syncs/cell/").content.decode()
    assert "yped by hand in the ledger" in listed


def test_the_screen_refuses_what_the_ledger_refuses(books: Company) -> None:
    """And what was typed stays in the form."""
    given = {"vendor": vendor(books), "external": "BY-HAND-4", "account-new1": "60300",
             "cost-new1": "12.00"}  # fmt: skip
    for wrong, why in (
        ({"vendor": "V00000"}, "The vendor cannot be found"),
        ({"account-new1": "99999"}, "Account does not exist"),
        ({"account-new1": ""}, "Each line needs a G/L account"),
        ({"cost-new1": "a lot"}, "“a lot” is not a number"),
        ({"day": "soon"}, "Unable to convert"),
        ({"external": "N" * 36}, "36, but it must be less than or equal to 35"),
        ({"PROJECT-new1": "P-0000"}, "cannot be found in the related table (Dimension Value)"),
    ):  # fmt: skip
        assert why in refused(new_invoice(books), "Save as a draft", **{**given, **wrong})
    assert telling.drafts(books, "BY-HAND-4") == []
    number = vendor(books)
    books.ledger("business_central/block_vendor", {"number": number})
    try:
        assert "blocked" in refused(new_invoice(books), "Save as a draft", **given)
    finally:
        books.ledger("business_central/block_vendor", {"number": number, "blocked": " "})
    typed(books, "BY-HAND-4", "12.00")
    draft = presses(new_invoice(books), "Save as a draft", **given)
    assert "already exists for this vendor" in refused(draft, "Post")
    presses(draft, "Post", external="BY-HAND-4B", **{"cost-10000": "13.00"})
    [posted] = books.posted_under("BY-HAND-4B")
    assert posted["total"] == "13.00"
