"""The one place through which a record's writes to another system pass.

Every write passes the same gates in the same order: the brake, shadow mode, what finance chose not
to book, what an approver sent back, approval, the amount limit. Only then the record says that a
write is about to be sent; it holds the natural key, alone; and when the other system has answered,
that nothing is in doubt. The resolver and the paths of what has gone at the source pass here, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cached_property
from typing import Any

from connections.errors import NotForOtherSide, Reason, RetryLater
from mappings.reference import Reference
from syncs import formatting
from syncs.coding.shapes import Kept, pack
from syncs.coding.snapshot import MUST_BE_APPROVED, entry_digest
from syncs.controls.bands import Band, Who, approves, band_of, strictest
from syncs.flow import Context
from syncs.models import FlowSettings, Record
from syncs.pipelines.engine import GateShut, check_brake


@dataclasses.dataclass(frozen=True)
class Intent:
    """What is about to stand in the other system.

    `entry` is what a person reads and approves; `digest` proves of which state of the source it is
    made; `key` is the natural key, which one record of an integration may hold.
    """

    entry: Kept
    digest: str = ""
    key: str = ""
    worth: Decimal | None = None  # for the amount limit; None: it moves no money
    words: str = "it"  # what would be written, for sentences
    ask: str = ""  # why a person has to agree, whatever finance chose

    @cached_property
    def packed(self) -> dict[str, Any]:
        return pack(self.entry)


@contextmanager
def write(
    context: Context, record: Record, intent: Intent, *, kept: Kept | None = None,
    to_be_read: bool = False,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Around the one request that makes a thing. Fill the dictionary with what then is known of it.

    `kept`: what the record keeps meanwhile, where that is not the entry. A lost answer leaves the
    record in doubt, and so does a part that was carried out; `to_be_read`: any answer does, until
    what stands was read back. Raises GateShut, KeyTaken, NotForOtherSide, Stopped.
    """
    pass_gates(context, record, intent)
    record.begin_write(intent.digest, intent.packed if kept is None else pack(kept), intent.key)
    facts: dict[str, Any] = {}
    before = context.journal.carried_out
    try:
        yield facts
    except RetryLater:  # not carried out for now; where a part was, it is looked up first
        if context.journal.carried_out == before:
            record.end_write()
        raise
    if to_be_read:
        record.keep(**facts)
    else:
        record.end_write(**facts)


@contextmanager
def write_again(context: Context, record: Record, intent: Intent) -> Iterator[None]:
    """Around what may be sent twice without harm: a lost answer leaves no doubt behind."""
    pass_gates(context, record, intent)
    record.keep()
    yield


@contextmanager
def tell(context: Context, record: Record, words: str) -> Iterator[None]:
    """Around what only tells people how things are: it needs no approval, but no brake stops it
    less than another write."""
    settings = context.settings_now()
    check_brake(settings)
    check_shadow(settings, record, words)
    record.keep()
    yield


def pass_gates(context: Context, record: Record, intent: Intent) -> None:
    """With finance's choices as they are this moment. What waits for a person is kept to read."""
    check(context.settings_now(), record, intent)
    if record.sent_back:
        record.remember(sent_back={})  # a person approved exactly this after all


def review(context: Context, record: Record, intent: Intent) -> None:
    """The same gates before anybody is asked about it, so that nothing is looked up in vain."""
    check(context.settings, record, intent)


def check(settings: FlowSettings, record: Record, intent: Intent) -> None:
    try:
        check_brake(settings)
        check_shadow(settings, record, intent.words)
        check_booking(settings)
        check_refusal(record, intent)
        check_approval(settings, record, intent)
    except GateShut as shut:
        takes = shut.detail.get("who", record.approval_takes)
        given = record.given(entry_digest(intent.packed))
        record.keep(proposed=intent.packed, approval_takes=takes, approvals=given)
        raise
    if record.approval_takes:
        record.remember(approval_takes="")


def check_shadow(settings: FlowSettings, record: Record, words: str) -> None:
    """Shadow mode may be over for some projects."""
    if settings.in_shadow(record.project):
        sentence = f"Shadow mode: {words} would be written as shown. Nothing was sent."
        raise GateShut(Reason.SHADOW, sentence)


