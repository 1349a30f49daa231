"""The demo company: connections to the stand-ins, mappings, and first work for the queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo import company, people
from config.demo.stand_ins import NEEDED, SIDES, STAND_INS
from connections.models import Integration
from syncs import tasks
from syncs.ingest import polling, turns
from syncs.models import FlowSettings
from syncs.pipelines import progress


def screens(ready: dict[str, Any]) -> Iterator[str]:
    """Where people of the other systems would work; also of those that no address leads to."""
    yield "Screens of the stand-ins, on which documents are typed and mended:"
    for name in NEEDED:
        yield f"  {STAND_INS[name].name}: {ready[name]['screens_url']}"


class Command(BaseCommand):
    internal = True  # other commands call it
    help = "Set up the demo company with the stand-in systems that are running. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stand-ins", type=Path, required=True, help="their ready line, saved")

    def handle(self, *args: Any, **options: Any) -> None:
        ready = json.loads(options["stand_ins"].read_text())
        company.hurry(ready)
        for key in SIDES:
            integration = company.set_up(key, ready)
            self.vendors_first(integration)
            turns.ask(integration.pk, "subscriptions", "renew")
            for row in FlowSettings.objects.filter(integration=integration):
                turns.ask(integration.pk, row.flow, "poll")
            self.stdout.write(f"{integration} is set up.")
        for line in (*people.set_up(), *screens(ready)):
            self.stdout.write(line)

    def vendors_first(self, integration: Integration) -> None:
        """So that documents find their vendors at once."""
        if not FlowSettings.objects.filter(integration=integration, flow="vendors").exists():
            return
        tasks.guarded(integration, "vendors", "poll", polling.poll)
        progress.carry_all(integration, ["vendors"], lambda left: None, patience=20)
