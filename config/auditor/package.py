"""Packs a period into one archive that verifies by itself."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from audit import journal
from audit.export import BYTE_ORDER_MARK, cell
from audit.journal import GENESIS, HASHED, canonical, iso
from audit.models import Entry
from config.auditor import closes
from config.auditor.tables import TABLES, Period
from connections.transport.days import site_zone

SCRIPT = Path(__file__).with_name("verify.py")
README = """\
What the connector between project systems and ledgers did from {start} to {end} ({zone}).

journal.jsonl        each line: its columns, then its hash. Columns: {columns}
documents.csv        every document that the journal speaks of, as it stood when this was made
decisions.csv        everything that a person did, with its line of the journal
control_changes.csv  controls that were to be loosened: who asked, who agreed or refused
closes.json          months that were closed in these days: the account, its hash, every document
mappings/            every version of the mapping tables that was in force in the period
people/              users and roles as they stood when this was made; changes of them in the period
manifest.json        the SHA-256 of each file, and where the journal begins and ends

Verify it with Python 3 and nothing else: python3 verify.py
Compare the last hash that it prints with the one that the connector's front page showed.
Moments are in UTC. Made by {actor} at {made}.
"""


def pack(file: IO[bytes], start: dt.date, end: dt.date, actor: str) -> dict[str, Any]:
    """Both days are within, by the site's clock. Returns the manifest; leaves a line."""
    manifest = write(file, start, end, actor, timezone.now())
    journal.append(
        Entry.Kind.PERSON, f"Auditor's package of {start} to {end} made", actor=actor,
        data={"files": manifest["files"], "journal": manifest["journal"]},
    )  # fmt: skip
    return manifest


def write(
    file: IO[bytes], start: dt.date, end: dt.date, actor: str, made: dt.datetime
) -> dict[str, Any]:
    period = Period(midnight(start), midnight(end + dt.timedelta(days=1)))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        hashes = {"journal.jsonl": put(archive, "journal.jsonl", lines(period))}
        for name, table in TABLES.items():
            hashes[name] = put(archive, name, spreadsheet(*table(period)))
        hashes["closes.json"] = put(archive, "closes.json", closes.told(period))
        facts = {
            "start": start, "end": end, "zone": site_zone().key, "columns": ", ".join(HASHED),
            "actor": actor, "made": iso(made),
        }  # fmt: skip
        hashes["README.txt"] = put(archive, "README.txt", [README.format(**facts)])
        manifest = {
            "from": str(start), "to": str(end), "zone": site_zone().key, "made": iso(made),
            "by": actor, "journal": ends(period), "files": hashes,
        }  # fmt: skip
        archive.writestr("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False))
        archive.writestr("verify.py", SCRIPT.read_text())
    return manifest


def name_of(first: dt.date, last: dt.date) -> str:
    return f"connector-{first}-to-{last}.zip"


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), site_zone())


def ends(period: Period) -> dict[str, Any]:
    """Where the journal's part begins and ends, and the hashes that it hangs on."""
    before = Entry.objects.filter(sequence=period.first - 1).values_list("hash", flat=True).first()
    last = Entry.objects.filter(sequence=period.last).values_list("hash", flat=True).first()
    return {
        "first": period.first, "last": period.last, "lines": period.lines().count(),
        "before": before or GENESIS, "hash": last or "",
    }  # fmt: skip


def lines(period: Period) -> Iterator[str]:
    """As the hash covers them, each with its hash."""
    for row in period.lines().values_list(*HASHED, "hash").iterator(chunk_size=2000):
        yield canonical([row[0], iso(row[1]), *row[2:]]) + "\n"


def spreadsheet(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV, in which no text is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    yield BYTE_ORDER_MARK
    for row in rows:
        writer.writerow([value if isinstance(value, Decimal) else cell(value) for value in row])
        if text.tell() > 1 << 16:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def put(archive: zipfile.ZipFile, name: str, parts: Iterable[str]) -> str:
    """Returns the file's SHA-256."""
    digest = hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as file:
        for part in parts:
            data = part.encode()
            digest.update(data)
            file.write(data)
    return digest.hexdigest()
