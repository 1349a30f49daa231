"""docs/benchmarks.md: what `make bench ARGS=--record` measured, where and when."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from pathlib import Path

from django.db import connection

from tests.bench.figure import Figure, number
from tests.tally import ROOT, commit

PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

<!-- Written by `make bench ARGS=--record`: run that, and edit nothing here. -->

Each bench runs on stand-ins and a database of its own, beside what it is measured against, in
the same minutes. It is read by its ratios: seconds are of the machine that is named. A row without
a goal is told, not judged; the command ends with a status other than 0 where one is missed. What
each does is said at the head of its file in `tests/bench/`.
"""


def record(name: str, title: str, figures: list[Figure], full: bool) -> None:
    """This bench's part of the page, in place of what it measured before."""
    page = PAGE.read_text() if PAGE.exists() else HEAD
    part = f"## {name}: {title}\n\n{where(full)}\n\n{table(figures)}\n"
    old = re.compile(rf"^## {name}:.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    page = old.sub(lambda _: f"{part}\n", page) if old.search(page) else f"{page}\n{part}"
    PAGE.write_text(page.rstrip("\n") + "\n")


def where(full: bool) -> str:
    size = "the sizes of the design" if full else "small sizes"
    today = dt.datetime.now(dt.UTC).date()
    return f"{today}, commit {commit()}, {size}. {machine()}"


def machine() -> str:
    """In a sentence."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    model = found[1].strip() if found else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = str(cursor.fetchone()[0]).split()[0]
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, PostgreSQL {server}."
    )


def table(figures: list[Figure]) -> str:
    rows = ["| figure | measured | goal | |", "|---|---:|---:|---|"]
    return "\n".join([*rows, *map(row, figures)])


def row(figure: Figure) -> str:
    sign = "≥" if figure.least else "≤"
    goal = "" if figure.goal is None else f"{sign} {number(figure.goal)}"
    verdict = {True: "held", False: "**missed**", None: ""}[figure.held]
    value = f"{number(figure.value)} {figure.unit}".strip()
    return f"| {figure.name.strip()} | {value} | {goal} | {verdict} |"
