"""Test connection: what works and what does not, in sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils import timezone

from connections.documents import TestResult
from connections.errors import ConnectorError, NotFound
from connections.models import Seat
from connections.pages import moments
from connections.transport.http import Answer
from connections.vendors.monday import queries, subscriptions
from connections.vendors.monday.cells import text
from connections.vendors.monday.reading import Reading
from connections.vendors.monday.ways import OAUTH, SCOPES

CLOCK_TOLERANCE = dt.timedelta(seconds=60)
WEAK = {"guest": "a guest", "view_only": "a viewer", "viewer": "a viewer"}


class Findings:
    """Gathered as the test goes; `ok` falls once and stays."""

    def __init__(self) -> None:
        self.ok = True
        self.sentences: list[str] = []
        self.clock: dt.timedelta | None = None

    def good(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def bad(self, sentence: str) -> None:
        self.ok = False
        self.sentences.append(sentence)


def test(client: Reading) -> TestResult:
    """Signs in and asks about account, version, boards and calls. Never raises ConnectorError."""
    found = Findings()
    try:
        consent(client, found)
        who(client, found)
        version(client, found)
        boards(client, found)
        calls(client, found)
    except ConnectorError as error:
        found.bad(error.sentence)
    clock(client.last_answer, found)
    return TestResult(found.ok, tuple(found.sentences), found.clock)


test.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name


def consent(client: Reading, found: Findings) -> None:
    """Scopes that the app was not given; a token freezes those of its consent."""
    if client.way != OAUTH:
        return
    given = getattr(client.connection, "consent", None)
    if given and given.ends_at:
        found.good(f"The consent ends on {moments.when(given.ends_at)}; connect again before.")
    scopes = set(given.scopes.split()) if given else set()
    if scopes and (missing := [scope for scope in SCOPES if scope not in scopes]):
        found.bad(
            f"The app lacks {', '.join(missing)}. Add them to its permissions, promote the "
            "version, then press Connect again."
        )


def who(client: Reading, found: Findings) -> None:
    Seat.objects.filter(connection=client.connection).delete()  # asked anew, with today's figures
    seat = client.calls.introduce()
    me = client.calls.me
    account = me.get("account") or {}
    plan = text((account.get("plan") or {}).get("tier") or account.get("tier")) or "unknown"
    found.good(f"Signed in to {text(account.get('name')) or 'monday.com'} (plan: {plan}).")
    kind = text(me.get("kind")).lower()
    if kind in WEAK:
        found.bad(f"{seat.person} is {WEAK[kind]} and may not change boards: use a member.")
    else:
        found.good(f"User {seat.person} ({kind or 'kind not told'}).")


def version(client: Reading, found: Findings) -> None:
    told: Mapping[str, Any] = client.ask(queries.VERSION).get("version") or {}
    wanted, value = client.connection.setting("api_version"), text(told.get("value"))
    if value == wanted:
        found.good(f"API version {value} ({text(told.get('kind')).replace('_', ' ')}).")
    else:
        found.bad(
            f"monday.com answers with API version {value or 'unknown'} instead of {wanted}: it no "
            "longer offers the one asked for, or not yet."
        )


def boards(client: Reading, found: Findings) -> None:
    """Those of the connection by name; without any, how many can be seen."""
    ours = subscriptions.boards(client)
    if not ours:
        seen = client.boards()
        are = "board is" if len(seen) == 1 else "boards are"
        found.good(f"{len(seen)} {are} visible; none is set up here yet.")
    for id in ours:
        try:
            board = client.board(id)
        except NotFound as error:
            found.bad(error.sentence)
            continue
        if board.unusable or not board.active:
            found.bad(f"Board {board.name}: {board.unusable or 'it is archived.'}")
        else:
            found.good(f"Board {board.name}: {board.items:,} items of {room(board.items_limit)}.")


def room(limit: int) -> str:
    return f"{limit:,}" if limit else "a number that monday.com does not tell"


def calls(client: Reading, found: Findings) -> None:
    used, allowed = client.calls.today()
    left = max(allowed - used, 0)
    found.good(f"{used:,} of {allowed:,} calls of today (UTC) are used, {left:,} are left.")


def clock(answer: Answer | None, found: Findings) -> None:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("Date", "") if answer else "")
    except (TypeError, ValueError):
        return
    found.clock = theirs - timezone.now()
    if abs(found.clock) > CLOCK_TOLERANCE:
        seconds = round(abs(found.clock.total_seconds()))
        found.good(f"The clocks differ by {seconds} seconds: check this machine's time.")
