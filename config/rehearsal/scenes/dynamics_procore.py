"""What ledgers add to our lines by their own rules, and what they refuse by them."""

from __future__ import annotations

from typing import ClassVar

from config.rehearsal.scenes.procore import InTheField, numbered
from connections.errors import Reason
from syncs.models import State

ADDED, REFUSED = numbered("DIM"), numbered("DIM-NO")
FREE, RULED, WANTING = "52991", "52992", "52993"  # accounts of these scenes alone
CODES = ("09-300", "09-650", "09-680")  # which nobody else books on the head office
MATERIAL = "M"


class Added(InTheField):
    """`amounts` by department, as the ledger's own rules have them."""

    place = "P-1000"
    departments: ClassVar[dict[str, str]]

    def added(self) -> None:
        """Of the vendor who has defaults of his own."""
        lines = self.line("60.00", CODES[0]), self.line("40.00", CODES[1])
        self.cost(ADDED, *lines, vendor=self.vendors[1])

    def number_of(self, vendor: str) -> str:
        """The ledger's."""
        links = self.setting.field("demo")["expected"]["vendors"]
        return next(str(one["number"]) for one in links if one["name"] == vendor)

    def count(self) -> int:
        return len(self.under(ADDED))

    def check(self) -> list[str]:
        wrong = self.worth(ADDED, "100.00")
        for one in self.under(ADDED):
            there = {line.where[0]: line.where[2] for line in one.lines if line.where[0]}
            wrong += [] if there == self.departments else [f"{ADDED} has departments {there}"]
        return wrong + self.told()

    def told(self) -> list[str]:
        """It is posted, and its sentence names what was added."""
        wrong = []
        for record in self.records(ADDED):
            silent = [one for one in self.departments.values() if one not in record.sentence]
            if record.state != State.POSTED or silent:
                wrong.append(f"{ADDED} is {record.state}, and does not tell of {silent}: "
                             f"{record.sentence}")  # fmt: skip
        return wrong


class DefaultsOfMicrosoft(Added):
    """One account with a value that may be changed, one with *Same Code*, and the vendor's own."""

    title = "default dimensions of vendors and accounts, with and without a rule, are shown"
    departments: ClassVar[dict[str, str]] = {CODES[0]: "SHOP", CODES[1]: "FIELD"}
    of_vendor: ClassVar[str] = "OFFICE"

    def set(self) -> None:
        site, rules = self.setting.office_site, (" ", "Same Code")
        for number, code, value, rule in zip(
            (FREE, RULED), CODES, self.departments.values(), rules, strict=False
        ):
            self.setting.ledger.add_account(site, number, f"Finishes, {value.lower()}")
            self.setting.office("business_central/account_dimension", {
                "account": number, "dimension": "DEPARTMENT", "value": value, "validation": rule,
            })  # fmt: skip
            self.rule(code, MATERIAL, number)
        self.setting.office("business_central/vendor_dimension", {
            "vendor": self.number_of(self.vendors[1]), "dimension": "DEPARTMENT",
            "value": self.of_vendor,
        })  # fmt: skip
        self.added()

    def check(self) -> list[str]:
        heads = [one.dimensions.get("DEPARTMENT") for one in self.under(ADDED)]
        wrong = [] if heads == [self.of_vendor] else [f"{ADDED} as a whole is of {heads}"]
        return super().check() + wrong


class RefusedByMicrosoft(InTheField):
    """The server wraps what its dimension management says (codeunit 481)."""

    title = "a wrapped refusal of dimensions holds its document and says what is wanted"
    place = "P-1000"
    wording: ClassVar[str] = "wrapped"

    def set(self) -> None:
        self.setting.office("business_central/settings", {"dimension_errors": self.wording})
        self.setting.ledger.add_account(self.setting.office_site, WANTING, "Finishes, by whom")
        self.setting.office("business_central/account_dimension", {
            "account": WANTING, "dimension": "DEPARTMENT", "validation": "Code Mandatory",
        })  # fmt: skip
        self.rule(CODES[2], MATERIAL, WANTING)
        self.cost(REFUSED, self.line("47.00", CODES[2]))

    def count(self) -> int:
        return len(self.held_ones())

    def held_ones(self) -> list[str]:
        """What Procore has and the ledger lacks."""
        rows = self.setting.field("procore/direct_costs")
        there = {str(row["invoice_number"]) for row in rows if row.get("invoice_number")}
        return [one for one in (REFUSED,) if one in there and not self.under(one)]

    def check(self) -> list[str]:
        """Its draft stays: posting it is what is tried again."""
        owner = f"G/L Account {WANTING} needs a value for the dimension DEPARTMENT"
        return self.held(REFUSED, Reason.DIMENSION, owner)


class RefusedInOldWords(RefusedByMicrosoft):
    title = "a refusal of dimensions in the words of older servers holds its document"
    wording = "older"
