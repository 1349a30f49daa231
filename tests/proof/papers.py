"""What people write in Procore in one run, and what they do to it later: by seed, before it runs.

Each document bears a token that nothing else bears, in its number, its title and its lines. By the
token alone the oracle knows it again in the ledger.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import Decimal
from typing import Any

ROUNDS = 4  # papers are made in any but the last; what is done to them comes later
STYLES = ("{}", "INV-{}", "Rg. {}/ß", "{} (a)", "№ {}", "re: {} & sons", "0{}", "{}'s", "Ö-{}+")
NAMES = (
    "Rebar",
    "Anschlußbewehrung",
    "Béton C25/30",
    "Żwir 0–32",
    "Çelik",
    "Pump & hose",
    "Ærø tiles",
)
LARGEST = 9_999_999  # cents of a line
CLOSED = dt.timedelta(days=150)  # so old a document lies in a closed period


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What the company has, as both systems say."""

    projects: list[str]  # numbers
    codes: dict[str, list[str]]  # mapped cost codes by project
    unmapped: list[str]
    vendors: list[str]  # names in Procore, known in the ledger
    taxes: dict[str, Decimal]  # per cent by code; "" where none is used
    primes: dict[str, str]  # prime contract's number by project
    today: dt.date
    kinds: tuple[str, ...]  # what this integration carries


@dataclasses.dataclass
class Move:
    """What somebody does to a paper in a round."""

    round: int
    verb: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Paper:
    """One document."""

    token: str
    collection: str
    facts: dict[str, Any]
    round: int = 0
    contract: str = ""  # token of its contract
    moves: list[Move] = dataclasses.field(default_factory=list)


