"""Imports point one way, and each fact lives in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "connections", "mappings", "audit", "syncs")
# config -> syncs -> mappings, audit -> connections: nobody below imports what stands above.
ALLOWED = {
    "connections": {"connections"},
    "audit": {"audit", "connections"},
    "mappings": {"mappings", "connections"},
    "syncs": {"syncs", "mappings", "audit", "connections"},
    "config": set(APPS),
}


def sources(app: str) -> Iterator[Path]:
    for path in (ROOT / app).rglob("*.py"):
        if "migrations" not in path.parts:
            yield path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_imports_point_one_way() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for app in APPS
        for path in sources(app)
        for name in imports(path)
        if name.split(".")[0] in APPS and name.split(".")[0] not in ALLOWED[app]
    ]
    assert not wrong


def test_the_apps_import_nothing_from_the_tests() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for app in APPS
        for path in sources(app)
        for name in imports(path)
        if name.split(".")[0] == "tests"
    ]
    assert not wrong


def test_only_http_imports_requests() -> None:
    users = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in sources(app)
        for name in imports(path)
        if name.split(".")[0] == "requests"
    }
    assert users <= {"connections/transport/http.py"}


def test_no_number_passes_through_float() -> None:
    """Money is Decimal from parse to post; a float() in the money's way is a mistake."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for app in ("connections", "mappings", "syncs")
        for path in sources(app)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
    ]
    assert not wrong
