"""Whose rules count for what follows a contract: those of the contract's day.

A change order, what a billing takes off and what is never billed stand on the memo accounts on
which the contract stands, also where another account counts by their own day: else nothing there
would ever come to zero.
"""

from __future__ import annotations

import datetime as dt

from connections.documents import CLOSING, RELIEF, Document
from syncs.flow import Context
from syncs.flows.twice import CONTRACTS, ORDERS, named
from syncs.models import FlowSettings, Record

Booking = FlowSettings.Booking


def ruled_on(context: Context, document: Document) -> dt.date | None:
    """Its own date, unless it is booked where its contract stands."""
    on_memo = document.kind in ORDERS and context.settings.booking == Booking.JOURNAL
    if not (on_memo or document.kind in (RELIEF, CLOSING)) or not document.contract_id:
        return document.date
    return contract_day(context, document.contract_id) or document.date


def contract_day(context: Context, contract_id: str) -> dt.date | None:
    """Of the contract; where no flow of ours reads it, of its first change order that stands."""
    rows = Record.objects.filter(integration=context.integration, revision=1)
    contract = rows.filter(flow__in=named(context, CONTRACTS), source_id=contract_id)
    if row := contract.only("document_date").first():
        return row.document_date
    orders = rows.filter(
        flow__in=named(context, ORDERS), standing_source__contract_id=contract_id
    ).exclude(posted_digest="")
    first = orders.only("document_date").order_by("posted_at", "pk").first()
    return first.document_date if first else None
