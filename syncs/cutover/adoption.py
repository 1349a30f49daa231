"""Which documents stand in the ledger under the same number, and what becomes of each.

Told from what the ledger's lists showed last, before anything is switched on; when a document is
carried the ledger is asked again, and its answer counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from connections.models import Integration
from syncs.balance.rows import TypedByHand
from syncs.cutover.likeness import CHUNK, KINDS, signed
from syncs.models import Record, State

Key = tuple[str, str, str]  # kind, the ledger's vendor, number without regard to case


@dataclasses.dataclass(frozen=True)
class Standing:
    """One document of ours, and the one that people posted under its number."""

    record: Record
    typed: TypedByHand
    total: Decimal  # of the ledger's, signed
    adopting: bool  # its flow does

    @property
    def url(self) -> str:
        return str(self.typed.document.get("url") or "")

    @property
    def equal(self) -> bool:
        """In amount and currency; as when it is carried."""
        there = str(self.typed.document.get("currency") or "")
        ours = str(self.record.coded.get("currency") or "")
        return (self.record.amount, ours) == (self.total, there)

    @property
    def adopted(self) -> bool:
        return self.adopting and self.equal

    @property
    def outcome(self) -> str:
        """In a sentence."""
        if self.adopted:
            return "It is adopted: nothing is posted."
        if not self.equal:
            return "It is held: the amounts differ, and a person decides."
        return "It is held: its flow adopts nothing, and a person decides."


def standing(integration: Integration) -> list[Standing]:
    """Of documents in shadow mode, by number."""
    there = by_number(integration)
    if not there:
        return []
    adopting = set(integration.flows.filter(adopt=True).values_list("flow", flat=True))
    found = [
        Standing(record, typed, signed(typed), record.flow in adopting)
        for record in noted(integration)
        for typed in there.get(key_of(record), ())
    ]
    return sorted(found, key=lambda one: (one.adopted, one.record.number, one.record.pk))


def by_number(integration: Integration) -> dict[Key, list[TypedByHand]]:
    """What people posted in the ledger, as its lists were read last."""
    found: dict[Key, list[TypedByHand]] = {}
    rows = TypedByHand.objects.filter(system=integration.ledger_id, kind__in=KINDS)
    for row in rows.iterator(chunk_size=CHUNK):
        if number := str(row.document.get("external_number") or ""):
            vendor = str(row.document.get("vendor") or "")
            found.setdefault((row.kind, vendor, number.casefold()), []).append(row)
    return found


def noted(integration: Integration) -> Iterator[Record]:
    """In shadow mode and coded as what can bear the same number."""
    rows = Record.objects.filter(
        integration=integration, state=State.HELD, in_shadow=True, coded__kind__in=KINDS
    )
    yield from rows.iterator(chunk_size=CHUNK)


def key_of(record: Record) -> Key:
    coded = record.coded
    number = str(coded.get("number") or "")
    return str(coded["kind"]), str(coded.get("vendor") or ""), number.casefold()
