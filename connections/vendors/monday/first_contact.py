"""What an account of monday.com is asked when it is met, by queries of our own list alone.

developer.monday.com/api-reference
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connections.boards import OPTIONS, OTHER, STATUS, Board
from connections.errors import NotFound
from connections.first_contact.checks import (
    Check,
    Finding,
    FirstContact,
    differs,
    fits,
    listed,
    set_up_by_hand,
    unasked,
)
from connections.vendors.monday import answers, check, labels, queries, subscriptions
from connections.vendors.monday.calls import LIMITS, SMALLEST
from connections.vendors.monday.cells import loads, text
from connections.vendors.monday.client import Monday
from connections.vendors.monday.ways import BASIC, MINUTE_RATE, OAUTH, SCOPES
from connections.vendors.monday.wire import PATH

DOCS = "developer.monday.com/api-reference/docs"
REFERENCE = "developer.monday.com/api-reference/reference"
STRONG = ("admin", "member", "service_user")  # UserKindFilter of the schema, those that may write
SUPPORTED = ("current", "maintenance", "release_candidate")
NEARLY = 0.9
HEADERS = ("RateLimit-Policy", "RateLimit")
# What our documents name, with the arguments that they give.
RELIED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "changes": {
        "create_board": ("board_name", "board_kind", "empty"),
        "create_column": ("board_id", "id", "title", "column_type", "defaults"),
        "update_status_column": ("board_id", "id", "revision", "settings"),
        "update_dropdown_column": ("board_id", "id", "revision", "settings"),
        "create_item": ("board_id", "item_name", "column_values"),
        "change_multiple_column_values": ("board_id", "item_id", "column_values"),
        "create_update": ("item_id", "body"),
        "create_webhook": ("board_id", "url", "event", "config"),
        "delete_webhook": ("id",),
    },
    "reads": {
        "boards": ("ids", "limit", "page", "state", "order_by"),
        "items": ("ids", "limit"),
        "next_items_page": ("cursor", "limit"),
        "users": ("ids",),
        "webhooks": ("board_id",),
        "me": (),
        "version": (),
        "platform_api": (),
    },
    "board": dict.fromkeys(
        ("id", "name", "state", "type", "url", "hierarchy_type", "items_count", "items_limit",
         "groups", "columns", "items_page", "activity_logs"), (),
    ),
    "column": dict.fromkeys(("id", "title", "type", "archived", "revision", "settings"), ()),
    "item": dict.fromkeys(
        ("id", "name", "state", "updated_at", "url", "board", "group", "column_values"), ()
    ) | {"updates": ("limit",)},
}  # fmt: skip


def version(client: Monday) -> Finding:
    told: Mapping[str, Any] = client.ask(queries.VERSION).get("version") or {}
    wanted = client.connection.setting("api_version").strip()
    value, kind = text(told.get("value")), text(told.get("kind"))
    if value != wanted:
        return differs(
            f"monday.com answers with API version {value or 'unknown'} instead of {wanted}.",
            "Enter a version that it offers under API version.",
        )
    if kind not in SUPPORTED:
        return differs(
            f"API version {value} is {kind.replace('_', ' ')}: it ends before long.",
            "Enter the current one under API version, and test the connection.",
        )
    return fits(f"API version {value} is {kind.replace('_', ' ')}.")


def names(client: Monday) -> Iterator[Finding]:
    """What our documents name against what the account's version offers (introspection)."""
    data = client.ask(queries.NAMES)
    for kind, wanted in RELIED.items():
        offered = {one["name"]: one for one in (data.get(kind) or {}).get("fields") or ()}
        if not offered:
            yield unasked(f"monday.com does not say what it offers ({kind}).")
            continue
        absent = [name for name in wanted if name not in offered]
        for name, arguments in wanted.items():
            known = {one["name"] for one in offered.get(name, {}).get("args") or ()}
            absent += [
                f"{name}({one})" for one in arguments if name in offered and one not in known
            ]
        if absent:
            yield differs(
                f"This version has no {listed(absent)} ({kind}).",
                "Enter the version that is the usual one under API version; else tell the "
                "maintainers.",
            )
        else:
            yield fits(f"All {len(wanted)} names that are used are there ({kind}).")


