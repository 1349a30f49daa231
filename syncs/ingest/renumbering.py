"""A ledger's vendor that bears another number than before is the same vendor: its id tells.

Its links, and what our records say of documents that stand, go over to the new number, so that no
difference is seen where none is and nothing is paid to whoever has the old number now. Of Business
Central: a number can be changed, and is then changed on posted documents, too; the id stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from connections.documents import Vendor
from connections.errors import RetryLater
from connections.models import Connection
from mappings.models import Reference, VendorLink
from syncs.ingest.noting import pend
from syncs.models import Record, State


@dataclasses.dataclass(frozen=True)
class Moves:
    """Numbers, old to new; and those whose vendor left while another took the number."""

    numbers: dict[str, str]
    left: frozenset[str]
    unclear: bool  # a number is somebody else's now, and what became of its vendor is not listed


def follow(connection: Connection, vendors: Iterable[Vendor], whole: bool) -> bool:
    """Before the list is kept. False: only the whole list can tell, and nothing was done.

    `whole`: who is not in it has left. Raises RetryLater while documents of theirs are in hand.
    """
    listed = {one.id: one for one in vendors if one.id and one.id != one.number}
    with transaction.atomic():
        lock(connection)
        moves = moved(connection, listed, whole)
        if moves.numbers and not moves.unclear:
            apply(connection, moves, listed)
    return not moves.unclear


def lock(connection: Connection) -> None:
    """Two workers that heard of it do it one after the other, and the second finds it done."""
    rows = Connection.objects.select_for_update(no_key=True).filter(pk=connection.pk)
    list(rows.values_list("pk"))


def moved(connection: Connection, listed: dict[str, Vendor], whole: bool) -> Moves:
    rows = Reference.objects.filter(connection=connection, kind=Reference.Kind.VENDOR)
    known = dict(rows.exclude(remote_id="").values_list("remote_id", "code"))
    owners = {code: id for id, code in known.items()}
    numbers = {
        known[id]: one.number
        for id, one in listed.items()
        if id in known and known[id] != one.number
    }
    left, unclear = set(), False
    for id, one in listed.items():
        owner = owners.get(one.number, id)
        if owner == id or one.number in numbers:
            continue
        if whole and owner not in listed:
            left.add(one.number)
        else:
            unclear = True
    return Moves(numbers, frozenset(left), unclear)


def apply(connection: Connection, moves: Moves, listed: dict[str, Vendor]) -> None:
    """All of it or nothing: half of it, done again, would give a number to a third. Rows first,
    then the journal."""
    rows = Record.objects.select_for_update(of=("self",)).select_related("integration")
    mine = rows.filter(integration__ledger=connection, coded__vendor__in=list(moves.numbers))
    records = list(mine.order_by("revision", "pk"))
    if any(record.state == State.RUNNING for record in records):
        raise RetryLater("A vendor has a new number, and documents of it are in hand.")
    Record.objects.filter(pk__in=[row.pk for row in records]).update(natural_key="")
    for record in records:
        rename(record, moves.numbers)
    for link in VendorLink.objects.filter(integration__ledger=connection):
        if link.ledger_number in moves.numbers:
            link.ledger_number = moves.numbers[link.ledger_number]
            link.save(update_fields=["ledger_number"])
        elif link.ledger_number in moves.left:
            link.delete()
    keep(connection, [one for one in listed.values() if one.number in moves.numbers.values()])
    held = [row.pk for row in records if row.state == State.HELD]
    pend([*held, *of_the_vendors(connection, moves)], "Its vendor has a new number in the ledger.")
    for record in records:
        words = f"The ledger's vendor has a new number: {record.coded['vendor']}."
        record.journal().append(Entry.Kind.NOTED, words)


def rename(record: Record, numbers: dict[str, str]) -> None:
    old = record.coded["vendor"]
    record.coded = {**record.coded, "vendor": numbers[old]}
    kind, between, rest = record.natural_key.partition(f"|{old}|")
    if between:
        record.natural_key = f"{kind}|{numbers[old]}|{rest}"
    record.save(update_fields=["coded", "natural_key"])


def of_the_vendors(connection: Connection, moves: Moves) -> list[int]:
    """The vendors themselves, where a flow sent them under the old number."""
    numbers = {*moves.numbers, *moves.numbers.values()}
    rows = Record.objects.filter(
        integration__ledger=connection, destination_kind="vendor", source_id__in=numbers
    )
    return list(rows.values_list("pk", flat=True))


def keep(connection: Connection, vendors: list[Vendor]) -> None:
    """In the reference data, so that each id has one number."""
    rows = Reference.objects.filter(connection=connection, kind=Reference.Kind.VENDOR)
    rows.filter(remote_id__in=[one.id for one in vendors]).update(
        remote_id="", gone_at=timezone.now()
    )
    for one in vendors:
        rows.update_or_create(
            connection=connection, kind=Reference.Kind.VENDOR, parent="", code=one.number,
            defaults={"remote_id": one.id, "name": one.name, "seen_at": timezone.now(),
                      "gone_at": None},
        )  # fmt: skip
