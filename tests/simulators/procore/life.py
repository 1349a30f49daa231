"""A site office at work: now and then somebody approves or enters a cost, so that webhooks come."""

from __future__ import annotations

import itertools
import random
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..messages import HttpError

if TYPE_CHECKING:
    from .simulator import ProcoreSimulator

MOST = 200  # documents in the life of one process


class Life(threading.Thread):
    """Ends with the stand-in."""

    def __init__(self, simulator: ProcoreSimulator, seconds: float) -> None:
        super().__init__(daemon=True)
        self.simulator = simulator
        self.seconds = seconds
        self.dice = random.Random()

    def run(self) -> None:
        for number in itertools.count(1):
            if number > MOST or self.simulator.stopping.wait(self.seconds):
                return
            with self.simulator.lock, suppress(HttpError):  # what Procore refuses is left
                self.something_happens()

    def something_happens(self) -> None:
        costs = list(self.simulator.rows("direct_costs"))
        drafts = [row for row in costs if row["status"] in ("draft", "pending")]
        if drafts and self.dice.random() < 0.4:
            chosen = self.dice.choice(drafts)
            self.simulator.story_update("direct_costs", chosen, {"status": "approved"}, None)
        else:
            self.simulator.story_create("direct_costs", self.a_new_cost(costs), None)
        self.simulator.changed()

    def a_new_cost(self, costs: list[dict[str, Any]]) -> dict[str, Any]:
        """Like one that exists: the same vendor, job and codes, another number and amount."""
        models = [row for row in costs if row["direct_cost_type"] == "invoice" and row["vendor_id"]
                  and self.coded_lines(row)]  # fmt: skip
        model = self.dice.choice(models)
        day = self.simulator.now().date().isoformat()
        return {
            "project": model["project_id"], "vendor": model["vendor_id"],
            "direct_cost_type": "invoice", "status": "approved", "direct_cost_date": day,
            "received_date": day, "invoice_number": f"{self.dice.randint(10_000, 999_999)}",
            "lines": [self.a_line(line) for line in self.coded_lines(model)],
        }  # fmt: skip

    def coded_lines(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The first of them; without any, a new one would be held each time."""
        lines = self.simulator.lines_of("direct_cost_lines", row["id"])
        return [line for line in lines if line.get("cost_code_id")][:3]

    def a_line(self, line: dict[str, Any]) -> dict[str, Any]:
        return {
            "cost_code_id": line["cost_code_id"],
            "line_item_type_id": line["line_item_type_id"],
            "description": line["description"],
            "amount": f"{self.dice.randint(5_000, 900_000) / 100:.2f}",
        }