def user(client: Monday) -> Iterator[Finding]:
    client.calls.introduce()
    kind = text(client.calls.me.get("kind")).lower()
    if kind in check.WEAK:
        yield differs(
            f"The connection works as {check.WEAK[kind]}, who may not change boards.",
            "Use the token of a member of the account.",
        )
    elif not kind:
        yield unasked("monday.com does not say what kind of user this is.")
    elif kind not in STRONG:
        yield differs(
            f"The connection works as a user of the kind {kind}, of which nobody knows what it "
            "may do.",
            "Use the token of a member of the account, or tell the maintainers.",
        )
    else:
        yield fits(f"The connection works as a user of the kind {kind}.")
    if client.way == OAUTH:
        yield scopes(client)


def scopes(client: Monday) -> Finding:
    consent = getattr(client.connection, "consent", None)
    given = set(consent.scopes.split()) if consent else set()
    if not given:
        return unasked("the consent does not say which scopes it has.")
    if missing := [one for one in SCOPES if one not in given]:
        return differs(
            f"The app lacks {listed(missing)}.",
            "Add them to its permissions, promote the version, then press Connect again.",
        )
    return fits("The app has all scopes that are used.")


def plan(client: Monday) -> Iterator[Finding]:
    stated = client.connection.setting("plan")
    expected = LIMITS.get(stated, SMALLEST)
    _used, allowed = client.calls.today()
    if allowed != expected:
        yield differs(
            f"monday.com allows {allowed:,} calls a day; the plan in the connection means "
            f"{expected:,}.",
            "Choose the account's plan in the connection. Its own figure is kept to meanwhile.",
        )
    else:
        yield fits(f"{allowed:,} calls a day, as the plan in the connection says.")


def headers(client: Monday) -> Iterator[Finding]:
    client.ask(queries.VERSION)
    told = client.last_answer.headers if client.last_answer else {}
    if absent := [name for name in HEADERS if name not in told]:
        yield differs(
            f"Answers do not tell the rate limits ({listed(absent)}).",
            "Nothing, the plan's limits are kept to. Tell the maintainers.",
        )
        return
    minute = answers.policies(told[HEADERS[0]]).get("minuteRate", {}).get("q", "")
    stated = client.connection.setting("plan")
    expected = MINUTE_RATE.get(stated, MINUTE_RATE[BASIC])
    if not minute.isdigit():
        yield differs(
            "The rate limit of a minute is told in another form than is read.",
            "Send the report to the maintainers.",
        )
    elif int(minute) != expected:
        yield differs(
            f"{int(minute):,} requests a minute are allowed; the plan in the connection means "
            f"{expected:,}.",
            "Choose the account's plan in the connection.",
        )
    else:
        yield fits(f"{expected:,} requests a minute, as the plan in the connection says.")


def label_rules(client: Monday) -> Iterator[Finding]:
    """How many labels a column takes, and how long they may be."""
    for kind, most in (("status", labels.MOST), ("dropdown", client.most_options)):
        rules = most_told(loads(client.ask(queries.COLUMN_RULES, {"type": kind})
                                .get("get_column_type_schema")))  # fmt: skip
        if rules is None:
            yield unasked(f"monday.com tells no rules of a {kind} column.")
        elif not rules[0]:
            yield unasked(f"monday.com does not say how many labels a {kind} column takes.")
        elif rules[0] < most:
            yield differs(
                f"A {kind} column takes {rules[0]} labels, and the connector counts on {most}.",
                "Lower Options of a column, at most; values beyond it are held, not lost."
                if kind == "dropdown"
                else "Tell the maintainers.",
            )
        elif kind == "status" and rules[1] and rules[1] < labels.LENGTH:
            yield differs(
                f"A status label takes {rules[1]} characters, fewer than {labels.LENGTH}.",
                "Tell the maintainers.",
            )
        else:
            yield fits(f"A {kind} column takes the {most} labels that are counted on.")


def most_told(rules: Any) -> tuple[int, int] | None:
    """(labels, characters of one) of a column type's own schema; 0 where it says none."""
    whole = rules.get("schema", rules) if isinstance(rules, dict) else {}
    inner = ((whole.get("properties") or {}).get("settings") or {}).get("properties") or {}
    found = inner.get("labels")
    if not isinstance(found, dict):
        return None
    text_of = ((found.get("items") or {}).get("properties") or {}).get("label") or {}
    return int(found.get("maxItems") or 0), int(text_of.get("maxLength") or 0)


