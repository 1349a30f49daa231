"""The record list with very many records: pages, filters and search, through the whole admin."""

from __future__ import annotations

import itertools
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from syncs.models import Record, State
from tests.bench.figure import Figure, median
from tests.bench.scene import browser, seconds
from tests.syncs_admin.story import company

GOAL = 300  # milliseconds
TIMES = 5
# Columns that differ from row to row, as PostgreSQL makes them out of the number n.
COLUMNS = {
    "source_id": "'s' || n", "number": "'INV-' || lpad(n::text, 7, '0')",
    "natural_key": "'v' || n", "destination_number": "'PI-' || lpad(n::text, 7, '0')",
    "destination_id": "md5(n::text)", "scope": "(n % 40)::text",
    "project": "'24-' || lpad((n % 40)::text, 3, '0')", "project_name": "'Project ' || n % 40",
    "vendor_name": "'Vendor ' || lpad((n % 700)::text, 4, '0')", "amount": "n % 90000 + 0.25",
    "flow": "(ARRAY['requisitions','direct_costs','subcontracts'])[1 + n % 3]",
    "state": "CASE WHEN n % 100 = 0 THEN 'held' WHEN n % 50 = 1 THEN 'skipped' ELSE 'posted' END",
    "reason": "CASE WHEN n % 100 = 0 THEN 'missing_mapping' ELSE '' END",
    "document_date": "date '2026-11-20' - n % 1500",
    "created_at": "now() - n * interval '1 minute'",
    "changed_at": "now() - n * interval '1 minute'",
    "source": "jsonb_build_object('lines', repeat(md5(n::text), 16))",
}  # fmt: skip
PAGES: dict[str, dict[str, Any]] = {
    "list, first page": {},
    "list, page 150": {"p": 150},
    "list by vendor": {"o": "4"},
    "list by amount": {"o": "-5"},
    "filter: held": {"state__exact": "held"},
    "filter: posted of one flow": {"state__exact": "posted", "flow": "direct_costs"},
    "filter: reason": {"reason__exact": "missing_mapping"},
    "filter: project": {"project": "24-017"},
    "filter: vendor": {"vendor": "vendor 0123"},
    "filter: project and held": {"project": "24-020", "state__exact": "held"},
    "filter: amount": {"amount_from": "500", "amount_to": "510"},
    "filter: document date": {"document_date_from": "2026-11-01", "document_date_to": "2026-11-02"},
    "filter: nothing found": {"project": "99-999"},
    "search: number": {"q": "INV-0004711"},
    "search: ledger's number": {"q": "pi-0000815"},
    "search: many found": {"q": "INV"},
    "search: nothing found": {"q": "nowhere"},
}


def measure(full: bool) -> list[Figure]:
    count = 1_000_000 if full else 100_000
    fill(count)
    client = browser()
    figures = [page(client, name, query) for name, query in PAGES.items()]
    figures.append(one_record(client))
    return [Figure("records", count), *figures]


def fill(count: int) -> None:
    """Copies of one record, made by the database itself."""
    model = Record(integration=company(), flow="x", source_id="0", state=State.POSTED)
    model.save()
    names = [field.attname for field in Record._meta.concrete_fields if field.name != "id"]
    values = ", ".join(COLUMNS.get(name, f'r."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO syncs_record ({columns}) SELECT {values} "  # noqa: S608
            f"FROM syncs_record r, generate_series(1, {count}) n"
        )
        cursor.execute("VACUUM ANALYZE syncs_record")


def page(client: Client, name: str, query: dict[str, Any]) -> Figure:
    address = reverse("admin:syncs_record_changelist")
    return Figure(name, milliseconds(client, address, query), "ms", GOAL)


def one_record(client: Client) -> Figure:
    """The page of a record, from a link."""
    pk = Record.objects.order_by("-id").values_list("pk", flat=True)[0]
    address = reverse("admin:syncs_record_change", args=[pk])
    return Figure("record page", milliseconds(client, address, {}), "ms", GOAL)


def milliseconds(client: Client, address: str, query: dict[str, Any]) -> float:
    """The median of a few; the first, with everything cold, is left out."""
    times = []
    for _ in itertools.repeat(None, TIMES + 1):
        took, answer = seconds(lambda: client.get(address, query))
        if answer.status_code != 200:
            raise RuntimeError(f"{address} {query} answered {answer.status_code}")
        times.append(took * 1000)
    return median(times[1:])
