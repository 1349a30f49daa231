"""Where finance's choices would book the same cost twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncs.flow import Flow
from syncs.models import FlowSettings
from syncs.registry import REGISTRY

Booking = FlowSettings.Booking
INVOICES = (Booking.INVOICE_POSTED, Booking.INVOICE_DRAFT)
COSTS = (*INVOICES, Booking.JOURNAL)
COMMITMENTS = ("purchase_order", "subcontract", "commitment_change_order")
BILLINGS = ("requisition",)


def flow_of(settings: FlowSettings) -> Flow | None:
    return REGISTRY.get(settings.integration.key, {}).get(settings.flow)


def choices(settings: FlowSettings) -> list[tuple[str, str]]:
    """What this flow can be booked as; empty when there is nothing to choose."""
    flow = flow_of(settings)
    return [(name, flow.booking(name)) for name in flow.bookings] if flow else []


def chosen(settings: FlowSettings) -> str:
    """As what it is booked, in words; empty where there is nothing to choose."""
    flow = flow_of(settings)
    if flow is None or not settings.booking:
        return str(settings.get_booking_display())
    return flow.booking(settings.booking)


def warnings(settings: FlowSettings, others: Iterable[FlowSettings]) -> list[str]:
    """A commitment booked as a cost, while its billings are booked as costs too."""
    rows = [row for row in others if row.pk != settings.pk and row.enabled]
    if not settings.enabled:
        return []
    return [
        f"The same cost would be booked twice: {label(pair[0])} as "
        f"“{chosen(pair[0])}”, and {label(pair[1])}, which bill them, as "
        f"“{chosen(pair[1])}”. Book commitments as journal lines between the "
        "commitment accounts, as a purchase order, or not at all."
        for pair in [*pairs([settings], rows), *pairs(rows, [settings])]
    ]


def pairs(
    commitments: Sequence[FlowSettings], billings: Sequence[FlowSettings]
) -> list[tuple[FlowSettings, FlowSettings]]:
    booked = [row for row in commitments if kind(row) in COMMITMENTS and row.booking in INVOICES]
    billed = [row for row in billings if kind(row) in BILLINGS and row.booking in COSTS]
    return [(one, other) for one in booked for other in billed]


def kind(settings: FlowSettings) -> str:
    return str(getattr(flow_of(settings), "kind", ""))


def label(settings: FlowSettings) -> str:
    flow = flow_of(settings)
    return flow.label if flow else settings.label
