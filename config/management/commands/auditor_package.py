"""The auditor's package of any period, as a file."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.auditor import package


class Command(BaseCommand):
    help = (
        "Packs the documents, the journal with its hashes, the decisions, the versions of mappings "
        "and the people of a period into one archive, which verifies by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("first", type=dt.date.fromisoformat, help="day, as 2026-10-01")
        parser.add_argument("last", type=dt.date.fromisoformat, help="day, inclusive")
        parser.add_argument("--folder", type=Path, default=Path(), help="where it is written")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first > last:
            raise CommandError("The period ends before it begins.")
        path = options["folder"] / package.name_of(first, last)
        try:
            with path.open("xb") as file:
                manifest = package.pack(file, first, last, "")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
        lines = manifest["journal"]["lines"]
        self.stdout.write(f"{path}: {lines:,} lines of the journal.")
