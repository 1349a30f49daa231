"""The billing period of an invoice (developers.procore.com/documentation/tutorial-requisitions)."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
from collections.abc import Sequence

from connections.documents import Document
from connections.errors import NeedsPerson, Reason
from connections.pages import moments
from connections.vendors.procore import links
from connections.vendors.procore.refusals import begun, place, plainly, what
from connections.vendors.procore.values import Row, day, key, word
from connections.vendors.procore.wire import Wire

PAGE = 100
ONE_DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Period:
    id: str
    first: dt.date
    last: dt.date
    open: bool


def period_for(client: Wire, document: Document, about: str) -> Period:
    """The open one that covers its date; the calendar month is made where none does."""
    if document.date is None:
        raise NeedsPerson(Reason.MISSING_DATE, begun(f"{what(document)} has no date."))
    on = document.date
    known = periods(client, document.project.id)
    covering = [one for one in known if one.first <= on <= one.last]
    if covering:
        return next((one for one in covering if one.open), None) or closed(
            client, document, covering[0]
        )
    return create(client, document, *month(on, known), about)


def closed(client: Wire, document: Document, period: Period) -> Period:
    raise NeedsPerson(
        Reason.BILLING_PERIOD,
        begun(what(document)) + f" is dated {moments.day(document.date)}, and the billing period "
        f"{moments.day(period.first)} to {moments.day(period.last)} of project {place(document)} "
        "is closed in Procore. Open it there (Invoicing, Billing Periods), then replay.",
        there=links.tool(client.connection, document.project.id, "billing periods"),
        opens="the billing periods",
    )


def periods(client: Wire, project_id: str) -> list[Period]:
    """Read once in the life of a client."""

    def read() -> list[Period]:
        path = f"/rest/v1.0/projects/{project_id}/billing_periods"
        found = [period(row) for row in client.rows(path, per_page=PAGE)]
        return [one for one in found if one]

    return client.once(("periods", project_id), read)


def period(row: Row) -> Period | None:
    first, last = day(row.get("start_date")), day(row.get("end_date"))
    if first is None or last is None:
        return None
    return Period(key(row.get("id")), first, last, word(row.get("status")) != "closed")


def month(on: dt.date, known: Sequence[Period]) -> tuple[dt.date, dt.date]:
    """The calendar month, cut where other periods reach into it."""
    last_day = calendar.monthrange(on.year, on.month)[1]
    before = [one.last + ONE_DAY for one in known if one.last < on]
    after = [one.first - ONE_DAY for one in known if one.first > on]
    return max(on.replace(day=1), *before, dt.date.min), min(
        on.replace(day=last_day), *after, dt.date.max
    )


def create(client: Wire, document: Document, first: dt.date, last: dt.date, about: str) -> Period:
    """A lost answer does no harm: the next look finds it by its dates."""
    project_id = document.project.id
    fields = {"start_date": first, "end_date": last, "due_date": last, "status": "open"}
    path = f"/rest/v1.0/projects/{project_id}/billing_periods"
    with plainly(document, creating=True):
        answer = client.write("POST", path, {"billing_period": fields}, about=about)
    client.forget("periods", project_id)
    row: Row = answer.data if isinstance(answer.data, dict) else {}
    return period(row) or period_for(client, document, about)
