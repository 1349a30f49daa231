"""Do the keys fit what is stored? One stored secret of each kind is tried."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import connection, models

from connections.fields import SecretField


def secret_columns() -> Iterator[tuple[type[models.Model], SecretField]]:
    """Every encrypted column of the project."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SecretField):
                yield model, field


def unreadable() -> list[str]:
    """What cannot be decrypted, as "Connection 3: secrets"; empty when all is well."""
    tables = set(connection.introspection.table_names())
    found = []
    for model, field in secret_columns():
        if model._meta.db_table in tables:
            found += [name for name in newest(model, field) if name]
    return found


def newest(model: type[models.Model], field: SecretField) -> Iterator[str]:
    """The latest row of this column, named when the keys do not fit."""
    for key, stored in stored_tokens(model, field, "DESC LIMIT 1"):
        try:
            field.fernet.decrypt(bytes(stored))
        except InvalidToken:
            yield f"{model._meta.verbose_name} {key}: {field.verbose_name}"


def stored_tokens(
    model: type[models.Model], field: SecretField, tail: str
) -> list[tuple[object, bytes]]:
    """(primary key, cipher text) of the rows that hold a secret, by primary key."""
    quote = connection.ops.quote_name
    key = quote(str(model._meta.pk.column))
    column = quote(str(field.column))
    table = quote(model._meta.db_table)
    query = f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{query} ORDER BY {key} {tail}")
        return list(cursor.fetchall())
