"""Amounts that are not simply those of the lines, and vendors of other currencies."""

from __future__ import annotations

from decimal import Decimal

from config.rehearsal.scenes.procore import InTheField, numbered
from connections.errors import Reason
from mappings.models import AccountRule

CENT = Decimal("0.01")
CARDS = {"EUR": "Müller & Söhne Fassadenbau GmbH", "CAD": "Great White North Steel Ltd."}


class ForeignCards(InTheField):
    title = "costs of vendors whose cards are in EUR and CAD stand in the currency of the source"
    place = "P-1042"

    def set(self) -> None:
        for currency, vendor in CARDS.items():
            self.cost(numbered(f"CARD-{currency}"), self.line("1250.00"), vendor=vendor)
            self.cost(numbered(f"OWN-{currency}"), self.line("640.00"), vendor=vendor,
                      currency_iso_code=currency)  # fmt: skip

    def count(self) -> int:
        return sum(len(self.under(numbered(f"CARD-{one}"))) for one in CARDS)

    def check(self) -> list[str]:
        wrong = [one for name in CARDS for one in self.worth(numbered(f"CARD-{name}"), "1250.00")]
        for name in CARDS:
            wrong += self.held(numbered(f"OWN-{name}"), Reason.CURRENCY, name)
        return wrong


class Markup(InTheField):
    """A fee line by line that goes nowhere, and a bond over all of it that names a code."""

    title = "the markup of an owner's change order is booked beside its lines"
    place = "P-1042"
    text = "Canopy that the owner wants"

    def set(self) -> None:
        integration = self.setting.integration
        known = AccountRule.objects.get(integration=integration, purpose="rounding")
        AccountRule.objects.create(integration=integration, purpose="markup", account=known.account)
        contracts = self.setting.field("procore/prime_contracts")
        contract = next(row for row in contracts if row["number"] == "PC-1042")
        lines = [{**self.line(amount, kind="O"), "description": self.text}
                 for amount in ("4000.00", "1000.00")]  # fmt: skip
        self.enter("prime_change_orders", {
            "project": self.place, "contract": contract["id"], "status": "approved",
            "number": "951", "title": self.text, "lines": lines,
            "markups": [
                {"name": "Fee", "percentage": 10, "set": "horizontal"},
                {"name": "Bond", "percentage": "1.5", "set": "vertical", "cost_code": "01-410",
                 "cost_type": "O"},
            ],
        })  # fmt: skip

    def count(self) -> int:
        marked = len(self.of_sources("prime_change_orders", "markup"))
        return marked if self.under(self.text) else 0

    def check(self) -> list[str]:
        return self.worth(self.text, "5575.00")


class Fractions(InTheField):
    """Unit costs have four decimals."""

    title = "fractions of a cent come to the cent"
    place = "P-1042"
    number, billed = numbered("FRAC"), numbered("FRAC-B")
    amounts = ("333.3333", "333.3333", "333.3334")

    def set(self) -> None:
        codes = ("03-300", "05-100", "05-500")
        self.cost(self.number, *map(self.line, self.amounts, codes))
        if self.books("requisitions"):
            lines = [self.line(amount, kind="S") for amount in self.amounts]
            contract = self.subcontract(numbered("SC-FRAC"), *lines)
            works = ("333.33", "333.33", "333.34")
            items = [{"line": place, "work": work} for place, work in enumerate(works, 1)]
            self.billing(contract, self.billed, *items)

    def count(self) -> int:
        return len(self.standing("direct_costs", "fractions"))

    def check(self) -> list[str]:
        wrong = self.worth(self.number, "1000.00")
        if self.books("requisitions"):
            wrong += self.worth(self.billed, "900.01")  # each line's tenth is kept in cents
        for one in self.under(self.number):
            off = [line.amount for line in one.lines if abs(line.amount - Decimal("333.33")) > CENT]
            wrong += [f"{self.number} has lines of {off}"] if off else []
        return wrong


class MovedMaterials(InTheField):
    """1,000 of work and 500 of materials; then 600 with 200 new materials, and 50 with none."""

    title = "stored materials that Procore itself moved to completed work are billed once"
    place = "P-1042"
    worths = ("1350.00", "720.00", "45.00")

    def number(self, at: int) -> str:
        return numbered(f"MOVE-{at}")

    def set(self) -> None:
        contract = self.subcontract(numbered("SC-MOVE"), self.line("4000.00", kind="S"))
        for at, (work, stored) in enumerate((("1000", "500"), ("600", "200"), ("50", "0")), 1):
            item = {"line": 1, "work": work, "stored": stored, "retained": f"{int(work) // 10}"}
            self.billing(contract, self.number(at), item)

    def count(self) -> int:
        return len(self.standing("requisitions", "moved"))

    def check(self) -> list[str]:
        wrong = [f"{row['number']} stands with {there.total:.2f}, in Procore {row['amount']} is due"
                 for row, there in self.standing("requisitions", "moved")
                 if there.total != Decimal(row["amount"])]  # fmt: skip
        for at, worth in enumerate(self.worths, 1):
            wrong += self.worth(self.number(at), worth)
        return wrong


class Unseen(InTheField):
    title = "a number with characters that nobody sees is the number without them"
    place = "P-1042"
    number = numbered("ZW-77")

    def set(self) -> None:
        for number in (f"\u200b{self.number}\ufeff", self.number):
            self.cost(number, self.line("18.40"))

    def count(self) -> int:
        return len(self.under(self.number))

    def check(self) -> list[str]:
        wrong = self.worth(self.number, "18.40")
        rows = self.records(self.number)
        said = sorted((one.state, one.reason) for one in rows)
        if said != [("held", Reason.DUPLICATE_NUMBER), ("posted", "")]:
            wrong.append(f"{self.number}: we say {said}")
        return wrong
