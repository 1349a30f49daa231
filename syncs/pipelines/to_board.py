"""Ledger documents onto a board: read, lay out, look up, write what differs, compare the answer.

The ledger owns what it states; people own the approval column and, until the document is posted,
the dimensions. Items are known by a key in a column of theirs and are never made twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from audit.models import Entry
from connections.boards import OPTIONS, Cell, Item
from connections.documents import LedgerDocument
from connections.errors import NeedsPerson, NotForOtherSide, NotFound, Reason, RetryLater
from mappings.boards.vocabulary import DECISION, DIMENSION, KEY, POSTING_STATUS
from mappings.models import StatusRule
from syncs.coding import shapes
from syncs.coding.shapes import item_of
from syncs.coding.to_board import Facts, View, facts_of, plain
from syncs.flow import Context
from syncs.models import Record, State
from syncs.pipelines import resolver, to_project_system
from syncs.pipelines.engine import ending, in_hand
from syncs.pipelines.write import Intent, review, write

SETTLED = ("paid", "cancelled")  # a board is for what is still to be done
BATCH = 25  # items that one read brings
OPEN = ("draft", "pending_approval", "released")


class ShownOnBoard(Protocol):
    """What is asked of a flow whose documents are items."""

    shows: ClassVar[str]  # their kind

    def skip_rule(self, context: Context, record: Record, document: LedgerDocument) -> str:
        """The written rule by which it gets no item, or empty."""

    def origin_id(self, document: LedgerDocument) -> str:
        """The key by which its item is known for ever."""


@dataclasses.dataclass
class Job:
    """One record in hand, with what its item is to show."""

    record: Record
    name: str
    facts: Facts
    key: str
    rule: str = ""  # why no item is made of it; one that may stand is still looked for

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps([self.name, plain(self.facts)]).encode()).hexdigest()

    @property
    def coded(self) -> shapes.Item:
        return shapes.Item(self.name, plain(self.facts))

    @property
    def intent(self) -> Intent:
        key = f"item|{self.key}"[:200]
        return Intent(self.coded, self.digest, key, self.record.amount, f"item {self.name}")


def carry(context: Context, flow: ShownOnBoard, records: list[Record]) -> None:
    """One read of the board, one of the documents, one of the items; then a call per change."""
    context.about(None)
    view = seen(context, flow, records)
    if view is None:
        return
    ids = [record.source_id for record in records]
    found = {one.id: one for one in context.purchase_ledger.purchases(flow.shows, ids)}
    jobs = []
    for record in records:
        with ending(in_hand(context, record)):
            jobs += prepare(context, flow, view, record, found.get(record.source_id))
    for job, standing in look_up(context, view, jobs):
        with ending(in_hand(context, job.record)):
            bring_up_to_date(context, view, job, standing)


def seen(context: Context, flow: ShownOnBoard, records: list[Record]) -> View | None:
    """The board; what is wrong with it holds every record of the batch."""
    try:
        return View.of(context, flow.shows)
    except NeedsPerson as error:
        for record in records:
            with ending(in_hand(context, record)):
                raise error
        return None


# -- before the write --------------------------------------------------------------------


def prepare(
    context: Context,
    flow: ShownOnBoard,
    view: View,
    record: Record,
    document: LedgerDocument | None,
) -> list[Job]:
    """Empty when the record reached a state without a look at the board."""
    if document is None:
        return [gone(context, flow, view, record)]
    move(record, view)
    key = flow.origin_id(document)
    facts = facts_of(context, document, key, view.layout)
    job = Job(record, named(document), facts, key)
    to_project_system.note_source(record, document, job.digest)
    job.rule = flow.skip_rule(context, record, document)
    if job.rule and not begun(record):
        raise NotForOtherSide(job.rule)
    if not record.posted_digest:
        record.keep(coded=shapes.pack(job.coded))
    if not begun(record):
        review(context, record, job.intent)
    return [job]


def named(document: LedgerDocument) -> str:
    return " ".join(part for part in (document.number, document.vendor_name) if part)[:255]


def begun(record: Record) -> bool:
    """An item was made, or may have been."""
    known = record.posted_digest or record.destination_id
    return bool(known) or record.in_doubt_since is not None or record.intent_at is not None


def move(record: Record, view: View) -> None:
    """To the board that finance chose since; its item on the other one stays as it is."""
    before = item_of(record).board
    if before and before != view.board.id and record.posted_digest:
        sentence = f"Its item was {record.destination_id} on board {before}; it gets one here."
        record.journal().append(Entry.Kind.NOTED, sentence)
        record.keep(destination_id="", destination_number="", destination_status="",
                    destination_url="", posted_digest="", coded={})  # fmt: skip


def gone(context: Context, flow: ShownOnBoard, view: View, record: Record) -> Job:
    """It left the ledger: the item says so, and stays."""
    where = context.purchase_ledger.whereabouts(flow.shows, record.source_id, record.number)
    if where == "unknown":
        known = record.number or record.source_id
        raise RetryLater(f"The ledger does not show {known} now and cannot say why.")
    if not begun(record):
        raise NotForOtherSide("It left the ledger before it was shown on the board.")
    shown = item_of(record)
    if (shown.board or view.board.id) != view.board.id:
        raise NotForOtherSide("It left the ledger; its item stays on the board that was used then.")
    record.keep(source_status=where)
    name, key = shown.item, record.natural_key.removeprefix("item|")
    job = Job(record, name, {KEY: key, POSTING_STATUS: where}, key, "It left the ledger.")
    record.keep(digest=job.digest)
    return job


def look_up(context: Context, view: View, jobs: Sequence[Job]) -> list[tuple[Job, list[Item]]]:
    """By the id that we know, the rest by their keys: two calls at most."""
    context.about(None)
    known = [job.record.destination_id for job in jobs if job.record.destination_id]
    by_id = {item.id: item for item in context.board_system.items(known)} if known else {}
    unknown = [job.key for job in jobs if job.record.destination_id not in by_id]
    by_key: dict[str, list[Item]] = {}
    if unknown:
        column = view.must(KEY)
        by_key = context.board_system.items_by_key(view.board.id, column.id, unknown)
    found = []
    for job in jobs:
        item = by_id.get(job.record.destination_id)
        found.append((job, [item] if item else by_key.get(job.key, [])))
    return found


# -- the board -----------------------------------------------------------------------------


def bring_up_to_date(context: Context, view: View, job: Job, standing: list[Item]) -> None:
    there = choose(view, job, standing)
    if there is None:
        not_there(context, job)
    else:
        check_free(context, job, there)
    if job.record.in_doubt_since:
        job.record.end_write()  # it was asked just now
    if there is None:
        if job.rule:
            raise NotForOtherSide(job.rule)
        create(context, view, job)
        return
    cells = differing(view, job, there)
    name = job.name if there.name != job.name else ""
    if cells or name:
        change(context, view, job, there, cells, name)
    else:
        finish(job, view, there, "Unchanged" if job.record.posted_digest else "")


def choose(view: View, job: Job, standing: list[Item]) -> Item | None:
    if len(standing) > 1:
        names = ", ".join(f"{item.name} ({item.id})" for item in standing)
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"The board has {job.record.number} {len(standing)} times: {names}. Delete all but "
            "one there, then replay.",
        )
    if not standing:
        return None
    [item] = standing
    elsewhere = item.board_id != view.board.id
    if (elsewhere or not item.active) and not job.record.difference_accepted:
        what = "moved to another board" if elsewhere else "archived or deleted on the board"
        raise NeedsPerson(
            Reason.DIFFERS,
            f"The item of {job.record.number} was {what}. Bring it back there, or accept that.",
            away=item.id,
        )
    if elsewhere or not item.active:
        raise NotForOtherSide("Its item left the board; a person accepted that.")
    return item


def check_free(context: Context, job: Job, there: Item) -> None:
    """People may type any key onto an item: what another record owns is not ours by that."""
    record = job.record
    if there.id == record.destination_id:
        return
    ours = Record.objects.exclude(pk=record.pk)
    if other := ours.owner(context.integration.project_system, "item", there.id, ""):
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"The item “{there.name}” ({there.id}) bears the key of {record.number}, but it is "
            f"the item of {other}. Set its key right on the board, then replay.",
            other=str(other.pk),
        )


def not_there(context: Context, job: Job) -> None:
    """Before anything is made: was it there once, or may it be on its way?"""
    record, system = job.record, context.integration.project_system
    if record.posted_digest and not record.difference_accepted:
        raise NeedsPerson(
            Reason.DIFFERS,
            f"The item of {record.number} is not on the board any more. Bring it back there, "
            "or accept that.",
            away=record.destination_id,
        )
    if record.posted_digest:
        raise NotForOtherSide("Its item left the board; a person accepted that.")
    if remaining := resolver.settling(system, record):
        raise resolver.ask_again(system, record, remaining)


def differing(view: View, job: Job, there: Item) -> dict[str, Cell]:
    """What the board shows otherwise; what people changed and own is left to them."""
    kept = worn(view, job)
    wanted = view.cells(ours(view, job, there)) | {
        view.must(fact).id: cell for fact, cell in kept.items()
    }
    return {id: cell for id, cell in wanted.items() if not same(there.cells.get(id), cell)}


def ours(view: View, job: Job, there: Item) -> Facts:
    """What is laid out anew: no person's choice, and no option that stays as it was written."""
    others = people_s(view, job, there) | worn(view, job).keys()
    return {fact: one for fact, one in job.facts.items() if fact not in others}


