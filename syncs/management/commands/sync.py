"""One integration in the foreground: poll, carry, and a table of what became of it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from connections.models import Integration
from syncs import tasks
from syncs.ingest import pace, polling
from syncs.models import FlowSettings, State
from syncs.pipelines import progress
from syncs.registry import REGISTRY


class Command(BaseCommand):
    help = "Run one integration in the foreground, with a progress bar and a closing table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("integration", choices=sorted(REGISTRY))
        parser.add_argument("--flow", help="only this flow")
        parser.add_argument("--no-poll", action="store_true", help="only carry what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        integration = Integration.objects.filter(key=options["integration"], active=True).first()
        if integration is None:
            raise CommandError(f"There is no active integration {options['integration']}.")
        flows = self.flows(options["integration"], options["flow"])
        failed = [] if options["no_poll"] else self.poll(integration, flows)
        left = self.carry(integration, flows)
        self.show(integration, flows)
        if failed or left:
            raise CommandError("; ".join(failed) or f"{left} records are still on their way.")

    def flows(self, key: str, wanted: str | None) -> list[str]:
        known = list(REGISTRY[key])
        if wanted and wanted not in known:
            raise CommandError(f"{key} has no flow {wanted}. It has: {', '.join(known)}.")
        return [wanted] if wanted else known

    def poll(self, integration: Integration, flows: list[str]) -> list[str]:
        """Reference data, then each flow. Returns sentences of what failed."""
        runs = [tasks.guarded(integration, "reference", "reference", polling.refresh)]
        for row in FlowSettings.objects.filter(integration=integration, flow__in=flows):
            if row.enabled:
                pace.wake(integration, row.flow)
                runs.append(tasks.guarded(integration, row.flow, "poll", polling.poll))
                self.stdout.write(f"{row.label}: {runs[-1].sentence}")
        return [f"{run.flow}: {run.sentence}" for run in runs if not run.ok]

    def carry(self, integration: Integration, flows: list[str]) -> int:
        console = Console(stderr=True)
        with Progress(console=console) as bar:
            total = progress.unsettled(integration, flows)
            task = bar.add_task("records", total=total or 1)
            return progress.carry_all(
                integration, flows, lambda left: bar.update(task, completed=total - left)
            )

    def show(self, integration: Integration, flows: list[str]) -> None:
        table = Table(title=str(integration))
        for name in ("flow", "state", "documents", "total", "currency"):
            table.add_column(name, justify="right" if name in ("documents", "total") else "left")
        for row in progress.table(integration, flows):
            state = State(str(row["state"])).label
            total = f"{row['total']:,.2f}" if row["total"] is not None else ""
            table.add_row(
                str(row["flow"]), state, str(row["documents"]), total, str(row["currency"])
            )
        Console(file=sys.stdout).print(table)
