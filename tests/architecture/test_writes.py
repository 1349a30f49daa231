"""Every write to another system passes the one guarded place (syncs/pipelines/write.py)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.house import ROOT, sources

GUARDS = {"write", "write_again", "tell"}
INSIDE = {  # functions that write and are called from inside a guard alone
    "make_codes": "codes that a document needs: announced together with it, in `send`",
    "make_labels": "options that an item needs: announced together with it",
    "introduce": "a new vendor's mark in the project system, in `align`",
    "put_options": "options added and retired, in `align`",
}


def writing() -> set[str]:
    """Methods of the roles that are told what they are about, for the journal: those that write."""
    tree = ast.parse((ROOT / "connections/roles.py").read_text())
    return {
        node.name for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "about" in {one.arg for one in node.args.args}
    }  # fmt: skip


class Reader(ast.NodeVisitor):
    """Where a name is used outside a guard, and in which function."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.function = ""
        self.guarded = False
        self.found: list[tuple[str, str, int]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """What is defined inside a guard may run outside of it."""
        before = self.function, self.guarded
        self.function, self.guarded = node.name, False
        self.generic_visit(node)
        self.function, self.guarded = before

    def visit_Lambda(self, node: ast.Lambda) -> None:
        before, self.guarded = self.guarded, False
        self.generic_visit(node)
        self.guarded = before

    def visit_With(self, node: ast.With) -> None:
        before = self.guarded
        for item in node.items:
            self.visit(item)
        given = [item.context_expr for item in node.items]
        self.guarded |= any(named(one, GUARDS) for one in given)
        several = any(named(one, {"ExitStack"}) for one in given)
        for statement in node.body:
            self.visit(statement)
            self.guarded |= several and enters(statement)
        self.guarded = before

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in self.names and (node.attr in INSIDE or not ours(node.value)):
            self.note(node.attr, node.lineno)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names & INSIDE.keys():
            self.note(node.id, node.lineno)

    def note(self, name: str, line: int) -> None:
        if not self.guarded and self.function not in INSIDE:
            self.found.append((self.function, name, line))


def named(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def enters(statement: ast.stmt) -> bool:
    """A guard for each of several records: `gates.enter_context(write_again(…))`."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "enter_context"
        and named(call.args[0], GUARDS)
        for call in calls
    )  # fmt: skip


def ours(receiver: ast.expr) -> bool:
    """A table, or the flow itself: the same word, and nothing leaves the house."""
    if isinstance(receiver, ast.Attribute):
        return receiver.attr == "objects"
    return isinstance(receiver, ast.Name) and receiver.id == "self"


def unguarded(names: set[str]) -> Iterator[str]:
    for path in sources("syncs"):
        reader = Reader(names)
        reader.visit(ast.parse(path.read_text()))
        for function, name, line in reader.found:
            yield f"{path.relative_to(ROOT)}:{line} {function}: {name}"


def test_the_roles_say_what_writes() -> None:
    assert {"create", "complete", "discard", "send", "decide", "say", "upsert_vendors"} <= writing()
    assert not {"find", "read", "document", "items", "purchases"} & writing()


def test_nothing_is_written_to_another_system_outside_the_guarded_place() -> None:
    assert list(unguarded(writing())) == []


def test_what_writes_for_others_is_called_from_inside_a_guard_alone() -> None:
    assert list(unguarded(set(INSIDE))) == []
