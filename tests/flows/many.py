"""Posted documents by the hundred: like one that was posted, in both systems and in our rows."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from syncs.coding.shapes import source_document
from syncs.coding.snapshot import digest, pack
from syncs.models import Record
from tests.story import Company


def copies(
    company: Company, like: Record, count: int, prefix: str, days: Sequence[str] = ()
) -> list[Record]:
    """So many more direct costs that stand as invoices in Business Central, of these days."""
    asked = {"count": count, "prefix": prefix, "days": list(days)}
    there = company.ledger("business_central/copies", {"id": like.destination_id, **asked})
    here = company.procore(f"procore/direct_costs/{like.source_id}/copies", asked)
    rows = [
        copied(like, f"{prefix}{n:06}", source, made)
        for n, (source, made) in enumerate(zip(here["made"], there["made"], strict=True))
    ]
    return Record.objects.bulk_create(rows, batch_size=1000)


def copied(like: Record, number: str, source: Sequence[Any], made: Sequence[str]) -> Record:
    source_id, stamp, line_ids = source
    document = source_document(like.source)
    assert document is not None
    lines = tuple(
        dataclasses.replace(line, id=str(id))
        for line, id in zip(document.lines, line_ids, strict=True)
    )
    document = dataclasses.replace(
        document, id=str(source_id), number=number, vendor_invoice_number=number, lines=lines,
        updated_at=dt.datetime.fromisoformat(stamp),
    )  # fmt: skip
    proof, row = digest(document), copy.copy(like)
    row.pk, row._state = None, type(like._state)()
    row.source_id, row.number, row.source = str(source_id), number, pack(document)
    row.standing_source, row.source_updated_at = row.source, document.updated_at
    row.digest = row.posted_digest = row.intent_digest = proof
    row.coded = {**like.coded, "number": number, "key": f"COPY-{number}", "posting_date": made[2]}
    row.destination_date = dt.date.fromisoformat(made[2])
    row.natural_key = f"{like.coded['kind']}|{like.vendor_id}|{number}"
    row.destination_id, row.destination_number = made[0], number
    row.destination_changed_at = dt.datetime.fromisoformat(made[1])
    return row
