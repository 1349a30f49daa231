"""What one client keeps of its company: dimension formats, dimension values, currency, chart."""

from __future__ import annotations

from functools import cached_property

from connections.errors import NeedsPerson, Reason
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.fo import formats
from connections.vendors.fo.formats import Formats
from connections.vendors.fo.rows import said
from connections.vendors.fo.values import Values
from connections.vendors.fo.wire import Wire


class Company(Wire):
    _formats: Formats | None = None

    def formats(self) -> Formats:
        """Read once per client, and again when a write says that they are others."""
        if self._formats is None:
            self._formats = formats.read(self)
        return self._formats

    def formats_changed(self) -> bool:
        """Reads them again: whether they are others than those that were used."""
        before, self._formats = self._formats, None
        return self.formats() != before

    @cached_property
    def values(self) -> Values:
        return Values(self)

    @cached_property
    def ledger(self) -> Row:
        """The company's row of Ledgers: chart, currency. Raises NeedsPerson when there is none."""
        wanted = f"LegalEntityId eq {odata.text(self.company)}"
        fields = "LegalEntityId,Name,ChartOfAccounts,AccountingCurrency,FiscalCalendar"
        for row in self.rows(self.path("Ledgers", filter=wanted, select=fields)):
            if said(row, "LegalEntityId").casefold() == self.company:
                return row
        raise NeedsPerson(
            Reason.SETTINGS,
            f"{self.label} has no company {self.setting('company') or '(none entered)'} with a "
            "ledger that this user may see. Correct the company in the connection.",
        )

    def category(self, account: str) -> dict[str, str]:
        """The procurement category of lines on that account: lines without an item need one."""
        by_account = self.mapping("category_by_account", "Categories by main account")
        name = str(by_account.get(account) or self.setting("procurement_category"))
        if not name:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"No procurement category is set for account {account}. Enter one in the "
                "connection.",
            )
        hierarchy = self.setting("category_hierarchy")
        named = {"ProcurementCategoryHierarchyName": hierarchy} if hierarchy else {}
        return {"ProcurementCategoryName": name, **named}

    def currency(self, given: str) -> str:
        """Always stated: a vendor's own currency would be taken else."""
        return given or said(self.ledger, "AccountingCurrency")

    def foreign(self, code: str) -> str:
        """A document's currency as we keep it: empty is the company's own."""
        return "" if not code or code == said(self.ledger, "AccountingCurrency") else code

    @property
    def longest_number(self) -> int:
        """Of an invoice: it differs from release to release."""
        return self.whole("number_length", 1, 50)

    def link(self) -> str:
        """Where a person begins to look: the company in the web client."""
        return f"{self.origin()}/?cmp={self.company.upper()}"
