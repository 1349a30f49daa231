"""The chart of accounts of a ledger whose services have none: as a person imported it.

`syncs` reads the master data and may import us but not the other way round: it registers who
reads it anew when the chart changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction

from connections.documents import Account
from connections.models import Connection, Integration
from mappings.models import ChartAccount

Reader = Callable[[int], object]
_reader: list[Reader] = []


def register(reader: Reader) -> None:
    """Called once by `syncs` when the application starts. Safe to call twice."""
    _reader[:] = [reader]


def changed(integrations: Iterable[Integration]) -> None:
    """The master data of each is read anew, once the rows are there for all to see."""
    for integration in integrations:
        for reader in _reader:
            transaction.on_commit(partial(reader, integration.pk))


def accounts_of(ledger: Connection) -> list[Account]:
    """What was imported for any integration of the ledger, as its service would tell it."""
    rows = ChartAccount.objects.filter(integration__ledger=ledger).order_by("number")
    return [account(row) for row in rows]


def account(row: ChartAccount) -> Account:
    return Account(
        id=row.number, number=row.number, name=row.name, category=row.category,
        posting=row.posting, direct_posting=row.direct, blocked=not row.active,
    )  # fmt: skip