def worn(view: View, job: Job) -> dict[str, Cell]:
    """Options that stay as they were written, whatever people call their labels by now."""
    shown = item_of(job.record)
    found: dict[str, Cell] = {}
    cells = {**shown.cells, **shown.chosen}
    for fact, value in job.facts.items():
        column = view.column(fact)
        if column is None or column.type != OPTIONS or not value or shown.facts.get(fact) != value:
            continue
        ids, active = cells.get(column.id) or (), {one.id for one in column.labels if one.active}
        if ids and set(ids) <= active:
            found[fact] = tuple(ids)
    return found


def same(there: Cell, wanted: Cell) -> bool:
    if isinstance(wanted, str) and isinstance(there, str):
        return there.strip() == wanted.strip()
    return there == wanted or (not there and not wanted and there != 0 and wanted != 0)


def people_s(view: View, job: Job, there: Item) -> set[str]:
    """Dimensions that a person set otherwise since we wrote them: they go the other way."""
    if job.record.source_status not in OPEN or not job.record.posted_digest:
        return set()
    return {f"{DIMENSION}{code}" for code in view.dimensions()
            if chosen_anew(job.record, view, code, there)}  # fmt: skip


def chosen_anew(record: Record, view: View, code: str, item: Item) -> bool:
    """A person set this dimension since we wrote it: by labels' ids, whatever they are called."""
    column, chosen = view.dimensions()[code], item_of(record).chosen
    return column.id in chosen and not alike(stored(item.cells.get(column.id)), chosen[column.id])


