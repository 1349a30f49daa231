"""Documents that make trouble, one of every kind, each noted with a sentence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import company
from .demo import UNKNOWN_VENDOR
from .demo_documents import SITES, Author, Row

LONG_NUMBER = "INV-2026-" + "0123456789" * 19 + "X"


class Troubles:
    """Written by the same author, after the good documents."""

    def __init__(self, author: Author) -> None:
        self.author = author
        self.medical, self.school, self.harbor, self.center, self.parish = SITES

    def write(self) -> None:
        self.codes()
        self.vendors()
        self.currencies()
        self.numbers()
        self.amounts()
        self.missing()

    def cost(self, trouble: str, sentence: str, job: company.Job, **more: Any) -> Row:
        """An approved invoice that has this trouble."""
        lines = more.pop("lines", None)
        lines = self.author.lines(2, 90, 4_000) if lines is None else lines
        kind = more.pop("kind", "invoice")
        row = self.author.direct_cost(job, kind, "approved", lines, **more)
        return self.author.trouble(trouble, "direct_costs", row, sentence)

    def coded(self, code: str, kind: str, amount: str) -> Row:
        return {"cost_code": code, "cost_type": kind, "amount": amount, "description": code}

    def codes(self) -> None:
        author = self.author
        asbestos, elevator, cabling = company.UNMAPPED_COST_CODES
        lines = [self.coded(asbestos, "M", "1840.55"), *author.lines(1, 100, 900)]
        self.cost("unmapped cost code", f"{asbestos} has no account", self.parish, lines=lines)
        day = author.day(10, 40)
        row = author.create("purchase_order_contracts", day, {
            "project": self.medical.number, "vendor": author.vendor(), "status": "Approved",
            "number": "PO-1042-090", "title": "Elevator cab finishes", "executed": True,
            "contract_date": day.isoformat(), "lines": [self.coded(elevator, "M", "22750.00")],
        })  # fmt: skip
        author.trouble("unmapped cost code", "purchase_order_contracts", row, elevator)
        self.billed_subcontract(
            self.center, author.vendor(), cabling, "unmapped cost code", f"{cabling} is unmapped"
        )

    def billed_subcontract(
        self, job: company.Job, vendor: int, code: str, trouble: str, sentence: str,
        currency: str | None = None,
    ) -> None:  # fmt: skip
        """An approved subcontract with one approved invoice of last month."""
        author = self.author
        start = company.first_of_month(company.TODAY, -1)
        end = company.first_of_month(company.TODAY, 0) - timedelta(days=1)
        serial = 90 + len(author.simulator.state["troubles"])
        contract = author.create("work_order_contracts", start, {
            "project": job.number, "vendor": vendor, "number": f"SC-{job.number}-{serial}",
            "title": f"Special work {serial}", "status": "Approved", "executed": True,
            "contract_date": start.isoformat(), "retainage_percent": "10",
            "currency_iso_code": currency, "lines": [self.coded(code, "S", "48200.00")],
        })  # fmt: skip
        plan = {"status": "approved", "share": 35, "release": False, "stored": False,
                "number": f"{job.number}-{serial}/1"}  # fmt: skip
        row = author.requisition(job, contract, start, end, plan)
        author.trouble(trouble, "requisitions", row, sentence)
        author.trouble(trouble, "work_order_contracts", contract, sentence)

    def vendors(self) -> None:
        ids = self.author.ids
        self.cost(
            "vendor missing in the ledger", f"{UNKNOWN_VENDOR} is in Procore only", self.school,
            vendor=UNKNOWN_VENDOR, invoice_number="77120",
        )  # fmt: skip
        self.cost("blocked vendor", "V10122 is blocked for everything", self.harbor,
                  vendor=ids["V10122"], invoice_number="BL-100")  # fmt: skip
        self.cost("blocked vendor", "V10123 is blocked for payments", self.center,
                  vendor=ids["V10123"], invoice_number="BL-200")  # fmt: skip
        self.cost("long name", "The name is longer than 100 characters", self.medical,
                  vendor=ids["V10091"], invoice_number="CMO-88123")  # fmt: skip
        self.cost("foreign letters", "José Peña Stucco", self.parish,
                  vendor=ids["V10061"], invoice_number="Peña 2026/7")  # fmt: skip

    def currencies(self) -> None:
        ids = self.author.ids
        self.cost("foreign currency", "In EUR", self.medical, vendor=ids["V10001"],
                  invoice_number="RE-2026-0417", currency_iso_code="EUR")  # fmt: skip
        self.billed_subcontract(
            self.harbor, ids["V10051"], "05-100", "foreign currency", "In CAD", "CAD"
        )
        day = self.author.day(20, 50)
        row = self.author.create("purchase_order_contracts", day, {
            "project": self.school.number, "vendor": ids["V10011"], "status": "Approved",
            "number": "PO-1043-091", "title": "Łódź façade panels", "executed": True,
            "contract_date": day.isoformat(), "currency_iso_code": "EUR",
            "lines": [self.coded("03-400", "M", "31900.00")],
        })  # fmt: skip
        self.author.trouble("foreign currency", "purchase_order_contracts", row, "In EUR")

    def numbers(self) -> None:
        vendor = self.author.vendor()
        for _ in range(2):
            self.cost("same number twice", "One vendor, one number, two invoices", self.school,
                      vendor=vendor, invoice_number="2026-0815")  # fmt: skip
        self.cost("long number", "A number of 200 characters", self.harbor,
                  invoice_number=LONG_NUMBER)  # fmt: skip
        self.cost("lower-case number", "Letters in lower case", self.center,
                  invoice_number="inv-1047b")  # fmt: skip
        closed = company.CLOSED_BEFORE - timedelta(days=12)
        row = self.cost("closed period", f"Dated {closed}", self.medical, day=closed)
        self.author.update("direct_costs", row, company.TODAY - timedelta(days=1), {
            "terms": "Net 30",
        })  # fmt: skip

    def amounts(self) -> None:
        row = self.cost("total differs from lines", "3 cents more than the lines", self.harbor)
        total = self.author.simulator.lines_total("direct_cost_lines", row["id"])
        row["header_total"] = total + Decimal("0.03")
        many = [self.author.line(4, 260, trade=False) for _ in range(150)]
        self.cost("150 lines", "A long invoice", self.center, lines=many)
        self.cost("zero lines", "Approved without a line", self.parish, lines=[])

    def missing(self) -> None:
        self.cost("missing vendor", "An expense without a vendor", self.parish, kind="expense",
                  vendor=None, invoice_number=None)  # fmt: skip
        bare = {"description": "Misc. site expenses", "amount": "412.18"}
        lines = [bare, *self.author.lines(1, 100, 700)]
        self.cost("line without cost code", "One line has no code", self.school, lines=lines)
        day = self.author.day(20, 60)
        row = self.author.create("purchase_order_contracts", day, {
            "project": self.parish.number, "status": "Approved", "number": "po-1046-092",
            "title": "Hardware, vendor to be named", "contract_date": day.isoformat(),
            "lines": self.author.lines(1, 500, 3_000, "M"),
        })  # fmt: skip
        self.author.trouble("missing vendor", "purchase_order_contracts", row, "No vendor")
