"""What was posted is compared by what the lists tell, and a little of the rest each night."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from connections.errors import Reason
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.business_central.documents import Purchases
from connections.vendors.procore.client import Procore
from syncs import tasks
from syncs.ingest.noting import PENDED, pend
from syncs.models import FlowSettings, Night, Part, Record, Run, State
from syncs.reconciliation import lists, looks, night
from tests import story
from tests.flows import telling
from tests.flows.many import copies
from tests.flows.telling import asked, settled
from tests.story import Company

pytestmark = pytest.mark.django_db

FLOW = "direct_costs"


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """Stand-ins of their own: these stories forget what stood there before."""
    with story.stand_ins() as facts:
        yield facts


@pytest.fixture
def books(company: Company) -> Company:
    """Nothing stands in either system yet."""
    telling.nothing_stands(company, FLOW)
    return company


def posted(company: Company, number: str, amount: str = "840.50") -> Record:
    record = settled(company, FLOW, company.a_direct_cost(number, amount))
    assert record.state == State.POSTED, record.sentence
    return record


def mended(company: Company, record: Record, **facts: Any) -> None:
    """Somebody changed it in the ledger, past all pages."""
    company.ledger("business_central/mend", {"id": record.destination_id, **facts})


def a_night(company: Company) -> Run:
    tasks.reconcile(FlowSettings.objects.get(integration=company.integration, flow=FLOW).pk)
    return Run.objects.filter(kind="reconcile", flow=FLOW).latest("pk")


def again(company: Company) -> Run:
    """The next night."""
    Night.objects.update(began_at=timezone.now() - night.LONGEST)
    return a_night(company)


def states(records: list[Record]) -> dict[int, str]:
    pks = [record.pk for record in records]
    return dict(Record.objects.filter(pk__in=pks).values_list("pk", "state"))


def requests(company: Company) -> int:
    return sum(
        sum(telling.requests_to(company, vendor).values())
        for vendor in ("procore", "business_central")
    )


def nobody_looked_for(records: list[Record], days: float) -> None:
    old = timezone.now() - dt.timedelta(days=days)
    pks = [record.pk for record in records]
    Record.objects.filter(pk__in=pks).update(compared_at=old, read_back_at=old)


# -- by change ------------------------------------------------------------------------------------


def test_five_of_three_hundred_that_changed_are_found_with_few_requests(books: Company) -> None:
    many = copies(books, posted(books, "LIKE-1"), 300, "FEW-")
    assert a_night(books).ok
    changed = many[7:295:60]
    for record in changed[:3]:
        mended(books, record, cost="839.50")
    for record in changed[3:]:
        mended(books, record, dimensions={"COSTTYPE": "L"})
    telling.forget_requests(books)
    run = again(books)
    assert run.ok, run.sentence
    assert run.counts["told"] >= 5
    assert requests(books) <= 12
    found = {pk for pk, state in states(many).items() if state != State.POSTED}
    assert found == {record.pk for record in changed}
    books.the_worker_runs()
    held = Record.objects.filter(pk__in=found, state=State.HELD, reason=Reason.DIFFERS)
    assert held.count() == 5
    assert "839.50 instead of 840.50" in Record.objects.get(pk=changed[0].pk).sentence
    telling.forget_requests(books)
    run = again(books)
    assert (run.counts["asked"], requests(books) <= 12) == (0, True), "nothing is read twice"


def test_one_whose_stamp_did_not_move_is_found_by_what_it_comes_to(books: Company) -> None:
    record = posted(books, "SILENT-11")
    a_night(books)
    later = timezone.now() + dt.timedelta(hours=1)
    Part.objects.filter(name="changes purchase_invoice").update(read_to=later)
    mended(books, record, cost="800.00", silent=True)
    run = again(books)
    assert run.counts["told"] == 0
    assert run.counts["listed"] == 1
    assert Decimal(run.counts["listed_total"]) == Decimal("800.00")
    books.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, Reason.DIFFERS), record.sentence


def test_one_that_left_the_ledger_is_missed_in_its_month(books: Company) -> None:
    gone, kept = posted(books, "GONE-11"), posted(books, "KEPT-11")
    mended(books, gone, delete=True)
    assert a_night(books).counts["absent"] == 1
    books.the_worker_runs()
    assert states([gone, kept]) == {gone.pk: State.HELD, kept.pk: State.POSTED}
    gone.refresh_from_db()
    assert "not in the ledger any more" in gone.sentence


def test_the_cursor_is_the_ledger_s_own_stamp_and_its_window_overlaps(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = posted(books, "STAMP-11")
    a_night(books)
    part = Part.objects.get(name="changes purchase_invoice")
    assert part.read_to == record.destination_changed_at
    since: list[dt.datetime] = []
    plain = BusinessCentral.changed_since

    def noted(self: Any, kind: str, moment: dt.datetime) -> Any:
        since.append(moment)
        return plain(self, kind, moment)

    monkeypatch.setattr(BusinessCentral, "changed_since", noted)
    again(books)
    assert part.read_to is not None
    assert since == [part.read_to - lists.OVERLAP]


def test_a_list_that_tells_whole_seconds_makes_no_change_of_what_stands(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted(books, "COARSE-11")
    plain = Purchases._headers

    def coarse(self: Purchases, wanted: str) -> Any:
        return [
            dataclasses.replace(
                row, changed_at=row.changed_at and row.changed_at.replace(microsecond=0)
            )
            for row in plain(self, wanted)
        ]

    monkeypatch.setattr(Purchases, "_headers", coarse)
    assert a_night(books).counts["asked"] == 0


# -- the rolling sample ---------------------------------------------------------------------------


def test_what_no_list_tells_is_found_by_the_sample_oldest_first(books: Company) -> None:
    """A dimension that was put right without a stamp: total and number are as they were."""
    many = copies(books, posted(books, "LIKE-2"), 4, "OLD-")
    nobody_looked_for(many, 2)
    nobody_looked_for(many[2:3], 30)
    mended(books, many[2], dimensions={"COSTTYPE": "L"}, silent=True)
    run = a_night(books)
    assert (run.counts["asked"], run.counts["changed"]) == (4, 1), run.sentence
    books.the_worker_runs()
    assert states(many)[many[2].pk] == State.HELD
    seen = Record.objects.filter(pk__in=[record.pk for record in many], state=State.POSTED)
    assert all(row.compared_at and row.read_back_at for row in seen)
    assert again(books).counts["asked"] == 0, "seen within the day"


def test_the_sample_keeps_to_its_share_and_goes_on_the_next_night(
    books: Company, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Each is seen after so many nights as the share needs for all of them."""
    monkeypatch.setattr(looks, "BATCH", 2)
    many = copies(books, posted(books, "LIKE-3"), 6, "SHARE-")
    nobody_looked_for(many, 3)
    nobody_looked_for(many[4:], 40)
    monkeypatch.setattr(Procore, "calls_a_day", lambda _: 20)
    settings.RECONCILE_SHARE = 0.05  # one request of Procore's a day
    first = a_night(books)
    assert first.counts["asked"] == 2
    assert first.counts["left for later nights"] == 4
    looked = Record.objects.filter(compared_at__gt=timezone.now() - dt.timedelta(days=1))
    assert {row.pk for row in looked} >= {record.pk for record in many[4:]}
    assert again(books).counts["asked"] == 0, "the day's share is used"
    settings.RECONCILE_SHARE = 1.0
    assert again(books).counts["asked"] == 4


