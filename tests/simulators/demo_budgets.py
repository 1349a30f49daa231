"""The jobs' budgets, written after all documents: what was estimated, and what was moved since."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from . import company
from .demo_documents import SITES, TRADE_CODES, Row

if TYPE_CHECKING:
    from .procore.simulator import ProcoreSimulator

GENERAL = ("01-100", "01-310", "01-500", "01-740")  # general conditions: labor and others
COSTS = ("committed_costs", "direct_costs", "pending_cost_changes")
RATES = {"GENERAL": "84.50", "TRADE": "61.75"}  # dollars per hour
CHANGES = (
    ("Buyout savings to general conditions", "approved"),
    ("Owner change, added scope", "approved"),
    ("Forecast review", "under_review"),
    ("Allowance, to be confirmed", "draft"),
    ("Entered twice", "void"),
)


def fill_budgets(simulator: ProcoreSimulator, dice: random.Random) -> None:
    for index, job in enumerate(SITES):
        estimator = Estimator(simulator, dice, job)
        estimator.spent_codes()
        estimator.general_conditions()
        estimator.open_codes()
        estimator.changes(3 + index % 3)
        estimator.project["budget_locked"] = index != len(SITES) - 1


class Estimator:
    """Writes the budget of one job."""

    def __init__(self, simulator: ProcoreSimulator, dice: random.Random, job: company.Job) -> None:
        self.simulator, self.dice = simulator, dice
        self.project = simulator.named_project(job.number)
        self.opened = datetime.combine(company.CLOSED_BEFORE, time(14), UTC)

    def lines(self) -> list[Row]:
        return self.simulator.rows("budget_line_items", project_id=self.project["id"])

    def hundreds(self, amount: Decimal) -> str:
        return f"{(amount / 100).quantize(Decimal(1)) * 100}"

    def spent_codes(self) -> None:
        """What has costs was estimated near them; one code in fifteen was forgotten."""
        sums = self.simulator.budget_sums(self.project["id"])
        for line in self.lines():
            costs = sums.get(line["wbs_code_id"], {})
            spent = sum((costs.get(name, Decimal(0)) for name in COSTS), Decimal(0))
            share = Decimal(self.dice.choice((94, 100, 104, 108, 115, 125, 140))) / 100
            guess = Decimal(self.dice.randrange(2_000, 18_000))
            if self.dice.randrange(15):
                amount = self.hundreds(max(spent * share, guess if spent < 500 else Decimal(500)))
                self.simulator.put_budget_line(
                    self.project, {"original_budget_amount": amount}, line, line["created_at"]
                )

    def general_conditions(self) -> None:
        for code in GENERAL:
            self.labor(code, "GENERAL", 160, 900)
            self.budget(code, "O", {"original_budget_amount": self.guess(4_000, 45_000)})

    def open_codes(self) -> None:
        """Work that nobody has bought yet."""
        for cost in self.dice.sample(TRADE_CODES, 10):
            self.labor(cost.code, "TRADE", 40, 600)
            self.budget(cost.code, "S", {"original_budget_amount": self.guess(12_000, 160_000)})

    def guess(self, low: int, high: int) -> str:
        return self.hundreds(Decimal(self.dice.randrange(low, high)))

    def labor(self, code: str, rate: str, low: int, high: int) -> None:
        self.budget(code, "L", {
            "quantity": str(self.dice.randrange(low, high, 10)), "unit_cost": RATES[rate],
            "uom": "hours", "calculation_strategy": "automatic",
        })  # fmt: skip

    def budget(self, code: str, kind: str, values: Row) -> None:
        """A line for a code that has none yet."""
        coded = {"cost_code": code, "cost_type": kind}
        codes = self.simulator.plain_line(self.project["id"], coded)
        number = self.simulator.wbs_code_of(
            self.project["id"], codes["cost_code_id"], codes["line_item_type_id"]
        )
        if self.simulator.budget_line_of(number) is None:
            attributes = {"wbs_code_id": number, **values}
            self.simulator.put_budget_line(self.project, attributes, None, self.opened)

    def changes(self, count: int) -> None:
        """The first moves money between two lines, the others add or take."""
        for serial, (title, status) in enumerate(CHANGES[:count]):
            budgeted = [line for line in self.lines() if not line["unbudgeted_reason"]]
            one, other = self.dice.sample(budgeted, 2)
            amount = Decimal(self.dice.randrange(10, 90)) * 100
            moved = [self.moved(one, amount)]
            if serial == 0:
                moved.append({**self.moved(other, -amount), "adjustment_number": 1})
            at = self.opened + timedelta(days=self.dice.randint(30, 80))
            self.simulator.put_change(self.project, {
                "title": title, "status": status, "adjustment_line_items": moved,
            }, None, min(at, self.simulator.now() - timedelta(minutes=2)))  # fmt: skip

    def moved(self, line: Row, amount: Decimal) -> Row:
        text = self.simulator.table("cost_codes")[line["cost_code_id"]]["name"]
        return {
            "wbs_code_id": line["wbs_code_id"], "amount": str(amount), "description": text,
        }  # fmt: skip
