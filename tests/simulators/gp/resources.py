"""The resources of the contract: path, key, columns with the lengths of the tables."""

from __future__ import annotations

from dataclasses import dataclass

Columns = dict[str, int]  # name to longest text; 0: no text


@dataclass(frozen=True)
class Resource:
    name: str
    path: str
    key: tuple[str, ...]
    columns: Columns
    one: str  # the element of one object in XML
    short: bool = False  # whether Microsoft's list for SBA 2015 has it

    @property
    def many(self) -> str:
        return self.path.rpartition("/")[2]

    def key_of(self, row: dict[str, object]) -> str:
        return ";".join(str(row[name]) for name in self.key)


DATES: Columns = {"ModifiedDate": 0, "CreatedDate": 0}
VENDOR: Columns = {
    "VendorID": 15, "VendorName": 64, "VendorCheckName": 64, "VendorShortName": 15,
    "VendorClassID": 10, "VendorStatus": 0, "Hold": 0, "PrimaryAddressCode": 15,
    "PurchaseAddressCode": 15, "RemitToAddressCode": 15, "ShipFromAddressCode": 15, "Contact": 60,
    "Address1": 60, "Address2": 60, "Address3": 60, "City": 35, "State": 29, "ZipCode": 10,
    "Country": 60, "CountryCode": 6, "Phone1": 20, "Phone2": 20, "Phone3": 20, "Fax": 20,
    "TaxIDNumber": 11, "TaxRegistrationNumber": 25, "Tax1099Type": 0, "Tax1099BoxNumber": 0,
    "PaymentTermsID": 20, "TaxScheduleID": 15, "ShippingMethod": 15, "CurrencyID": 15,
    "RateTypeID": 15, "CheckbookID": 15, "UserDefined1": 20, "UserDefined2": 20, "Comment1": 30,
    "Comment2": 30, "VendorAccount": 20, **DATES,
}  # fmt: skip
ADDRESS: Columns = {
    "VendorID": 15, "AddressCode": 15, "Contact": 60, "Address1": 60, "Address2": 60,
    "Address3": 60, "City": 35, "State": 29, "ZipCode": 10, "Country": 60, "CountryCode": 6,
    "Phone1": 20, "Fax": 20, **DATES,
}  # fmt: skip
ACCOUNT: Columns = {
    "AccountNumber": 128, "AccountIndex": 0, "Description": 50, "MainSegment": 66,
    "Segments": 0, "AccountType": 0, "PostingType": 0, "TypicalBalance": 0, "Category": 0,
    "Active": 0, "AllowAccountEntry": 0, "Alias": 20, "UserDefined1": 20, "UserDefined2": 20,
    **DATES,
}  # fmt: skip
PAYABLE: Columns = {
    "DocumentType": 0, "VoucherNumber": 20, "TransactionState": 0, "DocumentNumber": 20,
    "VendorID": 15, "VendorName": 64, "AddressCode": 15, "RemitToAddressCode": 15,
    "BatchNumber": 15, "BatchSource": 15, "DocumentDate": 0, "PostingDate": 0, "DueDate": 0,
    "DiscountDate": 0, "TaxDate": 0, "DocumentAmount": 0, "PurchasesAmount": 0, "TaxAmount": 0,
    "FreightAmount": 0, "MiscellaneousAmount": 0, "TradeDiscountAmount": 0, "Amount1099": 0,
    "ChargeAmount": 0, "CurrentAmount": 0, "Description": 30, "PONumber": 20,
    "PaymentTermsID": 20, "TaxScheduleID": 15, "ShippingMethod": 15, "CurrencyID": 15,
    "ExchangeRate": 0, "RateTypeID": 15, "ExchangeDate": 0, "Voided": 0, "Hold": 0,
    "PostedDate": 0, "PostedBy": 15, "AuditTrailCode": 13, "ModifiedDate": 0, "ModifiedBy": 15,
    "Distributions": 0,
}  # fmt: skip
DISTRIBUTION: Columns = {
    "Sequence": 0, "DistributionType": 0, "AccountNumber": 128, "DebitAmount": 0,
    "CreditAmount": 0, "Reference": 30,
}  # fmt: skip
PAYMENT: Columns = {
    "DocumentType": 0, "VoucherNumber": 20, "DocumentNumber": 20, "VendorID": 15,
    "DocumentDate": 0, "DocumentAmount": 0, "CurrencyID": 15, "Voided": 0, "Applied": 0,
    "ModifiedDate": 0,
}  # fmt: skip
ORDER: Columns = {
    "PONumber": 17, "POType": 0, "Status": 0, "VendorID": 15, "DocumentDate": 0,
    "RequiredDate": 0, "BuyerID": 15, "CurrencyID": 15, "Comment": 30, "Subtotal": 0, "Lines": 0,
    **DATES,
}  # fmt: skip
JOURNAL: Columns = {
    "JournalEntry": 0, "BatchNumber": 15, "BatchSource": 15, "TransactionDate": 0,
    "TransactionState": 0, "Reference": 30, "SourceDocument": 11, "Series": 0, "LedgerType": 0,
    "Voided": 0, "CurrencyID": 15, "OriginatingControlNumber": 20, "Lines": 0, "ModifiedDate": 0,
}  # fmt: skip
BATCH: Columns = {
    "BatchSource": 15, "BatchNumber": 15, "Comment": 60, "TransactionCount": 0, "BatchTotal": 0,
    **DATES,
}  # fmt: skip

RESOURCES = {
    one.name: one
    for one in (
        Resource("vendors", "Purchasing/Vendors", ("VendorID",), VENDOR, "Vendor", True),
        Resource("vendorAddresses", "Purchasing/VendorAddresses", ("VendorID", "AddressCode"),
                 ADDRESS, "VendorAddress", True),
        Resource("vendorClasses", "Purchasing/VendorClasses", ("VendorClassID",),
                 {"VendorClassID": 10, "Description": 30, **DATES}, "VendorClass"),
        Resource("paymentTerms", "Administration/PaymentTerms", ("PaymentTermsID",),
                 {"PaymentTermsID": 20, "DueDays": 0, **DATES}, "PaymentTerm", True),
        Resource("currencies", "Administration/Currencies", ("CurrencyID",),
                 {"CurrencyID": 15, "ISOCode": 3, "Description": 30, "Functional": 0, **DATES},
                 "Currency", True),
        Resource("accounts", "Financials/Accounts", ("AccountNumber",), ACCOUNT, "Account"),
        Resource("payables", "Purchasing/Payables/Transactions",
                 ("DocumentType", "VoucherNumber"), PAYABLE, "Transaction", True),
        Resource("purchaseOrders", "Purchasing/PurchaseOrders", ("PONumber",), ORDER,
                 "PurchaseOrder"),
        Resource("glTransactions", "Financials/Transactions",
                 ("JournalEntry", "TransactionDate"), JOURNAL, "Transaction"),
        Resource("batches", "Administration/Batches", ("BatchSource", "BatchNumber"), BATCH,
                 "Batch"),
        Resource("payments", "Purchasing/Payables/Payments", ("DocumentType", "VoucherNumber"),
                 PAYMENT, "Payment"),
    )
}  # fmt: skip
COMPANIES = Resource(
    "companies", "Companies", ("CompanyName",),
    {"CompanyID": 0, "InterID": 5, "CompanyName": 64}, "Company", True,
)  # fmt: skip
BY_PATH = {one.path.lower(): one for one in RESOURCES.values()}


def listed(short: bool) -> dict[str, Resource]:
    return {name: one for name, one in RESOURCES.items() if one.short or not short}
