"""A journal that a bookkeeper books in the ledger onto a project, which no document stands for."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from config.rehearsal.both_sides import ZERO, Booked, BookedLine
from config.rehearsal.scene import Row, Scene
from mappings.models import AccountRule
from syncs.balance.journals import counted
from syncs.balance.rows import Cause, CellPart

AMOUNTS = Decimal("4321.09"), Decimal("-21.09")


class BookedByHand(Scene):
    title = "a journal that a bookkeeper books onto a project is found, and named on the page"
    number: ClassVar[str] = "HAND-ACCR-1"

    def play(self) -> None:
        """On the project and the code of what stands already, against the clearing account."""
        model = self.model()
        lines = [line_of(model.account, model.dimensions, amount) for amount in AMOUNTS]
        clearing = AccountRule.objects.get(
            integration=self.setting.integration, purpose=AccountRule.Purpose.CLEARING
        )
        other = line_of(clearing.account, model.dimensions, -sum(AMOUNTS, ZERO))
        self.setting.books.book_journal(self.setting.office_site, self.number, [*lines, other])

    def model(self) -> BookedLine:
        """A line with a project, on an account to which a rule leads."""
        accounts = counted(self.setting.integration)
        standing = self.setting.books.booked(self.setting.office_site)
        return next(
            line for one in standing for line in one.lines
            if line.account in accounts and line.dimensions.get("PROJECT")
        )  # fmt: skip

    def standing(self) -> list[Booked]:
        booked = self.setting.books.booked(self.setting.office_site)
        return [one for one in booked if one.number == self.number]

    def count(self) -> int:
        return len(self.standing())

    def check(self) -> list[str]:
        """Its costs and not its other side, under its number, with its project, of no vendor."""
        wanted = [(one.own, one.total, Cause.IN_LEDGER, "") for one in self.standing()]
        parts = CellPart.objects.filter(integration=self.setting.integration, number=self.number)
        said = [(part.ledger_number, part.in_ledger, part.cause, part.vendor) for part in parts]
        wrong = [] if said == wanted else [f"the ledger has {wanted}, the page says {said}"]
        return wrong + [f"{part} is in no project" for part in parts if not part.project]


class BookedByHandInGp(BookedByHand):
    """Whose journals have numbers."""

    number = "990417"


def line_of(account: str, dimensions: dict[str, str], amount: Decimal) -> Row:
    return {"account": account, "amount": f"{amount}", "description": "Accrual of the month",
            "dimensions": dimensions}  # fmt: skip
