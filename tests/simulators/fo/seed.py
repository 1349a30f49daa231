"""The first state of the environment, made from `tests.simulators.company`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.simulators import company as keystone

from . import site, wire
from .dimensions import ACCOUNT, DEFAULT, DELIMITERS, LEDGER
from .model import Row
from .store import Books

COMPANIES = {
    site.COMPANY: (keystone.COMPANY_NAME, "USD", "Columbus", "OH", "USA"),
    site.SECOND: (f"{keystone.COMPANY_NAME} Canada", "CAD", "Hamilton", "ON", "CAN"),
}
DIMENSIONS = {"Department": "DEPARTMENT", "Project": "PROJECT", "CostCode": "COSTCODE",
              "CostType": "COSTTYPE"}  # fmt: skip
BACKED = {"Department": "Departments"}
# What Procore has and this ledger lacks: to be created over OData, or by a person.
MISSING_PROJECTS = ("P-1046",)
MISSING_CODES = keystone.UNMAPPED_COST_CODES
COUNTRIES = {"US": "USA", "DE": "DEU", "PL": "POL", "SE": "SWE", "TR": "TUR", "CA": "CAN"}
GROUPS = {"SUB": "Subcontractors", "SUP": "Suppliers", "FOR": "Vendors abroad"}
CATEGORIES = {
    site.CATEGORY: "53200", "Subcontract work": "53200", "Materials": "52200",
    "Equipment rental": "54200", "Labor services": "51200", "Office and administration": "60300",
}  # fmt: skip
SUSPENDED = {site.COMPANY: "40200", site.SECOND: "53500"}  # in one company alone
TYPES = {"Assets": "Asset", "Liabilities": "Liability", "Equity": "Equity", "Income": "Revenue",
         "Cost of Goods Sold": "Expense", "Expense": "Expense", "": "BalanceSheet"}  # fmt: skip


def plant(books: Books, jobs: Sequence[keystone.Job] = keystone.JOBS, *, full: bool) -> None:
    """Set-up and master data; `full` brings vendors. Documents come with the demo alone."""
    books.state["apps"] = {site.CLIENT_ID: app()}
    books.settings["open_from"] = keystone.CLOSED_BEFORE.isoformat()
    books.settings["open_to"] = keystone.OPEN_UNTIL.isoformat()
    books.add("SysAADClients", {"AADClientId": site.CLIENT_ID, "Name": "ml-connector",
                                "UserId": site.USER_ID})  # fmt: skip
    for code in COMPANIES:
        _company(books, code)
    _accounts(books)
    _dimensions(books, jobs)
    for name, account in CATEGORIES.items():
        row = books.add("ProcurementProductCategories", {"CategoryName": name})
        row |= {"CategoryRecordId": row["_record"], "_account": account}
    for code, name in (("USD", "US dollar"), ("CAD", "Canadian dollar"), ("EUR", "Euro")):
        books.add("Currencies", {"CurrencyCode": code, "Name": name})
    places(books)
    if full:
        for vendor in keystone.VENDORS:
            _vendor(books, site.COMPANY, vendor)
        for vendor in keystone.VENDORS[:20]:
            _vendor(books, site.SECOND, vendor)
    books.commit()


def app() -> dict[str, Any]:
    return {"secret": site.CLIENT_SECRET, "secret_expired": False, "mapped": True}


def _company(books: Books, code: str) -> None:
    name, currency, city, state, country = COMPANIES[code]
    books.add("LegalEntities", {
        "LegalEntityId": code.upper(), "Name": name, "CompanyName": name, "LanguageId": "en-us",
        "AddressCity": city, "AddressState": state, "AddressCountryRegionId": country,
    })  # fmt: skip
    books.add("Companies", {"DataArea": code, "Name": name, "KnownAs": name, "LanguageId": "en-us"})
    books.add("Ledgers", {
        "LegalEntityId": code.upper(), "Name": code.upper(), "Description": name,
        "ChartOfAccounts": site.CHART, "AccountingCurrency": currency,
        "ReportingCurrency": currency, "FiscalCalendar": "Fiscal", "ExchangeRateType": "Default",
        "AccountStructureName1": "Balance sheet", "AccountStructureName2": "Job cost",
    })  # fmt: skip
    _codes(books, code)
    _periods(books, code)


def _periods(books: Books, code: str) -> None:
    for month in range(-12, 3):
        first = keystone.first_of_month(keystone.TODAY, month)
        last = keystone.first_of_month(keystone.TODAY, month + 1) - timedelta(days=1)
        named: Row = {
            "Calendar": "Fiscal", "FiscalYear": str(first.year), "PeriodName": f"{first:%B}",
            "StartDate": wire.day(first), "EndDate": wire.day(last),
        }  # fmt: skip
        if code == site.COMPANY:
            books.add("FiscalPeriods", {**named, "Days": last.day})
        books.add("LedgerFiscalPeriodsV2", {**named, "LegalEntityId": code.upper()})
    show_periods(books)


def show_periods(books: Books) -> None:
    """What may be posted to, as the ledgers' periods say it."""
    first, last = str(books.settings["open_from"]), str(books.settings["open_to"])
    for row in books.rows("LedgerFiscalPeriodsV2"):
        start, end = wire.plain_day(row["StartDate"]), wire.plain_day(row["EndDate"])
        status = "Closed" if end < first or start > last else "Open"
        books.change(row, PeriodStatus=status)


