"""The demo contractor's months in GP: payables in every state over five jobs and the office."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.simulators import company

from . import hands, journals, masters, site
from .books import CREDIT, Books, Row, new_company
from .commitments import Commitment, commitments
from .demo_troubles import Troubles
from .masters import vendor_ids

BILLINGS, COSTS, OFFICE, CREDITS = 40, 55, 12, 8
LETTERS = "Türzargen, façade côté jardin"
Data = dict[str, Any]


def plant(seed: int, full: bool) -> list[Row]:
    """The two companies of the site."""
    main = new_company(site.COMPANY, site.INTERID, 1, masters.DOLLAR, "USD")
    second = new_company(site.SECOND, site.SECOND_INTERID, 2, masters.CANADIAN, "CAD")
    for one in (main, second):
        books = Books(one, {**site.SETTINGS}, company.TODAY)
        masters.fill_setup(books)
        masters.fill_accounts(books)
        vendors = company.VENDORS if one is main else company.VENDORS[:20]
        masters.fill_vendors(books, vendors)
        if full:
            Months(books, seed).write(small=one is second)
    return [main, second]


class Months:
    """Deterministic by its seed and the day."""

    def __init__(self, books: Books, seed: int) -> None:
        self.books, self.seed = books, seed
        self.dice = random.Random(f"gp {seed}")
        self.serial = 0
        self.jobs = company.JOBS[1:]
        self.rules = [rule for rule in company.MAPPINGS
                      if not rule.project and rule.cost_type in ("M", "E", "O", "")]  # fmt: skip
        plain = [v for v in company.VENDORS if v.currency == company.CURRENCY
                 and not v.blocked and v.number not in masters.ODD_IDS]  # fmt: skip
        self.vendors = [vendor_ids()[one.number] for one in plain]
        self.named = [one for one in commitments(seed) if one.billable and one.same_name]

    # Words and numbers.

    def day(self) -> str:
        span = (company.TODAY - company.CLOSED_BEFORE).days
        return (company.CLOSED_BEFORE + timedelta(self.dice.randrange(span))).isoformat()

    def billed_on(self) -> str:
        """Procore bills by open periods, of which the demo has the current month's."""
        late = self.serial % 8 == 7
        first = company.first_of_month(company.TODAY, -1 if late else 0)
        span = 28 if late else company.TODAY.day
        return (first + timedelta(self.dice.randrange(span))).isoformat()

    def number(self, prefix: str = "") -> str:
        self.serial += 1
        return f"{prefix}{30_000 + self.serial * 37}"

    def amount(self, low: int = 60, high: int = 6_500) -> str:
        return f"{Decimal(self.dice.randrange(low * 100, high * 100)) / 100}"

    def line(self, job: str, **facts: Any) -> Data:
        rule = self.dice.choice(self.rules)
        return {"job": job, "code": rule.cost_code, "type": rule.cost_type or "S",
                "amount": self.amount(), **facts}  # fmt: skip

    def lines(self, job: str, most: int = 4) -> list[Data]:
        """No account and code twice."""
        found: dict[str, Data] = {}
        for _ in range(self.dice.randint(1, most)):
            line = self.line(job)
            found.setdefault(line["code"], line)
        return list(found.values())

    def type(self, **facts: Any) -> Row:
        """Typed on its day, so ModifiedDate is that or a little later."""
        day = facts.setdefault("date", self.day())
        modified = date.fromisoformat(day) + timedelta(self.dice.randrange(4))
        facts.setdefault("modified", min(modified, company.TODAY).isoformat())
        facts.setdefault("vendor", self.dice.choice(self.vendors))
        facts.setdefault("number", self.number())
        facts.setdefault("currency", "" if self.serial % 2 else masters.DOLLAR)
        return hands.type_invoice(self.books, facts)

    def go_on(self, index: int, made: Row) -> None:
        """Unposted, posted, paid in part, paid, paid but not moved, voided."""
        who = {"id": made["id"], "touch": False}
        step = index % 8
        if step in (0, 1):
            return
        hands.post_invoice(self.books, who)
        if step == 4:
            hands.pay(self.books, {**who, "amount": "10.00"})
        if step in (5, 6):
            hands.pay(self.books, {**who, "history": step == 5})
        if step == 7 and index % 16 == 7:
            hands.void_invoice(self.books, who)

    # The order of things.

    def write(self, *, small: bool) -> None:
        if small:
            for job in company.JOBS[1:]:
                self.type(lines=self.lines(job.number), currency=self.books.company["currency"],
                          vendor=vendor_ids()["V10001"])  # fmt: skip
            return
        self.billings()
        self.costs()
        self.office()
        self.credits()
        Troubles(self).write()
        masters.fill_orders(self.books, self.vendors[:6])
        journals.plant(self.books, self.jobs[0].number)

    def billings(self) -> None:
        """A small share of a commitment of Procore's, by its vendor."""
        for index in range(BILLINGS):
            self.go_on(index, self.bill(self.named[index % len(self.named)]))

    def bill(self, named: Commitment, share: str = "0.06", **facts: Any) -> Row:
        seen: dict[str, Data] = {}
        for code, kind, amount in named.lines[:3]:
            part = max(Decimal(1), (amount * Decimal(share)).quantize(Decimal("0.01")))
            seen.setdefault(code, {"job": named.job, "code": code, "type": kind, "amount": part})
        return self.type(**{
            "vendor": named.vendor, "order": named.number, "lines": list(seen.values()),
            "description": f"Pay app {self.serial}", "number": self.number("INV-"),
            "date": self.billed_on(), **facts,
        })  # fmt: skip

    def costs(self) -> None:
        for index in range(COSTS):
            job = self.jobs[index % len(self.jobs)].number
            taxed: Data = {"tax": self.amount(2, 90)} if index % 5 == 2 else {}
            if index % 11 == 3:
                taxed |= {"freight": self.amount(5, 80), "misc": "12.50"}
            if index % 13 == 6:
                taxed["discount"] = "3.75"
            words = LETTERS if index == 5 else "Materials" if index % 2 else ""
            self.go_on(index, self.type(lines=self.lines(job), description=words, **taxed))

    def office(self) -> None:
        codes = ("01-500", "01-310", "01-740", "01-510")
        for index in range(OFFICE):
            line = {"job": company.HEAD_OFFICE.number, "code": codes[index % 4],
                    "amount": self.amount(150, 4_200)}  # fmt: skip
            self.go_on(index, self.type(lines=[line], description="Office"))

    def credits(self) -> None:
        for index in range(CREDITS):
            job = self.jobs[index % len(self.jobs)].number
            made = self.type(kind=CREDIT, number=self.number("CM-"), lines=self.lines(job, 2))
            self.go_on(index, made)


