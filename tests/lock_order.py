"""Rows first, then the journal: who holds the chain's lock waits for nobody.

Whoever has a row and wants to write a line waits for the chain; if the chain's holder waited for
that row, both would wait for ever and PostgreSQL would end one of them. So in one transaction no
row is locked after a line was written. The rule is watched in every test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connection
from django.db.transaction import Atomic

LOCKS_ROWS = re.compile(
    r'^UPDATE "(?!audit_)|^DELETE FROM "(?!audit_)|\b(?:FOR|DO|NO KEY) UPDATE\b'
)
TAKES_CHAIN = re.compile("audit_append|audit_outcome")


class Watch:
    """What one connection does after it took the chain's lock, until its transaction ends."""

    def __init__(self) -> None:
        self.holder: object = None
        self.late: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        text, outermost = str(sql), self.outermost()
        if self.holder is not outermost:
            self.holder = None
        if self.holder is not None and LOCKS_ROWS.search(text):
            self.late.append(text[:200])
        if TAKES_CHAIN.search(text):
            self.holder = outermost
        return execute(sql, params, many, context)

    def outermost(self) -> object:
        """The transaction that runs; a test case's own, around the test, does not count."""
        for block in connection.atomic_blocks:
            if not getattr(block, "_from_testcase", False):
                return block
        return None

    def leaves(self, block: Atomic) -> None:
        """A function under `transaction.atomic` has one block for all its calls."""
        if self.holder is block:
            self.holder = None


@contextmanager
def watched() -> Iterator[Watch]:
    watch, leave = Watch(), Atomic.__exit__

    def leaving(block: Atomic, *error: Any) -> None:
        watch.leaves(block)
        leave(block, *error)

    with connection.execute_wrapper(watch), mock.patch.object(Atomic, "__exit__", leaving):
        yield watch