def _codes(books: Books, code: str) -> None:
    own: Row = {"dataAreaId": code}
    for term in keystone.PAYMENT_TERMS:
        days = int(term.due.rstrip("D")) if term.due.endswith("D") else 30
        books.add("PaymentTerms", {**own, "Name": term.code, "Description": term.name,
                                   "NumberOfDays": days})  # fmt: skip
    for name, text in (("CHECK", "Check"), ("ACH", "ACH transfer"), ("JOINT", "Joint check")):
        books.add("VendorPaymentMethods", {**own, "Name": name, "Description": text})
    for tax in keystone.TAX_CODES:
        books.add("TaxGroups", {**own, "TaxGroupCode": tax.code, "Description": tax.name})
        books.add("TaxItemGroups", {**own, "TaxItemGroupCode": tax.code, "TaxCodeId": tax.code,
                                    "Description": tax.name})  # fmt: skip
    for group, text in GROUPS.items():
        books.add("VendorGroups", {**own, "VendorGroupId": group, "Description": text,
                                   "DefaultPaymentTermName": "NET30"})  # fmt: skip
    for name, text, kind in ((site.JOURNAL, "General journal", "Daily"),
                             (site.INVOICE_JOURNAL, "Vendor invoices", "VendInvoice")):  # fmt: skip
        books.add("JournalNames", {**own, "Name": name, "Description": text, "Type": kind})
    for item, kind, blocked in (("CONSULT", "Service", False), ("REBAR-5", "Item", False),
                                ("OLD-ITEM", "Service", True)):  # fmt: skip
        row = books.add("ReleasedProductsV2", {
            **own, "ItemNumber": item, "SearchName": item, "ProductType": kind,
            "PurchaseUnitSymbol": "ea",
        })  # fmt: skip
        row["_blocked"] = blocked


def _accounts(books: Books) -> None:
    chart = books.add("ChartOfAccounts", {"ChartOfAccounts": site.CHART, "MainAccountMask": "#####",
                                          "Description": "Accounts of the group"})  # fmt: skip
    chart["ChartOfAccountsRecId"] = chart["_record"]
    for account in keystone.ACCOUNTS:
        kind = "Total" if "Total" in account.account_type else TYPES[account.category]
        row = books.add("MainAccounts", {
            "ChartOfAccounts": site.CHART, "MainAccountId": account.number,
            "Name": account.name[:60], "AccountCategoryDescription": account.category,
            "MainAccountType": "Reporting" if account.account_type == "Heading" else kind,
            "IsSuspended": "Yes" if account.blocked else "No", "ActiveTo": wire.NO_END,
            "DoNotAllowManualEntry": "No" if account.direct_posting else "Yes",
            "ChartOfAccountsRecId": chart["_record"],
        })  # fmt: skip
        row["MainAccountRecId"] = row["_record"]
    for company, number in SUSPENDED.items():
        books.add("MainAccountLegalEntities", {
            "ChartOfAccounts": site.CHART, "LegalEntityId": company.upper(),
            "MainAccountId": number, "IsSuspended": "Yes", "ActiveTo": wire.NO_END,
        })  # fmt: skip


