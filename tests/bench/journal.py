"""Lines that the journal takes in a second beside bare inserts, with more and more writers."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection

from audit import journal
from audit.models import Entry
from tests.bench.figure import Figure, median

WRITERS = (1, 2, 4, 8)
STARTS_IN = 60.0
SENTENCE = "Posted: purchase invoice 108213 for 12,400.00 stands as it was sent."
DATA = {
    "from": "running", "to": "posted", "rests": True, "number": "108213",
    "url": "https://api.example/v2.0/companies(7c1e)/purchaseInvoices(5f0d)", "amount": "12400.00",
}  # fmt: skip
MAKE = """
    CREATE TABLE bare_line (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), kind text,
        integration text, flow text, record bigint, actor text, sentence text, data jsonb)
"""
INSERT = """
    INSERT INTO bare_line (kind, integration, flow, record, actor, sentence, data)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb)
"""
Write = Callable[[int], Any]


def chained(record: int) -> None:
    journal.append(
        Entry.Kind.STATE, SENTENCE, integration="bc_procore", flow="direct_costs", record=record,
        data=DATA,
    )  # fmt: skip


def bare(record: int) -> None:
    """The same words in one row: no chain, no turn to wait for, no index but its key."""
    data = json.dumps(DATA)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, ["state", "bc_procore", "direct_costs", record, "", SENTENCE, data])


def measure(full: bool) -> list[Figure]:
    """In turns, so that both meet the same machine. The chain is whole in the end."""
    rounds, seconds = (5, 4.0) if full else (3, 2.0)
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
    figures, lines = [], 0
    for writers in WRITERS:
        rates: dict[Write, list[float]] = {bare: [], chained: []}
        for _ in range(rounds):
            for write, found in rates.items():
                count = together(write, writers, seconds)
                found.append(count / seconds)
                lines += count * (write is chained)
        figures += compared(writers, median(rates[chained]), median(rates[bare]))
    whole = journal.verify()
    if not whole.ok or whole.entries < lines:
        raise RuntimeError(f"{whole.entries} of {lines} lines stand: {whole.problems}")
    return figures


def compared(writers: int, ours: float, other: float) -> list[Figure]:
    who = f"{writers} writer{'s' * (writers > 1)}"
    return [
        Figure(f"lines a second, {who}", ours),
        Figure("  against bare inserts", ours / other, "×", 0.5, least=True),
    ]


def together(write: Write, writers: int, seconds: float) -> int:
    """Lines that so many processes wrote, each over a session of its own."""
    connection.close()
    kind = multiprocessing.get_context("fork")
    start, told = kind.Barrier(writers), kind.SimpleQueue()
    found = [
        kind.Process(target=writer, args=(write, number, seconds, start, told))
        for number in range(writers)
    ]
    for one in found:
        one.start()
    for one in found:
        one.join()
    if any(one.exitcode for one in found):
        raise RuntimeError("a writer broke; its message stands above")
    return sum(told.get() for _ in found)


def writer(write: Write, number: int, seconds: float, start: Barrier, told: Any) -> None:
    """Writes until its time is over; those of the first line do not count."""
    write(number)
    start.wait(STARTS_IN)
    count, ends = 0, time.perf_counter() + seconds
    while time.perf_counter() < ends:
        write(number * 1_000_000 + count)
        count += 1
    told.put(count)
