"""Which of finance's choices a flow's code reads: by following what its methods call.

A method is followed into the functions that it names, into the classes that it names with all of
their methods, and from there on. It is read too widely rather than too narrowly: whatever a
function may call counts.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache, cached_property, partial
from types import FunctionType, ModuleType
from typing import Any

from syncs.controls import heeded
from syncs.flow import Context, Flow
from syncs.models import FlowSettings

OURS = ("syncs.", "mappings.", "connections.")
# What holds the choices of a flow: `settings`, `context.settings`, `settings_of(...)`.
HOLDER = re.compile(r"(\w+\.)*settings(_now\(\)|_of\(.*\))?")
WORTH = 3  # where an intent says how much money it moves


def read_by(flow: Flow) -> frozenset[str]:
    """Choices that some function reads which this flow may call."""
    found: set[str] = set()
    for function in reached(flow):
        found |= reads(function)
    return frozenset(found)


def moves_money(flow: Flow) -> bool:
    """An intent of it says what it is worth: without, the amount limit stops nothing."""
    return any(
        len(call.args) > WORTH or any(each.arg == "worth" for each in call.keywords)
        for function in reached(flow)
        for call in ast.walk(body(function))
        if isinstance(call, ast.Call) and re.search(r"\bIntent$", ast.unparse(call.func))
    )


@cache
def reached(flow: Flow) -> frozenset[FunctionType]:
    found: set[FunctionType] = set()
    to_do = [one for name in dir(type(flow)) if (one := method(type(flow), name))]
    while to_do:
        function = to_do.pop()
        if function not in found and function.__module__.startswith(OURS):
            found.add(function)
            to_do += named(function)
            to_do += up(type(flow), function)
    return frozenset(found)


def up(kind: type, function: FunctionType) -> Iterator[FunctionType]:
    """What it overrides, and calls by `super()`."""
    if "super()." in inspect.getsource(function):
        for parent in kind.__mro__:
            if (one := vars(parent).get(function.__name__)) is not None:
                yield from unwrapped(one)


def method(kind: type, name: str) -> FunctionType | None:
    return next(unwrapped(inspect.getattr_static(kind, name)), None)


def unwrapped(one: Any) -> Iterator[FunctionType]:
    """A function, also of a property, of a context manager, of a class method."""
    for wrapped in ("func", "fget", "__func__"):
        if isinstance(one, (property, cached_property, classmethod, staticmethod, partial)):
            one = getattr(one, wrapped, one)
    one = inspect.unwrap(one) if callable(one) else one
    if isinstance(one, FunctionType) and has_source(one):
        yield one


def has_source(function: FunctionType) -> bool:
    """Not a lambda, and not written by `dataclass`."""
    code = function.__code__
    return not (code.co_name.startswith("<") or code.co_filename.startswith("<"))


@cache
def named(function: FunctionType) -> tuple[FunctionType, ...]:
    found: list[FunctionType] = []
    for node in ast.walk(body(function)):
        if isinstance(node, (ast.Name, ast.Attribute)):
            thing = resolved(node, function)
            if isinstance(thing, type) and thing.__module__.startswith(OURS):
                found += methods(thing)
            elif thing is not None:
                found += unwrapped(thing)
    return tuple(found)


def methods(kind: type) -> list[FunctionType]:
    """Of a class that is used on the way; other flows and the rows go their own."""
    if issubclass(kind, (Flow, Context)) or kind is FlowSettings or hasattr(kind, "_meta"):
        return []
    return [one for name in dir(kind) if (one := method(kind, name))]


def resolved(node: ast.AST, function: FunctionType) -> Any:
    """What a name means in its module: itself, or a part of a module that is named."""
    if isinstance(node, ast.Name):
        return function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = function.__globals__.get(node.value.id)
        return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
    return None


@cache
def body(function: FunctionType) -> ast.Module:
    """Without annotations: what a function is told is not what it calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    [made] = tree.body
    statements = made.body if isinstance(made, ast.FunctionDef) else []
    return ast.Module(body=statements, type_ignores=[])


@cache
def reads(function: FunctionType) -> frozenset[str]:
    return frozenset(
        node.attr
        for node in ast.walk(body(function))
        if isinstance(node, ast.Attribute)
        and node.attr in heeded.CHOICES
        and isinstance(node.ctx, ast.Load)
        and HOLDER.fullmatch(ast.unparse(node.value))
    )