def _dimensions(books: Books, jobs: Sequence[keystone.Job]) -> None:
    for name, code in DIMENSIONS.items():
        backed = BACKED.get(name, "")
        row = books.add("DimensionAttributes", {
            "DimensionName": name, "ReportColumnName": name,
            "UseValuesFrom": backed or "Custom list",
        })  # fmt: skip
        row["_backed"] = bool(backed)
        source = next(each for each in keystone.DIMENSIONS if each.code == code)
        projects = {job.dimension_code: job.name for job in jobs}
        for value, text in (projects if name == "Project" else source.values).items():
            if value not in MISSING_PROJECTS + MISSING_CODES:
                books.add("FinancialDimensionValues", {
                    "FinancialDimension": name, "DimensionValue": value, "Description": text[:60],
                    "ActiveTo": wire.NO_END,
                })  # fmt: skip
    # Their values have hyphens, so the site chose another delimiter.
    books.add("DimensionParameters", {"Key": 0, "DimensionSegmentDelimiter": "Bar"})
    names = list(DIMENSIONS)
    add_format(books, "Defaults", DEFAULT, names)
    add_format(books, "Ledger", LEDGER, [ACCOUNT, *names])
    add_format(books, "Old defaults", DEFAULT, names[::-1], active=False)


def add_format(
    books: Books, name: str, kind: str, names: list[str], *, active: bool = True
) -> None:
    mark = DELIMITERS[books.rows("DimensionParameters")[0]["DimensionSegmentDelimiter"]]
    row = books.add("DimensionIntegrationFormats", {
        "DimensionFormatName": name, "DimensionFormatType": kind,
        "IsActive": "Yes" if active else "No", "FinancialDimensionFormat": mark.join(names),
    })  # fmt: skip
    row["_names"] = names


def places(books: Books) -> None:
    """Countries and states, which addresses must name."""
    states: set[tuple[str, str]] = {("USA", "WA"), ("USA", "CA"), ("USA", "NY"), ("USA", "TX")}
    for vendor in keystone.VENDORS:
        country = COUNTRIES[vendor.country]
        books.table("countries")[country.lower(),] = {"code": country}
        if vendor.state:
            states.add((country, vendor.state))
    for country, state in states:
        books.table("states")[country.lower(), state.lower()] = {"code": state}


def _vendor(books: Books, code: str, vendor: keystone.Vendor) -> None:
    group = "FOR" if vendor.country != "US" else ("SUP" if "Supply" in vendor.name else "SUB")
    row = books.add("VendorsV3", {
        "dataAreaId": code, "VendorAccountNumber": vendor.number, "VendorGroupId": group,
        "VendorPartyType": "Organization", "VendorOrganizationName": vendor.name[:100],
        "VendorSearchName": vendor.name[:20], "CurrencyCode": vendor.currency,
        "DefaultPaymentTermsName": "NET30", "DefaultVendorPaymentMethodName": "CHECK",
        "VendorPartyNumber": f"{int(vendor.number[1:]):09d}", "LanguageId": "en-us",
        "OnHoldStatus": vendor.blocked or "No", "AddressStreet": vendor.street,
        "AddressCity": vendor.city, "AddressStateId": vendor.state, "AddressZipCode": vendor.zip,
        "AddressCountryRegionId": COUNTRIES[vendor.country], "PrimaryPhoneNumber": vendor.phone,
        "PrimaryEmailAddress": vendor.email, "AddressValidTo": wire.NO_END,
        **({"Tax1099FederalTaxId": vendor.tax_number, "Tax1099IdType": "EIN"}
           if vendor.country == "US" else {"TaxExemptNumber": vendor.tax_number}),
    })  # fmt: skip
    row["_seeded"] = True