class Writer:
    """Draws the papers of one number of a run. The same seed and number draw the same."""

    def __init__(self, seed: str, number: int, around: Surroundings) -> None:
        self.dice = random.Random(f"{seed}/{number}")
        self.number, self.around, self.count = number, around, 0
        self.project = self.dice.choice(around.projects)

    def draw(self) -> list[Paper]:
        kind = self.dice.choice(self.around.kinds)
        papers: list[Paper] = getattr(self, kind)()
        return papers

    # -- pieces -----------------------------------------------------------------------------------

    def token(self) -> str:
        self.count += 1
        return f"Q{self.number:02d}{chr(64 + self.count)}X"

    def amount(self) -> str:
        cents = self.dice.choice([
            self.dice.randint(1, 99), self.dice.randint(100, 99_999),
            self.dice.randint(100_000, LARGEST), -self.dice.randint(1, 9_999),
        ])  # fmt: skip
        return f"{Decimal(cents) / 100:.2f}"

    def line(
        self, token: str, amount: str = "", bad: bool = False, kind: str = ""
    ) -> dict[str, Any]:
        codes = self.around.unmapped if bad else self.around.codes[self.project]
        name = self.dice.choice(NAMES)
        return {
            "cost_code": self.dice.choice(codes), "cost_type": kind or self.dice.choice("LMESO"),
            "amount": amount or self.amount(), "description": f"{name} {token}",
        }  # fmt: skip

    def lines(self, token: str, most: int = 4, kind: str = "") -> list[dict[str, Any]]:
        """That come to something: a document of 0.00 is nothing to book."""
        while True:
            found = [self.line(token, kind=kind) for _ in range(self.dice.randint(1, most))]
            if sum(Decimal(line["amount"]) for line in found):
                return found

    def day(self) -> str:
        return str(self.around.today - dt.timedelta(days=self.dice.randint(0, 20)))

    def rounds(self, begin: int) -> list[int]:
        """When something is done to what was made in round `begin`."""
        later = range(begin + 1, ROUNDS)
        return sorted(self.dice.sample(later, self.dice.randint(0, len(later))))

    # -- costs ------------------------------------------------------------------------------------

    def cost(self) -> list[Paper]:
        token, begin = self.token(), self.dice.randint(0, ROUNDS - 2)
        paper = Paper(token, "direct_costs", self.cost_facts(token), begin)
        trouble = self.dice.random()
        if trouble < 0.08:
            paper.facts["lines"].append(self.line(token, bad=True))
        elif trouble < 0.14:
            paper.facts["direct_cost_date"] = str(self.around.today - CLOSED)
        elif trouble < 0.22:
            paper.facts["status"] = "draft"
            paper.moves.append(Move(begin + 1, "change", {"status": "approved"}))
        if not paper.moves:
            paper.moves = [self.cost_move(token, at) for at in self.rounds(begin)]
        return [paper]

    def cost_facts(self, token: str) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "project": self.project, "direct_cost_type": "invoice",
            "vendor": self.dice.choice(self.around.vendors),
            "invoice_number": self.dice.choice(STYLES).format(token),
            "direct_cost_date": self.day(), "received_date": self.day(), "status": "approved",
            "lines": self.lines(token),
        }  # fmt: skip
        if self.around.taxes and self.dice.random() < 0.15:
            facts["lines"] = self.taxed(facts)
        return facts

    def payroll(self) -> list[Paper]:
        token = self.token()
        facts = {
            "project": self.project, "direct_cost_type": "payroll", "vendor": None,
            "invoice_number": None, "employee_id": 598134325100950, "status": "approved",
            "direct_cost_date": self.day(), "received_date": self.day(),
            "description": f"Week {token}", "lines": self.lines(token, kind="L"),
        }  # fmt: skip
        begin = self.dice.randint(0, ROUNDS - 2)
        moves = [Move(at, "change", {"lines": self.lines(token)}) for at in self.rounds(begin)]
        return [Paper(token, "direct_costs", facts, begin, moves=moves)]

    def taxed(self, facts: dict[str, Any]) -> list[dict[str, Any]]:
        """Every line taxed; the header tells the whole, as the tool does."""
        code = self.dice.choice([one for one in self.around.taxes if one])
        whole, lines = Decimal(0), [{**line, "tax_code": code} for line in facts["lines"]]
        for line in lines:
            line["amount"] = str(abs(Decimal(line["amount"])))
            tax = (Decimal(line["amount"]) * self.around.taxes[code] / 100).quantize(
                Decimal("0.01")
            )
            whole += Decimal(line["amount"]) + tax
        facts["header_total"] = str(whole)
        return lines

    def cost_move(self, token: str, at: int) -> Move:
        verb = self.dice.choice(["amount", "amount", "recode", "nothing", "vendor", "revise",
                                 "delete", "withdraw", "touch"])  # fmt: skip
        plain: dict[str, Any] = {"header_total": None}
        if verb in ("amount", "recode"):
            return Move(at, "change", {**plain, "lines": self.lines(token)})
        if verb == "nothing":
            return Move(at, "change", {**plain, "lines": [self.line(token, "0.00")]})
        if verb == "vendor":
            return Move(at, "change", {"vendor": self.dice.choice(self.around.vendors)})
        if verb == "revise":
            return Move(at, "revise", {**plain, "lines": self.lines(token)})
        if verb == "delete":
            return Move(at, "delete")
        if verb == "withdraw":
            return Move(at, "change", {"status": "revise_and_resubmit"})
        return Move(at, "change", {"description": f"Seen {at}"})

    # -- commitments ------------------------------------------------------------------------------

    def order(self) -> list[Paper]:
        return self.contract("purchase_order_contracts", "M")

    def subcontract(self) -> list[Paper]:
        papers = self.contract("work_order_contracts", "S")
        begin = papers[0].round + 1
        if begin < ROUNDS and "billing" in self.around.kinds[-1:]:
            papers += self.billing(papers[0], begin)
        if begin < ROUNDS and self.dice.random() < 0.5:
            papers.append(self.change(papers[0], begin))
        return papers

    def changed_contract(self) -> list[Paper]:
        """Where only its changes are carried."""
        papers = self.contract("work_order_contracts", "S")
        begin = papers[0].round + 1
        return [*papers, self.change(papers[0], begin), self.change(papers[0], begin)]

    def contract(self, collection: str, kind: str) -> list[Paper]:
        token, begin = self.token(), self.dice.randint(0, 1)
        lines = [self.line(token, f"{self.dice.randint(1_000, LARGEST) / 100:.2f}", kind=kind)
                 for _ in range(self.dice.randint(1, 3))]  # fmt: skip
        facts = {
            "project": self.project, "vendor": self.dice.choice(self.around.vendors),
            "number": f"C-{token}", "title": f"Works {token}", "status": "Approved",
            "executed": True, "contract_date": self.day(),
            "retainage_percent": self.dice.choice(["0", "5", "7.5", "10"]), "lines": lines,
        }  # fmt: skip
        paper = Paper(token, collection, facts, begin)
        if self.dice.random() < 0.4:
            lines = [{**line, "amount": self.more(line["amount"])} for line in lines]
            paper.moves = [
                Move(self.dice.randint(begin + 1, ROUNDS - 1), "resize", {"lines": lines})
            ]
        return [paper]

    def more(self, amount: str) -> str:
        return f"{Decimal(amount) + Decimal(self.dice.randint(1, 500_000)) / 100:.2f}"

    def change(self, contract: Paper, begin: int) -> Paper:
        token = self.token()
        facts = {
            "project": self.project, "contract": contract.facts["number"],
            "title": f"Field change {token}", "status": "approved", "due_date": self.day(),
            "lines": [self.line(token, kind="S")],
        }  # fmt: skip
        return Paper(token, "commitment_change_orders", facts, begin, contract.token)

    def owner_change(self) -> list[Paper]:
        if self.project not in self.around.primes:
            return self.cost()
        token = self.token()
        facts = {
            "project": self.project, "contract": self.around.primes[self.project],
            "title": f"Owner's wish {token}", "status": "approved", "due_date": self.day(),
            "lines": [self.line(token, kind="O")],
        }  # fmt: skip
        return [Paper(token, "prime_change_orders", facts, self.dice.randint(0, ROUNDS - 2))]

    def billing(self, contract: Paper, begin: int) -> list[Paper]:
        """A share of each line, some of it retained, some stored; edited later perhaps."""
        token = self.token()
        facts = {
            "project": self.project, "contract": contract.facts["number"],
            "invoice_number": f"B-{token}", "billing_date": self.day(), "status": "draft",
            "requisition_start": str(self.around.today), "requisition_end": str(self.around.today),
            "submitted_at": str(self.around.today), "items": self.items(contract),
        }  # fmt: skip
        moves = [Move(at, "change", {"items": self.items(contract)}) for at in self.rounds(begin)]
        return [Paper(token, "requisitions", facts, begin, contract.token, moves=moves)]

    def items(self, contract: Paper) -> list[dict[str, Any]]:
        share = Decimal(self.dice.randint(1, 90)) / 100
        found = []
        for position, line in enumerate(contract.facts["lines"], 1):
            work = (Decimal(line["amount"]) * share).quantize(Decimal("0.01"))
            item: dict[str, Any] = {"line": position, "work": str(work)}
            if self.dice.random() < 0.2:
                item["stored"] = str((work / 10).quantize(Decimal("0.01")))
            found.append(item)
        return found


def draw(seed: str, number: int, around: Surroundings) -> list[Paper]:
    """All papers of one number of a run."""
    return Writer(seed, number, around).draw()