def create(context: Context, view: View, job: Job) -> None:
    with write(context, job.record, job.intent) as known:
        view.make_labels(job.facts)
        cells = view.cells(job.facts)
        if pending := view.label_meaning(StatusRule.Meaning.PENDING):
            cells[view.must(DECISION).id] = pending
        item = context.board_system.create_item(
            view.board.id, job.name, cells, f"Create item {job.name}", job.key
        )
        known |= {"destination_id": item.id, "destination_kind": "item"}
    verify(view, job, item, cells)


def change(
    context: Context, view: View, job: Job, there: Item, cells: dict[str, Cell], name: str
) -> None:
    record = job.record
    # What the board showed last stays known: until it took this, nobody else changed a cell.
    shown = item_of(record) if record.posted_digest else job.coded
    with write(context, record, job.intent, kept=shown) as known:
        view.make_labels(within(view, ours(view, job, there), cells))
        cells = differing(view, job, there)
        note_put_back(view, job, cells)
        try:
            item = context.board_system.change_item(
                view.board.id, there.id, cells, f"Update item {job.name}", name
            )
        except NotFound as error:
            raise RetryLater(f"The item of {record.number} went away meanwhile.") from error
        known |= {"destination_id": item.id, "destination_kind": "item"}
    verify(view, job, item, cells)