def only_type(rule: company.Mapping) -> str:
    """No rule for any type: an account of GP leads back to one cost code and type."""
    return "O" if rule.project else "S"


def answer(troubles: list[Row]) -> Data:
    """What a controller would enter: mappings by main account, projects by the first segment."""
    projects = {job.number: job.dimension_code for job in company.JOBS}
    return {
        "mappings": [
            {"cost_code": rule.cost_code, "cost_type": rule.cost_type or only_type(rule),
             "project": projects.get(rule.project, ""), "account": rule.account,
             "dimensions": {"COSTCODE": rule.cost_code}}
            for rule in company.MAPPINGS
        ],
        "account_rules": dict(company.ACCOUNT_RULES),
        "flows": {"accounts": {"code_rule": "number", "code_filter": "60100..60900"}},
        "expected": {
            "company": site.COMPANY, "unmapped_cost_codes": list(company.UNMAPPED_COST_CODES),
            "segments": {"separator": "-", "project": 1, "main": 2, "division": 3},
            "projects": [{"project": job.dimension_code, "job": job.number, "value": job.number}
                         for job in company.JOBS],
            "vendors": [{"number": number, "vendor": known}
                        for known, number in vendor_ids().items()],
            "troubles": troubles,
        },
    }  # fmt: skip