def check_booking(settings: FlowSettings) -> None:
    if settings.booking == FlowSettings.Booking.NOTHING:
        raise NotForOtherSide("Finance chose to track this flow without booking it.")


def check_refusal(record: Record, intent: Intent) -> None:
    """An approver said no to exactly this, whatever else the flow asks for by now."""
    if refusal := record.refusal(intent.packed):
        raise GateShut(Reason.SENT_BACK, refusal)


def check_approval(settings: FlowSettings, record: Record, intent: Intent) -> None:
    """Of exactly this entry, by as many as its amount takes."""
    amount = amount_of(record, intent) if settings.approval_bands else None
    band = band_of(settings.approval_bands, amount) if settings.needs_approval else None
    shut = asked_for(settings, record, intent, band, amount)
    if shut is None:
        return
    if not record.is_approved(entry_digest(intent.packed), Who(str(shut.detail["who"]))):
        raise shut


def asked_for(
    settings: FlowSettings,
    record: Record,
    intent: Intent,
    band: Band | None,
    amount: Decimal | None,
) -> GateShut | None:
    """Why it takes an approval, and whose; None where it takes none."""
    least = strictest(Who.ONE, band.who) if band else Who.ONE
    if record.sent_back:
        return after_all(record, intent, least)
    if intent.ask:
        return GateShut(Reason.NEEDS_APPROVAL, intent.ask, asked="rule", who=least.value)
    if record.approved_digest == MUST_BE_APPROVED:
        held_for = strictest(least, Who(record.approval_takes or Who.ONE))
        return GateShut(
            Reason.NEEDS_APPROVAL,
            "One person loosened what it was held for: it still takes "
            f"{'a person' if held_for == Who.ONE else held_for.label} to approve {intent.words}.",
            asked="loosened", who=held_for.value,
        )  # fmt: skip
    if band and band.who != Who.NOBODY:
        why = band.why(amount) if settings.approval_bands else "A second person has to approve"
        return GateShut(Reason.NEEDS_APPROVAL, f"{why} {intent.words}.", who=band.who.value)
    limit, worth = settings.amount_limit, abs(intent.worth or Decimal(0))
    if limit is not None and worth > limit:
        return GateShut(
            Reason.OVER_LIMIT,
            f"{worth:,.2f} is over the limit of {limit:,.2f}: a second person has to approve "
            f"{intent.words}.", who=Who.ONE.value,
        )  # fmt: skip
    return None


def after_all(record: Record, intent: Intent, least: Who) -> GateShut:
    """Sent back once, it takes an approval also where its flow asks for none by now."""
    if record.approved_digest == MUST_BE_APPROVED:
        least = strictest(least, Who(record.approval_takes or Who.ONE))
    why = intent.ask or f"{approves(least).capitalize()} {intent.words}."
    said = f"{record.after_refusal(intent.packed)} {why}"
    return GateShut(Reason.NEEDS_APPROVAL, said, asked="sent_back", who=least.value)


def amount_of(record: Record, intent: Intent) -> Decimal | None:
    """What the bands judge it by: without its sign, in the company's own currency; None where that
    is not known. A difference counts as much as its whole document, where that is more."""
    if intent.worth is None or is_foreign(record, intent):
        return None
    if record.revision == 1:
        return abs(intent.worth)
    whole = formatting.decimal(record.source.get("total"))
    return None if whole is None else max(abs(intent.worth), abs(whole))


def is_foreign(record: Record, intent: Intent) -> bool:
    """Entries of a ledger are in its own currency where they name none."""
    currency = getattr(intent.entry, "currency", record.currency)
    return bool(currency) and currency != own_currency(record)


def own_currency(record: Record) -> str:
    window = Reference.Kind.WINDOW
    ledger = record.integration.ledger_id
    rows = Reference.objects.filter(connection=ledger, kind=window, gone_at=None)
    data = rows.values_list("data", flat=True).first() or {}
    return str(data.get("currency") or "")
