"""The whole of Procore, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import company
from .base import COMPANY_ID
from .life import Life
from .screens import Screens


class ProcoreSimulator(Screens):
    """Sign-in, API and screens on one host."""

    def fresh(self) -> Any:
        self.state = super().fresh()
        if self.company != "empty":
            from ..demo import fill

            fill(self)
        return self.state

    alive: float = 0.0  # seconds between two things that people do; 0 = nobody is there

    def started(self) -> None:
        super().started()
        if self.alive:
            Life(self, self.alive).start()

    def ready(self) -> dict[str, Any]:
        return {
            "api_url": self.url, "login_url": self.url, "web_url": f"{self.url}/web",
            "client_id": self.client_id,
            "client_secret": self.client_secret, "company_id": str(COMPANY_ID),
            "company_name": self.state["company"]["name"], "control_url": f"{self.url}/control",
        }  # fmt: skip

    def demo(self) -> Mapping[str, Any]:
        from ..demo import answer

        return answer(self.state, company.jobs(self.company))
