"""Small rooms, short files, short functions."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import house

LONGEST_FUNCTION = 50
LONGEST_FILE = 450
ROOMS = {"audit": 14, "config": 18, "connections": 16, "mappings": 14, "syncs": 14}


def test_no_function_is_long() -> None:
    long = [
        f"{path.relative_to(house.ROOT)}:{node.lineno} {node.name}"
        for path in house.sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and length(node) > LONGEST_FUNCTION
    ]
    assert not long


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_long() -> None:
    long = {
        str(path.relative_to(house.ROOT))
        for path in house.sources()
        if len(path.read_text().splitlines()) > LONGEST_FILE
    }
    assert not long


def test_no_file_of_tests_is_long() -> None:
    long = {
        str(path.relative_to(house.ROOT))
        for path in (house.ROOT / "tests").rglob("*.py")
        if len(path.read_text().splitlines()) > LONGEST_FILE
    }
    assert not long


@pytest.mark.parametrize("app", house.APPS)
def test_a_room_is_seen_at_a_glance(app: str) -> None:
    """Python files that lie directly in an app; what belongs together has a folder."""
    assert len(list((house.ROOT / app).glob("*.py"))) <= ROOMS[app]
