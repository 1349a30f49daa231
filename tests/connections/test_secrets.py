"""Encrypted columns: the traps of the package, the keys, the rotation."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core import serializers
from django.core.checks import run_checks
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Value
from django.forms import modelform_factory

from connections.fields import WrongKey
from connections.models import Connection, Subscription, Token
from tests.connections.conftest import SECRET

pytestmark = pytest.mark.django_db
UseKeys = Callable[..., None]


def stored(table: str, column: str) -> list[bytes]:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        return [bytes(row[0]) for row in cursor.fetchall()]


def test_a_secret_is_encrypted_at_rest(connection: Connection) -> None:
    (token,) = stored("connections_connection", "secrets")
    assert SECRET.encode() not in token
    assert Connection.objects.get().secret("client_secret") == SECRET


def test_bulk_update_keeps_the_secret(connection: Connection) -> None:
    token = Token.objects.create(connection=connection, access_token="one")
    token.access_token = "two"
    Token.objects.bulk_update([token], ["access_token"])
    connection.secrets = {"client_secret": "three"}
    Connection.objects.bulk_update([connection], ["secrets"])
    assert Token.objects.get().access_token == "two"
    assert Connection.objects.get().secrets == {"client_secret": "three"}


def test_a_plain_update_and_bulk_create_encrypt(connection: Connection) -> None:
    Subscription.objects.bulk_create(
        [Subscription(connection=connection, resource="a", secret="hush")]
    )
    assert Subscription.objects.get().secret == "hush"
    Subscription.objects.update(secret="quiet")
    assert Subscription.objects.get().secret == "quiet"
    assert b"quiet" not in stored("connections_subscription", "secret")[0]


@pytest.mark.parametrize("expression", [F("error"), Value("plain")])
def test_expressions_are_refused(connection: Connection, expression: object) -> None:
    Token.objects.create(connection=connection, access_token="one")
    with pytest.raises(FieldError, match="plain values only"), transaction.atomic():
        Token.objects.update(access_token=expression)
    assert Token.objects.get().access_token == "one"


def test_a_dump_holds_no_secret(connection: Connection) -> None:
    Token.objects.create(connection=connection, access_token="TOKEN-1")
    for model in (Connection, Token):
        dump = serializers.serialize("json", model.objects.all())
        assert SECRET not in dump
        assert "TOKEN-1" not in dump


def test_no_form_shows_a_secret_by_itself() -> None:
    assert "secrets" not in modelform_factory(Connection, fields="__all__").base_fields
    assert "access_token" not in modelform_factory(Token, fields="__all__").base_fields


def test_when_a_secret_was_set_is_known_without_decrypting(
    connection: Connection, use_keys: UseKeys, new_key: str
) -> None:
    use_keys(new_key)
    row = Connection.objects.defer("secrets").get()
    assert list(row.secrets_set_at) == ["client_secret"]


def test_a_wrong_key_says_what_to_do(
    connection: Connection, use_keys: UseKeys, new_key: str
) -> None:
    use_keys(new_key)
    with pytest.raises(WrongKey, match="Put the old key back"):
        Connection.objects.get()


def rotate() -> str:
    out = StringIO()
    call_command("rotate_secrets", stdout=out)
    return out.getvalue()


def test_rotation_re_encrypts_every_secret(
    connection: Connection, use_keys: UseKeys, new_key: str, settings: object
) -> None:
    Token.objects.create(connection=connection, access_token="TOKEN-1")
    Subscription.objects.create(connection=connection, resource="a", secret="hush")
    old = Connection._meta.get_field("secrets").keys
    use_keys(new_key, *old)
    said = rotate()
    assert "connection: secrets: 1 stored, 1 re-encrypted" in said
    assert "subscription: secret: 1 stored, 1 re-encrypted" in said
    use_keys(new_key)
    assert Connection.objects.get().secret("client_secret") == SECRET
    assert Token.objects.get().access_token == "TOKEN-1"
    assert Subscription.objects.get().secret == "hush"
    assert "connection: secrets: 1 stored, 0 re-encrypted" in rotate()


def test_rotation_without_the_old_key_changes_nothing(
    connection: Connection, use_keys: UseKeys, new_key: str
) -> None:
    before = stored("connections_connection", "secrets")
    use_keys(new_key)
    with pytest.raises(CommandError, match="Nothing was changed"):
        rotate()
    assert stored("connections_connection", "secrets") == before


def test_a_check_tells_of_keys_that_do_not_fit(
    connection: Connection, use_keys: UseKeys, new_key: str
) -> None:
    def found() -> list[str]:
        return [str(message.id) for message in run_checks(databases=["default"])]

    assert "connections.E001" not in found()
    use_keys(new_key)
    assert "connections.E001" in found()


@pytest.mark.parametrize("command", ["first_contact", "record_exchange"])
def test_a_command_says_that_the_key_is_gone(
    connection: Connection, use_keys: UseKeys, new_key: str, command: str
) -> None:
    use_keys(new_key)
    with pytest.raises(CommandError, match="Put the old key back"):
        call_command(command, connection.name)
