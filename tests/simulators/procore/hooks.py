"""Management of hooks and triggers, v1.0 and v2.0, and the delivery log (sheet 6.1)."""

from __future__ import annotations

import re
from typing import Any

from ..messages import HttpError, Request, Response
from ..routes import route
from .base import COMPANY_ID, USER_ID, invalid, not_found, refuse
from .delivery import Delivery
from .events import COMPANY_LEVEL, CRUD, PROJECT_LEVEL, VERSIONS, actions, logged, payload
from .lists import filters, paged, whole
from .values import Errors, Row, moment, stamp

V1 = "/rest/v1.0/webhooks/hooks"
V2 = "/rest/v2.0/companies/{company_id}{scope:(/projects/\\d+)?}/webhooks"
BULK_MAX = 500
NAMESPACE = re.compile("[a-z0-9-]+")


def masked(secret: str | None) -> Row:
    return {"Authorization": f"{'*' * max(0, len(secret) - 5)}{secret[-5:]}"} if secret else {}


def hook_v1(row: Row) -> Row:
    return {
        "id": row["id"], "namespace": row["namespace"], "destination_url": row["destination_url"],
        "api_version": "v2" if row["payload_version"] == "v2.0" else row["payload_version"],
        "destination_headers": masked(row["authorization"]), "owned_by_user_id": USER_ID,
        "owned_by_company_id": None if row["project_id"] else COMPANY_ID,
        "owned_by_project_id": row["project_id"],
    }  # fmt: skip


def trigger_v1(row: Row) -> Row:
    return {
        "id": row["id"], "webhook_hook_id": row["hook_id"], "resource_name": row["resource"],
        "resource_id": None, "event_type": row["event"].upper(), "user_id": USER_ID,
        "company_id": None if row["project_id"] else COMPANY_ID, "project_id": row["project_id"],
    }  # fmt: skip


def trigger_v2(row: Row) -> Row:
    shown = {
        "id": str(row["id"]), "webhook_hook_id": str(row["hook_id"]),
        "resource_name": row["resource"], "event_type": row["event"],
        "company_id": str(COMPANY_ID),
    }  # fmt: skip
    return shown | ({"project_id": str(row["project_id"])} if row["project_id"] else {})


