"""What the benches start from: the demo company on fresh stand-ins, and many documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from config.demo.stand_ins import SIDES
from config.rehearsal import stage
from config.rehearsal.control import call
from connections.documents import Hint
from syncs.ingest.noting import note_all
from syncs.models import Record
from tests import story
from tests.story import Company

FLOW = "direct_costs"


@contextmanager
def company() -> Iterator[Company]:
    """Set up with limits that nobody meets; the stand-ins do not check what is said."""
    with stage.stand_ins(SIDES["bc_procore"], 1) as ready:
        for name, facts in ready.items():
            call(facts["control_url"], "limits", story.WIDE["procore" in name])
        yield story.set_up(ready)


def has_direct_costs(company: Company, count: int, prefix: str) -> list[Hint]:
    """So many new invoices in the source, as `Company.a_direct_cost` makes one."""
    facts = {
        "project": company.job, "direct_cost_type": "invoice", "vendor": company.a_vendor,
        "direct_cost_date": company.today, "received_date": company.today, "status": "approved",
        "lines": [company.line("840.50")],
    }  # fmt: skip
    rows = [
        company.procore_has(FLOW, **facts, invoice_number=f"{prefix}{n:05}") for n in range(count)
    ]
    scope = company.scope_of(rows[0])
    return [Hint(str(row["id"]), scope) for row in rows]


def noted(company: Company, hints: list[Hint]) -> list[int]:
    """Their records, due now."""
    note_all(company.integration, FLOW, hints, "bench")
    ids = [hint.source_id for hint in hints]
    rows = Record.objects.filter(integration=company.integration, flow=FLOW, source_id__in=ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def browser() -> Client:
    """Signed in as somebody who may do all."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("bench"))
    return client


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How long it took, and what it gave."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """How much of a processor this process used for it, and what it gave."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result
