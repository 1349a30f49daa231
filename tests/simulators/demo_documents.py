"""Months of a contractor's paper: commitments, billings, changes, direct costs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import company
from .demo import OWNERS, PRESENT, numbers

if TYPE_CHECKING:
    from .procore.simulator import ProcoreSimulator

Row = dict[str, Any]
SITES = company.JOBS[1:]
CODES = [cost for cost in company.COST_CODES if cost.code not in company.UNMAPPED_COST_CODES]
TRADE_CODES = [cost for cost in CODES if cost.division != "01"]
PO_STATUSES = ("Approved", "Approved", "Approved", "Submitted", "Closed", "Draft")
SUBCONTRACT_STATUSES = ("Approved", "Approved", "Complete", "Out For Signature", "Void")
CHANGE_STATUSES = ("approved", "pending", "draft", "rejected")
PRIME_STATUSES = ("approved", "proceeding", "approved", "no_charge", "void")
LAST_STATUSES = ("approved", "under_review", "draft", "pending_owner_approval", "approved_as_noted")
UNITS = (("t", "95", "1450"), ("cy", "118", "164"), ("ea", "35", "980"), ("lf", "4", "38"))


class Author:
    """Writes documents in the order in which they came about."""

    def __init__(self, simulator: ProcoreSimulator, dice: random.Random) -> None:
        self.simulator, self.dice = simulator, dice
        self.ids = numbers(simulator.state["vendor_links"])
        plain = [number for number in self.ids if number not in PRESENT]
        self.vendors = [self.ids[number] for number in plain]
        self.opened = company.CLOSED_BEFORE

    # Words and numbers.

    def at(self, day: date) -> datetime:
        """A moment of that day's working hours, never in the future."""
        moment = datetime.combine(day, time(13 + self.dice.randrange(8), 0), UTC)
        moment += timedelta(microseconds=self.dice.randrange(3600 * 10**6))
        return min(moment, self.simulator.now() - timedelta(minutes=2))

    def day(self, first: int, last: int) -> date:
        """A day so many days after the ledger's first open day, today at the latest."""
        return min(self.opened + timedelta(self.dice.randint(first, last)), company.TODAY)

    def amount(self, low: int, high: int) -> str:
        return f"{Decimal(self.dice.randrange(low * 100, high * 100)) / 100}"

    def vendor(self) -> int:
        return self.dice.choice(self.vendors)

    def line(self, low: int, high: int, kind: str = "", trade: bool = True) -> Row:
        cost = self.dice.choice(TRADE_CODES if trade else CODES)
        return {
            "cost_code": cost.code, "cost_type": kind or self.dice.choice("MMEO"),
            "description": cost.name, "amount": self.amount(low, high),
        }  # fmt: skip

    def lines(self, count: int, low: int, high: int, kind: str = "") -> list[Row]:
        """Lines of different cost codes."""
        found: dict[str, Row] = {}
        while len(found) < count:
            line = self.line(low, high, kind)
            found.setdefault(line["cost_code"], line)
        return list(found.values())

    def create(self, collection: str, day: date, data: Row) -> Row:
        return self.simulator.story_create(collection, data, self.at(day))

    def update(self, collection: str, row: Row, day: date, data: Row) -> Row:
        return self.simulator.story_update(collection, row, data, self.at(day))

    def trouble(self, kind: str, collection: str, row: Row, sentence: str) -> Row:
        """Notes a document that cannot simply be booked."""
        number = row.get("invoice_number") or row.get("number")
        self.simulator.state["troubles"].append({
            "kind": kind, "collection": collection, "id": row["id"], "number": number,
            "sentence": sentence,
        })  # fmt: skip
        return row

    # The order of things.

    def write(self) -> None:
        from .demo_troubles import Troubles

        for index, job in enumerate(SITES):
            self.periods(job)
            self.prime_contract(index, job)
            self.purchase_orders(index, job)
            self.subcontracts(index, job)
            self.direct_costs(index, job)
        self.head_office()
        Troubles(self).write()
        for index, job in enumerate(company.jobs(self.simulator.company)[len(company.JOBS) :]):
            self.periods(job)
            self.small_job(index, job)

    def small_job(self, index: int, job: company.Job) -> None:
        """Two orders, a subcontract with its billings, and a few costs."""
        self.purchase_orders(index, job, PO_STATUSES[:2])
        self.subcontracts(index, job, SUBCONTRACT_STATUSES[:1])
        for count in (1, 2, 3):
            self.direct_cost(job, "invoice", "approved", self.lines(count, 60, 6_500))

    def periods(self, job: company.Job) -> None:
        """A billing period per month: the three open ones and the current."""
        for months in range(-4, 1):
            start = company.first_of_month(company.TODAY, months)
            end = company.first_of_month(company.TODAY, months + 1) - timedelta(days=1)
            self.create("billing_periods", min(start, company.TODAY), {
                "project": job.number, "start_date": start.isoformat(),
                "end_date": end.isoformat(), "due_date": (end + timedelta(days=10)).isoformat(),
                "status": "open" if months == 0 else "closed",
            })  # fmt: skip

    def period(self, job: company.Job, start: date) -> int:
        project = self.simulator.named_project(job.number)["id"]
        rows = self.simulator.rows(
            "billing_periods", project_id=project, start_date=start.isoformat()
        )
        return int(rows[0]["id"])

    def prime_contract(self, index: int, job: company.Job) -> None:
        signed = self.day(0, 5)
        lines = self.lines(8, 150_000, 900_000, "O")
        row = self.create("prime_contracts", signed, {
            "project": job.number, "vendor": OWNERS[index], "number": f"PC-{job.number}",
            "title": job.name, "status": "Approved", "executed": True, "retainage_percent": "10",
            "contract_date": signed.isoformat(), "lines": lines,
        })  # fmt: skip
        for serial, status in enumerate(PRIME_STATUSES[: 3 + index % 3], 1):
            low, high = (-9_000, -1_000) if serial == 3 else (2_000, 60_000)
            self.change_order("prime_change_orders", job, row, serial, status, low, high)

    def purchase_orders(
        self, index: int, job: company.Job, statuses: Sequence[str] = PO_STATUSES
    ) -> None:
        for serial, status in enumerate(statuses, 1):
            day = self.day(1, 90)
            lines = self.lines(self.dice.randint(1, 5), 400, 18_000, "M")
            if serial == 2:
                lines = [self.unit_line(line) for line in lines]
            self.create("purchase_order_contracts", day, {
                "project": job.number, "vendor": self.vendor(), "status": status,
                "number": f"PO-{job.number}-{serial:03}", "title": lines[0]["description"],
                "executed": status == "Approved", "contract_date": day.isoformat(),
                "delivery_date": (day + timedelta(days=21)).isoformat(),
                "accounting_method": "unit" if serial == 2 else "amount", "lines": lines,
            })  # fmt: skip

    def unit_line(self, line: Row) -> Row:
        uom, low, high = self.dice.choice(UNITS)
        cost = Decimal(self.dice.randrange(int(low) * 100, int(high) * 100)) / 100
        plain = {name: value for name, value in line.items() if name != "amount"}
        quantity = f"{Decimal(self.dice.randrange(10, 4000)) / 10}"
        return {**plain, "quantity": quantity, "unit_cost": str(cost), "uom": uom}

    def subcontracts(
        self, index: int, job: company.Job, statuses: Sequence[str] = SUBCONTRACT_STATUSES
    ) -> None:
        for serial, status in enumerate(statuses, 1):
            day = self.day(0, 12)
            lines = self.lines(self.dice.randint(3, 7), 8_000, 90_000, "S")
            share = (10, 5, 10, 10, 7.5)[(serial + index) % 5]
            row = self.create("work_order_contracts", day, {
                "project": job.number, "vendor": self.vendor(), "retainage_percent": str(share),
                "number": f"SC-{job.number}-{serial:02}", "title": lines[0]["description"],
                "status": status, "executed": status in ("Approved", "Complete"), "lines": lines,
                "description": f"<p>{lines[0]['description']}, furnish and install.</p>",
                "contract_date": day.isoformat(), "contract_start_date": day.isoformat(),
            })  # fmt: skip
            if status in ("Approved", "Complete"):
                self.billings(index, job, row, serial)

    def billings(self, index: int, job: company.Job, contract: Row, serial: int) -> None:
        """Three months of invoices; an approved change order after the first."""
        last = LAST_STATUSES[(index + serial) % 5]
        shares = ((25, 30, 20), (40, 35, 25), (30, 30, 40))[serial % 3]
        for month, share in enumerate(shares):
            start = company.first_of_month(company.TODAY, month - 3)
            end = company.first_of_month(company.TODAY, month - 2) - timedelta(days=1)
            status = last if month == 2 else ("approved", "approved_as_noted")[month]
            releases = month == 2 and contract["status"] == "Complete"
            self.requisition(job, contract, start, end, {
                "status": status, "share": share, "release": releases,
                "number": f"{contract['number'].removeprefix('SC-')}/{month + 1}",
                "stored": month == 0 and serial == 1,
            })  # fmt: skip
            if month == 0:
                self.changes(index, job, contract)

    def changes(self, index: int, job: company.Job, contract: Row) -> None:
        statuses = CHANGE_STATUSES if contract["number"].endswith("-01") else ("approved",)
        for serial, status in enumerate(statuses, 1):
            low, high = (-6_000, -500) if status == "pending" or index == 3 else (900, 14_000)
            self.change_order("commitment_change_orders", job, contract, serial, status, low, high)

    def change_order(
        self, table: str, job: company.Job, contract: Row, serial: int, status: str, low: int,
        high: int,
    ) -> Row:  # fmt: skip
        kind = "O" if table == "prime_change_orders" else "S"
        lines = self.lines(self.dice.randint(1, 2), low, high, kind)
        day = self.day(32, 55)
        return self.create(table, day, {
            "project": job.number, "contract": contract["id"], "number": f"{serial:03}",
            "title": f"{lines[0]['description']}, field change {serial}", "status": status,
            "executed": status == "approved", "lines": lines, "due_date": day.isoformat(),
        })  # fmt: skip

    def requisition(
        self, job: company.Job, contract: Row, start: date, end: date, plan: Row
    ) -> Row:
        """Bills a share of each item; the last of a complete contract releases what was held."""
        row = self.create("requisitions", end, {
            "project": job.number, "contract": contract["id"], "invoice_number": plan["number"],
            "period_id": self.period(job, start), "requisition_start": start.isoformat(),
            "requisition_end": end.isoformat(), "billing_date": end.isoformat(),
            "submitted_at": end.isoformat(), "status": "draft",
        })  # fmt: skip
        items = [self.billed(item, plan) for item in row["items"]]
        day = min(end + timedelta(days=5), company.TODAY)
        return self.update("requisitions", row, day, {"items": items, "status": plan["status"]})

    def billed(self, item: Row, plan: Row) -> Row:
        share = Decimal(plan["share"])
        if item["item_type"] == "change_order_item" and not item["work_before"]:
            share = Decimal(60)
        left = item["scheduled"] - item["work_before"] - item["stored"]
        work = (item["scheduled"] * share / 100).quantize(Decimal("0.01"))
        work = min(work, left) if item["scheduled"] >= 0 else max(work, left)
        bill: Row = {"line": item["position"], "work": str(work)}
        if plan["stored"] and item["position"] == 2:
            bill["stored"] = str((item["scheduled"] / 10).quantize(Decimal("0.01")))
        if plan["release"]:
            bill |= {"retained": "0", "released": str(item["retained_before"])}
        return bill

    def direct_costs(self, index: int, job: company.Job) -> None:
        plans: list[tuple[str, str, int, str]] = [
            ("invoice", "approved", 2, ""), ("invoice", "approved", 4, "MATERIALS"),
            ("invoice", "draft", 1, ""), ("invoice", "pending", 2, ""),
            ("expense", "approved", 1, "SUPPLIES"), ("payroll", "approved", 3, ""),
            ("invoice", "approved", 1, "RENTAL"), ("expense", "draft", 1, ""),
        ]  # fmt: skip
        for serial, (kind, status, count, tax) in enumerate(plans, 1):
            self.direct_cost(job, kind, status, self.lines(
                count, 60, 6_500, "L" if kind == "payroll" else ""), tax=tax)  # fmt: skip
            if serial == 1 and index % 2 == 0:
                self.credit(job)

    def direct_cost(
        self, job: company.Job, kind: str, status: str, lines: list[Row], **more: Any
    ) -> Row:
        day = more.pop("day", None) or self.day(3, 108)
        tax = more.pop("tax", "")
        if tax:
            lines = [{**line, "tax_code": tax} for line in lines]
        data: Row = {
            "project": job.number, "direct_cost_type": kind, "status": status, "lines": lines,
            "direct_cost_date": day.isoformat(), "received_date": day.isoformat(),
            "description": lines[0]["description"] if lines else None,
        }  # fmt: skip
        if kind == "invoice":
            data |= {"vendor": self.vendor(), "invoice_number": str(self.dice.randrange(10**5))}
        if kind == "expense":
            data |= {"vendor": self.vendor(), "invoice_number": f"R-{self.dice.randrange(10**4)}"}
        if kind == "payroll":
            data["employee_id"] = 598134325100950
        return self.create("direct_costs", day, {**data, **more})

    def credit(self, job: company.Job) -> Row:
        lines = self.lines(2, -1_900, -90)
        return self.direct_cost(
            job, "invoice", "approved", lines, invoice_number=f"CM-{self.dice.randrange(9999)}"
        )

    def head_office(self) -> None:
        for code, name in (("01-500", "Office rent"), ("01-310", "Project software"),
                           ("01-740", "Office supplies"), ("01-510", "Fuel")):  # fmt: skip
            line = {"cost_code": code, "cost_type": "O", "description": name,
                    "amount": self.amount(150, 4_200)}  # fmt: skip
            self.direct_cost(company.HEAD_OFFICE, "invoice", "approved", [line])
