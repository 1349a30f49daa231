"""Flows between a ledger and the boards of a work platform."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, ClassVar

from connections.amounts import Kind
from connections.boards import OPTIONS, Column, Item
from connections.documents import Hint, LedgerDocument, spelled
from connections.errors import NotForOtherSide, NoTry
from connections.registry import Ability
from mappings.boards.vocabulary import DECISION, DIMENSION, VENDOR
from mappings.lookup import Known
from mappings.models import BoardLayout, Reference, StatusRule
from syncs.coding.kinds import money_of
from syncs.coding.shapes import Options, item_of
from syncs.coding.to_board import SEPARATOR, View, code_of, label
from syncs.coding.to_ledger import Problem
from syncs.flow import Agreed, Context, Flow, Scope, before_cutover
from syncs.flows import board_values
from syncs.ingest import reference_data
from syncs.ingest.noting import note_all, pend
from syncs.models import Record, State
from syncs.pipelines import decisions, outcomes, outlook, to_board
from syncs.pipelines.engine import ending, in_hand
from syncs.pipelines.write import Intent, write_again
from syncs.reconciliation import reconcile, standing_on_board

COMPANY = [Scope()]


class ItemFlow(Flow):
    """One kind of purchase document, each an item. A leaf says the kind and the key's prefix."""

    links = False
    source = "ledger"
    needs_project = frozenset({Ability.BOARDS})
    needs_ledger = frozenset({Ability.PURCHASES})
    batch = to_board.BATCH
    at_rest = (*to_board.SETTLED, "invoiced", "deleted")
    shows: ClassVar[str]
    origin_prefix: ClassVar[str]

    @property
    def money(self) -> Kind:
        return money_of(self.shows)

    @property
    def heeds(self) -> frozenset[str]:
        return super().heeds | {"start_date", "amount_limit", "approval_bands"}

    def scopes(self, context: Context) -> list[Scope]:
        return COMPANY

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        return context.purchase_ledger.purchase_changes(self.shows, since, until)

    def watch(self, context: Context) -> int:
        """Finance chose another board: what the old one shows goes there, too."""
        layout = BoardLayout.objects.filter(
            integration=context.integration, kind=self.shows, board_id__gt=""
        ).first()
        if layout is None:
            return 0
        rows = Record.objects.filter(
            integration=context.integration, flow=self.name, destination_kind="item",
            state=State.POSTED, coded__has_key="board",
        ).exclude(coded__board__in=["", layout.board_id])  # fmt: skip
        moved = list(rows.values_list("pk", flat=True))
        why = "Its kind of document is shown on another board now."
        return pend(moved, why, self.batch)

    def carry(self, context: Context, records: list[Record]) -> None:
        """Where the day's calls are used up, those that wait say until when."""
        try:
            to_board.carry(context, self, records)
        except NoTry as error:
            more = self.outlook(context) if type(error) is NoTry else ""
            raise NoTry(f"{error.sentence} {more}", error.at) if more else error from error

    def outlook(self, context: Context) -> str:
        return outlook.of_flows(context.integration, [self.name])

    def agreed(self, context: Context, records: list[Record], whole: bool) -> Agreed:
        return standing_on_board.agreed(context, self, records)

    def reconcile(self, context: Context) -> dict[str, Any]:
        return reconcile.documents(context, self)

    def skip_rule(self, context: Context, record: Record, document: LedgerDocument) -> str:
        """A board is for what is still to be done; what it shows already stays up to date."""
        settings = context.settings
        if record.posted_digest:
            return ""
        if document.status in to_board.SETTLED:
            return f"It is {spelled(document.status)} in the ledger: there is nothing to follow."
        if rule := before_cutover(settings, document.date):
            return rule
        return ""

    def origin_id(self, document: LedgerDocument) -> str:
        """Single for ever: the system, the table, the ledger's own key. Upper case."""
        kind = document.kind.removeprefix("ledger_")
        return f"{self.origin_prefix}|{kind}|{document.id}".upper()


