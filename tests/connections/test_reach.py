"""Since when a system cannot be reached is known, and how long its answers take."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.journal import RecordJournal
from connections.errors import Unreachable
from connections.models import Connection
from tests.connections.other_system import CUT, AcmeClient, OtherSystem, ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(connection: Connection) -> AcmeClient:
    return AcmeClient(connection, RecordJournal("bc_procore", "invoices", 1))


def since(connection: Connection) -> dt.datetime | None:
    return Connection.objects.get(pk=connection.pk).unreachable_since


def test_the_first_moment_counts_until_it_answers(
    client: AcmeClient, connection: Connection, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: CUT
    for _ in range(2):
        with pytest.raises(Unreachable):
            client.get("/things")
    first = since(connection)
    assert first
    with pytest.raises(Unreachable):
        AcmeClient(Connection.objects.get(pk=connection.pk)).get("/things")
    assert since(connection) == first
    other_system.reply = lambda method, path, count: (404, {}, "")
    with pytest.raises(Exception, match="404"):
        AcmeClient(Connection.objects.get(pk=connection.pk)).get("/things")
    assert since(connection) is None, "it answers, if with a refusal"


def test_an_answer_costs_no_statement_while_all_is_well(
    client: AcmeClient, other_system: OtherSystem
) -> None:
    other_system.reply = lambda method, path, count: ok({})
    client.get("/things")
    with CaptureQueriesContext(database) as asked:
        client.get("/things")
    assert not [each for each in asked if "unreachable_since" in each["sql"]]
    assert client.seconds_used > 0


def test_a_moment_that_another_worker_noted_stays(connection: Connection) -> None:
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    Connection.objects.filter(pk=connection.pk).update(unreachable_since=hour_ago)
    connection.note_unreachable()
    assert since(connection) == hour_ago
