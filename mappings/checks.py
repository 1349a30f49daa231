"""Is this account, value or vendor one that the ledger would take? Asked of the reference data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from connections.models import Connection
from mappings.models import Reference

PLACEHOLDERS = {"{project}", "{cost_code}", "{cost_type}"}

type Shelf = dict[tuple[int, str], dict[tuple[str, str], Reference]]
