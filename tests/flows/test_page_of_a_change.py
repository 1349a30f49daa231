"""The pages of what changed after posting: which sums are compared, and each line once."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from connections.errors import Reason
from syncs.models import Record, State
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
