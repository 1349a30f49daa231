"""Webhooks as the API manages them: configuration, challenge, list."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from .call import Call, asked
from .delivery import post
from .items import Items
from .refusals import Refused, wrong_argument
from .store import Row
from .writing import read_json

URL_LENGTH = 255
NEEDED = {
    "change_specific_column_value": ("columnId",),
    "change_status_column_value": ("columnId", "columnValue"),
    "item_moved_to_specific_group": ("groupId",),
}


def challenge(url: str, seconds: float) -> str:
    """Asks the address to give a random word back; tells what is wrong, or nothing."""
    word = secrets.token_urlsafe(24)
    answer = post(url, json.dumps({"challenge": word}).encode(), seconds)
    if answer["status"] != 200:
        return f"the address answered {answer['status'] or answer['error']}"
    try:
        body = json.loads(answer["body"])
    except ValueError:
        return "the address answered no JSON"
    same = isinstance(body, dict) and body.get("challenge") == word
    return "" if same else "the address did not give the challenge back"


def is_address(url: Any) -> bool:
    return (
        isinstance(url, str) and len(url) <= URL_LENGTH and bool(re.match(r"https?://[^/\s]+", url))
    )


class Hooks(Items):
    """A subscription per event; creating it twice delivers twice."""

    @asked("mutation", "webhooks:write")
    def do_create_webhook(
        self, call: Call, board_id: str, url: str, event: str, config: Any = None
    ) -> Row:
        wrong = call.challenges.pop(0) if call.challenges else "the address was not asked"
        board = self.row("boards", board_id)
        if board is None or board["state"] != "active" or not self.sees(call.id, board):
            raise wrong_argument("Board not found", board_id=str(board_id))
        if board["parent_board_id"]:
            raise wrong_argument(
                "Webhooks cannot be created on a subitems board", board_id=str(board_id)
            )
        self.editable(call, board_id)
        if not is_address(url):
            raise wrong_argument(f"url must be an address of at most {URL_LENGTH} characters")
        given = self.checked_config(board, event, config)
        if wrong:
            raise Refused(
                "InvalidWebhookUrlException", f"Failed to verify the webhook URL: {wrong}",
                status=400, url=url,
            )  # fmt: skip
        hook = {
            "id": self.new_id("webhook"), "board_id": board["id"], "url": url, "event": event,
            "config": given, "user_id": call.id, "app_id": call.app_id, "active": True,
        }  # fmt: skip
        self.table("webhooks")[hook["id"]] = hook
        self.changed()
        return hook_view(hook)

    def checked_config(self, board: Row, event: str, config: Any) -> Row | None:
        """Both keys where two are needed; a column or group that is there."""
        given = read_json(config, objects=True) if config is not None else None
        needed = NEEDED.get(event, ())
        if needed and (not isinstance(given, dict) or set(given) != set(needed)):
            raise bad_config()
        if not needed:
            return given if isinstance(given, dict) else None
        assert isinstance(given, dict)
        if "columnId" in needed:
            column = self.column_row(board, given["columnId"])
            if event == "change_status_column_value" and column["type"] != "status":
                raise bad_config()
        if "groupId" in needed:
            self.group_row(board, given["groupId"])
        value = given.get("columnValue")
        if "columnValue" in needed and not (
            isinstance(value, dict) and (value.get("$any$") is True or "index" in value)
        ):
            raise bad_config()
        return given

    @asked("mutation", "webhooks:write")
    def do_delete_webhook(self, call: Call, id: str) -> Row:
        hook = self.row("webhooks", id)
        if hook is None or not hook["active"]:
            raise Refused("ResourceNotFoundException", f"Webhook not found: {id}", status=404)
        del self.table("webhooks")[hook["id"]]
        self.changed()
        return hook_view(hook)

    @asked("query", "webhooks:read")
    def ask_webhooks(
        self, call: Call, board_id: str, app_webhooks_only: bool | None = None
    ) -> list[Row]:
        """Without their addresses."""
        board = self.board_row(board_id, call.id)
        return [
            hook_view(hook) for hook in self.table("webhooks").values()
            if hook["board_id"] == board["id"] and hook["active"]
            and (not app_webhooks_only or hook["app_id"] == call.app_id)
        ]  # fmt: skip


def bad_config() -> Refused:
    return Refused("InvalidWebhookConfigException", "This config for this event is invalid")


def hook_view(hook: Row) -> Row:
    config = json.dumps(hook["config"]) if hook["config"] else None
    return {"id": hook["id"], "board_id": hook["board_id"], "event": hook["event"],
            "config": config}  # fmt: skip
