"""Encrypted columns that keep their secret through bulk writes."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models import Case
from django.db.models.functions import Cast
from fernet_fields import EncryptedTextField


class WrongKey(ImproperlyConfigured):
    """A stored secret cannot be read with the keys in FERNET_KEYS."""


class SecretField(EncryptedTextField):
    """Text that is encrypted at rest. Expressions are refused: they would be stored as text."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "as_sql"):  # bulk_update's CASE: its inner values encrypt themselves
            if not isinstance(value, (Case, Cast)):
                raise FieldError("encrypted fields take plain values only")
            return value
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any, *args: Any) -> Any:
        try:
            return super().from_db_value(value, expression, connection, *args)
        except InvalidToken as error:
            raise WrongKey(
                "A stored secret cannot be decrypted: FERNET_KEYS lacks the key that it was "
                "written with. Put the old key back (behind the new one) and run rotate_secrets."
            ) from error

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """No form shows it by itself; `connections.pages.forms` asks for secrets write-only."""

    def value_to_string(self, obj: models.Model) -> str:
        """A dump never holds a secret."""
        return ""


class SecretJSONField(SecretField):
    """A dictionary of secrets, encrypted as one text."""

    def get_prep_value(self, value: Any) -> Any:
        """Not the parent's: that would parse the text again."""
        return None if value is None else json.dumps(value, sort_keys=True)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) and value else value


__all__ = ["SecretField", "SecretJSONField", "WrongKey", "models"]
