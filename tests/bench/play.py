"""One bench, on the throwaway database that its environment names. Prints a line of JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
import warnings

import django


def main(name: str, full: bool, title: str) -> None:
    """With a title it is recorded."""
    if os.environ.get("BENCH") != "1":
        sys.exit("Use `python -m tests.bench`: it makes the throwaway database.")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"  # nothing is collected here
    )
    warnings.filterwarnings("ignore", "No directory at")
    call_command("migrate", verbosity=0)
    bench = importlib.import_module(f"tests.bench.{name}")
    figures = bench.measure(full)
    if title:
        importlib.import_module("tests.bench.page").record(name, title, figures, full)
    print(json.dumps([figure.plain() for figure in figures]))


if __name__ == "__main__":
    record = "--record" in sys.argv
    main(sys.argv[1], "--full" in sys.argv, sys.argv[-1] if record else "")
