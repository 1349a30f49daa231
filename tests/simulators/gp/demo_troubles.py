"""Documents that make trouble, one of every kind, each noted with a sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.simulators import company

from . import hands, masters
from .books import CREDIT, FINANCE, MISC, RETURN, ZERO, Row
from .commitments import commitments
from .masters import vendor_ids

if TYPE_CHECKING:
    from .demo import Months

LONG_NUMBER = "2026-0123456789-ABCD"  # 20 characters, all that a number may have


class Troubles:
    """Typed by the same hands, after the good documents."""

    def __init__(self, months: Months) -> None:
        self.months, self.books = months, months.books
        self.job, self.other = (job.number for job in company.JOBS[1:3])
        self.books.company["troubles"] = []

    def write(self) -> None:
        self.projects()
        self.accounts()
        self.amounts()
        self.vendors()
        self.commitments()
        self.kinds()
        self.states()

    def note(self, trouble: str, sentence: str, post: bool = True, **facts: Any) -> Row:
        """A document with this trouble, past the rules of GP's own windows."""
        facts.setdefault("lines", [self.months.line(self.job)])
        made = self.months.type(**facts, post=post, force=True)
        self.books.company["troubles"].append({
            "kind": trouble, "id": made["id"], "number": made["number"],
            "external": made["external"], "sentence": sentence,
        })  # fmt: skip
        return made

    def projects(self) -> None:
        line = self.months.line
        self.note("no project", "Its account belongs to no job", lines=[
            {"account": "0000-53200-03", "reference": "03-300", "amount": "410.25"}
        ])  # fmt: skip
        self.note("two projects", "Two jobs on one invoice", lines=[
            line(self.job), line(self.other)
        ])  # fmt: skip
        self.note("line without cost code", "One line names no cost code", lines=[
            line(self.job), line(self.job, reference="")
        ])  # fmt: skip
        self.note("unmapped cost code", "02-820 is in no mapping", lines=[
            line(self.job, code="02-820")
        ])  # fmt: skip

    def accounts(self) -> None:
        for kind, account, sentence in (
            ("unknown account", "1042-59999-99", "GP has no such account"),
            ("inactive account", masters.INACTIVE_ACCOUNT, "The account is inactive"),
            ("unit account", masters.UNIT_ACCOUNT, "The account counts units"),
        ):
            self.note(kind, sentence, lines=[
                {"account": account, "reference": "03-300", "amount": "77.40"}
            ])  # fmt: skip

    def amounts(self) -> None:
        self.note("zero lines", "Posted without a distribution", lines=[])
        made = self.note("distributions do not foot", "They are 3 cents more than the document")
        row = self.books.payable(made)
        row["Distributions"][0]["DebitAmount"] += Decimal("0.03")
        self.note("zero amount", "A document of nothing", lines=[
            self.months.line(self.job, amount="0.00")
        ])  # fmt: skip
        made = self.note("header without distributions", "An amount, but no distribution")
        self.books.payable(made)["Distributions"] = []
        self.note("foreign currency", "In EUR", vendor=vendor_ids()["V10001"],
                  currency=masters.EURO, rate="1.0842")  # fmt: skip

    def vendors(self) -> None:
        self.note("vendor missing", "GP has no such vendor", vendor="GONE0001")
        self.note("inactive vendor", "The vendor is inactive",
                  vendor=vendor_ids()[masters.INACTIVE])  # fmt: skip
        self.note("vendor on hold", "The vendor is on hold", vendor=vendor_ids()[masters.ON_HOLD])
        for number in masters.ODD_IDS:
            self.note("odd vendor id", "An id that an address must encode",
                      vendor=vendor_ids()[number])  # fmt: skip
        self.note("long name", "The name is cut at 64 characters", vendor=vendor_ids()["V10091"])
        self.note("long number", "A number of 20 characters", number=LONG_NUMBER)
        twice = vendor_ids()["V10124"]
        for _ in range(2):
            self.note("same number twice", "One vendor, one number, two invoices", vendor=twice,
                      number="2026-0815")  # fmt: skip

    def commitments(self) -> None:
        known = {one.number: one for one in commitments(self.months.seed)}
        good = self.months.named[0]
        self.note("unknown commitment", "Procore has no such commitment", order="SC-9999-01")
        self.note("other vendor", f"{good.number} is another vendor's", order=good.number,
                  vendor=vendor_ids()["V10334"])  # fmt: skip
        self.note("other project", f"{good.number} is of another job", order=good.number,
                  vendor=good.vendor, lines=[self.months.line("1046")])  # fmt: skip
        self.note("commitment in small letters", "Typed with a blank and in small letters",
                  order=f" {good.number.lower()}", vendor=good.vendor)  # fmt: skip
        for number, kind in (("SC-1042-05", "void commitment"),
                             ("PO-1043-006", "draft commitment"),
                             ("SC-1043-01", "commitment billed in full")):  # fmt: skip
            one = known[number]
            self.note(kind, f"{number} is {one.status}", order=number, vendor=one.vendor,
                      lines=[self.months.line(one.job)])  # fmt: skip

    def kinds(self) -> None:
        for number, kind in ((FINANCE, "finance charge"), (MISC, "miscellaneous charge"),
                             (RETURN, "return")):  # fmt: skip
            self.note(kind, "Another kind of document", kind=number)
        named = self.months.named[1]
        self.note("credit on a commitment", f"A credit memo that names {named.number}",
                  kind=CREDIT, order=named.number, vendor=named.vendor)  # fmt: skip
        closed = company.first_of_month(company.CLOSED_BEFORE, -1).isoformat()
        self.note("closed period", f"Dated {closed}", date=closed)

    def states(self) -> None:
        made = self.note("void after posting", "Voided after it was posted")
        hands.void_invoice(self.books, {"id": made["id"], "touch": False})
        made = self.note("void after payment", "Paid, and voided in history")
        hands.pay(self.books, {"id": made["id"], "touch": False})
        row = self.books.payable(made)
        row |= {"Voided": True, "CurrentAmount": ZERO}
        self.note("on hold", "The document is on hold", post=False, hold=True)
