"""Where the connector's links into a ledger end: a document as it stands there, and its buttons."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.vendors.fo import stage as fo_stage
from tests.vendors.fo.conftest import fo, fo_ready
from tests.vendors.fo.stage import Environment
from tests.vendors.stage_business_central import (
    Stage,
    business_central,
    document,
    journal,
    line,
    memo,
    order,
)
from tests.vendors.stage_nav import Site, nav, nav_ready

__all__ = ["business_central", "fo", "fo_ready", "nav", "nav_ready"]
ABOUT = "record 1"
TOTAL = "12,749.95"


@pytest.fixture(params=["business_central", "nav"])
def ledger(request: pytest.FixtureRequest) -> Stage | Site:
    """Either of the two whose web clients are addressed alike."""
    found: Stage | Site = request.getfixturevalue(request.param)
    if isinstance(found, Stage):
        found.connection.settings["web_url"] = found.ready["web_url"]
        found.connection.save()
        found.client = found.new_client()
    return found


def shown(url: str, status: int = 200) -> str:
    answer = requests.get(url, timeout=30)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def press(url: str, do: str, origin: str = "", **form: str) -> requests.Response:
    parts = urlsplit(url)
    headers = {"Origin": origin or f"{parts.scheme}://{parts.netloc}"}
    return requests.post(url, data={"do": do, **form}, headers=headers, timeout=30)


@pytest.mark.parametrize("make", [document, memo])
def test_a_draft_and_what_it_became_are_shown(ledger: Any, make: Any) -> None:
    paper = make()
    draft = ledger.client.create(paper, ABOUT)
    for words in (f"{draft.number}</h1>", paper.number, TOTAL, "Draft, open", "53200"):
        assert words in shown(draft.url)
    ledger.client.complete(draft, paper, ABOUT)
    posted = ledger.client.read(draft, paper)
    assert posted.url != draft.url
    for url in (posted.url, draft.url):
        assert f"{posted.number}</h1>" in shown(url)
        assert f"<dt>Total</dt><dd>{TOTAL}</dd>" in shown(url)
        assert "Posted, open" in shown(url)


def test_a_draft_order_is_shown(ledger: Any) -> None:
    paper = order()
    draft = ledger.client.create(paper, ABOUT)
    assert f"{draft.number}</h1>" in shown(draft.url)
    assert TOTAL in shown(draft.url)


def test_a_journal_is_shown_before_and_after_it_is_posted(ledger: Any) -> None:
    paper = journal(key="JNL-1")
    draft = ledger.client.create(paper, ABOUT)
    assert "In the journal" in shown(draft.url)
    ledger.client.complete(draft, paper, ABOUT)
    posted = ledger.client.read(draft, paper)
    assert posted is not None
    assert f"Entries of {posted.number}" in shown(posted.url)
    assert "<dt>Total debit</dt><dd>900.00</dd>" in shown(posted.url)


def test_a_bookkeeper_posts_and_cancels_on_the_page(ledger: Any) -> None:
    paper = document(line("12749.95"))
    draft = ledger.client.create(paper, ABOUT)
    assert press(draft.url, "post_draft").status_code == 200
    posted = ledger.client.read(draft, paper)
    assert posted.status == "posted"
    assert press(posted.url, "cancel_invoice").status_code == 200
    assert "Posted, cancelled" in shown(posted.url)
    assert ledger.client.read(draft, paper).status == "cancelled"
    again = press(posted.url, "cancel_invoice")
    assert (again.status_code, "cannot be done" in again.text) == (400, True)


def test_what_the_ledger_refuses_is_told_and_changes_nothing(ledger: Any) -> None:
    paper = document()
    draft = ledger.client.create(paper, ABOUT)
    ledger.control("POST", "business_central/block_vendor", {"number": "V10001"})
    answer = press(draft.url, "post_draft")
    assert (answer.status_code, "is blocked with type All" in answer.text) == (400, True)
    assert press(draft.url, "delete_draft", "https://elsewhere.example").status_code == 403
    assert "Draft, open" in shown(draft.url)
    answer = press(draft.url, "delete_draft")
    assert (answer.status_code, "Purchase documents</h1>" in answer.text) == (200, True)
    assert "Not here" in shown(draft.url, 404)


def test_a_company_of_fo_shows_its_invoices_orders_and_journals(fo: Environment) -> None:
    papers = [fo_stage.invoice(), fo_stage.memo(), fo_stage.order()]
    found = [fo.client.create(paper, ABOUT) for paper in papers]
    text = shown(found[0].url)
    assert {one.url for one in found} == {fo.client.link()}
    for paper, one in zip(papers, found, strict=True):
        assert (one.number in text) or (paper.number in text)
    assert text.count(TOTAL) >= 3
    entry = fo.client.create(fo_stage.journal(), ABOUT)
    assert entry.number in shown(entry.url)


def test_a_pending_invoice_of_fo_is_posted_on_the_page(fo: Environment) -> None:
    paper = fo_stage.invoice()
    pending = fo.client.create(paper, ABOUT)
    [row] = fo.rows("VendorInvoiceHeaders", f"InvoiceNumber eq '{paper.number}'")
    key = str(row["HeaderReference"])
    assert press(pending.url, "post_invoice", "null", key=key).status_code == 403
    assert press(pending.url, "post_invoice", key="NONE-1").status_code == 400
    assert press(pending.url, "post_invoice", key=key).status_code == 200
    assert fo.rows("VendorInvoiceHeaders", f"InvoiceNumber eq '{paper.number}'") == []
    [posted] = [one for one in fo.control("GET", "ledger")["documents"]["Invoice"]["list"]
                if one["invoice_number"] == paper.number]  # fmt: skip
    assert posted["voucher"] in shown(pending.url)
