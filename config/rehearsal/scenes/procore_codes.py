"""Budget codes of other shapes, and a project whose clock goes otherwise."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from config.rehearsal.both_sides import Booked
from config.rehearsal.scenes.procore import InTheField, Sums, numbered, places

COST, CONTRACT, BILLING = numbered("SUB-1"), numbered("SC-SUB"), numbered("SUB-B")
IN_SUB_JOBS, IN_PHASES = "08-700", "08-800"


class TypeFirst(InTheField):
    """The demo's P-1043; its other documents are counted with all others."""

    title = "costs of a project whose budget codes begin with the cost type"
    place = "P-1043"
    numbers = (numbered("TYPE"), numbered("TYPE-B"))

    def set(self) -> None:
        self.cost(self.numbers[0], self.line("120.10"), self.line("79.90", "05-100", "E"))
        if self.books("requisitions"):
            contract = self.subcontract(numbered("SC-TYPE"), self.line("4000.00", kind="S"))
            self.billing(contract, self.numbers[1], {"line": 1, "work": "1000.00"})

    def count(self) -> int:
        return sum(len(self.under(one)) for one in self.numbers)

    def check(self) -> list[str]:
        wrong = self.worth(self.numbers[0], "200.00")
        wanted: Sums = {
            ("03-300", "M", ""): Decimal("120.10"),
            ("05-100", "E", ""): Decimal("79.90"),
        }
        wrong += coded(self.under(self.numbers[0]), wanted)
        if self.books("requisitions"):
            wrong += self.worth(self.numbers[1], "900.00")
            billed: Sums = {("03-300", "S", ""): Decimal("1000.00")}
            wrong += coded(self.under(self.numbers[1]), billed)
        return wrong


class SubJobs(InTheField):
    """Finance has sub jobs of one code and the phases of another as departments."""

    title = "lines that differ only in their sub job or their phase are booked apart"
    place = "P-1044"

    def set(self) -> None:
        for value in ("01", "02", "A", "B"):
            self.setting.ledger.add_department(self.setting.office_site, value)
        for kind in ("M", "S"):
            self.rule(IN_SUB_JOBS, kind, **{self.setting.ledger.DEPARTMENT: "{sub_job}"})
            self.rule(IN_PHASES, kind, **{self.setting.ledger.DEPARTMENT: "{segment:Phase}"})
        self.cost(
            COST, self.line("100.00", IN_SUB_JOBS, sub_job="01"),
            self.line("200.00", IN_SUB_JOBS, sub_job="02"), self.line("50.00", IN_SUB_JOBS),
            self.line("300.00", IN_PHASES, segments={"Phase": "A"}),
            self.line("25.00", IN_PHASES, segments={"Phase": "B"}),
        )  # fmt: skip
        if self.books("requisitions"):
            contract = self.subcontract(
                CONTRACT, self.line("3000.00", IN_SUB_JOBS, "S", sub_job="01"),
                self.line("2000.00", IN_SUB_JOBS, "S", sub_job="02"),
            )  # fmt: skip
            self.billing(
                contract, BILLING, {"line": 1, "work": "800.00"}, {"line": 2, "work": "200.00"}
            )

    def count(self) -> int:
        return sum(
            len(self.standing(one, "segments")) for one in ("direct_costs", "requisitions")
        )  # fmt: skip

    def check(self) -> list[str]:
        amounts = {"01": "100", "02": "200", "": "50"}, {"A": "300", "B": "25"}
        wanted: Sums = {
            (code, "M", value): Decimal(amount)
            for code, by in zip((IN_SUB_JOBS, IN_PHASES), amounts, strict=True)
            for value, amount in by.items()
        }
        wrong = self.worth(COST, "675.00") + coded(self.under(COST), wanted)
        if self.books("requisitions"):
            billed: Sums = {
                (IN_SUB_JOBS, "S", job): Decimal(amount)
                for job, amount in (("01", 800), ("02", 200))
            }

            wrong += self.worth(BILLING, "900.00") + coded(self.under(BILLING), billed)
        return wrong


class OtherClock(InTheField):
    """01:30 in UTC is the evening before on the west coast."""

    title = "what bears no day is booked on that of its project's own clock"
    place = "P-1045"
    number, text = numbered("CLOCK"), "Approved in the evening"

    @property
    def moment(self) -> dt.datetime:
        day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
        return dt.datetime.combine(day, dt.time(1, 30), dt.UTC)

    def set(self) -> None:
        at = self.moment.isoformat()
        bare = {"direct_cost_date": None, "received_date": None, "at": at}
        self.cost(self.number, self.line("61.25"), **bare)
        if self.books("commitment_change_orders"):
            contract = self.subcontract(numbered("SC-CLOCK"), self.line("900.00", kind="S"))
            self.enter("commitment_change_orders", {
                "project": self.place, "contract": contract["id"], "status": "approved",
                "number": "001", "title": "Field change by night", "executed": True, "at": at,
                "lines": [{**self.line("75.00", kind="S"), "description": self.text}],
            })  # fmt: skip

    @property
    def found(self) -> list[Booked]:
        return [*self.under(self.number), *self.under(self.text)]

    def count(self) -> int:
        return len(self.found)

    def check(self) -> list[str]:
        wrong = self.worth(self.number, "61.25")
        if self.books("commitment_change_orders"):
            wrong += self.worth(self.text, "75.00")
        evening = (self.moment.date() - dt.timedelta(days=1)).isoformat()
        return wrong + [f"{one.own} is booked on {one.day}, at the site it was {evening}"
                        for one in self.found if one.day != evening]  # fmt: skip


def coded(there: list[Booked], wanted: Sums) -> list[str]:
    found = [places(one) for one in there]
    return [] if found == [wanted] else [f"wanted by code, type and department {wanted}: {found}"]
