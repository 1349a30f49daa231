"""General journals and vendor invoice journals."""

from __future__ import annotations

from decimal import Decimal

from .errors import business
from .master_rules import vendor_of
from .model import ENTITIES, Row
from .order_rules import money
from .store import Books
from .writing import RULES, Rules

HEADERS = {"LedgerJournalLines": "LedgerJournalHeaders",
           "VendorInvoiceJournalLines": "VendorInvoiceJournalHeaders"}  # fmt: skip
LINES = {header: lines for lines, header in HEADERS.items()}
TYPES = {"LedgerJournalHeaders": ("Daily",), "VendorInvoiceJournalHeaders": ("VendInvoice",)}
ZERO = Decimal(0)


class Journals:
    """The rules of one kind of journal: headers and lines."""

    def __init__(self, header: str, debit: str, credit: str, day: str, currency: str) -> None:
        self.header, self.line = header, LINES[header]
        self.debit, self.credit, self.day, self.currency = debit, credit, day, currency

    def lines_of(self, books: Books, journal: Row) -> list[Row]:
        found = books.rows(self.line, dataAreaId=journal["dataAreaId"],
                           JournalBatchNumber=journal["JournalBatchNumber"])  # fmt: skip
        return sorted(found, key=lambda line: Decimal(line["LineNumber"]))

    def journal_of(self, books: Books, row: Row) -> Row:
        found = books.get(self.header, row["dataAreaId"], row["JournalBatchNumber"])
        if found is None:
            raise business("related", value=row["JournalBatchNumber"], field="JournalBatchNumber",
                           related="Ledger journal table")  # fmt: skip
        return found

    def new_journal(self, books: Books, row: Row, sent: Row) -> None:
        if row["JournalBatchNumber"]:
            raise business("no_edit", field="JournalBatchNumber")
        if not books.settings["journal_sequence"]:
            raise business("sequence")
        row["JournalBatchNumber"] = books.next_number("journal", "{:05d}", 691)
        name = books.get("JournalNames", row["dataAreaId"], row["JournalName"])
        if name and name["Type"] not in TYPES[self.header]:
            raise business("related", value=row["JournalName"], field="JournalName",
                           related="Journal names")  # fmt: skip
        if name:
            row["Description"] = row["Description"] or name["Description"]
        if "AccountingCurrency" in ENTITIES[self.header].fields:
            ledger = books.get("Ledgers", row["dataAreaId"])
            row["AccountingCurrency"] = ledger["AccountingCurrency"] if ledger else ""

    def guard_journal(self, books: Books, row: Row, sent: Row) -> None:
        if row["IsPosted"] == "Yes":
            raise business("posted", label="Journal", value=row["JournalBatchNumber"])

    def remove_journal(self, books: Books, row: Row) -> None:
        if self.lines_of(books, row):
            raise business("lines", label="Ledger journal table", lines="Journal lines")

    def new_line(self, books: Books, row: Row, sent: Row) -> None:
        journal = self.journal_of(books, row)
        self.guard_journal(books, journal, {})
        row["JournalBatchNumber"] = journal["JournalBatchNumber"]
        lines = self.lines_of(books, journal)
        if "LineNumber" not in sent:
            row["LineNumber"] = max((Decimal(one["LineNumber"]) for one in lines), default=ZERO) + 1
        row["Company"] = row["Company"] or row["dataAreaId"].upper()
        row["ExchRate"] = row["ExchRate"] or Decimal(100)
        if not row["Voucher"]:
            row["Voucher"] = self.voucher(books, journal, row, lines)

    def voucher(self, books: Books, journal: Row, row: Row, lines: list[Row]) -> str:
        """A new one when the vouchers before come to zero, unless there is one per journal."""
        name = books.get("JournalNames", row["dataAreaId"], journal["JournalName"])
        kind = name["NewVoucher"] if name else "BalanceSheet"
        if kind == "Manually":
            raise business("mandatory", field="Voucher")
        if lines:
            last = lines[-1]
            same = [one for one in lines if one["Voucher"] == last["Voucher"]]
            if kind == "OneVoucher" or sum((self.amount(one) for one in same), ZERO):
                return str(last["Voucher"])
        return books.next_number("voucher", "GNJL{:06d}", 123)

    def amount(self, row: Row) -> Decimal:
        """Debit above zero; nothing when the line has its offset on itself."""
        if row["OffsetAccountDisplayValue"]:
            return ZERO
        return Decimal(row[self.debit]) - Decimal(row[self.credit])

    def check_line(self, books: Books, row: Row, sent: Row) -> None:
        for name in ("AccountType", "OffsetAccountType"):
            if row[name] not in ("Ledger", "Cust", "Vend", "Bank"):
                raise business("no_edit", field=name)
        for kind, account in (("AccountType", "AccountDisplayValue"),
                              ("OffsetAccountType", "OffsetAccountDisplayValue")):  # fmt: skip
            if row[kind] == "Vend" and row[account]:
                found = vendor_of(books, row["dataAreaId"], row[account])
                row[account] = found["VendorAccountNumber"]
        if not row["AccountDisplayValue"]:
            raise business("mandatory", field="AccountDisplayValue")
        if row[self.debit] and row[self.credit]:
            raise business("no_edit", field=self.credit)
        if row["AccountType"] == "Ledger" and row["DefaultDimensionDisplayValue"]:
            raise business("no_edit", field="DefaultDimensionDisplayValue")
        if not row[self.day]:
            row[self.day] = books.today()
        if not row[self.currency]:
            ledger = books.get("Ledgers", row["dataAreaId"])
            row[self.currency] = ledger["AccountingCurrency"] if ledger else ""

    def guard_line(self, books: Books, row: Row, sent: Row) -> None:
        self.guard_journal(books, self.journal_of(books, row), {})

    def after_line(self, books: Books, row: Row) -> None:
        """The server updates the header on each line."""
        journal = self.journal_of(books, row)
        changes = {"_lines_changed": journal.get("_lines_changed", 0) + 1}
        if "JournalTotalDebit" in journal:
            lines = self.lines_of(books, journal)
            changes["JournalTotalDebit"] = self.total(lines, self.debit, self.credit)
            changes["JournalTotalCredit"] = self.total(lines, self.credit, self.debit)
        books.change(journal, **changes)

    def total(self, lines: list[Row], column: str, other: str) -> Decimal:
        """A line with an offset counts on both sides."""
        own = sum((Decimal(one[column]) for one in lines), ZERO)
        offset = (Decimal(one[other]) for one in lines if one["OffsetAccountDisplayValue"])
        return money(own + sum(offset, ZERO))


GENERAL = Journals("LedgerJournalHeaders", "DebitAmount", "CreditAmount", "TransDate",
                   "CurrencyCode")  # fmt: skip
INVOICES = Journals("VendorInvoiceJournalHeaders", "Debit", "Credit", "Date", "Currency")
for kind in (GENERAL, INVOICES):
    RULES[kind.header] = Rules(kind.new_journal, guard=kind.guard_journal,
                               remove=kind.remove_journal)  # fmt: skip
    RULES[kind.line] = Rules(kind.new_line, kind.check_line, kind.guard_line,
                             after=kind.after_line)  # fmt: skip
