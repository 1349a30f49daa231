"""Vendors, accounts and set-up of the demo contractor as GP keeps them."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from functools import cache

from tests.simulators import company

from .books import NO_DATE, ZERO, Books, Row, blank, cut
from .hands import plain_account
from .resources import ACCOUNT, ADDRESS, VENDOR

DOLLAR, EURO, CANADIAN = "Z-US$", "Z-EURO", "Z-C$"
CURRENCIES = {DOLLAR: ("USD", "US Dollars"), EURO: ("EUR", "Euros"),
              CANADIAN: ("CAD", "Canadian Dollars")}  # fmt: skip
BY_ISO = {iso: name for name, (iso, _) in CURRENCIES.items()}
ODD_IDS = {"V10041": "COTE (QC)", "V10081": "O'BRIEN/ELEV"}  # ids that an address must encode
INACTIVE, ON_HOLD = "V10122", "V10123"
COUNTRIES = {"US": "USA", "DE": "Germany", "PL": "Poland", "SE": "Sweden", "TR": "Türkiye",
             "CA": "Canada"}  # fmt: skip
DIVISIONS = sorted({cost.division for cost in company.COST_CODES})
INACTIVE_ACCOUNT, UNIT_ACCOUNT = "1042-58000-00", "9000-90900-00"


@cache
def vendor_ids() -> dict[str, str]:
    """The company's vendor number to GP's id: letters of the name and a serial, as JANSEN0003."""
    found, serials = {}, dict[str, int]()
    for vendor in company.VENDORS:
        text = vendor.name.replace("Ł", "L").replace("ł", "l").replace("ı", "i")
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        word = re.sub(r"[^A-Z]", "", plain.split()[0].upper())[:8] or "VENDOR"
        serials[word] = serials.get(word, 0) + 1
        found[vendor.number] = ODD_IDS.get(vendor.number, f"{word}{serials[word]:04d}")
    return found


def vendor(row: company.Vendor, number: str, day: str) -> Row:
    phone = "".join(re.findall(r"\d", row.phone.removeprefix("+1")))
    return cut(VENDOR, {
        **blank(VENDOR), "VendorID": number, "VendorName": row.name, "VendorCheckName": row.name,
        "VendorShortName": row.name, "VendorClassID": "SUB", "Hold": row.number == ON_HOLD,
        "VendorStatus": 2 if row.number == INACTIVE else 1, "PrimaryAddressCode": "PRIMARY",
        "PurchaseAddressCode": "PRIMARY", "RemitToAddressCode": "REMIT TO", "Address1": row.street,
        "City": row.city, "State": row.state, "ZipCode": row.zip, "CountryCode": row.country,
        "Country": COUNTRIES[row.country], "Phone1": f"{phone}0000" if phone else "",
        "TaxIDNumber": row.tax_number, "TaxRegistrationNumber": row.tax_number, "Tax1099Type": 1,
        "PaymentTermsID": "NET30", "CurrencyID": BY_ISO[row.currency], "UserDefined1": row.number,
        "CreatedDate": day, "ModifiedDate": day,
    })  # fmt: skip


def fill_vendors(books: Books, rows: list[company.Vendor]) -> None:
    for index, row in enumerate(rows):
        day = (company.CLOSED_BEFORE - timedelta(index % 400)).isoformat()
        made = books.put("vendors", vendor(row, vendor_ids()[row.number], day))
        for code in ("PRIMARY", "REMIT TO"):
            books.put("vendorAddresses", {
                name: made.get(name, code) for name in ADDRESS
            } | {"AddressCode": code})  # fmt: skip
    for name, title in (("SUB", "Subcontractors"), ("SUPPLY", "Suppliers")):
        books.put("vendorClasses", {"VendorClassID": name, "Description": title, **dates()})


def dates() -> Row:
    day = (company.CLOSED_BEFORE - timedelta(500)).isoformat()
    return {"ModifiedDate": day, "CreatedDate": day}


def fill_setup(books: Books) -> None:
    for term in company.PAYMENT_TERMS:
        days = int(term.due[:-1]) if term.due.endswith("D") else 0
        books.put("paymentTerms", {"PaymentTermsID": term.code, "DueDays": days, **dates()})
    for name, (iso, title) in CURRENCIES.items():
        books.put("currencies", {
            "CurrencyID": name, "ISOCode": iso, "Description": title,
            "Functional": name == books.company["currency"], **dates(),
        })  # fmt: skip


def account(books: Books, number: str, title: str, **facts: object) -> Row:
    segments = number.split("-")
    main = segments[1]
    rows = books.table("accounts")
    return books.put("accounts", cut(ACCOUNT, {
        **blank(ACCOUNT), "AccountNumber": number, "AccountIndex": len(rows) + 1,
        "Description": title, "MainSegment": main, "Segments": segments, "AccountType": 1,
        "PostingType": 0 if main < "4" else 1, "TypicalBalance": int(main[0] in "234"),
        "Category": int(main[0]), "Active": True, "AllowAccountEntry": True, **dates(), **facts,
    }))  # fmt: skip


def fill_accounts(books: Books) -> None:
    """Balance sheet under job 0000, overhead under the head office, costs by job and division."""
    for row in company.ACCOUNTS:
        if row.account_type != "Posting":
            continue  # GP has no headings
        office = row.number.startswith("6")
        number = f"1000-{row.number}-00" if office else plain_account(row.number)
        account(books, number, row.name, Active=not row.blocked,
                AllowAccountEntry=row.direct_posting)  # fmt: skip
    for job in company.JOBS[1:]:
        for division in DIVISIONS:
            for kind in company.COST_TYPES:
                main = company.job_cost_account(kind.code, division)
                title = f"{kind.name}, {company.DIVISIONS[division]}, {job.number}"
                account(books, f"{job.number}-{main}-{division}", title)
    account(books, "0000-53200-03", "Subcontract, Concrete, no job")
    account(books, INACTIVE_ACCOUNT, "Job Cost, Old System", Active=False)
    account(books, UNIT_ACCOUNT, "Square Feet Built", AccountType=2)
    account(books, "9000-90910-00", "Truck Costs, to be spread", AccountType=3)
    account(books, "9000-90920-", "Suspense")  # a blank last segment keeps its separator


def fill_orders(books: Books, numbers: list[str]) -> None:
    """A few orders of GP's own purchasing module; nothing in the flows reads them."""
    for serial, number in enumerate(numbers, 1):
        day = (company.TODAY - timedelta(serial * 9)).isoformat()
        cost = 100 * serial + ZERO
        line = {
            "LineNumber": 16384, "ItemNumber": "", "ItemDescription": "Ready-mix concrete",
            "NonInventory": True, "Quantity": 10 + ZERO, "UofM": "Each", "UnitCost": cost,
            "AccountNumber": "1042-52200-03", "RequiredDate": day, "Status": 2,
            "QuantityReceived": ZERO, "QuantityInvoiced": ZERO, "QuantityCanceled": ZERO,
        }  # fmt: skip
        books.put("purchaseOrders", {
            "PONumber": f"PO{serial:09d}", "POType": 1, "Status": 2, "VendorID": number,
            "DocumentDate": day, "RequiredDate": NO_DATE, "BuyerID": "lkeller",
            "CurrencyID": DOLLAR, "Comment": "", "Subtotal": cost * 10, "Lines": [line],
            "ModifiedDate": day, "CreatedDate": day,
        })  # fmt: skip
