"""Helpers that tell the story: what the stand-ins have, what arrives, what the worker does."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import Client as Browser
from django.utils import timezone
from django_q.models import OrmQ

from config.demo import company as demo
from config.demo.stand_ins import STAND_INS
from config.rehearsal.control import call
from connections.models import Connection, Integration, Subscription, Token
from mappings.models import (
    AccountRule,
    BoardLayout,
    CostCodeMapping,
    ProjectLink,
    Reference,
    StatusRule,
    TaxLink,
    VendorLink,
)
from syncs import tasks
from syncs.models import FlowSettings, Record, Run
from tests.simulators.contract import find_specs

ROOT = Path(__file__).resolve().parents[1]
ORDER = (
    Connection, Token, Integration, FlowSettings, Reference, CostCodeMapping, ProjectLink,
    TaxLink, AccountRule, VendorLink, BoardLayout, StatusRule, Run,
)  # fmt: skip
PAIR = ("procore", "business_central")
OWN_LIMITS = ("monday", "fo")  # a plan, and a load: stories of their own
WIDE = {  # of a project system, of a ledger
    True: {"spike": 100_000, "hourly": 1_000_000},
    False: {"requests": 1_000_000},
}


@contextmanager
def stand_ins(*options: str, only: Sequence[str] = PAIR) -> Iterator[dict[str, Any]]:
    """Fresh stand-ins in a process of their own; every exchange is validated where specs are."""
    command = [sys.executable, "-m", "tests.simulators", "--port-base", "0", *options]
    command += [part for name in only for part in ("--only", name)]
    if specs := find_specs():
        command += ["--validate", str(specs)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the stand-ins did not start"
        ready: dict[str, Any] = json.loads(line)
        try:
            for name, facts in ready.items():
                if STAND_INS[name].vendor not in OWN_LIMITS:
                    call(facts["control_url"], "limits", WIDE[STAND_INS[name].vendor == "procore"])
            yield ready
            for name, facts in ready.items():
                broken = call(facts["control_url"], "violations")
                assert not broken["found"], f"{name}: {broken['found'][:5]}"
        finally:
            process.terminate()


class Company:
    """The demo company, its two systems, and our application between them."""

    def __init__(
        self, ready: dict[str, Any], integration: Integration, sides: Sequence[str] = PAIR
    ) -> None:
        self.ready = ready
        self.integration = integration
        self.sides = sides

    # -- the other systems ------------------------------------------------------------------------

    def procore(self, path: str, body: Any = None, method: str = "") -> Any:
        return call(self.ready[self.sides[0]]["control_url"], path, body, method)

    def ledger(self, path: str, body: Any = None, method: str = "") -> Any:
        return call(self.ready[self.sides[1]]["control_url"], path, body, method)

    def procore_has(self, collection: str, **facts: Any) -> dict[str, Any]:
        """A document as Procore's users made it."""
        row: dict[str, Any] = self.procore(f"procore/{collection}", facts)
        return row

    def procore_changes(self, collection: str, row: dict[str, Any], **facts: Any) -> None:
        self.procore(f"procore/{collection}/{row['id']}", facts, "PATCH")

    def procore_deletes(self, collection: str, row: dict[str, Any]) -> None:
        self.procore(f"procore/{collection}/{row['id']}", method="DELETE")

    def a_direct_cost(self, number: str, amount: str = "840.50", **facts: Any) -> dict[str, Any]:
        """An approved invoice of one line that posts without trouble."""
        given = {
            "project": facts.pop("project", self.job), "direct_cost_type": "invoice",
            "vendor": facts.pop("vendor", self.a_vendor), "invoice_number": number,
            "direct_cost_date": self.today, "received_date": self.today, "status": "approved",
            "lines": [self.line(amount)],
        }  # fmt: skip
        return self.procore_has("direct_costs", **{**given, **facts})

    def line(
        self, amount: str, code: str = "", kind: str = "M", sub_job: str = "",
        segments: dict[str, str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        return {
            "cost_code": code or self.mapped_code, "cost_type": kind, "amount": amount,
            "description": "Rebar", "sub_job": sub_job, "segments": segments or {},
        }  # fmt: skip

    @property
    def today(self) -> str:
        return time.strftime("%Y-%m-%d")

    @property
    def job(self) -> str:
        return ProjectLink.objects.filter(integration=self.integration)[0].project_number

    @property
    def mapped_code(self) -> str:
        from mappings.lookup import Lookup

        book = Lookup(self.integration)
        codes = Reference.objects.filter(
            connection=self.integration.project_system, kind="cost_code"
        ).order_by("code")
        return next(
            row.code for row in codes
            if "-" in row.code and book.rule_for(row.code, "M", self.job)
        )  # fmt: skip

    @property
    def a_vendor(self) -> str:
        return VendorLink.objects.filter(integration=self.integration)[0].project_vendor_name

    def posted(self) -> list[dict[str, Any]]:
        """What stands posted in the ledger, asked of the ledger."""
        documents = self.ledger("ledger")["documents"].values()
        return [row for kind in documents for row in kind["list"]]

    def posted_under(self, number: str) -> list[dict[str, Any]]:
        return [row for row in self.posted() if number.upper() in str(row["vendorInvoiceNumber"])]

    # -- our side ---------------------------------------------------------------------------------

    def poll(self, flow: str) -> None:
        row = FlowSettings.objects.get(integration=self.integration, flow=flow)
        tasks.poll(row.pk)

    def settings(self, flow: str, **values: Any) -> None:
        FlowSettings.objects.filter(integration=self.integration, flow=flow).update(**values)

    def note(self, flow: str, row: dict[str, Any], scope: str = "") -> Record:
        """We hear of one document, as by a webhook."""
        from connections.documents import Hint
        from syncs.ingest.noting import note_batch

        scope = scope or self.scope_of(row)
        note_batch(self.integration, flow, [Hint(str(row["id"]), scope)], "webhook")
        return self.record(row, flow)

    def scope_of(self, row: dict[str, Any]) -> str:
        project = row.get("project_id") or (row.get("project") or {}).get("id")
        if project:
            return str(project)
        return ProjectLink.objects.filter(
            integration=self.integration, project_number=self.job
        )[0].project_id  # fmt: skip

    def record(self, row: dict[str, Any], flow: str) -> Record:
        return Record.objects.get(
            integration=self.integration, flow=flow, source_id=str(row["id"]), revision=1
        )

    def the_worker_runs(self) -> int:
        """Every task in the queue, and what those enqueue."""
        return run_queue()

    def webhook(self, subscription: Subscription, body: Any, **headers: str) -> Any:
        return Browser().post(
            f"/webhooks/{subscription.pk}/", body if isinstance(body, str) else json.dumps(body),
            content_type="application/json", headers=headers,
        )  # fmt: skip


def run_queue(limit: int = 500) -> int:
    """Carry out the queue table's tasks of ours, in order, here."""
    count = 0
    while count < limit and (row := OrmQ.objects.order_by("pk").first()):
        task = row.task
        row.delete()
        if task["func"].startswith("syncs."):
            module, _, name = task["func"].rpartition(".")
            getattr(sys.modules[module], name)(*task["args"])
            count += 1
    return count


def nothing_is_scheduled(integration: Integration) -> None:
    """The test says when to poll, not the clock."""
    later = timezone.now() + dt.timedelta(days=1)
    FlowSettings.objects.update(next_poll_at=later, next_reconcile_at=later)
    for flow, kind in (("subscriptions", "renew"), ("balance", "balance")):
        Run.objects.get_or_create(integration=integration, flow=flow, kind=kind, ok=True)
    just_now()


def just_now() -> None:
    """All that ran when it was set up ran at this moment, however long ago that is."""
    now = timezone.now()
    Run.objects.update(started_at=now)
    Run.objects.exclude(ended_at=None).update(ended_at=now)


_set_up: dict[str, dict[type, list[Any]]] = {}  # rows of what was set up, by where it stands


def set_up(
    ready: dict[str, Any], key: str = "bc_procore", sides: tuple[str, str] = PAIR
) -> Company:
    """The integration with its mappings and vendors; read once, then put back for each test."""
    place = str(ready[sides[0]]["control_url"])
    if place not in _set_up:
        integration = demo.set_up(key, ready, 0, sides)
        company = Company(ready, integration, sides)
        if FlowSettings.objects.filter(integration=integration, flow="vendors").exists():
            company.poll("vendors")
        run_queue()
        nothing_is_scheduled(integration)
        _set_up[place] = {model: list(model.objects.all()) for model in ORDER}
        return company
    for model in ORDER:
        model.objects.bulk_create(_set_up[place][model])
    just_now()
    return Company(ready, Integration.objects.get(), sides)
