"""The admin with very many records and lines of the journal: lists, filters, search, pages."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import journal
from audit.models import Entry
from connections.models import Integration
from syncs import sums
from syncs.balance import refresh
from syncs.balance.rows import BalanceReading, Cell, CellCause, CellPart
from syncs.closing import follow
from syncs.models import Delivery, Period, Record, Run, State
from tests.bench.figure import Figure, median
from tests.bench.scene import browser, cpu_seconds, seconds
from tests.syncs_admin.story import company

GOAL, RATIO = 300, 1.5  # milliseconds; against itself
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
    "source": "jsonb_build_object('text', repeat(md5(n::text), 16), 'lines', jsonb_build_array("
    "jsonb_build_object('cost_code', lpad((n % 97)::text, 2, '0') || '-300')))",
}  # fmt: skip
# The first thousand: each filter finds a page full among them, so that a page is held against
# one of as many rows, and the difference is the table's size.
FEW_COLUMNS = {
    **COLUMNS,
    "state": "CASE WHEN n % 8 = 0 THEN 'held' ELSE 'posted' END",
    "reason": "CASE WHEN n % 8 = 0 THEN 'missing_mapping' ELSE '' END",
    "project": "'24-' || (ARRAY['020','017'])[1 + n % 8 % 2]",
    "vendor_name": "'Vendor ' || lpad((120 + n % 8)::text, 4, '0')",
    "amount": "500.25 + n % 8",
    "document_date": "date '2026-11-02' - n % 8",
    "source": COLUMNS["source"].replace("n % 97", "n % 8"),
}
RUNS = {
    "flow": COLUMNS["flow"], "kind": "'poll'", "ok": "true",
    "started_at": "now() - n * interval '1 minute'", "ended_at": "now()",
}  # fmt: skip
DELIVERIES = {"received_at": "now() - n * interval '1 minute'", "state": "'unpacked'"}
LINES = {
    "sequence": "n + 1", "at": "now() - (8000000 - n) * interval '10 seconds'",
    "kind": "(ARRAY['noted','state','intent','outcome','read_back','state','run'])[1 + n % 7]",
    "integration": "'bc_procore'", "record": "n / 7", "sentence": "'About ' || n",
    "flow": COLUMNS["flow"], "hash": "md5(n::text) || md5((n + 1)::text)",
    "data": "jsonb_build_object('body', repeat(md5(n::text), 4))",
}  # fmt: skip
PAGES: dict[str, dict[str, Any]] = {
    "list, first page": {},
    "list, a late page": {"p": ""},
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
    "search: number": {"q": "INV-0000471"},
    "search: ledger's number": {"q": "pi-0000815"},
    "search: many found": {"q": "INV"},
    "search: vendor and amount": {"q": "vendor 0123 500.25"},
    "search: vendor with an accent": {"q": "vendór 0123"},
    "search: cost code": {"q": "03 300"},
    "search: nothing found": {"q": "nowhere"},
}


PARTS = {  # one in each cell
    "cell": "md5(n::text)", "project": COLUMNS["project"], "period": "(date_trunc('month', date "
    "'2026-11-20' - n % 1500))::date", "cost_code": "lpad((n % 97)::text, 2, '0') || '-300'",
    "vendor": "'V' || n % 700", "vendor_name": COLUMNS["vendor_name"],
    "in_projects": "n % 90000 + 0.25", "number": COLUMNS["number"],
    "in_ledger": "CASE WHEN n % 10 = 0 THEN 0 ELSE n % 90000 + 0.25 END",
    "cause": "CASE WHEN n % 20 = 0 THEN 'held' WHEN n % 20 = 10 THEN 'unapproved' ELSE '' END",
}  # fmt: skip
FEW_PARTS = {
    **PARTS,
    "project": FEW_COLUMNS["project"],
    "period": f"CASE WHEN n % 2 = 0 THEN date '2026-10-01' ELSE {PARTS['period']} END",
}
CELLS: dict[str, dict[str, Any]] = {
    "reconciliation": {},
    "reconciliation, a late page": {"p": ""},
    "reconciliation: one month": {"month": "2026-10"},
    "reconciliation: project": {"project": "24-017"},
    "reconciliation: cause": {"cause": "held"},
    "reconciliation: differences": {"differs": "only"},
}
JOURNAL: dict[str, dict[str, Any]] = {
    "journal": {},
    "journal, a late page": {"p": ""},
    "journal: one kind": {"kind__exact": "alert"},
    "journal: one flow": {"flow": "subcontracts"},
    "journal: a flow of old": {"flow": "of_old"},
    "journal: one integration": {"integration": "bc_procore"},
    "journal: an integration of old": {"integration": "of_old"},
    "journal: of one record": {"record": "471"},
    "journal: search": {"q": "471"},
}
LINES_EACH = 7
FEW = 1000
WAITING = 10_000  # held documents of the inbox


def measure(full: bool) -> list[Figure]:
    """Each page with a thousand records, then with very many; what it costs both processors."""
    many = 1_000_000 if full else 100_000
    integration, client = company(), browser()
    fill(integration, 1, FEW, FEW_COLUMNS, FEW_PARTS)
    few = pages(client, 15)
    fill(integration, FEW + 1, many, COLUMNS, PARTS)
    found = pages(client, 150)
    figures = [Figure("records", many), Figure("lines of the journal", many * LINES_EACH)]
    for name, took in found.items():
        figures.append(Figure(name, took, "ms", GOAL))
        figures.append(Figure("  against itself at 1,000", took / few[name], "×", RATIO))
    return figures + inbox(integration, client)


def inbox(integration: Integration, client: Client) -> list[Figure]:
    """What held documents miss: of a thousand, then of very many, a hundred codes each time."""
    address = reverse("admin:mappings_costcodemapping_unmapped")
    hold(integration, 0, FEW)
    few = milliseconds(client, address, {})
    hold(integration, FEW, WAITING)
    took = milliseconds(client, address, {})
    return [
        Figure(f"unmapped, {WAITING:,} held", took, "ms", GOAL),
        Figure("  against itself at 1,000", took / few, "×", RATIO),
    ]


def pages(client: Client, late: int) -> dict[str, float]:
    """Name -> milliseconds; `late` is a page far down the list."""
    records, lines = (reverse(f"admin:{name}_changelist")
                        for name in ("syncs_record", "audit_entry"))  # fmt: skip
    one = Record.objects.order_by("-id").values_list("pk", flat=True)[0]
    asked: list[tuple[str, str, dict[str, Any]]] = [("front page", reverse("admin:index"), {})]
    asked += [(name, records, query) for name, query in PAGES.items()]
    asked += [(name, lines, query) for name, query in JOURNAL.items()]
    asked += [(name, reverse("admin:syncs_cell_changelist"), query)
              for name, query in CELLS.items()]  # fmt: skip
    asked += [
        ("held by cause", reverse("admin:syncs_record_causes"), {}),
        (
            "cell",
            reverse("admin:syncs_cell_change", args=[Cell.objects.values_list("pk", flat=True)[0]]),
            {},
        ),
        ("months", reverse("admin:syncs_period_changelist"), {}),
        (
            "month",
            reverse(
                "admin:syncs_period_change", args=[Period.objects.values_list("pk", flat=True)[0]]
            ),
            {},
        ),
        ("record page", reverse("admin:syncs_record_change", args=[one]), {}),
        ("runs of one flow", reverse("admin:syncs_run_changelist"), {"flow": "subcontracts"}),
        ("deliveries", reverse("admin:syncs_delivery_changelist"), {}),
    ]
    return {
        name: milliseconds(client, address, {**query, "p": late} if "p" in query else query)
        for name, address, query in asked
    }


def fill(
    integration: Integration, first: int, last: int, columns: dict[str, str], parts: dict[str, str]
) -> None:
    """Copies of one record and lines about them, made by the database itself."""
    model = Record.objects.filter(source_id="model").first() or Record.objects.create(
        integration=integration, flow="x", source_id="model", state=State.POSTED
    )
    copy(model, columns, first, last)
    run = Run.objects.filter(kind="model").first() or Run.objects.create(
        integration=integration, flow="x", kind="model"
    )
    copy(run, RUNS, first, last)
    delivery = Delivery.objects.first() or Delivery.objects.create(body="{}")
    copy(delivery, DELIVERIES, first, last)
    line = Entry.objects.first() or journal.append(Entry.Kind.NOTED, "Noted.", integration="of_old",
                                                   flow="of_old")  # fmt: skip
    copy(line, LINES, first * LINES_EACH, last * LINES_EACH)
    part = CellPart.objects.filter(cell="model").first() or CellPart.objects.create(
        integration=integration, book="cost", cell="model", in_projects=0, in_ledger=0
    )
    copy(part, parts, first, last)
    told(integration)
    with connection.cursor() as cursor:
        for table in (Record, Run, Delivery, Entry, CellPart, Cell, CellCause):
            cursor.execute(f"VACUUM ANALYZE {table._meta.db_table}")


def told(integration: Integration) -> None:
    """The sums that pages read, as a worker leaves them."""
    sums.ask()
    refresh.add_up(integration.pk)
    reading, _ = BalanceReading.objects.update_or_create(
        integration=integration, defaults={"as_of": timezone.now(), "whole": True}
    )
    follow.bring_up(integration, reading)


def copy(model: Model, columns: dict[str, str], first: int, last: int) -> None:
    names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
    values = ", ".join(columns.get(name, f'r."{name}"') for name in names)
    listed, table = ", ".join(f'"{name}"' for name in names), model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({listed}) SELECT {values} "  # noqa: S608
            f"FROM {table} r, generate_series({first}, {last}) n WHERE r.id = {model.pk}"
        )


def hold(integration: Integration, first: int, last: int) -> None:
    """So many documents, each of which misses a cost code; a hundred codes in all."""
    problems = [
        [{"reason": "missing_mapping", "sentence": "…", "cost_code": f"{n % 100:02}-300",
          "cost_type": "L", "project": f"24-{n % 40:03}", "amount": "100.00"}]
        for n in range(first, last)
    ]  # fmt: skip
    Record.objects.bulk_create([
        Record(integration=integration, flow="requisitions", source_id=f"held-{n}",
               state=State.HELD, reason="missing_mapping", amount=100, problems=each)
        for n, each in enumerate(problems, first)
    ], batch_size=1000)  # fmt: skip


def milliseconds(client: Client, address: str, query: dict[str, Any]) -> float:
    """The median of a few; the first, with everything cold, is left out."""
    times = []
    for _ in itertools.repeat(None, TIMES + 1):
        took, answer = processors(partial(client.get, address, query))
        if answer.status_code != 200:
            raise RuntimeError(f"{address} {query} answered {answer.status_code}")
        times.append(took * 1000)
    return median(times[1:])


def processors(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of our processor and of the database's; where that is elsewhere, of the clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        backend = psutil.Process(pid)
        began = busy(backend)
        ours, found = cpu_seconds(work)
        return ours + busy(backend) - began, found
    except psutil.Error:
        return seconds(work)


def busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
