"""Ledger document -> the project system's document, with the same mapping tables read backwards.

A line goes to the cost code and type which coding would send to its account and dimensions. All
problems are found at once; a line that cannot be told holds the document.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal
from typing import Any

from connections.documents import (
    LEDGER_MEMO,
    LEDGER_ORDER,
    ZERO,
    CostCode,
    Document,
    LedgerDocument,
    LedgerLine,
    Line,
    Party,
    Project,
    signed,
)
from connections.errors import Reason
from connections.pages import moments
from mappings.lookup import Lookup, Origin
from mappings.models import CostCodeMapping, ProjectLink, Reference
from syncs.coding.problem import OtherDays, Problem, without_rule

DATED = ("direct_cost", "requisition")  # whose day decides in which period it is a cost


@dataclasses.dataclass(frozen=True)
class Target:
    """What it becomes in the project system, as the flow knows it."""

    kind: str  # purchase_order | requisition | direct_cost
    status: str
    origin_id: str
    contract_id: str = ""
    contract_number: str = ""


@dataclasses.dataclass
class Decoder:
    """Decodes one document. `decode` is None while there are problems."""

    document: LedgerDocument
    book: Lookup
    longest_number: int  # of a document there
    problems: list[Problem] = dataclasses.field(default_factory=list)
    new_codes: dict[str, CostCode] = dataclasses.field(default_factory=dict)

    def decode(self, target: Target) -> Document | None:
        self.check_amounts()
        self.check_currency()
        link = self.project()
        party = self.vendor()
        lines = self.lines(link) if link else ()
        if self.problems or link is None or self.document.date is None:
            return None
        return Document(
            kind=target.kind,
            id="",
            number=self.number(target),
            title=self.title(),
            status=target.status,
            project=Project(link.project_id, link.project_number, link.project_name),
            vendor=party,
            date=self.document.date,
            currency="",
            lines=lines,
            total=sum((line.amount for line in lines), ZERO),
            vendor_invoice_number=self.document.external_number,
            subtype="" if target.kind == "purchase_order" else "invoice",
            contract_id=target.contract_id,
            contract_number=target.contract_number,
            due_date=self.document.due_date if target.kind != "purchase_order" else None,
            delivery_date=self.document.receipt_date,
            origin_id=target.origin_id,
        )

    def number(self, target: Target) -> str:
        """Of an order its own; of an invoice the vendor's, else the ledger's."""
        document = self.document
        own = document.kind == LEDGER_ORDER
        return (document.number if own else document.external_number or document.number).strip()

    def title(self) -> str:
        return f"{self.document.vendor_name} {self.document.number}".strip()

    # -- checks -----------------------------------------------------------------------------------

    def problem(self, reason: Reason, sentence: str, **facts: Any) -> None:
        self.problems.append(
            Problem(reason, sentence, {name: str(value) for name, value in facts.items()})
        )

    def check_amounts(self) -> None:
        document = self.document
        if not document.lines:
            text = f"{document.number} has no lines in the ledger. {document.left_out}".rstrip()
            self.problem(Reason.NO_LINES, text)
            return
        footed = sum((line.amount + line.tax for line in document.lines), ZERO)
        footed, total = (signed(document.kind, one) for one in (footed, document.total))
        if footed != total:
            self.problem(
                Reason.DOES_NOT_FOOT,
                f"The lines of {document.number} come to {footed:,.2f}, the ledger says "
                f"{total:,.2f}: a difference of {total - footed:,.2f}. "
                f"{document.left_out}".rstrip(),
                difference=total - footed,
            )
        if document.date is None:
            self.problem(Reason.MISSING_DATE, f"{document.number} has no date in the ledger.")
        if len(document.number) > self.longest_number:
            self.problem(Reason.NUMBER, f"The number {document.number[:50]}… is too long.")

    def check_currency(self) -> None:
        row = self.book.references(Reference.Kind.WINDOW).get(("", "window"))
        local, foreign = (row.data if row else {}).get("currency", ""), self.document.currency
        if foreign and foreign != local:
            self.problem(
                Reason.CURRENCY,
                f"{self.document.number} is in {foreign}, the projects are kept in "
                f"{local or 'another currency'}. Enter it by hand and link it, or set it aside.",
                currency=foreign,
            )

    def vendor(self) -> Party:
        document = self.document
        link = self.book.project_vendor(document.vendor)
        if link is None:
            self.problem(
                Reason.MISSING_VENDOR,
                f"Vendor {document.vendor} {document.vendor_name} is not linked to a vendor of "
                "the project system.",
                ledger_vendor=document.vendor,
                vendor_name=document.vendor_name,
            )
            return Party()
        return Party(link.project_vendor_id, link.project_vendor_name)

    def project(self) -> ProjectLink | None:
        """The one project that the lines name; a line that names none goes with the others."""
        found = {}
        for line in self.document.lines:
            if link := self.book.project_of(dict(line.dimensions)):
                found[link.project_id] = link
        if len(found) == 1:
            return next(iter(found.values()))
        if not self.document.lines:
            return None
        self.no_project(list(found.values()))
        return None

    def no_project(self, several: list[ProjectLink]) -> None:
        number = self.document.number
        if several:
            names = ", ".join(sorted(link.project_number for link in several))
            self.problem(
                Reason.NO_PROJECT,
                f"{number} names more than one project ({names}). A document of the project "
                f"system belongs to one. {self.to_mend('Split it', 'for each project')}",
            )
            return
        if values := self.unlinked_values():
            self.problem(
                Reason.MISSING_PROJECT,
                f"No project can be told for {number}: it names {', '.join(values)}, which is "
                "linked to no project.",
                project_value=values[0].rpartition(" ")[2],
            )
            return
        wanted = " or ".join(sorted(self.book.project_dimensions)) or "that stands for the project"
        self.problem(
            Reason.NO_PROJECT,
            f"{number} names no project: none of its lines has a value of the dimension {wanted}. "
            f"{self.to_mend('Add it', 'with its project')}",
        )

    def to_mend(self, done: str, anew: str) -> str:
        """What is posted has its dimensions for good, in any ledger."""
        if self.document.status in ("posted", "paid"):
            return f"It is posted there: cancel it and type it anew {anew}, or set it aside."
        return f"{done} in the ledger, or set the document aside."

    def unlinked_values(self) -> list[str]:
        wanted = self.book.project_dimensions
        return sorted(
            {
                f"{name} {value}"
                for line in self.document.lines
                for name, value in line.dimensions
                if name.upper() in wanted
            }
        )

    # -- lines ------------------------------------------------------------------------------------

    def lines(self, link: ProjectLink) -> tuple[Line, ...]:
        decoded = [(line, self.origin(line, link)) for line in self.document.lines if line.amount]
        return tuple(self.line(line, origin) for line, origin in decoded if origin)

    def line(self, line: LedgerLine, origin: Origin) -> Line:
        """A credit has no quantity: nothing comes."""
        quantity, unit_cost, kind = line.quantity, line.unit_cost, self.document.kind
        known = quantity is not None and unit_cost is not None and kind != LEDGER_MEMO
        exact = known and (quantity or ZERO) * (unit_cost or ZERO) == line.amount
        return Line(
            id=line.id,
            description=line.description,
            amount=signed(kind, line.amount),
            cost_code=origin.cost_code,
            cost_type=origin.cost_type,
            quantity=quantity if exact else None,
            unit_cost=unit_cost if exact else None,
            unit=line.unit if exact else "",
        )

    def origin(self, line: LedgerLine, link: ProjectLink) -> Origin | None:
        if not line.account:
            self.problem(
                Reason.LINE_WITHOUT_COST_CODE,
                f"The line “{line.description[:60]}” is {line.item or 'no G/L account'}: only "
                "lines on G/L accounts lead to a cost code.",
            )
            return None
        found = self.book.origins(line.account, dict(line.dimensions), link, self.document.date)
        if len(found) == 1:
            self.check_code(found[0], link, line)
            return found[0]
        self.no_origin(line, found, link)
        return None

    def no_origin(self, line: LedgerLine, found: list[Origin], link: ProjectLink) -> None:
        dimensions, day = dict(line.dimensions), self.document.date
        values = " ".join(f"{name} {value}" for name, value in line.dimensions)
        where = f"Account {line.account} with {values or 'no dimensions'}"
        facts = {"ledger_account": line.account, "amount": line.amount}
        if not found and (told := self.book.of_segments(line.account, dimensions, link, day)):
            named = " and ".join(f"{name} ({stands_for})" for name, stands_for in told)
            sentence = (
                f"{where}: {named} belongs to a budget code that the connector cannot write into "
                "the project system. Enter the document there by hand and link it, or set it aside."
            )
        elif found:
            several = ", ".join(sorted(f"{one.cost_code} {one.cost_type}" for one in found))
            sentence = f"{where} may be more than one cost code: {several}. Make the rules differ."
        else:
            row = self.book.origin_of_other_days(line.account, dimensions, link, day)
            self.problems.append(without_rule(
                Reason.MISSING_MAPPING, where, "is what no rule leads to: no cost code can be told",
                day, OtherDays.of(CostCodeMapping, row),
                {name: str(value) for name, value in facts.items()},
            ))  # fmt: skip
            return
        self.problem(Reason.MISSING_MAPPING, sentence, **facts)

    def check_code(self, origin: Origin, link: ProjectLink, line: LedgerLine) -> None:
        """The project has it, or it can be made there with the ledger's name for it."""
        if self.book.cost_code(link.project_id, origin.cost_code):
            return
        if name := self.name_of(origin.cost_code, line):
            self.new_codes[origin.cost_code] = CostCode("", origin.cost_code, name, link.project_id)
            return
        self.problem(
            Reason.COST_CODE,
            f"Project {link.project_number} has no cost code {origin.cost_code}, and the ledger "
            f"has no value of that name (rule: {origin.rule}).",
            value=origin.cost_code,
        )

    def name_of(self, cost_code: str, line: LedgerLine) -> str:
        """The ledger's name for it. Where it lists no values but takes any, the account's."""
        values = self.book.references(Reference.Kind.DIMENSION_VALUE)
        known = next((row.name for (_, code), row in values.items() if code == cost_code), "")
        dimensions = self.book.references(Reference.Kind.DIMENSION)
        free = {code for (_, code), row in dimensions.items() if row.data.get("free")}
        stated = any(value == cost_code and name in free for name, value in line.dimensions)
        if not stated or known not in ("", cost_code):
            return known
        account = self.book.references(Reference.Kind.ACCOUNT).get(("", line.account))
        return account.name if account and account.name else cost_code


