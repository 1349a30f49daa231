"""NAV online in Business Central's stand-in: the same stage with NAV's client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.models import Connection
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.nav.client import OnPremises
from tests.vendors.stage_business_central import Stage


class OnlineStage(Stage):
    def __init__(self, ready: dict[str, Any]) -> None:
        super().__init__(ready)
        self.connection.vendor = "nav"
        self.connection.save()
        self.client = self.new_client()

    def new_client(self) -> BusinessCentral:
        """Business Central's, under the name that its people know."""
        connection = Connection.objects.get(pk=self.connection.pk)
        return BusinessCentral(connection, self.journal, OnPremises.label)


@pytest.fixture
def nav_online(db: None, stand_ins: dict[str, Any]) -> Iterator[OnlineStage]:
    cache.clear()
    stage = OnlineStage(stand_ins["business_central"])
    stage.control("POST", "reset")
    stage.control("DELETE", "violations")
    yield stage
    stage.control("DELETE", "faults")
    assert stage.control("GET", "violations")["found"] == []
