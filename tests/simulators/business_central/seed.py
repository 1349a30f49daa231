"""The first state of the company, made from `tests.simulators.company`."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal

from tests.simulators import company

from .limits import LIMITS
from .model import ZERO_GUID
from .store import Books, State
from .webhooks import NOTIFY

TENANT = "6f1ad7e2-90c4-4b1d-8c3e-2a5b7f90d3c1"
DOMAIN = "keystoneridge.example"
ENVIRONMENT = "production"
CLIENT_ID = "b3f0a1c8-57d2-4e0a-9f6b-0c1d2e3f4a5b"
CLIENT_SECRET = "pQ8~demo-secret-for-the-stand-in-0001"
USER_ID = "0d9e8f7a-6b5c-4d3e-8f1a-9b8c7d6e5f4a"
COMPANY_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "https://keystoneridge.example/bc"))
RATES = {"EUR": ("Euro", "€", "1.08"), "CAD": ("Canadian dollar", "$", "0.73")}
SHORTCUTS = ("PROJECT", "COSTCODE", "COSTTYPE", "DEPARTMENT")
# Vendors whose own dimensions land on every new document.
DEFAULTS = {"V10131": ("DEPARTMENT", "FIELD"), "V10145": ("DEPARTMENT", "SHOP"),
            "V10160": ("PROJECT", "P-1042")}  # fmt: skip
MANDATORY = "53"  # subcontract cost needs a PROJECT


def app() -> dict[str, object]:
    return {"secret": CLIENT_SECRET, "secret_expired": False, "enabled": True, "consent": True}


def plant(state: State, books: Books, *, vendors: bool) -> None:
    """Fills empty tables. `vendors` also brings vendors and projects."""
    created = datetime(2024, 1, 2, 8, 15, 30, tzinfo=UTC)
    state.company = {
        "id": COMPANY_ID, "systemVersion": "28.0.40123.0", "timestamp": 20480,
        "name": company.COMPANY_NAME, "displayName": company.COMPANY_NAME,
        "businessProfileId": "", "systemCreatedAt": created, "systemCreatedBy": USER_ID,
        "systemModifiedAt": created, "systemModifiedBy": USER_ID,
    }  # fmt: skip
    state.apps = {CLIENT_ID: app()}
    state.limits, state.notify = dict(LIMITS), dict(NOTIFY)
    _setup(books)
    _codes(books)
    _dimensions(books)
    _accounts(books)
    if vendors:
        _vendors(books)
        for job in company.JOBS:
            books.add("project", {"number": job.number, "displayName": job.name})
    books.taken_changes()
    books.commit()


def _setup(books: Books) -> None:
    today = company.TODAY
    year = today.replace(month=1, day=1).isoformat()
    books.add("companyInformation", {
        "displayName": company.COMPANY_NAME, "addressLine1": "2200 Scioto Trail",
        "city": "Columbus", "state": "OH", "country": "US", "postalCode": "43215",
        "phoneNumber": "+1 614 555 0100",
        "email": "accounting@keystoneridge.example", "currencyCode": company.CURRENCY,
        "currentFiscalYearStartDate": year,
    })  # fmt: skip
    shortcuts = {f"shortcutDimension{n}Code": code for n, code in enumerate(SHORTCUTS, 1)}
    books.add("generalLedgerSetup", {
        "allowPostingFrom": company.CLOSED_BEFORE.isoformat(),
        "allowPostingTo": company.OPEN_UNTIL.isoformat(), "localCurrencyCode": company.CURRENCY,
        "localCurrencySymbol": "$", **shortcuts,
    })  # fmt: skip
    for month in range(-12, 3):
        day = company.first_of_month(today, month)
        closed = day < company.CLOSED_BEFORE
        books.add("accountingPeriod", {
            "startingDate": day.isoformat(), "name": f"{day:%B}", "newFiscalYear": day.month == 1,
            "closed": closed, "dateLocked": closed,
        })  # fmt: skip


def _codes(books: Books) -> None:
    for term in company.PAYMENT_TERMS:
        books.add(
            "paymentTerm",
            {"code": term.code, "displayName": term.name, "dueDateCalculation": term.due},
        )
    for code, name in (("CHECK", "Check"), ("ACH", "ACH transfer"), ("JOINT", "Joint check")):
        books.add("paymentMethod", {"code": code, "displayName": name})
    for tax in company.TAX_CODES:
        books.add("taxGroup", {"code": tax.code, "displayName": tax.name, "taxType": "Sales Tax"})
    for code, (name, symbol, rate) in RATES.items():
        books.add("currency", {
            "code": code, "displayName": name, "symbol": symbol, "amountDecimalPlaces": "2:2",
            "amountRoundingPrecision": Decimal("0.01"),
        })  # fmt: skip
        books.add("currencyExchangeRate", {
            "currencyCode": code, "startingDate": "2020-01-01", "exchangeRateAmount": 1,
            "relationalExchangeRateAmount": Decimal(rate),
        })  # fmt: skip


def _dimensions(books: Books) -> None:
    for dimension in company.DIMENSIONS:
        row = books.add("dimension", {"code": dimension.code, "displayName": dimension.name})
        for code, name in dimension.values.items():
            books.add(
                "dimensionValue",
                {"code": code, "displayName": name, "dimensionId": row["id"]},
            )


def _accounts(books: Books) -> None:
    for account in company.ACCOUNTS:
        mandatory = account.number.startswith(MANDATORY) and account.account_type == "Posting"
        rule = {"code": "PROJECT", "value": "", "validation": "Code Mandatory"}
        books.add("account", {
            "number": account.number, "displayName": account.name,
            "category": account.category or " ", "accountType": account.account_type,
            "directPosting": account.direct_posting, "blocked": account.blocked,
            "consolidationTranslationMethod": "Average Rate (Manual)",
            "_rules": [rule] if mandatory else [],
        })  # fmt: skip


def _vendors(books: Books) -> None:
    terms = books.rows("paymentTerm")
    method = books.rows("paymentMethod")[0]
    for number, vendor in enumerate(company.VENDORS):
        row = books.add("vendor", {
            "number": vendor.number, "displayName": vendor.name, "addressLine1": vendor.street,
            "city": vendor.city, "state": vendor.state, "postalCode": vendor.zip,
            "country": vendor.country, "phoneNumber": vendor.phone, "email": vendor.email,
            "taxRegistrationNumber": vendor.tax_number, "currencyCode": vendor.currency,
            "currencyId": books.currency_id(vendor.currency), "blocked": vendor.blocked or " ",
            "paymentTermsId": terms[number % 3]["id"], "paymentMethodId": method["id"],
            "_groups": True,
        })  # fmt: skip
        if vendor.number in DEFAULTS:
            _default(books, row["id"], *DEFAULTS[vendor.number])


def _default(books: Books, vendor_id: str, code: str, value_code: str) -> None:
    dimension = books.find("dimension", code=code) or {}
    value = books.dimension_value(dimension, value_code) or {"id": ZERO_GUID}
    books.add("defaultDimension", {
        "parentType": "Vendor", "parentId": vendor_id, "dimensionId": dimension["id"],
        "dimensionCode": code, "dimensionValueId": value["id"], "dimensionValueCode": value_code,
    })  # fmt: skip
