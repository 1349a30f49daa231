"""Verifies this package by itself: python3 verify.py [manifest.json of an earlier package].

It needs nothing but Python 3. Each file is what was packed (SHA-256, manifest.json). Each line of
the journal is what was written, and follows the line before it: its hash covers its columns and
the hash of the line before. Each decision in decisions.csv is a line of the journal. Each month in
closes.json has the hash that a line of the journal signed, and so have its documents. With an
earlier package's manifest: nothing was taken out between the two, where they meet.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Manifest = dict[str, Any]
Known = dict[int, tuple[str, str, Any]]  # sequence: who, what the line says, and its data
SAFE = "'"  # before what a spreadsheet would take for a formula


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def files(manifest: Manifest) -> Iterator[str]:
    for name, expected in manifest["files"].items():
        path = HERE / name
        if not path.exists():
            yield f"{name} is missing"
        elif sha256(path) != expected:
            yield f"{name} was changed"
    known = {*manifest["files"], "manifest.json", "verify.py"}
    for path in HERE.rglob("*"):
        name = path.relative_to(HERE).as_posix()
        if path.is_file() and name not in known and "__pycache__" not in name:
            yield f"{name} was not packed"


def line_hash(columns: list[Any]) -> str:
    return digest(columns)


def journal(manifest: Manifest) -> tuple[list[str], Known]:
    """Problems, and by sequence what decisions are compared with."""
    known: Known = {}
    problems: list[str] = []
    told = manifest["journal"]
    previous, sequence, count = told["before"], told["first"] - 1, 0
    with (HERE / "journal.jsonl").open(encoding="utf-8") as file:
        for text in file:
            *columns, hashed = json.loads(text)
            count += 1
            if columns[0] != sequence + 1:
                problems.append(f"line {sequence + 1} is not followed by {columns[0]}")
            if columns[-1] != previous:
                problems.append(f"line {columns[0]} does not follow the line before it")
            if line_hash(columns) != hashed:
                problems.append(f"line {columns[0]} was changed")
            sequence, previous = columns[0], hashed
            if columns[2] == "person":
                known[sequence] = (columns[6], columns[7], columns[8])
    if count != told["lines"] or (count and previous != told["hash"]):
        problems.append("the journal does not end where it was packed")
    return problems, known


def decisions(known: Known) -> Iterator[str]:
    shown = set()
    with (HERE / "decisions.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            sequence = int(row["sequence"])
            shown.add(sequence)
            said = tuple(plain(row[name]) for name in ("actor", "sentence"))
            if known.get(sequence, ())[:2] != said:
                yield f"decision {sequence} is not in the journal as shown"
    for sequence in sorted(known.keys() - shown):
        yield f"line {sequence} of the journal is a decision that decisions.csv lacks"


def closes(known: Known) -> Iterator[str]:
    """Each month as it was signed, and each signature of the journal with its month."""
    shown = set()
    for one in json.loads((HERE / "closes.json").read_text(encoding="utf-8")):
        facts, name = one["facts"], f"the close of {one['facts'].get('month')}"
        if digest(facts) != one["sha256"]:
            yield f"{name} was changed"
        if not signs(known, one):
            yield f"{name} has no line of the journal with its hash"
        lines = "".join(f"{canonical(row)}\n" for row in one["documents"])
        told = {"count": len(one["documents"]), "sha256": sha256_of(lines)}
        if told != facts.get("documents"):
            yield f"the documents of {name} are not those that were signed"
        shown.add(one["sha256"])
    for sequence, (_, _, data) in sorted(known.items()):
        if data.get("verb") == "close_period" and data.get("facts_hash") not in shown:
            yield f"line {sequence} of the journal closes a month that closes.json lacks"


def signs(known: Known, one: dict[str, Any]) -> bool:
    wanted = {"verb": "close_period", "facts_hash": one["sha256"], "month": one["facts"]["month"]}
    return any(
        all(data.get(name) == value for name, value in wanted.items())
        for _, _, data in known.values()
    )


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: Any) -> str:
    return sha256_of(canonical(value))


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def plain(text: str) -> str:
    formula = text[1:2] in set("=+-@\t\r\n")
    return text[1:] if text.startswith(SAFE) and formula else text


def follows(manifest: Manifest, earlier: Manifest) -> Iterator[str]:
    """Where an earlier package ends just before this one, the hashes must meet."""
    then, now = earlier["journal"], manifest["journal"]
    if then["last"] + 1 == now["first"] and then["hash"] != now["before"]:
        yield "the journal does not go on where the earlier package ended"
    elif then["last"] + 1 < now["first"]:
        print(f"Between the packages lie lines {then['last'] + 1} to {now['first'] - 1}.")


def main() -> int:
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    problems = list(files(manifest))
    found, known = journal(manifest)
    problems += found
    problems += decisions(known)
    problems += closes(known)
    if len(sys.argv) > 1:
        earlier = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        problems += follows(manifest, earlier)
    for sentence in problems[:100]:
        print(sentence)
    told = manifest["journal"]
    if problems:
        print(f"NOT AS PACKED: {len(problems)} problems.")
        return 1
    print(
        f"As packed: {manifest['from']} to {manifest['to']}, {told['lines']} lines of the journal "
        f"({told['first']} to {told['last']}), {len(known)} decisions. Last hash: {told['hash']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
