"""A file of cost code mappings: preview and import, as a person does it in the admin.

Beside it the same rows by tablib and bulk_create: read, made and stored, and nothing asked.
"""

from __future__ import annotations

import re
import resource
from functools import partial
from html import unescape
from typing import Any

import tablib
from django.test import Client

from connections.models import Connection, Integration
from mappings.models import CostCodeMapping
from tests.bench.figure import Figure
from tests.bench.scene import browser, cpu_seconds
from tests.mappings.conftest import TICKED, reference_data, upload
from tests.story import run_queue

TABLE = "costcodemapping"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?')
ROWS, MANY_ROWS = 10_000, 100_000
TIMES_BARE, BARE_TIMES = 2, 3
PEAK = "  the process's peak of memory"


def measure(full: bool) -> list[Figure]:
    a_company()
    client = browser()
    bare = min(bare_seconds(ROWS) for _ in range(BARE_TIMES))
    figures = [Figure(f"tablib and bulk_create, {ROWS:,} rows: CPU", bare, "s")]
    figures += new_and_same(client, ROWS, bare)
    if full:
        CostCodeMapping.objects.all().delete()
        figures += new_and_same(client, MANY_ROWS, None)
        figures.append(Figure(PEAK, peak(), "MB", 512))
    else:
        figures.append(Figure(PEAK, peak(), "MB"))
    return figures


def bare_seconds(rows: int) -> float:
    """The first has everything cold; the least of a few counts."""
    used, _ = cpu_seconds(partial(bare, file(rows, "")))
    CostCodeMapping.objects.all().delete()
    return used


def bare(data: str) -> None:
    integration = Integration.objects.get()
    rows = [
        CostCodeMapping(
            integration=integration, cost_code=row["cost_code"], cost_type=row["cost_type"],
            project=row["project"], account=row["account"], note=row["note"],
            dimensions={"PROJECT": row["dim_PROJECT"]},
        )
        for row in tablib.Dataset().load(data, format="csv").dict
    ]  # fmt: skip
    CostCodeMapping.objects.bulk_create(rows, batch_size=1000)


def a_company() -> None:
    source = Connection.objects.create(name="Procore", vendor="procore")
    ledger = Connection.objects.create(name="BC", vendor="business_central")
    Integration.objects.create(
        key="bc_procore", name="BC and Procore", project_system=source, ledger=ledger
    )
    reference_data(source, ledger)


def new_and_same(client: Client, rows: int, bare: float | None) -> list[Figure]:
    """All rows are new; then every other one has changed."""
    goal = bare and TIMES_BARE * bare
    found = []
    for what, note in (("new", ""), ("half changed", "again")):
        data = file(rows, note)
        preview, page = cpu_seconds(partial(previewed, client, data))
        apply, _ = cpu_seconds(partial(taken, client, page))
        label = f"{rows:,} rows, {what}: CPU"
        found.append(Figure(f"preview, {label}", preview, "s", goal))
        found.append(Figure(f"apply, {label}", apply, "s", goal))
        if CostCodeMapping.objects.count() != rows:
            raise RuntimeError("the file was not taken")
    return found


def previewed(client: Client, data: str) -> Any:
    """A large file is given to a worker, which is this process here."""
    answer = upload(client, TABLE, data)
    if answer.status_code == 200:
        return answer
    run_queue()
    return client.get(answer.url)


def taken(client: Client, page: Any) -> None:
    confirm(client, page)
    run_queue()


def confirm(client: Client, page: Any) -> Any:
    """Press “Import all”. The form is read from the page: nothing else is kept of it."""
    text = page.content.decode()
    form: dict[str, Any] = {name: unescape(value) for name, value in HIDDEN.findall(text)}
    form["confirmed"] = TICKED.findall(text)
    return client.post(f"/mappings/{TABLE}/process_import/", form)


def file(rows: int, note: str) -> str:
    head = "integration,cost_code,cost_type,project,account,dim_PROJECT,dim_COSTCODE,note\n"
    lines = [
        f"bc_procore,{n // 100:03}-{n % 100:02},L,*,50100,{{project}},,{note if n % 2 else ''}"
        for n in range(rows)
    ]
    return head + "\n".join(lines)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