def test_a_change_at_the_source_that_no_list_tells_is_found_by_the_sample(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same total on another cost type, and the date did not move."""
    record = posted(books, "RECODE-11")
    row = books.procore(f"procore/{FLOW}/{record.source_id}")
    books.procore_changes(FLOW, row, lines=[books.line("840.50", kind="L")], at=row["updated_at"])
    telling.only_what_is_new(books)
    assert a_night(books).counts["asked"] == 0
    nobody_looked_for([record], 2)
    assert again(books).counts["changed"] == 1
    books.the_worker_runs()
    record.refresh_from_db()
    assert record.source["lines"][0]["cost_type"] == "L", "and what is to be booked was worked out"


# -- nobody waits, nothing is lost ----------------------------------------------------------------


class Killed(BaseException):
    """What a killed worker leaves: nothing is caught, nothing is put back."""


def test_a_night_that_is_killed_goes_on_where_it_was(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "BATCH", 2)
    many = copies(books, posted(books, "LIKE-4"), 6, "KILL-")
    nobody_looked_for(many, 2)
    mended(books, many[5], cost="1.00")
    plain, turns = looks.keep, []

    def dies(*args: Any) -> None:
        plain(*args)
        turns.append(1)
        if len(turns) == 3:
            raise Killed

    monkeypatch.setattr(looks, "keep", dies)
    monkeypatch.setattr(night.Stretch, "leave", lambda *_: None)
    with pytest.raises(Killed):
        a_night(books)
    monkeypatch.undo()
    monkeypatch.setattr(looks, "BATCH", 2)
    done = Record.objects.filter(compared_at__gt=timezone.now() - dt.timedelta(days=1))
    before = set(done.values_list("pk", flat=True))
    assert a_night(books).counts == {"in the hands of another worker": 1}
    past = timezone.now() - dt.timedelta(minutes=1)
    Night.objects.update(lease_until=past, run_at=past)
    telling.forget_requests(books)
    tasks.sweep()
    assert [name for name, _ in asked("reconcile")] == ["reconcile"]
    books.the_worker_runs()
    assert Night.objects.get().ended_at is not None
    lists_read = telling.requests_to(books, "procore")
    assert not any(name.endswith("/direct_costs") for name in lists_read), "listed before"
    assert states(many)[many[5].pk] == State.HELD
    assert set(done.values_list("pk", flat=True)) >= before | {record.pk for record in many[:5]}


def test_records_stay_posted_while_they_are_read_again(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = copies(books, posted(books, "LIKE-5"), 3, "STAY-")
    nobody_looked_for(many, 2)
    seen: list[set[str]] = []
    plain = Purchases.read_many

    def watched(self: Purchases, pairs: Any) -> Any:
        assert not connection.atomic_blocks[1:], "no transaction is open while a vendor is asked"
        seen.append(set(states(many).values()))
        return plain(self, pairs)

    monkeypatch.setattr(Purchases, "read_many", watched)
    before = Entry.objects.count()
    run = a_night(books)
    assert run.counts["asked"] == 3
    assert seen == [{State.POSTED}]
    assert set(states(many).values()) == {State.POSTED}
    assert asked("run") == [], "no task is made of what stands as it did"
    lines = Entry.objects.filter(kind=Entry.Kind.RECONCILED, sequence__gt=before)
    assert [len(line.data["records"]) for line in lines] == [3], "one line for all of them"


def test_new_invoices_do_not_stand_behind_it(
    books: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few requests it makes room for what waits, and goes on behind it."""
    monkeypatch.setattr(looks, "BATCH", 1)
    monkeypatch.setattr(night, "STEPS", 1)
    many = copies(books, posted(books, "LIKE-6"), 3, "ROOM-")
    nobody_looked_for(many, 2)
    books.note(FLOW, books.a_direct_cost("NEW-11"))
    order: list[str] = []
    for name in ("run", "reconcile"):
        plain = getattr(tasks, name)

        def noted(*arguments: Any, name: str = name, plain: Any = plain) -> Any:
            order.append(name)
            return plain(*arguments)

        monkeypatch.setattr(tasks, name, noted)
    a_night(books)
    books.the_worker_runs()
    assert order[0:2] == ["reconcile", "run"]
    assert "reconcile" in order[2:]
    assert OrmQ.objects.count() == 0
    night_now = Night.objects.get()
    assert night_now.ended_at is not None
    assert night_now.counts["asked"] == 3
    assert len(books.posted_under("NEW-11")) == 1


def test_each_of_many_that_become_due_holds_the_journal_for_a_few_only(books: Company) -> None:
    """Another writer's line waits for one transaction of them, not for all."""
    many = copies(books, posted(books, "LIKE-7"), 60, "WAIT-")
    lines_at_commit: list[int] = []
    start = Entry.objects.order_by("-sequence").values_list("sequence", flat=True)[0]

    def committed(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("RELEASE SAVEPOINT"):
            lines_at_commit.append(Entry.objects.filter(sequence__gt=start).count())
        return execute(sql, *args)

    with connection.execute_wrapper(committed):
        assert pend([record.pk for record in many], "Looked for.") == 60
    steps = [b - a for a, b in zip([0, *lines_at_commit], lines_at_commit, strict=False)]
    assert max(steps) <= PENDED


def test_a_list_that_is_refused_keeps_no_other_from_being_compared(books: Company) -> None:
    record = posted(books, "REFUSED-11")
    mended(books, record, cost="1.00")
    telling.procore_fails(
        books, method="GET", path="/direct_costs", action="status", status=403, times=99
    )
    assert not a_night(books).ok
    assert states([record]) == {record.pk: State.PENDING}, "the ledger's lists were read"
    books.procore("faults", method="DELETE")
    assert Night.objects.get().ended_at is None
    Night.objects.update(run_at=timezone.now() - dt.timedelta(minutes=1))
    tasks.sweep()
    books.the_worker_runs()
    assert Night.objects.get().ended_at is not None
    record.refresh_from_db()
    assert record.state == State.HELD
