"""The whole of monday.com, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..company import COMPANY_NAME
from ..messages import Response
from . import demo, site
from .access import first_tokens
from .pages import Pages


class MondaySimulator(Pages):
    """API, sign-in and boards on one host."""

    def fresh(self) -> Any:
        self.state = super().fresh()
        self.state["account"]["name"] = COMPANY_NAME
        self.state["tokens"] = first_tokens()
        if self.company == "empty":
            demo.people(self, only_two=True)
            self.add_workspace("Main workspace", is_default=True)
        else:
            demo.fill(self)
        return self.state

    def ready(self) -> dict[str, Any]:
        """Addresses, both ways of signing in, and the board of the demo, if there is one."""
        boards = [row for row in self.table("boards").values() if row["state"] == "active"]
        return {
            "api_url": f"{self.url}/v2", "auth_url": self.url, "api_version": site.CURRENT,
            "token": site.TOKEN, "user_id": str(site.BOT), "account_id": str(site.ACCOUNT_ID),
            "authorize_url": f"{self.url}/oauth2/authorize",
            "token_url": f"{self.url}/oauth_ms/oauth/token",
            "revoke_url": f"{self.url}/oauth_ms/oauth/revoke",
            "client_id": site.CLIENT_ID, "client_secret": site.CLIENT_SECRET,
            "signing_secret": site.SIGNING_SECRET,
            "board_id": str(boards[0]["id"]) if boards else "",
            "board_url": f"{self.url}/boards/{boards[0]['id']}" if boards else f"{self.url}/boards",
            "workspace_id": str(list(self.table("workspaces"))[-1]),
            "control_url": f"{self.url}/control",
        }  # fmt: skip

    def demo(self) -> Mapping[str, Any]:
        """What the controller of the demo company would enter."""
        ready = self.ready()
        return {"board": demo.BOARD, "board_id": ready["board_id"],
                "workspace_id": ready["workspace_id"]}  # fmt: skip

    def error(self, status: int, message: str) -> Response:
        return Response(status, {"error_message": message, "status_code": status})
