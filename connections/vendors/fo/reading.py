"""Reference data: posting window, accounts, dimensions and their values, vendors, tax groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from connections.documents import (
    Account,
    Dimension,
    DimensionValue,
    PostingWindow,
    TaxCode,
    Vendor,
)
from connections.errors import Refused
from connections.transport import odata
from connections.transport.days import today
from connections.transport.odata import Row
from connections.vendors.fo.company import Company
from connections.vendors.fo.rows import is_yes, said, within

NOT_POSTING = ("Total", "Reporting")
ACCOUNT = (
    "ChartOfAccounts,MainAccountId,Name,MainAccountType,MainAccountCategory,IsSuspended,"
    "DoNotAllowManualEntry,ActiveFrom,ActiveTo"
)
OVERRIDE = (
    "MainAccountId,ChartOfAccounts,LegalEntityId,IsSuspended,DoNotAllowManualEntry,ActiveFrom,"
    "ActiveTo"
)
VENDOR = (
    "dataAreaId,VendorAccountNumber,VendorOrganizationName,VendorPartyType,PersonFirstName,"
    "PersonLastName,AddressStreet,AddressCity,AddressStateId,AddressZipCode,"
    "AddressCountryRegionId,PrimaryPhoneNumber,PrimaryEmailAddress,TaxExemptNumber,"
    "Tax1099FederalTaxId,CurrencyCode,OnHoldStatus"
)
HOLDS = {
    "": "", "no": "", "never": "", "requisition": "", "payment": "payment", "all": "all",
    "invoice": "all", "purchorder": "all",
}  # fmt: skip
V3, V2 = "VendorsV3", "VendorsV2"


class Reading(Company):
    """What the mappings are checked against. Lists come by key, each row once."""

    _vendors_set = ""

    # -- the ledger ---------------------------------------------------------------------------

    def window(self) -> PostingWindow:
        """First and last day of the open periods; unknown where periods are not shown."""
        currency = said(self.ledger, "AccountingCurrency")
        try:
            days = self._open_days()
        except Refused as error:
            if not self.absent(error):
                raise
            days = []
        first = min((one for one, _ in days), default=None)
        return PostingWindow(first, max((one for _, one in days), default=None), currency)

    def _open_days(self) -> list[tuple[dt.date, dt.date]]:
        """Of the open periods of our ledger: status in one set, days in the other."""
        entity_set = self.setting("periods_set")
        ours = f"LegalEntityId eq {odata.text(self.company)}"
        calendar = f"Calendar eq {odata.text(said(self.ledger, 'FiscalCalendar'))}"
        statuses, periods = self.sets(
            [
                self.path(entity_set, filter=ours),
                self.path("FiscalPeriods", filter=calendar,
                          select="Calendar,FiscalYear,PeriodName,StartDate,EndDate"),
            ]
        )  # fmt: skip
        opened = {
            (said(row, "YearName") or said(row, "FiscalYear"), said(row, "PeriodName"))
            for row in statuses
            if said(row, "PeriodStatus").casefold() == "open"
        }
        spans = ((odata.day(row["StartDate"]), odata.day(row["EndDate"])) for row in periods
                 if (said(row, "FiscalYear"), said(row, "PeriodName")) in opened)  # fmt: skip
        return [(first, last) for first, last in spans if first and last]

    def accounts(self) -> list[Account]:
        """The chart of our company, with what the company overrides."""
        chart = odata.text(said(self.ledger, "ChartOfAccounts"))
        rows = self.whole_set(
            "MainAccounts", ("ChartOfAccounts", "MainAccountId"),
            filter=f"ChartOfAccounts eq {chart}", select=ACCOUNT,
        )  # fmt: skip
        ours = f"ChartOfAccounts eq {chart} and LegalEntityId eq {odata.text(self.company)}"
        try:
            special = self.whole_set(
                "MainAccountLegalEntities", ("MainAccountId", "ChartOfAccounts", "LegalEntityId"),
                filter=ours, select=OVERRIDE,
            )  # fmt: skip
        except Refused as error:
            if not self.absent(error):
                raise
            special = []
        overrides = {said(row, "MainAccountId"): row for row in special}
        return [account(row, overrides.get(said(row, "MainAccountId"))) for row in rows]

    def dimensions(self) -> list[Dimension]:
        names = [said(row, "DimensionName") for row in self.values.attributes()]
        return [Dimension(name, name, name) for name in names]

    def dimension_values(self) -> list[DimensionValue]:
        """The id is `DIMENSION/VALUE`."""
        return self.values.all()

    def tax_codes(self) -> list[TaxCode]:
        """Item sales tax groups: a row each per tax code. Their rates are not told."""
        rows = self.whole_set(
            "TaxItemGroups", ("dataAreaId", "TaxItemGroupCode", "TaxCodeId"), filter=self.ours(),
            select="dataAreaId,TaxItemGroupCode,TaxCodeId,Description",
        )  # fmt: skip
        groups = {said(row, "TaxItemGroupCode"): said(row, "Description") for row in rows}
        return [TaxCode(code, code, words) for code, words in groups.items()]

    # -- vendors ------------------------------------------------------------------------------

    def vendors_set(self) -> str:
        """The newest entity that the service lists, unless the connection names one."""
        if not self._vendors_set:
            self._vendors_set = self.setting("vendors_set") or self._newest()
        return self._vendors_set

    def _newest(self) -> str:
        rows = odata.listing(self.get(""))
        names = {str(row.get("name") or row.get("url")) for row in rows}
        return V2 if V2 in names and V3 not in names else V3

    def vendors(self, since: dt.datetime | None = None) -> list[Vendor]:
        """All: the service keeps no moment of change."""
        rows = self.whole_set(
            self.vendors_set(), ("dataAreaId", "VendorAccountNumber"), filter=self.ours(),
            select=VENDOR,
        )  # fmt: skip
        return [vendor(row) for row in rows]

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]:
        """Those that exist."""
        return [vendor(row) for row in self.vendor_rows("VendorAccountNumber", numbers)]

    def vendor_page(self, number: str) -> str:
        """All vendors: a menu item is addressed, and no row of it."""
        return f"{self.link()}&mi=VendTableListPage"

    def vendor_rows(self, field: str, values: Iterable[str]) -> list[Row]:
        fields = VENDOR if field in VENDOR.split(",") else f"{VENDOR},{field}"
        return self.some(self.vendors_set(), field, values, select=fields)


def account(row: Row, override: Row | None) -> Account:
    """Usable when both the chart and the company allow it today."""
    both = [one for one in (row, override) if one is not None]
    return Account(
        id=said(row, "MainAccountId"),
        number=said(row, "MainAccountId"),
        name=said(row, "Name"),
        category=said(row, "MainAccountCategory"),
        posting=odata.plain(row.get("MainAccountType")) not in NOT_POSTING,
        direct_posting=not any(is_yes(one, "DoNotAllowManualEntry") for one in both),
        blocked=any(is_yes(one, "IsSuspended") or not within(one, today()) for one in both),
    )


def vendor(row: Row) -> Vendor:
    """A hold on invoices or orders keeps our documents out as one on all does."""
    blocked = HOLDS.get(odata.plain(row.get("OnHoldStatus")).casefold(), "all")
    person = " ".join(filter(None, (said(row, "PersonFirstName"), said(row, "PersonLastName"))))
    return Vendor(
        id=said(row, "VendorAccountNumber"),
        number=said(row, "VendorAccountNumber"),
        name=said(row, "VendorOrganizationName") or person,
        street=" ".join(said(row, "AddressStreet").split("\n")),
        city=said(row, "AddressCity"),
        state=said(row, "AddressStateId"),
        postal_code=said(row, "AddressZipCode"),
        country=said(row, "AddressCountryRegionId"),
        phone=said(row, "PrimaryPhoneNumber"),
        email=said(row, "PrimaryEmailAddress"),
        tax_number=said(row, "TaxExemptNumber") or said(row, "Tax1099FederalTaxId"),
        currency=said(row, "CurrencyCode"),
        active=blocked != "all",
        blocked=blocked,
    )
