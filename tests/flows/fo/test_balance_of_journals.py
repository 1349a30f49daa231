"""Vouchers that people book in F&O onto projects, by its account entries."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from syncs.models import CellCause, CellPart, Record, State
from tests import story
from tests.flows import telling
from tests.flows.booked_by_hand import booked, cost_line, other_side, read
from tests.flows.fo.conftest import SIDES
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db
ENTRIES = ".*/GeneralJournalAccountEntries.*"


@pytest.fixture(scope="module")
def fo_ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: what is booked there stays."""
    with story.stand_ins(only=SIDES) as facts:
        yield facts


def standing(fo: Company, number: str, **facts: Any) -> Record:
    record = settled(fo, "direct_costs", fo.a_direct_cost(number, "100.00", **facts))
    assert record.state == State.POSTED, record.sentence
    return record


def a_journal(fo: Company, number: str, *lines: dict[str, Any], **facts: Any) -> None:
    fo.ledger("fo/type_journal", {"voucher": number, "lines": lines, **facts})


def news(before: dict[str, Decimal]) -> dict[str, Decimal]:
    return {number: amount for number, amount in booked().items() if number not in before}


def test_an_accrual_is_found_and_documents_are_not(fo: Company) -> None:
    record = standing(fo, "FOJ-1")
    read(fo)
    before = booked()
    fo.ledger("fo/post_invoice", {"reference": record.destination_id})
    a_journal(fo, "FO-ACCR-1", cost_line(record, "80.00"), other_side(fo, "-80.00"))
    read(fo)
    assert news(before) == {"FO-ACCR-1": Decimal(80)}
    [part] = CellPart.objects.filter(ledger_number="FO-ACCR-1")
    assert (part.project, part.cost_code, part.vendor) == (fo.job, fo.mapped_code, "")
    assert not CellCause.objects.filter(cause="unexplained").exists()


def test_our_own_journal_is_nobody_s_also_before_we_know_its_voucher(fo: Company) -> None:
    fo.settings("direct_costs", booking="journal")
    ours = standing(fo, "FOJ-2")
    read(fo)
    before = booked()
    fo.ledger("fo/post_journal", {"number": ours.destination_number})
    read(fo)
    assert news(before) == {}, "a draft of ours that people posted, and nobody looked at it since"
    Record.objects.filter(pk=ours.pk).update(read_back_at=None)  # as if it were a while ago
    read(fo)
    assert news(before) == {}
    fo.the_worker_runs()
    read(fo)
    assert news(before) == {}
    assert CellPart.objects.get(record=ours).cause == ""


def test_another_currency_stands_in_cells_of_its_own(fo: Company) -> None:
    record = standing(fo, "FOJ-3")
    lines = [cost_line(record, "80.00"), other_side(fo, "-80.00")]
    a_journal(fo, "FO-ACCR-3", *lines, currency="EUR")
    read(fo)
    [part] = CellPart.objects.filter(ledger_number="FO-ACCR-3")
    assert (part.currency, part.in_ledger) == ("EUR", Decimal(80))


def test_a_text_in_another_order_tells_no_project_and_why(fo: Company) -> None:
    """What it costs is told in any case: the first segment is the main account."""
    record = standing(fo, "FOJ-4")
    fo.ledger("fo/settings", {"entry_text": "by account structure"})
    try:
        a_journal(fo, "FO-ACCR-4", cost_line(record, "80.00"), other_side(fo, "-80.00"))
    finally:
        fo.ledger("fo/settings", {"entry_text": "by format"})
    read(fo)
    [part] = CellPart.objects.filter(ledger_number="FO-ACCR-4")
    assert (part.project, part.in_ledger) == ("", Decimal(80))
    assert "does not show all dimensions" in part.why


def test_a_collection_that_is_not_offered_is_said(fo: Company) -> None:
    record = standing(fo, "FOJ-5")
    a_journal(fo, "FO-ACCR-5", cost_line(record, "80.00"), other_side(fo, "-80.00"))
    read(fo)
    assert booked()["FO-ACCR-5"] == Decimal(80)
    for status in (403, 404):
        telling.ledger_fails(fo, path=ENTRIES, action="status", status=status, times=9)
        untold = read(fo)
        assert any("as a journal is not in these figures" in one for one in untold)
        assert "FO-ACCR-5" not in booked()