class OptionsFlow(Flow):
    """Vendors and dimension values as the options of their columns: a record for each column."""

    about = (
        "One way, by decision: the ledger owns its vendors, and nothing that people do to an "
        "option returns to it. Vendors are read by each poll, dimension values with the master "
        "data, once an hour. A dimension value that somebody types on an item is told there where "
        "the ledger lacks it."
    )
    documents = links = False
    source = "ledger"
    needs_project = frozenset({Ability.BOARDS})

    def scopes(self, context: Context) -> list[Scope]:
        return COMPANY

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """From the reference data, with the vendors that changed since the last poll."""
        reference_data.refresh_vendors(context, since)
        for layout in layouts(context):
            for fact in layout.columns:
                if fact == VENDOR or fact.startswith(DIMENSION):
                    texts = "\n".join(wanted(context, fact))
                    stamp = hashlib.sha256(texts.encode()).hexdigest()
                    key, name = f"{layout.kind}|{fact}", name_of(fact)
                    yield Hint(key, number=name, stamp=stamp)

    def carry(self, context: Context, records: list[Record]) -> None:
        views: dict[str, View] = {}
        for record in records:
            with ending(in_hand(context, record)):
                kind, _, fact = record.source_id.partition("|")
                view = views.get(kind) or View.of(context, kind)
                views[kind] = view
                self.align(context, view, record, fact)

    def align(self, context: Context, view: View, record: Record, fact: str) -> None:
        column = view.column(fact)
        name = name_of(fact)
        record.keep(number=name[:255], title=str(view.layout))
        if column is None or column.type != OPTIONS:
            raise NotForOtherSide(f"{name} is not a column with options on the board.")
        everything = wanted(context, fact)
        texts = fitting(context, fact, everything, column)
        there = {one.text.casefold() for one in column.labels if one.active}
        missing = [text for text in texts if text.casefold() not in there]
        surplus = [
            one.id for one in column.labels
            if one.active and SEPARATOR in one.text and one.text not in everything
            and known(context, fact, code_of(one.text))
        ]  # fmt: skip
        if missing or surplus:
            entry = Options(column.title, missing, surplus)
            with write_again(context, record, Intent(entry, words=f"options of {column.title}")):
                self.put_options(context, view, column, missing, surplus)
        left = len(everything) - len(texts)
        rest = f" {left} more follow when a document names them." if left else ""
        record.finish(
            f"{len(texts)} are options of “{column.title}”: {len(missing)} new, {len(surplus)} "
            f"retired.{rest}",
            posted_digest=record.source_stamp, destination_kind="options",
            destination_id=column.id, destination_number=column.title[:100],
            destination_status="posted", destination_url=view.board.url,
        )  # fmt: skip

    def put_options(
        self, context: Context, view: View, column: Column, missing: list[str], surplus: list[str]
    ) -> None:
        """Adds texts and retires ids."""
        about, system = f"Options of {column.title}", context.board_system
        if missing:
            view.take(system.ensure_labels(view.board.id, column.id, missing, about))
        if surplus:
            view.take(system.retire_labels(view.board.id, column.id, surplus, about))

    def reconcile(self, context: Context) -> dict[str, Any]:
        """Every column is looked at again, also where the ledger did not change."""
        found = self.changes(context, COMPANY[0], None, dt.datetime.now(dt.UTC))
        hints = [Hint(hint.source_id, number=hint.number) for hint in found]
        return {"noted": note_all(context.integration, self.name, hints, "reconciliation")}


def name_of(fact: str) -> str:
    return "Vendor" if fact == VENDOR else fact.removeprefix(DIMENSION)


def layouts(context: Context) -> list[BoardLayout]:
    return list(BoardLayout.objects.filter(integration=context.integration))


def rows_of(context: Context, fact: str) -> dict[tuple[str, str], Known]:
    kind = Reference.Kind.VENDOR if fact == VENDOR else Reference.Kind.DIMENSION_VALUE
    parent = "" if fact == VENDOR else fact.removeprefix(DIMENSION)
    found = context.book.references(kind)
    return {key: row for key, row in found.items() if key[0] == parent}


def wanted(context: Context, fact: str) -> list[str]:
    """Labels of what may be chosen, in the order of their codes."""
    rows = rows_of(context, fact).values()
    return sorted(label(row.code, row.name) for row in rows if not row.unusable)


ROOM = 20  # labels that are kept free for those to come


def fitting(context: Context, fact: str, texts: list[str], column: Column) -> list[str]:
    """All, or what documents name and stands there, and of the others no more than half a column.

    People's own labels and retired ones take their places, too: nothing is deleted.
    """
    most = context.board_system.most_options
    there = {one.text.casefold() for one in column.labels}
    others = len(there - {one.casefold() for one in texts})
    if not most or len(texts) + others <= most - ROOM:
        return texts
    room = most // 2 - others
    used = in_use(context) if fact == VENDOR else set()
    first = [text for text in texts if text.casefold() in there or code_of(text) in used]
    rest = [text for text in texts if text not in first]
    return sorted([*first, *rest[: max(room - len(first), 0)]])


def in_use(context: Context) -> set[str]:
    """Vendors of the documents that are shown or to be shown."""
    rows = Record.objects.filter(integration=context.integration).exclude(flow=context.flow)
    return set(rows.values_list("vendor_id", flat=True))


