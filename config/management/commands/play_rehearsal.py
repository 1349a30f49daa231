"""The inner half of `rehearse`: runs on the throwaway database that its environment names."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.rehearsal import account, ending, story


class Command(BaseCommand):
    internal = True  # other commands call it
    help = "Used by `rehearse`; does nothing by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("script", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("REHEARSAL") != "1":
            raise CommandError("Use `manage.py rehearse`: it makes the throwaway database.")
        play = json.loads(options["script"].read_text())
        call_command("migrate", verbosity=0)
        tell = self.stderr.write
        with ending.ended_by_signals():
            integration = story.perform(play, lambda sentence: tell(f"  {sentence}"))
        report = account.take(integration, play)
        options["script"].with_suffix(".report").write_text(json.dumps(report))
        account.show(report, sys.stdout)
        sys.exit(0 if report["ok"] else 1)
