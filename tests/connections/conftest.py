"""A system to talk to: a real HTTP server on this machine, and a vendor module for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from connections.canary import secret_columns
from connections.models import Connection
from connections.registry import VENDORS
from tests.connections.other_system import ACME, OtherSystem

SECRET = "TOPSECRET-9-abcdef"


@pytest.fixture(autouse=True)
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VENDORS, "acme", ACME)


@pytest.fixture
def other_system() -> Iterator[OtherSystem]:
    with OtherSystem() as server:
        yield server


@pytest.fixture
def connection(other_system: OtherSystem) -> Connection:
    return Connection.objects.create(
        name="Acme",
        vendor="acme",
        settings={"api_url": other_system.address, "company_id": "7"},
        secrets={"client_secret": SECRET},
    )


@pytest.fixture
def use_keys() -> Iterator[object]:
    """Other keys for the encrypted columns, which remember theirs."""

    def use(*keys: str) -> None:
        for _model, field in secret_columns():
            for name in ("keys", "fernet_keys", "fernet"):
                field.__dict__.pop(name, None)
            if keys:
                field.__dict__["keys"] = list(keys)

    yield use
    use()


@pytest.fixture
def new_key() -> str:
    return Fernet.generate_key().decode()