def known(context: Context, fact: str, code: str) -> bool:
    """Once the ledger's own: what people typed as labels of theirs is left alone."""
    kind = Reference.Kind.VENDOR if fact == VENDOR else Reference.Kind.DIMENSION_VALUE
    return Reference.objects.filter(
        connection=context.integration.ledger, kind=kind, code=code
    ).exists()


class DecisionFlow(Flow):
    """What people set on the board, into the ledger: the approval, and dimension values."""

    documents = links = False
    needs_project = frozenset({Ability.BOARDS})
    needs_ledger = frozenset({Ability.DECISIONS})

    @property
    def heeds(self) -> frozenset[str]:
        return super().heeds | {"amount_limit", "approval_bands"}

    def scopes(self, context: Context) -> list[Scope]:
        """The boards."""
        return [Scope(row.board_id, row.board_name, row.board_name) for row in layouts(context)]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Items on which somebody set something; what is the ledger's is put right again."""
        for layout in layouts(context):
            if layout.board_id == scope.id:
                yield from self.decided(context, layout)

    def decided(self, context: Context, layout: BoardLayout) -> Iterator[Hint]:
        """One read of the board; what nobody touched needs no record of its own."""
        shown = shown_items(context, layout)
        known = set(
            Record.objects.filter(
                integration=context.integration, flow=self.name, scope=layout.board_id
            ).values_list("source_id", flat=True)
        )
        quiet, changed = undeciding(context, layout), []
        with context.board_system.urgent() if not told_of(context) else nullcontext():
            items = list(context.board_system.all_items(layout.board_id))
        gone = [shown[id].pk for id in shown.keys() - {item.id for item in items}
                if shown[id].state == State.POSTED]  # fmt: skip
        pend(gone, "The board does not list its item any more.")
        for item in items:
            record = shown.get(item.id)
            if record is not None and put_right(record, item):
                changed.append(record.pk)
            if item.id in known or (record and not untouched(layout, record, item, quiet)):
                yield Hint(item.id, layout.board_id, number=item.name[:100],
                           stamp=stamp(layout, item))  # fmt: skip
        pend(changed, "The board does not show it as it was written.")

    def carry(self, context: Context, records: list[Record]) -> None:
        decisions.carry(context, self, records)

    def told(self, context: Context, problems: list[Problem]) -> list[Problem]:
        return board_values.told(context, problems)

    def watch(self, context: Context) -> int:
        """Values that the ledger lacked tell nobody when they come."""
        return board_values.go_on(context, self)

    def reconcile(self, context: Context) -> dict[str, Any]:
        noted = 0
        for scope in self.scopes(context):
            hints = self.changes(context, scope, None, dt.datetime.now(dt.UTC))
            noted += note_all(context.integration, self.name, hints, "reconciliation")
        return {"noted": noted}


def told_of(context: Context) -> bool:
    """Webhooks stand: a walk over the board only makes up for lost ones and need not hurry."""
    return context.integration.project_system.subscriptions.filter(state="active").exists()


def shown_items(context: Context, layout: BoardLayout) -> dict[str, Record]:
    """By item; of the documents that this board shows."""
    rows = Record.objects.filter(
        integration=context.integration, flow__in=outlook.showing(layout), destination_kind="item"
    )
    wanted = rows.only("pk", "destination_id", "coded", "state", "problems")
    return {row.destination_id: row for row in wanted}


def put_right(record: Record, item: Item) -> bool:
    """It shows something else than what was written, or is on the board again."""
    return bool(to_board.told_otherwise(record, item)) or to_board.away(record)


def undeciding(context: Context, layout: BoardLayout) -> set[str]:
    """Labels of the approval column that ask for nothing; none at all is one of them."""
    rows = StatusRule.objects.filter(integration=context.integration, kind=layout.kind)
    return {"", *(row.label_id for row in rows if row.meaning not in outcomes.ACTS)}


def untouched(layout: BoardLayout, record: Record, item: Item, quiet: set[str]) -> bool:
    """Nobody decided, and every dimension is as it was written."""
    if str(item.cells.get(str(layout.columns[DECISION])) or "") not in quiet:
        return False
    chosen = item_of(record).chosen
    return all(
        to_board.alike(to_board.stored(item.cells.get(id)), was) for id, was in chosen.items()
    )


def stamp(layout: BoardLayout, item: Item) -> str:
    """Of the cells that people own."""
    watched = [
        (fact, item.cells.get(str(column)))
        for fact, column in sorted(layout.columns.items())
        if fact == DECISION or fact.startswith(DIMENSION)
    ]
    return hashlib.sha256(repr(watched).encode()).hexdigest()
