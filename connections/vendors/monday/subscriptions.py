"""Webhooks: one per board and event, without an end.

What makes a document due: a changed cell, and an item that went or came back. New rows and new
names are ours or nobody's business, so they are not asked for. The address of a webhook is never
told again: its id is what we know it by. Creating one makes monday.com call us first (challenge).
developer.monday.com/api-reference/reference/webhooks
"""

from __future__ import annotations

from typing import Any

from connections.errors import NeedsPerson, NotFound, Reason, Refused
from connections.models import Subscription
from connections.roles import Wanted
from connections.transport.exact import dumps
from connections.vendors.monday import queries
from connections.vendors.monday.cells import Row, loads, text
from connections.vendors.monday.reading import listed
from connections.vendors.monday.wire import Wire, new_key

ANY_CELL, ONE_COLUMN = "change_column_value", "change_specific_column_value"
GONE_OR_BACK = ("item_deleted", "item_archived", "item_restored")
LONGEST_ADDRESS = 255
UNKNOWN_BOARD = frozenset({"invalidargumentexception", "invalidboardidexception"})


def boards(client: Wire) -> list[str]:
    return split(client.connection.setting("boards"))


def split(setting: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in setting.split(",") if part.strip()))


def wanted(client: Wire) -> list[Wanted]:
    """Costs no call. A column to watch is named behind the event."""
    return [
        Wanted(event, board, f"Board {board}")
        for board in boards(client)
        for event in (*changes(client, board), *GONE_OR_BACK)
    ]


def changes(client: Wire, board: str) -> list[str]:
    """An event per watched column of this board; any cell where none is named."""
    named = [one.rpartition(":") for one in split(client.connection.setting("watched_columns"))]
    events = [f"{ONE_COLUMN}:{column}" for of, _, column in named if of in ("", board)]
    return events or [ANY_CELL]


def subscribe(client: Wire, subscription: Subscription, address: str) -> str:
    """Its id. One of ours that stands is kept; of others nobody can tell whose they are."""
    if len(address) > LONGEST_ADDRESS:
        raise NeedsPerson(Reason.SETTINGS, "The public address is too long for monday.com.")
    if stands(client, subscription):
        return subscription.remote_id
    event, _, column = subscription.resource.partition(":")
    config = dumps({"columnId": column}) if column else None
    variables = {
        "board": subscription.scope, "url": address, "event": event, "config": config,
    }  # fmt: skip
    done = client.change(
        queries.CREATE_WEBHOOK, variables, about=f"webhook {subscription}", key=new_key(),
        board=subscription.scope,
    )  # fmt: skip
    made: Any = done.data.get("create_webhook")
    if not isinstance(made, dict) or not made.get("id"):
        raise Refused("monday.com made a webhook and did not name it.", status=200)
    return text(made["id"])


def stands(client: Wire, subscription: Subscription) -> bool:
    """Under the id that we keep, for the same event and column."""
    if not subscription.remote_id:
        return False
    event, _, column = subscription.resource.partition(":")
    return any(
        text(row.get("id")) == subscription.remote_id
        and row.get("event") == event
        and column_of(row) in ("", column)
        for row in rows(client, subscription.scope)
    )


def column_of(row: Row) -> str:
    config = loads(row.get("config"))
    return text(config.get("columnId")) if isinstance(config, dict) else ""


def rows(client: Wire, board: str) -> list[Row]:
    """The webhooks of a board; none of a board that is gone."""
    try:
        return listed(client.ask(queries.WEBHOOKS, {"board": board}), "webhooks")
    except Refused as error:
        if isinstance(error, NotFound) or error.code in UNKNOWN_BOARD:
            return []
        raise


def renew(client: Wire, subscription: Subscription) -> None:
    if not stands(client, subscription):
        raise NotFound("monday.com has lost this webhook.", status=404)


def unsubscribe(client: Wire, subscription: Subscription) -> None:
    """Safe to call twice."""
    if not subscription.remote_id:
        return
    variables = {"id": subscription.remote_id}
    try:
        client.change(
            queries.DELETE_WEBHOOK, variables, about=f"unsubscribe {subscription}", key=new_key(),
            board=subscription.scope,
        )  # fmt: skip
    except NotFound:
        return


def standing(client: Wire) -> set[str]:
    """Ids on all our boards: a call for each, also for a board that we leave."""
    known = client.connection.subscriptions.exclude(scope="").values_list("scope", flat=True)
    scopes = dict.fromkeys([*boards(client), *known.exclude(state=Subscription.State.GONE)])
    return {text(row.get("id")) for scope in scopes for row in rows(client, scope)}