def within(view: View, facts: Facts, cells: dict[str, Cell]) -> Facts:
    """Those that these cells show."""
    columns = {fact: view.column(fact) for fact in facts}
    return {fact: facts[fact] for fact, column in columns.items() if column and column.id in cells}


def note_put_back(view: View, job: Job, cells: dict[str, Cell]) -> None:
    if job.record.posted_digest == job.digest:
        titles = [column.title for column in view.board.columns if column.id in cells]
        job.record.journal().append(
            Entry.Kind.NOTED,
            f"Changed on the board, the ledger's value is put back: {', '.join(titles) or 'name'}.",
        )


def verify(view: View, job: Job, item: Item, cells: dict[str, Cell]) -> None:
    """The platform answers with the item as it stands: compared cell by cell."""
    wrong = [
        f"{column.title} shows {item.cells.get(column.id)!r}"
        for column in view.board.columns
        if column.id in cells and not same(item.cells.get(column.id), cells[column.id])
    ]
    if wrong:
        job.record.keep(posted_digest=job.digest)
        raise NeedsPerson(
            Reason.DIFFERS,
            f"The item of {job.record.number} differs from what was written: {'; '.join(wrong)}.",
        )
    finish(job, view, item, "")


def stored(cell: Cell) -> Any:
    """A cell as JSON keeps it."""
    return list(cell) if isinstance(cell, tuple) else cell if cell is None else str(cell)


def told_otherwise(record: Record, item: Item) -> list[str]:
    """Columns of the ledger's facts that do not show any more what was written."""
    cells = item_of(record).cells
    return [id for id, was in cells.items() if not alike(stored(item.cells.get(id)), was)]


def away(record: Record) -> bool:
    """Held because its item left the board."""
    return record.state == State.HELD and any("away" in one for one in record.problems)


def alike(now: Any, was: Any) -> bool:
    return now == was or (not now and not was)


def finish(job: Job, view: View, item: Item, note: str) -> None:
    record = job.record
    status = str(job.facts.get(POSTING_STATUS) or "").replace("_", " ")
    where = f"“{item.name}” on board “{view.board.name}”"
    record.journal().append(
        Entry.Kind.READ_BACK, f"The board shows {where}, {status}.", {"id": item.id}
    )
    sentence = f"Shown as {where}: {status}."
    record.finish(
        f"{note}. {sentence}" if note else sentence,
        posted_digest=job.digest, coded=shapes.pack(merged(record, job, view, item)),
        natural_key=f"item|{job.key}"[:200], destination_kind="item", destination_id=item.id,
        destination_number=item.name[:100], destination_status="posted",
        destination_total=record.amount, destination_url=item.url,
    )  # fmt: skip


def merged(record: Record, job: Job, view: View, item: Item) -> shapes.Item:
    """A document that left the ledger keeps what was known of it."""
    shown = item_of(record)
    facts = {**shown.facts, **plain(job.facts)}
    owned = {str(view.layout.columns.get(fact)) for fact in job.facts
             if not fact.startswith(DIMENSION)}  # fmt: skip
    cells = {id: stored(cell) for id, cell in item.cells.items() if id in owned}
    theirs, before = people_s(view, job, item), shown.chosen
    chosen = {
        column.id: before.get(column.id)
        if f"{DIMENSION}{code}" in theirs
        else stored(item.cells.get(column.id))
        for code, column in view.dimensions().items()
    }
    return shapes.Item(job.name, facts, cells, chosen, view.board.id)