def sums(document: Document) -> dict[tuple[str, str], Decimal]:
    """Amounts by cost code and type; zero ones left out."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for line in document.lines:
        totals[line.cost_code, line.cost_type] += line.amount
    return {key: amount for key, amount in totals.items() if amount}


def differences(wanted: Document, there: Document) -> list[str]:
    """What the project system shows otherwise; empty when all of it is as it was sent."""
    wrong = worth_differences(wanted, there)
    if there.number.casefold() != wanted.number.casefold():
        wrong.append(f"number {there.number} instead of {wanted.number}")
    if wanted.kind in DATED and wanted.date and there.date != wanted.date:
        shown, ours = moments.day(there.date, "none"), moments.day(wanted.date)
        wrong.append(f"date {shown} instead of {ours}")
    return wrong


def worth_differences(wanted: Document, there: Document) -> list[str]:
    """Whether it is the same cost or commitment: the same vendor, and equal to the cent."""
    ours, theirs = sums(wanted), sums(there)
    wrong = [
        f"cost code {code} {kind}: {theirs.get((code, kind), ZERO):,.2f} instead of "
        f"{ours.get((code, kind), ZERO):,.2f}"
        for code, kind in sorted(set(ours) | set(theirs))
        if ours.get((code, kind), ZERO) != theirs.get((code, kind), ZERO)
    ]
    if there.vendor.id and there.vendor.id != wanted.vendor.id:
        wrong.append(f"vendor {there.vendor.name or 'none'} instead of {wanted.vendor.name}")
    return wrong
