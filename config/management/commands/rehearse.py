"""`manage.py rehearse`: a full cycle on a throwaway database with fresh stand-ins."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.stand_ins import VARIANTS
from config.rehearsal import ending, stage
from syncs.registry import REGISTRY

FAULTS = (
    "the stand-ins throttle, cut answers, revoke tokens, lose, double and shuffle webhooks, and "
    "workers are killed, at moments that the seed chooses"
)


class Command(BaseCommand):
    help = (
        "Takes a throwaway database and fresh stand-ins through a full cycle and accounts for "
        "every document on both sides. Exit status 0 only when all agrees to the cent. Ctrl-C and "
        "SIGTERM take everything down again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("integrations", nargs="*", metavar="INTEGRATION",
                            help="each in all its variants; all where none is named")  # fmt: skip
        parser.add_argument("--faults", type=int, metavar="SEED", help=FAULTS)
        parser.add_argument("--json", action="store_true", help="one object on standard output")
        parser.add_argument("--keep-log", type=Path, help="where the application's log goes")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["integrations"]) - set(REGISTRY)
        if unknown:
            known = ", ".join(sorted(REGISTRY))
            raise CommandError(f"Unknown: {', '.join(sorted(unknown))}. There is: {known}.")
        names = options["integrations"] or sorted(REGISTRY)
        with ending.ended_by_signals():
            reports = [
                self.rehearse(name, variant, options)
                for name in names
                for variant in VARIANTS[name]
            ]
        ok = all(report["ok"] for report in reports)
        if options["json"]:
            self.stdout.write(json.dumps(together(reports, ok)))
        if not ok:
            seed = options["faults"]
            sys.exit(f"The rehearsal failed{f' with seed {seed}' if seed is not None else ''}.")

    def rehearse(self, name: str, variant: str, options: dict[str, Any]) -> dict[str, Any]:
        """One integration on a stage of its own. The report; its tables are shown unless JSON."""
        seed, sides = options["faults"], VARIANTS[name][variant]
        with (
            tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
            stage.throwaway_database() as database,
            stage.stand_ins(sides, seed or 1) as ready,
        ):
            play = {"integration": name, "seed": seed, "ready": ready, "port": stage.free_port(),
                    "sides": sides, "variant": variant}  # fmt: skip
            play["log"] = str((options["keep_log"] or Path(folder) / "up.log").resolve())
            script = Path(folder) / "play.json"
            script.write_text(json.dumps(play))
            command = [*stage.MANAGE, "play_rehearsal", str(script)]
            environment = stage.surroundings(database, play["port"])
            silent = subprocess.PIPE if options["json"] else None
            with ending.program(command, silent, silent, environment) as process:
                _, errors = process.communicate()
            return self.report(script.with_suffix(".report"), process.returncode, errors)

    def report(self, path: Path, status: int, errors: bytes | None) -> dict[str, Any]:
        if not path.exists():
            said = (errors or b"").decode()[-2000:]
            raise CommandError(f"The rehearsal broke (status {status}). {said}")
        found: dict[str, Any] = json.loads(path.read_text())
        return found


def together(reports: list[dict[str, Any]], ok: bool) -> dict[str, Any]:
    """The one object of --json."""
    return {
        "ok": ok,
        "journal_verified": all(report["journal_verified"] for report in reports),
        "integrations": [
            {
                "name": r["name"],
                "variant": r["variant"],
                "flows": r["flows"],
                "scenes": r["scenes"],
                "reconciliation": r["reconciliation"],
                "problems": r["problems"],
            }
            for r in reports
        ],
    }
