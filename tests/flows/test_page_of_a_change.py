"""The pages of what changed after posting: which sums are compared, and each line once."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Any

import pytest
from django.test import Client

from connections.errors import Reason
from syncs.admin.record_page import history
from syncs.models import Record, State
from syncs.pipelines import engine
from tests.flows.correcting import changed, children, cost, difference_posted
from tests.story import Company
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"
ROW = re.compile(r"<dt>(.*?)</dt><dd>(.*?)</dd>", re.DOTALL)
NONE = ("Difference between source and Business Central (stand-in)", "none")


@pytest.fixture
def anna() -> Client:
    return story.boss("anna")


def sums(client: Client, record: Record) -> list[tuple[str, str]]:
    """The rows of “Does it add up?”, as they are read."""
    page = client.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert 'id="footing"' in page
    card = page.split('id="footing"')[1].split("</section>")[0]
    return [(unescape(name), unescape(amount)) for name, amount in ROW.findall(card)]


def differs_by(rows: list[tuple[str, str]]) -> str:
    return dict(rows)[NONE[0]]


def there(record: Record, what: str) -> str:
    return f"Business Central (stand-in): {record.destination_number}, {what}"


def test_the_source_is_compared_with_what_stands_in_the_ledger(
    company: Company, anna: Client
) -> None:
    row = cost(company, "PAGE-SUM-1", "300.00")
    posted = Record.objects.get(number="PAGE-SUM-1")
    assert sums(anna, posted)[-2:] == [("= Stands in Business Central (stand-in)", "$300.00"), NONE]
    record = changed(company, row, amount="500.00")
    assert record.reason == Reason.CHANGED_AFTER_POSTING
    assert sums(anna, record)[-5:] == [
        ("The source says", "$500.00"),
        ("Its lines and its total differ by", "nothing"),
        (there(record, "the original"), "$300.00"),
        ("= Stands in Business Central (stand-in)", "$300.00"),
        (NONE[0], "$200.00"),
    ]


def test_a_correction_adds_up_with_the_original_to_what_the_source_says(
    company: Company, anna: Client
) -> None:
    row = cost(company, "PAGE-SUM-2", "300.00")
    record = changed(company, row, amount="500.00")
    company.settings(FLOW, needs_approval=True)
    difference_posted(company, record)
    (child,) = children(record)
    assert child.reason == Reason.NEEDS_APPROVAL, child.sentence
    assert sums(anna, child) == [
        (there(record, "the original"), "$300.00"),
        ("= Stands in Business Central (stand-in)", "$300.00"),
        ("The source says", "$500.00"),
        (NONE[0], "$200.00"),
        ("On its way: Correction 1 (this one)", "$200.00"),
    ]
    story.press(story.boss("ben"), child, "approve")
    company.the_worker_runs()
    record.refresh_from_db()
    child.refresh_from_db()
    assert child.state == State.POSTED, child.sentence
    assert sums(anna, child) == [
        (there(record, "the original"), "$300.00"),
        (there(child, "correction 1 (this one)"), "$200.00"),
        ("= Stands in Business Central (stand-in)", "$500.00"),
        ("The source says", "$500.00"),
        NONE,
    ]
    assert sums(anna, record)[-4:] == [
        (there(record, "the original"), "$300.00"),
        (there(child, "correction 1"), "$200.00"),
        ("= Stands in Business Central (stand-in)", "$500.00"),
        NONE,
    ]
    record = changed(company, row, amount="450.00")
    assert differs_by(sums(anna, record)) == differs_by(sums(anna, child)) == "-$50.00"


@pytest.mark.parametrize("how", ["deleted", "void"])
def test_what_has_left_its_source_comes_to_nothing_there(
    company: Company, anna: Client, how: str
) -> None:
    row = cost(company, f"PAGE-SUM-3-{how}", "80.00")
    record = Record.objects.get(number=f"PAGE-SUM-3-{how}")
    if how == "deleted":
        company.procore_deletes(FLOW, row)
        assert record.replay("anna")
        company.the_worker_runs()
        record.refresh_from_db()
        assert record.reason == Reason.DELETED_AT_SOURCE, record.sentence
        said = "The source has it no more"
    else:
        record = changed(company, row, status="revise_and_resubmit")
        said = "The source’s status leaves it out"
    rows = sums(anna, record)
    assert dict(rows)[said] == "$0.00"
    assert differs_by(rows) == "-$80.00"
    story.press(story.boss("ben"), record, "accept", "It was paid")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (f"{NONE[0]}, accepted", "-$80.00") in sums(anna, record)


def test_journals_compare_without_the_line_that_balances_them(
    company: Company, anna: Client
) -> None:
    payroll = {"direct_cost_type": "payroll", "vendor": None, "invoice_number": None}
    row = cost(company, "PAGE-SUM-4", "300.00", **payroll)
    record = Record.objects.get(source_id=str(row["id"]), flow=FLOW)
    assert record.destination_kind == "journal"
    assert sums(anna, record)[-1] == NONE
    record = changed(company, row, amount="500.00")
    assert differs_by(sums(anna, record)) == "$200.00"


# -- each line of the history once ---------------------------------------------------------------


def said(record: Record) -> list[str]:
    return [hop.said for hop in history(record)]


def twice(lines: list[str]) -> list[str]:
    return [line for line, number in Counter(lines).items() if number > 1]


def noticed_while_a_worker_has_it(company: Company, row: dict[str, Any]) -> Record:
    """The source tells it twice, the second time while it is worked on."""
    record = company.note(FLOW, row)
    claimed = Record.objects.claim([record.pk])
    company.note(FLOW, row)
    engine.carry(claimed)
    record.refresh_from_db()
    assert record.state == State.PENDING, "it is looked at once more"
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def test_what_is_held_is_told_once_though_it_is_looked_at_twice(company: Company) -> None:
    row = cost(company, "PAGE-TWICE-1", "300.00")
    company.procore_changes(FLOW, row, lines=[company.line("500.00")])
    record = noticed_while_a_worker_has_it(company, row)
    assert record.reason == Reason.CHANGED_AFTER_POSTING
    held = [line for line in said(record) if line.startswith("Held: ")]
    assert held == [f"Held: {record.sentence}"]
    again = "Pending: there was news of it meanwhile, so it is looked at once more."
    assert said(record)[-2:] == [again, *held]


def test_what_was_posted_is_told_each_time_it_was_read_back(company: Company) -> None:
    row = company.a_direct_cost("PAGE-TWICE-2", "300.00")
    record = noticed_while_a_worker_has_it(company, row)
    assert record.state == State.POSTED
    assert said(record)[-3:] == [
        f"Posted as {record.destination_number}, 300.00.",
        f"The ledger shows {record.destination_number} (posted), 300.00.",
        f"Posted: Unchanged. Posted as {record.destination_number}, 300.00.",
    ]


def test_a_skipped_one_is_told_once_too(company: Company) -> None:
    row = company.a_direct_cost("PAGE-TWICE-3", "300.00", status="draft")
    record = noticed_while_a_worker_has_it(company, row)
    assert record.state == State.SKIPPED
    assert twice(said(record)) == []
