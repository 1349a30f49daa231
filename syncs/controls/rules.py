"""The controls that finance sets on a flow: what loosens them, and what they hold meanwhile.

Nobody loosens a control alone, unless the site runs with one person (ONE_PERSON_OPERATION). Then it
is done at once and alerts, and what was held under the control stays held until it is approved.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connections.errors import Reason
from syncs.coding.snapshot import MUST_BE_APPROVED
from syncs.controls import bands
from syncs.models import FlowSettings, Record, State
from syncs.record import RecordQuerySet

Booking = FlowSettings.Booking
Looser = Callable[[Any, Any], bool]
LESS_BOOKED = {
    "": 0, Booking.NOTHING: 0,
    Booking.INVOICE_DRAFT: 1, Booking.PURCHASE_ORDER: 1, Booking.COMMITMENT_SUBMITTED: 1,
}  # fmt: skip
POSTED = 2


def switched_off(was: bool, becomes: bool) -> bool:
    return was and not becomes


def raised(was: Decimal | None, becomes: Decimal | None) -> bool:
    """No limit is the highest."""
    return was is not None and (becomes is None or becomes > was)


def no_longer(value: str) -> Looser:
    return lambda was, becomes: was == value != becomes


def books_otherwise(was: str, becomes: str) -> bool:
    """Less is no loosening: a draft instead of a posted document, nothing instead of a draft."""
    return was != becomes and rank(becomes) >= rank(was) and rank(becomes) > 0


def rank(booking: str) -> int:
    return LESS_BOOKED.get(booking, POSTED)


LOOSER: dict[str, Looser] = {
    "needs_approval": switched_off,
    "approval_bands": bands.looser,
    "amount_limit": raised,
    "rounding_threshold": raised,
    "period_rule": no_longer(FlowSettings.PeriodRule.HOLD),
    "unstated_tax": no_longer(FlowSettings.UnstatedTax.HOLD),
    "exactly_as_sent": switched_off,
    "executed_only": switched_off,
    "void_rule": no_longer(FlowSettings.VoidRule.HOLD),
    "when_closed": lambda was, becomes: was != becomes == FlowSettings.ClosedRule.FREE,
    "booking": books_otherwise,
    "stopped": switched_off,
    "shadow": switched_off,
    "live_projects": lambda was, becomes: bool(set(becomes) - set(was)),
}
HOLDS = {  # before anything was posted
    "needs_approval": Reason.NEEDS_APPROVAL, "approval_bands": Reason.NEEDS_APPROVAL,
    "amount_limit": Reason.OVER_LIMIT,
    "rounding_threshold": Reason.DOES_NOT_FOOT, "period_rule": Reason.PERIOD_CLOSED,
    "unstated_tax": Reason.TAX, "exactly_as_sent": Reason.DIFFERS,
}  # fmt: skip


def loosens(field: str, was: Any, becomes: Any) -> bool:
    return field in LOOSER and LOOSER[field](was, becomes)


def in_use(settings: FlowSettings) -> bool:
    """A flow that never carried a document is still being set up."""
    return Record.objects.filter(integration=settings.integration_id, flow=settings.flow).exists()


def keep_held(settings: FlowSettings, field: str) -> int:
    """What the control holds now is held until a person approves it. Returns how many."""
    return held_by(settings, field).change(approved_digest=MUST_BE_APPROVED)


def held_by(settings: FlowSettings, field: str) -> RecordQuerySet:
    """What the control holds, before anything of it was posted."""
    if field not in HOLDS:
        return Record.objects.none()
    return Record.objects.filter(
        integration=settings.integration_id, flow=settings.flow, state=State.HELD,
        reason=HOLDS[field], posted_digest="",
    )  # fmt: skip
