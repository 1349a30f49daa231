"""A file of cost code mappings: preview and import, as a person does it in the admin."""

from __future__ import annotations

import re
import resource
from functools import partial
from html import unescape
from typing import Any

from django.test import Client

from connections.models import Connection, Integration
from mappings.models import CostCodeMapping
from tests.bench.figure import Figure
from tests.bench.scene import browser, seconds
from tests.mappings.conftest import TICKED, reference_data, upload

TABLE = "costcodemapping"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?')
ROWS, MANY_ROWS = 10_000, 100_000
PEAK = "  the process's peak of memory"


def measure(full: bool) -> list[Figure]:
    a_company()
    client = browser()
    figures = new_and_same(client, ROWS)
    if full:
        CostCodeMapping.objects.all().delete()
        figures += new_and_same(client, MANY_ROWS)
        figures.append(Figure(PEAK, peak(), "MB", 512))
    else:
        figures.append(Figure(PEAK, peak(), "MB"))
    return figures


def a_company() -> None:
    source = Connection.objects.create(name="Procore", vendor="procore")
    ledger = Connection.objects.create(name="BC", vendor="business_central")
    Integration.objects.create(
        key="bc_procore", name="BC and Procore", project_system=source, ledger=ledger
    )
    reference_data(source, ledger)


def new_and_same(client: Client, rows: int) -> list[Figure]:
    """All rows are new; then every other one has changed."""
    judged = rows == ROWS
    found = []
    for what, note in (("new", ""), ("half changed", "again")):
        data = file(rows, note)
        preview, page = seconds(partial(upload, client, TABLE, data))
        apply, _ = seconds(partial(confirm, client, page))
        label = f"{rows:,} rows, {what}"
        found.append(Figure(f"preview, {label}", preview, "s", 5 if judged else None))
        found.append(Figure(f"apply, {label}", apply, "s", 3 if judged else None))
        if CostCodeMapping.objects.count() != rows:
            raise RuntimeError("the file was not taken")
    return found


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
