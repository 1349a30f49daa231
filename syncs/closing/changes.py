"""What became otherwise in a closed month: compared document by document, told once."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from connections.documents import ZERO
from syncs.closing import documents, facts
from syncs.closing.documents import COLUMNS, Row
from syncs.closing.rows import Bucket, ClosedDocument, Period, PeriodChange, PeriodClose
from syncs.formatting import count, day, money
from syncs.models import Alert, Record
from syncs.reconciliation.alerts import close_alert, open_alert

NAMED = 3  # documents that an alert names
COMPARED = ("bucket", "amount", "currency", "document_date", "number", "vendor", "other_number",
            "other_total")  # fmt: skip
NAMES = {
    "bucket": "where it is", "amount": "amount", "currency": "currency", "document_date": "date",
    "number": "number", "vendor": "vendor", "other_number": "number on the other side",
    "other_total": "amount on the other side",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Change:
    """`was` is None for what came, `becomes` for what is not there any more."""

    key: str
    number: str
    record: int | None
    was: Row | None
    becomes: Row | None
    stamp: str

    @property
    def vendor(self) -> str:
        return str((self.becomes or self.was or {}).get("vendor", ""))

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """(what, before, after), only what differs."""
        before, after = self.was or {}, self.becomes or {}
        return [
            (NAMES.get(name, name), shown(name, before.get(name)), shown(name, after.get(name)))
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ]

    @property
    def sentence(self) -> str:
        if self.was is None:
            return f"{self.number} came afterwards"
        if self.becomes is None:
            return f"{self.number} is in this month no more"
        said = "; ".join(f"{what} {was} → {now}" for what, was, now in self.told)
        return f"{self.number}: {said or 'changed'}"


def shown(name: str, value: Any) -> str:
    """As a person reads it."""
    if value is None or value == "":
        return "–"
    if name == "bucket":
        return str(Bucket(value).label)
    if name in ("amount", "other_total", "project system", "ledger"):
        return money(value)
    return day(value) if name == "document_date" else str(value)


def since(close: PeriodClose) -> list[Change]:
    """All that is otherwise now than what was closed."""
    found = [*of_records(close), *of_records_that_left(close), *of_typed(close)]
    return found or list(of_sides(close))


def of_records(close: PeriodClose) -> Iterator[Change]:
    """New ones, and those that differ: the database finds them by their stamps."""
    period = close.period
    live = documents.of(period.integration, period.month).annotate(stamp=documents.stamp())
    same = ClosedDocument.objects.filter(
        close=close, record=OuterRef("pk"), stamp=OuterRef("stamp")
    )
    rows = live.filter(~Exists(same)).order_by("document_date", "pk")
    now = [documents.row_of(one) for one in rows.values(*documents.FIELDS, "stamp")]
    before = kept(close, record__in=[row["record"] for row in now])
    for row in now:
        yield changed(before.get(row["key"]), row)


def of_records_that_left(close: PeriodClose) -> Iterator[Change]:
    """Dated in another month now, or not there at all."""
    period = close.period
    live = documents.of(period.integration, period.month).filter(pk=OuterRef("record"))
    gone = kept(close, record__isnull=False, missing=~Exists(live))
    rows = Record.objects.filter(pk__in=[row["record"] for row in gone.values()])
    dated = dict(rows.values_list("pk", "document_date"))
    for row in gone.values():
        date = dated.get(row["record"])
        yield changed(row, {**row, "document_date": date, "stamp": f"{date}"} if date else None)


def of_typed(close: PeriodClose) -> Iterator[Change]:
    """What people typed on one side alone, as the lists were read last."""
    period = close.period
    now = {row["key"]: row for row in documents.typed(period.integration, period.month)}
    before = kept(close, record__isnull=True)
    for key in {**before, **now}:
        was, becomes = before.get(key), now.get(key)
        if was is None or becomes is None or was["stamp"] != becomes["stamp"]:
            yield changed(was, becomes)


def of_sides(close: PeriodClose) -> Iterator[Change]:
    """The sums of both sides: a document of another month may be posted in this one."""
    period = close.period
    closed = close.facts["sides"]
    shares = all("share" in one for one in closed)  # else they were closed as one sum
    before = by_book(closed, shares)
    now = by_book(facts.sides(period.integration, period.month), shares)
    for key in {**before, **now}:
        nothing = {"project system": str(ZERO), "ledger": str(ZERO)}
        was, becomes = before.get(key, nothing), now.get(key, nothing)
        if was != becomes:
            yield Change(address(*key), title(*key), None, was, becomes, stamp_of(becomes))


def address(book: str, share: str, currency: str) -> str:
    return ":".join(["sides", book, *([share] if share else []), currency])


def title(book: str, share: str, currency: str) -> str:
    named = facts.named({"book": book, "share": share}).lower()
    return f"Sums of {named} {currency}".rstrip()


def by_book(sides: list[facts.Facts], shares: bool) -> dict[tuple[str, str, str], Row]:
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    for one in sides:
        key = one["book"], one["share"] if shares else "", one["currency"]
        found = sums.setdefault(key, [ZERO, ZERO])
        found[0] += Decimal(one["in_projects"])
        found[1] += Decimal(one["in_ledger"])
    return {
        key: {"project system": facts.exact(one), "ledger": facts.exact(other)}
        for key, (one, other) in sums.items()
    }


def kept(close: PeriodClose, missing: Any = None, **wanted: Any) -> dict[str, Row]:
    """By key, as they were closed."""
    rows = ClosedDocument.objects.filter(close=close, **wanted).order_by("position")
    rows = rows.filter(missing) if missing is not None else rows
    return {row["key"]: row for row in rows.values(*COLUMNS)}


def changed(was: Row | None, becomes: Row | None) -> Change:
    row = becomes or was or {}
    return Change(
        row["key"], row["number"], row["record"], part(was), part(becomes),
        becomes["stamp"] if becomes else "gone",
    )  # fmt: skip


def part(row: Row | None) -> Row | None:
    return {name: row[name] for name in COMPARED} if row else None


def stamp_of(row: Row) -> str:
    return hashlib.sha256(str(sorted(row.items())).encode()).hexdigest()


# -- told once ------------------------------------------------------------------------------------


def follow(close: PeriodClose) -> int:
    """Keeps what is otherwise, and alerts of what nobody was told yet. Returns how many differ."""
    found = since(close)
    with transaction.atomic():
        new = [one for one in found if note(close, one)]
        Period.objects.filter(pk=close.period_id).update(changes=len(found))
        if new:
            last = close.changes.order_by("-pk").values_list("pk", flat=True)[0]
            open_alert(key(close, last), alert(close, new), close.period.integration)
    return len(found)


def note(close: PeriodClose, change: Change) -> bool:
    """Whether it is a new one."""
    _, new = PeriodChange.objects.get_or_create(
        close=close, key=change.key, stamp=change.stamp, defaults={"sentence": change.sentence}
    )
    return new


def key(close: PeriodClose, last: int | str) -> str:
    return f"closed-month:{close.pk}:{last}"


def alert(close: PeriodClose, new: list[Change]) -> str:
    said = ". ".join(one.sentence for one in new[:NAMED])
    more = f". And {count(len(new) - NAMED, 'more document')}" if len(new) > NAMED else ""
    return f"{close.period.name} of {close.period.integration} is closed and changed. {said}{more}."


def forget(close: PeriodClose, actor: str) -> None:
    """It was reopened: what changed in it is nothing to be alerted of any more."""
    mine = Alert.objects.filter(closed_at=None, key__startswith=key(close, ""))
    for one in list(mine.values_list("key", flat=True)):
        close_alert(one, actor)
