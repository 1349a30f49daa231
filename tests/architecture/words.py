"""Words that belong to one vendor, read from the vendors' own folders."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture import house

FAMILIES = {
    "business_central": "dynamics",
    "bc": "dynamics",
    "nav": "dynamics",
}  # whose words are the same
# What only lists vendors, pairs and their stand-ins, by name.
REGISTRIES = {
    "config/demo/stand_ins.py",
    "config/rehearsal/ends/__init__.py",
    "config/rehearsal/scenes/__init__.py",
    "connections/vendors/__init__.py",
    "syncs/flows/__init__.py",
}
REHEARSED = ("ends", "scenes")  # leaves, too: of a vendor, and what is told in vendors' words
# A word that looks as if it came from an interface: purchaseInvoices, Vendor_Invoice_No,
# purchase_order_contracts, “Direct Costs”, GPService.
WIRE = re.compile(
    r"[a-z0-9]+(_[a-z0-9]+)+"
    r"|[a-z]+([A-Z][a-z0-9]*)+"
    r"|[A-Z]+[a-z0-9]+([A-Z]+[a-z0-9]*)+"
    r"|\w+_[A-Z]\w*"
    r"|[A-Z][a-z]+( [A-Z][a-z]+)+"
    r"|/?[\w.$-]+(/[\w.$-]+)+"
)
# Where our own vocabulary is laid down.
GROUND = (
    "connections/boards.py",
    "connections/documents.py",
    "connections/errors.py",
    "connections/roles.py",
    "connections/transport/ways.py",
    "mappings/boards/vocabulary.py",
)


def leaf_of(path: Path) -> str:
    """The vendor or the pair that a file belongs to; empty for what is shared."""
    parts = path.relative_to(house.ROOT).parts
    if parts[:2] == ("connections", "vendors") and len(parts) > 3:
        return parts[2]
    rehearsed = parts[:2] == ("config", "rehearsal") and parts[2] in REHEARSED
    if rehearsed and path.stem != "__init__":
        return path.stem
    return path.stem if parts[:2] == ("syncs", "flows") and path.stem in pairs() else ""


@cache
def pairs() -> frozenset[str]:
    """Modules in `syncs/flows/` that the registry names."""
    tree = ast.parse((house.ROOT / "syncs/flows/__init__.py").read_text())
    return frozenset(
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "syncs.flows"
        for alias in node.names
    )


def shared() -> Iterator[Path]:
    for path in house.sources():
        if not leaf_of(path) and name(path) not in REGISTRIES:
            yield path


def name(path: Path) -> str:
    return str(path.relative_to(house.ROOT))


@cache
def literals(path: Path) -> tuple[str, ...]:
    """Every text in the code but docstrings."""
    tree = ast.parse(path.read_text())
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return tuple(
        node.value.strip()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documents
    )


@cache
def of_vendors() -> dict[str, str]:
    """Word -> the one family of vendors that uses it. What several use is no vendor's own."""
    users: dict[str, set[str]] = defaultdict(set)
    for path in house.sources("connections"):
        if leaf := leaf_of(path):
            for text in literals(path):
                for word in [text, *(re.findall(r"\w+", text) if "/" in text else ())]:
                    if WIRE.fullmatch(word):
                        users[word].add(FAMILIES.get(leaf, leaf))
    return {text: min(own) for text, own in users.items() if len(own) == 1 and text not in ours()}


@cache
def ours() -> frozenset[str]:
    """Fields of our classes, values of our choices, and whatever stands on the ground."""
    found: set[str] = set()
    for path in shared():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found |= set(declared(node))
    for local in GROUND:
        found |= set(literals(house.ROOT / local))
    return frozenset(found)


def declared(node: ast.ClassDef) -> Iterator[str]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef):
            yield part.name
        elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            yield part.target.id
        elif isinstance(part, ast.Assign):
            names = [target.id for target in part.targets if isinstance(target, ast.Name)]
            yield from names
            if any(each.isupper() for each in names):  # a choice: its value
                yield from texts(part.value)


def borne(path: Path) -> set[str]:
    """Words of one vendor in a file's texts, also within longer ones."""
    return {word for text in literals(path) for word in said(text)}


def said(text: str) -> set[str]:
    """The longest phrases first: “Purchase Order” is not said by “Purchase Order Contracts”."""
    found = of_vendors().keys() & set(re.findall(r"\w+", text))
    for phrase in phrases():
        if phrase in text and not any(phrase in longer for longer in found):
            found.add(phrase)
    return found


@cache
def phrases() -> tuple[str, ...]:
    longer = [text for text in of_vendors() if not re.fullmatch(r"\w+", text)]
    return tuple(sorted(longer, key=len, reverse=True))


def families(leaf: str) -> set[str]:
    """Whose words a leaf may bear: a vendor's own, or those of both vendors of a pair."""
    return {FAMILIES.get(each, each) for each in (leaf, *leaf.split("_"))}


def names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name):
            yield node.id


def texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
