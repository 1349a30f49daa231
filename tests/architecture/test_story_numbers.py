"""Stories of one integration share its stand-ins: each number is used by one file alone."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

FLOWS = Path(__file__).parents[1] / "flows"
FOLDERS = [FLOWS, *(path for path in sorted(FLOWS.iterdir()) if (path / "__init__.py").exists())]
NUMBER = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")
PROJECTS = re.compile(r"PC?-\d{4}")  # of the demo, and their contracts: nobody makes them


def numbers(path: Path) -> set[str]:
    """Each text in it that looks like a document's number."""
    found = (node.value for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.Constant) and isinstance(node.value, str))  # fmt: skip
    return {one for one in found if NUMBER.fullmatch(one) and not PROJECTS.fullmatch(one)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_no_two_files_make_documents_of_one_number(folder: Path) -> None:
    users = defaultdict(set)
    for path in folder.glob("*.py"):
        for number in numbers(path):
            users[number].add(path.name)
    assert {number: files for number, files in users.items() if len(files) > 1} == {}
