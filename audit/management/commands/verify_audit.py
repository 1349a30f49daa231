"""Is the journal whole?"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit import journal


class Command(BaseCommand):
    help = "Verifies the journal's chain; exit status 0 only when it is whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        found = journal.verify_and_note()
        if options["json"]:
            self.stdout.write(as_json(found))
        else:
            self.tell(found)
        if not found.ok:
            sys.exit(1)

    def tell(self, found: journal.Verification) -> None:
        for problem in found.problems:
            self.stdout.write(problem)
        state = "whole" if found.ok else "NOT whole"
        self.stdout.write(f"{found.entries:,} lines, last hash {found.head}: {state}")


def as_json(found: journal.Verification) -> str:
    return json.dumps(
        {"ok": found.ok, "entries": found.entries, "head": found.head, "problems": found.problems}
    )