def boards(client: Monday) -> Iterator[Finding]:
    ours = subscriptions.boards(client)
    if not ours:
        yield unasked("the connection names no boards yet.", "Ask again when boards are set up.")
    for number, id in enumerate(ours, start=1):
        try:
            found = client.board(id)
        except NotFound:
            yield differs(
                f"Board {number} of the connection is gone, or not shown to this user.",
                "Invite the user to the board, or take it out of the connection.",
            )
            continue
        yield from looked_at(number, found)


def looked_at(number: int, found: Board) -> Iterator[Finding]:
    called = f"Board {number} of the connection"
    if found.unusable or not found.active:
        yield differs(
            f"{called} cannot be used: {found.unusable or 'it is archived.'}",
            "Choose a classic board of items that is active.",
        )
    if found.items_limit and found.items >= NEARLY * found.items_limit:
        yield differs(
            f"{called} has {found.items:,} of {found.items_limit:,} items.",
            "Move settled items to an archive board before it is full.",
        )
    crowded = [one for one in found.columns if one.type == STATUS and len(one.labels) > labels.MOST]
    if crowded:
        yield differs(
            f"{called} has {len(crowded)} status columns with more than {labels.MOST} labels.",
            "Use a dropdown column for them.",
        )
    kinds = [one.type for one in found.columns if not one.archived]
    yield fits(
        f"{called}: {len(kinds)} columns, {kinds.count(STATUS)} of status, "
        f"{kinds.count(OPTIONS)} of options, {kinds.count(OTHER)} that are not kept."
    )


def hooks(client: Monday) -> Iterator[Finding]:
    """Whether webhooks can be listed, which their keeping relies on."""
    for number, id in enumerate(subscriptions.boards(client), start=1):
        found = client.ask(queries.WEBHOOKS, {"board": id}).get("webhooks")
        if found is None:
            yield differs(
                f"Webhooks of board {number} are not shown to this user.",
                "Make the user an owner of the board.",
            )
        else:
            yield fits(f"Webhooks of board {number} are shown; {len(found)} stand.")
    if not subscriptions.boards(client):
        yield unasked("the connection names no boards yet.", "Ask again when boards are set up.")


BY_HAND = {
    "whether automations of a board change columns of ours": (
        "Look at the board's Automations: none may set the key, the amounts or the state."
    ),
    "whether column permissions shut the connector out": (
        "Look at the permissions of the board and of its columns; make the user an owner."
    ),
    "how long an app's consent lasts": (
        "Note the date that Test connection shows, and connect again before it."
    ),
    "whether the account accepts calls from this machine's address": (
        "Look at the list of allowed addresses under Administration, Security."
    ),
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Version", f"{DOCS}/api-versioning", version),
        Check("Names", f"{REFERENCE}/introspection", names),
        Check("User", f"{DOCS}/authentication", user),
        Check("Plan", f"{DOCS}/rate-limits", plan),
        Check("Limits", f"{DOCS}/rate-limits", headers),
        Check("Labels", f"{REFERENCE}/status", label_rules),
        Check("Boards", f"{REFERENCE}/boards", boards),
        Check("Webhooks", f"{REFERENCE}/webhooks", hooks),
        set_up_by_hand(BY_HAND, f"{DOCS}/authentication"),
    )


READS = frozenset(
    document
    for document in queries.ALL.values()
    if document.lstrip().startswith("query ") and "mutation" not in document
)


def only_queries(url: str, body: bytes) -> bool:
    """One of our own queries, word for word."""
    try:
        asked = json.loads(body)
    except ValueError:
        return False
    return (
        urlsplit(url).path == PATH
        and isinstance(asked, dict)
        and set(asked) <= {"query", "variables"}
        and asked.get("query") in READS
    )


KEPT = frozenset({
    "kind", "tier", "type", "state", "hierarchy_type", "event", "color", "maxItems",
    "maxLength", "minItems", "total", "base", "items_limit",
})  # fmt: skip

FIRST_CONTACT = FirstContact(checks, only_queries, KEPT, ("boards",))
