"""Test connection: a call to another system that a web request makes.

There are two more, since a person waits for the answer and decides by it: the set-up of a board
(`mappings.boards.steps`, which also writes, in the journal) and the consent of an app (`consent`).
Everything else is asked by workers.
"""

from __future__ import annotations

from django.utils import timezone

from connections.documents import TestResult
from connections.errors import ConnectorError
from connections.models import Connection
from connections.registry import VENDORS
from connections.transport import tokens
from connections.transport.http import NoJournal

LARGE_DIFFERENCE = 60  # seconds


def test_connection(connection: Connection) -> TestResult:
    """Sign in anew and ask the other system about itself; stores what was found.

    Raises `fields.WrongKey` when the stored secrets cannot be read.
    """
    tokens.forget(connection)  # the secrets as they stand now are tested, not an older token
    result = ask(connection)
    connection.tested_at, connection.test_ok = timezone.now(), result.ok
    connection.test_findings = [*result.findings, *clock_findings(result)]
    connection.save(update_fields=["tested_at", "test_ok", "test_findings"])
    return result


test_connection.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def ask(connection: Connection) -> TestResult:
    """What the vendor's client finds; a failure is a finding in its own words."""
    client = VENDORS[connection.vendor].client(connection, NoJournal())
    client.hurry()
    try:
        result: TestResult = client.test()
    except ConnectorError as error:
        return TestResult(False, (error.sentence,))
    return result


def clock_findings(result: TestResult) -> list[str]:
    """One sentence when the clocks differ by more than a minute, and no finding says so."""
    if result.clock_difference is None or any("clock" in text for text in result.findings):
        return []
    seconds = round(abs(result.clock_difference.total_seconds()))
    if seconds <= LARGE_DIFFERENCE:
        return []
    return [f"The clocks differ by {seconds} seconds; set this server's clock by a time server."]
