"""A month that is over, in the tables: what its page and its close are told about."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from connections.errors import Reason
from connections.models import Integration
from connections.transport.days import today
from syncs.balance import refresh
from syncs.balance.rows import BalanceReading, CellPart
from syncs.closing import documents, follow
from syncs.closing.rows import Period, PeriodClose
from syncs.models import Record, Run, State
from tests.syncs_admin import story

LAST = (today().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
DAY = LAST.replace(day=16)
CLOSES = ("syncs.view_period", "syncs.close_period", "syncs.reopen_period", "syncs.view_record",
          "syncs.export_record", "syncs.view_controlchange", "syncs.read_again_cell")  # fmt: skip
LIST = "/syncs/period/"
CAUSES = {
    State.POSTED: "", State.HELD: "held", State.SKIPPED: "skipped", State.SET_ASIDE: "set_aside",
    State.PENDING: "waiting", State.IN_DOUBT: "waiting",
}  # fmt: skip
AGREES = ("syncs.view_period", "syncs.view_controlchange", "syncs.agree_controlchange")


def document(integration: Integration, number: str, amount: str, **facts: Any) -> Record:
    """Posted in the month unless said otherwise; with what it comes to on both sides."""
    stands = {
        "state": State.POSTED, "posted_digest": "p", "destination_number": f"PI-{number}",
        "destination_id": f"id-{number}", "destination_status": "posted",
        "posted_at": timezone.now(), "read_back_at": timezone.now(),
    }  # fmt: skip
    given = {"amount": Decimal(amount), "document_date": DAY, "number": number, **facts}
    if "state" not in facts:
        given = {**stands, **given}
    record = story.record(integration, **given)
    there = amount if record.state == State.POSTED else "0.00"
    part(
        integration, amount, there, record=record, number=number, cause=CAUSES[State(record.state)]
    )
    return record


def held(integration: Integration, number: str, amount: str, **facts: Any) -> Record:
    return document(
        integration, number, amount, state=State.HELD, reason=Reason.MISSING_MAPPING,
        sentence="Cost code 31-100 has no account.", **facts,
    )  # fmt: skip


def part(integration: Integration, in_projects: str, in_ledger: str, **facts: Any) -> CellPart:
    given = {
        "book": "cost", "project": "24-017", "cost_code": "03-300", "vendor": "V00010",
        "vendor_name": "Acme Concrete", "period": LAST, "document_date": DAY, **facts,
    }  # fmt: skip
    place = "-".join(str(given[name]) for name in ("book", "project", "cost_code", "period"))
    cell = hashlib.md5(place.encode(), usedforsecurity=False).hexdigest()
    return CellPart.objects.create(
        integration=integration, cell=cell, in_projects=Decimal(in_projects),
        in_ledger=Decimal(in_ledger), **given,
    )  # fmt: skip


def typed(integration: Integration, number: str, amount: str) -> CellPart:
    """A bookkeeper's own invoice, as the ledger's list showed it."""
    from syncs.models import TypedByHand

    row = TypedByHand.objects.create(
        system=integration.ledger, kind="purchase_invoice", remote_id=number, number=number,
        listed_in=f"{LAST:%Y-%m}", stamp="1",
    )  # fmt: skip
    return part(integration, "0.00", amount, typed=row, cause="in_ledger", number=number,
                ledger_number=f"PI-{number}", why="The ledger lists it.")  # fmt: skip


def polled(integration: Integration) -> None:
    """Each source was listed, just now."""
    for flow in documents.flows(integration):
        Run.objects.create(integration=integration, flow=flow, kind="poll", ok=True,
                           ended_at=timezone.now())  # fmt: skip


def read(integration: Integration, **facts: Any) -> Period | None:
    """Both sides, as a worker leaves it, and the months after it."""
    refresh.add_up(integration.pk)
    given = {"as_of": timezone.now(), "whole": True, "untold": [], "left": [], **facts}
    reading, _ = BalanceReading.objects.update_or_create(integration=integration, defaults=given)
    follow.bring_up(integration, reading)
    return Period.objects.filter(integration=integration, month=LAST).first()


def clear() -> Period:
    """All of the month is posted, and everything was read."""
    integration = story.company()
    document(integration, "INV-1", "1000.00")
    document(integration, "INV-2", "-250.50")
    polled(integration)
    period = read(integration)
    assert period is not None
    return period


# -- in the admin ---------------------------------------------------------------------------------


def page(client: Client, period: Period, query: str = "") -> str:
    answer = client.get(f"{LIST}{period.pk}/change/{query}")
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def do(client: Client, period: Period, verb: str, **data: str) -> str:
    """A button, and the page that follows."""
    answer = client.post(f"{LIST}{period.pk}/do/{verb}/", data, follow=True)
    assert answer.status_code == 200, answer.status_code
    text: str = answer.content.decode()
    return text


def closed(client: Client, period: Period, note: str = "") -> PeriodClose:
    said = do(client, period, "close", note=note)
    made = period.closes.filter(reopened_at=None).first()
    assert made is not None, said
    return made


def section(text: str, name: str) -> str:
    """The part of the page with this id."""
    return text.partition(f'id="{name}"')[2].partition("</section>")[0]
