"""New rows on their way into a table, by the thousand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.utils import timezone


def insert(rows: Sequence[models.Model], using: str | None) -> None:
    """By COPY, which the triggers of the history see as any insert; half the time of INSERT."""
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    database = connections[using or DEFAULT_DB_ALIAS]
    quoted = database.ops.quote_name
    table, columns = quoted(model._meta.db_table), [quoted(str(field.column)) for field in fields]
    values = [value_of(field) for field in fields]
    with (
        transaction.atomic(database.alias, savepoint=False),
        database.cursor() as cursor,
        database.wrap_database_errors,
    ):
        # Who changes what rides on a statement of Django's to the database; COPY is none.
        cursor.execute(f"UPDATE {table} SET {columns[0]} = {columns[0]} WHERE false")  # noqa: S608
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([value(row) for value in values])


def value_of(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """How the database is told a field of a row."""
    stored = attrgetter(field.attname)
    if isinstance(field, models.DateTimeField) and field.auto_now:
        now = timezone.now()
        return lambda row: now
    if isinstance(field, models.JSONField):
        return lambda row: json.dumps(stored(row))
    return stored