class Hooks(Delivery):
    """The scope of a hook is a company or one project, never both."""

    def _allowed(self) -> None:
        if not self.settings["webhooks_permission"]:
            raise refuse(403, "You do not have permission to manage webhooks")

    def _scope_v1(self, request: Request, data: Row | None = None) -> int | None:
        """The project's id, or None for the company."""
        self._allowed()
        if request.one("project_id") or (data or {}).get("project_id"):
            return int(self.project_of(request, data)["id"])
        self.in_company(request, data)
        return None

    def _scope_v2(self, request: Request) -> int | None:
        self._allowed()
        if request.params["company_id"] != str(COMPANY_ID):
            raise not_found()
        project = request.params["scope"].rpartition("/")[2]
        if not project:
            return None
        return int(self.permitted(self.find_row("projects", project))["id"])

    def _hook(self, scope: int | None, number: str) -> Row:
        return self.find_row("hooks", number, project_id=scope)

    # Writes.

    def _hook_errors(self, given: Row, row: Row | None) -> Errors:
        errors: Errors = {}
        version = given.get("payload_version", given.get("api_version", "v2"))
        if version not in VERSIONS:
            errors["payload_version"] = ["is not supported"]
        if "namespace" in given and not NAMESPACE.fullmatch(str(given["namespace"])):
            errors["namespace"] = ["may hold lowercase letters, digits and dashes only"]
        url = given.get("destination_url")
        if (row is None or "destination_url" in given) and not re.match(
            r"https?://[^/\s]+", str(url or "")
        ):
            errors["destination_url"] = ["is invalid"]
        return errors

    def _put_hook(self, scope: int | None, given: Row, row: Row | None) -> Row:
        errors = self._hook_errors(given, row)
        if errors:
            raise invalid(errors)
        names = ("namespace", "destination_url", "status")
        values = {name: given[name] for name in names if name in given}
        version = given.get("payload_version", given.get("api_version"))
        if version:
            values["payload_version"] = VERSIONS[version]
        if "destination_headers" in given:
            values["authorization"] = (given["destination_headers"] or {}).get("Authorization")
        if row is not None:
            row.update(values, paused_until=0.0, updated_at=self.now())
            return row
        return self.insert("hooks", {
            "project_id": scope, "namespace": "default", "status": "active", "failures": 0,
            "payload_version": "v2.0", "authorization": None, "failing_since": None,
            "paused_until": 0.0, **values,
        })  # fmt: skip

    def _drop_hook(self, row: Row) -> None:
        for trigger in self.rows("triggers", hook_id=row["id"]):
            del self.table("triggers")[trigger["id"]]
        for event in self.rows("events", hook_id=row["id"]):
            del self.table("events")[event["id"]]
        self.state["queues"].pop(row["id"], None)
        del self.table("hooks")[row["id"]]

    def _trigger_errors(self, hook: Row, given: Any) -> Errors:
        """A hook takes resources of its own level, and only events that the resource has."""
        given = given if isinstance(given, dict) else {}
        resource, event = given.get("resource_name"), str(given.get("event_type", "")).lower()
        known = actions(str(resource), hook["project_id"] is not None)
        if not known:
            return {"resource_name": ["is not a supported resource for this webhook"]}
        if event not in known:
            return {"event_type": [f"{event} is not supported for {resource}"]}
        wanted = {"hook_id": hook["id"], "resource": resource, "event": event}
        return {"resource_name": ["has already been taken"]} if (
            self.rows("triggers", **wanted)
        ) else {}  # fmt: skip

    def _put_trigger(self, hook: Row, given: Row) -> Row:
        errors = self._trigger_errors(hook, given)
        if errors:
            raise invalid(errors)
        return self.insert("triggers", {
            "hook_id": hook["id"], "project_id": hook["project_id"],
            "resource": given["resource_name"], "event": given["event_type"].lower(),
        })  # fmt: skip

    def _bulk(self, hook: Row, given: Any) -> tuple[list[Row], list[Row]]:
        """Made triggers and refused ones with the reason; at most 500."""
        if not isinstance(given, list):
            raise refuse(400, "param is missing or the value is empty: triggers")
        if len(given) > BULK_MAX:
            raise refuse(413, f"The number of triggers must not exceed {BULK_MAX}")
        made, failed = [], []
        for trigger in given:
            try:
                made.append(self._put_trigger(hook, trigger))
            except HttpError as refused:
                errors = refused.response.body["errors"]
                texts = {name: ", ".join(found) for name, found in errors.items()}
                failed.append({"code": "422", "message": "; ".join(texts.values()),
                               "trigger": trigger, "errors": texts})  # fmt: skip
        return made, failed

    def _bulk_drop(self, hook: Row, given: Any) -> tuple[list[Any], list[Row]]:
        dropped, failed = [], []
        for number in given or []:
            row = self.table("triggers").get(int(number))
            if row and row["hook_id"] == hook["id"]:
                del self.table("triggers")[row["id"]]
                dropped.append(number)
            else:
                failed.append({"code": "404", "trigger": number})
        return dropped, failed

    # v1.0.

    @route("GET", V1)
    def hooks_v1(self, request: Request) -> Response:
        rows = self.rows("hooks", project_id=self._scope_v1(request))
        namespace = request.one("namespace")
        rows = [row for row in rows if namespace in ("", row["namespace"])]
        return whole(rows, hook_v1)

    @route("POST", V1)
    @route("PATCH", V1 + "/{id}")
    def write_hook_v1(self, request: Request) -> Response:
        data, given = self.wrapped(request, "hook")
        scope = self._scope_v1(request, data)
        row = self._hook(scope, request.params["id"]) if "id" in request.params else None
        return Response(200 if row else 201, hook_v1(self._put_hook(scope, given, row)))

    @route("DELETE", V1 + "/{id}")
    def delete_hook_v1(self, request: Request) -> Response:
        self._drop_hook(self._hook(self._scope_v1(request), request.params["id"]))
        return Response(200)

    def _hook_v1(self, request: Request, data: Row | None = None) -> Row:
        return self._hook(self._scope_v1(request, data), request.params["hook_id"])

    @route("GET", V1 + "/{hook_id}/triggers")
    def triggers_v1(self, request: Request) -> Response:
        return whole(self.rows("triggers", hook_id=self._hook_v1(request)["id"]), trigger_v1)

    @route("POST", V1 + "/{hook_id}/triggers")
    def create_trigger_v1(self, request: Request) -> Response:
        data, given = self.wrapped(request, "trigger")
        return Response(201, trigger_v1(self._put_trigger(self._hook_v1(request, data), given)))

    @route("POST", V1 + "/{hook_id}/triggers/bulk")
    def create_triggers_v1(self, request: Request) -> Response:
        data = self.body(request)
        made, failed = self._bulk(self._hook_v1(request, data), data.get("triggers"))
        shown: Row = {"success": [trigger_v1(row) for row in made]}
        return Response(207, {**shown, "failed": failed}) if failed else Response(200, shown)

    @route("DELETE", V1 + "/{hook_id}/triggers/bulk")
    def delete_triggers_v1(self, request: Request) -> Response:
        data = self.body(request)
        dropped, failed = self._bulk_drop(self._hook_v1(request, data), data.get("triggers"))
        shown: Row = {"success": dropped}
        return Response(207, {**shown, "failed": failed}) if failed else Response(200, shown)

    @route("DELETE", V1 + "/{hook_id}/triggers/{id}")
    def delete_trigger_v1(self, request: Request) -> Response:
        hook = self._hook_v1(request)
        row = self.find_row("triggers", request.params["id"], hook_id=hook["id"])
        del self.table("triggers")[row["id"]]
        return Response(200)

    @route("GET", V1 + "/{hook_id}/deliveries")
    def deliveries_v1(self, request: Request) -> Response:
        """One row per attempt. Pages go by `page_size` and `page_start`, the last id read."""
        hook = self._hook_v1(request)
        wanted = filters(request).get("status", ["any"])[-1]
        start, size = request.one("page_start", "0"), request.one("page_size", "100")
        events = [e for e in self.rows("events", hook_id=hook["id"]) if e["number"] > int(start)]
        rows = [row for event in events for row in self._attempts(hook, event)]
        outcomes = {"successful": ("ok",), "failing": ("retried", "failed"),
                    "discarded": ("discarded",)}.get(wanted)  # fmt: skip
        rows = [row for row in rows if not outcomes or row["outcome"] in outcomes]
        return Response(200, rows[: int(size)])

    def _attempts(self, hook: Row, event: Row) -> list[Row]:
        tries = event["attempts"] or ([{}] if event["status"] == "discarded" else [])
        rows = []
        for index, attempt in enumerate(tries):
            last = index == len(tries) - 1
            outcome = {"delivered": "ok", "discarded": "discarded"}.get(event["status"], "failed")
            rows.append({
                "event": payload(event, hook["payload_version"]), "event_id": event["number"],
                "outcome": outcome if last else "retried",
                "response_status": attempt.get("status"),
                "response_headers": attempt.get("headers", {}),
                "response_body": attempt.get("body"), "response_error": attempt.get("error"),
                "started_at": stamp(attempt.get("started_at")),
                "completed_at": stamp(attempt.get("completed_at")),
            })  # fmt: skip
        return rows

    @route("GET", "/rest/v1.0/webhooks/resources")
    def resources_v1(self, request: Request) -> Response:
        project = self._scope_v1(request)
        found = PROJECT_LEVEL if project else COMPANY_LEVEL
        return Response(200, [
            {
                "api_version": "v2", "product_category": "Project Financials" if project else (
                    "Core"), "tools": name, "name": name,
                "except": [event for event in CRUD if event not in events],
                **{event: f"{name} {event}" for event in events},
            }
            for name, events in found.items()
        ])  # fmt: skip

    # v2.0.

    def hook_v2(self, row: Row, count: bool = True) -> Row:
        shown = {
            "id": str(row["id"]), "status": row["status"], "namespace": row["namespace"],
            "payload_version": row["payload_version"], "destination_url": row["destination_url"],
            "destination_headers": masked(row["authorization"]), "company_id": str(COMPANY_ID),
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        }  # fmt: skip
        if row["project_id"]:
            shown["project_id"] = str(row["project_id"])
        if count:
            shown["trigger_count"] = len(self.rows("triggers", hook_id=row["id"]))
        return shown

    @route("GET", V2 + "/hooks")
    def hooks_v2(self, request: Request) -> Response:
        rows = self.rows("hooks", project_id=self._scope_v2(request))
        for name in ("namespace", "payload_version"):
            wanted = request.one(name)
            rows = [row for row in rows if wanted in ("", row[name])]
        count = request.one("include_trigger_count") == "true"
        return self._v2_page(request, rows, lambda row: self.hook_v2(row, count))

    def _v2_page(self, request: Request, rows: list[Row], show: Any) -> Response:
        return paged(request, rows, show, default=10, maximum=100, envelope=True)

    @route("POST", V2 + "/hooks")
    @route("PATCH", V2 + "/hooks/{id:\\d+}")
    def write_hook_v2(self, request: Request) -> Response:
        scope, given = self._scope_v2(request), self.body(request)
        row = self._hook(scope, request.params["id"]) if "id" in request.params else None
        needed = ("payload_version", "namespace", "destination_url")
        missing = [name for name in needed if not row and not given.get(name)]
        if missing:
            raise refuse(400, {name: ["is required"] for name in missing})
        kept = self._put_hook(scope, given, row)
        return Response(200 if row else 201, {"data": self.hook_v2(kept)})

    @route("GET", V2 + "/hooks/{id:\\d+}")
    def show_hook_v2(self, request: Request) -> Response:
        row = self._hook(self._scope_v2(request), request.params["id"])
        return Response(200, {"data": self.hook_v2(row)})

    @route("DELETE", V2 + "/hooks/{id:\\d+}")
    def delete_hook_v2(self, request: Request) -> Response:
        self._drop_hook(self._hook(self._scope_v2(request), request.params["id"]))
        return Response(204)

    def _hook_v2(self, request: Request) -> Row:
        return self._hook(self._scope_v2(request), request.params["hook_id"])

    @route("GET", V2 + "/hooks/{hook_id:\\d+}/triggers")
    def triggers_v2(self, request: Request) -> Response:
        rows = self.rows("triggers", hook_id=self._hook_v2(request)["id"])
        return self._v2_page(request, rows, trigger_v2)

    @route("POST", V2 + "/hooks/{hook_id:\\d+}/triggers")
    def create_trigger_v2(self, request: Request) -> Response:
        row = self._put_trigger(self._hook_v2(request), self.body(request))
        return Response(201, {"data": trigger_v2(row)})

    @route("POST", V2 + "/hooks/{hook_id:\\d+}/triggers/bulk")
    def create_triggers_v2(self, request: Request) -> Response:
        """The body is a list."""
        made, failed = self._bulk(self._hook_v2(request), request.json())
        shown = [trigger_v2(row) for row in made]
        if failed:
            return Response(207, {"data": {"succeeded": shown, "failed": failed}})
        return Response(201, {"data": shown})

    @route("DELETE", V2 + "/hooks/{hook_id:\\d+}/triggers/bulk")
    def delete_triggers_v2(self, request: Request) -> Response:
        dropped, failed = self._bulk_drop(self._hook_v2(request), request.json())
        shown: Row = {"succeeded": dropped}
        if failed:
            return Response(207, {"data": {**shown, "failed": failed}})
        return Response(200, {"data": shown})

    @route("DELETE", V2 + "/hooks/{hook_id:\\d+}/triggers/{id:\\d+}")
    def delete_trigger_v2(self, request: Request) -> Response:
        hook = self._hook_v2(request)
        row = self.find_row("triggers", request.params["id"], hook_id=hook["id"])
        del self.table("triggers")[row["id"]]
        return Response(204)

    @route("GET", V2 + "/hooks/{hook_id:\\d+}/deliveries")
    def deliveries_v2(self, request: Request) -> Response:
        hook, wanted = self._hook_v2(request), filters(request)
        rows = self.rows("events", hook_id=hook["id"])
        names = {"status": "status", "resource_name": "resource", "event_type": "event"}
        for name, column in names.items():
            for value in wanted.get(name, []):
                value = "delivered" if value == "succeeded" else value
                rows = [row for row in rows if row[column] == value]
        for value in wanted.get("start", []):
            rows = [row for row in rows if row["at"] >= moment(value)]
        for value in wanted.get("end", []):
            rows = [row for row in rows if row["at"] <= moment(value, end=True)]
        return self._v2_page(request, rows, lambda row: self._delivery_v2(hook, row))

    def _delivery_v2(self, hook: Row, event: Row) -> Row:
        attempts = [
            {
                "started_at": stamp(attempt["started_at"]), "response_body": attempt["body"],
                "completed_at": stamp(attempt["completed_at"]),
                "response_status": attempt["status"], "response_error": attempt["error"],
            }
            for attempt in event["attempts"]
        ]  # fmt: skip
        return {
            "id": str(event["id"]), "status": event["status"], "delivery_attempts": attempts,
            "payload": logged(event, hook["payload_version"]),
        }  # fmt: skip

    @route("GET", V2 + "/resources")
    def resources_v2(self, request: Request) -> Response:
        found = PROJECT_LEVEL if self._scope_v2(request) else COMPANY_LEVEL
        version = VERSIONS.get(request.one("payload_version"))
        if version is None:
            raise refuse(400, {"payload_version": ["is required"]})
        rows = [
            {
                "id": 0, "category": "Project Financials", "tool": name, "name": name,
                "payload_version": version, "actions": list(events),
            }
            for name, events in found.items()
        ]  # fmt: skip
        return self._v2_page(request, rows, lambda row: {n: v for n, v in row.items() if n != "id"})
