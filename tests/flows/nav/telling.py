"""What the stories of NAV and Procore tell."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connections.documents import Hint
from mappings.lookup import Lookup
from mappings.models import ProjectLink, Reference, VendorLink
from syncs.ingest.noting import note_batch
from syncs.models import Record
from tests.story import Company, run_queue

JOB = "P-1044"


def a_line(nav: Company, cost: str = "100.00", quantity: str = "1", kind: str = "M") -> Any:
    """A line as the mapping tables would code it."""
    link = ProjectLink.objects.get(project_number=JOB)
    coding = Lookup(nav.integration).code(code(nav), kind, link)
    assert coding
    return {
        "account": coding.account, "quantity": quantity, "cost": cost,
        "description": "Rebar, 12 mm", "dimensions": coding.dimensions,
    }  # fmt: skip


def code(nav: Company) -> str:
    book = Lookup(nav.integration)
    rows = Reference.objects.filter(
        connection=nav.integration.project_system, kind="cost_code"
    ).order_by("code")  # fmt: skip
    return next(
        row.code for row in rows
        if row.code.startswith("03-") and book.rule_for(row.code, "M", JOB)
    )  # fmt: skip


def vendor(nav: Company) -> str:
    """One that is kept in dollars."""
    local = Reference.objects.filter(
        connection=nav.integration.ledger, kind="vendor", data__currency__in=["", "USD"]
    ).values("code")  # fmt: skip
    return VendorLink.objects.filter(ledger_number__in=local).order_by("pk")[0].ledger_number


def by_hand(nav: Company, verb: str, **facts: Any) -> Any:
    """What somebody does in NAV."""
    return nav.ledger(f"business_central/{verb}", facts)


def an_order(nav: Company, *lines: Any, **facts: Any) -> Any:
    wanted = list(lines) or [a_line(nav)]
    return by_hand(nav, "type_order", **{"vendorNumber": vendor(nav), "lines": wanted, **facts})


def a_cost(nav: Company, external: str, *lines: Any, **facts: Any) -> Any:
    """An invoice without an order."""
    wanted = list(lines) or [a_line(nav)]
    given = {"vendorNumber": vendor(nav), "external": external, "lines": wanted}
    return by_hand(nav, "type_cost", **{**given, **facts})


def heard(nav: Company, flow: str, row: dict[str, Any]) -> Record:
    """NAV says that it changed, the worker runs, and this is where it ended."""
    nav.poll(flow)
    note_batch(nav.integration, flow, [Hint(key(nav, flow, row))], "webhook")
    run_queue()
    return record(nav, flow, row)


def key(nav: Company, flow: str, row: dict[str, Any]) -> str:
    """The id by which we know what NAV calls by this id or number."""
    found = Record.objects.filter(integration=nav.integration, flow=flow)
    named = found.filter(source_id=row["id"]) | found.filter(number=row["number"])
    known = named.first() or found.filter(source_id__endswith=row["number"]).first()
    assert known, f"{flow} has no record of {row}"
    return known.source_id


def record(nav: Company, flow: str, row: dict[str, Any]) -> Record:
    return Record.objects.get(
        integration=nav.integration, flow=flow, source_id=key(nav, flow, row), revision=1
    )


def in_procore(nav: Company, collection: str, found: Record) -> dict[str, Any]:
    """The document as Procore itself tells it."""
    rows = nav.procore("procore/totals")["collections"][collection]["ids"]
    return next(row for row in rows if str(row["id"]) == found.destination_id)


def how_many(nav: Company, collection: str, origin: str) -> int:
    rows = nav.procore("procore/totals")["collections"][collection]["ids"]
    return sum(row["origin_id"] == origin for row in rows)


def worth(row: dict[str, Any]) -> Decimal:
    return Decimal(row.get("gross") or row["amount"])
