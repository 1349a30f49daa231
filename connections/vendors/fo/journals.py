"""General journals: one journal per transfer, found again by its description.

entity-general-journal-ledgerjournalline.md. The batch number comes from the service; posting is
done there, and `IsPosted` tells. Lines of one voucher share its date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connections.documents import (
    JOURNAL,
    ZERO,
    CodedDocument,
    CodedLine,
    Found,
    cut,
)
from connections.errors import NeedsPerson, Reason
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.numbers import document_number
from connections.vendors.fo.choices import GIVEN
from connections.vendors.fo.document import Form, Stored
from connections.vendors.fo.documents import Store
from connections.vendors.fo.formats import Format, stated
from connections.vendors.fo.orders import carries, tag, tagged
from connections.vendors.fo.rows import is_yes, noon, said

TEXT = 60  # characters

FORM = Form(
    JOURNAL, "LedgerJournalHeaders", "LedgerJournalLines", "JournalBatchNumber", "LineNumber",
    "dataAreaId,JournalBatchNumber,JournalName,Description,IsPosted",
    "dataAreaId,JournalBatchNumber,LineNumber,AccountType,AccountDisplayValue,DebitAmount,"
    "CreditAmount,CurrencyCode,TransDate,Voucher,Text,Document",
    tax_code="", keyed=False,
)  # fmt: skip


class Journals(Store):
    form = FORM

    def search(self, documents: Sequence[CodedDocument]) -> str:
        return tagged("Description", documents)

    def same(self, header: Row, document: CodedDocument) -> bool:
        return carries(said(header, "Description"), document)

    ours = same

    def by_number(self, number: str, document: CodedDocument) -> Found | None:
        """A posted journal by its batch number or by a voucher in it."""
        wanted = self.wire.ours(odata.any_of("Voucher", [number]))
        fields = self.form.line_fields
        rows = self.wire.rows(self.wire.path(self.form.lines, filter=wanted, select=fields, top=1))
        ids = [said(row, self.form.key) for row in rows if said(row, "Voucher") == number]
        for id in [number, *ids]:
            stored = self.by_id(id)
            if stored and is_yes(stored.header, "IsPosted"):
                return self.found(stored, document)
        return None

    # -- writing ------------------------------------------------------------------------------

    def check(self, document: CodedDocument) -> None:
        if not self.wire.setting("journal_name"):
            raise NeedsPerson(
                Reason.SETTINGS,
                "No general journal is set. Enter the name of a journal of type Daily in the "
                "connection.",
            )
        super().check(document)

    def header_body(self, document: CodedDocument) -> dict[str, Any]:
        return {"JournalName": self.wire.setting("journal_name"), "Description": tag(document)}

    def line_body(self, line: CodedLine, document: CodedDocument) -> dict[str, Any]:
        body: dict[str, Any] = {
            "AccountType": "Ledger",
            "AccountDisplayValue": stated(line.account, line.dimensions, self.ledger),
            "CurrencyCode": self.wire.currency(document.currency),
            "TransDate": noon(document.posting_date),
            "Text": cut(line.description, TEXT),
            "Document": document_number(document),
        }
        side = "CreditAmount" if line.amount < 0 else "DebitAmount"
        if self.wire.setting("journal_voucher") == GIVEN:
            body["Voucher"] = document_number(document)
        return body | {side: abs(line.amount)}

    def next_line(self, body: dict[str, Any], before: Sequence[Row]) -> dict[str, Any]:
        """All lines are one voucher: the first one's, where the service numbers it."""
        voucher = said(before[0], "Voucher") if before else ""
        return {"Voucher": voucher} | body if voucher else body

    @property
    def ledger(self) -> Format:
        return self.wire.formats().ledger

    def texts(self) -> dict[str, Format]:
        return {"AccountDisplayValue": self.ledger}

    def amount(self, line: Mapping[str, Any]) -> Decimal:
        return odata.number(line.get("DebitAmount")) - odata.number(line.get("CreditAmount"))

    def in_use(self, stored: Stored) -> bool:
        return is_yes(stored.header, "IsPosted")

    # -- shapes -------------------------------------------------------------------------------

    def found(self, stored: Stored, document: CodedDocument) -> Found:
        """Lines may be deleted at posting (a choice of the journal name): then they are unknown."""
        header, posted = stored.header, is_yes(stored.header, "IsPosted")
        lines = tuple(self.coded(row) for row in stored.lines)
        first: Mapping[str, Any] = stored.lines[0] if stored.lines else {}
        number = said(header, "JournalBatchNumber")
        found = Found(
            id=number,
            number=(said(first, "Voucher") if posted else "") or number,
            status="posted" if posted else "draft",
            external_number=said(first, "Document"),
            posting_date=odata.day(first.get("TransDate")),
            total=sum((line.amount for line in lines), ZERO),
            lines=lines,
            url=self.wire.link(),
            lines_known=bool(lines) or not posted,
            word="voucher" if posted else "general journal",
            currency=self.wire.foreign(said(first, "CurrencyCode")) if first else "",
        )
        return self.judged(found, document)

    def coded(self, line: Row) -> CodedLine:
        text = said(line, "AccountDisplayValue")
        return CodedLine(
            account=self.ledger.account(text),
            amount=self.amount(line),
            description=said(line, "Text"),
            dimensions=self.ledger.pairs(text),
        )
