"""What holds for vendors and dimension values."""

from __future__ import annotations

from . import dimensions, wire
from .errors import business
from .model import Row
from .store import Books
from .writing import RULES, Rules

FIRST_VENDOR = 20_001
BACKED = ("Vendor", "Department")


def new_vendor(books: Books, row: Row, sent: Row) -> None:
    group = books.find("VendorGroups", dataAreaId=row["dataAreaId"],
                       VendorGroupId=row["VendorGroupId"])  # fmt: skip
    _number(books, row)
    row["VendorPartyNumber"] = books.next_number("party", "{:09d}", 5_001)
    row["VendorPartyType"] = row["VendorPartyType"] or "Organization"
    name = row["VendorOrganizationName"]
    row["VendorSearchName"] = row["VendorSearchName"] or name[:20]
    row["LanguageId"] = row["LanguageId"] or "en-us"
    row["AddressValidFrom"] = f"{books.clock():%Y-%m-%dT%H:%M:%SZ}"
    row["AddressValidTo"] = wire.NO_END
    if group:
        terms = group["DefaultPaymentTermName"]
        row["DefaultPaymentTermsName"] = row["DefaultPaymentTermsName"] or terms


def _number(books: Books, row: Row) -> None:
    manual = books.settings["manual_vendor_numbers"]
    if row["VendorAccountNumber"]:
        if not manual:
            raise business("no_edit", field="VendorAccountNumber")
        return
    if manual:
        raise business("mandatory", field="VendorAccountNumber")
    if not books.settings["vendor_sequence"]:
        raise business("sequence")
    row["VendorAccountNumber"] = books.next_number("vendor", "V{:05d}", FIRST_VENDOR)


def check_vendor(books: Books, row: Row, sent: Row) -> None:
    if row["VendorPartyType"] not in ("Organization", "Person"):
        raise business("related", value=row["VendorPartyType"], field="VendorPartyType",
                       related="Party types")  # fmt: skip
    person = row["VendorPartyType"] == "Person"
    needed = ("PersonFirstName", "PersonLastName") if person else ("VendorOrganizationName",)
    for name in needed:
        if not row[name]:
            raise business("mandatory", field=name)
    state, country = row["AddressStateId"], row["AddressCountryRegionId"]
    if country and books.get("countries", country) is None:
        raise business("related", value=country, field="AddressCountryRegionId",
                       related="Countries/regions")  # fmt: skip
    if state and books.get("states", country, state) is None:
        raise business("related", value=state, field="AddressStateId", related="States")
    place = f"{row['AddressZipCode']} {row['AddressCity']}".strip()
    row["FormattedPrimaryAddress"] = f"{row['AddressStreet']}\n{place}".strip()


def remove_vendor(books: Books, row: Row) -> None:
    for name in ("PurchaseOrderHeadersV2", "VendorInvoiceHeaders"):
        column = "OrderVendorAccountNumber" if name[0] == "P" else "InvoiceAccount"
        if books.find(name, **{column: row["VendorAccountNumber"]}):
            raise business("lines", label="Vendors", lines="Transactions")


def check_value(books: Books, row: Row, sent: Row) -> None:
    dimension = books.find("DimensionAttributes", DimensionName=row["FinancialDimension"])
    if dimension is None:
        raise business("related", value=row["FinancialDimension"], field="FinancialDimension",
                       related="Financial dimensions")  # fmt: skip
    row["FinancialDimension"] = dimension["DimensionName"]
    if dimension["_backed"]:
        raise business("no_edit", field="DimensionValue")
    if dimensions.delimiter(books) in row["DimensionValue"]:
        raise business("delimiter", value=row["DimensionValue"])


def new_value(books: Books, row: Row, sent: Row) -> None:
    if "ActiveTo" not in sent:
        row["ActiveTo"] = wire.NO_END


VENDOR = Rules(defaults=new_vendor, check=check_vendor, remove=remove_vendor)
RULES |= {
    "VendorsV3": VENDOR, "VendorsV2": VENDOR,
    "FinancialDimensionValues": Rules(defaults=new_value, check=check_value),
}  # fmt: skip


def vendor_of(books: Books, company: str, number: str) -> Row:
    row = books.get("VendorsV3", company, number)
    if row is None:
        raise business("related", value=number, field="Vendor account", related="Vendors")
    return row


def open_for(books: Books, company: str, number: str, *blocks: str) -> Row:
    """The vendor; raises Refused when it is on hold for everything or for this."""
    row = vendor_of(books, company, number)
    if row["OnHoldStatus"] in ("All", *blocks):
        raise business("hold", value=row["VendorAccountNumber"])
    return row
