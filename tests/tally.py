"""The tables of docs/proof.md: programs write their numbers, nobody else does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROOF = ROOT / "docs" / "proof.md"
WRITTEN = (PROOF, ROOT / "docs" / "benchmarks.md")  # by programs, after what they measured


def add(end: str, cells: Iterable[str | int]) -> None:
    """One line more, before the mark at which the table ends."""
    line = " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)
    PROOF.write_text(PROOF.read_text().replace(end, f"| {line} |\n{end}"))


def commit() -> str:
    """With a mark where other files than the tables differ from it."""
    others = [f":!{page}" for page in WRITTEN]
    differs = git("status", "--porcelain", "--untracked-files=no", "--", ".", *others)
    return git("rev-parse", "--short", "HEAD") + ("+" if differs else "")


def git(*given: str) -> str:
    command = [shutil.which("git") or "git", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
