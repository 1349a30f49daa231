"""A vendor that we sent is renamed in Procore, and Procore tells so."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from connections.documents import Hint
from connections.errors import Reason
from mappings.models import VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Record, State
from tests.flows import telling
from tests.flows.telling import knock, notice
from tests.story import Company

WRONG = "Renamed by Somebody in the Field"


def a_sent_vendor(company: Company) -> Record:
    """One that stands over there under the ledger's name, sent by us."""
    link = VendorLink.objects.filter(integration=company.integration).order_by("pk")[0]
    note_batch(company.integration, "vendors", [Hint(link.ledger_number)], "poll")
    company.the_worker_runs()
    record = Record.objects.get(flow="vendors", source_id=link.ledger_number)
    assert record.state == State.POSTED, record.sentence
    assert name_there(company, record) == record.title
    return record


def renames(company: Company, record: Record, name: str = WRONG) -> None:
    """Somebody in the field does; what it was called before is the ledger's name."""
    company.procore(f"procore/vendors/{record.destination_id}", {"name": name}, "PATCH")


def name_there(company: Company, record: Record) -> str:
    rows: list[dict[str, Any]] = company.procore("procore/vendors")
    return next(str(row["name"]) for row in rows if str(row["id"]) == record.destination_id)


def told(company: Company, record: Record, at: dt.datetime | None = None) -> Record:
    tells(company, record.destination_id, at)
    record.refresh_from_db()
    return record


def tells(company: Company, key: str, at: dt.datetime | None = None) -> None:
    """Procore's notice of an update of that vendor comes in, and the worker runs."""
    standing = company.integration.project_system.subscriptions.filter(scope="company")
    body = notice(
        company, {"id": int(key)}, resource_name="Company Vendors", event_type="update",
        project_id=None, timestamp=(at or timezone.now()).isoformat(),
    )  # fmt: skip
    door = standing.first() or telling.procore_calls(company, "company")
    assert knock(company, door, body).status_code == 200
    company.the_worker_runs()


def writes(company: Company) -> int:
    """How many times vendors were written since the requests were forgotten."""
    counted = telling.requests_to(company, "procore")
    return sum(count for name, count in counted.items() if "vendors/sync" in name)


def a_new_name_is_put_back_at_once(company: Company) -> None:
    record = a_sent_vendor(company)
    was = name_there(company, record)
    renames(company, record)
    telling.forget_requests(company)
    record = told(company, record)
    assert name_there(company, record) == was
    assert (record.state, record.title) == (State.POSTED, was), record.sentence
    assert writes(company) == 1


def the_echo_writes_nothing(company: Company) -> None:
    """Also where the notice of our own write bears a later moment than our look at it."""
    record = a_sent_vendor(company)
    renames(company, record)
    record = told(company, record)
    telling.forget_requests(company)
    read_back = record.read_back_at
    assert read_back
    record = told(company, record, at=read_back)
    assert not telling.requests_to(company, "procore"), "what we caused is recognised by its time"
    later = timezone.now() + dt.timedelta(minutes=3)
    record = told(company, record, at=later)
    assert record.state == State.POSTED, record.sentence
    assert (writes(company), name_there(company, record)) == (0, record.title)


def nothing_is_put_back_in_shadow_mode(company: Company) -> None:
    record = a_sent_vendor(company)
    was = name_there(company, record)
    company.settings("vendors", shadow=True)
    renames(company, record)
    record = told(company, record)
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW)
    assert name_there(company, record) == WRONG
    company.settings("vendors", shadow=False)
    assert telling.again(company, record).state == State.POSTED
    assert name_there(company, record) == was
