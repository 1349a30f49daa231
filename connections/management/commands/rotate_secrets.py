"""Encrypt every stored secret anew, with the first key of FERNET_KEYS."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction

from connections.canary import secret_columns, stored_tokens
from connections.fields import SecretField


class Command(BaseCommand):
    help = "Re-encrypts all stored secrets with the first key of FERNET_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            for model, field in secret_columns():
                stored, rewritten = rotate(model, field)
                name = f"{model._meta.verbose_name}: {field.verbose_name}"
                self.stdout.write(f"{name}: {stored} stored, {rewritten} re-encrypted")
        self.stdout.write("All secrets are now under the first key; older keys can be removed.")


def rotate(model: type[models.Model], field: SecretField) -> tuple[int, int]:
    """(stored, re-encrypted). Rows stay locked until all is done."""
    first = Fernet(field.fernet_keys[0])
    rows = stored_tokens(model, field, "FOR UPDATE")
    rewritten = 0
    for key, token in rows:
        if not under(first, bytes(token)):
            store(model, field, key, first.encrypt(plain(model, field, key, bytes(token))))
            rewritten += 1
    return len(rows), rewritten


def under(key: Fernet, token: bytes) -> bool:
    try:
        key.decrypt(token)
    except InvalidToken:
        return False
    return True


def plain(model: type[models.Model], field: SecretField, key: object, token: bytes) -> bytes:
    try:
        text: bytes = field.fernet.decrypt(token)
    except InvalidToken:
        raise CommandError(
            f"{model._meta.verbose_name} {key}: {field.verbose_name} cannot be decrypted. "
            "FERNET_KEYS lacks the key that it was written with: put the old key back, behind "
            "the new one, and run this again. Nothing was changed."
        ) from None
    return text


def store(model: type[models.Model], field: SecretField, key: Any, token: bytes) -> None:
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(str(field.column))
    where = quote(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = %s WHERE {where} = %s",  # noqa: S608
            [token, key],
        )
