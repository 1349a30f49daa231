"""What a posted Business Central invoice costs us, beside a bare script that sends the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import requests
from django.db import connection

from audit.models import Entry
from connections.documents import Hint
from connections.models import Connection, Token
from syncs.queue import CHUNK
from tests.bench import scene
from tests.bench.figure import Figure, median
from tests.story import Company

STATEMENTS, TIMES = 40, 4.0  # per document at most; of the bare script's CPU
ROUNDS = 5


def measure(full: bool) -> list[Figure]:
    """In turns, so that both meet the same machine."""
    count = 4 * CHUNK if full else CHUNK
    with scene.company() as company:
        carried(company, CHUNK, "WARM-")  # the first batch signs in
        ours, bare, asked = [], [], 0
        for number in range(ROUNDS):
            seconds, asked = carried(company, count, f"OURS{number}-")
            ours.append(seconds / count)
            bare.append(sent(company, count, f"BARE{number}-") / count)
    ratio = median(ours) / median(bare)
    return [
        Figure("statements of the database per document", asked / count, "", STATEMENTS),
        Figure("CPU per document", 1000 * median(ours), "ms"),
        Figure("  of a bare script with the same requests", 1000 * median(bare), "ms"),
        Figure("  times the bare script", ratio, "×", TIMES),
    ]


def carried(company: Company, count: int, prefix: str) -> tuple[float, int]:
    """CPU seconds of this process and statements, from the queue to the last read-back."""
    scene.noted(company, scene.has_direct_costs(company, count, prefix))
    with counted() as asked:
        began = time.process_time()
        company.the_worker_runs()
        took = time.process_time() - began
    if (posted := len(company.posted_under(prefix))) != count:
        raise SystemExit(f"{posted} of {count} were posted")
    return took, len(asked)


@contextmanager
def counted() -> Iterator[list[None]]:
    """Grows by one for each statement; a transaction is two more, for its begin and its end."""
    asked: list[None] = []

    def statement(execute: Any, *args: Any) -> Any:
        asked.append(None)
        return execute(*args)

    def commit() -> None:
        asked.extend([None, None])
        plain()

    plain = connection.commit
    with connection.execute_wrapper(statement), mock.patch.object(connection, "commit", commit):
        yield asked


# -- the bare script ------------------------------------------------------------------------------


def sent(company: Company, count: int, prefix: str) -> float:
    """CPU seconds for the same requests: a look-up per batch; read, create, post, read back."""
    hints = scene.has_direct_costs(company, count, prefix)
    source, ledger = company.integration.project_system, company.integration.ledger
    made = Entry.objects.filter(kind=Entry.Kind.INTENT, sentence__startswith="Create").first()
    if made is None:
        raise SystemExit("nothing was created before")
    with requests.Session() as one, requests.Session() as other:
        began = time.process_time()
        one.headers.update(signed(source))
        one.headers["Procore-Company-Id"] = source.setting("company_id")
        other.headers.update(signed(ledger))
        for number, hint in enumerate(hints):
            if number % CHUNK == 0:
                other.get(made.data["url"].split("?")[0] + "?$top=1").raise_for_status()
            read(one, source, hint)
            write(other, made.data, f"{prefix}{number:05}")
        return time.process_time() - began


def signed(side: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {Token.objects.get(connection=side).access_token}"}


def read(session: requests.Session, source: Connection, hint: Hint) -> None:
    path = f"/rest/v1.1/projects/{hint.scope}/direct_costs/{hint.source_id}"
    answer = session.get(source.setting("api_url").rstrip("/") + path)
    answer.raise_for_status()
    answer.json()


def write(session: requests.Session, made: dict[str, Any], number: str) -> None:
    """As the intent of our own write says it (amounts as texts), under another number."""
    lines = [
        {**line, "unitCost": float(line["unitCost"])}
        for line in made["body"]["purchaseInvoiceLines"]
    ]
    facts = {"vendorInvoiceNumber": number, "purchaseInvoiceLines": lines}
    body = json.dumps({**made["body"], **facts})
    answer = session.post(made["url"], data=body, headers={"Content-Type": "application/json"})
    answer.raise_for_status()
    address, _, options = made["url"].partition("?")
    there = f"{address}({answer.json()['id']})"
    session.post(f"{there}/Microsoft.NAV.post").raise_for_status()
    answer = session.get(f"{there}?{options}")
    answer.raise_for_status()
    answer.json()
