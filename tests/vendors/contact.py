"""A first contact in a test: the command as it is called, and what it said and wrote."""

from __future__ import annotations

import dataclasses
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from connections.models import Connection


@dataclasses.dataclass(frozen=True)
class Met:
    """What stands on the screen and in the report, and whether all was well."""

    screen: str
    report: str
    ok: bool

    def differs(self, *words: str) -> bool:
        """One line that tells a difference says all of this, and the report has it, too."""
        told = [line for line in self.screen.splitlines() if ": differs: " in line]
        part, _, _ = self.report.partition("\n## What fits")
        return any(all(word in line for word in words) for line in told) and words[0] in part

    def fine(self, name: str) -> bool:
        """The report lists something of this check under what fits."""
        part = self.report.partition("\n## What fits")[2].partition("\n## ")[0]
        return f"**{name}**" in part

    def unasked(self, *words: str) -> bool:
        told = [line for line in self.screen.splitlines() if ": Could not be asked: " in line]
        return any(all(word in line for word in words) for line in told)


def meet(connection: Connection, folder: Path) -> Met:
    path, out, ok = folder / "report.md", StringIO(), True
    try:
        call_command("first_contact", connection.name, "--output", str(path), stdout=out)
    except SystemExit as end:
        ok = not end.code
    return Met(out.getvalue(), path.read_text(), ok)


def record(connection: Connection, path: Path, *options: str) -> str:
    """What `record_exchange` said, with its exit status where that is not 0."""
    out = StringIO()
    try:
        call_command(
            "record_exchange", connection.name, "--output", str(path), *options, stdout=out
        )
    except SystemExit as end:
        return f"{out.getvalue()} exit {end.code}"
    return out.getvalue()
