"""What F&O and Procore come to: pending invoices wait for people, lists tell what is theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from config.rehearsal import balance, ends
from connections.documents import ZERO
from syncs import tasks
from syncs.models import CellPart, Record, State
from tests import story
from tests.flows.fo.conftest import SIDES
from tests.flows.telling import settled
from tests.story import Company

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def fo_ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins(only=SIDES) as facts:
        yield facts


def test_a_pending_invoice_waits_until_people_post_it(fo: Company) -> None:
    record = settled(fo, "direct_costs", fo.a_direct_cost("FOB-1", "840.50"))
    assert record.state == State.POSTED, record.sentence
    tasks.balance(fo.integration.pk)
    assert fo.integration.balance.as_of is not None
    [part] = CellPart.objects.filter(record=record)
    assert (part.cause, part.in_projects, part.in_ledger) == ("waiting", Decimal("840.50"), ZERO)
    assert "People post it" in part.why


def test_what_is_posted_agrees_with_the_ledger_s_own_sum(
    fo: Company, fo_ready: dict[str, Any]
) -> None:
    """As a rehearsal compares them: one is posted by people, one still waits."""
    posted = settled(fo, "direct_costs", fo.a_direct_cost("FOB-2", "100.00"))
    settled(fo, "direct_costs", fo.a_direct_cost("FOB-3", "20.00"))
    [draft] = [row for row in fo.ledger("ledger")["drafts"] if row["invoice_number"] == "FOB-2"]
    fo.ledger("fo/post_invoice", {"reference": draft["number"]})
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    Record.objects.filter(pk=posted.pk).update(read_back_at=long_ago)
    tasks.balance(fo.integration.pk)
    fo.the_worker_runs()
    tasks.balance(fo.integration.pk)
    play = {"sides": SIDES, "ready": fo_ready}
    said, wrong = balance.take(fo.integration, ends.ask(fo.integration, play))
    assert said["compared"]
    assert [one for one in wrong if "the ledger" in one] == []
    parts = CellPart.objects.filter(number__startswith="FOB-")
    assert dict(parts.values_list("number", "cause")) == {"FOB-2": "", "FOB-3": "waiting"}
