"""What a vendor declares is what its clients do: no more, and no less."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from connections import roles
from connections.models import Connection
from connections.registry import VENDORS, Ability
from connections.roles import ROLES
from connections.transport.http import NoJournal

SYSTEMS = [
    ("procore", {}),
    ("monday", {}),
    ("business_central", {}),
    ("nav", {"mode": "online"}),
    ("nav", {"mode": "on_premises"}),
    ("fo", {}),
    ("gp", {}),
]


def members(role: type) -> Iterator[tuple[str, Any]]:
    """Name and value of what a role asks for, of the roles below it, too; no value: a fact."""
    for part in role.__mro__:
        if part not in (object, Protocol) and getattr(part, "_is_protocol", False):
            yield from ((name, None) for name in inspect.get_annotations(part))
            yield from ((name, one) for name, one in vars(part).items() if name[0] != "_")


def lacks(client: Any, role: type) -> list[str]:
    """What this client does not have, or takes in another way than the role says."""
    return sorted({name for name, asked in members(role) if not meets(client, name, asked)})


def meets(client: Any, name: str, asked: Any) -> bool:
    """Properties are not read: some ask the other system."""
    offered = vars(client).get(name, getattr(type(client), name, None))
    if offered is None or not inspect.isfunction(asked):
        return offered is not None
    return callable(offered) and arguments(offered) == arguments(asked)


def arguments(function: Any) -> int:
    return len(inspect.signature(function).parameters)


@pytest.fixture(params=SYSTEMS, ids=lambda one: "-".join((one[0], *one[1].values())))
def system(request: pytest.FixtureRequest) -> tuple[str, Any]:
    """Key of the vendor, and a client of it that nobody calls."""
    vendor, settings = request.param
    connection = Connection(vendor=vendor, settings=settings)
    return vendor, VENDORS[vendor].client(connection, NoJournal())


def test_every_vendor_is_looked_at_here() -> None:
    assert {vendor for vendor, _ in SYSTEMS} == set(VENDORS)
    assert set(ROLES) == set(Ability)


def test_a_client_does_what_its_vendor_declares(system: tuple[str, Any]) -> None:
    vendor, client = system
    lacking = {str(one): lacks(client, ROLES[one]) for one in VENDORS[vendor].abilities}
    assert not {ability: names for ability, names in lacking.items() if names}


def test_a_vendor_declares_all_that_its_client_does(system: tuple[str, Any]) -> None:
    vendor, client = system
    able = {ability for ability, role in ROLES.items() if not lacks(client, role)}
    assert able == VENDORS[vendor].abilities


def test_every_client_can_be_tested_and_subscribes(system: tuple[str, Any]) -> None:
    vendor, client = system
    assert lacks(client, roles.Tested) == lacks(client, roles.Subscriber) == []
    assert VENDORS[vendor].role == "project" or lacks(client, roles.LedgerData) == []


def test_what_makes_up_a_company_is_asked_for() -> None:
    for vendor in VENDORS.values():
        plain = {field.name for field in vendor.fields if not field.secret}
        assert set(vendor.company) <= plain
        assert vendor.company
