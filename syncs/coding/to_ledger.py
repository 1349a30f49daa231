"""Source document -> coded document, with the mapping tables. All problems found at once.

Written once for all project systems and ledgers: footing, retainage, credit memos, journals.
There is no default account; a line without a mapping holds the document.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connections.documents import (
    CLOSING,
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    PURCHASE_ORDER,
    RELIEF,
    ZERO,
    CodedDocument,
    CodedLine,
    Document,
    Line,
    cut,
    units,
)
from connections.errors import Reason
from connections.pages import moments
from mappings.lookup import Coding, Lookup
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, Reference, TaxLink
from syncs.coding.numbers import batch_key, corrected, journal_number, within
from syncs.coding.problem import OtherDays, without_rule
from syncs.coding.problem import Problem as Problem
from syncs.models import FlowSettings

CENT = Decimal("0.01")
NUMBERED_WITHIN = ("commitment_change_order", "prime_change_order")  # 001 of each contract
Purpose = AccountRule.Purpose
OF_COMMITMENTS = ("purchase_order", "subcontract", "commitment_change_order", RELIEF, CLOSING)
MEMO_ACCOUNTS = {
    **dict.fromkeys(OF_COMMITMENTS, (Purpose.COMMITMENT, Purpose.COMMITMENT_CONTRA)),
    "prime_change_order": (Purpose.CONTRACT_CHANGE, Purpose.CONTRACT_CHANGE_CONTRA),
}
UNTOLD = (  # while one of these holds it, nobody can say what the source wants booked
    Reason.MISSING_PROJECT, Reason.MISSING_VENDOR, Reason.MISSING_MAPPING, Reason.MISSING_DATE,
    Reason.NO_VENDOR,
    Reason.LINE_WITHOUT_COST_CODE, Reason.SETTINGS, Reason.DOES_NOT_FOOT, Reason.CURRENCY,
    Reason.TAX,
)  # fmt: skip


@dataclasses.dataclass
class Coder:
    """Codes one document. `coded` is None while there are problems."""

    document: Document
    book: Lookup
    settings: FlowSettings
    longest_number: int  # of an invoice in this ledger
    longest_reference: int  # of an order or a journal in it
    stored: Callable[[str], str]  # a number as this ledger stores it
    revision: int = 1
    stands_as: str = ""  # the kind of what is in the ledger for it already; a difference is alike
    day: dt.date | None = None  # whose rules count
    problems: list[Problem] = dataclasses.field(default_factory=list)

    def code(self) -> CodedDocument | None:
        """What is to stand in the ledger; None while anything holds it."""
        stated = self.state()
        return None if self.problems else stated

    def state(self) -> CodedDocument | None:
        """What the source says in the ledger's terms, whether it can be posted today or not.

        None while that cannot be told. No lines are nothing, where the total says so, too.
        """
        self.link = self._project()
        self.check_amounts()
        self.check_currency()
        vendor = self.vendor() if self.with_vendor else ""
        number = self.number()
        posting_date = self.posting_date()
        lines = self.journal_lines() if self.kind == JOURNAL else self.invoice_lines()
        day = posting_date or self.document.date
        lost = not self.document.lines and bool(self.document.total)
        if day is None or lost or any(problem.reason in UNTOLD for problem in self.problems):
            return None
        return self.build(vendor, number, day, lines)

    # -- what it becomes --------------------------------------------------------------------------

    @property
    def memo(self) -> bool:
        """Commitments and contract changes are not costs: they move between memo accounts."""
        return self.document.kind in MEMO_ACCOUNTS

    @property
    def kind(self) -> str:
        booking = FlowSettings.Booking(self.settings.booking)
        if self.stands_as in (JOURNAL, PURCHASE_ORDER):
            return self.stands_as
        if not self.stands_as and (
            booking == FlowSettings.Booking.JOURNAL or self._costs_without_vendor
        ):
            return JOURNAL
        if not self.stands_as and booking == FlowSettings.Booking.PURCHASE_ORDER:
            return PURCHASE_ORDER
        return CREDIT_MEMO if self.document.total < 0 else PURCHASE_INVOICE

    @property
    def _costs_without_vendor(self) -> bool:
        """Payroll and expenses that nobody is owed for: booked against the clearing account."""
        document = self.document
        unbilled = document.kind == "direct_cost" and document.subtype in ("payroll", "expense")
        return unbilled and not document.vendor.id

    @property
    def with_vendor(self) -> bool:
        return self.kind != JOURNAL

    # -- checks -----------------------------------------------------------------------------------

    def problem(self, reason: Reason, sentence: str, **facts: Any) -> None:
        self.problems.append(
            Problem(reason, sentence, {name: str(value) for name, value in facts.items()})
        )

    def check_amounts(self) -> None:
        document = self.document
        if not document.lines:
            self.problem(Reason.NO_LINES, f"{document.number} has no lines in the source.")
        self.rounding = document.total - document.footed
        if document.lines and abs(self.rounding) > self.settings.rounding_threshold:
            self.problem(
                Reason.DOES_NOT_FOOT,
                f"The lines of {document.number} come to {document.footed:,.2f}, the document "
                f"says {document.total:,.2f}: a difference of {self.rounding:,.2f}.",
                difference=self.rounding,
            )
        if document.total != document.total.quantize(CENT):
            self.problem(
                Reason.DOES_NOT_FOOT,
                f"The total of {document.number} is not a whole number of cents: {document.total}.",
            )

    def check_currency(self) -> None:
        local, foreign = self.window.get("currency", ""), self.document.currency
        if foreign and local and foreign != local:
            self.problem(
                Reason.CURRENCY,
                f"{self.document.number} is in {foreign}, the ledger keeps {local}. Post it by "
                "hand and link it, or set it aside.",
                currency=foreign,
            )

    @property
    def window(self) -> dict[str, Any]:
        row = self.book.references(Reference.Kind.WINDOW).get(("", "window"))
        return row.data if row else {}

    def _project(self) -> ProjectLink | None:
        project = self.document.project
        link = self.book.project(project.id)
        if link is None:
            self.problem(
                Reason.MISSING_PROJECT,
                f"Project {project.number} {project.name} is not linked to a value in the ledger.",
                project_id=project.id,
                project=project.number,
                project_name=project.name,
            )
        return link

    def vendor(self) -> str:
        party = self.document.vendor
        if not party.id:
            text = f"{self.document.number} names no vendor in the source."
            self.problem(Reason.NO_VENDOR, text)
            return ""
        number = self.book.vendor(party.id)
        if not number:
            self.problem(
                Reason.MISSING_VENDOR,
                f"Vendor {party.name} is not linked to a vendor in the ledger.",
                vendor_id=party.id,
                vendor_name=party.name,
            )
            return ""
        self.check_vendor(number)
        return number

    def check_vendor(self, number: str) -> None:
        row = self.book.references(Reference.Kind.VENDOR).get(("", number))
        if row is None:
            self.problem(
                Reason.MISSING_VENDOR,
                f"Vendor {number} is not in the ledger any more.",
                vendor_id=self.document.vendor.id,
                vendor_name=self.document.vendor.name,
            )
        elif row.data.get("blocked") == "all":
            self.problem(
                Reason.VENDOR_BLOCKED,
                f"Vendor {number} {row.name} is blocked in the ledger. Unblock it there, then "
                "replay.",
                vendor=number,
            )

    def number(self) -> str:
        """The natural key's part that people see."""
        if self.kind == JOURNAL:
            return journal_number(self.document, self.revision)
        number = (self.document.vendor_invoice_number or self.document.number).strip()
        if number and self.document.kind in NUMBERED_WITHIN:
            number = within(self.document.contract_number, number, self.most_characters)
        if not number:
            self.problem(Reason.NUMBER, "The document has no number in the source.")
        elif units(number) > (most := self.most_characters):
            said = f"The number has {units(number)} characters, the ledger takes {most}: "
            self.problem(Reason.NUMBER, f"{said}{number[:50]}… Shorten it in the source.")
        return self.stored(corrected(number, self.revision, self.most_characters))

    @property
    def most_characters(self) -> int:
        """An order has a number of the ledger's own, and ours in a reference beside it."""
        return self.longest_reference if self.kind == PURCHASE_ORDER else self.longest_number

    def posting_date(self) -> dt.date | None:
        day = self.document.date
        if day is None:
            self.problem(Reason.MISSING_DATE, f"{self.document.number} has no date in the source.")
            return None
        first, last = _day(self.window.get("first")), _day(self.window.get("last"))
        if (first is None or day >= first) and (last is None or day <= last):
            return day
        if first and day < first and self.settings.period_rule == "next_open":
            return first
        self.problem(
            Reason.PERIOD_CLOSED,
            f"{self.document.number} is dated {moments.day(day)}; the ledger is open from "
            f"{moments.day(first, 'ever')} to {moments.day(last, 'ever')}.",
            date=day,
        )
        return None

    # -- lines ------------------------------------------------------------------------------------

    def line_coding(self, line: Line) -> Coding | None:
        """The coding of one line, or None with a problem noted."""
        if not line.cost_code and line.purpose:
            return self.purpose_coding(Purpose(line.purpose))
        if not line.cost_code:
            self.problem(
                Reason.LINE_WITHOUT_COST_CODE,
                f"The line “{line.description[:60]}” has no cost code in the source.",
                amount=line.amount,
            )
            return None
        code, kind, project = line.cost_code, line.cost_type, self.document.project.number
        coding = self.book.code(code, kind, self.link, line.segments, self.day)
        if coding is None:
            what = f"Cost code {code} {line.cost_code_name} (type {kind or '–'}, project {project})"
            row = self.book.other_days(code, kind, project, self.day)
            facts = {"cost_code": code, "cost_type": kind, "project": project}
            facts["amount"] = str(line.amount)
            self.unmapped(what, "has no account", OtherDays.of(CostCodeMapping, row), facts)
            return None
        self.check_target(coding)
        return coding

    def unmapped(
        self, what: str, lacks: str, other: OtherDays | None, facts: dict[str, str],
        reason: Reason = Reason.MISSING_MAPPING,
    ) -> None:  # fmt: skip
        self.problems.append(without_rule(reason, what, lacks, self.day, other, facts))

    def purpose_coding(self, purpose: Purpose) -> Coding | None:
        coding = self.book.purpose(purpose, self.link, self.day)
        if coding is None:
            other = OtherDays.of(AccountRule, self.book.purpose_of_other_days(purpose, self.day))
            what, lacks = f"The purpose “{purpose.label}”", "has no account"
            self.unmapped(what, lacks, other, {"purpose": str(purpose)}, Reason.SETTINGS)
            return None
        self.check_target(coding)
        return coding

    def check_target(self, coding: Coding) -> None:
        """The ledger's own master data must know the account and the values, and allow them."""
        account = self.book.references(Reference.Kind.ACCOUNT).get(("", coding.account))
        if account is None or account.unusable:
            why = account.unusable if account else "does not exist"
            self.problem(
                Reason.ACCOUNT_UNUSABLE,
                f"Account {coding.account} {why} in the ledger (rule: {coding.rule}).",
                account=coding.account,
            )
        values = self.book.references(Reference.Kind.DIMENSION_VALUE)
        for code, value in coding.dimensions.items():
            row = values.get((code, value))
            if row is None or row.unusable:
                why = row.unusable if row else "does not exist"
                self.problem(
                    Reason.DIMENSION,
                    f"Value {value} of dimension {code} {why} in the ledger.",
                    dimension=code,
                    value=value,
                )

    def invoice_lines(self) -> list[CodedLine]:
        sign = -1 if self.kind == CREDIT_MEMO else 1
        lines = [coded for line in self.document.lines for coded in self.cost_line(line, sign)]
        return lines + self.retainage_lines(sign) + self.rounding_line(Purpose.ROUNDING, sign)

    def rounding_line(self, purpose: Purpose, sign: int) -> list[CodedLine]:
        """What the total says beyond its lines, within the threshold."""
        if not self.rounding or abs(self.rounding) > self.settings.rounding_threshold:
            return []
        return self.extra_line(purpose, sign * self.rounding, "Rounding", "rounding")

    def cost_line(self, line: Line, sign: int) -> list[CodedLine]:
        coding = self.line_coding(line)
        if coding is None or line.amount == line.tax == ZERO:
            return []
        return [
            CodedLine(
                account=coding.account,
                amount=sign * line.amount,
                description=cut(line.description or line.cost_code_name or line.cost_code, 100),
                dimensions=tuple(sorted(coding.dimensions.items())),
                tax_code=self.tax_code(line),
                tax=sign * line.tax,
                source_line=line.id,
                rule=coding.rule,
            )
        ]

    def tax_code(self, line: Line) -> str:
        """Both are told where the code has no counterpart and its tax is not stated, either."""
        unstated = bool(line.tax_code) and self.unstated_tax(line)
        left_out = unstated and self.settings.unstated_tax == FlowSettings.UnstatedTax.LEAVE_OUT
        if not line.tax_code or left_out:
            return ""
        code = self.book.tax(line.tax_code, self.day)
        if not code:
            other = OtherDays.of(TaxLink, self.book.tax_of_other_days(line.tax_code, self.day))
            what, lacks = f"Tax code {line.tax_code}", "has no tax code of the ledger"
            self.unmapped(what, lacks, other, {"tax_code": line.tax_code})
        if unstated:
            self.problem(
                Reason.TAX,
                f"The line “{line.description[:60]}” has tax code {line.tax_code} "
                f"({self.book.tax_rate(line.tax_code):f} %), but {self.document.number} counts no "
                "tax for it.",
                amount=line.amount,
            )
        return code

    def unstated_tax(self, line: Line) -> bool:
        """The ledger would add a tax that the source's total does not hold."""
        adds = (line.amount * self.book.tax_rate(line.tax_code) / 100).quantize(CENT, ROUND_HALF_UP)
        return bool(adds) and line.tax == ZERO and self.kind != JOURNAL

    def retainage_lines(self, sign: int) -> list[CodedLine]:
        held = sum((line.retained for line in self.document.lines), ZERO)
        released = sum((line.released for line in self.document.lines), ZERO)
        lines = self.extra_line(Purpose.RETAINAGE_HELD, -sign * held, "Retainage held", "retainage")
        return lines + self.extra_line(
            Purpose.RETAINAGE_RELEASED, sign * released, "Retainage released", "retainage"
        )

    def extra_line(
        self, purpose: Purpose, amount: Decimal, text: str, role: str
    ) -> list[CodedLine]:
        if not amount:
            return []
        coding = self.purpose_coding(purpose)
        if coding is None:
            return []
        text = cut(f"{text} {self.document.contract_number or self.document.number}".strip(), 100)
        dimensions = tuple(sorted(coding.dimensions.items()))
        return [CodedLine(coding.account, amount, text, dimensions, role=role, rule=coding.rule)]

    def journal_lines(self) -> list[CodedLine]:
        """Debits and credits that balance: memo accounts, or costs against clearing."""
        if self.memo:
            debit, credit = MEMO_ACCOUNTS[self.document.kind]
            lines = [moved for line in self.document.lines for moved in self.memo_line(line, debit)]
            lines += self.rounding_line(debit, 1)
        else:
            credit = Purpose.CLEARING
            lines = [
                dataclasses.replace(coded, amount=coded.amount + coded.tax, tax=ZERO, tax_code="")
                for line in self.document.lines
                for coded in self.cost_line(line, 1)
            ]
            lines += self.retainage_lines(1) + self.rounding_line(Purpose.ROUNDING, 1)
        total = sum((line.amount for line in lines), ZERO)
        return lines + self.extra_line(credit, -total, self.document.title or "Total", "balance")

    def memo_line(self, line: Line, purpose: Purpose) -> list[CodedLine]:
        """The line's dimensions on the memo account."""
        coding, account = self.line_coding(line), self.purpose_coding(purpose)
        if coding is None or account is None or not line.amount:
            return []
        return [
            CodedLine(
                account=account.account,
                amount=line.amount,
                description=cut(line.description or line.cost_code_name, 100),
                dimensions=tuple(sorted({**coding.dimensions, **account.dimensions}.items())),
                source_line=line.id,
                rule=f"{account.rule}; {coding.rule}",
            )
        ]

    # -- the whole --------------------------------------------------------------------------------

    def build(
        self, vendor: str, number: str, posting_date: dt.date, lines: list[CodedLine]
    ) -> CodedDocument:
        document = self.document
        total = sum((line.amount + line.tax for line in lines), ZERO)
        return CodedDocument(
            kind=self.kind,
            number=number,
            vendor=vendor,
            vendor_name=document.vendor.name,
            document_date=document.date or posting_date,
            posting_date=posting_date,
            currency="",
            lines=tuple(lines),
            total=total.quantize(CENT, ROUND_HALF_UP),
            due_date=document.due_date,
            post=self.settings.booking != FlowSettings.Booking.INVOICE_DRAFT,
            key=batch_key(document, self.revision),
            reference=cut(document.number or "", self.longest_reference),
        )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
