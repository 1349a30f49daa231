"""Hooks and their triggers, by the v2.0 interface.

One hook for the company and one per project: a hook takes only resources of its own level.
developers.procore.com/documentation/webhooks-api
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from connections.documents import Hint
from connections.errors import NotFound, Refused
from connections.models import Subscription
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import Row, inner, key, text, word
from connections.vendors.procore.webhook import KIND_OF_RESOURCE, POLL_INSTEAD, hints
from connections.vendors.procore.wire import V2_PAGE

RESOURCE = "hook"
EVENTS = ("create", "update", "delete")
RESOURCES = frozenset({*KIND_OF_RESOURCE, *POLL_INSTEAD})
LOST = ("discarded", "failed")
BULK = 500  # triggers in one request
Trigger = tuple[str, str]  # resource, event


def root(client: Company, scope: str) -> str:
    project = f"/projects/{scope}" if scope else ""
    return f"/rest/v2.0/companies/{client.company_id}{project}/webhooks"


def subscribe(client: Company, subscription: Subscription, address: str) -> str:
    """The id of the one hook that calls `address` with our secret and the right triggers."""
    ours = keep(client, subscription, address)
    hook_id = key(ours["id"]) if ours else create(client, subscription, address)
    reconcile(client, subscription.scope, hook_id)
    return hook_id


def keep(client: Company, subscription: Subscription, address: str) -> Row | None:
    """The hook that may stay; every other hook for this address goes."""
    version = client.connection.setting("payload_version")
    kept: Row | None = None
    for hook in list(standing_hooks(client, subscription.scope)):
        if hook.get("destination_url") != address:
            continue  # another installation in the same namespace
        sound = word(hook.get("status")) != "disabled" and hook.get("payload_version") == version
        if kept is None and sound and knows_secret(hook, subscription):
            kept = hook
        else:
            drop(client, subscription.scope, key(hook.get("id")))
    return kept


def knows_secret(hook: Row, subscription: Subscription) -> bool:
    """Procore shows the last five characters at most; without them our own record decides."""
    shown = text(inner(hook, "destination_headers").get("Authorization"))[-5:].strip("*•")
    if shown:
        return str(subscription.secret).endswith(shown)
    return key(hook.get("id")) == subscription.remote_id


def create(client: Company, subscription: Subscription, address: str) -> str:
    body = {
        "payload_version": client.connection.setting("payload_version"),
        "namespace": client.connection.setting("hook_namespace"),
        "destination_url": address,
        "destination_headers": {"Authorization": str(subscription.secret)},
    }
    path = f"{root(client, subscription.scope)}/hooks"
    data = client.write("POST", path, body, about=about(subscription.scope)).data
    made = inner(data, "data") if isinstance(data, dict) else {}
    if not made.get("id"):
        raise Refused("Procore made a webhook and did not name it.", status=201)
    return key(made["id"])


def drop(client: Company, scope: str, hook_id: str) -> None:
    """Safe to call twice."""
    try:
        client.write("DELETE", f"{root(client, scope)}/hooks/{hook_id}", about=about(scope))
    except NotFound:
        return


def about(scope: str) -> str:
    return f"webhook of project {scope}" if scope else "webhook of the company"


def standing_hooks(client: Company, scope: str) -> Iterator[Row]:
    params = {"namespace": client.connection.setting("hook_namespace")}
    return client.rows(f"{root(client, scope)}/hooks", params, V2_PAGE)


# -- triggers -----------------------------------------------------------------------------------


def reconcile(client: Company, scope: str, hook_id: str) -> None:
    """The hook's triggers as they should be: missing ones made, surplus ones removed."""
    path = f"{root(client, scope)}/hooks/{hook_id}/triggers"
    rows = list(client.rows(path, per_page=V2_PAGE))
    there = {(text(row.get("resource_name")), word(row.get("event_type"))): row for row in rows}
    wanted = offered(client, scope)
    if missing := sorted(wanted - set(there)):
        body = [{"resource_name": name, "event_type": event} for name, event in missing]
        bulk(client, "POST", path, body, scope)
    if surplus := [key(row.get("id")) for name, row in there.items() if name not in wanted]:
        bulk(client, "DELETE", path, surplus, scope)


def bulk(client: Company, method: str, path: str, body: list[Any], scope: str) -> None:
    """A 207 means that some were refused: said, never swallowed."""
    for start in range(0, len(body), BULK):
        part = body[start : start + BULK]
        answer = client.write(method, f"{path}/bulk", part, about=about(scope))
        if answer.status == 207:
            raise Refused(
                f"Procore took only a part of the triggers for the {about(scope)}. "
                "Changes it does not report are found by polling.",
                status=207,
                text=answer.text[:500],
            )


def offered(client: Company, scope: str) -> set[Trigger]:
    """What we need of what Procore offers here; the rest is polled."""
    version = client.connection.setting("payload_version")
    params = {"payload_version": version}
    rows = client.once(
        ("resources", version, "project" if scope else "company"),
        lambda: list(client.rows(f"{root(client, scope)}/resources", params, V2_PAGE)),
    )
    return {
        (text(row.get("name")), event)
        for row in rows
        if text(row.get("name")) in RESOURCES
        for event in {word(action) for action in row.get("actions") or ()} & set(EVENTS)
    }


# -- keeping ------------------------------------------------------------------------------------


def renew(client: Company, subscription: Subscription) -> None:
    """Raises NotFound when the hook is gone."""
    path = f"{root(client, subscription.scope)}/hooks/{subscription.remote_id}"
    hook = client.one(path)
    if word(hook.get("status")) == "disabled":
        raise NotFound("Procore has disabled this webhook.", status=404)
    reconcile(client, subscription.scope, subscription.remote_id)


def unsubscribe(client: Company, subscription: Subscription) -> None:
    """Safe to call twice."""
    if subscription.remote_id:
        drop(client, subscription.scope, subscription.remote_id)


def standing(client: Company) -> set[str]:
    """Ids of active hooks in our namespace, of the company and each project that we may see."""
    found = set()
    for scope in ["", *(project.id for project in client.projects())]:
        try:
            rows = list(standing_hooks(client, scope))
        except Refused:  # not permitted here: nothing of ours can be kept there
            continue
        found |= {key(row.get("id")) for row in rows if word(row.get("status")) != "disabled"}
    return found


def undelivered(client: Company, subscription: Subscription, since: dt.datetime) -> list[Hint]:
    """What Procore's delivery log says was discarded or failed since then."""
    if not subscription.remote_id:
        return []
    path = f"{root(client, subscription.scope)}/hooks/{subscription.remote_id}/deliveries"
    found: dict[str, Hint] = {}
    for status in LOST:
        params = {"filter[status]": status, "filter[start]": start_day(since)}
        for row in client.rows(path, params, V2_PAGE):
            found |= {key(row.get("id")) + item.source_id: item for item in lost(row, since)}
    return list(found.values())


def start_day(since: dt.datetime) -> str:
    """The filter takes days; the hour is ours to compare."""
    return since.astimezone(dt.UTC).date().isoformat()


def lost(row: Row, since: dt.datetime) -> list[Hint]:
    try:
        items = hints(inner(row, "payload"))
    except ValueError:
        return []
    return [item for item in items if item.updated_at is None or item.updated_at >= since]
