"""What imports what, read from the code: imports inside functions and for type checkers, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "connections", "mappings", "audit", "syncs")


def sources(*apps: str) -> Iterator[Path]:
    """Python files of these apps (of all where none is named), without migrations."""
    for app in apps or APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@cache
def files() -> dict[str, str]:
    """Dotted name -> path from the root, of every module of the apps."""
    found = {}
    for path in sources():
        local = path.relative_to(ROOT)
        dotted = ".".join(local.with_suffix("").parts).removesuffix(".__init__")
        found[dotted] = str(local)
    return found


def imported(path: Path) -> set[str]:
    """Modules of the apps that this file names in an import, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in files() else node.module)
    return found & files().keys()


@cache
def arrows() -> dict[str, set[str]]:
    """Path -> paths that it imports."""
    return {
        str(path.relative_to(ROOT)): {files()[name] for name in imported(path)}
        - {str(path.relative_to(ROOT))}
        for path in sources()
    }
